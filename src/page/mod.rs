//! Bytes to [`Page`]: envelope, raw HTML or raw text; compression, charset, and characters that were misread before.
//!
//! The form is told per record, by its `content-type` header, then by its bytes. WARC records and feeds are told apart and
//! refused, by name: their readers have their place here.
//!
//! What holds: pure; every expansion is capped; whatever the bytes, the answer is a page or a [`Fault`], never a panic.

mod charset;
mod decompress;
mod envelope;
mod mojibake;
mod sniff;
#[cfg(test)]
mod tests;
mod times;

use crate::fault::{Code, Fault};
use crate::warning::Warning;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use envelope::Body;
use jiff::Timestamp;
use memchr::{memchr, memmem};
use mojibake::Reading;
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
pub enum Content<'a> {
    /// Markup, decoded to UTF-8.
    Html(Cow<'a, str>),
    /// Scraped plain text, decoded to UTF-8.
    Text(Cow<'a, str>),
}

impl Content<'_> {
    /// The text, whatever it is made of.
    pub fn text(&self) -> &str {
        match self {
            Content::Html(text) | Content::Text(text) => text,
        }
    }

    /// Another text of the same make.
    fn with_text(&self, text: String) -> Content<'static> {
        match self {
            Content::Html(_) => Content::Html(Cow::Owned(text)),
            Content::Text(_) => Content::Text(Cow::Owned(text)),
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

/// One page, decoded. Text that is UTF-8 as it came is not copied.
#[derive(Clone, Debug)]
pub struct Page<'a> {
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
    pub content: Content<'a>,
    /// The charset's WHATWG name and where it was learned.
    pub charset: (&'static str, CharsetSource),
    /// What was repaired or doubtful, as closed words for the event's `extraction.warnings`.
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
impl<'a> Page<'a> {
    /// A page of markup at an address, of which nothing else is known.
    pub(crate) fn of_html(url: &str, markup: &'a str) -> Page<'a> {
        Page {
            url: Some(url.to_owned()),
            key: None,
            crawl_id: None,
            warc_record_id: None,
            fetched_at: None,
            http_status: None,
            content_language: None,
            content: Content::Html(markup.into()),
            charset: ("UTF-8", CharsetSource::Envelope),
            warnings: Vec::new(),
        }
    }
}

impl Page<'_> {
    /// The page with a text of its own.
    pub fn into_owned(self) -> Page<'static> {
        let content = match self.content {
            Content::Html(text) => Content::Html(Cow::Owned(text.into_owned())),
            Content::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
        };
        Page {
            url: self.url,
            key: self.key,
            crawl_id: self.crawl_id,
            warc_record_id: self.warc_record_id,
            fetched_at: self.fetched_at,
            http_status: self.http_status,
            content_language: self.content_language,
            content,
            charset: self.charset,
            warnings: self.warnings,
        }
    }
}

/// Decodes one record.
///
/// # Errors
/// A [`Fault`] that says why the record is no page.
pub fn decode<'a>(record: &RawRecord<'a>, limits: &PageLimits) -> Result<Page<'a>, Fault> {
    let value = match record.value {
        None => return Err(Fault::new(Code::EmptyValue, "the record has no value (a tombstone)")),
        Some([]) => return Err(Fault::new(Code::EmptyValue, "the record's value is empty")),
        Some(value) => value,
    };
    if value.len() > limits.page_bytes_max {
        return Err(too_large(value.len() as u64, limits.page_bytes_max));
    }
    let about = About::of(record);
    let value = decompress::plain(Cow::Borrowed(value), limits.page_bytes_max)?;
    if !sniff::is_envelope(&value, about.content_type.as_deref())? {
        return from_bytes(value, about);
    }
    match value {
        Cow::Borrowed(value) => from_envelope(value, about, limits),
        Cow::Owned(value) => from_envelope(&value, about, limits).map(Page::into_owned),
    }
}

/// A page from the envelope around it.
fn from_envelope<'a>(value: &'a [u8], mut about: About, limits: &PageLimits) -> Result<Page<'a>, Fault> {
    match envelope::read(value, &mut about)? {
        Body::Html(text) => Ok(about.text_page(Content::Html(text))),
        Body::Text(text) => Ok(about.text_page(Content::Text(text))),
        Body::None => Ok(about.text_page(Content::Text(Cow::Borrowed("")))),
        Body::Either(text) => {
            sniff::refuse_binary(text.as_bytes(), about.content_type.as_deref(), None)?;
            let content = sniff::content(text, about.content_type.as_deref())?;
            Ok(about.text_page(content))
        }
        Body::Base64(text) => {
            let bytes = decompress::plain(Cow::Owned(from_base64(&text)?), limits.page_bytes_max)?;
            from_bytes(bytes, about)
        }
    }
}

/// The fault of a page that is `bytes` long.
pub fn too_large(bytes: u64, page_bytes_max: usize) -> Fault {
    let said = format!("the page is {bytes} bytes, the limit is {page_bytes_max} (extract.page_bytes_max)");
    Fault::new(Code::PageTooLarge, said)
}

/// Refuses bytes that begin as something that is no page, so that a large archive is called an archive and not too large.
///
/// # Errors
/// `unsupported_content`.
pub fn refuse_binary(head: &[u8]) -> Result<(), Fault> {
    sniff::refuse_binary(head, None, None)
}

const ENVELOPE_TEXT: (&str, CharsetSource) = ("UTF-8", CharsetSource::Envelope);

/// A page from the bytes that a server sent.
fn from_bytes(bytes: Cow<'_, [u8]>, mut about: About) -> Result<Page<'_>, Fault> {
    let content_type = about.content_type.clone();
    sniff::refuse_binary(&bytes, content_type.as_deref(), about.content_encoding.as_deref())?;
    let in_type = content_type.as_deref().and_then(sniff::charset_of);
    let decoded = charset::decode(bytes, about.charset.as_deref().or(in_type), about.url.as_deref());
    about.warnings.extend(decoded.warnings);
    let replaced = replaced(&decoded.text);
    if mostly_replaced(&decoded.text, replaced) {
        let said = format!("the bytes are no text in {}, nor in any charset that was detected", decoded.charset);
        return Err(Fault::new(Code::CharsetInvalid, said));
    }
    let content = sniff::content(decoded.text, content_type.as_deref())?;
    Ok(about.page(content, (decoded.charset, decoded.source), replaced))
}

/// Characters that did not decode, up to which a text is never refused: a short page may be cut or have a stray byte.
const REPLACED_CHARS_TOLERATED: usize = 16;

/// Whether more than a tenth of the text's bytes stand for what did not decode.
fn mostly_replaced(text: &str, replaced: usize) -> bool {
    replaced > REPLACED_CHARS_TOLERATED && replaced * '\u{fffd}'.len_utf8() > text.len() / 10
}

/// U+FFFD in the text.
fn replaced(text: &str) -> usize {
    // Most texts hold no character that begins with its first byte.
    let first = memchr(0xef, text.as_bytes()).unwrap_or(text.len());
    memmem::find_iter(&text.as_bytes()[first..], "\u{fffd}".as_bytes()).count()
}

/// Base64 in either alphabet, padded or not, with or without line breaks.
fn from_base64(text: &str) -> Result<Vec<u8>, Fault> {
    let folded;
    let text = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        folded = text.split_ascii_whitespace().collect::<String>();
        &folded
    } else {
        text
    };
    STANDARD_PAD_INDIFFERENT
        .decode(text)
        .or_else(|error| URL_SAFE_PAD_INDIFFERENT.decode(text).map_err(|_| error))
        .map_err(|error| Fault::new(Code::BodyNotBase64, format!("`bodyBase64` is not base64: {error}")))
}

/// What is known of a page beside its body: first from the record's headers, then from its envelope.
#[derive(Debug, Default)]
struct About {
    url: Option<String>,
    key: Option<String>,
    crawl_id: Option<String>,
    warc_record_id: Option<String>,
    fetched_at: Option<String>,
    status: Option<String>,
    content_type: Option<String>,
    content_encoding: Option<String>,
    content_language: Option<String>,
    charset: Option<String>,
    warnings: Vec<Warning>,
}

impl About {
    fn of(record: &RawRecord<'_>) -> Self {
        let header = |name| record.header(name).map(Cow::into_owned);
        About {
            url: header("url"),
            key: record.key.map(|key| String::from_utf8_lossy(key).into_owned()),
            crawl_id: header("crawl-id"),
            warc_record_id: None,
            fetched_at: header("fetched-at"),
            status: header("http-status"),
            content_type: header("content-type"),
            content_encoding: header("content-encoding"),
            content_language: header("content-language"),
            charset: header("charset"),
            warnings: Vec::new(),
        }
    }

    /// The status code, also where a reason follows it (`404 Not Found`).
    fn http_status(&self) -> Option<u16> {
        self.status
            .as_deref()?
            .split_ascii_whitespace()
            .next()?
            .parse()
            .ok()
            .filter(|status| (100..=999).contains(status))
    }

    /// A page whose envelope carried text.
    fn text_page(self, content: Content<'_>) -> Page<'_> {
        let replaced = replaced(content.text());
        self.page(content, ENVELOPE_TEXT, replaced)
    }

    fn page<'a>(self, content: Content<'a>, charset: (&'static str, CharsetSource), replaced: usize) -> Page<'a> {
        let mut warnings = self.warnings.clone();
        let http_status = self.http_status();
        if self.status.is_some() && http_status.is_none() {
            warnings.push(Warning::StatusUnreadable);
        }
        let fetched_at = self.fetched_at.as_deref().and_then(times::read);
        if self.fetched_at.is_some() && fetched_at.is_none() {
            warnings.push(Warning::FetchedAtUnreadable);
        }
        let (content, replaced) = match mojibake::read(content.text()) {
            Reading::Repaired(text) => {
                warnings.push(Warning::MojibakeRepaired);
                let replaced = self::replaced(&text);
                (content.with_text(text), replaced)
            }
            Reading::Doubtful => {
                warnings.push(Warning::MojibakeLeft);
                (content, replaced)
            }
            Reading::Right => (content, replaced),
        };
        if replaced > 0 {
            warnings.push(Warning::ReplacementCharacters);
        }
        Page {
            url: self.url,
            key: self.key,
            crawl_id: self.crawl_id,
            warc_record_id: self.warc_record_id,
            fetched_at,
            http_status,
            content_language: self.content_language,
            content,
            charset,
            warnings,
        }
    }
}
