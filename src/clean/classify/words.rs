//! A text's words, folded or as hashes.
//!
//! What holds: letters and digits in whichever case; a letter of a script written without spaces is a word by itself; linear.

use super::measure::is_unspaced;
use crate::clean::ascii::{self, HIGH, LOWER, STRIDE};
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

    /// How many words it holds.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
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
    /// The next eight bytes, if they are ASCII, the first the lowest; zeros behind the end.
    #[inline]
    fn stride(&self) -> Option<u64> {
        let bytes = self.text.as_bytes();
        let eight = ascii::stride(bytes, self.at).or_else(|| {
            let missing = self.at + STRIDE - bytes.len();
            let last = ascii::stride(bytes, bytes.len().checked_sub(STRIDE)?)?;
            (missing < STRIDE).then(|| last >> (8 * missing))
        })?;
        (eight & HIGH == 0).then_some(eight)
    }

    /// Passes over what is no word, as long as eight bytes of ASCII come.
    #[inline]
    fn skip(&mut self) {
        while let Some(eight) = self.stride() {
            let letters = ascii::letters(eight);
            if letters != 0 {
                self.at += letters.trailing_zeros() as usize / 8;
                return;
            }
            self.at = self.text.len().min(self.at + STRIDE);
        }
    }

    /// Reads on in a word; whether it ended.
    #[inline]
    fn read(&mut self, hash: &mut Hash) -> bool {
        while let Some(eight) = self.stride() {
            let others = ascii::letters(eight) ^ HIGH;
            if others != 0 {
                let bits = others.trailing_zeros() & !7;
                self.at += bits as usize / 8;
                hash.rest = (eight | LOWER) & ((1 << bits) - 1);
                return true;
            }
            hash.eight(eight | LOWER);
            self.at += STRIDE;
        }
        false
    }

    /// The same, or the next word as a whole, character by character.
    fn read_slowly(&mut self, mut hash: Hash, mut any: bool) -> Option<u64> {
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
        self.skip();
        let (start, mut hash) = (self.at, Hash::default());
        if self.read(&mut hash) {
            return Some(hash.finish());
        }
        let any = self.at > start;
        self.read_slowly(hash, any)
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
