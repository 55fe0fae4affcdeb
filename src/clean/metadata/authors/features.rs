//! What is known of a list of names, as numbers.
//!
//! What holds: the same order as the fitted table's; every number is bounded.

use super::lists::{List, Place, SOURCES, Source, key};
use super::names::shape;
use crate::clean::block::{Class, Document};
use crate::clean::letters::is_letter;
use crate::clean::metadata::Sources;
use crate::clean::text::list::{WordList, Words};
use rustc_hash::FxHashSet;

/// Features beyond the places where a list was found.
const OTHERS: usize = 36 + PLACES.len() * BESIDE;
/// Length of a row.
pub(super) const FEATURES: usize = SOURCES + OTHERS;
/// How much of the text's beginning is looked at, bytes.
const TEXT_BYTES_MAX: usize = 4000;
/// A date so many blocks away stands next to a name.
const DATED_BLOCKS: usize = 2;

/// What houses and desks are called rather than people.
static DESKS: WordList = WordList::new(|| {
    Words::of(
        "redaktion|team|staff|desk|editors|editorial|agency|agencies|agencia|agence|newsroom|reporter|reporters|correspondent|\
    reuters|afp|dpa|ap|apa|sda|ansa|efe|tass|xinhua|press|news|nachrichten|media|magazin|magazine|online|gmbh|verlag|rédaction|redacción|\
    redação|redazione|redactie|redaksjonen|haber|ajansı|agencies|bureau|times|post|zeitung|tv|radio|blog|club|verein|foundation|institute|\
    association|university|company|inc|ltd|ag|e.v|editor|contributor|writers|council|department|com|de|org|net",
    )
});

/// Words of buttons, boxes and other sites, none of which is a person's.
static BUTTONS: WordList = WordList::new(|| {
    Words::of(
        "embed|reddit|twitter|facebook|instagram|whatsapp|linkedin|pinterest|youtube|telegram|sponsored|submitted|subscribe|login|click|here|\
    our|your|this|now|also|skip|download|search|menu|cookies|newsletter|share|link|join|save|tools|sign|view|see|meet|more|read|follow|comments|\
    guide|best|tips|shop|buy|free|what|how|why|all|story|stories|signal|opt|out|from|with|related|latest|ihr|ihre|unser|unsere|neueste|weitere|aktuelle|alle|\
    ansprechpartner|mehr|notre|votre|lire|leer|nuestro|nuestra|leggi|tutti|czytaj|zobacz|więcej|分享|阅读|閱讀|下一篇|名片|评论|微信|微博|讨论|関連記事",
    )
});

/// The lists' features.
pub(super) fn rows(lists: &[List], sources: &Sources<'_>) -> Vec<[f32; FEATURES]> {
    let page = Page::of(lists, sources);
    (0..lists.len()).map(|i| row(lists, i, &page)).collect()
}

/// What is the same for all lists of a page.
struct Page<'d> {
    document: &'d Document,
    place: Place,
    sites: Vec<String>,
    /// The headline as names are compared.
    title: String,
    /// How much of each list are outlets.
    outlet: Vec<f32>,
    /// How much each list is shaped like people's names, where it is not of outlets.
    people: Vec<f32>,
    /// Words of names that the text's beginning writes small.
    small: FxHashSet<&'d str>,
}

impl<'d> Page<'d> {
    fn of(lists: &[List], sources: &Sources<'d>) -> Page<'d> {
        let document = sources.document;
        let sites = sources.sites();
        let is_outlet = |n: &str, k: &str| is_desk(k) || is_site(k, &sites) || n.contains('.') && !n.contains(' ');
        let outlet: Vec<f32> = lists.iter().map(|l| share(l, is_outlet)).collect();
        let people = lists.iter().zip(&outlet).map(|(l, o)| if *o < 0.5 { person(l) } else { 0.0 }).collect();
        let shown = lists.iter().any(|l| l.block.is_some());
        let words = lists.iter().filter(|_| shown).flat_map(|l| &l.keys).flat_map(|k| k.split(' '));
        let small = small_words(document, &words.collect(), TEXT_BYTES_MAX);
        let title = document.meta.headline.as_deref().map(key).unwrap_or_default();
        Page { document, place: Place::of(document), sites, title, outlet, people, small }
    }
}

/// How much a list's names are shaped like people's.
fn person(list: &List) -> f32 {
    list.names.iter().map(|n| shape(n)).sum::<f32>() / list.names.len().max(1) as f32
}

/// Which words begin with a small letter in the text's first `left` bytes: a person's name is none of these.
pub(super) fn small_words<'d>(document: &'d Document, words: &FxHashSet<&str>, left: usize) -> FxHashSet<&'d str> {
    let mut small = FxHashSet::default();
    if words.is_empty() {
        return small;
    }
    let mut begins = [false; 256];
    words.iter().filter_map(|w| w.bytes().next()).for_each(|byte| begins[byte as usize] = true);
    let mut left = left;
    for i in (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Body) {
        let text = document.text_of(i);
        let text = &text[..text.floor_char_boundary(left)];
        // Most bytes begin none of the words.
        let starts = text.bytes().enumerate().filter(|(_, byte)| begins[*byte as usize]).map(|(at, _)| at);
        let own = starts.filter(|at| !text[..*at].ends_with(is_letter)).map(|at| &text[at..]);
        let own = own.map(|rest| rest.split(|c: char| !is_letter(c)).next().unwrap_or_default());
        small.extend(own.filter(|word| words.contains(word) && word.starts_with(char::is_lowercase)));
        left -= text.len();
        if left == 0 {
            break;
        }
    }
    small
}

/// Whether a date stands next to a block.
pub(super) fn is_dated(document: &Document, block: usize) -> bool {
    let around = block.saturating_sub(DATED_BLOCKS)..(block + DATED_BLOCKS + 1).min(document.blocks.len());
    document.blocks[around].iter().any(|b| b.class == Class::Date)
}

pub(super) fn is_site(key: &str, sites: &[String]) -> bool {
    let name = key.replace(' ', "");
    // "Herald News Network" on the site of HNN.
    let initials: String = key.split(' ').filter_map(|word| word.chars().next()).collect();
    if initials.len() > 1 && sites.contains(&initials) {
        return true;
    }
    sites.iter().any(|s| *s == name || s.len() > 3 && name.contains(s.as_str()) || name.len() > 4 && s.contains(&name))
}

pub(super) fn is_desk(key: &str) -> bool {
    key.split(' ').any(|w| DESKS.has(w))
}

/// How a list stands to another: the same, more, less, with some names in common, or with none.
fn relation(own: &List, other: &List) -> [bool; 5] {
    let common = own.keys.iter().filter(|k| other.keys.contains(k)).count();
    let (all, of_other) = (common == own.keys.len(), common == other.keys.len());
    [
        all && of_other,
        !all && of_other,
        all && !of_other,
        !all && !of_other && common > 0,
        !all && !of_other && common == 0,
    ]
}

/// Columns of what is known of a list beside those that stand in one of some places.
const BESIDE: usize = 6;

/// How a list stands to the first of those in some places, and whether it names people where that one names outlets.
fn beside(lists: &[List], own: &List, people: f32, outlet: &[f32], places: &[Source]) -> [f32; BESIDE] {
    let Some(at) = lists.iter().position(|l| places.iter().any(|p| l.found[*p as usize])) else { return [0.0; BESIDE] };
    let mut row = [0.0; BESIDE];
    if !own.names.is_empty() {
        row[..5].copy_from_slice(&relation(own, &lists[at]).map(|is| f32::from(u8::from(is))));
    }
    row[5] = outlet[at] * people;
    row
}

/// Places that lists are compared with.
const PLACES: [&[Source]; 2] =
    [&[Source::Meta], &[Source::MarkProp, Source::MarkLink, Source::MarkWords, Source::MarkHref, Source::Opener]];

/// The share of a list's names that a question holds for.
fn share(list: &List, holds: impl Fn(&str, &str) -> bool) -> f32 {
    let count = list.names.iter().zip(&list.keys).filter(|(n, k)| holds(n, k)).count();
    count as f32 / list.names.len().max(1) as f32
}

/// Whether a name is an account's: one word, small or with figures.
fn is_account(name: &str) -> bool {
    !name.contains(' ') && (!name.contains(char::is_uppercase) || name.contains(|c: char| c.is_ascii_digit()))
}

fn row(lists: &[List], i: usize, page: &Page<'_>) -> [f32; FEATURES] {
    let Page { document, place, sites, title, outlet, people, .. } = page;
    let mut row = [0.0; FEATURES];
    let own = &lists[i];
    let beside = PLACES.map(|places| beside(lists, own, people[i], outlet, places));
    for (s, found) in own.found.iter().enumerate() {
        row[s] = f32::from(u8::from(*found));
    }
    if own.names.is_empty() {
        let any = |source: Source| lists.iter().any(|l| l.found[source as usize]);
        row[SOURCES] = libm::logf(lists.len() as f32) / 2.0;
        row[SOURCES + 1] = f32::from(u8::from(any(Source::Graph)));
        row[SOURCES + 2] = f32::from(u8::from(any(Source::Opener) || any(Source::MarkProp) || any(Source::MarkLink)));
        row[FEATURES - PLACES.len() * BESIDE..].copy_from_slice(beside.as_flattened());
        row[SOURCES + 3] = people.iter().copied().fold(0.0, f32::max);
        return row;
    }
    let flag = |b: bool| f32::from(u8::from(b));
    let count = own.names.len();
    let person = person(own);
    let others = || lists.iter().enumerate().filter(|(j, l)| *j != i && !l.names.is_empty());
    let subset = |a: &List, b: &List| a.keys.iter().all(|k| b.keys.contains(k)) && a.keys.len() < b.keys.len();
    let within =
        |a: &List, b: &List| a.keys.iter().any(|k| b.keys.iter().any(|o| o.len() > k.len() && o.contains(k.as_str())));
    let better = others().map(|(j, _)| people[j]).fold(0.0, f32::max);
    let declared = own.found[Source::Graph as usize]
        || own.found[Source::Meta as usize]
        || own.found[Source::GraphCreator as usize];
    let block = own.block.map(|b| &document.blocks[b]);
    let near = |at: Option<usize>| match (own.block, at) {
        (Some(b), Some(at)) => 1.0 / (1.0 + b.abs_diff(at) as f32 / 4.0),
        _ => 0.0,
    };
    let behind = matches!((own.block, place.last), (Some(b), Some(last)) if b > last);
    let inside = matches!((own.block, place.first, place.last), (Some(b), Some(f), Some(l)) if b > f && b <= l);
    let sources = own.found.iter().filter(|f| **f).count() as f32;
    let values: [f32; OTHERS - PLACES.len() * BESIDE] = [
        sources / 3.0,
        flag(sources > 1.5),
        flag(count == 2),
        flag(count > 2),
        flag(count > 5),
        person,
        flag(person >= 0.8),
        flag(own.names.iter().all(|n| !n.contains(' '))),
        share(own, |n, _| n.chars().next().is_some_and(char::is_lowercase)),
        outlet[i],
        outlet[i] * better,
        flag(outlet[i] > 0.5 && declared),
        share(own, |_, k| is_site(k, sites)),
        share(own, |n, _| n.chars().any(|c| c.is_ascii_digit())),
        share(own, |n, _| n.split(' ').count() > 4),
        flag(others().any(|(_, l)| subset(own, l))),
        flag(others().any(|(_, l)| subset(l, own))),
        flag(others().any(|(_, l)| within(own, l))),
        flag(others().any(|(_, l)| within(l, own))),
        flag(others().any(|(_, l)| l.keys.iter().any(|k| own.keys.contains(k)))),
        near(place.headline),
        near(place.first),
        near(place.last),
        flag(behind),
        flag(inside),
        (own.rank as f32).min(4.0) / 2.0,
        block.map_or(0.0, |b| b.link_share()),
        share(own, |_, k| title.contains(k)),
        flag(own.block.is_none()),
        flag(declared && own.block.is_some()),
        people[i],
        people.iter().copied().fold(0.0, f32::max),
        share(own, |_, k| k.split(' ').all(|w| page.small.contains(w))),
        flag(own.block.is_some_and(|b| is_dated(document, b))),
        share(own, |_, k| k.split(' ').any(|w| BUTTONS.has(w))),
        flag(own.block.is_none() && own.names.iter().all(|n| is_account(n))),
    ];
    row[SOURCES..SOURCES + values.len()].copy_from_slice(&values);
    row[SOURCES + values.len()..].copy_from_slice(beside.as_flattened());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_goes_by_its_initials() {
        let sites = ["hf".to_owned(), "dockradio".to_owned()];
        assert!(is_site("hafen funk", &sites));
        assert!(is_site("dock radio", &sites));
        assert!(!is_site("henry", &sites));
        assert!(!is_site("ann bell", &sites));
    }

    fn list(keys: &[&str], source: Source) -> List {
        let names: Vec<String> = keys.iter().map(|k| (*k).to_owned()).collect();
        let mut found = [false; SOURCES];
        found[source as usize] = true;
        List { keys: names.clone(), names, found, block: None, rank: 0 }
    }

    #[track_caller]
    fn check_relation(own: &[&str], other: &[&str], expected: usize) {
        let relation = relation(&list(own, Source::Meta), &list(other, Source::Graph));
        assert_eq!(relation.iter().position(|is| *is), Some(expected), "{own:?} to {other:?}");
        assert_eq!(relation.iter().filter(|is| **is).count(), 1);
    }

    #[test]
    fn lists_stand_to_each_other() {
        check_relation(&["ann", "carl"], &["carl", "ann"], 0);
        check_relation(&["ann", "carl"], &["ann"], 1);
        check_relation(&["ann"], &["carl", "ann"], 2);
        check_relation(&["ann", "dora"], &["ann", "carl"], 3);
        check_relation(&["ann"], &["carl"], 4);
    }

    #[test]
    fn people_count_beside_an_outlet() {
        let lists = [list(&["the herald"], Source::Meta), list(&["ann"], Source::Opener)];
        assert_eq!(beside(&lists, &lists[1], 0.4, &[1.0, 0.0], &[Source::Meta]), [0.0, 0.0, 0.0, 0.0, 1.0, 0.4]);
        assert_eq!(beside(&lists, &lists[1], 0.4, &[1.0, 0.0], &[Source::Microdata]), [0.0; BESIDE]);
    }

    #[test]
    fn an_account_is_one_small_word_or_has_figures() {
        assert!(is_account("annbell") && is_account("Ann1984"));
        assert!(!is_account("Ann") && !is_account("ann bell"));
    }

    #[test]
    fn words_that_the_text_writes_small_are_no_names() {
        let page =
            Document::of_lines(&[("Start exploring", Class::Navigation), ("Ann was exploring the bay", Class::Body)]);
        let words = FxHashSet::from_iter(["start", "exploring", "ann", "bay"]);
        let mut small: Vec<&str> = small_words(&page, &words, TEXT_BYTES_MAX).into_iter().collect();
        small.sort_unstable();
        assert_eq!(small, ["bay", "exploring"]);
        let long = Document::of_lines(&[(&"ö".repeat(TEXT_BYTES_MAX), Class::Body), ("bay", Class::Body)]);
        assert!(small_words(&long, &words, TEXT_BYTES_MAX).is_empty());
    }

    #[test]
    fn a_date_stands_next_to_a_name() {
        let page = Document::of_lines(&[
            ("A", Class::Other),
            ("B", Class::Other),
            ("C", Class::Other),
            ("3 May", Class::Date),
        ]);
        assert!(!is_dated(&page, 0));
        assert!(is_dated(&page, 1) && is_dated(&page, 3));
    }
}
