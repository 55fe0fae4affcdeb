//! What a page holds twice: the article's source or a layer for the printer, hidden beside it; its beginning in a box, its text in a layout for
//! narrow screens.
//!
//! What holds: of what is shown only what was shown before goes; a hidden block most of which is said nowhere else stays, as in an accordion;
//! linear; a page that hides none of its text and says nothing again costs next to nothing.

use crate::clean::block::PathId;
use crate::clean::tree::ancestors;
use crate::clean::{BlockKind, Document, WordSet, word_hashes, word_runs};
use rustc_hash::FxHashMap;

/// From this share of its runs of words on, a hidden text is a copy. Markup's own words and addresses make up the rest.
const COPY_SHARE: f32 = 0.6;

/// A block of so many words is told from others by them.
const TELLING_WORDS_MIN: f32 = 8.0;
/// A shown copy has so many such blocks,
const COPIED_MIN: usize = 2;
/// and so many words.
const COPIED_WORDS_MIN: f32 = 30.0;

/// The body's blocks without what a page shows again further down in another element: a layout for narrow screens, a box with the article's
/// beginning. What repeats itself within elements of one kind, as the steps of a plan, stays.
pub(super) fn without_shown_copies(document: &Document, body: Vec<usize>) -> Vec<usize> {
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
        if copied.len() >= COPIED_MIN && words >= COPIED_WORDS_MIN {
            left[begin..end].fill(true);
        }
        begin = end;
    }
    body.iter().zip(left).filter(|(_, left)| !left).map(|(i, _)| *i).collect()
}

/// What a body's blocks say that was said before.
struct Said {
    /// For each block whether it tells by its words which it is.
    telling: Vec<bool>,
    /// The place of the first that says the same, in other elements.
    again: Vec<Option<usize>>,
}

impl Said {
    fn of(document: &Document, body: &[usize]) -> Said {
        let is_telling = |i: &usize| {
            let block = &document.blocks[*i];
            block.counts.words >= TELLING_WORDS_MIN && !matches!(block.kind, BlockKind::Table | BlockKind::Code)
        };
        let telling: Vec<bool> = body.iter().map(is_telling).collect();
        let mut firsts: FxHashMap<&str, usize> = FxHashMap::default();
        let again = body.iter().enumerate().map(|(place, i)| {
            let first = telling[place].then(|| *firsts.entry(document.text_of(*i)).or_insert(place))?;
            (first < place && !are_alike(document, body[first], *i)).then_some(first)
        });
        Said { again: again.collect(), telling }
    }

    /// The places from `begin` on that say in the same order what was said from `first` on, all of it before; nothing of their own stands
    /// between them.
    fn copied(&self, begin: usize, first: usize) -> Vec<usize> {
        let (mut copied, mut source) = (vec![begin], first);
        for (place, again) in self.again.iter().enumerate().skip(begin + 1) {
            match again {
                Some(next) if *next > source && *next < begin => {
                    source = *next;
                    copied.push(place);
                }
                None if !self.telling[place] => {}
                _ => break,
            }
        }
        copied
    }
}

/// Whether the elements around two blocks are alike in tags and words, up to the one around both.
fn are_alike(document: &Document, a: usize, b: usize) -> bool {
    let around = |i: usize| ancestors(document, document.blocks[i].path);
    let alike = |(a, b): (PathId, PathId)| {
        let (one, other) = (&document.paths[a as usize], &document.paths[b as usize]);
        (one.tag, one.words) == (other.tag, other.words)
    };
    around(a).zip(around(b)).take_while(|(a, b)| a != b).all(alike)
}

/// The body's blocks without those hidden stretches that say what shown blocks say.
pub(super) fn without_hidden_copies(document: &Document, body: Vec<usize>) -> Vec<usize> {
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
        let kept = without_shown_copies(&document, (0..document.blocks.len()).collect());
        kept.iter().map(|i| document.text_of(*i).split(' ').next().unwrap_or_default()).collect::<Vec<&str>>().join(" ")
    }

    /// A paragraph of sixteen words that begins with this one.
    fn paragraph(word: &str) -> String {
        format!("<p>{word} was opened by the mayor on Friday, and the town came to see it at noon.</p>")
    }

    #[test]
    fn a_text_that_is_shown_again_elsewhere_is_a_copy() {
        let [a, b, c] = ["A", "B", "C"].map(paragraph);
        let head = "<h2>Short</h2>";
        let again = |text: &str| format!("<div>{a}{b}{c}</div><section>{text}</section><p>End</p>");
        assert_eq!(kept(&again(&format!("{a}{b}"))), "A B C End");
        assert_eq!(kept(&again(&format!("{a}{head}{b}"))), "A B C End", "with what is short between them");
        assert_eq!(kept(&again(&format!("{head}{b}{c}"))), "A B C Short End");
        assert_eq!(kept(&again(&a)), "A B C A End", "one may be a quotation");
        assert_eq!(kept(&again(&format!("{b}{a}"))), "A B C B A End", "in another order");
        assert_eq!(kept(&again(&format!("{a}{}{b}", paragraph("X")))), "A B C A X B End", "with something of its own");
    }

    #[test]
    fn what_repeats_itself_in_alike_elements_is_no_copy() {
        let [a, b] = ["A", "B"].map(paragraph);
        let week = format!("<div class=week>{a}{b}</div>");
        assert_eq!(kept(&format!("{week}{week}{week}")), "A B A B A B");
        assert_eq!(kept(&format!("{week}<div class=copy>{a}{b}</div>")), "A B");
        let row = |class| {
            format!("<table class={class}><tr><td>{a}<tr><td>{b}</table>").replace("<p>", "").replace("</p>", "")
        };
        assert_eq!(kept(&format!("{}{}", row("one"), row("two"))), "A B A B");
    }
}
