//! Stretches of text whose inline element says what they are: a name in a byline, a part of a heading.
//!
//! What holds: bounded in number; only inline elements are looked at, since blocks have their paths; nothing is judged here.

use super::super::block::BlockKind;
use super::attributes::{Attr, Attrs};
use super::tags::Tag;

/// Most marks of a page.
const MARKS_MAX: usize = 600;

/// What an inline element says of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkKind {
    /// `itemprop=author` or `creator`.
    AuthorProp,
    /// `rel=author`.
    AuthorLink,
    /// Class words that speak of an author or a byline.
    AuthorWords,
    /// A link whose address is an author's page by its path.
    AuthorHref,
    /// `itemprop=name`, an author's where the block or another mark says so.
    Name,
    /// A part of a first- or second-level heading.
    Part,
    /// The same, by its words a kicker, label or subtitle.
    SidePart,
}

/// A stretch of [`super::super::block::Document::text`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) kind: MarkKind,
    /// The block that it is in.
    pub(crate) block: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What the element says of the text that it holds, where `within` is what a block in it would be.
pub(super) fn kind(tag: Tag, within: BlockKind, attrs: &Attrs<'_>, count: usize) -> Option<MarkKind> {
    if !matches!(tag, Tag::Span | Tag::A | Tag::Cite | Tag::Time | Tag::Label | Tag::Other) || count >= MARKS_MAX {
        return None;
    }
    if matches!(within, BlockKind::Heading(1 | 2)) && tag != Tag::A {
        return Some(if attrs.words().any(|w| names(w, &SIDE)) { MarkKind::SidePart } else { MarkKind::Part });
    }
    if tag == Tag::A && attrs.get(Attr::Rel).is_some_and(|r| r.contains("author")) {
        return Some(MarkKind::AuthorLink);
    }
    match attrs.get(Attr::Itemprop) {
        Some(prop) if prop.contains("author") || prop.contains("creator") => return Some(MarkKind::AuthorProp),
        Some("name") => return Some(MarkKind::Name),
        _ => {}
    }
    if attrs.words().any(|w| speaks(w) && names(w, &AUTHOR) && !names(w, &NO_AUTHOR)) {
        return Some(MarkKind::AuthorWords);
    }
    (tag == Tag::A && attrs.get(Attr::Href).is_some_and(leads_to_author)).then_some(MarkKind::AuthorHref)
}

const SIDE: [&str; 10] =
    ["kicker", "overline", "eyebrow", "dachzeile", "topline", "label", "subtitle", "prefix", "spitzmarke", "supra"];
const AUTHOR: [&str; 7] = ["author", "byline", "autor", "auteur", "writer", "redacteur", "journalist"];
const NO_AUTHOR: [&str; 5] = ["authori", "autori", "author-bio", "automat", "comment"];

/// Whether class words, in whatever case, hold one of a list.
fn names(words: &str, list: &[&str]) -> bool {
    let lower = words.to_ascii_lowercase();
    list.iter().any(|w| lower.contains(w))
}

/// A cheap question first: few elements have any of these letters.
fn speaks(words: &str) -> bool {
    let gram = |w: &[u8]| {
        let lower = [w[0] | 0x20, w[1] | 0x20, w[2] | 0x20, w[3] | 0x20];
        matches!(&lower, b"auth" | b"auto" | b"aute" | b"byli" | b"writ" | b"reda" | b"jour")
    };
    words.as_bytes().windows(4).any(gram)
}

/// Whether an address names an author's page.
fn leads_to_author(href: &str) -> bool {
    let gram = |w: &[u8]| {
        matches!(
            w,
            b"/auth" | b"/auto" | b"/aute" | b"/jour" | b"/staf" | b"/peop" | b"/prof" | b"/writ" | b"/cont" | b"/pers"
        )
    };
    const PATHS: [&str; 14] = [
        "/author",
        "/autor",
        "/auteur",
        "/journalist",
        "/journaliste",
        "/staff/",
        "/people/",
        "/profile/",
        "/profil/",
        "/writer",
        "/contributor",
        "/person/",
        "/persons/",
        "/autoren/",
    ];
    href.len() < 300 && href.as_bytes().windows(5).any(gram) && PATHS.iter().any(|p| href.contains(p))
}
