//! Lengths of text, in units that fit its script.

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

/// Measures `text` in one pass.
pub(crate) fn measure(text: &str) -> Measure {
    let mut m = Measure::default();
    let mut inside = false;
    let mut stop = false;
    let mut last = ' ';
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
        if run > 0 {
            ascii_word(&bytes[at..at + run], inside, &mut m);
            m.chars += run as u32;
            (inside, stop, last) = (true, false, 'a');
            at += run;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        at += c.len_utf8();
        m.chars += 1;
        if !c.is_ascii() && c.is_alphanumeric() {
            stop = false;
            if is_unspaced(c) {
                m.unspaced += 1;
                inside = false;
            } else {
                let capital = c.is_uppercase();
                m.capitals += u32::from(capital);
                if !inside {
                    m.words += 1.0;
                    m.named += u32::from(capital);
                    m.lower_start |= m.chars == 1 && c.is_lowercase();
                }
                inside = true;
            }
        } else {
            inside = inside && matches!(c, '\'' | '’' | '-' | '\u{300}'..='\u{36f}');
            match c {
                ' ' if stop => {
                    m.stops += 1;
                    stop = false;
                }
                '.' | '!' | '?' | '…' | '؟' | '۔' | '։' | ';' if c != ';' => stop = true,
                '。' | '！' | '？' | '।' => m.stops += 1,
                ',' | ';' | '，' | '、' | '،' | '；' => m.commas += 1,
                '|' | '•' | '·' | '»' | '/' | '›' | '→' => m.separators += 1,
                '"' | '“' | '”' | '„' | '«' | '「' | '」' => m.quotes += 1,
                '©' | '®' => m.rights = true,
                _ => {}
            }
        }
        if !c.is_whitespace() && !matches!(c, '"' | '“' | '”' | '»' | ')' | '\'' | '’' | '」' | '』' | '）' | ']')
        {
            last = c;
        }
    }
    m.stops += u32::from(stop);
    m.words += m.unspaced as f32 / 2.0;
    m.ends = matches!(last, '.' | '!' | '?' | '…' | '؟' | '۔' | '。' | '！' | '？' | '।' | '։');
    m.colon = matches!(last, ':' | '：');
    m
}

/// Letters and digits in a row; `inside` where they go on with a word.
fn ascii_word(word: &[u8], inside: bool, m: &mut Measure) {
    for byte in word {
        m.digits += u32::from(byte.is_ascii_digit());
        m.capitals += u32::from(byte.is_ascii_uppercase());
    }
    if !inside {
        m.words += 1.0;
        m.named += u32::from(word[0].is_ascii_uppercase());
        m.lower_start |= m.chars == 0 && word[0].is_ascii_lowercase();
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
