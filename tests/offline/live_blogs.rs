//! Live blogs: each entry is an event of its own.

use crate::split_cases::{html_articles, kinds, story};
use copydesk::split::draft::{Draft, Kind};

/// A live blog's entries as JSON-LD names them, beside the elements that hold two of them.
fn live_page(elements: &str, data: &str) -> Vec<Draft> {
    let body = format!(
        "<article><h1>Storm over the valley: live</h1>{}<div class=entries>{elements}</div></article>{data}",
        story("storm")
    );
    html_articles("Storm over the valley: live", &body)
}

/// Kind, headline, time and text of each entry.
fn entries(drafts: &[Draft]) -> Vec<(&str, &str, String)> {
    let main = drafts.iter().position(|d| d.kind == Kind::Article);
    assert!(main.is_some(), "the blog itself is an article");
    let live = drafts.iter().filter(|d| d.kind == Kind::LiveBlogEntry);
    live.map(|d| {
        assert_eq!(d.parent, main);
        let text = d.body.iter().map(|b| b.text.as_str()).collect::<Vec<_>>().join("|");
        (d.headline.as_deref().unwrap_or_default(), d.date_published.as_ref().map_or("", |v| v.value.as_str()), text)
    })
    .collect()
}

#[test]
fn a_live_blog_gives_its_entries_once_each() {
    let entry = |id: &str, time: &str, head: &str, text: &str| {
        format!("<div class=entry id={id}><time>{time}</time><h3>{head}</h3><p>{text}</p></div>")
    };
    let bridge = "The bridge at the weir is closed to all traffic, the roads office said just now.";
    let school = "All four schools of the valley send their children home at noon, by order of the mayor.";
    let ferry = "A ferry with forty people waits at the lower pier until the wind goes down.";
    let elements = entry("E2", "12:40", "Bridge closed", bridge)
        + &entry("E1", "11:05", "Schools close", school)
        + &format!("<p>09:15 {ferry}</p>");
    let data = r#"<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Storm over the valley: live",
        "datePublished": "2025-11-03T09:00:00Z", "liveBlogUpdate": [
        {"@type": "BlogPosting", "headline": "Bridge closed", "url": "/live#e2", "datePublished": "2025-11-03T12:40:10Z",
         "articleBody": "The bridge at the weir is closed to all&#8230;", "author": {"name": "Ann Bell"}},
        {"@type": "BlogPosting", "headline": "Schools close", "url": "/live#e1", "datePublished": "2025-11-03T11:05:00Z"},
        {"@type": "BlogPosting", "headline": "Shelter open", "url": "/live#e0", "datePublished": "2025-11-03T10:00:00Z",
         "articleBody": "The hall in <a href='/mill'>Mill Lane</a> is open as a shelter."},
        {"@type": "BlogPosting", "headline": "Cut", "url": "/live#e9", "articleBody": "Somebody cut this text here..."},
        {"@type": "BlogPosting", "headline": "Shown elsewhere", "url": "/live#e8", "articleBody": "FERRY"}]}</script>"#;
    let data = &data.replace("FERRY", ferry);
    let drafts = live_page(&elements, data);
    let expected = [
        ("Bridge closed", "2025-11-03T12:40:10Z", bridge.to_owned()),
        ("Schools close", "2025-11-03T11:05:00Z", school.to_owned()),
        ("Shelter open", "2025-11-03T10:00:00Z", "The hall in Mill Lane is open as a shelter.".to_owned()),
    ];
    assert_eq!(entries(&drafts), expected);
    let bridges = drafts.iter().find(|d| d.headline.as_deref() == Some("Bridge closed")).unwrap();
    assert_eq!(bridges.authors[0].name, "Ann Bell");
    let article = drafts.iter().find(|d| d.kind == Kind::Article).unwrap();
    let own: Vec<&str> = article.body.iter().map(|b| b.text.as_str()).collect();
    assert!(own.len() == 4 && own.iter().all(|text| !text.contains("the weir is closed")), "{own:?}");
    // The same page without its data is one article.
    let plain = live_page(&elements, "");
    assert!(plain.len() == 1 && plain[0].kind != Kind::LiveBlogEntry, "{:?}", kinds(&plain));
}

#[test]
fn microdata_names_a_live_blogs_entries_too() {
    let entry = |n: u32, text: &str| {
        format!(
            "<li class=post><div itemprop=liveBlogUpdate itemscope itemtype=https://schema.org/BlogPosting>\
             <meta itemprop=datePublished content=2025-11-03T1{n}:00:00Z><meta itemprop=headline content='Hour {n}'>\
             <p itemprop=articleBody>{text}</p></div></li>"
        )
    };
    let texts =
        ["The water has come up to the second step of the mill.", "The rain is over, and the river falls again."];
    let elements = format!("<ul>{}{}</ul>", entry(1, texts[0]), entry(2, texts[1]));
    let expected = [
        ("Hour 1", "2025-11-03T11:00:00Z", texts[0].to_owned()),
        ("Hour 2", "2025-11-03T12:00:00Z", texts[1].to_owned()),
    ];
    assert_eq!(entries(&live_page(&elements, "")), expected);
}
