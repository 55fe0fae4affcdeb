//! Lines within scraped text that are told by their own words, by the lists that tell them in HTML: links to other articles behind a label
//! or under one, what a page says to its reader in passing, notices in place of what another site would show.
//!
//! What holds: with no link to see, a label is one of the closed list, and what stands behind it is a title, no sentence and no line of a
//! paragraph that was wrapped; under a label one line is left out; together such lines are a small part of the text, or stay; linear in
//! the lines.

use super::furniture;
use super::line::{End, Line};
use crate::clean::block::{Block, Class};
use crate::clean::classify::{phrases, word_hashes};

/// What is left out by its words is at most this share of the text's: more is what the page is about.
const FOREIGN_WORDS_MAX: f32 = 0.2;
/// A label stands within so many bytes,
const LABEL_BYTES_MAX: usize = 48;
/// the title behind it has so many at least,
const TITLE_BYTES_MIN: usize = 8;
/// and so many words are the most for both.
const LABELLED_WORDS_MAX: u32 = 25;
/// Labels behind which a book or film may be recommended as well, which a link would tell.
const RECOMMENDING: [&str; 2] = ["must read", "à lire"];
/// Labels behind which a law, a standard or a number may stand as well.
const REFERRING: [&str; 3] = ["see also", "siehe auch", "voir aussi"];
/// Labels that are a button's too where they stand by themselves: what follows is the article.
const BUTTONS: [&str; 22] = [
    "read more",
    "lea aquí",
    "lesen sie hier",
    "pročitajte još",
    "прочетете още",
    "lea más",
    "lee más",
    "leer más",
    "leia mais",
    "veja mais",
    "saiba mais",
    "les mer",
    "læs mere",
    "läs mer",
    "läs mera",
    "lesen sie mehr",
    "czytaj więcej",
    "czytaj dalej",
    "čtěte více",
    "διαβάστε περισσότερα",
    "xem thêm",
    "đọc thêm",
];
/// A title under a label has so many words at least: fewer are a heading's.
const TITLE_WORDS_MIN: u32 = 4;
/// A notice has so many words at most.
const NOTICE_WORDS_MAX: u32 = 70;

/// Leaves such lines out of the text.
pub(super) fn leave_out(text: &str, lines: &[Line], blocks: &mut [Block]) {
    let is_text = |i: &usize| blocks[*i].class == Class::Body;
    let found: Vec<usize> = (0..blocks.len()).filter(is_text).filter(|i| is_foreign(text, lines, *i)).collect();
    if found.is_empty() {
        return;
    }
    let words = |of: &mut dyn Iterator<Item = usize>| of.map(|i| lines[i].words as f32).sum::<f32>();
    let all = words(&mut (0..blocks.len()).filter(is_text));
    if words(&mut found.iter().copied()) <= all * FOREIGN_WORDS_MAX {
        for i in found {
            blocks[i].class = furniture(&lines[i]);
            blocks[i].confidence = 1.0;
        }
    }
}

/// Whether line `i`'s own words, or those of the label over it or of the title under it, say that it is no article's.
pub(super) fn is_foreign(text: &str, lines: &[Line], i: usize) -> bool {
    let own = |i: usize| &text[lines[i].start as usize..lines[i].end as usize];
    // What goes on in lower case is a sentence.
    let is_continued = |i: usize| i + 1 < lines.len() && own(i + 1).starts_with(char::is_lowercase);
    let is_title = |i: usize| is_title(&lines[i], own(i)) && !is_continued(i);
    is_labelled(&lines[i], own(i)) && !is_continued(i)
        || is_notice(&lines[i], own(i))
        || i > 0 && is_title(i) && is_label(own(i - 1))
        || i + 1 < lines.len() && is_label(own(i)) && is_title(i + 1)
}

/// A link to another article behind a label: `Read also: Harbour fair draws crowds`. An item of a list is one of its list.
fn is_labelled(line: &Line, text: &str) -> bool {
    if line.words > LABELLED_WORDS_MAX || matches!(line.ending, End::Stop | End::Colon) || line.bullet > 0 {
        return false;
    }
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let head = &text[..text.floor_char_boundary(LABEL_BYTES_MAX)];
    let Some(at) = head.find([':', '：']) else { return false };
    let title = text[at..].trim_start_matches(|c: char| !c.is_alphanumeric());
    let label = phrases::folded(&text[..at]);
    title.len() >= TITLE_BYTES_MIN
        && !title.starts_with(char::is_lowercase)
        && phrases::LABEL_LINES.contains(&label)
        && !RECOMMENDING.contains(&label.as_str())
        && !REFERRING.contains(&label.as_str())
}

/// A label by itself, over a link to another article.
fn is_label(text: &str) -> bool {
    if text.len() > LABEL_BYTES_MAX {
        return false;
    }
    let label = phrases::folded(text);
    let may_head_text = RECOMMENDING.contains(&label.as_str()) || BUTTONS.contains(&label.as_str());
    phrases::LABEL_LINES.contains(&label) && !may_head_text
}

/// What may be the title of another article.
fn is_title(line: &Line, text: &str) -> bool {
    (TITLE_WORDS_MIN..=LABELLED_WORDS_MAX).contains(&line.words)
        && matches!(line.ending, End::Open | End::Question)
        && text.chars().find(|c| c.is_alphanumeric()).is_some_and(|first| !first.is_lowercase())
}

fn is_notice(line: &Line, text: &str) -> bool {
    // The first two words rule nearly every line out.
    line.words <= NOTICE_WORDS_MAX && phrases::is_notice(&word_hashes(text).take(2).collect::<Vec<u64>>(), text)
}

#[cfg(test)]
mod tests {
    use super::super::{block, line};
    use super::*;

    /// Whether a line is left out of a text.
    #[track_caller]
    fn check(line: &str, expected: bool) {
        check_lines(line, if expected { &[1] } else { &[] });
    }

    /// Which lines are left out between two others.
    #[track_caller]
    fn check_lines(text: &str, expected: &[usize]) {
        let around =
            "The wall will be raised by a metre before the storms set in, said the council of the town. ".repeat(5);
        let joined = format!("{around}\n{text}\n{around}and more of it");
        let mut out = String::new();
        let (lines, _) = line::lines(&joined, 10, &mut out);
        let mut blocks: Vec<Block> = lines.iter().map(|l| block(l, Class::Body, 0.9)).collect();
        leave_out(&out, &lines, &mut blocks);
        let left: Vec<usize> = (0..blocks.len()).filter(|i| blocks[*i].class != Class::Body).collect();
        assert_eq!(left, expected, "{text}");
    }

    #[test]
    fn a_title_behind_a_label_is_no_text() {
        for text in [
            "Read also: Harbour fair draws crowds",
            "READ MORE: Who pays for the harbour wall?",
            "[Related: 5 walks along the quay]",
            "Les også: Havnefesten trekker folk",
            "延伸閱讀：港口的新圍牆",
        ] {
            check(text, true);
        }
        for text in [
            "Read also: the fair, of which more is told below, and its crowds",
            "Related: That is what the council calls the two floods of the year.",
            "LEE: We knew nothing of that, did we",
            "Price: Twelve Pounds A Head",
            "- Read also: Walls of the North Sea",
            "See also: RFC 2616, The Hypertext Transfer Protocol",
            "Siehe auch: § 573c BGB",
            "Related: The wall of Oxley, its stones,",
            "Read also: The wall of Oxley and\nits stones, which the sea has washed bare.",
            "Related: All",
            "À lire : Le Port sous la pluie, de Anne Bell",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn a_title_under_a_label_is_no_text() {
        for page in [
            "Lesen Sie auch\nHafenfest zieht Tausende nach Oxdorf",
            "Related articles:\nWho pays for the harbour wall?",
            "Read also\n5 walks along the quay of Oxley",
        ] {
            check_lines(page, &[1, 2]);
        }
        for page in [
            // A sentence, a heading, a button of the article's own, a book.
            "Read also\nThe harbour fair drew crowds to the town.",
            "See also\nThe wall",
            "Read more\nHow the wall was raised",
            "Must read\nThe Harbour in Rain by Ann Bell",
            // A paragraph that was wrapped.
            "Read also\nThe harbour fair drew crowds and\nfilled the inns of the town.",
            "The wall in figures\nHow the wall was raised",
        ] {
            check_lines(page, &[]);
        }
    }

    #[test]
    fn no_label_is_left_alone_that_is_none() {
        for label in RECOMMENDING.iter().chain(&REFERRING).chain(&BUTTONS) {
            assert!(phrases::LABEL_LINES.contains(*label), "{label}");
        }
    }

    #[test]
    fn what_a_page_says_in_passing_is_no_text() {
        check("Story continues below advertisement", true);
        check("An dieser Stelle findest du einen externen Inhalt von Beispiel, der den Artikel ergänzt.", true);
        check("The story continues below the advertisement.", false);
    }

    #[test]
    fn what_is_much_of_the_text_stays() {
        let joined = "Read also: Harbour fair draws crowds\nThe wall will be raised.";
        let mut out = String::new();
        let (lines, _) = line::lines(joined, 2, &mut out);
        let mut blocks: Vec<Block> = lines.iter().map(|l| block(l, Class::Body, 0.9)).collect();
        leave_out(&out, &lines, &mut blocks);
        assert!(blocks.iter().all(|block| block.class == Class::Body));
    }
}
