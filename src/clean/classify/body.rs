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
/// or from this one where they are subheadings.
pub(super) const HEADING_BETWEEN_AT: f32 = 0.05;
/// A heading that ends the body heads what was left out, unless its score says that it is an item of a list of headings.
const HEADING_LAST_AT: f32 = 0.6;

/// For each block how likely it is the article's text, 0..1.
pub(super) fn scores(view: &View<'_>) -> Vec<f32> {
    let mut rows = Batch::new();
    let (first, passed) = first_pass(view, &mut rows);
    let around = Scores::new(view, &first);
    let mut second = vec![0.0; first.len()];
    for (blocks, known) in passed.blocks.chunks(BATCH).zip(passed.rows.chunks(BATCH * FIRST)) {
        for (place, (i, known)) in blocks.iter().zip(known.chunks_exact(FIRST)).enumerate() {
            let row = rows.row(place);
            row[..FIRST].copy_from_slice(known);
            features::second(view, &around, *i, &mut row[FIRST..]);
        }
        for (i, p) in blocks.iter().zip(TABLE.probabilities(SECOND_PASS, &mut rows)) {
            second[*i] = p;
        }
    }
    second
}

/// What the first pass does not rule out.
struct Passed {
    blocks: Vec<usize>,
    /// Their features, one row behind the other.
    rows: Vec<f32>,
}

/// The first pass's answers, and what it does not rule out.
fn first_pass(view: &View<'_>, rows: &mut Batch) -> (Vec<f32>, Passed) {
    let n = view.document.blocks.len();
    let mut first = Vec::with_capacity(n);
    let mut passed = Passed { blocks: Vec::with_capacity(n / 2), rows: Vec::with_capacity(n / 2 * FIRST) };
    while first.len() < n {
        let begin = first.len();
        let batch = begin..n.min(begin + BATCH);
        for i in batch.clone() {
            features::first(view, i, rows.row(i - begin));
        }
        first.extend_from_slice(&TABLE.probabilities(FIRST_PASS, rows)[..batch.len()]);
        for i in batch.filter(|i| first[*i] >= PASSED) {
            passed.blocks.push(i);
            passed.rows.extend_from_slice(&rows.row(i - begin)[..FIRST]);
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
    last_headings(view, scores, &chosen).into_iter().for_each(|i| chosen[i] = false);
    chosen
}

/// The headings behind all text, but items of a list of headings.
pub(super) fn last_headings(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> Vec<usize> {
    let last = (0..chosen.len()).rev().filter(|i| chosen[*i]).take_while(|i| is_heading(view, *i));
    last.filter(|i| scores[*i] < HEADING_LAST_AT).collect()
}

/// The blocks between two of the body's, where these are few.
pub(super) fn gaps(scores: &[f32]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut last: Option<usize> = None;
    let sure = (0..scores.len()).filter(|i| scores[*i] >= BODY_AT);
    sure.filter_map(move |next| Some(last.replace(next)? + 1..next)).filter(|gap| gap.len() <= GAP_BLOCKS_MAX)
}

/// The word F1 to be expected of the chosen blocks.
pub(super) fn expected_f1(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> f32 {
    let words = view.measures.iter().map(|measure| measure.words);
    expected::word_f1(words.zip(scores).zip(chosen).map(|((words, score), chosen)| (words, *score, *chosen)))
}

pub(super) fn is_heading(view: &View<'_>, i: usize) -> bool {
    matches!(view.document.blocks[i].kind, BlockKind::Heading(_))
}
