//! Blocks to classes: features of a block and its surroundings, a score for "this is the article's text", agreement of
//! containers, then names for what is left out.
//!
//! What holds: linear in the page's blocks and path nodes; the same page gives the same classes. A block's score comes
//! from [`score::priors`] alone, so that a learned table can take its place.

mod automaton;
mod body;
mod cues;
mod features;
mod labels;
mod measure;
mod page;
mod score;
mod view;
mod weights;

pub(crate) use measure::is_unspaced;
pub(crate) use view::folded_words;

use super::block::Document;
use super::html::Gathered;
use view::View;

/// Gives every block its class and confidence, and the page its article score.
pub(super) fn classify(document: &mut Document, gathered: &Gathered<'_>) {
    if document.blocks.is_empty() {
        return;
    }
    let (classes, article_score) = {
        let view = View::new(document, gathered);
        let scores = body::scores(&view, document.meta.article_body.as_deref());
        let body = body::select(&view, &scores);
        let classes = labels::name(&view, &scores, &body);
        let score = page::article_score(&view, &body, &classes, &document.meta);
        (classes, score)
    };
    for (block, (class, confidence)) in document.blocks.iter_mut().zip(classes) {
        block.class = class;
        block.confidence = confidence;
    }
    document.article_score = article_score;
}

/// Every block's features in order, for the fitting of weights.
#[doc(hidden)]
pub fn training_rows(document: &Document, gathered: &Gathered<'_>) -> Vec<Vec<f32>> {
    let view = View::new(document, gathered);
    let mut row = [0.0; features::FEATURES];
    let of = |i| {
        features::fill(&view, i, &mut row);
        row.to_vec()
    };
    (0..document.blocks.len()).map(of).collect()
}

#[cfg(test)]
mod tests;
