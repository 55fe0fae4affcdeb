//! Choices among candidates by fitted tables: a sum of weights, or boosted trees.
//!
//! What holds: a candidate's score is made of its own features; the first of equals wins, so that equal pages give equal
//! choices.

use crate::clean::forest::{BATCH, Batch, Forests, Row};

/// The place of the candidate with the highest sum of features times weights.
pub(super) fn best<const N: usize>(rows: &[[f32; N]], weights: &[f32; N]) -> Option<usize> {
    first_highest(rows.iter().map(|row| row.iter().zip(weights).map(|(x, w)| x * w).sum()))
}

/// The place of the candidate that the trees score highest.
pub(super) fn best_by_trees<const T: usize>(rows: &[Row], table: &Forests<1, T>) -> Option<usize> {
    if rows.len() < 2 {
        return rows.first().map(|_| 0);
    }
    let mut batch = Batch::new();
    let scores = rows.chunks(BATCH).flat_map(|chunk| {
        chunk.iter().enumerate().for_each(|(place, row)| *batch.row(place) = *row);
        table.probabilities(0, &mut batch).into_iter().take(chunk.len())
    });
    first_highest(scores)
}

fn first_highest(scores: impl Iterator<Item = f32>) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (i, score) in scores.enumerate() {
        if best.is_none_or(|(_, b)| score > b) {
            best = Some((i, score));
        }
    }
    best.map(|(i, _)| i)
}
