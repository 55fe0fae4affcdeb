//! A text's words, folded or as hashes.
//!
//! What holds: letters and digits in whichever case; a letter of a script written without spaces is a word by itself; linear.

use super::measure::is_unspaced;
use crate::clean::ascii::{self, BITS, Bits, LOWER, STRIDE};
use crate::clean::letters;
use rustc_hash::FxHashSet;

/// Lower-case words; each character of a script without spaces is one.
pub(crate) fn folded_words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).flat_map(|word| {
        let unspaced = word.chars().next().is_some_and(is_unspaced);
        let whole = (!unspaced && !word.is_empty()).then(|| word.to_lowercase());
        let apart = word.chars().filter(move |_| unspaced).map(|c| c.to_string());
        whole.into_iter().chain(apart)
    })
}

/// A set of hashed words. Most words of a page are not in it, and nearly all of those are told by one bit.
pub(crate) struct WordSet {
    /// By a word's highest bits whether the set holds such a word.
    bits: Vec<u64>,
    /// How far a word is shifted to be a place among the bits.
    shift: u32,
    words: FxHashSet<u64>,
}

/// Bits for each word: one in so many of the other words is looked up in vain.
const BITS_A_WORD: usize = 32;

impl WordSet {
    pub(super) fn of(text: &str) -> WordSet {
        WordSet::new(word_hashes(text))
    }

    /// Of hashes as [`word_hashes`] gives them.
    pub(crate) fn new(words: impl Iterator<Item = u64>) -> WordSet {
        let words: FxHashSet<u64> = words.collect();
        let count = (words.len() * BITS_A_WORD).next_power_of_two().max(u64::BITS as usize);
        let mut set = WordSet { bits: vec![0; count / 64], shift: u64::BITS - count.ilog2(), words };
        for word in &set.words {
            let place = word >> set.shift;
            set.bits[place as usize / 64] |= 1 << (place % 64);
        }
        set
    }

    /// How many words it holds.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn contains(&self, word: u64) -> bool {
        let place = word >> self.shift;
        self.bits[place as usize / 64] & 1 << (place % 64) != 0 && self.words.contains(&word)
    }
}

/// Hashes of words, without an allocation each. Not quite the words of [`folded_words`]: a script without spaces ends a word of another
/// one, and of a letter that folds to several the first counts.
pub(crate) fn word_hashes(text: &str) -> impl Iterator<Item = u64> + '_ {
    WordHashes { text, at: 0, bits: Bits::of(text.as_bytes()), base: 0 }
}

/// Words of a run.
const RUN_WORDS: usize = 4;

/// Hashes of runs of words, given by their hashes; none of fewer words.
pub(crate) fn word_runs(words: &[u64]) -> impl Iterator<Item = u64> + '_ {
    let mixed = |hash: u64, word: &u64| hash.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ word;
    words.windows(RUN_WORDS).map(move |run| run.iter().fold(0, mixed))
}

struct WordHashes<'a> {
    text: &'a str,
    at: usize,
    /// What the bytes from `base` on are.
    bits: Bits,
    base: usize,
}

/// A word's hash as its bytes come: in lower case and UTF-8, eight after eight, the rest behind them.
#[derive(Default)]
struct Hash {
    whole: u64,
    rest: u64,
    rest_bytes: usize,
}

impl Hash {
    fn eight(&mut self, eight: u64) {
        self.whole = (self.whole ^ eight).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }

    fn byte(&mut self, byte: u8) {
        self.rest |= u64::from(byte) << (8 * self.rest_bytes);
        self.rest_bytes += 1;
        if self.rest_bytes == STRIDE {
            self.eight(self.rest);
            (self.rest, self.rest_bytes) = (0, 0);
        }
    }

    fn finish(mut self) -> u64 {
        self.eight(self.rest);
        self.whole
    }
}

impl WordHashes<'_> {
    /// Passes over what is no word; how many letters of ASCII come then, in as far as the bits show them.
    fn skip(&mut self) -> usize {
        while self.at < self.text.len() {
            if self.at >= self.base + BITS {
                self.look_from(self.at);
            }
            let passed = self.at - self.base;
            let ahead = (self.bits.letters | self.bits.beyond) >> passed;
            if ahead == 0 {
                self.at = self.base + BITS;
                continue;
            }
            self.at += ahead.trailing_zeros() as usize;
            let letters = (self.bits.letters >> (self.at - self.base)).trailing_ones() as usize;
            if letters > 0 {
                return letters;
            }
            let Some(c) = self.text[self.at..].chars().next() else { break };
            if letters::is_letter(c) {
                break;
            }
            self.at += c.len_utf8();
        }
        0
    }

    fn look_from(&mut self, base: usize) {
        self.base = base;
        self.bits = Bits::of(&self.text.as_bytes()[base..]);
    }

    /// Whether so many letters from here on are a word, and nothing of it lies behind what the bits show.
    fn is_whole(&self, letters: usize) -> bool {
        let end = self.at - self.base + letters;
        end < BITS && self.bits.beyond >> end & 1 == 0
    }

    /// The hash of so many letters of ASCII from here on.
    fn read(&mut self, letters: usize) -> u64 {
        let mut hash = Hash::default();
        let end = self.at + letters;
        while end - self.at >= STRIDE {
            hash.eight(self.eight());
            self.at += STRIDE;
        }
        hash.rest = self.eight() & ((1 << (8 * (end - self.at))) - 1);
        self.at = end;
        hash.finish()
    }

    /// The next eight bytes in lower case, if they are letters of ASCII, the first the lowest; behind the end anything.
    #[inline]
    fn eight(&self) -> u64 {
        let bytes = self.text.as_bytes();
        let last = || {
            let missing = self.at + STRIDE - bytes.len();
            ascii::stride(bytes, bytes.len().checked_sub(STRIDE)?)?.checked_shr(8 * missing as u32)
        };
        let few = || bytes[self.at..].iter().rev().fold(0, |eight, byte| eight << 8 | u64::from(*byte));
        ascii::stride(bytes, self.at).or_else(last).unwrap_or_else(few) | LOWER
    }

    /// The next word's hash, character by character.
    fn read_slowly(&mut self) -> Option<u64> {
        let (mut hash, mut any) = (Hash::default(), false);
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if byte.is_ascii() {
                self.at += 1;
                let folded = ascii::FOLDED[byte as usize];
                if folded != 0 {
                    hash.byte(folded);
                    any = true;
                } else if any {
                    break;
                }
                continue;
            }
            let Some(c) = self.text[self.at..].chars().next() else { break };
            let letter = letters::letter(c);
            let apart = letter.is_some() && is_unspaced(c);
            if any && (letter.is_none() || apart) {
                break;
            }
            self.at += c.len_utf8();
            if let Some(letter) = letter {
                letter.lower.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| hash.byte(byte));
                any = true;
            }
            if apart {
                break;
            }
        }
        any.then(|| hash.finish())
    }
}

impl Iterator for WordHashes<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let mut letters = self.skip();
        if letters > 0 && self.at > self.base && self.at - self.base + letters == BITS {
            // The bits may end within the word.
            self.look_from(self.at);
            letters = self.bits.letters.trailing_ones() as usize;
        }
        if letters > 0 && self.is_whole(letters) { Some(self.read(letters)) } else { self.read_slowly() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn words_are_hashed_as_character_by_character(text in "([a-z]{1,9}|[A-Z0-9]{1,70}|[ .,’-]{1,70}|[éЯ桥ǅ]){0,12}") {
            let mut slow = WordHashes { text: &text, at: 0, bits: Bits::default(), base: 0 };
            let slow: Vec<u64> = std::iter::from_fn(|| slow.read_slowly()).collect();
            prop_assert_eq!(word_hashes(&text).collect::<Vec<_>>(), slow);
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
