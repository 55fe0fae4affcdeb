//! [`Page`] to [`Document`]: one flat list of text blocks with classes, whether it came as HTML or text.
//!
//! What holds: linear in the page's bytes, bounded in depth and nodes; no panic; knows nothing of Kafka.

pub(crate) mod ascii;
pub mod block;
mod classify;
mod html;
mod metadata;
pub mod text;

pub use block::{Block, BlockKind, Class, Document, Figure, PathNode};

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
        Content::Text(text) => text::document(text, limits),
    }
}

/// Blocks of an HTML page with their features, for the fitting of weights; see `model/`.
#[doc(hidden)]
pub fn training_rows(markup: &str, limits: &CleanLimits) -> (Document, Vec<Vec<f32>>) {
    let (document, gathered) = html::read(markup, limits);
    let rows = classify::training_rows(&document, &gathered);
    (document, rows)
}
