//! Articles of a text page: a headline opens one, all that follows belongs to it until the next headline. The same headline
//! once more opens none, and neither does one that heads a section: the next number of a list, the questions and the sources at
//! an article's end. What readers said of it, under its headline in quotes, is left out.

use super::draft::{Author, BodyBlock, DateValue, Draft, Kind};
use super::{body_block, is_snippet, name_main, new_draft};
use crate::clean::letters::words_of;
use crate::clean::text::date;
use crate::clean::{Class, Document, folded_words, image};
use crate::page::Page;
use rustc_hash::FxHashSet;

/// Body text before any headline is an article without one from so many words on.
const HEADLESS_WORDS_MIN: usize = 40;
/// With a headline on the page it is one only from so many paragraphs on; else banners, snippets, consent.
const HEADLESS_PARAGRAPHS_MIN: usize = 3;
/// A paragraph by itself has so many words, and ends as a sentence does.
const PARAGRAPH_WORDS_MIN: usize = 20;
/// A headline that another line holds says that it is the same one from so many words on.
const HEADLINE_WORDS_MIN: usize = 3;
/// Beginnings of headings over what stands at an article's end, folded; in whole words.
const END_SECTIONS: [&str; 12] = [
    "frequently asked questions",
    "faq",
    "faqs",
    "works consulted",
    "works cited",
    "häufig gestellte fragen",
    "häufige fragen",
    "foire aux questions",
    "questions fréquentes",
    "preguntas frecuentes",
    "domande frequenti",
    "veelgestelde vragen",
];
/// A kicker stands within so many blocks of its headline.
const KICKER_BLOCKS: usize = 2;
/// A date counts as the article's own within so many blocks of its headline.
const OWN_DATE_BLOCKS: usize = 4;
/// A line with more other words than these beside its date says something else.
const OWN_DATE_OTHERS_MAX: usize = 12;

#[derive(Default)]
struct Segment {
    headline: Option<usize>,
    kicker: Option<usize>,
    body: Vec<usize>,
    captions: Vec<usize>,
    authors: Vec<Author>,
    date: Option<DateValue>,
    modified: Option<DateValue>,
    confidence: f32,
    /// The numbers that its lines begin with.
    numbers: FxHashSet<u32>,
    /// It holds what readers said of the article before.
    is_discussion: bool,
}

/// What a headline-shaped line is to the article before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// The headline of another article.
    Opens,
    /// Its own headline once more.
    Repeats,
    /// A heading within it.
    Section,
    /// The heading over what readers said of it.
    Discussion,
}

/// Finds the articles, in page order.
pub(super) fn articles(page: &Page, document: &Document) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    let segments = segments(document);
    let is_lone = segments.len() == 1;
    for segment in segments.iter().filter(|segment| !segment.is_discussion) {
        if segment.headline.is_some() || is_lone || is_text(document, segment) {
            drafts.extend(draft(page, document, segment));
        }
    }
    name_main(document, &mut drafts, Kind::Article);
    drafts
}

fn segments(document: &Document) -> Vec<Segment> {
    let mut segments = vec![Segment::default()];
    let mut pending_kicker = None;
    for (i, block) in document.blocks.iter().enumerate() {
        let Some(current) = segments.last_mut() else { break };
        if block.class == Class::Headline {
            match turn(document, current, i) {
                Turn::Repeats => {}
                Turn::Section => current.body.push(i),
                turn => {
                    segments.push(Segment {
                        headline: Some(i),
                        kicker: pending_kicker.take().filter(|kicker| i - kicker <= KICKER_BLOCKS),
                        confidence: block.confidence,
                        is_discussion: turn == Turn::Discussion,
                        ..Segment::default()
                    });
                }
            }
        } else if let Some(kicker) = add(document, current, i) {
            pending_kicker = Some(kicker);
        }
        if let (Some(current), Some(number)) = (segments.last_mut(), number(document.text_of(i))) {
            current.numbers.insert(number);
        }
    }
    segments
}

/// Adds a line that is no headline to an article; gives a kicker back that is the next one's.
fn add(document: &Document, current: &mut Segment, i: usize) -> Option<usize> {
    let class = document.blocks[i].class;
    let may_date = class == Class::Date || current.body.is_empty() && !matches!(class, Class::Body | Class::Caption);
    if may_date && current.headline.is_some_and(|h| i - h <= OWN_DATE_BLOCKS) {
        own_date(document.text_of(i), current);
    }
    match class {
        Class::Body | Class::Standfirst => current.body.push(i),
        Class::Caption => current.captions.push(i),
        Class::Kicker if current.body.is_empty() && current.headline.is_some_and(|h| i - h <= KICKER_BLOCKS) => {
            current.kicker = Some(i)
        }
        Class::Kicker => return Some(i),
        Class::Byline if current.authors.is_empty() => {
            current.authors = crate::clean::text::authors(document.text_of(i));
        }
        _ => {}
    }
    None
}

/// What the headline-shaped line `i` is to the article before it.
fn turn(document: &Document, before: &Segment, i: usize) -> Turn {
    let Some(headline) = before.headline else { return Turn::Opens };
    let text = document.text_of(i);
    let line: Vec<String> = folded_words(text).collect();
    let own: Vec<String> = folded_words(document.text_of(headline)).collect();
    if line == own {
        return Turn::Repeats;
    }
    if before.body.is_empty() {
        return Turn::Opens;
    }
    let holds_own = own.len() >= HEADLINE_WORDS_MIN && line.windows(own.len()).any(|words| words == own);
    if holds_own && text.ends_with(['”', '“', '"', '»', '’']) {
        return Turn::Discussion;
    }
    let is_next = number(text).is_some_and(|n| n > 1 && before.numbers.contains(&(n - 1)));
    let is_end = |words: &str| words.split(' ').eq(line.iter().take(words.split(' ').count()));
    if holds_own || is_next || END_SECTIONS.iter().any(|words| is_end(words)) { Turn::Section } else { Turn::Opens }
}

/// The number that a line begins with, as a list's items do: `4. A board`, `#4: A board`, `4) A board`.
fn number(text: &str) -> Option<u32> {
    let text = text.strip_prefix('#').unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let follows = text[digits..].starts_with(['.', ')', ':']) && text[digits + 1..].starts_with(' ');
    text[..digits].parse().ok().filter(|_| digits <= 3 && follows)
}

/// Whether what stands before the page's first headline is an article whose own was not found.
fn is_text(document: &Document, segment: &Segment) -> bool {
    let is_paragraph = |i: &&usize| {
        let text = document.text_of(**i);
        text.ends_with(['.', '!', '?', '”', '"', '。', '।']) && words_of(text) >= PARAGRAPH_WORDS_MIN
    };
    segment.body.iter().filter(is_paragraph).count() >= HEADLESS_PARAGRAPHS_MIN
}

fn own_date(text: &str, segment: &mut Segment) {
    let Some(found) = date::find(text).filter(|found| found.others <= OWN_DATE_OTHERS_MAX && !found.doubtful) else {
        return;
    };
    let value = DateValue { value: found.day(), raw: text.to_owned(), source: "text" };
    let place = if found.updated { &mut segment.modified } else { &mut segment.date };
    place.get_or_insert(value);
}

fn draft(page: &Page, document: &Document, segment: &Segment) -> Option<Draft> {
    let body: Vec<BodyBlock> = segment.body.iter().map(|i| body_block(document, *i)).collect();
    let words = super::words(&body);
    if words == 0 || (segment.headline.is_none() && words < HEADLESS_WORDS_MIN) {
        return None;
    }
    let kind = if segment.headline.is_some() && is_snippet(&body, words) { Kind::Teaser } else { Kind::Secondary };
    let mean = segment.body.iter().map(|i| document.blocks[*i].confidence).sum::<f32>() / segment.body.len() as f32;
    let mut draft = new_draft(page, document, kind, "text");
    draft.headline = segment.headline.map(|i| document.text_of(i).to_owned());
    draft.section = segment.kicker.map(|i| document.text_of(i).to_owned());
    draft.images = image::collect(segment.captions.iter().map(|i| (document.text_of(*i), false)));
    draft.authors = segment.authors.clone();
    draft.date_published = segment.date.clone().or_else(|| document.meta.date_published.clone());
    draft.date_modified = segment.modified.clone();
    draft.confidence = if segment.headline.is_some() { (mean + segment.confidence) / 2.0 } else { mean / 2.0 };
    draft.body = body;
    Some(draft)
}
