//! Closed lists of words, asked whether they hold one.

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// A list that is made at its first use.
pub(crate) type WordList = LazyLock<Words>;

/// The words of a list.
pub(crate) struct Words {
    words: FxHashSet<&'static str>,
    /// Lengths of its words, a bit each: the highest stands for all that are longer. Most words that are asked for have another one,
    lengths: u64,
    /// or another first byte, a bit each.
    firsts: [u64; 4],
}

impl Words {
    /// The words between bars.
    pub(crate) fn of(list: &'static str) -> Words {
        let mut of = Words { words: FxHashSet::default(), lengths: 0, firsts: [0; 4] };
        for word in list.split('|').filter(|word| !word.is_empty()) {
            of.lengths |= length(word);
            of.firsts[usize::from(word.as_bytes()[0]) / 64] |= 1 << (word.as_bytes()[0] % 64);
            of.words.insert(word);
        }
        of
    }

    /// The words, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.words.iter().copied()
    }

    /// Whether the list holds the word.
    pub(crate) fn has(&self, word: &str) -> bool {
        let Some(first) = word.bytes().next() else { return false };
        self.lengths & length(word) != 0
            && self.firsts[usize::from(first) / 64] & 1 << (first % 64) != 0
            && self.words.contains(word)
    }
}

/// The bit of a word's length.
fn length(word: &str) -> u64 {
    1 << word.len().min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_its_words_and_no_others() {
        let long = "x".repeat(80);
        let list =
            Words::of("ann|über|记者||a-word-that-is-longer-than-all-others-and-has-more-than-sixty-three-bytes");
        for word in list.iter() {
            assert!(list.has(word), "{word}");
        }
        for word in ["", "an", "anna", "bnn", "ann ", "üben", &long] {
            assert!(!list.has(word), "{word}");
        }
        assert_eq!(list.iter().count(), 4);
    }
}
