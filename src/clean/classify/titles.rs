//! Which block is the page's headline, before anything is classified, and how blocks agree with the page's title.

use super::view::View;
use crate::clean::ascii;
use crate::clean::block::BlockKind;
use crate::clean::html::{Gathered, Tag};
use rustc_hash::FxHashSet;

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
            if self.measures[i].words < TITLE_WORDS_MAX && !wanted.words.is_empty() {
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
                cover = seen.len() as f32 / wanted.words.len() as f32;
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

/// Lower-case words; each character of a script without spaces is one.
pub(crate) fn folded_words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|word| {
        let unspaced = word.chars().next().is_some_and(super::measure::is_unspaced);
        let whole = (!unspaced && !word.is_empty()).then(|| word.to_lowercase());
        let apart = word.chars().filter(move |_| unspaced).map(|c| c.to_string());
        whole.into_iter().chain(apart)
    })
}

/// A set of hashed words. Most words of a page are not in it, and nearly all of those are told by one bit.
pub(crate) struct WordSet {
    bits: [u64; 64],
    words: FxHashSet<u64>,
}

impl WordSet {
    pub(super) fn of(text: &str) -> WordSet {
        WordSet::new(word_hashes(text))
    }

    /// Of hashes as [`word_hashes`] gives them.
    pub(crate) fn new(words: impl Iterator<Item = u64>) -> WordSet {
        let mut set = WordSet { bits: [0; 64], words: words.collect() };
        for word in &set.words {
            let (place, bit) = Self::bit(*word);
            set.bits[place] |= bit;
        }
        set
    }

    pub(crate) fn contains(&self, word: u64) -> bool {
        let (place, bit) = Self::bit(word);
        self.bits[place] & bit != 0 && self.words.contains(&word)
    }

    fn bit(word: u64) -> (usize, u64) {
        ((word >> 58) as usize, 1 << (word >> 52 & 63))
    }
}

/// Hashes of words, without an allocation each. Not quite the words of [`folded_words`]: a script without spaces ends a word of another
/// one, and of a letter that folds to several the first counts.
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
                let folded = ascii::FOLDED[byte as usize];
                if folded != 0 {
                    h = add(h, u32::from(folded));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_have_equal_hashes_wherever_they_stand() {
        assert_eq!(word_hashes("İki").next(), word_hashes("iki").next());
        let words = ["Bridge", "it", "Internationalisation", "für", "ΣΥΝΤΆΚΤΗΣ", "a", "2025", "0"];
        let alone: Vec<u64> = words.iter().map(|w| word_hashes(w).next().unwrap()).collect();
        assert_eq!(alone.iter().collect::<FxHashSet<_>>().len(), words.len());
        for between in [" ", "-", "’", " “", "…", "_", "\u{a0}|"] {
            let text = words.join(between);
            assert_eq!(word_hashes(&text).collect::<Vec<_>>(), alone, "{text}");
            assert_eq!(word_hashes(&text.to_lowercase()).take(4).collect::<Vec<_>>(), alone[..4], "{text}");
        }
    }

    #[test]
    fn letters_of_scripts_without_spaces_are_words() {
        assert_eq!(word_hashes("桥 bridge桥x2").count(), 4);
        let hashes: Vec<u64> = word_hashes("桥bridge桥").collect();
        assert_eq!((hashes.len(), hashes[0]), (3, hashes[2]));
        assert_eq!(word_hashes("… —").count(), 0);
    }
}
