//! Dates that the page shows: `time` elements, lines of text, the title's end, the address.
//!
//! What holds: only what stands near the headline or the text speaks of the article; a line that speaks of a change is no
//! publication, whether it says so itself, by its element's class words, or by the label before it; a copyright's year is no
//! date, nor is one of another article's card.

use super::dates::{Order, value};
use super::{Metas, address, day};
use crate::clean::ascii;
use crate::clean::block::{BlockKind, Class, Document, Metadata};
use crate::clean::html::{Gathered, TimeMark};
use crate::clean::sites::Own;
use crate::clean::text::date;
use crate::clean::tree::enclosing_articles;
use crate::split::draft::DateValue;
use jiff::ToSpan;
use jiff::civil;
use url::Url;

/// Lines this far from headline and text date something else, in blocks.
const FAR: usize = 12;
/// Longest line that is a date's, bytes.
const LINE_BYTES_MAX: usize = 220;
/// A date of a paragraph stands within so many of its first bytes, as a dateline.
const DATELINE_BYTES: usize = 4;
/// A date that begins a line stands there behind its weekday at most, bytes.
const WEEKDAY_BYTES: usize = 14;

/// A label of a date in the block before it is no longer, bytes.
const LABEL_BYTES_MAX: usize = 40;
/// What stands so many bytes before a date says what kind of date it is, where the line is long.
const CUE_BYTES: usize = 40;
/// A `time` in a longer text does not speak for the whole of it, bytes.
const TIME_BYTES_MAX: usize = 80;
/// A line that dates a change has no more words of another kind.
const CHANGE_OTHERS_MAX: usize = 4;
/// A date of the system's clock yields to one that stands so near to the headline, in blocks.
const BY_HEADLINE: usize = 3;
/// What calls itself the publication's date may stand farther from headline and text, in blocks.
const NAMED_FAR: usize = 24;
/// Where a change is dated, the publication is not dated so much farther from the headline, in blocks.
const BEYOND_CHANGE: usize = 3;

/// Dates of first publication and of the last change.
#[derive(Default)]
struct Shown {
    published: Option<DateValue>,
    modified: Option<DateValue>,
}

/// Fills in what the head does not say, and puts right what it says of its system's clock rather than of the article.
pub(super) fn fill(document: &mut Document, gathered: &Gathered<'_>, page_url: Option<&Url>, order: Order) {
    let meta = &document.meta;
    let is_known = meta.date_published.is_some() && meta.date_modified.is_some();
    if !is_known {
        let place = Place::of(document);
        let (marked, words) = (marked(document, gathered, &place, order), in_words(document, &place, order));
        let canonical = document.meta.canonical_url.as_deref();
        let published = marked.published.or_else(|| in_title(gathered, order)).or(words.published);
        let published = published.or_else(|| canonical.and_then(address::date));
        let published = published.or_else(|| page_url.and_then(|u| address::date(u.path())));
        let meta = &mut document.meta;
        meta.date_published = meta.date_published.take().or(published);
        meta.date_modified = meta.date_modified.take().or(marked.modified).or(words.modified);
    }
    if is_clocks(&document.meta)
        && let Some(earlier) = earlier(document, gathered, order)
    {
        document.meta.date_published = Some(earlier);
    }
    let meta = &mut document.meta;
    let addresses = [page_url.map(Url::path), meta.canonical_url.as_deref()];
    for date in [&mut meta.date_published, &mut meta.date_modified].into_iter().flatten() {
        addresses.into_iter().flatten().for_each(|address| address::settle(date, address));
    }
    leave_early_change(meta);
}

/// What was changed before it was published was not.
fn leave_early_change(meta: &mut Metadata) {
    if let (Some(published), Some(modified)) = (&meta.date_published, &meta.date_modified)
        && day(modified) < day(published)
    {
        meta.date_modified = None;
    }
}

/// Fills in the dates of scraped text: those that lines near the headline show, else what is left of those that `text` found.
pub(super) fn fill_lines(document: &mut Document, page_url: Option<&Url>) {
    let place = Place::of(document);
    let shown = in_words(document, &place, Order::Unknown);
    let by_address = || page_url.and_then(|u| address::date(u.path()));
    let meta = &mut document.meta;
    meta.date_published = shown.published.or_else(|| meta.date_published.take()).or_else(by_address);
    meta.date_modified = shown.modified.or_else(|| meta.date_modified.take());
    leave_early_change(meta);
}

/// Whether the date of publication may be the content system's: it equals the last change to the second, or is not written as
/// a machine writes what it knows.
fn is_clocks(meta: &Metadata) -> bool {
    let Some(published) = meta.date_published.as_ref().filter(|date| date.source == "jsonld") else { return false };
    let unchanged = meta.date_modified.as_ref().is_some_and(|m| m.source == "jsonld" && m.value == published.value);
    unchanged || !super::dates::is_iso(&published.raw)
}

/// A date before the declared one, that the page shows by the headline or calls the publication's; none where it shows the
/// declared one as well. A day's difference is the zone's.
fn earlier(document: &Document, gathered: &Gathered<'_>, order: Order) -> Option<DateValue> {
    let place = Place::of(document);
    let declared = document.meta.date_published.as_ref().and_then(calendar_day)?;
    let marks = gathered.times.iter().filter_map(|mark| {
        let named = NAMED_PUBLISHED.iter().any(|w| mark.words.contains(w));
        let far =
            place.distance(mark.block).filter(|far| named && *far < NAMED_FAR || place.is_by_headline(mark.block))?;
        let value = value(&mark.value, "time", order).filter(|value| named || !is_change(document, mark, value))?;
        Some((far, value))
    });
    let lines = (0..document.blocks.len()).filter(|i| place.is_by_headline(*i)).filter_map(|i| {
        let text = document.text_of(i);
        let line = (text.len() < LINE_BYTES_MAX && document.blocks[i].class != Class::Body).then_some(text)?;
        let (found, at, change) = dates_of(document, i, line, order).next()?;
        let is_line = !change && (found.others == 0 || is_dates(document, i)) && !is_copyright(line);
        is_line.then_some((place.distance(i)?, shown(line, &found, at)))
    });
    let shown: Vec<(usize, civil::Date, DateValue)> =
        marks.chain(lines).filter_map(|(far, value)| Some((far, calendar_day(&value)?, value))).collect();
    let near = declared - 1.day()..=declared + 1.day();
    if shown.iter().any(|(_, day, _)| near.contains(day) || address::turned(*day) == Some(declared)) {
        return None;
    }
    let earlier = shown.into_iter().filter(|(_, day, _)| *day < declared);
    earlier.min_by_key(|(far, ..)| *far).map(|(.., value)| value)
}

/// Where the article stands among the blocks.
struct Place<'d> {
    own: Own<'d>,
    headline: Option<usize>,
    first: Option<usize>,
    last: Option<usize>,
}

impl<'d> Place<'d> {
    fn of(document: &'d Document) -> Place<'d> {
        let title = document.meta.headline.as_deref();
        let first = document.blocks.iter().position(|b| b.class == Class::Body);
        let upto = first.map_or(document.blocks.len(), |f| f + 1);
        let shown = (0..upto).rev().find(|i| title == Some(document.text_of(*i)));
        Place {
            own: Own::of(&document.meta),
            headline: shown.or_else(|| document.blocks.iter().position(|b| b.class == Class::Headline)),
            first,
            last: document.blocks.iter().rposition(|b| b.class == Class::Body),
        }
    }

    /// Whether a block stands next to the headline.
    fn is_by_headline(&self, block: usize) -> bool {
        self.headline.is_some_and(|headline| block.abs_diff(headline) <= BY_HEADLINE)
    }

    /// Whether a block is another article's: in an `article` element without this page's headline, with a heading that leads elsewhere.
    fn is_cards(&self, document: &Document, block: usize) -> bool {
        let element = |i: usize| document.blocks.get(i).and_then(|b| enclosing_articles(document, b.path).next());
        let Some(own) = element(block) else { return false };
        let holds = |i: usize| enclosing_articles(document, document.blocks[i].path).any(|path| path == own);
        let leads = |i: &usize| {
            let to = document.target_of(*i).filter(|_| element(*i) == Some(own));
            matches!(document.blocks[*i].kind, BlockKind::Heading(_)) && to.is_some_and(|to| !self.own.is_target(to))
        };
        let around = block.saturating_sub(CARD_BLOCKS)..(block + CARD_BLOCKS).min(document.blocks.len());
        self.headline.is_some_and(|headline| !holds(headline)) && around.into_iter().any(|i| leads(&i))
    }

    /// How far a block is from where a date of publication stands; `None` where it speaks of something else.
    fn distance(&self, block: usize) -> Option<usize> {
        let head = self.headline.or(self.first)?;
        let (first, last) = (self.first.unwrap_or(head), self.last.unwrap_or(head));
        let far = block.abs_diff(head).min(block.abs_diff(first)).min(3 + 2 * block.abs_diff(last));
        (far < 40).then_some(far)
    }
}

/// A card's title stands no farther from its date, in blocks.
const CARD_BLOCKS: usize = 6;

/// What a `time` element of the first publication is called.
const NAMED_PUBLISHED: [&str; 4] = ["publish", "pubdate", "entry-date", "dt-published"];
/// What an element of a later change is called.
const NAMED_CHANGED: [&str; 4] = ["modif", "updat", "aktual", "chang"];
/// The same of an element with a line's date alone, in words that say no less: `story-update` stands on dates of any kind.
const ELEMENT_CHANGED: [&str; 7] = ["updated", "modif", "lastupd", "last-upd", "last_upd", "aktualis", "aktualiz"];

/// The `time` elements near the headline.
fn marked(document: &Document, gathered: &Gathered<'_>, place: &Place<'_>, order: Order) -> Shown {
    let mut published: Option<(usize, DateValue)> = None;
    let mut modified: Option<(usize, DateValue)> = None;
    for mark in &gathered.times {
        let Some(far) = place.distance(mark.block) else { continue };
        let Some(value) = value(&mark.value, "time", order).filter(|_| !place.is_cards(document, mark.block)) else {
            continue;
        };
        let named = NAMED_PUBLISHED.iter().any(|w| mark.words.contains(w));
        let far = if named { far / 4 } else { far };
        let slot = if !named && is_change(document, mark, &value) { &mut modified } else { &mut published };
        if slot.as_ref().is_none_or(|(best, _)| far < *best) {
            *slot = Some((far, value));
        }
    }
    Shown { published: published.map(|(_, v)| v), modified: modified.map(|(_, v)| v) }
}

/// Whether a `time` element dates a change: by its own words, by those before it in its line, or by the label before that.
fn is_change(document: &Document, mark: &TimeMark<'_>, value: &DateValue) -> bool {
    // One element may carry both: "entry-date published updated".
    if NAMED_CHANGED.iter().any(|w| mark.words.contains(w)) {
        return true;
    }
    if mark.block >= document.blocks.len() {
        return false;
    }
    let text = document.text_of(mark.block);
    let mut dates = dates_of(document, mark.block, text, Order::Unknown);
    match dates.find(|(found, ..)| found.day() == day(value)) {
        Some((.., change)) => change,
        None if text.len() < TIME_BYTES_MAX => {
            let label = || text.split(|c: char| c.is_numeric()).next().is_some_and(date::labels_change);
            date::find(text).map_or_else(label, |found| found.updated)
        }
        None => false,
    }
}

/// What lines of text near the headline date.
fn in_words(document: &Document, place: &Place<'_>, order: Order) -> Shown {
    // How far off each is, its block, and the date.
    let mut published: Option<(usize, usize, DateValue)> = None;
    let mut modified: Option<(usize, usize, DateValue)> = None;
    let listed = listed(document, place);
    for (i, block) in document.blocks.iter().enumerate().filter(|(i, _)| !listed.contains(i)) {
        let Some(far) = place.distance(i).filter(|f| *f < NAMED_FAR) else { continue };
        let text = document.text_of(i);
        let opening = place.first.is_some_and(|f| i >= f && i <= f + 1);
        let long = text.len() > LINE_BYTES_MAX || block.class == Class::Body && text.len() > 80;
        let mut dated = false;
        for (found, at, change) in dates_of(document, i, text, order) {
            let named = !change && block.class != Class::Body && is_called_published(text, &found, at);
            if !named && (far >= FAR || long && !opening) || place.is_cards(document, i) {
                continue;
            }
            // Of a line's dates the first one is the publication's.
            if !change && std::mem::replace(&mut dated, true) {
                continue;
            }
            if !named && (long && at + found.range.0 > DATELINE_BYTES || is_copyright(text)) {
                break;
            }
            let unlike = if is_dates(document, i) { 0 } else { 3 } + if long { 4 } else { found.others };
            let far = if named { far / 4 } else { far + unlike };
            let slot = if change { &mut modified } else { &mut published };
            let is_line = !change || found.others <= CHANGE_OTHERS_MAX;
            if is_line && slot.as_ref().is_none_or(|(best, ..)| far < *best) {
                *slot = Some((far, i, shown(text, &found, at)));
            }
        }
    }
    // What stands beyond a change's date is some other date of the page.
    if let (Some((far, block, _)), Some((change, beside, _))) = (&published, &modified)
        && block != beside
        && *far > change + BEYOND_CHANGE
    {
        published = None;
    }
    Shown { published: published.map(|(.., v)| v), modified: modified.map(|(.., v)| v) }
}

/// The dates of a list of links to other articles behind the text: lines that are links and nothing but a day, of several days.
fn listed(document: &Document, place: &Place<'_>) -> Vec<usize> {
    let Some(last) = place.last else { return Vec::new() };
    let day = |i: usize| {
        let text = document.text_of(i);
        let is_line = document.blocks[i].is_link() && text.len() < TIME_BYTES_MAX;
        let found = if is_line { date::find(text).filter(|found| found.others == 0) } else { None };
        let leads = || document.target_of(i).is_some_and(|target| !place.own.is_target(target));
        found.filter(|_| leads()).map(|found| found.day())
    };
    let behind = last + 1..(last + 1 + NAMED_FAR).min(document.blocks.len());
    let dated: Vec<(usize, String)> = behind.filter_map(|i| Some((i, day(i)?))).collect();
    let is_several = dated.iter().any(|(_, day)| *day != dated[0].1);
    if is_several { dated.into_iter().map(|(i, _)| i).collect() } else { Vec::new() }
}

/// The first dates of block `i`'s `text`, where the part begins that each was found in, and whether it dates a change.
fn dates_of<'t>(
    document: &'t Document,
    i: usize,
    text: &'t str,
    order: Order,
) -> impl Iterator<Item = (date::Found, usize, bool)> + use<'t> {
    let mut at = 0;
    let by_element = move || {
        let words = document.words_of(document.blocks[i].path);
        let before =
            || i > 0 && document.text_of(i - 1).len() < LABEL_BYTES_MAX && date::labels_change(document.text_of(i - 1));
        ascii::holds_any(words, &ELEMENT_CHANGED) && !ascii::holds_any(words, &NAMED_PUBLISHED) || before()
    };
    let next = move || {
        let found = date::find_in(&text[at..], order).filter(|f| super::dates::YEARS.contains(&f.ymd.0))?;
        // A score, a size, a part's number.
        if found.short && found.time.is_none() && !is_called_date(document, i) {
            return None;
        }
        let (from, cue) = (at, at + found.range.0);
        at += found.range.1;
        let says = if text.len() > LINE_BYTES_MAX {
            let near = text.ceil_char_boundary(cue.saturating_sub(CUE_BYTES).max(from));
            date::find(&text[near..at]).is_some_and(|f| f.updated)
        } else {
            found.updated
        };
        let alone = || date::find_in(&text[at..], order).is_none();
        let change = says || cue < WEEKDAY_BYTES && by_element() && alone();
        Some((found, from, change))
    };
    std::iter::from_fn(next).take(3)
}

/// Whether the words around a date that was found from `at` on call it the publication's.
fn is_called_published(text: &str, found: &date::Found, at: usize) -> bool {
    let (from, to) = (at + found.range.0, at + found.range.1);
    let before = &text[text.ceil_char_boundary(from.saturating_sub(CUE_BYTES))..from];
    let after = &text[to..text.floor_char_boundary((to + CUE_BYTES).min(text.len()))];
    date::calls_published(before) || date::calls_published(after)
}

/// A date that was found from `at` on in a text, as the event has it.
fn shown(text: &str, found: &date::Found, at: usize) -> DateValue {
    let raw = text[at + found.range.0..at + found.range.1].to_owned();
    DateValue { value: found.day(), raw, source: "text" }
}

/// Whether a block is a date's by its class, or its element by its name.
fn is_dates(document: &Document, i: usize) -> bool {
    document.blocks[i].class == Class::Date || is_called_date(document, i)
}

/// Whether a block's element is a date's by its name.
fn is_called_date(document: &Document, i: usize) -> bool {
    let words = document.words_of(document.blocks[i].path);
    ascii::holds_any(words, &["date", "publish", "datum", "fecha", "time"])
}

fn calendar_day(date: &DateValue) -> Option<civil::Date> {
    day(date).parse().ok()
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

#[cfg(test)]
mod tests {
    use super::super::dates::{Order, order};
    use super::super::tests::meta_in;

    /// The day of publication of a page in that language with this above its text.
    fn day(language: &str, above: &str) -> Option<String> {
        let body = format!("<h1>Old bridge opens again after ten years</h1>{above}");
        meta_in(language, "", &body).date_published.map(|date| date.value)
    }

    #[test]
    fn a_short_year_is_read_where_the_language_says_where_it_stands() {
        for language in ["ja", "hu", "zh-TW", "ko"] {
            assert_eq!(day(language, "<p class=date>24/05/03 10:20</p>"), None, "{language}");
            assert_eq!(day(language, "<p class=date>24.05.03</p>"), None, "{language}");
            assert_eq!(day(language, "<p>2024/05/03 10:20</p>").as_deref(), Some("2024-05-03"), "{language}");
        }
        assert_eq!(day("", "<p>11/09/10 10:20</p>"), None, "no language");
        assert_eq!(day("el", "<p>03/05/24 10:20</p>").as_deref(), Some("2024-05-03"));
        assert_eq!(day("el", "<p class=date>03/05/24</p>").as_deref(), Some("2024-05-03"));
        let score = |line: &str| {
            let lines = [
                "The council met on Monday evening to decide whether the old bridge should be repaired before the winter.",
                "Engineers found cracks in two of the four piers during an inspection last spring.",
            ];
            let text = lines.map(|line| format!("<p>{line} {line}</p>")).concat().repeat(2);
            let body = format!(
                "<main><article><h1>Old bridge to be repaired before winter, council decides</h1>{line}<div class=story-body>{text}</div></article></main>"
            );
            meta_in("en-GB", "<title>Old bridge to be repaired before winter, council decides</title>", &body)
                .date_published
                .map(|date| date.value)
        };
        assert_eq!(score("<p class=score>11/09/10</p>"), None, "any three numbers");
        assert_eq!(score("<p class=date>11/09/10</p>").as_deref(), Some("2010-09-11"));
    }

    #[test]
    fn language_or_host_or_title_tells_the_order() {
        assert_eq!(order(Some("ja"), Some("herald.gr"), Some("Η παλιά γέφυρα")), Order::YearFirst);
        assert_eq!(order(None, Some("herald.gr"), None), Order::DayFirst);
        assert_eq!(order(None, Some("herald.jp"), Some("Old bridge")), Order::YearFirst);
        assert_eq!(order(None, Some("herald.tv"), Some("Old bridge")), Order::Unknown);
        assert_eq!(order(None, None, Some("Herald: Η παλιά γέφυρα")), Order::DayFirst);
        assert_eq!(order(None, None, Some("Старый мост")), Order::DayFirst);
        for title in ["오래된 다리", "Herald 旧桥"] {
            assert_eq!(order(None, None, Some(title)), Order::YearFirst);
        }
        assert_eq!(order(None, None, None), Order::Unknown);
    }

    #[test]
    fn a_heading_that_leads_to_its_own_section_makes_no_card() {
        let article = |target: &str| {
            format!(
                "<article><time datetime=2024-05-03>3 May 2024</time><h2><a href='{target}'>Why the bridge matters</a></h2></article>"
            )
        };
        for own in ["#why", " #why", "/local/bridge#why", "https://www.herald.example/local/bridge"] {
            assert_eq!(day("en", &article(own)).as_deref(), Some("2024-05-03"), "{own}");
        }
        for other in ["/local/pier", "/local/pier#why", "https://www.times.example/local/bridge"] {
            assert_eq!(day("en", &article(other)), None, "{other}");
        }
        let unlinked = article("").replace("<a href=''>", "").replace("</a>", "");
        assert_eq!(day("en", &unlinked).as_deref(), Some("2024-05-03"));
    }
}
