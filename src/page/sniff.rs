//! What bytes are: an envelope, markup, plain text, or none of these. First by declared type, then by the bytes, after the
//! WHATWG MIME Sniffing standard where it speaks of them.

use super::Content;
use crate::fault::{Code, Fault};
use memchr::memmem;
use std::borrow::Cow;

/// Bytes at a text's beginning that are looked at to tell markup from text.
const SNIFF_BYTES_MAX: usize = 4096;

/// First bytes of forms that hold no page, and how the fault names them.
const BINARY: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF87a", "a GIF image"),
    (b"GIF89a", "a GIF image"),
    (b"\0\0\x01\0", "an icon"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"BZh91AY&SY", "bzip2 data"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data, which is not read yet"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"OggS\0", "Ogg audio or video"),
    (b"ID3\x03", "MP3 audio"),
    (b"ID3\x04", "MP3 audio"),
    (b"fLaC\0", "FLAC audio"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM video"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x7fELF", "a program"),
    (b"\0asm", "WebAssembly"),
    (b"%!PS", "PostScript"),
    (b"{\\rtf", "an RTF document"),
];

/// A media type without its parameters, lower-case; empty where there is none.
pub fn essence(content_type: Option<&str>) -> String {
    let whole = content_type.unwrap_or_default();
    whole.split([';', ',']).next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The `charset` parameter of a media type.
pub fn charset_of(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    })
}

/// The bytes without a UTF-8 byte order mark and white space before them.
fn start(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// True where the record's value is JSON by its declared type, or, where the type says nothing, by its first byte.
///
/// # Errors
/// `envelope_invalid` for JSON that is no object.
pub fn is_envelope(bytes: &[u8], content_type: Option<&str>) -> Result<bool, Fault> {
    let first = start(bytes);
    let not_object = |what: &str| {
        Err(Fault::new(Code::EnvelopeInvalid, format!("the value is {what}, expected one JSON object a record")))
    };
    match essence(content_type).as_str() {
        "application/feed+json" => return Err(unsupported("a JSON feed, which is not read yet")),
        json if json.ends_with("/json") || json.ends_with("+json") || json.ends_with("ndjson") => {
            if first.starts_with(b"{") {
                return Ok(true);
            }
            if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(first) {
                let said = format!("the value is not JSON, expected one JSON object a record: {error}");
                return Err(Fault::new(Code::EnvelopeNotJson, said));
            }
            return not_object("JSON but not an object");
        }
        "" | "application/octet-stream" | "binary/octet-stream" => {}
        _ => return Ok(false),
    }
    let is_json = || serde_json::from_slice::<serde::de::IgnoredAny>(first).is_ok();
    match first.first() {
        Some(b'{') if !first.starts_with(b"{\\rtf") => Ok(true),
        Some(b'[') if is_json() => not_object("a JSON array"),
        Some(b'"') if is_json() => not_object("a JSON string (was the envelope encoded twice?)"),
        Some(b'n' | b't' | b'f') if matches!(first.trim_ascii_end(), b"null" | b"true" | b"false") => {
            not_object("a JSON literal")
        }
        _ => Ok(false),
    }
}

/// How many bytes are the standard's "binary data bytes".
fn controls(bytes: &[u8]) -> usize {
    // Without a branch, and with counts that are as wide as the bytes, many are told at once.
    let is_control = |b: u8| (b < 0x20) & (b != b'\t') & (b != b'\n') & (b != 0x0c) & (b != b'\r') & (b != 0x1b);
    let count = |bytes: &[u8]| bytes.iter().map(|b| u8::from(is_control(*b))).sum::<u8>();
    bytes.chunks(u8::MAX as usize).map(|bytes| usize::from(count(bytes))).sum()
}

/// Refuses bytes that are no page, whatever their charset.
///
/// # Errors
/// `unsupported_content` that names what they are.
pub fn refuse_binary(bytes: &[u8], content_type: Option<&str>, content_encoding: Option<&str>) -> Result<(), Fault> {
    let first = start(bytes);
    if first.starts_with(b"WARC/1.") || first.starts_with(b"WARC/0.") {
        return Err(unsupported("a WARC record, which is not read yet"));
    }
    if let Some((_, what)) = BINARY.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(unsupported(what));
    }
    if bytes.first() == Some(&0) && bytes.get(4..8) == Some(b"ftyp") {
        return Err(unsupported("an MP4 or HEIF file"));
    }
    if bytes.starts_with(b"RIFF") && matches!(bytes.get(8..12), Some(b"WEBP" | b"WAVE" | b"AVI ")) {
        return Err(unsupported("a WebP image, or WAVE or AVI media"));
    }
    let declared = essence(content_type);
    let head = &bytes[..bytes.len().min(SNIFF_BYTES_MAX)];
    // The standard takes any for a sign; real pages do have stray ones.
    let controls = controls(head);
    let tolerated = head.len() / if is_markup_type(&declared) { 4 } else { 64 };
    if controls > tolerated && utf16(bytes).is_none() {
        let encoding = content_encoding.map(str::trim).filter(|e| !matches!(*e, "" | "identity" | "gzip" | "x-gzip"));
        return Err(match encoding {
            Some(encoding) => unsupported(&format!("encoded with `{encoding}`, which is not read yet")),
            None => unsupported("binary data of an unknown form"),
        });
    }
    if !is_page_type(&declared) && !begins_as_markup(first) {
        return Err(unsupported(&format!("of type `{declared}`")));
    }
    Ok(())
}

/// UTF-16 without a byte order mark, by the zeros that ASCII markup leaves: `Some("utf-16le")` or `Some("utf-16be")`; a
/// mark counts too.
pub fn utf16(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, ..] => return Some("utf-16le"),
        [0xfe, 0xff, ..] => return Some("utf-16be"),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(256) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&b| b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match head.len() / 2 {
        pairs if pairs >= 4 && odd * 4 >= pairs * 3 && even == 0 => Some("utf-16le"),
        pairs if pairs >= 4 && even * 4 >= pairs * 3 && odd == 0 => Some("utf-16be"),
        _ => None,
    }
}

/// Markup or plain text, by declared type and by how the text begins.
///
/// # Errors
/// `unsupported_content` for feeds and other XML.
pub fn content<'a>(text: Cow<'a, str>, content_type: Option<&str>) -> Result<Content<'a>, Fault> {
    let declared = essence(content_type);
    let head = text.as_bytes()[..text.len().min(SNIFF_BYTES_MAX)].to_ascii_lowercase();
    let first = start(&head);
    let has = |needle: &str| memmem::find(&head, needle.as_bytes()).is_some();
    let feed = ["<rss", "<feed", "<rdf:rdf"].iter().any(|root| after_prolog(first).starts_with(root.as_bytes()));
    if feed || matches!(declared.as_str(), "application/rss+xml" | "application/atom+xml" | "application/rdf+xml") {
        return Err(unsupported("an RSS or Atom feed, which is not read yet"));
    }
    if begins_as_markup(first) || has("<html") || has("<!doctype html") {
        return Ok(Content::Html(text));
    }
    if first.starts_with(b"<?xml") || matches!(declared.as_str(), "text/xml" | "application/xml") {
        return Err(unsupported("XML that is no XHTML"));
    }
    let tags = || ["</p>", "</div>", "<p>", "<br>", "<br/>", "</a>", "</h1>", "</span>"].iter().any(|tag| has(tag));
    let html = match declared.as_str() {
        // Text that a scraper took out of a page keeps the page's type.
        "text/html" | "application/xhtml+xml" => text.contains('<'),
        "text/plain" | "text/markdown" => false,
        _ => tags(),
    };
    Ok(if html { Content::Html(text) } else { Content::Text(text) })
}

/// The part after an XML declaration, comments, processing instructions and a document type.
fn after_prolog(mut head: &[u8]) -> &[u8] {
    loop {
        head = head.trim_ascii_start();
        let end: &[u8] = match head {
            _ if head.starts_with(b"<?") => b"?>",
            _ if head.starts_with(b"<!--") => b"-->",
            _ if head.starts_with(b"<!doctype") => b">",
            _ => return head,
        };
        match memmem::find(head, end) {
            Some(at) => head = &head[at + end.len()..],
            None => return head,
        }
    }
}

/// The WHATWG standard's patterns for HTML.
fn begins_as_markup(first: &[u8]) -> bool {
    const TAGS: [&[u8]; 18] = [
        b"<!doctype html",
        b"<html",
        b"<head",
        b"<script",
        b"<iframe",
        b"<h1",
        b"<div",
        b"<font",
        b"<table",
        b"<a",
        b"<style",
        b"<title",
        b"<b",
        b"<body",
        b"<br",
        b"<p",
        b"<meta",
        b"<article",
    ];
    if first.starts_with(b"<!--") {
        return true;
    }
    TAGS.iter().any(|tag| {
        let named = first.get(..tag.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(tag));
        named && first.get(tag.len()).is_none_or(|b| matches!(b, b' ' | b'>' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/'))
    })
}

fn is_markup_type(essence: &str) -> bool {
    matches!(essence, "text/html" | "application/xhtml+xml")
}

/// Types that may hold a page. Feeds are refused later, by what they are.
fn is_page_type(essence: &str) -> bool {
    is_markup_type(essence)
        || matches!(
            essence,
            "" | "text/plain" | "text/markdown" | "text/xml" | "application/xml" | "text" | "unknown/unknown"
        )
        || matches!(essence, "application/octet-stream" | "binary/octet-stream" | "application/unknown" | "*/*")
        || matches!(essence, "application/rss+xml" | "application/atom+xml" | "application/rdf+xml")
}

fn unsupported(what: &str) -> Fault {
    Fault::new(
        Code::UnsupportedContent,
        format!("the content is {what}; pages are HTML, XHTML, plain text or a JSON envelope of these"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_data_bytes_are_those_of_the_standard() {
        for byte in 0..=255u8 {
            let expected = matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
            assert_eq!(controls(&[byte; 1000]), if expected { 1000 } else { 0 }, "{byte}");
        }
    }
}
