//! All that the topics say of one content hash, and what follows from it.

use rdkafka::message::Message;
use serde::Deserialize;

use super::look::look;
use crate::config::Config;
use crate::dedup::changelog::{Record, decode};
use crate::dedup::{Hash16, lane_of};
use crate::kafka::changelog::{hash_of_key, key_of_hash};
use crate::kafka::client::Clients;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Range, Sweeper};

/// A candidate with the hash.
#[derive(Debug)]
pub struct Candidate {
    /// Its offset in the lane's partition.
    pub offset: i64,
    /// The brokers' time of it, ms.
    pub time_ms: i64,
    /// Its page: address and coordinates, as far as the event says.
    pub page: String,
}

/// A segment that added the hash.
#[derive(Debug)]
pub struct Memory {
    /// Its offset in the changelog.
    pub offset: i64,
    /// Its number.
    pub seq: u64,
    /// Its lane time, ms.
    pub lane_time_ms: i64,
    /// Whether the article was not published with it.
    pub learned: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Explanation {
    /// The hash.
    pub hash: Hash16,
    /// The lane that decides it.
    pub lane: i32,
    /// Candidates with it, in order.
    pub candidates: Vec<Candidate>,
    /// Segments that added it.
    pub memories: Vec<Memory>,
    /// Articles with it: partition, offset, time in ms.
    pub articles: Vec<(i32, i64, i64)>,
    /// Where the lane goes on, and whether it knows the hash now; or what is wrong with the lane.
    pub lane_state: Result<(i64, bool), String>,
}

#[derive(Deserialize)]
struct Event {
    url: Option<String>,
    source: Source,
}

#[derive(Deserialize)]
struct Source {
    topic: Option<String>,
    partition: Option<i32>,
    offset: Option<i64>,
}

/// Reads the lane's partitions and all articles.
///
/// # Errors
/// Where topics cannot be read.
pub fn explain(clients: &Clients, config: &Config, hash: Hash16) -> Result<Explanation, ToolError> {
    let sweeper = Sweeper::new(clients, config);
    let (topics, key) = (&config.topics, key_of_hash(&hash));
    let lane = lane_of(&hash, topics.candidate_partitions as u32) as i32;
    let mut candidates = Vec::new();
    let ranges = sweeper.now(&topics.candidates, [lane])?;
    sweeper.read(&ranges, &bar("candidates", &ranges), |message| {
        if message.key() == Some(&key) {
            let page = page(message.payload().unwrap_or_default());
            candidates.push(Candidate { offset: message.offset(), time_ms: time(message), page });
        }
        Ok(())
    })?;
    let mut memories = Vec::new();
    let ranges = sweeper.now(&topics.changelog, [lane])?;
    sweeper.read(&ranges, &bar("changelog", &ranges), |message| {
        if let Ok((_, Record::Segment(segment))) = decode(message.payload().unwrap_or_default())
            && segment.hashes.contains(&hash)
        {
            let (seq, lane_time_ms, learned) = (segment.seq, segment.lane_time_ms, segment.learned);
            memories.push(Memory { offset: message.offset(), seq, lane_time_ms, learned });
        }
        Ok(())
    })?;
    let mut articles = Vec::new();
    let ranges = sweeper.now(&topics.articles, 0..sweeper.partitions(&topics.articles)?)?;
    sweeper.read(&ranges, &bar("articles", &ranges), |message| {
        if message.key() == Some(&key) {
            articles.push((message.partition(), message.offset(), time(message)));
        }
        Ok(())
    })?;
    let looked = look(&sweeper, config, lane, &Bar::hidden())?;
    let lane_state = match looked {
        Ok(state) => Ok((state.next_offset, state.table.contains(&hash))),
        Err(fault) => Err(fault.to_string()),
    };
    Ok(Explanation { hash, lane, candidates, memories, articles, lane_state })
}

impl Explanation {
    /// What follows, in one sentence.
    pub fn verdict(&self) -> String {
        let waiting = match &self.lane_state {
            Err(fault) => return format!("the lane's log can't be relied on: {fault}"),
            Ok((next, _)) => self.candidates.iter().filter(|candidate| candidate.offset >= *next).count(),
        };
        let is_known = matches!(self.lane_state, Ok((_, true)));
        let learned = self.memories.last().is_some_and(|memory| memory.learned);
        let decided = self.candidates.len() - waiting;
        let mut text = match (self.articles.len(), is_known) {
            (0, true) if learned => "learned: it counts as seen and was never published",
            (0, true) if self.memories.is_empty() => {
                "seen, as a checkpoint says, and not among the articles: deleted there by retention, or learned"
            }
            (0, true) => "seen, but not among the articles: deleted there by retention, refused by its topic (see `copydesk dlq ls`), or lost",
            (0, false) if decided > 0 => "decided and neither seen nor published: forgotten and deleted since, or lost; see `copydesk verify`",
            (0, false) if waiting > 0 => "not decided yet: it will be published",
            (0, false) => "nothing here has this content: no page gave it, or all its traces were deleted",
            (1, true) => "published once and remembered: repeats are duplicates",
            (1, false) => "published once and forgotten since: it will be published again when it comes again",
            (_, true) => "published several times, the last is remembered",
            (_, false) => "published several times and forgotten since",
        }
        .to_owned();
        if waiting > 0 && (is_known || !self.articles.is_empty()) {
            text += &format!("; {waiting} candidates wait to be decided");
        }
        text
    }
}

/// A content hash as people have it: `sha256-v1:` and 64 hex digits, or the record key's 32.
pub fn parse_hash(text: &str) -> Option<Hash16> {
    let digits = text.strip_prefix("sha256-v1:").unwrap_or(text).to_ascii_lowercase();
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match digits.len() {
        32 | 64 if is_hex => hash_of_key(&digits.as_bytes()[..32]),
        _ => None,
    }
}

fn page(value: &[u8]) -> String {
    let Ok(event) = serde_json::from_slice::<Event>(value) else { return "not an event".to_owned() };
    let Source { topic, partition, offset } = event.source;
    let url = event.url.unwrap_or_else(|| "no address".to_owned());
    format!("{url} ({}/{}/{})", topic.unwrap_or_default(), partition.unwrap_or(-1), offset.unwrap_or(-1))
}

fn time(message: &impl Message) -> i64 {
    message.timestamp().to_millis().unwrap_or(0)
}

fn bar(what: &'static str, ranges: &[Range]) -> Bar {
    Bar::new(what, ranges.iter().map(Range::len).sum())
}

#[cfg(test)]
mod tests {
    use super::parse_hash;

    #[test]
    fn hashes_are_read_in_every_form() {
        let (key, rest) = ("00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100");
        let expected = Some(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes());
        for text in [key.to_owned(), key.to_uppercase(), format!("{key}{rest}"), format!("sha256-v1:{key}{rest}")] {
            assert_eq!(parse_hash(&text), expected, "{text}");
        }
        for text in ["", "0011", "sha256-v2:00112233445566778899aabbccddeeff", "zz112233445566778899aabbccddeeff"] {
            assert_eq!(parse_hash(text), None, "{text}");
        }
    }
}
