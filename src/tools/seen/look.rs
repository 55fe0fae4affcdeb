//! A lane's state as its changelog has it now, without owning the lane.

use crate::config::Config;
use crate::dedup::HASH_VERSION;
use crate::dedup::fault::LaneFault;
use crate::dedup::restore::{Expected, Restore, Restored};
use crate::kafka::changelog::{hash_of_key, key_at};
use crate::kafka::client::REQUEST_TIMEOUT;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Sweeper};
use rdkafka::consumer::Consumer;
use rdkafka::message::Message;

/// What a lane's log says.
pub type Looked = Result<Restored, LaneFault>;

/// What a lane of `config` must say of itself.
pub fn expected(config: &Config, lane: i32) -> Expected {
    Expected {
        partitions: config.topics.candidate_partitions as u32,
        partition: lane as u32,
        hash_version: HASH_VERSION,
    }
}

/// Reads the lane's log up to what is committed now, and judges it and its candidates as a takeover would.
///
/// # Errors
/// Where topics cannot be read. What is wrong with the lane is its [`LaneFault`].
pub fn look(sweeper: &Sweeper<'_>, config: &Config, lane: i32, bar: &Bar) -> Result<Looked, ToolError> {
    // No barrier has this nonce: what ends the restore is the end that was asked for.
    let mut restore = Restore::new(expected(config, lane), config.dedup.ttl.as_millis() as u64, [0; 16]);
    let ranges = sweeper.now(&config.topics.changelog, [lane])?;
    let mut fault = None;
    sweeper.read(&ranges, bar, |message| {
        if fault.is_none() {
            fault = restore.push(message.offset(), message.payload().unwrap_or_default()).err();
        }
        Ok(())
    })?;
    if let Some(fault) = fault {
        return Ok(Err(fault));
    }
    match restore.end().and_then(|()| restore.finish(ranges[0].from)) {
        Ok(restored) => Ok(match candidates_fault(sweeper, config, lane, &restored)? {
            Some(fault) => Err(fault),
            None => Ok(restored),
        }),
        Err(fault) => Ok(Err(fault)),
    }
}

/// Whether the candidates are still those that the log speaks of.
fn candidates_fault(
    sweeper: &Sweeper<'_>,
    config: &Config,
    lane: i32,
    restored: &Restored,
) -> Result<Option<LaneFault>, ToolError> {
    let topic = &config.topics.candidates;
    let reader = sweeper.reader()?;
    let (low, high) = reader.fetch_watermarks(topic, lane, REQUEST_TIMEOUT)?;
    let next_offset = restored.next_offset;
    if next_offset > high {
        return Ok(Some(LaneFault::CandidatesRecreated { next_offset, end_offset: high }));
    }
    if let Some((offset, recorded)) = restored.last_candidate
        && let Some(key) = key_at(&reader, topic, lane, offset)?
    {
        let found = hash_of_key(&key).unwrap_or_default();
        if found != recorded {
            return Ok(Some(LaneFault::CandidatesReplaced { offset, recorded, found }));
        }
    }
    let is_lost = next_offset < low;
    Ok(is_lost.then_some(LaneFault::CandidatesLost { next_offset, begin_offset: low }))
}
