//! Choices among candidates by fitted weights.
//!
//! What holds: a candidate's score is the sum of its features times the table's weights; the first of equals wins, so that
//! equal pages give equal choices.

/// The place of the candidate with the highest score.
pub(super) fn best<const N: usize>(rows: &[[f32; N]], weights: &[f32; N]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (i, row) in rows.iter().enumerate() {
        let score = row.iter().zip(weights).map(|(x, w)| x * w).sum();
        if best.is_none_or(|(_, b)| score > b) {
            best = Some((i, score));
        }
    }
    best.map(|(i, _)| i)
}
