//! What is known of a list of names, as numbers.
//!
//! What holds: the same order as the fitted table's; every number between -4 and 4.

use super::lists::{List, Place, SOURCES, Source, key};
use super::names::shape;
use crate::clean::block::Document;
use crate::clean::metadata::Sources;
use crate::clean::text::list::{WordList, Words};

/// Features beyond the places where a list was found.
const OTHERS: usize = 30;
/// Length of a row.
pub(super) const FEATURES: usize = SOURCES + OTHERS;

/// What houses and desks are called rather than people.
static DESKS: WordList = WordList::new(|| {
    Words::of(
        "redaktion|team|staff|desk|editors|editorial|agency|agencies|agencia|agence|newsroom|reporter|reporters|correspondent|\
    reuters|afp|dpa|ap|apa|sda|ansa|efe|tass|xinhua|press|news|nachrichten|media|magazin|magazine|online|gmbh|verlag|rédaction|redacción|\
    redação|redazione|redactie|redaksjonen|haber|ajansı|agencies|bureau|times|post|zeitung|tv|radio|blog|club|verein|foundation|institute|\
    association|university|company|inc|ltd|ag|e.v|editor|contributor|writers|council|department|com|de|org|net",
    )
});

/// The lists' features.
pub(super) fn rows(lists: &[List], sources: &Sources<'_>) -> Vec<[f32; FEATURES]> {
    let place = Place::of(sources.document);
    let sites = sites(sources);
    let outlet: Vec<f32> = lists
        .iter()
        .map(|l| share(l, |n, k| is_desk(k) || is_site(k, &sites) || n.contains('.') && !n.contains(' ')))
        .collect();
    (0..lists.len()).map(|i| row(lists, i, &place, &outlet, sources.document, &sites)).collect()
}

/// Names that the site goes by, letters and digits alone.
fn sites(sources: &Sources<'_>) -> Vec<String> {
    let meta = &sources.document.meta;
    let host = sources.page_url.and_then(|u| u.host_str()).map(|h| h.trim_start_matches("www."));
    let label = host.and_then(|h| h.rsplit('.').find(|l| l.len() > 3).or(h.split('.').next()));
    [meta.site_name.as_deref(), meta.publisher.as_deref(), host, label]
        .into_iter()
        .flatten()
        .map(compact)
        .filter(|s| s.len() > 1)
        .collect()
}

fn compact(text: &str) -> String {
    key(text).replace(' ', "")
}

fn is_site(key: &str, sites: &[String]) -> bool {
    let name = key.replace(' ', "");
    sites.iter().any(|s| *s == name || s.len() > 3 && name.contains(s.as_str()) || name.len() > 4 && s.contains(&name))
}

fn is_desk(key: &str) -> bool {
    key.split(' ').any(|w| DESKS.has(w))
}

/// The share of a list's names that a question holds for.
fn share(list: &List, holds: impl Fn(&str, &str) -> bool) -> f32 {
    let count = list.names.iter().zip(&list.keys).filter(|(n, k)| holds(n, k)).count();
    count as f32 / list.names.len().max(1) as f32
}

fn row(
    lists: &[List],
    i: usize,
    place: &Place,
    outlet: &[f32],
    document: &Document,
    sites: &[String],
) -> [f32; FEATURES] {
    let mut row = [0.0; FEATURES];
    let own = &lists[i];
    for (s, found) in own.found.iter().enumerate() {
        row[s] = f32::from(u8::from(*found));
    }
    if own.names.is_empty() {
        let any = |source: Source| lists.iter().any(|l| l.found[source as usize]);
        row[SOURCES] = libm::logf(lists.len() as f32) / 2.0;
        row[SOURCES + 1] = f32::from(u8::from(any(Source::Graph)));
        row[SOURCES + 2] = f32::from(u8::from(any(Source::Opener) || any(Source::MarkProp) || any(Source::MarkLink)));
        return row;
    }
    let flag = |b: bool| f32::from(u8::from(b));
    let count = own.names.len();
    let person = own.names.iter().map(|n| shape(n)).sum::<f32>() / count as f32;
    let others = || lists.iter().enumerate().filter(|(j, l)| *j != i && !l.names.is_empty());
    let subset = |a: &List, b: &List| a.keys.iter().all(|k| b.keys.contains(k)) && a.keys.len() < b.keys.len();
    let within =
        |a: &List, b: &List| a.keys.iter().any(|k| b.keys.iter().any(|o| o.len() > k.len() && o.contains(k.as_str())));
    let best_other = others().map(|(j, l)| {
        if outlet[j] < 0.5 { l.names.iter().map(|n| shape(n)).sum::<f32>() / l.names.len() as f32 } else { 0.0 }
    });
    let better = best_other.fold(0.0, f32::max);
    let declared = own.found[Source::Graph as usize]
        || own.found[Source::Meta as usize]
        || own.found[Source::GraphCreator as usize];
    let title = document.meta.headline.as_deref().map(key).unwrap_or_default();
    let block = own.block.map(|b| &document.blocks[b]);
    let near = |at: Option<usize>| match (own.block, at) {
        (Some(b), Some(at)) => 1.0 / (1.0 + b.abs_diff(at) as f32 / 4.0),
        _ => 0.0,
    };
    let behind = matches!((own.block, place.last), (Some(b), Some(last)) if b > last);
    let inside = matches!((own.block, place.first, place.last), (Some(b), Some(f), Some(l)) if b > f && b <= l);
    let sources = own.found.iter().filter(|f| **f).count() as f32;
    let values: [f32; OTHERS] = [
        sources / 3.0,
        flag(sources > 1.5),
        flag(count == 2),
        flag(count > 2),
        flag(count > 5),
        person,
        flag(person >= 0.8),
        flag(own.names.iter().all(|n| !n.contains(' '))),
        share(own, |n, _| n.chars().next().is_some_and(char::is_lowercase)),
        outlet[i],
        outlet[i] * better,
        flag(outlet[i] > 0.5 && declared),
        share(own, |_, k| is_site(k, sites)),
        share(own, |n, _| n.chars().any(|c| c.is_ascii_digit())),
        share(own, |n, _| n.split(' ').count() > 4),
        flag(others().any(|(_, l)| subset(own, l))),
        flag(others().any(|(_, l)| subset(l, own))),
        flag(others().any(|(_, l)| within(own, l))),
        flag(others().any(|(_, l)| within(l, own))),
        flag(others().any(|(_, l)| l.keys.iter().any(|k| own.keys.contains(k)))),
        near(place.headline),
        near(place.first),
        near(place.last),
        flag(behind),
        flag(inside),
        (own.rank as f32).min(4.0) / 2.0,
        block.map_or(0.0, |b| b.link_bytes as f32 / (b.end - b.start).max(1) as f32),
        share(own, |_, k| title.contains(k)),
        flag(own.block.is_none()),
        flag(declared && own.block.is_some()),
    ];
    row[SOURCES..].copy_from_slice(&values);
    row
}
