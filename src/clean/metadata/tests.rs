//! What a page says of its article: headline, dates, authors, addresses.

use super::dates::normal;
use super::{authors, headline};

#[track_caller]
fn check_date(raw: &str, expected: Option<&str>) {
    assert_eq!(normal(raw).as_deref(), expected, "{raw}");
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
    check_date("1714730400", Some("2024-05-03T10:00:00Z"));
    check_date("1714730400000", Some("2024-05-03T10:00:00Z"));
}

#[test]
fn what_is_no_date_is_none() {
    for raw in ["", "2024-13-03", "2024-02-30", "0001-01-01T00:00:00Z", "tomorrow", "12345", "20240503123"] {
        check_date(raw, None);
    }
}

#[track_caller]
fn check_names(line: &str, expected: &[&str]) {
    assert_eq!(authors::names(line), expected, "{line}");
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
}

#[track_caller]
fn check_title(title: &str, site: Option<&str>, expected: &str) {
    assert_eq!(headline::without_site(title, site), expected, "{title}");
}

#[test]
fn the_sites_name_is_no_part_of_a_headline() {
    check_title("Bridge opens after ten years | The Herald", Some("The Herald"), "Bridge opens after ten years");
    check_title("The Herald - Bridge opens", Some("The Herald"), "Bridge opens");
    check_title(
        "Bridge opens after ten years | Local | The Herald",
        Some("The Herald"),
        "Bridge opens after ten years",
    );
    check_title("Bridge opens after ten years - The Herald", None, "Bridge opens after ten years");
    check_title("Bridge - a history", None, "Bridge - a history");
    check_title("Why 3 - 2 is one", Some("Maths"), "Why 3 - 2 is one");
}
