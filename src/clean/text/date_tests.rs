//! Dates as people write them.

use super::date::*;

#[track_caller]
fn check(line: &str, day: &str, others: usize) {
    let found = find(line).unwrap_or_else(|| panic!("no date in {line}"));
    assert_eq!((found.day().as_str(), found.others), (day, others), "{line}");
}

#[test]
fn dates_in_many_languages() {
    check("Tuesday, December 16, 2025", "2025-12-16", 0);
    check("3. Mai 2024, 17:47", "2024-05-03", 0);
    check("Donnerstag, 2. Januar 2025 um 08:00 Uhr", "2025-01-02", 0);
    check("Publié le 18 juil. 2024 à 08:01", "2024-07-18", 0);
    check("16 de diciembre de 2025", "2025-12-16", 0);
    check("2024年5月3日", "2024-05-03", 0);
    check("2024년 5월 3일", "2024-05-03", 0);
    check("16 грудня 2025", "2025-12-16", 0);
    check("5 maja 2024", "2024-05-05", 0);
    check("2024. május 3.", "2024-05-03", 0);
    check("2024-05-03T10:00", "2024-05-03", 0);
    check("03.05.2024", "2024-05-03", 0);
    check("06.18.2025", "2025-06-18", 0);
    check("03/05/24-14:16", "2024-05-03", 0);
    check("Source: Herald 03/05/24-14:16", "2024-05-03", 2);
    check("5/3/2024, 4:05 PM", "2024-05-03", 0);
    check("令和6年5月3日", "2024-05-03", 0);
    check("民國113年5月3日", "2024-05-03", 0);
    check("3 พฤษภาคม 2567", "2024-05-03", 0);
    check("3 พ.ค. 2567", "2024-05-03", 0);
    check("۱۴ اردیبهشت ۱۴۰۳", "2024-05-03", 0);
    check("۱۴۰۳/۰۲/۱۴", "2024-05-03", 0);
    check("٣ مايو ٢٠٢٤", "2024-05-03", 0);
    check("3 أيار 2024", "2024-05-03", 0);
    check("३ मई २०२४", "2024-05-03", 0);
    check("3 tháng 5, 2024", "2024-05-03", 0);
    check("3 tháng 5 năm 2024", "2024-05-03", 0);
    check("3 במאי 2024", "2024-05-03", 0);
    check("2024 m. gegužės 3 d.", "2024-05-03", 0);
    check("2024. gada 3. maijā", "2024-05-03", 0);
    check("3 de maig del 2024", "2024-05-03", 0);
    check("3 Mei 2024", "2024-05-03", 0);
    check("2024년 5월 3일 (금) 오전 10:00", "2024-05-03", 1);
    check("The treaty of May 3rd, 2024 was signed", "2024-05-03", 3);
}

#[test]
fn what_is_no_date() {
    for line in [
        "Chapter 3 of 2024",
        "31.02.2024",
        "in May",
        "version 1.2.3",
        "12/2024",
        "9.4 /10",
        "9.4 / 2010",
        "3/5/24",
        "score 03/05/24",
    ] {
        assert_eq!(find(line), None, "{line}");
    }
}

#[test]
fn a_change_is_not_a_publication() {
    assert!(find("Last updated: May 3, 2024").unwrap().updated);
    assert!(!find("Published May 3, 2024 Updated May 4, 2024").unwrap().updated);
    assert_eq!(find("5/3/2024, 4:05 PM").unwrap().time, Some((16, 5)));
    for line in [
        "Actualizado el 3 de mayo de 2024",
        "Mis à jour le 3 mai 2024",
        "Cập nhật lúc 3 tháng 5 năm 2024",
        "最終更新：2024年5月3日",
        "تحديث: 3 أيار 2024",
        "Обновлено 3 мая 2024",
    ] {
        assert!(find(line).unwrap().updated, "{line}");
    }
}

#[test]
fn a_label_says_that_the_next_date_is_a_changes() {
    for label in ["Last updated on:", "Updated", "Zuletzt aktualisiert am", "最終更新日"] {
        assert!(labels_change(label), "{label}");
    }
    for label in ["Published on:", "", "Updated guidance on bridges", "更新 2024年5月3日"] {
        assert!(!labels_change(label), "{label}");
    }
}

#[test]
fn day_and_month_stand_as_the_page_writes_them() {
    let day = |line, order| find_in(line, order).unwrap().day();
    assert_eq!(day("5/3/2024", Order::MonthFirst), "2024-05-03");
    assert_eq!(day("5/3/2024", Order::DayFirst), "2024-03-05");
    assert_eq!(day("05.03.2024", Order::MonthFirst), "2024-03-05");
    assert_eq!(day("25/3/2024", Order::MonthFirst), "2024-03-25");
    assert_eq!(day("03/25/24", Order::MonthFirst), "2024-03-25");
    assert_eq!(find_in("03/05/24", Order::MonthFirst), None);
    assert_eq!(day("05/03/2024", Order::YearFirst), "2024-03-05");
}

#[test]
fn a_year_of_two_digits_stands_where_something_tells() {
    let day = |line: &str, order| find_in(line, order).map(|found| found.day());
    for line in ["24/05/03 10:20", "24.05.03", "25/11/12 10:20"] {
        assert_eq!(day(line, Order::YearFirst), None, "{line}");
        assert_eq!(day(line, Order::Unknown).is_none(), line.contains('/'), "{line}");
        assert!(find(line).is_some_and(|found| found.doubtful == line.contains('/')), "{line}");
    }
    assert_eq!(day("03/05/24-14:16", Order::DayFirst).as_deref(), Some("2024-05-03"));
    assert_eq!(day("03.05.24", Order::DayFirst).as_deref(), Some("2024-05-03"));
    assert_eq!(day("31/05/98 10:20", Order::Unknown).as_deref(), Some("2098-05-31"));
    assert_eq!(day("3.5.24", Order::Unknown).as_deref(), Some("2024-05-03"));
}
