//! Pictures that the page names, and the words under them.

use super::json_ld::Article;
use super::{Metas, absolute};
use crate::clean::block::{Class, Document};
use crate::split::draft::Image;
use url::Url;

/// Most pictures that are kept.
const IMAGES_MAX: usize = 30;

/// Pictures of head and structured data; the first is the article's lead picture.
pub(super) fn of_head(metas: &Metas<'_, '_>, article: Option<&Article>, base: Option<&Url>) -> Vec<Image> {
    let mut images: Vec<Image> = Vec::new();
    let listed = article.map_or(&[][..], |a| &a.images);
    for (url, caption, credit) in listed {
        push(&mut images, absolute(base, url), caption.clone(), credit.clone());
    }
    for url in metas.all(&["og:image", "og:image:url", "twitter:image", "twitter:image:src"]) {
        push(&mut images, absolute(base, &url), None, None);
    }
    if let Some(first) = images.first_mut() {
        first.main = Some(true);
    }
    images
}

fn push(images: &mut Vec<Image>, url: Option<String>, caption: Option<String>, credit: Option<String>) {
    let Some(url) = url else { return };
    // The same picture comes in several sizes, told apart by the query alone.
    fn stem(url: &str) -> &str {
        url.split(['?', '#']).next().unwrap_or_default()
    }
    let known = images.iter().any(|i| i.url.as_deref().is_some_and(|u| stem(u) == stem(&url)));
    if !known && images.len() < IMAGES_MAX {
        images.push(Image { url: Some(url), caption, credit, main: None });
    }
}

/// Adds the captioned pictures among the article's text, each with the caption that follows it.
pub(super) fn captions(document: &mut Document, base: Option<&Url>) {
    let article = |c: Class| matches!(c, Class::Body | Class::Headline | Class::Standfirst | Class::Caption);
    let Some(first) = document.blocks.iter().position(|b| article(b.class)) else { return };
    let last = document.blocks.iter().rposition(|b| b.class == Class::Body).unwrap_or(first);
    for n in 0..document.figures.len() {
        let figure = &document.figures[n];
        let block = figure.block as usize;
        let captioned =
            (block..(block + 2).min(document.blocks.len())).find(|i| document.blocks[*i].class == Class::Caption);
        let Some(captioned) = captioned.filter(|_| (first..=last + 1).contains(&block)) else { continue };
        let Some(url) = absolute(base, &figure.url) else { continue };
        let caption = Some(document.text_of(captioned).to_owned());
        let images = &mut document.meta.images;
        match images.iter_mut().find(|i| i.url.as_deref().is_some_and(|u| file_name(u) == file_name(&url))) {
            Some(known) if known.caption.is_none() => known.caption = caption,
            Some(_) => {}
            None => push(images, Some(url), caption, None),
        }
    }
}

/// The last part of an address's path.
fn file_name(url: &str) -> &str {
    url.split(['?', '#']).next().and_then(|u| u.rsplit('/').next()).unwrap_or_default()
}
