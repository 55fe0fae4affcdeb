//! Blocks to classes: features of a block and its surroundings, a trained score for "this is the article's text", then names
//! for what is left out.
//!
//! What holds: linear in the page's blocks and path nodes; the same page gives the same classes.

mod automaton;
mod body;
mod closing;
mod cues;
mod explain;
mod features;
mod foreign;
mod furniture;
mod items;
mod labels;
mod linked;
mod measure;
mod names;
mod nodes;
mod page;
pub(super) mod phrases;
mod posts;
mod refine;
mod scores;
mod titles;
mod typical;
mod view;
mod words;

pub(super) use explain::{explain, page_features};
pub(crate) use measure::is_unspaced;
pub(crate) use phrases::rights;
pub(crate) use words::{WordSet, folded_words, word_hashes, word_runs};

use super::block::Document;
use super::html::Gathered;
use scores::Scores;
use view::View;

/// Gives every block its class and confidence, and the page its article score.
pub(super) fn classify(document: &mut Document, gathered: &Gathered<'_>) {
    if document.blocks.is_empty() {
        return;
    }
    let (classes, counts, article_score, body_score) = {
        let view = View::new(document, gathered);
        let scores = body::scores(&view);
        let selected = body::select(&view, &scores);
        let named = labels::name(&view, &scores, &selected);
        let score = page::article_score(&view, &scores, &selected, &named);
        let refined = refine::refine(&view, &scores, &selected);
        let body = &refined.chosen;
        let mut classes = if *body == selected { named } else { labels::name(&view, &scores, body) };
        refined.told().for_each(|(i, class)| classes[i] = (class, labels::TOLD));
        (classes, view.counts(), score, body::expected_f1(&view, &refined.settled(&scores), body))
    };
    for ((block, (class, confidence)), counts) in document.blocks.iter_mut().zip(classes).zip(counts) {
        block.class = class;
        block.confidence = confidence;
        block.counts = counts;
    }
    document.article_score = article_score;
    document.body_score = body_score;
}

/// Every block's features in order, for training.
pub(super) fn training_rows(document: &Document, gathered: &Gathered<'_>, scores: Option<&[f32]>) -> Vec<f32> {
    if document.blocks.is_empty() {
        return Vec::new();
    }
    let view = View::new(document, gathered);
    let scores = scores.map(|s| Scores::new(&view, s));
    let width = features::FIRST + if scores.is_some() { features::SECOND } else { 0 };
    let mut rows = vec![0.0; width * document.blocks.len()];
    for (i, row) in rows.chunks_exact_mut(width).enumerate() {
        features::first(&view, i, row);
        if let Some(scores) = &scores {
            features::second(&view, scores, i, &mut row[features::FIRST..]);
        }
    }
    rows
}

/// The page's features, with the blocks' scores given, for training.
pub(super) fn training_page(document: &Document, gathered: &Gathered<'_>, scores: &[f32]) -> Vec<f32> {
    training_row(&View::new(document, gathered), scores)
}

fn training_row(view: &View<'_>, scores: &[f32]) -> Vec<f32> {
    let selected = body::select(view, scores);
    let named = labels::name(view, scores, &selected);
    let mut row = vec![0.0; page::FEATURES];
    page::features(view, scores, &selected, &named, &mut row);
    row
}

#[cfg(test)]
pub(crate) use body::TABLE as BLOCKS;
#[cfg(test)]
mod tests;
