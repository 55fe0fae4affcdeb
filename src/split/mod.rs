//! Classified blocks to articles: boundaries, teasers, the main article. Evidence comes from the blocks, not from sites.
//!
//! What holds: pure; every block goes to at most one article; at most one draft is the page's [`Kind::Article`]; linear in
//! the page's blocks.

mod cards;
mod copies;
mod description;
pub mod draft;
mod hints;
mod html;
mod language;
mod live;
mod pulled;
mod text;

use crate::clean::letters::{compact, words_of};
use crate::clean::{BlockKind, Class, Document, folded_words};
use crate::page::Page;
use crate::warning::Warning;
use draft::{BodyBlock, BodyBlockKind, DateValue, Draft, Kind};
pub(crate) use html::{ARTICLE_AT, SECONDARY_AT};
use language::Languages;

/// A body of one paragraph with at most so many words is a teaser's snippet.
const SNIPPET_WORDS_MAX: usize = 60;
/// The same for two paragraphs.
const SNIPPET_PAIR_WORDS_MAX: usize = 45;

/// Finds the articles of a page, in page order. At most one draft has [`Kind::Article`].
pub fn articles(page: &Page, document: &Document) -> Vec<Draft> {
    let mut drafts = if document.from_text { text::articles(page, document) } else { html::articles(page, document) };
    let main = drafts.iter().position(|d| d.kind == Kind::Article).unwrap_or(0);
    let sample = drafts.get(main).map(joined).unwrap_or_default();
    let declared = document.meta.language.as_deref().or(page.content_language.as_deref());
    if document.from_text {
        let mut languages = Languages::of_page(declared, &sample);
        drafts.iter_mut().for_each(|draft| draft.language = languages.of(&joined(draft)));
    } else {
        let language = language::of(declared, &sample);
        drafts.iter_mut().for_each(|draft| draft.language = language.clone());
    }
    drafts.iter_mut().for_each(settle);
    drafts.iter_mut().for_each(warn);
    drafts
}

/// Leaves out what a draft says twice, and a change before it was published.
fn settle(draft: &mut Draft) {
    if let Some(alternative) = draft.alternative_headline.as_deref().map(compact) {
        let is_said = |said: &Option<String>| said.as_deref().map(compact).is_some_and(|said| said == alternative);
        if is_said(&draft.headline) || is_said(&draft.description) {
            draft.alternative_headline = None;
        }
    }
    if draft.date_modified.as_ref().zip(draft.date_published.as_ref()).is_some_and(|(own, first)| is_before(own, first))
    {
        draft.date_modified = None;
    }
}

/// Whether a date is before another; where one of them names a day alone, by more than a zone makes.
fn is_before(own: &DateValue, other: &DateValue) -> bool {
    let instant = |date: &DateValue| date.value.parse::<jiff::Timestamp>().ok();
    match (instant(own), instant(other)) {
        (Some(own), Some(other)) => own < other,
        _ => {
            let day = |date: &DateValue| date.value.get(..10)?.parse::<jiff::civil::Date>().ok();
            day(own).zip(day(other)).is_some_and(|(own, other)| (other - own).get_days() > 1)
        }
    }
}

fn joined(draft: &Draft) -> String {
    let mut text = draft.headline.clone().unwrap_or_default();
    for block in draft.body.iter().take(12) {
        text.push('\n');
        text.push_str(&block.text);
    }
    text
}

fn warn(draft: &mut Draft) {
    if draft.headline.is_none() {
        draft.warnings.push(Warning::NoHeadline);
    }
    if draft.date_published.is_none() && draft.kind != Kind::Teaser {
        draft.warnings.push(Warning::NoDate);
    }
    if draft.truncated {
        draft.warnings.push(Warning::Truncated);
    }
}

/// A draft with what every article of the page shares.
fn new_draft(page: &Page, document: &Document, kind: Kind, method: &'static str) -> Draft {
    Draft {
        kind,
        headline: None,
        alternative_headline: None,
        section: None,
        description: None,
        body: Vec::new(),
        images: Vec::new(),
        date_published: None,
        date_modified: None,
        authors: Vec::new(),
        language: None,
        article_url: None,
        canonical_url: None,
        publisher: document.meta.publisher.clone(),
        site_name: document.meta.site_name.clone(),
        keywords: Vec::new(),
        breadcrumbs: Vec::new(),
        is_accessible_for_free: None,
        truncated: document.truncated,
        method,
        confidence: 0.0,
        warnings: page.warnings.clone(),
        parent: None,
    }
}

/// Makes the whole article that has the page's headline, else the longest, the page's own, of this kind, and gives it what the page
/// says of itself.
fn name_main(document: &Document, drafts: &mut [Draft], kind: Kind) {
    if kind == Kind::Article && drafts.len() == 1 && drafts[0].kind == Kind::Teaser {
        // A page that holds an article and one thing holds that, however short.
        drafts[0].kind = Kind::Secondary;
    }
    let mut candidates: Vec<&mut Draft> = drafts.iter_mut().filter(|d| d.kind == Kind::Secondary).collect();
    // Where a page goes on with the next article, that may be the longer one.
    let headline = document.meta.headline.as_deref().filter(|_| !document.from_text);
    let is_named = |d: &Draft| headline.zip(d.headline.as_deref()).is_some_and(|(page, own)| alike(page, own));
    let main = match &mut candidates[..] {
        [only] => only,
        all => {
            let rank = |d: &&mut &mut Draft| (is_named(d), words(&d.body), std::cmp::Reverse(d.headline.is_none()));
            match all.iter_mut().max_by_key(rank) {
                Some(main) => main,
                None => return,
            }
        }
    };
    main.kind = kind;
    if kind != Kind::Article {
        main.confidence *= document.article_score;
        main.warnings.push(Warning::PageUncertain);
    }
    let meta = &document.meta;
    main.canonical_url = meta.canonical_url.clone();
    // What the page says of itself it says of its main article, unless the article's own heading says otherwise.
    if let Some(headline) = &meta.headline
        && main.headline.as_ref().is_none_or(|own| alike(own, headline))
    {
        main.headline = Some(headline.clone());
    }
    if main.date_published.is_none() {
        main.date_published = meta.date_published.clone();
    }
    main.keywords = meta.keywords.clone();
    main.breadcrumbs = meta.breadcrumbs.clone();
    main.is_accessible_for_free = meta.is_accessible_for_free;
    if main.authors.is_empty() {
        main.authors = meta.authors.clone();
    }
    if main.date_modified.is_none() {
        main.date_modified = meta.date_modified.clone();
    }
}

/// Whether two headlines have more than half of their words in common.
fn alike(a: &str, b: &str) -> bool {
    let (a, b): (Vec<String>, Vec<String>) = (folded_words(a).collect(), folded_words(b).collect());
    let common = a.iter().filter(|w| b.contains(w)).count();
    common * 4 > a.len() + b.len()
}

/// Words of a body.
fn words(body: &[BodyBlock]) -> usize {
    body.iter().map(|b| words_of(&b.text)).sum()
}

fn is_snippet(body: &[BodyBlock], words: usize) -> bool {
    match body.len() {
        1 => words <= SNIPPET_WORDS_MAX,
        2 => words <= SNIPPET_PAIR_WORDS_MAX,
        _ => false,
    }
}

/// A block of the document as a piece of a body.
fn body_block(document: &Document, i: usize) -> BodyBlock {
    let block = &document.blocks[i];
    let (kind, level) = match (block.class, block.kind) {
        (Class::Caption, _) | (_, BlockKind::Caption) => (BodyBlockKind::Caption, None),
        (_, BlockKind::Heading(level)) => (BodyBlockKind::Heading, Some(level)),
        (_, BlockKind::ListItem) => (BodyBlockKind::List, None),
        (_, BlockKind::Quote) => (BodyBlockKind::Quote, None),
        (_, BlockKind::Table) => (BodyBlockKind::Table, None),
        (_, BlockKind::Code) => (BodyBlockKind::Code, None),
        (_, BlockKind::Paragraph) => (BodyBlockKind::Paragraph, None),
    };
    let text = document.text_of(i);
    BodyBlock { kind, text: if kind == BodyBlockKind::Code { text.to_owned() } else { hints::without(text) }, level }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_draft_says_twice_is_left_out() {
        let checked = |alternative: &str, modified: &str| {
            let page = Page::of_html("https://herald.example/7", "");
            let mut draft = new_draft(&page, &Document::default(), Kind::Article, "blocks");
            let date = |value: &str| DateValue { value: value.to_owned(), raw: value.to_owned(), source: "meta" };
            draft.headline = Some("Old bridge opens".to_owned());
            draft.description = Some("All may cross it.".to_owned());
            draft.alternative_headline = Some(alternative.to_owned());
            draft.date_published = Some(date("2024-05-03T10:20:30+02:00"));
            draft.date_modified = Some(date(modified));
            settle(&mut draft);
            (draft.alternative_headline.is_some(), draft.date_modified.is_some())
        };
        assert_eq!(checked("Old bridge: opens", "2024-05-03"), (false, true));
        assert_eq!(checked("All may cross it", "2024-05-02"), (false, true));
        assert_eq!(checked("All may cross it", "2024-05-01"), (false, false));
        assert_eq!(checked("The bridge is back", "2024-05-03T08:30:00Z"), (true, true));
        assert_eq!(checked("The bridge is back", "2024-05-03T10:10:00+02:00"), (true, false));
    }

    #[test]
    fn a_hint_goes_but_from_code() {
        let mut document = Document::of_lines(&[("The mill (opens in a new tab)", Class::Body)]);
        assert_eq!(body_block(&document, 0).text, "The mill");
        document.blocks[0].kind = BlockKind::Code;
        assert_eq!(body_block(&document, 0).text, "The mill (opens in a new tab)");
    }
}
