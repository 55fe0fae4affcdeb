//! An event as a record of a topic: key, value and headers. Knows the form, not the client.
//!
//! Headers are CloudEvents 1.0, Kafka protocol binding, binary mode: attributes with the prefix `ce_`, the media type
//! as `content-type`, and W3C `traceparent` passed through from the page's record, unless it is too long to be one.

use super::event::ArticleEvent;
use super::fingerprint::hex;
use crate::page::RawRecord;
use crate::split::draft::Kind;

/// Longest `traceparent`: today's are 55 bytes, and later versions may append to them.
const TRACEPARENT_BYTES_MAX: usize = 256;

/// An event ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEvent {
    /// The content hash's first 16 bytes. Partition and key follow from them.
    pub hash16: [u8; 16],
    /// What it is.
    pub kind: Kind,
    /// The record's value.
    pub json: Vec<u8>,
    /// The event's id.
    pub event_id: String,
}

impl EncodedEvent {
    /// The record's key: the hash's first 32 hex digits.
    pub fn key(&self) -> String {
        hex(&self.hash16)
    }
}

/// The event's key and value.
pub fn encode(event: &ArticleEvent) -> EncodedEvent {
    EncodedEvent {
        hash16: event.content_hash.first16(),
        kind: event.kind,
        json: event.to_json(),
        event_id: event.event_id.clone(),
    }
}

/// The `ce_type` of a kind.
pub const fn ce_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Article => "copydesk.article.v1",
        Kind::Secondary => "copydesk.secondary.v1",
        Kind::Teaser => "copydesk.teaser.v1",
        Kind::LiveBlogEntry => "copydesk.liveBlogEntry.v1",
        Kind::FeedEntry => "copydesk.feedEntry.v1",
    }
}

/// The event's headers, in order. `ce_source` is where the page came from: `/copydesk/` and its topic or file.
pub fn headers(event: &ArticleEvent, record: &RawRecord<'_>) -> Vec<(&'static str, String)> {
    let from = event.source.topic.as_deref().or(event.source.file.as_deref()).unwrap_or_default();
    let mut out = vec![
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", event.event_id.clone()),
        ("ce_source", format!("/copydesk/{from}")),
        ("ce_type", ce_type(event.kind).to_owned()),
        ("ce_time", event.date_processed.clone()),
        ("content-type", "application/json".to_owned()),
    ];
    if let Some(trace) = record.header("traceparent").filter(|trace| trace.len() <= TRACEPARENT_BYTES_MAX) {
        out.push(("traceparent", trace.into_owned()));
    }
    out
}
