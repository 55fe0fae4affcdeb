//! Whether the page holds an article of its own.

use super::cues::Cue;
use super::view::View;
use crate::clean::block::{BlockKind, Class, Metadata};

/// 0..1; below one half the page is a shop, a category, a home page.
pub(super) fn article_score(
    view: &View<'_>,
    scores: &[f32],
    body: &[bool],
    classes: &[(Class, f32)],
    meta: &Metadata,
) -> f32 {
    let mut chosen = (0.0, 0.0, 0u32);
    for i in (0..scores.len()).filter(|i| body[*i]) {
        let m = &view.measures[i];
        chosen.0 += m.words;
        chosen.1 += if m.words > 12.0 && m.ends { m.words } else { 0.0 };
        chosen.2 += 1;
    }
    let (words, prose, blocks) = chosen;
    let share = words / view.words.max(1.0);
    let link_share = view.sums[0].link_words / view.words.max(1.0);
    let is = |names: &[&str]| meta.page_types.iter().any(|t| names.contains(&t.as_str()));
    let mut z = -3.3 + 0.55 * (1.0 + prose).ln() + 1.2 * share - 1.5 * link_share;
    z += 1.2 * (prose / words.max(1.0) - 0.6);
    z += if is(&[
        "newsarticle",
        "article",
        "reportagenewsarticle",
        "blogposting",
        "opinionnewsarticle",
        "analysisnewsarticle",
    ]) {
        1.2
    } else {
        0.0
    };
    z -= if is(&[
        "product",
        "itemlist",
        "collectionpage",
        "productgroup",
        "offercatalog",
        "service",
        "searchresultspage",
        "localbusiness",
    ]) {
        1.5
    } else {
        0.0
    };
    z += if meta.date_published.is_some() { 0.8 } else { -0.5 };
    z += if meta.authors.is_empty() { -0.2 } else { 0.5 };
    // Pages that sell or explain a service are cut into many short pieces, each with its heading.
    let headings = (0..scores.len())
        .filter(|i| body[*i] && matches!(view.document.blocks[*i].kind, BlockKind::Heading(_)))
        .count();
    z -= 1.5 * headings as f32 / blocks.max(1) as f32;
    z += if classes.iter().any(|c| c.0 == Class::Byline) { 0.5 } else { 0.0 };
    z += if is(&["website"]) { -0.4 } else { 0.0 };
    let root = meta
        .canonical_url
        .as_deref()
        .is_some_and(|u| u.split("://").nth(1).is_some_and(|rest| rest.trim_end_matches('/').split('/').count() == 1));
    z -= if root { 2.0 } else { 0.0 };
    let product = (0..scores.len()).filter(|i| view.cue(*i, Cue::Product) > 0.3).count() as f32 / scores.len() as f32;
    z -= 2.0 * product;
    z -= if blocks < 2 { 0.5 } else { 0.0 };
    1.0 / (1.0 + (-z).exp())
}
