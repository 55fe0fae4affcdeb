//! Readers' posts behind an article, told by what stands over each: a name with the day and the hour.
//!
//! What holds: such lines speak only together, by several names, and of what is of other elements than the text before; linear in the
//! page's blocks.

use super::refine::{taken, way, ways};
use super::view::View;
use crate::clean::text::date;
use rustc_hash::{FxHashMap, FxHashSet};

/// So many posts stand under lines of the same elements.
const POSTS_MIN: usize = 3;
/// A line over a post has so many words at most,
const HEAD_WORDS_MAX: f32 = 14.0;
/// and so many digits at least: those of a day, a year and an hour.
const HEAD_DIGITS_MIN: u32 = 5;
/// Of its words so many are neither of the date nor of what usually stands beside it: the name.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 1..=6;
/// So many words of text stand before the first of them.
const BEFORE_WORDS_MIN: f32 = 15.0;

/// What readers wrote, if none of it is of the elements of the text before.
pub(super) fn posts(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let Some(first) = taken(chosen).next() else { return Vec::new() };
    let may_head = |i: &usize| {
        let measure = &view.measures[*i];
        measure.digits >= HEAD_DIGITS_MIN && measure.words <= HEAD_WORDS_MAX
    };
    let mut heads: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for i in (first + 1..chosen.len()).filter(may_head) {
        heads.entry(way(view, i)).or_default().push(i);
    }
    heads.retain(|_, heads| heads.len() >= POSTS_MIN);
    let begins = heads.into_values().filter(|heads| are_over_posts(view, chosen, heads)).map(|heads| heads[0]).min();
    let Some(begin) = begins else { return Vec::new() };
    let (before, behind): (Vec<usize>, Vec<usize>) = taken(chosen).partition(|i| *i < begin);
    let own = ways(view, &before);
    let are_others = behind.iter().all(|i| !own.contains(&way(view, *i)));
    let words: f32 = before.iter().map(|i| view.measures[*i].words).sum();
    if are_others && words >= BEFORE_WORDS_MIN { behind } else { Vec::new() }
}

/// Whether text stands behind most of these lines, and most are by a name of their own.
fn are_over_posts(view: &View<'_>, chosen: &[bool], heads: &[usize]) -> bool {
    let names: Vec<(usize, String)> =
        heads.iter().filter_map(|i| Some((*i, name(view.document.text_of(*i))?))).collect();
    let different: FxHashSet<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
    let ends = heads[1..].iter().copied().chain([chosen.len()]);
    let followed = heads.iter().zip(ends).filter(|(head, end)| chosen[**head + 1..*end].contains(&true)).count();
    names.len() * 2 > heads.len()
        && different.len() * 2 > names.len()
        && different.len() >= POSTS_MIN - 1
        && followed * 2 > heads.len()
}

/// Whom a line names beside a day and an hour.
fn name(line: &str) -> Option<String> {
    let found = date::find(line).filter(|found| found.time.is_some() && NAME_WORDS.contains(&found.others))?;
    let rest = [&line[..found.range.0], &line[found.range.1..]].concat();
    Some(rest.chars().filter(|c| c.is_alphabetic()).collect())
}
