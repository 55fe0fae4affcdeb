//! The fitted weights of [`super::features`], in their order.
//!
//! Written by `model/fit_metadata.py`: a softmax over a page's candidates, labelled pages; not to be edited by hand.

use super::features::FEATURES;

/// Log odds per unit of a feature.
#[rustfmt::skip]
pub(super) const WEIGHTS: [f32; FEATURES] = [
    0.871, 1.054, -0.433, 0.255, -0.364, -0.623, 0.150, 0.021, -0.276,
    -0.133, -0.035, 0.912, 0.763, 1.538, 0.622, -1.167, 0.236, 1.201,
    0.542, 0.271, 0.290, -0.063, 0.672, -0.033, -0.021, 0.412, 0.227,
    -0.829, 0.215, 0.517, -0.107, 0.813, -0.124, 1.206, 0.213, 0.181,
    0.387, 0.870, 0.057, -0.213, -0.492, -1.422, -0.652, -1.225, 1.628,
    0.952, 0.534, 0.329, 0.306, 0.537, 0.104, -0.464, 0.054, -0.026,
    -0.471, 1.162, 1.414, 0.015, 0.092, -0.279, 0.118, 0.688,
];
