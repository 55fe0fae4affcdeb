//! Which of the page's titles is the article's headline.
//!
//! What holds: the words come from one of the page's own titles or from a part of one, never glued together; the choice is
//! the highest sum of fitted weights over what is known of each candidate, equal for equal pages; linear in the page.

mod candidates;
mod features;
mod weights;

use super::{Sources, choice};
use candidates::Candidate;

/// Longest headline, bytes.
const HEADLINE_BYTES_MAX: usize = 500;

/// The headline, or `None` where the page names none.
pub(super) fn choose(sources: &Sources<'_>) -> Option<String> {
    let mut candidates = candidates::of(sources);
    let rows = features::rows(&candidates, sources);
    let best = choice::best(&rows, &weights::WEIGHTS)?;
    let mut text = candidates.swap_remove(best).text;
    text.truncate(text.floor_char_boundary(HEADLINE_BYTES_MAX));
    Some(text)
}

/// Every candidate with its features, for the fitting of weights.
pub(super) fn training_rows(sources: &Sources<'_>) -> Vec<(String, Vec<f32>)> {
    let candidates = candidates::of(sources);
    let rows = features::rows(&candidates, sources);
    candidates.into_iter().zip(rows).map(|(c, row): (Candidate, _)| (c.text, row.to_vec())).collect()
}
