//! HTML to blocks, in one pass over the tokens.
//!
//! What holds: no node per element: a stack of open elements, and interned path nodes for those that hold text; linear in
//! the page's bytes; no recursion; depth, blocks and what is gathered are bounded. Broken markup gives what a reader would
//! see in a browser, roughly: implied end tags, stray end tags, unclosed elements.

mod attributes;
mod fold;
mod gather;
mod marks;
mod names;
mod notes;
mod stack;
mod strides;
mod tags;
mod token;
mod words;

pub(super) use gather::{Gathered, TimeMark};
pub(super) use marks::{Mark, MarkKind, speaks_of_another};
pub(crate) use tags::TAGS;
pub use tags::Tag;

use super::CleanLimits;
use super::block::{Block, BlockCounts, BlockKind, Class, Document, Figure, PathId};
use attributes::{Attr, Attrs};
use gather::{bounded, decode};
use stack::{HIDDEN, LINK, Open, PREFORMATTED, SKIPPED, Stack};
use tags::{BLOCK, LETTERS, ROOT, SKIP, VOID};
use token::{Token, Tokenizer};

/// Reads `src` into blocks of class [`Class::Other`], and gathers what head and structured data say.
pub(super) fn read<'a>(src: &'a str, limits: &CleanLimits) -> (Document, Gathered<'a>) {
    let mut builder = Builder::new(src, limits);
    let mut tokens = Tokenizer::new(src);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => builder.text(text),
            Token::Start(tag, name) => builder.start(tag, name, &tokens.attrs),
            Token::End(tag, _) => builder.end(tag),
            Token::Raw(tag, text) => builder.raw(tag, text),
        }
        if builder.document.truncated {
            break;
        }
    }
    builder.finish()
}

/// Most figures of a page that are kept.
const FIGURES_MAX: usize = 300;
/// Most seams that are kept, and how far behind a block's beginning, bytes: bylines are short.
const SEAMS_MAX: usize = 4000;
const SEAM_BYTES_MAX: usize = 240;
/// A longer word ends no sentence, bytes.
const WORD_BYTES_MAX: usize = 64;

struct Builder<'a> {
    document: Document,
    gathered: Gathered<'a>,
    stack: Stack<'a>,
    blocks_max: usize,
    /// The block in the making.
    now: Current<'a>,
    /// The target of the last link that was opened.
    link: &'a str,
    /// The raised text in the making, which may be the number of a note.
    raised: Option<notes::Raised<'a>>,
    /// The script in the making is JSON-LD.
    json_ld: bool,
    /// Index on the stack of the last entry of a live blog, while it is open; else 0, the root's.
    update_at: usize,
}

/// The block in the making.
#[derive(Default)]
struct Current<'a> {
    start: usize,
    link_bytes: usize,
    href: Option<&'a str>,
    /// Index on the stack of the innermost element that holds all of its text.
    anchor: usize,
    /// That element's path, where it was closed before the block's end.
    anchor_path: Option<PathId>,
    /// Index of the innermost element around all that was closed since.
    common: usize,
    space: bool,
    /// An inline element begins right behind the end of a sentence.
    joint: bool,
    breaks: u8,
}

impl<'a> Builder<'a> {
    fn new(src: &'a str, limits: &CleanLimits) -> Self {
        let mut document = Document::default();
        // About what a news page has of each.
        document.text.reserve(src.len() / 12);
        document.paths.reserve(src.len() / 256);
        document.blocks.reserve(src.len() / 512);
        document.paths.push(Default::default());
        Builder {
            document,
            gathered: Gathered::default(),
            stack: Stack::new(limits.depth_max),
            blocks_max: limits.blocks_max,
            now: Current::default(),
            link: "",
            raised: None,
            json_ld: false,
            update_at: 0,
        }
    }

    fn finish(mut self) -> (Document, Gathered<'a>) {
        self.flush();
        self.document.words = self.stack.into_words();
        (self.document, self.gathered)
    }

    fn is_empty(&self) -> bool {
        self.document.text.len() == self.now.start
    }

    fn start(&mut self, tag: Tag, name: &'a str, attrs: &Attrs<'a>) {
        if tag.is(ROOT) {
            self.root(tag, attrs);
            return;
        }
        if tag.is(LETTERS) {
            if tag == Tag::Sup {
                self.begin_raised();
            }
            return;
        }
        let updates = self.gathered.updates.len();
        self.gathered.element(tag, attrs, self.document.blocks.len());
        let begins_update = self.gathered.updates.len() > updates;
        if tag.is(VOID) {
            self.void(tag, attrs);
            return;
        }
        if tag == Tag::Script {
            self.json_ld = attrs.get(Attr::Type).is_some_and(|t| t.to_ascii_lowercase().contains("ld+json"));
        }
        if tag.is(BLOCK) {
            self.flush();
            self.close_implied(tag);
        } else if tag == Tag::A {
            self.stack.close_link();
        }
        if matches!(tag, Tag::A | Tag::Span) {
            self.seam();
        }
        // Of another language's elements the slash ends any.
        let is_foreign = matches!(tag, Tag::Other | Tag::Svg | Tag::Math);
        if attrs.self_closing && (is_foreign || self.stack.top().flags & SKIPPED != 0) {
            return;
        }
        let mut flags = self.stack.top().flags;
        if tag.is(SKIP) {
            flags |= SKIPPED;
        }
        if tag == Tag::Noscript || is_hidden(attrs) {
            flags |= HIDDEN;
        }
        if tag == Tag::Pre {
            flags |= PREFORMATTED;
        }
        if tag == Tag::A
            && let Some(href) = attrs.get(Attr::Href)
        {
            flags |= LINK;
            self.link = href;
        }
        let (kind, values) = (self.stack.child_kind(tag), self.stack.put_aside(tag, name, attrs));
        let mark = if flags & (SKIPPED | HIDDEN) == 0 { self.mark(tag, kind, attrs) } else { None };
        self.stack.push(Open { tag, flags, kind, values, path: None, mark });
        if begins_update {
            self.update_at = self.stack.len() - 1;
        }
    }

    /// Notes that an inline element begins within a block.
    fn seam(&mut self) {
        let before = &self.document.text[self.now.start..];
        self.now.joint = self.stack.top().flags & PREFORMATTED == 0 && ends_sentence(before);
        let (at, seams) = (self.document.text.len(), &mut self.document.seams);
        if at > self.now.start && at - self.now.start <= SEAM_BYTES_MAX && seams.len() < SEAMS_MAX {
            seams.push(at as u32);
        }
    }

    /// Notes where the text of an inline element begins that says what it is.
    fn mark(&mut self, tag: Tag, within: BlockKind, attrs: &Attrs<'a>) -> Option<u32> {
        let marks = &mut self.gathered.marks;
        let kind = marks::kind(tag, within, attrs, marks.len())?;
        let start = self.document.text.len();
        marks.push(Mark { kind, block: self.document.blocks.len(), start, end: start });
        Some(marks.len() as u32 - 1)
    }

    fn root(&mut self, tag: Tag, attrs: &Attrs<'a>) {
        if tag == Tag::Html
            && let Some(lang) = attrs.get(Attr::Lang).or_else(|| attrs.get(Attr::XmlLang))
        {
            self.gathered.language.get_or_insert(lang);
        }
        if tag == Tag::Body {
            self.flush();
        }
    }

    fn void(&mut self, tag: Tag, attrs: &Attrs<'a>) {
        match tag {
            Tag::Br => self.line_break(),
            Tag::Hr => {
                self.flush();
                self.close_implied(tag);
            }
            Tag::Img => self.figure(attrs),
            Tag::Wbr => {}
            _ => {}
        }
    }

    fn line_break(&mut self) {
        if self.stack.top().flags & PREFORMATTED != 0 {
            self.newline();
            return;
        }
        self.now.space = true;
        self.now.breaks += 1;
        if self.now.breaks > 1 {
            self.flush();
        }
    }

    fn figure(&mut self, attrs: &Attrs<'a>) {
        let url = [Attr::DataSrc, Attr::DataOriginal, Attr::DataLazySrc, Attr::Src, Attr::DataSrcset, Attr::Srcset];
        let url = url.into_iter().find_map(|name| {
            let value = attrs.get(name)?.trim();
            // Of several widths the first.
            let is_set = matches!(name, Attr::DataSrcset | Attr::Srcset);
            let value = if is_set { value.split_ascii_whitespace().next()?.trim_end_matches(',') } else { value };
            (!value.is_empty() && !value.starts_with("data:")).then_some(value)
        });
        let tiny = |n: Attr| attrs.get(n).and_then(|v| v.parse::<u32>().ok()).is_some_and(|v| v < 60);
        if let Some(url) = url
            && self.document.figures.len() < FIGURES_MAX
            && !(tiny(Attr::Width) || tiny(Attr::Height))
            && self.stack.shows_picture()
        {
            let alt = attrs.get(Attr::Alt).filter(|a| !a.trim().is_empty()).map(|a| bounded(decode(a).trim()).into());
            let block = self.document.blocks.len() as u32;
            let path = self.stack.path(self.stack.len() - 1, &mut self.document.paths);
            let apart = self.stack.top().flags & (SKIPPED | HIDDEN) != 0;
            self.document.figures.push(Figure { block, path, url: decode(url).as_ref().into(), alt, apart });
        }
    }

    fn close_implied(&mut self, tag: Tag) {
        if let Some(index) = self.stack.implied(tag) {
            self.pop_to(index);
        }
    }

    fn end(&mut self, tag: Tag) {
        if tag.is(ROOT | LETTERS) {
            if tag == Tag::Sup {
                self.end_raised();
            }
            return;
        }
        if tag == Tag::Br {
            self.line_break();
            return;
        }
        if tag.is(BLOCK) {
            self.flush();
        }
        if let Some(index) = self.stack.matching(tag) {
            self.pop_to(index);
        }
    }

    /// Closes the element at `index` and all within it.
    fn pop_to(&mut self, index: usize) {
        if !self.is_empty() && index <= self.now.anchor {
            if self.now.anchor_path.is_none() {
                self.now.anchor_path = Some(self.stack.path(self.now.anchor, &mut self.document.paths));
                self.now.common = index - 1;
            }
            self.now.common = self.now.common.min(index - 1);
        }
        for mark in self.stack.marks(index) {
            self.gathered.marks[mark].end = self.document.text.len();
        }
        if index <= self.update_at {
            self.gathered.close_update();
            self.update_at = 0;
        }
        self.stack.truncate(index);
    }

    fn raw(&mut self, tag: Tag, text: &'a str) {
        match tag {
            Tag::Script if self.json_ld => self.gathered.json_ld(text),
            Tag::Title if self.stack.top().flags & SKIPPED != 0 && !self.stack.within_foreign() => {
                self.gathered.title(text)
            }
            Tag::Xmp => self.text(text),
            _ => {}
        }
        self.json_ld = false;
    }

    fn text(&mut self, text: &str) {
        let flags = self.stack.top().flags;
        if flags & SKIPPED != 0 || flags & LINK != 0 && notes::is_anchor(text, self.link) {
            return;
        }
        if fold::is_blank(text.as_bytes()) {
            self.blank(text, flags);
            return;
        }
        let before = self.document.text.len();
        let anchored = !self.is_empty();
        if token::has_reference(text) {
            self.append(&decode(text), flags);
        } else {
            self.append(text, flags);
        }
        let added = self.document.text.len() - before;
        if added == 0 {
            return;
        }
        self.now.breaks = 0;
        let top = self.stack.len() - 1;
        if !anchored {
            self.now.anchor = top;
            self.now.anchor_path = None;
            self.now.href = None;
        } else if self.now.anchor_path.take().is_some() {
            // The element that held all text so far is closed, and more text comes.
            self.now.anchor = self.now.common;
        }
        if flags & LINK != 0 {
            self.now.href = self.now.href.or(Some(self.link));
            self.now.link_bytes += added;
        }
    }

    fn blank(&mut self, text: &str, flags: u8) {
        if flags & PREFORMATTED != 0 {
            self.append(text, flags);
        } else if !text.is_empty() {
            // `<![CDATA[]]>` is a text without a byte.
            self.now.space = true;
        }
    }

    fn newline(&mut self) {
        if !self.is_empty() {
            self.document.text.push('\n');
            self.now.space = false;
        }
    }

    /// Appends text with its white space folded.
    fn append(&mut self, text: &str, flags: u8) {
        let preformatted = flags & PREFORMATTED != 0;
        let mut at = 0;
        while at < text.len() {
            let blanks = if preformatted { 0 } else { fold::blanks(&text.as_bytes()[at..]) };
            self.now.space |= blanks > 0;
            at += blanks;
            let end = at + fold::plain(&text.as_bytes()[at..], preformatted);
            self.append_run(&text[at..end]);
            let Some(c) = text[end..].chars().next() else { break };
            at = end + c.len_utf8();
            match c {
                '\n' if preformatted => self.newline(),
                ' ' | '\t' if preformatted => {
                    if !self.is_empty() {
                        self.document.text.push(' ');
                    }
                }
                '\u{200b}' | '\u{feff}' | '\u{ad}' | '\0' => {}
                '\u{80}'..='\u{9f}' => {
                    if let Some(meant) = fold::meant(c) {
                        self.append_run(meant.encode_utf8(&mut [0; 4]));
                    }
                }
                _ if c.is_whitespace() || c < ' ' => self.now.space = true,
                _ => self.append_run(&text[end..at]),
            }
        }
    }

    fn append_run(&mut self, run: &str) {
        if run.is_empty() {
            return;
        }
        // Styles keep a sentence apart from the next element's.
        let apart = self.now.space || self.now.joint && begins_sentence(run);
        if apart && !self.is_empty() && !self.document.text.ends_with('\n') {
            self.document.text.push(' ');
        }
        (self.now.space, self.now.joint) = (false, false);
        self.document.text.push_str(run);
    }

    /// Ends the block in the making.
    #[inline]
    fn flush(&mut self) {
        if !self.is_empty() {
            self.flush_text();
        }
        self.now = Current { start: self.document.text.len(), ..Current::default() };
    }

    fn flush_text(&mut self) {
        let now = &self.now;
        let (start, trimmed) = (now.start, self.document.text[now.start..].trim_end().len());
        self.document.text.truncate(start + trimmed);
        if trimmed == 0 {
            return;
        }
        if self.document.blocks.len() >= self.blocks_max {
            self.document.text.truncate(start);
            self.document.truncated = true;
            return;
        }
        let path = now.anchor_path.unwrap_or_else(|| self.stack.path(now.anchor, &mut self.document.paths));
        let targets = &mut self.document.targets;
        let target = now.href.filter(|_| now.link_bytes > 0).map(|href| targets.push(&decode(href.trim())));
        self.document.blocks.push(Block {
            start: start as u32,
            end: (start + trimmed) as u32,
            link_bytes: now.link_bytes.min(trimmed) as u32,
            target,
            path,
            kind: self.kind(now.anchor),
            class: Class::Other,
            confidence: 0.0,
            counts: BlockCounts::default(),
        });
    }

    fn kind(&self, anchor: usize) -> BlockKind {
        self.stack.kind(anchor)
    }
}

/// Whether a text's last word, behind a blank, ends a sentence: no abbreviation, address or name of code.
fn ends_sentence(text: &str) -> bool {
    let Some(text) = text.strip_suffix(['.', '!', '?', '…']) else { return false };
    // Where no blank is near, it is no sentence of words.
    let near = &text[text.ceil_char_boundary(text.len().saturating_sub(WORD_BYTES_MAX))..];
    let Some((_, word)) = near.rsplit_once(' ') else { return false };
    word.chars().rev().take(2).filter(|c| c.is_lowercase()).count() == 2 && !word.contains(['.', '@', '/'])
}

/// Whether a text begins with a word of a capital and a small letter, and goes on behind it.
fn begins_sentence(text: &str) -> bool {
    text.starts_with(char::is_uppercase) && text.chars().nth(1).is_some_and(char::is_lowercase) && text.contains(' ')
}

/// Whether the element says that it is not shown.
fn is_hidden(attrs: &Attrs<'_>) -> bool {
    attrs.get(Attr::Hidden).is_some_and(|v| v != "false") || attrs.get(Attr::Style).is_some_and(fold::hides)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod token_tests;
