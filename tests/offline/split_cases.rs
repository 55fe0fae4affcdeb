//! Pages in `tests/cases` beside the articles that a person would make of them, and what must hold for any text.

use copydesk::clean::{BlockKind, Class, CleanLimits, text};
use copydesk::page::{CharsetSource, Content, Page};
use copydesk::split;
use copydesk::split::draft::{BodyBlockKind, Draft, Kind};
use copydesk::warning::Warning;
use proptest::prelude::*;
use serde_json::{Value, json};

const LIMITS: CleanLimits = CleanLimits { depth_max: 200, blocks_max: 20_000 };

fn page(text: &str) -> Page<'static> {
    Page {
        url: None,
        key: None,
        crawl_id: None,
        warc_record_id: None,
        fetched_at: None,
        http_status: None,
        content_language: None,
        content: Content::Text(text.to_owned().into()),
        charset: ("utf-8", CharsetSource::Envelope),
        warnings: Vec::new(),
    }
}

fn articles(input: &str) -> Vec<Draft> {
    let page = page(input);
    split::articles(&page, &copydesk::clean::document(&page, &LIMITS))
}

/// What a case states of an article; absent where it is empty.
fn summary(draft: &Draft) -> Value {
    let body: Vec<&str> =
        draft.body.iter().filter(|b| b.kind != BodyBlockKind::Caption).map(|b| b.text.as_str()).collect();
    let mut value = json!({ "kind": draft.kind, "headline": draft.headline, "body": body });
    if let Some(section) = &draft.section {
        value["section"] = json!(section);
    }
    if let Some(date) = &draft.date_published {
        value["datePublished"] = json!(date.value);
    }
    if !draft.images.is_empty() {
        value["images"] = json!(draft.images);
    }
    value
}

#[track_caller]
fn check(input: &str, expected: &str) {
    let got: Vec<Value> = articles(input).iter().map(summary).collect();
    let expected: Vec<Value> = serde_json::from_str(expected).expect("the case is JSON");
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(got, expected);
    }
}

#[test]
fn a_digest_with_teasers_and_one_article() {
    check(include_str!("../cases/scraped-digest.txt"), include_str!("../cases/scraped-digest.expected.json"));
}

#[test]
fn the_same_headline_once_more_opens_no_other_article() {
    let paragraphs = |topic: &str| story(topic).replace("<p>", "").replace("</p>", "\n\n");
    let text = format!(
        "What the valley repairs\n\nMay 3, 2024\n\n{}WHAT THE VALLEY REPAIRS:\n\n{}",
        paragraphs("bridge"),
        paragraphs("school")
    );
    let mut document = text::document(&text, None, &LIMITS);
    for i in 0..document.blocks.len() {
        let is_headline = document.text_of(i).to_lowercase().starts_with("what the valley repairs");
        document.blocks[i].class = if is_headline { Class::Headline } else { Class::Body };
    }
    let drafts = split::articles(&page(&text), &document);
    assert_eq!(kinds(&drafts), [(Kind::Article, "What the valley repairs")]);
    assert!(drafts[0].body.iter().any(|b| b.text.contains("school")));
}

/// The articles of scraped text in which these lines are headlines and all others text.
fn articles_under(text: &str, headlines: &[&str]) -> Vec<Draft> {
    let mut document = text::document(text, None, &LIMITS);
    for i in 0..document.blocks.len() {
        let is_headline = headlines.contains(&document.text_of(i));
        document.blocks[i].class = if is_headline { Class::Headline } else { Class::Body };
    }
    split::articles(&page(text), &document)
}

#[test]
fn headings_of_sections_open_no_other_article() {
    let text = |topic: &str| story(topic).replace("<p>", "").replace("</p>", "\n\n");
    let whole = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n\n{}", text(line))).collect::<String>();
    let check = |lines: &[&str], expected: &[(Kind, &str)]| {
        assert_eq!(kinds(&articles_under(&whole(lines), lines)), expected);
    };
    let head = "Ten things the valley repairs";
    for section in ["Frequently Asked Questions About Weirs", "Ten things the valley repairs, one by one"] {
        check(&[head, section], &[(Kind::Article, head)]);
    }
    check(&[head, "3 thoughts on “Ten things the valley repairs”"], &[(Kind::Article, head)]);
    check(&[head, "4. The old weir"], &[(Kind::Article, head), (Kind::Secondary, "4. The old weir")]);
    let listed = format!("{head}\n\n3. The bridge\n\n{}4. The old weir\n\n{}", text("bridge"), text("weir"));
    assert_eq!(kinds(&articles_under(&listed, &[head, "4. The old weir"])), [(Kind::Article, head)]);
}

const COUNCIL: &str = "The council spoke about the bridge on Monday evening, and most members agreed that something had to be done.\n\n\
    Mayor Ada Quill said that the money was there, but that the county, which owns the land, had not answered her letters yet.\n\n\
    Engineers will look at the bridge again in spring. Until then nothing changes for those who pass it every day, they say.";

#[test]
fn a_pages_copyright_is_no_picture() {
    let images =
        |line: &str| articles(&format!("Bridge closes to lorries\n\n{line}\n\n{COUNCIL}\n\n{line}"))[0].images.len();
    assert_eq!(images("© Ann Bell / The Valley Post"), 1);
    assert_eq!(images("© The Valley Post 2025"), 0);
    assert_eq!(images("© Copyright 2025 The Valley Post"), 0);
    assert_eq!(images("Photo: Ann Bell / The Valley Post © 2025"), 1);
}

const RAT: &str = "Der Rat sprach am Montagabend über die Brücke, und die meisten meinten, dass vor dem Winter etwas geschehen müsse.\n\n\
    Die Bürgermeisterin sagte, dass das Geld da sei, der Kreis aber, dem das Land gehört, auf ihre Briefe nicht geantwortet habe.\n\n\
    Fachleute sehen sich die Brücke im Frühjahr noch einmal an. Bis dahin ändert sich für alle, die darüber müssen, nichts.";

/// Two articles of one text, under these lines.
fn two(above: [&str; 2]) -> Vec<Draft> {
    articles(&format!(
        "Bridge closes to lorries\n\n{}\n\n{COUNCIL}\n\nBrücke wird für Lastwagen gesperrt\n\n{}\n\n{RAT}",
        above[0], above[1]
    ))
}

#[test]
fn articles_of_several_languages_on_one_page_keep_theirs() {
    let drafts = two(["By Ann Bell", "Von Anna Braun"]);
    let languages: Vec<&str> = drafts.iter().map(|d| d.language.as_ref().map_or("", |l| l.0.as_str())).collect();
    assert_eq!(languages, ["en", "de"]);
}

#[test]
fn articles_of_one_text_have_dates_of_their_own() {
    let dates = |above: [&str; 2]| {
        two(above).iter().map(|d| d.date_published.as_ref().map(|d| d.value.clone())).collect::<Vec<_>>()
    };
    let (english, german) = ("By Ann Bell | May 22, 2025 | 5 min read", "Von Anna Braun | 3. Juni 2024 | 4 Minuten");
    let of = |date: &str| Some(date.to_owned());
    assert_eq!(dates([english, german]), [of("2025-05-22"), of("2024-06-03")]);
    assert_eq!(dates([english, "Von Anna Braun"]), [of("2025-05-22"), None]);
}

#[test]
fn what_stands_before_the_first_headline_is_an_article_only_as_one() {
    let head = "The valley repairs its weir";
    let text = story("weir").replace("<p>", "").replace("</p>", "\n\n");
    let snippets = "Twelve apprentices begin evening courses next week in the restored mill.\n\n\
        The county looks for thirty more drivers before the summer timetable begins.\n\n\
        A choir from the coast sings in the market hall on Friday evening.\n\n\
        Nobody knows who left the four boats on the lower pier last weekend.\n\n";
    let of = |before: &str| articles_under(&format!("{before}{head}\n\n{text}"), &[head]);
    assert_eq!(kinds(&of(snippets)), [(Kind::Article, head)]);
    assert_eq!(kinds(&of(&text.replace("weir", "pier"))).len(), 2);
}

#[test]
fn nothing_comes_of_nothing() {
    for input in ["", "\n\n \n", "@@@\n***\n---", "Home\nMenu\nSearch\nLog in"] {
        assert!(articles(input).is_empty(), "{input:?}");
    }
}

/// Lines of the kinds that pages are made of, and of none.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{2,8}( [a-zA-Z]{2,9}){2,8}",
        "([A-Z][a-z]{2,8}( [a-z]{2,9}){8,20}\\. ){1,4}",
        "\\PC{0,80}",
        "[\\\\@#^{}&;'\"*•\\-|/ ]{0,40}",
        Just("Photo: Ann Bell".to_owned()),
        Just("Thursday, March 6, 2025".to_owned()),
        Just("记者：李明 2024年5月3日".to_owned()),
        Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_text_gives_sound_drafts(lines in prop::collection::vec(line(), 0..60)) {
        let input = lines.join("\n");
        let document = text::document(&input, None, &LIMITS);
        let mut last = 0;
        for block in &document.blocks {
            prop_assert!(block.start >= last && block.end > block.start && block.end as usize <= document.text.len());
            prop_assert!((0.0..=1.0).contains(&block.confidence));
            last = block.start;
        }
        let drafts = split::articles(&page(&input), &document);
        prop_assert!(drafts.iter().filter(|d| d.kind == Kind::Article).count() <= 1);
        let bytes: usize = drafts.iter().flat_map(|d| &d.body).map(|b| b.text.len()).sum();
        prop_assert!(bytes <= document.text.len(), "no block goes to two articles");
        for draft in &drafts {
            prop_assert!(!draft.body.is_empty());
            prop_assert!(draft.body.iter().all(|b| b.text.trim() == b.text && !b.text.is_empty()));
        }
        let again = split::articles(&page(&input), &text::document(&input, None, &LIMITS));
        prop_assert_eq!(format!("{drafts:?}"), format!("{again:?}"));
    }

    #[test]
    fn the_bound_on_lines_holds(lines in prop::collection::vec(line(), 0..60), max in 0usize..40) {
        let limits = CleanLimits { blocks_max: max, ..LIMITS };
        let document = text::document(&lines.join("\n"), None, &limits);
        prop_assert!(document.blocks.len() <= max);
    }
}

fn html_page(title: &str, body: &str) -> Page<'static> {
    Page {
        url: Some("https://news.valley.example/local/bridge".to_owned()),
        content: Content::Html(
            format!("<html><head><title>{title} - The Valley Post</title></head><body>{body}</body></html>").into(),
        ),
        ..page("")
    }
}

pub fn html_articles(title: &str, body: &str) -> Vec<Draft> {
    let page = html_page(title, body);
    split::articles(&page, &copydesk::clean::document(&page, &LIMITS))
}

pub fn story(topic: &str) -> String {
    format!(
        "<p>The council spoke about the {topic} on Monday evening, and most members agreed that something had to be done \
         before the winter, since the {topic} had been a worry for years.</p>\
         <p>Mayor Ada Quill said that the money for the {topic} was there, but that the county, which owns the land, had not \
         answered her letters. She hopes for an answer within a month.</p>\
         <p>Engineers will look at the {topic} again in spring. Until then nothing changes for those who pass it every day, \
         the roads office said in a short note on Tuesday.</p>"
    )
}

pub fn kinds(drafts: &[Draft]) -> Vec<(Kind, &str)> {
    drafts.iter().map(|d| (d.kind, d.headline.as_deref().unwrap_or_default())).collect()
}

#[test]
fn an_article_with_cards_beside_it() {
    let cards: String = ["Ferry returns to the island after nine years", "Bakers open a night school in the old mill"]
        .iter()
        .enumerate()
        .map(|(i, h)| format!("<li><div><a href='/local/{i}'>{h}</a><p>It is the first of its kind in the valley, says the board.</p></div></li>"))
        .collect();
    let drafts = html_articles(
        "Bridge closes to lorries",
        &format!(
            "<main><article><h1>Bridge closes to lorries</h1><p class='byline'>By Ann Bell</p><time datetime='2025-03-06'>6 March 2025</time>{}\
         </article></main><aside><h2>Read also</h2><ul>{cards}</ul></aside>\
         <footer><ul><li><a href='/a'>All our stories about the river</a></li><li><a href='/b'>All our stories about the town</a></li></ul></footer>",
            story("bridge")
        ),
    );
    let expected = [
        (Kind::Article, "Bridge closes to lorries"),
        (Kind::Teaser, "Ferry returns to the island after nine years"),
        (Kind::Teaser, "Bakers open a night school in the old mill"),
    ];
    assert_eq!(kinds(&drafts), expected);
    assert_eq!(drafts[1].article_url.as_deref(), Some("https://news.valley.example/local/0"));
    assert_eq!(drafts[1].body[0].text, "It is the first of its kind in the valley, says the board.");
    assert!(drafts[0].body.iter().all(|b| !b.text.contains("first of its kind")));
    assert_eq!(drafts[0].language.as_ref().map(|l| l.0.as_str()), Some("en"));
}

#[test]
fn several_whole_articles_on_one_page() {
    let post = |path: &str, head: &str, topic: &str| {
        format!("<article><h2><a href='{path}'>{head}</a></h2><time>6 March 2025</time>{}</article>", story(topic))
    };
    let drafts = html_articles(
        "Stories",
        &format!(
            "<main>{}{}</main>",
            post("/one", "Bridge closes to lorries", "bridge"),
            post("/two", "Mill is for sale again", "mill")
        ),
    );
    assert_eq!(drafts.len(), 2);
    assert!(drafts.iter().filter(|d| d.kind == Kind::Article).count() <= 1);
    assert_eq!(drafts[1].headline.as_deref(), Some("Mill is for sale again"));
    assert_eq!(drafts[1].article_url.as_deref(), Some("https://news.valley.example/two"));
    assert!(drafts[0].body.iter().all(|b| !b.text.contains("mill")));
    let date = |d: &Draft| d.date_published.as_ref().map(|date| date.value.clone());
    assert!(drafts.iter().all(|d| date(d).as_deref() == Some("2025-03-06")), "each shows its own");
}

#[test]
fn a_credit_and_an_imprint_are_no_pictures() {
    let drafts = html_articles(
        "Bridge closes to lorries",
        &format!(
            "<main><article><h1>Bridge closes to lorries</h1><figure><img src='/bridge.jpg'><figcaption>The bridge at dawn</figcaption>\
             </figure><div class='photo-credit'>Ann Bell / The Herald</div>{}</article><p class='caption'>© 2024 The Herald. All rights \
             reserved.</p></main>",
            story("bridge")
        ),
    );
    let images: Vec<_> = drafts[0].images.iter().map(|i| (i.caption.as_deref(), i.credit.as_deref())).collect();
    assert_eq!(images, [(Some("The bridge at dawn"), Some("Ann Bell / The Herald"))]);
}

#[test]
fn a_caption_has_a_picture() {
    let furniture = "<figure><blockquote><p>We will build it.</p></blockquote><figcaption>Ann Bell, mayor</figcaption></figure>\
        <div class=caption>Read Reviews</div><table><caption>Tides of the week</caption><tr><td>High</td></tr></table>\
        <p>The pier stays open.</p><figure><img src=/a.jpg><figcaption>WEB18-pier-1160x768.jpg</figcaption></figure>";
    let page = format!(
        "<main><article><h1>Bridge closes to lorries</h1>{}{furniture}{}</article></main>",
        story("bridge"),
        story("pier")
    );
    let drafts = html_articles("Bridge closes to lorries", &page);
    let captions: Vec<_> = drafts[0].images.iter().filter_map(|i| i.caption.as_deref()).collect();
    assert_eq!(captions, Vec::<&str>::new());
}

#[test]
fn the_article_with_the_pages_headline_is_its_own_however_short() {
    let post = |head: &str, text: String| {
        format!("<article><h1>{head}</h1><p class='byline'>By Ann Bell</p><time>6 March 2025</time>{text}</article>")
    };
    let data = "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":\"2025-03-06T08:30:00Z\"}</script>";
    let drafts = html_articles(
        "Bridge closes to lorries",
        &format!(
            "<main>{data}{}{}</main>",
            post("Bridge closes to lorries", story("bridge")),
            post("Mill is for sale again", story("mill") + &story("miller"))
        ),
    );
    assert_eq!(
        kinds(&drafts),
        [(Kind::Article, "Bridge closes to lorries"), (Kind::Secondary, "Mill is for sale again")]
    );
    // The page's data speak of the article under its headline.
    let dates: Vec<String> =
        drafts.iter().filter_map(|d| d.date_published.as_ref()).map(|date| date.value.clone()).collect();
    assert_eq!(dates, ["2025-03-06T08:30:00Z", "2025-03-06"]);
}

#[test]
fn an_article_elements_date_may_stand_behind_its_pictures_and_names() {
    let part = |head: &str, topic: &str| {
        let names =
            ["Bell", "Carr", "Dale", "Eaton", "Frost"].map(|name| format!("<a href=/by/{name}>Ann {name}</a> "));
        let names = names.map(|name| format!("<address>{name}</address>")).concat();
        format!("<article><h1>{head}</h1>{names}<time>6 March 2025</time>{}</article>", story(topic))
    };
    let parts = part("Bridge closes to lorries", "bridge") + &part("Mill is for sale again", "mill");
    let drafts = html_articles("Bridge closes to lorries", &format!("<main>{parts}</main>"));
    assert_eq!(
        kinds(&drafts),
        [(Kind::Article, "Bridge closes to lorries"), (Kind::Secondary, "Mill is for sale again")]
    );
}

#[test]
fn sections_in_article_elements_are_one_article() {
    for (level, around) in [("h2", "main"), ("h1", "main"), ("h1", "article"), ("h1", "div")] {
        let part = |head: &str, topic: &str| format!("<article><{level}>{head}</{level}>{}</article>", story(topic));
        let parts = part("The bridge", "bridge") + &part("The mill", "mill");
        let drafts = html_articles(
            "What the valley repairs",
            &format!("<{around}><h1>What the valley repairs</h1>{parts}</{around}>"),
        );
        assert_eq!(kinds(&drafts), [(Kind::Article, "What the valley repairs")], "{level} in {around}");
    }
}

#[test]
fn a_front_page_gives_teasers_only() {
    let card = |i: usize| {
        format!(
            "<div class='card'><h3><a href='/news/{i}'>Council votes on road number {i} today</a></h3><p>The vote is expected to be close, members say.</p></div>"
        )
    };
    let cards: String = (0..8).map(card).collect();
    let page = html_page(
        "Front page",
        &format!("<nav><a href='/'>Home</a><a href='/sport'>Sport</a></nav><main>{cards}</main>"),
    );
    let mut document = copydesk::clean::document(&page, &LIMITS);
    let all_teasers = |drafts: &[Draft]| {
        drafts.len() == 8 && drafts.iter().all(|d| d.kind == Kind::Teaser && d.article_url.is_some())
    };
    assert!(all_teasers(&split::articles(&page, &document)));
    // Nor where the snippets were taken for the text of a page that may hold an article.
    document.article_score = 0.2;
    for block in document.blocks.iter_mut().filter(|b| b.kind == BlockKind::Paragraph) {
        block.class = Class::Body;
    }
    assert!(all_teasers(&split::articles(&page, &document)));
}

#[test]
fn notices_captions_and_imprints_are_no_teasers() {
    let card = |i: usize, topic: &str, text: &str| {
        format!(
            "<div class='card'><a href='/{topic}'>Roads</a><a href='/news/{i}'><h3>Council votes on road {topic} today</h3></a>{text}</div>"
        )
    };
    let text = |topic: &str| format!("<p>The vote on the {topic} is expected to be close, members say.</p>");
    let cards = [
        card(1, "weir", &text("weir")),
        card(2, "mill", &text("mill")),
        card(3, "lock", "<p>The story was saved to your own list for later.</p>"),
        card(4, "pier", "<p>The story was saved to your own list for later.</p>"),
        card(
            5,
            "dyke",
            "<figure><img src=/d.jpg><figcaption>The dyke as it was on the morning of the vote, from above.</figcaption></figure>",
        ),
        format!("<div class='card'><a href=/terms>Valley Post © 2025 All the rest</a>{}</div>", text("site")),
    ];
    let drafts = html_articles("Front page", &format!("<main>{}</main>", cards.concat()));
    let addresses: Vec<_> = drafts.iter().map(|draft| draft.article_url.as_deref().unwrap_or_default()).collect();
    assert_eq!(addresses, ["https://news.valley.example/news/1", "https://news.valley.example/news/2"]);
}

#[test]
fn text_of_a_page_that_may_be_no_article_comes_as_secondary() {
    let page = html_page("What the valley repairs", &format!("<h1>What the valley repairs</h1>{}", story("bridge")));
    let mut document = copydesk::clean::document(&page, &LIMITS);
    let mut at = |score| {
        document.article_score = score;
        split::articles(&page, &document)
    };
    let (sure, uncertain, none) = (at(0.9), at(0.2), at(0.01));
    assert_eq!(kinds(&sure), [(Kind::Article, "What the valley repairs")]);
    assert_eq!(kinds(&uncertain), [(Kind::Secondary, "What the valley repairs")]);
    assert!(none.is_empty());
    assert_eq!(uncertain[0].body, sure[0].body);
    assert!(uncertain[0].confidence < sure[0].confidence * 0.3);
    let says = |drafts: &[Draft]| drafts[0].warnings.contains(&Warning::PageUncertain);
    assert!(says(&uncertain) && !says(&sure));
    document.article_score = 0.2;
    document.meta.page_types.push("product".to_owned());
    assert!(split::articles(&page, &document).is_empty());
}

#[test]
fn a_list_of_bare_links_gives_nothing() {
    let links: String =
        (0..9).map(|i| format!("<li><a href='/n/{i}'>Council votes on road number {i} today</a></li>")).collect();
    assert!(html_articles("Index", &format!("<main><ul>{links}</ul></main>")).is_empty());
}

#[test]
fn what_is_hidden_counts_once_and_only_where_nothing_shown_says_it() {
    let source = story("mill").replace("<p>", "").replace("</p>", "\n\n");
    let hidden = "<div hidden><p>The mayor of the valley said that the old mill is to be a museum of flour by next spring.</p></div>";
    let page =
        format!("<article><h1>The mill</h1>{}{hidden}<pre hidden># The mill\n{source}</pre></article>", story("mill"));
    let drafts = html_articles("The mill", &page);
    let text: Vec<&str> = drafts[0].body.iter().map(|block| block.text.as_str()).collect();
    assert!(text.len() == 4 && text[3].starts_with("The mayor of the valley"), "{text:?}");
}

#[test]
fn a_list_of_articles_is_none_and_neither_date_nor_call_heads_one() {
    let card = |n: usize, head: &str| {
        let text = format!("{} {n}.", &story("weir")[3..160]);
        format!("<article><h2><a href=/2025/{n}>{head}</a></h2><p>3 November 2025</p><p>{text}</p></article>")
    };
    let heads =
        ["The weir is to be rebuilt", "A school gets its roof", "Ferry line comes back", "Night school in the mill"];
    let cards: String = heads.iter().enumerate().map(|(n, head)| card(n, head)).collect();
    let page = html_page("News", &format!("<main><h1>News</h1>{cards}</main>"));
    let mut document = copydesk::clean::document(&page, &LIMITS);
    // However much the page looks like an article's, and its snippets like text.
    document.article_score = 0.9;
    for i in 0..document.blocks.len() {
        let is_text = document.text_of(i) != "News";
        document.blocks[i].class = if is_text { Class::Body } else { Class::Headline };
    }
    let drafts = split::articles(&page, &document);
    assert!(drafts.len() == 4 && drafts.iter().all(|d| d.kind == Kind::Teaser), "{:?}", kinds(&drafts));
    let dated: String = (1..5).map(|n| card(n, &format!("Posted November {n}, 2025"))).collect();
    let drafts = html_articles("News", &format!("<main><h1>News</h1>{dated}</main>"));
    assert!(drafts.iter().all(|d| d.kind != Kind::Teaser), "{:?}", kinds(&drafts));
    let calls: String = (1..5).map(|n| card(n, "Read the whole story")).collect();
    let drafts = html_articles("News", &format!("<main><h1>News</h1>{calls}</main>"));
    assert!(drafts.iter().all(|d| d.kind != Kind::Teaser), "{:?}", kinds(&drafts));
}
