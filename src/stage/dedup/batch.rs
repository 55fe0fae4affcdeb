//! What a lane has consumed since its last commit: the verdict on each candidate, and the records that the next
//! transaction will hold.
//!
//! What holds: a pending hash counts as seen for the candidates behind it in the same batch, and for nobody else until the
//! commit. What was committed counts for a candidate as long as it does at the lane time with that candidate. The batch keeps its records, so a transaction that failed is sent again from here, with no seek.

use std::time::{Duration, Instant};

use hashbrown::HashSet;
use rdkafka::message::{BorrowedMessage, Headers, Message, OwnedMessage};
use rustc_hash::FxBuildHasher;

use crate::dedup::Hash16;
use crate::dedup::table::Table;
use crate::fault::{Code, Fault};
use crate::kafka::changelog::hash_of_key;
use crate::kafka::{KIND_HEADER, PAGE_TIME_HEADER, record_bytes};
use crate::split::draft::Kind;

/// What a candidate turned out to be.
#[derive(Debug)]
pub enum Verdict {
    /// First of its hash: to be published.
    First,
    /// Its hash was seen: counted, and published to `duplicates` if asked for.
    Duplicate,
    /// Not a candidate at all, or not publishable: a dead letter.
    Dead(Fault),
}

/// A record of the next transaction.
#[derive(Debug)]
pub struct Output {
    /// The candidate.
    pub message: OwnedMessage,
    /// What it is.
    pub verdict: Verdict,
    /// Its hash; zero where it has none.
    pub hash: Hash16,
    /// The page's record time in ms since the epoch, as the candidate's header says.
    pub page_time_ms: Option<i64>,
}

impl Output {
    /// Whether it goes out as a pointer: the least that can be sent of it.
    pub fn is_pointer(&self) -> bool {
        matches!(&self.verdict, Verdict::Dead(fault) if fault.code == Code::EventTooLarge)
    }
}

/// Candidates of one kind by their verdict.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// To be published.
    pub published: u64,
    /// Seen before.
    pub duplicates: u64,
    /// To be remembered without being published.
    pub learned: u64,
}

/// Bounds of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Time from the first candidate to the commit.
    pub interval: Duration,
    /// Most candidates.
    pub records_max: usize,
    /// Most bytes of candidates kept.
    pub bytes_max: usize,
    /// Heaviest candidate that is passed on.
    pub record_bytes_max: usize,
    /// Whether duplicates are kept, to be published.
    pub keep_duplicates: bool,
    /// Whether new contents are remembered and not published.
    pub learn: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Batch {
    bounds: Bounds,
    /// Records to send, in order.
    pub outputs: Vec<Output>,
    /// Hashes to add, in order.
    pub hashes: Vec<Hash16>,
    pending: HashSet<Hash16, FxBuildHasher>,
    bytes: usize,
    /// Candidates consumed.
    pub candidates: u64,
    /// What they were, by kind.
    pub tally: [Tally; Kind::ALL.len()],
    /// The newest candidate's time, ms since the epoch; 0 without one.
    pub newest_ms: i64,
    /// The candidates offset to read next.
    pub next_offset: i64,
    /// Largest lane time.
    pub lane_time_ms: i64,
    /// Offset and key of the last candidate.
    pub last_candidate: Option<(i64, Hash16)>,
    since: Option<Instant>,
}

impl Batch {
    /// An empty batch that goes on at `next_offset`.
    pub fn new(bounds: Bounds, next_offset: i64, lane_time_ms: i64, last_candidate: Option<(i64, Hash16)>) -> Self {
        Batch {
            bounds,
            outputs: Vec::new(),
            hashes: Vec::new(),
            pending: HashSet::default(),
            bytes: 0,
            candidates: 0,
            tally: Default::default(),
            newest_ms: 0,
            next_offset,
            lane_time_ms,
            last_candidate,
            since: None,
        }
    }

    /// Takes the next candidate in; what is not to be sent is not copied. `lane_time_ms` is the lane's time with it.
    pub fn take(&mut self, message: &BorrowedMessage<'_>, lane_time_ms: i64, table: &Table) {
        self.candidates += 1;
        self.next_offset = message.offset() + 1;
        self.lane_time_ms = lane_time_ms;
        self.since.get_or_insert_with(Instant::now);
        let key = message.key().and_then(hash_of_key);
        self.last_candidate = Some((message.offset(), key.unwrap_or_default()));
        let (Some(hash), Some(_)) = (key, message.payload()) else {
            let what = "the record's key is not a content hash of 32 hex digits, or it has no value; only `copydesk run` may write here";
            self.keep(message, Verdict::Dead(Fault::new(Code::CandidateInvalid, what)), Hash16::default());
            return;
        };
        let kind = text_header(message, KIND_HEADER).and_then(Kind::parse).unwrap_or(Kind::Article);
        if table.counts_at(&hash, lane_time_ms) || !self.pending.insert(hash) {
            self.tally[kind as usize].duplicates += 1;
            if self.bounds.keep_duplicates {
                self.keep(message, Verdict::Duplicate, hash);
            }
        } else if self.bounds.learn {
            self.tally[kind as usize].learned += 1;
            self.hashes.push(hash);
        } else {
            self.tally[kind as usize].published += 1;
            self.hashes.push(hash);
            self.keep(message, Verdict::First, hash);
        }
    }

    fn keep(&mut self, message: &BorrowedMessage<'_>, verdict: Verdict, hash: Hash16) {
        let (bytes, bytes_max) = (record_bytes(message), self.bounds.record_bytes_max);
        self.bytes += bytes;
        let page_time_ms = text_header(message, PAGE_TIME_HEADER).and_then(|text| text.parse().ok());
        let is_passed_on = !matches!(verdict, Verdict::Dead(_));
        self.outputs.push(Output { message: message.detach(), verdict, hash, page_time_ms });
        if is_passed_on && bytes > bytes_max {
            let what =
                format!("the candidate has {bytes} bytes with its headers, topics.message_bytes_max is {bytes_max}");
            self.reject(self.outputs.len() - 1, Fault::new(Code::EventTooLarge, what));
        }
    }

    /// Turns an output into a dead letter. Its hash stays seen, so that replays don't try again.
    pub fn reject(&mut self, index: usize, fault: Fault) {
        let output = &mut self.outputs[index];
        if matches!(output.verdict, Verdict::First) {
            let kind = text_header(&output.message, KIND_HEADER).and_then(Kind::parse).unwrap_or(Kind::Article);
            self.tally[kind as usize].published -= 1;
        }
        output.verdict = Verdict::Dead(fault);
    }

    /// True where a commit is due.
    pub fn is_due(&self) -> bool {
        self.candidates as usize >= self.bounds.records_max
            || self.bytes >= self.bounds.bytes_max
            || self.since.is_some_and(|since| since.elapsed() >= self.bounds.interval)
    }

    /// True where nothing was consumed.
    pub fn is_empty(&self) -> bool {
        self.candidates == 0
    }

    /// How long to wait for the next candidate, at most `otherwise`.
    pub fn wait(&self, otherwise: Duration) -> Duration {
        self.since.map_or(otherwise, |since| self.bounds.interval.saturating_sub(since.elapsed()).min(otherwise))
    }

    /// An empty batch that goes on where this one ends.
    pub fn next(&self) -> Batch {
        Batch::new(self.bounds, self.next_offset, self.lane_time_ms, self.last_candidate)
    }
}

fn text_header<'m>(message: &'m impl Message, name: &str) -> Option<&'m str> {
    let header = message.headers()?.iter().find(|header| header.key == name)?;
    std::str::from_utf8(header.value?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::changelog::key_of_hash;
    use crate::stage::shell::Shell;
    use rdkafka::consumer::Consumer;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
    use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

    const BOUNDS: Bounds = Bounds {
        interval: Duration::from_secs(1),
        records_max: 9,
        bytes_max: 1 << 20,
        record_bytes_max: 1 << 20,
        keep_duplicates: false,
        learn: false,
    };
    const HASH: Hash16 = [7; 16];
    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn what_is_forgotten_at_a_candidates_time_is_published_again_before_any_commit() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        brokers.create_topic("candidates", 1, 1).expect("a topic");
        let producer: BaseProducer = shell.clients.idempotent(1 << 20).create().expect("a client");
        let key = key_of_hash(&HASH);
        producer
            .send(BaseRecord::to("candidates").key(&key).payload("an event"))
            .map_err(|(error, _)| error)
            .expect("room for it");
        producer.flush(MINUTE).expect("acknowledged");
        let reader = shell.clients.reader("test", 1 << 20).expect("a client");
        let mut from = TopicPartitionList::new();
        from.add_partition_offset("candidates", 0, Offset::Beginning).expect("an offset");
        reader.assign(&from).expect("assigned");
        let message = reader.poll(MINUTE).expect("in time").expect("the candidate");

        let mut table = Table::new(8_000);
        table.commit(10_000, [HASH], 2);
        let take = |lane_times_ms: &[i64]| {
            let mut batch = Batch::new(BOUNDS, 0, 10_000, None);
            lane_times_ms.iter().for_each(|lane_time_ms| batch.take(&message, *lane_time_ms, &table));
            let Tally { published, duplicates, .. } = batch.tally[Kind::Article as usize];
            (published, duplicates)
        };
        assert_eq!(take(&[18_999]), (0, 1));
        assert_eq!(take(&[19_000]), (1, 0), "9/8 of the TTL have passed");
        assert_eq!(take(&[18_999, 19_000, 19_000]), (1, 2), "it is seen once more");
    }
}
