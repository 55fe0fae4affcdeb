//! Pages made to cost or to confuse: whatever the markup, expanding ends and does not panic. What searches on the stack cost
//! is counted beside the stack itself.

use copydesk::article::Source;
use copydesk::clean::CleanLimits;
use copydesk::expand::{Options, Outcome, expand};
use copydesk::fault::Code;
use copydesk::page::{PageLimits, RawRecord};

const OPTIONS: Options = Options {
    page: PageLimits { page_bytes_max: 64 << 20 },
    clean: CleanLimits { depth_max: 256, blocks_max: 50_000 },
    event_bytes_max: 64 << 20,
};

/// Bytes of a page.
const PAGE_BYTES: usize = 200_000;

fn outcome(markup: &[u8]) -> Outcome {
    let headers = [("content-type".to_owned(), b"text/html; charset=utf-8".to_vec())];
    let time = jiff::Timestamp::UNIX_EPOCH;
    let record = RawRecord { key: None, value: Some(markup), headers: &headers, time };
    expand(&record, &Source::file("page", 1), &OPTIONS)
}

#[track_caller]
fn survives(name: &str, markup: &str) {
    if let Outcome::Rejected(fault) = outcome(markup.as_bytes()) {
        assert_ne!(fault.code, Code::Panic, "{name}: {fault}");
    }
}

/// A page of `piece` over and over; `#` in it becomes a number.
fn page(piece: &str, bytes: usize) -> String {
    let mut page = "<html><head><title>The bridge over the Lenn opens</title></head><body>".to_owned();
    let mut n = 0;
    while page.len() < bytes {
        page.push_str(&piece.replace('#', &n.to_string()));
        n += 1;
    }
    page
}

#[track_caller]
fn check(name: &str, piece: &str) {
    survives(name, &page(piece, PAGE_BYTES));
}

#[test]
fn elements_that_are_never_closed() {
    for piece in
        ["<div>", "<div>x", "<p>x", "<b>", "<a href=x>", "<a href=/#>word ", "<span class=c#>y ", "<svg>", "<ul><li>x"]
    {
        check(piece, piece);
    }
    check("articles in articles", "<article><h2><a href=/#>The headline number # stands here</a></h2>");
    check("tables in tables", "<table><tr><td>cell #");
    check("quotes in quotes", "<blockquote><p>Said number #.");
}

#[test]
fn markup_that_is_cut() {
    for piece in [
        "<",
        "</",
        "<!--",
        "<!",
        "<!-- --!",
        "<![CDATA[",
        "<?",
        "<a b=\"",
        "<a b=c",
        "<a ",
        "<script>",
        "<title>",
        "</p",
        "&",
        "&amp",
        "&#x",
        "<>",
    ] {
        check(piece, piece);
    }
}

#[test]
fn many_of_one_kind() {
    check("distinct classes", "<p class='a# b# c#'>Text number # of the page.</p>");
    check("a huge table", "<table><tr><td>a#<td>b<td>c</table>");
    check("rows of one table", "<tr><td>cell #<td>7");
    check(
        "cards",
        "<div><h3><a href=/n/#>The headline number # stands here</a></h3><p>A snippet of some words tells of number #.</p></div>",
    );
    check("linked headings", "<h3><a href=/n/#>The headline number # stands here</a></h3>");
    check(
        "articles",
        "<article><h2><a href=/n/#>The headline number # stands here</a></h2><p>By Ann Bell</p><p>Text of the article, with some words in it, number #.</p></article>",
    );
    check("paragraphs", "<p>The council met on day # and said, after long talks, that the bridge will open.</p>");
    check("equal paragraphs", "<p>The council met and said, after long talks, that the bridge will open.</p>");
    check("dates", "<p>3 May 2024, 10:#</p><time datetime=2024-05-03>x</time>");
    check("bylines", "<p class=byline>By <a rel=author href=/a/#>Ann Bell #</a></p>");
    check("captions", "<figure><img src=/i#.jpg><figcaption>The bridge #. Photo: Carl Dorn</figcaption></figure>");
    check("metas", "<meta property=og:title content='Title number #'><meta name=author content='Ann #'>");
    check(
        "structured data",
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"@id\":\"#\",\"headline\":\"Number #\"}</script>",
    );
    check("list items", "<ul><li>Item #</ul>");
    check("breaks", "line #<br>");
    check("comments", "<!-- # -->");
}

#[test]
fn one_long_stretch() {
    for piece in [
        "word ",
        "word",
        " ",
        "-",
        "a-",
        "'",
        ". ",
        "桥",
        "ö",
        "e\u{301}",
        "\u{301}",
        "“a” ",
        "@@@\n",
        "2024-05-03 ",
        "|",
        "By Ann Bell ",
    ] {
        check(&format!("text of {piece:?}"), piece);
    }
    check("an attribute", "\" x=\"y");
    survives("a long attribute", &format!("<p class=\"{}\">x", "word ".repeat(200_000)));
    survives("deep data", &format!("<script type='application/ld+json'>{}</script><p>x", "{\"a\":[".repeat(50_000)));
}

const LAST: &str = "The last words of all stand here, and they are read.";

#[test]
fn the_largest_pages_are_read_to_their_end() {
    let day =
        |day: usize| format!("The council met on day {day} and said, after long talks, that the bridge will open. ");
    let days = |count: usize| (0..count).map(day).collect::<String>();
    let begin = "<article><h1>The bridge over the Lenn opens</h1>";
    ends_with_its_last("ten megabytes of text", &format!("{begin}<p>{}</p><p>{LAST}</p></article>", days(120_000)));
    // Elements below the deepest count as their ancestor there: what stands in them is read like any other text.
    let unclosed = "<i><span>".repeat(300_000);
    let deep = format!("{begin}{unclosed}<p>{}</p>{unclosed}<p>{}</p><p>{LAST}</p>", days(40), days(40));
    ends_with_its_last("elements that are never closed", &deep);
}

/// The page is one article, cut nowhere.
#[track_caller]
fn ends_with_its_last(name: &str, markup: &str) {
    match outcome(markup.as_bytes()) {
        Outcome::Expanded(events) => {
            assert_eq!(events.len(), 1, "{name}");
            assert!(!events[0].truncated && events[0].article_body.ends_with(LAST), "{name}: its end is missing");
        }
        other => panic!("{name}: {other:?}"),
    }
}
