//! Who wrote it: names from structured data, from `meta`, from bylines.
//!
//! What holds: an entry of structured data stays an author even where it is an outlet, since pages do publish under their
//! own name; "By" and its sisters, titles in brackets, addresses and handles go.

use super::{author, fold};
use crate::clean::block::{Class, Document, Metadata};
use crate::clean::html::Gathered;
use crate::split::draft::Author;

/// Most authors of an article.
const AUTHORS_MAX: usize = 40;
/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 120;
/// Words that open a byline.
const OPENERS: &[&str] = &[
    "written by",
    "posted by",
    "reported by",
    "published by",
    "story by",
    "words by",
    "text by",
    "article by",
    "reviewed by",
    "by",
    "author",
    "authors",
    "von",
    "par",
    "por",
    "da",
    "di",
    "door",
    "av",
    "af",
    "autor",
    "autorin",
    "autoren",
    "auteur",
    "autore",
    "автор",
    "автори",
    "авторы",
    "text",
    "tekst",
    "texto",
    "texte",
    "przez",
    "szerző",
    "yazan",
    "от",
    "від",
    "από",
    "του",
    "της",
    "oleh",
    "bởi",
    "記者",
    "记者",
    "作者",
    "著者",
    "文",
    "責任編輯",
    "編輯",
];
/// Words between names.
const JOINERS: &[&str] = &[
    "and", "und", "et", "y", "e", "og", "och", "en", "i", "a", "и", "та", "ve", "και", "with", "&", "oraz", "dan", "và",
];
/// Words that close a byline.
const CLOSERS: &[&str] = &["기자", "記者", "记者", "特派員"];

/// Authors of the head: JSON-LD's list, else `meta`.
pub(super) fn of_head(listed: &[Author], named: &[String], meta: &Metadata) -> Vec<Author> {
    let mut authors = Vec::new();
    for entry in listed {
        for name in names(&entry.name) {
            push(&mut authors, name, entry.url.clone());
        }
    }
    if authors.iter().all(|a: &Author| is_outlet(&a.name, meta)) {
        let mut people = Vec::new();
        for name in named.iter().flat_map(|n| names(n)).filter(|n| !is_outlet(n, meta)) {
            push(&mut people, name, None);
        }
        if !people.is_empty() {
            return people;
        }
    }
    authors
}

fn push(authors: &mut Vec<Author>, name: String, url: Option<String>) {
    let known = authors.iter().any(|a| a.name.to_lowercase() == name.to_lowercase());
    if !known && authors.len() < AUTHORS_MAX {
        authors.push(author(name, url));
    }
}

/// Whether the name is the site's or the publisher's.
fn is_outlet(name: &str, meta: &Metadata) -> bool {
    let name = name.to_lowercase();
    [&meta.site_name, &meta.publisher].into_iter().flatten().any(|outlet| outlet.to_lowercase() == name)
}

/// The names that a line of authors holds.
pub(super) fn names(line: &str) -> Vec<String> {
    let machine = |word: &&str| word.contains("://") || word.contains('@') || word.starts_with("www.");
    let line = fold(line).split(' ').filter(|w| !machine(w)).collect::<Vec<_>>().join(" ");
    let mut names = Vec::new();
    for part in line.split([',', ';', '|', '/', '·', '•', '、', '，', '／', '●']) {
        for name in split_joined(part) {
            let name = strip(&name);
            if is_name(name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

fn split_joined(part: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    for word in part.split_whitespace() {
        let current = names.len() - 1;
        if JOINERS.contains(&word) && !names[current].is_empty() {
            names.push(String::new());
        } else {
            if !names[current].is_empty() {
                names[current].push(' ');
            }
            names[current].push_str(word);
        }
    }
    names
}

/// A name without what stands around it.
fn strip(name: &str) -> &str {
    let mut name = name.trim();
    while let Some(rest) = opened(name) {
        name = rest;
    }
    for closer in CLOSERS {
        name = name.strip_suffix(closer).unwrap_or(name).trim_end();
    }
    let name = name.split(['(', '[', '<', '（', '【', '–', '—']).next().unwrap_or_default();
    let name = name.split(" - ").next().unwrap_or_default();
    name.trim_matches(|c: char| !c.is_alphanumeric() && c != '.' && c != '\'').trim_end_matches('.').trim()
}

/// What follows an opening word, if there is one.
fn opened(line: &str) -> Option<&str> {
    OPENERS.iter().find_map(|opener| {
        let (head, rest) = line.split_at_checked(opener.len())?;
        // "von" opens a byline only where it is written as a sentence's first word.
        let particle = matches!(*opener, "von" | "da" | "di" | "av" | "af" | "por" | "par")
            && head.starts_with(char::is_lowercase);
        if particle || head.to_lowercase() != **opener {
            return None;
        }
        let unspaced = !opener.is_ascii() && opener.chars().all(crate::clean::classify::is_unspaced);
        let rest_trimmed = rest.trim_start_matches([':', '：', '/', '／']).trim_start();
        (unspaced || rest_trimmed.len() < rest.len()).then_some(rest_trimmed).filter(|r| !r.is_empty())
    })
}

fn is_name(name: &str) -> bool {
    let words = name.split_whitespace().count();
    !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && words <= 7
        && name.chars().filter(|c| c.is_alphabetic()).count() > 1
        && !matches!(
            name.to_lowercase().as_str(),
            "admin" | "null" | "undefined" | "none" | "unknown" | "author" | "guest"
        )
}

/// Authors from bylines near the headline and the text.
pub(super) fn of_blocks(document: &Document, gathered: &Gathered<'_>) -> Vec<Author> {
    let from_props: Vec<String> =
        gathered.props.iter().filter(|(p, _)| *p == "author").flat_map(|(_, v)| names(v)).collect();
    if !from_props.is_empty() {
        return collect(from_props);
    }
    let body = |b: usize| document.blocks.iter().position(|x| x.class == Class::Body).is_none_or(|f| b <= f + 2);
    let linked = gathered.author_links.iter().map(|(b, _)| *b).filter(|b| *b < document.blocks.len() && body(*b));
    let bylines = (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Byline);
    let mut best: Option<(usize, Vec<String>)> = None;
    for i in bylines.chain(linked) {
        let line = document.text_of(i);
        if line.len() > 2 * NAME_BYTES_MAX {
            continue;
        }
        let cut = without_dates(line);
        let found = person_names(cut);
        let opened = opened(line).is_some();
        let rank = found.len().min(1) * (1 + usize::from(opened) * 2);
        if rank > 0 && best.as_ref().is_none_or(|(b, _)| rank > *b) {
            best = Some((rank, found));
        }
    }
    best.map(|(_, names)| collect(names)).unwrap_or_default()
}

fn collect(names: Vec<String>) -> Vec<Author> {
    let mut authors = Vec::new();
    for name in names {
        push(&mut authors, name, None);
    }
    authors
}

/// A byline often goes on with a date.
fn without_dates(line: &str) -> &str {
    let end = crate::clean::text::date::find(line).map_or(line.len(), |f| f.range.0);
    let head = line[..end].trim();
    if head.is_empty() { line } else { head.trim_end_matches(" on").trim_end_matches(" am").trim() }
}

/// Names that look like people's: few words, capitals where the script has them.
fn person_names(line: &str) -> Vec<String> {
    let looks = |name: &String| {
        let capital = name.chars().next().is_some_and(|c| c.is_uppercase() || !c.is_lowercase());
        capital && name.split_whitespace().count() <= 5 && !name.chars().any(|c| c.is_ascii_digit())
    };
    names(line).into_iter().take_while(looks).collect()
}
