//! [`Page`](crate::page::Page) to [`Document`]: one flat list of text blocks with classes, whether it came as HTML or text.
//!
//! What holds: linear in the page's bytes, bounded in depth and nodes; no panic; knows nothing of Kafka.

pub mod block;
pub mod text;

pub use block::{Block, BlockKind, Class, Document};

use crate::page::Page;

/// Bounds on one page's markup.
#[derive(Clone, Copy, Debug)]
pub struct CleanLimits {
    /// Deepest nesting that is followed; deeper elements count as their ancestor at this depth.
    pub depth_max: usize,
    /// Most blocks of a page; the rest is dropped and the event says `truncated`.
    pub blocks_max: usize,
}

/// Reads the page into blocks and classifies them.
pub fn document(_page: &Page, _limits: &CleanLimits) -> Document {
    unimplemented!()
}
