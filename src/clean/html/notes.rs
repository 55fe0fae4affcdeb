//! Numbers of notes, `voted<sup><a href="#note-1">[1]</a></sup>`: a reader knows them for what they are by their size, and of plain
//! text they would be a part.
//!
//! What holds: only what is raised, leads to a place on a page, and is a number or stands in brackets is left out; powers and
//! ordinals stay.

use super::Builder;
use super::stack::LINK;

/// Longest note in brackets, `[note 12]`, or row of numbers, `1, 2`, bytes.
const NOTE_BYTES_MAX: usize = 10;

/// Raised text in the making.
pub(super) struct Raised<'a> {
    /// Where it begins in the document's text, bytes.
    start: usize,
    /// The target of the block's first link before it.
    href: Option<&'a str>,
}

impl Builder<'_> {
    pub(super) fn begin_raised(&mut self) {
        // What tells of a note is the link around it or within, not the last one before.
        if self.stack.top().flags & LINK == 0 {
            self.link = "";
        }
        self.raised = Some(Raised { start: self.document.text.len(), href: self.now.href });
    }

    /// Takes the raised text out, if it is a note's number.
    pub(super) fn end_raised(&mut self) {
        let Some(Raised { start, href }) = self.raised.take() else { return };
        let text = self.document.text.get(start..).unwrap_or_default();
        if start < self.now.start || !self.link.contains('#') || !is_note(text.trim()) {
            return;
        }
        self.now.space |= text.starts_with(' ');
        self.now.link_bytes = self.now.link_bytes.saturating_sub(text.len());
        self.now.href = href;
        self.document.text.truncate(start);
        let seams = &mut self.gathered.seams;
        seams.truncate(seams.partition_point(|at| (*at as usize) < start));
        for mark in self.gathered.marks.iter_mut().rev().take_while(|mark| mark.start >= start) {
            (mark.start, mark.end) = (start, start);
        }
    }
}

/// Whether a text is a note's number, or several, or short and in brackets.
fn is_note(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_of_number = |b: u8| b.is_ascii_digit() || matches!(b, b',' | b';' | b'-' | b' ');
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(is_of_number);
    text.len() <= NOTE_BYTES_MAX && (is_number || inner.is_some_and(|inner| !inner.is_empty()))
}
