//! Articles of a text page: a headline opens one, all that follows belongs to it until the next headline. The same headline
//! once more opens none.

use super::draft::{Author, BodyBlock, DateValue, Draft, Kind};
use super::{body_block, image, is_snippet, name_main, new_draft};
use crate::clean::text::date;
use crate::clean::{Class, Document, folded_words};
use crate::page::Page;

/// Body text before any headline is an article without one from so many words on.
const HEADLESS_WORDS_MIN: usize = 40;
/// A date counts as the article's own within so many blocks of its headline.
const OWN_DATE_BLOCKS: usize = 4;

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
}

/// Finds the articles, in page order.
pub(super) fn articles(page: &Page, document: &Document) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for segment in segments(document) {
        if let Some(draft) = draft(page, document, &segment) {
            drafts.push(draft);
        }
    }
    name_main(document, &mut drafts, Kind::Article);
    drafts
}

fn segments(document: &Document) -> Vec<Segment> {
    let mut segments = vec![Segment::default()];
    let mut pending_kicker = None;
    for (i, block) in document.blocks.iter().enumerate() {
        if block.class == Class::Headline {
            if segments.last().is_some_and(|current| has_headline(document, current, i)) {
                continue;
            }
            segments.push(Segment {
                headline: Some(i),
                kicker: pending_kicker.take(),
                confidence: block.confidence,
                ..Segment::default()
            });
            continue;
        }
        let Some(current) = segments.last_mut() else { break };
        match block.class {
            Class::Body | Class::Standfirst => current.body.push(i),
            Class::Caption => current.captions.push(i),
            Class::Kicker if current.body.is_empty() && current.headline.is_some_and(|h| i - h <= 2) => {
                current.kicker = Some(i)
            }
            Class::Kicker => pending_kicker = Some(i),
            Class::Byline if current.authors.is_empty() => {
                current.authors = crate::clean::text::authors(document.text_of(i));
            }
            Class::Date if current.headline.is_some_and(|h| i - h <= OWN_DATE_BLOCKS) => {
                own_date(document.text_of(i), current)
            }
            _ => {}
        }
    }
    segments
}

/// Whether an article has this headline already, in whatever case.
fn has_headline(document: &Document, segment: &Segment, i: usize) -> bool {
    let words = |i: usize| folded_words(document.text_of(i));
    segment.headline.is_some_and(|own| words(own).eq(words(i)))
}

fn own_date(text: &str, segment: &mut Segment) {
    let Some(found) = date::find(text) else { return };
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
