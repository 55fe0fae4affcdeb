//! What a page says of its article: headline, authors, addresses.

use super::{Metadata, authors};
use crate::clean::{CleanLimits, Document, document};
use crate::page::{Content, Page};

#[track_caller]
fn check_names(line: &str, expected: &[&str]) {
    assert_eq!(authors::read::names(line), expected, "{line}");
}

#[test]
fn names_come_without_their_company() {
    check_names("By Ann Bell and Carl Dorn", &["Ann Bell", "Carl Dorn"]);
    check_names("Von Anna Braun, Jan von der Heide", &["Anna Braun", "Jan von der Heide"]);
    check_names("von der Heide", &["von der Heide"]);
    check_names("Written by: Ann Bell (Night Desk)", &["Ann Bell"]);
    check_names("Автор: Анна Петрова и Иван Котов", &["Анна Петрова", "Иван Котов"]);
    check_names("作者：李明", &["李明"]);
    check_names("김민수 기자", &["김민수"]);
    check_names("https://herald.example/ann", &[]);
    check_names("ann@herald.example | Ann Bell", &["Ann Bell"]);
    check_names("Ana y Luis", &["Ana", "Luis"]);
    check_names("ByAnn Bell", &["Ann Bell"]);
    check_names("Byron Smith", &["Byron Smith"]);
    check_names("Ann Bell Journalistin", &["Ann Bell"]);
    check_names("Ann BellReporter", &["Ann Bell"]);
    check_names("Ann deCarlo", &["Ann deCarlo"]);
    check_names("Ann Bell. Last reviewed", &["Ann Bell"]);
    check_names("Dr. Ann D. Bell", &["Dr. Ann D. Bell"]);
    check_names("责任编辑：李明", &[]);
    check_names("Max Fotograf", &["Max Fotograf"]);
    check_names("Sam Samsukha, Marta Marshall", &["Sam Samsukha", "Marta Marshall"]);
    check_names("Ann Bell on Friday", &["Ann Bell"]);
    check_names("All posts by Ann Bell", &["Ann Bell"]);
    check_names("Posted", &[]);
    check_names("Ann Bell AP Science Writer", &["Ann Bell"]);
    check_names("Centre for Bridges and Roads", &["Centre for Bridges and Roads"]);
    check_names("Ann Bell, Updated: 2024-05-03", &["Ann Bell"]);
    check_names("Share Article", &[]);
    check_names("李明 来源：海港日报", &["李明"]);
}

#[track_caller]
fn check_line(line: &str, expected: &[&str]) {
    assert_eq!(authors::read::in_line(line), expected, "{line}");
}

#[test]
fn names_come_out_of_lines_with_dates() {
    check_line("By Ann Bell on May 3, 2024 at 10:15 pm", &["Ann Bell"]);
    check_line("Do 25.04.24 | 14:07 Uhr | Von Anna Braun", &["Anna Braun"]);
    check_line("Veröffentlicht am 3. Mai 2024 von Anna Braun", &["Anna Braun"]);
    check_line("Par Anne Dubois, le 3 mai 2024", &["Anne Dubois"]);
    check_line("Ann Bell | Updated: 3 May 2024", &["Ann Bell"]);
}

#[test]
fn what_by_announces_is_a_name_or_nothing() {
    check_line("By joining HARBOUR you agree", &[]);
    check_line("By opening", &["opening"]);
    check_line("By the Herald", &["the Herald"]);
    check_line("By 3i Global", &["3i Global"]);
    check_line("Ann Di Bella", &["Ann Di Bella"]);
    check_line("Von Anna Braun, dpa", &["Anna Braun", "dpa"]);
    check_line("By Ann Bell, more on page 3", &["Ann Bell"]);
    check_line("聯合報╱記者陳俐君／台北報導", &["陳俐君"]);
    check_line("記者：聯合報", &["聯合報"]);
    check_line("Text von Anna Braun Illustration von Carla Dorn", &["Anna Braun"]);
    check_line("By Ann Bell And Carl Dorn", &["Ann Bell", "Carl Dorn"]);
    check_line("erstellt von Dominik — veröffentlicht 28.01.2022 06:00", &["Dominik"]);
}

pub(super) const LIMITS: CleanLimits = CleanLimits { depth_max: 200, blocks_max: 1000 };

/// A page of an invented publisher.
pub(super) fn page(markup: &str) -> Page<'_> {
    Page::of_html("https://www.herald.example/local/bridge", markup)
}

/// Its metadata after the whole of reading and classifying.
pub(super) fn meta(head: &str, body: &str) -> Metadata {
    meta_in("en", head, body)
}

/// The same of a page in another language.
pub(super) fn meta_in(language: &str, head: &str, body: &str) -> Metadata {
    let text = article();
    let markup = format!("<html lang='{language}'><head>{head}</head><body>{body}{text}</body></html>");
    document(&page(&markup), &LIMITS).meta
}

/// The paragraphs of an article. The same one several times would be what a page repeats, which is no text.
pub(super) fn article() -> String {
    let paragraphs = [
        "The council met on Monday and decided that the old bridge will be repaired before the winter comes.",
        "For ten years walkers had to take the long way round by the mill, since its arches were no longer safe.",
        "Masons found that two of the piers stand on oak, which the river has washed bare over the centuries.",
        "The work will cost less than was feared, the mayor told the meeting, because most of the stone can be used again.",
        "Shopkeepers on the quay hope that more people will come to them once the two banks are joined again.",
        "Until then a ferry takes passengers across from morning to evening, and it costs nothing.",
    ];
    paragraphs.map(|text| format!("<p>{text}</p>")).concat()
}

#[track_caller]
fn check_headline(head: &str, body: &str, expected: &str) {
    assert_eq!(meta(head, body).headline.as_deref(), Some(expected), "{head} {body}");
}

#[test]
fn a_headline_is_without_site_and_section() {
    let bridge = "Old bridge opens again after ten years";
    let site = "<meta property=og:site_name content='The Herald'>";
    check_headline(&format!("{site}<title>{bridge} | The Herald</title>"), "", bridge);
    check_headline(&format!("<title>{bridge} - Local - The Herald</title>{site}"), "", bridge);
    check_headline(&format!("{site}<title>The Herald: {bridge}</title>"), &format!("<h1>{bridge}</h1>"), bridge);
    check_headline(&format!("<meta property=og:title content='{bridge}'>"), "<h1>The Herald</h1>", bridge);
    let spans = format!("<h1><span class=kicker>Traffic</span> <span class=title>{bridge}</span></h1>");
    check_headline(&format!("<meta property=og:title content='{bridge}'>"), &spans, bridge);
    for stamp in ["Thursday, January 12, 2012", "(06.01.12 08:46)"] {
        check_headline("", &format!("<h1>{bridge} {stamp}</h1>"), bridge);
    }
    let dated = format!("{bridge} on January 12, 2012");
    check_headline("", &format!("<h1>{dated}</h1>"), &dated);
}

fn candidates(title: &str) -> Vec<String> {
    let [titles, _] =
        crate::clean::metadata_rows(&page(&format!("<title>{title}</title><h1>The Herald</h1>")), &LIMITS);
    titles.into_iter().map(|(text, _)| text).collect()
}

#[track_caller]
fn check_candidate(title: &str, expected: &str) {
    let texts = candidates(title);
    assert!(texts.iter().any(|text| text == expected), "{expected} in {texts:?}");
}

#[test]
fn a_title_is_cut_at_separators() {
    let bridge = "Old bridge opens again";
    for title in [
        format!("{bridge}|The Herald"),
        format!("{bridge} « The Herald"),
        format!("» {bridge}"),
        format!("The Herald :: {bridge}"),
        format!("Local > {bridge}"),
        format!("The Herald 〉{bridge}"),
        "Old bridge&lt;BR&gt;opens again".to_owned(),
    ] {
        check_candidate(&title, bridge);
    }
    check_candidate("«Old bridge» opens again | The Herald", "«Old bridge» opens again");
    for whole in ["A < B and C > D", "Years of <br> tags", "<table>: the element"] {
        check_candidate(&whole.replace('<', "&lt;"), whole);
    }
    assert!(!candidates("Land- und Seewege offen").contains(&"Land".to_owned()));
    check_candidate("《老桥》重新开放_日报", "《老桥》重新开放");
}

#[test]
fn a_menu_of_titles_hides_no_declared_one() {
    let menu: String = (0..60).map(|n| format!("<div class=menu-title>Section {n}</div>")).collect();
    let bridge = "Old bridge opens again after ten years";
    check_headline(&format!("<meta property=og:title content='{bridge}'><title>{bridge}</title>"), &menu, bridge);
}

#[test]
fn what_follows_a_kicker_within_a_heading_is_a_candidate() {
    let markup = "<h1><span class=overline>Traffic</span> <span class=gap>-</span> <span>The bridge opens</span></h1>\
        <h2><span class=kicker>Weather</span> Rain at noon</h2>";
    let [headlines, _] = crate::clean::metadata_rows(&page(markup), &LIMITS);
    let texts: Vec<&str> = headlines.iter().map(|(text, _)| text.as_str()).collect();
    for text in ["The bridge opens", "Rain at noon"] {
        assert!(texts.contains(&text), "{text} in {texts:?}");
    }
}

#[track_caller]
fn check_authors(head: &str, body: &str, expected: &[&str]) {
    let found = meta(head, body).authors;
    assert_eq!(found.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), expected, "{head} {body}");
}

#[test]
fn people_come_before_outlets() {
    let title = "<h1>Old bridge opens again after ten years</h1>";
    let outlet = r#"<meta property=og:site_name content="The Herald"><script type="application/ld+json">
        {"@type":"NewsArticle","headline":"Old bridge opens again after ten years","author":{"@type":"Organization","name":"The Herald"}}</script>"#;
    check_authors(outlet, title, &["The Herald"]);
    check_authors(outlet, &format!("{title}<p class=byline>By <a rel=author href=/a>Ann Bell</a></p>"), &["Ann Bell"]);
    check_authors("", &format!("{title}<p class=meta>Posted on May 3, 2024 by Ann Bell</p>"), &["Ann Bell"]);
    check_authors("<meta name=author content='Ann Bell'>", title, &["Ann Bell"]);
    let shown = format!("{title}<p class=byline>By <a rel=author href=/a>Ann Bell</a></p>");
    check_authors("<meta name=author content='ann bell'>", &shown, &["Ann Bell"]);
    check_authors("", &format!("{title}<p class=author>(© FOT. ANN BELL)</p>"), &[]);
}

#[test]
fn declared_names_come_as_they_are_spoken() {
    let title = "<h1>Old bridge opens again after ten years</h1>";
    let script = |name: &str| {
        format!(r#"<script type="application/ld+json">{{"@type":"NewsArticle","author":"{name}"}}</script>"#)
    };
    check_authors(&script("Ann Bell, MS, FAND"), title, &["Ann Bell"]);
    check_authors(&script("Ann Bell, Carl Dorn"), title, &["Ann Bell", "Carl Dorn"]);
    check_authors("<meta name=author content='Bell, Ann D.'>", title, &["Ann D. Bell"]);
    check_authors("<meta name=dc.creator content='Bell, Ann'>", title, &["Ann Bell"]);
}

#[test]
fn elements_keep_names_apart() {
    let byline =
        |names: &str| format!("<h1>Old bridge opens again after ten years</h1><div class=byline>{names}</div>");
    let three = byline("<a>Ann Bell</a><a>Carl Dorn</a> <span>Eva Fuchs</span>");
    check_authors("", &three, &["Ann Bell", "Carl Dorn", "Eva Fuchs"]);
    check_authors("", &byline("<span>Ann</span> <span>Bell</span>"), &["Ann Bell"]);
    check_authors("", &byline("By <a>Ann Bell</a> <span>3 May 2024</span>"), &["Ann Bell"]);
}

#[test]
fn a_bare_name_is_no_menus_and_no_heading() {
    let text = article();
    let named = |before: &str, behind: &str| {
        let markup = format!("{before}<h1>Old bridge opens again after ten years</h1>{behind}{text}");
        let [_, authors] = crate::clean::metadata_rows(&page(&markup), &LIMITS);
        authors.into_iter().map(|(names, _)| names).filter(|names| !names.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(named("", "<p>Ann Bell</p>"), ["Ann Bell"]);
    assert_eq!(named("", "<div class=tags>Ann Bell</div>"), ["Ann Bell"]);
    assert!(named("<nav><p>Harbour Guide</p></nav>", "<h2>Summer Season</h2>").is_empty());
}

#[test]
fn a_section_is_what_the_page_calls_it() {
    let section = |declared: &str| {
        let breadcrumbs = vec!["Home".to_owned(), "Town & Valley".to_owned(), "Bridges".to_owned()];
        let section = Some(declared.to_owned());
        super::section(&Metadata { section, breadcrumbs, ..Default::default() }).unwrap_or_default()
    };
    assert_eq!(section("town-valley"), "Town & Valley");
    assert_eq!(section("Global,Innovation"), "Global");
    assert_eq!(section(",,uncategorized,Sport"), "Sport");
    assert_eq!(section(","), "Bridges");
    for declared in ["Arts, Books", "sport", "Bridges and roads", "Top 1,000"] {
        assert_eq!(section(declared), declared);
    }
}

#[test]
fn the_titles_of_a_page_are_its_titles_alone() {
    let head = "<meta property=og:title content='Bridge: open!'><meta name=description content='All may cross.'>\
        <script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"headline\":\"The bridge is back\",\"alternativeHeadline\":\"All may cross\"}</script>";
    assert_eq!(meta(head, "").titles, ["thebridgeisback", "bridgeopen"]);
}

#[test]
fn the_page_itself_is_no_section() {
    let of = |crumbs: &[&str]| {
        let breadcrumbs = crumbs.iter().map(|c| (*c).to_owned()).collect();
        let headline = Some("Bridge opens after ten years".to_owned());
        super::section(&crate::clean::block::Metadata { breadcrumbs, headline, ..Default::default() })
    };
    assert_eq!(of(&["Home", "Local", "Bridge opens after ten years"]).as_deref(), Some("Local"));
    assert_eq!(of(&["Local", "Bridge opens after …"]).as_deref(), Some("Local"));
    assert_eq!(of(&["Bridge opens after ten years"]), None);
    assert_eq!(of(&["Home", "Local"]).as_deref(), Some("Local"));
    assert_eq!(of(&["Home", "Bridge opens after ten years"]), None);
    let declared = |section: &str| {
        let head = format!("<meta property=article:section content='{section}'>");
        meta(&head, "<h1>Bridge opens after ten years</h1>").section
    };
    assert_eq!(of(&["Local", "Traffic: Bridge opens after ten years"]).as_deref(), Some("Local"));
    assert_eq!(declared("Bridge opens after ten years"), None);
    assert_eq!(declared("Bridge").as_deref(), Some("Bridge"));
    assert_eq!(declared("Startseite"), None);
}

#[test]
fn numbers_of_systems_are_no_keywords() {
    let head =
        "<meta name=keywords content='Bridges, 100312362, 2024, 5b0e8a1c-42d3-4c55-9a53-0c1f2e3d4a5b, decade, G20'>";
    assert_eq!(meta(head, "").keywords, ["Bridges", "2024", "decade", "G20"]);
}

#[test]
fn what_structured_data_repeats_without_end_is_bounded() {
    let types: Vec<String> = (0..10_000).map(|n| format!("\"T{n}\"")).collect();
    let name = "BY".repeat(100_000);
    let script = format!("{{\"@type\":[\"NewsArticle\",{}],\"author\":{{\"name\":\"{name} x\"}}}}", types.join(","));
    let graph = super::json_ld::Graph::read(&[&script]);
    assert_eq!(graph.types.len(), 64);
    assert_eq!(graph.article.expect("an article").authors[0].name.len(), 4000);
}

fn live(data: &str, body: &str) -> Document {
    let script = format!(
        r#"<script type="application/ld+json">{{"@type":"LiveBlogPosting","liveBlogUpdate":[{data}]}}</script>"#
    );
    document(&page(&format!("{script}<h1>The storm</h1>{body}")), &LIMITS)
}

#[test]
fn entries_beyond_the_bound_are_told() {
    let data = |count: usize| vec![r#"{"@type":"BlogPosting"}"#; count].join(",");
    let (whole, cut) = (live(&data(400), ""), live(&data(401), ""));
    assert_eq!((whole.meta.updates.len(), whole.truncated), (400, false));
    assert_eq!((cut.meta.updates.len(), cut.truncated), (400, true));
    let entry = "<div itemprop=liveBlogUpdate><meta itemprop=headline content=Rain><p>It rains.</p></div>";
    assert!(!live("", &entry.repeat(400)).truncated && live("", &entry.repeat(401)).truncated);
}

#[test]
fn what_follows_a_live_blogs_last_entry_is_not_its_own() {
    let date = |day: &str| format!("<meta itemprop=datePublished content=2024-05-{day}>");
    let entry = |own: &str| {
        format!("<div itemprop=liveBlogUpdate>{own}<p>The water comes up.</p></div>{}<p>More</p>", date("09"))
    };
    let day = |own: &str| live("", &entry(own)).meta.updates[0].date_published.clone().map(|d| d.value);
    assert_eq!(day(&date("03")).as_deref(), Some("2024-05-03"));
    assert_eq!(day(""), None);
}

#[test]
fn a_class_is_no_entrys_element() {
    let data = r#"{"@type":"BlogPosting","url":"/live#e1"},{"@type":"BlogPosting","url":"/live#post"}"#;
    let post = |id: &str| format!("<div class=post id={id}><p class={id}>Rain at {id}.</p></div>");
    let updates = live(data, &[post("e1"), post("e2")].concat()).meta.updates;
    assert_eq!(updates.iter().map(|u| u.element.is_some()).collect::<Vec<_>>(), [true, false]);
}

/// What lines of scraped text say of its article: publication, change, authors.
#[track_caller]
fn check_lines(lines: &[&str], published: Option<&str>, modified: Option<&str>, authors: &[&str]) {
    const TEXT: [&str; 4] = [
        "The city council opened the new harbour bridge on Monday after three years of work, and hundreds walked over it.",
        "Builders had found old piles in the river bed, which made the work slower and dearer than the council had planned.",
        "The mayor said that the old ferry would keep its timetable until the autumn, when the roads to the bridge are done.",
        "Shops on the south bank expect more visitors, since the way to the market is now shorter by half an hour on foot.",
    ];
    let text = [&["Harbour bridge opens after three years of work"], lines, &TEXT].concat().join("\n\n");
    let page = Page { content: Content::Text(text.into()), ..page("") };
    let meta = document(&page, &CleanLimits { depth_max: 256, blocks_max: 20_000 }).meta;
    let value = |date: Option<crate::split::draft::DateValue>| date.map(|date| date.value);
    assert_eq!(
        (value(meta.date_published).as_deref(), value(meta.date_modified).as_deref()),
        (published, modified),
        "{lines:?}"
    );
    assert_eq!(meta.authors.iter().map(|author| author.name.as_str()).collect::<Vec<_>>(), authors, "{lines:?}");
}

#[test]
fn lines_of_text_name_day_and_authors_among_other_words() {
    check_lines(&["By Ann Bell | May 22, 2025 | 5 min read"], Some("2025-05-22"), None, &["Ann Bell"]);
    check_lines(
        &["By Ann Bell and Carl Dorn", "Updated: May 23, 2025"],
        None,
        Some("2025-05-23"),
        &["Ann Bell", "Carl Dorn"],
    );
    check_lines(&["Posted by Ann Bell on August 21, 2019"], Some("2019-08-21"), None, &["Ann Bell"]);
    check_lines(&["Ann Bell", "22 May 2025"], Some("2025-05-22"), None, &["Ann Bell"]);
    check_lines(&["Local", "12 comments"], None, None, &[]);
    check_lines(&["Published: May 24, 2025", "Updated: May 23, 2024"], Some("2025-05-24"), None, &[]);
}
