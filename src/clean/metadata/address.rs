//! Dates in addresses: `/2024/05/03/`, `/2024/may/`, `-2024-05-03-`, `/20240503`.
//!
//! What holds: an address is a machine's, so year, month and day stand in this order or in the opposite one.

use crate::clean::text::date::month as month_named;
use crate::split::draft::DateValue;
use jiff::civil::Date;

/// A date that an address holds, to the day.
pub(super) fn date(url: &str) -> Option<DateValue> {
    let parts = parts(url);
    let spread = parts.windows(3).find_map(|w| {
        let date = match (year(w[0]), year(w[2])) {
            (Some(year), _) => super::dates::ymd(year, month_of(w[1])?, small(w[2])?)?,
            (None, Some(year)) => super::dates::ymd(year, month_of(w[1])?, small(w[0])?)?,
            _ => return None,
        };
        Some((date, w.join("/")))
    });
    let packed = || {
        let part = parts.iter().find(|p| p.len() == 8 && p.bytes().all(|b| b.is_ascii_digit()))?;
        let number = |range: std::ops::Range<usize>| part[range].parse().ok();
        Some((super::dates::ymd(number(0..4)?, number(4..6)?, number(6..8)?)?, (*part).to_owned()))
    };
    let (value, raw) = spread.or_else(packed)?;
    Some(DateValue { value, raw, source: "url" })
}

/// Turns day and month of `date` round where its figures could be read either way and only so agree with the year and month of
/// the address. Between dots the day stands first everywhere.
pub(super) fn settle(date: &mut DateValue, url: &str) {
    let Some(read) = super::day(date).parse::<Date>().ok() else { return };
    let begins_with_year = date.raw.trim().get(..4).is_some_and(|begin| year(begin).is_some());
    let names_month = || date.raw.split(|c: char| !c.is_alphabetic()).any(|word| month_named(word).is_some());
    if begins_with_year || date.raw.contains('.') || names_month() {
        return;
    }
    let Some(turned) = turned(read) else { return };
    let parts = parts(url);
    let years = parts.windows(2).filter(|w| year(w[0]) == u32::try_from(read.year()).ok());
    let months: Vec<u32> = years.filter_map(|w| month_of(w[1])).collect();
    let names = |date: Date| months.iter().any(|month| i8::try_from(*month) == Ok(date.month()));
    if names(turned) && !names(read) {
        date.value.replace_range(..10, &turned.to_string());
    }
}

/// The day that figures name with day and month the other way round.
pub(super) fn turned(date: Date) -> Option<Date> {
    Date::new(date.year(), date.day(), date.month()).ok().filter(|turned| *turned != date)
}

fn parts(url: &str) -> Vec<&str> {
    url.split(['?', '#']).next().unwrap_or_default().split(['/', '-', '_', '.']).collect()
}

fn year(part: &str) -> Option<u32> {
    part.parse().ok().filter(|_| part.len() == 4)
}

fn small(part: &str) -> Option<u32> {
    part.parse().ok().filter(|_| (1..=2).contains(&part.len()))
}

fn month_of(part: &str) -> Option<u32> {
    small(part).or_else(|| month_named(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_settled(raw: &str, read: &str, url: &str, expected: &str) {
        let mut date = DateValue { value: read.to_owned(), raw: raw.to_owned(), source: "text" };
        settle(&mut date, url);
        assert_eq!(date.value, expected, "{raw} {url}");
    }

    #[test]
    fn an_address_tells_which_figure_is_the_month() {
        check_settled("03/10/2023", "2023-03-10", "/news/2023/october/03/bridge", "2023-10-03");
        check_settled("03/10/2023", "2023-03-10", "https://herald.example/2023/10/bridge", "2023-10-03");
        check_settled("03/10/2023", "2023-03-10", "/2023/03/10/bridge", "2023-03-10");
        check_settled("03/10/2023", "2023-03-10", "/news/bridge-2023", "2023-03-10");
        check_settled("10.03.2023", "2023-03-10", "/2023/10/bridge", "2023-03-10");
        check_settled("10 March 2023", "2023-03-10", "/2023/10/bridge", "2023-03-10");
        check_settled("2023-03-10", "2023-03-10", "/2023/10/bridge", "2023-03-10");
    }

    #[test]
    fn addresses_hold_dates() {
        let of = |url: &str| date(url).map(|d| d.value);
        assert_eq!(of("/2024/05/03/bridge").as_deref(), Some("2024-05-03"));
        assert_eq!(of("/2024/may/03/bridge").as_deref(), Some("2024-05-03"));
        assert_eq!(of("/bridge-03-05-2024").as_deref(), Some("2024-05-03"));
        assert_eq!(of("/20240503/bridge").as_deref(), Some("2024-05-03"));
        assert_eq!(of("/2024/99/03/bridge?d=/2024/05/03/"), None);
    }
}
