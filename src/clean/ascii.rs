//! Counts and lower case of ASCII text: most bytes of most pages are ASCII, and there one look-up a byte tells all that is
//! counted.

use std::borrow::Cow;

/// How many bytes at the start are ASCII.
#[inline]
pub(crate) fn run(bytes: &[u8]) -> usize {
    let whole = bytes.chunks_exact(16).take_while(|chunk| chunk.is_ascii()).count() * 16;
    whole + bytes[whole..].iter().take_while(|b| b.is_ascii()).count()
}

/// ASCII letters and digits in lower case; 0 for all else.
pub(crate) static FOLDED: [u8; 256] = {
    let mut folded = [0; 256];
    let mut i = 0;
    while i < 128 {
        if (i as u8).is_ascii_alphanumeric() {
            folded[i] = (i as u8).to_ascii_lowercase();
        }
        i += 1;
    }
    folded
};

/// `text` in lower case, within `buffer` where it is ASCII and fits in.
pub(crate) fn lower<'a>(text: &str, buffer: &'a mut [u8]) -> Cow<'a, str> {
    if let Some(lower) = buffer.get_mut(..text.len())
        && text.is_ascii()
    {
        lower.copy_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        if let Ok(lower) = std::str::from_utf8(lower) {
            return Cow::Borrowed(lower);
        }
    }
    Cow::Owned(text.to_lowercase())
}

/// Whether one of the `words`, none of which is empty, stands anywhere in `text`: one walk over a short text.
pub(crate) fn holds_any(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let begins = |at: usize, word: &&str| word.as_bytes()[0] == bytes[at] && bytes[at..].starts_with(word.as_bytes());
    (0..bytes.len()).any(|at| words.iter().any(|word| begins(at, word)))
}

/// So many bytes are looked at as one number.
pub(crate) const STRIDE: usize = 8;
/// A letter of ASCII in lower case has this bit, and so has a digit.
pub(crate) const LOWER: u64 = u64::from_ne_bytes([0x20; STRIDE]);
/// The bit that no byte of ASCII has.
pub(crate) const HIGH: u64 = u64::from_ne_bytes([0x80; STRIDE]);

/// The bytes at `at` as a number, the first the lowest; `None` where there are fewer than [`STRIDE`].
#[inline]
pub(crate) fn stride(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// [`HIGH`]'s bit of each byte that is `least` or more; of bytes beyond ASCII it says nothing.
#[inline]
pub(crate) fn at_least(bytes: u64, least: u8) -> u64 {
    // Without the bytes' own high bits no sum runs over into the next byte.
    (bytes & !HIGH) + u64::from_ne_bytes([0x80 - least; STRIDE])
}

/// [`HIGH`]'s bit of each byte that is white space of ASCII.
#[inline]
pub(crate) fn blanks(eight: u64) -> u64 {
    let breaks = at_least(eight, b'\t') & !at_least(eight, b'\r' + 1);
    let blank = at_least(eight, b' ') & !at_least(eight, b' ' + 1);
    (breaks | blank) & !eight & HIGH
}

/// [`HIGH`]'s bit of each byte that is a letter or digit of ASCII.
#[inline]
pub(crate) fn letters(eight: u64) -> u64 {
    let lower = eight | LOWER;
    let letter = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
    let digit = at_least(eight, b'0') & !at_least(eight, b'9' + 1);
    (letter | digit) & !eight & HIGH
}

/// How many bytes of each kind a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) capitals: u32,
    pub(crate) digits: u32,
    /// `,` and `;`.
    pub(crate) commas: u32,
    /// `|` and `/`.
    pub(crate) separators: u32,
    /// `"`.
    pub(crate) quotes: u32,
    /// Letters and digits that follow none.
    pub(crate) words: u32,
    /// Of these, capitals.
    pub(crate) named: u32,
}

const LETTER_OR_DIGIT: u64 = 1;
const CAPITAL: u64 = 1 << 8;
const DIGIT: u64 = 1 << 16;
const COMMA: u64 = 1 << 24;
const SEPARATOR: u64 = 1 << 32;
const QUOTE: u64 = 1 << 40;
/// Places of what depends on the byte before.
const WORD_BITS: u32 = 48;
const NAMED_BITS: u32 = 56;

/// What a byte is: a count of each kind, eight bits apart, so that one addition counts all.
static KINDS: [u64; 256] = {
    let mut kinds = [0; 256];
    let mut i = 0;
    while i < 128 {
        kinds[i] = match i as u8 {
            b'A'..=b'Z' => LETTER_OR_DIGIT | CAPITAL,
            b'a'..=b'z' => LETTER_OR_DIGIT,
            b'0'..=b'9' => LETTER_OR_DIGIT | DIGIT,
            b',' | b';' => COMMA,
            b'|' | b'/' => SEPARATOR,
            b'"' => QUOTE,
            _ => 0,
        };
        i += 1;
    }
    kinds
};

/// Counts the bytes of `run`; `inside` says that a letter or digit stands before it.
#[inline]
pub(crate) fn count(run: &[u8], inside: bool) -> Counts {
    let mut counts = Counts::default();
    let mut before = u64::from(inside);
    // So many bytes at most, that no count runs over into the next.
    for chunk in run.chunks(usize::from(u8::MAX)) {
        let mut sum = 0;
        for byte in chunk {
            let kind = KINDS[*byte as usize];
            let starts = kind & !before & LETTER_OR_DIGIT;
            let named = starts & (kind >> CAPITAL.trailing_zeros());
            sum += kind + (starts << WORD_BITS) + (named << NAMED_BITS);
            before = kind;
        }
        let of = |one: u64| (sum >> one.trailing_zeros()) as u32 & 0xff;
        counts.capitals += of(CAPITAL);
        counts.digits += of(DIGIT);
        counts.commas += of(COMMA);
        counts.separators += of(SEPARATOR);
        counts.quotes += of(QUOTE);
        counts.words += of(1 << WORD_BITS);
        counts.named += of(1 << NAMED_BITS);
    }
    counts
}

/// Whether a byte is an ASCII letter or digit, without a branch.
#[inline]
pub(crate) fn is_alphanumeric(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_one_byte_after_the_other() {
        let text = "It's 9 o'clock -- \"and all\" is Well, so; on/off 2X2|".repeat(40);
        for end in [0, 1, 5, 38, 254, 255, 256, 511, text.len()] {
            let bytes = &text.as_bytes()[..end];
            for inside in [false, true] {
                let count = |is: fn(&u8) -> bool| bytes.iter().filter(|b| is(b)).count() as u32;
                let start = |i: usize| {
                    bytes[i].is_ascii_alphanumeric()
                        && !(if i == 0 { inside } else { bytes[i - 1].is_ascii_alphanumeric() })
                };
                let expected = Counts {
                    capitals: count(u8::is_ascii_uppercase),
                    digits: count(u8::is_ascii_digit),
                    commas: count(|b| matches!(b, b',' | b';')),
                    separators: count(|b| matches!(b, b'|' | b'/')),
                    quotes: count(|b| *b == b'"'),
                    words: (0..end).filter(|i| start(*i)).count() as u32,
                    named: (0..end).filter(|i| start(*i) && bytes[*i].is_ascii_uppercase()).count() as u32,
                };
                assert_eq!(super::count(bytes, inside), expected, "{end}");
            }
        }
    }

    #[test]
    fn lower_case_is_the_same_with_a_buffer_and_without() {
        for text in ["", "By ANN Bell", "ÉCRIT par", "longer than the buffer is"] {
            assert_eq!(lower(text, &mut [0; 12]), text.to_lowercase());
        }
    }

    #[test]
    fn eight_bytes_are_told_as_one_by_one() {
        for byte in 0..=255u8 {
            let expected = if byte.is_ascii_alphanumeric() { HIGH } else { 0 };
            assert_eq!(letters(u64::from_ne_bytes([byte; STRIDE])), expected, "{byte}");
            let blank = if matches!(byte, b' ' | b'\t'..=b'\r') { HIGH } else { 0 };
            assert_eq!(blanks(u64::from_ne_bytes([byte; STRIDE])), blank, "{byte}");
            let beside = letters(u64::from_le_bytes([b'z', byte, b'-', b'0', 0xff, b'A', 0, b'_']));
            assert_eq!(beside, HIGH & 0x0000_ff00_ff00_00ff | expected & 0xff00, "{byte}");
        }
        assert_eq!((stride(b"12345678", 0), stride(b"12345678", 1)), (Some(0x3837_3635_3433_3231), None));
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        for text in ["headline", "x title", "subtitlex", "titl", "", "é"] {
            let words = ["headline", "title", "é"];
            assert_eq!(holds_any(text, &words), words.iter().any(|w| text.contains(w)), "{text}");
        }
    }

    #[test]
    fn runs_end_at_the_first_other_byte() {
        for n in [0, 1, 15, 16, 17, 40] {
            assert_eq!(run(format!("{}é", "a".repeat(n)).as_bytes()), n);
            assert_eq!(run("a".repeat(n).as_bytes()), n);
        }
    }

    #[test]
    fn letters_are_told_as_the_standard_library_tells_them() {
        for byte in 0..=127 {
            assert_eq!(is_alphanumeric(byte), byte.is_ascii_alphanumeric());
        }
    }
}
