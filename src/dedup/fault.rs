//! Why a lane can't take over its state: a closed set of named reasons.
//!
//! Each stops its lane alone. The name stands in logs, metrics and the runbook, so names are added, never changed; the text
//! says what happened, to what, and what to do.

use super::Hash16;
use super::changelog::{DecodeError, LaneIdentity};
use thiserror::Error;
use uuid::Uuid;

/// See the module's head.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LaneFault {
    /// The changelog partition holds nothing but barriers.
    #[error(
        "the changelog partition is empty: no genesis record, so nothing says that this lane may start with nothing seen. \
         Run `copydesk topics create` before the first start; if the changelog was lost, restore it, or start with \
         `--accept-empty-state` and accept that articles of the last TTL may be published again"
    )]
    NoGenesis,
    /// The log begins in the middle of nowhere.
    #[error(
        "the changelog begins at offset {log_start} without a genesis record or a segment to anchor on: its beginning is \
         missing. Restore the topic, or begin anew (docs/runbook.md#begin-anew) and accept that articles of the last TTL may be \
         published again"
    )]
    Headless {
        /// The log's first offset.
        log_start: i64,
    },
    /// Retention or an operator cut off what is still needed.
    #[error(
        "the changelog begins at offset {begins_at}, but live hashes reach back to offset {needed_from}: records were deleted \
         too early. Set its retention.ms to at least TTL + the candidates' retention + segment.ms, retention.bytes=-1 and \
         cleanup.policy=delete, then restore the topic or begin anew (docs/runbook.md#begin-anew)"
    )]
    Truncated {
        /// The first offset that is there.
        begins_at: i64,
        /// The first offset that the last segment needs.
        needed_from: i64,
    },
    /// Segments are missing in the middle.
    #[error(
        "segment {found} at changelog offset {offset} follows where segment {expected} belongs: segments are missing or came \
         twice. Check the brokers for lost data (unclean leader election), then restore the topic or begin anew \
         (docs/runbook.md#begin-anew)"
    )]
    Gap {
        /// Changelog offset of the record.
        offset: i64,
        /// The number that belongs there.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// Two deployments share a changelog topic.
    #[error(
        "the record at changelog offset {offset} belongs to lane set {found}, this lane to {expected}: two deployments write \
         to one changelog. Give each its own `topics.prefix`"
    )]
    Foreign {
        /// Changelog offset of the record.
        offset: i64,
        /// The lane set that the log began with.
        expected: Uuid,
        /// The record's lane set.
        found: Uuid,
    },
    /// The candidates topic has another number of partitions than the state was made for.
    #[error(
        "the record at changelog offset {offset} was written for partition {} of {}, this lane is partition {partition} of \
         {partitions}: hashes would meet in other lanes than before. Go back to {} partitions",
        found.partition, found.partitions, found.partitions
    )]
    WrongPartitions {
        /// Changelog offset of the record.
        offset: i64,
        /// Partitions of the candidates topic now.
        partitions: u32,
        /// This lane's partition.
        partition: u32,
        /// What the record was written for.
        found: LaneIdentity,
    },
    /// The content hash has changed since.
    #[error(
        "the record at changelog offset {offset} holds hashes of version {found}, this version of copydesk makes version \
         {expected}: they can't be compared. Run the version that wrote them, or begin under a new `topics.prefix`"
    )]
    WrongHashVersion {
        /// Changelog offset of the record.
        offset: i64,
        /// The version in use.
        expected: u8,
        /// The record's version.
        found: u8,
    },
    /// A record can't be read, or can't stand where it stands.
    #[error(
        "the record at changelog offset {offset} can't be relied on: {why}. See who else writes to the topic; a newer format needs a newer copydesk"
    )]
    Corrupt {
        /// Changelog offset of the record.
        offset: i64,
        /// What is wrong with it.
        why: Corruption,
    },
    /// One half of a transaction is committed.
    #[error(
        "the transaction of segment {seq} at changelog offset {offset} is committed in part: its {missing} record is missing. \
         Articles of it may be published without being remembered, or the other way round. Check that the brokers run 3.6 or \
         later with transaction.partition.verification.enable=true, compare `articles` with the candidates of that time, then \
         begin anew (docs/runbook.md#begin-anew)"
    )]
    Torn {
        /// Changelog offset of the half that is there.
        offset: i64,
        /// The transaction's segment.
        seq: u64,
        /// `open` or `segment`.
        missing: &'static str,
    },
    /// The table is not what its writer had.
    #[error(
        "the restored table has {restored} entries, the writer of segment {seq} counted {recorded}: the log is not whole. Restore \
         the topic or begin anew (docs/runbook.md#begin-anew)"
    )]
    CountMismatch {
        /// The last segment.
        seq: u64,
        /// Entries by the segment.
        recorded: u64,
        /// Entries in the table.
        restored: u64,
    },
    /// The log ends before a segment that was committed to it.
    #[error(
        "segment {committed} was committed to the changelog, as the group's offset of this lane says, but the log ends with \
         segment {found}: its end was lost, and what it decided would be decided again. Bring the records back, or go on without \
         them (docs/runbook.md#changelog_tail_lost)"
    )]
    TailLost {
        /// The last segment that is known of.
        committed: u64,
        /// The log's last segment; 0 where it has none.
        found: u64,
    },
    /// The candidates topic ends before where this lane was.
    #[error(
        "this lane has read the candidates up to offset {next_offset}, but the partition ends at {end_offset}: the topic was \
         recreated or lost data. Begin anew (docs/runbook.md#begin-anew) once no candidate is missed"
    )]
    CandidatesRecreated {
        /// Where the lane would go on.
        next_offset: i64,
        /// The partition's end.
        end_offset: i64,
    },
    /// Another candidate stands where the last one stood.
    #[error(
        "the candidate at offset {offset} is {}, this lane read {} there: the candidates topic was recreated. Begin anew (docs/runbook.md#begin-anew) once no candidate is missed",
        hex(found),
        hex(recorded)
    )]
    CandidatesReplaced {
        /// Offset in the candidates partition.
        offset: i64,
        /// The key by the last segment.
        recorded: Hash16,
        /// The key that stands there.
        found: Hash16,
    },
    /// Candidates were deleted before they were read.
    #[error(
        "candidates from offset {next_offset} up to {begin_offset} were deleted unread: the dedup stage was down or behind for \
         longer than the topic's retention. Send those pages again; `dedup.on_gap = \"continue\"` goes on from {begin_offset}"
    )]
    CandidatesLost {
        /// Where the lane would go on.
        next_offset: i64,
        /// The partition's beginning.
        begin_offset: i64,
    },
    /// The own barrier does not come back.
    #[error(
        "the lane's own barrier was not readable after {waited_ms} ms: an older transaction hangs on the changelog partition. Find it \
         with kafka-transactions.sh find-hanging, end it with kafka-transactions.sh abort"
    )]
    BarrierNotVisible {
        /// How long it was waited for.
        waited_ms: u64,
    },
}

/// What is wrong with one record; see [`LaneFault::Corrupt`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Corruption {
    /// It does not decode.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// It may only stand elsewhere, or a field contradicts the records before it.
    #[error("{0}")]
    Misplaced(&'static str),
}

impl LaneFault {
    /// Every name, for metrics that start at zero and for the runbook.
    pub const NAMES: [&str; 15] = [
        "changelog_no_genesis",
        "changelog_headless",
        "changelog_truncated",
        "changelog_gap",
        "changelog_foreign",
        "changelog_wrong_partitions",
        "changelog_wrong_hash_version",
        "changelog_corrupt",
        "changelog_torn",
        "changelog_count_mismatch",
        "changelog_tail_lost",
        "candidates_recreated",
        "candidates_replaced",
        "candidates_lost",
        "barrier_not_visible",
    ];

    /// The name that logs, metrics and the runbook use.
    pub const fn name(&self) -> &'static str {
        Self::NAMES[match self {
            LaneFault::NoGenesis => 0,
            LaneFault::Headless { .. } => 1,
            LaneFault::Truncated { .. } => 2,
            LaneFault::Gap { .. } => 3,
            LaneFault::Foreign { .. } => 4,
            LaneFault::WrongPartitions { .. } => 5,
            LaneFault::WrongHashVersion { .. } => 6,
            LaneFault::Corrupt { .. } => 7,
            LaneFault::Torn { .. } => 8,
            LaneFault::CountMismatch { .. } => 9,
            LaneFault::TailLost { .. } => 10,
            LaneFault::CandidatesRecreated { .. } => 11,
            LaneFault::CandidatesReplaced { .. } => 12,
            LaneFault::CandidatesLost { .. } => 13,
            LaneFault::BarrierNotVisible { .. } => 14,
        }]
    }
}

fn hex(hash: &Hash16) -> String {
    format!("{:032x}", u128::from_be_bytes(*hash))
}
