//! What a page holds twice, once of it hidden: the article's source beside the article, a layer for the printer.
//!
//! What holds: what is shown stays, and so does a hidden block most of which is said nowhere else, as in an accordion; linear; a page
//! that hides none of its text costs nothing.

use crate::clean::{Document, WordSet, word_hashes, word_runs};

/// From this share of its runs of words on, a hidden text is a copy. Markup's own words and addresses make up the rest.
const COPY_SHARE: f32 = 0.6;

/// The body's blocks without those hidden stretches that say what shown blocks say.
pub(super) fn without_hidden_copies(document: &Document, body: Vec<usize>) -> Vec<usize> {
    let is_hidden = |i: &usize| document.paths[document.blocks[*i].path as usize].hidden;
    if !body.iter().any(is_hidden) {
        return body;
    }
    let runs = |i: &usize| word_runs(&word_hashes(document.text_of(*i)).collect::<Vec<u64>>()).collect::<Vec<u64>>();
    let shown = WordSet::new(body.iter().filter(|i| !is_hidden(i)).flat_map(runs));
    let is_known = |runs: &[u64]| {
        let known = runs.iter().filter(|run| shown.contains(**run)).count();
        known as f32 >= COPY_SHARE * runs.len() as f32
    };
    let mut kept = Vec::with_capacity(body.len());
    for stretch in body.chunk_by(|a, b| is_hidden(a) == is_hidden(b)) {
        let own: Vec<Vec<u64>> = stretch.iter().filter(|i| is_hidden(i)).map(runs).collect();
        let all = own.concat();
        let is_copy = !all.is_empty() && is_known(&all);
        // Short lines go with the copy around them; what says something else stays.
        kept.extend(stretch.iter().enumerate().filter(|(n, _)| !(is_copy && is_known(&own[*n]))).map(|(_, i)| *i));
    }
    kept
}
