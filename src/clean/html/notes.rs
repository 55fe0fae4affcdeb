//! Numbers of notes, `voted<sup><a href="#note-1">[1]</a></sup>`, and signs that a heading may be linked to, `<a href="#bridge">¶</a>`: a
//! reader knows them for what they are by their looks, and of plain text they would be a part.
//!
//! What holds: only what leads to a place on a page is left out, if it is raised and a number behind a word, or stands in brackets, or is
//! a closed list's sign and nothing else; powers, units, ordinals, and the numbers that lines begin with stay.

use super::Builder;
use super::gather::decode;
use super::stack::LINK;

/// Longest note in brackets, `[note 12]`, or row of numbers, `1, 2`, bytes.
const NOTE_BYTES_MAX: usize = 10;

/// A number behind fewer letters is a power, `m<sup>2</sup>`.
const WORD_CHARS_MIN: usize = 3;

/// Signs of a place that may be linked to.
const ANCHORS: [&str; 5] = ["¶", "#", "🔗", "⚓", "\u{f0c1}"];
/// The longest of them as a reference, `&#x1F517;`, and white space around it, bytes.
const ANCHOR_BYTES_MAX: usize = 24;

/// Whether a piece of text, which stands in a link with this target, is nothing but the sign that its place may be linked to.
pub(super) fn is_anchor(text: &str, target: &str) -> bool {
    // Most links say by their first byte that they are words.
    let begins = matches!(text.trim_start().as_bytes().first(), Some(b'#' | b'&' | 0x80..));
    begins && text.len() <= ANCHOR_BYTES_MAX && target.contains('#') && {
        let text = decode(text);
        ANCHORS.contains(&text.trim().trim_end_matches(['\u{fe0e}', '\u{fe0f}']))
    }
}

/// Raised text in the making.
pub(super) struct Raised<'a> {
    /// Where it begins in the document's text, bytes.
    start: usize,
    /// The target of the block's first link before it.
    href: Option<&'a str>,
    /// A line begins with it.
    begins: bool,
}

impl Builder<'_> {
    pub(super) fn begin_raised(&mut self) {
        // What tells of a note is the link around it or within, not the last one before.
        if self.stack.top().flags & LINK == 0 {
            self.link = "";
        }
        let begins = self.is_empty() || self.now.breaks > 0;
        self.raised = Some(Raised { start: self.document.text.len(), href: self.now.href, begins });
    }

    /// Takes the raised text out, if it is a note's number.
    pub(super) fn end_raised(&mut self) {
        let Some(Raised { start, href, begins }) = self.raised.take() else { return };
        let (before, text) = self.document.text.split_at_checked(start).unwrap_or_default();
        if begins || start < self.now.start || !self.link.contains('#') || !is_note(&before[self.now.start..], text) {
            return;
        }
        self.now.space |= text.starts_with(' ');
        self.now.link_bytes = self.now.link_bytes.saturating_sub(text.len());
        self.now.href = href;
        self.document.text.truncate(start);
        let seams = &mut self.document.seams;
        seams.truncate(seams.partition_point(|at| (*at as usize) < start));
        for mark in self.gathered.marks.iter_mut().rev().take_while(|mark| mark.start >= start) {
            (mark.start, mark.end) = (start, start);
        }
    }
}

/// Whether a text is a note's number, or several, or a number or letter in brackets. Without these it needs a word or a mark `before` it.
fn is_note(before: &str, text: &str) -> bool {
    let text = text.trim();
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_digit = |c: char| c.is_ascii_digit();
    let numbers = |inner: &str| inner.contains(is_digit) || inner.chars().count() == 1;
    let is_of_number = |b: u8| b.is_ascii_digit() || matches!(b, b',' | b';' | b'-' | b' ');
    let is_number = || text.starts_with(is_digit) && text.bytes().all(is_of_number);
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_behind_word = || word.is_empty() || word.chars().count() >= WORD_CHARS_MIN && !word.contains(is_digit);
    text.len() <= NOTE_BYTES_MAX && (inner.is_some_and(numbers) || is_number() && is_behind_word())
}
