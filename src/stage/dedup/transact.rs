//! One transaction: an open record, the batch's records, perhaps parts of a checkpoint, one segment.
//!
//! What holds: whenever somebody else's `EndTxn` ends the transaction, nothing is lost or doubled unseen. Each of the three is sent
//! when the brokers have the one before it, so articles are never committed without their open record, nor a segment without
//! its articles. An early abort leaves nothing; an early commit of everything is the lane's own; any other leaves an open
//! record without its segment, and the lane stops.

use std::time::Duration;

use rdkafka::message::{Message, OwnedMessage};

use super::batch::Verdict;
use super::checkpoints::Planned;
use super::lane::{Lane, Running, Trouble};
use crate::config::DedupMode;
use crate::dedup::changelog::{Record, Segment, encode};
use crate::fault::{Code, Fault};
use crate::kafka::changelog::articles_partition_of;
use crate::kafka::dead_letters::{Bounds, Coordinates, dead_letter};
use crate::kafka::lane_producer::{Transaction, TxnError};
use crate::kafka::owned_headers;

/// A transaction that was committed.
pub struct Done {
    /// What the commit call took.
    pub took: Duration,
    /// Where the transaction begins in the changelog: its open record.
    pub open_offset: i64,
    /// What it wrote of a checkpoint.
    pub planned: Option<Planned>,
    /// Where the segment stands in the changelog.
    pub segment_offset: i64,
    /// Whether the producer may be used again.
    pub reusable: bool,
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
            Verdict::Dead(fault) => dead(lane, &mut txn, &output.message, fault)?,
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
    Ok(Done {
        took: committed.took,
        open_offset: committed.first_offset,
        planned,
        segment_offset: seen_at.unwrap_or(committed.last_offset),
        reusable: committed.reusable,
    })
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

fn dead(lane: &Lane, txn: &mut Transaction<'_>, message: &OwnedMessage, fault: &Fault) -> Result<(), TxnError> {
    let config = &lane.shell.config;
    let from = Coordinates { topic: message.topic(), partition: message.partition(), offset: message.offset() };
    // An event that its topic refuses is too large for any topic: a pointer. A foreign record is kept whole.
    let record_bytes_max = if fault.code == Code::EventTooLarge { 0 } else { config.extract.event_bytes_max };
    let bounds = Bounds { record_bytes_max, head_bytes: config.extract.dead_letter_bytes_max };
    let value = message.payload().unwrap_or_default();
    let letter = dead_letter(from, message.key(), value, &owned_headers(message), "dedup", fault, bounds);
    txn.send(
        &config.topics.dead_letters,
        ANY_PARTITION,
        Some(letter.key.as_bytes()),
        letter.value,
        Some(letter.headers),
    )
}

/// The broker refused a record of the transaction as too large; it names the whole produce batch, so the largest value is
/// the one that becomes a pointer. Each call takes one record out, so trying again ends.
///
/// # Errors
/// [`Trouble::Recover`] where nothing is left to take out.
pub fn reject_too_large(lane: &Lane, running: &mut Running, index: usize) -> Result<(), Trouble> {
    let size = |output: &super::batch::Output| match output.verdict {
        Verdict::Dead(_) => None,
        _ => output.message.payload().map(<[u8]>::len),
    };
    // Record 0 is the open record, so output i is record i + 1; behind the outputs stand parts and the segment.
    if index == 0 || index > running.batch.outputs.len() {
        return Err(Trouble::Recover(
            "a changelog record is refused as too large: raise its max.message.bytes to 1 MiB".into(),
        ));
    }
    // A local check names the record itself.
    let named = index.checked_sub(1).filter(|i| running.batch.outputs.get(*i).is_some_and(|o| size(o).is_some()));
    let outputs = &running.batch.outputs;
    let largest = (0..outputs.len()).filter(|i| size(&outputs[*i]).is_some()).max_by_key(|i| size(&outputs[*i]));
    let Some(at) = largest.or(named) else {
        return Err(Trouble::Recover("the broker refuses a changelog or dead-letter record as too large".into()));
    };
    let bytes = size(&outputs[at]).unwrap_or(0);
    let what = format!(
        "the event has {bytes} bytes, more than max.message.bytes of its topic; raise it, or lower extract.event_bytes_max"
    );
    tracing::warn!(partition = lane.partition, "{what}");
    running.batch.reject(at, Fault::new(Code::EventTooLarge, what));
    Ok(())
}
