//! Whether the page holds an article of its own.
//!
//! What holds: trees over the page's features, as for a block; what a page says of its type, and its address, are evidence
//! among others.

use super::cues::Cue;
use super::folded_words;
use super::nodes;
use super::view::View;
use crate::clean::block::{BlockKind, Class, Metadata};
use crate::clean::forest::{self, FEATURES_MAX, Forests, Row};

/// The trained table, written by `model/train_pages.py`.
const BYTES: &[u8] = include_bytes!("pages.bin");
pub(super) static TABLE: Forests<1, { forest::trees(BYTES, 1) }> = Forests::read(BYTES);

/// How many features a page has.
pub(crate) const FEATURES: usize = 16 + 12 + 12 + 10 + 6 + SHARES.len();

/// Types that articles have.
const ARTICLES: &[&str] =
    &["newsarticle", "article", "reportagenewsarticle", "blogposting", "opinionnewsarticle", "analysisnewsarticle"];
/// Types that pages without an article have.
const OTHERS: &[&str] = &[
    "product",
    "itemlist",
    "collectionpage",
    "productgroup",
    "offercatalog",
    "service",
    "searchresultspage",
    "localbusiness",
    "offer",
    "softwareapplication",
    "aggregaterating",
];
/// Words of addresses under which articles stand.
const ARTICLE_WORDS: &[&str] = &[
    "news", "blog", "article", "articles", "story", "stories", "post", "posts", "magazine", "guide", "guides", "press",
];
/// Words of addresses under which goods, services and lists stand.
const OTHER_WORDS: &[&str] = &[
    "product",
    "products",
    "shop",
    "store",
    "category",
    "categories",
    "collection",
    "collections",
    "tag",
    "tags",
    "service",
    "services",
    "solutions",
    "pricing",
    "about",
    "contact",
    "search",
    "dp",
    "p",
    "c",
    "listing",
    "listings",
    "browse",
    "catalog",
    "industries",
    "topics",
    "author",
];
/// Cues whose share of the page's blocks is a feature.
pub(super) const SHARES: [Cue; 12] = [
    Cue::ArticleBody,
    Cue::Article,
    Cue::Byline,
    Cue::Date,
    Cue::Tags,
    Cue::Comment,
    Cue::Share,
    Cue::Product,
    Cue::List,
    Cue::Teaser,
    Cue::Related,
    Cue::Bio,
];

/// A cue of an element so many levels up is the block's.
const CUE_LEVELS: u8 = 3;

/// 0..1; low where the page is a shop, a category, a home page.
pub(super) fn article_score(view: &View<'_>, scores: &[f32], body: &[bool], classes: &[(Class, f32)]) -> f32 {
    let mut row: Row = [0.0; FEATURES_MAX];
    features(view, scores, body, classes, &mut row);
    TABLE.probability(0, &row)
}

/// Fills `out` with the page's features.
pub(super) fn features(view: &View<'_>, scores: &[f32], body: &[bool], classes: &[(Class, f32)], out: &mut [f32]) {
    let meta = &view.document.meta;
    let mut at = 0;
    let parts: [&[f32]; 5] = [
        &of_body(view, scores, body),
        &of_page(view, scores, body),
        &of_meta(meta, classes),
        &of_address(meta.address.as_deref().unwrap_or_default()),
        &of_headline(view, body, classes),
    ];
    for value in parts.into_iter().flatten() {
        out[at] = *value;
        at += 1;
    }
    let near = near_cues(view);
    for cue in SHARES {
        out[at] = near[cue as usize] as f32 / body.len().max(1) as f32;
        at += 1;
    }
    debug_assert_eq!(at, FEATURES);
}

/// For each cue how many blocks have an element with it within [`CUE_LEVELS`].
fn near_cues(view: &View<'_>) -> [u32; nodes::NEAR] {
    let mut counts = [0; nodes::NEAR];
    for block in &view.document.blocks {
        for (count, distance) in counts.iter_mut().zip(view.nodes.near[block.path as usize]) {
            *count += u32::from((1..=CUE_LEVELS).contains(&distance));
        }
    }
    counts
}

fn of_body(view: &View<'_>, scores: &[f32], body: &[bool]) -> [f32; 16] {
    let blocks = || (0..body.len()).filter(|i| body[*i]);
    let share =
        |of: &dyn Fn(usize) -> bool| blocks().filter(|i| of(*i)).count() as f32 / blocks().count().max(1) as f32;
    let count = blocks().count() as f32;
    let words: f32 = blocks().map(|i| view.measures[i].words).sum();
    let full = |i: &usize| view.measures[*i].words > 12.0 && view.measures[*i].ends;
    let prose: f32 = blocks().filter(full).map(|i| view.measures[i].words).sum();
    let longest = blocks().map(|i| view.measures[i].words).fold(0.0, f32::max);
    let linked: f32 = blocks().map(|i| view.measures[i].words * view.links[i]).sum();
    let stops: u32 = blocks().map(|i| view.measures[i].stops).sum();
    let first = body.iter().position(|b| *b).unwrap_or(0);
    let last = body.iter().rposition(|b| *b).unwrap_or(0);
    let kind = |i: usize| view.document.blocks[i].kind;
    [
        prose,
        words,
        words / view.words.max(1.0),
        prose / words.max(1.0),
        longest,
        count,
        words / count.max(1.0),
        share(&|i| matches!(kind(i), BlockKind::Heading(_))),
        linked / words.max(1.0),
        stops as f32 / words.max(1.0),
        share(&|i| view.measures[i].quotes > 0),
        // Of the blocks from the body's first to its last, the share that is body.
        count / (last - first + 1) as f32,
        blocks().map(|i| scores[i]).sum::<f32>() / count.max(1.0),
        share(&|i| view.within(i).list),
        share(&|i| view.within(i).article),
        first as f32 / body.len().max(1) as f32,
    ]
}

fn of_page(view: &View<'_>, scores: &[f32], body: &[bool]) -> [f32; 12] {
    let n = body.len().max(1) as f32;
    let count = |of: &dyn Fn(usize) -> bool| (0..body.len()).filter(|i| of(*i)).count() as f32;
    let kind = |i: usize| view.document.blocks[i].kind;
    let cards = view.groups.iter().filter(|g| g.blocks >= 4 && g.prose < 0.5 * g.words);
    let doubt: f32 =
        (0..body.len()).filter(|i| (0.15..0.6).contains(&scores[*i])).map(|i| view.measures[i].words).sum();
    let prices = prices(&view.document.text) as f32;
    [
        view.words,
        n,
        view.sums[0].link_words / view.words.max(1.0),
        view.sums[0].prose / view.words.max(1.0),
        count(&|i| kind(i) == BlockKind::Heading(1)),
        count(&|i| kind(i) == BlockKind::Heading(2)) / n,
        count(&|i| matches!(kind(i), BlockKind::Heading(3..))) / n,
        prices / n,
        cards.map(|g| g.blocks).max().unwrap_or(0) as f32 / n,
        doubt / view.words.max(1.0),
        view.headline.map_or(-1.0, |h| view.title_cover[h]),
        view.document.figures.len() as f32 / n,
    ]
}

/// How the headline stands to the body, the title and the address; -1 without one.
fn of_headline(view: &View<'_>, body: &[bool], classes: &[(Class, f32)]) -> [f32; 6] {
    let Some(head) = classes.iter().position(|c| c.0 == Class::Headline) else { return [-1.0; 6] };
    let first = body.iter().position(|b| *b).unwrap_or(head);
    let links = (head.min(first)..first).filter(|i| view.links[*i] > 0.5).count();
    let words: Vec<String> = folded_words(view.document.text_of(head)).collect();
    let slug: Vec<String> = folded_words(slug(view.document.meta.address.as_deref().unwrap_or_default())).collect();
    let common = slug.iter().filter(|word| words.contains(word)).count() as f32;
    [
        links as f32,
        view.measures[head].words,
        view.title_share[head],
        view.title_cover[head],
        common / slug.len().max(1) as f32,
        common,
    ]
}

/// The last part of an address's path.
fn slug(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// Signs of currencies.
fn prices(text: &str) -> usize {
    let bytes = text.as_bytes();
    let other = |at: usize| matches!(bytes[at..], [0xc2, 0xa3 | 0xa5, ..] | [0xe2, 0x82, 0xac | 0xb9, ..]);
    memchr::memchr3_iter(b'$', 0xc2, 0xe2, bytes).filter(|at| bytes[*at] == b'$' || other(*at)).count()
}

fn of_meta(meta: &Metadata, classes: &[(Class, f32)]) -> [f32; 12] {
    let flag = |is: bool| f32::from(u8::from(is));
    let is = |names: &[&str]| flag(meta.page_types.iter().any(|t| names.contains(&t.as_str())));
    let has = |class| flag(classes.iter().any(|c| c.0 == class));
    [
        is(ARTICLES),
        is(OTHERS),
        is(&["website"]),
        is(&["og:product", "product", "product.item"]),
        is(&["breadcrumblist", "webpage"]),
        flag(meta.date_published.is_some()),
        flag(meta.date_modified.is_some()),
        flag(!meta.authors.is_empty()),
        has(Class::Byline),
        has(Class::Date),
        flag(meta.section.is_some()),
        flag(meta.article_body.is_some()),
    ]
}

fn of_address(url: &str) -> [f32; 10] {
    let path = url.split_once("://").map_or("", |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let slug = parts.last().copied().unwrap_or_default();
    let any = |words: &[&str]| {
        f32::from(u8::from(parts.iter().take(parts.len().saturating_sub(1)).any(|p| words.contains(p))))
    };
    let year = |p: &&str| {
        p.len() == 4 && (p.starts_with("19") || p.starts_with("20")) && p.bytes().all(|b| b.is_ascii_digit())
    };
    let flag = |is: bool| f32::from(u8::from(is));
    [
        flag(url.is_empty()),
        parts.len() as f32,
        slug.len() as f32,
        slug.bytes().filter(|b| matches!(b, b'-' | b'_')).count() as f32,
        slug.bytes().filter(u8::is_ascii_digit).count() as f32,
        flag(parts.iter().any(year)),
        any(ARTICLE_WORDS),
        any(OTHER_WORDS),
        flag(OTHER_WORDS.contains(&slug)),
        flag(!query.is_empty()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, html};

    #[test]
    fn a_cue_is_of_the_blocks_within_its_levels() {
        let count = |markup: &str| {
            let (document, gathered) = html::read(markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
            near_cues(&View::new(&document, &gathered))[Cue::Comment as usize]
        };
        assert_eq!(count("<div class=comments><p>One</p><div><p>two</p></div></div><p>three</p>"), 2);
        assert_eq!(count("<div class=comments><div><div><p>Four</p></div></div></div>"), 0);
    }
}
