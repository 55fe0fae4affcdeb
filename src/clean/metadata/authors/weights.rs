//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_metadata.py`: a softmax over a page's candidates, labelled pages; not to be edited by hand.

use super::features::FEATURES;

/// Log odds per unit of a feature.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f32; FEATURES] = [
    0.658, 1.127, -0.298, 0.181, -0.511, -0.755, 0.630, 0.411, 0.362,
    0.478, -0.053, 1.385, 0.625, 1.172, 0.547, -1.391, 0.225, 1.155,
    0.406, 0.701, 0.305, 0.384, 0.929, 0.265, 0.245, -0.037, 0.179,
    -0.879, 0.204, 0.371, -0.075, 0.882, -0.100, 1.205, -0.117, 0.131,
    0.508, 1.218, 0.123, -0.549, -0.530, -1.911, -0.518, -1.234, 1.476,
    1.083,
];
