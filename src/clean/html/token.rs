//! Markup to tokens, one pass, nothing copied.
//!
//! What holds: every byte is read a bounded number of times; whatever the markup, the tokenizer ends. It follows the
//! tokenizer of the HTML standard (whatwg.org, "13.2.5 Tokenization"); comments and doctypes are dropped, and where it
//! departs, `token_tests` names the place and the reason.

use super::attributes::Attrs;
use super::strides;
use super::tags::{RAW, Tag};
use memchr::{memchr, memchr_iter, memchr2, memmem};
use std::ops::Range;

/// A piece of markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Text with its character references still in it.
    Text(&'a str),
    /// A start tag; its attributes are in [`Tokenizer::attrs`].
    Start(Tag, &'a str),
    /// An end tag.
    End(Tag, &'a str),
    /// The content of a raw text element, between its start and its end.
    Raw(Tag, &'a str),
}

/// The tokenizer; call [`Tokenizer::next`] until it gives `None`.
pub(super) struct Tokenizer<'a> {
    src: &'a str,
    at: usize,
    raw: Option<(Tag, &'a str)>,
    /// Of the last start tag.
    pub(super) attrs: Attrs<'a>,
}

impl<'a> Tokenizer<'a> {
    /// A tokenizer at the start of `src`.
    pub(super) fn new(src: &'a str) -> Self {
        Tokenizer { src, at: 0, raw: None, attrs: Attrs::default() }
    }

    /// The next token.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        if let Some((tag, name)) = self.raw.take() {
            return Some(Token::Raw(tag, self.raw_content(name)));
        }
        let bytes = self.src.as_bytes();
        let (mut start, mut scan) = (self.at, self.at);
        loop {
            let Some(lt) = self.find_lt(scan) else {
                self.at = bytes.len();
                return (start < bytes.len()).then(|| Token::Text(&self.src[start..]));
            };
            let kind = match bytes.get(lt + 1) {
                Some(c) if c.is_ascii_alphabetic() => Markup::Start,
                Some(b'/') => match bytes.get(lt + 2) {
                    Some(c) if c.is_ascii_alphabetic() => Markup::End,
                    Some(_) => Markup::Bogus,
                    None => Markup::None,
                },
                Some(b'!') => Markup::Declaration,
                Some(b'?') => Markup::Bogus,
                _ => Markup::None,
            };
            if kind == Markup::None {
                scan = lt + 1;
                continue;
            }
            if lt > start {
                self.at = lt;
                return Some(Token::Text(&self.src[start..lt]));
            }
            match kind {
                Markup::Start => return self.start_tag(lt + 1),
                Markup::End => return self.end_tag(lt + 2),
                Markup::Declaration => {
                    if let Some(text) = self.declaration(lt) {
                        return Some(Token::Text(text));
                    }
                }
                Markup::Bogus | Markup::None => self.at = self.after(lt, b'>'),
            }
            // Nothing of it is left; comments may follow one another by the thousand.
            (start, scan) = (self.at, self.at);
        }
    }

    /// What follows the next `byte` at or after `from`.
    fn after(&self, from: usize, byte: u8) -> usize {
        let bytes = self.src.as_bytes();
        memchr(byte, &bytes[from..]).map_or(bytes.len(), |i| from + i + 1)
    }

    /// Passes a comment or doctype; gives the text of a CDATA section.
    fn declaration(&mut self, lt: usize) -> Option<&'a str> {
        let rest = &self.src[lt..];
        if let Some(body) = rest.strip_prefix("<!--") {
            // `<!-->` and `<!--->` are whole comments.
            let skip = if body.starts_with('>') { Some(1) } else { body.starts_with("->").then_some(2) };
            let length = skip.or_else(|| comment_end(body)).unwrap_or(body.len());
            self.at = lt + 4 + length;
            None
        } else if let Some(body) = rest.strip_prefix("<![CDATA[") {
            let end = memmem::find(body.as_bytes(), b"]]>");
            self.at = lt + 9 + end.map_or(body.len(), |e| e + 3);
            Some(&body[..end.unwrap_or(body.len())])
        } else {
            self.at = self.after(lt, b'>');
            None
        }
    }

    /// The next `<`, which mostly follows at once.
    #[inline]
    fn find_lt(&self, from: usize) -> Option<usize> {
        let bytes = self.src.as_bytes();
        if bytes.get(from) == Some(&b'<') { Some(from) } else { strides::find(b'<', bytes, from) }
    }

    #[inline]
    fn name(&self, from: usize) -> &'a str {
        let bytes = self.src.as_bytes();
        &self.src[from..name_end(bytes, from, TAG_END).unwrap_or(bytes.len())]
    }

    fn start_tag(&mut self, from: usize) -> Option<Token<'a>> {
        let name = self.name(from);
        let tag = Tag::of(name);
        self.at = self.attributes(from + name.len())?;
        if tag.is(RAW) {
            self.raw = Some((tag, name));
        }
        Some(Token::Start(tag, name))
    }

    fn end_tag(&mut self, from: usize) -> Option<Token<'a>> {
        let name = self.name(from);
        let close = from + name.len();
        self.at = if self.src.as_bytes().get(close) == Some(&b'>') { close + 1 } else { self.attributes(close)? };
        Some(Token::End(Tag::of(name), name))
    }

    /// Reads attributes up to the tag's `>`; gives what follows it, or `None` where the input ends inside the tag.
    fn attributes(&mut self, from: usize) -> Option<usize> {
        let bytes = self.src.as_bytes();
        self.attrs.clear();
        let mut i = from;
        loop {
            let mut slash = false;
            let mut byte = *bytes.get(i)?;
            while is(byte, SPACE) || byte == b'/' {
                slash = byte == b'/';
                i += 1;
                byte = *bytes.get(i)?;
            }
            if byte == b'>' {
                self.attrs.self_closing = slash;
                return Some(i + 1);
            }
            let start = i;
            i = name_end(bytes, start + 1, NAME_END)?;
            let name = &bytes[start..i];
            while is(*bytes.get(i)?, SPACE) {
                i += 1;
            }
            let mut value = i..i;
            if bytes[i] == b'=' {
                (value, i) = self.value(i + 1)?;
            }
            self.attrs.add(name, self.src, value);
        }
    }

    /// The range of the value that follows a `=`, and what follows it.
    #[inline]
    fn value(&self, from: usize) -> Option<(Range<usize>, usize)> {
        let bytes = self.src.as_bytes();
        let mut i = from;
        while is(*bytes.get(i)?, SPACE) {
            i += 1;
        }
        let quote = bytes[i];
        if quote == b'"' || quote == b'\'' {
            let start = i + 1;
            let end = strides::find(quote, bytes, start)?;
            return Some((start..end, end + 1));
        }
        let start = i;
        while *bytes.get(i)? != b'>' && !is(bytes[i], SPACE) {
            i += 1;
        }
        Some((start..i, i))
    }

    /// Everything up to the end tag of `name`, or to the end of the input.
    fn raw_content(&mut self, name: &str) -> &'a str {
        let start = self.at;
        let rest = &self.src.as_bytes()[start..];
        let mut end = rest.len();
        for i in memmem::find_iter(rest, b"</") {
            let tail = &rest[i + 2..];
            let is_name = tail.len() > name.len() && tail[..name.len()].eq_ignore_ascii_case(name.as_bytes());
            if is_name && matches!(tail[name.len()], b'>' | b'/' | b' ' | b'\t' | b'\n' | b'\r' | 0x0c) {
                end = i;
                break;
            }
        }
        self.at = start + end;
        &self.src[start..start + end]
    }
}

/// White space within a tag.
const SPACE: u8 = 1;
/// Ends an attribute's name.
const NAME_END: u8 = 1 << 1;
/// Ends a tag's name.
const TAG_END: u8 = 1 << 2;

static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        if byte.is_ascii_whitespace() {
            bytes[i] = SPACE | NAME_END | TAG_END;
        } else if matches!(byte, b'>' | b'/') {
            bytes[i] = NAME_END | TAG_END;
        } else if byte == b'=' {
            bytes[i] = NAME_END;
        }
        i += 1;
    }
    bytes
};

fn is(byte: u8, kind: u8) -> bool {
    BYTES[byte as usize] & kind != 0
}

/// Where the first byte at or after `from` is that ends a name.
#[inline]
fn name_end(bytes: &[u8], from: usize, kind: u8) -> Option<usize> {
    /// The highest bit of eight bytes.
    const HIGHEST: u64 = u64::MAX / 255 * 0x80;
    let mut at = from;
    loop {
        if let Some(eight) = bytes.get(at..)?.first_chunk() {
            // What ends a name is below the letters: neither of its two highest bits is set.
            let eight = u64::from_le_bytes(*eight);
            at += (!(eight | eight << 1) & HIGHEST).trailing_zeros() as usize / 8;
        }
        if is(*bytes.get(at)?, kind) {
            return Some(at);
        }
        at += 1;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Markup {
    Start,
    End,
    Declaration,
    Bogus,
    None,
}

/// Length of a comment's rest, its `-->` or `--!>` included.
fn comment_end(body: &str) -> Option<usize> {
    let bytes = body.as_bytes();
    memchr_iter(b'>', bytes).find(|at| bytes[..*at].ends_with(b"--") || bytes[..*at].ends_with(b"--!")).map(|at| at + 1)
}

/// Whether text carries a character reference or a byte that folding must look at.
pub(super) fn has_reference(text: &str) -> bool {
    memchr2(b'&', 0, text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(src: &str) -> Vec<String> {
        let mut tokens = Tokenizer::new(src);
        let mut out = Vec::new();
        while let Some(token) = tokens.next() {
            out.push(match token {
                Token::Text(t) => t.to_owned(),
                Token::Start(_, name) => {
                    let attrs: Vec<String> = tokens.attrs.iter().map(|(n, v)| format!(" {}={v}", n.name())).collect();
                    format!("<{name}{}{}>", attrs.concat(), if tokens.attrs.self_closing { "/" } else { "" })
                }
                Token::End(_, name) => format!("</{name}>"),
                Token::Raw(tag, t) => format!("[{}:{t}]", tag.name()),
            });
        }
        out
    }

    #[track_caller]
    fn check(src: &str, expected: &[&str]) {
        assert_eq!(show(src), expected, "{src}");
    }

    #[test]
    fn tags_and_attributes() {
        check("<p class=\"a b\">x</p>", &["<p class=a b>", "x", "</p>"]);
        check("<a href=x/y alt='it > \"that\"'>", &["<a href=x/y alt=it > \"that\">"]);
        check("<img src = a alt/>", &["<img src=a alt=/>"]);
        check("<br/><BR /><hr/ >", &["<br/>", "<BR/>", "<hr>"]);
        check("<a id=c'd>e", &["<a id=c'd>", "e"]);
        check("<a x=1 id=2 on='>' id=3>", &["<a id=2 id=3>"]);
        check("</p id=x>y", &["</p>", "y"]);
    }

    #[test]
    fn what_is_no_markup_is_text() {
        check("1 < 2 <3 <", &["1 < 2 <3 <"]);
        check("a</ b>c", &["a", "c"]);
        check("a<?php x ?>c", &["a", "c"]);
        check("cut <p class=", &["cut "]);
    }

    #[test]
    fn comments_and_sections() {
        check("a<!-- <p> -- x -->b", &["a", "b"]);
        check("<!-->a<!--->b<!--x--!>c<!--y--->d", &["a", "b", "c", "d"]);
        check("a<![CDATA[<b>]]>c", &["a", "<b>", "c"]);
        check("<!doctype html><p>", &["<p>"]);
        check("a<!-- open", &["a"]);
        check(&format!("{}x", "<!---->".repeat(100_000)), &["x"]);
    }

    #[test]
    fn raw_text_ends_at_its_own_end_tag_only() {
        check("<script>a</p><b></scripty></SCRIPT >x", &["<script>", "[script:a</p><b></scripty>]", "</SCRIPT>", "x"]);
        check("<title>a <b></title>", &["<title>", "[title:a <b>]", "</title>"]);
        check("<style>a", &["<style>", "[style:a]"]);
    }
}
