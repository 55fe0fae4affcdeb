//! Names for blocks: the body, the headline and what stands around it, and what kind of furniture the rest is.

use super::cues::Cue;
use super::view::View;
use crate::clean::block::{BlockKind, Class};

/// A class needs more evidence than this, else the block is [`Class::Other`].
const OTHER: f32 = 0.24;
/// The confidence in a class that a line's words tell.
pub(super) const TOLD: f32 = 0.65;

/// The class of each block and the confidence in it.
pub(super) fn name(view: &View<'_>, scores: &[f32], body: &[bool]) -> Vec<(Class, f32)> {
    let first = body.iter().position(|b| *b);
    let headline = headline(view, body, first);
    (0..scores.len())
        .map(|i| {
            if Some(i) == headline {
                return (Class::Headline, 0.5 + 0.5 * view.title_cover[i].min(1.0));
            }
            if body[i] {
                return (Class::Body, scores[i]);
            }
            rest(view, i, headline, first)
        })
        .collect()
}

/// The heading before the body that agrees best with the page's title.
fn headline(view: &View<'_>, body: &[bool], first: Option<usize>) -> Option<usize> {
    let end = first.map_or(view.document.blocks.len(), |f| f + 2);
    let mut best: Option<(f32, usize)> = None;
    for (i, is_body) in body.iter().enumerate().take(end) {
        let m = &view.measures[i];
        if m.words < 1.0 || m.words > 45.0 {
            continue;
        }
        let mut score = 2.0 * view.title_cover[i] + view.title_share[i];
        score += match view.document.blocks[i].kind {
            BlockKind::Heading(1) => 1.6,
            BlockKind::Heading(2) => 0.7,
            BlockKind::Heading(_) => 0.3,
            _ => 0.0,
        };
        score += 0.8 * view.cue(i, Cue::Headline);
        score -= 1.5 * view.links[i] + if view.document.paths[view.path_of(i)].hidden { 1.0 } else { 0.0 };
        score -= if *is_body { 0.3 } else { 0.0 };
        if score > 1.8 && best.is_none_or(|(b, _)| score >= b) {
            best = Some((score, i));
        }
    }
    best.map(|(_, i)| i)
}

/// The class of a block that is neither body nor headline.
fn rest(view: &View<'_>, i: usize, headline: Option<usize>, first: Option<usize>) -> (Class, f32) {
    let choices = choices(view, i, headline, first);
    let (class, strength) =
        choices.into_iter().fold((Class::Other, OTHER), |best, c| if c.1 > best.1 { c } else { best });
    (class, (0.35 + strength * 0.3).min(0.95))
}

/// What speaks for each class that a block outside of the body may have.
pub(super) fn choices(view: &View<'_>, i: usize, headline: Option<usize>, first: Option<usize>) -> [(Class, f32); 10] {
    let m = &view.measures[i];
    let within = view.within(i);
    let cue = |c| view.cue(i, c);
    let kind = view.document.blocks[i].kind;
    let end = first.map_or(i, |f| f);
    let near_head = headline.is_some_and(|h| i + 6 > h && i <= end.max(h) + 3 && i < h + 12);
    [
        (Class::Caption, cue(Cue::Caption) * 1.2 + if kind == BlockKind::Caption || within.figure { 1.2 } else { 0.0 }),
        (Class::Comment, cue(Cue::Comment) * 1.5),
        (Class::Consent, cue(Cue::Consent) * 1.1 + cue(Cue::Newsletter) * 0.8),
        (Class::Advert, cue(Cue::Advert) * 1.2),
        (Class::Byline, if near_head && m.words < 25.0 { cue(Cue::Byline) * 1.6 } else { 0.0 }),
        (Class::Date, if near_head && m.words < 14.0 && m.digits > 1 { 0.3 + cue(Cue::Date) * 1.6 } else { 0.0 }),
        (
            Class::Kicker,
            if near_head && headline.is_some_and(|h| i < h) && m.words < 7.0 {
                0.2 + cue(Cue::Kicker) * 2.0
            } else {
                0.0
            },
        ),
        (
            Class::Standfirst,
            if near_head && headline.is_some_and(|h| i > h) && m.words > 6.0 && view.links[i] < 0.3 {
                0.5 + cue(Cue::Standfirst) * 1.5
            } else {
                0.0
            },
        ),
        (Class::Navigation, navigation(view, i)),
        (Class::Teaser, teaser(view, i)),
    ]
}

fn navigation(view: &View<'_>, i: usize) -> f32 {
    let within = view.within(i);
    let m = &view.measures[i];
    let mut strength = view.cue(i, Cue::Navigation)
        + 0.6 * view.cue(i, Cue::Footer)
        + 0.6 * view.cue(i, Cue::Share)
        + 0.6 * view.cue(i, Cue::Tags);
    strength += if within.nav { 1.0 } else { 0.0 } + if within.footer { 0.4 } else { 0.0 };
    if view.links[i] > 0.7 && m.words < 5.0 {
        strength += 0.45;
    }
    strength
}

fn teaser(view: &View<'_>, i: usize) -> f32 {
    let m = &view.measures[i];
    let mut strength = 0.8 * view.cue(i, Cue::Related) + 0.6 * view.cue(i, Cue::Teaser);
    if view.links[i] > 0.6 && m.words >= 5.0 {
        strength += 0.7;
    } else if m.words < 4.0 {
        strength *= 0.5;
    }
    strength
}
