//! The article event: what stands in the output topic, field by field. `docs/events.md` tells it to readers.

use super::fingerprint::ContentHash;
use crate::split::draft::{Author, BodyBlock, Image, Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{self, Write};
use std::mem;

/// The version of the event's form. A field may be added under it; a change of meaning is a new version.
pub const SCHEMA_VERSION: &str = "1.0";

/// One article of one page. Names are those of schema.org's NewsArticle where it has one. The fields that the schema
/// requires are always there, `null` where unknown; the others are left out where there is nothing to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleEvent {
    /// Version of this form.
    pub schema_version: Cow<'static, str>,
    /// 32 hex digits. The same page, place and content give the same id, however often the page is read.
    pub event_id: String,
    /// What the event is. `article` is the page's main one: at most one a page.
    pub kind: Kind,
    /// Place on the page, from 0.
    pub ordinal: u32,
    /// Events of the page.
    pub article_count: u32,
    /// The event that this one is part of: an entry's live blog.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent_event_id: Option<String>,
    /// Names the content: equal stories under different templates, quote styles or encodings have equal hashes.
    pub content_hash: ContentHash,
    /// The page's address.
    pub url: Option<String>,
    /// The article's own address, where the page links it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub article_url: Option<String>,
    /// The address that the page calls canonical; on the main article only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub canonical_url: Option<String>,
    /// The headline, without kicker and site name.
    pub headline: Option<String>,
    /// A second headline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alternative_headline: Option<String>,
    /// Section, or the kicker over the headline.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub section: Option<String>,
    /// Standfirst or summary.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub description: Option<String>,
    /// The text, paragraphs divided by an empty line. A teaser's is its snippet.
    pub article_body: String,
    /// The body piece by piece, captions included.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub body_blocks: Vec<BodyBlock>,
    /// First publication: RFC 3339 with the page's own zone, or a day.
    pub date_published: Option<String>,
    /// Last change: RFC 3339 with the page's own zone, or a day. Never copied into `datePublished`.
    pub date_modified: Option<String>,
    /// The words on the page that `datePublished` was read from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date_published_raw: Option<String>,
    /// Where `datePublished` was found: `jsonld`, `meta`, `microdata`, `time`, `text`, `url`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub date_source: Option<Cow<'static, str>>,
    /// Who wrote it, without "By", titles and outlets.
    pub authors: Vec<Author>,
    /// BCP 47 language of the text.
    pub in_language: Option<String>,
    /// Confidence in `inLanguage`, 0..1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language_confidence: Option<f32>,
    /// Who publishes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub publisher: Option<String>,
    /// The site's name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub site_name: Option<String>,
    /// Keywords and tags.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub keywords: Vec<String>,
    /// Breadcrumbs, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub breadcrumbs: Vec<String>,
    /// Whether it can be read without paying.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub is_accessible_for_free: Option<bool>,
    /// Pictures with caption and credit.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub images: Vec<Image>,
    /// Words of `articleBody`; in scripts without spaces every Han or kana character is one.
    pub word_count: u32,
    /// True where a bound cut the page or the article.
    pub truncated: bool,
    /// How it was found, and how sure that is.
    pub extraction: Extraction,
    /// Where the page was read.
    pub source: Source,
    /// When the crawler fetched the page.
    #[schemars(extend("format" = "date-time"))]
    pub date_downloaded: Option<String>,
    /// The page record's own time, not the wall clock: a page that is read again gives the same event.
    #[schemars(extend("format" = "date-time"))]
    pub date_processed: String,
}

/// How an article was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Extraction {
    /// The evidence that decided: `blocks`, `text`, `jsonld`.
    pub method: Cow<'static, str>,
    /// Version of copydesk that extracted it.
    pub version: Cow<'static, str>,
    /// Confidence, 0..1.
    pub confidence: f32,
    /// What was repaired or doubtful, in closed words.
    pub warnings: Vec<Cow<'static, str>>,
}

/// Where a page was read: a topic's record or a file's line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// Topic.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub topic: Option<String>,
    /// Partition of the topic.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partition: Option<i32>,
    /// Offset in the partition.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset: Option<i64>,
    /// File, as named on the command line; `-` is standard input.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// Line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// The envelope's `key`, else the record's key.
    pub key: Option<String>,
    /// The crawl that fetched the page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub crawl_id: Option<String>,
    /// The WARC record that held the page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub warc_record_id: Option<String>,
}

impl Source {
    /// A record of a topic.
    pub fn kafka(topic: impl Into<String>, partition: i32, offset: i64) -> Self {
        Source { topic: Some(topic.into()), partition: Some(partition), offset: Some(offset), ..Source::default() }
    }

    /// A line of a file, from 1.
    pub fn file(file: impl Into<String>, line: u64) -> Self {
        Source { file: Some(file.into()), line: Some(line), ..Source::default() }
    }

    /// The place alone, without key and crawl: `topic/partition/offset` or `file:line`.
    pub fn coordinates(&self) -> String {
        match (&self.topic, &self.file) {
            (Some(topic), _) => {
                format!("{topic}/{}/{}", self.partition.unwrap_or_default(), self.offset.unwrap_or_default())
            }
            (None, file) => format!("{}:{}", file.as_deref().unwrap_or_default(), self.line.unwrap_or_default()),
        }
    }
}

impl ArticleEvent {
    /// The event as JSON, on one line.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1024 + self.article_body.len() * 5 / 2);
        serde_json::to_writer(&mut out, self).expect("an event is always written");
        out
    }

    /// Bytes of [`ArticleEvent::to_json`], without keeping them.
    pub fn json_bytes(&self) -> usize {
        struct Count(usize);
        impl Write for Count {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 += bytes.len();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut count = Count(0);
        serde_json::to_writer(&mut count, self).expect("an event is always written");
        count.0
    }

    /// Whether [`ArticleEvent::to_json`] has at most `bytes_max` bytes; fails with how many it has. Most events are so far
    /// below that their text need not be read for it, which is the most of their bytes. Changes nothing.
    pub fn json_fits(&mut self, bytes_max: usize) -> Result<(), usize> {
        /// Most bytes that JSON has for one of text: `\u0001`.
        const ESCAPED: usize = 6;
        /// Most bytes around a block's text, and around all blocks.
        const AROUND: usize = 80;
        let (body, blocks) = (mem::take(&mut self.article_body), mem::take(&mut self.body_blocks));
        let texts = body.len() + blocks.iter().map(|block| block.text.len()).sum::<usize>();
        let bytes_most = self.json_bytes() + ESCAPED * texts + AROUND * (blocks.len() + 1);
        (self.article_body, self.body_blocks) = (body, blocks);
        if bytes_most <= bytes_max {
            return Ok(());
        }
        let bytes = self.json_bytes();
        if bytes <= bytes_max { Ok(()) } else { Err(bytes) }
    }
}
