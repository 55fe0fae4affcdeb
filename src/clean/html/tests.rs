//! Markup to blocks: what stands where, and what hostile markup costs.

use super::*;
use crate::clean::CleanLimits;

const LIMITS: CleanLimits = CleanLimits { depth_max: 200, blocks_max: 20_000 };

fn blocks(src: &str) -> Vec<String> {
    let (document, _) = read(src, &LIMITS);
    (0..document.blocks.len()).map(|i| document.text_of(i).to_owned()).collect()
}

#[track_caller]
fn check(src: &str, expected: &[&str]) {
    assert_eq!(blocks(src), expected, "{src}");
}

/// `tag.words` from the root to the block.
fn path(document: &Document, i: usize) -> String {
    let mut names = Vec::new();
    let mut id = document.blocks[i].path;
    while id != 0 {
        let node = &document.paths[id as usize];
        let (tag, words) = (node.tag.name(), document.words_of(id));
        names.push(if words.is_empty() { tag.to_owned() } else { format!("{tag}.{words}") });
        id = node.parent;
    }
    names.reverse();
    names.join(" > ")
}

#[track_caller]
fn check_paths(src: &str, expected: &[&str]) {
    let (document, _) = read(src, &LIMITS);
    let paths: Vec<String> = (0..document.blocks.len()).map(|i| path(&document, i)).collect();
    assert_eq!(paths, expected, "{src}");
}

#[test]
fn text_between_boundaries_is_a_block() {
    check(
        "<p>One <b>two</b>\n three<p>four</p>five<div>six<div>seven</div>eight</div>",
        &["One two three", "four", "five", "six", "seven", "eight"],
    );
    check("a<br>b<br><br>c<br/><br/><br/>d<hr>e", &["a b", "c", "d", "e"]);
    check("<span>a</span><span>b</span> <i>c</i>", &["ab c"]);
    check("<p>It opens.<span>Ann Bell</span>", &["It opens. Ann Bell"]);
    for glued in ["in the U.<span>S. of", "on Node.<span>JS now", "Call fmt.<span>Println", "Ph.<span>D. or"] {
        check(&format!("<p>{glued}"), &[glued.replace("<span>", "").as_str()]);
    }
    check("<pre>the map.<span>Key of it", &["the map.Key of it"]);
    // A look back to the block's beginning each time would need minutes.
    let unspaced = "桥.<span>新</span>".repeat(100_000);
    check(&unspaced, &[unspaced.replace("<span>", "").replace("</span>", "").as_str()]);
}

#[test]
fn references_and_white_space_are_read() {
    check("<p>A&amp;B&nbsp;&nbsp; C&#8217;s&#x2014;d &copy 2 &unknown; &#151;", &["A&B C’s—d © 2 &unknown; —"]);
    check("<p>the town\u{92}s \u{93}bridge\u{94}\u{85} is\u{81} open", &["the town’s “bridge”… is open"]);
    check("<p> \n\t </p><p>&nbsp;</p><p>x\u{3000}y\u{200b}z", &["x yz"]);
    check("<pre>  a\n  b <b> c</b>\n\nd</pre>", &["a\n  b  c\n\nd"]);
}

#[test]
fn what_nobody_reads_is_dropped() {
    check(
        "<script>a</script><style>b</style><template><p>c</p></template><svg><title>d</title><text>e</text></svg>\
         <select><option>f<option>g</select><button>h <p>i</p></button><iframe>j</iframe><textarea>k</textarea>l",
        &["l"],
    );
    check("<div><button>never closed <p>a</p></div><p>b</p>", &["b"]);
    check("<svg><path d=x><circle/></svg><p>b", &["b"]);
}

#[test]
fn hidden_text_is_marked() {
    let (document, _) =
        read("<p>a<div hidden><p>b</div><div style='x:y; DISPLAY : none'>c</div><noscript>d</noscript>e", &LIMITS);
    let hidden: Vec<bool> = document.blocks.iter().map(|b| document.paths[b.path as usize].hidden).collect();
    assert_eq!(hidden, [false, true, true, true, false]);
}

#[test]
fn numbers_of_notes_are_left_out() {
    check(
        "<p>They voted<sup><a href=#n1>1</a></sup>, and went<a href='/x#n2'><sup>[note 2]</sup></a> home.",
        &["They voted, and went home."],
    );
    check("<p>Both<sup id=r><a href=#a>1</a>, <a href=#b>2</a></sup> of them", &["Both of them"]);
    check("<p>A word <sup><a href=#n1>1</a></sup>next", &["A word next"]);
    check("<p>It opened.<sup><a href=#n1>[a]</a></sup> And?<sup><a href=#n2>2</a></sup>", &["It opened. And?"]);
    // The numbers of lines, powers and units, and what somebody adds.
    check("<p><sup><a href=#n1>1</a></sup> One.<br><sup><a href=#n2>2</a></sup> Two.", &["1 One. 2 Two."]);
    check("<p>10<sup><a href=#n1>23</a></sup> m<sup><a href=#n2>2</a></sup>", &["1023 m2"]);
    check("<p>They was<sup><a href=#sic>[sic]</a></sup> here", &["They was[sic] here"]);
    // Powers, ordinals, notes themselves, and what leads elsewhere or says more.
    check("<p>10<sup>2</sup> on the 3<sup>rd</sup><p><sup>1</sup> A note", &["102 on the 3rd", "1 A note"]);
    check("<p>See <a href=#top>above</a> 10<sup>2</sup> and<sup><a href=/2>2</a></sup>", &["See above 102 and2"]);
    check("<p>Our<sup><a href=#x>new</a></sup> shop<sup><div>b</sup>", &["Ournew shop", "b"]);
    let (document, _) = read("<p>word<sup><a href=#n>1</a></sup> <a href=/2>b</a>", &LIMITS);
    assert_eq!((document.blocks[0].link_bytes, document.target_of(0)), (2, Some("/2")));
}

#[test]
fn a_block_knows_where_its_elements_begin() {
    let seams = |markup: &str| read(markup, &LIMITS).0.seams_of(0).collect::<Vec<usize>>();
    assert_eq!(seams("<div><span>Politics</span><span>The Valley</span></div>"), [8]);
    assert_eq!(seams("<div><a href=/x>Politics</a> <a href=/y>Europe</a><b>an</b></div>"), [8]);
    assert_eq!(seams("<p>Politics<p><span>Europe</span>"), [0; 0], "another block's");
}

#[test]
fn the_sign_that_a_place_may_be_linked_to_is_left_out() {
    for sign in ["¶", "&para;", " # ", "&#x1f517;&#xfe0f;", "<span>¶</span>"] {
        check(&format!("<h2>Bridge<a href='#bridge'>{sign}</a></h2>"), &["Bridge"]);
        check(&format!("<h2><a href=/7#bridge>{sign}</a> Bridge</h2>"), &["Bridge"]);
    }
    check("<p>The sign <a href=/pilcrow>¶</a> and # here", &["The sign ¶ and # here"]);
    check("<p>As <a href=#c1>#1</a> said", &["As #1 said"]);
}

#[test]
fn end_tags_are_implied() {
    check_paths("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", &["ul > li", "ul > li", "ul > li > ul > li", "ul > li", ""]);
    check_paths(
        "<table><tr><td>a<td>b<tr><th>c</table>d",
        &["table > tr > td", "table > tr > td", "table > tr > th", ""],
    );
    check_paths("<dl><dt>a<dd>b<dt>c</dl>", &["dl > dt", "dl > dd", "dl > dt"]);
    check_paths("<h2>a<h3>b</h3>c", &["h2", "h3", ""]);
    check_paths("<p>a<section>b", &["p", "section"]);
}

#[test]
fn stray_and_crossed_end_tags_do_no_harm() {
    check_paths("</div></p></table><div class=x>a</section>b</span>c</div>d", &["div.x", "div.x", ""]);
    check_paths(
        "<div><table><tr><td>a</div>b</td></tr></table>c</div>d",
        &["div > table > tr > td", "div > table > tr > td", "div", ""],
    );
    check_paths("<div><span class=s><p>a</span>b</p>c", &["div > span.s > p", "div > span.s"]);
}

#[test]
fn a_block_belongs_to_the_innermost_element_around_all_of_it() {
    check_paths("<div><span class=byline>By A</span></div>", &["div > span.byline"]);
    check_paths("<div><span class=byline>By A</span> <time>x</time></div>", &["div"]);
    check_paths("<div><x-card ID=Top><a href=y>t</a></x-card></div>", &["div > other.x-card top > a"]);
}

#[test]
fn links_are_counted() {
    let (document, _) =
        read("<p>go <a href='/a?x=1&amp;y=2'>here</a> now</p><a href=/b><h3>Head</h3><p>Text</p></a><p>none", &LIMITS);
    let link = |i: usize| (document.blocks[i].link_bytes, document.target_of(i));
    let links: Vec<(u32, Option<&str>)> = (0..document.blocks.len()).map(link).collect();
    assert_eq!(links, [(5, Some("/a?x=1&y=2")), (4, Some("/b")), (4, Some("/b")), (0, None)]);
}

#[test]
fn a_block_has_the_target_of_its_own_first_link() {
    let targets = |src: &str| {
        let (document, _) = read(src, &LIMITS);
        (0..document.blocks.len()).map(|i| document.target_of(i).map(str::to_owned)).collect::<Vec<_>>()
    };
    let some = |target: &str| Some(target.to_owned());
    assert_eq!(targets("<a href=/topic>Bridges</a><a href=/b><h3>Head</h3></a>"), [some("/topic"), some("/b")]);
    assert_eq!(targets("<a href=/p><img src=p.jpg></a><a href=/b>Head</a>"), [some("/b")]);
    assert_eq!(targets("<p><a href=/b>Head</a> and <a href=/c>more</a>"), [some("/b")]);
    assert_eq!(targets("<a href=/b></a><p>none"), [None]);
}

#[test]
fn kinds_follow_the_markup() {
    let src = "<h2>a</h2><ul><li><p>b</ul><blockquote><p>c</blockquote><figure><figcaption>d</figcaption></figure>\
               <table><td>e<td><p>f</table><pre>g</pre><p>h";
    let (document, _) = read(src, &LIMITS);
    let kinds: Vec<BlockKind> = document.blocks.iter().map(|b| b.kind).collect();
    use BlockKind::*;
    assert_eq!(kinds, [Heading(2), ListItem, Quote, Caption, Table, Paragraph, Code, Paragraph]);
}

#[test]
fn the_head_is_gathered() {
    let (_, gathered) = read(
        "<html lang=pl><title> A &amp;\n B </title><meta property='og:Title' content='x &quot;y&quot;'><link rel=canonical href=/c>\
         <script type='application/LD+json'>{\"a\":1}</script><body><svg><title>no</title></svg><time datetime=2024-05-03 class=Pub>x</time>",
        &LIMITS,
    );
    assert_eq!(gathered.language, Some("pl"));
    assert_eq!(gathered.title.as_deref(), Some("A & B"));
    assert_eq!(gathered.metas, [("og:title".to_owned(), "x \"y\"".into())]);
    assert_eq!(gathered.canonical.as_deref(), Some("/c"));
    assert_eq!(gathered.json_ld, ["{\"a\":1}"]);
    assert_eq!((gathered.times[0].value.as_ref(), gathered.times[0].words.trim()), ("2024-05-03", "pub"));
}

#[test]
fn bounds_hold() {
    let limits = CleanLimits { depth_max: 16, blocks_max: 3 };
    let (document, _) = read("<p>a<p>b<p>c<p>d<p>e", &limits);
    assert_eq!((document.blocks.len(), document.truncated), (3, true));
    let nested = format!("{}deep{}<p>after", "<div>".repeat(1000), "</div>".repeat(1000));
    let (document, _) = read(&nested, &limits);
    assert!(document.paths.iter().all(|p| p.depth < 16));
    assert_eq!(path(&document, 1), "p");
}

/// Searches on the stack for a page, counted.
fn steps(src: &str, limits: &CleanLimits) -> usize {
    let mut builder = Builder::new(src, limits);
    let mut tokens = Tokenizer::new(src);
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => builder.text(text),
            Token::Start(tag, name) => builder.start(tag, name, &tokens.attrs),
            Token::End(tag, _) => builder.end(tag),
            Token::Raw(tag, text) => builder.raw(tag, text),
        }
    }
    builder.stack.steps.get()
}

#[test]
fn a_drawing_ends_with_its_own_tag_alone() {
    check("<x-icon>a<svg><path></path></path>b</svg>c</x-icon>d", &["acd"]);
    check("<p>a <svg class=x /> b", &["a b"]);
    check("<div><svg><g></div>a<svg></p>b</svg>c", &["a", "c"]);
}

#[test]
fn nesting_bombs_cost_steps_in_line_with_their_bytes() {
    let bombs = [
        "<div>",
        "<div><p>",
        "<b><a href=x><div>",
        "<table><tr><td>",
        "<ul><li>",
        "<span>",
        "<p><td><div>",
        "<section></article>",
        "<p></div></p>x",
        "<svg>",
        "<a href=x>y",
        "<td>x</table>",
        "<h2><h3>x",
        "<li></ul>x",
        "<article><section><p>x",
        "<dt>x<dd></dl>y",
        "</p></div></a>",
    ];
    for bomb in bombs {
        let small = steps(&bomb.repeat(20_000 / bomb.len()), &LIMITS).max(1000);
        let large = steps(&bomb.repeat(200_000 / bomb.len()), &LIMITS);
        assert!(large <= 12 * small, "{bomb}: {small} steps became {large}");
    }
}

#[test]
fn a_text_without_a_byte_is_none() {
    let (document, _) = read("<p>a<![CDATA[]]>b</p><xmp></xmp><p>c</p>", &LIMITS);
    assert_eq!((0..document.blocks.len()).map(|i| document.text_of(i)).collect::<Vec<_>>(), ["ab", "c"]);
}

#[test]
fn a_picture_is_where_its_address_stands() {
    let url = |attrs: &str| {
        let (document, _) = read(&format!("<p>x<img {attrs}>"), &LIMITS);
        document.figures.first().map(|figure| figure.url.to_string())
    };
    assert_eq!(url("src=a.jpg srcset='b.jpg 1x, c.jpg 2x'").as_deref(), Some("a.jpg"));
    assert_eq!(url("src=data:x srcset=' b.jpg 1x, c.jpg 2x'").as_deref(), Some("b.jpg"));
    assert_eq!(url("data-srcset='b.jpg, c.jpg 2x'").as_deref(), Some("b.jpg"));
    assert_eq!(url("srcset='data:x 1x'"), None);
}

#[test]
fn a_picture_of_a_figure_may_stand_in_a_button_or_come_by_a_script() {
    let count = |src: &str| read(src, &LIMITS).0.figures.len();
    let img = "<img src=a.jpg>";
    for around in ["<figure><button>", "<figure><div><noscript>", "<figure><button><span>"] {
        assert_eq!(count(&format!("{around}{img}")), 1, "{around}");
    }
    for around in [
        "<button>",
        "<noscript>",
        "<figure><template>",
        "<figure><div hidden>",
        "<div hidden><figure><button>",
        "<figure></figure><button>",
    ] {
        assert_eq!(count(&format!("{around}{img}")), 0, "{around}");
    }
}
