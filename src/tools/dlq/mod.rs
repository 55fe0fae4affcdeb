//! Dead letters: listed, shown, and sent back to where they came from.
//!
//! A letter is named by its own place in the dead-letter topic, `PARTITION/OFFSET`, or by its source's,
//! `TOPIC/PARTITION/OFFSET`. That a letter was replayed is a record of the topic too, behind the letter and under its key, so
//! that anybody who reads the topic knows.

pub mod replay;

use std::collections::HashMap;

use rdkafka::message::{BorrowedMessage, Header, Headers, Message};

use super::ToolError;
use super::sweep::{Bar, Range, Sweeper};
use crate::fault::Code;
use crate::kafka::dead_letters::{CODE_HEADER, KEY_HEADER, REPLAYS_HEADER, VALUE_BYTES_HEADER};
use crate::tools::verify::coordinates;

/// Header of the record that says that a letter was replayed: the letter's `PARTITION/OFFSET`.
const REPLAYED_HEADER: &str = "copydesk.replayed.letter";
/// Before the headers of Kafka Connect's layout.
const CONNECT: &str = "__connect.errors.";

/// A letter's own place.
pub type Place = (i32, i64);

/// A dead letter, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its own place in the dead-letter topic.
    pub place: Place,
    /// When it was written, ms since the epoch.
    pub time_ms: i64,
    /// The code, as [`Code::as_str`] spells it.
    pub code: String,
    /// Where it failed: `extract` or `dedup`.
    pub stage: String,
    /// The sentence.
    pub message: String,
    /// `topic/partition/offset` of the record that failed.
    pub source: String,
    /// The record's own key.
    pub original_key: Option<Vec<u8>>,
    /// Bytes of the record's value; the letter itself may hold fewer.
    pub value_bytes: u64,
    /// Whether the letter does not hold all of the record.
    pub is_pointer: bool,
    /// How often the record had been replayed when it failed.
    pub replays: u32,
}

impl Letter {
    /// Reads a record of the dead-letter topic; `None` for what is no letter.
    fn read(message: &BorrowedMessage<'_>) -> Option<Self> {
        let all: Vec<_> = message.headers()?.iter().collect();
        // The page's own headers stand before, and may be called like these.
        let begin = all.iter().rposition(|header| header.key.strip_prefix(CONNECT) == Some("topic"))?;
        let headers: HashMap<&str, &[u8]> =
            all[begin..].iter().map(|header| (header.key, header.value.unwrap_or_default())).collect();
        let text = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value).into_owned());
        let connect = |name: &str| text(&format!("{CONNECT}{name}")).unwrap_or_default();
        let held = message.payload().map_or(0, <[u8]>::len) as u64;
        let cut = text(VALUE_BYTES_HEADER).and_then(|bytes| bytes.parse().ok());
        Some(Letter {
            place: (message.partition(), message.offset()),
            time_ms: message.timestamp().to_millis().unwrap_or(0),
            code: text(CODE_HEADER)?,
            stage: connect("stage"),
            message: connect("exception.message"),
            source: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
            original_key: headers.get(KEY_HEADER).map(|key| key.to_vec()),
            value_bytes: cut.unwrap_or(held),
            is_pointer: cut.is_some(),
            replays: replays(&all).unwrap_or(0),
        })
    }

    /// `PARTITION/OFFSET`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.place.0, self.place.1)
    }

    /// Whether it is called so, by its own place or by its source's.
    fn is_named(&self, name: &str) -> bool {
        name == self.source || name == self.name()
    }
}

/// How often a page was sent back, as the header says that it carries since.
fn replays(headers: &[Header<'_, &[u8]>]) -> Option<u32> {
    let count = headers.iter().rfind(|header| header.key == REPLAYS_HEADER)?.value?;
    std::str::from_utf8(count).ok()?.parse().ok()
}

/// Which letters.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// With one of these codes; empty: any.
    pub codes: Vec<Code>,
    /// Named so, by their own place or by their source's; empty: any.
    pub names: Vec<String>,
    /// Written at or after this time, ms since the epoch.
    pub since_ms: i64,
}

impl Filter {
    fn takes(&self, letter: &Letter) -> bool {
        (self.codes.is_empty() || self.codes.iter().any(|code| code.as_str() == letter.code))
            && (self.names.is_empty() || self.names.iter().any(|name| letter.is_named(name)))
            && letter.time_ms >= self.since_ms
    }
}

/// The letters that a filter takes, oldest first, and where each was replayed to.
pub struct Listed {
    /// Without their values; about half a kilobyte of memory each.
    pub letters: Vec<Letter>,
    /// When a letter was replayed last, ms since the epoch.
    pub replayed: HashMap<Place, i64>,
    /// What was read.
    ranges: Vec<Range>,
}

impl Listed {
    /// Whether the letter was sent back.
    pub fn is_replayed(&self, letter: &Letter) -> bool {
        self.replayed.contains_key(&letter.place)
    }
}

/// Reads the dead-letter topic `topic` once.
///
/// # Errors
/// Where it cannot be read.
pub fn list(sweeper: &Sweeper<'_>, topic: &str, filter: &Filter) -> Result<Listed, ToolError> {
    let ranges = sweeper.now(topic, 0..sweeper.partitions(topic)?)?;
    let bar = Bar::new("dead letters", ranges.iter().map(Range::len).sum());
    let mut listed = Listed { letters: Vec::new(), replayed: HashMap::new(), ranges };
    sweeper.read(&listed.ranges, &bar, |message| {
        if let Some(place) = replayed_letter(message) {
            listed.replayed.insert(place, message.timestamp().to_millis().unwrap_or(0));
        } else if let Some(letter) = Letter::read(message).filter(|letter| filter.takes(letter)) {
            listed.letters.push(letter);
        }
        Ok(())
    })?;
    listed.letters.sort_by_key(|letter| (letter.time_ms, letter.place));
    Ok(listed)
}

/// A letter with its headers as they are and its value.
pub struct Shown {
    /// What it says.
    pub letter: Letter,
    /// All of them, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The record's value, or its first bytes.
    pub value: Vec<u8>,
}

/// The letter of this name; the latest, where a source has several.
///
/// # Errors
/// Where the topic cannot be read, or holds no such letter.
pub fn show(sweeper: &Sweeper<'_>, topic: &str, name: &str) -> Result<Shown, ToolError> {
    let mut ranges = sweeper.now(topic, 0..sweeper.partitions(topic)?)?;
    if coordinates(name.as_bytes()).is_none()
        && let Some((partition, offset)) = place(name)
    {
        ranges.retain(|range| range.partition == partition && (range.from..range.to).contains(&offset));
        ranges.iter_mut().for_each(|range| (range.from, range.to) = (offset, offset + 1));
    }
    let filter = Filter { names: vec![name.to_owned()], ..Filter::default() };
    let bar = Bar::new("dead letters", ranges.iter().map(Range::len).sum());
    let mut found: Option<Shown> = None;
    sweeper.read(&ranges, &bar, |message| {
        let letter = Letter::read(message).filter(|letter| filter.takes(letter));
        if let Some(letter) = letter.filter(|new| found.as_ref().is_none_or(|old| old.letter.time_ms <= new.time_ms)) {
            let value = message.payload().unwrap_or_default().to_vec();
            found = Some(Shown { letter, headers: headers(message), value });
        }
        Ok(())
    })?;
    found.ok_or_else(|| none(topic, name, ""))
}

/// No letter is called `name`; `which` says what else was asked of it.
fn none(topic: &str, name: &str, which: &str) -> ToolError {
    let text =
        format!("{topic} holds no dead letter {name}{which}. `copydesk dlq ls --replayed` names those that are there");
    ToolError::Refused(text)
}

fn headers(message: &BorrowedMessage<'_>) -> Vec<(String, Vec<u8>)> {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect()
}

/// The letter that a record of the topic says was replayed. A letter never does, whatever headers its page had: a mark has no
/// value and no code.
fn replayed_letter(message: &BorrowedMessage<'_>) -> Option<Place> {
    let headers = message.headers().filter(|_| message.payload().is_none())?;
    let header = headers.iter().find(|header| header.key == REPLAYED_HEADER)?;
    let is_letter = headers.iter().any(|header| header.key == CODE_HEADER);
    place(std::str::from_utf8(header.value?).ok()?).filter(|_| !is_letter)
}

fn place(name: &str) -> Option<Place> {
    let (partition, offset) = name.split_once('/')?;
    Some((partition.parse().ok()?, offset.parse().ok()?))
}
