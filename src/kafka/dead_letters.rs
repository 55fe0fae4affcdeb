//! Dead letters: the record as it came, with the reason in the headers that Kafka Connect uses, plus a closed code.
//!
//! What holds: keyed by source coordinates, so that a replay's copy collapses under compaction and can be told apart; a value
//! above its bound becomes a pointer, the first bytes with the coordinates in the headers.

use rdkafka::message::{Header, OwnedHeaders};

use crate::fault::Fault;

/// The closed code, as [`crate::fault::Code::as_str`] spells it.
pub const CODE_HEADER: &str = "copydesk.error.code";
/// The record's own key.
pub const KEY_HEADER: &str = "copydesk.original.key";
/// Bytes of the record's value, where the letter keeps only the first.
pub const VALUE_BYTES_HEADER: &str = "copydesk.original.value.bytes";
/// Before the headers that tell of the record as it was.
pub const ORIGINAL: &str = "copydesk.original.";
/// Header of a page that was sent back from the dead letters: how often. Its next dead letter keeps it.
pub const REPLAYS_HEADER: &str = "copydesk.replays";

/// Where a record came from.
#[derive(Clone, Copy, Debug)]
pub struct Coordinates<'a> {
    /// Its topic.
    pub topic: &'a str,
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

/// A dead letter, ready to be sent.
pub struct DeadLetter<'a> {
    /// `topic/partition/offset` of the source.
    pub key: String,
    /// The original value, or its first bytes.
    pub value: &'a [u8],
    /// Original headers, then the reason.
    pub headers: OwnedHeaders,
}

/// Makes the dead letter of a record.
///
/// `stage` is where it failed (`extract`, `dedup`); of a value larger than `bounds.record_bytes_max` only the
/// first bytes are kept, as a pointer to the source.
pub fn dead_letter<'a>(
    from: Coordinates<'_>,
    original_key: Option<&[u8]>,
    value: &'a [u8],
    original_headers: &[(String, Vec<u8>)],
    stage: &'static str,
    fault: &Fault,
    bounds: Bounds,
) -> DeadLetter<'a> {
    let kept = if value.len() > bounds.record_bytes_max { &value[..bounds.head_bytes.min(value.len())] } else { value };
    let mut headers = OwnedHeaders::new_with_capacity(original_headers.len() + 10);
    for (name, bytes) in original_headers {
        headers = headers.insert(Header { key: name, value: Some(bytes) });
    }
    let text = |headers: OwnedHeaders, key: &str, value: &str| headers.insert(Header { key, value: Some(value) });
    headers = text(headers, "__connect.errors.topic", from.topic);
    headers = text(headers, "__connect.errors.partition", &from.partition.to_string());
    headers = text(headers, "__connect.errors.offset", &from.offset.to_string());
    headers = text(headers, "__connect.errors.stage", stage);
    headers = text(headers, "__connect.errors.exception.class.name", "copydesk.Fault");
    headers = text(headers, "__connect.errors.exception.message", &fault.message);
    headers = text(headers, CODE_HEADER, fault.code.as_str());
    if let Some(key) = original_key {
        headers = headers.insert(Header { key: KEY_HEADER, value: Some(key) });
    }
    if kept.len() < value.len() {
        headers = text(headers, VALUE_BYTES_HEADER, &value.len().to_string());
    }
    DeadLetter { key: format!("{}/{}/{}", from.topic, from.partition, from.offset), value: kept, headers }
}

/// How much of a value a dead letter keeps.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Values up to this size are kept whole.
    pub record_bytes_max: usize,
    /// Of larger ones, so many first bytes.
    pub head_bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use rdkafka::message::Headers;

    #[test]
    fn keeps_the_record_and_says_why() {
        let from = Coordinates { topic: "pages", partition: 3, offset: 42 };
        let fault = Fault::new(Code::PageTooLarge, "too large");
        let bounds = Bounds { record_bytes_max: 8, head_bytes: 4 };
        let letter =
            dead_letter(from, Some(b"k"), b"0123456789", &[("url".into(), b"u".to_vec())], "extract", &fault, bounds);
        assert_eq!((letter.key.as_str(), letter.value), ("pages/3/42", &b"0123"[..]));
        let names: Vec<_> = letter.headers.iter().map(|h| h.key.to_owned()).collect();
        assert_eq!(names[0], "url");
        assert!(
            names.contains(&"copydesk.error.code".to_owned())
                && names.contains(&"copydesk.original.value.bytes".to_owned())
        );
    }
}
