//! Closed lists of words, asked whether they hold one.

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// A list that is made at its first use.
pub(crate) type WordList = LazyLock<Words>;

/// The words of a list.
pub(crate) struct Words(FxHashSet<&'static str>);

impl Words {
    /// The words between bars.
    pub(crate) fn of(list: &'static str) -> Words {
        Words(list.split('|').filter(|w| !w.is_empty()).collect())
    }

    /// The words, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().copied()
    }

    /// Whether the list holds the word.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }
}
