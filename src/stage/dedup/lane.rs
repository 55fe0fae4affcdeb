//! One lane: one candidates partition, one transactional producer, one table, one OS thread.
//!
//! ```text
//! Assigned -> Fencing -> Restoring -> Running
//!                ^           |           |
//!                |           v           v
//!                |        Stopped     Fenced (waits a session, then takes over again if still assigned)
//!                +------ trouble of this lane alone: fence and restore in place; where the client reads the partition
//!                        no more, the lane ends, and another is Assigned
//! ```
//!
//! What holds:
//! - The table changes only after a commit that is known to have succeeded. Where its end is unknown, the changelog decides.
//! - A lane runs only on a whole log; otherwise it stops with a named fault and says so until an operator acts.
//! - A record below the lane's next offset is dropped and counted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::Offset;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::batch::{Batch, Bounds, Verdict};
use super::checkpoints::Checkpoints;
use super::fences::Fences;
use super::member::MemberContext;
use super::standing::Standing;
use super::{takeover, transact};
use crate::admin::Pulse;
use crate::config::DedupMode;
use crate::dedup::changelog::LaneIdentity;
use crate::dedup::fault::LaneFault;
use crate::dedup::lane_time::{LaneTime, Observed};
use crate::dedup::restore::OWNER_BYTES;
use crate::dedup::table::Table;
use crate::dedup::witness::Witness;
use crate::kafka::changelog::is_passing;
use crate::kafka::lane_producer::{Committed, LaneProducer, TxnError};
use crate::kafka::member::has_given_up;
use crate::kafka::rights::{Right, refusal};
use crate::kafka::topics::{ADMIN_TIMEOUT, delete_below};
use crate::lock::lock;
use crate::metrics::{ArticleOutcome, CheckpointStep, LaneState, RenewalReason, Stage, TransactionResult};
use crate::split::draft::Kind;
use crate::stage::progress::Progress;
use crate::stage::shell::{Failure, Shell};
use crate::stage::watchdog::Watch;

/// Longest wait for a candidate before the lane looks around.
const IDLE_WAIT: Duration = Duration::from_millis(100);

/// Waits between what failed and the next try: each is twice the one before, until something is committed.
const BACKOFF_MIN: Duration = Duration::from_millis(100);
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// What ends a lane's run, short of the process.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Revoked, or the process ends.
    #[error("cancelled")]
    Cancelled,
    /// Somebody newer owns the lane, or a transaction took longer than its timeout.
    #[error("fenced")]
    Fenced,
    /// The own barrier stays hidden: told, then fenced and read again.
    #[error("{0}")]
    Hidden(LaneFault),
    /// This lane alone: fence and restore in place.
    #[error("{0}")]
    Recover(String),
    /// As [`Trouble::Recover`], for as long as nobody does what the text says.
    #[error("{0}")]
    Refused(String),
    /// Nobody can tell how a commit ended. As [`Trouble::Recover`]: behind a new fence, the changelog tells.
    #[error("{0}")]
    Unknown(String),
    /// The client reads the partition no more, nor seeks in it: another lane begins, with another assignment.
    #[error("{0}")]
    Anew(String),
    /// The log can't be trusted.
    #[error(transparent)]
    Stop(#[from] LaneFault),
}

impl From<TxnError> for Trouble {
    fn from(error: TxnError) -> Self {
        match error {
            TxnError::Cancelled => Trouble::Cancelled,
            TxnError::Fenced(_) => Trouble::Fenced,
            unknown @ TxnError::Unknown(_) => Trouble::Unknown(unknown.to_string()),
            other => match other.refusal() {
                Some(text) => Trouble::Refused(text),
                None => Trouble::Recover(other.to_string()),
            },
        }
    }
}

/// What a lane is made with, for as long as the partition is assigned.
pub struct Lane {
    pub(super) shell: Arc<Shell>,
    pub(super) partition: i32,
    /// The owner's half of its barriers' nonces: another for each time that the partition is assigned.
    pub(super) owner: [u8; OWNER_BYTES],
    pub(super) queue: PartitionQueue<MemberContext>,
    pub(super) consumer: Arc<BaseConsumer<MemberContext>>,
    pub(super) restores: takeover::Permits,
    pub(super) watch: Watch,
    /// Set when the partition is revoked or the process ends.
    pub(super) cancelled: Arc<AtomicBool>,
    /// Where a lane that has to be begun anew leaves its standing.
    pub(super) anew: Arc<Mutex<Option<Standing>>>,
    /// Touched wherever the lane asks whether it goes on; a lane that hangs makes the process not live.
    pub(super) pulse: Arc<Pulse>,
    pub(super) standing: Standing,
    pub(super) progress: Arc<Progress>,
}

/// A lane that owns its log: what a takeover gives.
pub struct Running {
    pub(super) producer: LaneProducer,
    pub(super) identity: LaneIdentity,
    pub(super) table: Table,
    pub(super) checkpoints: Checkpoints,
    pub(super) time: LaneTime,
    pub(super) seq: u64,
    /// Behind the last changelog record that this lane knows.
    pub(super) log_next: i64,
    /// First offset of the changelog when it was last read whole; the log may have been cut since.
    pub(super) log_start: i64,
    /// Changelog offset of the last barrier of another owner.
    pub(super) others_at: Option<i64>,
    pub(super) batch: Batch,
    /// The broker's time of the barrier, and ours then: the broker's time now, by any machine's clock.
    pub(super) broker_time: (i64, Instant),
    pub(super) last_commit: Instant,
}

impl Running {
    fn broker_now_ms(&self) -> i64 {
        self.broker_time.0 + self.broker_time.1.elapsed().as_millis() as i64
    }
}

impl Lane {
    /// Runs until the partition is revoked. Trouble is met in place, one lane at a time.
    pub fn run(self) {
        let mut fences = Fences::default();
        let mut backoff = BACKOFF_MIN;
        // What a lane that was fenced knew.
        let mut kept = None;
        loop {
            let trouble = match takeover::take_over(&self, kept.take()) {
                Ok(mut running) => {
                    if fences.owned(running.log_next, running.log_start, running.others_at, Instant::now()) {
                        tracing::warn!(
                            partition = self.partition,
                            "it was fenced by another owner, who wrote to its log"
                        );
                    }
                    self.standing.state(LaneState::Running);
                    self.tell(&running);
                    let trouble = self.serve(&mut running, &mut backoff);
                    fences.wrote(running.log_next);
                    kept = Some(running).filter(|_| matches!(trouble, Trouble::Fenced));
                    trouble
                }
                Err(trouble) => trouble,
            };
            let goes_on = match &trouble {
                Trouble::Cancelled => false,
                Trouble::Fenced => self.wait_out_fence(&mut fences),
                Trouble::Hidden(fault) => {
                    self.shell.metrics.lane_fault(fault.name());
                    tracing::error!(partition = self.partition, fault = fault.name(), "{fault}");
                    true
                }
                Trouble::Recover(_) | Trouble::Refused(_) | Trouble::Unknown(_) => self.recover(&trouble, &mut backoff),
                Trouble::Anew(reason) => {
                    tracing::warn!(partition = self.partition, "lane begins anew: {reason}");
                    self.shell.metrics.lane_recovered();
                    self.standing.state(LaneState::Assigned);
                    // The next lane does not know whether this one was begun anew too: each waits as after many tries.
                    self.sleep(BACKOFF_MAX);
                    *lock(&self.anew) = Some(self.standing);
                    return;
                }
                Trouble::Stop(fault) => {
                    self.stop(fault);
                    false
                }
            };
            if !goes_on {
                break;
            }
        }
    }

    /// Waits a little before the lane is fenced and restored in place. False: it ends.
    fn recover(&self, trouble: &Trouble, backoff: &mut Duration) -> bool {
        if let Trouble::Refused(reason) = trouble {
            self.standing.refuse(reason);
        }
        tracing::warn!(partition = self.partition, "lane recovers in place: {trouble}");
        let is_unknown = matches!(trouble, Trouble::Unknown(_));
        self.shell.metrics.lane_recovered();
        self.shell.metrics.producer_renewed(if is_unknown {
            RenewalReason::UnknownOutcome
        } else {
            RenewalReason::Error
        });
        self.back_off(backoff)
    }

    /// Waits, the next time for longer. False: it ends.
    fn back_off(&self, backoff: &mut Duration) -> bool {
        let wait = std::mem::replace(backoff, (2 * *backoff).min(BACKOFF_MAX));
        self.sleep(wait)
    }

    /// Consumes and commits until something ends it.
    fn serve(&self, running: &mut Running, backoff: &mut Duration) -> Trouble {
        loop {
            if self.is_cancelled() {
                return self.close(running);
            }
            let mut is_idle = false;
            match self.queue.poll(running.batch.wait(IDLE_WAIT)) {
                Some(Ok(message)) => {
                    if message.offset() < running.batch.next_offset {
                        self.shell.metrics.replayed(1);
                    } else {
                        self.consume(running, &message);
                    }
                }
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) if has_given_up(&error) => {
                    return Trouble::Anew(format!("reading candidates: {error}"));
                }
                Some(Err(error)) => return self.unread(&self.shell.config.topics.candidates, &error),
                None => is_idle = true,
            }
            // Only a commit tells that nothing is refused any more.
            let wants_commit = running.checkpoints.wants_commit() || self.standing.is_refused();
            let anchor_due = running.last_commit.elapsed() >= self.anchor_interval() || (is_idle && wants_commit);
            if (running.batch.is_due() || anchor_due)
                && let Err(trouble) = self.commit(running, backoff)
            {
                return trouble;
            }
        }
    }

    /// What a failed read of `topic` means.
    pub(super) fn unread(&self, topic: &str, error: &KafkaError) -> Trouble {
        match refusal(error, &[Right::Topic("Read", topic)]) {
            Some(text) => Trouble::Refused(format!("reading {topic}: {text}")),
            None => Trouble::Recover(format!("reading {topic}: {error}")),
        }
    }

    fn consume(&self, running: &mut Running, message: &BorrowedMessage<'_>) {
        self.progress.taken(message.offset());
        let now_ms = running.broker_now_ms();
        running.batch.newest_ms = running.batch.newest_ms.max(message.timestamp().to_millis().unwrap_or(0));
        let stamp_ms = message.timestamp().to_millis().unwrap_or(now_ms);
        if running.time.observe(stamp_ms, now_ms) == Observed::Refused {
            self.shell.metrics.lane_time_refused();
        }
        let lane_time_ms = running.time.now_ms();
        running.batch.take(message, lane_time_ms, &running.table);
    }

    /// Commits the batch, however many producers it takes. On success the table knows the batch's hashes.
    fn commit(&self, running: &mut Running, backoff: &mut Duration) -> Result<(), Trouble> {
        loop {
            match transact::attempt(self, running) {
                Ok(done) => {
                    *backoff = BACKOFF_MIN;
                    let reusable = done.committed.reusable;
                    self.committed(running, done);
                    if !reusable {
                        self.renew(running, RenewalReason::SlowCommit)?;
                    }
                    return Ok(());
                }
                Err(TxnError::RecordsTooLarge { .. }) if cfg!(feature = "mutant-no-undo") => {
                    let segment_offset = running.log_next - 1;
                    let (first_offset, last_offset) = (segment_offset, segment_offset);
                    let committed = Committed { took: Duration::ZERO, first_offset, last_offset, reusable: false };
                    let done = transact::Done { committed, planned: None, segment_offset };
                    self.committed(running, done);
                    running.seq -= 1;
                    return self.renew(running, RenewalReason::Abort);
                }
                Err(TxnError::RecordsTooLarge { refused }) => {
                    self.shell.metrics.transaction(TransactionResult::Aborted, None);
                    transact::reject_too_large(self, running, &refused)?;
                    self.renew(running, RenewalReason::Abort)?;
                }
                Err(error @ (TxnError::NotCommitted(_) | TxnError::Forbidden { .. })) => {
                    tracing::warn!(partition = self.partition, "transaction sent again by a new producer: {error}");
                    self.shell.metrics.transaction(TransactionResult::Aborted, None);
                    if let Some(reason) = error.refusal() {
                        self.standing.refuse(&reason);
                    }
                    if !self.back_off(backoff) {
                        return Err(Trouble::Cancelled);
                    }
                    self.renew(running, RenewalReason::Abort)?;
                }
                Err(error) => {
                    let fenced = matches!(error, TxnError::Fenced(_));
                    let result = if fenced { TransactionResult::Fenced } else { TransactionResult::Unknown };
                    self.shell.metrics.transaction(result, None);
                    return Err(error.into());
                }
            }
        }
    }

    fn committed(&self, running: &mut Running, done: transact::Done) {
        let next = running.batch.next();
        let batch = std::mem::replace(&mut running.batch, next);
        running.table.commit(batch.lane_time_ms, batch.hashes.iter().copied(), done.segment_offset);
        running.seq += 1;
        running.log_next = done.segment_offset + 1;
        running.last_commit = Instant::now();
        let Running { checkpoints, table, .. } = running;
        let checkpoint = checkpoints.committed(done.planned, done.committed.first_offset, batch.lane_time_ms, table);
        if checkpoint.is_complete {
            self.shell.metrics.checkpoint(CheckpointStep::Written);
        }
        if let Some(below) = checkpoint.cut_below {
            self.cut_log(below);
        }
        self.shell.metrics.transaction(TransactionResult::Committed, Some(done.committed.took));
        self.standing.table(&running.table);
        self.count(&batch);
        self.progress.done(batch.next_offset, batch.newest_ms);
        self.tell(running);
        self.standing.committed();
    }

    /// Commits the group's offset: for lag tools and extract's headroom, since the lane itself starts from its changelog; and beside
    /// it the number of the segment, by which the next owner knows that the log has not lost its end. Told once the lane runs, too:
    /// the group may have lost its offsets, and the log may be another.
    fn tell(&self, running: &Running) {
        let mut list = TopicPartitionList::new();
        let mut element = list.add_partition(&self.shell.config.topics.candidates, self.partition);
        element.set_offset(Offset::Offset(running.batch.next_offset)).expect("offsets of records are valid");
        element.set_metadata(Witness { lane_set: running.identity.lane_set, seq: running.seq }.to_string());
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            tracing::debug!(partition = self.partition, %error, "group offset not committed");
        }
    }

    fn count(&self, batch: &Batch) {
        let metrics = &self.shell.metrics;
        for kind in Kind::ALL {
            let tally = &batch.tally[kind as usize];
            metrics.articles(ArticleOutcome::Published, kind, tally.published);
            metrics.articles(ArticleOutcome::Duplicate, kind, tally.duplicates);
            metrics.articles(ArticleOutcome::Learned, kind, tally.learned);
        }
        let now_ms = jiff::Timestamp::now().as_millisecond();
        for output in &batch.outputs {
            match &output.verdict {
                Verdict::First => {
                    if let Some(page_ms) = output.page_time_ms {
                        metrics.latency(Duration::from_millis(now_ms.saturating_sub(page_ms).max(0) as u64));
                    }
                }
                Verdict::Dead(fault) => metrics.error(Stage::Dedup, fault.code),
                Verdict::Duplicate => {}
            }
        }
        if batch.newest_ms > 0 {
            metrics.last_record(Stage::Dedup, batch.newest_ms);
        }
    }

    /// Deletes what the log no longer needs, on a thread of its own: the lane does not wait for the brokers' file work. Where it
    /// fails the next checkpoint tries again, and the topic's retention deletes it one day.
    fn cut_log(&self, below: i64) {
        let (shell, partition) = (Arc::clone(&self.shell), self.partition);
        drop(self.shell.spawn(format!("cut-{partition}"), move || {
            let topic = &shell.config.topics.changelog;
            let delete = || delete_below(&shell.clients, topic, partition, Offset::Offset(below));
            // As long again for its client to close.
            match shell.watchdog.watch(format!("cut {partition}")).call("delete_records", 2 * ADMIN_TIMEOUT, delete) {
                Ok(()) => {
                    shell.metrics.checkpoint(CheckpointStep::LogCut);
                    tracing::debug!(partition, below, "the changelog is cut behind a checkpoint");
                }
                Err(error) => {
                    shell.metrics.checkpoint(CheckpointStep::CutFailed);
                    let text = refusal(&error, &[Right::Topic("Delete", topic)]).unwrap_or_else(|| error.to_string());
                    tracing::warn!(
                        partition,
                        below,
                        "old records of the changelog are not deleted; restores take longer: {text}"
                    );
                }
            }
        }));
    }

    fn renew(&self, running: &mut Running, reason: RenewalReason) -> Result<(), Trouble> {
        self.shell.metrics.producer_renewed(reason);
        takeover::renew(self, running)
    }

    /// The last commit before the lane goes. A batch that can't be committed in time is the next owner's.
    fn close(&self, running: &mut Running) -> Trouble {
        if !running.batch.is_empty() {
            match transact::attempt(self, running) {
                Ok(done) => self.committed(running, done),
                Err(error) => tracing::info!(partition = self.partition, "left to the next owner: {error}"),
            }
        }
        Trouble::Cancelled
    }

    /// Waits a session: if the group then still says that the lane is ours, take it over again. False: it ends.
    fn wait_out_fence(&self, fences: &mut Fences) -> bool {
        self.standing.state(LaneState::Fenced);
        if fences.are_too_many(Instant::now()) {
            self.shell.fail(Failure::DuplicateDeployment { partition: self.partition });
            return false;
        }
        tracing::warn!(
            partition = self.partition,
            "fenced: another owner took the lane over, or its transaction took longer than dedup.transaction_timeout; waiting one \
             session for the group's word"
        );
        self.shell.metrics.producer_renewed(RenewalReason::Fenced);
        self.sleep(self.shell.config.kafka.session_timeout)
    }

    fn stop(&self, fault: &LaneFault) {
        self.shell.metrics.lane_fault(fault.name());
        self.standing.stop(fault);
        while self.sleep(Duration::from_secs(1)) {}
    }

    /// An idle lane writes a segment so often, so that its log never ages out as a whole.
    fn anchor_interval(&self) -> Duration {
        (self.shell.config.dedup.ttl / 8).min(Duration::from_secs(3600))
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.pulse.touch();
        self.cancelled.load(Ordering::Acquire)
    }

    /// Sleeps in slices; false once cancelled.
    pub(super) fn sleep(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        while Instant::now() < until && !self.is_cancelled() {
            std::thread::sleep(Duration::from_millis(20).min(duration));
        }
        !self.is_cancelled()
    }

    pub(super) fn bounds(&self) -> Bounds {
        let dedup = &self.shell.config.dedup;
        Bounds {
            interval: dedup.commit_interval,
            records_max: dedup.transaction_records_max,
            bytes_max: dedup.transaction_bytes_max,
            record_bytes_max: self.shell.config.topics.message_bytes_max,
            keep_duplicates: dedup.publish_duplicates,
            learn: dedup.mode == DedupMode::Learn,
        }
    }
}
