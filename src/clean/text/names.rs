//! The features of lines in words, in the features' order.

use super::lexicon::Cue;
use crate::clean::why::{Name, Show};

const ENDINGS: &[&str] = &["open", "colon or comma", "ellipsis", "question", "stop"];
const DATES: &[&str] = &["no", "among other words", "and little else"];

/// The lexicon's cues in words, in the order of their numbers.
pub(super) const CUES: [&str; Cue::COUNT] = [
    "share bars",
    "accounts",
    "consent",
    "imprints",
    "adverts",
    "comments",
    "cross links",
    "menus",
    "picture credits",
    "bylines",
    "publication",
    "updates",
    "relative times",
];

const OWN: [(&str, Show); 18] = [
    ("words", Show::Number),
    ("letters and digits", Show::Number),
    ("ends with", Show::OneOf(ENDINGS)),
    ("ends of sentences inside", Show::Number),
    ("commas per word", Show::Number),
    ("words with a capital", Show::Share),
    ("words in capitals", Show::Share),
    ("words in lower case", Show::Share),
    ("words that begin with a digit", Show::Share),
    ("letters per word", Show::Number),
    ("digits among its letters", Show::Share),
    ("separators like | or >", Show::Number),
    ("quotation marks", Show::Number),
    ("blank lines before it", Show::Number),
    ("indent", Show::Number),
    ("has a list marker (its code)", Show::Number),
    ("lines with this very text", Show::Number),
    ("which of them it is", Show::Number),
];

const PLACE: [(&str, Show); 7] = [
    ("all words of furniture per word", Show::Number),
    ("has a date", Show::OneOf(DATES)),
    ("place on the page", Show::Share),
    ("lines before it", Show::Number),
    ("lines from it to the end", Show::Number),
    ("lines on the page", Show::Number),
    ("page is indented", Show::Flag),
];

const PAGE: [(&str, Show); 12] = [
    ("page's words before it", Show::Share),
    ("page's prose before it", Show::Share),
    ("prose among the page's words", Show::Share),
    ("words of prose on the page", Show::Number),
    ("lines of prose on the page", Show::Share),
    ("dates before it", Show::Number),
    ("its words that return after it", Show::Share),
    ("its words that stand before it", Show::Share),
    ("more of its words after than before", Show::Number),
    ("its words anywhere in the page's prose", Show::Share),
    ("its longer words", Show::Number),
    ("words that bridge it", Show::Share),
];

const SECOND_REST: [(&str, Show); 14] = [
    ("body before it", Show::Share),
    ("body after it", Show::Share),
    ("words of body on the page", Show::Number),
    ("body among the page's words", Show::Share),
    ("headlines before it", Show::Number),
    ("headlines after it", Show::Number),
    ("lines since the last sure body", Show::Number),
    ("lines to the next sure body", Show::Number),
    ("words since the last sure headline", Show::Number),
    ("words to the next sure headline", Show::Number),
    ("the address's words in it", Show::Share),
    ("its words in the address", Show::Share),
    ("more that another line shares with the address", Show::Share),
    ("lines behind the one that the address speaks of", Show::Number),
];

/// Names of the first pass's features and, behind them, the second's.
pub(super) fn lines() -> Vec<Name> {
    let fixed = |list: &[(&str, Show)]| list.iter().map(|(words, show)| Name::new(*words, *show)).collect::<Vec<_>>();
    let mut names = fixed(&OWN);
    names.extend(CUES.map(|cue| Name::new(format!("words of {cue}"), Show::Number)));
    names.extend(fixed(&PLACE));
    for offset in [-3i32, -2, -1, 1, 2, 3] {
        let side = beside(offset);
        names.push(Name::new(format!("words of the line {side}"), Show::Number));
        names.push(Name::new(format!("line {side} ends with"), Show::OneOf(ENDINGS)));
        names.push(Name::new(format!("words in lower case in the line {side}"), Show::Share));
        names.push(Name::new(format!("words of furniture in the line {side}"), Show::Number));
        names.push(Name::new(format!("date or byline in the line {side} (its code)"), Show::Number));
        names.push(Name::new(format!("list marker or gap at the line {side} (its code)"), Show::Number));
    }
    for span in [3, 8, 24] {
        for side in ["before", "after"] {
            let there = format!("{span} lines {side}");
            names.push(Name::new(format!("words per line in {there}"), Show::Number));
            names.push(Name::new(format!("prose among words in {there}"), Show::Share));
            names.push(Name::new(format!("lines with words of furniture in {there}"), Show::Share));
            names.push(Name::new(format!("lines that stand twice in {there}"), Show::Share));
            names.push(Name::new(format!("lines with list markers in {there}"), Show::Share));
        }
    }
    names.extend(fixed(&PAGE));
    for (what, reach) in [("body", 5), ("headline", 4)] {
        for offset in -reach..=reach {
            let words = match offset {
                0 => format!("first look's score as {what}"),
                _ => format!("score as {what} of the line {}", beside(offset)),
            };
            names.push(Name::new(words, Show::Share));
        }
    }
    for span in [2, 5, 12, 30] {
        for side in ["before", "after"] {
            names.push(Name::new(format!("score as body of the {span} lines {side}"), Show::Share));
            names.push(Name::new(format!("headlines in the {span} lines {side}"), Show::Number));
        }
    }
    names.extend(fixed(&SECOND_REST));
    names
}

fn beside(offset: i32) -> String {
    let side = if offset < 0 { "before" } else { "after" };
    match offset.abs() {
        1 => side.to_owned(),
        far => format!("{far} {side}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::{FIRST, SECOND};
    use super::*;

    #[test]
    fn every_feature_has_one_name() {
        let mut words: Vec<String> = lines().into_iter().map(|n| n.words).collect();
        assert_eq!(words.len(), FIRST + SECOND);
        words.sort();
        let doubled: Vec<_> = words.windows(2).filter(|w| w[0] == w[1]).collect();
        assert!(doubled.is_empty(), "{doubled:?}");
    }
}
