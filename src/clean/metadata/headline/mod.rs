//! Which of the page's titles is the article's headline.
//!
//! What holds: the words come from one of the page's own titles or from a part of one, never glued together; the choice is
//! the highest score that boosted trees give to what is known of each candidate, equal for equal pages; linear in the page.

mod candidates;
mod features;
mod relations;
mod slug;

use super::{Sources, choice};
use crate::clean::forest::{self, Forests};
use crate::clean::text::date;
use candidates::Candidate;
pub(in crate::clean) use slug::Slug;

/// The fitted table, written by `model/fit_metadata.py`.
const BYTES: &[u8] = include_bytes!("model.bin");
static TABLE: Forests<1, { forest::trees(BYTES, 1) }> = Forests::read(BYTES);

/// Longest headline, bytes.
const HEADLINE_BYTES_MAX: usize = 500;

/// The headline, or `None` where the page names none.
pub(super) fn choose(sources: &Sources<'_>) -> Option<String> {
    let mut candidates = candidates::of(sources);
    let rows = features::rows(&candidates, sources);
    let best = choice::best_by_trees(&rows, &TABLE)?;
    let mut text = candidates.swap_remove(best).text;
    text.truncate(text.floor_char_boundary(HEADLINE_BYTES_MAX));
    text.truncate(before_stamp(&text).len());
    Some(text)
}

/// A title without the weekday and date, or date and clock, that say at its end when it was published; any other date is part of it.
fn before_stamp(text: &str) -> &str {
    let Some(found) = date::find(text).filter(|found| !text[found.range.1..].contains(char::is_alphabetic)) else {
        return text;
    };
    let mut stamped = found.time.is_some();
    let mut before = text[..found.range.0].trim_end();
    while let Some((rest, last)) = before.rsplit_once(' ') {
        let word = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if !(word.is_empty() || date::is_company(&word)) {
            break;
        }
        stamped |= date::is_weekday(&word);
        before = rest.trim_end();
    }
    let before = before.trim_end_matches([',', ';', '-', '–', '—', '(', '[', '/', ' ']);
    if stamped && before.contains(' ') { before } else { text }
}

/// Every candidate with its features, for the fitting of the table.
pub(super) fn training_rows(sources: &Sources<'_>) -> Vec<(String, Vec<f32>)> {
    let candidates = candidates::of(sources);
    let rows = features::rows(&candidates, sources);
    candidates
        .into_iter()
        .zip(rows)
        .map(|(c, row): (Candidate, _)| (c.text, row[..features::FEATURES].to_vec()))
        .collect()
}
