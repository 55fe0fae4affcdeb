//! Taking a lane over: fence the previous owner, read the changelog back to the own barrier, check that it is whole, seek.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::batch::Batch;
use super::checkpoints::Checkpoints;
use super::lane::{Lane, Running, Trouble};
use crate::config::OnGap;
use crate::dedup::HASH_VERSION;
use crate::dedup::changelog::{LaneIdentity, Record, encode};
use crate::dedup::fault::LaneFault;
use crate::dedup::lane_time::LaneTime;
use crate::dedup::restore::{Expected, OWNER_BYTES, Restore, Restored, Since, Tail};
use crate::kafka::candidates::{Start, witness};
use crate::kafka::changelog::{CHANGELOG_RECORD_BYTES_MAX, Log, ReadError, judge_tail, read_back};
use crate::kafka::client::{Context, REQUEST_TIMEOUT};
use crate::kafka::lane_producer::{LaneProducer, QUICK_COMMIT, Settings};
use crate::kafka::topics;
use crate::metrics::{LaneState, RenewalReason};
use crate::stage::watchdog::Held;

/// As far as "quick" grows where brokers are slow.
pub(super) const QUICK_COMMIT_MAX: Duration = Duration::from_secs(4);
/// What a lane says while no commit is as quick as that.
pub(super) const TOO_SLOW: &str =
    "brokers take over 4 s to commit one record; look at the leaders of __transaction_state";

/// How long a seek is asked again before the partition is assigned anew.
const SEEK_PATIENCE: Duration = Duration::from_secs(60);

/// How many lanes may restore at once.
#[derive(Clone)]
pub struct Permits {
    give: Sender<()>,
    take: Receiver<()>,
}

/// One lane's leave to restore.
pub struct Permit(Sender<()>);

impl Drop for Permit {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

impl Permits {
    /// `count` permits.
    pub fn new(count: usize) -> Self {
        let (give, take) = bounded(count);
        (0..count).for_each(|_| give.send(()).expect("room for all"));
        Permits { give, take }
    }

    fn take(&self, lane: &Lane) -> Result<Permit, Trouble> {
        loop {
            match self.take.recv_timeout(Duration::from_millis(100)) {
                Ok(()) => return Ok(Permit(self.give.clone())),
                Err(RecvTimeoutError::Timeout) if !lane.is_cancelled() => {}
                Err(_) => return Err(Trouble::Cancelled),
            }
        }
    }
}

/// What a failed read of `topic` means for the lane.
fn unread(lane: &Lane, topic: &str, error: ReadError) -> Trouble {
    match error {
        ReadError::Fault(fault @ LaneFault::BarrierNotVisible { .. }) => Trouble::Hidden(fault),
        ReadError::Fault(fault) => Trouble::Stop(fault),
        ReadError::Broker(error) => lane.unread(topic, &error),
        ReadError::Cancelled => Trouble::Cancelled,
    }
}

/// A producer of the lane's newest epoch, and the barrier that it committed.
pub(super) struct Mark {
    producer: LaneProducer,
    nonce: [u8; 16],
    /// Of the barrier in the changelog.
    offset: i64,
    /// When it was committed, by the clock of this process: what the brokers' time of it is counted on from.
    at: Instant,
}

/// Fences whoever had the lane, and commits a barrier: all that others wrote stands before it, and they can write no more.
///
/// A barrier whose commit was slow leaves a producer that must not be used again, and a new one needs a barrier of its own.
/// Where the brokers are slow, `quick` and the client's retry backoff grow together until they fit.
pub(super) fn mark(lane: &Lane, mut quick: Duration) -> Result<Mark, Trouble> {
    loop {
        let mut producer = fence(lane, quick)?;
        let mut nonce = *uuid::Uuid::new_v4().as_bytes();
        nonce[..OWNER_BYTES].copy_from_slice(&lane.owner);
        let value =
            encode(&identity(lane), &Record::Barrier { nonce, owner: lane.shell.config.kafka.client_id.clone() });
        let mut txn = producer.transaction()?;
        txn.send(&lane.shell.config.topics.changelog, lane.partition, None, &value, None)?;
        let committed = txn.commit()?;
        if committed.reusable {
            return Ok(Mark { producer, nonce, offset: committed.last_offset, at: Instant::now() });
        }
        lane.shell.metrics.producer_renewed(RenewalReason::SlowCommit);
        if quick == QUICK_COMMIT_MAX {
            let took_ms = committed.took.as_millis();
            tracing::warn!(partition = lane.partition, "the brokers took {took_ms} ms to commit one record");
            lane.standing.refuse(TOO_SLOW);
        }
        quick = (2 * quick).min(QUICK_COMMIT_MAX);
    }
}

fn fence(lane: &Lane, quick: Duration) -> Result<LaneProducer, Trouble> {
    let config = &lane.shell.config;
    let mut id = format!("{}.{}", config.dedup.transactional_id_prefix, lane.partition);
    if cfg!(feature = "mutant-no-fencing") {
        id += &uuid::Uuid::new_v4().to_string();
    }
    let settings = Settings {
        transactional_id: &id,
        transaction_timeout: config.dedup.transaction_timeout,
        message_bytes_max: config.topics.message_bytes_max.max(CHANGELOG_RECORD_BYTES_MAX),
        quick,
    };
    Ok(LaneProducer::fence(&lane.shell.clients, settings, &lane.watch, &|| lane.is_cancelled())?)
}

/// A new producer for a running lane whose last transaction's end is known; table and batch stay.
///
/// # Errors
/// [`Trouble::Fenced`] where somebody else wrote: this lane's memory is old.
pub fn renew(lane: &Lane, running: &mut Running) -> Result<(), Trouble> {
    let mark = mark(lane, QUICK_COMMIT)?;
    match since(lane, running, &mark)? {
        Since::Nothing => running.go_on(mark),
        Since::Others => return Err(Trouble::Fenced),
    }
    Ok(())
}

/// Whether the lane's memory is still the log's. A new producer fences whoever took the lane over meanwhile, as may be after a long
/// pause of this process. So the log behind the last record that the lane knows must hold nothing but its own barriers.
fn since(lane: &Lane, running: &Running, mark: &Mark) -> Result<Since, Trouble> {
    let reader = changelog_reader(lane)?;
    let tail = Tail::new(mark.nonce);
    let log = log(lane, &reader);
    judge_tail(&log, running.log_next, &tail, &|| lane.is_cancelled()).map_err(|error| unread(lane, log.topic, error))
}

impl Running {
    fn go_on(&mut self, mark: Mark) {
        self.producer = mark.producer;
        self.log_next = mark.offset + 1;
    }
}

/// The whole way from Fencing to Running. `kept` is what a lane that was fenced knew: it goes on with that where nobody else wrote
/// meanwhile, since brokers also fence an owner for a transaction that took too long.
///
/// # Errors
/// See [`Trouble`].
pub fn take_over(lane: &Lane, kept: Option<Running>) -> Result<Running, Trouble> {
    lane.standing.state(LaneState::Fencing);
    if let Some(mut running) = kept {
        let mark = mark(lane, QUICK_COMMIT)?;
        if since(lane, &running, &mark)? == Since::Nothing {
            running.go_on(mark);
            return Ok(running);
        }
        // The memory is old, and makes room for the one that is read.
        drop(running);
        pause(lane)?;
        return from_log(lane, mark);
    }
    pause(lane)?;
    let mark = mark(lane, QUICK_COMMIT)?;
    from_log(lane, mark)
}

/// The way from the own barrier to Running.
fn from_log(lane: &Lane, mark: Mark) -> Result<Running, Trouble> {
    let _permit = lane.restores.take(lane)?;
    lane.standing.state(LaneState::Restoring);
    let started = Instant::now();
    let Owned { mark, restored, broker_time_ms } = restore(lane, mark)?;
    let start = start_offset(lane, &restored)?;
    seek(lane, start)?;
    let entries = restored.table.len();
    let took = started.elapsed();
    tracing::info!(
        partition = lane.partition,
        entries,
        next_offset = start,
        segments = restored.segments,
        ms = took.as_millis() as u64,
        "lane restored"
    );
    lane.shell.metrics.restored(took);
    lane.standing.table(&restored.table);
    lane.progress.done(start, 0);
    let time = LaneTime::new(restored.lane_time_ms, lane.shell.config.dedup.ttl.as_millis() as u64);
    Ok(Running {
        producer: mark.producer,
        log_next: mark.offset + 1,
        log_start: restored.log_start,
        others_at: restored.others_at,
        identity: restored.identity,
        checkpoints: Checkpoints::new(lane.shell.config.dedup.ttl, restored.checkpointed_ms),
        table: restored.table,
        time,
        seq: restored.seq,
        batch: Batch::new(lane.bounds(), start, restored.lane_time_ms, restored.last_candidate),
        broker_time: (broker_time_ms, mark.at),
        last_commit: Instant::now(),
    })
}

/// A lane's log, read up to the own barrier.
struct Owned {
    mark: Mark,
    restored: Restored,
    broker_time_ms: i64,
}

/// Reads the log up to the barrier. Where it has no genesis and the operator accepts that, writes one first.
fn restore(lane: &Lane, mark: Mark) -> Result<Owned, Trouble> {
    match read(lane, &mark) {
        Ok((restored, broker_time_ms)) => Ok(Owned { mark, restored, broker_time_ms }),
        Err(Trouble::Stop(LaneFault::NoGenesis)) if lane.shell.accept_empty_state => {
            let mark = begin_empty(lane, mark)?;
            let (restored, broker_time_ms) = read(lane, &mark)?;
            Ok(Owned { mark, restored, broker_time_ms })
        }
        Err(trouble) => Err(trouble),
    }
}

fn read(lane: &Lane, mark: &Mark) -> Result<(Restored, i64), Trouble> {
    let config = &lane.shell.config;
    let expected = Expected {
        partitions: config.topics.candidate_partitions as u32,
        partition: lane.partition as u32,
        hash_version: HASH_VERSION,
    };
    let restore = Restore::new(expected, config.dedup.ttl.as_millis() as u64, mark.nonce);
    let reader = changelog_reader(lane)?;
    let log = log(lane, &reader);
    let read = read_back(&log, restore, &|| lane.is_cancelled());
    let (restored, broker_time_ms) = read.map_err(|error| unread(lane, log.topic, error))?;
    let topic = &config.topics.candidates;
    let asked = lane.watch.call("committed", REQUEST_TIMEOUT, || witness(&lane.consumer, topic, lane.partition));
    let witness = asked.map_err(|error| Trouble::Recover(format!("asking for the group's offset: {error}")))?;
    // A lane that the operator lets begin with nothing may have had a log before.
    let is_begun_anew = lane.shell.accept_empty_state && restored.seq == 0;
    witness.filter(|_| !is_begun_anew).map_or(Ok(()), |witness| witness.check(&restored))?;
    Ok((restored, broker_time_ms))
}

fn begin_empty(lane: &Lane, mut before: Mark) -> Result<Mark, Trouble> {
    tracing::warn!(
        partition = lane.partition,
        "the changelog has no genesis: starting with an empty seen-set, as asked"
    );
    let identity = LaneIdentity { lane_set: uuid::Uuid::new_v4(), ..identity(lane) };
    let mut txn = before.producer.transaction()?;
    let genesis = encode(&identity, &topics::genesis());
    txn.send(&lane.shell.config.topics.changelog, lane.partition, None, &genesis, None)?;
    txn.commit()?;
    mark(lane, QUICK_COMMIT)
}

fn changelog_reader(lane: &Lane) -> Result<Held<BaseConsumer<Context>>, Trouble> {
    let reader = lane.shell.clients.reader("restore", CHANGELOG_RECORD_BYTES_MAX);
    reader.map(|reader| lane.watch.hold(reader)).map_err(|error| Trouble::Recover(error.to_string()))
}

fn log<'a>(lane: &'a Lane, reader: &'a Held<BaseConsumer<Context>>) -> Log<'a> {
    let config = &lane.shell.config;
    Log {
        reader,
        topic: &config.topics.changelog,
        partition: lane.partition,
        patience: 2 * config.dedup.transaction_timeout,
    }
}

/// The lane's identity before its log told the lane set: a barrier carries the nil UUID.
fn identity(lane: &Lane) -> LaneIdentity {
    LaneIdentity {
        lane_set: uuid::Uuid::nil(),
        partitions: lane.shell.config.topics.candidate_partitions as u32,
        partition: lane.partition as u32,
        hash_version: HASH_VERSION,
    }
}

/// Where to go on reading candidates, after checking that they are still the ones that the log speaks of.
fn start_offset(lane: &Lane, restored: &Restored) -> Result<i64, Trouble> {
    let config = &lane.shell.config;
    let topic = &config.topics.candidates;
    let recover = |error: rdkafka::error::KafkaError| Trouble::Recover(format!("asking for watermarks: {error}"));
    let reader = lane
        .watch
        .hold(lane.shell.clients.reader("candidates-check", config.topics.message_bytes_max).map_err(recover)?);
    let next = if cfg!(feature = "mutant-group-offset") {
        group_offset(lane).unwrap_or(restored.next_offset)
    } else {
        restored.next_offset
    };
    let find = || Start::find(&reader, topic, lane.partition, next, restored.last_candidate);
    // Three requests at most.
    let found = lane.watch.call("candidates", 3 * REQUEST_TIMEOUT, find);
    let start = found.map_err(|error| unread(lane, topic, error))?;
    let lost = start.lost();
    if lost > 0 {
        lane.shell.metrics.candidates_lost(lost);
        tracing::error!(
            partition = lane.partition,
            lost,
            "candidates were deleted before they were read; lengthen the retention of {topic}"
        );
    }
    let on_gap = if lane.shell.accept_empty_state { OnGap::Continue } else { config.dedup.on_gap };
    Ok(start.offset(on_gap)?)
}

/// What the mutant goes by: the group's offset is told to others, and anybody may move it.
fn group_offset(lane: &Lane) -> Option<i64> {
    let committed = lane.consumer.committed_offsets(one(lane), REQUEST_TIMEOUT).ok()?;
    committed.elements().first().and_then(|element| element.offset().to_raw()).filter(|offset| *offset >= 0)
}

fn one(lane: &Lane) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition(&lane.shell.config.topics.candidates, lane.partition);
    list
}

fn pause(lane: &Lane) -> Result<(), Trouble> {
    lane.consumer.pause(&one(lane)).map_err(|error| Trouble::Recover(error.to_string()))
}

/// Seeks, then resumes. A partition that was just assigned answers "Erroneous state" until its fetcher runs. One whose fetcher
/// gave up, as it does when the offset that it is to fetch is deleted, answers so for ever; only another assignment helps.
fn seek(lane: &Lane, offset: i64) -> Result<(), Trouble> {
    let topic = &lane.shell.config.topics.candidates;
    let timeout = Duration::from_secs(5);
    let seek = || {
        let seek = || lane.consumer.seek(topic, lane.partition, Offset::Offset(offset), timeout);
        lane.watch.call("seek", timeout, seek)
    };
    if lane.is_cancelled() {
        return Err(Trouble::Cancelled);
    }
    let deadline = Some(Instant::now() + SEEK_PATIENCE);
    if let Err(error) = lane.shell.ask_while(|| !lane.is_cancelled(), deadline, seek) {
        if lane.is_cancelled() || lane.shell.stop.is_set() {
            return Err(Trouble::Cancelled);
        }
        return Err(Trouble::Anew(format!("seeking to {offset}: {error}")));
    }
    lane.consumer.resume(&one(lane)).map_err(|error| Trouble::Recover(error.to_string()))
}
