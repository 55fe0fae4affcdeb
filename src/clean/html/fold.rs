//! Bytes of text and of styles, looked at in strides: what can be copied as it is, what hides an element.

/// A byte that begins white space, or a character that is dropped, or may do so.
static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut i = 0;
    while i < 256 {
        // Beyond ASCII: U+0085, U+00A0, U+00AD; U+1680; U+2000..U+205F; U+3000; U+FEFF.
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
        while !special(at) {
            at += 1;
        }
        match text.get(at..).unwrap_or_default() {
            [b' ', ..] if at > 0 && !preformatted && !special(at + 1) => at += 2,
            // Kana and the ideographs beside them share their first byte with the ideographic space.
            [0xe3, second, third, ..] if (*second, *third) != (0x80, 0x80) => at += 3,
            _ => return at,
        }
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
