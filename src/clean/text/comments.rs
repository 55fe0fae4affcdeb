//! Readers' comments behind an article's text.
//!
//! What holds: what stands behind a line that speaks of comments goes only where the model doubts it, since it is sure of most text; up
//! to the next headline; linear in the lines.

use super::lexicon::Cue;
use super::line::{End, Line};
use crate::clean::block::{Block, Class};

/// A line of at most so many words may head comments,
const HEAD_WORDS_MAX: u32 = 8;
/// where so many words of text stand before it, in at least so many lines
const BEFORE: (u32, usize) = (40, 2);
/// of at least so many words.
const TEXT_WORDS_MIN: u32 = 8;
/// The model doubts lines whose mean score over their words is at most this.
const DOUBTED_MAX: f32 = 0.78;
/// So many words behind the line show whether they are comments: behind a count of comments above the text stands the text.
const FIRST_WORDS: f32 = 60.0;

/// Makes comments of what was taken for text behind a line that speaks of them. `scores` says how likely each line is body.
pub(super) fn leave_out(lines: &[Line], scores: &[f32], blocks: &mut [Block]) {
    let mut from = 0;
    while from < blocks.len() {
        let is_headline = |i: &usize| blocks[*i].class == Class::Headline;
        let to = (from + 1..blocks.len()).find(is_headline).unwrap_or(blocks.len());
        for i in of_article(&lines[from..to], &scores[from..to], &blocks[from..to]) {
            blocks[from + i].class = Class::Comment;
        }
        from = to;
    }
}

/// The comments among an article's lines.
fn of_article(lines: &[Line], scores: &[f32], blocks: &[Block]) -> Vec<usize> {
    let text: Vec<usize> = (0..blocks.len()).filter(|i| blocks[*i].class == Class::Body).collect();
    let speaks = |i: usize| {
        let line = &lines[i];
        // `I will comment on that below.` heads nothing.
        line.cues[Cue::Comment as usize] > 0 && line.words <= HEAD_WORDS_MAX && line.ending != End::Stop
    };
    let Some(first) = text.first() else { return Vec::new() };
    // In most articles no line does.
    if !(*first..blocks.len()).any(speaks) {
        return Vec::new();
    }
    let doubts = doubts_behind(lines, scores, &text);
    let (mut words, mut count, mut at) = (0, 0, 0);
    for i in *first..blocks.len() {
        let behind = &text[at..];
        let is_text_before = words >= BEFORE.0 && count >= BEFORE.1;
        if speaks(i) && is_text_before && doubts[at] && begins_doubted(lines, scores, behind) {
            return behind.to_vec();
        }
        if behind.first() == Some(&i) {
            at += 1;
            if lines[i].words >= TEXT_WORDS_MIN {
                words += lines[i].words;
                count += 1;
            }
        }
    }
    Vec::new()
}

/// A line's words, at least one, and these times its score.
fn weighed(lines: &[Line], scores: &[f32], i: usize) -> (f32, f32) {
    let words = lines[i].words.max(1) as f32;
    (words, words * scores[i])
}

/// For each place among the lines of text whether the model doubts them from there on; at the end it does not.
fn doubts_behind(lines: &[Line], scores: &[f32], text: &[usize]) -> Vec<bool> {
    let mut doubts = vec![false; text.len() + 1];
    let (mut words, mut sum) = (0.0, 0.0);
    for (at, i) in text.iter().enumerate().rev() {
        let own = weighed(lines, scores, *i);
        (words, sum) = (words + own.0, sum + own.1);
        doubts[at] = sum <= words * DOUBTED_MAX;
    }
    doubts
}

/// Whether the model doubts the first words of lines of text.
fn begins_doubted(lines: &[Line], scores: &[f32], text: &[usize]) -> bool {
    let (mut words, mut sum) = (0.0, 0.0);
    for i in text {
        if words >= FIRST_WORDS {
            break;
        }
        let own = weighed(lines, scores, *i);
        (words, sum) = (words + own.0, sum + own.1);
    }
    sum <= words * DOUBTED_MAX
}

#[cfg(test)]
mod tests {
    use super::super::{block, line};
    use super::*;

    /// Which lines are comments, of lines with their classes and scores.
    fn comments(page: &[(&str, Class, f32)]) -> Vec<usize> {
        let joined = page.iter().map(|(text, ..)| *text).collect::<Vec<_>>().join("\n");
        let mut text = String::new();
        let (lines, _) = line::lines(&joined, page.len(), &mut text);
        assert_eq!(lines.len(), page.len());
        let mut blocks: Vec<Block> = lines.iter().zip(page).map(|(l, (_, class, p))| block(l, *class, *p)).collect();
        leave_out(&lines, &page.iter().map(|(.., p)| *p).collect::<Vec<f32>>(), &mut blocks);
        (0..blocks.len()).filter(|i| blocks[*i].class == Class::Comment).collect()
    }

    #[test]
    fn what_readers_say_is_no_text() {
        use Class::{Body, Headline, Other};
        let one =
            "The harbour wall will be raised by a metre before the winter storms set in, the council of the town said.";
        let two =
            "Two floods in three years had reached the old market, and shopkeepers there had begun to leave for good.";
        let said = "I walk there each day and nobody has ever asked me what I think of it, or of the cranes.";
        let page = |last: f32| [(one, Body, 0.9), (two, Body, 0.9), ("3 Comments", Other, 0.1), (said, Body, last)];
        assert_eq!(comments(&page(0.7)), [3]);
        assert_eq!(comments(&page(0.85)), [0; 0], "text of which the model is sure");
        let mut sentence = page(0.7);
        sentence[2].0 = "I will comment on that below.";
        assert_eq!(comments(&sentence), [0; 0]);
        // A count above the text, too little text before, and an article's subheading.
        let mut above = page(0.7);
        above.rotate_left(2);
        assert_eq!(comments(&above), [0; 0]);
        assert_eq!(comments(&page(0.7)[1..]), [0; 0]);
        let mut subheading = page(0.7).to_vec();
        subheading.insert(3, (&*[one, two, one, two].join(" ").leak(), Body, 0.95));
        assert_eq!(comments(&subheading), [0; 0], "it begins as text");
        // The next article stands for itself.
        let next = ("Ferry timetable cut for the winter months", Headline, 0.0);
        let pages = [&page(0.7)[..], &[next, (one, Body, 0.7), (two, Body, 0.7)]].concat();
        assert_eq!(comments(&pages), [3]);
    }
}
