//! The first pass's scores with the sums that the second pass asks for: windows, elements, groups, the container.
//!
//! What holds: linear in blocks and path nodes.

use super::view::View;
use crate::clean::block::BlockKind;
use rustc_hash::FxHashMap;

/// A block counts as surely body from this score on.
const SURE: f32 = 0.6;
/// Distances in blocks that are told apart.
const FAR: f32 = 100.0;

/// Scores 0..1 of a page's blocks, and sums over them.
pub(crate) struct Scores<'s> {
    /// By block.
    pub(crate) of: &'s [f32],
    /// Running sums of score times weight, and weight.
    sums: Vec<(f32, f32)>,
    /// By path node, its subtree's.
    pub(crate) nodes: Vec<(f32, f32)>,
    /// Over blocks whose ways from the root have the same tags and classes, and the same tags.
    pub(crate) groups: Vec<(f32, f32)>,
    pub(crate) tag_groups: Vec<(f32, f32)>,
    /// The node whose subtree holds the most body for the least furniture, with its ancestors' marks.
    on_way: Vec<bool>,
    container_depth: f32,
    /// Words of sure blocks before each block, and of all.
    pub(crate) sure_before: Vec<f32>,
    pub(crate) total: f32,
    /// Blocks since the last and to the next sure block.
    pub(crate) last_sure: Vec<f32>,
    pub(crate) next_sure: Vec<f32>,
    /// The first and last sure block, and how many there are.
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) count: usize,
    /// Share of words in blocks that are neither surely in nor surely out.
    pub(crate) doubt: f32,
    /// Mean score of the blocks from here to the next heading.
    pub(crate) under_heading: Vec<f32>,
    /// The best score of a block with the same text.
    pub(crate) same_text_best: Vec<f32>,
}

impl<'s> Scores<'s> {
    pub(crate) fn new(view: &View<'_>, of: &'s [f32]) -> Self {
        let n = of.len();
        let mut scores = Scores {
            of,
            sums: Vec::with_capacity(n + 1),
            nodes: vec![(0.0, 0.0); view.document.paths.len()],
            groups: vec![(0.0, 0.0); view.nodes.ways],
            tag_groups: vec![(0.0, 0.0); view.nodes.tag_ways],
            on_way: vec![false; view.document.paths.len()],
            container_depth: 0.0,
            sure_before: Vec::with_capacity(n),
            total: 0.0,
            last_sure: vec![FAR; n],
            next_sure: vec![FAR; n],
            first: n,
            last: 0,
            count: 0,
            doubt: 0.0,
            under_heading: vec![-1.0; n],
            same_text_best: of.to_vec(),
        };
        scores.sum_up(view);
        scores.find_container(view);
        scores.find_sure(view);
        scores.look_ahead(view);
        scores
    }

    /// What a block counts in means.
    pub(crate) fn weight(&self, view: &View<'_>, i: usize) -> f32 {
        view.measures[i].words.min(80.0) + 1.0
    }

    fn sum_up(&mut self, view: &View<'_>) {
        let mut sum = (0.0, 0.0);
        self.sums.push(sum);
        let mut best: FxHashMap<u32, f32> = FxHashMap::default();
        for i in 0..self.of.len() {
            let weight = self.weight(view, i);
            let add = (self.of[i] * weight, weight);
            let path = view.path_of(i);
            let group = &mut self.groups[view.nodes.way[path] as usize];
            let tag_group = &mut self.tag_groups[view.nodes.tag_way[path] as usize];
            for to in [&mut sum, &mut self.nodes[path], group, tag_group] {
                to.0 += add.0;
                to.1 += add.1;
            }
            self.sums.push(sum);
            if view.repeats[i] > 1 {
                let b = best.entry(view.text_number[i]).or_default();
                *b = b.max(self.of[i]);
            }
        }
        for i in 0..self.of.len() {
            if view.repeats[i] > 1 {
                self.same_text_best[i] = best[&view.text_number[i]];
            }
        }
        for id in (1..self.nodes.len()).rev() {
            let own = self.nodes[id];
            let up = &mut self.nodes[view.document.paths[id].parent as usize];
            up.0 += own.0;
            up.1 += own.1;
        }
    }

    fn find_container(&mut self, view: &View<'_>) {
        let paths = &view.document.paths;
        let mut gains = vec![0f32; paths.len()];
        for (i, p) in self.of.iter().enumerate() {
            let words = view.measures[i].words;
            let weight = if *p > 0.5 { words } else { 0.35 * words + 1.5 };
            gains[view.path_of(i)] += weight * (2.0 * p - 1.0);
        }
        for id in (1..paths.len()).rev() {
            gains[paths[id].parent as usize] += gains[id];
        }
        let mut node = (0..paths.len()).max_by(|a, b| gains[*a].total_cmp(&gains[*b])).unwrap_or(0);
        self.container_depth = f32::from(paths[node].depth);
        self.on_way[0] = true;
        while node != 0 {
            self.on_way[node] = true;
            node = paths[node].parent as usize;
        }
    }

    fn find_sure(&mut self, view: &View<'_>) {
        let n = self.of.len();
        let (mut far, mut doubt) = (FAR, 0.0);
        for i in 0..n {
            self.sure_before.push(self.total);
            self.last_sure[i] = far;
            far = (far + 1.0).min(FAR);
            let words = view.measures[i].words;
            if self.of[i] > SURE {
                far = 0.0;
                self.total += words;
                self.first = self.first.min(i);
                self.last = i;
                self.count += 1;
            } else if self.of[i] > 1.0 - SURE - 0.2 {
                doubt += words;
            }
        }
        self.doubt = doubt / view.words.max(1.0);
        far = FAR;
        for i in (0..n).rev() {
            self.next_sure[i] = far;
            far = if self.of[i] > SURE { 0.0 } else { (far + 1.0).min(FAR) };
        }
        self.first = self.first.min(n.saturating_sub(1));
    }

    fn look_ahead(&mut self, view: &View<'_>) {
        let n = self.of.len();
        let mut end = n;
        for i in (0..n).rev() {
            self.under_heading[i] = self.mean(i + 1, end.min(i + 13));
            if matches!(view.document.blocks[i].kind, BlockKind::Heading(_)) {
                end = i;
            }
        }
    }

    /// Weighted mean over a range of blocks.
    pub(crate) fn mean(&self, from: usize, to: usize) -> f32 {
        let last = self.sums.len() - 1;
        let (from, to) = (from.min(last), to.min(last));
        if from >= to {
            return -1.0;
        }
        (self.sums[to].0 - self.sums[from].0) / (self.sums[to].1 - self.sums[from].1).max(1e-3)
    }

    /// Weighted mean without the block itself.
    pub(crate) fn others(&self, sum: (f32, f32), own: (f32, f32)) -> f32 {
        let weight = sum.1 - own.1;
        if weight < 0.5 { -1.0 } else { (sum.0 - own.0) / weight }
    }

    /// The innermost element that holds both the block and the container, and how far above the container it is.
    pub(crate) fn up_to_container(&self, view: &View<'_>, path: usize) -> (usize, f32) {
        let mut node = path;
        while !self.on_way[node] {
            node = view.document.paths[node].parent as usize;
        }
        (node, self.container_depth - f32::from(view.document.paths[node].depth))
    }
}
