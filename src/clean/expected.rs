//! How good a choice of a page's blocks or lines is to be expected, if each one's score is its likelihood (N. Ye et al., "Optimizing
//! F-measures: a tale of two approaches", ICML 2012, with the expectations of counts for the counts).

/// The expected word F1, 0..1, of pieces given as their words, their likelihood, and whether they are chosen.
pub(super) fn word_f1(pieces: impl Iterator<Item = (f32, f32, bool)>) -> f32 {
    let (mut right, mut taken, mut wanted) = (0.0, 0.0, 0.0);
    for (words, likelihood, chosen) in pieces {
        wanted += words * likelihood;
        if chosen {
            taken += words;
            right += words * likelihood;
        }
    }
    2.0 * right / (taken + wanted).max(1.0)
}
