//! Counts over ASCII text in strides: most bytes of most pages are ASCII, and there the compiler can count many at once.

/// Bytes that one stride adds up without its count running over.
const STRIDE: usize = 192;

/// How many bytes at the start are ASCII.
pub(crate) fn run(bytes: &[u8]) -> usize {
    let whole = bytes.chunks_exact(16).take_while(|chunk| chunk.is_ascii()).count() * 16;
    whole + bytes[whole..].iter().take_while(|b| b.is_ascii()).count()
}

/// For each of `N` questions how many bytes it accepts; a question sees a byte and the one before it, of which `before` is the
/// first.
pub(crate) fn count<const N: usize>(bytes: &[u8], before: u8, ask: impl Fn(u8, u8) -> [bool; N]) -> [usize; N] {
    let mut totals = [0; N];
    let mut add = |counts: [u8; N]| totals.iter_mut().zip(counts).for_each(|(total, n)| *total += usize::from(n));
    let Some(first) = bytes.first() else { return totals };
    add(ask(*first, before).map(u8::from));
    for (befores, chunk) in bytes.chunks(STRIDE).zip(bytes[1..].chunks(STRIDE)) {
        let mut counts = [0u8; N];
        for (byte, before) in chunk.iter().zip(befores) {
            let answers = ask(*byte, *before);
            for n in 0..N {
                counts[n] += u8::from(answers[n]);
            }
        }
        add(counts);
    }
    totals
}

/// Whether a byte is an ASCII letter or digit, without a branch.
pub(crate) fn is_alphanumeric(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'0') < 10)
}

/// Whether a character is a letter or digit; the quotation marks and dashes of typography are told at once.
pub(crate) fn is_letter(c: char) -> bool {
    !matches!(c, '\u{2000}'..='\u{206f}') && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_one_byte_after_the_other() {
        let text = "It's 9 o'clock -- and all is well; 2x2 ".repeat(40);
        let starts = |byte: u8, before: u8| is_alphanumeric(byte) & !is_alphanumeric(before);
        for end in [0, 1, 5, 38, 191, 192, 193, 194, 385, text.len()] {
            let bytes = &text.as_bytes()[..end];
            for first in [b' ', b'a'] {
                let mut before = first;
                let mut expected = [0, 0];
                for byte in bytes {
                    expected[0] += usize::from(byte.is_ascii_lowercase());
                    expected[1] += usize::from(starts(*byte, before));
                    before = *byte;
                }
                assert_eq!(count(bytes, first, |b, p| [b.is_ascii_lowercase(), starts(b, p)]), expected, "{end}");
            }
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
        for c in '\0'..='\u{2fff}' {
            assert_eq!(is_letter(c), c.is_alphanumeric(), "{c:?}");
        }
        for byte in 0..=127 {
            assert_eq!(is_alphanumeric(byte), byte.is_ascii_alphanumeric());
        }
    }
}
