//! What could be the headline: headings, titles of the head and of structured data, and parts of these.
//!
//! What holds: bounded in number and length; candidates that differ in case, punctuation or spacing alone are one.

use crate::clean::ascii;
use crate::clean::block::{BlockKind, Class, Document};
use crate::clean::folded::Folded;
use crate::clean::html::MarkKind;
use crate::clean::letters::{self, compact};
use crate::clean::metadata::Sources;
use crate::clean::metadata::{Metas, fold};
use std::borrow::Cow;

/// Most candidates of a page.
const CANDIDATES_MAX: usize = 40;
/// Longest candidate, bytes.
const TEXT_BYTES_MAX: usize = 600;
/// Most headings of each level that are candidates.
const HEADINGS_MAX: [usize; 3] = [5, 6, 4];
/// Tags that people write into titles.
const TAGS: [&str; 12] = ["br", "wbr", "b", "i", "u", "s", "em", "strong", "strike", "span", "sub", "sup"];
/// Most places at which a title is cut.
const CUTS_MAX: usize = 4;
/// A heading so many blocks past the text's first one heads no article.
const BLOCKS_PAST_FIRST: usize = 12;
/// Most blocks that are candidates for their class words alone, those that stand next to the text's first one.
const NAMED_MAX: usize = 8;

/// Where a candidate was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    H1,
    H2,
    H3,
    Classed,
    Words,
    Graph,
    GraphAlternative,
    GraphName,
    OpenGraph,
    Twitter,
    Meta,
    Title,
    Microdata,
}

/// How many [`Source`]s there are.
pub(super) const SOURCES: usize = 13;

/// Which part of what was found it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// Without a tail that is the site's name.
    BeforeSite,
    /// Without some other tail.
    Before,
    /// Without a beginning that is the site's name.
    AfterSite,
    /// Without some other beginning.
    After,
    /// An element of its own within the heading.
    Element,
}

/// How many [`Part`]s there are.
pub(super) const PARTS: usize = 6;

/// A text that could be the headline.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) text: String,
    /// Its words, lower case, one space between.
    pub(super) key: String,
    /// Where it was found, as what part.
    pub(super) found: [[bool; PARTS]; SOURCES],
    /// The block that shows it.
    pub(super) block: Option<usize>,
    /// It is the site's name, or little more.
    pub(super) site: bool,
    /// It is what a heading holds beside an element that is a kicker or label by its words.
    pub(super) beside: bool,
}

/// A page's candidates, the shown ones first.
pub(super) fn of(sources: &Sources<'_>) -> Vec<Candidate> {
    let mut list = List { sites: sources.sites(), found: Vec::new() };
    shown(&mut list, sources);
    declared(&mut list, sources);
    list.found
}

fn shown(list: &mut List, sources: &Sources<'_>) {
    let document = sources.document;
    let first = document.blocks.iter().position(|b| b.class == Class::Body).unwrap_or(document.blocks.len());
    let named = named(document, first);
    let mut left = HEADINGS_MAX;
    let mut marks =
        sources.gathered.marks.iter().filter(|m| matches!(m.kind, MarkKind::Part | MarkKind::SidePart)).peekable();
    for (i, block) in document.blocks.iter().enumerate() {
        let early = i <= first.saturating_add(BLOCKS_PAST_FIRST);
        let bytes = (block.end - block.start) as usize;
        while marks.next_if(|m| m.block < i).is_some() {}
        if bytes > TEXT_BYTES_MAX || block.class != Class::Headline && !early && block.kind != BlockKind::Heading(1) {
            continue;
        }
        let level = match block.kind {
            BlockKind::Heading(level @ 1..=3) => Some(level as usize - 1),
            _ => None,
        };
        let classed = block.class == Class::Headline;
        let words = named.contains(&i);
        let taken = level.is_some_and(|l| left[l] > 0);
        if !(classed || words || taken) {
            continue;
        }
        let text = document.text_of(i);
        if let Some(level) = level.filter(|_| taken) {
            left[level] -= 1;
            let source = [Source::H1, Source::H2, Source::H3][level];
            list.add_with_parts(text, source, Some(i));
            let start = block.start as usize;
            let mut side = false;
            while let Some(mark) = marks.next_if(|m| m.block == i) {
                let Some(part) = document.text.get(mark.start..mark.end) else { continue };
                if mark.kind == MarkKind::Part {
                    list.add(part.trim(), source, Part::Element, Some(i));
                    list.beside(part.trim(), side);
                } else {
                    side = true;
                    let rest = text.get(mark.end.saturating_sub(start)..).filter(|_| mark.start == start);
                    let rest =
                        rest.map(|r| r.trim_start_matches([' ', ':', '-', '–', '—', '|', '/'])).unwrap_or_default();
                    list.add(rest, source, Part::Element, Some(i));
                    list.beside(rest, true);
                }
            }
        }
        if classed {
            list.add(text, Source::Classed, Part::Whole, Some(i));
        }
        if words {
            list.add(text, Source::Words, Part::Whole, Some(i));
        }
    }
}

/// Blocks whose element is called a title, the nearest to the text's first one.
fn named(document: &Document, first: usize) -> Vec<usize> {
    let early = document.blocks.len().min(first.saturating_add(BLOCKS_PAST_FIRST + 1));
    let words = |i: &usize| document.words_of(document.blocks[*i].path);
    let behind = (first..early).filter(|i| is_named_title(words(i))).take(NAMED_MAX / 2);
    let mut named: Vec<usize> = behind.collect();
    let before = NAMED_MAX - named.len();
    named.extend((0..first.min(early)).rev().filter(|i| is_named_title(words(i))).take(before));
    named
}

/// Whether an element's own words call it a headline.
fn is_named_title(words: &str) -> bool {
    ascii::holds_any(words, &["headline", "title"]) && (words.contains("headline") || !words.contains("subtitle"))
}

fn declared(list: &mut List, sources: &Sources<'_>) {
    let metas = Metas(sources.gathered);
    if let Some(article) = sources.article {
        let graph = [
            (&article.headline, Source::Graph),
            (&article.alternative_headline, Source::GraphAlternative),
            (&article.name, Source::GraphName),
        ];
        for (text, source) in graph {
            list.add_all(text.as_deref(), source);
        }
    }
    list.add_all(metas.get(&["og:title"]).as_deref(), Source::OpenGraph);
    list.add_all(metas.get(&["twitter:title", "twitter:text:title"]).as_deref(), Source::Twitter);
    const OTHERS: [&str; 9] = [
        "title",
        "headline",
        "dc.title",
        "dcterms.title",
        "parsely-title",
        "sailthru.title",
        "cxenseparse:title",
        "hdl",
        "citation_title",
    ];
    for name in OTHERS {
        list.add_all(metas.get(&[name]).as_deref(), Source::Meta);
    }
    for (_, value) in sources.gathered.props.iter().filter(|(p, _)| *p == "headline").take(2) {
        list.add_all(Some(&fold(value)), Source::Microdata);
    }
    list.add_all(sources.gathered.title.as_deref().map(fold).as_deref(), Source::Title);
}

/// Words in lower case, one space between: what two titles are compared by.
pub(super) fn key(text: &str) -> String {
    let mut key = Folded::behind(String::with_capacity(text.len() + 1));
    let mut at = 0;
    while at < text.len() {
        let run = &text.as_bytes()[at..];
        let run = &run[..ascii::run(run)];
        key.ascii(run);
        at += run.len();
        let Some(c) = text[at..].chars().next() else { break };
        at += c.len_utf8();
        if letters::is_letter(c) {
            c.to_lowercase().for_each(|c| key.push(c));
        } else {
            key.end_word();
        }
    }
    key.into_string()
}

/// The candidates in the making.
struct List {
    sites: Vec<String>,
    found: Vec<Candidate>,
}

impl List {
    /// The text, and what is left of it without a site's name, a section or a kicker at either end.
    fn add_all(&mut self, text: Option<&str>, source: Source) {
        if let Some(text) = text.filter(|t| t.len() <= TEXT_BYTES_MAX) {
            self.add_with_parts(text, source, None);
        }
    }

    fn add_with_parts(&mut self, text: &str, source: Source, block: Option<usize>) {
        let text = &*without_markup(text);
        self.add(text, source, Part::Whole, block);
        let cuts = cuts(text);
        for (n, cut) in cuts.iter().rev().take(CUTS_MAX).enumerate() {
            let (before, after) = (&text[..cut.0], &text[cut.1..]);
            // What is cut off may be "section | site": the last part says whose it is.
            let tail = cuts.last().map_or(after, |last| &text[last.1..]);
            let site = self.is_site(after) || n > 0 && self.is_site(tail);
            if !cut.2 {
                self.add(before, source, if site { Part::BeforeSite } else { Part::Before }, block);
            }
        }
        for cut in cuts.iter().take(CUTS_MAX) {
            let (before, after) = (&text[..cut.0], &text[cut.1..]);
            self.add(after, source, if self.is_site(before) { Part::AfterSite } else { Part::After }, block);
        }
    }

    fn add(&mut self, text: &str, source: Source, part: Part, block: Option<usize>) {
        let text = trimmed(text);
        let key = key(text);
        if key.is_empty() {
            return;
        }
        if let Some(known) = self.found.iter_mut().find(|c| c.key == key) {
            known.found[source as usize][part as usize] = true;
            known.block = known.block.or(block);
            return;
        }
        if self.found.len() < CANDIDATES_MAX {
            let mut found = [[false; PARTS]; SOURCES];
            found[source as usize][part as usize] = true;
            let site = self.is_site(text);
            self.found.push(Candidate { text: text.to_owned(), key, found, block, site, beside: false });
        }
    }

    /// Notes of a candidate that a label stands beside it.
    fn beside(&mut self, text: &str, is: bool) {
        let key = key(text);
        if is && let Some(known) = self.found.iter_mut().find(|c| c.key == key) {
            known.beside = true;
        }
    }

    /// Whether a part of a title is the site's name, or the name with a word or two.
    fn is_site(&self, part: &str) -> bool {
        let part = compact(part);
        let near = |site: &String| {
            part == *site
                || part.len() <= site.len() + 16 && site.len() > 3 && part.contains(site.as_str())
                || part.len() > 3 && site.len() <= part.len() + 12 && site.contains(part.as_str())
        };
        !part.is_empty() && self.sites.iter().any(near)
    }
}

/// A title without what stands at either end between it and another part; a quotation mark stays beside its other one.
fn trimmed(text: &str) -> &str {
    let edge = |c: char| c.is_whitespace() || matches!(c, '|' | '·' | '•' | '>' | '〉' | '》' | '→');
    let mark = |c: char| matches!(c, '»' | '«');
    let text = text.trim_matches(edge).trim_start_matches(':').trim_start();
    if text.chars().filter(|c| mark(*c)).count() % 2 == 0 {
        return text;
    }
    text.strip_prefix(mark).or_else(|| text.strip_suffix(mark)).unwrap_or(text).trim_matches(edge)
}

/// A title with a space for each tag that somebody wrote into it; one that stands between spaces is what the title speaks of.
fn without_markup(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut out = String::new();
    while let Some(at) = rest.find('<') {
        let after = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        let name = rest[at + 1..after].trim_start_matches('/').trim_end_matches(['>', '/', ' ']);
        let glued = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
        let is_tag = TAGS.iter().any(|tag| tag.eq_ignore_ascii_case(name))
            && (glued(rest[..at].chars().next_back()) || glued(rest[after..].chars().next()));
        out.push_str(if is_tag { &rest[..at] } else { &rest[..after] });
        if is_tag {
            out.push(' ');
        }
        rest = &rest[after..];
    }
    if out.is_empty() {
        return text.into();
    }
    out.push_str(rest);
    fold(&out).into()
}

/// Where a title may be cut: end of what stands before, begin of what follows, and whether a colon stands between.
fn cuts(text: &str) -> Vec<(usize, usize, bool)> {
    let mut cuts = Vec::new();
    let mut previous = ' ';
    let mut chars = text.char_indices().peekable();
    while let Some((i, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, c)| *c);
        let spaced = previous.is_whitespace() && next.is_whitespace();
        let cut = match c {
            '»' | '«' | '•' | '·' | '›' | '‹' | '—' | '–' | '-' | '/' | '~' | '⋆' | '>' | '→' if spaced => {
                true
            }
            '｜' | '_' | '|' => true,
            // Elsewhere it closes the title of a book.
            '〉' | '》' => !text[..i].contains(['〈', '《']),
            ':' => next.is_whitespace() || next == ':',
            '：' => true,
            // "Land- und Seewege" is one part.
            '-' | '–' | '—' => {
                let goes_on = text[i + c.len_utf8()..].trim_start().starts_with(char::is_lowercase);
                next.is_whitespace() && previous.is_alphanumeric() && !(c == '-' && goes_on)
            }
            _ => false,
        };
        if cut && i > 0 && i + c.len_utf8() < text.len() {
            cuts.push((i, i + c.len_utf8(), matches!(c, ':' | '：') && !spaced));
        }
        previous = c;
    }
    cuts
}
