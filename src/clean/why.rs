//! What an explanation is made of: features in words, and what each added to an answer.
//!
//! What holds: nothing of it is computed unless someone asks why; extraction itself never does.

use super::block::Class;
use super::forest::{Attribution, Row};

/// Most features that are told of one answer.
const REASONS_MAX: usize = 10;
/// Features that moved the log-odds by less are not told.
const WEIGHT_MIN: f32 = 0.02;
/// Rows that an answer is compared to. Enough that no single odd block decides; each costs a walk of every tree.
pub(crate) const REFERENCES_MAX: usize = 8;

/// One feature and what it did.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The feature, in words.
    pub feature: String,
    /// Its value here, in words.
    pub value: String,
    /// What it added to the log-odds, compared to the references.
    pub weight: f32,
}

/// One question to the model, its answer, and what decided.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub question: &'static str,
    /// The probability, 0..1.
    pub score: f32,
    /// What it is compared to, in words; `None` where there was nothing to compare to, and then no reasons.
    pub compared_to: Option<&'static str>,
    /// The score that those have together, 0..1.
    pub reference: f32,
    /// The heaviest first.
    pub reasons: Vec<Reason>,
}

/// Why a block has its class.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// The model's answers, the deciding one last.
    pub answers: Vec<Answer>,
    /// Classes with what speaks for them, the strongest first, where rules name a block outside of the body.
    pub rivals: Vec<(Class, f32)>,
    /// What rules added, in words.
    pub notes: Vec<String>,
}

/// How a feature's value is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    /// A number.
    Number,
    /// A share, where -1 is "nothing there".
    Share,
    /// Yes or no.
    Flag,
    /// One of a list, by its place; beyond it "other".
    OneOf(&'static [&'static str]),
    /// Elements up to a cue: 1 is the element itself, 30 none.
    Up,
}

/// A feature in words.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) words: String,
    pub(crate) show: Show,
}

impl Name {
    pub(crate) fn new(words: impl Into<String>, show: Show) -> Name {
        Name { words: words.into(), show }
    }

    fn value(&self, value: f32) -> String {
        let nothing = || "none".to_owned();
        match self.show {
            Show::Number if value == value.trunc() => format!("{value:.0}"),
            Show::Number if value.abs() < 10.0 => format!("{value:.2}"),
            Show::Number => format!("{value:.0}"),
            Show::Share if value < 0.0 => nothing(),
            Show::Share => format!("{:.0} %", value * 100.0),
            Show::Flag if value < 0.0 => nothing(),
            Show::Flag => if value > 0.5 { "yes" } else { "no" }.to_owned(),
            Show::OneOf(_) if value < 0.0 => nothing(),
            Show::OneOf(list) => list.get(value as usize).copied().unwrap_or("other").to_owned(),
            Show::Up if value >= 30.0 => nothing(),
            Show::Up if value <= 1.0 => "on it".to_owned(),
            Show::Up => format!("{:.0} up", value - 1.0),
        }
    }
}

/// Puts an attribution into words.
pub(crate) fn answer(
    question: &'static str,
    compared_to: Option<&'static str>,
    found: &Attribution,
    row: &Row,
    names: &[Name],
) -> Answer {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| found.weights[*b].abs().total_cmp(&found.weights[*a].abs()).then(a.cmp(b)));
    let told = order.into_iter().take(REASONS_MAX).filter(|f| found.weights[*f].abs() as f32 >= WEIGHT_MIN);
    let reason = |f: usize| Reason {
        feature: names[f].words.clone(),
        value: names[f].value(row[f]),
        weight: found.weights[f] as f32,
    };
    Answer {
        question,
        score: found.probability,
        compared_to,
        reference: found.reference,
        reasons: told.map(reason).collect(),
    }
}

/// At most [`REFERENCES_MAX`] of `all`, spread evenly.
pub(crate) fn spread(all: &[usize]) -> Vec<usize> {
    let count = all.len().min(REFERENCES_MAX);
    (0..count).map(|k| all[k * all.len() / count]).collect()
}

/// The blocks to compare with: for a block inside, those outside, and the other way around. Where a page has but one
/// side, its lowest or highest scores stand in. Never the block itself.
pub(crate) struct Sides {
    inside: Vec<usize>,
    outside: Vec<usize>,
}

impl Sides {
    /// `is_inside` and `score` of blocks `0..n`.
    pub(crate) fn new(n: usize, is_inside: impl Fn(usize) -> bool, score: impl Fn(usize) -> f32) -> Sides {
        let mut by_score: Vec<usize> = (0..n).collect();
        by_score.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
        let (mut inside, mut outside): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| is_inside(*i));
        if inside.is_empty() {
            inside = by_score.iter().copied().take(REFERENCES_MAX).collect();
        }
        if outside.is_empty() {
            outside = by_score.iter().rev().copied().take(REFERENCES_MAX).collect();
        }
        Sides { inside: spread(&inside), outside: spread(&outside) }
    }

    /// The references for block `i`.
    pub(crate) fn against(&self, i: usize, is_inside: bool) -> Vec<usize> {
        let side = if is_inside { &self.outside } else { &self.inside };
        side.iter().copied().filter(|j| *j != i).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(show: Show, value: f32, expected: &str) {
        assert_eq!(Name::new("x", show).value(value), expected, "{show:?} {value}");
    }

    #[test]
    fn values_are_put_into_words() {
        shown(Show::Number, 47.0, "47");
        shown(Show::Number, 0.127, "0.13");
        shown(Show::Number, 23.4, "23");
        shown(Show::Share, 0.314, "31 %");
        shown(Show::Share, -1.0, "none");
        shown(Show::Flag, 1.0, "yes");
        shown(Show::OneOf(&["p", "div"]), 1.0, "div");
        shown(Show::OneOf(&["p", "div"]), 20.0, "other");
        shown(Show::Up, 1.0, "on it");
        shown(Show::Up, 3.0, "2 up");
        shown(Show::Up, 30.0, "none");
    }

    #[test]
    fn a_block_is_compared_with_the_other_side_and_never_with_itself() {
        let score = |i: usize| i as f32;
        let sides = Sides::new(40, |i| i >= 30, score);
        assert_eq!(sides.against(35, true), [0, 3, 7, 11, 15, 18, 22, 26]);
        assert_eq!(sides.against(2, false), [30, 31, 32, 33, 35, 36, 37, 38]);
        let none = Sides::new(3, |_| false, score);
        assert_eq!(none.against(1, false), [2, 0]);
        assert_eq!(Sides::new(1, |_| true, score).against(0, true), [0; 0]);
    }
}
