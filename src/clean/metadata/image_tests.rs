//! An article's pictures: which leads it, and which caption each has.

use super::tests::meta;

/// Some paragraphs of an article.
fn text() -> String {
    let streets = ["Mill Lane", "Weir Road", "Harbour Street", "Church Hill", "Market Square", "Station Road"];
    streets
        .map(|street| format!("<p>In {street}, where the bridge begins, the council wants a new pavement, and the people who live there said on Monday that they had waited for it for years.</p>"))
        .concat()
}

#[test]
fn the_lead_picture_shows_something() {
    let main = |head: &str, body: &str| {
        let main = meta(head, body).images.into_iter().find(|image| image.main == Some(true));
        main.and_then(|image| image.url).map(|url| url.rsplit('/').next().unwrap_or_default().to_owned())
    };
    let og = |name: &str| format!("<meta property=og:image content='https://www.herald.example/i/{name}'>");
    let text = text();
    let figure =
        |name: &str| format!("<article><h1>Old bridge opens again</h1>{text}<img src=/i/{name}>{text}</article>");
    let lead = |declared: &str, shown: &str| main(&og(declared), &figure(shown));
    assert_eq!(lead("bridge.jpg", "pier.jpg").as_deref(), Some("bridge.jpg"));
    assert_eq!(lead("logo.png", "pier.jpg").as_deref(), Some("pier.jpg"));
    assert_eq!(lead("logo.png", "logo.png").as_deref(), Some("logo.png"));
    assert_eq!(lead("logo.png", "icon.png"), None);
    assert_eq!(lead("og-image.png", "pier.jpg").as_deref(), Some("pier.jpg"), "any page's");
    assert_eq!(lead("og-image.png", "og-image.png").as_deref(), Some("og-image.png"));
    assert_eq!(main(&(og("logo.png") + &og("bridge.jpg")), "").as_deref(), Some("bridge.jpg"));
}

/// The pictures of an article whose text has this markup in its middle: file name, caption, credit.
fn pictures(head: &str, above: &str, within: &str) -> Vec<[String; 3]> {
    let text = text();
    let page = format!("<article><h1>Old bridge opens again</h1>{above}{text}{within}{text}</article>");
    let name = |url: String| url.rsplit('/').next().unwrap_or_default().to_owned();
    let words = |image: crate::split::draft::Image| [image.url.map(name), image.caption, image.credit];
    meta(head, &page).images.into_iter().map(|image| words(image).map(Option::unwrap_or_default)).collect()
}

#[test]
fn a_caption_goes_to_the_picture_above_it() {
    let figure = |picture: &str, lines: &str| format!("<figure>{picture}<figcaption>{lines}</figcaption></figure>");
    let bridge = "<img src=/i/bridge.jpg>";
    let lines = "<div class=caption>Photo: Ann Bell</div><div class=caption>The bridge at dawn on Monday.</div>";
    let expected = [["bridge.jpg", "The bridge at dawn on Monday.", "Ann Bell"]];
    assert_eq!(pictures("", "", &figure(bridge, lines)), expected, "credit first");
    let icons = format!("{bridge}<img src=/i/zoom-in.svg><img src=/i/share.svg>");
    assert_eq!(pictures("", "", &figure(&icons, lines)), expected, "what the page draws has none");
    let portrait = "<img src=/i/face.jpg><p>It is a long way from there.</p>";
    assert_eq!(pictures("", "", &(portrait.to_owned() + &figure(bridge, lines))), expected, "nor what is farther away");
    let row = |line: &str| format!("<div class=caption>{line}</div>");
    let buttons = [row("View image"), row("The bridge at dawn on Monday."), row("Photo:"), row("Ann Bell")].concat();
    assert_eq!(pictures("", "", &figure(bridge, &buttons)), expected, "a button, and a credit under its word");
    let said = row("The bridge at dawn on Monday. (Source: Ann Bell)");
    assert_eq!(pictures("", "", &figure(bridge, &said)), expected);
    let nested = figure(&format!("<figure>{bridge}</figure>"), lines);
    assert_eq!(pictures("", "", &nested), expected, "a figure within");
    let link = |target: &str, what: &str| format!("<a href='{target}'>{what}</a>");
    let linked = |target: &str| figure(&link(target, bridge), &link(target, "The bridge at dawn on Monday"));
    let captioned = [["bridge.jpg", "The bridge at dawn on Monday", ""]];
    assert_eq!(pictures("", "", &linked("/story/7")), [[""; 3]; 0], "another page's title");
    assert_eq!(pictures("", "", &linked("/i/large.jpg ")), captioned);
    let unlinked =
        |above: &str| figure(&(bridge.to_owned() + above), &link("/story/7", "The bridge at dawn on Monday"));
    assert_eq!(pictures("", "", &unlinked("")), captioned, "a picture that leads nowhere");
    assert_eq!(pictures("", "", &unlinked("<h3>More of the bridge</h3>")), [[""; 3]; 0], "under a heading");
}

#[test]
fn the_lead_picture_has_the_caption_of_a_figure_without_one() {
    let og = "<meta property=og:image content='https://www.herald.example/i/lead.jpg'>";
    let figure = "<figure><img src=data:x><figcaption>The bridge at dawn on Monday</figcaption></figure>";
    assert_eq!(pictures(og, figure, ""), [["lead.jpg", "The bridge at dawn on Monday", ""]]);
    assert_eq!(pictures(og, "", figure), [["lead.jpg", "", ""]], "not of one farther down");
    let few = "<figure><img src=data:x><figcaption>Listen to this article</figcaption></figure>";
    assert_eq!(pictures(og, few, ""), [["lead.jpg", "", ""]], "nor of a few words");
    let line = "<div class=caption>Listen to this article now</div>";
    assert_eq!(pictures(og, line, ""), [["lead.jpg", "", ""]], "nor a line of none");
    let graph = r#"<script type=application/ld+json>{"@type":"NewsArticle","image":{"@type":"ImageObject",
        "url":"/i/lead.jpg","caption":"The bridge. Photo: Ann Bell"}}</script>"#;
    assert_eq!(pictures(graph, "", ""), [["lead.jpg", "The bridge.", "Ann Bell"]]);
}
