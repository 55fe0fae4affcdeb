//! Who wrote it: names from structured data, from `meta`, from bylines.
//!
//! What holds: all authors of a page come from one of its lists of names; which, is decided by fitted weights over what is
//! known of each list; an outlet stays an author where no person is named, since pages do publish under their own name.

mod features;
mod given;
mod han;
mod lists;
mod names;
mod nobody;
mod weights;
mod whole;

use super::json_ld::Article;
use super::{Sources, choice};
use crate::split::draft::Author;
use lists::List;

/// Whom head and structured data name, before anything is known of the page's text.
#[derive(Debug)]
pub(super) struct Declared(Vec<List>);

impl Declared {
    pub(super) fn of(sources: &Sources<'_>) -> Declared {
        Declared(lists::declared_of(sources))
    }

    /// The first names.
    pub(super) fn authors(&self, article: Option<&Article>) -> Vec<Author> {
        self.0.get(1).map_or_else(Vec::new, |list| authors(list.clone(), article))
    }
}

/// The authors; none where no list of names is more likely than nobody.
pub(super) fn choose(declared: &Declared, sources: &Sources<'_>) -> Vec<Author> {
    let mut lists = lists::of(declared.0.clone(), sources);
    let mut rows = features::rows(&lists, sources);
    let weights = if sources.document.from_text { &weights::TEXT } else { &weights::HTML };
    let mut best = choice::best(&rows, weights);
    // A phrase is left out behind the features, so that what is known of the lists beside it stays what was fitted.
    if best.is_some_and(|best| lists[best].is_of_lines()) {
        let phrases = lists::phrases(&lists, sources.document);
        let known = lists.into_iter().zip(rows).zip(phrases);
        (lists, rows) = known.filter(|(_, is_phrase)| !is_phrase).map(|(known, _)| known).unzip();
        best = choice::best(&rows, weights);
    }
    match best.map(|best| whole::of(&lists, best, sources)) {
        Some(best) => authors(lists.swap_remove(best), sources.article),
        None => Vec::new(),
    }
}

/// Names with the addresses that structured data gives them.
fn authors(list: List, article: Option<&Article>) -> Vec<Author> {
    let known = article.map_or(&[][..], |a| &a.authors);
    let url = |name: &str| known.iter().find(|k| k.name.contains(name)).and_then(|k| k.url.clone());
    list.names.into_iter().map(|name| Author { url: url(&name), name }).collect()
}

/// Every list with its features, for the fitting of weights; the names as one text.
pub(super) fn training_rows(declared: &Declared, sources: &Sources<'_>) -> Vec<(String, Vec<f32>)> {
    let lists = lists::of(declared.0.clone(), sources);
    let rows = features::rows(&lists, sources);
    lists.iter().zip(rows).map(|(l, row)| (l.names.join(" "), row.to_vec())).collect()
}

#[cfg(test)]
pub(super) mod read {
    //! How lines are read, for the tests next door.
    pub(in crate::clean::metadata) fn names(line: &str) -> Vec<String> {
        super::names::names(line)
    }

    pub(in crate::clean::metadata) fn in_line(line: &str) -> Vec<String> {
        super::names::in_line(line).0
    }
}
