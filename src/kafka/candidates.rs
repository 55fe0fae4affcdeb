//! Where a lane goes on among its candidates.
//!
//! What holds: whoever judges a lane, its owner or a tool that only looks, judges it by this.

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;

use super::changelog::{ReadError, hash_of_key, key_at};
use super::client::{Context, REQUEST_TIMEOUT, watermarks};
use super::one;
use crate::config::OnGap;
use crate::dedup::Hash16;
use crate::dedup::fault::LaneFault;
use crate::dedup::witness::Witness;

/// A place among the candidates that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Where the lane's log says to go on.
    pub next_offset: i64,
    /// The oldest candidate that is there.
    pub begin_offset: i64,
}

impl Start {
    /// Finds it, after checking that the candidates are still those that the log speaks of: `next_offset` and `last_candidate`,
    /// offset and key, are the log's.
    ///
    /// # Errors
    /// The fault that the candidates show; or where no broker answers.
    pub fn find(
        reader: &BaseConsumer<Context>,
        topic: &str,
        partition: i32,
        next_offset: i64,
        last_candidate: Option<(i64, Hash16)>,
    ) -> Result<Self, ReadError> {
        let (begin_offset, end_offset) = watermarks(reader, topic, partition, REQUEST_TIMEOUT)?;
        if next_offset > end_offset {
            return Err(LaneFault::CandidatesRecreated { next_offset, end_offset }.into());
        }
        if let Some((offset, recorded)) = last_candidate
            && let Some(key) = key_at(reader, topic, partition, offset)?
        {
            let found = hash_of_key(&key).unwrap_or_default();
            if found != recorded {
                return Err(LaneFault::CandidatesReplaced { offset, recorded, found }.into());
            }
        }
        Ok(Start { next_offset, begin_offset })
    }

    /// Candidates that were deleted before the lane had decided them.
    pub fn lost(&self) -> u64 {
        (self.begin_offset - self.next_offset).max(0) as u64
    }

    /// Where to go on.
    ///
    /// # Errors
    /// [`LaneFault::CandidatesLost`] where some were lost and `on_gap` says to stop.
    pub fn offset(&self, on_gap: OnGap) -> Result<i64, LaneFault> {
        let Start { next_offset, begin_offset } = *self;
        match on_gap {
            OnGap::Stop if self.lost() > 0 => Err(LaneFault::CandidatesLost { next_offset, begin_offset }),
            _ => Ok(next_offset.max(begin_offset)),
        }
    }
}

/// What stands beside the group's committed offset of a lane's candidates; `consumer` is of that group.
///
/// # Errors
/// Where the group's coordinator does not answer.
pub fn witness<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
) -> KafkaResult<Option<Witness>> {
    let committed = consumer.committed_offsets(one(topic, partition), REQUEST_TIMEOUT)?;
    let Some(element) = committed.find_partition(topic, partition) else { return Ok(None) };
    element.error()?;
    Ok(Witness::parse(element.metadata()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_stops_unless_it_is_told_to_go_on() {
        let gap = Start { next_offset: 3, begin_offset: 5 };
        let fault = LaneFault::CandidatesLost { next_offset: 3, begin_offset: 5 };
        assert_eq!((gap.lost(), gap.offset(OnGap::Stop), gap.offset(OnGap::Continue)), (2, Err(fault), Ok(5)));
        let whole = Start { next_offset: 5, begin_offset: 3 };
        assert_eq!((whole.lost(), whole.offset(OnGap::Stop), whole.offset(OnGap::Continue)), (0, Ok(5), Ok(5)));
    }
}
