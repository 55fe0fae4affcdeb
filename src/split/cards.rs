//! Teasers of an HTML page: a linked headline with a snippet, in a container of their own.
//!
//! What holds: a bare list of links gives nothing; a card is known by its shape (one linked headline and text that is no
//! link, or the same link, within one element), never by a site's names; linear in blocks times depth.

use super::draft::{DateValue, Draft, Kind};
use super::{body_block, new_draft};
use crate::clean::block::{Block, PathId};
use crate::clean::text::date;
use crate::clean::tree::{ancestors, common, enclosing_articles};
use crate::clean::{BlockKind, Class, Document};
use crate::page::Page;
use rustc_hash::{FxHashMap, FxHashSet};
use std::ops::RangeInclusive;
use url::Url;

/// A teaser's headline, words.
const HEADLINE_WORDS: RangeInclusive<f32> = 3.0..=40.0;
/// A teaser's snippet, words.
const SNIPPET_WORDS: RangeInclusive<f32> = 7.0..=120.0;
/// Blocks after the headline in which its snippet is looked for.
const SNIPPET_BLOCKS: usize = 6;
/// Cards on an article's page that count only together: a lone one may be a box within the text.
const CARDS_MIN: usize = 2;

/// So many cards in `article` elements of their own are a list.
const LISTED_MIN: usize = 3;
/// With so many words beside them they are a page's that has a text of its own.
const BESIDE_WORDS_MAX: f32 = 60.0;

/// Pages of these types list goods, whose cards lead to no article.
const GOODS: [&str; 4] = ["product", "productgroup", "offercatalog", "og:product"];

struct Card {
    headline: usize,
    snippet: usize,
    container: PathId,
}

/// Whether the page says that it sells goods.
pub(super) fn sells_goods(document: &Document) -> bool {
    document.meta.page_types.iter().any(|t| GOODS.contains(&t.as_str()))
}

/// Whether a third of what was taken for the page's text is snippets, or half of it links: a list of what stands elsewhere.
pub(super) fn is_list(document: &Document) -> bool {
    let in_body = |i: &usize| document.blocks[*i].class == Class::Body;
    let words = |i: usize| document.blocks[i].counts.words;
    let snippets: f32 = cards(document, false).iter().map(|c| c.snippet).filter(in_body).map(words).sum();
    let body = || document.blocks.iter().filter(|block| block.class == Class::Body);
    let (all, linked) =
        body().fold((0, 0), |sum, b| (sum.0 + u64::from(b.end - b.start), sum.1 + u64::from(b.link_bytes)));
    snippets * 3.0 >= body().map(|block| block.counts.words).sum::<f32>() || linked * 2 >= all
}

/// Whether two thirds of what was taken for the page's text are cards, each in an `article` element of its own: a list, whatever the page's score.
pub(super) fn is_list_of_articles(document: &Document) -> bool {
    let in_body = |i: &usize| document.blocks[*i].class == Class::Body;
    let body = || (0..document.blocks.len()).filter(in_body);
    let element = |i: usize| enclosing_articles(document, document.blocks[i].path).next();
    // Cards are looked for only where there are such elements.
    if body().filter_map(element).collect::<FxHashSet<PathId>>().len() < LISTED_MIN {
        return false;
    }
    let words = |i: usize| document.blocks[i].counts.words;
    let mut elements = FxHashSet::default();
    let mut listed = 0.0;
    for card in cards(document, false).into_iter().filter(|card| in_body(&card.snippet)) {
        if element(card.headline).is_some_and(|element| elements.insert(element)) {
            listed += words(card.headline) + words(card.snippet);
        }
    }
    let total: f32 = body().map(words).sum();
    let beside: f32 = body().filter(|i| element(*i).is_none_or(|e| !elements.contains(&e))).map(words).sum();
    elements.len() >= LISTED_MIN && listed * 3.0 >= 2.0 * total && beside < BESIDE_WORDS_MAX
}

/// Finds the teasers, in page order. Where `article` is set, the page holds one, and its body is left alone.
pub(super) fn teasers(page: &Page, document: &Document, article: bool) -> Vec<(usize, Draft)> {
    if sells_goods(document) {
        return Vec::new();
    }
    let base = page.url.as_deref().and_then(|u| Url::parse(u).ok());
    // On an article's page a card that leads to another site is an advert or a source.
    let mut cards = cards(document, article);
    cards.retain(|c| !article || stays(base.as_ref(), document, c.headline));
    let named = |c: &Card| document.blocks[c.headline].class == Class::Teaser;
    if article && cards.len() < CARDS_MIN && !cards.iter().all(named) {
        return Vec::new();
    }
    // The same words over several things are what to do with them, "Read the full case study"; under several, among others, a notice.
    let mut snippets: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    let mut headlines: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
    for (headline, snippet) in
        cards.iter().map(|card| (document.text_of(card.headline), document.text_of(card.snippet)))
    {
        snippets.entry(headline).or_default().insert(snippet);
        headlines.entry(snippet).or_default().insert(headline);
    }
    let mut seen = FxHashSet::default();
    let mut teasers = Vec::with_capacity(cards.len());
    for card in cards {
        let (headline, snippet) = (document.text_of(card.headline), document.text_of(card.snippet));
        let calls = snippets[headline].len() > 1 || headlines.len() > 1 && headlines[snippet].len() > 1;
        // The same card stands twice where a page has a layout for wide and one for narrow screens.
        let leads = !calls && (base.is_none() || link(base.as_ref(), document, card.headline).is_some());
        if leads && seen.insert((document.target_of(card.headline), headline)) {
            teasers.push((card.headline, draft(page, document, base.as_ref(), &card)));
        }
    }
    teasers
}

fn cards(document: &Document, article: bool) -> Vec<Card> {
    let heads: Vec<usize> = (0..document.blocks.len()).filter(|i| is_headline(document, *i, article)).collect();
    let within = links_within(document, &heads);
    let mut cards = Vec::new();
    for (n, &headline) in heads.iter().enumerate() {
        let next = heads.get(n + 1).copied().unwrap_or(document.blocks.len());
        let end = next.min(headline + 1 + SNIPPET_BLOCKS).min(document.blocks.len());
        let found = (headline + 1..end).find_map(|i| {
            let container = common(document, document.blocks[headline].path, document.blocks[i].path);
            let alone = within[container as usize] == 1 && container != 0;
            let heads_it = i == headline + 1 && matches!(document.blocks[headline].kind, BlockKind::Heading(_));
            (is_snippet(document, headline, i, article) && (alone || heads_it)).then_some((i, container))
        });
        if let Some((snippet, container)) = found {
            cards.push(Card { headline, snippet, container });
        }
    }
    cards
}

fn is_left_alone(document: &Document, i: usize, article: bool) -> bool {
    match document.blocks[i].class {
        Class::Comment | Class::Consent | Class::Advert => true,
        Class::Body | Class::Headline | Class::Standfirst | Class::Byline | Class::Date | Class::Kicker => article,
        _ => false,
    }
}

fn is_headline(document: &Document, i: usize, article: bool) -> bool {
    let block = &document.blocks[i];
    let text = document.text_of(i);
    // Outside of a heading element a link of few words is a menu's.
    let min = if matches!(block.kind, BlockKind::Heading(_)) {
        *HEADLINE_WORDS.start()
    } else {
        HEADLINE_WORDS.start() + 1.0
    };
    block.target.is_some()
        && document.blocks[i].is_link()
        && !is_left_alone(document, i, article)
        && !text.contains('\n')
        && !text.contains('©')
        && is_of_words(block, min..=*HEADLINE_WORDS.end())
        && date_line(document, i).is_none()
}

fn is_snippet(document: &Document, headline: usize, i: usize, article: bool) -> bool {
    let same_link = document.target_of(i).is_some() && document.target_of(i) == document.target_of(headline);
    // A caption is no part of a teaser's text.
    document.blocks[i].class != Class::Caption
        && (document.blocks[i].link_share() < 0.35 || same_link)
        && !is_left_alone(document, i, article)
        && !matches!(document.blocks[i].kind, BlockKind::Heading(_))
        && is_of_words(&document.blocks[i], SNIPPET_WORDS)
        && is_sentence(document.text_of(i))
        && !document.text_of(i).contains(document.text_of(headline))
}

/// A snippet is a sentence or its beginning: it ends like one, or goes on in lower case. Names, dates and reading times do
/// not.
fn is_sentence(text: &str) -> bool {
    let ends = text
        .trim_end_matches(['"', '”', '»', '’', '」', ')'])
        .ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟']);
    let words = || text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic));
    let lower = || words().filter(|w| w.chars().find(|c| c.is_alphabetic()).is_some_and(|c| !c.is_uppercase())).count();
    let dated = || date::find(text).is_some_and(|found| found.others <= 4);
    (ends && text.chars().count() > 30 || lower() * 2 >= words().count().max(1) && !text.contains(" | ")) && !dated()
}

/// Whether a block has so many words, of which few are of sign-ups, menus and imprints.
fn is_of_words(block: &Block, range: RangeInclusive<f32>) -> bool {
    range.contains(&block.counts.words) && block.counts.furniture as f32 * 5.0 <= block.counts.words
}

/// For each path node how many different headline links stand within it; a picture's link and the title's count once.
fn links_within(document: &Document, heads: &[usize]) -> Vec<u32> {
    let mut within = vec![0; document.paths.len().max(1)];
    let mut last = vec![usize::MAX; within.len()];
    for &head in heads {
        for node in ancestors(document, document.blocks[head].path) {
            let node = node as usize;
            let same = last[node] != usize::MAX && document.target_of(last[node]) == document.target_of(head);
            within[node] += u32::from(!same);
            last[node] = head;
        }
    }
    within
}

/// The date of a block that is nothing else.
pub(super) fn date_line(document: &Document, i: usize) -> Option<date::Found> {
    let text = document.text_of(i);
    date::find(text).filter(|found| found.others <= 1 && text.len() < 80)
}

/// The same as a value, unless it dates a change.
pub(super) fn date_shown(document: &Document, i: usize) -> Option<DateValue> {
    let found = date_line(document, i).filter(|found| !found.updated)?;
    Some(DateValue { value: found.day(), raw: document.text_of(i).to_owned(), source: "text" })
}

fn draft(page: &Page, document: &Document, base: Option<&Url>, card: &Card) -> Draft {
    let mut draft = new_draft(page, document, Kind::Teaser, "blocks");
    draft.headline = Some(document.text_of(card.headline).to_owned());
    draft.article_url = link(base, document, card.headline);
    draft.body = vec![body_block(document, card.snippet)];
    let around = card.headline.saturating_sub(3)..(card.snippet + 4).min(document.blocks.len());
    let own = |i: &usize| ancestors(document, document.blocks[*i].path).any(|p| p == card.container);
    draft.date_published = around.filter(own).find_map(|i| date_shown(document, i));
    draft.confidence = if document.blocks[card.headline].class == Class::Teaser { 0.8 } else { 0.65 };
    draft
}

/// Whether a block's link stays on the page's site: the same host but for its first label.
fn stays(base: Option<&Url>, document: &Document, i: usize) -> bool {
    let Some(base) = base else { return true };
    let target = document.target_of(i).and_then(|target| base.join(target).ok());
    let site = |url: &Url| url.domain().map(|d| d.rsplitn(3, '.').take(2).map(str::to_owned).collect::<Vec<_>>());
    target.is_some_and(|t| site(&t) == site(base))
}

fn link(base: Option<&Url>, document: &Document, i: usize) -> Option<String> {
    document.target_of(i).and_then(|target| absolute(base, target))
}

/// A link's target as an address that can be followed; nothing for scripts and places on the same page.
pub(super) fn absolute(base: Option<&Url>, href: &str) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}
