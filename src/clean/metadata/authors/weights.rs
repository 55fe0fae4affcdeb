//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_metadata.py`: a softmax over a page's candidates, labelled pages; not to be edited by hand.

use super::features::FEATURES;

/// Log odds per unit of a feature.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f32; FEATURES] = [
    0.217, 0.944, -0.503, 0.197, -0.532, -0.716, 0.021, 0.080, -0.289,
    -0.102, -0.065, 0.990, 0.747, 1.339, 0.464, -0.842, 0.509, 1.121,
    0.552, 0.296, 0.121, 0.024, 0.435, -0.076, 0.098, 0.187, 0.002,
    -0.463, 0.030, 0.383, -0.106, 0.731, 0.222, 0.863, 0.184, 0.182,
    0.275, 0.937, -0.116, -0.207, -0.601, -1.500, -0.734, -1.191, 1.287,
    0.761, 0.300, 0.536, 0.515, 0.500, 0.082, -0.073, 0.073, -0.029,
    -0.467, 0.930, 1.185, -0.048, -0.089, -0.151, 0.004, 0.911,
];
