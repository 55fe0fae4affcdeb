//! What says what an element is for, as words: lower case, bounded, each distinct text once a page.

use super::fold;
use crate::clean::block::Texts;
use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

/// Longest words of one element that are kept, bytes.
const WORDS_BYTES_MAX: usize = 240;

/// Distinct words that there is room for from the start; most pages have fewer.
const DISTINCT: usize = 224;

/// The words of a page's elements, numbered from 1; 0 has none.
pub(super) struct Words<'a> {
    texts: Texts,
    /// Numbers of the texts, by text.
    known: HashTable<u32>,
    /// By the values as they were written: most elements repeat another's.
    written: HashTable<Written>,
    /// Those values, one element's after the other's.
    values: Vec<&'a str>,
    buffer: String,
}

/// An element's values in [`Words::values`], and the number of their words.
struct Written {
    hash: u64,
    start: u32,
    end: u32,
    id: u32,
}

impl Written {
    fn of<'v, 'a>(&self, values: &'v [&'a str]) -> &'v [&'a str] {
        &values[self.start as usize..self.end as usize]
    }
}

impl Default for Words<'_> {
    fn default() -> Self {
        let mut texts = Texts::default();
        texts.push("");
        Words {
            texts,
            known: HashTable::with_capacity(DISTINCT),
            written: HashTable::with_capacity(DISTINCT),
            values: Vec::with_capacity(2 * DISTINCT),
            buffer: String::with_capacity(WORDS_BYTES_MAX),
        }
    }
}

impl<'a> Words<'a> {
    /// All words, by number.
    pub(super) fn into_texts(self) -> Texts {
        self.texts
    }

    /// The number of the words of attribute values.
    pub(super) fn of(&mut self, values: &[&'a str]) -> u32 {
        if values.is_empty() {
            return 0;
        }
        let hash = FxBuildHasher.hash_one(values);
        if let Some(written) = self.written.find(hash, |w| w.hash == hash && w.of(&self.values) == values) {
            return written.id;
        }
        self.buffer.clear();
        for value in values {
            add(&mut self.buffer, value);
        }
        let id = self.folded();
        let start = self.values.len() as u32;
        self.values.extend(values);
        let written = Written { hash, start, end: self.values.len() as u32, id };
        self.written.insert_unique(hash, written, |w| w.hash);
        id
    }

    /// The number of the words in the buffer.
    fn folded(&mut self) -> u32 {
        if self.buffer.is_empty() {
            return 0;
        }
        let (texts, hash) = (&self.texts, |text: &str| FxBuildHasher.hash_one(text));
        let known = self.known.entry(hash(&self.buffer), |id| texts.get(*id) == self.buffer, |id| hash(texts.get(*id)));
        let id = *known.or_insert(texts.len() as u32).get();
        if id as usize == self.texts.len() {
            self.texts.push(&self.buffer);
        }
        id
    }
}

fn add(buffer: &mut String, value: &str) {
    // Most values are words with a blank between each two.
    if buffer.len() + value.len() < WORDS_BYTES_MAX && fold::plain(value.as_bytes(), false) == value.len() {
        add_words(buffer, value);
        return;
    }
    for word in value.split_ascii_whitespace() {
        if buffer.len() + word.len() + 1 > WORDS_BYTES_MAX {
            return;
        }
        add_words(buffer, word);
    }
}

fn add_words(buffer: &mut String, words: &str) {
    if words.is_empty() {
        return;
    }
    if !buffer.is_empty() {
        buffer.push(' ');
    }
    let from = buffer.len();
    buffer.push_str(words);
    buffer[from..].make_ascii_lowercase();
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_numbered_and_bounded() {
        let mut words = Words::default();
        let mut of = |values: &[&'static str]| {
            let id = words.of(values);
            (id, words.texts.get(id).to_owned())
        };
        assert_eq!(of(&[]), (0, String::new()));
        assert_eq!(of(&[" A\tb ", "C"]), (1, "a b c".to_owned()));
        assert_eq!(of(&["d"]), (2, "d".to_owned()));
        assert_eq!(of(&["a", "B", "c"]), (1, "a b c".to_owned()));
        assert_eq!(of(&["a", "b c"]), (1, "a b c".to_owned()));
        let long = |rest: &str| &*format!("a {}{rest}", "x".repeat(WORDS_BYTES_MAX)).leak();
        assert_eq!(of(&[long(" b"), "c"]), (3, "a c".to_owned()));
        assert_eq!(of(&[long(""), "b c"]), (1, "a b c".to_owned()));
        for n in 0..3000 {
            assert_eq!(of(&[n.to_string().leak()]), (n + 4, n.to_string()));
        }
    }
}
