//! Which blocks are the main article's text: each block's score, its siblings' and its container's.

use super::score::priors;
use super::view::{View, word_hashes};
use crate::clean::block::BlockKind;
use rustc_hash::{FxHashMap, FxHashSet};

/// Most that a block's siblings weigh against its own score.
const SIBLINGS_TRUST_MAX: f32 = 0.4;

/// Scores of blocks as log odds.
pub(super) fn scores(view: &View<'_>, article_body: Option<&str>) -> Vec<f32> {
    let mut scores: Vec<f32> = priors(view);
    agree_with_data(view, article_body, &mut scores);
    agree_with_siblings(view, &mut scores);
    scores
}

/// The structured data's `articleBody` is evidence for the blocks that stand in it, and none against the others: it is
/// often cut.
fn agree_with_data(view: &View<'_>, article_body: Option<&str>, scores: &mut [f32]) {
    let Some(text) = article_body.filter(|t| t.len() > 200) else { return };
    let known: FxHashSet<u64> = shingles(text).into_iter().collect();
    for (i, score) in scores.iter_mut().enumerate() {
        let own = shingles(view.document.text_of(i));
        let hits = own.iter().filter(|s| known.contains(s)).count();
        if !own.is_empty() && hits * 4 > own.len() * 3 {
            *score += 2.5;
        }
    }
}

/// Hashes of four words in a row.
fn shingles(text: &str) -> Vec<u64> {
    let words: Vec<u64> = word_hashes(text).collect();
    words
        .windows(4)
        .map(|w| w.iter().fold(0u64, |h, x| h.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ x))
        .collect()
}

/// Blocks whose ancestors have the same tags and classes are mostly of one kind.
fn agree_with_siblings(view: &View<'_>, scores: &mut [f32]) {
    let mut groups: FxHashMap<u64, (f32, f32)> = FxHashMap::default();
    for (i, score) in scores.iter().enumerate() {
        let weight = view.measures[i].words.min(60.0) + 1.0;
        let group = groups.entry(view.signature[view.path_of(i)]).or_default();
        group.0 += weight * score.clamp(-4.0, 4.0);
        group.1 += weight;
    }
    for (i, score) in scores.iter_mut().enumerate() {
        let own = view.measures[i].words.min(60.0) + 1.0;
        let (sum, weight) = groups[&view.signature[view.path_of(i)]];
        let others = weight - own;
        if others > 0.0 {
            let mean = (sum - own * score.clamp(-4.0, 4.0)) / others;
            let trust = (others / (others + 40.0)) * SIBLINGS_TRUST_MAX;
            *score = *score * (1.0 - trust) + mean * trust;
        }
    }
}

/// Which blocks are the main article's text.
pub(super) fn select(view: &View<'_>, scores: &[f32]) -> Vec<bool> {
    let container = container(view, scores);
    let inside = members(view, container);
    let n = scores.len();
    let mut chosen: Vec<bool> = (0..n).map(|i| inside[i] && scores[i] > 0.0).collect();
    bridge(view, scores, &inside, &mut chosen);
    trim(view, &mut chosen);
    chosen
}

/// The path node whose subtree holds the most text for the least furniture.
fn container(view: &View<'_>, scores: &[f32]) -> usize {
    let paths = &view.document.paths;
    let mut gains = vec![0f32; paths.len()];
    for (i, score) in scores.iter().enumerate() {
        let words = view.measures[i].words;
        let p = 1.0 / (1.0 + (-score).exp());
        gains[view.path_of(i)] +=
            if p > 0.5 { words * (2.0 * p - 1.0) } else { (0.35 * words + 1.5) * (2.0 * p - 1.0) };
    }
    for id in (1..paths.len()).rev() {
        gains[paths[id].parent as usize] += gains[id];
    }
    // The innermost of those that are about as good.
    (0..paths.len()).max_by(|a, b| gains[*a].total_cmp(&gains[*b])).unwrap_or(0)
}

/// Which blocks stand inside a path node.
fn members(view: &View<'_>, container: usize) -> Vec<bool> {
    let paths = &view.document.paths;
    let mut inside = vec![false; paths.len()];
    inside[container] = true;
    for id in 1..paths.len() {
        inside[id] |= inside[paths[id].parent as usize];
    }
    (0..view.document.blocks.len()).map(|i| inside[view.path_of(i)]).collect()
}

/// Short blocks between chosen ones (subheadings, lines of dialogue, items of lists) come along.
fn bridge(view: &View<'_>, scores: &[f32], inside: &[bool], chosen: &mut [bool]) {
    let before = chosen.to_vec();
    for i in 0..chosen.len() {
        if before[i] || !inside[i] || scores[i] < -3.2 {
            continue;
        }
        let near = |j: usize| before[j] && scores[j] > 0.5;
        let behind = (i.saturating_sub(3)..i).rev().find(|j| near(*j));
        let ahead = (i + 1..(i + 4).min(chosen.len())).find(|j| near(*j));
        let (Some(behind), Some(ahead)) = (behind, ahead) else { continue };
        let parent = |j: usize| view.document.paths[view.path_of(j)].parent;
        let kin = parent(i) == parent(behind) || parent(i) == parent(ahead);
        let heading = matches!(view.document.blocks[i].kind, BlockKind::Heading(_));
        let bar = if heading {
            -2.0
        } else if kin {
            -1.6
        } else {
            -0.7
        };
        chosen[i] = scores[i] > bar && view.links[i] < 0.6;
    }
}

/// No heading ends a body: it heads what was left out.
fn trim(view: &View<'_>, chosen: &mut [bool]) {
    for i in (0..chosen.len()).rev() {
        if chosen[i] {
            if !matches!(view.document.blocks[i].kind, BlockKind::Heading(_)) {
                return;
            }
            chosen[i] = false;
        }
    }
}
