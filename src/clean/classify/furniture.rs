//! Words of furniture in a page's blocks.
//!
//! What holds: as if every block were looked through; most hold none, and say so by the hashes of their words.

use super::words::{WordSet, word_hashes};
use crate::clean::text::{Furniture, furniture_phrases};
use std::sync::LazyLock;

/// All phrases: of one word by its hash, of several by the first two's. A word in capitals may end in another sigma than a hash
/// takes it for.
static PHRASES: LazyLock<WordSet> = LazyLock::new(|| {
    let start = |phrase: &str| {
        let mut words = word_hashes(phrase);
        let first = words.next()?;
        Some(words.next().map_or(first, |second| both(first, second)))
    };
    WordSet::new(furniture_phrases().flat_map(|phrase| [start(phrase), start(&phrase.replace('ς', "σ"))]).flatten())
});

/// One hash of two words that follow each other.
pub(super) fn both(first: u64, second: u64) -> u64 {
    first.rotate_left(7) ^ second
}

/// The furniture at the start of `text`, whose words have the `hashes`; `marked`: `©` stands in it.
pub(super) fn of(text: &str, hashes: &[u64], marked: bool) -> Furniture {
    let phrases = &*PHRASES;
    let mut before = None;
    let mut begins = |word: u64| {
        let pair = before.replace(word).is_some_and(|before| phrases.contains(both(before, word)));
        pair || phrases.contains(word)
    };
    let may_hold = marked || hashes.iter().any(|word| begins(*word));
    if may_hold { Furniture::of(text) } else { Furniture::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways(text: &str) -> [Furniture; 2] {
        [Furniture::of(text), of(text, &word_hashes(text).collect::<Vec<_>>(), text.contains('©'))]
    }

    #[test]
    fn nothing_is_passed_over() {
        for phrase in furniture_phrases().chain(["nothing of the kind"]) {
            for text in [
                phrase.to_owned(),
                phrase.to_uppercase(),
                format!("x {phrase}: y"),
                format!("‘{phrase}’-x"),
                format!("中{phrase}中"),
                format!("x-{phrase}"),
            ] {
                let [all, hashed] = both_ways(&text);
                assert_eq!(all, hashed, "{text}");
            }
        }
        assert_eq!(both_ways("A bridge was opened in the old town.")[0], Furniture::default());
        assert_ne!(both_ways("ΣΥΝΤΆΚΤΗΣ")[1], Furniture::default());
    }
}
