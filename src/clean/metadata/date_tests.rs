//! When a page says that its article was published and changed.

use super::dates::{Order, normal};
use super::tests::{LIMITS, article, meta, page};
use crate::clean::document;

#[track_caller]
fn check_date(raw: &str, expected: Option<&str>) {
    assert_eq!(normal(raw, Order::Unknown).as_deref(), expected, "{raw}");
}

#[test]
fn dates_keep_their_zone_or_are_days() {
    check_date("2024-05-03T10:00:00+02:00", Some("2024-05-03T10:00:00+02:00"));
    check_date("2024-05-03T10:00:00.123Z", Some("2024-05-03T10:00:00Z"));
    check_date("2024-05-03T10:00+0530", Some("2024-05-03T10:00:00+05:30"));
    check_date("2024-05-03 10:00:00", Some("2024-05-03"));
    check_date("2024-5-3", Some("2024-05-03"));
    check_date("2024/05/03 23:10 GMT", Some("2024-05-03T23:10:00Z"));
    check_date("20240503", Some("2024-05-03"));
    check_date("Fri, 03 May 2024 10:00:00 +0200", Some("2024-05-03T10:00:00+02:00"));
    check_date("Fri, May 03 2024 10:00:00 +0200", Some("2024-05-03T10:00:00+02:00"));
    check_date("2024-05-03T17:40:00EEST", Some("2024-05-03T17:40:00+03:00"));
    check_date("2024-05-03T17:40:00 CST", Some("2024-05-03"));
    check_date("1714730400", Some("2024-05-03T10:00:00Z"));
    check_date("1714730400000", Some("2024-05-03T10:00:00Z"));
}

#[test]
fn what_is_no_date_is_none() {
    for raw in
        ["259 May 2024", "", "2024-13-03", "2024-02-30", "0001-01-01T00:00:00Z", "tomorrow", "12345", "20240503123"]
    {
        check_date(raw, None);
    }
}

#[test]
fn a_day_takes_the_hour_that_is_named_elsewhere() {
    let date = |other: &str| {
        let graph = "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":\"2024-05-03 10:00:00.0\"}</script>";
        meta(&format!("{graph}<meta name=date content='{other}'>"), "").date_published.map(|date| date.value)
    };
    assert_eq!(date("2024-05-03T10:00:00+02:00").as_deref(), Some("2024-05-03T10:00:00+02:00"));
    for other in ["2024-05-03T00:00:00Z", "2024-05-04T10:00:00+02:00", "2024-05-03"] {
        assert_eq!(date(other).as_deref(), Some("2024-05-03"), "{other}");
    }
}

#[test]
fn a_date_is_the_publications() {
    let date = |head: &str, body: &str| meta(head, body).date_published.map(|d| d.value);
    let title = "<h1>Old bridge opens again after ten years</h1>";
    assert_eq!(
        date("", &format!("{title}<p>Updated: May 5, 2024<br>Published: May 3, 2024</p>")).as_deref(),
        Some("2024-05-03")
    );
    assert_eq!(date("", &format!("{title}<p>3/5/2024</p>")).as_deref(), Some("2024-03-05"));
    assert_eq!(date("<title>Old bridge | Herald | 03.05.2024</title>", title).as_deref(), Some("2024-05-03"));
    let picture = format!("{title}<p>The pier at night, 24 April 2024</p>");
    assert_eq!(date("<title>Old bridge | Herald | 03.05.2024</title>", &picture).as_deref(), Some("2024-05-03"));
    assert_eq!(date("<meta name=x-publish-date content=2024-05-03>", title).as_deref(), Some("2024-05-03"));
    assert_eq!(date("<meta name=publisher content=2024-05-03>", title), None);
    assert_eq!(date("", &format!("{title}<p>© 3 May 2024 The Herald</p>")), None);
    let stand_in = r#"<script type="application/ld+json">{"@graph":[{"@type":"WebPage","datePublished":"2024-05-03T10:00:00Z"}]}</script>"#;
    assert_eq!(date(stand_in, title).as_deref(), Some("2024-05-03T10:00:00Z"));
    let as_meta = "<meta name='script:ld+json' content='{&quot;@type&quot;:&quot;Article&quot;,&quot;datePublished&quot;:&quot;2024-05-03&quot;}'>";
    assert_eq!(date(as_meta, title).as_deref(), Some("2024-05-03"));
    let clock = format!(
        "<nav>20 May 2024, 14:58:15<ul><li><a href=/1>Home</a></ul></nav>{title}<p class=createdate>13/05/24-14:16</p>"
    );
    assert_eq!(date("", &clock).as_deref(), Some("2024-05-13"));
}

/// The days of publication and change.
fn days(head: &str, body: &str) -> (Option<String>, Option<String>) {
    let title = "<h1>Old bridge opens again after ten years</h1>";
    let meta = meta(head, &format!("{title}{body}"));
    let day = |date: Option<crate::split::draft::DateValue>| date.map(|d| d.value[..10].to_owned());
    (day(meta.date_published), day(meta.date_modified))
}

#[track_caller]
fn check_days(head: &str, body: &str, published: Option<&str>, modified: Option<&str>) {
    let got = days(head, body);
    assert_eq!((got.0.as_deref(), got.1.as_deref()), (published, modified), "{head} {body}");
}

#[test]
fn an_object_of_json_dates_a_page_too() {
    let head = |date: &str| {
        format!(
            "<meta name=parsely-page content='{{&quot;title&quot;:&quot;A&quot;,&quot;pub_date&quot;:&quot;{date}&quot;,&quot;section&quot;:&quot;Local&quot;}}'>"
        )
    };
    check_days(&head("2024-05-03T17:40:00Z"), "", Some("2024-05-03"), None);
    assert_eq!(meta(&head("2024-05-03"), "").section.as_deref(), Some("Local"));
    let declared = "<meta property=article:published_time content=2024-05-03>";
    let value = |date: &str| meta(&format!("{declared}{}", head(date)), "").date_published.map(|date| date.value);
    assert_eq!(value("2024-05-03T23:10:00Z").as_deref(), Some("2024-05-03T23:10:00Z"));
    assert_eq!(value("2024-05-05T08:10:00Z").as_deref(), Some("2024-05-03"));
}

#[test]
fn days_of_a_list_of_links_behind_the_text_are_other_articles() {
    let link =
        |day: &str| format!("<li><a href=/2><div>{day}</div><div>-- Mill burns down in the night</div></a></li>");
    let day = |links: &str| {
        let text = article();
        let markup = format!("<main><h1>Old bridge to be repaired</h1>{text}</main><aside><ul>{links}</ul></aside>");
        document(&page(&markup), &LIMITS).meta.date_published.map(|date| date.value)
    };
    assert_eq!(day(&[link("2011-11-24 00:00:00.0"), link("2011-11-25 00:00:00.0")].concat()), None);
    assert_eq!(day(&link("2011-11-24 00:00:00.0")).as_deref(), Some("2011-11-24"));
}

#[test]
fn a_line_that_names_the_publication_dates_it_from_afar() {
    let far = |line: &str| {
        let menu: String = (1..16).map(|n| format!("<li><a href=/{n}>Pier {n}</a></li>")).collect();
        meta(
            "",
            &format!(
                "<aside><p>{line}</p></aside><nav><ul>{menu}</ul></nav><h1>Old bridge opens again after ten years</h1>"
            ),
        )
        .date_published
        .map(|d| d.value)
    };
    assert_eq!(far("Erschienen am: 03.05.2024").as_deref(), Some("2024-05-03"));
    let filed = "under <a href=/b>Bridges and Piers</a>, <a href=/s>The Sea</a>, <a href=/t>Tides of the Town</a>, <a href=/l>Locks and Sluices</a>";
    let more =
        "You may follow all answers by a <a href=/f>feed of this entry</a> or <a href=/w>write one of your own</a>";
    let footer = format!("This entry was written by Ann on 3 May 2024 {filed}. {more}.");
    assert_eq!(far(&footer).as_deref(), Some("2024-05-03"));
    let footer = format!("Dieser Beitrag wurde am 3. Mai 2024 von Ann verfasst, {filed}. {more}.");
    assert_eq!(far(&footer).as_deref(), Some("2024-05-03"));
    assert_eq!(far("Letzte Änderung: 03.05.2024"), None);
    assert_eq!(far("Open until 3 May 2024"), None);
}

#[test]
fn a_changes_date_is_no_publications() {
    let changed = Some("2024-05-03");
    for shown in [
        "<p>Updated May 3, 2024</p>",
        "<div>Last updated on:</div><div>May 3, 2024</div>",
        "<p class='post updated'>May 3, 2024</p>",
        "<p>Updated on <time datetime=2024-05-03>May 3, 2024</time></p>",
        "<p>Updated <time datetime=2024-05-03>3h ago</time></p>",
    ] {
        check_days("", shown, None, changed);
    }
    let guide = "A guide to the bridges of the town for all who walk, ride and sail, with maps of each of them and a table of tides. ";
    check_days(
        "",
        &format!("<p>{guide}Last updated: <time datetime=2024-05-03>May 3, 2024</time>.</p>"),
        None,
        changed,
    );
    check_days("", "<p class=updated>May 1, 2024, updated May 3, 2024</p>", Some("2024-05-01"), changed);
    let line = "<p>Author: Ann Bell, Dock Street | 28-12-2011 10:27 | Updated: 29-12-2011 11:04</p>";
    check_days("", line, Some("2011-12-28"), Some("2011-12-29"));
    // What stands far beyond the change dates something else.
    let far = "<p>Updated May 3, 2024</p><p>Bridges</p><p>Piers</p><p>Locks</p><p>Walks</p><p>Rides</p><p>Open until 1 June 2024</p>";
    check_days("", far, None, changed);
}

#[test]
fn a_systems_clock_yields_to_an_earlier_date_by_the_headline() {
    let graph = |published: &str, modified: &str| {
        format!(
            r#"<script type="application/ld+json">{{"@type":"NewsArticle","datePublished":"{published}","dateModified":"{modified}"}}</script>"#
        )
    };
    let clock = graph("2024-05-03T10:00:00Z", "2024-05-03T10:00:00Z");
    let (early, late) = (Some("2022-01-10"), Some("2024-05-03"));
    check_days(&clock, "<p>January 10, 2022</p>", early, late);
    check_days(&graph("May 3, 2024", "May 3, 2024"), "<p>January 10, 2022</p>", early, late);
    check_days(&graph("2024-05-03T10:00:00Z", "2024-05-04"), "<p>January 10, 2022</p>", late, Some("2024-05-04"));
    check_days(&clock, "<p>Updated January 10, 2022</p>", late, late);
    check_days(&clock, "<p>May 2, 2024</p><p>January 10, 2022</p>", late, late);
    check_days(&clock, "<p>5/3/2024</p><p>January 10, 2022</p>", late, late);
}

#[test]
fn the_address_settles_which_figure_of_a_shown_date_is_the_month() {
    let canonical = |path: &str| format!("<link rel=canonical href='https://herald.example{path}'>");
    check_days(&canonical("/2023/10/bridge"), "<p>03/10/2023</p>", Some("2023-10-03"), None);
    check_days(&canonical("/2023/03/bridge"), "<p>10/03/2023</p>", Some("2023-03-10"), None);
    check_days(&canonical("/2023/03/bridge"), "<p>03/10/2023</p>", Some("2023-03-10"), None);
}

#[test]
fn microdata_that_dates_many_dates_none() {
    let item = |day: &str| format!("<span itemprop=datePublished content={day}></span>");
    let head = "<meta name=date content=2024-05-01>";
    check_days(head, &item("2024-05-03"), Some("2024-05-03"), None);
    check_days(head, &(item("2024-05-03") + &item("2024-05-04")), Some("2024-05-01"), None);
}
