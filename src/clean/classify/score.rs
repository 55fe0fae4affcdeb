//! How much a block by itself, with its ancestors' words, looks like an article's text.

use super::cues::Cue;
use super::view::View;
use crate::clean::block::BlockKind;

/// Weights of cues: what one on the block's own element adds; half of it from the parent, a third from above that.
const CUES: &[(Cue, f32)] = &[
    (Cue::ArticleBody, 1.6),
    (Cue::Article, 0.4),
    (Cue::Content, 0.4),
    (Cue::Text, 0.8),
    (Cue::Headline, -0.6),
    (Cue::Kicker, -2.0),
    (Cue::Standfirst, 0.2),
    (Cue::Byline, -2.2),
    (Cue::Date, -1.6),
    (Cue::Caption, -3.5),
    (Cue::Comment, -3.5),
    (Cue::Related, -3.0),
    (Cue::Teaser, -1.5),
    (Cue::Navigation, -3.0),
    (Cue::Footer, -2.5),
    (Cue::Header, -0.8),
    (Cue::Sidebar, -2.0),
    (Cue::Share, -2.5),
    (Cue::Advert, -2.5),
    (Cue::Consent, -3.0),
    (Cue::Newsletter, -2.5),
    (Cue::Tags, -1.5),
    (Cue::Hidden, -2.5),
    (Cue::Gallery, -1.0),
    (Cue::Product, -0.8),
    (Cue::List, -0.5),
];

/// The score of block `i` as log odds.
pub(super) fn prior(view: &View<'_>, i: usize) -> f32 {
    let m = &view.measures[i];
    let block = &view.document.blocks[i];
    let node = &view.document.paths[block.path as usize];
    let within = view.within(i);
    let link = view.links[i];
    let mut z = -2.6 + 1.0 * (1.0 + m.words).ln().min(4.6);
    z -= 5.0 * link * if m.words > 40.0 { 0.6 } else { 1.0 };
    z += if m.ends { 0.9 } else { -0.3 };
    z += 0.25 * m.stops.min(4) as f32 + 0.12 * m.commas.min(4) as f32;
    z -= if m.rights { 2.5 } else { 0.0 };
    z -= 0.5 * m.separators.min(4) as f32;
    if m.words > 1.0 && m.words < 12.0 && m.named as f32 > 0.8 * m.words {
        z -= 0.5;
    }
    z += match block.kind {
        BlockKind::Paragraph => 0.0,
        BlockKind::Heading(_) => -0.2,
        BlockKind::ListItem => -0.6,
        BlockKind::Quote => 0.2,
        BlockKind::Caption => -3.0,
        BlockKind::Table => -1.2,
        BlockKind::Code => 0.0,
    };
    if node.tag == "p" {
        z += 0.7;
    }
    for (cue, weight) in CUES {
        z += weight * cue_of(view, block.path as usize, *cue);
    }
    z += 0.5 * f32::from(u8::from(within.article)) + 0.3 * f32::from(u8::from(within.main));
    z -= if within.aside { 1.5 } else { 0.0 };
    z -= if within.nav { 2.0 } else { 0.0 };
    z -= if within.footer { 1.5 } else { 0.0 };
    z -= if within.form { 0.7 } else { 0.0 };
    z -= if within.figure { 2.0 } else { 0.0 };
    z -= if node.hidden { 3.0 } else { 0.0 };
    z -= 0.8 * (view.repeats[i].min(4) - 1) as f32;
    z
}

/// Nearness of a cue, not counted where its element holds most of the page's prose: a page-wide wrapper's words (a theme's
/// `has-sidebar`) say nothing of its parts.
fn cue_of(view: &View<'_>, path: usize, cue: Cue) -> f32 {
    let distance = view.near[path][cue as usize];
    if distance == 0 {
        return 0.0;
    }
    let mut node = path;
    for _ in 1..distance {
        node = view.document.paths[node].parent as usize;
    }
    let holds = view.sums[node].prose / view.sums[0].prose.max(1.0);
    let negative = !matches!(cue, Cue::ArticleBody | Cue::Article | Cue::Content | Cue::Text);
    if negative && distance > 1 && holds > 0.5 {
        return 0.0;
    }
    1.0 / f32::from(distance).sqrt()
}
