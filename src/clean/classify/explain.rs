//! Why the blocks of an HTML page have their classes, and the page its score.
//!
//! A block is compared with blocks of the same page on the other side of the question: one of the body with what stands
//! outside, one outside with the body. The page is compared with the typical page of the other kind.
//!
//! What holds: asks the same tables about the same rows as the classifier, so the answers are its own.

use super::names::{self, CUE_WORDS};
use super::refine::{self, Left, Refined};
use super::scores::Scores;
use super::view::View;
use super::{body, features, labels, page, typical};
use crate::clean::block::{Class, Document};
use crate::clean::forest::{FEATURES_MAX, Row};
use crate::clean::html::Gathered;
use crate::clean::why::{Answer, Name, Sides, Why, answer};
use crate::split::ARTICLE_AT;

/// Classes that are told beside the one that was chosen.
const RIVALS_MAX: usize = 3;
/// Ancestors up to which class words are told.
const CUES_UP_MAX: u8 = 8;

/// Explains a classified document: each block's reasons, and the page's score.
pub(crate) fn explain(document: &Document, gathered: &Gathered<'_>) -> (Vec<Why>, Option<Answer>) {
    if document.blocks.is_empty() {
        return (Vec::new(), None);
    }
    let view = View::new(document, gathered);
    let asked = Asked::new(&view);
    let selected = body::select(&view, &asked.second);
    let refined = refine::refine(&view, &asked.second, &selected);
    let chosen = &refined.chosen;
    let classes = labels::name(&view, &asked.second, chosen);
    let first_body = chosen.iter().position(|b| *b);
    let headline = classes.iter().position(|c| c.0 == Class::Headline);
    let blocks = (0..chosen.len())
        .map(|i| {
            let notes = notes(&view, &asked, selected[i], &refined, i);
            let mut why = Why { answers: asked.answers(i), notes, rivals: Vec::new() };
            if Some(i) == headline {
                why.notes.push(headline_note(&view, i));
            } else if !chosen[i] {
                why.rivals = rivals(labels::choices(&view, i, headline, first_body));
            }
            why
        })
        .collect();
    let named = labels::name(&view, &asked.second, &selected);
    (blocks, Some(of_page(&view, &asked.second, &selected, &named)))
}

/// The page's features, with the blocks' own scores.
pub(crate) fn page_features(document: &Document, gathered: &Gathered<'_>) -> Vec<f32> {
    let view = View::new(document, gathered);
    let scores = body::scores(&view);
    super::training_row(&view, &scores)
}

/// Rows and scores of both passes.
struct Asked {
    rows: Vec<Row>,
    first: Vec<f32>,
    second: Vec<f32>,
    names: Vec<Name>,
    sides: Sides,
}

impl Asked {
    fn new(view: &View<'_>) -> Asked {
        let n = view.document.blocks.len();
        let mut rows = vec![[0.0; FEATURES_MAX]; n];
        for (i, row) in rows.iter_mut().enumerate() {
            features::first(view, i, row);
        }
        let first: Vec<f32> = rows.iter().map(|row| body::TABLE.probability(body::FIRST_PASS, row)).collect();
        let around = Scores::new(view, &first);
        let mut second = vec![0.0; n];
        for (i, row) in rows.iter_mut().enumerate() {
            features::second(view, &around, i, &mut row[features::FIRST..]);
            if first[i] >= body::PASSED {
                second[i] = body::TABLE.probability(body::SECOND_PASS, row);
            }
        }
        let sides = Sides::new(n, |i| second[i] >= body::BODY_AT, |i| second[i]);
        Asked { rows, first, second, names: names::blocks(), sides }
    }

    /// The passes' answers about block `i`; one where the first ruled it out.
    fn answers(&self, i: usize) -> Vec<Answer> {
        let is_body = self.second[i] >= body::BODY_AT;
        let against: Vec<&Row> = self.sides.against(i, is_body).into_iter().map(|j| &self.rows[j]).collect();
        let to = if is_body { "blocks outside of the body" } else { "blocks of the body, or the likeliest" };
        let to = (!against.is_empty()).then_some(to);
        let ask = |question, pass, width| {
            let found = body::TABLE.attribute(pass, &self.rows[i], &against);
            answer(question, to, &found, &self.rows[i], &self.names[..width])
        };
        let mut answers = vec![ask("body, at first look", body::FIRST_PASS, features::FIRST)];
        if self.first[i] >= body::PASSED {
            answers.push(ask("body, with the scores around it", body::SECOND_PASS, features::FIRST + features::SECOND));
        }
        answers
    }
}

/// The page's answer. Its features are compared with those of a typical page of the other kind.
fn of_page(view: &View<'_>, scores: &[f32], selected: &[bool], classes: &[(Class, f32)]) -> Answer {
    let mut row = [0.0; FEATURES_MAX];
    page::features(view, scores, selected, classes, &mut row);
    let holds = page::TABLE.probability(0, &row) >= ARTICLE_AT;
    let (to, values) = if holds {
        ("a typical page without an article", &typical::OTHER)
    } else {
        ("a typical article's page", &typical::ARTICLE)
    };
    let mut reference = [0.0; FEATURES_MAX];
    reference[..page::FEATURES].copy_from_slice(values);
    let found = page::TABLE.attribute(0, &row, &[&reference]);
    answer("holds an article", Some(to), &found, &row, &names::page())
}

/// What rules did with the score of block `i`: whether it was selected, and what came of that.
fn notes(view: &View<'_>, asked: &Asked, selected: bool, refined: &Refined, i: usize) -> Vec<String> {
    let sure = asked.second[i] >= body::BODY_AT;
    let mut notes = Vec::new();
    if asked.first[i] < body::PASSED {
        notes.push(format!("the first look ruled it out: below {}", body::PASSED));
    }
    let left = refined.left.iter().find(|(block, _)| *block == i);
    let ruled = match (refined.chosen[i], left) {
        (true, _) => (!sure).then_some("stands between blocks of the body, and may be one"),
        (false, Some((_, why))) => Some(left_out(*why)),
        (false, None) => (sure && !selected).then_some(left_out(Left::LastHeading)),
    };
    notes.extend(ruled.map(str::to_owned));
    let cues = cues(view, i);
    if !cues.is_empty() {
        notes.push(format!("class words say {cues}"));
    }
    notes
}

fn left_out(why: Left) -> &'static str {
    match why {
        Left::Caption => "a picture's caption, as its element says",
        Left::LeadsAway => "leads to other articles",
        Left::LastHeading => "a heading at the body's end heads what was left out",
        Left::FarBehind => "stands far behind the body, in other elements",
        Left::BeforeHeadline => "stands before the headline, in other elements than the body",
        Left::Teaser => "a teaser of another article, behind its title",
        Left::Comment => "stands behind a line that speaks of comments, in other elements than the body",
        Left::Post => "stands under a name with a day and an hour, as a reader's post does",
        Left::Closing => "speaks behind the text of rights or of the publisher",
        Left::Dated => "says when, above the text",
        Left::Credited => "a picture's words with a credit, right behind the picture",
        Left::Labelled => "leads to another article, as its label says",
        Left::Appeal => "asks the reader to sign up",
        Left::Notice => "speaks to the reader of the page, and not of its subject",
        Left::HeadsLinks => "heads a list of links that was left out",
    }
}

fn headline_note(view: &View<'_>, i: usize) -> String {
    format!(
        "the heading that agrees best with the page's title: it holds {:.0} % of the title's words, {:.0} % of its own stand there",
        view.title_cover[i] * 100.0,
        view.title_share[i] * 100.0
    )
}

/// Cues of the elements around block `i`, the nearest first.
fn cues(view: &View<'_>, i: usize) -> String {
    let near = &view.nodes.near[view.path_of(i)];
    let mut found: Vec<(u8, &str)> = CUE_WORDS
        .iter()
        .map(|(cue, words)| (near[*cue as usize], *words))
        .filter(|(up, _)| (1..=CUES_UP_MAX).contains(up))
        .collect();
    found.sort_by_key(|(up, _)| *up);
    let told = found.into_iter().map(|(up, words)| match up {
        1 => words.to_owned(),
        _ => format!("{words} ({} up)", up - 1),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn rivals(mut choices: [(Class, f32); 10]) -> Vec<(Class, f32)> {
    choices.sort_by(|a, b| b.1.total_cmp(&a.1));
    choices.into_iter().filter(|c| c.1 > 0.0).take(RIVALS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, html};

    #[test]
    fn what_rules_did_with_a_score_is_told() {
        let limits = CleanLimits { depth_max: 100, blocks_max: 100 };
        let (document, gathered) =
            html::read("<p>One</p><h2><a href=/2>Two</a></h2><h2>Three</h2><p>Four</p>", &limits);
        let view = View::new(&document, &gathered);
        let asked = Asked { second: vec![0.9, 0.5, 0.5, 0.2], ..Asked::new(&view) };
        let told = |i, selected, chosen, left: &[(usize, Left)]| {
            let refined = Refined { chosen: vec![chosen; 4], left: left.to_vec() };
            notes(&view, &asked, selected, &refined, i).pop().unwrap_or_default()
        };
        let left = [(0, Left::FarBehind), (1, Left::LeadsAway)];
        assert_eq!(told(1, true, false, &left), "leads to other articles");
        assert_eq!(told(0, true, false, &left), "stands far behind the body, in other elements");
        assert_eq!(told(2, false, false, &left), "a heading at the body's end heads what was left out");
        assert_eq!(told(3, false, true, &[]), "stands between blocks of the body, and may be one");
        assert_ne!(told(0, true, true, &[]), told(0, true, false, &left));
    }
}
