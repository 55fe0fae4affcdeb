//! From changelog records to a lane's state, or to a named reason why not.
//!
//! The reader hands over every committed record of the partition in order until its own barrier comes back; only then is
//! the log known to be complete. What is accepted is a whole log and nothing else:
//!
//! - it begins with a genesis, or with records that the last segment no longer needs;
//! - every record that holds state belongs to this lane of this lane set;
//! - segments are numbered without a gap, and each stands behind its open record, with parts of a checkpoint between them at
//!   most;
//! - the table has as many entries as its writer counted.
//!
//! The table forgets as the writer of each segment did, and by the own TTL from the last segment on: what a writer had forgotten it
//! also left out of its checkpoints and of what it calls needed, so it may be gone at any time.
//!
//! Barriers of other owners are normal, those of one that was started with a wrong number of partitions or hash version too: they
//! only show that the lane changed hands.
//!
//! A lane that makes a new producer while it runs fences whoever took over meanwhile, and would go on from a memory that has
//! become old. So it commits a barrier again, and [`Tail`] tells from the records since whether anybody else wrote. An owner may need
//! several barriers until one will do: the first half of a nonce is its owner's, and the rest the barrier's.

use super::Hash16;
use super::changelog::{LaneIdentity, Part, Record, Segment, decode};
use super::fault::{Corruption, LaneFault};
use super::table::Table;
use uuid::Uuid;

/// So much of a barrier's nonce is its owner's, in all barriers of the owner.
pub const OWNER_BYTES: usize = 8;

/// What every record of the log must say; the lane set is learned from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Partitions of the candidates topic.
    pub partitions: u32,
    /// The lane's partition.
    pub partition: u32,
    /// Version of the content hash.
    pub hash_version: u8,
}

/// Whether the log is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The own barrier has yet to come.
    More,
    /// The own barrier came: call [`Restore::finish`].
    Done,
}

/// A restore under way.
pub struct Restore {
    expected: Expected,
    ttl_ms: u64,
    nonce: [u8; 16],
    table: Table,
    lane_set: Option<Uuid>,
    has_genesis: bool,
    first_offset: Option<i64>,
    last_offset: Option<i64>,
    /// The open record whose segment has yet to come: offset and number.
    open: Option<(i64, u64)>,
    last: Option<Last>,
    /// Nothing but parts of a checkpoint so far: the log may have been cut within their transaction.
    is_cut: bool,
    checkpoint: Option<Seen>,
    /// Parts whose segment has yet to come, which tells their writer's TTL; with the changelog offset of their transaction.
    parts: Vec<(i64, Part)>,
    /// Since when no checkpoint was begun: lane time.
    checkpointed_ms: Option<i64>,
    /// The last barrier of another owner: changelog offset.
    others_at: Option<i64>,
    segments: u64,
    hashes: u64,
    done: bool,
}

/// A checkpoint of which all parts came so far.
struct Seen {
    number: u64,
    next_part: u32,
    /// Changelog offset at which it begins.
    offset: i64,
}

/// What is kept of the last segment.
#[derive(Clone, Copy)]
struct Last {
    offset: i64,
    seq: u64,
    next_offset: i64,
    lane_time_ms: i64,
    needed_from: i64,
    last_candidate: Option<(i64, Hash16)>,
    entries: u64,
}

/// A lane's state, as of the last committed segment.
pub struct Restored {
    /// The lane, with the lane set that the log belongs to.
    pub identity: LaneIdentity,
    /// What was seen.
    pub table: Table,
    /// Number of the last segment; 0 for a lane that has none yet.
    pub seq: u64,
    /// Offset in the candidates partition to go on from; 0 for a lane that has no segment yet.
    pub next_offset: i64,
    /// Lane time of the last segment, in milliseconds; 0 for a lane that has none yet.
    pub lane_time_ms: i64,
    /// The last candidate consumed: its offset and key.
    pub last_candidate: Option<(i64, Hash16)>,
    /// Lane time at which the last complete checkpoint began; without one, of the log's first segment.
    pub checkpointed_ms: Option<i64>,
    /// First offset of the changelog: what stood before was deleted.
    pub log_start: i64,
    /// Changelog offset of the last barrier that another owner wrote, as far as it was not deleted.
    pub others_at: Option<i64>,
    /// Segments read.
    pub segments: u64,
    /// Hashes read, forgotten ones included.
    pub hashes: u64,
}

impl Restore {
    /// Begins a restore for the lane `expected`, forgetting by `ttl_ms`, up to the barrier that carries `nonce`.
    pub fn new(expected: Expected, ttl_ms: u64, nonce: [u8; 16]) -> Self {
        Restore {
            expected,
            ttl_ms,
            nonce,
            table: Table::new(ttl_ms),
            lane_set: None,
            has_genesis: false,
            first_offset: None,
            last_offset: None,
            open: None,
            last: None,
            is_cut: true,
            checkpoint: None,
            parts: Vec::new(),
            checkpointed_ms: None,
            others_at: None,
            segments: 0,
            hashes: 0,
            done: false,
        }
    }

    /// Takes the committed record at `offset`. After [`Step::Done`] further records change nothing.
    ///
    /// # Errors
    /// The fault that the record shows; the restore is then over.
    pub fn push(&mut self, offset: i64, value: &[u8]) -> Result<Step, LaneFault> {
        if self.done {
            return Ok(Step::Done);
        }
        let corrupt = |why| LaneFault::Corrupt { offset, why };
        let (identity, record) = decode(value).map_err(|error| corrupt(error.into()))?;
        if self.last_offset.is_some_and(|last| offset <= last) {
            return Err(corrupt(Corruption::Misplaced("it was read out of order")));
        }
        self.check_identity(offset, &identity, &record)?;
        let is_part = matches!(record, Record::Checkpoint(_));
        match record {
            Record::Genesis { .. } => self.genesis(offset, identity.lane_set)?,
            Record::Barrier { nonce, .. } => {
                self.check_no_open()?;
                self.done = nonce == self.nonce;
                if !is_of_owner(&nonce, &self.nonce) {
                    self.others_at = Some(offset);
                }
            }
            Record::Open { seq } => self.open(offset, seq)?,
            Record::Checkpoint(part) => self.part(offset, part)?,
            Record::Segment(segment) => self.segment(offset, segment)?,
        }
        self.is_cut &= is_part;
        self.first_offset.get_or_insert(offset);
        self.last_offset = Some(offset);
        Ok(if self.done { Step::Done } else { Step::More })
    }

    /// Takes the log as complete where it is, for one who only looks: its end is what the brokers call committed now.
    ///
    /// # Errors
    /// Where the log ends within a transaction.
    pub fn end(&mut self) -> Result<(), LaneFault> {
        self.check_no_open()?;
        self.done = true;
        Ok(())
    }

    /// Judges the log as a whole. `log_start` is the partition's first offset, asked for before reading began.
    ///
    /// # Errors
    /// Why the log is not one to rely on.
    ///
    /// # Panics
    /// If called before [`Step::Done`] or [`Restore::end`]: the log is not known to be complete.
    pub fn finish(mut self, log_start: i64) -> Result<Restored, LaneFault> {
        assert!(self.done, "the own barrier has to come back first");
        let Some(lane_set) = self.lane_set else {
            return Err(if log_start > 0 { LaneFault::Headless { log_start } } else { LaneFault::NoGenesis });
        };
        if !self.has_genesis {
            self.check_anchor(log_start)?;
        }
        if let Some(last) = self.last {
            self.check_whole(log_start, &last)?;
            self.table.retime(self.ttl_ms, last.lane_time_ms);
        }
        let Expected { partitions, partition, hash_version } = self.expected;
        Ok(Restored {
            identity: LaneIdentity { lane_set, partitions, partition, hash_version },
            table: self.table,
            seq: self.last.map_or(0, |last| last.seq),
            next_offset: self.last.map_or(0, |last| last.next_offset),
            lane_time_ms: self.last.map_or(0, |last| last.lane_time_ms),
            last_candidate: self.last.and_then(|last| last.last_candidate),
            checkpointed_ms: self.checkpointed_ms,
            log_start,
            others_at: self.others_at,
            segments: self.segments,
            hashes: self.hashes,
        })
    }

    fn check_identity(&mut self, offset: i64, identity: &LaneIdentity, record: &Record) -> Result<(), LaneFault> {
        // A barrier's writer has not read the log yet. It may know neither the lane set nor, if it was started by mistake, what the
        // lane is; it holds no state, and its writer stopped at the records that do.
        if matches!(record, Record::Barrier { .. }) && identity.lane_set.is_nil() {
            return Ok(());
        }
        let Expected { partitions, partition, hash_version } = self.expected;
        if (identity.partitions, identity.partition) != (partitions, partition) {
            return Err(LaneFault::WrongPartitions { offset, partitions, partition, found: *identity });
        }
        if identity.hash_version != hash_version {
            return Err(LaneFault::WrongHashVersion { offset, expected: hash_version, found: identity.hash_version });
        }
        // A genesis begins a lane set; whether it may stand here is its own question.
        if matches!(record, Record::Genesis { .. }) {
            return Ok(());
        }
        let expected = match record {
            Record::Barrier { .. } => self.lane_set.unwrap_or(identity.lane_set),
            _ => *self.lane_set.get_or_insert(identity.lane_set),
        };
        if identity.lane_set != expected {
            return Err(LaneFault::Foreign { offset, expected, found: identity.lane_set });
        }
        Ok(())
    }

    fn genesis(&mut self, offset: i64, lane_set: Uuid) -> Result<(), LaneFault> {
        self.check_no_open()?;
        if self.lane_set.replace(lane_set).is_some() {
            let why = Corruption::Misplaced("a genesis may only begin the log");
            return Err(LaneFault::Corrupt { offset, why });
        }
        self.has_genesis = true;
        Ok(())
    }

    fn open(&mut self, offset: i64, seq: u64) -> Result<(), LaneFault> {
        self.check_no_open()?;
        self.check_seq(offset, seq)?;
        self.open = Some((offset, seq));
        Ok(())
    }

    fn segment(&mut self, offset: i64, segment: Segment) -> Result<(), LaneFault> {
        match self.open.take() {
            Some((_, seq)) if seq == segment.seq => {}
            Some((offset, seq)) => return Err(LaneFault::Torn { offset, seq, missing: "segment" }),
            // The log may have been cut right between the two.
            None if self.is_cut => {}
            None => return Err(LaneFault::Torn { offset, seq: segment.seq, missing: "open" }),
        }
        self.check_seq(offset, segment.seq)?;
        if self
            .last
            .is_some_and(|last| segment.lane_time_ms < last.lane_time_ms || segment.next_offset < last.next_offset)
        {
            let why = Corruption::Misplaced("its lane time or its next offset goes backward");
            return Err(LaneFault::Corrupt { offset, why });
        }
        let before_ms = self.last.map_or(segment.lane_time_ms, |last| last.lane_time_ms);
        self.table.retime(segment.ttl_ms, before_ms);
        for (begins_at, part) in std::mem::take(&mut self.parts) {
            self.recall(begins_at, part);
        }
        self.segments += 1;
        self.checkpointed_ms.get_or_insert(segment.lane_time_ms);
        self.hashes += segment.hashes.len() as u64;
        self.last = Some(Last {
            offset,
            seq: segment.seq,
            next_offset: segment.next_offset,
            lane_time_ms: segment.lane_time_ms,
            needed_from: segment.needed_from,
            last_candidate: segment.last_candidate,
            entries: segment.entries,
        });
        self.table.commit(segment.lane_time_ms, segment.hashes, offset);
        Ok(())
    }

    fn part(&mut self, offset: i64, part: Part) -> Result<(), LaneFault> {
        let begins_at = match self.open {
            Some((open, _)) => open,
            None if self.is_cut => offset,
            None => {
                let why = Corruption::Misplaced("a part of a checkpoint stands outside of a transaction");
                return Err(LaneFault::Corrupt { offset, why });
            }
        };
        self.parts.push((begins_at, part));
        Ok(())
    }

    /// Takes a part whose transaction begins at `begins_at`.
    fn recall(&mut self, begins_at: i64, part: Part) {
        self.checkpoint = match self.checkpoint.take() {
            _ if part.part == 0 => Some(Seen { number: part.number, next_part: 1, offset: begins_at }),
            Some(seen) if (seen.number, seen.next_part) == (part.number, part.part) => {
                Some(Seen { next_part: seen.next_part + 1, ..seen })
            }
            // Its beginning was deleted: it is needed for what it holds, and no point to begin from.
            _ => None,
        };
        let begins_at = self.checkpoint.as_ref().map_or(begins_at, |seen| seen.offset);
        for (lane_time_ms, hashes) in part.groups {
            self.hashes += hashes.len() as u64;
            self.table.recall(lane_time_ms, hashes, begins_at);
        }
        if part.last
            && let Some(seen) = self.checkpoint.take()
        {
            self.table.rebase(seen.offset);
            self.checkpointed_ms = Some(part.lane_time_ms);
        }
    }

    fn check_seq(&self, offset: i64, found: u64) -> Result<(), LaneFault> {
        let expected = match self.last {
            Some(last) => last.seq.saturating_add(1),
            None if self.has_genesis => 1,
            None => found,
        };
        if found == expected { Ok(()) } else { Err(LaneFault::Gap { offset, expected, found }) }
    }

    fn check_no_open(&self) -> Result<(), LaneFault> {
        match self.open {
            None => Ok(()),
            Some((offset, seq)) => Err(LaneFault::Torn { offset, seq, missing: "segment" }),
        }
    }

    /// A log without its genesis is fine if it was shortened by retention, and a segment is left to go on from.
    fn check_anchor(&self, log_start: i64) -> Result<(), LaneFault> {
        if log_start > 0 && self.last.is_some() { Ok(()) } else { Err(LaneFault::Headless { log_start }) }
    }

    fn check_whole(&self, log_start: i64, last: &Last) -> Result<(), LaneFault> {
        let needed_from = if last.needed_from < 0 { last.offset } else { last.needed_from };
        let begins_at = log_start.max(self.first_offset.unwrap_or(log_start));
        if begins_at > needed_from {
            return Err(LaneFault::Truncated { begins_at, needed_from });
        }
        if last.entries != self.table.len() {
            let (seq, recorded, restored) = (last.seq, last.entries, self.table.len());
            return Err(LaneFault::CountMismatch { seq, recorded, restored });
        }
        Ok(())
    }
}

/// Whether a lane's memory is still the log's: fed with the records behind the last one that the lane knows.
#[derive(Clone, Copy, Debug)]
pub struct Tail {
    nonce: [u8; 16],
}

/// What the tail of a log shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Nobody wrote before the own barrier: the lane goes on.
    Nothing,
    /// Somebody else owned the lane: restore it from the log.
    Others,
}

impl Tail {
    /// Judges the log up to the barrier that carries `nonce`.
    pub fn new(nonce: [u8; 16]) -> Self {
        Tail { nonce }
    }

    /// Takes the next committed record behind those that the lane knows; `None`: the one after it tells.
    pub fn judge(&self, value: &[u8]) -> Option<Since> {
        match decode(value) {
            Ok((_, Record::Barrier { nonce, .. })) if nonce == self.nonce => Some(Since::Nothing),
            Ok((_, Record::Barrier { nonce, .. })) if is_of_owner(&nonce, &self.nonce) => None,
            _ => Some(Since::Others),
        }
    }
}

/// Whether two barriers are the same owner's.
fn is_of_owner(nonce: &[u8; 16], own: &[u8; 16]) -> bool {
    nonce[..OWNER_BYTES] == own[..OWNER_BYTES]
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
