//! The lists of names that a page holds, each from one place.
//!
//! What holds: bounded in number and length; equal lists are one; the empty list stands for a page that names nobody.

use super::features::{is_dated, is_desk, small_words};
use super::given;
use super::han;
use super::names::{self, Cue, shape};
use crate::clean::ascii;
use crate::clean::block::{Block, BlockKind, Class, Document};
use crate::clean::html::{Mark, MarkKind, speaks_of_another};
use crate::clean::image;
use crate::clean::metadata::Sources;
use crate::clean::metadata::{Metas, fold};
use crate::clean::text::list::{WordList, Words};

/// Most lists of a page.
const LISTS_MAX: usize = 40;
/// Most authors of an article.
const AUTHORS_MAX: usize = 40;
/// Longest line that is taken for a byline, bytes.
const LINE_BYTES_MAX: usize = 240;
/// Marks so many blocks apart still name the authors of one article.
const MARK_BLOCKS: usize = 2;
/// Blocks before the headline and behind the text in which bylines stand.
const AROUND: (usize, usize) = (8, 12);

/// Names that nothing announces stand so many blocks under the headline, whatever their class.
const BARE_BLOCKS: usize = 3;

/// A name of so much [`shape`] is written as a person's is.
pub(super) const PERSON: f32 = 0.8;

/// So much of the text is asked how it writes a line's words, bytes.
const PHRASE_BYTES_MAX: usize = 100_000;

/// Where a list was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Nobody,
    Graph,
    GraphCreator,
    Meta,
    MetaLabel,
    Microdata,
    MarkProp,
    MarkLink,
    MarkWords,
    MarkHref,
    Path,
    Opener,
    Inner,
    Label,
    Classed,
    BareName,
}

/// How many [`Source`]s there are.
pub(super) const SOURCES: usize = 16;

/// Names from one place.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) names: Vec<String>,
    /// The names, lower case, for comparing.
    pub(super) keys: Vec<String>,
    pub(super) found: [bool; SOURCES],
    /// The block that shows it.
    pub(super) block: Option<usize>,
    /// How many of a source's groups came before it.
    pub(super) rank: usize,
}

impl List {
    /// Whether nothing but a line's shape says that it names anybody.
    pub(super) fn is_bare(&self) -> bool {
        self.found[Source::BareName as usize] && self.found.iter().filter(|is| **is).count() == 1
    }

    /// Whether nothing but words of a line say so.
    pub(super) fn is_of_lines(&self) -> bool {
        let of_lines = [Source::BareName, Source::Opener, Source::Inner].map(|source| self.found[source as usize]);
        let count = |found: &[bool]| found.iter().filter(|is| **is).count();
        count(&of_lines) > 0 && count(&of_lines) == count(&self.found)
    }
}

/// Where the article stands among the blocks.
pub(super) struct Place {
    pub(super) headline: Option<usize>,
    pub(super) first: Option<usize>,
    pub(super) last: Option<usize>,
}

impl Place {
    pub(super) fn of(document: &Document) -> Place {
        let body = |b: &crate::clean::Block| b.class == Class::Body;
        let first = document.blocks.iter().position(body);
        let before = |i: &usize| first.is_none_or(|f| *i < f);
        let title = document.meta.headline.as_deref();
        let shows = |i: &usize| title == Some(document.text_of(*i));
        let blocks = 0..document.blocks.len();
        let heading = |i: &usize| {
            document.blocks[*i].class == Class::Headline || document.blocks[*i].kind == BlockKind::Heading(1)
        };
        let headline = blocks.clone().filter(before).rfind(shows).or_else(|| blocks.rev().filter(before).find(heading));
        Place { headline, first, last: document.blocks.iter().rposition(body) }
    }

    /// Whether a block stands between the headline and the text.
    pub(super) fn heads_text(&self, block: usize) -> bool {
        self.headline.is_some_and(|headline| headline < block) && self.first.is_some_and(|first| block < first)
    }

    fn window(&self, count: usize) -> std::ops::Range<usize> {
        let from = self.headline.or(self.first).unwrap_or(0).saturating_sub(AROUND.0);
        from..self.last.map_or(count.min(60), |last| (last + AROUND.1).min(count))
    }
}

/// A page's lists: those that head and structured data hold, as [`declared_of`] gives them, and behind them those on the page.
pub(super) fn of(declared: Vec<List>, sources: &Sources<'_>) -> Vec<List> {
    let mut lists = Lists { list: declared };
    let mut speaking = Speaking::new(sources.document);
    let place = Place::of(sources.document);
    marked(&mut lists, sources, &place, &mut speaking);
    written(&mut lists, sources, &place, &mut speaking);
    lists.list
}

/// Words that headings and menus are made of, and no names.
pub(super) static NOBODYS: WordList = WordList::new(|| {
    Words::of(
        "takeaways|features|highlights|contents|articles|posts|update|updates|goals|guide|guides|started|strategy|reviews|blog|\
    analytics|pricing|users|recent|featured|tips|summary|editorial|about|overview|products|services|solutions|resources|insights|\
    übersicht|artikel|beiträge|tipps|produkte|actualités|articulos|aktualności",
    )
});

/// Which lists are lines that nothing but their shape takes for names, and that are phrases: the page's text writes their every word
/// small, as in `Key Considerations`, a word of theirs is no name's, or they end as no name does, as in `Happy Planting!`. On Chinese
/// pages also those behind a word for reporters, where they do not begin with a surname.
pub(super) fn phrases(lists: &[List], document: &Document) -> Vec<bool> {
    let words = lists.iter().filter(|list| list.is_bare()).flat_map(|list| &list.keys).flat_map(|key| key.split(' '));
    let small = small_words(document, &words.collect(), PHRASE_BYTES_MAX);
    let is_small =
        |key: &String| key.split(' ').all(|word| small.contains(word)) || key.split(' ').any(|word| NOBODYS.has(word));
    let ends = |block: usize| document.text_of(block).trim_end().ends_with(['!', '?', ':', '…']);
    let is_phrase = |list: &List| list.keys.iter().all(is_small) || list.block.is_some_and(ends);
    // A byline stands beside a date, whatever its name means.
    let is_byline = |list: &List| list.block.is_some_and(|block| is_dated(document, block));
    let is_of_han = |name: &String| han::is_whole(name) && !han::is_house(name) && !han::has_surname(name);
    let is_of_none = |list: &List| list.is_of_lines() && list.names.iter().all(is_of_han);
    let is_chinese = lists.iter().any(is_of_none) && is_chinese(document);
    let is = |list: &List| list.is_bare() && !is_byline(list) && is_phrase(list) || is_chinese && is_of_none(list);
    lists.iter().map(is).collect()
}

/// Whether a page is in Chinese, as it says or as its text does: in Han characters, without those of Japanese and Korean beside them.
fn is_chinese(document: &Document) -> bool {
    if let Some(language) = &document.meta.language {
        return language.starts_with("zh");
    }
    let body = (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Body);
    let mut letters = body.flat_map(|i| document.text_of(i).chars()).take(PHRASE_BYTES_MAX);
    letters.all(|c| !matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}'))
}

/// Nobody, and the lists of head and structured data.
pub(super) fn declared_of(sources: &Sources<'_>) -> Vec<List> {
    let mut lists = Lists::default();
    lists.list.push(List { names: Vec::new(), keys: Vec::new(), found: [false; SOURCES], block: None, rank: 0 });
    lists.list[0].found[Source::Nobody as usize] = true;
    declared(&mut lists, sources);
    lists.list
}

const METAS: [&str; 15] = [
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "byl",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "citation_author",
    "article:author_name",
    "og:author",
    "twitter:creator:name",
    "rbauthors",
    "dcsext.author",
];

fn declared(lists: &mut Lists, sources: &Sources<'_>) {
    if let Some(article) = sources.article {
        lists.add(article.authors.iter().flat_map(|a| given::names(&a.name)).collect(), Source::Graph, None, 0);
        lists.add(article.creators.iter().flat_map(|a| given::names(&a.name)).collect(), Source::GraphCreator, None, 0);
    }
    let metas = Metas(sources.gathered);
    for name in METAS {
        let by_surname = matches!(name, "citation_author" | "dc.creator" | "dcterms.creator");
        let own = metas.all(&[name]).into_iter().flat_map(|value| match given::turned(&value, by_surname) {
            Some(name) => vec![name],
            None => names::names(&value),
        });
        lists.add(own.collect(), Source::Meta, None, 0);
    }
    for n in ["1", "2", "3"] {
        let label = metas.get(&[&format!("twitter:label{n}")]).unwrap_or_default();
        if names::is_opener(&label)
            && let Some(value) = metas.get(&[&format!("twitter:data{n}")])
        {
            lists.add(names::names(&value), Source::MetaLabel, None, 0);
        }
    }
    let props = sources.gathered.props.iter().filter(|(p, _)| *p == "author");
    lists.add(props.flat_map(|(_, v)| names::names(v)).collect(), Source::Microdata, None, 0);
}

/// Names in elements that say so, by neighbourhood.
fn marked(lists: &mut Lists, sources: &Sources<'_>, place: &Place, speaking: &mut Speaking<'_>) {
    let document = sources.document;
    let window = place.window(document.blocks.len());
    let mut source = |mark: &Mark| match mark.kind {
        MarkKind::AuthorProp => Some(Source::MarkProp),
        MarkKind::AuthorLink => Some(Source::MarkLink),
        MarkKind::AuthorWords => Some(Source::MarkWords),
        MarkKind::AuthorHref => Some(Source::MarkHref),
        MarkKind::Name => speaking.of(document.blocks.get(mark.block)?.path as usize).then_some(Source::MarkProp),
        MarkKind::Part | MarkKind::SidePart => None,
    };
    for wanted in [Source::MarkProp, Source::MarkLink, Source::MarkWords, Source::MarkHref] {
        let mut group: Vec<String> = Vec::new();
        let mut at = (0, 0);
        let mut rank = 0;
        let own = sources.gathered.marks.iter().filter(|m| window.contains(&m.block) && source(m) == Some(wanted));
        for mark in own {
            let text = document.text.get(mark.start..mark.end).unwrap_or_default();
            if text.len() > LINE_BYTES_MAX || is_picture_credit(text) {
                continue;
            }
            if !group.is_empty() && mark.block > at.1 + MARK_BLOCKS {
                lists.add(std::mem::take(&mut group), wanted, Some(at.0), rank);
                rank += 1;
            }
            if group.is_empty() {
                at.0 = mark.block;
            }
            at.1 = mark.block;
            group.extend(names::in_line(text).0);
        }
        lists.add(group, wanted, Some(at.0), rank);
    }
}

/// Whether elements speak of an author, in class words or the like: each way of writing them is looked at once, if at all.
struct Speaking<'d> {
    document: &'d Document,
    known: Vec<Option<Spoken>>,
}

/// What an element says of its text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoken {
    Nothing,
    Author,
    /// What stands beside an author's name.
    Another,
}

impl Speaking<'_> {
    fn new(document: &Document) -> Speaking<'_> {
        Speaking { document, known: vec![None; document.words.len()] }
    }

    /// Whether the element or one of the two around it does, whichever says anything first.
    fn of(&mut self, path: usize) -> bool {
        let up = self.document.paths[path].parent as usize;
        let mut around = [path, up, self.document.paths[up].parent as usize].into_iter().map(|p| self.own(p));
        around.find(|own| *own != Spoken::Nothing) == Some(Spoken::Author)
    }

    fn own(&mut self, path: usize) -> Spoken {
        let words = self.document.paths[path].words as usize;
        *self.known[words].get_or_insert_with(|| {
            let words = self.document.words.get(words as u32);
            const AUTHOR: [&str; 6] = ["author", "byline", "autor", "auteur", "writer", "journalist"];
            match ascii::holds_any(words, &AUTHOR) && !words.contains("comment") {
                true if speaks_of_another(words) => Spoken::Another,
                true => Spoken::Author,
                false => Spoken::Nothing,
            }
        })
    }
}

/// Names in lines of text.
fn written(lists: &mut Lists, sources: &Sources<'_>, place: &Place, speaking: &mut Speaking<'_>) {
    let document = sources.document;
    let mut ranks = [0; SOURCES];
    let mut add = |lists: &mut Lists, names: Vec<String>, source: Source, i: usize| {
        lists.add(names, source, Some(i), ranks[source as usize]);
        ranks[source as usize] += 1;
    };
    for i in place.window(document.blocks.len()) {
        let block = &document.blocks[i];
        let text = document.text_of(i);
        if text.len() > LINE_BYTES_MAX || text.len() < 3 || block.class == Class::Comment {
            continue;
        }
        let path = speaking.of(block.path as usize);
        let label = text.len() < 30 && names::is_opener(text);
        if label && i + 1 < document.blocks.len() {
            let next = document.text_of(i + 1);
            if next.len() <= LINE_BYTES_MAX {
                add(lists, names::in_line(next).0, Source::Label, i + 1);
            }
            continue;
        }
        let near = place.headline.or(place.first).is_some_and(|h| i.abs_diff(h) < 12)
            || place.first.is_some_and(|f| i.abs_diff(f) < 3)
            || place.last.is_some_and(|l| i.abs_diff(l) <= 2);
        let short = near && text.len() < 70;
        // Text does not tell a menu's line from any other short one; a date beside it does.
        let may_be_bare = short
            && block.link_bytes == 0
            && (may_stand_bare(block, i, place) || document.from_text && is_dated(document, i));
        // Most lines are none, and say so by their first words and their figures.
        let may_be = path
            || block.class == Class::Byline
            || may_be_bare && names::begins_with_name(text)
            || names::may_name(text, block.counts.digits)
            || short && names::inner(text).is_some();
        if !may_be {
            continue;
        }
        // Names that no word announces count only in a line that may be nothing else.
        let named = path || block.class == Class::Byline || may_be_bare;
        let apart = if path { pieces(document, i) } else { None };
        let found = match apart {
            Some(names) => Some((names, Cue::Bare)),
            None if named => Some(names::in_line(text)),
            None => names::after_cue(text),
        };
        let Some((names, cue)) = found.filter(|(names, _)| !names.is_empty()) else { continue };
        if is_picture_credit(text) {
            continue;
        }
        let bare = may_be_bare && cue == Cue::Bare && names.iter().all(|n| shape(n) >= PERSON);
        let kinds = [
            (path, Source::Path),
            (cue == Cue::Opener, Source::Opener),
            (cue == Cue::Inner, Source::Inner),
            (block.class == Class::Byline, Source::Classed),
            (bare, Source::BareName),
        ];
        for (_, source) in kinds.into_iter().filter(|(is, _)| *is) {
            add(lists, names.clone(), source, i);
        }
    }
}

/// Whether a line says whom a picture is from, and nothing else.
fn is_picture_credit(line: &str) -> bool {
    image::credit(line).is_some_and(|found| found.sure && found.caption.is_none())
}

/// The names of a byline whose elements hold one each, with nothing between them: `<a>Ann Bell</a> <a>Carl Dorn</a>`.
fn pieces(document: &Document, i: usize) -> Option<Vec<String>> {
    let text = document.text_of(i);
    let ends: Vec<usize> = document.seams_of(i).chain([text.len()]).collect();
    if ends.len() == 1 {
        return None;
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let parts = starts.zip(&ends).filter_map(|(start, end)| text.get(start..*end));
    let parts: Vec<Vec<String>> = parts.map(|part| names::in_line(part).0).filter(|names| !names.is_empty()).collect();
    let is_person = |names: &Vec<String>| names.len() == 1 && shape(&names[0]) >= PERSON && !is_desk(&key(&names[0]));
    (parts.len() > 1 && parts.iter().all(is_person)).then(|| parts.concat())
}

/// Whether a block may be a byline that nothing announces. Headings look like names, and so do lines of menus and adverts, but
/// for those right under the headline.
fn may_stand_bare(block: &Block, i: usize, place: &Place) -> bool {
    use Class::{Advert, Byline, Caption, Consent, Navigation, Teaser};
    let heads = matches!(block.kind, BlockKind::Heading(_)) && block.class != Byline;
    let furnishes = matches!(block.class, Navigation | Advert | Consent | Teaser | Caption);
    let under = place.headline.is_some_and(|headline| i > headline && i <= headline + BARE_BLOCKS);
    !heads && (!furnishes || under)
}

#[derive(Default)]
struct Lists {
    list: Vec<List>,
}

impl Lists {
    fn add(&mut self, names: Vec<String>, source: Source, block: Option<usize>, rank: usize) {
        let mut kept: Vec<String> = Vec::new();
        let mut keys: Vec<String> = Vec::new();
        for name in names {
            let name = fold(&name);
            let key = key(&name);
            if !key.is_empty() && !keys.contains(&key) && kept.len() < AUTHORS_MAX {
                keys.push(key);
                kept.push(name);
            }
        }
        if kept.is_empty() {
            return;
        }
        if let Some(known) = self.list.iter_mut().find(|l| l.keys == keys) {
            known.found[source as usize] = true;
            known.block = known.block.or(block);
            // An account's spelling yields to the one that is shown.
            for (name, own) in known.names.iter_mut().zip(kept) {
                if !name.contains(char::is_uppercase) {
                    *name = own;
                }
            }
            return;
        }
        if self.list.len() < LISTS_MAX {
            let mut found = [false; SOURCES];
            found[source as usize] = true;
            self.list.push(List { names: kept, keys, found, block, rank });
        }
    }
}

/// A name's letters and digits, lower case, words apart; marks over letters stay, since names differ by them.
pub(super) fn key(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::metadata::tests::{meta, meta_in};

    /// The authors of a page with this under its headline.
    fn authors(head: &str, under: &str) -> Vec<String> {
        let text = "<p>The council met on Monday and decided that the old bridge will be repaired before the winter comes.</p>";
        let body = format!("<h1>Old bridge opens again</h1>{under}{}", text.repeat(4));
        meta(head, &body).authors.into_iter().map(|author| author.name).collect()
    }

    #[test]
    fn a_phrase_is_no_name() {
        let text = "Of these considerations the key one is the bridge.";
        let is_phrase_beside = |beside: (&str, Class), line: &str, sources: &[Source]| {
            let document = Document::of_lines(&[(text, Class::Body), (line, Class::Other), beside]);
            let mut lists = Lists::default();
            sources.iter().for_each(|source| lists.add(names::in_line(line).0, *source, Some(1), 0));
            phrases(&lists.list, &document)[0]
        };
        let is_phrase = |line: &str, sources: &[Source]| is_phrase_beside(("Menu", Class::Navigation), line, sources);
        assert!(is_phrase("Key Considerations", &[Source::BareName]));
        assert!(is_phrase("Buying Guides", &[Source::BareName]), "a word of menus");
        assert!(!is_phrase_beside(("3 May 2024", Class::Date), "Key Considerations", &[Source::BareName]), "a byline");
        assert!(is_phrase("Ann Bell:", &[Source::BareName]), "who speaks");
        assert!(!is_phrase("Ann Bell", &[Source::BareName]));
        assert!(!is_phrase("Key Bridges", &[Source::BareName]), "one of its words");
        assert!(!is_phrase("Key Considerations", &[Source::BareName, Source::Meta]), "declared");
        assert!(!is_phrase("Key Considerations", &[Source::Opener]));
        assert_eq!(authors("", "<p>Ann Bell</p>"), ["Ann Bell"]);
        assert_eq!(authors("", "<p>Ann Bell:</p>"), [""; 0]);
        let reporter = |language: &str, name: &str| -> Vec<String> {
            let authors = meta_in(language, "", &format!("<h1>Old bridge</h1><p>记者：{name}</p>")).authors;
            authors.into_iter().map(|author| author.name).collect()
        };
        assert_eq!(reporter("zh", "李明"), ["李明"]);
        assert_eq!(reporter("zh", "注意到"), [""; 0]);
        assert_eq!(reporter("ja", "渡部篤"), ["渡部篤"]);
    }

    #[test]
    fn what_a_byline_holds_beside_the_name_is_none() {
        let byline =
            |part: &str| format!("<div class=byline><p><a class=byline__{part} href=/x>Mill lane</a></p></div>");
        assert_eq!(authors("", &byline("name")), ["Mill lane"]);
        for beside in ["category", "tag", "topics"] {
            assert_eq!(authors("", &byline(beside)), [""; 0], "{beside}");
        }
    }
}
