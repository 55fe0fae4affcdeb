//! Counts and lower case of ASCII text: most bytes of most pages are ASCII, and there eight or sixteen bytes are looked at as
//! one.

use std::borrow::Cow;
use wide::u8x16;

/// How many bytes at the start are ASCII.
#[inline]
pub(crate) fn run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = stride(bytes, at) {
        let beyond = eight & HIGH;
        if beyond != 0 {
            return at + beyond.trailing_zeros() as usize / 8;
        }
        at += STRIDE;
    }
    at + bytes[at..].iter().take_while(|b| b.is_ascii()).count()
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

/// `text` in lower case, within `buffer` where it fits in and has no letters beyond ASCII that have a case.
pub(crate) fn lower<'a>(text: &str, buffer: &'a mut [u8]) -> Cow<'a, str> {
    if let Some(lower) = buffer.get_mut(..text.len())
        && (text.is_ascii() || has_case_in_ascii_alone(text))
    {
        lower.copy_from_slice(text.as_bytes());
        lower.make_ascii_lowercase();
        if let Ok(lower) = std::str::from_utf8(lower) {
            return Cow::Borrowed(lower);
        }
    }
    Cow::Owned(text.to_lowercase())
}

/// Whether all that is not ASCII is a mark or sign: U+0080 to U+00BF, and U+2000 to U+20BF, where typography is.
fn has_case_in_ascii_alone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_mark = |at: usize| match bytes[at] {
        0..0xc0 | 0xc2 => true,
        0xe2 => matches!(bytes[at + 1], 0x80..=0x82),
        _ => false,
    };
    (0..bytes.len()).all(is_mark)
}

/// Whether one of the `words`, none of which is empty, stands anywhere in `text`: one walk over a short text.
pub(crate) fn holds_any(text: &str, words: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let bit = |byte: u8| 1u32 << (byte % 32);
    // Most bytes begin none of them, and say so by their lowest bits.
    let first = words.iter().fold(0, |bits, word| bits | bit(word.as_bytes()[0]));
    let begins = |at: usize| words.iter().any(|word| bytes[at..].starts_with(word.as_bytes()));
    (0..bytes.len()).any(|at| first & bit(bytes[at]) != 0 && begins(at))
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

/// [`HIGH`]'s bit of each byte that is a letter or digit of ASCII.
#[inline]
pub(crate) fn letters(eight: u64) -> u64 {
    let lower = eight | LOWER;
    let letter = at_least(lower, b'a') & !at_least(lower, b'z' + 1);
    let digit = at_least(eight, b'0') & !at_least(eight, b'9' + 1);
    (letter | digit) & !eight & HIGH
}

/// What each of up to 64 bytes is: a bit for each byte, the first the lowest. Behind their end no bit is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    /// Letters and digits of ASCII.
    pub(crate) letters: u64,
    /// White space of ASCII.
    pub(crate) blanks: u64,
    /// Not ASCII.
    pub(crate) beyond: u64,
}

/// So many bytes [`Bits`] tell.
pub(crate) const BITS: usize = u64::BITS as usize;

impl Bits {
    /// Of the first [`BITS`] bytes.
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Bits {
        let mut bits = Bits::default();
        let mut at = 0;
        while at < bytes.len().min(BITS) {
            let lanes = lanes(&bytes[at..]);
            let mask = |lanes: u8x16| u64::from(lanes.to_bitmask()) << at;
            bits.letters |= mask(letters_of(lanes));
            bits.blanks |= mask(within(lanes, b'\t', b'\r') | lanes.simd_eq(u8x16::splat(b' ')));
            bits.beyond |= mask(lanes);
            at += LANES;
        }
        bits
    }
}

/// The first sixteen bytes; zeros behind the end.
#[inline]
fn lanes(bytes: &[u8]) -> u8x16 {
    match bytes.first_chunk() {
        Some(lanes) => u8x16::new(*lanes),
        None => {
            let mut lanes = [0; LANES];
            lanes[..bytes.len()].copy_from_slice(bytes);
            u8x16::new(lanes)
        }
    }
}

/// All ones where a byte is one of `first..=last`.
#[inline]
fn within(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    (bytes - u8x16::splat(first)).simd_le(u8x16::splat(last - first))
}

/// All ones where a byte is a letter or digit of ASCII.
#[inline]
fn letters_of(bytes: u8x16) -> u8x16 {
    within(bytes | u8x16::splat(0x20), b'a', b'z') | within(bytes, b'0', b'9')
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

/// Bytes that are counted at once.
const LANES: usize = 16;
/// So many strides at most, that no lane's count runs over.
const STRIDES_MAX: usize = u8::MAX as usize;

/// Counts the bytes of `run`, which is ASCII; `inside` says that a letter or digit stands before it.
#[inline]
pub(crate) fn count(run: &[u8], inside: bool) -> Counts {
    let mut counts = Counts::default();
    let mut before = u32::from(inside);
    for chunk in run.chunks(LANES * STRIDES_MAX) {
        let mut counted = Lanes::default();
        for stride in chunk.chunks(LANES) {
            // NUL, which stands behind the end, is none of what is counted.
            before = counted.add(lanes(stride), before);
        }
        counted.sum_up(&mut counts);
    }
    counts
}

/// What was counted of each kind in each of sixteen places; of beginnings of words, in all of them.
#[derive(Default)]
struct Lanes {
    capitals: u8x16,
    digits: u8x16,
    commas: u8x16,
    separators: u8x16,
    quotes: u8x16,
    /// Beginnings of words in the low half, of these capitals in the high one.
    words: u32,
}

impl Lanes {
    /// Counts sixteen bytes; `before` and what is given back is 1 where the byte before is a letter or digit.
    #[inline]
    fn add(&mut self, bytes: u8x16, before: u32) -> u32 {
        let one_of = |a: u8, b: u8| bytes.simd_eq(u8x16::splat(a)) | bytes.simd_eq(u8x16::splat(b));
        let capitals = within(bytes, b'A', b'Z');
        // What is counted is all ones: -1.
        self.capitals -= capitals;
        self.digits -= within(bytes, b'0', b'9');
        self.commas -= one_of(b',', b';');
        self.separators -= one_of(b'|', b'/');
        self.quotes -= bytes.simd_eq(u8x16::splat(b'"'));
        let inside = letters_of(bytes).to_bitmask();
        let starts = inside & !(inside << 1 | before);
        self.words += ones_by_halves(starts | (starts & capitals.to_bitmask()) << 16);
        inside >> (LANES - 1)
    }

    fn sum_up(self, counts: &mut Counts) {
        counts.capitals += sum(self.capitals);
        counts.digits += sum(self.digits);
        counts.commas += sum(self.commas);
        counts.separators += sum(self.separators);
        counts.quotes += sum(self.quotes);
        counts.words += self.words & 0xffff;
        counts.named += self.words >> 16;
    }
}

/// How many bits are set in each half of `bits`.
#[inline]
fn ones_by_halves(bits: u32) -> u32 {
    let twos = bits - (bits >> 1 & 0x5555_5555);
    let fours = (twos & 0x3333_3333) + (twos >> 2 & 0x3333_3333);
    let eights = (fours + (fours >> 4)) & 0x0f0f_0f0f;
    (eights + (eights >> 8)) & 0x00ff_00ff
}

#[inline]
fn sum(lanes: u8x16) -> u32 {
    const LOW: u64 = 0x00ff_00ff_00ff_00ff;
    let pairs = |eight: u64| (eight & LOW) + (eight >> 8 & LOW);
    let [low, high]: [u64; 2] = bytemuck::cast(lanes);
    ((pairs(low) + pairs(high)).wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
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
    fn lower_case_is_the_standard_librarys_for_every_character() {
        for c in '\0'..='\u{2ffff}' {
            let text = format!("A{c}B");
            assert_eq!(lower(&text, &mut [0; 8]), text.to_lowercase(), "{c:?}");
        }
        assert!(matches!(lower("It’s «Late» – 5 €", &mut [0; 40]), Cow::Borrowed(_)));
    }

    #[test]
    fn counts_are_those_of_one_byte_after_the_other() {
        let text = "It's 9 o'clock -- \"and all\" is Well, so; on/off 2X2|".repeat(100);
        for end in [0, 1, 5, 15, 16, 17, 38, LANES * STRIDES_MAX, LANES * STRIDES_MAX + 1, text.len()] {
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
            let beside = letters(u64::from_le_bytes([b'z', byte, b'-', b'0', 0xff, b'A', 0, b'_']));
            assert_eq!(beside, HIGH & 0x0000_ff00_ff00_00ff | expected & 0xff00, "{byte}");
        }
        assert_eq!((stride(b"12345678", 0), stride(b"12345678", 1)), (Some(0x3837_3635_3433_3231), None));
    }

    #[test]
    fn each_byte_has_its_bit() {
        for byte in 0..=255u8 {
            let set = |is: bool, length: usize| if is { u64::MAX >> (BITS - length) } else { 0 };
            for length in [1, 15, 16, 17, 63, BITS] {
                let expected = Bits {
                    letters: set(byte.is_ascii_alphanumeric(), length),
                    blanks: set(matches!(byte, b' ' | b'\t'..=b'\r'), length),
                    beyond: set(!byte.is_ascii(), length),
                };
                assert_eq!(Bits::of(&vec![byte; length]), expected, "{byte}");
            }
            assert_eq!(Bits::of(&[byte; BITS + 1]), Bits::of(&[byte; BITS]));
        }
        assert_eq!(Bits::of(b"a. "), Bits { letters: 1, blanks: 4, beyond: 0 });
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
