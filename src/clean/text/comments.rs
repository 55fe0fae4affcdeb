//! Readers' comments behind an article's text.
//!
//! What holds: what stands behind a line that speaks of comments goes only where the model doubts it, since it is sure of most text; up
//! to the next headline; linear in the lines.

use super::lexicon::Cue;
use super::line::{End, Line};
use crate::clean::block::{Block, Class};
use crate::clean::doubt::{self, BEFORE_COMMENTS, COMMENTS_HEAD_WORDS_MAX, TEXT_WORDS_MIN};

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
        line.cues[Cue::Comment as usize] > 0 && line.words as f32 <= COMMENTS_HEAD_WORDS_MAX && line.ending != End::Stop
    };
    let Some(first) = text.first() else { return Vec::new() };
    // In most articles no line does.
    if !(*first..blocks.len()).any(speaks) {
        return Vec::new();
    }
    // A line has a word at least.
    let piece = |i: &usize| (lines[*i].words.max(1) as f32, scores[*i]);
    let doubts = doubt::doubts_from(text.iter().map(piece));
    let (mut words, mut count, mut at) = (0.0, 0, 0);
    for (i, line) in lines.iter().enumerate().skip(*first) {
        let behind = &text[at..];
        let is_text_before = words >= BEFORE_COMMENTS.0 && count >= BEFORE_COMMENTS.1;
        if speaks(i) && is_text_before && doubts[at] && doubt::begin_doubted(behind.iter().map(piece)) {
            return behind.to_vec();
        }
        if behind.first() == Some(&i) {
            at += 1;
            let own = line.words as f32;
            if own >= TEXT_WORDS_MIN {
                words += own;
                count += 1;
            }
        }
    }
    Vec::new()
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
