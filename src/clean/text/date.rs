//! Dates as people write them, in the languages of the news: `Tuesday, December 16, 2025`, `3. Mai 2024, 17:47`,
//! `2024年5月3日`, `03.05.2024`, `5 maja 2024`.
//!
//! What holds: numbers of a date are checked; a day and month that could be either way round are day first, unless the
//! line's clock says am or pm; a year of two digits that could be the first number as well as the last is no known day; no
//! clock and no "today" is consulted.

use super::calendar::{self, digit};
use super::line::is_unspaced;
use super::list::{WordList, Words};
pub(crate) use super::months::month;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

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
    /// True where it has two digits each between slashes: without a clock it may be any three numbers.
    pub short: bool,
    /// True where its year may as well be its first number: it is a date, but `ymd` may not be its day.
    pub doubtful: bool,
}

impl Found {
    /// `YYYY-MM-DD`: lines of text name no zone that could be trusted, so the day is all that is claimed.
    pub(crate) fn day(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.ymd.0, self.ymd.1, self.ymd.2)
    }
}

/// Longest stretch of a line that is read, bytes.
const READ_BYTES_MAX: usize = 400;

/// Longest label of a date in a script without spaces, bytes.
const LABEL_BYTES_MAX: usize = 30;
/// A date of two digits each stands beside its clock with so many other words at most.
const SHORT_OTHERS_MAX: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Number(u32, usize),
    Word(&'a str),
    Mark(char),
}

/// Which of day and month stands first where both could be either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// Not known: day first, unless the line's clock says am or pm.
    #[default]
    Unknown,
    /// As most of the world writes.
    DayFirst,
    /// As the United States write, between slashes and hyphens.
    MonthFirst,
    /// The year first; where it stands last, the day.
    YearFirst,
}

/// Finds the first date in a line, of whichever day.
pub(crate) fn find(line: &str) -> Option<Found> {
    read(line, Order::default())
}

/// As [`find`], for a page that writes its dates in `order`: a day that is known.
pub(crate) fn find_in(line: &str, order: Order) -> Option<Found> {
    read(line, order).filter(|found| !found.doubtful)
}

fn read(line: &str, order: Order) -> Option<Found> {
    let mut end = line.len().min(READ_BYTES_MAX);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let line = &line[..end];
    if may_hold(line) { read_all(line, order) } else { None }
}

fn read_all(line: &str, order: Order) -> Option<Found> {
    let tokens = tokens(line);
    for i in 0..tokens.len() {
        if let Some((ymd, used)) =
            numeric(&tokens[i..], order).or_else(|| worded(&tokens[i..])).or_else(|| of_era(&tokens[i..]))
        {
            let time = clock(&tokens);
            let (others, updated) = company(&tokens, i, used);
            // Among words and without a clock it may be any three numbers.
            let short = is_short(&tokens[i..]);
            if short && others > if time.is_some() { SHORT_OTHERS_MAX } else { 0 } {
                continue;
            }
            let doubtful = may_begin_with_year(&tokens[i..i + used], order);
            let from = tokens[i].1;
            let to = tokens[i + used - 1].2;
            let updated = updated || UPDATED_UNSPACED.iter().any(|word| line[..from].contains(word));
            return Some(Found { ymd, time, others, range: (from, to), updated, short, doubtful });
        }
    }
    None
}

/// A cheap question first: every form of a date has two numbers at least, of whichever digits, and a year of four digits, or dots or
/// slashes behind two of the numbers, or the year's sign of an era.
fn may_hold(line: &str) -> bool {
    let bytes = line.as_bytes();
    // Most lines are told by this alone, many bytes at once where no branch depends on one.
    let has_digit = bytes.iter().fold(false, |any, byte| any | byte.is_ascii_digit());
    if !has_digit && line.is_ascii() {
        return false;
    }
    let (mut numbers, mut of_year, mut marked, mut at) = (0, false, 0, 0);
    while let Some(from) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let len = bytes[at + from..].iter().take_while(|b| b.is_ascii_digit()).count();
        at += from + len;
        numbers += 1;
        of_year |= len == 4;
        let behind = bytes[at..].iter().find(|b| !b.is_ascii_whitespace());
        // A blank of another kind may stand between.
        marked += usize::from(behind.is_some_and(|b| matches!(b, b'.' | b'/') || !b.is_ascii()));
    }
    numbers > 1 && (of_year || marked > 1)
        || !line.is_ascii()
            && (numbers > 1 && line.contains('年') || line.chars().any(|c| !c.is_ascii() && digit(c).is_some()))
}

fn tokens(line: &str) -> Vec<(Token<'_>, usize, usize)> {
    let mut tokens = Vec::with_capacity(line.len() / 4);
    let mut chars = line.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if c.is_whitespace() {
            continue;
        }
        let number = digit(c).is_some();
        if !is_letter(c) {
            tokens.push((Token::Mark(c), start, start + c.len_utf8()));
            continue;
        }
        let mut end = start + c.len_utf8();
        while let Some((i, n)) = chars.peek() {
            let inside = is_letter(*n) && digit(*n).is_some() == number
                || !number && (matches!(n, '\u{900}'..='\u{94d}' | '-') || *n == '.' && is_thai(c));
            if !inside {
                break;
            }
            end = i + n.len_utf8();
            chars.next();
        }
        let text = &line[start..end];
        let token = if number {
            let value = text.chars().filter_map(digit).fold(0u32, |v, d| v.saturating_mul(10).saturating_add(d));
            Token::Number(value, text.chars().count())
        } else {
            Token::Word(text.trim_end_matches('.'))
        };
        tokens.push((token, start, end));
    }
    tokens
}

/// Thai letters, vowel signs and tone marks.
fn is_thai(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e4e}')
}

/// Characters that make words. Thai sets dates off by spaces, so its letters count among them here.
fn is_letter(c: char) -> bool {
    is_thai(c) || c.is_alphanumeric() && (!is_unspaced(c) || digit(c).is_some())
}

type Spanned<'a> = (Token<'a>, usize, usize);

/// `2024-05-03`, `2024/5/3`, `2024年5月3日`, `2024. 5. 3.`, `03.05.2024`, `5/3/2024`.
fn numeric(t: &[Spanned<'_>], order: Order) -> Option<((u16, u8, u8), usize)> {
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
    // Two marks that differ divide no date: `9.4 / 2010`.
    if let (Token::Mark(one), Token::Mark(other)) = (separator, second)
        && one != other
        && one != '年'
    {
        return None;
    }
    if a_len == 4 {
        let tail = usize::from(matches!(t.get(5), Some((Token::Mark('日' | '号'), ..) | (Token::Word("일"), ..))));
        return Some((checked(a, b, c)?, 5 + tail));
    }
    let dots = separator == Token::Mark('.') && second == separator;
    if a_len > 2 || (c_len != 4 && !(c_len == 2 && dots) && !is_short(t)) {
        return None;
    }
    let year = if c_len == 2 { 2000 + c } else { c };
    // English alone tells the order of a year of four digits at best.
    if order == Order::MonthFirst && is_short(t) && a <= 12 && b <= 12 {
        return None;
    }
    let american = order == Order::MonthFirst && matches!(separator, Token::Mark('/' | '-'));
    let clock = || separator == Token::Mark('/') && t.iter().any(|x| half_day(x.0).is_some());
    let month_first = b > 12 || a <= 12 && (american || order == Order::Unknown && clock());
    let ymd = if month_first { checked(year, a, b)? } else { checked(year, b, a)? };
    Some((ymd, 5))
}

/// `03/05/24`: two digits each, between slashes.
fn is_short(t: &[Spanned<'_>]) -> bool {
    let slash = Token::Mark('/');
    matches!(t, [(Token::Number(_, 2), ..), (one, ..), (Token::Number(_, 2), ..), (other, ..), (Token::Number(_, 2), ..), ..] if *one == slash && *other == slash)
}

/// `24/05/03`, `03.05.24`: whether the year of a date of two digits each may be its first number, and nothing tells that it is the last.
fn may_begin_with_year(t: &[Spanned<'_>], order: Order) -> bool {
    let [(Token::Number(a, 2), ..), _, (Token::Number(b, _), ..), _, (Token::Number(c, 2), ..)] = t else {
        return false;
    };
    // Between dots a year of two digits stands last, but where all years stand first.
    let unknown = order == Order::Unknown && is_short(t);
    (unknown || order == Order::YearFirst) && checked(2000 + a, *b, *c).is_some()
}

/// `3. Mai 2024`, `May 3rd, 2024`, `3 de mayo de 2024`, `16 грудня 2025`, `2024. május 3.`
fn worded(t: &[Spanned<'_>]) -> Option<((u16, u8, u8), usize)> {
    // The numbers are looked at first: a name is looked up only where they fit.
    let next = |i: &mut usize| -> Option<Token<'_>> {
        while let Some((token, ..)) = t.get(*i) {
            let filler = match token {
                Token::Mark(m) => matches!(m, '.' | ',' | '/' | '-' | '–' | '\''),
                Token::Word(w) => {
                    matches!(
                        *w,
                        "de" | "del"
                            | "of"
                            | "d"
                            | "st"
                            | "nd"
                            | "rd"
                            | "th"
                            | "er"
                            | "º"
                            | "ng"
                            | "m"
                            | "gada"
                            | "năm"
                            | "พ.ศ"
                            | "ค.ศ"
                    )
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
            let (name, day) = match (next(&mut i)?, next(&mut i)?) {
                (Token::Word(w), Token::Number(day, 1..=2)) => (w, day),
                // Latvian: `2024. gada 3. maijā`.
                (Token::Number(day, 1..=2), Token::Word(w)) => (w, day),
                _ => return None,
            };
            Some((named(year, name, day)?, i))
        }
        Token::Number(day, 1..=2) => {
            let Token::Word(w) = next(&mut i)? else { return None };
            match next(&mut i)? {
                Token::Number(year, 4) => Some((named(year, w, day)?, i)),
                // Vietnamese counts its months: `3 tháng 5 năm 2024`.
                Token::Number(month @ 1..=12, 1..=2) if matches!(w, "tháng" | "Tháng") => {
                    let Token::Number(year, 4) = next(&mut i)? else { return None };
                    Some((checked(year, month, day)?, i))
                }
                _ => None,
            }
        }
        Token::Word(w) => {
            let Token::Number(day, 1..=2) = next(&mut i)? else { return None };
            let Token::Number(year, 4) = next(&mut i)? else { return None };
            Some((checked(year, month(w)?, day)?, i))
        }
        _ => None,
    }
}

/// A day of a month by its name, of whichever calendar.
fn named(year: u32, name: &str, day: u32) -> Option<(u16, u8, u8)> {
    if let Some(month) = month(name) {
        return checked(year, month, day);
    }
    let (year, month, day) = calendar::from_hijri(year, calendar::hijri_month(name)?, day)?;
    checked(year, month, day)
}

/// `令和6年5月3日`, `民國113年5月3日`.
fn of_era(t: &[Spanned<'_>]) -> Option<((u16, u8, u8), usize)> {
    let [(Token::Mark(a), ..), (Token::Mark(b), ..), rest @ ..] = t else { return None };
    let before = calendar::era(*a, *b)?;
    let year = match rest.first()?.0 {
        Token::Number(year, 1..=3) => year,
        Token::Mark('元') => 1,
        _ => return None,
    };
    let (Token::Mark('年'), Token::Number(month, _), Token::Mark('月'), Token::Number(day, _)) =
        (rest.get(1)?.0, rest.get(2)?.0, rest.get(3)?.0, rest.get(4)?.0)
    else {
        return None;
    };
    let tail = usize::from(matches!(rest.get(5), Some((Token::Mark('日'), ..))));
    Some((checked(before + year, month, day)?, 7 + tail))
}

fn checked(year: u32, month: u32, day: u32) -> Option<(u16, u8, u8)> {
    let (year, month, day) = calendar::from_hijri(year, month, day).unwrap_or((calendar::gregorian(year), month, day));
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
        updated |= i < from && UPDATED.has(&w);
        others += usize::from(!is_company(&w));
    }
    (others, updated)
}

static UPDATED: WordList = WordList::new(|| {
    Words::of(
        "updated|modified|update|revised|aktualisiert|geändert|mis|mise|modifié|modifiée|actualisé|actualisée|actualizado|actualizada|\
    actualización|modificada|aggiornato|aggiornata|aggiornamento|atualizado|atualizada|atualização|bijgewerkt|gewijzigd|oppdatert|\
    opdateret|uppdaterad|uppdaterat|uppdaterades|päivitetty|muokattu|aktualizacja|zaktualizowano|zaktualizowany|aktualizováno|\
    aktualizované|aktualizace|upraveno|upravené|güncelleme|güncellendi|güncellenme|änderung|aktualisierung|modificado|modificato|\
    modification|обновлено|обновление|изменено|оновлено|оновлення|змінено|актуализирана|обновена|ενημέρωση|ενημερώθηκε|frissítve|\
    frissült|módosítva|actualizat|actualizată|actualitzat|ažurirano|ажурирано|diperbarui|diperbaharui|dimutakhirkan|dikemaskini|\
    cập|อัปเดต|อัพเดท|ปรับปรุง|แก้ไข|تحديث|محدث|حدثت|روزرسانی|अपडेट|अपडेटेड|संशोधित|আপডেট|হালনাগাদ|עודכן|עדכון|수정|업데이트",
    )
});
/// The same where words stand without spaces between.
const UPDATED_UNSPACED: [&str; 5] = ["更新", "修改", "修订", "修訂", "改訂"];

static COMPANY: WordList = WordList::new(|| {
    Words::of(
        "at|on|am|pm|the|published|posted|last|first|date|est|edt|gmt|utc|bst|cet|cest|ist|pst|pdt|et|pt|t|z|\
    latest|recently|uhr|um|den|der|vom|stand|letzte|zuletzt|dernière|última|ultima|laatste|senast|seneste|sist|nhật|terakhir|veröffentlicht|erschienen|le|à|h|à|jour|publié|du|el|a|las|los|publicado|\
    hora|il|alle|ore|pubblicato|em|às|min|op|om|gepubliceerd|uur|kl|publisert|publicerad|publiceret|\
    opublikowano|dodano|godz|r|roku|publikováno|saat|yayınlanma|tarihi|опубликовано|опубліковано|г|года|\
    в|о|об|року|р|δημοσίευση|στις|megjelent|la|ora|publicat|입력|오전|오후|등록|i|as|of|by|and|de|d|ngày|lúc|วันที่|เวลา|น|ساعت|تاريخ|आज",
    )
});

/// Words that call a date the publication's, wherever they stand beside it: `Erschienen am`, `wurde am ... veröffentlicht`.
static PUBLISHED: WordList = WordList::new(|| {
    Words::of(
        "published|posted|written|veröffentlicht|erschienen|gepostet|geschrieben|verfasst|publié|publiée|publicado|publicada|pubblicato|pubblicata|gepubliceerd|geplaatst|publisert|\
    publicerad|publicerades|publiceret|julkaistu|opublikowano|opublikowany|publikováno|zveřejněno|yayınlanma|yayınlandı|yayımlandı|\
    опубликовано|опубликована|опубліковано|публикувана|δημοσίευση|δημοσιεύτηκε|δημοσιεύθηκε|megjelent|publicat|objavljeno|objavljen|\
    diterbitkan",
    )
});

/// Whether a word of these calls the date beside it the publication's.
pub(crate) fn calls_published(words: &str) -> bool {
    let mut words = words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.any(|w| PUBLISHED.has(&w.to_lowercase()))
}

/// Whether a line without a date says of the one beside it that it is a change's: `Last updated on:`.
pub(crate) fn labels_change(line: &str) -> bool {
    let words = || line.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase);
    let unspaced = || UPDATED_UNSPACED.iter().any(|word| line.contains(word));
    words().any(|w| UPDATED.has(&w)) && words().all(|w| is_company(&w))
        || line.len() < LABEL_BYTES_MAX && unspaced() && !line.contains(|c| digit(c).is_some())
}

/// Whether a word, lower case, is usual company of a date in its line: a weekday, "published", "at".
pub(crate) fn is_company(w: &str) -> bool {
    UPDATED.has(w) || COMPANY.has(w) || is_weekday(w)
}

/// Whether a word, lower case, names a day of the week.
pub(crate) fn is_weekday(w: &str) -> bool {
    const STEMS: &str = "mon|tue|wed|thu|fri|sat|sun|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|\
        lun|mar|mer|jeu|ven|sam|dim|mié|miérc|jue|vie|sáb|dom|gio|seg|ter|qua|qui|sex|maandag|dinsdag|\
        woensdag|donderdag|vrijdag|zaterdag|zondag|mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|måndag|\
        tisdag|lördag|söndag|maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai|poniedziałek|\
        wtorek|środa|czwartek|piątek|sobota|niedziela|pondělí|úterý|středa|čtvrtek|pátek|neděle|pazartesi|\
        salı|çarşamba|perşembe|cuma|cumartesi|pazar|понедельник|вторник|среда|четверг|пятница|суббота|\
        воскресенье|понеділок|вівторок|середа|четвер|п'ятниця|субота|неділя|δευτέρα|τρίτη|τετάρτη|πέμπτη|\
        παρασκευή|σάββατο|κυριακή|hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap";
    static BY_FIRST: LazyLock<FxHashMap<char, Vec<&'static str>>> = LazyLock::new(|| {
        let mut by_first: FxHashMap<char, Vec<&'static str>> = FxHashMap::default();
        for stem in STEMS.split('|') {
            by_first.entry(stem.chars().next().unwrap_or_default()).or_default().push(stem);
        }
        by_first
    });
    let stems = w.chars().next().and_then(|first| BY_FIRST.get(&first));
    stems.into_iter().flatten().any(|s| w.strip_prefix(s).is_some_and(|rest| rest.chars().count() <= 7))
}

/// Whether a word, lower case, names a month.
pub(crate) fn is_month(word: &str) -> bool {
    month(word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_date_is_passed_over(
            around in prop::collection::vec("[0-9]{0,3}[a-z]{0,3}|Uhr|年", 2),
            parts in prop::collection::vec("20[0-2][0-9]|[0-2]?[1-9]|May|mayo|٣|令和[1-9]年", 3),
            marks in prop::collection::vec("[./年月년월-]?[ \u{a0}]?|(st|,| de)? ", 4),
        ) {
            let line = format!("{} {}{}{}{}{}{} {}", around[0], parts[0], marks[0], parts[1], marks[1], parts[2], marks[2], around[1]);
            prop_assert!(may_hold(&line) || read_all(&line, Order::default()).is_none(), "{line}");
        }
    }

    #[test]
    fn most_figures_are_no_dates() {
        for line in ["In the old town 300 people met 7 times", "2 or 3", "v1.2", "20:15, 3 of 12", "100.000 and 5"] {
            assert!(!may_hold(line), "{line}");
        }
    }
}
