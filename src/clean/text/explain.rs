//! Why the lines of scraped text have their classes.
//!
//! What holds: asks the same tables about the same rows as [`super::document`], so the answers are its own.

use super::features::{FIRST, SECOND, Scores};
use super::lexicon::Cue;
use super::line::Line;
use super::model::{self, Question};
use super::names;
use super::{LineScores, Lines, foreign, is_credit, is_open, may_head};
use crate::clean::CleanLimits;
use crate::clean::block::{Block, Class, Document};
use crate::clean::forest::{FEATURES_MAX, Row};
use crate::clean::why::{Answer, Name, Sides, Why, answer};

/// Classifies a text's lines and explains each.
pub(crate) fn explain(text: &str, page_url: Option<&str>, limits: &CleanLimits) -> (Document, Vec<Why>) {
    let document = super::document(text, page_url, limits);
    let page = Lines::read(text, page_url, limits.blocks_max);
    let first = page.first_pass(&page.features());
    let rows = rows(&page, &first);
    let scores = page.scores();
    let (body_at, head_at) = page.bounds(&scores);
    let LineScores { body, head } = scores;
    let names = names::lines();
    let body =
        Asked { questions: [Question::BodyFirst, Question::BodySecond], words: "body", at: body_at, scores: body };
    let head =
        Asked { questions: [Question::HeadFirst, Question::HeadSecond], words: "headline", at: head_at, scores: head };
    let n = page.lines.len();
    let sides = [&body, &head].map(|q| Sides::new(n, |i| q.scores[i] >= q.at, |i| q.scores[i]));
    let blocks = (0..n)
        .map(|i| {
            let mut answers = Vec::new();
            let [body_open, head_open] = is_open(&first, i);
            if may_head(&page.lines[i]) {
                answers.push(head.ask(i, head_open, &rows, &sides[1], &names));
            }
            answers.push(body.ask(i, body_open, &rows, &sides[0], &names));
            if document.blocks[i].class == Class::Headline {
                answers.reverse();
            }
            let mut notes = notes(&page.lines, &document, i, page.dates[i]);
            if document.blocks[i].class == Class::Headline && head.scores[i] < head.at {
                notes.push(
                    "opens an article: what stands behind it shares few words with what stands before".to_owned(),
                );
            }
            Why { answers, rivals: Vec::new(), notes }
        })
        .collect();
    (document, blocks)
}

/// A question of both passes with its scores, from which score on it means yes.
struct Asked {
    questions: [Question; 2],
    words: &'static str,
    at: f32,
    scores: Vec<f32>,
}

impl Asked {
    /// The last answer about line `i`, which is the second pass's where it `is_open` for that.
    fn ask(&self, i: usize, is_open: bool, rows: &[Row], sides: &Sides, names: &[Name]) -> Answer {
        let yes = self.scores[i] >= self.at;
        let against: Vec<&Row> = sides.against(i, yes).into_iter().map(|j| &rows[j]).collect();
        let to = if yes { "other lines" } else { "lines of which it is true, or the likeliest" };
        let found = model::TABLE.attribute(self.questions[usize::from(is_open)] as usize, &rows[i], &against);
        answer(self.words, (!against.is_empty()).then_some(to), &found, &rows[i], names)
    }
}

/// The second pass's rows, at whose front stand the first's.
fn rows(lines: &Lines<'_>, first: &LineScores) -> Vec<Row> {
    let page = lines.features();
    let scores = Scores::new(&lines.lines, &first.body, &first.head);
    let mut rows = vec![[0.0; FEATURES_MAX]; lines.lines.len()];
    for (i, row) in rows.iter_mut().enumerate() {
        page.first(i, row);
        page.second(i, &scores, &mut row[FIRST..FIRST + SECOND]);
    }
    rows
}

/// What rules say of a line, beside its scores.
fn notes(lines: &[Line], document: &Document, i: usize, date: u8) -> Vec<String> {
    let line = &lines[i];
    let block: &Block = &document.blocks[i];
    let mut notes = Vec::new();
    if line.kicker {
        notes.push("was glued to the headline beside it".to_owned());
    } else if date == 2 && block.class == Class::Date {
        notes.push("is a date and little else".to_owned());
    } else if block.class == Class::Caption && is_credit(line, document.text_of(i)) {
        notes.push("names who is credited for a picture".to_owned());
    } else if block.class == Class::Byline {
        notes.push("names authors".to_owned());
    } else if block.class == Class::Comment && line.cues[Cue::Comment as usize] == 0 {
        notes.push("stands behind a line that speaks of comments, and the model doubts it".to_owned());
    }
    if block.class != Class::Body && foreign::is_foreign(&document.text, lines, i) {
        notes.push("leads to another article, or speaks to the reader in passing".to_owned());
    }
    if line.nth > 0 && line.words >= 8 {
        notes.push(format!("stands on the page for the {} time", ordinal(line.nth + 1)));
    }
    let told = names::CUES.iter().enumerate().filter(|(cue, _)| line.cues[*cue] > 0);
    let told: Vec<String> = told.map(|(cue, words)| format!("{words} {}", line.cues[cue])).collect();
    if !told.is_empty() {
        notes.push(format!("has words of {}", told.join(", ")));
    }
    debug_assert_eq!(names::CUES.len(), Cue::COUNT);
    notes
}

fn ordinal(n: u16) -> String {
    match n {
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        n => format!("{n}th"),
    }
}
