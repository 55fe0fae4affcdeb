//! What is asked of a block, as numbers: the one input of the trees.
//!
//! What holds: the order is fixed, the trained table stands on it, so a change here needs a new table; nothing calls the
//! platform's mathematics library, whose last digits differ; linear in the page's blocks.

use super::cues::{CUES, Cue};
use super::scores::Scores;
use super::view::{Shares, Sum, View};
use crate::clean::block::BlockKind;
use crate::clean::html::{self, Tag};

/// Features of the first pass.
pub(crate) const FIRST: usize = 18 + 4 + 28 + 12 + 12 + 9 + 12 + 9 + CUES + SHARES.len() + 6;
/// Features that the second pass adds, all made of the first pass's scores.
pub(crate) const SECOND: usize = 11 + 8 + 10 + 13;

/// Where there is nothing to measure.
const NONE: f32 = -1.0;

/// Fills `out` with the first pass's features of block `i`.
pub(crate) fn first(view: &View<'_>, i: usize, out: &mut [f32]) {
    let mut at = Writer { out, at: 0 };
    own(view, i, &mut at);
    let lexicon = &view.lexicon[i];
    for count in [lexicon.account, lexicon.credit, lexicon.advert, lexicon.other] {
        at.put(f32::from(count.min(6)));
    }
    place(view, i, &mut at);
    around(view, i, &mut at);
    groups(view, i, &mut at);
    main(view, i, &mut at);
    neighbours(view, i, &mut at);
    windows(view, i, &mut at);
    cues(view, i, &mut at);
    since_headline(view, i, &mut at);
    debug_assert_eq!(at.at, FIRST);
}

struct Writer<'o> {
    out: &'o mut [f32],
    at: usize,
}

impl Writer<'_> {
    #[inline(always)]
    fn put(&mut self, value: f32) {
        self.out[self.at] = value;
        self.at += 1;
    }

    #[inline(always)]
    fn flag(&mut self, value: bool) {
        self.put(f32::from(u8::from(value)));
    }
}

fn kind(view: &View<'_>, i: usize) -> f32 {
    match view.document.blocks[i].kind {
        BlockKind::Paragraph => 0.0,
        BlockKind::ListItem => 1.0,
        BlockKind::Quote => 2.0,
        BlockKind::Code => 3.0,
        BlockKind::Table => 4.0,
        BlockKind::Caption => 5.0,
        BlockKind::Heading(level) => 5.0 + f32::from(level),
    }
}

/// The text itself.
fn own(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let m = &view.measures[i];
    let words = m.words.max(1.0);
    let chars = m.chars.max(1) as f32;
    at.put(m.words);
    at.put(m.stops as f32);
    at.put(m.commas as f32 / words);
    at.put(m.digits as f32 / chars);
    at.put(m.capitals as f32 / chars);
    at.put(m.named as f32 / words);
    at.put(m.separators as f32);
    at.put(m.quotes as f32);
    at.flag(m.ends);
    at.flag(m.rights);
    at.put(m.unspaced as f32 / chars);
    at.put(view.links[i]);
    at.put(f32::from(view.repeats[i].min(6)));
    at.put(view.title_cover[i]);
    at.put(view.title_share[i]);
    at.put(kind(view, i));
    at.put(view.data_share[i]);
    at.flag(view.after_figure[i]);
}

/// What is the same for all blocks of a page.
pub(super) const PAGE: usize = 9;

/// The page as a whole.
pub(super) fn page(view: &View<'_>) -> [f32; PAGE] {
    let page = &view.sums[0];
    [
        page.words,
        page.prose,
        page.prose / page.words.max(1.0),
        page.link_words / page.words.max(1.0),
        page.blocks as f32,
        page.words / page.blocks.max(1) as f32,
        f32::from(u8::from(view.has_article)),
        view.paragraph_prose / page.prose.max(1.0),
        view.unspaced,
    ]
}

/// The page, and the elements around the block.
fn place(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let n = view.document.blocks.len();
    let path = view.path_of(i);
    let node = &view.document.paths[path];
    let within = view.within(i);
    at.put(f32::from(view.nodes.tag[path]));
    at.put(f32::from(view.nodes.tag[node.parent as usize]));
    at.put(f32::from(node.depth));
    for inside in [
        within.article,
        within.main,
        within.aside,
        within.nav,
        within.footer,
        within.form,
        within.figure,
        within.section,
    ] {
        at.flag(inside);
    }
    at.flag(node.hidden);
    at.flag(view.foreign[i]);
    match view.headline {
        Some(h) => at.put((i as f32 - h as f32).clamp(-60.0, 200.0)),
        None => at.put(-100.0),
    }
    at.put(i as f32 / n as f32);
    at.put(i as f32);
    at.put((n - i) as f32);
    at.put(view.before[i] / view.words.max(1.0));
    view.page.iter().for_each(|value| at.put(*value));
    at.put(view.prose_before[i] / view.sums[0].prose.max(1.0));
}

/// The tags that are told apart.
pub(super) const TAGS: [Tag; 20] = [
    Tag::P,
    Tag::Div,
    Tag::Span,
    Tag::A,
    Tag::Li,
    Tag::Td,
    Tag::Section,
    Tag::Article,
    Tag::Blockquote,
    Tag::Figcaption,
    Tag::Ul,
    Tag::Ol,
    Tag::Main,
    Tag::H1,
    Tag::H2,
    Tag::H3,
    Tag::H4,
    Tag::Header,
    Tag::Footer,
    Tag::Aside,
];

/// Each tag's place among those, behind them all for any other.
static TAG_NUMBERS: [u8; html::TAGS] = {
    let mut numbers = [TAGS.len() as u8; html::TAGS];
    let mut i = 0;
    while i < TAGS.len() {
        numbers[TAGS[i] as usize] = i as u8;
        i += 1;
    }
    numbers
};

/// A tag's place among [`TAGS`], behind them all for any other.
pub(super) fn tag_number(tag: Tag) -> u8 {
    TAG_NUMBERS[tag as usize]
}

/// Sums over the enclosing elements.
fn around(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let mut node = view.path_of(i);
    for _ in 0..4 {
        node = view.document.paths[node].parent as usize;
        let Shares { prose, links, block_words } = view.shares[node];
        at.put(prose);
        at.put(links);
        at.put(block_words);
    }
}

/// Blocks with the same tags and classes around them, and with the same tags.
fn groups(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let page = view.sums[0].prose.max(1.0);
    for group in [view.group(i), view.tag_group(i)] {
        let Sum { blocks, words, link_words, prose } = group;
        at.put(blocks as f32);
        at.put(prose / page);
        at.put(prose / words.max(1.0));
        at.put(link_words / words.max(1.0));
        at.put(words / blocks.max(1) as f32);
        at.put(words / view.words.max(1.0));
    }
}

/// Where the block stands to the group of blocks with the most prose.
fn main(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let path = view.path_of(i);
    let m = &view.main;
    let (common, up) = view.up_to_main(path);
    let depth = f32::from(view.document.paths[path].depth);
    at.put(up);
    at.put(depth - f32::from(view.document.paths[common].depth));
    at.flag(view.nodes.tag_way[path] == m.tag_way);
    at.put((i as f32 - m.first as f32).clamp(-60.0, 200.0));
    at.put((m.last as f32 - i as f32).clamp(-60.0, 200.0));
    at.put(view.main_after[i]);
    at.put(view.shares[common].prose);
    at.put(view.shares[common].links);
    at.put(m.prose / view.sums[0].prose.max(1.0));
}

fn neighbours(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let n = view.document.blocks.len();
    let path = view.path_of(i);
    for offset in [-1isize, 1] {
        let Some(j) = i.checked_add_signed(offset).filter(|j| *j < n) else {
            for _ in 0..6 {
                at.put(NONE);
            }
            continue;
        };
        let other = view.path_of(j);
        at.put(view.measures[j].words);
        at.put(view.links[j]);
        at.put(kind(view, j));
        at.flag(view.measures[j].ends);
        at.put(if other == path {
            2.0
        } else {
            f32::from(u8::from(view.document.paths[other].parent == view.document.paths[path].parent))
        });
        at.flag(view.nodes.way[other] == view.nodes.way[path]);
    }
}

fn windows(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let n = view.document.blocks.len();
    for span in [3, 8, 24] {
        for (from, to) in [(i.saturating_sub(span), i), (i + 1, (i + 1 + span).min(n))] {
            let count = to.saturating_sub(from).max(1) as f32;
            let [words, links] = view.span(from, to);
            if from > i {
                at.put(words / count);
            }
            at.put(links / words.max(1.0));
        }
    }
}

/// Cues of which it matters how much of the page's prose their element holds: a page-wide wrapper's words (a theme's
/// `has-sidebar`) say nothing of its parts.
pub(super) const SHARES: [Cue; 12] = [
    Cue::ArticleBody,
    Cue::Article,
    Cue::Content,
    Cue::Text,
    Cue::Date,
    Cue::Caption,
    Cue::Comment,
    Cue::Teaser,
    Cue::Navigation,
    Cue::Sidebar,
    Cue::Consent,
    Cue::Newsletter,
];

/// What class words say: how near the element that says it is, and how much of the page's prose it holds.
fn cues(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let path = view.path_of(i);
    for distance in &view.nodes.near[path][..CUES] {
        at.put(if *distance == 0 { 30.0 } else { f32::from((*distance).min(29)) });
    }
    for node in view.nodes.near_node[path].map(|node| node as usize) {
        at.put(if node == 0 { NONE } else { view.shares[node].prose });
    }
}

/// What lies between the headline and the block: a second article has a headline and a byline of its own.
fn since_headline(view: &View<'_>, i: usize, at: &mut Writer<'_>) {
    let start = view.headline.map_or([0; 4], |h| view.passed[h]);
    for (here, start) in view.passed[i].iter().zip(start) {
        at.put((*here as f32 - start as f32).clamp(-20.0, 20.0));
    }
    at.flag(view.headline.is_some());
    at.put(view.description_share[i]);
}

/// Writes the second pass's features of block `i`, made of the first pass's scores.
pub(crate) fn second(view: &View<'_>, scores: &Scores<'_>, i: usize, out: &mut [f32]) {
    let n = view.document.blocks.len();
    let mut at = Writer { out, at: 0 };
    for offset in -5isize..=5 {
        let j = i.checked_add_signed(offset).filter(|j| *j < n);
        at.put(j.map_or(NONE, |j| scores.of[j]));
    }
    for span in [2, 5, 12, 30] {
        for (from, to) in [(i.saturating_sub(span), i), (i + 1, (i + 1 + span).min(n))] {
            at.put(scores.mean(from, to));
        }
    }
    let own = (scores.weight(view, i) * scores.of[i], scores.weight(view, i));
    let mut node = view.path_of(i);
    for _ in 0..4 {
        node = view.document.paths[node].parent as usize;
        at.put(scores.others(scores.nodes[node], own));
    }
    at.put(scores.others(scores.groups[view.nodes.way[view.path_of(i)] as usize], own));
    at.put(scores.others(scores.tag_groups[view.nodes.tag_way[view.path_of(i)] as usize], own));
    let (common, up) = scores.up_to_container(view, view.path_of(i));
    at.put(up);
    at.put(f32::from(view.document.paths[view.path_of(i)].depth) - f32::from(view.document.paths[common].depth));
    at.put(scores.others(scores.nodes[common], own));
    at.put(scores.nodes[common].1 / scores.nodes[0].1.max(1.0));
    let total = scores.total.max(1.0);
    at.put(scores.sure_before[i] / total);
    at.put((total - scores.sure_before[i]) / total);
    at.put(scores.total);
    at.put(scores.total / view.words.max(1.0));
    at.put(scores.last_sure[i]);
    at.put(scores.next_sure[i]);
    at.put((i as f32 - scores.first as f32).clamp(-60.0, 300.0));
    at.put((scores.last as f32 - i as f32).clamp(-60.0, 300.0));
    at.put(scores.count as f32);
    at.put(scores.count as f32 / (scores.last.saturating_sub(scores.first) + 1) as f32);
    at.put(scores.doubt);
    at.put(scores.under_heading[i]);
    at.put(scores.same_text_best[i]);
    debug_assert_eq!(at.at, SECOND);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, html};

    #[test]
    fn what_no_tree_may_ask_stands_where_the_script_has_it() {
        let markup =
            "<p>The bridge is open again, and all who wish may cross it from today on.</p><p>Menu</p><p>Home</p>";
        let (document, gathered) = html::read(markup, &CleanLimits { depth_max: 100, blocks_max: 100 });
        let view = View::new(&document, &gathered);
        let mut row = vec![0.0; FIRST];
        first(&view, 2, &mut row);
        // `SIZES` of model/train_blocks.py: blocks before and behind, the page's words, prose and blocks.
        let page = &view.sums[0];
        assert_eq!([37, 38, 40, 41, 44].map(|at| row[at]), [2.0, 1.0, page.words, page.prose, 3.0]);
        assert!(page.words > page.prose && page.prose > 3.0);
    }
}
