//! A lane's state as its changelog has it now, without owning the lane.

use crate::config::Config;
use crate::dedup::HASH_VERSION;
use crate::dedup::fault::LaneFault;
use crate::dedup::restore::{Expected, Restore, Restored};
use crate::kafka::candidates::{Start, witness};
use crate::kafka::changelog::ReadError;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Range, Sweeper};
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

/// Reads the lane's log up to what is committed now, and judges it and its candidates as a takeover would. `next_offset` is where
/// its owner would go on: behind candidates that were lost, where the configuration says to go past them.
///
/// # Errors
/// Where topics cannot be read. What is wrong with the lane is its [`LaneFault`].
pub fn look(sweeper: &Sweeper<'_>, config: &Config, lane: i32, bar: &Bar) -> Result<Looked, ToolError> {
    // Asked for before the log's end is: beside a lane that runs the log goes on, and never ends earlier.
    let group = &config.dedup.group_id;
    let reader = sweeper.group_reader(group)?;
    let witness = witness(&reader, &config.topics.candidates, lane);
    let witness = witness.map_err(|error| ToolError::asking_group(group, &reader, error))?;
    let check = |restored: Restored| {
        witness.map_or(Ok(()), |witness| witness.check(&restored))?;
        Ok(restored)
    };
    let changelog = &config.topics.changelog;
    match look_once(sweeper, config, lane, sweeper.now(changelog, [lane])?, bar)?.and_then(check) {
        // A commit that its owner knows of is shown to readers later, much later where the coordinator's broker died meanwhile.
        Err(LaneFault::TailLost { .. }) => {
            Ok(look_once(sweeper, config, lane, sweeper.standing(changelog, [lane])?, bar)?.and_then(check))
        }
        looked => Ok(looked),
    }
}

fn look_once(
    sweeper: &Sweeper<'_>,
    config: &Config,
    lane: i32,
    ranges: Vec<Range>,
    bar: &Bar,
) -> Result<Looked, ToolError> {
    // No barrier has this nonce: what ends the restore is the end that was asked for.
    let mut restore = Restore::new(expected(config, lane), config.dedup.ttl.as_millis() as u64, [0; 16]);
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
    let mut restored = match restore.end().and_then(|()| restore.finish(ranges[0].from)) {
        Ok(restored) => restored,
        Err(fault) => return Ok(Err(fault)),
    };
    Ok(match start_offset(sweeper, config, lane, &restored)? {
        Ok(offset) => {
            restored.next_offset = offset;
            Ok(restored)
        }
        Err(fault) => Err(fault),
    })
}

/// Where the lane would go on among its candidates.
fn start_offset(
    sweeper: &Sweeper<'_>,
    config: &Config,
    lane: i32,
    restored: &Restored,
) -> Result<Result<i64, LaneFault>, ToolError> {
    let (topic, reader) = (&config.topics.candidates, sweeper.reader()?);
    match Start::find(&reader, topic, lane, restored.next_offset, restored.last_candidate) {
        Ok(start) => Ok(start.offset(config.dedup.on_gap)),
        Err(error) => fault_of(topic, error).map(Err),
    }
}

/// The lane's fault, where a failed read of `topic` is one.
pub(super) fn fault_of(topic: &str, error: ReadError) -> Result<LaneFault, ToolError> {
    match error {
        ReadError::Fault(fault) => Ok(fault),
        ReadError::Broker(error) => Err(ToolError::reading(topic, error)),
        ReadError::Cancelled => Err(ToolError::Refused("cancelled".into())),
    }
}
