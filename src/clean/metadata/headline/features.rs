//! What is known of a candidate for the headline, as numbers.
//!
//! What holds: the same order as the fitted table's; every number between -4 and 4; work bounded by the candidates'
//! number squared times their length.

use super::candidates::{Candidate, PARTS, Part, SOURCES, Source};
use super::relations::{self, Relations};
use crate::clean::ascii;
use crate::clean::block::{BlockKind, Class, Document};
use crate::clean::forest::{FEATURES_MAX, Row};
use crate::clean::metadata::Sources;
use crate::clean::text::is_unspaced;
use rustc_hash::FxHasher;
use std::cmp::Ordering;
use std::hash::Hasher;

/// Features beyond the places where a candidate was found.
const OTHERS: usize = 42 + relations::FEATURES;
/// How many columns of a row are in use.
pub(super) const FEATURES: usize = SOURCES * PARTS + OTHERS;

/// The candidates' features.
pub(super) fn rows(candidates: &[Candidate], sources: &Sources<'_>) -> Vec<Row> {
    let page = Page::of(candidates, sources.document);
    let relations = Relations::of(candidates, &page.words, sources, page.first_body);
    (0..candidates.len()).map(|i| row(candidates, i, &page, &relations, sources.document)).collect()
}

/// What is the same for all candidates of a page.
struct Page {
    /// The candidates' words as hashes, in order of the hashes.
    words: Vec<Vec<u64>>,
    firsts: usize,
    first_body: Option<usize>,
    /// The last heading of the two highest levels before the text.
    nearest: Option<usize>,
}

impl Page {
    fn of(candidates: &[Candidate], document: &Document) -> Page {
        let heading = |i: &usize| matches!(document.blocks[*i].kind, BlockKind::Heading(1 | 2));
        let first_body = document.blocks.iter().position(|b| b.class == Class::Body);
        Page {
            words: candidates.iter().map(|c| words(&c.key)).collect(),
            firsts: document.blocks.iter().filter(|b| b.kind == BlockKind::Heading(1)).count(),
            first_body,
            nearest: first_body.and_then(|first| (0..first).rev().find(heading)),
        }
    }

    /// Dice's measure over the words of two candidates.
    fn likeness(&self, a: usize, b: usize) -> f32 {
        let (a, b) = (&self.words[a], &self.words[b]);
        let (mut i, mut j, mut common) = (0, 0, 0.0);
        while i < a.len() && j < b.len() {
            match a[i].cmp(&b[j]) {
                Ordering::Less => i += 1,
                Ordering::Greater => j += 1,
                Ordering::Equal => {
                    common += 1.0;
                    (i, j) = (i + 1, j + 1);
                }
            }
        }
        2.0 * common / (a.len() + b.len()).max(1) as f32
    }
}

/// Words of a key, hashed and in order; in scripts without spaces, its characters.
pub(super) fn words(key: &str) -> Vec<u64> {
    let mut words = Vec::new();
    let mut push = |word: &str| {
        if !word.is_empty() {
            let mut hasher = FxHasher::default();
            hasher.write(word.as_bytes());
            words.push(hasher.finish());
        }
    };
    let mut next = 0;
    for end in memchr::memchr_iter(b' ', key.as_bytes()).chain([key.len()]) {
        let part = &key[next..end];
        next = end + 1;
        let mut start = 0;
        // None of these characters is ASCII.
        let apart = if part.is_ascii() { "" } else { part };
        for (i, c) in apart.char_indices().filter(|(_, c)| is_unspaced(*c)) {
            push(&part[start..i]);
            push(&part[i..i + c.len_utf8()]);
            start = i + c.len_utf8();
        }
        push(&part[start..]);
    }
    words.sort_unstable();
    words
}

/// Sources that declare a title rather than show one.
const DECLARED: [Source; 5] = [Source::Graph, Source::OpenGraph, Source::Twitter, Source::Title, Source::Meta];

fn row(candidates: &[Candidate], i: usize, page: &Page, relations: &Relations, document: &Document) -> Row {
    let mut row: Row = [0.0; FEATURES_MAX];
    let own = &candidates[i];
    for (s, parts) in own.found.iter().enumerate() {
        for (p, found) in parts.iter().enumerate() {
            row[s * PARTS + p] = f32::from(u8::from(*found));
        }
    }
    let mut out = Columns { row: &mut row, at: SOURCES * PARTS };
    let whole = |c: &Candidate, s: Source| c.found[s as usize][Part::Whole as usize];
    let any = |c: &Candidate, s: Source| c.found[s as usize].contains(&true);
    let count = own.found.iter().filter(|p| p[0]).count() as f32;
    out.push(count / 3.0);
    out.push((own.found.iter().filter(|p| p.contains(&true)).count() as f32) / 3.0);
    out.flag(whole(own, Source::H1) && page.firsts == 1);
    out.flag(whole(own, Source::H1) && candidates.iter().position(|c| whole(c, Source::H1)) == Some(i));
    place(&mut out, own, page, document);
    length(&mut out, own, page.words[i].len());
    // How like the others it is, by what declares them.
    let mut support = 0.0f32;
    for source in [Source::Graph, Source::OpenGraph, Source::Title, Source::H1] {
        let found = (0..candidates.len()).filter(|j| *j != i && whole(&candidates[*j], source));
        let likeness = found.map(|j| page.likeness(i, j)).fold(0.0, f32::max);
        let same = whole(own, source);
        out.push(if same { 1.0 } else { likeness });
        if source != Source::H1 {
            support = support.max(if same { 1.0 } else { likeness });
        }
    }
    let shown = [Source::H1, Source::H2, Source::H3, Source::Classed, Source::Words];
    let group = if any(own, Source::H1) {
        0
    } else if shown.iter().any(|s| any(own, *s)) {
        1
    } else {
        2
    };
    let bucket = [0.3, 0.6, 0.9].iter().filter(|least| support >= **least).count();
    for g in 0..3 {
        for b in 0..4 {
            out.flag(g == group && b == bucket);
        }
    }
    containment(&mut out, candidates, i);
    out.flag(own.site);
    out.flag(DECLARED.iter().filter(|s| any(own, **s)).count() >= 2 && group == 0);
    relations.of_candidate(&mut out, candidates, i);
    debug_assert_eq!(out.at, FEATURES);
    row
}

/// Where it stands, if it is shown.
fn place(out: &mut Columns<'_>, own: &Candidate, page: &Page, document: &Document) {
    let Some(block) = own.block else {
        out.skip(9);
        return;
    };
    let far = page.first_body.map_or(2.0, |first| libm::logf(block.abs_diff(first) as f32 + 1.0));
    out.flag(page.first_body.is_some_and(|first| block > first));
    out.push(far / 2.0);
    out.flag(page.first_body.is_some_and(|first| block < first && first - block <= 4));
    out.flag(page.nearest == Some(block));
    let b = &document.blocks[block];
    out.push(b.link_share());
    let words = document.words_of(b.path);
    let around = [words, document.words_of(document.paths[b.path as usize].parent)];
    let says = |list: &[&str]| around.iter().any(|words| ascii::holds_any(words, list));
    out.flag(ascii::holds_any(words, &["headline", "title"]));
    out.flag(says(&["logo", "site-", "brand", "nav", "sidebar", "widget", "related", "menu"]));
    out.flag(says(&["article", "entry", "post", "story"]));
    out.flag(says(&["kicker", "sub", "overline", "topic", "categor"]));
}

fn length(out: &mut Columns<'_>, own: &Candidate, words: usize) {
    out.push(libm::logf(words as f32 + 1.0) / 2.0);
    out.flag(words <= 1);
    out.flag(words == 2);
    out.flag(words > 20);
    out.flag(own.text.ends_with(['…', '.']) && (own.text.ends_with('…') || own.text.ends_with("...")));
}

/// Whether it is a part of others, or others of it.
fn containment(out: &mut Columns<'_>, candidates: &[Candidate], i: usize) {
    let own = &candidates[i];
    let (mut begins, mut ends, mut begun, mut ended) = (false, false, false, false);
    for other in candidates.iter().filter(|c| c.key.len() != own.key.len() && c.found.iter().any(|p| p[0])) {
        let (short, long) = if own.key.len() < other.key.len() { (own, other) } else { (other, own) };
        let starts = long.key.starts_with(&short.key) && long.key.as_bytes()[short.key.len()] == b' ';
        let closes =
            long.key.ends_with(&short.key) && long.key.as_bytes()[long.key.len() - short.key.len() - 1] == b' ';
        let own_is_short = std::ptr::eq(short, own);
        begins |= own_is_short && starts;
        ends |= own_is_short && closes;
        begun |= !own_is_short && starts;
        ended |= !own_is_short && closes;
    }
    for flag in [begins, ends, begun, ended] {
        out.flag(flag);
    }
    // "Headline - Section - Site" gives two parts before the site's name: the longer one has the section still.
    let cut = |c: &Candidate| c.found.iter().any(|p| p[Part::BeforeSite as usize]);
    let longer =
        |long: &Candidate, short: &Candidate| long.key.len() > short.key.len() && long.key.starts_with(&short.key);
    let cuts = || candidates.iter().filter(|c| cut(c));
    out.flag(cut(own) && cuts().any(|c| longer(own, c)));
    out.flag(cut(own) && cuts().any(|c| longer(c, own)));
}

/// A row in the making.
pub(super) struct Columns<'r> {
    row: &'r mut Row,
    at: usize,
}

impl Columns<'_> {
    pub(super) fn push(&mut self, value: f32) {
        self.row[self.at] = value.clamp(-4.0, 4.0);
        self.at += 1;
    }

    pub(super) fn flag(&mut self, value: bool) {
        self.push(f32::from(u8::from(value)));
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }
}
