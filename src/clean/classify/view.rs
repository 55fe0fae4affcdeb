//! A page's blocks with what the classifier asks of them: measures, cues of their ancestors, sums over subtrees.
//!
//! What holds: linear in blocks and path nodes.

use super::cues::{self, CUES, Cue, Cues};
use super::measure::{Measure, measure};
use crate::clean::block::{BlockKind, Document};
use crate::clean::html::Gathered;
use rustc_hash::{FxHashMap, FxHashSet};

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

/// Elements around a block that tell of its place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Within {
    pub(crate) article: bool,
    pub(crate) main: bool,
    pub(crate) aside: bool,
    pub(crate) nav: bool,
    pub(crate) footer: bool,
    pub(crate) header: bool,
    pub(crate) form: bool,
    pub(crate) figure: bool,
    pub(crate) list: bool,
    pub(crate) table: bool,
    pub(crate) section: bool,
    pub(crate) quote: bool,
}

/// A page as the classifier sees it.
pub(crate) struct View<'a> {
    pub(crate) document: &'a Document,
    pub(crate) measures: Vec<Measure>,
    /// Share of a block's bytes inside links.
    pub(crate) links: Vec<f32>,
    /// Each node's distance (1 = itself) to the nearest element with a cue; 0 where there is none.
    pub(crate) near: Vec<[u8; CUES]>,
    pub(crate) own: Vec<Cues>,
    pub(crate) within: Vec<Within>,
    pub(crate) sums: Vec<Sum>,
    /// Hash of the tags and classes on the way to a node.
    pub(crate) signature: Vec<u64>,
    /// Sums over blocks of one signature.
    pub(crate) groups: FxHashMap<u64, Sum>,
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
    /// Words of the whole page.
    pub(crate) words: f32,
    /// Words before each block.
    pub(crate) before: Vec<f32>,
}

impl<'a> View<'a> {
    pub(crate) fn new(document: &'a Document, gathered: &Gathered<'_>) -> View<'a> {
        let measures: Vec<Measure> = (0..document.blocks.len()).map(|i| measure(document.text_of(i))).collect();
        let links = document.blocks.iter().map(|b| b.link_bytes as f32 / (b.end - b.start).max(1) as f32).collect();
        let own = cues::of_paths(&document.paths);
        let mut view = View {
            document,
            links,
            near: Vec::new(),
            within: Vec::new(),
            sums: Vec::new(),
            signature: Vec::new(),
            groups: FxHashMap::default(),
            headline: None,
            foreign: Vec::new(),
            repeats: repeats(document),
            title_share: Vec::new(),
            title_cover: Vec::new(),
            words: measures.iter().map(|m| m.words).sum(),
            before: Vec::new(),
            own,
            measures,
        };
        view.walk_down();
        view.sum_up();
        view.compare_titles(gathered);
        view.find_headline();
        view
    }

    /// What comes from a node's ancestors. A parent always stands before its children.
    fn walk_down(&mut self) {
        let paths = &self.document.paths;
        for (i, node) in paths.iter().enumerate() {
            let parent = node.parent as usize;
            let mut near = if i == 0 { [0; CUES] } else { self.near[parent] };
            let mut within = if i == 0 { Within::default() } else { self.within[parent] };
            for (cue, distance) in near.iter_mut().enumerate() {
                if self.own[i].0 & 1 << cue != 0 {
                    *distance = 1;
                } else if *distance > 0 {
                    *distance = distance.saturating_add(1);
                }
            }
            match node.tag {
                "article" => within.article = true,
                "main" => within.main = true,
                "aside" => within.aside = true,
                "nav" | "menu" => within.nav = true,
                "footer" => within.footer = true,
                "header" => within.header = true,
                "form" | "fieldset" => within.form = true,
                "figure" => within.figure = true,
                "ul" | "ol" => within.list = true,
                "table" => within.table = true,
                "section" => within.section = true,
                "blockquote" => within.quote = true,
                _ => {}
            }
            let above = if i == 0 { 0 } else { self.signature[parent] };
            self.signature.push(hash(hash(above, node.tag.as_bytes()), stable(&node.words).as_bytes()));
            self.near.push(near);
            self.within.push(within);
        }
    }

    fn sum_up(&mut self) {
        self.sums = vec![Sum::default(); self.document.paths.len()];
        let mut words = 0.0;
        for (i, block) in self.document.blocks.iter().enumerate() {
            let (m, link) = (&self.measures[i], self.links[i]);
            let prose = self.is_prose(i);
            self.before.push(words);
            words += m.words;
            let group = self.groups.entry(self.signature[block.path as usize]).or_default();
            for sum in [&mut self.sums[block.path as usize], group] {
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

    fn compare_titles(&mut self, gathered: &Gathered<'_>) {
        let og = gathered.metas.iter().find(|(n, _)| n == "og:title").map(|(_, v)| v.as_ref());
        let title = og.or(gathered.title.as_deref()).unwrap_or_default();
        let wanted: FxHashSet<u64> = word_hashes(title).collect();
        let mut seen: FxHashSet<u64> = FxHashSet::default();
        for i in 0..self.document.blocks.len() {
            let (mut share, mut cover) = (0.0, 0.0);
            if self.measures[i].words < 60.0 && !wanted.is_empty() {
                seen.clear();
                let (mut words, mut hits) = (0.0f32, 0.0);
                for word in word_hashes(self.document.text_of(i)) {
                    words += 1.0;
                    if wanted.contains(&word) {
                        hits += 1.0;
                        seen.insert(word);
                    }
                }
                share = hits / words.max(1.0);
                cover = seen.len() as f32 / wanted.len() as f32;
            }
            self.title_share.push(share);
            self.title_cover.push(cover);
        }
    }

    /// The first-level heading (else the heading, else the short block) that agrees best with the page's title.
    fn find_headline(&mut self) {
        let rank = |i: usize| match self.document.blocks[i].kind {
            BlockKind::Heading(1) => 1.2,
            BlockKind::Heading(2) => 0.5,
            BlockKind::Heading(_) => 0.2,
            _ => 0.0,
        };
        let mut best: Option<(f32, usize)> = None;
        for i in 0..self.document.blocks.len() {
            let m = &self.measures[i];
            if m.words > 45.0 || self.links[i] > 0.6 || self.document.paths[self.path_of(i)].hidden {
                continue;
            }
            let score = rank(i) + 1.5 * self.title_cover[i] + self.title_share[i];
            if score > 1.5 && best.is_none_or(|(b, _)| score > b) {
                best = Some((score, i));
            }
        }
        self.headline = best.map(|(_, i)| i);
        let article = |mut node: usize| {
            while node != 0 && self.document.paths[node].tag != "article" {
                node = self.document.paths[node].parent as usize;
            }
            node
        };
        let own = self.headline.map_or(0, |h| article(self.path_of(h)));
        // Below the headline's article, or not in one at all, a block is at home.
        let mut home: Vec<bool> = Vec::with_capacity(self.document.paths.len());
        for (id, node) in self.document.paths.iter().enumerate() {
            let parent = id == 0 || home[node.parent as usize];
            home.push(id == own || parent && (node.tag != "article" || own == 0) || self.holds(id, own));
        }
        self.foreign = (0..self.document.blocks.len()).map(|i| own != 0 && !home[self.path_of(i)]).collect();
    }

    /// Whether `inner` is `outer` or stands within it.
    fn holds(&self, outer: usize, mut inner: usize) -> bool {
        if self.document.paths[outer].tag != "article" {
            return false;
        }
        while inner > outer {
            inner = self.document.paths[inner].parent as usize;
        }
        inner == outer
    }

    /// Distance to the nearest element with a cue (1 = the node itself, 0 = none), and that element.
    pub(crate) fn nearest(&self, path: usize, cue: usize) -> (u8, usize) {
        let distance = self.near[path][cue];
        let mut node = path;
        for _ in 1..distance.min(64) {
            node = self.document.paths[node].parent as usize;
        }
        (distance, node)
    }

    pub(crate) fn group(&self, i: usize) -> Sum {
        self.groups.get(&self.signature[self.path_of(i)]).copied().unwrap_or_default()
    }

    /// Nearness of a cue to block `i`: 1 on its own element, less for ancestors, 0 without.
    pub(crate) fn cue(&self, i: usize, cue: Cue) -> f32 {
        match self.near[self.document.blocks[i].path as usize][cue as usize] {
            0 => 0.0,
            d => 1.0 / f32::from(d),
        }
    }

    pub(crate) fn path_of(&self, i: usize) -> usize {
        self.document.blocks[i].path as usize
    }

    pub(crate) fn within(&self, i: usize) -> Within {
        self.within[self.path_of(i)]
    }
}

/// Words without those that differ from sibling to sibling: numbers make ids unique.
fn stable(words: &str) -> &str {
    match words.find(|c: char| c.is_ascii_digit()) {
        Some(digit) => words[..digit].rsplit_once(' ').map_or("", |(before, _)| before),
        None => words,
    }
}

fn hash(seed: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(seed ^ 0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3))
        .rotate_left(17)
}

/// Lower-case words; each character of a script without spaces is one.
pub(crate) fn folded_words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|word| {
        let unspaced = word.chars().next().is_some_and(super::measure::is_unspaced);
        let whole = (!unspaced && !word.is_empty()).then(|| word.to_lowercase());
        let apart = word.chars().filter(move |_| unspaced).map(|c| c.to_string());
        whole.into_iter().chain(apart)
    })
}

/// The same words as hashes, without an allocation each.
pub(crate) fn word_hashes(text: &str) -> impl Iterator<Item = u64> + '_ {
    WordHashes { text, at: 0 }
}

struct WordHashes<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for WordHashes<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let add = |h: u64, c: u32| (h ^ u64::from(c)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(13);
        let mut h = 0u64;
        let mut any = false;
        while let Some(&byte) = bytes.get(self.at) {
            if byte.is_ascii() {
                self.at += 1;
                if byte.is_ascii_alphanumeric() {
                    h = add(h, u32::from(byte.to_ascii_lowercase()));
                    any = true;
                } else if any {
                    break;
                }
                continue;
            }
            let Some(c) = self.text[self.at..].chars().next() else { break };
            let letter = c.is_alphanumeric();
            let apart = letter && super::measure::is_unspaced(c);
            if any && (!letter || apart) {
                break;
            }
            self.at += c.len_utf8();
            if letter {
                h = add(h, u32::from(c.to_lowercase().next().unwrap_or(c)));
                any = true;
            }
            if apart {
                break;
            }
        }
        any.then_some(h)
    }
}

fn repeats(document: &Document) -> Vec<u16> {
    let mut counts: FxHashMap<&str, u16> = FxHashMap::default();
    for i in 0..document.blocks.len() {
        let count = counts.entry(document.text_of(i)).or_default();
        *count = count.saturating_add(1);
    }
    (0..document.blocks.len()).map(|i| counts[document.text_of(i)]).collect()
}
