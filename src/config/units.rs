//! Durations and sizes as people write them: `"1h30m"`, `"128MiB"`. Knows no keys.

use std::time::Duration;

const DURATION_UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

const SIZE_UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
];

/// Reads a duration: one or more of number + unit, units `ms s m h d`, largest first or not. A bare number has no unit
/// and is refused, since it would be a guess.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total_ms = 0_u64;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits_end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits_end].parse().ok()?;
        let after = rest[digits_end..].trim_start();
        let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, scale) = DURATION_UNITS.iter().find(|(unit, _)| *unit == &after[..unit_end])?;
        total_ms = total_ms.checked_add(number.checked_mul(*scale)?)?;
        rest = after[unit_end..].trim_start();
    }
    Some(Duration::from_millis(total_ms))
}

/// Reads a size in bytes: a number, alone or with one of `B kB MB GB KiB MiB GiB`.
pub fn parse_bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 = text[..digits_end].parse().ok()?;
    let unit = text[digits_end..].trim_start();
    let (_, scale) = SIZE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*scale)
}

/// Writes a duration so that [`parse_duration`] reads it back, to the millisecond.
pub fn show_duration(duration: Duration) -> String {
    let mut rest_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, scale) in DURATION_UNITS.iter().rev() {
        if rest_ms >= *scale {
            text.push_str(&format!("{}{unit}", rest_ms / scale));
            rest_ms %= scale;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Writes a size in the largest binary unit that is exact.
pub fn show_bytes(bytes: u64) -> String {
    for (unit, scale) in [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)] {
        if bytes >= scale && bytes.is_multiple_of(scale) {
            return format!("{}{unit}", bytes / scale);
        }
    }
    format!("{bytes}B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn duration(text: &str, expected_ms: Option<u64>) {
        assert_eq!(parse_duration(text), expected_ms.map(Duration::from_millis), "{text:?}");
    }

    #[track_caller]
    fn bytes(text: &str, expected: Option<u64>) {
        assert_eq!(parse_bytes(text), expected, "{text:?}");
    }

    #[test]
    fn durations_need_a_unit() {
        duration("500ms", Some(500));
        duration("1h30m", Some(5_400_000));
        duration(" 7 d ", Some(604_800_000));
        duration("0s", Some(0));
        duration("7", None);
        duration("", None);
        duration("-1s", None);
        duration("1.5s", None);
        duration("3 parsecs", None);
        duration("99999999999999999999s", None);
        duration("9999999999999999d", None);
    }

    #[test]
    fn sizes_take_binary_and_decimal_units() {
        bytes("0", Some(0));
        bytes("900KiB", Some(921_600));
        bytes("8 mib", Some(8 << 20));
        bytes("1kB", Some(1000));
        bytes("1K", None);
        bytes("MiB", None);
        bytes("99999999999GiB", None);
    }

    #[test]
    fn what_is_shown_reads_back() {
        for ms in [0, 1, 999, 1000, 90_061_001, 604_800_000] {
            let duration = Duration::from_millis(ms);
            assert_eq!(parse_duration(&show_duration(duration)), Some(duration));
        }
        for size in [0, 1, 1023, 1024, 921_600, 3 << 30] {
            assert_eq!(parse_bytes(&show_bytes(size)), Some(size));
        }
    }
}
