//! Teasers of an HTML page: a linked headline with a snippet, in a container of their own.
//!
//! What holds: a bare list of links gives nothing; a card is known by its shape (one linked headline and text that is no
//! link, or the same link, within one element), never by a site's names; linear in blocks times depth.

use super::draft::{DateValue, Draft, Kind};
use super::{body_block, new_draft};
use crate::clean::block::{Block, PathId};
use crate::clean::letters::words_of;
use crate::clean::sites::{Own, site};
use crate::clean::text::date;
use crate::clean::tree::{ancestors, common, enclosing_articles};
use crate::clean::{BlockKind, Class, Document, rights};
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

/// What stands in an address before the name of who writes on the site, and before the number of who has an account there.
const WRITERS: &str = "author";
const ACCOUNTS: [&str; 4] = ["user", "users", "profile", "profiles"];
/// What an address ends with that leads to what a site asks of its readers or owes them.
const SERVICES: [&str; 13] = [
    "signup",
    "sign-up",
    "sign_up",
    "login",
    "log-in",
    "signin",
    "sign-in",
    "privacy",
    "privacy-policy",
    "impressum",
    "datenschutz",
    "sitemap",
    "sitemap.xml",
];
/// A part of an address that names a language has no more bytes, `en-us`.
const LANGUAGE_BYTES_MAX: usize = 5;
/// A line that begins or ends with whose the words are is an imprint up to so many words, or where it says copyright.
const IMPRINT_WORDS_MAX: usize = 12;
/// An imprint may also begin with a sign before a year.
const SIGNS: [&str; 3] = ["©", "(c)", "&copy;"];

/// Pages of these types list goods, whose cards lead to no article.
const GOODS: [&str; 4] = ["product", "productgroup", "offercatalog", "og:product"];

/// A line with a date is shorter, bytes.
const LINE_BYTES_MAX: usize = 80;

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
    let own = article.then(|| Own::of(&document.meta));
    let leads = |i: usize| !leads_nowhere(base.as_ref(), document, i, own.as_ref());
    cards.retain(|c| leads(c.headline) && tells(document.text_of(c.snippet)));
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
            ((alone || heads_it) && is_snippet(document, headline, i, article)).then_some((i, container))
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
    // The cheap questions come first.
    block.target.is_some()
        && block.is_link()
        && is_of_words(block, min..=*HEADLINE_WORDS.end())
        && !is_left_alone(document, i, article)
        && !text.contains(['\n', '©'])
        && date_line(document, i).is_none()
}

fn is_snippet(document: &Document, headline: usize, i: usize, article: bool) -> bool {
    let block = &document.blocks[i];
    let same_link = || block.target.is_some() && document.target_of(i) == document.target_of(headline);
    // A caption is no part of a teaser's text.
    block.class != Class::Caption
        && is_of_words(block, SNIPPET_WORDS)
        && !is_left_alone(document, i, article)
        && !matches!(block.kind, BlockKind::Heading(_))
        && (block.link_share() < 0.35 || same_link())
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
    (ends && text.chars().nth(30).is_some() || lower() * 2 >= words().count().max(1) && !text.contains(" | "))
        && !dated()
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
    if text.len() < LINE_BYTES_MAX { date::find(text).filter(|found| found.others <= 1) } else { None }
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

/// Whether a block's link stays on the page's site.
fn stays(base: Option<&Url>, document: &Document, i: usize) -> bool {
    let Some(base) = base else { return true };
    let target = document.target_of(i).and_then(|target| base.join(target).ok());
    target.is_some_and(|target| target.domain().map(site) == base.domain().map(site))
}

/// Whether a block's link leads to no article elsewhere: to who writes, to an account, to a form or a notice, or to the page's `own`
/// address.
fn leads_nowhere(base: Option<&Url>, document: &Document, i: usize, own: Option<&Own<'_>>) -> bool {
    let Some(url) = link(base, document, i).and_then(|link| Url::parse(&link).ok()) else { return false };
    own.is_some_and(|own| own.is(&url)) || is_service(&url)
}

/// Whether an address is a writer's, an account's, or one of a site's services.
fn is_service(url: &Url) -> bool {
    let Some(parts) = url.path_segments() else { return false };
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).map(str::to_ascii_lowercase).collect();
    let is_number = |part: &String| part.bytes().all(|b| b.is_ascii_digit());
    // With the account's name behind its number at most, and the site's language before a service.
    let is_account = |at: usize| ACCOUNTS.contains(&parts[at].as_str()) && is_number(&parts[at + 1]);
    let is_of_site = parts.len() == 1 || parts.len() == 2 && parts[0].len() <= LANGUAGE_BYTES_MAX;
    is_of_site && parts.last().is_some_and(|last| SERVICES.contains(&last.as_str()))
        || parts.len() > 1 && parts[parts.len() - 2] == WRITERS
        || (parts.len().saturating_sub(3)..parts.len().saturating_sub(1)).any(is_account)
}

/// Whether a snippet says something: it is no address and no imprint.
fn tells(snippet: &str) -> bool {
    let is_address = snippet.starts_with("http") && snippet.contains("://") && !snippet.trim().contains(' ');
    let lower = snippet.trim().trim_end_matches('.').to_lowercase();
    let year =
        |rest: &str| rest.trim_start().as_bytes().first_chunk::<4>().is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    let is_dated = |sign: &&str| lower.strip_prefix(*sign).is_some_and(year);
    let is_imprint = || {
        let may_be = words_of(&lower) <= IMPRINT_WORDS_MAX || lower.contains("copyright");
        may_be && rights(&lower).is_some_and(|found| found.start == 0 || found.end == lower.len())
    };
    !(is_address || is_imprint() || SIGNS.iter().any(is_dated))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, document};

    #[test]
    fn an_address_may_lead_to_a_writer_or_a_service() {
        let is = |path: &str| is_service(&Url::parse(&format!("https://herald.example{path}")).expect("an address"));
        for path in
            ["/author/ann-bell/", "/news/author/7", "/users/17/ann", "/profile/17", "/signup?from=1", "/en-us/privacy"]
        {
            assert!(is(path), "{path}");
        }
        for path in [
            "/",
            "/author",
            "/authors/how-to-publish",
            "/author/ann-bell/old-bridge-opens",
            "/users/how-to-begin",
            "/profile/the-bridge-builder",
            "/privacy/new-law-passed",
            "/2024/privacy-law",
            "/2024/register",
            "/topics/privacy",
            "/2025/03/login",
            "/users/17/articles/old-bridge-opens",
            "/news/register-of-bridges",
        ] {
            assert!(!is(path), "{path}");
        }
    }

    #[test]
    fn an_address_and_an_imprint_tell_nothing() {
        for line in [
            "https://herald.example/news/old-bridge-opens-again-after-ten-long-years",
            "© 2020 - 2026 The Herald and its sisters in the valley",
            "2025 The Herald, Inc. - All Rights Reserved.",
        ] {
            assert!(!tells(line), "{line}");
        }
        for line in [
            "See https://herald.example/news for what the council said.",
            "The bridge (c) opens, and the pier stays closed. Photo © Ann Bell",
            "The bridge opens again. Photo: © 2025 Ann Bell",
            "“All rights reserved” means little to those who copy what they like.",
            "The book had its film rights reserved for a year, and now they are sold.",
        ] {
            assert!(tells(line), "{line}");
        }
    }

    /// Headlines of the teasers among these cards, on a page that holds an article or none.
    fn headlines(cards: &[(&str, &str)], article: bool) -> Vec<String> {
        let card = |(path, word): &(&str, &str)| {
            format!(
                "<div class=card><h3><a href='{path}'>Council votes on the {word} today</a></h3><p>The vote on the {word} is expected to be close, members say.</p></div>"
            )
        };
        let markup = format!("<main>{}</main>", cards.iter().map(card).collect::<String>());
        let page = Page::of_html("https://www.herald.example/news/bridge?id=7", &markup);
        let mut document = document(&page, &CleanLimits { depth_max: 200, blocks_max: 2000 });
        document.blocks.iter_mut().for_each(|block| block.class = Class::Other);
        let found = teasers(&page, &document, article).into_iter();
        found.filter_map(|(_, draft)| draft.headline?.split(' ').nth(4).map(str::to_owned)).collect()
    }

    #[test]
    fn a_page_is_no_teaser_of_itself() {
        let cards = [
            ("/news/bridge?id=7#top", "bridge"),
            ("/news/bridge?id=8", "weir"),
            ("/news/mill", "mill"),
            ("/author/ann-bell", "author"),
        ];
        assert_eq!(headlines(&cards, true), ["weir", "mill"]);
        assert_eq!(headlines(&cards, false), ["bridge", "weir", "mill"], "where nothing else tells of it");
    }
}
