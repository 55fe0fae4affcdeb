//! The time at which a page was fetched, in the ways that crawlers write it.

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// RFC 3339; the same without a zone, taken as UTC; an HTTP date; or seconds or milliseconds since 1970.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    if let Ok(number) = text.parse::<f64>() {
        // Seconds until the year 5138; beyond, milliseconds.
        let seconds = if number.abs() < 1e11 { number } else { number / 1000.0 };
        let since = SignedDuration::try_from_secs_f64((seconds * 1e6).round() / 1e6).ok()?;
        return Timestamp::from_duration(since).ok();
    }
    if let Ok(civil) = text.parse::<DateTime>() {
        return TimeZone::UTC.to_timestamp(civil).ok();
    }
    rfc2822::parse(text).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(read(text).map(|time| time.to_string()).as_deref(), expected, "{text}");
    }

    #[test]
    fn reads_what_crawlers_write() {
        check("2025-11-03T10:20:30Z", Some("2025-11-03T10:20:30Z"));
        check(" 2025-11-03T10:20:30.25+02:00 ", Some("2025-11-03T08:20:30.25Z"));
        check("2025-11-03 10:20:30", Some("2025-11-03T10:20:30Z"));
        check("2025-11-03T10:20:30.123456", Some("2025-11-03T10:20:30.123456Z"));
        check("2025-11-03", Some("2025-11-03T00:00:00Z"));
        check("Mon, 03 Nov 2025 10:20:30 GMT", Some("2025-11-03T10:20:30Z"));
        check("1762165230", Some("2025-11-03T10:20:30Z"));
        check("1762165230.5", Some("2025-11-03T10:20:30.5Z"));
        check("1762165230000", Some("2025-11-03T10:20:30Z"));
        for nothing in ["", "yesterday", "NaN", "1e300", "-inf", "2025-13-45"] {
            check(nothing, None);
        }
    }
}
