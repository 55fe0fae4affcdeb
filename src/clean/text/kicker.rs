//! Kickers that a scraper glued to a headline's copy, and which of them name the article's section.
//!
//! What holds: a line against a fixed number of neighbours, so the cost is linear; the section is what stands right before the headline
//! behind a seam, never a word of the headline's own sentence.

use super::lexicon::{self, Cue};
use super::line::{Line, measure};
use super::{date, line};
use crate::clean::front_page::FRONT_PAGE;
use std::ops::Range;

/// Lines on either side that may be the headline.
const NEAR: usize = 2;
/// Longest kicker, bytes and words.
const BYTES_MAX: usize = 60;
const WORDS_MAX: u32 = 5;
/// A headline that a kicker may be glued to has at least so many words.
const HEADLINE_WORDS_MIN: u32 = 3;
/// A section's name has at least so many letters, unless they are words by themselves.
const SECTION_LETTERS_MIN: usize = 3;
/// What stands between the parts of a trail.
const SEPARATORS: [char; 11] = ['>', '»', '›', '▸', '❯', '/', '|', '·', '•', '→', '⟩'];
/// Dashes stand between them too, with blanks around.
const DASHES: [char; 3] = ['-', '–', '—'];
/// Cuts kickers off: `SectionA headline` beside `A headline` becomes `Section`. `text` is the document's.
pub(super) fn cut(text: &str, lines: &mut [Line]) {
    for i in 0..lines.len() {
        let Some((prefix, seam)) = glued(text, lines, i) else { continue };
        let kicker = measure(text, prefix.start, prefix.end);
        if kicker.words > WORDS_MAX || kicker.stops > 0 {
            continue;
        }
        let section = is_seam(seam).then(|| section(&text[prefix.clone()])).flatten();
        let is_section = section.is_some();
        let own = section.map_or(kicker, |own| measure(text, prefix.start + own.start, prefix.start + own.end));
        lines[i] = Line { gap: lines[i].gap, kicker: true, section: is_section, ..own };
    }
}

/// What stands before a headline's copy in line `i`, and between the two.
fn glued<'t>(text: &'t str, lines: &[Line], i: usize) -> Option<(Range<usize>, &'t str)> {
    let of = |l: &Line| &text[l.start as usize..l.end as usize];
    let mut beside = (i.saturating_sub(NEAR)..(i + NEAR + 1).min(lines.len())).filter(|j| *j != i);
    beside.find_map(|j| {
        let head = Some(&lines[j]).filter(|l| l.words >= HEADLINE_WORDS_MIN && !l.kicker)?;
        let before = of(&lines[i]).strip_suffix(of(head))?;
        let len = before.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        let start = lines[i].start as usize;
        (1..=BYTES_MAX).contains(&len).then_some((start..start + len, &before[len..]))
    })
}

/// Whether one name ends there and another text begins: a plain blank stands within a sentence too.
fn is_seam(between: &str) -> bool {
    let is_dash =
        between.starts_with(' ') && between.ends_with(' ') && between.trim().chars().all(|c| DASHES.contains(&c));
    between.is_empty() || between.contains(SEPARATORS) || is_dash && between.len() > 2
}

/// Where in a trail the section is named: its last part, if that is a name.
fn section(trail: &str) -> Option<Range<usize>> {
    let dash =
        DASHES.iter().filter_map(|dash| trail.rfind(&format!(" {dash} ")).map(|at| at + dash.len_utf8() + 1)).max();
    let bar = trail.rfind(SEPARATORS).map(|at| at + trail[at..].chars().next().map_or(0, char::len_utf8));
    let part = &trail[dash.max(bar).unwrap_or(0)..];
    let start = trail.len() - part.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
    is_name(&trail[start..]).then_some(start..trail.len())
}

/// Whether a part of a trail names a section: neither a number nor a date, nor a word of furniture, nor the front page. Parts that are glued
/// are one name at most twice (`NorthCoast`), since where several begin cannot be told.
fn is_name(part: &str) -> bool {
    let letters = part.chars().filter(|c| c.is_alphabetic()).count();
    let is_long = letters >= SECTION_LETTERS_MIN || part.contains(line::is_unspaced);
    let glued = part.chars().zip(part.chars().skip(1)).filter(|(a, b)| a.is_lowercase() && b.is_uppercase()).count();
    let lower = part.to_lowercase();
    let is_home = FRONT_PAGE.has(&lower)
        || FRONT_PAGE.iter().any(|home| {
            lower.starts_with(home) && part.get(home.len()..).is_some_and(|rest| rest.starts_with(char::is_uppercase))
        });
    let furniture = &lexicon::cues(part)[..=Cue::Comment as usize];
    is_long
        && part.starts_with(char::is_alphabetic)
        && glued <= 1
        && !is_home
        && furniture.iter().all(|count| *count == 0)
        && date::find(part).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::line::lines;
    use super::*;

    /// Checks what is cut from the copy of a headline, and whether it names the section.
    #[track_caller]
    fn check(glued: &str, expected: Option<(&str, bool)>) {
        let head = "Town votes on bridge";
        let mut text = String::new();
        let (mut lines, _) = lines(&format!("{head}\n{glued}{head}"), 100, &mut text);
        cut(&text, &mut lines);
        let line = &lines[1];
        let cut = line.kicker.then(|| (&text[line.start as usize..line.end as usize], line.section));
        assert_eq!(cut, expected, "{glued}");
    }

    #[test]
    fn a_section_stands_behind_a_seam() {
        check("LocalNews", Some(("LocalNews", true)));
        check("Politics | ", Some(("Politics", true)));
        check("Home > Local News > ", Some(("Local News", true)));
        check("The Herald – Coast – ", Some(("Coast", true)));
        check("政治", Some(("政治", true)));
        check("Home Improvement / ", Some(("Home Improvement", true)));
        check("", None);
    }

    #[test]
    fn what_names_none_is_cut_all_the_same() {
        for glued in [
            "How the ",
            "Local News ",
            "o ",
            "3. ",
            "Home » ",
            "Home",
            "HomeCoast",
            "NewsHomeLocal",
            "12 May 2025 | ",
            "Log in",
            "Photo: ",
            "12 minutes / ",
        ] {
            let cut = glued.trim_end_matches(|c: char| !c.is_alphanumeric());
            check(glued, Some((cut, false)));
        }
    }
}
