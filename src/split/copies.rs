//! What a page holds twice: the article's source or a layer for the printer, hidden beside it; its beginning in a box, its text in a layout for
//! narrow screens; a sentence [set out](pulled) as a quotation.
//!
//! What holds: of what is shown only what was shown before goes; a hidden block most of which is said nowhere else stays, as in an accordion;
//! linear; a page that hides none of its text and says nothing again costs next to nothing.

use super::pulled;
use crate::clean::block::PathId;
use crate::clean::tree::{ancestors, common, enclosing_articles, stable};
use crate::clean::{BlockKind, Document, WordSet, word_hashes, word_runs};
use rustc_hash::{FxHashMap, FxHashSet};

/// From this share of its runs of words on, a hidden text is a copy. Markup's own words and addresses make up the rest.
const COPY_SHARE: f32 = 0.6;

/// A block of so many words is told from others by them.
pub(super) const TELLING_WORDS_MIN: f32 = 8.0;
/// A shown copy has so many such blocks,
const COPIED_MIN: usize = 2;
/// and so many words.
const COPIED_WORDS_MIN: f32 = 30.0;
/// What is said more than twice is a refrain, unless it is so many blocks of so many words: layouts for several widths.
const LAYOUT_MIN: (usize, f32) = (5, 120.0);

/// The body's blocks without what the page says again, hidden or shown.
pub(super) fn without(document: &Document, body: Vec<usize>) -> Vec<usize> {
    pulled::without(document, without_shown(document, without_hidden(document, body)))
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

    /// Which blocks of this markup are no copies, by their first words.
    fn kept(markup: &str) -> String {
        let page = Page::of_html("https://herald.example/7", markup);
        let document = document(&page, &CleanLimits { depth_max: 200, blocks_max: 2000 });
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
