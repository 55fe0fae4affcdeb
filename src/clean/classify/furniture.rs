//! Words of furniture in a page's blocks.
//!
//! What holds: as if every block were looked through; most hold none, and say so by the hashes of their words.

use super::words::{WordSet, word_hashes};
use crate::clean::text::{Furniture, furniture_phrases};
use std::sync::LazyLock;

/// The first words of all phrases. A word in capitals may end in another sigma than a hash takes it for.
static FIRST_WORDS: LazyLock<WordSet> = LazyLock::new(|| {
    let first = |phrase: &str| word_hashes(phrase).next();
    WordSet::new(furniture_phrases().flat_map(|phrase| [first(phrase), first(&phrase.replace('ς', "σ"))]).flatten())
});

/// The furniture at the start of `text`, whose words have the `hashes`; `marked`: `©` stands in it.
pub(super) fn of(text: &str, hashes: &[u64], marked: bool) -> Furniture {
    let may_hold = marked || hashes.iter().any(|word| FIRST_WORDS.contains(*word));
    if may_hold { Furniture::of(text) } else { Furniture::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> [Furniture; 2] {
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
                let [all, hashed] = both(&text);
                assert_eq!(all, hashed, "{text}");
            }
        }
        assert_eq!(both("A bridge was opened in the old town.")[0], Furniture::default());
        assert_ne!(both("ΣΥΝΤΆΚΤΗΣ")[1], Furniture::default());
    }
}
