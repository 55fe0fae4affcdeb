//! Bytes to text: the byte order mark decides, then HTTP, then `<meta>` over the whole head, then detection.
//!
//! A declaration that the bytes refute does not win: text that is valid UTF-8 is UTF-8 (other charsets almost never look
//! like it), and what claims to be UTF-8 but mostly is not is detected. Detection is chardetng's, Firefox's own.

use super::{CharsetSource, sniff};
use crate::warning::Warning;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::{memchr, memmem};
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of one `<meta>` that are looked at; a tag that never ends must not cost the page's length each time.
const META_BYTES_MAX: usize = 4096;

/// Bytes that detection looks at: those beyond ASCII,
const DETECT_BYTES_MAX: usize = 64 << 10;
/// with so many on either side. More of either told nothing else on 840 pages in twenty charsets, for three times the time and more.
const DETECT_BESIDE_BYTES: usize = 32;

/// Decoded text, and how it was decoded.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// The charset's WHATWG name.
    pub charset: &'static str,
    /// Where it was learned.
    pub source: CharsetSource,
    /// `charset_unknown`, `charset_mismatch`.
    pub warnings: Vec<Warning>,
}

/// The bytes as text where they are UTF-8, looked at as fast as the processor can.
fn borrowed_utf8(bytes: &[u8]) -> Option<&str> {
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes)? {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}

/// Decodes `bytes`. `declared` is the label that HTTP or the envelope gave; the `url`'s top-level domain helps detection.
/// What does not decode becomes U+FFFD.
pub fn decode<'a>(bytes: Cow<'a, [u8]>, declared: Option<&str>, url: Option<&str>) -> Decoded<'a> {
    let mut warnings = Vec::new();
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let text = Cow::Owned(lossy(encoding, &bytes[mark..]));
        return Decoded { text, charset: encoding.name(), source: CharsetSource::Bom, warnings };
    }
    let mut choose = |bytes: &[u8], utf8: Option<&str>| chosen(bytes, utf8, declared, url, &mut warnings);
    let (text, encoding, source) = match bytes {
        Cow::Borrowed(bytes) => {
            let utf8 = borrowed_utf8(bytes);
            let (encoding, source) = choose(bytes, utf8);
            let text = utf8.filter(|_| encoding == UTF_8).map(Cow::Borrowed);
            (text.unwrap_or_else(|| Cow::Owned(lossy(encoding, bytes))), encoding, source)
        }
        Cow::Owned(bytes) => match String::from_utf8(bytes) {
            Ok(text) => {
                let (encoding, source) = choose(text.as_bytes(), Some(&text));
                let text = if encoding == UTF_8 { text } else { lossy(encoding, text.as_bytes()) };
                (Cow::Owned(text), encoding, source)
            }
            Err(error) => {
                let (encoding, source) = choose(error.as_bytes(), None);
                (Cow::Owned(lossy(encoding, error.as_bytes())), encoding, source)
            }
        },
    };
    Decoded { text, charset: encoding.name(), source, warnings }
}

/// The charset of bytes without a byte order mark; `utf8` is the bytes where they are UTF-8.
fn chosen(
    bytes: &[u8],
    utf8: Option<&str>,
    declared: Option<&str>,
    url: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> (&'static Encoding, CharsetSource) {
    match claimed(bytes, declared, warnings) {
        Some((encoding, source)) if holds(bytes, utf8, encoding) => (encoding, source),
        other => {
            if other.is_some() {
                warnings.push(Warning::CharsetMismatch);
            }
            (detected(bytes, utf8.is_some(), url), CharsetSource::Detected)
        }
    }
}

/// What HTTP says, else what the markup says.
fn claimed(
    bytes: &[u8],
    declared: Option<&str>,
    warnings: &mut Vec<Warning>,
) -> Option<(&'static Encoding, CharsetSource)> {
    if let Some(label) = declared {
        match Encoding::for_label_no_replacement(label.as_bytes()) {
            Some(encoding) => return Some((encoding, CharsetSource::Http)),
            None => warnings.push(Warning::CharsetUnknown),
        }
    }
    if let Some(label) = sniff::utf16(bytes) {
        return Some((Encoding::for_label(label.as_bytes())?, CharsetSource::Detected));
    }
    let label = meta_label(bytes)?;
    let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) else {
        warnings.push(Warning::CharsetUnknown);
        return None;
    };
    // As the HTML standard has it: whoever reads the declaration as ASCII cannot be reading UTF-16.
    let encoding = match encoding {
        e if e == UTF_16LE || e == UTF_16BE => UTF_8,
        e if e == X_USER_DEFINED => WINDOWS_1252,
        e => e,
    };
    Some((encoding, CharsetSource::Meta))
}

/// Whether the bytes bear out a claim.
fn holds(bytes: &[u8], utf8: Option<&str>, encoding: &'static Encoding) -> bool {
    match utf8 {
        Some(_) if encoding == UTF_8 => true,
        Some(text) => {
            let beyond_ascii = text.bytes().filter(|b| *b >= 0xc0).count();
            // A few double-byte characters can look like UTF-8 by chance; a single accented letter hardly can.
            beyond_ascii < if encoding.is_single_byte() { 1 } else { 8 }
        }
        None if encoding == UTF_8 => mostly_utf8(bytes),
        None => true,
    }
}

/// Whether more characters beyond ASCII decode as UTF-8 than do not: a page cut in a character, or with a foreign
/// snippet, is still UTF-8.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|b| *b >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad
}

fn detected(bytes: &[u8], is_utf8: bool, url: Option<&str>) -> &'static Encoding {
    // What escapes begin is written in ASCII: all behind the first one tells.
    let escape = memmem::find(bytes, b"\x1b$");
    if escape.is_none() && is_utf8 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let mut left = DETECT_BYTES_MAX;
    let before = stretches(&bytes[..escape.unwrap_or(bytes.len())]);
    for stretch in before.chain(escape.map(|at| at..bytes.len())) {
        let stretch = &bytes[stretch];
        // What stood between two stretches parted them.
        detector.feed(b" ", false);
        detector.feed(&stretch[..stretch.len().min(left)], false);
        left = left.saturating_sub(stretch.len());
        if left == 0 {
            break;
        }
    }
    // Where it was cut, half a character may stand at the end.
    if left > 0 {
        detector.feed(b" ", true);
    }
    let domain = url.and_then(top_level_domain);
    let utf8 = if is_utf8 { Utf8Detection::Allow } else { Utf8Detection::Deny };
    detector.guess(domain.as_deref().map(str::as_bytes), utf8)
}

/// Where bytes beyond ASCII stand, with what stands beside them; one stretch where no more than that is between two.
fn stretches(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let next = |from: usize, to: usize| Some(from + bytes[from..to].iter().position(|byte| !byte.is_ascii())?);
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = next(at, bytes.len())?;
        let begin = first.saturating_sub(DETECT_BESIDE_BYTES).max(at);
        let mut end = first + 1;
        while let Some(last) = next(end, bytes.len().min(end + 2 * DETECT_BESIDE_BYTES)) {
            end = last + 1;
        }
        at = bytes.len().min(end + DETECT_BESIDE_BYTES);
        Some(begin..at)
    })
}

/// The last label of the host, lower-case, as the detector wants it.
fn top_level_domain(url: &str) -> Option<String> {
    let host = url.split_once("://")?.1.split(['/', '?', '#', ':']).next()?;
    let label = host.rsplit('.').next()?.to_ascii_lowercase();
    let fits = label.len() >= 2 && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (fits && label.bytes().any(|b| b.is_ascii_lowercase())).then_some(label)
}

fn lossy(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// The charset that the markup's head declares: an XML declaration's `encoding`, a `<meta charset>`, or a `<meta>` that
/// stands in for the `Content-Type` header. Looks at the whole head, not only at its first kilobyte.
fn meta_label(bytes: &[u8]) -> Option<String> {
    let begin = bytes.trim_ascii_start();
    if begin.starts_with(b"<?xml") {
        let declaration = &begin[..memmem::find(begin, b"?>").unwrap_or(0)];
        if let Some(label) = attribute(&declaration[declaration.len().min(5)..], b"encoding") {
            return Some(label);
        }
    }
    let mut at = 0;
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let tag = &bytes[at + found..];
        at += found + 1;
        let skipped: &[u8] = if tag.starts_with(b"<!--") {
            b"-->"
        } else if named(tag, b"<script") {
            b"</script"
        } else if named(tag, b"<style") {
            b"</style"
        } else if named(tag, b"<body") || named(tag, b"</head") {
            return None;
        } else {
            if named(tag, b"<meta") {
                let meta = &tag[5..tag.len().min(META_BYTES_MAX)];
                let meta = &meta[..memchr(b'>', meta).unwrap_or(meta.len())];
                if let Some(label) = label_in_meta(meta) {
                    return Some(label);
                }
                at += meta.len();
            }
            continue;
        };
        at += find_ignoring_case(&bytes[at..], skipped)?;
    }
    None
}

fn named(tag: &[u8], name: &[u8]) -> bool {
    tag.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        && tag.get(name.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
}

fn find_ignoring_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr(needle[0], &bytes[at..])?;
        if bytes[at..].get(..needle.len())?.eq_ignore_ascii_case(needle) {
            return Some(at);
        }
        at += 1;
    }
}

fn label_in_meta(attributes: &[u8]) -> Option<String> {
    if let Some(label) = attribute(attributes, b"charset") {
        return Some(label);
    }
    let stands_in = attribute(attributes, b"http-equiv")?.eq_ignore_ascii_case("content-type");
    let content = attribute(attributes, b"content").filter(|_| stands_in)?;
    let at = content.to_ascii_lowercase().find("charset")?;
    let value = content[at + 7..].trim_start().strip_prefix('=')?;
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find([';', ' ', '"', '\'', ',']).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}

/// An attribute's value, by name in any case; quoted or not.
fn attribute(mut attributes: &[u8], name: &[u8]) -> Option<String> {
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == b'/';
    loop {
        attributes = &attributes[attributes.iter().position(|b| !blank(b))?..];
        let end = attributes.iter().position(|b| blank(b) || *b == b'=').unwrap_or(attributes.len());
        // A stray `=` is a name of its own, or this would stand still.
        let (found, rest) = attributes.split_at(end.max(1));
        attributes = rest.trim_ascii_start();
        let Some(rest) = attributes.strip_prefix(b"=") else { continue };
        let rest = rest.trim_ascii_start();
        let (value, after) = match rest.first()? {
            quote @ (b'"' | b'\'') => {
                let end = memchr(*quote, &rest[1..])? + 1;
                (&rest[1..end], &rest[end + 1..])
            }
            _ => rest.split_at(rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len())),
        };
        if found.eq_ignore_ascii_case(name) {
            return Some(String::from_utf8_lossy(value.trim_ascii()).into_owned());
        }
        attributes = after;
    }
}
