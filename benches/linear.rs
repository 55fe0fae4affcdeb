//! What pages of ten times the bytes cost, in times of what the smaller ones cost:
//! `cargo bench --bench linear [-- [--rounds=N] [SHAPE...]]`.
//!
//! A page is one piece of markup over and over, made to cost. Where a step of the chain looks at more than it must, ten times
//! the bytes cost up to a hundred times the time, and the shape stands out on any machine. Both pages are read in turn, the
//! fastest time of each counts.

use copydesk::article::Source;
use copydesk::clean::CleanLimits;
use copydesk::expand::{self, Options};
use copydesk::page::{PageLimits, RawRecord};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How often each page is read, unless `--rounds` says otherwise.
const ROUNDS: usize = 5;

/// Bytes of the smaller page; the larger one has ten times as many.
const PAGE_BYTES: usize = 200_000;

/// Ten times the bytes, and what more memory than a processor has near costs beside; work in the square of the bytes is far
/// above.
const RATIO_MAX: f64 = 20.0;

/// No bound may cut a page: it would hide what the rest costs.
const OPTIONS: Options = Options {
    page: PageLimits { page_bytes_max: 64 << 20 },
    clean: CleanLimits { depth_max: 256, blocks_max: 1 << 20 },
    event_bytes_max: 64 << 20,
};

/// Pieces of markup by what a page has many of; `#` in them becomes a number, and what stands before a `|` stands once.
const SHAPES: [(&str, &str); 34] = [
    ("elements never closed", "<div>x"),
    ("formatting never closed", "<b><i><span>x "),
    ("links never closed", "<a href=/#>word "),
    ("list items never closed", "<ul><li>x"),
    ("tables in tables", "<table><tr><td>cell #"),
    ("quotes in quotes", "<blockquote><p>Said number #."),
    ("articles in articles", "<article><h2><a href=/#>The headline number # stands here</a></h2>"),
    ("end tags alone", "</p></div></a></td>"),
    ("attributes of one tag", "<p| a#=\"b\" class=c#"),
    ("class words", "<p class='a# b# c#'>Text number # of the page.</p>"),
    ("one text", "The council met on day # and said, after long talks, that the bridge will open. "),
    ("one word", "word"),
    ("white space", " \n\t"),
    ("references", "&amp;&eacute;&#38;&"),
    ("ideographs", "橋は明日開く。"),
    ("paragraphs", "<p>The council met on day # and said, after long talks, that the bridge will open.</p>"),
    ("equal paragraphs", "<p>The council met and said, after long talks, that the bridge will open.</p>"),
    ("headings", "<h2>The heading number # stands here</h2>"),
    (
        "headings over text",
        "<h2>Heading # stands here</h2><p>The council met on day #, and it said that the bridge will open.</p>",
    ),
    ("links", "<p><a href=/n/#>The link number # leads away</a></p>"),
    ("linked headings", "<h3><a href=/n/#>The headline number # stands here</a></h3>"),
    (
        "cards",
        "<div><h3><a href=/n/#>The headline number # stands here</a></h3><p>A snippet of some words tells of number #.</p></div>",
    ),
    (
        "articles",
        "<article><h2><a href=/n/#>The headline number # stands here</a></h2><p>By Ann Bell</p><p>Text of the article, with some words in it, number #.</p></article>",
    ),
    ("names", "<p class=byline>By <a rel=author href=/a/#>Ann Bell# and Carl Dorn#</a></p>"),
    ("names in one line", "By Ann Bell, Carl Dorn and "),
    ("dates", "<p>3 May 2024, 10:#</p><time datetime=2024-05-03>x</time>"),
    (
        "captions",
        "<figure><img src=/i#.jpg alt='Bridge #'><figcaption>The bridge #. Photo: Carl Dorn</figcaption></figure>",
    ),
    ("metas", "<meta property=article:tag content='Tag number #'><meta name=author content='Ann #'>"),
    (
        "structured data",
        "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"@id\":\"#\",\"headline\":\"Number #\",\"author\":{\"name\":\"Ann Bell #\"}}</script><p>x #",
    ),
    ("scripts", "<script>if(a</b#/){'</scrip>'}</script>"),
    ("comments", "<!-- # > -- -->"),
    ("comments never closed", "<!-- # > --!"),
    ("line breaks", "line #<br>"),
    (
        "comments of readers",
        "<div class=comment id=c#><b>Reader #</b> <span>2 hours ago</span><p>It was said that the bridge will open.</p></div>",
    ),
];

/// The same for scraped text.
const TEXTS: [(&str, &str); 1] = [(
    "scraped text",
    "Council votes on bridge number #\n\nThe council met on March 6, 2025 and voted. Photo: Ann Bell\n\nMarch 6, 2025\n\n",
)];

/// Makes a page of a shape and about so many bytes.
type Maker = fn(&str, usize) -> String;

fn main() {
    let (flags, wanted): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let rounds = flags.iter().find_map(|flag| flag.strip_prefix("--rounds=")?.parse().ok()).unwrap_or(ROUNDS);
    let markup = SHAPES.map(|(name, piece)| (name, piece, "text/html; charset=utf-8", page as Maker));
    let text = TEXTS.map(|(name, piece)| (name, piece, "text/plain; charset=utf-8", text as Maker));
    for (name, piece, content_type, make) in markup.into_iter().chain(text) {
        if !wanted.is_empty() && !wanted.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        let pages = [1, 10].map(|times| make(piece, times * PAGE_BYTES));
        let mut best = [Duration::MAX; 2];
        for _ in 0..rounds {
            for (best, page) in best.iter_mut().zip(&pages) {
                *best = (*best).min(took(page, content_type));
            }
        }
        let [small, large] = best.map(|took| took.as_secs_f64() * 1e3);
        let ratio = large / small;
        let word = if ratio > RATIO_MAX { "  more than its bytes" } else { "" };
        println!("{name:26} {small:9.2} ms {large:9.2} ms {ratio:6.1} times{word}");
    }
}

fn page(shape: &str, bytes: usize) -> String {
    let (once, piece) = shape.split_once('|').unwrap_or(("", shape));
    let head = format!("<html><head><title>The bridge over the Lenn opens</title></head><body>{once}");
    let body = text(piece, bytes.saturating_sub(head.len()));
    format!("{head}{body}><p>The last words of all stand here.</p>")
}

fn text(piece: &str, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + piece.len());
    let mut n = 0;
    while text.len() < bytes {
        text.push_str(&piece.replace('#', &n.to_string()));
        n += 1;
    }
    text
}

fn took(page: &str, content_type: &str) -> Duration {
    let headers = [("content-type".to_owned(), content_type.as_bytes().to_vec())];
    let time = jiff::Timestamp::UNIX_EPOCH;
    let record = RawRecord { key: None, value: Some(page.as_bytes()), headers: &headers, time };
    let begin = Instant::now();
    black_box(expand::expand(&record, &Source::file("page", 1), &OPTIONS));
    begin.elapsed()
}
