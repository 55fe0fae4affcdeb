//! Which block is the page's headline, before anything is classified, and how blocks agree with the page's title.

use super::view::View;
use super::words::WordSet;
use crate::clean::block::BlockKind;
use crate::clean::html::{Gathered, Tag};

/// Longer blocks are no title.
const TITLE_WORDS_MAX: f32 = 60.0;

impl View<'_> {
    pub(super) fn compare_titles(&mut self, gathered: &Gathered<'_>) {
        let og = gathered.metas.iter().find(|(n, _)| n == "og:title").map(|(_, v)| v.as_ref());
        let title = og.or(gathered.title.as_deref()).unwrap_or_default();
        let wanted = WordSet::of(title);
        let mut seen: Vec<u64> = Vec::new();
        for i in 0..self.document.blocks.len() {
            let (mut share, mut cover) = (0.0, 0.0);
            if self.measures[i].words < TITLE_WORDS_MAX && wanted.len() > 0 {
                seen.clear();
                let words = self.hashes.of(i);
                let mut hits = 0.0;
                for word in words.iter().filter(|word| wanted.contains(**word)) {
                    hits += 1.0;
                    if !seen.contains(word) {
                        seen.push(*word);
                    }
                }
                share = hits / (words.len() as f32).max(1.0);
                cover = seen.len() as f32 / wanted.len() as f32;
            }
            self.title_share.push(share);
            self.title_cover.push(cover);
        }
    }

    /// The first-level heading (else the heading, else the short block) that agrees best with the page's title.
    pub(super) fn find_headline(&mut self) {
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
            while node != 0 && self.document.paths[node].tag != Tag::Article {
                node = self.document.paths[node].parent as usize;
            }
            node
        };
        let own = self.headline.map_or(0, |h| article(self.path_of(h)));
        // Below the headline's article, or not in one at all, a block is at home.
        let mut home: Vec<bool> = Vec::with_capacity(self.document.paths.len());
        for (id, node) in self.document.paths.iter().enumerate() {
            let parent = id == 0 || home[node.parent as usize];
            home.push(id == own || parent && (node.tag != Tag::Article || own == 0) || self.holds(id, own));
        }
        self.foreign = (0..self.document.blocks.len()).map(|i| own != 0 && !home[self.path_of(i)]).collect();
    }

    /// Whether `inner` is `outer` or stands within it.
    fn holds(&self, outer: usize, mut inner: usize) -> bool {
        if self.document.paths[outer].tag != Tag::Article {
            return false;
        }
        while inner > outer {
            inner = self.document.paths[inner].parent as usize;
        }
        inner == outer
    }
}
