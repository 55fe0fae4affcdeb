//! Items of lists of which most are text already: the trees doubt short ones between others that they take.
//!
//! What holds: only items of the same list, that are no links and that the trees do not rule out; linear in blocks times depth.

use super::foreign;
use super::refine::taken;
use super::view::View;
use crate::clean::block::{BlockKind, PathId};
use crate::clean::html::Tag;
use crate::clean::text::Furniture;
use crate::clean::tree;
use rustc_hash::FxHashMap;

/// A list has so many items of text at least,
const TAKEN_MIN: usize = 2;
/// and this share of its items is text.
const TAKEN_SHARE: f32 = 0.5;
/// An item has this score at least,
const ITEM_AT: f32 = 0.03;
/// and less than this share of its bytes in links.
const LINKS_MAX: f32 = 0.3;

/// Adds the other items of the text's lists.
pub(super) fn complete(view: &View<'_>, scores: &[f32], chosen: &mut [bool]) {
    let is_item = |i: usize| view.document.blocks[i].kind == BlockKind::ListItem;
    if !taken(chosen).any(is_item) {
        return;
    }
    let lists: Vec<Option<PathId>> = (0..chosen.len()).map(|i| if is_item(i) { list(view, i) } else { None }).collect();
    let mut counts: FxHashMap<PathId, (usize, usize)> = FxHashMap::default();
    for (list, is_text) in lists.iter().zip(chosen.iter()) {
        let Some(list) = list else { continue };
        let (all, text) = counts.entry(*list).or_default();
        *all += 1;
        *text += usize::from(*is_text);
    }
    let is_texts = |(all, text): &(usize, usize)| *text >= TAKEN_MIN && *text as f32 >= *all as f32 * TAKEN_SHARE;
    for (i, list) in lists.iter().enumerate() {
        let is_of_text = list.is_some_and(|list| counts.get(&list).is_some_and(is_texts));
        chosen[i] |= is_of_text && scores[i] >= ITEM_AT && may_be(view, i);
    }
}

/// Whether a block may be an item of the text: no link, no furniture, no day by itself, and nothing that the page says again.
fn may_be(view: &View<'_>, i: usize) -> bool {
    let is_furniture = view.lexicon[i] != Furniture::default();
    view.links[i] < LINKS_MAX && view.repeats[i] == 1 && !is_furniture && !foreign::is_date(view, i)
}

/// The list that a block stands in.
fn list(view: &View<'_>, i: usize) -> Option<PathId> {
    let paths = &view.document.paths;
    tree::ancestors(view.document, view.document.blocks[i].path)
        .find(|around| matches!(paths[*around as usize].tag, Tag::Ul | Tag::Ol))
}
