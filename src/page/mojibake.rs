//! Text that was read wrongly before it came here: UTF-8 taken for windows-1252 or ISO-8859-1, once or more often ("â€™" for
//! "’"). Crawlers and content systems store such text, so that the page's own bytes are blameless.
//!
//! What holds: linear; text without the signs of it is not copied. A character is put back only on a page that holds several,
//! and only where most of the sequences that it could begin are whole: a French page's "É »" and a German "Spaß”" stay. What is left of a
//! broken no-break space goes on such a page too.

use memchr::memchr_iter;

/// Fewest broken characters of a page that show that it was read wrongly.
const BROKEN_MIN: u32 = 3;

/// Most times that a text is taken to have been read wrongly, one reading after the other.
const READINGS_MAX: usize = 3;

/// What windows-1252 has at 0x80..0xa0 (WHATWG Encoding Standard, index windows-1252).
const SPECIALS: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// What a text shows of a wrong reading.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing.
    Right,
    /// Too few broken characters to be sure; they stay.
    Doubtful,
    /// The text as it was meant.
    Repaired(String),
}

/// Puts a text right that was read wrongly.
pub fn read(text: &str) -> Reading {
    let tally = Tally::of(text);
    match tally.shown() {
        0 => return Reading::Right,
        1..BROKEN_MIN if leads(text).any(|at| is_plain(text, at, &tally)) => return Reading::Doubtful,
        1..BROKEN_MIN => return Reading::Right,
        _ => {}
    }
    let mut text = reread(text, &tally);
    for _ in 1..READINGS_MAX {
        // What comes to light now was broken twice: the page is known to be a broken one.
        let tally = Tally::of(&text);
        if tally.shown() == 0 {
            break;
        }
        text = reread(&text, &tally);
    }
    Reading::Repaired(text)
}

/// Whether a sequence is a broken character even alone: words in capitals end in some of the letters, and quotation marks and
/// no-break spaces follow them.
fn is_plain(text: &str, at: usize, tally: &Tally) -> bool {
    let lead = lead_byte(text, at);
    let Some((_, end)) = sequence(text, at).filter(|_| is_of_script(lead) && tally.is_believed(lead)) else {
        return false;
    };
    let shouted = text[..at].chars().next_back().is_some_and(char::is_uppercase);
    let ends_word = lead > 0xc2
        && lead < 0xe0
        && text[at + 2..end].contains(['\u{a0}', '«', '»', '‘', '’', '“', '”', '„', '–', '—', '…']);
    !(shouted || ends_word)
}

/// Undoes one wrong reading.
fn reread(text: &str, tally: &Tally) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for at in leads(text) {
        if let Some((c, end)) = sequence(text, at).filter(|_| tally.is_believed(lead_byte(text, at))) {
            out.push_str(&text[from..at]);
            out.push(c);
            from = end;
        } else if is_stray(text, at) {
            out.push_str(&text[from..at]);
            from = at + 2;
        }
    }
    out.push_str(&text[from..]);
    out
}

/// Whether "Â" is what is left of a no-break space whose second half became a plain blank; words in capitals end in it.
fn is_stray(text: &str, at: usize) -> bool {
    let shouted = || text[..at].chars().next_back().is_some_and(char::is_uppercase);
    lead_byte(text, at) == 0xc2 && text[at + 2..].starts_with([' ', '\n']) && !shouted()
}

/// Where characters stand that read as a first byte of UTF-8's longer sequences: U+00C2 to U+00F4.
fn leads(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    memchr_iter(0xc3, bytes).filter(|at| matches!(bytes[at + 1], 0x82..=0xb4))
}

/// The byte that the character at `at`, one of [`leads`], was made of.
fn lead_byte(text: &str, at: usize) -> u8 {
    text.as_bytes()[at + 1] + 0x40
}

/// The character that the sequence at `at` was meant to be, and where it ends, bytes.
fn sequence(text: &str, at: usize) -> Option<(char, usize)> {
    let first = lead_byte(text, at);
    let width = 2 + usize::from(first >= 0xe0) + usize::from(first >= 0xf0);
    let mut bytes = [first, 0, 0, 0];
    let mut end = at + 2;
    for i in 1..width {
        let next = text[end..].chars().next();
        let Some((c, byte)) = next.and_then(|c| Some((c, continuation(c)?))) else {
            // The quotation mark's last byte is no character of windows-1252, and many programs drop it.
            return (bytes[..i] == [0xe2, 0x80]).then_some(('”', end));
        };
        bytes[i] = byte;
        end += c.len_utf8();
    }
    Some((str::from_utf8(&bytes[..width]).ok()?.chars().next()?, end))
}

/// The continuation byte that a character was made of.
fn continuation(c: char) -> Option<u8> {
    match c {
        '\u{80}'..='\u{bf}' => Some(c as u8),
        '\u{152}'..='\u{2122}' => SPECIALS.chars().position(|special| special == c).map(|i| 0x80 + i as u8),
        _ => None,
    }
}

/// Whether a byte begins characters of living scripts: "×" and "ß" stand before a no-break space or a quotation mark too.
fn is_of_script(lead: u8) -> bool {
    matches!(lead, 0xc2..=0xc5 | 0xce..=0xd1 | 0xd8..=0xd9 | 0xe2..=0xed)
}

/// By first byte: how many sequences are whole, and how many are none.
struct Tally([(u32, u32); 0xf5]);

impl Tally {
    fn of(text: &str) -> Self {
        let mut tally = Tally([(0, 0); 0xf5]);
        for at in leads(text).filter(|at| !is_stray(text, *at)) {
            let (whole, torn) = &mut tally.0[usize::from(lead_byte(text, at))];
            // What no continuation begins with says so at once: most accented letters stand before a plain one.
            let goes_on = matches!(text.as_bytes().get(at + 2), Some(0xc2 | 0xc5 | 0xc6 | 0xcb | 0xe2));
            *(if goes_on && sequence(text, at).is_some() { whole } else { torn }) += 1;
        }
        tally
    }

    /// Whether most of what begins with `lead` is whole.
    fn is_believed(&self, lead: u8) -> bool {
        let (whole, torn) = self.0[usize::from(lead)];
        whole > torn
    }

    /// Broken characters by the first bytes of living scripts.
    fn shown(&self) -> u32 {
        let believed = (0xc2..=0xed).filter(|lead| is_of_script(*lead) && self.is_believed(*lead));
        believed.map(|lead| self.0[usize::from(lead)].0).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::WINDOWS_1252;
    use proptest::prelude::*;

    fn repaired(text: &str) -> Option<String> {
        match read(text) {
            Reading::Repaired(text) => Some(text),
            Reading::Right | Reading::Doubtful => None,
        }
    }

    #[test]
    fn a_broken_character_or_two_are_told_and_left() {
        for text in ["It was â€“ late.", "Montr\u{e9}al, cafÃ© and a rÃ©sum\u{e9}", "5Â\u{a0}km", "Äänekoski, DvoÅ™Ã¡k"]
        {
            assert_eq!(read(text), Reading::Doubtful, "{text}");
        }
        for text in
            ["AMANHÃ”, disse.", "NÅ»", "Å\u{a0}være", "»Spaß”", "LE CAFÉ »", "PÅ’ and SMÅ–", "3 ×\u{a0}4", "Ä–Ö"]
        {
            assert_eq!(read(text), Reading::Right, "{text}");
        }
    }

    fn misread(text: &str) -> String {
        WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned()
    }

    #[test]
    fn what_was_misread_is_put_back() {
        for text in [
            "It’s “late” – she said…",
            "Die Straße über die Brücke wäre größer",
            "Сегодня в городе шёл дождь",
            "Η κυβέρνηση ανακοίνωσε",
            "今日は東京で雨が降った。",
            "정부는 오늘 발표했다",
            "Zażółć gęślą jaźń",
            "الحكومة اليوم",
        ] {
            let once = misread(text);
            assert_ne!(once, text);
            assert_eq!(repaired(&once).as_deref(), Some(text));
            assert_eq!(repaired(&misread(&once)).as_deref(), Some(text), "twice");
            // Read as ISO-8859-1, the bytes 0x80 to 0x9f are control characters.
            let latin1: String = text.bytes().map(char::from).collect();
            assert_eq!(repaired(&latin1).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_quotation_mark_whose_last_byte_was_dropped_is_one() {
        let broken = "He said â€œno.â€ Itâ€™s late, â€œtooâ€, he said.";
        assert_eq!(repaired(broken).unwrap(), "He said “no.” It’s late, “too”, he said.");
    }

    #[test]
    fn half_of_a_no_break_space_goes() {
        let broken = "Itâ€™s late.Â  5Â km, 6Â\u{a0}km and 7Â\u{a0}km â€“ PÂ  heâ€™s gone.Â\nIt rained.";
        assert_eq!(repaired(broken).unwrap(), "It’s late.  5 km, 6\u{a0}km and 7\u{a0}km – PÂ  he’s gone.\nIt rained.");
        assert_eq!(repaired("5Â km and 6Â km, 7Â km."), None);
    }

    #[test]
    fn a_page_that_holds_both_keeps_what_is_right() {
        let broken = "L’âge du café, l’été à Genève. Lu et approuvé. Itâ€™s late â€“ heâ€™s gone, isnâ€™t he?";
        let expected = "L’âge du café, l’été à Genève. Lu et approuvé. It’s late – he’s gone, isn’t he?";
        assert_eq!(repaired(broken).unwrap(), expected);
    }

    #[test]
    fn what_is_right_is_left_alone() {
        for text in [
            "",
            "It's late.",
            "« LE CAFÉ », dit-il. « L’ÉTÉ À GENÈVE » et « LE CAFÉ »",
            "LE CAFÉ» L’ÉTÉ» UN PÂTÉ» et le café, l’été, le pâté à l’École, l’Église, l’État, l’Élysée",
            "„Das macht Spaß“, „viel Spaß”, „nur Spaß”, „Spaß”, sagt er. Große Straße, heißer, weiß, daß, muß",
            "AMANHÃ”, disse. NÃO, IRMÃO, CORAÇÃO, AMANHÃ, MANHÃS",
            "3 ×\u{a0}4, 5 ×\u{a0}6, 7 ×\u{a0}8, 9 ×\u{a0}10",
            "An e with an accent read wrongly is Ã©, in “rÃ©sumé”.",
            "Сегодня в городе шёл дождь",
            "Þórður fór á fjöll, Ævar líka",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_misread_text_comes_back(text in "([a-zà-öă-ıа-я一-丿]{1,6}[a-z] ?[‘”–€]? ){2,20}") {
            let repaired = repaired(&misread(&text));
            prop_assert_eq!(repaired.as_deref().unwrap_or(&text), &text);
            // Letters of the Latin alphabets, Cyrillic and Han are enough of a sign.
            if text.chars().filter(|c| matches!(c, 'à'..='ö' | 'а'..='я' | '一'..='丿' | '–')).count() >= 3 {
                prop_assert!(repaired.is_some());
            }
        }

        #[test]
        fn no_text_breaks_it(text in "[Â-ô\u{80}-\u{bf}€™œ a]{0,60}") {
            repaired(&text);
        }
    }
}
