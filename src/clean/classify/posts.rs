//! Readers' posts behind an article, told by what stands over and under each: a name with the day and the hour, and a button to reply.
//!
//! What holds: such lines speak only together, by several names, and of what is of other elements than the text before; the entries of a
//! live blog have no such button; linear in the page's blocks.

use super::body::is_heading;
use super::phrases::folded;
use super::refine::{taken, way, ways, words};
use super::view::View;
use crate::clean::text::date;
use crate::clean::text::list::{WordList, Words};
use crate::clean::tree;
use rustc_hash::{FxHashMap, FxHashSet};

/// So many posts stand under lines of the same elements.
const POSTS_MIN: usize = 3;
/// A line over a post has so many words at most,
const HEAD_WORDS_MAX: f32 = 14.0;
/// and so many digits at least: those of a day, a year and an hour.
const HEAD_DIGITS_MIN: u32 = 5;
/// Of its words so many are neither of the date nor of what usually stands beside it: the name.
const NAME_WORDS: std::ops::RangeInclusive<usize> = 1..=6;
/// So many words of text stand before the first of them.
const BEFORE_WORDS_MIN: f32 = 15.0;
/// A button is a link, from this share of its bytes on.
const BUTTON_LINKS_MIN: f32 = 0.9;
/// A button has so many words at most.
const BUTTON_WORDS_MAX: f32 = 4.0;

/// What a button under a post says.
static REPLIES: WordList = WordList::new(|| {
    Words::of(
        "reply|reply to this|quote|report abuse|antworten|zitieren|répondre|citer|responder|citar|rispondi|\
    reageer|beantwoorden|svar|svara|vastaa|odpowiedz|odpowiedz na to|cytuj|zgłoś|odpovědět|odpovedať|válasz|răspunde|ответить|цитировать|\
    пожаловаться|відповісти|απάντηση|yanıtla|cevapla|balas|trả lời|回复|回覆|返信|답글",
    )
});

/// What readers wrote, if none of it is of the elements of the text before.
pub(super) fn posts(view: &View<'_>, _: &[f32], chosen: &[bool]) -> Vec<usize> {
    let Some(heads) = heads(view, chosen) else { return Vec::new() };
    let path = |i: usize| view.document.blocks[i].path;
    let around = tree::common(view.document, path(heads[0]), path(heads[heads.len() - 1]));
    let is_within = |i: &usize| around == 0 || tree::ancestors(view.document, path(*i)).any(|within| within == around);
    let (before, behind): (Vec<usize>, Vec<usize>) = taken(chosen).partition(|i| *i < heads[0]);
    let posts: Vec<usize> = behind.into_iter().filter(is_within).collect();
    // What has a title is no reader's post.
    let titled = posts.iter().filter(|i| is_heading(view, **i)).count() * 2 >= heads.len();
    let own = ways(view, &before);
    let are_others = posts.iter().all(|i| !own.contains(&way(view, *i)));
    if are_others && !titled && words(view, &before) >= BEFORE_WORDS_MIN { posts } else { Vec::new() }
}

/// The lines that stand over posts, the first such on the page.
fn heads(view: &View<'_>, chosen: &[bool]) -> Option<Vec<usize>> {
    let first = taken(chosen).next()?;
    let may_head = |i: &usize| {
        let measure = &view.measures[*i];
        measure.digits >= HEAD_DIGITS_MIN && measure.words <= HEAD_WORDS_MAX && !is_heading(view, *i)
    };
    let mut heads: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
    for i in (first + 1..chosen.len()).filter(may_head) {
        heads.entry(way(view, i)).or_default().push(i);
    }
    heads.retain(|_, heads| heads.len() >= POSTS_MIN && are_over_posts(view, chosen, heads));
    heads.into_values().min_by_key(|heads| heads[0])
}

/// Whether text and a button stand behind most of these lines, and most are by a name of their own.
fn are_over_posts(view: &View<'_>, chosen: &[bool], heads: &[usize]) -> bool {
    let names: Vec<String> = heads.iter().filter_map(|i| name(view.document.text_of(*i))).collect();
    let different: FxHashSet<&String> = names.iter().collect();
    let ends = heads[1..].iter().copied().chain([chosen.len()]);
    let spans: Vec<(usize, std::ops::Range<usize>)> =
        heads.iter().zip(ends).map(|(head, end)| (*head, head + 1..end)).collect();
    let followed = spans.iter().filter(|(_, behind)| chosen[behind.clone()].contains(&true)).count();
    let is_answered = |(_, behind): &&(usize, std::ops::Range<usize>)| behind.clone().any(|i| is_reply(view, i));
    let most = |count: usize| count * 2 > heads.len();
    most(names.len())
        && different.len() * 2 > names.len()
        && most(followed)
        && most(spans.iter().filter(is_answered).count())
}

/// Whom a line names beside a day and an hour.
fn name(line: &str) -> Option<String> {
    let found = date::find(line).filter(|found| found.time.is_some() && NAME_WORDS.contains(&found.others))?;
    let rest = [&line[..found.range.0], &line[found.range.1..]].concat();
    Some(rest.chars().filter(|c| c.is_alphabetic()).collect())
}

/// Whether a block is a button to reply.
fn is_reply(view: &View<'_>, i: usize) -> bool {
    view.links[i] >= BUTTON_LINKS_MIN
        && view.measures[i].words <= BUTTON_WORDS_MAX
        && REPLIES.has(&folded(view.document.text_of(i)))
}
