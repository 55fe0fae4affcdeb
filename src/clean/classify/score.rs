//! How much a block looks like an article's text, from its features.

use super::features::{FEATURES, fill};
use super::view::View;
use super::weights::{CONSTANT, WEIGHTS};

/// The score of every block as log odds: a weighted sum of its features, so that a table of trees can take its place.
pub(super) fn priors(view: &View<'_>) -> Vec<f32> {
    let mut features = [0.0; FEATURES];
    let score = |i| {
        fill(view, i, &mut features);
        features.iter().zip(&WEIGHTS).fold(CONSTANT, |sum, (feature, weight)| sum + feature * weight)
    };
    (0..view.document.blocks.len()).map(score).collect()
}
