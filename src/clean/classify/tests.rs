//! Pages whose blocks must get their classes, and properties that hold for any markup.

use super::view::View;
use super::{body, refine};
use crate::clean::{Class, CleanLimits, Document, document, html};
use crate::page::Page;
use proptest::prelude::*;

const LIMITS: CleanLimits = CleanLimits { depth_max: 100, blocks_max: 5000 };

fn clean(markup: &str) -> Document {
    document(&Page::of_html("https://herald.example/2024/05/03/bridge", markup), &LIMITS)
}

const PARAGRAPHS: [&str; 4] = [
    "The old bridge over the Lenn was closed on Friday after engineers found cracks in two of its piers, the town said.",
    "\"We could not wait any longer,\" said Mara Holt, who leads the works department, as lorries queued along the quay.",
    "Repairs will take until spring, and buses will run over the northern crossing, which adds some twenty minutes.",
    "Shopkeepers on the eastern bank, who had asked for a temporary crossing, called the decision a heavy blow to trade.",
];

fn page(body: &str) -> String {
    format!(
        "<html lang=en><head><title>Bridge closed after cracks | The Herald</title><meta property=og:site_name content='The Herald'>\
         <meta property=article:published_time content='2024-05-03T10:00:00+02:00'></head><body>\
         <nav class=menu><ul><li><a href=/>Home</a><li><a href=/town>Town news</a><li><a href=/sport>Sport</a></ul></nav>{body}\
         <footer><p>© The Herald. All rights reserved.</p><ul><li><a href=/imprint>Imprint</a></ul></footer></body></html>"
    )
}

fn article() -> String {
    page(&format!(
        "<main><article><h1>Bridge closed after cracks</h1><p class=byline>By Ann Bell</p><figure><img src=/b.jpg>\
         <figcaption>The bridge at dawn. Photo: C. Dorn</figcaption></figure><div class=article-body><p>{}</p><p>{}</p><h2>What comes next</h2>\
         <p>{}</p><p>{}</p></div></article><aside class=related><h3>More stories</h3><ul><li><a href=/1>Harbour fair draws record crowds this \
         weekend</a><li><a href=/2>Council votes on the new school at last</a></ul></aside><div class=comments><h3>Comments</h3><p>I walked over \
         it every day, and nobody ever told me that it was not safe. Shame on them.</p></div></main>",
        PARAGRAPHS[0], PARAGRAPHS[1], PARAGRAPHS[2], PARAGRAPHS[3]
    ))
}

fn texts(document: &Document, class: Class) -> Vec<&str> {
    (0..document.blocks.len()).filter(|i| document.blocks[*i].class == class).map(|i| document.text_of(i)).collect()
}

#[test]
fn an_article_is_told_from_what_stands_around_it() {
    let document = clean(&article());
    let expected = [PARAGRAPHS[0], PARAGRAPHS[1], "What comes next", PARAGRAPHS[2], PARAGRAPHS[3]];
    assert_eq!(texts(&document, Class::Body), expected);
    assert_eq!(texts(&document, Class::Headline), ["Bridge closed after cracks"]);
    assert_eq!(texts(&document, Class::Byline), ["By Ann Bell"]);
    assert_eq!(texts(&document, Class::Caption), ["The bridge at dawn. Photo: C. Dorn"]);
    assert!(texts(&document, Class::Navigation).contains(&"Town news"));
    assert!(document.article_score > 0.5);
    let meta = &document.meta;
    assert_eq!(meta.headline.as_deref(), Some("Bridge closed after cracks"));
    assert_eq!(meta.authors.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["Ann Bell"]);
    assert_eq!(meta.date_published.as_ref().map(|d| d.value.as_str()), Some("2024-05-03T10:00:00+02:00"));
    assert_eq!(meta.language.as_deref(), Some("en"));
}

#[test]
fn the_f1_to_be_expected_falls_with_doubt() {
    let (document, gathered) = html::read("<p>One two three four</p><p>Five six</p><p>Seven eight</p>", &LIMITS);
    let view = View::new(&document, &gathered);
    let expected = |scores: [f32; 3]| body::expected_f1(&view, &scores, &[true, true, false]);
    assert_eq!(expected([1.0, 1.0, 0.0]), 1.0);
    // Half of two words of six that were taken may be wrong: 2 * 5 / (6 + 5).
    assert_eq!(expected([1.0, 0.5, 0.0]), 10.0 / 11.0);
    // One word of those that were not taken may be wanted: 2 * 6 / (6 + 7).
    assert_eq!(expected([1.0, 1.0, 0.5]), 12.0 / 13.0);
    assert_eq!(expected([0.0, 0.0, 0.0]), 0.0);
}

#[test]
fn what_a_rule_left_out_lowers_no_expectation() {
    let (document, gathered) = html::read("<p>One</p><p class=caption>Two</p><p>Three</p>", &LIMITS);
    let view = View::new(&document, &gathered);
    let scores = [1.0, 0.9, 0.5];
    let refined = refine::refine(&view, &scores, &[true; 3]);
    assert_eq!(refined.settled(&scores), [1.0, 0.0, 0.5]);
}

/// Which of a page's blocks are chosen, by their scores.
#[track_caller]
fn check_chosen(markup: &str, scores: &[f32], expected: &[bool]) {
    let (document, gathered) = html::read(markup, &LIMITS);
    let view = View::new(&document, &gathered);
    assert_eq!(refine::refine(&view, scores, &body::select(&view, scores)).chosen, expected, "{markup}");
}

#[test]
fn a_way_to_other_articles_is_no_text() {
    let linked = "<p>One</p><h2><a href=/2>Two</a></h2><p>Three</p>";
    check_chosen(linked, &[0.9, 0.5, 0.9], &[true, false, true]);
    check_chosen(linked, &[0.9, 0.6, 0.9], &[true, true, true]);
    check_chosen("<p>One</p><h2>Two</h2><p>Three</p>", &[0.9, 0.05, 0.9], &[true, true, true]);
    let more = "<p>One</p><p>Read more: <a href=/2>Harbour fair draws crowds</a></p><p>Three</p>";
    check_chosen(more, &[0.9, 0.9, 0.9], &[true, false, true]);
    let cited = "<p>One</p><p>He wrote <a href=/2>of the harbour and its fair</a></p><p>Three</p>";
    check_chosen(cited, &[0.9, 0.9, 0.9], &[true, true, true]);
    check_chosen(cited, &[0.9, 0.69, 0.9], &[true, false, true]);
    check_chosen(cited, &[0.9, 0.7, 0.9], &[true, true, true]);
    let links = "<p><a href=/1>One and two</a></p><p><a href=/2>Three and four</a></p>";
    check_chosen(links, &[0.6, 0.6], &[true, true]);
}

#[test]
fn a_pictures_caption_is_no_text() {
    let scores = [0.9, 0.9, 0.9];
    check_chosen("<p>One</p><p class=img__caption>Two</p><p>Three</p>", &scores, &[true, false, true]);
    check_chosen("<p>One</p><figcaption>Two</figcaption><p>Three</p>", &scores, &[true, false, true]);
    check_chosen("<p>One</p><div class=caption><p>Two</p></div><p>Three</p>", &scores, &[true, true, true]);
    check_chosen("<p>One</p><p class=piece>Two</p><p class=credit>Three</p>", &scores, &[true, true, true]);
    check_chosen("<p>One</p><h2 id=caption>Two</h2><p>Three</p>", &scores, &[true, true, true]);
    // A gallery's text stands in its captions.
    check_chosen("<p>One</p><p class=caption>Two</p><p class=caption>Three</p>", &scores, &[true, true, true]);
    check_chosen("<blockquote>One</blockquote><figcaption>Two</figcaption><p>Three</p>", &scores, &[true; 3]);
    let shown = |alt: &str, line: &str| {
        format!("<p>One of the town's<p><img src=b.jpg alt='{alt}'>{line}<p>Three of them, it says</p>")
    };
    let (alt, scores) = ("The old bridge at dawn", [0.9; 3]);
    check_chosen(&shown(alt, "<p>The old bridge at dawn."), &scores, &[true, false, true]);
    check_chosen(&shown(alt, "<p>The old bridge at dawn. Ann"), &scores, &[true, false, true]);
    check_chosen(&shown(alt, "<h2>The old bridge at dawn</h2>"), &scores, &[true; 3]);
    check_chosen(&shown(alt, "<p>The old bridge at dawn is open, and all may cross it."), &scores, &[true; 3]);
    check_chosen(&shown("The bridge", "<p>The bridge"), &scores, &[true; 3]);
}

#[test]
fn a_heading_right_above_text_comes_along() {
    let between = "<div>x</div><div>y</div><div>z</div>";
    let heading = format!("<p>One</p>{between}<h2>Two</h2><p>Three</p>");
    check_chosen(&heading, &[0.9, 0.0, 0.0, 0.0, 0.05, 0.9], &[true, false, false, false, true, true]);
    check_chosen(&heading, &[0.9, 0.0, 0.0, 0.0, 0.04, 0.9], &[true, false, false, false, false, true]);
    check_chosen(&heading, &[0.0, 0.0, 0.0, 0.0, 0.05, 0.9], &[false, false, false, false, false, true]);
    let above_linked = format!("<p>One</p>{between}<h2>Two</h2><p><a href=/2>Three</a></p>");
    check_chosen(&above_linked, &[0.9, 0.0, 0.0, 0.0, 0.05, 0.6], &[true, false, false, false, false, false]);
    let above_none = format!("<p>One</p>{between}<h2>Two</h2><div>x</div><p>Three</p>");
    check_chosen(&above_none, &[0.9, 0.0, 0.0, 0.0, 0.05, 0.0, 0.9], &[true, false, false, false, false, false, true]);
}

#[test]
fn elements_like_those_on_both_sides_need_a_lower_score() {
    let scores = [0.9, 0.15, 0.9];
    check_chosen("<p>One</p><p>Two</p><p>Three</p>", &scores, &[true, true, true]);
    check_chosen("<p>One</p><div>Two</div><p>Three</p>", &scores, &[true, false, true]);
    check_chosen("<p>One</p><p><a href=/2>Two</a></p><p>Three</p>", &scores, &[true, false, true]);
}

#[test]
fn what_stands_far_behind_the_text_is_anothers() {
    let far = |element: &str, words: usize| {
        let between = "<div>x</div>".repeat(7);
        format!("<p>{}</p>{between}<{element}>{}</{element}>", "word ".repeat(20), "word ".repeat(words))
    };
    let scores = [0.9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9];
    let chosen = |last: bool| [true, false, false, false, false, false, false, false, last];
    check_chosen(&far("blockquote", 3), &scores, &chosen(false));
    check_chosen(&far("blockquote", 4), &scores, &chosen(true));
    check_chosen(&far("p", 3), &scores, &chosen(true));
    check_chosen(
        &far("blockquote", 3).replacen("<div>x</div>", "", 1),
        &[&scores[..1], &scores[2..]].concat(),
        &[true, false, false, false, false, false, false, true],
    );
}

/// A block of so many words.
fn block(element: &str, words: usize) -> String {
    let name = element.split(' ').next().expect("a name");
    format!("<{element}>{}</{name}>", "word ".repeat(words))
}

#[test]
fn an_element_named_for_the_text_lends_its_blocks() {
    let page = |name: &str, between: &str, behind: &str| {
        let text = block("p", 30);
        format!("<div class={name}>{text}<table></table><div>x</div><div>y</div>{between}{text}</div>{behind}")
    };
    let scores = [0.9, 0.0, 0.0, 0.05, 0.9];
    let chosen = |between: bool| [true, false, false, between, true];
    check_chosen(&page("article-body", "<ul><li>One</ul>", ""), &scores, &chosen(true));
    check_chosen(&page("article-body", "<ul><li>One</ul>", ""), &[0.9, 0.0, 0.0, 0.04, 0.9], &chosen(false));
    check_chosen(&page("whatever", "<ul><li>One</ul>", ""), &scores, &chosen(false));
    check_chosen(&page("article-body", "<ul class=tags><li>One</ul>", ""), &scores, &chosen(false));
    check_chosen(&page("article-body", "<p><a href=/2>One</a></p>", ""), &scores, &chosen(false));
    check_chosen(&page("article-body", "<p>Advertisement</p>", ""), &scores, &chosen(false));
    check_chosen(&page("article-body", "<div><span>4 min</span></div>", ""), &scores, &chosen(false));
    // What another rule leaves out stays out.
    let caption = page("article-body", "<ul><li class=pictext>One</ul>", "");
    check_chosen(&caption, &[0.9, 0.0, 0.0, 0.9, 0.9], &chosen(false));
    // Not behind the last block, and not where a fifth of the text stands elsewhere.
    let behind = [&scores[..3], &[0.9, 0.05]].concat();
    check_chosen(&page("article-body", "", "<p>One</p>"), &behind, &[true, false, false, true, false]);
    let beside = page("article-body", "<ul><li>One</ul>", &block("p", 16));
    check_chosen(&beside, &[0.9, 0.0, 0.0, 0.05, 0.9, 0.9], &[true, false, false, false, true, true]);
    let beside = page("article-body", "<ul><li>One</ul>", &block("p", 15));
    check_chosen(&beside, &[0.9, 0.0, 0.0, 0.05, 0.9, 0.9], &[true, false, false, true, true, true]);
}

#[test]
fn a_list_that_is_mostly_text_is_completed() {
    let page = |items: &[&str]| {
        let items: String = items.iter().map(|item| format!("<li>{item}")).collect();
        format!("{}<ul>{items}</ul>", block("p", 30))
    };
    let items = ["Stone", "Mortar", "Two masons", "One winter"];
    let scores = [0.9, 0.9, 0.9, 0.03, 0.03];
    check_chosen(&page(&items), &scores, &[true; 5]);
    check_chosen(&page(&items), &[0.9, 0.9, 0.9, 0.02, 0.03], &[true, true, true, false, true]);
    check_chosen(&page(&items), &[0.9, 0.9, 0.03, 0.03, 0.03], &[true, true, false, false, false]);
    // Links, furniture, days, and what stands there again.
    for other in ["<a href=/2>Two masons</a>", "Advertisement", "3 May 2024, 17:40", "Stone"] {
        let repeats = other == "Stone";
        let page = page(&["Gravel", "Mortar", if repeats { "Stone" } else { "Sand" }, other]);
        check_chosen(&page, &scores, &[true, true, true, !repeats, false]);
    }
}

#[test]
fn a_list_before_the_headline_is_anothers() {
    let link = "<a href=/2>Three words here</a>";
    let page = |list: &str, element: &str, words: usize| {
        let title = "<title>The old bridge was closed on Friday</title>";
        let headline = "<h1>The old bridge was closed on Friday</h1>";
        format!("{title}{list}{headline}{}{}", block(element, 10), block(element, words))
    };
    let item = block("blockquote", 30);
    let list = format!("{link}{item}{link}{item}");
    let scores = [0.0, 0.9, 0.0, 0.9, 0.0, 0.9, 0.9];
    let chosen = |list: bool| [false, list, false, list, false, true, true];
    check_chosen(&page(&list, "p", 70), &scores, &chosen(false));
    check_chosen(&page(&list, "p", 69), &scores, &chosen(true));
    check_chosen(&page(&list, "blockquote", 70), &scores, &chosen(true));
    // A summary, one teaser alone, a list within more text.
    check_chosen(&page(&item, "p", 70), &[0.9, 0.0, 0.9, 0.9], &[true, false, true, true]);
    check_chosen(&page(&format!("{link}{item}"), "p", 70), &scores[2..], &chosen(true)[2..]);
    let more = format!("{list}{item}{item}{item}");
    let all = [&scores[..4], &[0.9; 3], &scores[4..]].concat();
    check_chosen(&page(&more, "p", 70), &all, &[&chosen(true)[..4], &[true; 3], &chosen(true)[4..]].concat());
    // However far the text is behind it, and however much longer the list.
    let item = block("blockquote", 220);
    let far = format!("{link}{item}{link}{item}{}", "<div>x</div>".repeat(6));
    let between = |score: f32| [vec![0.0, score, 0.0, score], vec![0.0; 7], vec![0.9; 2]].concat();
    let text = [vec![false; 11], vec![true; 2]].concat();
    check_chosen(&page(&far, "p", 70), &between(0.9), &text);
}

#[test]
fn teasers_behind_the_text_are_no_text() {
    let title = "<a href=/2>Three words here</a>";
    let teasers = format!("{title}<div>One</div>{title}<div>Two</div>");
    let scores = |text: usize, behind: usize| [vec![0.9; text], vec![0.0, 0.7, 0.0, 0.7], vec![0.9; behind]].concat();
    let chosen = |text: usize, teaser: bool, behind: usize| {
        [vec![true; text], vec![false, teaser, false, teaser], vec![true; behind]].concat()
    };
    let text = block("p", 30);
    check_chosen(&format!("{text}{teasers}"), &scores(1, 0), &chosen(1, false, 0));
    check_chosen(&format!("{}{teasers}", block("p", 29)), &scores(1, 0), &chosen(1, true, 0));
    check_chosen(&format!("{text}{teasers}{}", block("p", 10)), &scores(1, 1), &chosen(1, false, 1));
    check_chosen(&format!("{text}{teasers}{}", block("p", 11)), &scores(1, 1), &chosen(1, true, 1));
    // The text's own elements, a title of two words, one teaser alone.
    check_chosen(&format!("{}{teasers}", block("div", 30)), &scores(1, 0), &chosen(1, true, 0));
    let short = teasers.replacen("Three words here", "Two words", 1);
    check_chosen(&format!("{text}{short}"), &scores(1, 0), &chosen(1, true, 0));
    check_chosen(&format!("{text}{title}<div>One</div>"), &[0.9, 0.0, 0.9], &[true, false, true]);
    // The question over an answer leads nowhere.
    for target in ["#", "#a2", "javascript:void(0)", ""] {
        let questions = teasers.replace("/2", target).replacen("Three words here", "How is it done?", 1);
        check_chosen(&format!("{text}{questions}"), &scores(1, 0), &chosen(1, true, 0));
        let questions = questions.replace("Three words here", "What does it cost?");
        let asked = [0.9, 0.5, 0.7, 0.5, 0.7];
        check_chosen(&format!("{text}{questions}"), &asked, &[true; 5]);
    }
    // Four fifths of all words are the teasers'.
    let list = |words: usize| format!("{text}{title}{}{title}{}", block("div", 60), block("div", words));
    check_chosen(&list(60), &scores(1, 0), &chosen(1, false, 0));
    check_chosen(&list(61), &scores(1, 0), &chosen(1, true, 0));
    // A title that was taken for text goes along. What the trees are sure of stays, as the items of a list of goods.
    check_chosen(&format!("{text}{teasers}"), &[0.9, 0.8, 0.5, 0.8, 0.5], &[true, false, false, false, false]);
    check_chosen(&format!("{text}{teasers}"), &[0.9, 0.0, 0.9, 0.0, 0.9], &chosen(1, true, 0));
}

#[test]
fn readers_posts_stand_under_names_with_a_day_and_an_hour() {
    let page = |words: usize, heads: &[&str], element: &str, button: &str| {
        let post = |head: &&str| format!("<div class=head>{head}</div>{}{button}", block(element, 20));
        block("p", words) + "<div>" + &heads.iter().map(post).collect::<String>() + "</div>" + &block("div", 9)
    };
    let reply = "<a class=r href=#r>Odpowiedz</a>";
    let scores = |posts: usize| [vec![0.9], [0.0, 0.9, 0.0].repeat(posts), vec![0.9]].concat();
    // What stands behind the posts is not theirs.
    let chosen =
        |posts: usize, are_text: bool| [vec![true], [false, are_text, false].repeat(posts), vec![true]].concat();
    let heads = ["Ann Bell 3.5.2024 17:40", "carl 3.5.2024 18:02", "[2024-05-04 9:15] Dora"];
    check_chosen(&page(15, &heads, "div", reply), &scores(3), &chosen(3, false));
    let often = ["Ann 3.5.2024 17:40", "Carl 3.5.2024 18:02", "Ann 3.5.2024 19:15"];
    check_chosen(&page(15, &often, "div", reply), &scores(3), &chosen(3, false));
    // The entries of a live blog have another button, or none.
    check_chosen(&page(15, &heads, "div", "<a href=#s>Share</a>"), &scores(3), &chosen(3, true));
    // The text's own elements, no text before, two of them.
    let own = format!("<div>{}", page(15, &heads, "p", reply).replacen("<div>", "", 1));
    check_chosen(&own, &scores(3), &chosen(3, true));
    check_chosen(&page(14, &heads, "div", reply), &scores(3), &chosen(3, true));
    check_chosen(&page(15, &heads[1..], "div", reply), &scores(2), &chosen(2, true));
    // Hours, one author, days.
    let hours = ["17:40", "18:02 The mayor speaks", "19:15"];
    check_chosen(&page(15, &hours, "div", reply), &scores(3), &chosen(3, true));
    let one = ["Ann Bell, 3.5.2024 17:40", "Ann Bell, 3.5.2024 18:02", "Ann Bell, 3.5.2024 19:15"];
    check_chosen(&page(15, &one, "div", reply), &scores(3), &chosen(3, true));
    let days = ["3 May 2024: Bridge", "4 May 2024: Pier", "5 May 2024: Mill"];
    check_chosen(&page(15, &days, "div", reply), &scores(3), &chosen(3, true));
    // Under a title each they are articles.
    let titled = format!("<h3>Title</h3>{}", block("div", 20));
    let posts = heads.map(|head| format!("<div class=head>{head}</div>{titled}{reply}")).concat();
    let articles = format!("{}<div>{posts}</div>", block("p", 15));
    let all = [vec![0.9], [0.0, 0.9, 0.9, 0.0].repeat(3)].concat();
    let kept = [vec![true], [false, true, true, false].repeat(3)].concat();
    check_chosen(&articles, &all, &kept);
}

#[test]
fn what_readers_say_is_no_text() {
    let page = |words: usize, head: &str, element: &str| {
        let text = block("p", 20) + &block("p", words);
        format!("{text}<h3>{head}</h3>{}{}", block(element, 50), block(element, 50))
    };
    let scores = [0.9, 0.9, 0.0, 0.7, 0.7];
    let chosen = |comments: bool| [true, true, false, comments, comments];
    for head in ["Comments (12)", "Leave a reply", "Komentarze", "12 комментариев: комментарии читателей", "网友评论"]
    {
        check_chosen(&page(20, head, "div"), &scores, &chosen(false));
    }
    check_chosen(&page(20, "What happens next", "div"), &scores, &chosen(true));
    check_chosen(&page(19, "Comments (12)", "div"), &scores, &chosen(true));
    check_chosen(&page(20, "Comments (12)", "p"), &scores, &chosen(true));
    let long = format!("The mayor's comments on {}", "word ".repeat(5));
    check_chosen(&page(20, &long, "div"), &scores, &chosen(true));
    check_chosen(&page(20, "<a href=#reply>Reply</a>", "div"), &scores, &chosen(true));
    // Text that the trees are sure of stays: what experts say, a count of comments above the text. Comments behind it go.
    check_chosen(&page(20, "Comments (12)", "div"), &[0.9, 0.9, 0.0, 0.9, 0.9], &chosen(true));
    let twice = page(20, "Comments (12)", "div")
        + &page(20, "Comments (12)", "section").replace("<p>", "<div>").replace("</p>", "</div>");
    let all = [&[0.9, 0.9, 0.0, 0.9, 0.9], &[0.9, 0.9, 0.0, 0.5, 0.5][..]].concat();
    check_chosen(&twice, &all, &[true, true, false, true, true, true, true, false, false, false]);
    // One block, such as a summary above the text, is no text yet.
    let summary = format!("{}<h3>Comments (12)</h3>{}{}", block("h2", 60), block("div", 50), block("div", 50));
    check_chosen(&summary, &[0.9, 0.0, 0.7, 0.7], &[true, false, true, true]);
}

#[test]
fn a_heading_at_the_end_is_body_where_it_is_sure() {
    let (document, gathered) = html::read("<p>One</p><h2>Two</h2><p>Three</p><h2>Four</h2><h2>Five</h2>", &LIMITS);
    let view = View::new(&document, &gathered);
    let chosen = |last: [f32; 2]| body::select(&view, &[0.9, 0.1, 0.9, last[0], last[1]]);
    assert_eq!(chosen([0.5, 0.5]), [true, true, true, false, false]);
    assert_eq!(chosen([0.8, 0.8]), [true; 5]);
    assert_eq!(chosen([0.5, 0.8]), [true, true, true, false, true]);
}

#[test]
fn a_cut_article_body_in_structured_data_does_not_win() {
    let data = format!(
        "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{} ...\"}}</script>",
        PARAGRAPHS[0]
    );
    assert_eq!(texts(&clean(&format!("{data}{}", article())), Class::Body).len(), 5);
}

#[test]
fn a_list_of_links_is_no_article() {
    let card = |i: usize| {
        format!("<div class=card><a href=/{i}><h3>Lamp number {i}</h3></a><span class=price>{i} €</span></div>")
    };
    let document = clean(&page(&(1..40).map(card).collect::<String>()));
    assert!(document.article_score < 0.5, "{}", document.article_score);
}

#[test]
fn the_same_page_gives_the_same_classes() {
    let shape = |d: &Document| d.blocks.iter().map(|b| (b.class, b.confidence.to_bits())).collect::<Vec<_>>();
    assert_eq!(shape(&clean(&article())), shape(&clean(&article())));
}

fn markup() -> impl Strategy<Value = String> {
    const PIECES: [&str; 44] = [
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "<p class='article-body'>",
        "<a href='/x'>",
        "</a>",
        "<li>",
        "<ul>",
        "</ul>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<span class=byline>",
        "</span>",
        "<h1>",
        "</h1>",
        "<br>",
        "<br/>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<script type='application/ld+json'>",
        "{\"@type\":\"Article\",",
        "\"headline\":[[",
        "<svg/>",
        "<svg>",
        "<title>",
        "<meta property=og:title content=x>",
        "<time datetime=2024-05-03>",
        "&amp;",
        "&#x1F600;",
        "&#0;",
        "Some words, and more of them. ",
        "漢字です。",
        "<",
        ">",
        "\"",
        "'",
        "=",
        "<article hidden>",
    ];
    prop::collection::vec(
        prop_oneof![4 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{0,8}"],
        0..80,
    )
    .prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn no_markup_breaks_it(markup in markup()) {
        let document = clean(&markup);
        let mut end = 0;
        for block in &document.blocks {
            prop_assert!(block.start >= end && block.end > block.start && (block.link_bytes <= block.end - block.start));
            prop_assert!((block.path as usize) < document.paths.len() && (0.0..=1.0).contains(&block.confidence));
            end = block.end;
        }
        // A reference may be shorter than the character that it stands for, by a little.
        prop_assert!(document.text.len() <= 2 * markup.len());
        prop_assert!(document.paths.iter().enumerate().all(|(i, p)| i == 0 || (p.parent as usize) < i));
        prop_assert!((0.0..=1.0).contains(&document.article_score) && (0.0..=1.0).contains(&document.body_score));
    }

    #[test]
    fn a_damaged_page_still_ends(at in 0usize..1500, cut in 0usize..60, with in ".{0,6}") {
        let mut markup = article();
        let from = markup.floor_char_boundary(at.min(markup.len()));
        let to = markup.floor_char_boundary((from + cut).min(markup.len())).max(from);
        markup.replace_range(from..to, &with);
        clean(&markup);
    }
}
