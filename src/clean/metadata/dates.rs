//! Dates of publication and change, as RFC 3339 where the page gives a zone, as a day where it does not.
//!
//! What holds: numbers are checked against the calendar; no clock is consulted; a zone is kept as written, never guessed.

use super::day;
use crate::clean::block::{Class, Document};
use crate::clean::html::Gathered;
use crate::split::draft::DateValue;

/// Names of `meta` that speak of the first publication, best first.
pub(super) const PUBLISHED_METAS: &[&str] = &[
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "publishdate",
    "publish-date",
    "publish_date",
    "published_date",
    "published",
    "publication_date",
    "pubdate",
    "ptime",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.created",
    "dc.date.created",
    "dc.date.publication",
    "citation_publication_date",
    "citation_date",
    "article.published",
    "bt:pubdate",
    "og:published_time",
    "article:post_date",
    "rnews:datepublished",
    "displaydate",
];
/// Names that may mean either.
pub(super) const PLAIN_METAS: &[&str] = &[
    "date",
    "dc.date",
    "dcterms.date",
    "originalpublicationdate",
    "article_date_original",
    "datecreated",
    "created",
    "article:created_time",
    "shareaholic:article_published_time",
];
/// Names that speak of a later change.
pub(super) const MODIFIED_METAS: &[&str] = &[
    "article:modified_time",
    "og:updated_time",
    "article:modified",
    "datemodified",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "dc.date.modified",
    "revised",
    "bt:moddate",
    "modified",
];

/// Years that a page on the web may name.
const YEARS: std::ops::RangeInclusive<u16> = 1990..=2100;

/// A date value from what stands on the page.
pub(super) fn value(raw: &str, source: &'static str) -> Option<DateValue> {
    Some(DateValue { value: normal(raw)?, raw: raw.trim().to_owned(), source })
}

/// RFC 3339 or a day, from a machine's way of writing.
pub(super) fn normal(raw: &str) -> Option<String> {
    let raw = raw.trim();
    iso(raw).or_else(|| epoch(raw)).or_else(|| rfc2822(raw)).or_else(|| worded(raw))
}

/// ISO 8601 and its neighbours: `2024-05-03T10:00:00+02:00`, `2024/05/03 10:00`, `20240503`.
fn iso(raw: &str) -> Option<String> {
    let mut reader = Reader { rest: raw };
    let year = reader.number(4, 4)?;
    let separator = reader.rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'));
    reader.skip(separator)?;
    let month = reader.number(if separator.is_some() { 1 } else { 2 }, 2)?;
    reader.skip(separator)?;
    let date = ymd(year, month, reader.number(if separator.is_some() { 1 } else { 2 }, 2)?)?;
    if reader.rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    Some(clock(&mut reader).map_or(date.clone(), |time| format!("{date}T{time}")))
}

/// A time of day with its zone; `None` where the zone is missing, since a time without one is no instant.
fn clock(reader: &mut Reader<'_>) -> Option<String> {
    reader.rest = reader.rest.strip_prefix(['T', 't', ' '])?.trim_start();
    let hour = reader.number(1, 2)?;
    reader.skip(Some(':')).or(Some(()))?;
    let minute = reader.number(2, 2)?;
    let mut second = 0;
    if reader.rest.starts_with(':') {
        reader.skip(Some(':'))?;
        second = reader.number(2, 2)?;
        if let Some(rest) = reader.rest.strip_prefix(['.', ',']) {
            reader.rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    let zone = zone(reader.rest.trim())?;
    (hour < 24 && minute < 60 && second < 61).then(|| format!("{hour:02}:{minute:02}:{:02}{zone}", second.min(59)))
}

fn zone(rest: &str) -> Option<String> {
    match rest {
        "Z" | "z" | "UTC" | "GMT" => return Some("Z".to_owned()),
        _ => {}
    }
    let rest = rest.strip_prefix("UTC").or_else(|| rest.strip_prefix("GMT")).unwrap_or(rest).trim_start();
    let sign = rest.chars().next().filter(|c| matches!(c, '+' | '-' | '−'))?;
    let mut reader = Reader { rest: &rest[sign.len_utf8()..] };
    let hour = reader.number(1, 2)?;
    let _ = reader.skip(Some(':'));
    let minute = if reader.rest.is_empty() { 0 } else { reader.number(2, 2)? };
    let sign = if sign == '+' { '+' } else { '-' };
    (hour <= 14 && minute < 60).then(|| format!("{sign}{hour:02}:{minute:02}"))
}

/// Seconds or milliseconds since 1970.
fn epoch(raw: &str) -> Option<String> {
    if !raw.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = match raw.len() {
        10 => raw.parse::<i64>().ok()?,
        13 => raw.parse::<i64>().ok()? / 1000,
        _ => return None,
    };
    jiff::Timestamp::from_second(seconds).ok().map(|t| t.to_string())
}

/// `Fri, 03 May 2024 10:00:00 +0200`.
fn rfc2822(raw: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let rest = raw.split_once(',').map_or(raw, |(_, rest)| rest).trim_start();
    let mut parts = rest.splitn(4, [' ', '-']);
    let day = parts.next()?.parse().ok()?;
    let name = parts.next()?.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|m| *m == name)? as u32 + 1;
    let year = parts.next()?.parse().ok()?;
    let date = ymd(year, month, day)?;
    let tail = format!(" {}", parts.next().unwrap_or_default());
    let time = clock(&mut Reader { rest: &tail });
    Some(time.map_or(date.clone(), |time| format!("{date}T{time}")))
}

/// A day in a person's words.
fn worded(raw: &str) -> Option<String> {
    let found = crate::clean::text::date::find(raw)?;
    YEARS.contains(&found.ymd.0).then(|| found.day())
}

fn ymd(year: u32, month: u32, day: u32) -> Option<String> {
    let year = u16::try_from(year).ok().filter(|y| YEARS.contains(y))?;
    jiff::civil::Date::new(year as i16, month as i8, day as i8).ok().map(|d| d.to_string())
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    /// A number of so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let digits = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if digits < least {
            return None;
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        number.parse().ok()
    }

    fn skip(&mut self, separator: Option<char>) -> Option<()> {
        if let Some(c) = separator {
            self.rest = self.rest.strip_prefix(c)?;
        }
        Some(())
    }
}

/// Fills in what the head does not say, from `time` elements, the page's words, and its address.
pub(super) fn of_blocks(document: &mut Document, gathered: &Gathered<'_>) {
    let marked = marked(document, gathered);
    if document.meta.date_published.is_none() {
        document.meta.date_published = marked.0.or_else(|| in_words(document)).or_else(|| in_address(document));
    }
    let meta = &mut document.meta;
    if meta.date_modified.is_none() {
        meta.date_modified = marked.1;
    }
    // What was changed before it was published was not.
    if let (Some(published), Some(modified)) = (&meta.date_published, &meta.date_modified)
        && day(modified) < day(published)
    {
        meta.date_modified = None;
    }
}

/// The `time` elements near the headline: first publication, later change.
fn marked(document: &Document, gathered: &Gathered<'_>) -> (Option<DateValue>, Option<DateValue>) {
    let headline = document.blocks.iter().position(|b| b.class == Class::Headline);
    let first = document.blocks.iter().position(|b| b.class == Class::Body);
    let last = document.blocks.iter().rposition(|b| b.class == Class::Body);
    let mut published: Option<(usize, DateValue)> = None;
    let mut modified: Option<(usize, DateValue)> = None;
    for mark in &gathered.times {
        let Some(value) = value(&mark.value, "time") else { continue };
        let changed = ["modif", "updat", "aktual", "chang"].iter().any(|w| mark.words.contains(w));
        let named =
            mark.words.contains("publish") || mark.words.contains("pubdate") || mark.words.contains("entry-date");
        let Some(far) = distance(mark.block, headline, first, last) else { continue };
        let far = if named { far / 4 } else { far };
        let slot = if changed { &mut modified } else { &mut published };
        if slot.as_ref().is_none_or(|(best, _)| far < *best) {
            *slot = Some((far, value));
        }
    }
    (published.map(|(_, v)| v), modified.map(|(_, v)| v))
}

/// How far a block is from where a date of publication stands; `None` where it speaks of something else.
fn distance(block: usize, headline: Option<usize>, first: Option<usize>, last: Option<usize>) -> Option<usize> {
    let head = headline.or(first)?;
    let (first, last) = (first.unwrap_or(head), last.unwrap_or(head));
    let far = block.abs_diff(head).min(block.abs_diff(first)).min(3 + 2 * block.abs_diff(last));
    (far < 40).then_some(far)
}

fn in_words(document: &Document) -> Option<DateValue> {
    let headline = document.blocks.iter().position(|b| b.class == Class::Headline);
    let first = document.blocks.iter().position(|b| b.class == Class::Body);
    let last = document.blocks.iter().rposition(|b| b.class == Class::Body);
    let mut best: Option<(usize, DateValue)> = None;
    for (i, block) in document.blocks.iter().enumerate() {
        let Some(mut far) = distance(i, headline, first, last).filter(|f| *f < 12) else { continue };
        if (block.end - block.start) > 220 || block.class == Class::Body && (block.end - block.start) > 80 {
            continue;
        }
        let Some(found) = crate::clean::text::date::find(document.text_of(i)) else { continue };
        if found.updated || !YEARS.contains(&found.ymd.0) {
            continue;
        }
        far += found.others + if block.class == Class::Date { 0 } else { 3 };
        if best.as_ref().is_none_or(|(b, _)| far < *b) {
            let raw = document.text_of(i)[found.range.0..found.range.1].to_owned();
            best = Some((far, DateValue { value: found.day(), raw, source: "text" }));
        }
    }
    best.map(|(_, v)| v)
}

/// `/2024/05/03/` in the page's address.
fn in_address(document: &Document) -> Option<DateValue> {
    let url = document.meta.canonical_url.as_deref()?;
    let parts: Vec<&str> = url.split(['/', '-', '_']).collect();
    parts.windows(3).find_map(|w| {
        let year = w[0].parse().ok().filter(|_| w[0].len() == 4)?;
        let (month, day) = (w[1].parse().ok()?, w[2].parse().ok().filter(|_| w[2].len() <= 2)?);
        Some(DateValue { value: ymd(year, month, day)?, raw: w.join("/"), source: "url" })
    })
}
