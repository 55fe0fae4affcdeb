//! Which of the page's titles is the article's headline.
//!
//! What holds: the site's name is no part of it; the words come from one of the candidates, never glued together.

use super::json_ld::Article;
use super::{Metas, fold};
use crate::clean::block::{BlockKind, Class, Document};
use crate::clean::classify::folded_words;
use crate::clean::html::Gathered;

/// Longest headline, bytes.
const HEADLINE_BYTES_MAX: usize = 500;

/// The headline, or `None` where the page names none.
pub(super) fn choose(document: &Document, gathered: &Gathered<'_>, article: Option<&Article>) -> Option<String> {
    let metas = Metas(gathered);
    let site = document.meta.site_name.as_deref();
    let clean = |t: String| without_site(&t, site).to_owned();
    let graph = article.and_then(|a| a.headline.clone()).map(clean);
    let og = metas
        .get(&["og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "cxenseparse:title"])
        .map(clean);
    let title = gathered.title.clone().map(|t| without_site(&t, site).to_owned());
    let shown = shown(document);
    let known: Vec<&String> = [&graph, &og, &title].into_iter().flatten().filter(|t| !t.is_empty()).collect();
    // What the page shows wins where what it declares agrees.
    if let Some(shown) = &shown {
        let agreement = known.iter().map(|k| agreement(shown, k)).fold(0.0, f32::max);
        if known.is_empty() || agreement > 0.5 {
            return Some(shown.clone());
        }
    }
    let declared = graph.or(og).or(title).filter(|t| !t.is_empty());
    declared.or(shown).map(|t| t[..t.floor_char_boundary(HEADLINE_BYTES_MAX)].to_owned())
}

/// The block that was taken for the headline, else the page's only first-level heading.
fn shown(document: &Document) -> Option<String> {
    let text = |i: usize| fold(document.text_of(i));
    let classed = document.blocks.iter().position(|b| b.class == Class::Headline).map(text);
    classed.or_else(|| {
        let mut firsts = (0..document.blocks.len()).filter(|i| document.blocks[*i].kind == BlockKind::Heading(1));
        let first = firsts.next()?;
        firsts.next().is_none().then(|| text(first))
    })
}

/// Share of words that two titles have in common.
fn agreement(a: &str, b: &str) -> f32 {
    let (a, b): (Vec<String>, Vec<String>) = (folded_words(a).collect(), folded_words(b).collect());
    let common = a.iter().filter(|w| b.contains(w)).count() as f32;
    2.0 * common / (a.len() + b.len()).max(1) as f32
}

/// A title without the site's name before or after a separator.
pub(super) fn without_site<'t>(title: &'t str, site: Option<&str>) -> &'t str {
    const SEPARATORS: &[&str] =
        &[" | ", " - ", " – ", " — ", " :: ", " » ", " « ", " · ", " • ", " / ", "｜", "_", " : "];
    let same = |part: &str| {
        site.is_some_and(|s| {
            let (part, site) = (part.trim().to_lowercase(), s.trim().to_lowercase());
            part == site || part.replace(' ', "") == site.replace(' ', "")
        })
    };
    for separator in SEPARATORS {
        if let Some((before, after)) = title.rsplit_once(separator) {
            if same(after) {
                return without_site_once(before, site, &same);
            }
            let (first, rest) = title.split_once(separator).unwrap_or((before, after));
            if same(first) {
                return rest.trim();
            }
        }
    }
    // Without a known name: a short tail behind a separator is the site's.
    for separator in [" | ", " - ", " – ", " — ", " :: ", " » ", " · ", "｜", " • "] {
        if let Some((before, after)) = title.rsplit_once(separator) {
            let (b, a) = (folded_words(before).count(), folded_words(after).count());
            if site.is_none() && b >= 3 && a <= 4 && a < b {
                return without_site(before, None);
            }
        }
    }
    title.trim()
}

/// Sections often stand between headline and name: `Headline | Sport | The Herald`.
fn without_site_once<'t>(title: &'t str, _site: Option<&str>, _same: &impl Fn(&str) -> bool) -> &'t str {
    match title.rsplit_once(" | ") {
        Some((before, after)) if folded_words(after).count() <= 2 && folded_words(before).count() >= 4 => before.trim(),
        _ => title.trim(),
    }
}
