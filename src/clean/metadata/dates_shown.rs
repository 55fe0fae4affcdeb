//! Dates that the page shows: `time` elements, lines of text, the title's end, the address.
//!
//! What holds: only what stands near the headline or the text speaks of the article; a line that speaks of a change is no
//! publication; a copyright's year is no date.

use super::dates::{Order, value, ymd};
use super::{Metas, day};
use crate::clean::ascii;
use crate::clean::block::{Class, Document};
use crate::clean::html::Gathered;
use crate::clean::text::date;
use crate::split::draft::DateValue;
use url::Url;

/// Lines this far from headline and text date something else, in blocks.
const FAR: usize = 12;
/// Longest line that is a date's, bytes.
const LINE_BYTES_MAX: usize = 220;
/// A date of a paragraph stands within so many of its first bytes, as a dateline.
const DATELINE_BYTES: usize = 4;

/// Fills in what the head does not say.
pub(super) fn fill(document: &mut Document, gathered: &Gathered<'_>, page_url: Option<&Url>, order: Order) {
    let place = Place::of(document);
    let meta = &document.meta;
    let is_known = meta.date_published.is_some() && meta.date_modified.is_some();
    let marked = if is_known { (None, None) } else { marked(document, gathered, &place, order) };
    if document.meta.date_published.is_none() {
        let canonical = document.meta.canonical_url.as_deref();
        document.meta.date_published = marked
            .0
            .or_else(|| in_title(gathered, order))
            .or_else(|| in_words(document, &place, order))
            .or_else(|| canonical.and_then(in_address))
            .or_else(|| page_url.and_then(|u| in_address(u.path())));
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

/// Where the article stands among the blocks.
struct Place {
    headline: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
}

impl Place {
    fn of(document: &Document) -> Place {
        let title = document.meta.headline.as_deref();
        let first = document.blocks.iter().position(|b| b.class == Class::Body);
        let upto = first.map_or(document.blocks.len(), |f| f + 1);
        let shown = (0..upto).rev().find(|i| title == Some(document.text_of(*i)));
        Place {
            headline: shown.or_else(|| document.blocks.iter().position(|b| b.class == Class::Headline)),
            first,
            last: document.blocks.iter().rposition(|b| b.class == Class::Body),
        }
    }

    /// How far a block is from where a date of publication stands; `None` where it speaks of something else.
    fn distance(&self, block: usize) -> Option<usize> {
        let head = self.headline.or(self.first)?;
        let (first, last) = (self.first.unwrap_or(head), self.last.unwrap_or(head));
        let far = block.abs_diff(head).min(block.abs_diff(first)).min(3 + 2 * block.abs_diff(last));
        (far < 40).then_some(far)
    }
}

/// The `time` elements near the headline: first publication, later change.
fn marked(
    document: &Document,
    gathered: &Gathered<'_>,
    place: &Place,
    order: Order,
) -> (Option<DateValue>, Option<DateValue>) {
    let mut published: Option<(usize, DateValue)> = None;
    let mut modified: Option<(usize, DateValue)> = None;
    for mark in &gathered.times {
        let Some(far) = place.distance(mark.block) else { continue };
        let says = |list: &[&str]| list.iter().any(|w| mark.words.contains(w));
        let named = says(&["publish", "pubdate", "entry-date", "dt-published"]);
        // One element may carry both: "entry-date published updated".
        let changed = says(&["modif", "updat", "aktual", "chang"]) && !named;
        let labelled = || {
            let Some(b) = document.blocks.get(mark.block) else { return false };
            let text = document.text_of(mark.block);
            (b.end - b.start) < 80 && date::find(text).is_some_and(|f| f.updated)
        };
        let far = if named { far / 4 } else { far };
        let slot = if changed || !named && labelled() { &mut modified } else { &mut published };
        if slot.as_ref().is_none_or(|(best, _)| far < *best)
            && let Some(value) = value(&mark.value, "time", order)
        {
            *slot = Some((far, value));
        }
    }
    (published.map(|(_, v)| v), modified.map(|(_, v)| v))
}

fn in_words(document: &Document, place: &Place, order: Order) -> Option<DateValue> {
    let mut best: Option<(usize, DateValue)> = None;
    for (i, block) in document.blocks.iter().enumerate() {
        let Some(mut far) = place.distance(i).filter(|f| *f < FAR) else { continue };
        let text = document.text_of(i);
        let opening = place.first.is_some_and(|f| i >= f && i <= f + 1);
        let long = text.len() > LINE_BYTES_MAX || block.class == Class::Body && text.len() > 80;
        if long && !opening {
            continue;
        }
        let Some((found, at)) = first_published(text, order) else { continue };
        if long && at + found.range.0 > DATELINE_BYTES || is_copyright(text) {
            continue;
        }
        far += if long { 4 } else { found.others };
        far += if block.class == Class::Date || says_date(document, i) { 0 } else { 3 };
        if best.as_ref().is_none_or(|(b, _)| far < *b) {
            let raw = text[at + found.range.0..at + found.range.1].to_owned();
            best = Some((far, DateValue { value: found.day(), raw, source: "text" }));
        }
    }
    best.map(|(_, v)| v)
}

/// Whether the block's element is named after a date.
fn says_date(document: &Document, i: usize) -> bool {
    let words = document.words_of(document.blocks[i].path);
    ascii::holds_any(words, &["date", "publish", "datum", "fecha", "time"])
}

/// The first date of a line that is no change's, and where the part begins that it was found in.
fn first_published(line: &str, order: Order) -> Option<(date::Found, usize)> {
    let mut at = 0;
    for _ in 0..3 {
        let found = date::find_in(&line[at..], order)?;
        if super::dates::YEARS.contains(&found.ymd.0) && !found.updated {
            return Some((found, at));
        }
        at += found.range.1;
    }
    None
}

fn is_copyright(text: &str) -> bool {
    text.contains('©') || text.contains("Copyright") || text.contains("copyright")
}

/// A last part of the title that is a date and nothing else: `Bridge opens | The Herald | 03.05.2024`.
fn in_title(gathered: &Gathered<'_>, order: Order) -> Option<DateValue> {
    let og = Metas(gathered).raw(&["og:title"]);
    let titles = [gathered.title.as_deref(), og];
    titles.into_iter().flatten().find_map(|title| {
        let part = title.rsplit(['|', '–', '—', '·']).next().filter(|part| part.len() < title.len())?.trim();
        let found = date::find_in(part, order).filter(|f| f.others == 0 && !f.updated)?;
        Some(DateValue { value: found.day(), raw: part.to_owned(), source: "text" })
    })
}

/// `/2024/05/03/`, `-2024-05-03-`, `/20240503` in an address.
fn in_address(url: &str) -> Option<DateValue> {
    let path = url.split(['?', '#']).next()?;
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    let year = |s: &str| s.parse().ok().filter(|_| s.len() == 4);
    let small = |s: &str| s.parse().ok().filter(|_| (1..=2).contains(&s.len()));
    let spread = parts.windows(3).find_map(|w| {
        let date = match (year(w[0]), year(w[2])) {
            (Some(year), _) => ymd(year, small(w[1])?, small(w[2])?)?,
            (None, Some(year)) => ymd(year, small(w[1])?, small(w[0])?)?,
            _ => return None,
        };
        Some((date, w.join("/")))
    });
    let packed = || {
        let part = parts.iter().find(|p| p.len() == 8 && p.bytes().all(|b| b.is_ascii_digit()))?;
        let number = |range: std::ops::Range<usize>| part[range].parse().ok();
        Some((ymd(number(0..4)?, number(4..6)?, number(6..8)?)?, (*part).to_owned()))
    };
    let (value, raw) = spread.or_else(packed)?;
    Some(DateValue { value, raw, source: "url" })
}
