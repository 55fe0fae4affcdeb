//! Lengths of text, in units that fit its script.

use crate::clean::ascii;
use crate::clean::letters::{self, Letter, letter};

/// What a block's text looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Measure {
    /// Words; a character of a script that is written without spaces counts half a word.
    pub(crate) words: f32,
    /// Characters.
    pub(crate) chars: u32,
    /// Ends of sentences.
    pub(crate) stops: u32,
    /// Commas and the like.
    pub(crate) commas: u32,
    /// Digits.
    pub(crate) digits: u32,
    /// Upper-case letters.
    pub(crate) capitals: u32,
    /// Letters of scripts written without spaces.
    pub(crate) unspaced: u32,
    /// Words that start with a capital.
    pub(crate) named: u32,
    /// Marks that separate items: `|`, `•`, `·`, `»`, `/`.
    pub(crate) separators: u32,
    /// Quotation marks.
    pub(crate) quotes: u32,
    /// The text ends like a sentence.
    pub(crate) ends: bool,
    /// The text ends with a colon.
    pub(crate) colon: bool,
    /// The text starts with a lower-case letter.
    pub(crate) lower_start: bool,
    /// `©` or the like stands in it.
    pub(crate) rights: bool,
}

/// Scripts that are written without spaces: Han, kana, Thai, Lao, Khmer, Burmese.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Measures `text`: runs of ASCII in strides, what lies between them character by character.
pub(crate) fn measure(text: &str) -> Measure {
    let mut walk = Walk::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = &bytes[at..at + ascii::run(&bytes[at..])];
        walk.ascii(run);
        at += run.len();
        let Some(c) = text[at..].chars().next() else { break };
        walk.other(c);
        at += c.len_utf8();
    }
    let mut m = walk.measure;
    m.stops += u32::from(walk.stop);
    m.words += m.unspaced as f32 / 2.0;
    let first = text.chars().next();
    m.lower_start = first.is_some_and(|c| letters::is_letter(c) && c.is_lowercase() && !is_unspaced(c));
    let closes =
        |c: char| c.is_whitespace() || matches!(c, '"' | '“' | '”' | '»' | ')' | '\'' | '’' | '」' | '』' | '）' | ']');
    let last = text.chars().rev().find(|c| !closes(*c)).unwrap_or(' ');
    m.ends = matches!(last, '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' | '।' | '։');
    m.colon = matches!(last, ':' | '：');
    m
}

#[derive(Default)]
struct Walk {
    measure: Measure,
    /// What comes next goes on with a word.
    inside: bool,
    /// A sentence's mark came, and nothing but closing marks since.
    stop: bool,
}

impl Walk {
    fn ascii(&mut self, run: &[u8]) {
        let Some(last) = run.last() else { return };
        let m = &mut self.measure;
        m.chars += run.len() as u32;
        let counts = ascii::count(run, self.inside);
        let (mut starts, mut named) = (counts.words, counts.named);
        m.digits += counts.digits;
        m.capitals += counts.capitals;
        m.commas += counts.commas;
        m.separators += counts.separators;
        m.quotes += counts.quotes;
        let mut inside = ascii::is_alphanumeric(*last);
        // A word goes on over apostrophes and hyphens.
        let joined = |at: usize| {
            let before = run[..at].iter().rposition(|b| !matches!(b, b'\'' | b'-'));
            before.map_or(self.inside, |i| ascii::is_alphanumeric(run[i]))
        };
        for at in memchr::memchr2_iter(b'\'', b'-', run) {
            match run.get(at + 1) {
                Some(next) if ascii::is_alphanumeric(*next) && joined(at) => {
                    starts -= 1;
                    named -= u32::from(next.is_ascii_uppercase());
                }
                None => inside = joined(at),
                _ => {}
            }
        }
        m.words += starts as f32;
        m.named += named;
        self.inside = inside;
        self.stops(run);
    }

    /// Counts blanks that follow a sentence's mark with nothing but closing marks between.
    fn stops(&mut self, run: &[u8]) {
        let mut from = 0;
        loop {
            if self.stop {
                let Some(at) = run[from..].iter().position(|b| ascii::is_alphanumeric(*b) || *b == b' ') else {
                    return;
                };
                self.measure.stops += u32::from(run[from + at] == b' ');
                self.stop = false;
                from += at + 1;
            }
            let Some(at) = memchr::memchr3(b'.', b'!', b'?', &run[from..]) else { return };
            self.stop = true;
            from += at + 1;
        }
    }

    fn other(&mut self, c: char) {
        let m = &mut self.measure;
        m.chars += 1;
        if let Some(Letter { capital, .. }) = letter(c) {
            self.stop = false;
            if is_unspaced(c) {
                m.unspaced += 1;
                self.inside = false;
            } else {
                m.capitals += u32::from(capital);
                if !self.inside {
                    m.words += 1.0;
                    m.named += u32::from(capital);
                }
                self.inside = true;
            }
            return;
        }
        self.inside = self.inside && matches!(c, '’' | '\u{300}'..='\u{36f}');
        match c {
            '…' | '؟' | '۔' | '։' => self.stop = true,
            '。' | '！' | '？' | '।' => m.stops += 1,
            '，' | '、' | '،' | '；' => m.commas += 1,
            '•' | '·' | '»' | '›' | '→' => m.separators += 1,
            '“' | '”' | '„' | '«' | '「' | '」' => m.quotes += 1,
            '©' | '®' => m.rights = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fit_the_script() {
        let m = measure("It's the well-known Mr. Bell, \"he said.\" Why? ");
        assert_eq!((m.words, m.stops, m.commas, m.quotes, m.ends), (8.0, 3, 1, 2, true));
        let m = measure("国务院总理昨天说，这是好的。");
        assert_eq!((m.words, m.stops, m.commas, m.ends), (6.0, 1, 1, true));
        let m = measure("home | news © 2024:");
        assert_eq!((m.separators, m.rights, m.digits, m.colon, m.lower_start), (1, true, 4, true, true));
        assert_eq!(measure(""), Measure::default());
    }
}
