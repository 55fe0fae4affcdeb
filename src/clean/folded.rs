//! Words in the making: what is kept of a text, lower case, one space between two words.
//!
//! What holds: no space at either end, none beside another; the same bytes whichever way they are added.

use super::ascii;

/// What is kept so far.
pub(crate) struct Folded {
    out: Vec<u8>,
    /// What was passed over since the last kept character is a space if another comes.
    gap: bool,
}

impl Folded {
    /// Goes on behind what stands in `before`, a space between.
    pub(crate) fn behind(before: String) -> Folded {
        Folded { out: before.into_bytes(), gap: true }
    }

    pub(crate) fn into_string(self) -> String {
        String::from_utf8(self.out).expect("whole characters were added")
    }

    /// What comes next belongs to another word.
    pub(crate) fn end_word(&mut self) {
        self.gap = true;
    }

    /// Adds a character that is kept.
    pub(crate) fn push(&mut self, c: char) {
        if self.gap && !self.out.is_empty() {
            self.out.push(b' ');
        }
        self.gap = false;
        self.out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// Adds the letters and digits of ASCII, which all else in `run` divides.
    pub(crate) fn ascii(&mut self, run: &[u8]) {
        let mut run = run;
        if self.out.is_empty() {
            run = &run[run.iter().take_while(|b| ascii::FOLDED[**b as usize] == 0).count()..];
            self.gap &= run.is_empty();
        }
        let mut at = self.out.len();
        self.out.resize(at + run.len() + 1, 0);
        let mut from = 0;
        while let Some(eight) = ascii::stride(run, from) {
            at = self.stride(eight, at);
            from += ascii::STRIDE;
        }
        at = self.bytes(&run[from..], at);
        self.out.truncate(at);
    }

    /// Writes what is kept of eight bytes at `at`, and a blank for what divides it; gives where the next goes.
    fn stride(&mut self, eight: u64, at: usize) -> usize {
        let others = !ascii::letters(eight) & ascii::HIGH;
        // All kept bytes have the bit of lower case then, and all others become blanks.
        let blank = (others >> 7) * 0xff;
        let mut bytes = (eight & !blank) | ascii::LOWER;
        // Of blanks that follow each other the first stays.
        let mut again = others & (others << 8 | u64::from(self.gap) << 7);
        let count = ascii::STRIDE - again.count_ones() as usize;
        while again != 0 {
            let before = (1 << (56 - again.leading_zeros())) - 1;
            bytes = bytes & before | bytes >> 8 & !before;
            again &= before;
        }
        self.out[at] = b' ';
        let at = at + usize::from(self.gap);
        self.out[at..at + ascii::STRIDE].copy_from_slice(&bytes.to_le_bytes());
        self.gap = others >> 63 != 0;
        at + count - usize::from(self.gap)
    }

    /// Writes bytes one by one, without a branch: where a word ends cannot be foreseen.
    fn bytes(&mut self, bytes: &[u8], mut at: usize) -> usize {
        for byte in bytes {
            let kept = ascii::FOLDED[*byte as usize];
            self.out[at] = b' ';
            at += usize::from(self.gap & (kept != 0));
            self.out[at] = kept;
            at += usize::from(kept != 0);
            self.gap = kept == 0;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strides_are_as_byte_by_byte(parts in prop::collection::vec("[a-zA-Z0-9 .,-]{0,30}", 0..4), before in "|x") {
            let mut strides = Folded::behind(before.clone());
            let mut single = Folded::behind(before);
            for part in &parts {
                strides.ascii(part.as_bytes());
                for c in part.chars() {
                    if c.is_ascii_alphanumeric() { single.push(c.to_ascii_lowercase()) } else { single.end_word() }
                }
            }
            prop_assert_eq!(strides.into_string(), single.into_string());
        }
    }
}
