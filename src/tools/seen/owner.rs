//! A lane in the hands of a tool: fenced, restored, written to as the stage writes.
//!
//! What holds: the group was at rest when the lane was fenced, and is asked again whenever a new producer is made. A transaction
//! is an open record and one segment; the table learns only what is committed.

use std::time::Duration;

use crate::config::Config;
use crate::dedup::Hash16;
use crate::dedup::changelog::{LaneIdentity, Record, Segment, encode};
use crate::dedup::restore::{Restore, Restored};
use crate::kafka::candidates::witness;
use crate::kafka::changelog::{CHANGELOG_RECORD_BYTES_MAX, Log, read_back};
use crate::kafka::client::Clients;
use crate::kafka::lane_producer::{LaneProducer, QUICK_COMMIT, Settings, TxnError};
use crate::stage::watchdog::{Watch, Watchdog};
use crate::tools::seen::look::{expected, fault_of};
use crate::tools::{ToolError, at_rest};

/// Hashes of one segment: 800 kB, below what topics take by default.
const SEGMENT_HASHES_MAX: usize = 50_000;

/// What a tool writes lanes with.
pub struct Pen<'a> {
    clients: &'a Clients,
    config: &'a Config,
    watchdog: Watchdog,
}

impl<'a> Pen<'a> {
    /// For the lanes of `config`.
    pub fn new(clients: &'a Clients, config: &'a Config) -> Self {
        Pen { clients, config, watchdog: Watchdog::start() }
    }

    /// Refuses where the lanes run.
    ///
    /// # Errors
    /// See [`at_rest::require`].
    pub fn require_rest(&self) -> Result<(), ToolError> {
        at_rest::require(self.clients, self.config, &self.config.dedup.group_id, &self.config.topics.candidates)
    }

    /// A lane whose former owners can write no more.
    ///
    /// # Errors
    /// Where the group runs, or no broker answers.
    pub fn fence(&self, lane: i32) -> Result<Fenced<'a, '_>, ToolError> {
        let mut fenced =
            Fenced { pen: self, lane, producer: None, watch: self.watchdog.watch(format!("lane {lane} of a tool")) };
        fenced.renew()?;
        Ok(fenced)
    }

    /// A lane, fenced and read up to a barrier of one's own.
    ///
    /// # Errors
    /// As [`Pen::fence`]; [`ToolError::Data`] where the lane's log can't be relied on.
    pub fn own(&self, lane: i32) -> Result<Owned<'a, '_>, ToolError> {
        let mut fenced = self.fence(lane)?;
        let nonce = *uuid::Uuid::new_v4().as_bytes();
        let identity = LaneIdentity {
            lane_set: uuid::Uuid::nil(),
            partitions: self.config.topics.candidate_partitions as u32,
            partition: lane as u32,
            hash_version: crate::dedup::HASH_VERSION,
        };
        let owner = format!("{} dedup tool", self.config.kafka.client_id);
        fenced.write(&[encode(&identity, &Record::Barrier { nonce, owner })])?;
        let reader = fenced.watch.hold(self.clients.reader("tools", CHANGELOG_RECORD_BYTES_MAX)?);
        let patience = 2 * self.config.dedup.transaction_timeout;
        let log = Log { reader: &reader, topic: &self.config.topics.changelog, partition: lane, patience };
        let ttl_ms = self.config.dedup.ttl.as_millis() as u64;
        let restore = Restore::new(expected(self.config, lane), ttl_ms, nonce);
        let read = read_back(&log, restore, &|| false);
        let (state, _) = read.or_else(|error| Err(ToolError::lane(lane, &fault_of(log.topic, error)?)))?;
        let group = self.clients.group_reader("tools", &self.config.dedup.group_id, CHANGELOG_RECORD_BYTES_MAX)?;
        let witness = witness(&group, &self.config.topics.candidates, lane)?;
        witness.map_or(Ok(()), |witness| witness.check(&state)).map_err(|fault| ToolError::lane(lane, &fault))?;
        Ok(Owned { fenced, state })
    }
}

/// A lane's producer of the newest epoch.
pub struct Fenced<'a, 'p> {
    pen: &'p Pen<'a>,
    lane: i32,
    producer: Option<LaneProducer>,
    watch: Watch,
}

impl Fenced<'_, '_> {
    fn renew(&mut self) -> Result<(), ToolError> {
        self.pen.require_rest()?;
        let dedup = &self.pen.config.dedup;
        let id = format!("{}.{}", dedup.transactional_id_prefix, self.lane);
        let settings = Settings {
            transactional_id: &id,
            transaction_timeout: dedup.transaction_timeout,
            message_bytes_max: CHANGELOG_RECORD_BYTES_MAX,
            quick: QUICK_COMMIT,
        };
        let producer = LaneProducer::fence(self.pen.clients, settings, &self.watch, &|| false);
        self.producer = Some(producer.map_err(|error| refused(self.lane, &error))?);
        Ok(())
    }

    /// Commits `records` to the lane's changelog as one transaction; the last one's offset.
    ///
    /// # Errors
    /// Where it is not known to be committed.
    pub fn write(&mut self, records: &[Vec<u8>]) -> Result<i64, ToolError> {
        let lane = self.lane;
        let failed = |error: TxnError| refused(lane, &error);
        if self.producer.is_none() {
            self.renew()?;
        }
        let mut producer = self.producer.take().expect("just made");
        let topic = &self.pen.config.topics.changelog;
        let mut txn = producer.transaction().map_err(failed)?;
        for record in records {
            txn.send(topic, lane, None, record, None).map_err(failed)?;
        }
        let committed = txn.commit().map_err(failed)?;
        self.producer = Some(producer).filter(|_| committed.reusable);
        Ok(committed.last_offset)
    }
}

fn refused(lane: i32, error: &TxnError) -> ToolError {
    let error = error.refusal().unwrap_or_else(|| error.to_string());
    ToolError::Refused(format!(
        "lane {lane} was not written: {error}. See that no instance of this deployment runs, then try again; `copydesk dedup check` \
         tells how the lane is"
    ))
}

/// A lane that a tool may add to.
pub struct Owned<'a, 'p> {
    fenced: Fenced<'a, 'p>,
    /// As the log has it.
    pub state: Restored,
}

impl Owned<'_, '_> {
    /// Makes the lane remember `hashes`, which come once each, as seen at `lane_time_ms`; where the lane is further already, at
    /// its own time. Those that it knows at that time stay as they are. The number of new ones.
    ///
    /// # Errors
    /// Where a transaction is not known to be committed; what was added before stays.
    pub fn remember(&mut self, lane_time_ms: i64, hashes: &[Hash16]) -> Result<u64, ToolError> {
        let (mut added, lane_time_ms) = (0, lane_time_ms.max(self.state.lane_time_ms));
        for hashes in hashes.chunks(SEGMENT_HASHES_MAX) {
            let table = &self.state.table;
            let new: Vec<Hash16> = hashes.iter().filter(|hash| !table.counts_at(hash, lane_time_ms)).copied().collect();
            if new.is_empty() {
                continue;
            }
            added += new.len() as u64;
            self.segment(lane_time_ms, new)?;
        }
        Ok(added)
    }

    fn segment(&mut self, lane_time_ms: i64, hashes: Vec<Hash16>) -> Result<(), ToolError> {
        let state = &mut self.state;
        let after = state.table.preview(lane_time_ms, hashes.len() as u64);
        let segment = Segment {
            seq: state.seq + 1,
            next_offset: state.next_offset,
            lane_time_ms,
            ttl_ms: duration_ms(self.fenced.pen.config.dedup.ttl),
            needed_from: after.needed_from.unwrap_or(-1),
            last_candidate: state.last_candidate,
            entries: after.entries,
            hashes: hashes.clone(),
            learned: true,
        };
        let open = Record::Open { seq: segment.seq };
        let records = [open, Record::Segment(segment)].map(|record| encode(&state.identity, &record));
        let offset = self.fenced.write(&records)?;
        state.table.commit(lane_time_ms, hashes, offset);
        (state.seq, state.lane_time_ms) = (state.seq + 1, lane_time_ms);
        Ok(())
    }
}

fn duration_ms(duration: Duration) -> u64 {
    duration.as_millis() as u64
}
