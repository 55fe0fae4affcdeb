//! Which blocks are the main article's text: trees over a block's features, then trees over those and the first ones' answers
//! around it.
//!
//! What holds: a block that the first forest rules out is not asked again, which is most of a page.

use super::features::{self, FIRST};
use super::scores::Scores;
use super::view::View;
use crate::clean::block::BlockKind;
use crate::clean::expected;
use crate::clean::forest::{self, BATCH, Batch, Forests};
use crate::clean::html::Tag;
use rustc_hash::FxHashSet;

/// The trained table, written by `model/train_blocks.py`.
const BYTES: &[u8] = include_bytes!("model.bin");
pub(crate) static TABLE: Forests<2, { forest::trees(BYTES, 2) }> = Forests::read(BYTES);

/// The passes' places in the table.
pub(super) const FIRST_PASS: usize = 0;
pub(super) const SECOND_PASS: usize = 1;
/// A block that the first pass gives less is out: two thirds of all. The table in place was trained with all above .015; out of
/// fold, the same F1 to the fourth digit.
pub(super) const PASSED: f32 = 0.05;
/// A block is body from this score on. This and what follows is where word F1 and 4-gram F1 over the cross-validated sets were best.
pub(super) const BODY_AT: f32 = 0.45;
/// Up to so many blocks between two of the body's come along,
const GAP_BLOCKS_MAX: usize = 2;
/// from this score on,
const BETWEEN_AT: f32 = 0.25;
/// or from this one where they are subheadings,
const HEADING_BETWEEN_AT: f32 = 0.05;
/// or from this one where they are in elements like those of both.
const ALIKE_BETWEEN_AT: f32 = 0.15;
/// A heading leads to another article from this share of its text in links on, unless its score says more: that much;
const LINKED_HEADING: (f32, f32) = (0.9, 0.6);
/// any other block from this share on, unless its score says that much.
const LINKED_BLOCK: (f32, f32) = (0.6, 0.7);
/// How a class word or identifier of a picture's caption ends.
const CAPTION_ENDS: [&str; 4] = ["caption", "bildunterschrift", "bildtext", "pictext"];
/// Captions with this share of the words are the text.
const CAPTIONS_WORDS_MAX: f32 = 0.5;
/// A block with words of cross links, share bars or menus is no text from this share of its bytes in links on.
const LINKED_FURNITURE: f32 = 0.5;
/// What stands behind the text, after so many blocks that are none of it,
const ISLAND_BLOCKS: usize = 6;
/// with less than this share of its words, in elements of which it has none, is another's: comments, a second article's beginning.
const ISLAND_WORDS: f32 = 0.2;
/// A heading that ends the body heads what was left out, unless its score says that it is an item of a list of headings.
const HEADING_LAST_AT: f32 = 0.6;

/// For each block how likely it is the article's text, 0..1.
pub(super) fn scores(view: &View<'_>) -> Vec<f32> {
    let mut rows = Batch::new();
    let (first, passed) = first_pass(view, &mut rows);
    let around = Scores::new(view, &first);
    let mut second = vec![0.0; first.len()];
    for batch in passed.chunks(BATCH) {
        for (place, (i, known)) in batch.iter().enumerate() {
            let row = rows.row(place);
            row[..FIRST].copy_from_slice(known);
            features::second(view, &around, *i, &mut row[FIRST..]);
        }
        for ((i, _), p) in batch.iter().zip(TABLE.probabilities(SECOND_PASS, &mut rows)) {
            second[*i] = p;
        }
    }
    second
}

/// A block that the first pass does not rule out, with its features.
type Passed = (usize, [f32; FIRST]);

/// The first pass's answers, and what it does not rule out.
fn first_pass(view: &View<'_>, rows: &mut Batch) -> (Vec<f32>, Vec<Passed>) {
    let n = view.document.blocks.len();
    let (mut first, mut passed) = (Vec::with_capacity(n), Vec::with_capacity(n / 2));
    while first.len() < n {
        let begin = first.len();
        let batch = begin..n.min(begin + BATCH);
        for i in batch.clone() {
            features::first(view, i, rows.row(i - begin));
        }
        first.extend_from_slice(&TABLE.probabilities(FIRST_PASS, rows)[..batch.len()]);
        for i in batch.filter(|i| first[*i] >= PASSED) {
            let mut row = [0.0; FIRST];
            row.copy_from_slice(&rows.row(i - begin)[..FIRST]);
            passed.push((i, row));
        }
    }
    (first, passed)
}

/// Which blocks are the main article's text by their scores.
pub(super) fn select(view: &View<'_>, scores: &[f32]) -> Vec<bool> {
    let mut chosen: Vec<bool> = scores.iter().map(|s| *s >= BODY_AT).collect();
    for gap in gaps(scores) {
        for i in gap {
            let at = if is_heading(view, i) { HEADING_BETWEEN_AT } else { BETWEEN_AT };
            chosen[i] = scores[i] >= at;
        }
    }
    leave_last_headings(view, scores, &mut chosen);
    chosen
}

/// Leaves out headings behind all text.
fn leave_last_headings(view: &View<'_>, scores: &[f32], chosen: &mut [bool]) {
    let last: Vec<usize> =
        (0..chosen.len()).rev().filter(|i| chosen[*i]).take_while(|i| is_heading(view, *i)).collect();
    last.into_iter().for_each(|i| chosen[i] = scores[i] >= HEADING_LAST_AT);
}

/// The blocks between two of the body's, where these are few.
fn gaps(scores: &[f32]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut last: Option<usize> = None;
    let sure = (0..scores.len()).filter(|i| scores[*i] >= BODY_AT);
    sure.filter_map(move |next| Some(last.replace(next)? + 1..next)).filter(|gap| gap.len() <= GAP_BLOCKS_MAX)
}

/// What a reader takes for the text, of what the scores have [`select`]ed: without what leads to other articles, pictures' captions
/// and what stands far behind, with what is like its neighbours on both sides and with the headings right above text. The page's
/// table has learned from the selected ones.
pub(super) fn refine(view: &View<'_>, scores: &[f32], selected: &[bool]) -> Vec<bool> {
    let mut chosen = selected.to_vec();
    for gap in gaps(scores) {
        let sides = [gap.start - 1, gap.end];
        for i in gap {
            chosen[i] |= scores[i] >= ALIKE_BETWEEN_AT && is_alike(view, i, sides);
        }
    }
    leave_captions(view, &mut chosen);
    for (i, chosen) in chosen.iter_mut().enumerate() {
        *chosen &= !leads_away(view, scores, i);
    }
    add_headings(view, scores, &mut chosen);
    leave_last_headings(view, scores, &mut chosen);
    leave_islands(view, &mut chosen);
    // A page of nothing but links is what it is.
    if chosen.contains(&true) { chosen } else { selected.to_vec() }
}

/// Adds the headings within the body that a block of it follows at once, whatever stands before them.
fn add_headings(view: &View<'_>, scores: &[f32], chosen: &mut [bool]) {
    let Some(first) = chosen.iter().position(|c| *c) else { return };
    for i in first..chosen.len() - 1 {
        let is_above = chosen[i + 1] && scores[i + 1] >= BODY_AT && !is_heading(view, i + 1);
        chosen[i] |= is_above && is_heading(view, i) && scores[i] >= HEADING_BETWEEN_AT && !leads_away(view, scores, i);
    }
}

/// Leaves pictures' captions out, unless the text is made of them, as a gallery's is.
fn leave_captions(view: &View<'_>, chosen: &mut [bool]) {
    let captions: Vec<usize> = (0..chosen.len()).filter(|i| chosen[*i] && is_caption(view, *i)).collect();
    let words = |i: usize| view.measures[i].words;
    let all: f32 = (0..chosen.len()).filter(|i| chosen[*i]).map(words).sum();
    if captions.iter().map(|i| words(*i)).sum::<f32>() < all * CAPTIONS_WORDS_MAX {
        captions.into_iter().for_each(|i| chosen[i] = false);
    }
}

/// The word F1 to be expected of the chosen blocks.
pub(super) fn expected_f1(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> f32 {
    let words = view.measures.iter().map(|measure| measure.words);
    expected::word_f1(words.zip(scores).zip(chosen).map(|((words, score), chosen)| (words, *score, *chosen)))
}

fn is_heading(view: &View<'_>, i: usize) -> bool {
    matches!(view.document.blocks[i].kind, BlockKind::Heading(_))
}

/// Whether a block that is no heading stands in elements like those of both `sides`.
fn is_alike(view: &View<'_>, i: usize, sides: [usize; 2]) -> bool {
    let way = |i: usize| view.nodes.way[view.path_of(i)];
    !is_heading(view, i) && view.links[i] < LINKED_FURNITURE && sides.into_iter().all(|side| way(side) == way(i))
}

/// Whether a block's own element says that it is a picture's caption; behind a quotation it says who is quoted.
pub(super) fn is_caption(view: &View<'_>, i: usize) -> bool {
    let document = view.document;
    let is_quote = |i: usize| document.blocks[i].kind == BlockKind::Quote;
    let own = document.blocks[i].path;
    let says = || document.words_of(own).split(' ').any(|word| CAPTION_ENDS.iter().any(|end| word.ends_with(end)));
    (document.paths[own as usize].tag == Tag::Figcaption || !is_heading(view, i) && says())
        && !i.checked_sub(1).is_some_and(is_quote)
}

/// Whether a block is a way to other articles rather than text.
pub(super) fn leads_away(view: &View<'_>, scores: &[f32], i: usize) -> bool {
    let (linked, at) = if is_heading(view, i) { LINKED_HEADING } else { LINKED_BLOCK };
    view.links[i] >= linked && scores[i] < at || view.lexicon[i].other > 0 && view.links[i] > LINKED_FURNITURE
}

/// Leaves out what stands far behind the run of blocks with the most words, and is of other elements than that.
fn leave_islands(view: &View<'_>, chosen: &mut [bool]) {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for i in (0..chosen.len()).filter(|i| chosen[*i]) {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| i - last <= ISLAND_BLOCKS + 1) => run.push(i),
            _ => runs.push(vec![i]),
        }
    }
    let words = |run: &Vec<usize>| run.iter().map(|i| view.measures[*i].words).sum::<f32>();
    let ways = |run: &Vec<usize>| run.iter().map(|i| view.nodes.way[view.path_of(*i)]).collect::<FxHashSet<u32>>();
    // Of equals the first.
    let Some(main) = (0..runs.len()).rev().max_by(|a, b| words(&runs[*a]).total_cmp(&words(&runs[*b]))) else { return };
    let (most, own) = (words(&runs[main]) * ISLAND_WORDS, ways(&runs[main]));
    for run in runs[main + 1..].iter().filter(|run| words(run) < most && ways(run).is_disjoint(&own)) {
        run.iter().for_each(|i| chosen[*i] = false);
    }
}
