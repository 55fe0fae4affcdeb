//! [`Page`] to [`Document`]: one flat list of text blocks with classes, whether it came as HTML or text.
//!
//! What holds: linear in the page's bytes, bounded in depth and nodes; no panic; knows nothing of Kafka.

pub(crate) mod ascii;
pub mod block;
pub(crate) mod captions;
mod classify;
mod doubt;
mod expected;
pub(crate) mod folded;
mod forest;
mod front_page;
mod html;
pub(crate) mod image;
pub(crate) mod letters;
mod metadata;
pub mod places;
pub(crate) mod sites;
pub mod text;
pub(crate) mod tree;
pub mod why;

pub use block::{Block, BlockKind, Class, Document, Figure, PathNode};
pub(crate) use classify::{WordSet, folded_words, is_unspaced, rights, word_hashes, word_runs};
pub use html::Tag;

use crate::page::{Content, Page};

/// Bounds on one page's markup.
#[derive(Clone, Copy, Debug)]
pub struct CleanLimits {
    /// Deepest nesting that is followed; deeper elements count as their ancestor at this depth.
    pub depth_max: usize,
    /// Most blocks of a page; the rest is dropped and the event says `truncated`.
    pub blocks_max: usize,
}

/// Reads the page into blocks and classifies them.
pub fn document(page: &Page, limits: &CleanLimits) -> Document {
    match &page.content {
        Content::Html(markup) => {
            let (mut document, gathered) = html::read(markup, limits);
            let head = metadata::head(&mut document, &gathered, page.url.as_deref());
            classify::classify(&mut document, &gathered);
            metadata::blocks(&mut document, &gathered, &head);
            document
        }
        Content::Text(text) => {
            let mut document = text::document(text, page.url.as_deref(), limits);
            metadata::lines(&mut document, page.url.as_deref());
            document
        }
    }
}

/// A page's blocks, classified as [`document`] does, with the reasons.
#[derive(Debug)]
pub struct Explained {
    /// The page.
    pub document: Document,
    /// Each block's reasons.
    pub blocks: Vec<why::Why>,
    /// The page's own score with its reasons; text has none.
    pub page: Option<why::Answer>,
    /// Where on the page a value of its metadata stands.
    pub places: places::Places,
}

/// As [`document`], and says why. Costs some ten times as much.
pub fn explain(page: &Page, limits: &CleanLimits) -> Explained {
    match &page.content {
        Content::Html(markup) => {
            let (mut document, gathered) = html::read(markup, limits);
            let head = metadata::head(&mut document, &gathered, page.url.as_deref());
            classify::classify(&mut document, &gathered);
            let (blocks, answer) = classify::explain(&document, &gathered);
            metadata::blocks(&mut document, &gathered, &head);
            let places = places::Places::of_html(&gathered);
            Explained { document, blocks, page: answer, places }
        }
        Content::Text(text) => {
            let (mut document, blocks) = text::explain(text, page.url.as_deref(), limits);
            metadata::lines(&mut document, page.url.as_deref());
            Explained { document, blocks, page: None, places: places::Places::default() }
        }
    }
}

/// An HTML page's own features; `None` for text and empty pages. For `examples/typical_pages.rs`.
#[doc(hidden)]
pub fn page_features(page: &Page, limits: &CleanLimits) -> Option<Vec<f32>> {
    let Content::Html(markup) = &page.content else { return None };
    let (mut document, gathered) = html::read(markup, limits);
    metadata::head(&mut document, &gathered, page.url.as_deref());
    (!document.blocks.is_empty()).then(|| classify::page_features(&document, &gathered))
}

/// Blocks of an HTML page with their features, one row a block: the first pass's, and behind them the second's where
/// `scores` holds the first's. For training; see `model/`.
#[doc(hidden)]
pub fn training_rows(markup: &str, limits: &CleanLimits, scores: Option<&[f32]>) -> (Document, Vec<f32>) {
    let (mut document, gathered) = html::read(markup, limits);
    metadata::head(&mut document, &gathered, None);
    let rows = classify::training_rows(&document, &gathered, scores);
    (document, rows)
}

/// An HTML page's own features, and how many blocks it has, whose scores stand at the front of `scores`. For training.
#[doc(hidden)]
pub fn training_page(markup: &str, url: Option<&str>, limits: &CleanLimits, scores: &[f32]) -> (Vec<f32>, usize) {
    let (mut document, gathered) = html::read(markup, limits);
    metadata::head(&mut document, &gathered, url);
    let blocks = document.blocks.len();
    if blocks == 0 {
        return (Vec::new(), 0);
    }
    (classify::training_page(&document, &gathered, &scores[..blocks]), blocks)
}

/// Candidates for a page's headline, which text has none of, and authors with their features, for the fitting of weights; see
/// `model/`.
#[doc(hidden)]
pub fn metadata_rows(page: &Page, limits: &CleanLimits) -> [Vec<(String, Vec<f32>)>; 2] {
    let markup = match &page.content {
        Content::Html(markup) => markup,
        Content::Text(text) => {
            let document = text::document(text, page.url.as_deref(), limits);
            return [Vec::new(), metadata::training_rows_of_lines(&document, page.url.as_deref())];
        }
    };
    let (mut document, gathered) = html::read(markup, limits);
    let head = metadata::head(&mut document, &gathered, page.url.as_deref());
    classify::classify(&mut document, &gathered);
    metadata::blocks(&mut document, &gathered, &head);
    metadata::training_rows(&document, &gathered, &head)
}
