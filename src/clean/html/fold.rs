//! Bytes of text and of styles, looked at in strides: what can be copied as it is, what hides an element.

use super::strides::stride;
use crate::clean::ascii;
use encoding_rs::WINDOWS_1252;
use wide::u8x16;

/// A byte that begins white space, or a character that is dropped or read otherwise, or may do so.
static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut i = 0;
    while i < 256 {
        special[i] = i <= 0x20 || matches!(i, 0xc2 | 0xe1 | 0xe2 | 0xe3 | 0xef);
        i += 1;
    }
    special
};

/// How many bytes of `text` can be copied as they are: they hold no white space but single blanks between two letters, and
/// nothing that is dropped. Where text is preformatted, a blank ends them too.
pub(super) fn plain(text: &[u8], preformatted: bool) -> usize {
    let special = |at: usize| text.get(at).is_none_or(|b| SPECIAL[*b as usize]);
    let mut at = 0;
    loop {
        if !preformatted {
            at = strides(text, at);
        }
        while !special(at) {
            at += 1;
        }
        let rest = &text[at..];
        let single = |b: &[u8]| at > 0 && !preformatted && (!special(at + 1) || letters(b) > 0);
        at += match rest {
            [b' ', next @ ..] if single(next) => 1,
            _ => match letters(rest) {
                0 => return at,
                bytes => bytes,
            },
        };
    }
}

/// As [`plain`], stride by stride, for the bytes at and after `from`: what it leaves is less than a stride, or begins with a
/// byte that must be looked at.
#[inline]
fn strides(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(bytes) = stride(text, at) {
        let blank = bytes.simd_eq(u8x16::splat(b' ')).to_bitmask();
        let mut special = bytes.simd_le(u8x16::splat(b' ')).to_bitmask();
        if bytes.to_bitmask() != 0 {
            let first = |byte| bytes.simd_eq(u8x16::splat(byte));
            special |= (first(0xc2) | first(0xe1) | first(0xe2) | first(0xe3) | first(0xef)).to_bitmask();
        }
        let leading = u32::from(at == 0);
        let ends = special & (!blank | special >> 1 | leading);
        if ends != 0 {
            return at + ends.trailing_zeros() as usize;
        }
        // What follows a blank at the stride's end is looked at together with it.
        at += if special >> 15 == 0 { 16 } else { 15 };
    }
    at
}

/// Bytes of the letters at the start of `text` that begin like white space or like what is dropped, and are neither.
fn letters(text: &[u8]) -> usize {
    match *text {
        [0xc2, b, ..] if b > 0xa0 && b != 0xad => 2,
        [0xe1, b, c, ..] if (b, c) != (0x9a, 0x80) => 3,
        [0xe2, 0x80, c, ..] => 3 * usize::from(!matches!(c, 0x80..=0x8b | 0xa8 | 0xa9 | 0xaf)),
        [0xe2, b, c, ..] if (b, c) != (0x81, 0x9f) => 3,
        // Kana and the ideographs beside them come by the dozen.
        [0xe3, ..] => 3 * text.chunks_exact(3).take_while(|c| c[0] == 0xe3 && c[1..] != [0x80, 0x80]).count(),
        [0xef, b, c, ..] if (b, c) != (0xbb, 0xbf) => 3,
        _ => 0,
    }
}

/// What was meant by a control character that no text has: the same byte of windows-1252, as the HTML standard reads `&#146;`; `None`
/// where it has none.
pub(super) fn meant(control: char) -> Option<char> {
    let byte = u8::try_from(u32::from(control)).ok().filter(|byte| (0x80..0xa0).contains(byte))?;
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(std::slice::from_ref(&byte));
    text.chars().next().filter(|c| *c != control)
}

/// How many bytes of white space `text` begins with, ASCII alone; NUL is none.
pub(super) fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|b| (1..=b' ').contains(*b)).count()
}

/// Whether all of `text` is white space or NUL, ASCII alone.
pub(super) fn is_blank(text: &[u8]) -> bool {
    let seen = |eight: &[u8; 8]| {
        let eight = u64::from_le_bytes(*eight);
        (ascii::at_least(eight, b' ' + 1) | eight) & ascii::HIGH != 0
    };
    if text.first().is_some_and(|b| *b > b' ') {
        return false;
    }
    match text.last_chunk() {
        Some(last) => !text.as_chunks().0.iter().any(seen) && !seen(last),
        None => text.iter().all(|b| *b <= b' '),
    }
}

/// Bytes of a style that are looked at.
const STYLE_BYTES_MAX: usize = 200;

/// Whether a style says that its element is not shown.
pub(super) fn hides(style: &str) -> bool {
    let style = &style.as_bytes()[..style.len().min(STYLE_BYTES_MAX)];
    memchr::memchr_iter(b':', style).any(|at| {
        let (name, value) = (&style[..at], &style[at + 1..]);
        starts(value.iter(), b"none") && starts(name.iter().rev(), b"yalpsid")
            || starts(value.iter(), b"hidden") && starts(name.iter().rev(), b"ytilibisiv")
    })
}

/// Whether `style` begins with `letters`, in any case and with any white space between.
fn starts<'a>(style: impl Iterator<Item = &'a u8>, letters: &[u8]) -> bool {
    let mut shown = style.filter(|b| !b.is_ascii_whitespace());
    letters.iter().all(|letter| shown.next().is_some_and(|b| b.eq_ignore_ascii_case(letter)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: usize) {
        assert_eq!(plain(text.as_bytes(), false), expected, "{text}");
    }

    #[test]
    fn runs_end_where_white_space_must_be_folded() {
        check("one two three", 13);
        check("one  two", 3);
        check("one two ", 7);
        check("one\ntwo", 3);
        check(" one", 0);
        check("one \u{a0}two", 3);
        check("наш дом", "наш дом".len());
        check("かな　漢字", "かな".len());
        check("é\u{ad}", 2);
        assert_eq!(plain(b"a b", true), 1);
    }

    /// Whether a character is white space, dropped or read otherwise.
    fn is_special(c: char) -> bool {
        c.is_whitespace() || c < ' ' || matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}' | '\u{feff}' | '\u{ad}')
    }

    /// What [`plain`] says, one character after the other.
    fn plain_characters(text: &str, preformatted: bool) -> usize {
        let mut before = None;
        let mut characters = text.char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            let single = c == ' ' && before.is_some() && next.is_some_and(|next| !is_special(next)) && !preformatted;
            if is_special(c) && !single {
                return at;
            }
            before = Some(c);
        }
        text.len()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

        #[test]
        fn strides_end_where_single_characters_do(
            text in "([a-z]{1,6} ?|[éд漢か“–€ﬁ&©] ?){0,12}[ \n\u{85}\u{a0}\u{ad}\u{200b}\u{3000}\u{feff}]{0,2}[a-z ]{0,9}"
        ) {
            for preformatted in [false, true] {
                prop_assert_eq!(plain(text.as_bytes(), preformatted), plain_characters(&text, preformatted));
            }
        }

        #[test]
        fn a_blank_text_is_blank_in_every_byte(text in "[ \t\n\0]{0,20}[ -\"é]?[ \n]{0,20}") {
            prop_assert_eq!(is_blank(text.as_bytes()), text.bytes().all(|b| b <= b' '));
        }
    }

    #[test]
    fn characters_that_are_white_space_or_dropped_are_known() {
        for c in '\u{80}'..='\u{ffff}' {
            assert_eq!(plain(c.to_string().as_bytes(), false) == 0, is_special(c), "{c:?}");
        }
    }

    #[test]
    fn styles_hide_in_any_spelling() {
        for style in ["display:none", "x:y; DISPLAY : none !important", "visibility:\thidden"] {
            assert!(hides(style), "{style}");
        }
        for style in ["", "display:block", "none", "d", "visibility:visible;display:inline"] {
            assert!(!hides(style), "{style}");
        }
    }
}
