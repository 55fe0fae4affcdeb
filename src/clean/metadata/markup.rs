//! Markup that stands as words in what a page declares of itself: `<p>The bridge is <b>open</b>.</p>`, escaped once too often.
//!
//! What holds: only a line that opens with an element of text is taken for markup: elsewhere brackets may be what the line speaks of; linear.

use crate::clean::classify::phrases::{LABEL_LINES, folded};

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
/// A tag's words have so many bytes at most; a text that was cut may end within one.
const TAG_BYTES_MAX: usize = 2048;

/// A tag and where it stands.
struct Tag {
    at: usize,
    end: usize,
    /// Its element's place among those of text.
    element: usize,
    closes: bool,
}

/// A declared line without markup.
pub(super) fn without(text: String) -> String {
    // Most lines have none.
    let Some(first) = next(&text, 0) else { return text };
    let tags: Vec<Tag> = std::iter::successors(Some(first), |last| next(&text, last.end)).collect();
    if !is_markup(&text, &tags) {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    let end = text.trim_end().len();
    for (n, tag) in tags.iter().enumerate() {
        kept.push_str(&text[from..tag.at]);
        if !is_within_line(tag) {
            kept.push(' ');
        }
        from = tag.end;
        // `Read more`: the way to the article's page, where the line ends.
        if let Some(close) = tags.get(n + 1)
            && close.closes
            && close.end >= end
            && LABEL_LINES.contains(&folded(&text[tag.end..close.at]))
        {
            from = text.len();
            break;
        }
    }
    kept.push_str(uncut(&text[from..]));
    kept.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Whether a line opens with an element of text that holds words: one that stands within lines is closed again behind some.
fn is_markup(text: &str, tags: &[Tag]) -> bool {
    let first = &tags[0];
    let words = text[first.end..].trim_start();
    let is_open = text[..first.at].trim().is_empty() && !first.closes;
    let is_closed = || {
        let close = tags.iter().skip(1).find(|tag| tag.closes && tag.element == first.element);
        close.is_some_and(|close| text[first.end..close.at].contains(char::is_alphanumeric))
    };
    is_open && if is_within_line(first) { is_closed() } else { !words.starts_with(char::is_lowercase) }
}

fn is_within_line(tag: &Tag) -> bool {
    WITHIN_LINE.contains(&ELEMENTS[tag.element])
}

/// What is left of a line whose end was cut within a tag.
fn uncut(rest: &str) -> &str {
    let is_cut = |at: &usize| {
        !rest[*at..].contains('>') && rest[at + 1..].starts_with(|c: char| c == '/' || c.is_ascii_alphabetic())
    };
    rest.rfind('<').filter(is_cut).map_or(rest, |at| &rest[..at])
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
    (is_whole && is_named).then_some(Tag { at, end, element, closes })
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
            ("<p>The bridge,<br/>of stone", "The bridge, of stone"),
            ("<p>By the weir <a href=\"https://h.example/\">Ann Bell</a> waits", "By the weir Ann Bell waits"),
            ("<p>Near<a class=\"more\" href=\"/7\">Read More</a>", "Near"),
            ("<div>Of stone:<iframe src=\"https://h.example/a.html\"></iframe>", "Of stone:"),
            ("<strong>Oxley.</strong> The bridge is open.", "Oxley. The bridge is open."),
            ("<p>The bridge is open, says <a href=\"https://h.ex", "The bridge is open, says"),
            ("<p>Am Tag der Brücke</p>", "Am Tag der Brücke"),
        ] {
            assert_eq!(without(text.to_owned()), expected);
        }
        for text in [
            "The <p> element is for paragraphs",
            "<p> is for paragraphs",
            "Use <b>bold</b> in HTML as you please",
            "Difference between <b></b> and <strong></strong>?",
            "<b></b> or <strong></strong>?",
            "if (a <b && c == d> e)",
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
