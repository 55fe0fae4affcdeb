//! One transaction: an open record, the batch's records, perhaps parts of a checkpoint, one segment.
//!
//! What holds: whenever somebody else's `EndTxn` ends the transaction, nothing is lost or doubled unseen. Each of the three is sent
//! when the brokers have the one before it, so articles are never committed without their open record, nor a segment without
//! its articles. An early abort leaves nothing; an early commit of everything is the lane's own; any other leaves an open
//! record without its segment, and the lane stops.

use rdkafka::message::{Message, OwnedMessage};

use super::batch::{Output, Verdict};
use super::checkpoints::Planned;
use super::lane::{Lane, Running, Trouble};
use crate::config::DedupMode;
use crate::dedup::changelog::{Record, Segment, encode};
use crate::fault::{Code, Fault};
use crate::kafka::changelog::articles_partition_of;
use crate::kafka::dead_letters::{Bounds, dead_letter};
use crate::kafka::lane_producer::{Committed, Transaction, TxnError};
use crate::kafka::record_bytes;
use crate::stage::shell::Failure;

/// A transaction that was committed.
pub struct Done {
    /// Its first record is the open record.
    pub committed: Committed,
    /// What it wrote of a checkpoint.
    pub planned: Option<Planned>,
    /// Where the segment stands in the changelog.
    pub segment_offset: i64,
}

/// librdkafka's word for "the partitioner chooses".
const ANY_PARTITION: i32 = -1;

/// Sends and commits the batch once.
///
/// # Errors
/// See [`TxnError`]; the batch is untouched.
pub fn attempt(lane: &Lane, running: &mut Running) -> Result<Done, TxnError> {
    let topics = &lane.shell.config.topics;
    let seq = running.seq + 1;
    let segment = segment(lane, running, seq);
    let planned = running.checkpoints.plan(&running.table, seq, running.batch.lane_time_ms);
    let mut txn = running.producer.transaction()?;
    let open = encode(&running.identity, &Record::Open { seq });
    txn.send(&topics.changelog, lane.partition, None, &open, None)?;
    if !cfg!(feature = "mutant-open-unacknowledged") {
        txn.settle()?;
    }
    let mut seen_at = None;
    if cfg!(feature = "mutant-seen-before-commit") {
        txn.send(&topics.changelog, lane.partition, None, &segment, None)?;
        seen_at = Some(txn.commit()?.last_offset);
        txn = running.producer.transaction()?;
    }
    for output in &running.batch.outputs {
        match &output.verdict {
            Verdict::First => {
                let (lanes, articles) = (topics.candidate_partitions as usize, topics.articles_partitions as usize);
                let partition = articles_partition_of(&output.hash, lane.partition as usize, lanes, articles);
                pass_on(&mut txn, &topics.articles, partition, &output.message)?;
            }
            Verdict::Duplicate => pass_on(&mut txn, &topics.duplicates, ANY_PARTITION, &output.message)?,
            Verdict::Dead(fault) => dead(lane, &mut txn, output, fault)?,
        }
    }
    for part in planned.iter().flat_map(|planned| &planned.parts) {
        let part = encode(&running.identity, &Record::Checkpoint(part.clone()));
        txn.send(&topics.changelog, lane.partition, None, &part, None)?;
    }
    if seen_at.is_none() {
        if !cfg!(feature = "mutant-segment-unacknowledged") {
            txn.settle()?;
        }
        txn.send(&topics.changelog, lane.partition, None, &segment, None)?;
    }
    let committed = txn.commit()?;
    let segment_offset = seen_at.unwrap_or(committed.last_offset);
    Ok(Done { committed, planned, segment_offset })
}

fn segment(lane: &Lane, running: &Running, seq: u64) -> Vec<u8> {
    let batch = &running.batch;
    let after = running.table.preview(batch.lane_time_ms, batch.hashes.len() as u64);
    let segment = Segment {
        seq,
        next_offset: batch.next_offset,
        lane_time_ms: batch.lane_time_ms,
        ttl_ms: lane.shell.config.dedup.ttl.as_millis() as u64,
        needed_from: after.needed_from.unwrap_or(-1),
        last_candidate: batch.last_candidate,
        entries: after.entries,
        hashes: batch.hashes.clone(),
        learned: lane.shell.config.dedup.mode == DedupMode::Learn,
    };
    encode(&running.identity, &Record::Segment(segment))
}

/// A candidate goes out as it came in: key, value and headers.
fn pass_on(txn: &mut Transaction<'_>, topic: &str, partition: i32, message: &OwnedMessage) -> Result<(), TxnError> {
    let value = message.payload().unwrap_or_default();
    txn.send(topic, partition, message.key(), value, message.headers().cloned())
}

fn dead(lane: &Lane, txn: &mut Transaction<'_>, output: &Output, fault: &Fault) -> Result<(), TxnError> {
    let config = &lane.shell.config;
    // An event that its topic refuses is too large for any topic: a pointer. A foreign record is kept whole.
    let record_bytes_max = if output.is_pointer() { 0 } else { config.topics.message_bytes_max };
    let bounds = Bounds { record_bytes_max, head_bytes: config.extract.dead_letter_bytes_max };
    let letter = dead_letter(&output.message, "dedup", fault, bounds);
    txn.send(
        &config.topics.dead_letters,
        ANY_PARTITION,
        Some(letter.key.as_bytes()),
        letter.value,
        Some(letter.headers),
    )
}

/// The brokers refused records of the transaction as too large. They name the whole batch, so the heaviest of it becomes a
/// pointer. Each call takes one record out, so trying again ends.
///
/// # Errors
/// Where nothing is left to take out: a topic does not take what it must, and the run ends.
pub fn reject_too_large(lane: &Lane, running: &mut Running, refused: &[usize]) -> Result<(), Trouble> {
    let outputs = &running.batch.outputs;
    // Record 0 is the open record, so output i is record i + 1; behind the outputs stand parts and the segment.
    let left = refused.iter().filter_map(|record| {
        let at = record.checked_sub(1)?;
        outputs.get(at).filter(|output| !output.is_pointer()).map(|output| (record_bytes(&output.message), at))
    });
    let Some((bytes, at)) = left.max() else {
        let (changelog, letters) = (&lane.shell.config.topics.changelog, &lane.shell.config.topics.dead_letters);
        lane.shell.fail(Failure::Config(format!(
            "a record of {changelog}, or a dead letter that is cut to its bound, is refused as too large: `copydesk topics check` \
             says whose max.message.bytes to raise, of {changelog} or of {letters}"
        )));
        return Err(Trouble::Cancelled);
    };
    let what = format!(
        "a record of {bytes} bytes is refused as too large: raise its topic's max.message.bytes to topics.message_bytes_max"
    );
    tracing::warn!(partition = lane.partition, "{what}");
    running.batch.reject(at, Fault::new(Code::EventTooLarge, what));
    Ok(())
}
