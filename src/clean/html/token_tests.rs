//! The tokenizer against the standard: cases state by state, any markup against `html5ever`, and where it departs knowingly.

use super::attributes::Attr;
use super::tags::{RAW, Tag};
use super::token::{Token, Tokenizer};
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{self, BufferQueue, TagKind, TokenSink, TokenSinkResult};
use proptest::prelude::*;
use std::cell::RefCell;

/// Tokens as text, one after the other; text that is cut in pieces is one.
#[derive(Default)]
struct Shown(Vec<String>);

impl Shown {
    fn text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(last) if !last.starts_with(['<', '\u{1}']) => last.push_str(text),
            _ if text.is_empty() => {}
            // Text that begins like a tag must not be taken for one.
            _ if text.starts_with('<') => self.0.push(format!("\u{2}{text}")),
            _ => self.0.push(text.to_owned()),
        }
    }
}

/// What the tokenizer makes of `src`; of attributes those that something looks at, the first of each name.
fn ours(src: &str) -> Vec<String> {
    let mut tokens = Tokenizer::new(src);
    let mut shown = Shown::default();
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) | Token::Raw(_, text) => shown.text(text),
            Token::Start(_, name) => {
                let mut seen: Vec<Attr> = Vec::new();
                let mut tag = format!("<{}", name.to_ascii_lowercase());
                for (attr, value) in tokens.attrs.iter() {
                    if !seen.contains(&attr) {
                        seen.push(attr);
                        tag.push_str(&format!(" {}={value}", attr.name()));
                    }
                }
                shown.0.push(tag + if tokens.attrs.self_closing { "/>" } else { ">" });
            }
            Token::End(_, name) => shown.0.push(format!("</{}>", name.to_ascii_lowercase())),
        }
    }
    shown.0
}

/// What `html5ever` makes of it, in the same form.
fn theirs(src: &str) -> Vec<String> {
    struct Sink(RefCell<Shown>);
    impl TokenSink for Sink {
        type Handle = ();
        fn process_token(&self, token: tokenizer::Token, _: u64) -> TokenSinkResult<()> {
            let mut shown = self.0.borrow_mut();
            match token {
                tokenizer::CharacterTokens(text) => shown.text(&text),
                tokenizer::NullCharacterToken => shown.text("\0"),
                tokenizer::TagToken(tag) if tag.kind == TagKind::EndTag => shown.0.push(format!("</{}>", tag.name)),
                tokenizer::TagToken(tag) => {
                    let known = tag.attrs.iter().filter(|a| Attr::of(a.name.local.as_bytes()).is_some());
                    let attrs: String = known.map(|a| format!(" {}={}", a.name.local, a.value)).collect();
                    shown.0.push(format!("<{}{attrs}{}", tag.name, if tag.self_closing { "/>" } else { ">" }));
                    return match &*tag.name {
                        "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                        "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                        name if Tag::of(name).is(RAW) => TokenSinkResult::RawData(RawKind::Rawtext),
                        _ => TokenSinkResult::Continue,
                    };
                }
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }
    let tokens = tokenizer::Tokenizer::new(Sink(RefCell::default()), Default::default());
    let input = BufferQueue::default();
    input.push_back(src.into());
    let _ = tokens.feed(&input);
    tokens.end();
    tokens.sink.0.into_inner().0
}

/// A case of the standard: both tokenizers give `expected`.
#[track_caller]
fn check(src: &str, expected: &[&str]) {
    assert_eq!(ours(src), expected, "{src}");
    assert_eq!(theirs(src), expected, "html5ever, {src}");
}

#[test]
fn data_and_tag_open() {
    check("a < b <3 <", &["a < b <3 <"]);
    check("<é>", &["\u{2}<é>"]);
    check("</", &["\u{2}</"]);
    check("a</>b</ c>d</3>e", &["abde"]);
    check("a<?x y?>b<!x>c<!>d", &["abcd"]);
    check("a<", &["a<"]);
}

#[test]
fn tag_names() {
    check("<A-B c><x:y><a<b>", &["<a-b>", "<x:y>", "<a<b>"]);
    check("<a\n><a/><a / ><a/ /></A b/>", &["<a>", "<a/>", "<a>", "<a/>", "</a>"]);
    check("x<a", &["x"]);
    check("x<a href", &["x"]);
    check("x</a", &["x"]);
}

#[test]
fn attributes() {
    check("<a href=b id='c d' class=\"e>f\">", &["<a href=b id=c d class=e>f>"]);
    check("<a HREF = b\tId>", &["<a href=b id=>"]);
    check("<a href='b'id=c>", &["<a href=b id=c>"]);
    check("<a href=b href=c>", &["<a href=b>"]);
    check("<a =href=b id=c>", &["<a id=c>"]);
    check("<a href= >b", &["<a href=>", "b"]);
    check("<a href=b/>", &["<a href=b/>"]);
    check("<a href=b=c'd\"e<f`g>", &["<a href=b=c'd\"e<f`g>"]);
    check("<a href/id=c/>", &["<a href= id=c/>"]);
    check("<a href \n = \n b>", &["<a href=b>"]);
    check("<a href='b>c", &[]);
    check("<a 'href=b id=c>", &["<a id=c>"]);
}

#[test]
fn comments_and_doctypes() {
    check("a<!---->b<!--->c<!-->d", &["abcd"]);
    check("a<!-- -- > - -->b<!--x--!>c", &["abc"]);
    check("a<!--x---->b<!-----!>c<!------!>d", &["abcd"]);
    check("a<!--!>-->b<!---!>-->c", &["abc"]);
    check("a<!-- <!-- b --> c -->d", &["a c -->d"]);
    check("a<!-- open", &["a"]);
    check("<!doctype html public 'a>b'>c", &["b'>c"]);
}

#[test]
fn raw_text() {
    check("<title>a<b></title>c", &["<title>", "a<b>", "</title>", "c"]);
    check("<textarea>a</textareas></TEXTAREA\n>b", &["<textarea>", "a</textareas>", "</textarea>", "b"]);
    check("<style>a</ style></style/>b", &["<style>", "a</ style>", "</style>", "b"]);
    check("<script>if (a</b) '<p>'</script>c", &["<script>", "if (a</b) '<p>'", "</script>", "c"]);
    check("<script>a", &["<script>", "a"]);
    check("<title>a</title", &["<title>", "a</title"]);
    check("<script>a</script b", &["<script>", "a"]);
    check("<script><!-- a --></script>b", &["<script>", "\u{2}<!-- a -->", "</script>", "b"]);
    check(
        "<iframe><p></iframe><noframes><p></noframes>",
        &["<iframe>", "\u{2}<p>", "</iframe>", "<noframes>", "\u{2}<p>", "</noframes>"],
    );
}

/// Where the tokenizer departs from the standard, why, and what both make of an example.
const DEPARTURES: &[(&str, &str, &[&str], &[&str])] = &[
    (
        "CDATA sections are text everywhere, not only in drawings and formulas: scraped XHTML and feeds mean them so",
        "a<![CDATA[<b>]]>c",
        &["a<b>c"],
        &["a]]>c"],
    ),
    (
        "a script within a script's comment does not nest: pages cut there would be swallowed to their end",
        "<script><!--<script></script>a",
        &["<script>", "\u{2}<!--<script>", "</script>", "a"],
        &["<script>", "\u{2}<!--<script></script>a"],
    ),
    ("carriage returns stay: folding takes them for the white space that they are", "a\r\nb", &["a\r\nb"], &["a\nb"]),
    (
        "NUL stays in text, where folding drops it, and in values, where nothing asks for it",
        "<a id=b\0c>",
        &["<a id=b\0c>"],
        &["<a id=b\u{fffd}c>"],
    ),
    (
        "references are read where text and values are used, not before",
        "<a id='&amp;'>&lt;",
        &["<a id=&amp;>", "&lt;"],
        &["<a id=&>", "\u{2}<"],
    ),
];

#[test]
fn departures_are_those_that_are_named() {
    for (why, src, own, standard) in DEPARTURES {
        assert_eq!(ours(src), *own, "{why}");
        assert_eq!(theirs(src), *standard, "{why}");
    }
}

/// Whether a departure may show in `src`.
fn departs(src: &str) -> bool {
    let lower = src.to_ascii_lowercase();
    lower.contains("<script") && lower.contains("<!--")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_other_markup_gives_the_standards_tokens(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<", ">", "/", "!", "?", "-", "--", "=", "\"", "'", " ", "\n", "a", "B", "é", "x y", "</", "<a", "<p>",
                "</p>", "<!--", "-->", "--!>", "<!", "<?", " href", " id=", " class='b'", "<title>", "</title>", "</TITLE ",
                "<script>", "</script>", "<style", "</style", "<div/>",
            ]),
            0..24,
        )
    ) {
        let src = pieces.concat();
        prop_assume!(!departs(&src));
        prop_assert_eq!(ours(&src), theirs(&src));
    }
}
