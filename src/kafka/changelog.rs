//! Reading a lane's changelog back: from its first record to the lane's own barrier.
//!
//! What holds: the end of the log is the own barrier's nonce and nothing else. End-of-partition or a watermark may come
//! from a leader that does not know everything yet; a barrier that was committed after fencing can't.

use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::client::{Context, REQUEST_TIMEOUT, watermarks};
use crate::dedup::Hash16;
use crate::dedup::fault::LaneFault;
use crate::dedup::restore::{Restore, Restored, Since, Step, Tail};
use crate::stage::watchdog::Held;

/// Largest record of the changelog: a part of a checkpoint, or a segment of as many hashes as a transaction may hold.
pub const CHANGELOG_RECORD_BYTES_MAX: usize = 1 << 20;

/// Why a changelog was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The log is not whole: the lane must stop.
    #[error(transparent)]
    Fault(#[from] LaneFault),
    /// A broker did not answer; worth another try.
    #[error("{0}")]
    Broker(#[from] KafkaError),
    /// The lane was told to end.
    #[error("cancelled")]
    Cancelled,
}

/// Where the log is, and how long its silence is patience.
pub struct Log<'a> {
    /// Consumer that joins no group.
    pub reader: &'a Held<BaseConsumer<Context>>,
    /// The changelog topic.
    pub topic: &'a str,
    /// The lane's partition.
    pub partition: i32,
    /// After so long without a record the barrier counts as hidden behind a hanging transaction.
    pub patience: Duration,
}

/// Feeds the whole log to `restore`. Returns the result and the broker's time of the barrier (ms since the epoch), by
/// which the lane judges candidates' times.
///
/// # Errors
/// See [`ReadError`].
pub fn read_back(
    log: &Log<'_>,
    mut restore: Restore,
    cancelled: &dyn Fn() -> bool,
) -> Result<(Restored, i64), ReadError> {
    let ask = |reader: &BaseConsumer<Context>| watermarks(reader, log.topic, log.partition, REQUEST_TIMEOUT);
    let (low, _) = log.reader.call("watermarks", REQUEST_TIMEOUT, ask)?;
    assign(log.reader, log.topic, log.partition, low)?;
    let mut last_progress = Instant::now();
    loop {
        if cancelled() {
            return Err(ReadError::Cancelled);
        }
        let message = match log.reader.poll(Duration::from_millis(100)) {
            // An open transaction or a new leader draws the end in, so that nothing comes although something is there.
            None if cfg!(feature = "mutant-eof-is-end") && last_progress.elapsed() > Duration::from_secs(1) => {
                restore.end()?;
                return Ok((restore.finish(low)?, jiff::Timestamp::now().as_millisecond()));
            }
            None => {
                if last_progress.elapsed() > log.patience {
                    let waited_ms = last_progress.elapsed().as_millis() as u64;
                    return Err(LaneFault::BarrierNotVisible { waited_ms }.into());
                }
                continue;
            }
            Some(Err(error)) if is_passing(&error) => continue,
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(message)) => message,
        };
        last_progress = Instant::now();
        match restore.push(message.offset(), message.payload().unwrap_or_default())? {
            Step::More => {}
            Step::Done => {
                let broker_time_ms = message.timestamp().to_millis().unwrap_or(0);
                return Ok((restore.finish(low)?, broker_time_ms));
            }
        }
    }
}

/// What the log's tail shows, from `offset` on.
///
/// # Errors
/// See [`ReadError`].
pub fn judge_tail(log: &Log<'_>, offset: i64, tail: &Tail, cancelled: &dyn Fn() -> bool) -> Result<Since, ReadError> {
    assign(log.reader, log.topic, log.partition, offset)?;
    let mut last_progress = Instant::now();
    while !cancelled() {
        match log.reader.poll(Duration::from_millis(100)) {
            None if last_progress.elapsed() > log.patience => {
                let waited_ms = last_progress.elapsed().as_millis() as u64;
                return Err(LaneFault::BarrierNotVisible { waited_ms }.into());
            }
            None => {}
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => return Err(error.into()),
            Some(Ok(message)) => {
                last_progress = Instant::now();
                if let Some(since) = tail.judge(message.payload().unwrap_or_default()) {
                    return Ok(since);
                }
            }
        }
    }
    Err(ReadError::Cancelled)
}

/// The key of the record at `offset` of a candidates partition; `None` where it is no longer there.
///
/// # Errors
/// Where no broker answers.
pub fn key_at(
    reader: &BaseConsumer<Context>,
    topic: &str,
    partition: i32,
    offset: i64,
) -> Result<Option<Vec<u8>>, KafkaError> {
    let (low, high) = watermarks(reader, topic, partition, REQUEST_TIMEOUT)?;
    if offset < low || offset >= high {
        return Ok(None);
    }
    let found = record_from(reader, topic, partition, offset)?;
    Ok(found.filter(|found| found.0 == offset).map(|(_, key, _)| key))
}

/// Offset, key and time (ms since the epoch) of the first record at or behind `offset`, which must be in the partition; `None`
/// where none comes.
///
/// # Errors
/// Where no broker answers.
pub fn record_from(
    reader: &BaseConsumer<Context>,
    topic: &str,
    partition: i32,
    offset: i64,
) -> Result<Option<(i64, Vec<u8>, i64)>, KafkaError> {
    assign(reader, topic, partition, offset)?;
    let asked = Instant::now();
    while asked.elapsed() < REQUEST_TIMEOUT {
        match reader.poll(Duration::from_millis(100)) {
            None => {}
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => return Err(error),
            Some(Ok(message)) => {
                let key = message.key().unwrap_or_default().to_vec();
                return Ok(Some((message.offset(), key, message.timestamp().to_millis().unwrap_or(0))));
            }
        }
    }
    Err(KafkaError::MessageConsumption(rdkafka::error::RDKafkaErrorCode::OperationTimedOut))
}

fn assign(reader: &BaseConsumer<Context>, topic: &str, partition: i32, offset: i64) -> Result<(), KafkaError> {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    reader.assign(&list)
}

/// Errors that the client itself gets over.
pub fn is_passing(error: &KafkaError) -> bool {
    use rdkafka::error::RDKafkaErrorCode as C;
    matches!(
        error.rdkafka_error_code(),
        Some(
            C::BrokerTransportFailure
                | C::AllBrokersDown
                | C::OperationTimedOut
                | C::RequestTimedOut
                | C::NotLeaderForPartition
                | C::LeaderNotAvailable
                | C::NotCoordinator
                | C::CoordinatorNotAvailable
                | C::CoordinatorLoadInProgress
                | C::Resolve
                | C::TimedOutQueue
                | C::FencedLeaderEpoch
                | C::UnknownLeaderEpoch
        )
    )
}

/// A candidate's or article's key: the hash's 32 hex digits.
pub fn hash_of_key(key: &[u8]) -> Option<Hash16> {
    let mut hash = [0u8; 16];
    let digits: &[u8; 32] = key.try_into().ok()?;
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (nibble(pair[0])? << 4) | nibble(pair[1])?;
    }
    Some(hash)
}

/// The 32 hex digits of a hash, as keys spell it.
pub fn key_of_hash(hash: &Hash16) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut key = [0u8; 32];
    for (pair, byte) in key.chunks_exact_mut(2).zip(hash) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    key
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The partition of `articles` for a hash that lane `lane` of `lanes` publishes, with `articles` partitions there. Where
/// lanes are the more, a lane writes to one partition; else to those congruent to it.
pub fn articles_partition_of(hash: &Hash16, lane: usize, lanes: usize, articles: usize) -> i32 {
    if articles <= lanes {
        return (lane % articles) as i32;
    }
    let (_, last) = hash.split_at(8);
    let bits = u64::from_be_bytes(last.try_into().expect("8 bytes"));
    let choices = (articles / lanes) as u64;
    (lane as u64 + lanes as u64 * (bits % choices)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_spell_hashes(hash: [u8; 16]) {
            prop_assert_eq!(hash_of_key(&key_of_hash(&hash)), Some(hash));
        }

        #[test]
        fn a_lane_writes_to_few_partitions(hash: [u8; 16], lane in 0usize..4) {
            for articles in [1usize, 2, 4, 8, 12] {
                let p = articles_partition_of(&hash, lane, 4, articles) as usize;
                prop_assert!(p < articles);
                prop_assert_eq!(p % articles.min(4), lane % articles.min(4));
            }
        }
    }

    #[test]
    fn foreign_keys_are_no_hashes() {
        for key in [&b""[..], b"0123", b"0123456789ABCDEF0123456789ABCDEF", b"0123456789abcdef0123456789abcdeg"] {
            assert_eq!(hash_of_key(key), None);
        }
    }
}
