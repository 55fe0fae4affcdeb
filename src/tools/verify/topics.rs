//! Feeding the accounts: one sweep for each topic, in the order that lets the stages run meanwhile.

use std::collections::{BTreeMap, HashMap, HashSet};

use rdkafka::consumer::Consumer;
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rustc_hash::FxHashSet;

use super::account::Accounts;
use super::lanes::{Lanes, Recall};
use super::{Finding, Run};
use crate::config::Config;
use crate::dedup::changelog::{Record, decode};
use crate::kafka::changelog::hash_of_key;
use crate::kafka::client::REQUEST_TIMEOUT;
use crate::kafka::dead_letters::KEY_HEADER;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Range, Sweeper};

/// Memory of an event's mark in its set, growth included.
pub const EVENT_BYTES: u64 = 40;

/// An article's time is its publisher's, the lane time the brokers': their clocks may differ by so much, ms. What was published
/// so shortly after the deleted articles is not missed.
const CLOCK_SKEW_MS: i64 = 10_000;

/// What there is of pages, by extract's committed offsets.
#[derive(Default)]
pub(super) struct Committed {
    /// What it has committed and is still there, one for each partition in order.
    pub ranges: Vec<Range>,
    /// How many it has not.
    pub ahead: u64,
    /// What was deleted before it was committed.
    pub deleted: Vec<Range>,
    /// No partition has a committed offset.
    pub is_empty: bool,
}

impl Committed {
    /// All that stands in a partition, and the offset that is committed for it.
    fn add(&mut self, mut range: Range, committed: Option<i64>) {
        if let Some(next) = committed.filter(|next| *next < range.from) {
            self.deleted.push(Range { from: next, to: range.from, ..range.clone() });
        }
        self.is_empty &= committed.is_none();
        let next = committed.unwrap_or(range.from).clamp(range.from, range.to);
        self.ahead += (range.to - next) as u64;
        range.to = next;
        self.ranges.push(range);
    }
}

/// The pages that extract has committed, and what it has not.
pub(super) fn pages(sweeper: &Sweeper<'_>, config: &Config) -> Result<Committed, ToolError> {
    let topic = &config.topics.pages;
    let ranges = sweeper.now(topic, 0..sweeper.partitions(topic)?)?;
    let mut list = TopicPartitionList::new();
    for range in &ranges {
        list.add_partition(topic, range.partition);
    }
    let group = &config.extract.group_id;
    let reader = sweeper.group_reader(group)?;
    let committed = reader.committed_offsets(list, REQUEST_TIMEOUT);
    let committed = committed.map_err(|error| ToolError::asking_group(group, &reader, error))?;
    let mut found = Committed { is_empty: true, ..Committed::default() };
    for range in ranges {
        let element = committed.find_partition(topic, range.partition);
        // An offset that is not to be had is not one that was never committed.
        element.as_ref().map_or(Ok(()), |element| element.error())?;
        let offset = element.map(|element| element.offset());
        let next = if let Some(Offset::Offset(next)) = offset { Some(next) } else { None };
        found.add(range, next);
    }
    Ok(found)
}

impl Run<'_> {
    /// What the lanes remember, and up to where each has decided its candidates.
    pub(super) fn changelogs(&mut self, lanes: &mut Lanes, accounts: &mut Accounts) -> Result<(), ToolError> {
        let topic = &self.config.topics.changelog;
        let ranges = self.sweeper.now(topic, lanes.own())?;
        let cut = ranges.iter().filter(|range| range.from > 0);
        let mut cut: BTreeMap<i32, Recall> = cut.map(|range| (range.partition, Recall::default())).collect();
        let bar = Bar::new("changelog", ranges.iter().map(Range::len).sum());
        let findings = &mut self.findings;
        self.sweeper.read(&ranges, &bar, |message| {
            let Some(lane) = lanes.get_mut(message.partition()) else { return Ok(()) };
            let record = match decode(message.payload().unwrap_or_default()) {
                Ok((_, record)) => record,
                Err(error) => {
                    findings.add(Finding::Unreadable, || {
                        format!("{topic}/{}/{}: {error}", message.partition(), message.offset())
                    });
                    return Ok(());
                }
            };
            if let Some(recall) = cut.get_mut(&message.partition()) {
                recall.push(&record, message.timestamp().to_millis().unwrap_or(0));
            }
            match record {
                Record::Segment(segment) => {
                    lane.next = Some(segment.next_offset);
                    let remember = |hash: &_| accounts.remembered(*hash, segment.lane_time_ms, segment.learned);
                    segment.hashes.iter().for_each(remember);
                }
                Record::Checkpoint(part) => {
                    for (lane_time_ms, hashes) in &part.groups {
                        hashes.iter().for_each(|hash| accounts.recalled(*hash, *lane_time_ms));
                    }
                }
                Record::Genesis { created_at_ms } => lane.genesis_ms = Some(created_at_ms),
                Record::Barrier { .. } | Record::Open { .. } => {}
            }
            Ok(())
        })?;
        let ttl_ms = i64::try_from(self.config.dedup.ttl.as_millis()).unwrap_or(i64::MAX);
        for (number, recall) in cut {
            lanes.get_mut(number).into_iter().for_each(|lane| lane.evidence.changelog_ms = recall.since_ms(ttl_ms));
        }
        Ok(())
    }

    /// Dead letters: of pages, into their accounts; of candidates, the coordinates, and the hash where the key is one.
    pub(super) fn dead_letters(
        &mut self,
        lanes: &Lanes,
        accounts: &mut Accounts,
    ) -> Result<HashSet<(i32, i64)>, ToolError> {
        let topics = &self.config.topics;
        let topic = &topics.dead_letters;
        let ranges = self.sweeper.standing(topic, 0..self.sweeper.partitions(topic)?)?;
        self.note_evidence(&ranges)?;
        let bar = Bar::new("dead letters", ranges.iter().map(Range::len).sum());
        let mut letters = HashSet::new();
        let pages = &mut self.pages;
        self.sweeper.read(&ranges, &bar, |message| {
            let Some((source, partition, offset)) = message.key().and_then(coordinates) else { return Ok(()) };
            if message.payload().is_none() {
                return Ok(());
            }
            if source == topics.pages {
                pages.letter(partition, offset);
            } else if source == topics.candidates && lanes.get(partition).is_some() {
                letters.insert((partition, offset));
                let mut headers = message.headers().into_iter().flat_map(|headers| headers.iter());
                let key = headers.find(|header| header.key == KEY_HEADER).and_then(|header| header.value);
                let hash = key.and_then(hash_of_key).filter(|hash| lanes.of(hash).is_some());
                hash.into_iter().for_each(|hash| accounts.dead(hash));
            }
            Ok(())
        })?;
        Ok(letters)
    }

    /// What was published.
    pub(super) fn articles(&mut self, lanes: &mut Lanes, accounts: &mut Accounts) -> Result<(), ToolError> {
        let topic = &self.config.topics.articles;
        let ranges = self.sweeper.standing(topic, 0..self.sweeper.partitions(topic)?)?;
        if let Some(first_ms) = self.whole_since_ms(&ranges)? {
            let articles_ms = first_ms.saturating_add(CLOCK_SKEW_MS);
            lanes.values_mut().for_each(|lane| lane.evidence.articles_ms = articles_ms);
        }
        let bar = Bar::new("articles", ranges.iter().map(Range::len).sum());
        // Told in the pass of lane 0, so that it counts once.
        let tells_foreign = lanes.get(0).is_some();
        let findings = &mut self.findings;
        self.sweeper.read(&ranges, &bar, |message| {
            let Some(hash) = message.key().and_then(hash_of_key) else {
                if tells_foreign {
                    findings.add(Finding::Unexplained, || {
                        format!("{topic}/{}/{}: its key is no content hash", message.partition(), message.offset())
                    });
                }
                return Ok(());
            };
            if let Some(lane) = lanes.of(&hash).and_then(|lane| lanes.get_mut(lane)) {
                let time_ms = message.timestamp().to_millis().unwrap_or(0);
                lane.has_articles |= time_ms >= lane.genesis_ms.unwrap_or(i64::MIN);
                accounts.published(hash, time_ms);
            }
            Ok(())
        })
    }

    /// Candidates: decided ones up to the lane's next offset, those behind only as an explanation.
    pub(super) fn candidates(
        &mut self,
        lanes: &mut Lanes,
        letters: &HashSet<(i32, i64)>,
        accounts: &mut Accounts,
    ) -> Result<(), ToolError> {
        let topic = self.config.topics.candidates.clone();
        let ranges = self.sweeper.standing(&topic, lanes.own())?;
        ranges.iter().for_each(|range| self.passed_over(range, lanes));
        self.note_evidence(&ranges)?;
        let bar = Bar::new("candidates", ranges.iter().map(Range::len).sum());
        let mut seen = FxHashSet::default();
        let sweeper = Sweeper::clone(&self.sweeper);
        let mut first_ms: HashMap<i32, i64> = HashMap::new();
        sweeper.read(&ranges, &bar, |message| {
            let (lane, offset) = (message.partition(), message.offset());
            let time_ms = message.timestamp().to_millis().unwrap_or(0);
            first_ms.entry(lane).or_insert(time_ms);
            let next = lanes.get(lane).and_then(|lane| lane.next).unwrap_or(0);
            let is_decided = offset < next;
            self.candidates_ahead += u64::from(!is_decided);
            let hash = message.key().and_then(hash_of_key).filter(|_| message.payload().is_some());
            match hash {
                Some(hash) if is_decided => accounts.decided(hash, time_ms),
                Some(hash) => accounts.later(hash),
                None if is_decided => {
                    self.invalid += 1;
                    if !letters.contains(&(lane, offset)) {
                        self.findings.add(Finding::ArticleLost, || {
                            format!("candidate {topic}/{lane}/{offset} is invalid and has no dead letter")
                        });
                    }
                }
                None => {}
            }
            if self.pages.partitions() > 0 {
                self.origin(&mut seen, message.payload().unwrap_or_default());
            }
            Ok(())
        })?;
        for range in &ranges {
            let first_ms = first_ms.get(&range.partition).copied();
            lanes.get_mut(range.partition).into_iter().for_each(|lane| lane.begun(first_ms));
        }
        Ok(())
    }

    /// What of a lane's candidates is not there to be judged, or can't be.
    fn passed_over(&mut self, range: &Range, lanes: &mut Lanes) {
        let Range { topic, partition, from, .. } = range;
        let Some(lane) = lanes.get_mut(*partition) else { return };
        lane.evidence.candidates_deleted = *from > 0;
        if let Some(next) = lane.decided_to().filter(|next| next < from) {
            self.findings.add(Finding::CandidatesDeleted, || {
                format!("{topic}/{partition}: offsets {next} to {}, by retention or by hand", from - 1)
            });
        }
        if lane.next.is_none() && lane.has_articles && !range.is_empty() {
            let changelog = &self.config.topics.changelog;
            self.unjudged.push(format!(
                "lane {partition}: {changelog}/{partition} holds no segment, though there are candidates and articles: what was                  decided is not known. See `copydesk dedup check --lane {partition}`"
            ));
        }
    }

    /// Where a topic's beginning was deleted, pages older than its first record may have had their trace there.
    fn note_evidence(&mut self, ranges: &[Range]) -> Result<(), ToolError> {
        let since_ms = self.whole_since_ms(ranges)?;
        self.evidence_ms = since_ms.map_or(self.evidence_ms, |since_ms| self.evidence_ms.max(since_ms));
        Ok(())
    }

    /// The latest time of a first record that deleted ones stood before, ms; `i64::MAX` where nothing is left of a partition.
    /// `None`: nothing was deleted.
    fn whole_since_ms(&self, ranges: &[Range]) -> Result<Option<i64>, ToolError> {
        let mut since_ms = None;
        for range in ranges.iter().filter(|range| range.from > 0) {
            since_ms = since_ms.max(Some(self.sweeper.first_time_ms(range)?.unwrap_or(i64::MAX)));
        }
        Ok(since_ms)
    }
}

/// `topic/partition/offset`, as dead letters are keyed.
pub fn coordinates(key: &[u8]) -> Option<(&str, i32, i64)> {
    let mut parts = std::str::from_utf8(key).ok()?.rsplitn(3, '/');
    let offset = parts.next()?.parse().ok()?;
    let partition = parts.next()?.parse().ok()?;
    Some((parts.next()?, partition, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_were_deleted_unread_are_told() {
        let range = |from, to| Range { topic: "pages".into(), partition: 0, from, to };
        let add = |committed, from, to| {
            let mut found = Committed { is_empty: true, ..Committed::default() };
            found.add(range(from, to), committed);
            (found.ranges, found.ahead, found.deleted, found.is_empty)
        };
        assert_eq!(add(Some(7), 5, 9), (vec![range(5, 7)], 2, vec![], false));
        assert_eq!(add(Some(5), 5, 9), (vec![range(5, 5)], 4, vec![], false));
        assert_eq!(add(Some(3), 5, 9), (vec![range(5, 5)], 4, vec![range(3, 5)], false));
        assert_eq!(add(Some(3), 5, 5), (vec![range(5, 5)], 0, vec![range(3, 5)], false));
        assert_eq!(add(None, 5, 9), (vec![range(5, 5)], 4, vec![], true));
        // Committed after the watermarks were asked for.
        assert_eq!(add(Some(11), 5, 9), (vec![range(5, 9)], 0, vec![], false));
    }

    #[test]
    fn keys_of_dead_letters_are_coordinates() {
        assert_eq!(coordinates(b"pages.raw/3/42"), Some(("pages.raw", 3, 42)));
        assert_eq!(coordinates(b"a/b/3/42"), Some(("a/b", 3, 42)));
        assert_eq!(coordinates(b"42"), None);
        assert_eq!(coordinates(b"t/x/42"), None);
    }
}
