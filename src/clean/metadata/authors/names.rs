//! Names in a line: without "By" and its sisters in many languages, without dates, roles in brackets, addresses, handles.
//!
//! What holds: a name is a stretch of the line; nothing is put together.

use super::{features, han, nobody};
use crate::clean::ascii;
use crate::clean::classify::{is_unspaced, word_hashes};
use crate::clean::letters::seams;
use crate::clean::metadata::fold;
use crate::clean::text::date;
use crate::clean::text::list::{WordList, Words};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 120;
/// Words that open a byline wherever they begin a line.
const OPENERS: &str = "written by|posted by|all posts by|view all posts by|more by|more from|alles von|alle beiträge von|alle artikel von|mehr von|beitrag von|reported by|published by|story by|words by|text by|article by|recipe by|post by|\
    created by|contributed by|submitted by|as told to|medically reviewed by|reviewed by|by|author|authors|author(s)|writer|\
    verfasst von|geschrieben von|veröffentlicht von|ein artikel von|artikel von|ein beitrag von|beitrag von|text von|eingestellt von|\
    erstellt von|gepostet von|ein kommentar von|kommentar von|eine analyse von|interview von|protokoll|text und interview|\
    text & interview|interview|von|autor|autorin|autoren|autor/in|autorin/autor|autor*in|redaktion|\
    écrit par|publié par|rédigé par|posté par|propos recueillis par|par|auteur|auteurs|auteur(s)|\
    escrito por|publicado por|redactado por|por|autores|escrito|texto|\
    scritto da|pubblicato da|a cura di|da|di|autore|autori|\
    door|geschreven door|av|skrevet av|skriven av|af|skrevet af|tekst|text|texte|foto og tekst|journalist|\
    автор|автори|авторы|текст|от|від|przez|opracował|opracowała|napisał|napisała|redaktor|oprac.|autorka|\
    szerző|írta|yazan|yazar|kirjoittaja|teksti|autoři|από|του|της|συντάκτης|γράφει ο|γράφει η|oleh|penulis|reporter|bởi|tác giả|\
    بقلم|كتب|كتبت|نویسنده|लेखक|द्वारा|ผู้เขียน|โดย|本報記者|本报记者|特约记者|實習記者|实习记者|見習記者|见习记者|實習生|实习生|通訊員|通讯员|記者|记者|作者|著者|文|撰文|執筆|글|작성자";
/// Of these, words that are also parts of names or sentences: they open a byline only with a capital or before a colon.
static PARTICLES: WordList = WordList::new(|| Words::of("von|da|di|av|af|por|par|от|від|door|του|της|от"));
/// Words before a name within a line whose beginning says when and that it was published.
static INNER: WordList = WordList::new(|| Words::of("von|by|par|por|di|da|door|av|af|przez|от|від|oleh|bởi"));
/// What a line says before such a word.
static LEADS: WordList = WordList::new(|| {
    Words::of(
        "posted|published|written|veröffentlicht|publiziert|geschrieben|erstellt|verfasst|gepostet|eingestellt|publié|écrit|rédigé|\
    publicado|escrito|pubblicato|scritto|geplaatst|geschreven|gepubliceerd|publisert|skrevet|publicerad|skriven|updated|aktualisiert|submitted|\
    filed|reported|artikel|beitrag|article|post|story|opublikowano|dodane|опубликовано",
    )
});
/// Words between names.
static JOINERS: WordList =
    WordList::new(|| Words::of("and|und|et|y|e|og|och|en|i|a|и|та|ve|και|with|&|oraz|dan|và|sowie|mit|avec|con|و"));
/// What somebody else made, before such a word.
static PICTURES: WordList = WordList::new(|| {
    Words::of("foto|fotos|photo|photos|photography|bild|bilder|illustration|illustrationen|illustrations|grafik|video")
});
/// Words that close a byline.
const CLOSERS: &[&str] = &["기자", "記者", "记者", "特派員", "編集部員"];
/// What a date line leaves behind a name that stood before its date, and what is no name by itself.
static TAILS: WordList = WordList::new(|| {
    Words::of(
        "on|am|pm|at|um|le|in|den|vom|the|stand|posted|published|veröffentlicht|publié|publicado|updated|aktualisiert|uhr|gmt|est|\
    mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|\
    donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|\
    domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|\
    понедельник|вторник|среда|четверг|пятница|суббота|воскресенье",
    )
});
/// What a person is, where it stands behind the name: `Ann Bell Journalist`.
static ROLES: WordList = WordList::new(|| {
    Words::of(
        "journalist|journalistin|journaliste|redakteur|redakteurin|korrespondent|korrespondentin|correspondent|redaktør|redaktör|\
    fotograf|photographer|columnist|kolumnist|kolumnistin|volontär|volontärin|periodista|giornalista|jornalista|redactora|redacteur|\
    dziennikarz|dziennikarka|muhabir|muhabiri",
    )
});

/// Words up to this length are made lower case in place, bytes.
const WORD_BYTES: usize = 24;

/// What may stand before a byline's first word.
const BULLETS: [char; 6] = ['|', ' ', ',', '•', '·', '-'];

/// How a line names its authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cue {
    /// Nothing but the names.
    Bare,
    /// A word within the line: `Posted on 3 May by Ann Bell`.
    Inner,
    /// A word that opens the line: `By Ann Bell`.
    Opener,
}

/// A cheap question first: whether a line of so many `digits` opens like a byline, or has figures as a line with a date does.
pub(super) fn may_name(line: &str, digits: u32) -> bool {
    digits > 0
        || opened(line.trim_start_matches(BULLETS)).is_some()
        || !line.is_ascii() && line.chars().any(|c| !c.is_ascii() && c.is_numeric())
}

/// A cheap question first: whether a line may be nothing but names, by its first two words.
pub(super) fn begins_with_name(line: &str) -> bool {
    let words = line.split([' ', ',']).filter(|w| w.contains(char::is_alphabetic) && !is_machine(w));
    words.take(2).all(|w| is_capital(w) || is_particle(w))
}

/// The names of a line on a page, and how it comes to them; dates in it are left out.
pub(super) fn in_line(line: &str) -> (Vec<String>, Cue) {
    let line = undated(line);
    cued(&line).unwrap_or_else(|| (persons(&line), Cue::Bare))
}

/// As [`in_line`], where a word says that names follow.
pub(super) fn after_cue(line: &str) -> Option<(Vec<String>, Cue)> {
    if may_be_cued(line) { cued(&undated(line)) } else { None }
}

/// A cheap question first: whether a word in the line may announce names, at its start, behind a date there, or within.
fn may_be_cued(line: &str) -> bool {
    static INNER_HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| INNER.iter().flat_map(word_hashes).collect());
    let line = line.trim_start_matches(BULLETS);
    let first = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // Figures are no part of a word that follows them: `3 May 2024by Ann`.
    let letters = || line.split(|c: char| c.is_ascii_digit());
    first.starts_with(|c: char| c.is_numeric() || is_unspaced(c))
        || date::is_month(&first.to_lowercase())
        || opened(line).is_some()
        || letters().flat_map(word_hashes).any(|word| INNER_HASHES.contains(&word))
}

/// The line with a bar for its date, and without times of day.
fn undated(line: &str) -> Cow<'_, str> {
    match date::find(line) {
        Some(found) => {
            let (before, behind) = (&line[..found.range.0], &line[found.range.1..]);
            without_clock(&format!("{before}|{behind}")).into_owned().into()
        }
        None => without_clock(line),
    }
}

fn cued(line: &str) -> Option<(Vec<String>, Cue)> {
    let opened = || Some((announced(opened(line.trim_start_matches(BULLETS))?), Cue::Opener));
    let inner = || Some((announced(inner(line)?), Cue::Inner));
    opened().filter(|(people, _)| !people.is_empty()).or_else(inner).filter(|(people, _)| !people.is_empty())
}

/// The line without times of day.
fn without_clock(line: &str) -> Cow<'_, str> {
    let clock = |w: &str| {
        let w = w.trim_matches(|c: char| !c.is_alphanumeric());
        w.contains([':', '.']) && w.len() <= 8 && w.bytes().next().is_some_and(|b| b.is_ascii_digit())
    };
    let word = |w: &str| {
        matches!(
            w.to_lowercase().trim_matches(','),
            "uhr" | "pm" | "am" | "p.m." | "a.m." | "est" | "et" | "gmt" | "cet"
        )
    };
    if !line.bytes().any(|b| b.is_ascii_digit()) {
        return line.into();
    }
    let mut out = String::with_capacity(line.len());
    let mut after = false;
    for w in line.split_whitespace() {
        let timed = clock(w);
        if !(timed || after && word(w)) {
            out.push_str(w);
            out.push(' ');
        } else if timed {
            out.push_str("| ");
        }
        after = timed;
    }
    out.into()
}

/// What follows a word like "by" within the line, where no sentence stands before it.
pub(super) fn inner(line: &str) -> Option<&str> {
    let mut buffer = [0; WORD_BYTES];
    let mut at = 0;
    let mut lead = false;
    let mut others = 0;
    for word in line.split_inclusive(' ') {
        let bare = ascii::lower(word.trim_matches(|c: char| !c.is_alphanumeric()), &mut buffer);
        at += word.len();
        // Within a name: `Ann Di Bella`.
        let part = word.starts_with(char::is_uppercase) && PARTICLES.has(&bare) && !lead;
        if INNER.has(&bare) && !part && (lead || others == 0) && at < line.len() {
            return Some(&line[at..]);
        }
        let leads = LEADS.has(&bare);
        lead |= leads || word.contains('|');
        others += usize::from(!bare.is_empty() && !leads && !date::is_company(&bare));
        if others > 3 {
            return None;
        }
    }
    None
}

/// Names up to the first that looks like none; of houses written in Han characters, which stand before their reporter, only
/// where there is no other.
fn persons(line: &str) -> Vec<String> {
    let (houses, others): (Vec<_>, Vec<_>) = names(line).into_iter().partition(|n| han::is_house(n));
    let may_be = |n: &String| shape(n) > 0.0 || n.split(' ').count() <= 2 && !han::is_whole(n);
    let people: Vec<String> = others.into_iter().take_while(may_be).collect();
    if people.is_empty() { houses } else { people }
}

/// The names that follow a word like "by": none where the line goes on in lower case, as in `By joining you agree`, but for an
/// account's name alone.
fn announced(line: &str) -> Vec<String> {
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return Vec::new() };
    let next = words.next();
    let alone = || next.is_none_or(|w| TAILS.has(w) || !w.contains(char::is_alphanumeric));
    let begins = is_capital(first) || first.starts_with(|c: char| c.is_ascii_digit());
    let named =
        (first == "the" || is_particle(first) && first != "der" && first != "den") && next.is_some_and(is_capital);
    if !(begins || named || alone()) {
        return Vec::new();
    }
    let mut names = persons(line);
    let may_be = |n: &&String| shape(n) > 0.0 || features::is_desk(&n.to_lowercase());
    let known = names.iter().skip(1).take_while(may_be).count() + 1;
    names.truncate(known);
    names
}

/// Whether a word is an address or a handle.
fn is_machine(word: &str) -> bool {
    word.contains('@') || word.starts_with("www.") || word.contains(':') && word.contains("://")
}

/// The names that a line of authors holds.
pub(super) fn names(line: &str) -> Vec<String> {
    let mut people = String::with_capacity(line.len());
    for word in fold(line).split(' ').filter(|w| !is_machine(w)) {
        if !people.is_empty() {
            people.push(' ');
        }
        people.push_str(word);
    }
    let between =
        |c: char| matches!(c, ',' | ';' | '|' | '/' | '·' | '•' | '、' | '，' | '／' | '╱' | '●' | '\n' | '│');
    let parts = han::without_source(&people).split(between);
    let mut names: Vec<&str> = parts.flat_map(split_joined).map(strip).filter(|name| is_name(name)).collect();
    // "Ann Bell, Health Reporter"
    if names.iter().any(|name| !nobody::is_title(name)) {
        names.retain(|name| !nobody::is_title(name));
    }
    names.into_iter().map(str::to_owned).collect()
}

/// The parts of a folded line between words like "and".
fn split_joined(part: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let (mut from, mut at) = (None, 0);
    for word in part.split(' ') {
        let (begin, end) = (at, at + word.len());
        at = end + 1;
        // "Text by Ann Bell Photos by Carl Dorn"
        if from.is_some() && part.get(at..).is_some_and(begins_inner) && PICTURES.has(&word.to_lowercase()) {
            names.extend(from.take().map(|from: usize| &part[from..begin]));
            break;
        }
        if matches!(word, "AND" | "And") || from.is_some() && JOINERS.has(word) {
            names.extend(from.take().map(|from: usize| &part[from..begin]));
        } else if !word.is_empty() && from.is_none() {
            from = Some(begin);
        }
    }
    names.extend(from.map(|from| &part[from..]));
    // "Center for Bridges and Roads"
    let is_whole = |first: &str| first.split(' ').count() > 2 && is_house(first);
    if names.len() > 1 && is_whole(strip(names[0])) { vec![part] } else { names }
}

/// Whether a word stands first that announces a name within a line.
fn begins_inner(rest: &str) -> bool {
    rest.split(' ').next().is_some_and(|word| INNER.has(word))
}

/// Whether words in lower case stand within a name: a person's has none but particles.
fn is_house(name: &str) -> bool {
    matches!(name.split(' ').nth(1), Some("for" | "of" | "für" | "pour" | "para" | "per")) && is_capital(name)
}

/// A name without what stands around it.
fn strip(name: &str) -> &str {
    let edge = |c: char| !c.is_alphanumeric() && c != '.' && c != '\'';
    let mut name = name.trim().trim_matches(edge);
    while let Some(rest) = opened(name) {
        name = rest;
    }
    for closer in CLOSERS {
        name = name.strip_suffix(closer).unwrap_or(name).trim_end();
    }
    name = han::person(name);
    let opens = |c: char| matches!(c, '(' | '[' | '<' | '（' | '【' | '–' | '—');
    let name = name.split(opens).next().unwrap_or_default();
    let name = if name.contains('-') { name.split(" - ").next().unwrap_or_default() } else { name }.trim_matches(edge);
    let name = without_tail(one_sentence(name));
    name.trim_matches(edge).trim_end_matches('.').trim()
}

/// A whole name before a full stop, `Ann Bell. Last updated`; initials and titles end in one too.
fn one_sentence(name: &str) -> &str {
    let before = name.split_once(". ").map(|(before, _)| before);
    before
        .filter(|b| b.rsplit_once(' ').is_some_and(|(_, last)| last.chars().count() > 3) && shape(b) >= 0.8)
        .unwrap_or(name)
}

/// What a person is, glued to the name: `Ann BellReporter`.
fn without_glued(name: &str) -> &str {
    let Some(at) = seams(name).next_back().filter(|at| !name[*at..].contains(' ')) else { return name };
    let (before, role) = name.split_at(at);
    let role = role.to_lowercase();
    if ROLES.has(&role) || nobody::is_title(&role) { before } else { name }
}

/// A name without the words of a date line behind it.
fn without_tail(name: &str) -> &str {
    let mut name = without_glued(name.trim_end());
    while let Some((before, last)) = name.rsplit_once(' ') {
        let word = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        if !(word.is_empty() || TAILS.has(&word) || ROLES.has(&word) && before.contains(' ')) {
            break;
        }
        name = before.trim_end();
    }
    nobody::without_title(name)
}

/// Openers by their first character, the longest first.
static BY_FIRST: LazyLock<FxHashMap<char, Vec<&'static str>>> = LazyLock::new(|| {
    let mut table: FxHashMap<char, Vec<&'static str>> = FxHashMap::default();
    for opener in OPENERS.split('|') {
        table.entry(opener.chars().next().unwrap_or_default()).or_default().push(opener);
    }
    for list in table.values_mut() {
        list.sort_by_key(|opener| std::cmp::Reverse(opener.len()));
    }
    table
});
/// No opener is longer, bytes.
const OPENER_BYTES_MAX: usize = 48;

/// Whether a line is an opening word and nothing else, but for a colon.
pub(super) fn is_opener(line: &str) -> bool {
    let bare = line.trim_end_matches([':', ' ']);
    if bare.len() > OPENER_BYTES_MAX || !may_open(bare) {
        return false;
    }
    let Some(first) = bare.chars().next().and_then(|c| c.to_lowercase().next()) else { return false };
    let Some(openers) = BY_FIRST.get(&first) else { return false };
    openers.contains(&&*ascii::lower(bare, &mut [0; OPENER_BYTES_MAX]))
}

/// For each letter of ASCII the characters that stand behind it where an opener begins with both: a bit each.
static SECONDS: LazyLock<[u128; 128]> = LazyLock::new(|| {
    let mut seconds = [0; 128];
    for opener in OPENERS.split('|') {
        if let [first @ 0..128, second @ 0..128, ..] = opener.as_bytes() {
            seconds[usize::from(*first)] |= 1 << second;
        }
    }
    seconds
});

/// A cheap question first: whether an opener may stand at the start of a line, by its first two characters.
fn may_open(line: &str) -> bool {
    match line.as_bytes() {
        [first @ 0..128, second @ 0..128, ..] => {
            SECONDS[usize::from(first.to_ascii_lowercase())] & 1 << second.to_ascii_lowercase() != 0
        }
        _ => true,
    }
}

/// What follows an opening word, if there is one.
pub(super) fn opened(line: &str) -> Option<&str> {
    if !may_open(line) {
        return None;
    }
    let first = line.chars().next()?.to_lowercase().next()?;
    let openers = BY_FIRST.get(&first)?;
    let mut buffer = [0; OPENER_BYTES_MAX];
    let head = ascii::lower(&line[..line.floor_char_boundary(OPENER_BYTES_MAX)], &mut buffer);
    openers.iter().find_map(|opener| if head.starts_with(opener) { after(line, opener) } else { None })
}

fn after<'l>(line: &'l str, opener: &str) -> Option<&'l str> {
    let (head, rest) = line.split_at_checked(opener.len())?;
    // One character alone begins words of another kind: `文章`.
    let unspaced = opener.chars().nth(1).is_some() && opener.chars().all(is_unspaced);
    let trimmed = rest.trim_start_matches([':', '：', '/', '／', ' ', '\u{a0}', '|', '\n']).trim_start();
    let colon = rest.trim_start().starts_with([':', '：']);
    if !colon && PARTICLES.has(opener) && head.starts_with(char::is_lowercase) {
        return None;
    }
    // "Written byAnn": markup without a space.
    let glued = opener.ends_with("by") && rest.starts_with(char::is_uppercase) && rest.contains(' ');
    (unspaced || glued || trimmed.len() < rest.len()).then_some(trimmed).filter(|r| !r.is_empty())
}

fn is_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    let lower = name.to_lowercase();
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && words <= 7
        && name.chars().filter(|c| c.is_alphabetic()).count() > 1
        && !nobody::is(name, &lower)
        && date::find(name).is_none()
        && !(words == 1 && (TAILS.has(&lower) || date::is_month(&lower)))
        && !lower
            .split_once(' ')
            .is_some_and(|(first, rest)| date::is_month(first) && rest.bytes().any(|b| b.is_ascii_digit()))
}

/// Whether a word begins with a capital, or in a script that has none.
pub(super) fn is_capital(word: &str) -> bool {
    word.chars().find(|c| c.is_alphabetic()).is_some_and(|c| c.is_uppercase() || !c.is_lowercase())
}

/// Whether a word in lower case may be a part of a name.
fn is_particle(word: &str) -> bool {
    const PARTICLES: [&str; 21] = [
        "de", "del", "della", "da", "dos", "du", "van", "von", "der", "den", "la", "le", "al", "el", "bin", "ter",
        "zu", "af", "di", "v.", "d'",
    ];
    PARTICLES.contains(&word)
}

/// How much a name is shaped like a person's, 0 to 1.
pub(super) fn shape(name: &str) -> f32 {
    let words: Vec<&str> = name.split_whitespace().collect();
    if name.chars().any(|c| c.is_ascii_digit()) || name.contains(['?', '!', ':', '"', '“']) {
        return 0.0;
    }
    if name.chars().filter(|c| c.is_alphabetic()).all(is_unspaced) {
        return f32::from(u8::from(han::may_be_person(name)));
    }
    if !words.iter().all(|w| is_capital(w) || is_particle(w)) {
        return 0.0;
    }
    match words.len() {
        1 => 0.4,
        2 | 3 => 1.0,
        4 => 0.8,
        5 => 0.5,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opener_stands_alone_where_a_name_follows_elsewhere() {
        for line in ["By", "Author:", "Autor : ", "作者"] {
            assert!(is_opener(line), "{line}");
        }
        for line in ["", ":", "By Ann", "Byron", "Authors of the year"] {
            assert!(!is_opener(line), "{line}");
        }
    }

    #[test]
    fn no_opener_is_passed_over() {
        for opener in OPENERS.split('|') {
            assert!(may_open(opener) && may_open(&opener.to_uppercase()) && is_opener(opener), "{opener}");
        }
        assert!(!may_open("Bridge") && !may_open("7 things") && !may_open("...") && may_open("ünder"));
    }

    #[test]
    fn lines_that_may_announce_names() {
        for line in [
            "3 May 2024by Ann Bell",
            "May 3, 2024 Autor: Ann",
            "令和6年5月3日 記者 田中",
            "Posted at 7 by Ann",
            "| By Ann",
        ] {
            assert!(may_be_cued(line), "{line}");
        }
        assert!(!may_be_cued("In the old town 300 people met"));
    }

    #[test]
    fn lines_that_may_name_somebody() {
        for (line, digits) in [("By Ann Bell", 0), ("· Von Anna Braun", 0), ("3 May", 1), ("٣ مايو", 0)] {
            assert!(may_name(line, digits), "{line}");
        }
        assert!(!may_name("Local news", 0));
        for line in ["Ann Bell", "Juan de la Cruz, Ana Ruiz", "3 May 2024, Ann Bell", "ann@herald.example, Ann Bell"] {
            assert!(begins_with_name(line), "{line}");
        }
        assert!(!begins_with_name("The council voted"));
    }
}
