//! Bytes to [`Page`]: envelope, raw HTML or raw text; compression, charset.
//!
//! What holds: pure; every expansion is capped; whatever the bytes, the answer is a page or a [`Fault`], never a panic.

use crate::fault::Fault;
use jiff::Timestamp;
use std::borrow::Cow;

/// A record as it came: from a Kafka topic, or from a file that stands in for one.
#[derive(Clone, Copy, Debug)]
pub struct RawRecord<'a> {
    /// The record's key, which the event echoes where the envelope gives none.
    pub key: Option<&'a [u8]>,
    /// The record's value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The record's headers in their order, names as sent.
    pub headers: &'a [(String, Vec<u8>)],
    /// The record's own time. Everything that needs "now" uses it, so that a replay gives the same events.
    pub time: Timestamp,
}

impl<'a> RawRecord<'a> {
    /// The last header called `name` in any case, as text, trimmed; `None` where absent or empty.
    pub fn header(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = self.headers.iter().rev().find(|(header, _)| header.eq_ignore_ascii_case(name))?;
        let value = value.trim_ascii();
        (!value.is_empty()).then(|| String::from_utf8_lossy(value))
    }
}

/// Bounds on what one record may cost.
#[derive(Clone, Copy, Debug)]
pub struct PageLimits {
    /// Largest page in bytes, after decompression.
    pub page_bytes_max: usize,
}

/// What the body is made of, as text.
#[derive(Clone, Debug)]
pub enum Content {
    /// Markup, decoded to UTF-8.
    Html(String),
    /// Scraped plain text, decoded to UTF-8.
    Text(String),
}

impl Content {
    /// The text, whatever it is made of.
    pub fn text(&self) -> &str {
        match self {
            Content::Html(text) | Content::Text(text) => text,
        }
    }
}

/// Where the charset was learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharsetSource {
    /// A byte order mark.
    Bom,
    /// The `content-type` header or the envelope's `charset`.
    Http,
    /// A `<meta>` in the page's head.
    Meta,
    /// Detection from the bytes.
    Detected,
    /// The envelope carried text, not bytes.
    Envelope,
}

/// One page, decoded.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page's address.
    pub url: Option<String>,
    /// Echoed in the event's `source.key`.
    pub key: Option<String>,
    /// The crawl that fetched it.
    pub crawl_id: Option<String>,
    /// The WARC record that held it.
    pub warc_record_id: Option<String>,
    /// When the crawler fetched it.
    pub fetched_at: Option<Timestamp>,
    /// HTTP status, where known.
    pub http_status: Option<u16>,
    /// `content-language` of the response.
    pub content_language: Option<String>,
    /// The text.
    pub content: Content,
    /// The charset's WHATWG name and where it was learned.
    pub charset: (&'static str, CharsetSource),
    /// What was repaired or doubtful, as closed words for the event's `extraction.warnings`.
    pub warnings: Vec<&'static str>,
}

/// Decodes one record.
///
/// # Errors
/// A [`Fault`] that says why the record is no page.
pub fn decode(_record: &RawRecord<'_>, _limits: &PageLimits) -> Result<Page, Fault> {
    unimplemented!()
}
