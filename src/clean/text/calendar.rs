//! Calendars and digits other than the Gregorian and the Arabic ones, as news pages use them.
//!
//! What holds: pure arithmetic; what is no date of the calendar is `None`.

/// Months of the Solar Hijri calendar (Iran, Afghanistan).
const HIJRI: [&str; 12] =
    ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"];
/// Their Pashto names, where they differ.
const PASHTO: [&str; 12] =
    ["وری", "غویی", "غبرگولی", "چنگاښ", "زمری", "وږی", "تله", "لړم", "لیندۍ", "مرغومی", "سلواغه", "کب"];

/// The value of a decimal digit of the scripts of the news.
pub(super) fn digit(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    const ZEROS: [u32; 10] = [0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xbe6, 0xc66, 0xe50, 0x1040, 0xff10];
    ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero).filter(|d| *d < 10))
}

/// The month of the Solar Hijri calendar that a word names.
pub(super) fn hijri_month(word: &str) -> Option<u32> {
    let word = word.replace('ي', "ی");
    [HIJRI, PASHTO].iter().find_map(|names| names.iter().position(|n| *n == word)).map(|i| i as u32 + 1)
}

/// The Gregorian year, month and day of a day in the Solar Hijri calendar, by the 33-year cycle that holds from 1799 to 2256
/// (Borkowski, "The Persian calendar for 3000 years", 1996).
pub(super) fn from_hijri(year: u32, month: u32, day: u32) -> Option<(u32, u32, u32)> {
    if !(1300..=1500).contains(&year)
        || !(1..=12).contains(&month)
        || day == 0
        || day > if month <= 6 { 31 } else { 30 }
    {
        return None;
    }
    let y = year as i64 - 979;
    let before: i64 = (1..month as i64).map(|m| if m <= 6 { 31 } else { 30 }).sum();
    let days = 365 * y + (y / 33) * 8 + ((y % 33) + 3) / 4 + before + day as i64 - 1;
    // 1 Farvardin 979 is 20 March 1600.
    let start = jiff::civil::date(1600, 3, 20);
    let date = start.checked_add(jiff::Span::new().days(days)).ok()?;
    Some((date.year() as u32, date.month() as u32, date.day() as u32))
}

/// The Gregorian year of a year that is counted from another start: the Buddhist era of Thailand.
pub(super) fn gregorian(year: u32) -> u32 {
    if (2440..=2650).contains(&year) { year - 543 } else { year }
}

/// The year before the first one of an era in East Asia, by the two characters of its name.
pub(super) fn era(first: char, second: char) -> Option<u32> {
    match (first, second) {
        ('令', '和') => Some(2018),
        ('平', '成') => Some(1988),
        ('昭', '和') => Some(1925),
        ('民', '國' | '国') => Some(1911),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_calendars() {
        assert_eq!(from_hijri(1403, 1, 1), Some((2024, 3, 20)));
        assert_eq!(from_hijri(1399, 12, 30), Some((2021, 3, 20)));
        assert_eq!(from_hijri(1404, 9, 15), Some((2025, 12, 6)));
        assert_eq!(from_hijri(1404, 13, 1), None);
        assert_eq!(hijri_month("اردیبهشت"), Some(2));
        assert_eq!((gregorian(2567), gregorian(2024)), (2024, 2024));
        assert_eq!((era('令', '和'), era('日', '本')), (Some(2018), None));
        assert_eq!(("४५".chars().filter_map(digit).collect::<Vec<_>>(), digit('x')), (vec![4, 5], None));
    }
}
