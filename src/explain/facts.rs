//! What is told of a page besides its text: the fields of its article, and where on the page each stands.
//!
//! What holds: an article's fields are its event's own; of a page that gives none they are what the page says of itself.

use super::name;
use crate::article::ArticleEvent;
use crate::clean::block::Metadata;
use crate::clean::{Block, Class, Document, Explained};
use crate::split::draft::{DateValue, Kind};
use serde::Serialize;
use std::borrow::Cow;

/// Short blocks that show a value; a body may name anything.
const SHOWING_BYTES_MAX: usize = 200;

/// One field.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// The event's name for it.
    pub name: &'static str,
    /// The value.
    pub value: String,
    /// Where it stands on the page, as far as it was found.
    pub found: Vec<String>,
}

/// The fields of the page's article, else of its first whole one, else what the page says of itself.
pub(super) fn facts(explained: &Explained, events: &[ArticleEvent]) -> Vec<Fact> {
    let first = |kind: Kind| events.iter().find(|event| event.kind == kind);
    let page = &explained.document.meta;
    let meta = &first(Kind::Article).or_else(|| first(Kind::Secondary)).map_or_else(|| page.clone(), |e| of(page, e));
    let mut facts = Vec::new();
    let mut put = |name, value: Option<&str>, source: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let mut found: Vec<String> = source.into_iter().map(str::to_owned).collect();
            found.extend(explained.places.of(value).into_iter().map(str::to_owned));
            found.extend(shown(&explained.document, value));
            facts.push(Fact { name, value: value.to_owned(), found });
        }
    };
    put("headline", meta.headline.as_deref(), None);
    put("alternativeHeadline", meta.alternative_headline.as_deref(), None);
    for (name, date) in [("datePublished", &meta.date_published), ("dateModified", &meta.date_modified)] {
        if let Some(date) = date {
            put(name, Some(&date.value), Some(&format!("{} as {:?}", date.source, date.raw)));
        }
    }
    for author in &meta.authors {
        put("author", Some(&author.name), author.url.as_deref().map(|url| format!("links {url}")).as_deref());
    }
    put("section", meta.section.as_deref(), None);
    put("description", meta.description.as_deref(), None);
    put("language", meta.language.as_deref(), None);
    put("siteName", meta.site_name.as_deref(), None);
    put("publisher", meta.publisher.as_deref(), None);
    put("canonicalUrl", meta.canonical_url.as_deref(), None);
    if meta.is_accessible_for_free == Some(false) {
        put("isAccessibleForFree", Some("false"), None);
    }
    put("keywords", Some(&meta.keywords.join(", ")), None);
    facts
}

/// The page's metadata with those of an event's fields that splitting fills in or chooses.
fn of(page: &Metadata, event: &ArticleEvent) -> Metadata {
    // Where the page's own date is none of the event's, the event tells of its publication where it was found.
    let known = |date: &Option<DateValue>, value: &Option<String>| {
        date.clone().filter(|date| Some(&date.value) == value.as_ref())
    };
    let raw = event.date_published_raw.clone().unwrap_or_default();
    let source = match &event.date_source {
        Some(Cow::Borrowed(source)) => *source,
        _ => "",
    };
    let shown = || Some(DateValue { value: event.date_published.clone()?, raw, source });
    Metadata {
        headline: event.headline.clone(),
        alternative_headline: event.alternative_headline.clone(),
        section: event.section.clone(),
        description: event.description.clone(),
        date_published: known(&page.date_published, &event.date_published).or_else(shown),
        date_modified: known(&page.date_modified, &event.date_modified),
        authors: event.authors.clone(),
        language: event.in_language.clone(),
        canonical_url: event.canonical_url.clone(),
        keywords: event.keywords.clone(),
        ..page.clone()
    }
}

/// The first block that shows a value and is not the body.
fn shown(document: &Document, value: &str) -> Option<String> {
    let value = value.to_lowercase();
    let shows = |(i, block): &(usize, &Block)| {
        let text = document.text_of(*i);
        let long = value.len() + SHOWING_BYTES_MAX;
        block.class != Class::Body && value.len() > 3 && text.len() <= long && text.to_lowercase().contains(&value)
    };
    let (i, block) = document.blocks.iter().enumerate().find(shows)?;
    Some(format!("block {i} ({})", name(block.class)))
}
