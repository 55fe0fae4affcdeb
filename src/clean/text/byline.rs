//! Bylines: `By Ann Bell and Carl Dorn`, `Von Anna Braun`, `Written by ...`, `文/李明`, `홍길동 기자`.
//!
//! What holds: without a cue word nothing is a byline here; the names come out without the cue, titles and outlets.

use super::line::is_unspaced;
use super::list::{WordList, Words};
use crate::split::draft::Author;

/// Words that open a byline.
const OPENERS: &str = "written by|posted by|reported by|story by|words by|text by|article by|published by|by|von|par|por|di|\
    door|av|af|autor:|autorin:|author:|authors:|auteur:|autore:|автор:|автори:|text:|tekst:|texto:|texte:|\
    przez|szerző:|yazan:|от|від|του|της|记者|記者|作者：|作者:|文/|文／|文：|責任編輯：";
/// Words that close one.
const CLOSERS: &str = "기자|記者|记者";
/// Words between names.
static JOINERS: WordList = WordList::new(|| Words::of("and|und|et|y|e|og|och|en|i|a|и|та|ve|και|with|&"));
/// Parts of names without a capital.
static PARTICLES: WordList =
    WordList::new(|| Words::of("de|del|della|da|dos|du|van|von|der|den|la|le|al|el|bin|ter|zu|af"));
/// What no person is called.
static NO_NAME: WordList = WordList::new(|| Words::of("the|this|our|a|an|its|all|der|die|das|les|los|las|il|lo"));

/// Most authors of a line.
const AUTHORS_MAX: usize = 12;
/// Longest byline, bytes.
const BYLINE_BYTES_MAX: usize = 240;

/// The authors that a line names, if the line is a byline and nothing else.
pub(super) fn authors(line: &str) -> Option<Vec<Author>> {
    if line.len() > BYLINE_BYTES_MAX {
        return None;
    }
    let names = rest_of(line)?;
    // What follows a separator is an outlet, a place, a date.
    let names = names.split(['|', '•', '·', '/', '(', '–', '—']).next().unwrap_or_default().trim();
    let mut authors: Vec<Author> = Vec::new();
    for part in names.split([',', ';', '、', '，']) {
        for name in split_joined(part) {
            if is_name(&name) && authors.len() < AUTHORS_MAX {
                authors.push(Author { name, url: None });
            } else if authors.is_empty() {
                return None;
            }
        }
    }
    (!authors.is_empty()).then_some(authors)
}

fn rest_of(line: &str) -> Option<&str> {
    for closer in CLOSERS.split('|') {
        if let Some(name) = line.strip_suffix(closer) {
            return Some(name.trim());
        }
    }
    OPENERS.split('|').find_map(|opener| {
        let (head, rest) = line.split_at_checked(opener.len())?;
        if head != opener && head.to_lowercase() != opener {
            return None;
        }
        let glued = opener.ends_with([':', '：', '/', '／']) || opener.chars().all(is_unspaced);
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        (glued || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
    })
}

fn split_joined(part: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    for word in part.split_whitespace() {
        if JOINERS.has(word) {
            names.push(String::new());
        } else if let Some(name) = names.last_mut() {
            if !name.is_empty() {
                name.push(' ');
            }
            name.push_str(word);
        }
    }
    names.retain(|n| !n.is_empty());
    names
}

fn is_name(name: &str) -> bool {
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.is_empty()
        || words.len() > 6
        || name.ends_with(['?', '!', ':'])
        || name.chars().any(|c| c.is_ascii_digit())
    {
        return false;
    }
    if NO_NAME.has(&words[0].to_lowercase()) {
        return false;
    }
    words.iter().all(|w| {
        let first = w.chars().next().unwrap_or(' ');
        first.is_uppercase() || PARTICLES.has(w) || (first.is_alphabetic() && !first.is_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[&str]) {
        let got: Vec<String> = authors(line).unwrap_or_default().into_iter().map(|a| a.name).collect();
        assert_eq!(got, expected, "{line}");
    }

    #[test]
    fn names_in_many_languages() {
        check("By Ann Bell and Carl de Dorn", &["Ann Bell", "Carl de Dorn"]);
        check("Written by Staff Reporter", &["Staff Reporter"]);
        check("Von Anna Braun, Bernd Dorf", &["Anna Braun", "Bernd Dorf"]);
        check("Por María Ruiz | Madrid", &["María Ruiz"]);
        check("Автор: Іван Коваль", &["Іван Коваль"]);
        check("작성자 홍길동 기자", &["작성자 홍길동"]);
        check("文/李明", &["李明"]);
    }

    #[test]
    fn sentences_are_no_bylines() {
        for line in [
            "By the time it rained, all had left.",
            "By 2030 it will be done",
            "Von der Küste",
            "Bystanders saw it",
            "Di notte",
        ] {
            check(line, &[]);
        }
    }
}
