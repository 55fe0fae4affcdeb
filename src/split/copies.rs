//! What a page holds twice: the article's source or a layer for the printer, hidden beside it; its beginning in a box, its text in a layout for
//! narrow screens; a sentence set out as a quotation.
//!
//! What holds: of what is shown only what was shown before goes; a hidden block most of which is said nowhere else stays, as in an accordion;
//! linear; a page that hides none of its text and says nothing again costs next to nothing.

use super::ARTICLE_AT;
use crate::clean::block::PathId;
use crate::clean::tree::{ancestors, common, enclosing_articles, stable};
use crate::clean::{BlockKind, Document, Tag, WordSet, word_hashes, word_runs};
use rustc_hash::{FxHashMap, FxHashSet};

/// From this share of its runs of words on, a hidden text is a copy. Markup's own words and addresses make up the rest.
const COPY_SHARE: f32 = 0.6;

/// From this share of its runs of words on, the text says what a quotation does.
const PULLED_SHARE: f32 = 0.9;

/// A block of so many words is told from others by them.
const TELLING_WORDS_MIN: f32 = 8.0;
/// A shown copy has so many such blocks,
const COPIED_MIN: usize = 2;
/// and so many words.
const COPIED_WORDS_MIN: f32 = 30.0;
/// What is said more than twice is a refrain, unless it is so many blocks of so many words: layouts for several widths.
const LAYOUT_MIN: (usize, f32) = (5, 120.0);

/// The body's blocks without what the page says again, hidden or shown.
pub(super) fn without(document: &Document, body: Vec<usize>) -> Vec<usize> {
    without_pulled(document, without_shown(document, without_hidden(document, body)))
}

/// The body's blocks without quotations of one block that only set out what the text of the same article says, and without whose they are. One
/// that a line announces, or that comes again, is text.
fn without_pulled(document: &Document, body: Vec<usize>) -> Vec<usize> {
    let is_quote = |i: usize| document.blocks[i].kind == BlockKind::Quote;
    let tells = |i: usize| document.blocks[i].counts.words >= TELLING_WORDS_MIN;
    // Elsewhere people quote each other.
    if document.article_score < ARTICLE_AT || !body.iter().any(|i| is_quote(*i) && tells(*i)) {
        return body;
    }
    let text = |i: &usize| document.text_of(*i).trim_end();
    let quotation = |i: usize| {
        ancestors(document, document.blocks[i].path).find(|path| document.paths[*path as usize].tag == Tag::Blockquote)
    };
    let article = |i: usize| enclosing_articles(document, document.blocks[i].path).last();
    let runs = |i: usize| word_runs(&word_hashes(document.text_of(i)).collect::<Vec<u64>>()).collect::<Vec<u64>>();
    let mut said: FxHashMap<Option<PathId>, Vec<u64>> = FxHashMap::default();
    body.iter().filter(|i| !is_quote(**i)).for_each(|i| said.entry(article(*i)).or_default().extend(runs(*i)));
    let said: FxHashMap<_, _> =
        said.into_iter().map(|(article, runs)| (article, WordSet::new(runs.into_iter()))).collect();
    let is_said = |i: usize| {
        let own = runs(i);
        let hits = |known: &WordSet| own.iter().filter(|run| known.contains(**run)).count() as f32;
        said.get(&article(i)).is_some_and(|known| hits(known) >= PULLED_SHARE * own.len() as f32)
    };
    let mut times: FxHashMap<&str, usize> = FxHashMap::default();
    body.iter().filter(|i| is_quote(**i)).for_each(|i| *times.entry(text(i)).or_default() += 1);
    let is_pulled = |own: &[usize], before: Option<&usize>| {
        let is_source = |rest: &[usize]| {
            rest.len() <= 1
                && rest.iter().all(|i| !tells(*i) && !text(i).ends_with(['.', '!', '?', '。', '！', '？', '…']))
        };
        let announces = |i: &usize| text(i).ends_with([':', '：']);
        tells(own[0])
            && is_source(&own[1..])
            && times[text(&own[0])] == 1
            && !before.is_some_and(announces)
            && is_said(own[0])
    };
    let mut kept = Vec::with_capacity(body.len());
    for own in body.chunk_by(|a, b| is_quote(*a) && is_quote(*b) && quotation(*a) == quotation(*b)) {
        if !(is_quote(own[0]) && is_pulled(own, kept.last())) {
            kept.extend(own);
        }
    }
    kept
}

/// The body's blocks without what a page shows again further down in another element: a layout for narrow screens, a box with the article's
/// beginning. What repeats itself stays, as the steps of a plan and a refrain do.
fn without_shown(document: &Document, body: Vec<usize>) -> Vec<usize> {
    if !may_repeat(document, &body) {
        return body;
    }
    let said = Said::of(document, &body);
    if said.again.iter().flatten().nth(COPIED_MIN - 1).is_none() {
        return body;
    }
    let mut left = vec![false; body.len()];
    let mut begin = 0;
    while begin < body.len() {
        let Some(first) = said.again[begin] else {
            begin += 1;
            continue;
        };
        let copied = said.copied(begin, first);
        let end = copied.last().map_or(begin, |last| *last) + 1;
        let words: f32 = copied.iter().map(|place| document.blocks[body[*place]].counts.words).sum();
        let is_refrain = copied.iter().any(|place| said.times[*place] > 2);
        let least = if is_refrain { LAYOUT_MIN } else { (COPIED_MIN, COPIED_WORDS_MIN) };
        if copied.len() >= least.0 && words >= least.1 && !said.goes_on(document, &body, begin, first) {
            left[begin..end].fill(true);
        }
        begin = end;
    }
    body.iter().zip(left).filter(|(_, left)| !left).map(|(i, _)| *i).collect()
}

/// A cheap question first: whether two blocks may say the same, by their length and their end.
fn may_repeat(document: &Document, body: &[usize]) -> bool {
    let mut known: FxHashSet<(usize, Option<&[u8; 8]>)> = FxHashSet::default();
    let telling = body.iter().filter(|i| document.blocks[**i].counts.words >= TELLING_WORDS_MIN);
    let mut texts = telling.map(|i| document.text_of(*i).as_bytes());
    !texts.all(|text| known.insert((text.len(), text.last_chunk())))
}

/// What a body's blocks say that was said before.
struct Said {
    /// For each block, by its place in the body, whether it tells by its words which it is.
    telling: Vec<bool>,
    /// Whether nothing before says the same.
    new: Vec<bool>,
    /// How often it is said.
    times: Vec<usize>,
    /// The place of the first block that says the same, where that is in other elements of the same article.
    again: Vec<Option<usize>>,
}

impl Said {
    fn of(document: &Document, body: &[usize]) -> Said {
        let is_telling = |i: &usize| {
            let block = &document.blocks[*i];
            block.counts.words >= TELLING_WORDS_MIN && !matches!(block.kind, BlockKind::Table | BlockKind::Code)
        };
        let telling: Vec<bool> = body.iter().map(is_telling).collect();
        // The first place of each text, and how often it stands there.
        let mut known: FxHashMap<&str, (usize, usize)> = FxHashMap::default();
        for (place, i) in body.iter().enumerate() {
            known.entry(document.text_of(*i)).or_insert((place, 0)).1 += 1;
        }
        let first = |i: usize| known[document.text_of(i)];
        let article = |i: usize| enclosing_articles(document, document.blocks[i].path).last();
        let again = body.iter().enumerate().map(|(place, i)| {
            let first = first(*i).0;
            let other = (telling[place] && first < place).then(|| body[first])?;
            (article(other) == article(*i) && !are_alike(document, other, *i)).then_some(first)
        });
        let again = again.collect();
        let new = body.iter().enumerate().map(|(place, i)| first(*i).0 == place).collect();
        let times = body.iter().map(|i| first(*i).1).collect();
        Said { telling, new, times, again }
    }

    /// The places from `begin` on that say in the same order what was said from `first` on, all of it before; nothing that tells stands
    /// between them, here or there.
    fn copied(&self, begin: usize, first: usize) -> Vec<usize> {
        let (mut copied, mut source) = (vec![begin], first);
        let next = |source: usize| (source + 1..begin).find(|place| self.telling[*place]);
        for (place, again) in self.again.iter().enumerate().skip(begin + 1) {
            match again {
                Some(said) if next(source) == Some(*said) => {
                    source = *said;
                    copied.push(place);
                }
                None if !self.telling[place] => {}
                _ => break,
            }
        }
        copied
    }

    /// Whether what stands right before a copy heads it or is of its element, and says something new: its steps are those of another plan.
    /// What the page declares, such as its headline, is nothing new.
    fn goes_on(&self, document: &Document, body: &[usize], begin: usize, first: usize) -> bool {
        let Some(before) = begin.checked_sub(1).filter(|before| self.new[*before]) else { return false };
        let path = |place: usize| document.blocks[body[place]].path;
        let around = common(document, path(first), path(begin));
        let own = ancestors(document, path(begin)).take_while(|element| *element != around).last();
        let is_within = |element: PathId| ancestors(document, path(before)).any(|within| within == element);
        let meta = &document.meta;
        let declared = [&meta.headline, &meta.alternative_headline, &meta.description];
        let is_declared = || declared.into_iter().flatten().any(|said| said == document.text_of(body[before]));
        let heads = || matches!(document.blocks[body[before]].kind, BlockKind::Heading(_));
        let introduces = || document.text_of(body[before]).trim_end().ends_with([':', '：']);
        (heads() || introduces() || own.is_some_and(is_within)) && !is_declared()
    }
}

/// Whether the elements around two blocks are alike in tags and words, up to the one around both.
fn are_alike(document: &Document, a: usize, b: usize) -> bool {
    let around = |i: usize| ancestors(document, document.blocks[i].path);
    let alike = |(a, b): (PathId, PathId)| {
        document.paths[a as usize].tag == document.paths[b as usize].tag
            && stable(document.words_of(a)) == stable(document.words_of(b))
    };
    around(a).zip(around(b)).take_while(|(a, b)| a != b).all(alike)
}

/// The body's blocks without those hidden stretches that say what shown blocks say.
fn without_hidden(document: &Document, body: Vec<usize>) -> Vec<usize> {
    let is_hidden = |i: &usize| document.paths[document.blocks[*i].path as usize].hidden;
    if !body.iter().any(is_hidden) {
        return body;
    }
    let runs = |i: &usize| word_runs(&word_hashes(document.text_of(*i)).collect::<Vec<u64>>()).collect::<Vec<u64>>();
    let shown = WordSet::new(body.iter().filter(|i| !is_hidden(i)).flat_map(runs));
    let is_known = |runs: &[u64]| {
        let known = runs.iter().filter(|run| shown.contains(**run)).count();
        known as f32 >= COPY_SHARE * runs.len() as f32
    };
    let mut kept = Vec::with_capacity(body.len());
    for stretch in body.chunk_by(|a, b| is_hidden(a) == is_hidden(b)) {
        let own: Vec<Vec<u64>> = stretch.iter().filter(|i| is_hidden(i)).map(runs).collect();
        let all = own.concat();
        let is_copy = !all.is_empty() && is_known(&all);
        // Short lines go with the copy around them; what says something else stays.
        kept.extend(stretch.iter().enumerate().filter(|(n, _)| !(is_copy && is_known(&own[*n]))).map(|(_, i)| *i));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, document};
    use crate::page::Page;

    const LIMITS: CleanLimits = CleanLimits { depth_max: 200, blocks_max: 2000 };

    /// Which blocks of this markup are no copies, by their first words.
    fn kept(markup: &str) -> String {
        let page = Page::of_html("https://herald.example/7", markup);
        let document = document(&page, &LIMITS);
        let kept = without_shown(&document, (0..document.blocks.len()).collect());
        kept.iter().map(|i| document.text_of(*i).split(' ').next().unwrap_or_default()).collect::<Vec<&str>>().join(" ")
    }

    /// A paragraph of sixteen words that begins with this one.
    fn paragraph(word: &str) -> String {
        format!("<p>{word} was opened by the mayor on Friday, and the town came to see it at noon.</p>")
    }

    #[test]
    fn a_text_that_is_shown_again_elsewhere_is_a_copy() {
        let [a, b, c] = ["A", "B", "C"].map(paragraph);
        let (title, head) = ("<h1>Title</h1>", "<h2>Short</h2>");
        let again = |text: &str| format!("{title}<div>{a}{b}{c}</div><section>{text}</section><p>End</p>");
        assert_eq!(kept(&again(&format!("{a}{b}"))), "Title A B C End");
        assert_eq!(kept(&again(&format!("{a}{head}{b}"))), "Title A B C End", "with what is short between them");
        assert_eq!(kept(&again(&format!("{title}{a}{b}"))), "Title A B C Title End", "under the headline");
        assert_eq!(kept(&again(&format!("{head}{b}{c}"))), "Title A B C Short B C End", "of a part");
        let part = format!("{title}<div>{a}{b}</div>{head}<section>{a}{b}</section>");
        assert_eq!(kept(&part), "Title A B Short A B", "under a heading of its own");
        assert_eq!(kept(&again(&a)), "Title A B C A End", "one may be a quotation");
        assert_eq!(kept(&again(&format!("{b}{a}"))), "Title A B C B A End", "in another order");
        assert_eq!(kept(&again(&format!("{a}{c}"))), "Title A B C A C End", "with a part left out");
        let own = format!("{a}{}{b}", paragraph("X"));
        assert_eq!(kept(&again(&own)), "Title A B C A X B End", "with something of its own");
        let article = format!("<article>{a}{b}{c}</article>");
        assert_eq!(kept(&format!("{title}<div>{a}{b}</div>{article}")), "Title A B A B C", "another article");
    }

    #[test]
    fn a_quotation_that_sets_out_what_the_text_says_is_a_copy() {
        let said = "We have waited for this bridge for ten years, and now it is here";
        let check = |quote: &str, score: f32| {
            let page = format!(
                "<p>“{said}”, said the mayor.</p><blockquote>{quote}</blockquote><p>The town came to see it.</p>"
            );
            let mut document = document(&Page::of_html("https://herald.example/7", &page), &LIMITS);
            document.article_score = score;
            let left = document.blocks.len();
            left - without_pulled(&document, (0..left).collect()).len()
        };
        assert_eq!(check(&format!("»{said}«"), 1.0), 1);
        assert_eq!(check(&format!("<p>{said}.</p><footer>The mayor</footer>"), 1.0), 2, "and whose it is");
        assert_eq!(
            check("<p>Whoever has waited for a bridge for ten years knows what it is worth.</p><p>The mayor</p>", 1.0),
            0
        );
        assert_eq!(check(&format!("<p>{said}.</p><p>They will not take it.</p>"), 1.0), 0, "and more");
        assert_eq!(
            check(&format!("<p>{said}.</p><p>{said}, and nobody will take it away from us.</p>"), 1.0),
            0,
            "a part of it"
        );
        assert_eq!(check(&format!("{said}</blockquote><p>So it is.</p><blockquote>{said}"), 1.0), 0, "a refrain");
        assert_eq!(check(&format!("<p>No.</p></blockquote><p>He wrote:</p><blockquote>{said}"), 1.0), 0, "announced");
        assert_eq!(check("We have waited for this bridge", 1.0), 0, "too short to tell");
        assert_eq!(check(said, 0.1), 0, "where readers answer each other");
    }

    #[test]
    fn what_repeats_itself_is_no_copy() {
        let [a, b] = ["A", "B"].map(paragraph);
        let week = |class: &str| format!("<div class='{class}'>{a}{b}</div>");
        assert_eq!(kept(&[week("week"), week("week")].concat()), "A B A B");
        assert_eq!(kept(&[week("step-1"), week("step-2")].concat()), "A B A B");
        assert_eq!(kept(&[week("step"), week("copy")].concat()), "A B");
        assert_eq!(kept(&[week("step"), week("copy"), week("refrain")].concat()), "A B A B A B");
        let row = |class: &str| {
            format!("<table class={class}><tr><td>{a}<tr><td>{b}</table>").replace("<p>", "").replace("</p>", "")
        };
        assert_eq!(kept(&format!("{}{}", row("one"), row("two"))), "A B A B");
    }
}
