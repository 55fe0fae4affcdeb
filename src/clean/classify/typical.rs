//! Typical pages, to compare a page with: the median of each feature, in the features' order.

use super::page::FEATURES;

/// Of pages that hold an article.
pub(super) const ARTICLE: [f32; FEATURES] = [0.0; FEATURES];
/// Of shops, services, lists.
pub(super) const OTHER: [f32; FEATURES] = [0.0; FEATURES];
