//! An article before it becomes an event: what was found on the page, without identity or provenance.

use crate::warning::Warning;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an event is to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// The page's main article; at most one a page.
    Article,
    /// Another whole article on the page, or the only one of a page that may be of another kind.
    Secondary,
    /// A headline with a snippet that leads to an article elsewhere.
    Teaser,
    /// An entry of a live blog.
    LiveBlogEntry,
    /// An entry of a feed.
    FeedEntry,
}

impl Kind {
    /// Every kind, for metrics that start at zero.
    pub const ALL: [Kind; 5] = [Kind::Article, Kind::Secondary, Kind::Teaser, Kind::LiveBlogEntry, Kind::FeedEntry];

    /// The kind that `word` spells, as [`Kind::as_str`] does.
    pub fn parse(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The kind as events and labels spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Article => "article",
            Kind::Secondary => "secondary",
            Kind::Teaser => "teaser",
            Kind::LiveBlogEntry => "liveBlogEntry",
            Kind::FeedEntry => "feedEntry",
        }
    }
}

/// A date as found, and as understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateValue {
    /// RFC 3339 with the zone that the page gave, or `YYYY-MM-DD` where only a day is known.
    pub value: String,
    /// The words on the page.
    pub raw: String,
    /// Where it was found: `jsonld`, `meta`, `microdata`, `time`, `text`, `url`.
    pub source: &'static str,
}

/// An author's name without "By", titles and outlets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The author's page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
}

/// A picture of the article.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// Absolute address where known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// What stands under it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub caption: Option<String>,
    /// Who is credited.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub credit: Option<String>,
    /// True for the article's lead picture.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub main: Option<bool>,
}

/// A piece of an article's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BodyBlock {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: BodyBlockKind,
    /// Its text.
    pub text: String,
    /// A heading's level, 1..6.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub level: Option<u8>,
}

impl BodyBlock {
    /// Running text.
    pub(super) fn paragraph(text: &str) -> Self {
        BodyBlock { kind: BodyBlockKind::Paragraph, text: text.to_owned(), level: None }
    }
}

/// The types of body blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum BodyBlockKind {
    /// A subheading.
    Heading,
    /// Running text.
    Paragraph,
    /// A quotation set apart.
    Quote,
    /// A list item.
    List,
    /// A table.
    Table,
    /// Words under a picture. Not part of `articleBody`.
    Caption,
    /// Preformatted text.
    Code,
}

/// One article of a page.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// Its headline.
    pub headline: Option<String>,
    /// A second headline.
    pub alternative_headline: Option<String>,
    /// Section or kicker.
    pub section: Option<String>,
    /// Standfirst or description.
    pub description: Option<String>,
    /// The body in order. A teaser's is its snippet.
    pub body: Vec<BodyBlock>,
    /// Its pictures.
    pub images: Vec<Image>,
    /// First publication.
    pub date_published: Option<DateValue>,
    /// Last change.
    pub date_modified: Option<DateValue>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    /// BCP 47 language and the confidence in it, 0..1.
    pub language: Option<(String, f32)>,
    /// The article's own address where the page links it, absolute where possible.
    pub article_url: Option<String>,
    /// The page's canonical address (main article only).
    pub canonical_url: Option<String>,
    /// Who publishes.
    pub publisher: Option<String>,
    /// The site's name.
    pub site_name: Option<String>,
    /// Keywords and tags.
    pub keywords: Vec<String>,
    /// Breadcrumbs, outermost first.
    pub breadcrumbs: Vec<String>,
    /// Whether it can be read without paying.
    pub is_accessible_for_free: Option<bool>,
    /// True where a bound cut it.
    pub truncated: bool,
    /// How it was found, a closed word: `blocks`, `text`, `jsonld`.
    pub method: &'static str,
    /// Confidence, 0..1.
    pub confidence: f32,
    /// Closed words for the event's `extraction.warnings`, those of its page first.
    pub warnings: Vec<Warning>,
    /// Index of the draft that this one is part of (a live blog's entries).
    pub parent: Option<usize>,
}
