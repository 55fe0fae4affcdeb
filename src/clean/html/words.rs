//! What says what an element is for, as words: lower case, bounded, each distinct text once a page.

use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Longest words of one element that are kept, bytes.
const WORDS_BYTES_MAX: usize = 240;

/// The words of a page's elements, numbered from 1; 0 has none.
#[derive(Default)]
pub(super) struct Words {
    known: FxHashMap<Arc<str>, u32>,
    /// By the values as they were written: most elements repeat another's.
    written: FxHashMap<Box<str>, (u32, Arc<str>)>,
    none: Arc<str>,
    buffer: String,
}

impl Words {
    /// The words of attribute values, and their number.
    pub(super) fn of(&mut self, values: &[&str]) -> (u32, Arc<str>) {
        if values.is_empty() {
            return (0, Arc::clone(&self.none));
        }
        self.buffer.clear();
        for value in values {
            self.buffer.push_str(value);
            // No value holds it, and where one ends matters: each is cut by itself.
            self.buffer.push('\0');
        }
        if let Some((id, words)) = self.written.get(self.buffer.as_str()) {
            return (*id, Arc::clone(words));
        }
        let written = Box::from(self.buffer.as_str());
        self.buffer.clear();
        for value in values {
            add(&mut self.buffer, value);
        }
        let (id, words) = self.folded();
        self.written.insert(written, (id, Arc::clone(&words)));
        (id, words)
    }

    /// The words in the buffer, and their number.
    fn folded(&mut self) -> (u32, Arc<str>) {
        if self.buffer.is_empty() {
            return (0, Arc::clone(&self.none));
        }
        if let Some((words, id)) = self.known.get_key_value(self.buffer.as_str()) {
            return (*id, Arc::clone(words));
        }
        let (id, words) = (self.known.len() as u32 + 1, Arc::<str>::from(self.buffer.as_str()));
        self.known.insert(Arc::clone(&words), id);
        (id, words)
    }
}

fn add(buffer: &mut String, value: &str) {
    for word in value.split_ascii_whitespace() {
        if buffer.len() + word.len() + 1 > WORDS_BYTES_MAX {
            return;
        }
        if !buffer.is_empty() {
            buffer.push(' ');
        }
        let from = buffer.len();
        buffer.push_str(word);
        buffer[from..].make_ascii_lowercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_numbered_and_bounded() {
        let mut words = Words::default();
        let mut of = |values: &[&str]| {
            let (id, text) = words.of(values);
            (id, text.to_string())
        };
        assert_eq!(of(&[]), (0, String::new()));
        assert_eq!(of(&[" A\tb ", "C"]), (1, "a b c".to_owned()));
        assert_eq!(of(&["d"]), (2, "d".to_owned()));
        assert_eq!(of(&["a", "B", "c"]), (1, "a b c".to_owned()));
        assert_eq!(of(&["a", "b c"]), (1, "a b c".to_owned()));
        let long = "x".repeat(WORDS_BYTES_MAX);
        assert_eq!(of(&[&format!("a {long} b"), "c"]), (3, "a c".to_owned()));
        assert_eq!(of(&[&format!("a {long}"), "b c"]), (1, "a b c".to_owned()));
    }
}
