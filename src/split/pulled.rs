//! Pull quotes: a sentence of the text, set out as a quotation.
//!
//! What holds: a quotation goes only where it is one block that the text of the same article says; one that a line announces, that comes again,
//! or that says more stays, and so do all on a page of no article, where people quote whom they answer; linear.

use super::ARTICLE_AT;
use super::copies::TELLING_WORDS_MIN;
use crate::clean::block::PathId;
use crate::clean::tree::{ancestors, enclosing_articles};
use crate::clean::{BlockKind, Document, Tag, WordSet, word_hashes, word_runs};
use rustc_hash::FxHashMap;

/// From this share of its runs of words on, the text says what a quotation does.
const SAID_SHARE: f32 = 0.9;

/// The body's blocks without pull quotes, and without whose they are.
pub(super) fn without(document: &Document, body: Vec<usize>) -> Vec<usize> {
    let may_be = |i: &usize| is_quote(document, *i) && tells(document, *i);
    if document.article_score < ARTICLE_AT || !body.iter().any(may_be) {
        return body;
    }
    let said = Said::of(document, &body);
    let is_one = |a: &usize, b: &usize| {
        is_quote(document, *a) && is_quote(document, *b) && quotation(document, *a) == quotation(document, *b)
    };
    let mut kept = Vec::with_capacity(body.len());
    for own in body.chunk_by(is_one) {
        if !said.is_pulled(own, kept.last()) {
            kept.extend(own);
        }
    }
    kept
}

fn is_quote(document: &Document, i: usize) -> bool {
    document.blocks[i].kind == BlockKind::Quote
}

/// Whether a block has words enough to be known again by them.
fn tells(document: &Document, i: usize) -> bool {
    document.blocks[i].counts.words >= TELLING_WORDS_MIN
}

/// The quotation that a block stands in.
fn quotation(document: &Document, i: usize) -> Option<PathId> {
    ancestors(document, document.blocks[i].path).find(|path| document.paths[*path as usize].tag == Tag::Blockquote)
}

/// The article that a block stands in, where elements tell several.
fn article(document: &Document, i: usize) -> Option<PathId> {
    enclosing_articles(document, document.blocks[i].path).last()
}

/// Hashes of a block's runs of words.
fn runs(document: &Document, i: usize) -> Vec<u64> {
    let words: Vec<u64> = word_hashes(document.text_of(i)).collect();
    word_runs(&words).collect()
}

/// What a body says outside of quotations, and how often each of these stands there.
struct Said<'d> {
    document: &'d Document,
    /// By article, runs of words.
    runs: FxHashMap<Option<PathId>, WordSet>,
    quotes: FxHashMap<&'d str, usize>,
}

impl<'d> Said<'d> {
    fn of(document: &'d Document, body: &[usize]) -> Said<'d> {
        let mut said: FxHashMap<Option<PathId>, Vec<u64>> = FxHashMap::default();
        let mut quotes: FxHashMap<&str, usize> = FxHashMap::default();
        for i in body {
            if is_quote(document, *i) {
                *quotes.entry(document.text_of(*i)).or_default() += 1;
            } else {
                said.entry(article(document, *i)).or_default().extend(runs(document, *i));
            }
        }
        let runs = said.into_iter().map(|(article, runs)| (article, WordSet::new(runs.into_iter()))).collect();
        Said { document, runs, quotes }
    }

    /// Whether blocks, if they are a quotation, only set out what the text says; `before` is what stands before them.
    fn is_pulled(&self, own: &[usize], before: Option<&usize>) -> bool {
        let (document, first) = (self.document, own[0]);
        let is_source = |i: &usize| {
            let text = document.text_of(*i).trim_end();
            !tells(document, *i) && !text.ends_with(['.', '!', '?', '。', '！', '？', '…'])
        };
        let announces = |i: &usize| document.text_of(*i).trim_end().ends_with([':', '：']);
        is_quote(document, first)
            && tells(document, first)
            && own.len() <= 2
            && own[1..].iter().all(is_source)
            && self.quotes[document.text_of(first)] == 1
            && !before.is_some_and(announces)
            && self.says(first)
    }

    /// Whether the text of a block's article says what it says.
    fn says(&self, i: usize) -> bool {
        let own = runs(self.document, i);
        let said = |known: &WordSet| own.iter().filter(|run| known.contains(**run)).count() as f32;
        self.runs.get(&article(self.document, i)).is_some_and(|known| said(known) >= SAID_SHARE * own.len() as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, document};
    use crate::page::Page;

    #[test]
    fn a_quotation_that_sets_out_what_the_text_says_is_a_copy() {
        let said = "We have waited for this bridge for ten years, and now it is here";
        let check = |quote: &str, score: f32| {
            let page = format!(
                "<p>“{said}”, said the mayor.</p><blockquote>{quote}</blockquote><p>The town came to see it.</p>"
            );
            let mut document = document(
                &Page::of_html("https://herald.example/7", &page),
                &CleanLimits { depth_max: 200, blocks_max: 2000 },
            );
            document.article_score = score;
            let left = document.blocks.len();
            left - without(&document, (0..left).collect()).len()
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
}
