//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_metadata.py`: a softmax over a page's candidates, labelled pages; not to be edited by hand.

use super::features::FEATURES;

/// Log odds per unit of a feature.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f32; FEATURES] = [
    0.688, 1.126, -0.296, 0.160, -0.496, -0.756, 0.643, 0.417, 0.349,
    0.479, -0.067, 1.391, 0.639, 1.183, 0.560, -1.384, 0.229, 1.158,
    0.405, 0.710, 0.293, 0.366, 0.935, 0.247, 0.265, -0.047, 0.195,
    -0.864, 0.212, 0.367, -0.074, 0.860, -0.102, 1.195, -0.112, 0.109,
    0.545, 1.218, 0.150, -0.541, -0.518, -1.901, -0.512, -0.850, 1.524,
    1.093,
];
