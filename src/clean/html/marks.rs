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
    let is_author = |w: &str| names(w, &AUTHOR) && !names(w, &NO_AUTHOR) && !speaks_of_another(&w.to_ascii_lowercase());
    if attrs.words().any(|w| speaks(w) && is_author(w)) {
        return Some(MarkKind::AuthorWords);
    }
    (tag == Tag::A && attrs.get(Attr::Href).is_some_and(leads_to_author)).then_some(MarkKind::AuthorHref)
}

const SIDE: [&str; 10] =
    ["kicker", "overline", "eyebrow", "dachzeile", "topline", "label", "subtitle", "prefix", "spitzmarke", "supra"];
const AUTHOR: [&str; 7] = ["author", "byline", "autor", "auteur", "writer", "redacteur", "journalist"];
const NO_AUTHOR: [&str; 5] = ["authori", "autori", "author-bio", "automat", "comment"];
/// What a byline or an author's box holds beside the name, as class words name it behind the box.
const BESIDE: [&str; 6] = ["category", "categories", "tag", "topic", "description", "role"];

/// Whether class words in lower case speak of what stands beside an author's name: `byline__category`.
pub(crate) fn speaks_of_another(words: &str) -> bool {
    let beside = |rest: &str| {
        let part = rest.trim_start_matches(['-', '_']);
        part.len() < rest.len() && BESIDE.iter().any(|w| part.starts_with(w))
    };
    ["author", "byline"].iter().any(|stem| words.match_indices(stem).any(|(at, _)| beside(&words[at + stem.len()..])))
}

/// Whether class words, in whatever case, hold one of a list.
fn names(words: &str, list: &[&str]) -> bool {
    let lower = words.to_ascii_lowercase();
    list.iter().any(|w| lower.contains(w))
}

/// Cheap questions first: few elements have any of these letters.
fn speaks(words: &str) -> bool {
    // Wherever one of the grams begins, two of its letters stand at an even place: its first, or those in its middle.
    let pair = |w: &[u8]| PAIRS[w[0] as usize % 32] >> (w[1] % 32) & 1 != 0;
    if !words.as_bytes().chunks_exact(2).any(pair) {
        return false;
    }
    let gram = |w: &[u8]| {
        let lower = [w[0] | 0x20, w[1] | 0x20, w[2] | 0x20, w[3] | 0x20];
        matches!(&lower, b"auth" | b"auto" | b"aute" | b"byli" | b"writ" | b"reda" | b"jour")
    };
    words.as_bytes().windows(4).any(gram)
}

/// First letters of the grams and those in their middle: a bit of the second letter in the place of the first.
static PAIRS: [u32; 32] = {
    let pairs = [b"au", b"ut", b"by", b"yl", b"wr", b"ri", b"re", b"ed", b"jo", b"ou"];
    let mut places = [0; 32];
    let mut i = 0;
    while i < pairs.len() {
        places[pairs[i][0] as usize % 32] |= 1 << (pairs[i][1] % 32);
        i += 1;
    }
    places
};

/// Whether an address names an author's page.
fn leads_to_author(href: &str) -> bool {
    let gram = |slash: usize| {
        matches!(
            href.as_bytes().get(slash + 1..slash + 5),
            Some(
                b"auth"
                    | b"auto"
                    | b"aute"
                    | b"jour"
                    | b"staf"
                    | b"peop"
                    | b"prof"
                    | b"writ"
                    | b"cont"
                    | b"pers"
                    | b"edit"
                    | b"colu"
                    | b"repo"
                    | b"reda"
                    | b"byli"
            )
        )
    };
    const PATHS: [&str; 20] = [
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
        "/editors/",
        "/columnist",
        "/reporter",
        "/redakteur",
        "/redaktion/",
        "/byline/",
    ];
    href.len() < 300 && memchr::memchr_iter(b'/', href.as_bytes()).any(gram) && PATHS.iter().any(|p| href.contains(p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_words_may_speak_of_what_stands_beside_a_name() {
        for words in ["byline__category", "head author-role", "byline_tags", "article-author-description"] {
            assert!(speaks_of_another(words), "{words}");
        }
        for words in ["category-author", "byline", "author-name", "byline tag", "author-box", "authors-list"] {
            assert!(!speaks_of_another(words), "{words}");
        }
    }

    #[test]
    fn no_word_of_the_lists_is_ruled_out_by_a_cheap_question() {
        for word in AUTHOR {
            for before in ["", "x", "c-"] {
                let words = format!("{before}{word}s");
                assert!(speaks(&words) && speaks(&words.to_uppercase()), "{words}");
            }
        }
        assert!(!speaks("c-card is-active") && !speaks("reader out") && !speaks(""));
        assert!(leads_to_author("https://x.example/en/author/ann") && leads_to_author("/staff/ann"));
        assert!(!leads_to_author("/aut") && !leads_to_author("/news/by-authors") && !leads_to_author("author/"));
    }
}
