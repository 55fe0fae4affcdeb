//! Dates of publication and change, as RFC 3339 where the page gives a zone, as a day where it does not.
//!
//! What holds: numbers are checked against the calendar; no clock is consulted; a zone is kept as written, never guessed.

pub(super) use crate::clean::text::date::Order;
use crate::clean::text::{date, is_unspaced};
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
    "w-published-date",
    "published-date",
    "article-publication-date",
    "date_published",
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

/// Languages whose short dates begin with the year (Unicode CLDR, `dateFormats/short`).
const YEAR_FIRST: [&str; 14] = ["af", "eu", "fa", "hu", "ja", "ko", "lt", "mn", "ne", "ps", "si", "sv", "ug", "zh"];

/// Countries where they are spoken, by the end of a host's name.
const YEAR_FIRST_COUNTRIES: [&str; 10] = ["cn", "hk", "hu", "ir", "jp", "kr", "lt", "mn", "se", "tw"];

/// Years that a page on the web may name.
pub(super) const YEARS: std::ops::RangeInclusive<u16> = 1990..=2100;

/// A date value from what stands on the page.
pub(super) fn value(raw: &str, source: &'static str, order: Order) -> Option<DateValue> {
    Some(DateValue { value: normal(raw, order)?, raw: raw.trim().to_owned(), source })
}

/// RFC 3339 or a day, from a machine's way of writing.
pub(super) fn normal(raw: &str, order: Order) -> Option<String> {
    let raw = raw.trim();
    iso(raw).or_else(|| epoch(raw)).or_else(|| rfc2822(raw)).or_else(|| worded(raw, order))
}

/// How a page of that language, else of that host, else of that title writes day and month. English alone does not tell: the
/// United States' sites have no country in their name.
pub(super) fn order(language: Option<&str>, host: Option<&str>, title: Option<&str>) -> Order {
    let mut parts = language.unwrap_or_default().split('-');
    let (primary, region) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let country = host.and_then(|h| h.rsplit('.').next()).filter(|top| top.len() == 2);
    let country = country.filter(|c| !matches!(*c, "us" | "io" | "co" | "ai" | "tv" | "me" | "ph"));
    let elsewhere = country.is_some();
    if primary.is_empty() {
        return match country {
            Some(country) if YEAR_FIRST_COUNTRIES.contains(&country) => Order::YearFirst,
            Some(_) => Order::DayFirst,
            None => title.and_then(|title| title.chars().find_map(by_script)).unwrap_or_default(),
        };
    }
    match region.to_ascii_uppercase().as_str() {
        "US" | "PH" if primary == "en" && !elsewhere => Order::MonthFirst,
        "" if primary == "en" && !elsewhere => Order::MonthFirst,
        _ if YEAR_FIRST.contains(&primary) => Order::YearFirst,
        _ => Order::DayFirst,
    }
}

/// How the languages of a letter's script write dates, where they agree.
fn by_script(c: char) -> Option<Order> {
    match c {
        'Α'..='ω' | 'Ѐ'..='ӿ' => Some(Order::DayFirst),
        '가'..='힣' => Some(Order::YearFirst),
        _ if is_unspaced(c) => Some(Order::YearFirst),
        _ => None,
    }
}

/// A meta element whose name says that it dates the publication, under whatever name.
pub(super) fn says_published(name: &str) -> bool {
    let published = ["publish", "pubdate", "publication", "issued", "first-public", "firstpublic"];
    let other = ["modif", "updat", "publisher", "expire", "unpublish"];
    published.iter().any(|w| name.contains(w)) && !other.iter().any(|w| name.contains(w))
}

/// Whether a date is written as a machine writes it, year first.
pub(super) fn is_iso(raw: &str) -> bool {
    iso(raw.trim()).is_some()
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

/// Zones by the letters that stand for one alone; `CST` and `IST` stand for several.
const ZONES: [(&str, &str); 16] = [
    ("Z", "Z"),
    ("z", "Z"),
    ("UTC", "Z"),
    ("GMT", "Z"),
    ("WEST", "+01:00"),
    ("CET", "+01:00"),
    ("CEST", "+02:00"),
    ("EET", "+02:00"),
    ("EEST", "+03:00"),
    ("MSK", "+03:00"),
    ("EDT", "-04:00"),
    ("EST", "-05:00"),
    ("MDT", "-06:00"),
    ("MST", "-07:00"),
    ("PDT", "-07:00"),
    ("PST", "-08:00"),
];

fn zone(rest: &str) -> Option<String> {
    if let Some((_, zone)) = ZONES.iter().find(|(letters, _)| *letters == rest) {
        return Some((*zone).to_owned());
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

/// `Fri, 03 May 2024 10:00:00 +0200`, and `Fri, May 03 2024 10:00:00 +0200`.
fn rfc2822(raw: &str) -> Option<String> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let rest = raw.split_once(',').map_or(raw, |(_, rest)| rest).trim_start();
    let mut parts = rest.splitn(4, [' ', '-']);
    let (mut day, mut name) = (parts.next()?, parts.next()?);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        (day, name) = (name, day);
    }
    let day = day.parse().ok()?;
    let name = name.get(..3)?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|m| *m == name)? as u32 + 1;
    let year = parts.next()?.parse().ok()?;
    let date = ymd(year, month, day)?;
    let tail = format!(" {}", parts.next().unwrap_or_default());
    let time = clock(&mut Reader { rest: &tail });
    Some(time.map_or(date.clone(), |time| format!("{date}T{time}")))
}

/// A day in a person's words.
fn worded(raw: &str, order: Order) -> Option<String> {
    let found = date::find_in(raw, order)?;
    YEARS.contains(&found.ymd.0).then(|| found.day())
}

/// A day of the calendar, `YYYY-MM-DD`.
pub(super) fn ymd(year: u32, month: u32, day: u32) -> Option<String> {
    let year = u16::try_from(year).ok().filter(|y| YEARS.contains(y))?;
    let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    jiff::civil::Date::new(year as i16, month, day).ok().map(|d| d.to_string())
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
