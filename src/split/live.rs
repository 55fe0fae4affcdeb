//! Entries of a live blog that the page's data names, each with the text of its element.
//!
//! What holds: a block goes to one entry or to none; a page whose data names no entry costs nothing.

use super::draft::{BodyBlock, Draft, Kind};
use super::{body_block, new_draft};
use crate::clean::block::{PathId, Update};
use crate::clean::letters::compact;
use crate::clean::tree::ancestors;
use crate::clean::{BlockKind, Class, Document};
use crate::page::Page;
use rustc_hash::{FxHashMap, FxHashSet};

/// A block of an entry that does not look like text is some from so many words on.
const TEXT_WORDS_MIN: f32 = 5.0;
/// And from less than this share of its bytes in links.
const LINK_SHARE_MAX: f32 = 0.35;
/// A line of fewer words that begins with a clock is the entry's time and author.
const SIGNED_WORDS: f32 = 6.0;
/// Letters and digits at a text's beginning by which it is known, bytes.
const BEGINNING_BYTES: usize = 40;

/// A page's entries and what is theirs.
pub(super) struct Entries {
    /// The entries, each with its first block.
    pub(super) drafts: Vec<(usize, Draft)>,
    /// Which blocks stand in an entry's element; empty where there is no entry.
    held: Vec<bool>,
}

impl Entries {
    /// Whether a block stands in an entry's element.
    pub(super) fn hold(&self, i: usize) -> bool {
        self.held.get(i).is_some_and(|held| *held)
    }
}

/// Finds the entries; none where the page's data names none.
pub(super) fn entries(page: &Page, document: &Document) -> Entries {
    let updates = &document.meta.updates;
    let mut found = Entries { drafts: Vec::new(), held: Vec::new() };
    if updates.is_empty() {
        return found;
    }
    found.held.resize(document.blocks.len(), false);
    let elements: FxHashMap<PathId, usize> =
        updates.iter().enumerate().filter_map(|(n, update)| Some((update.element?, n))).collect();
    let mut blocks: Vec<Vec<usize>> = vec![Vec::new(); updates.len()];
    for (i, block) in document.blocks.iter().enumerate() {
        if let Some(n) = ancestors(document, block.path).find_map(|path| elements.get(&path)) {
            blocks[*n].push(i);
            found.held[i] = true;
        }
    }
    // What stands nowhere comes behind what stands before it, unless its text is on the page after all.
    let homeless = blocks.iter().any(Vec::is_empty);
    let on_page = (0..document.blocks.len()).filter(|_| homeless).map(|i| beginning(document.text_of(i)));
    let on_page: FxHashSet<String> = on_page.collect();
    let mut at = 0;
    for (update, blocks) in updates.iter().zip(blocks) {
        at = blocks.first().copied().unwrap_or(at);
        let is_missing = |body: &str| !is_cut(body) && !on_page.contains(&beginning(body));
        if !blocks.is_empty() || update.body.as_deref().is_some_and(is_missing) {
            found.drafts.extend(draft(page, document, update, &blocks).map(|draft| (at, draft)));
        }
    }
    found
}

/// By what a text is known again: its first letters, without a clock before them.
fn beginning(text: &str) -> String {
    let head = &text[..text.floor_char_boundary(4 * BEGINNING_BYTES)];
    let letters = compact(head);
    let letters = letters.trim_start_matches(|c: char| c.is_ascii_digit());
    letters[..letters.floor_char_boundary(BEGINNING_BYTES)].to_owned()
}

/// Whether a text ends where somebody cut it.
fn is_cut(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with('…') || text.ends_with("...")
}

fn draft(page: &Page, document: &Document, update: &Update, blocks: &[usize]) -> Option<Draft> {
    let mut draft = new_draft(page, document, Kind::LiveBlogEntry, "blocks");
    let is_heading = |i: &&usize| matches!(document.blocks[**i].kind, BlockKind::Heading(_));
    let heading = || blocks.iter().find(is_heading).map(|i| document.text_of(*i).to_owned());
    draft.headline = update.headline.clone().or_else(heading);
    let headline = draft.headline.as_deref().map(compact).unwrap_or_default();
    let text = blocks.iter().filter(|i| is_text(document, **i) && compact(document.text_of(**i)) != headline);
    draft.body = text.map(|i| body_block(document, *i)).collect();
    if draft.body.is_empty() {
        let whole = update.body.as_deref().filter(|body| !is_cut(body)).unwrap_or_default();
        let paragraphs = whole.split("\n\n").map(str::trim).filter(|text| !text.is_empty());
        draft.body = paragraphs.map(BodyBlock::paragraph).collect();
    }
    draft.date_published = update.date_published.clone();
    draft.date_modified = update.date_modified.clone();
    draft.authors = update.authors.clone();
    draft.article_url = update.url.clone();
    draft.confidence = document.body_score;
    (!draft.body.is_empty() || draft.headline.is_some()).then_some(draft)
}

/// Whether a block of an entry's element is its text: what the page's classes call so, and short lines that they pass over. A clock, perhaps
/// with a name, says when it came.
fn is_text(document: &Document, i: usize) -> bool {
    let block = &document.blocks[i];
    if block.counts.words < SIGNED_WORDS && begins_with_clock(document.text_of(i)) {
        return false;
    }
    let links = block.link_share();
    match block.class {
        Class::Body => true,
        Class::Other | Class::Standfirst => block.counts.words >= TEXT_WORDS_MIN && links < LINK_SHARE_MAX,
        _ => false,
    }
}

/// Whether a line begins with hours and minutes: `21:22`, `7.53`.
fn begins_with_clock(line: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let hours = digits(line);
    let minutes = line.get(hours + 1..).filter(|_| line[hours..].starts_with([':', '.', 'h']));
    (1..=2).contains(&hours) && minutes.is_some_and(|minutes| digits(minutes) == 2)
}
