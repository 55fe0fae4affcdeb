//! Feeding the accounts: one sweep for each topic, in the order that lets the stages run meanwhile.

use std::collections::{HashMap, HashSet};

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rustc_hash::FxHashSet;

use super::account::{Accounts, Trimmed};
use super::{Finding, Run};
use crate::config::Config;
use crate::dedup::changelog::{Record, decode};
use crate::dedup::{Hash16, lane_of};
use crate::kafka::changelog::hash_of_key;
use crate::kafka::client::{Clients, Context, REQUEST_TIMEOUT};
use crate::kafka::dead_letters::KEY_HEADER;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Range, Sweeper};

/// Memory of an event's mark in its set, growth included.
pub const EVENT_BYTES: u64 = 40;

/// The pages that extract has committed, and how many it has not.
pub(super) fn pages(sweeper: &Sweeper<'_>, clients: &Clients, config: &Config) -> Result<(Vec<Range>, u64), ToolError> {
    let topic = &config.topics.pages;
    let mut ranges = sweeper.now(topic, 0..sweeper.partitions(topic)?)?;
    let mut list = TopicPartitionList::new();
    for range in &ranges {
        list.add_partition(topic, range.partition);
    }
    let group = &config.extract.group_id;
    let settings = clients.member("verify", group, 1 << 20, 1 << 20);
    let member: BaseConsumer<Context> = BaseConsumer::from_config_and_context(&settings, clients.context("verify"))?;
    let committed = member.committed_offsets(list, REQUEST_TIMEOUT)?;
    let mut ahead = 0;
    for range in &mut ranges {
        let offset = committed.find_partition(topic, range.partition).map(|element| element.offset());
        let next = if let Some(Offset::Offset(next)) = offset { next.clamp(range.from, range.to) } else { range.from };
        ahead += (range.to - next) as u64;
        range.to = next;
    }
    Ok((ranges, ahead))
}

impl Run<'_> {
    /// What the lanes remember, and up to where each has decided its candidates.
    pub(super) fn changelogs(
        &mut self,
        lanes: &[i32],
        accounts: &mut Accounts,
        trimmed: &mut Trimmed,
    ) -> Result<HashMap<i32, i64>, ToolError> {
        let topic = &self.config.topics.changelog;
        let ranges = self.sweeper.now(topic, lanes.iter().copied())?;
        trimmed.changelog |= ranges.iter().any(|range| range.from > 0);
        let bar = Bar::new("changelog", ranges.iter().map(Range::len).sum());
        let mut next: HashMap<i32, i64> = lanes.iter().map(|lane| (*lane, 0)).collect();
        let findings = &mut self.findings;
        self.sweeper.read(&ranges, &bar, |message| {
            match decode(message.payload().unwrap_or_default()) {
                Ok((_, Record::Segment(segment))) => {
                    next.insert(message.partition(), segment.next_offset);
                    segment
                        .hashes
                        .iter()
                        .for_each(|hash| accounts.remembered(*hash, segment.lane_time_ms, segment.learned));
                }
                Ok((_, Record::Checkpoint(part))) => {
                    for (lane_time_ms, hashes) in &part.groups {
                        hashes.iter().for_each(|hash| accounts.recalled(*hash, *lane_time_ms));
                    }
                }
                Ok((_, Record::Genesis { created_at_ms })) => trimmed.begun_ms = trimmed.begun_ms.max(created_at_ms),
                Ok(_) => {}
                Err(error) => findings.add(Finding::Unreadable, || {
                    format!("{topic}/{}/{}: {error}", message.partition(), message.offset())
                }),
            }
            Ok(())
        })?;
        Ok(next)
    }

    /// Dead letters: of pages, into their accounts; of candidates, the coordinates, and the hash where the key is one.
    pub(super) fn dead_letters(&mut self, accounts: &mut Accounts) -> Result<HashSet<(i32, i64)>, ToolError> {
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
            } else if source == topics.candidates {
                letters.insert((partition, offset));
                let mut headers = message.headers().into_iter().flat_map(|headers| headers.iter());
                let key = headers.find(|header| header.key == KEY_HEADER).and_then(|header| header.value);
                key.and_then(hash_of_key).into_iter().for_each(|hash| accounts.dead(hash));
            }
            Ok(())
        })?;
        Ok(letters)
    }

    /// What was published.
    pub(super) fn articles(
        &mut self,
        lanes: &[i32],
        accounts: &mut Accounts,
        trimmed: &mut Trimmed,
    ) -> Result<(), ToolError> {
        let topic = &self.config.topics.articles;
        let ranges = self.sweeper.standing(topic, 0..self.sweeper.partitions(topic)?)?;
        trimmed.articles |= ranges.iter().any(|range| range.from > 0);
        let bar = Bar::new("articles", ranges.iter().map(Range::len).sum());
        let own = self.own(lanes);
        let findings = &mut self.findings;
        self.sweeper.read(&ranges, &bar, |message| {
            match message.key().and_then(hash_of_key) {
                Some(hash) if own(&hash) => {
                    accounts.published(hash, message.timestamp().to_millis().unwrap_or(0));
                }
                Some(_) => {}
                // Told in the pass of lane 0, so that it counts once.
                None if lanes.contains(&0) => findings.add(Finding::Unexplained, || {
                    format!("{topic}/{}/{}: its key is no content hash", message.partition(), message.offset())
                }),
                None => {}
            }
            Ok(())
        })
    }

    /// Candidates: decided ones up to the lane's next offset, those behind only as an explanation.
    pub(super) fn candidates(
        &mut self,
        next: &HashMap<i32, i64>,
        letters: &HashSet<(i32, i64)>,
        accounts: &mut Accounts,
        trimmed: &mut Trimmed,
    ) -> Result<(), ToolError> {
        let topic = self.config.topics.candidates.clone();
        let ranges = self.sweeper.standing(&topic, next.keys().copied())?;
        trimmed.candidates |= ranges.iter().any(|range| range.from > 0);
        self.note_evidence(&ranges)?;
        let bar = Bar::new("candidates", ranges.iter().map(Range::len).sum());
        let mut seen = FxHashSet::default();
        let sweeper = Sweeper::clone(&self.sweeper);
        let mut first_ms: HashMap<i32, i64> = HashMap::new();
        sweeper.read(&ranges, &bar, |message| {
            let (lane, offset) = (message.partition(), message.offset());
            first_ms.entry(lane).or_insert(message.timestamp().to_millis().unwrap_or(0));
            let is_decided = next.get(&lane).is_some_and(|next| offset < *next);
            self.candidates_ahead += u64::from(!is_decided);
            let hash = message.key().and_then(hash_of_key).filter(|_| message.payload().is_some());
            match hash {
                Some(hash) if is_decided => accounts.decided(hash),
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
        // No article is older than its candidate; one that is older than all of them is of other topics, as before a reshard.
        trimmed.begun_ms = first_ms.into_values().fold(trimmed.begun_ms, i64::max);
        Ok(())
    }

    fn own(&self, lanes: &[i32]) -> impl Fn(&Hash16) -> bool + use<> {
        let count = self.config.topics.candidate_partitions as u32;
        let mut own = vec![false; count as usize];
        lanes.iter().for_each(|lane| own[*lane as usize] = true);
        move |hash| own[lane_of(hash, count) as usize]
    }

    /// Where a topic's beginning was deleted, pages older than its first record may have had their trace there.
    fn note_evidence(&mut self, ranges: &[Range]) -> Result<(), ToolError> {
        for range in ranges.iter().filter(|range| range.from > 0) {
            let first = self.sweeper.first_time_ms(range)?;
            self.evidence_ms = self.evidence_ms.max(first.unwrap_or(i64::MAX));
        }
        Ok(())
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
    use super::coordinates;

    #[test]
    fn keys_of_dead_letters_are_coordinates() {
        assert_eq!(coordinates(b"pages.raw/3/42"), Some(("pages.raw", 3, 42)));
        assert_eq!(coordinates(b"a/b/3/42"), Some(("a/b", 3, 42)));
        assert_eq!(coordinates(b"42"), None);
        assert_eq!(coordinates(b"t/x/42"), None);
    }
}
