//! A page's blocks with what the classifier asks of them: measures, cues of their ancestors, sums over subtrees.
//!
//! What holds: linear in blocks and path nodes.

use super::cues::Cue;
use super::measure::{Measure, measure};
use super::nodes::{Nodes, Within};
use super::words::{WordSet, word_hashes, word_runs};
use super::{features, furniture};
use crate::clean::block::{BlockCounts, BlockKind, Document};
use crate::clean::html::{Gathered, Tag};
use crate::clean::text::Furniture;
use rustc_hash::FxHashMap;

/// Sums over a path node's subtree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    /// Blocks.
    pub(crate) blocks: u32,
    /// Words.
    pub(crate) words: f32,
    /// Words inside links.
    pub(crate) link_words: f32,
    /// Words in blocks that read like prose.
    pub(crate) prose: f32,
}

/// What follows from a node's sums alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares {
    /// Its part of the page's prose.
    pub(crate) prose: f32,
    /// The part of its words inside links.
    pub(crate) links: f32,
    /// Words a block.
    pub(crate) block_words: f32,
}

/// Longer blocks are not looked through for words of furniture.
const FURNITURE_WORDS_MAX: f32 = 40.0;

/// Longer blocks are compared with nothing but the structured data's body.
const COMPARED_WORDS_MAX: f32 = 80.0;
/// The same in bytes: words joined by hyphens count as one.
const COMPARED_BYTES_MAX: u32 = 4000;

/// The group of blocks, alike in tags and classes around them, that holds the most prose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Main {
    pub(crate) tag_way: u32,
    /// Its first and last block.
    pub(crate) first: usize,
    pub(crate) last: usize,
    /// Its words of prose.
    pub(crate) prose: f32,
    /// Depth of the innermost element around all of it.
    depth: f32,
}

/// A page as the classifier sees it.
pub(crate) struct View<'a> {
    pub(crate) document: &'a Document,
    pub(crate) measures: Vec<Measure>,
    /// Share of a block's bytes inside links.
    pub(crate) links: Vec<f32>,
    /// What is known of each path node.
    pub(crate) nodes: Nodes,
    /// Sums over the subtree of each path node,
    pub(crate) sums: Vec<Sum>,
    pub(crate) shares: Vec<Shares>,
    /// over blocks whose ways from the root have the same tags and classes, and the same tags.
    pub(crate) groups: Vec<Sum>,
    tag_groups: Vec<Sum>,
    /// The block that looks most like the page's headline, before anything is classified.
    pub(crate) headline: Option<usize>,
    /// Blocks in an `article` element other than the headline's.
    pub(crate) foreign: Vec<bool>,
    /// How many blocks have the same text.
    pub(crate) repeats: Vec<u16>,
    /// Share of a block's words that stand in the page's title.
    pub(crate) title_share: Vec<f32>,
    /// Share of the title's words that stand in the block.
    pub(crate) title_cover: Vec<f32>,
    /// A number that blocks of the same text share.
    pub(crate) text_number: Vec<u32>,
    pub(super) hashes: BlockWords,
    /// Words of furniture among a block's first words, by what they hint at.
    pub(crate) lexicon: Vec<Furniture>,
    /// What was passed up to and with each block: first and second headings, bylines and dates, blocks like the headline's,
    /// furniture.
    pub(crate) passed: Vec<[u32; 4]>,
    /// Share of a block's words that stand in the page's description; -1 without one.
    pub(crate) description_share: Vec<f32>,
    /// Share of a block's word runs that stand in the structured data's body; -1 without one.
    pub(crate) data_share: Vec<f32>,
    pub(crate) has_article: bool,
    /// A picture stands right before the block.
    pub(crate) after_figure: Vec<bool>,
    /// Words of prose in `p` elements.
    pub(crate) paragraph_prose: f32,
    /// Share of the page's characters in scripts written without spaces.
    pub(crate) unspaced: f32,
    /// Words of prose before each block.
    pub(crate) prose_before: Vec<f32>,
    /// The group of blocks with the most prose.
    pub(crate) main: Main,
    /// Blocks to the next block of that group.
    pub(crate) main_after: Vec<f32>,
    /// For each node the innermost element around it that also holds the main group.
    meet: Vec<u32>,
    /// Running sums of words and linked words.
    running: Vec<[f32; 2]>,
    /// Words of the whole page.
    pub(crate) words: f32,
    /// Words before each block.
    pub(crate) before: Vec<f32>,
    /// The features that all blocks share.
    pub(super) page: [f32; features::PAGE],
}

impl<'a> View<'a> {
    pub(crate) fn new(document: &'a Document, gathered: &Gathered<'_>) -> View<'a> {
        let count = document.blocks.len() + 1;
        let measures: Vec<Measure> = (0..document.blocks.len()).map(|i| measure(document.text_of(i))).collect();
        let links = document.blocks.iter().map(|b| b.link_share()).collect();
        let nodes = Nodes::new(document);
        let (text_number, repeats) = same_texts(document);
        let mut view = View {
            document,
            links,
            sums: vec![Sum::default(); document.paths.len()],
            shares: Vec::new(),
            groups: vec![Sum::default(); nodes.ways],
            tag_groups: vec![Sum::default(); nodes.tag_ways],
            nodes,
            hashes: BlockWords::read(document, &measures),
            headline: None,
            foreign: Vec::new(),
            repeats,
            text_number,
            title_share: Vec::with_capacity(count),
            title_cover: Vec::with_capacity(count),
            lexicon: Vec::new(),
            passed: Vec::with_capacity(count),
            description_share: Vec::new(),
            data_share: Vec::new(),
            has_article: document.paths.iter().any(|p| p.tag == Tag::Article),
            after_figure: after_figure(document),
            paragraph_prose: 0.0,
            unspaced: measures.iter().map(|m| m.unspaced).sum::<u32>() as f32
                / measures.iter().map(|m| m.chars).sum::<u32>().max(1) as f32,
            prose_before: Vec::with_capacity(count),
            main: Main::default(),
            main_after: Vec::new(),
            meet: Vec::with_capacity(document.paths.len()),
            running: Vec::with_capacity(count),
            words: measures.iter().map(|m| m.words).sum(),
            before: Vec::with_capacity(count),
            page: [0.0; features::PAGE],
            measures,
        };
        view.sum_up();
        view.find_main();
        view.compare_titles(gathered);
        view.find_headline();
        view.read_lexicon();
        view.pass_by();
        view.compare_data();
        view.compare_description();
        view.page = features::page(&view);
        view
    }

    fn sum_up(&mut self) {
        let (mut words, mut prose_before) = (0.0, 0.0);
        let mut running = [0.0; 2];
        self.running.push(running);
        for (i, block) in self.document.blocks.iter().enumerate() {
            let (m, link) = (&self.measures[i], self.links[i]);
            let prose = self.is_prose(i);
            self.before.push(words);
            words += m.words;
            self.prose_before.push(prose_before);
            prose_before += if prose { m.words } else { 0.0 };
            running = [words, running[1] + m.words * link];
            self.running.push(running);
            if prose && self.document.paths[block.path as usize].tag == Tag::P {
                self.paragraph_prose += m.words;
            }
            let path = block.path as usize;
            let group = &mut self.groups[self.nodes.way[path] as usize];
            let tag_group = &mut self.tag_groups[self.nodes.tag_way[path] as usize];
            for sum in [&mut self.sums[path], group, tag_group] {
                sum.blocks += 1;
                sum.words += m.words;
                sum.link_words += m.words * link;
                sum.prose += if prose { m.words } else { 0.0 };
            }
        }
        for id in (1..self.sums.len()).rev() {
            let sum = self.sums[id];
            let up = &mut self.sums[self.document.paths[id].parent as usize];
            up.blocks += sum.blocks;
            up.words += sum.words;
            up.link_words += sum.link_words;
            up.prose += sum.prose;
        }
        let page = self.sums[0].prose.max(1.0);
        let share = |sum: &Sum| Shares {
            prose: sum.prose / page,
            links: sum.link_words / sum.words.max(1.0),
            block_words: sum.words / sum.blocks.max(1) as f32,
        };
        self.shares = self.sums.iter().map(share).collect();
    }

    /// The group of blocks with the most prose (the first of equals), and where it stands.
    fn find_main(&mut self) {
        let n = self.document.blocks.len();
        let way = |i: usize| self.nodes.way[self.path_of(i)];
        let mut best: Option<(f32, usize)> = None;
        for i in 0..n {
            let prose = self.groups[way(i) as usize].prose;
            if best.is_none_or(|(b, _)| prose > b) {
                best = Some((prose, i));
            }
        }
        let Some((prose, first)) = best else { return };
        let wanted = way(first);
        let last = (0..n).rev().find(|i| way(*i) == wanted).unwrap_or(first);
        let mut common = self.path_of(first);
        let mut after = vec![100.0; n];
        for i in first..n {
            if way(i) == wanted {
                common = self.common(common, self.path_of(i));
            }
        }
        let mut far = 100.0f32;
        for i in (0..n).rev() {
            after[i] = far;
            far = if way(i) == wanted { 0.0 } else { (far + 1.0).min(100.0) };
        }
        self.main_after = after;
        let depth = f32::from(self.document.paths[common].depth);
        let tag_way = self.nodes.tag_way[self.path_of(first)];
        self.main = Main { tag_way, first, last, prose, depth };
        let mut on_way = vec![false; self.document.paths.len()];
        on_way[0] = true;
        while common != 0 {
            on_way[common] = true;
            common = self.document.paths[common].parent as usize;
        }
        for (id, node) in self.document.paths.iter().enumerate() {
            self.meet.push(if on_way[id] { id as u32 } else { self.meet[node.parent as usize] });
        }
    }

    /// The innermost element around both nodes.
    fn common(&self, a: usize, b: usize) -> usize {
        let (mut a, mut b) = (a, b);
        while a != b {
            // A parent always stands before its children.
            if a > b {
                a = self.document.paths[a].parent as usize;
            } else {
                b = self.document.paths[b].parent as usize;
            }
        }
        a
    }

    /// The innermost element that holds both a node and the main group, and how far above that group's it is.
    pub(crate) fn up_to_main(&self, path: usize) -> (usize, f32) {
        let node = self.meet[path] as usize;
        (node, self.main.depth - f32::from(self.document.paths[node].depth))
    }

    /// Words and linked words of a range of blocks.
    pub(crate) fn span(&self, from: usize, to: usize) -> [f32; 2] {
        let last = self.running.len() - 1;
        let (a, b) = (self.running[from.min(last)], self.running[to.min(last)]);
        [b[0] - a[0], b[1] - a[1]]
    }

    fn read_lexicon(&mut self) {
        let read = |i: usize| {
            if self.measures[i].words > FURNITURE_WORDS_MAX {
                return Furniture::default();
            }
            let text = self.document.text_of(i);
            if is_compared(self.document, &self.measures, i) {
                furniture::of(text, self.hashes.of(i), self.measures[i].rights)
            } else {
                Furniture::of(text)
            }
        };
        self.lexicon = (0..self.document.blocks.len()).map(read).collect();
    }

    /// What was counted, for those who read the blocks after they are classified.
    pub(super) fn counts(&self) -> Vec<BlockCounts> {
        let counts = |(measure, furniture): (&Measure, &Furniture)| BlockCounts {
            words: measure.words,
            digits: measure.digits,
            furniture: u32::from(furniture.account) + u32::from(furniture.imprint),
        };
        self.measures.iter().zip(&self.lexicon).map(counts).collect()
    }

    fn pass_by(&mut self) {
        let like = self.headline.map(|h| self.nodes.way[self.path_of(h)]);
        let mut passed = [0u32; 4];
        for (i, block) in self.document.blocks.iter().enumerate() {
            let words = self.measures[i].words;
            let lexicon = &self.lexicon[i];
            passed[0] += u32::from(matches!(block.kind, BlockKind::Heading(1 | 2)));
            passed[1] += u32::from(words < 20.0 && lexicon.signed > 0);
            passed[2] += u32::from(like == Some(self.nodes.way[block.path as usize]));
            passed[3] += u32::from(words < 20.0 && lexicon.account > 0 || lexicon.advert > 0 || lexicon.other > 0);
            self.passed.push(passed);
        }
    }

    fn compare_description(&mut self) {
        let n = self.document.blocks.len();
        self.description_share = vec![-1.0; n];
        let Some(text) = self.document.meta.description.as_deref().filter(|t| t.len() > 40) else { return };
        let known = WordSet::of(text);
        for i in 0..n {
            if self.measures[i].words >= 6.0 && is_compared(self.document, &self.measures, i) {
                let words = self.hashes.of(i);
                let hits = words.iter().filter(|w| known.contains(**w)).count();
                self.description_share[i] = hits as f32 / words.len().max(1) as f32;
            }
        }
    }

    /// How much of each block stands in the structured data's `articleBody`, which is often cut.
    fn compare_data(&mut self) {
        let n = self.document.blocks.len();
        self.data_share = vec![-1.0; n];
        let Some(text) = self.document.meta.article_body.as_deref().filter(|t| t.len() > 200) else { return };
        let known = WordSet::new(word_runs(&word_hashes(text).collect::<Vec<u64>>()));
        let mut long = Vec::new();
        for i in 0..n {
            let words = if is_compared(self.document, &self.measures, i) {
                self.hashes.of(i)
            } else {
                long.clear();
                long.extend(word_hashes(self.document.text_of(i)));
                &long[..]
            };
            let (all, hits) =
                word_runs(words).fold((0u32, 0u32), |(n, h), r| (n + 1, h + u32::from(known.contains(r))));
            if all > 0 {
                self.data_share[i] = hits as f32 / all as f32;
            }
        }
    }

    /// Sentences outside of links.
    pub(crate) fn is_prose(&self, i: usize) -> bool {
        let m = &self.measures[i];
        let kind = self.document.blocks[i].kind;
        m.words >= 12.0
            && m.stops > 0
            && self.links[i] < 0.35
            && !m.rights
            && !matches!(kind, BlockKind::Caption | BlockKind::Heading(_))
    }

    pub(crate) fn group(&self, i: usize) -> Sum {
        self.groups[self.nodes.way[self.path_of(i)] as usize]
    }

    pub(crate) fn tag_group(&self, i: usize) -> Sum {
        self.tag_groups[self.nodes.tag_way[self.path_of(i)] as usize]
    }

    /// Nearness of a cue to block `i`: 1 on its own element, less for ancestors, 0 without.
    pub(crate) fn cue(&self, i: usize, cue: Cue) -> f32 {
        match self.nodes.near[self.path_of(i)][cue as usize] {
            0 => 0.0,
            d => 1.0 / f32::from(d),
        }
    }

    /// The block's text that looks most like the page's headline: which title is the headline is not known before blocks have classes.
    pub(super) fn headline_text(&self) -> Option<&str> {
        self.headline.map(|i| self.document.text_of(i))
    }

    pub(crate) fn path_of(&self, i: usize) -> usize {
        self.document.blocks[i].path as usize
    }

    pub(crate) fn within(&self, i: usize) -> Within {
        self.nodes.within[self.path_of(i)]
    }
}

/// For each block a number that blocks of the same text share, and how many they are.
fn same_texts(document: &Document) -> (Vec<u32>, Vec<u16>) {
    let mut known: FxHashMap<&str, u32> =
        FxHashMap::with_capacity_and_hasher(document.blocks.len(), Default::default());
    let mut counts: Vec<u16> = Vec::new();
    let mut numbers = Vec::with_capacity(document.blocks.len());
    for i in 0..document.blocks.len() {
        let number = *known.entry(document.text_of(i)).or_insert_with(|| {
            counts.push(0);
            counts.len() as u32 - 1
        });
        counts[number as usize] = counts[number as usize].saturating_add(1);
        numbers.push(number);
    }
    let repeats = numbers.iter().map(|n| counts[*n as usize]).collect();
    (numbers, repeats)
}

/// Whether a picture stands right before each block.
fn after_figure(document: &Document) -> Vec<bool> {
    let mut after = vec![false; document.blocks.len()];
    for figure in &document.figures {
        if let Some(after) = after.get_mut(figure.block as usize) {
            *after = true;
        }
    }
    after
}

/// Whether a block is short enough to be compared.
fn is_compared(document: &Document, measures: &[Measure], i: usize) -> bool {
    let block = &document.blocks[i];
    measures[i].words < COMPARED_WORDS_MAX && block.end - block.start <= COMPARED_BYTES_MAX
}

/// Hashes of the words of blocks that are compared.
#[derive(Default)]
pub(super) struct BlockWords {
    all: Vec<u64>,
    ends: Vec<u32>,
}

impl BlockWords {
    fn read(document: &Document, measures: &[Measure]) -> BlockWords {
        let mut hashes = BlockWords { all: Vec::with_capacity(1024), ends: Vec::with_capacity(measures.len()) };
        for i in 0..measures.len() {
            if is_compared(document, measures, i) {
                hashes.all.extend(word_hashes(document.text_of(i)));
            }
            hashes.ends.push(hashes.all.len() as u32);
        }
        hashes
    }

    /// Those of block `i`; none of a longer one.
    pub(super) fn of(&self, i: usize) -> &[u64] {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start as usize..self.ends[i] as usize]
    }
}
