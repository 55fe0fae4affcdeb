//! Articles of an HTML page: its body blocks make one article, headed by what the page says of itself.

use super::draft::{BodyBlock, Draft, Kind};
use super::{body_block, image, name_main, new_draft};
use crate::clean::{Class, Document};
use crate::page::Page;

/// Finds the articles, in page order.
pub(super) fn articles(page: &Page, document: &Document) -> Vec<Draft> {
    let of = |class: Class| (0..document.blocks.len()).filter(move |i| document.blocks[*i].class == class);
    let body: Vec<BodyBlock> = of(Class::Body).map(|i| body_block(document, i)).collect();
    if body.is_empty() {
        return Vec::new();
    }
    let mut draft = new_draft(page, document, Kind::Secondary, "blocks");
    let text = |i: usize| document.text_of(i).to_owned();
    draft.headline = document.meta.headline.clone().or_else(|| of(Class::Headline).next().map(text));
    draft.section = document.meta.section.clone().or_else(|| of(Class::Kicker).next().map(text));
    draft.description = document.meta.description.clone().or_else(|| of(Class::Standfirst).next().map(text));
    draft.images = document.meta.images.clone();
    draft.images.extend(image::collect(of(Class::Caption).map(|i| document.text_of(i))));
    draft.date_published = document.meta.date_published.clone();
    draft.confidence = of(Class::Body).map(|i| document.blocks[i].confidence).sum::<f32>() / body.len() as f32;
    draft.body = body;
    let mut drafts = vec![draft];
    name_main(document, &mut drafts);
    drafts
}
