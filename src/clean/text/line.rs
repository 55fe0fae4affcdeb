//! Lines of scraped text: split, repaired, measured. One pass; a line's text is written once, into the document's.
//!
//! What holds: a line that survives has a letter or digit; white space is folded; every measure counts letters in a way
//! that fits scripts without spaces (a Han or Kana character counts as a word).

use super::lexicon::{self, Cue};
use std::borrow::Cow;

/// How a line ends, since sentences end in a stop and headings do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Letters, digits, anything else.
    Open,
    /// `.`, `!`, `。` and their kin, perhaps before a closing quote.
    Stop,
    /// `?` in any script.
    Question,
    /// `:` or `,` or `;`.
    Colon,
    /// `…` or `...`.
    Ellipsis,
}

/// One line of the page, with everything that features need to know of it.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its text in the document, bytes.
    pub start: u32,
    /// End of its text, bytes.
    pub end: u32,
    /// Hash of its letters and digits, case folded: equal for lines that differ in quotes and punctuation only.
    pub key: u64,
    /// Blank lines before it.
    pub gap: u16,
    /// White space before it, in the raw text.
    pub indent: u16,
    /// The list marker that stood before it, or 0.
    pub bullet: u8,
    /// Letters and digits.
    pub letters: u32,
    /// Words, as [`is_unspaced`] counts them.
    pub words: u32,
    /// Words with a capital first letter.
    pub capital: u32,
    /// Words in capitals throughout, of two letters or more.
    pub shouted: u32,
    /// Words without a capital.
    pub lower: u32,
    /// Words that begin with a digit.
    pub numbers: u32,
    /// Digits.
    pub digits: u32,
    /// Commas and their kin.
    pub commas: u32,
    /// Sentence ends inside the line.
    pub stops: u32,
    /// Separators of menus and trails: `|`, `>`, `»`, `/`, `•`.
    pub separators: u32,
    /// Opening or closing quotation marks.
    pub quotes: u32,
    /// How it ends.
    pub ending: End,
    /// Cues from the lexicon, counted by [`Cue`].
    pub cues: [u8; Cue::COUNT],
    /// A template's left-over stood here.
    pub cut: bool,
    /// What was glued to the front of the headline beside it.
    pub kicker: bool,
    /// As such it names the article's section.
    pub section: bool,
    /// It stood twice in a row; the second was dropped.
    pub doubled: bool,
    /// How often its key stands on the page.
    pub times: u16,
    /// Which of them this one is, from 0.
    pub nth: u16,
}

/// A character that is a word by itself, since its script sets no spaces.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Mixes one character into a running hash (the multiplication of `FxHasher`, here because it is fed by characters).
#[inline]
pub(super) fn mix(hash: u64, c: char) -> u64 {
    (hash.rotate_left(5) ^ u64::from(c as u32)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Splits `text` into lines, at most `lines_max`, writes their repaired text to `out`, one after the other.
/// The second value says whether the bound cut something off.
pub(super) fn lines(text: &str, lines_max: usize, out: &mut String) -> (Vec<Line>, bool) {
    let mut lines = Vec::new();
    let mut gap = 0u16;
    for raw in text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}']) {
        let trimmed = raw.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
        if trimmed.is_empty() {
            gap = gap.saturating_add(1);
            continue;
        }
        let indent = (raw.len() - raw.trim_start().len()).min(u16::MAX as usize) as u16;
        let (bullet, rest) = bullet(trimmed, indent);
        let repaired = unescape(rest);
        let mut rest: &str = &repaired;
        let (mut cut, mut is_unmarked) = (false, false);
        loop {
            let (piece, next) = leftover(rest, &mut is_unmarked);
            if let Some(mut line) = write(piece, out) {
                if lines.len() == lines_max {
                    out.truncate(line.start as usize);
                    return (lines, true);
                }
                line.gap = if cut { 1 } else { gap };
                line.indent = indent;
                line.bullet = bullet;
                line.cut = cut || next.is_some();
                gap = 0;
                lines.push(line);
            }
            match next {
                Some(n) => rest = n,
                None => break,
            }
            cut = true;
        }
    }
    (lines, false)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}' | '\u{202a}'..='\u{202e}')
        || c.is_control()
}

/// Takes a list's marker off a line.
fn bullet(line: &str, indent: u16) -> (u8, &str) {
    let mut chars = line.chars();
    let (Some(mark), Some(space)) = (chars.next(), chars.next()) else { return (0, line) };
    if !space.is_whitespace() {
        return (0, line);
    }
    let code = match mark {
        '*' => 1,
        '+' => 2,
        '-' => 3,
        '•' | '·' | '▪' | '●' | '◦' | '‣' | '■' => 4,
        'o' if indent > 1 => 5,
        '#' => 6,
        _ => return (0, line),
    };
    (code, chars.as_str().trim_start())
}

/// Undoes what another program's quoting left behind: `\'`, `\"`, `\/`, and HTML entities.
fn unescape(line: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(line);
    if line.contains('&') && line.contains(';') {
        line = Cow::Owned(htmlize::unescape(line.as_ref()).into_owned());
    }
    if memchr::memchr(b'\\', line.as_bytes()).is_some() {
        let mut owned = String::with_capacity(line.len());
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\\' && matches!(chars.peek(), Some('\'' | '"' | '/' | '’' | '“' | '”')) {
                continue;
            }
            owned.push(c);
        }
        line = Cow::Owned(owned);
    }
    line
}

/// Cuts a line at the first left-over of a template: a run of `@`, `#` or `^` that sticks to a word (`@@token`,
/// `text@@token`), or `{{ name }}`. A run of `#` between letters is program code. Gives what stands before, and what follows where there is one. `is_unmarked` remembers that no run is
/// left in the line, which none of its ends need be searched for again.
fn leftover<'l>(line: &'l str, is_unmarked: &mut bool) -> (&'l str, Option<&'l str>) {
    let bytes = line.as_bytes();
    let mut from = if *is_unmarked { bytes.len() } else { 0 };
    while let Some(at) = memchr::memchr3(b'@', b'#', b'^', &bytes[from..]).map(|i| i + from) {
        let run = bytes[at..].iter().take_while(|b| **b == bytes[at]).count();
        let end = at + run;
        let is_letter = |c: Option<&u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        let is_code = bytes[at] == b'#' && at > 0 && is_letter(bytes.get(at - 1)) && is_letter(bytes.get(end));
        if run >= 2 && !is_code {
            let token = line[end..]
                .bytes()
                .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'@'))
                .count();
            return (&line[..at], Some(&line[end + token..]));
        }
        from = end;
    }
    *is_unmarked = true;
    if let Some(open) = line.find("{{")
        && let Some(close) = line[open..].find("}}").filter(|n| *n < 80)
    {
        return (&line[..open], Some(&line[open + close + 2..]));
    }
    (line, None)
}

/// Writes a line with its white space folded and measures it. Nothing is written where it holds no letter and no digit.
fn write(piece: &str, out: &mut String) -> Option<Line> {
    let start = out.len();
    let mut space = false;
    for c in piece.chars() {
        if c.is_whitespace() {
            space = true;
        } else if !is_invisible(c) {
            if space && out.len() > start {
                out.push(' ');
            }
            space = false;
            out.push(c);
        }
    }
    let line = measure(out, start, out.len());
    if line.letters == 0 {
        out.truncate(start);
        return None;
    }
    Some(line)
}

/// Measures a stretch of the document's text as a line of its own.
pub(super) fn measure(document: &str, start: usize, end: usize) -> Line {
    let text = &document[start..end];
    let mut m = Measure::default();
    for c in text.chars() {
        m.char(c);
    }
    m.word_end();
    Line {
        start: start as u32,
        end: end as u32,
        key: m.key,
        gap: 0,
        indent: 0,
        bullet: 0,
        letters: m.letters,
        words: m.words,
        capital: m.capital,
        shouted: m.shouted,
        lower: m.lower,
        numbers: m.numbers,
        digits: m.digits,
        commas: m.commas,
        stops: m.stops,
        separators: m.separators,
        quotes: m.quotes,
        ending: ending(text),
        cues: lexicon::cues(text),
        cut: false,
        kicker: false,
        section: false,
        doubled: false,
        times: 1,
        nth: 0,
    }
}

fn ending(text: &str) -> End {
    if text.ends_with("...") || text.ends_with('…') || text.ends_with("[…]") {
        return End::Ellipsis;
    }
    let bare = text.trim_end_matches(|c: char| {
        matches!(c, '"' | '\'' | '”' | '’' | '»' | '«' | '“' | ')' | ']' | '」' | '』' | '）')
    });
    match bare.chars().next_back() {
        Some('.' | '!' | '。' | '！' | '।' | '۔' | '．' | '｡') => End::Stop,
        Some('?' | '？' | '؟' | ';') if bare.ends_with(';') => End::Colon,
        Some('?' | '？' | '؟') => End::Question,
        Some(':' | ',' | '：' | '，' | '、' | '；') => End::Colon,
        _ => End::Open,
    }
}

#[derive(Default)]
struct Measure {
    key: u64,
    letters: u32,
    words: u32,
    capital: u32,
    shouted: u32,
    lower: u32,
    numbers: u32,
    digits: u32,
    commas: u32,
    stops: u32,
    separators: u32,
    quotes: u32,
    word_letters: u32,
    word_capitals: u32,
    word_first: u8,
    stop_pending: bool,
}

impl Measure {
    fn char(&mut self, c: char) {
        if c.is_alphanumeric() {
            self.letter(c);
            return;
        }
        match c {
            '\'' | '’' if self.word_letters > 0 => return,
            ',' | '，' | '、' | '،' => self.commas += 1,
            '.' | '!' | '?' | '。' | '！' | '？' | '।' | '؟' => {
                self.stop_pending = self.word_letters > 1 || is_wide(c);
            }
            '|' | '>' | '»' | '/' | '•' | '›' | '·' | '→' => self.separators += 1,
            '"' | '“' | '”' | '„' | '«' | '「' => self.quotes += 1,
            _ => {}
        }
        self.word_end();
    }

    fn letter(&mut self, c: char) {
        if self.stop_pending {
            self.stops += 1;
            self.stop_pending = false;
        }
        self.letters += 1;
        if c.is_ascii() {
            self.key = mix(self.key, c.to_ascii_lowercase());
        } else {
            for l in c.to_lowercase() {
                self.key = mix(self.key, l);
            }
        }
        if c.is_ascii_digit() {
            self.digits += 1;
        }
        if is_unspaced(c) {
            self.word_end();
            self.words += 1;
            return;
        }
        if self.word_letters == 0 {
            self.word_first = if c.is_uppercase() {
                2
            } else if c.is_numeric() {
                1
            } else {
                0
            };
        }
        self.word_letters += 1;
        self.word_capitals += u32::from(c.is_uppercase());
    }

    fn word_end(&mut self) {
        if self.word_letters == 0 {
            return;
        }
        self.words += 1;
        match self.word_first {
            2 => self.capital += 1,
            1 => self.numbers += 1,
            _ => self.lower += 1,
        }
        self.shouted += u32::from(self.word_letters > 1 && self.word_capitals == self.word_letters);
        self.word_letters = 0;
        self.word_capitals = 0;
    }
}

fn is_wide(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '।')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let mut out = String::new();
        let (lines, cut) = lines(input, 1000, &mut out);
        let got: Vec<&str> = lines.iter().map(|l| &out[l.start as usize..l.end as usize]).collect();
        assert_eq!(got, expected);
        assert!(!cut);
    }

    #[test]
    fn left_overs_of_templates_are_cut_out() {
        check("@@@\n\n***\n---", &[]);
        check("Picture: A. Bell@@anchor2 On Monday it rained.", &["Picture: A. Bell", "On Monday it rained."]);
        check("Hello {{ user.name }} there", &["Hello", "there"]);
        check("Write to desk@paper.example today", &["Write to desk@paper.example today"]);
        check("We tried C# and issue #12", &["We tried C# and issue #12"]);
        check("return \"#base##token#\" ### The next", &["return \"#base##token#\"", "The next"]);
    }

    #[test]
    fn quoting_of_other_programs_is_undone() {
        check(r#"The mayor\'s \"plan\""#, &[r#"The mayor's "plan""#]);
        check("Fish &amp; chips &#8211; twice", &["Fish & chips – twice"]);
        check(r"C:\temp is kept", &[r"C:\temp is kept"]);
    }

    #[test]
    fn markers_and_white_space_go() {
        check("  * One\u{a0} two\r\n\t- three", &["One two", "three"]);
        check("-5 degrees", &["-5 degrees"]);
    }

    #[test]
    fn keys_ignore_quotes_and_case() {
        let mut out = String::new();
        let (lines, _) = lines("“It’s late,” he said.\n\"It's late\" he said", 9, &mut out);
        assert_eq!(lines[0].key, lines[1].key);
    }

    #[test]
    fn words_fit_the_script() {
        let mut out = String::new();
        let (lines, _) = lines("東京で会議が開かれた。\nThe U.S. met Japan. It rained", 9, &mut out);
        assert_eq!(lines[0].words, 10);
        assert_eq!((lines[1].words, lines[1].stops), (7, 1));
    }

    #[test]
    fn the_bound_cuts_and_says_so() {
        let mut out = String::new();
        let (lines, cut) = lines("a\nb\nc", 2, &mut out);
        assert_eq!((lines.len(), cut, out.as_str()), (2, true, "ab"));
    }
}
