//! Classified blocks to articles: boundaries, teasers, the main article. Evidence comes from the blocks, not from sites.

pub mod draft;

use crate::clean::Document;
use crate::page::Page;
use draft::Draft;

/// Finds the articles of a page, in page order. At most one draft has [`Kind::Article`](draft::Kind::Article).
pub fn articles(_page: &Page, _document: &Document) -> Vec<Draft> {
    unimplemented!()
}
