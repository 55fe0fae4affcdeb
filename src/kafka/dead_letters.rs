//! Dead letters: the record as it came, with the reason in the headers that Kafka Connect uses, plus a closed code.
//!
//! What holds: keyed by source coordinates, so that a replay's copy collapses under compaction and can be told apart. A record that
//! weighs more than its bound becomes a pointer: the first bytes of its value, and of its key and headers what fits, with
//! the coordinates of the whole beside them. So no record can be too large for its letter, whatever it is made of.

use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};

use super::{header_bytes, record_bytes};
use crate::fault::Fault;

/// The closed code, as [`crate::fault::Code::as_str`] spells it.
pub const CODE_HEADER: &str = "copydesk.error.code";
/// The record's own key.
pub const KEY_HEADER: &str = "copydesk.original.key";
/// Bytes of the record's value, where the letter does not keep all of the record.
pub const VALUE_BYTES_HEADER: &str = "copydesk.original.value.bytes";
/// Before the headers that tell of the record as it was.
pub const ORIGINAL: &str = "copydesk.original.";
/// Header of a page that was sent back from the dead letters: how often. Its next dead letter keeps it.
pub const REPLAYS_HEADER: &str = "copydesk.replays";

/// What a pointer keeps of its record's key and headers.
const POINTER_HEADERS_BYTES_MAX: usize = 8 << 10;
/// Of the sentence, which may quote the record.
const SENTENCE_BYTES_MAX: usize = 1 << 10;

/// A dead letter, ready to be sent.
pub struct DeadLetter<'a> {
    /// `topic/partition/offset` of the source.
    pub key: String,
    /// The original value, or its first bytes.
    pub value: &'a [u8],
    /// Original headers, then the reason.
    pub headers: OwnedHeaders,
}

/// How much of a record a dead letter keeps.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Records up to this weight are kept whole; see [`record_bytes`].
    pub record_bytes_max: usize,
    /// Of the value of a heavier one, so many first bytes.
    pub head_bytes: usize,
}

/// Makes the dead letter of a record that failed at `stage` (`extract`, `dedup`).
///
/// A pointer is marked by [`VALUE_BYTES_HEADER`], unless all of the record went into it.
pub fn dead_letter<'a>(
    message: &'a OwnedMessage,
    stage: &'static str,
    fault: &Fault,
    bounds: Bounds,
) -> DeadLetter<'a> {
    let value = message.payload().unwrap_or_default();
    let is_whole = record_bytes(message) <= bounds.record_bytes_max;
    let (head_bytes, room) =
        if is_whole { (value.len(), usize::MAX) } else { (bounds.head_bytes, POINTER_HEADERS_BYTES_MAX) };
    let kept = &value[..head_bytes.min(value.len())];
    let original: Vec<_> = message.headers().map_or_else(Vec::new, |headers| headers.iter().collect());
    let count = original.len();
    let (original_key, fitting) = fitting(message.key(), original, room);
    let is_cut = kept.len() < value.len() || original_key != message.key() || fitting.len() < count;

    let mut headers = OwnedHeaders::new_with_capacity(fitting.len() + 10);
    for header in fitting {
        headers = headers.insert(header);
    }
    let text = |headers: OwnedHeaders, key: &str, value: &str| headers.insert(Header { key, value: Some(value) });
    let sentence = &fault.message[..fault.message.floor_char_boundary(SENTENCE_BYTES_MAX)];
    headers = text(headers, "__connect.errors.topic", message.topic());
    headers = text(headers, "__connect.errors.partition", &message.partition().to_string());
    headers = text(headers, "__connect.errors.offset", &message.offset().to_string());
    headers = text(headers, "__connect.errors.stage", stage);
    headers = text(headers, "__connect.errors.exception.class.name", "copydesk.Fault");
    headers = text(headers, "__connect.errors.exception.message", sentence);
    headers = text(headers, CODE_HEADER, fault.code.as_str());
    if let Some(key) = original_key {
        headers = headers.insert(Header { key: KEY_HEADER, value: Some(key) });
    }
    if is_cut {
        headers = text(headers, VALUE_BYTES_HEADER, &value.len().to_string());
    }
    let key = format!("{}/{}/{}", message.topic(), message.partition(), message.offset());
    DeadLetter { key, value: kept, headers }
}

/// What of a record's key and headers fits into `room` bytes, the headers in their order. The last header is the first to be
/// kept: there stands the count of replays, by which a page that fails for ever is known.
fn fitting<'a>(
    key: Option<&'a [u8]>,
    mut headers: Vec<Header<'a, &'a [u8]>>,
    mut room: usize,
) -> (Option<&'a [u8]>, Vec<Header<'a, &'a [u8]>>) {
    let mut fits = |bytes: usize| room.checked_sub(bytes).map(|left| room = left).is_some();
    let key = key.filter(|key| fits(key.len()));
    headers.reverse();
    headers.retain(|header| fits(header_bytes(header)));
    headers.reverse();
    (key, headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RECORD_OVERHEAD_BYTES;
    use crate::fault::Code;
    use rdkafka::Timestamp;

    const BOUNDS: Bounds = Bounds { record_bytes_max: 100_000, head_bytes: 40_000 };

    /// A record of `pages/3/42`.
    fn record(key: &[u8], value: &[u8], headers: &[(&str, &[u8])]) -> OwnedMessage {
        let headers = headers
            .iter()
            .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(*value) }));
        let (key, value) = (Some(key.to_vec()), Some(value.to_vec()));
        OwnedMessage::new(value, key, "pages".into(), Timestamp::NotAvailable, 3, 42, Some(headers))
    }

    /// Its letter: names of the headers, bytes of the value, and what it weighs.
    fn letter(record: &OwnedMessage, message: &str) -> (Vec<String>, usize, usize) {
        let letter = dead_letter(record, "extract", &Fault::new(Code::PageTooLarge, message), BOUNDS);
        assert_eq!(letter.key, "pages/3/42");
        let names = letter.headers.iter().map(|header| header.key.to_owned()).collect();
        let headers: usize = letter.headers.iter().map(|header| header_bytes(&header)).sum();
        (names, letter.value.len(), letter.key.len() + letter.value.len() + headers)
    }

    #[test]
    fn keeps_the_record_and_says_why() {
        let (names, value_bytes, _) = letter(&record(b"k", &[b'v'; 50_000], &[("url", b"u")]), "too large");
        assert_eq!((names[0].as_str(), value_bytes), ("url", 50_000));
        assert!(names.contains(&CODE_HEADER.to_owned()) && names.contains(&KEY_HEADER.to_owned()));
        assert!(!names.contains(&VALUE_BYTES_HEADER.to_owned()), "it is whole");
    }

    #[test]
    fn a_letter_is_bounded_whatever_its_record_is_made_of() {
        let (large, name) = (vec![b'x'; 200_000], "n".repeat(200_000));
        let many: Vec<(&str, &[u8])> = (0..20_000).map(|_| ("h", &b"v"[..])).collect();
        let records = [
            record(b"k", &large, &[("url", b"u")]),
            record(&large, b"v", &[]),
            record(b"k", b"v", &[("url", &large)]),
            record(b"k", b"v", &[(&name, b"u")]),
            record(b"k", b"v", &many),
        ];
        for record in &records {
            let (names, value_bytes, bytes) = letter(record, &"s".repeat(100_000));
            assert!(bytes <= BOUNDS.head_bytes + RECORD_OVERHEAD_BYTES, "{bytes}");
            assert_eq!(value_bytes, BOUNDS.head_bytes.min(record.payload().map_or(0, <[u8]>::len)));
            assert!(names.contains(&VALUE_BYTES_HEADER.to_owned()), "it says that the record was more");
        }
    }

    #[test]
    fn a_pointer_keeps_the_count_of_replays() {
        let large = vec![b'x'; 200_000];
        let many: Vec<(&str, &[u8])> =
            (0..2000).map(|_| ("h", &b"v"[..])).chain([(REPLAYS_HEADER, &b"3"[..])]).collect();
        for headers in [&[("large", &large[..]), (REPLAYS_HEADER, b"3")][..], &many] {
            let (names, ..) = letter(&record(&large, b"v", headers), "");
            assert!(names.contains(&REPLAYS_HEADER.to_owned()));
        }
    }
}
