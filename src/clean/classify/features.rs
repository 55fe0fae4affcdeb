//! What is asked of a block, as numbers: the one input of the score, whoever computes it.
//!
//! What holds: the order is fixed, the fitted weights stand in the same one; all values are small (about -1..8).

use super::cues::{CUES, Cue};
use super::view::View;
use crate::clean::block::BlockKind;

/// Features that are no cues.
const PLAIN: usize = 68;
/// How many features a block has.
pub(crate) const FEATURES: usize = PLAIN + 2 * CUES;

/// Upper bounds of the classes of length, words.
const LENGTHS: [f32; 8] = [2.5, 5.5, 9.5, 15.5, 25.5, 40.5, 70.5, f32::MAX];

/// Fills `out` with the features of block `i`.
pub(crate) fn fill(view: &View<'_>, i: usize, out: &mut [f32; FEATURES]) {
    *out = [0.0; FEATURES];
    let mut at = Writer { out, at: 0 };
    own(view, i, &mut at);
    place(view, i, &mut at);
    around(view, i, &mut at);
    debug_assert!(at.at <= PLAIN);
    at.at = PLAIN;
    cues(view, i, &mut at);
}

struct Writer<'o> {
    out: &'o mut [f32; FEATURES],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, value: f32) {
        self.out[self.at] = value;
        self.at += 1;
    }

    fn flag(&mut self, value: bool) {
        self.put(f32::from(u8::from(value)));
    }
}

/// The text itself.
fn own(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let m = &view.measures[i];
    let link = view.links[i];
    let length = LENGTHS.iter().position(|l| m.words < *l).unwrap_or(7);
    for class in 0..8 {
        at.flag(class == length);
    }
    at.put(link.min(0.3) * 3.0);
    at.put(link);
    at.put(if m.words < 12.0 { link } else { 0.0 });
    at.flag(m.ends);
    at.flag(m.ends && m.words >= 10.0);
    at.flag(m.colon);
    at.put(m.stops.min(4) as f32);
    at.put(m.commas.min(4) as f32);
    at.put(m.separators.min(4) as f32);
    at.flag(m.rights);
    at.flag(m.lower_start);
    at.put(if m.words > 1.0 && m.words < 15.0 { m.named as f32 / m.words } else { 0.0 });
    at.put(m.digits as f32 / m.chars.max(1) as f32);
    at.flag(m.quotes > 0);
    at.put((view.repeats[i].min(5) - 1) as f32);
    at.put(if m.words > 8.0 { (view.repeats[i].min(5) - 1) as f32 } else { 0.0 });
    at.put(view.title_cover[i]);
    at.put(view.title_share[i]);
    let kind = view.document.blocks[i].kind;
    at.flag(matches!(kind, BlockKind::Heading(1)));
    at.flag(matches!(kind, BlockKind::Heading(2 | 3)));
    at.flag(matches!(kind, BlockKind::Heading(4..)));
    at.flag(kind == BlockKind::ListItem);
    at.flag(kind == BlockKind::ListItem && m.words > 9.0);
    at.flag(kind == BlockKind::Quote);
    at.flag(kind == BlockKind::Caption);
    at.flag(kind == BlockKind::Table);
    at.flag(kind == BlockKind::Code);
}

/// The elements around it.
fn place(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let node = &view.document.paths[view.path_of(i)];
    let within = view.within(i);
    at.flag(node.tag == "p");
    at.flag(node.tag == "div");
    at.flag(matches!(node.tag, "span" | "a"));
    for inside in [
        within.article,
        within.main,
        within.aside,
        within.nav,
        within.footer,
        within.header,
        within.form,
        within.figure,
        within.list,
        within.table,
        within.section,
        within.quote,
    ] {
        at.flag(inside);
    }
    at.flag(node.hidden);
    at.flag(view.foreign[i]);
    let start = view.headline.unwrap_or(0);
    at.flag(i < start);
    at.put(if i >= start { 1.0 / (1.0 + (i - start) as f32) } else { 0.0 });
    at.put(view.before[i] / view.words.max(1.0));
}

/// What stands beside it and shares its element or class path.
fn around(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let page = view.sums[0].prose.max(1.0);
    let parent = view.document.paths[view.path_of(i)].parent as usize;
    let grandparent = view.document.paths[parent].parent as usize;
    for node in [parent, grandparent] {
        let sum = view.sums[node];
        at.put(sum.prose / page);
        at.put(sum.link_words / sum.words.max(1.0));
        at.put(sum.prose / sum.words.max(1.0));
    }
    let group = view.group(i);
    at.put((1.0 + group.blocks as f32).ln().min(4.0));
    at.put(group.prose / page);
    at.put(group.prose / group.words.max(1.0));
    at.put(group.link_words / group.words.max(1.0));
    for j in [i.checked_sub(1), Some(i + 1)] {
        at.flag(j.is_some_and(|j| j < view.measures.len() && view.is_prose(j)));
    }
}

/// What class words say: near (the element, its parent) and far.
fn cues(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let path = view.path_of(i);
    for cue in 0..CUES {
        let (distance, node) = view.nearest(path, cue);
        let counts = distance > 0
            && (distance == 1 || is_support(cue) || view.sums[node].prose < 0.5 * view.sums[0].prose.max(1.0));
        at.put(if counts && distance <= 2 { 1.0 } else { 0.0 });
        at.put(if counts && distance > 2 { 1.6 / f32::from(distance - 1).sqrt() } else { 0.0 });
    }
}

/// Cues that speak for text. The others are not counted where their element holds most of the page's prose: a page-wide
/// wrapper's words (a theme's `has-sidebar`) say nothing of its parts.
fn is_support(cue: usize) -> bool {
    [Cue::ArticleBody, Cue::Article, Cue::Content, Cue::Text].iter().any(|c| *c as usize == cue)
}
