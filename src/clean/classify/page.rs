//! Whether the page holds an article of its own.

use super::cues::Cue;
use super::view::View;
use crate::clean::block::Metadata;

/// 0..1; below one half the page is a shop, a category, a home page.
pub(super) fn article_score(view: &View<'_>, scores: &[f32], body: &[bool], meta: &Metadata) -> f32 {
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
    let mut z = -2.4 + 0.55 * (1.0 + prose).ln() + 1.2 * share - 1.5 * link_share;
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
    let product = (0..scores.len()).filter(|i| view.cue(*i, Cue::Product) > 0.3).count() as f32 / scores.len() as f32;
    z -= 2.0 * product;
    z -= if blocks < 2 { 0.5 } else { 0.0 };
    1.0 / (1.0 + (-z).exp())
}
