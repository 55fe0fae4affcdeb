//! What a reader takes for the text, of what the scores have selected: rules about what stands in it and around it on pages of
//! which the trees have seen too few.
//!
//! What holds: readers' comments and teasers go only where the trees doubt them, since they are sure of most text; linear in the page's blocks
//! for each rule; the page's table has learned from the blocks before these rules.

use super::body::{self, BODY_AT, HEADING_BETWEEN_AT, is_heading};
use super::closing;
use super::cues::Cue;
use super::foreign;
use super::items;
use super::linked::Parts;
use super::posts;
use super::view::View;
use crate::clean::ascii;
use crate::clean::block::{BlockKind, Class};
use crate::clean::doubt;
use crate::clean::html::Tag;
use crate::clean::letters::{compact, words_of};
use crate::clean::tree;
use rustc_hash::{FxHashMap, FxHashSet};

/// Blocks between two of the body's come along from this score on where they are in elements like those of both.
const ALIKE_BETWEEN_AT: f32 = 0.15;
/// A heading leads to another article from this share of its text in links on, unless its score says more: that much;
const LINKED_HEADING: (f32, f32) = (0.9, 0.6);
/// any other block from this share on, unless its score says that much.
const LINKED_BLOCK: (f32, f32) = (0.6, 0.7);
/// A block with words of cross links, share bars, comments or menus is a way there from this share of its bytes in links on.
pub(super) const LINKED_FURNITURE: f32 = 0.5;
/// How a class word or identifier of a picture's caption ends.
const CAPTION_ENDS: [&str; 4] = ["caption", "bildunterschrift", "bildtext", "pictext"];
/// So many words of a picture tell which it is,
const TELLING_WORDS: usize = 5;
/// and with this share of a line of what the line says.
const TOLD_SHARE: f32 = 0.8;
/// No more pictures right before a line are looked at.
const PICTURES_MAX: usize = 4;
/// Captions with this share of the words are the text.
const CAPTIONS_WORDS_MAX: f32 = 0.5;
/// An element whose class says that it holds an article's text, and which holds so many words that were chosen, and this share of all of these,
const NAMED_WORDS: (f32, f32) = (60.0, 0.8);
/// lends its blocks between the first and the last chosen one to the text from this score on,
const NAMED_AT: f32 = 0.05;
/// if less than this share of their bytes is in links,
const NAMED_LINKS_MAX: f32 = 0.3;
/// and no element within it is for one of these.
const NAMED_WITHOUT: [Cue; 20] = [
    Cue::Byline,
    Cue::Date,
    Cue::Caption,
    Cue::Comment,
    Cue::Related,
    Cue::Teaser,
    Cue::Navigation,
    Cue::Footer,
    Cue::Sidebar,
    Cue::Share,
    Cue::Advert,
    Cue::Consent,
    Cue::Newsletter,
    Cue::Tags,
    Cue::Hidden,
    Cue::Gallery,
    Cue::Product,
    Cue::Factbox,
    Cue::Embed,
    Cue::Bio,
];
/// What stands behind the text, after so many blocks that are none of it,
const ISLAND_BLOCKS: usize = 6;
/// with less than this share of its words, in elements of which it has none, is another's: comments, a second article's beginning.
const ISLAND_WORDS: f32 = 0.2;
/// Text behind the headline with so many words stands for itself: a list before the headline is another's.
const BEHIND_HEADLINE_WORDS_MIN: f32 = 80.0;
/// A list has this share of its blocks behind titles that lead away.
const TITLED_SHARE: f32 = 0.5;
/// A teaser's title has this share of its bytes in links, and so many words.
const TITLE: (f32, f32) = (0.45, 3.0);
/// An answer has less than this share of its bytes in links.
const ANSWER_LINKS_MAX: f32 = 0.3;
/// So many blocks of the same elements, each behind such a title, are teasers,
const TEASERS_MIN: usize = 2;
/// if they are this share of all such blocks,
const TEASERS_SHARE: f32 = 0.8;
/// with no more words of text behind the first of them,
const BEHIND_TEASERS_WORDS_MAX: f32 = 10.0;
/// and at least so many words of text, and this share of all: a page of nothing but teasers is what it is.
const BESIDE_TEASERS: (f32, f32) = (30.0, 0.2);
/// Why a selected block is not of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Caption,
    LeadsAway,
    LastHeading,
    FarBehind,
    BeforeHeadline,
    Teaser,
    Comment,
    Post,
    Closing,
    Dated,
    Credited,
    Labelled,
    Appeal,
    Notice,
    HeadsLinks,
}

/// What the rules made of the selected blocks.
pub(super) struct Refined {
    pub(super) chosen: Vec<bool>,
    /// What they left out, in the rules' order.
    pub(super) left: Vec<(usize, Left)>,
}

/// Which of the chosen blocks a rule leaves out.
type Rule = fn(&View<'_>, &[f32], &[bool]) -> Vec<usize>;
/// Rules about the text itself, before the headings are added,
const WITHIN: [(Left, Rule); 2] = [(Left::Caption, captions), (Left::LeadsAway, ways_away)];
/// about lines that are told by their own words, headings too, and about what stands around the text.
const AROUND: [(Left, Rule); 13] = [
    (Left::Credited, foreign::credited),
    (Left::Labelled, foreign::labelled),
    (Left::Dated, foreign::dates),
    (Left::Appeal, foreign::appeals),
    (Left::Notice, foreign::notices),
    (Left::LastHeading, body::last_headings),
    // Where the list before the headline has the most words, the text behind it is far behind.
    (Left::BeforeHeadline, before_headline),
    (Left::FarBehind, islands),
    (Left::Teaser, teasers),
    (Left::Comment, comments),
    (Left::Post, posts::posts),
    // What stood behind them is gone now.
    (Left::Closing, closing::closing),
    // What the rules before left out may have had a head.
    (Left::HeadsLinks, foreign::heads_of_links),
];

/// The text of what the scores have [selected](body::select): without what the rules leave out, with what is like its neighbours on
/// both sides, with what an element named for the text holds, and with the headings right above text.
pub(super) fn refine(view: &View<'_>, scores: &[f32], selected: &[bool]) -> Refined {
    let mut refined = Refined { chosen: selected.to_vec(), left: Vec::new() };
    for gap in body::gaps(scores) {
        let sides = [gap.start - 1, gap.end];
        for i in gap {
            refined.chosen[i] |= scores[i] >= ALIKE_BETWEEN_AT && is_alike(view, i, sides);
        }
    }
    // What a rule leaves out of such an element stays out.
    add_named(view, scores, &mut refined.chosen);
    refined.leave(view, scores, &WITHIN);
    add_headings(view, scores, &mut refined.chosen);
    refined.leave(view, scores, &AROUND);
    // What a rule left out has no score any more.
    items::complete(view, &refined.settled(scores), &mut refined.chosen);
    // A page of nothing but links is what it is.
    if !refined.chosen.contains(&true) {
        refined = Refined { chosen: selected.to_vec(), left: Vec::new() };
    }
    refined
}

impl Refined {
    /// The scores where a rule has settled the question: what it left out is no text.
    pub(super) fn settled(&self, scores: &[f32]) -> Vec<f32> {
        let mut settled = scores.to_vec();
        for (i, _) in &self.left {
            settled[*i] = 0.0;
        }
        settled
    }

    /// What a line is that a rule has told by its words. Rules of the page's layout would take one near the headline for a standfirst.
    pub(super) fn told(&self) -> impl Iterator<Item = (usize, Class)> + '_ {
        self.left.iter().filter_map(|(i, why)| {
            let class = match why {
                Left::Caption | Left::Credited => Class::Caption,
                Left::Dated => Class::Date,
                Left::Appeal | Left::Notice | Left::Closing => Class::Consent,
                Left::Labelled | Left::HeadsLinks => Class::Navigation,
                _ => return None,
            };
            Some((*i, class))
        })
    }

    fn leave(&mut self, view: &View<'_>, scores: &[f32], rules: &[(Left, Rule)]) {
        for (why, rule) in rules {
            for i in rule(view, scores, &self.chosen) {
                self.chosen[i] = false;
                self.left.push((i, *why));
            }
        }
    }
}

/// Adds items, subheadings and blocks of elements like the text's between the text's blocks in the element that is named for it.
fn add_named(view: &View<'_>, scores: &[f32], chosen: &mut [bool]) {
    let (Some(first), Some(last)) = (taken(chosen).next(), chosen.iter().rposition(|c| *c)) else { return };
    let is_candidate =
        |i: usize, chosen: &[bool]| !chosen[i] && scores[i] >= NAMED_AT && view.links[i] < NAMED_LINKS_MAX;
    // On most pages there is nothing to add.
    if !(first..last).any(|i| is_candidate(i, chosen)) {
        return;
    }
    let Some(node) = named(view, chosen) else { return };
    let depth = |node: usize| view.document.paths[node].depth;
    let own = ways(view, &taken(chosen).collect::<Vec<usize>>());
    let is_item = |i: usize| view.document.blocks[i].kind == BlockKind::ListItem;
    let is_furniture = |i: usize, levels: u16| {
        let furniture = &view.lexicon[i];
        let near = &view.nodes.near[view.path_of(i)];
        let says = |cue: &Cue| (1..levels).contains(&u16::from(near[*cue as usize]));
        furniture.is_more_than_signed() || NAMED_WITHOUT.iter().any(says)
    };
    for i in first..last {
        let is_of_text = || is_heading(view, i) || is_item(i) || own.contains(&way(view, i));
        let is_within =
            || tree::ancestors(view.document, view.document.blocks[i].path).any(|around| around as usize == node);
        if is_candidate(i, chosen) && is_of_text() && is_within() {
            chosen[i] = !is_furniture(i, depth(view.path_of(i)) - depth(node) + 1);
        }
    }
}

/// The innermost element that holds most of the chosen words, if it is named for an article's text.
fn named(view: &View<'_>, chosen: &[bool]) -> Option<usize> {
    let (mut all, mut sums) = (0.0, vec![0.0; view.document.paths.len()]);
    for i in taken(chosen) {
        all += view.measures[i].words;
        let around = tree::ancestors(view.document, view.document.blocks[i].path);
        around.for_each(|node| sums[node as usize] += view.measures[i].words);
    }
    let least = all * NAMED_WORDS.1;
    let depth = |node: &usize| view.document.paths[*node].depth;
    let node = (1..sums.len()).filter(|node| sums[*node] >= least).max_by_key(depth)?;
    let says = |cue: Cue| view.nodes.near[node][cue as usize] == 1;
    (all >= NAMED_WORDS.0 && (says(Cue::ArticleBody) || says(Cue::Text))).then_some(node)
}

/// Adds the headings within the body that a block of it follows at once, whatever stands before them.
fn add_headings(view: &View<'_>, scores: &[f32], chosen: &mut [bool]) {
    let Some(first) = chosen.iter().position(|c| *c) else { return };
    let parts = Parts::of(view, chosen);
    for i in first..chosen.len() - 1 {
        let is_above = chosen[i + 1] && scores[i + 1] >= BODY_AT && !is_heading(view, i + 1);
        let stays =
            || scores[i] >= HEADING_BETWEEN_AT && !leads_away(view, scores, i, || parts.has_head(view, chosen, i));
        let is_head = is_above && is_heading(view, i) && stays();
        chosen[i] |= is_head;
    }
}

/// Whether a block that is no heading stands in elements like those of both `sides`.
fn is_alike(view: &View<'_>, i: usize, sides: [usize; 2]) -> bool {
    !is_heading(view, i)
        && view.links[i] < LINKED_FURNITURE
        && sides.into_iter().all(|side| way(view, side) == way(view, i))
}

/// Pictures' captions, unless the text is made of them, as a gallery's is.
fn captions(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let captions: Vec<usize> = taken(chosen).filter(|i| is_caption(view, *i) || says_what_is_shown(view, *i)).collect();
    let all: f32 = taken(chosen).map(|i| view.measures[i].words).sum();
    if words(view, &captions) < all * CAPTIONS_WORDS_MAX { captions } else { Vec::new() }
}

/// Whether a block's own element says that it is a picture's caption; behind a quotation it says who is quoted.
pub(super) fn is_caption(view: &View<'_>, i: usize) -> bool {
    let document = view.document;
    let is_quote = |i: usize| document.blocks[i].kind == BlockKind::Quote;
    let own = document.blocks[i].path;
    let says = || document.words_of(own).split(' ').any(|word| CAPTION_ENDS.iter().any(|end| word.ends_with(end)));
    (document.paths[own as usize].tag == Tag::Figcaption || !is_heading(view, i) && says())
        && !i.checked_sub(1).is_some_and(is_quote)
}

/// Whether a block says of the picture right before it what that says of itself where it is not shown.
fn says_what_is_shown(view: &View<'_>, i: usize) -> bool {
    if is_heading(view, i) {
        return false;
    }
    let figures = &view.document.figures;
    let here = figures.partition_point(|figure| (figure.block as usize) < i);
    let alternatives = figures[here..].iter().take_while(|figure| figure.block as usize == i).take(PICTURES_MAX);
    let told = alternatives.filter_map(|figure| figure.alt.as_deref()).filter(|alt| words_of(alt) >= TELLING_WORDS);
    let told: Vec<String> = told.map(compact).collect();
    if told.is_empty() {
        return false;
    }
    let own = compact(view.document.text_of(i));
    told.iter().any(|alt| own.starts_with(alt.as_str()) && alt.len() as f32 >= own.len() as f32 * TOLD_SHARE)
}

fn ways_away(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> Vec<usize> {
    let parts = Parts::of(view, chosen);
    taken(chosen).filter(|i| leads_away(view, scores, *i, || parts.has_head(view, chosen, *i))).collect()
}

/// Whether a block is a way to other articles rather than text; a heading may be a link and head the text.
fn leads_away(view: &View<'_>, scores: &[f32], i: usize, has_head: impl Fn() -> bool) -> bool {
    let (linked, at) = if is_heading(view, i) { LINKED_HEADING } else { LINKED_BLOCK };
    // A line of contents says what a heading says.
    let is_answered = || view.repeats[i] == 1 && view.links.get(i + 1).is_some_and(|links| *links < ANSWER_LINKS_MAX);
    let asks =
        || view.document.text_of(i).trim_end().ends_with(['?', '？', ';', '؟']) && stays(view, i) && is_answered();
    view.lexicon[i].other > 0 && view.links[i] > LINKED_FURNITURE
        || view.links[i] >= linked && scores[i] < at && !has_head() && !asks()
}

/// What stands far behind the run of blocks with the most words, and is of other elements than that.
fn islands(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    for i in taken(chosen) {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| i - last <= ISLAND_BLOCKS + 1) => run.push(i),
            _ => runs.push(vec![i]),
        }
    }
    // Of equals the first.
    let longest = |a: &usize, b: &usize| words(view, &runs[*a]).total_cmp(&words(view, &runs[*b]));
    let Some(main) = (0..runs.len()).rev().max_by(longest) else { return Vec::new() };
    let (most, own) = (words(view, &runs[main]) * ISLAND_WORDS, ways(view, &runs[main]));
    let is_island = |run: &&Vec<usize>| words(view, run) < most && ways(view, run).is_disjoint(&own);
    runs[main + 1..].iter().filter(is_island).flatten().copied().collect()
}

/// A list of other articles before the headline, unless the text behind it is of the same elements.
fn before_headline(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let Some(headline) = view.headline else { return Vec::new() };
    // On most pages nothing is chosen there.
    if !chosen[..headline].contains(&true) {
        return Vec::new();
    }
    let (before, behind): (Vec<usize>, Vec<usize>) = taken(chosen).partition(|i| *i < headline);
    let own = ways(view, &behind);
    let is_of_text = |i: &usize| !is_heading(view, *i) && own.contains(&way(view, *i));
    let titled = before.iter().filter(|i| is_titled(view, **i)).count();
    let is_list = titled >= TEASERS_MIN && titled as f32 >= before.len() as f32 * TITLED_SHARE;
    let is_others = is_list && words(view, &behind) >= BEHIND_HEADLINE_WORDS_MIN && !before.iter().any(is_of_text);
    if is_others { before } else { Vec::new() }
}

/// Whether a block stands right behind a title that leads away.
fn is_titled(view: &View<'_>, i: usize) -> bool {
    i > 0 && view.links[i - 1] >= TITLE.0 && view.measures[i - 1].words >= TITLE.1 && !stays(view, i - 1)
}

/// Whether a block's link leads nowhere, as the question over an answer does that it unfolds.
fn stays(view: &View<'_>, i: usize) -> bool {
    let target = view.document.target_of(i).map(str::trim).unwrap_or_default();
    target.is_empty() || target.starts_with('#') || ascii::holds_any(target, &["javascript:"])
}

/// Teasers behind the text: a title that leads away and a block behind it, again and again in the same elements.
fn teasers(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> Vec<usize> {
    // On most pages there are no such blocks.
    if taken(chosen).filter(|i| is_titled(view, *i)).nth(TEASERS_MIN - 1).is_none() {
        return Vec::new();
    }
    let mut counts: FxHashMap<u32, (usize, usize)> = FxHashMap::default();
    for i in taken(chosen).filter(|i| !is_heading(view, *i)) {
        let (all, titled) = counts.entry(way(view, i)).or_default();
        *all += 1;
        *titled += usize::from(is_titled(view, i));
    }
    let are_teasers =
        |(all, titled): &(usize, usize)| *titled >= TEASERS_MIN && *titled as f32 >= *all as f32 * TEASERS_SHARE;
    let is_teaser = |i: usize| chosen[i] && counts.get(&way(view, i)).is_some_and(are_teasers);
    let is_title = |i: usize| i + 1 < chosen.len() && is_teaser(i + 1) && is_titled(view, i + 1);
    let (teasers, text): (Vec<usize>, Vec<usize>) = taken(chosen).partition(|i| is_teaser(*i) || is_title(*i));
    let Some(first) = teasers.first() else { return Vec::new() };
    let (beside, behind) = (words(view, &text), text.iter().position(|i| i > first).map_or(&[][..], |at| &text[at..]));
    let enough = BESIDE_TEASERS.0.max((beside + words(view, &teasers)) * BESIDE_TEASERS.1);
    let stand_behind = beside >= enough && words(view, behind) <= BEHIND_TEASERS_WORDS_MAX;
    if stand_behind && doubt::are_doubted(pieces(view, scores, &teasers)) { teasers } else { Vec::new() }
}

/// Readers' comments: what stands behind a line that speaks of comments, if none of it is of the elements of the text before.
fn comments(view: &View<'_>, scores: &[f32], chosen: &[bool]) -> Vec<usize> {
    let speaks = |i: usize| {
        view.lexicon[i].comment > 0
            && view.links[i] < LINKED_FURNITURE
            && view.measures[i].words <= doubt::COMMENTS_HEAD_WORDS_MAX
    };
    // On most pages no line does, behind the text's first block.
    let first = chosen.iter().position(|c| *c).unwrap_or(chosen.len());
    if !(first..chosen.len()).any(speaks) {
        return Vec::new();
    }
    let places: Vec<usize> = taken(chosen).collect();
    let last: FxHashMap<u32, usize> = places.iter().map(|i| (way(view, *i), *i)).collect();
    let doubts = doubt::doubts_from(pieces(view, scores, &places));
    // Up to where the elements of the text so far reach.
    let (mut reach, mut before, mut blocks) = (0, 0.0, 0);
    for i in 0..chosen.len() {
        let block_words = view.measures[i].words;
        let is_text_before = before >= doubt::BEFORE_COMMENTS.0 && blocks >= doubt::BEFORE_COMMENTS.1;
        if speaks(i) && is_text_before && reach < i {
            let at = places.partition_point(|place| *place < i);
            if doubts[at] && doubt::begin_doubted(pieces(view, scores, &places[at..])) {
                return places[at..].to_vec();
            }
        }
        if chosen[i] && block_words >= doubt::TEXT_WORDS_MIN && !is_heading(view, i) {
            reach = reach.max(last[&way(view, i)]);
            before += block_words;
            blocks += 1;
        }
    }
    Vec::new()
}

/// The words and score of each of these blocks.
fn pieces<'v>(
    view: &'v View<'_>,
    scores: &'v [f32],
    blocks: &'v [usize],
) -> impl DoubleEndedIterator<Item = (f32, f32)> + 'v {
    blocks.iter().map(|i| (view.measures[*i].words, scores[*i]))
}

/// The blocks that are chosen.
pub(super) fn taken(chosen: &[bool]) -> impl Iterator<Item = usize> + '_ {
    (0..chosen.len()).filter(|i| chosen[*i])
}

pub(super) fn words(view: &View<'_>, blocks: &[usize]) -> f32 {
    blocks.iter().map(|i| view.measures[*i].words).sum()
}

/// The elements of a block, from the root on, as a number that blocks of the same tags and classes share.
pub(super) fn way(view: &View<'_>, i: usize) -> u32 {
    view.nodes.way[view.path_of(i)]
}

pub(super) fn ways(view: &View<'_>, blocks: &[usize]) -> FxHashSet<u32> {
    blocks.iter().map(|i| way(view, *i)).collect()
}
