//! Whether the page holds an article of its own.
//!
//! What holds: one weighted sum over the page's features, like a block's score; what a page says of its type is evidence
//! among others.

use super::cues::Cue;
use super::view::View;
use crate::clean::block::{BlockKind, Class, Metadata};

/// How many features a page has.
const FEATURES: usize = 18;

/// Log odds per unit of a feature: logistic regression over labelled pages of seven types, articles and others weighing the
/// same, rounded. The constant is set 0.2 higher than the fit, since a lost article costs more than a shop's page.
const WEIGHTS: [f32; FEATURES] =
    [0.17, -0.11, 3.87, 2.46, -0.16, 0.12, -2.42, -6.06, 0.33, 5.45, -7.32, 2.41, 0.74, -2.58, 1.08, 1.45, 2.18, -3.26];
/// Log odds of a page of which nothing is known.
const CONSTANT: f32 = -5.88;

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

/// 0..1; below one half the page is a shop, a category, a home page.
pub(super) fn article_score(view: &View<'_>, body: &[bool], classes: &[(Class, f32)], meta: &Metadata) -> f32 {
    let features = features(view, body, classes, meta);
    let z = features.iter().zip(&WEIGHTS).fold(CONSTANT, |sum, (feature, weight)| sum + feature * weight);
    1.0 / (1.0 + (-z).exp())
}

fn features(view: &View<'_>, body: &[bool], classes: &[(Class, f32)], meta: &Metadata) -> [f32; FEATURES] {
    let blocks = || (0..body.len()).filter(|i| body[*i]);
    let count = blocks().count().max(1) as f32;
    let words: f32 = blocks().map(|i| view.measures[i].words).sum();
    let full = |i: &usize| view.measures[*i].words > 12.0 && view.measures[*i].ends;
    let prose: f32 = blocks().filter(full).map(|i| view.measures[i].words).sum();
    let longest = blocks().map(|i| view.measures[i].words).fold(0.0, f32::max);
    let headings = blocks().filter(|i| matches!(view.document.blocks[*i].kind, BlockKind::Heading(_))).count() as f32;
    let linked: f32 = blocks().map(|i| view.measures[i].words * view.links[i]).sum();
    let stops: u32 = blocks().map(|i| view.measures[i].stops).sum();
    let quotes = blocks().filter(|i| view.measures[*i].quotes > 0).count() as f32;
    let product =
        (0..body.len()).filter(|i| view.cue(*i, Cue::Product) > 0.3).count() as f32 / body.len().max(1) as f32;
    let first = body.iter().position(|b| *b).unwrap_or(0);
    let last = body.iter().rposition(|b| *b).unwrap_or(0);
    let is = |names: &[&str]| f32::from(u8::from(meta.page_types.iter().any(|t| names.contains(&t.as_str()))));
    let has = |class| f32::from(u8::from(classes.iter().any(|c| c.0 == class)));
    [
        (1.0 + prose).ln(),
        (1.0 + words).ln(),
        words / view.words.max(1.0),
        view.sums[0].link_words / view.words.max(1.0),
        prose / words.max(1.0),
        (1.0 + longest).ln(),
        headings / count,
        linked / words.max(1.0),
        (stops as f32 / words.max(1.0) * 20.0).min(3.0),
        quotes / count,
        product,
        // Of the blocks from the body's first to its last, the share that is body.
        count / (last - first + 1) as f32,
        is(ARTICLES),
        is(OTHERS),
        f32::from(u8::from(meta.date_published.is_some())),
        f32::from(u8::from(!meta.authors.is_empty())),
        has(Class::Byline),
        f32::from(u8::from(is_root(meta.canonical_url.as_deref()))),
    ]
}

/// Whether an address is a site's own, without a path.
fn is_root(url: Option<&str>) -> bool {
    let path = url.and_then(|u| u.split_once("://")).map(|(_, rest)| rest.trim_end_matches('/'));
    path.is_some_and(|rest| !rest.contains(['/', '?']))
}
