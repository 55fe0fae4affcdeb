//! Markup that stands as words in what a page declares of itself: `<p>The bridge is <b>open</b>.</p>`, escaped once too often.
//!
//! What holds: a line that speaks of markup keeps it, and so does one whose brackets may mean something else; linear.

use crate::clean::classify::phrases::{LABEL_LINES, folded};
use crate::clean::folded_words;

/// Elements of text, which editors' tools write.
const ELEMENTS: [&str; 24] = [
    "p",
    "br",
    "a",
    "b",
    "i",
    "em",
    "strong",
    "span",
    "div",
    "u",
    "ul",
    "ol",
    "li",
    "img",
    "iframe",
    "blockquote",
    "font",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "sup",
    "sub",
];
/// Those of them that stand within a line.
const WITHIN_LINE: [&str; 9] = ["a", "b", "i", "em", "strong", "span", "u", "font", "sup"];
/// Words of lines that speak of markup.
const SPEAKS: [&str; 14] = [
    "html",
    "xhtml",
    "html5",
    "css",
    "xml",
    "javascript",
    "markup",
    "markdown",
    "tag",
    "tags",
    "element",
    "elements",
    "attribute",
    "attributes",
];
/// A tag's words have so many bytes at most; a text that was cut may end within one.
const TAG_BYTES_MAX: usize = 2048;

/// A tag and where it stands.
struct Tag {
    at: usize,
    end: usize,
    /// Its element's place among those of text.
    element: usize,
    closes: bool,
    /// Whether it is written as only markup is: with attributes, or closing itself.
    is_sure: bool,
}

/// A declared line without markup.
pub(super) fn without(text: String) -> String {
    // Most lines have none.
    let Some(first) = next(&text, 0) else { return text };
    let rest = std::iter::successors(Some(first), |last| next(&text, last.end));
    let tags: Vec<Tag> = rest.collect();
    if !is_markup(&text, &tags) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for (n, tag) in tags.iter().enumerate() {
        kept.push_str(&text[from..tag.at]);
        if !WITHIN_LINE.contains(&ELEMENTS[tag.element]) {
            kept.push(' ');
        }
        from = tag.end;
        // `Read more`: the way to the article's page, where the line ends.
        if let Some(close) = tags.get(n + 1)
            && close.closes
            && text[close.end..].trim().is_empty()
            && LABEL_LINES.contains(&folded(&text[tag.end..close.at]))
        {
            from = text.len();
            break;
        }
    }
    kept.push_str(&text[from..]);
    if folded_words(&kept).any(|word| SPEAKS.contains(&word.as_str())) {
        return text;
    }
    kept.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Whether the tags were meant as such: a pair, one that only markup has, or one right before the line's first letter.
fn is_markup(text: &str, tags: &[Tag]) -> bool {
    // One for each element that a tag has opened so far.
    let mut open = [false; ELEMENTS.len()];
    let mut is_pair = |tag: &Tag| {
        let closes = tag.closes && open[tag.element];
        open[tag.element] |= !tag.closes;
        closes
    };
    let begins = || tags[0].at == 0 && text[tags[0].end..].starts_with(char::is_alphabetic);
    tags.iter().any(|tag| tag.is_sure || is_pair(tag)) || begins()
}

/// The next tag from a place on.
fn next(text: &str, from: usize) -> Option<Tag> {
    memchr::memchr_iter(b'<', &text.as_bytes()[from..]).find_map(|at| tag(text, from + at))
}

/// The tag at a bracket.
fn tag(text: &str, at: usize) -> Option<Tag> {
    let rest = &text[at + 1..];
    let closes = rest.starts_with('/');
    let begin = &rest[usize::from(closes)..];
    let name = &begin[..begin.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(begin.len())];
    let behind = &begin[name.len()..];
    let element = ELEMENTS.iter().position(|element| name.eq_ignore_ascii_case(element))?;
    let close = behind[..behind.floor_char_boundary(TAG_BYTES_MAX)].find(['<', '>'])?;
    let attributes = behind[..close].trim_end_matches('/');
    let is_whole = behind[close..].starts_with('>');
    let is_named = attributes.is_empty()
        || attributes.starts_with(' ') && (attributes.trim().is_empty() || attributes.contains('='));
    let end = at + 1 + usize::from(closes) + name.len() + close + 1;
    let is_sure = attributes.contains('=') || behind[..close].ends_with('/');
    (is_whole && is_named).then_some(Tag { at, end, element, closes, is_sure })
}

#[cfg(test)]
mod tests {
    use super::super::tests::meta;
    use super::*;

    #[test]
    fn what_a_page_declares_is_without_markup() {
        let head = "<meta name=description content='&lt;p&gt;The &lt;b&gt;bridge&lt;/b&gt; is open.&lt;/p&gt;'>";
        assert_eq!(meta(head, "").description.as_deref(), Some("The bridge is open."));
        let graph = r#"<script type=application/ld+json>{"@type":"NewsArticle","headline":"Old bridge opens",
            "description":"<p>The bridge is open.<\/p>"}<\/script>"#
            .replace("<\\/", "</");
        assert_eq!(meta(&graph, "").description.as_deref(), Some("The bridge is open."));
    }

    #[test]
    fn markup_is_no_words_of_a_description() {
        for (text, expected) in [
            ("<p>The bridge is <b>open</b> again.</p>", "The bridge is open again."),
            ("<p>The council met</p><p>on Monday</p>", "The council met on Monday"),
            ("<p>The bridge was cut", "The bridge was cut"),
            ("The bridge,<br/>of stone", "The bridge, of stone"),
            ("By the weir <a href=\"https://h.example/\">Ann Bell</a> waits", "By the weir Ann Bell waits"),
            ("Near<a class=\"more\" href=\"/7\">Read More</a>", "Near"),
            ("Of stone:<iframe src=\"https://h.example/a.html\"></iframe>", "Of stone:"),
            ("Of stone. <i>Ann Bell looks back.</i>", "Of stone. Ann Bell looks back."),
        ] {
            assert_eq!(without(text.to_owned()), expected);
        }
        for text in [
            "The <p> element is for paragraphs",
            "Use <b>bold</b> in HTML as you please",
            "30 years of <br> and still here",
            "a <b and c> d",
            "if x <a y> or y</a",
            "<i> or <em>?",
            "The Herald <a@herald.example>",
            "<3 the bridge </3",
            "Vec<u> and Box<i>",
        ] {
            assert_eq!(without(text.to_owned()), text);
        }
    }
}
