//! Letters and digits of all alphabets: one look-up tells those that most pages are written in, and the standard library the
//! rest, more slowly.
//!
//! What holds: as the standard library tells them.

use super::ascii;
use std::sync::LazyLock;

/// Characters below are looked up: Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic.
const LOOKED_UP: u32 = 0x800;
/// Set beside the lower case of a capital.
const CAPITAL: u32 = 1 << 31;

/// Of each letter or digit the lower case, and whether it is a capital; 0 of all else.
static TABLE: LazyLock<[u32; LOOKED_UP as usize]> = LazyLock::new(|| {
    std::array::from_fn(|i| char::from_u32(i as u32).filter(|c| c.is_alphanumeric()).map_or(0, entry))
});

fn entry(c: char) -> u32 {
    u32::from(c.to_lowercase().next().unwrap_or(c)) | if c.is_uppercase() { CAPITAL } else { 0 }
}

/// A letter or digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Its lower case; of several characters the first.
    pub(crate) lower: char,
    /// Whether it is a capital.
    pub(crate) capital: bool,
}

/// What is to be known of a letter or digit; `None` of any other character.
#[inline]
pub(crate) fn letter(c: char) -> Option<Letter> {
    let entry = match u32::from(c) {
        code @ 0..LOOKED_UP => TABLE[code as usize],
        // Punctuation, currencies, arrows, signs of mathematics; ideographs; syllables of Hangul.
        0x2000..=0x206f | 0x20a0..=0x20cf | 0x2190..=0x245f => 0,
        code @ (0x4e00..=0x9fff | 0xac00..=0xd7a3) => code,
        _ if c.is_alphanumeric() => entry(c),
        _ => 0,
    };
    let lower = char::from_u32(entry & !CAPITAL)?;
    (entry != 0).then_some(Letter { lower, capital: entry & CAPITAL != 0 })
}

/// Where a capital stands right behind a small letter, as elements without a space between them leave it: `a bridgePhoto`. Bytes.
pub(crate) fn seams(text: &str) -> impl DoubleEndedIterator<Item = usize> + '_ {
    let is_small = |before: &str| before.chars().next_back().is_some_and(char::is_lowercase);
    text.char_indices().filter(move |(i, c)| c.is_uppercase() && is_small(&text[..*i])).map(|(i, _)| i)
}

/// Whether nothing of a text is seen: white space, and what joins or parts letters.
pub(crate) fn is_invisible(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}'))
}

/// Letters and digits alone, lower case.
pub(crate) fn compact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if is_letter(c) {
            out.extend(c.to_lowercase());
        }
    }
    out
}

/// Whether a character is a letter or digit.
#[inline]
pub(crate) fn is_letter(c: char) -> bool {
    match u32::from(c) {
        code @ 0..LOOKED_UP => TABLE[code as usize] != 0,
        0x2000..=0x206f | 0x20a0..=0x20cf | 0x2190..=0x245f => false,
        0x4e00..=0x9fff | 0xac00..=0xd7a3 => true,
        _ => c.is_alphanumeric(),
    }
}

/// Words of a text. A character of a script without spaces counts half a word.
pub(crate) fn words_of(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut words, mut halves, mut inside) = (0, 0, false);
    let mut at = 0;
    while at < bytes.len() {
        let run = &bytes[at..at + ascii::run(&bytes[at..])];
        if let Some(last) = run.last() {
            words += ascii::count(run, inside).words as usize;
            inside = ascii::is_alphanumeric(*last);
            at += run.len();
        }
        let Some(c) = text[at..].chars().next() else { break };
        at += c.len_utf8();
        if super::is_unspaced(c) {
            halves += 1;
            inside = false;
        } else {
            let letter = is_letter(c);
            words += usize::from(letter && !inside);
            inside = letter;
        }
    }
    words + halves / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_told_as_the_standard_library_tells_them() {
        for c in '\0'..='\u{1ffff}' {
            assert_eq!(is_letter(c), c.is_alphanumeric(), "{c:?}");
            let expected = Letter { lower: c.to_lowercase().next().unwrap_or(c), capital: c.is_uppercase() };
            assert_eq!(letter(c), c.is_alphanumeric().then_some(expected), "{c:?}");
        }
    }
}
