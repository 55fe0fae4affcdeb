//! Entries of a live blog as the page's data names them: JSON-LD `liveBlogUpdate`, or the same as microdata, and where they stand.
//!
//! What holds: bounded in number; a page without such data costs nothing.

use super::super::CleanLimits;
use super::super::block::{Document, PathId, Update};
use super::super::html::{self, Gathered};
use super::dates::{self, Order};
use super::json_ld::Article;
use super::{absolute, fold};
use rustc_hash::FxHashMap;
use url::Url;

/// Bounds on the markup within one entry's text.
const MARKUP: CleanLimits = CleanLimits { depth_max: 32, blocks_max: 400 };
/// What marks an entry's element in microdata, lower case as paths hold it.
const PROPERTY: &str = "liveblogupdate";

/// The entries, in the order of the data. `graph` is what JSON-LD says, each with its address.
pub(super) fn read(
    document: &Document,
    gathered: &Gathered<'_>,
    graph: Vec<(Article, Option<String>)>,
    base: Option<&Url>,
    order: Order,
) -> Vec<Update> {
    if !graph.is_empty() {
        return of_graph(document, graph, base, order);
    }
    if gathered.updates.is_empty() {
        return Vec::new();
    }
    let mut updates: Vec<Update> = Vec::new();
    for (i, block) in document.blocks.iter().enumerate() {
        let Some(element) = entry_around(document, block.path) else { continue };
        if updates.last().is_none_or(|last| last.element != Some(element)) {
            updates.push(of_microdata(gathered, i, element, base, order));
        }
    }
    updates
}

/// The entry whose text begins with block `first`.
fn of_microdata(gathered: &Gathered<'_>, first: usize, element: PathId, base: Option<&Url>, order: Order) -> Update {
    let mut update = Update { element: Some(element), ..Update::default() };
    // Its mark stands at its first block or before, and the next one's behind.
    let marks = gathered.updates.partition_point(|mark| mark.block <= first);
    if let Some(mark) = marks.checked_sub(1).map(|at| &gathered.updates[at]) {
        let date = |raw: Option<&str>| raw.and_then(|raw| dates::value(raw, "microdata", order));
        update.headline = mark.headline.as_deref().map(fold).filter(|headline| !headline.is_empty());
        update.date_published = date(mark.published.as_deref());
        update.date_modified = date(mark.modified.as_deref());
        update.url = mark.url.as_deref().and_then(|url| absolute(base, url));
    }
    update
}

fn of_graph(
    document: &Document,
    graph: Vec<(Article, Option<String>)>,
    base: Option<&Url>,
    order: Order,
) -> Vec<Update> {
    let fragment = |url: &Option<String>| url.as_deref()?.split_once('#').map(|(_, id)| id.to_ascii_lowercase());
    let places = places(document, graph.iter().filter_map(|(_, url)| fragment(url)).collect());
    let update = |(article, url): (Article, Option<String>)| Update {
        element: fragment(&url).and_then(|id| places.get(&id)?.first().copied()),
        url: url.and_then(|url| absolute(base, &url)),
        date_published: article.published.and_then(|raw| dates::value(&raw, "jsonld", order)),
        date_modified: article.modified.and_then(|raw| dates::value(&raw, "jsonld", order)),
        headline: article.headline,
        authors: article.authors,
        body: article.body.map(plain).filter(|body| body.contains(' ')),
    };
    graph.into_iter().map(update).collect()
}

/// The element that goes by each word. A word of several that do not stand within the first is a class's and no element's own.
fn places(document: &Document, words: Vec<String>) -> FxHashMap<String, Vec<PathId>> {
    let mut places: FxHashMap<String, Vec<PathId>> = words.into_iter().map(|word| (word, Vec::new())).collect();
    for path in 1..document.paths.len() as PathId {
        for word in document.words_of(path).split(' ') {
            let Some(found) = places.get_mut(word) else { continue };
            let is_inner = || {
                found.first().is_some_and(|first| {
                    std::iter::successors(Some(path), |p| Some(document.paths[*p as usize].parent))
                        .take_while(|p| *p != 0)
                        .any(|p| p == *first)
                })
            };
            if !is_inner() {
                found.push(path);
            }
        }
    }
    places.retain(|_, found| found.len() == 1);
    places
}

/// A text without the markup that some put into their data.
fn plain(body: String) -> String {
    if !body.contains('<') {
        return body;
    }
    let (document, _) = html::read(&body, &MARKUP);
    let blocks: Vec<&str> = (0..document.blocks.len()).map(|i| document.text_of(i)).collect();
    blocks.join("\n\n")
}

/// The innermost element around a path that is an entry in microdata.
fn entry_around(document: &Document, path: PathId) -> Option<PathId> {
    let mut at = path;
    while at != 0 {
        if document.words_of(at).split(' ').any(|word| word == PROPERTY) {
            return Some(at);
        }
        at = document.paths[at as usize].parent;
    }
    None
}
