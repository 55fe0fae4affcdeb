//! The trained table of scraped text.

use crate::clean::forest::{self, BATCH, Batch, Forests};

/// Which question a forest answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// First pass: is the line part of an article's body?
    BodyFirst,
    /// First pass: does the line head an article?
    HeadFirst,
    /// The same, over the first pass's scores.
    BodySecond,
    /// The same, over the first pass's scores.
    HeadSecond,
}

const FORESTS: usize = Question::HeadSecond as usize + 1;

/// Written by `model/train_text.py`.
const BYTES: &[u8] = include_bytes!("model.bin");
pub(super) static TABLE: Forests<FORESTS, { forest::trees(BYTES, FORESTS) }> = Forests::read(BYTES);

/// Answers for each row with a probability.
pub(super) fn probabilities(question: Question, rows: &mut Batch) -> [f32; BATCH] {
    TABLE.probabilities(question as usize, rows)
}
