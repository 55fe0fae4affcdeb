//! Dates as people write them, in the languages of the news: `Tuesday, December 16, 2025`, `3. Mai 2024, 17:47`,
//! `2024年5月3日`, `03.05.2024`, `5 maja 2024`.
//!
//! What holds: numbers of a date are checked; a day and month that could be either way round are day first, unless the
//! line's clock says am or pm; no clock and no "today" is consulted.

use super::line::is_unspaced;

/// A date found in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Year, month, day.
    pub ymd: (u16, u8, u8),
    /// Hour and minute, where the line names them.
    pub time: Option<(u8, u8)>,
    /// Words of the line that belong neither to the date nor to its usual company (weekday, clock, "published").
    pub others: usize,
    /// Byte range of the date itself.
    pub range: (usize, usize),
    /// True where a word says that this is a later change.
    pub updated: bool,
}

impl Found {
    /// `YYYY-MM-DD`: lines of text name no zone that could be trusted, so the day is all that is claimed.
    pub(crate) fn day(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.ymd.0, self.ymd.1, self.ymd.2)
    }
}

/// Longest stretch of a line that is read, bytes.
const READ_BYTES_MAX: usize = 400;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Number(u32, usize),
    Word(&'a str),
    Mark(char),
}

/// Finds the first date in a line.
pub(crate) fn find(line: &str) -> Option<Found> {
    let mut end = line.len().min(READ_BYTES_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let line = &line[..end];
    if !line.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let tokens = tokens(line);
    for i in 0..tokens.len() {
        if let Some((ymd, used)) = numeric(&tokens[i..]).or_else(|| worded(&tokens[i..])) {
            let time = clock(&tokens);
            let (others, updated) = company(&tokens, i, used);
            let from = tokens[i].1;
            let to = tokens[i + used - 1].2;
            return Some(Found { ymd, time, others, range: (from, to), updated });
        }
    }
    None
}

fn tokens(line: &str) -> Vec<(Token<'_>, usize, usize)> {
    let mut tokens = Vec::new();
    let mut chars = line.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let number = c.is_ascii_digit();
        if !c.is_alphanumeric() || is_unspaced(c) {
            tokens.push((Token::Mark(c), start, start + c.len_utf8()));
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((i, n)) = chars.peek() {
            let inside = n.is_alphanumeric() && !is_unspaced(*n) && n.is_ascii_digit() == number
                || !number && matches!(n, '\u{900}'..='\u{94d}' | '-');
            if !inside {
                break;
            }
            end = i + n.len_utf8();
            chars.next();
        }
        let text = &line[start..end];
        let token =
            if number { Token::Number(text.parse().unwrap_or(u32::MAX), text.len()) } else { Token::Word(text) };
        tokens.push((token, start, end));
    }
    tokens
}

type Spanned<'a> = (Token<'a>, usize, usize);

/// `2024-05-03`, `2024/5/3`, `2024年5月3日`, `2024. 5. 3.`, `03.05.2024`, `5/3/2024`.
fn numeric(t: &[Spanned<'_>]) -> Option<((u16, u8, u8), usize)> {
    let (Token::Number(a, a_len), ..) = *t.first()? else { return None };
    let separator = t.get(1)?.0;
    let (Token::Number(b, _), ..) = *t.get(2)? else { return None };
    let second = t.get(3)?.0;
    let (Token::Number(c, c_len), ..) = *t.get(4)? else { return None };
    let marked = |s: Token<'_>, cjk: char, korean: &str| match s {
        Token::Mark(m) => matches!(m, '-' | '/' | '.') || m == cjk,
        Token::Word(w) => w == korean,
        Token::Number(..) => false,
    };
    if !marked(separator, '年', "년") || !marked(second, '月', "월") {
        return None;
    }
    if a_len == 4 {
        let tail = usize::from(matches!(t.get(5), Some((Token::Mark('日' | '号'), ..) | (Token::Word("일"), ..))));
        return Some((checked(a, b, c)?, 5 + tail));
    }
    if a_len > 2 || (c_len != 4 && !(c_len == 2 && separator == Token::Mark('.'))) {
        return None;
    }
    let year = if c_len == 2 { 2000 + c } else { c };
    let month_first = b > 12 || separator == Token::Mark('/') && t.iter().any(|x| half_day(x.0).is_some());
    let ymd = if month_first { checked(year, a, b)? } else { checked(year, b, a)? };
    Some((ymd, 5))
}

/// `3. Mai 2024`, `May 3rd, 2024`, `3 de mayo de 2024`, `16 грудня 2025`, `2024. május 3.`
fn worded(t: &[Spanned<'_>]) -> Option<((u16, u8, u8), usize)> {
    // The numbers are looked at first: a name is looked up only where they fit.
    let next = |i: &mut usize| -> Option<Token<'_>> {
        while let Some((token, ..)) = t.get(*i) {
            let filler = match token {
                Token::Mark(m) => matches!(m, '.' | ',' | '/' | '-' | '–' | '\''),
                Token::Word(w) => {
                    matches!(*w, "de" | "del" | "of" | "d" | "st" | "nd" | "rd" | "th" | "er" | "º" | "ng")
                }
                Token::Number(..) => false,
            };
            *i += 1;
            if !filler {
                return Some(*token);
            }
        }
        None
    };
    let mut i = 1;
    match t.first()?.0 {
        Token::Number(year, 4) => {
            let Token::Word(w) = next(&mut i)? else { return None };
            let Token::Number(d, 1..=2) = next(&mut i)? else { return None };
            Some((checked(year, month(w)?, d)?, i))
        }
        Token::Number(day, 1..=2) => {
            let Token::Word(w) = next(&mut i)? else { return None };
            let Token::Number(year, 4) = next(&mut i)? else { return None };
            Some((checked(year, month(w)?, day)?, i))
        }
        Token::Word(w) => {
            let Token::Number(day, 1..=2) = next(&mut i)? else { return None };
            let Token::Number(year, 4) = next(&mut i)? else { return None };
            Some((checked(year, month(w)?, day)?, i))
        }
        _ => None,
    }
}

fn checked(year: u32, month: u32, day: u32) -> Option<(u16, u8, u8)> {
    let valid = (1900..=2100).contains(&year)
        && jiff::civil::Date::new(year as i16, month.try_into().ok()?, day.try_into().ok()?).is_ok();
    valid.then_some((year as u16, month as u8, day as u8))
}

/// `17:47`, `5:47 PM`, `17.47 Uhr` (the last by its colon form only).
fn clock(t: &[Spanned<'_>]) -> Option<(u8, u8)> {
    t.windows(3).enumerate().find_map(|(i, w)| {
        let (Token::Number(h, 1..=2), Token::Mark(':'), Token::Number(m, 2)) = (w[0].0, w[1].0, w[2].0) else {
            return None;
        };
        let h = match t.get(i + 3..).and_then(|rest| rest.iter().take(3).find_map(|x| half_day(x.0))) {
            Some(true) if h < 12 => h + 12,
            Some(false) if h == 12 => 0,
            _ => h,
        };
        (h < 24 && m < 60).then_some((h as u8, m as u8))
    })
}

/// Some(true) for pm, Some(false) for am.
fn half_day(t: Token<'_>) -> Option<bool> {
    match t {
        Token::Word(w) if w.eq_ignore_ascii_case("pm") => Some(true),
        Token::Word(w) if w.eq_ignore_ascii_case("am") => Some(false),
        _ => None,
    }
}

/// Counts the words beside the date that are no usual company of a date line.
fn company(t: &[Spanned<'_>], from: usize, used: usize) -> (usize, bool) {
    let mut others = 0;
    let mut updated = false;
    for (i, (token, ..)) in t.iter().enumerate() {
        if (from..from + used).contains(&i) {
            continue;
        }
        let Token::Word(w) = token else { continue };
        let w = w.to_lowercase();
        // Only what stands before the date says what kind of date it is.
        updated |= i < from && listed(UPDATED, &w);
        others += usize::from(!is_company(&w));
    }
    (others, updated)
}

const UPDATED: &str = "updated|modified|update|aktualisiert|geändert|mis|modifié|actualizado|actualización|aggiornato|\
    atualizado|bijgewerkt|oppdatert|opdateret|uppdaterad|päivitetty|aktualizacja|zaktualizowano|\
    aktualizováno|güncelleme|обновлено|оновлено|ενημέρωση|frissítve|actualizat|수정";

fn listed(list: &str, word: &str) -> bool {
    list.split('|').any(|w| w == word)
}

fn is_company(w: &str) -> bool {
    const WORDS: &str = "at|on|am|pm|the|published|posted|last|first|date|est|edt|gmt|utc|bst|cet|cest|ist|pst|pdt|et|pt|t|z|\
        uhr|um|den|der|vom|stand|veröffentlicht|erschienen|le|à|h|à|jour|publié|du|el|a|las|los|publicado|\
        hora|il|alle|ore|pubblicato|em|às|min|op|om|gepubliceerd|uur|kl|publisert|publicerad|publiceret|\
        opublikowano|dodano|godz|r|roku|publikováno|saat|yayınlanma|tarihi|опубликовано|опубліковано|г|года|\
        в|о|об|року|р|δημοσίευση|στις|megjelent|la|ora|publicat|입력|오전|오후|등록|i|as|of|by|and|de";
    listed(UPDATED, w) || listed(WORDS, w) || is_weekday(w)
}

fn is_weekday(w: &str) -> bool {
    const STEMS: &str = "mon|tue|wed|thu|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|\
        lun|mar|mer|jeu|ven|sam|dim|mié|miérc|jue|vie|sáb|dom|gio|seg|ter|qua|qui|sex|maandag|dinsdag|\
        woensdag|donderdag|vrijdag|zaterdag|zondag|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|måndag|\
        tisdag|lördag|söndag|maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai|poniedziałek|\
        wtorek|środa|czwartek|piątek|sobota|niedziela|pondělí|úterý|středa|čtvrtek|pátek|neděle|pazartesi|\
        salı|çarşamba|perşembe|cuma|cumartesi|pazar|понедельник|вторник|среда|четверг|пятница|суббота|\
        воскресенье|понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя|δευτέρα|τρίτη|τετάρτη|πέμπτη|\
        παρασκευή|σάββατο|κυριακή|hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap";
    const ENDS: &str = "day|di|edi|es|coles|nes|ado|ingo|nica|edì|tedì|enerdì|abato|unda|ça|rta|nta|ta|";
    STEMS.split('|').any(|s| {
        w.strip_prefix(s).is_some_and(|rest| ENDS.split('|').any(|e| rest.ends_with(e)) && rest.chars().count() <= 7)
    })
}

/// The month that a word names, by whole words and the usual abbreviations.
fn month(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    MONTHS.iter().position(|names| names.split(' ').any(|n| n == lower)).map(|i| i as u32 + 1)
}

/// January to December: English, German, French, Spanish, Italian, Portuguese, Dutch, Norwegian, Danish, Swedish, Finnish,
/// Polish, Czech, Slovak, Croatian, Turkish, Russian, Ukrainian, Bulgarian, Greek, Hungarian, Romanian, Indonesian, Hindi, Arabic.
const MONTHS: [&str; 12] = [
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari tammikuuta tammikuu stycznia styczeń sty ledna leden \
     januára siječnja ocak января янв січня януари ιανουαρίου ιανουάριος ιαν január ianuarie जनवरी يناير",
    "february feb februar februaru février févr fév febrero febbraio febr fevereiro fev februari helmikuuta helmikuu lutego luty lut února únor \
     februára veljače şubat февраля фев лютого февруари φεβρουαρίου φεβρουάριος φεβ február februarie फरवरी فبراير",
    "march mar märz mär mars marzo março maart mrt marts maaliskuuta maaliskuu marca marzec března březen ožujka mart марта мар березня март \
     μαρτίου μάρτιος μαρ március martie maret मार्च مارس",
    "april apr avril avr abril abr aprile huhtikuuta huhtikuu kwietnia kwiecień kwi dubna duben apríla travnja nisan апреля апр квітня април \
     απριλίου απρίλιος απρ április aprilie अप्रैल أبريل",
    "may mai mayo maggio mag maio mei maj toukokuuta toukokuu maja května květen mája svibnja mayıs мая май травня μαΐου μάιος μαΐ május मई مايو",
    "june jun juni juin junio giugno giu junho kesäkuuta kesäkuu czerwca czerwiec cze června červen júna lipnja haziran июня июн червня юни \
     ιουνίου ιούνιος ιουν június iunie जून يونيو",
    "july jul juli juillet juil julio luglio lug julho heinäkuuta heinäkuu lipca lipiec lip července červenec júla srpnja temmuz июля июл липня \
     юли ιουλίου ιούλιος ιουλ július iulie जुलाई يوليو",
    "august aug août aout agosto ago augustus augusti elokuuta elokuu sierpnia sierpień sie srpna srpen augusta kolovoza ağustos августа авг \
     серпня август αυγούστου αύγουστος αυγ augusztus agustus अगस्त أغسطس",
    "september sept sep septembre septiembre settembre set setembro syyskuuta syyskuu września wrzesień wrz září septembra rujna eylül \
     сентября сен вересня септември σεπτεμβρίου σεπτέμβριος σεπ szeptember septembrie सितंबर سبتمبر",
    "october oct oktober okt octobre octubre ottobre ott outubro out lokakuuta lokakuu października październik paź října říjen októbra \
     ekim октября окт жовтня октомври οκτωβρίου οκτώβριος οκτ október octombrie अक्टूबर أكتوبر",
    "november nov novembre noviembre novembro marraskuuta marraskuu listopad listopada lis listopadu novembra studenoga kasım ноября ноя листопада ноември \
     νοεμβρίου νοέμβριος νοε noiembrie नवंबर نوفمبر",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des joulukuuta joulukuu grudnia grudzień gru prosince \
     prosinec decembra prosinca aralık декабря дек грудня декември δεκεμβρίου δεκέμβριος δεκ decembrie desember दिसंबर ديسمبر",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, day: &str, others: usize) {
        let found = find(line).unwrap_or_else(|| panic!("no date in {line}"));
        assert_eq!((found.day().as_str(), found.others), (day, others), "{line}");
    }

    #[test]
    fn dates_in_many_languages() {
        check("Tuesday, December 16, 2025", "2025-12-16", 0);
        check("3. Mai 2024, 17:47", "2024-05-03", 0);
        check("Donnerstag, 2. Januar 2025 um 08:00 Uhr", "2025-01-02", 0);
        check("Publié le 18 juil. 2024 à 08:01", "2024-07-18", 0);
        check("16 de diciembre de 2025", "2025-12-16", 0);
        check("2024年5月3日", "2024-05-03", 0);
        check("2024년 5월 3일", "2024-05-03", 0);
        check("16 грудня 2025", "2025-12-16", 0);
        check("5 maja 2024", "2024-05-05", 0);
        check("2024. május 3.", "2024-05-03", 0);
        check("2024-05-03T10:00", "2024-05-03", 0);
        check("03.05.2024", "2024-05-03", 0);
        check("06.18.2025", "2025-06-18", 0);
        check("5/3/2024, 4:05 PM", "2024-05-03", 0);
        check("The treaty of May 3rd, 2024 was signed", "2024-05-03", 3);
    }

    #[test]
    fn what_is_no_date() {
        for line in ["Chapter 3 of 2024", "31.02.2024", "in May", "version 1.2.3", "12/2024"] {
            assert_eq!(find(line), None, "{line}");
        }
    }

    #[test]
    fn a_change_is_not_a_publication() {
        assert!(find("Last updated: May 3, 2024").unwrap().updated);
        assert!(!find("Published May 3, 2024 Updated May 4, 2024").unwrap().updated);
        assert_eq!(find("5/3/2024, 4:05 PM").unwrap().time, Some((16, 5)));
    }
}
