//! The trained table of scraped text.

use crate::clean::forest::{self, Forests, Row};

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

/// Answers with a probability.
pub(super) fn probability(question: Question, features: &Row) -> f32 {
    TABLE.probability(question as usize, features)
}
