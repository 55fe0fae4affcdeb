//! Lanes begun anew: their memory forgotten, the place among the candidates chosen by the operator.
//!
//! What holds: a genesis and a first segment are committed as one transaction of the lane's fenced owner, then what lies before
//! that genesis is deleted, and never anything behind it. In between the log is one that no owner takes: a genesis may only
//! begin it, so the lane stops with `changelog_corrupt` (or with what was wrong with it before), or it held no state before, and
//! then it is begun anew already. The same reset finishes it, since its last segment says where to go on.

use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use super::owner::Pen;
use crate::config::Config;
use crate::dedup::HASH_VERSION;
use crate::dedup::changelog::{LaneIdentity, Record, Segment, decode, encode};
use crate::kafka::client::{Clients, REQUEST_TIMEOUT, watermarks};
use crate::kafka::topics;
use crate::tools::ToolError;
use crate::tools::sweep::{Bar, Range, Sweeper};

/// Where a lane goes on among its candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// At the oldest that is there: none is lost, those that were published come out again.
    Oldest,
    /// Where the last readable segment of its log stood: none is decided twice.
    Last,
    /// Behind the newest: what waits is not decided at all.
    Newest,
}

/// What a reset does, or would do, to one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The lane.
    pub lane: i32,
    /// Where it went on by its last readable segment.
    pub last: Option<i64>,
    /// The oldest candidate and the end.
    pub candidates: (i64, i64),
    /// Where it will go on.
    pub next_offset: i64,
    /// The part of the changelog that this was learned from: its first offset and its end.
    log: (i64, i64),
}

/// Looks at `lanes` and plans.
///
/// # Errors
/// Where topics cannot be read, or [`At::Last`] is nowhere.
pub fn plan(clients: &Clients, config: &Config, lanes: &[i32], at: At) -> Result<Vec<Plan>, ToolError> {
    let sweeper = Sweeper::new(clients, config);
    lanes.iter().map(|lane| plan_one(&sweeper, config, *lane, at)).collect()
}

fn plan_one(sweeper: &Sweeper<'_>, config: &Config, lane: i32, at: At) -> Result<Plan, ToolError> {
    let ranges = sweeper.now(&config.topics.changelog, [lane])?;
    let mut last = None;
    // Whatever is wrong with the log: what can be read of it is taken.
    sweeper.read(&ranges, &Bar::new("changelog", ranges[0].len()), |message| {
        match decode(message.payload().unwrap_or_default()) {
            Ok((identity, Record::Segment(segment))) if identity.partition == lane as u32 => {
                last = Some(segment.next_offset);
            }
            _ => {}
        }
        Ok(())
    })?;
    let topic = &config.topics.candidates;
    let (low, high) = watermarks(&sweeper.reader()?, topic, lane, REQUEST_TIMEOUT)?;
    let next_offset = match (at, last) {
        (At::Oldest, _) => low,
        (At::Newest, _) => high,
        (At::Last, Some(last)) if (low..=high).contains(&last) => last,
        (At::Last, Some(last)) => {
            let text = format!(
                "lane {lane} was at {last}, {topic}/{lane} holds {low} to {high}: choose --at oldest or --at newest for it"
            );
            return Err(ToolError::Refused(text));
        }
        (At::Last, None) => {
            let text = format!("lane {lane} has no readable segment: choose --at oldest or --at newest for it");
            return Err(ToolError::Refused(text));
        }
    };
    let log = (ranges[0].from, ranges[0].to);
    Ok(Plan { lane, last, candidates: (low, high), next_offset, log })
}

/// Carries the plans out, one lane after the other; `tell` hears of each that is done.
///
/// # Errors
/// Where the group runs, a lane has gone on since its plan, or is not known to be begun anew: the same reset again is the remedy.
pub fn reset(clients: &Clients, config: &Config, plans: &[Plan], mut tell: impl FnMut(&Plan)) -> Result<(), ToolError> {
    let pen = Pen::new(clients, config);
    pen.require_rest()?;
    let topic = &config.topics.changelog;
    for plan in plans {
        let mut lane = pen.fence(plan.lane)?;
        require_same(&Sweeper::new(clients, config), topic, plan)?;
        // Deletes nothing: whether that is allowed has to be known before the log is changed.
        topics::delete_below(clients, topic, plan.lane, Offset::Offset(plan.log.0))?;
        // Another log than before: what was told of the old one's segments says nothing of it.
        let identity = LaneIdentity {
            lane_set: uuid::Uuid::new_v4(),
            partitions: config.topics.candidate_partitions as u32,
            partition: plan.lane as u32,
            hash_version: HASH_VERSION,
        };
        let segment = Segment {
            seq: 1,
            next_offset: plan.next_offset,
            ttl_ms: config.dedup.ttl.as_millis() as u64,
            needed_from: -1,
            ..Segment::default()
        };
        let records = [topics::genesis(), Record::Open { seq: 1 }, Record::Segment(segment)];
        let last = lane.write(&records.map(|record| encode(&identity, &record)))?;
        // The genesis stands two before the segment; else a stranger wrote between them, and restoring the log tells.
        topics::delete_below(clients, topic, plan.lane, Offset::Offset(last - 2))?;
        tell(plan);
    }
    Ok(())
}

/// Refuses where records were committed to the lane's log since the plan. Asked once its owners can write no more.
fn require_same(sweeper: &Sweeper<'_>, topic: &str, plan: &Plan) -> Result<(), ToolError> {
    let (lane, was) = (plan.lane, plan.log.1);
    let now = sweeper.now(topic, [lane])?.remove(0);
    // The fence may have ended a transaction that was open, which shows in the offsets alone.
    let (mut is_same, end) = (now.to >= was, now.to);
    sweeper.read(&[Range { from: was, ..now }], &Bar::hidden(), |_| {
        is_same = false;
        Ok(())
    })?;
    if is_same {
        return Ok(());
    }
    Err(ToolError::Refused(format!(
        "lane {lane} has gone on since it was looked at: {topic}/{lane} ended at {was} and ends at {end} now, so where to go on is \
         not known any more. It was not changed. See that no instance of this deployment runs, then run the reset again"
    )))
}
