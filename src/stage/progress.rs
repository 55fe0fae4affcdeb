//! How far a partition is done, and whether it moves: shared between the thread that works and the one that hears of
//! watermarks.
//!
//! What holds: a partition whose records wait while none is finished for `run.stall_timeout` makes the process not ready,
//! under its own name. Instances that are alive and polling can still have such a partition, and nothing else would tell. An owner
//! that is late to let go has no say in `/readyz` and the metrics any more, once the partition has another here.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::statistics;

use super::shell::Shell;
use crate::admin::{Component, State};
use crate::lock::lock;
use crate::metrics::{InputGauges, InputState};

/// One input partition's progress, which shows under `topic/partition` in `/readyz`. Dropped with the assignment.
pub struct Progress {
    next: AtomicI64,
    taken: AtomicI64,
    newest_ms: AtomicI64,
    /// Why nobody reads it, once nobody does.
    stopped: OnceLock<String>,
    gauges: InputGauges,
    motion: Mutex<Motion>,
    component: Component,
}

/// "Nothing known yet".
const UNKNOWN: i64 = -1;

impl Progress {
    /// Progress of a partition that was just assigned.
    pub fn new(shell: &Shell, topic: &str, partition: i32) -> Self {
        Progress {
            next: AtomicI64::new(UNKNOWN),
            taken: AtomicI64::new(UNKNOWN),
            newest_ms: AtomicI64::new(0),
            stopped: OnceLock::new(),
            gauges: shell.metrics.input(topic, partition),
            motion: Mutex::new(Motion::new(Instant::now(), shell.config.run.stall_timeout)),
            component: shell.health.component(&format!("{topic}/{partition}"), State::Ready),
        }
    }

    /// The record at `offset` was taken in.
    pub fn taken(&self, offset: i64) {
        self.taken.store(offset + 1, Ordering::Relaxed);
    }

    /// Everything below `next` is done; the newest record of it has the time `newest_ms` (0: unchanged).
    pub fn done(&self, next: i64, newest_ms: i64) {
        self.next.store(next, Ordering::Relaxed);
        self.newest_ms.fetch_max(newest_ms, Ordering::Relaxed);
    }

    /// Everything below this is done; `None` before the first.
    pub fn next(&self) -> Option<i64> {
        Some(self.next.load(Ordering::Relaxed)).filter(|next| *next != UNKNOWN)
    }

    /// The partition is not read any more, for this reason: its records up to `high` wait for an operator.
    pub fn stop(&self, reason: &str, high: i64) {
        let text = self.stopped.get_or_init(|| format!("stopped: {reason}"));
        if self.show(InputState::Stopped, State::waiting(text)) {
            self.gauges.lag(high, self.next().unwrap_or(high), 0);
        }
    }

    /// The partition is another instance's from now on, though records of it may be at work here for a while.
    pub fn let_go(&self) {
        self.component.set(State::Ready);
    }

    /// Whether [`Progress::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// It is held back on purpose just now: that is no stall.
    pub fn wait(&self) {
        lock(&self.motion).since = Instant::now();
    }

    /// Takes a partition's end from the client's statistics, and judges whether it moves.
    pub fn watermark(&self, statistics: &Statistics, topic: &str, partition: i32) {
        let Some(known) = statistics.topics.get(topic).and_then(|t| t.partitions.get(&partition)) else { return };
        let Some(next) = self.next() else { return };
        let Some(lag) = lag(known, next, self.taken.load(Ordering::Relaxed)) else { return };
        let newest_ms = self.newest_ms.load(Ordering::Relaxed);
        let age_ms = if newest_ms > 0 { jiff::Timestamp::now().as_millisecond() - newest_ms } else { 0 };
        let silence = lock(&self.motion).stalled_for(next, lag, Instant::now());
        let is_shown = match (self.stopped.get(), silence) {
            (Some(text), _) => self.show(InputState::Stopped, State::waiting(text)),
            (None, Some(silence)) => {
                let text = format!("stalled: {lag} records wait, none was finished for {} s", silence.as_secs());
                self.show(InputState::Stalled, State::waiting(text))
            }
            (None, None) => self.show(InputState::Moving, State::Ready),
        };
        if is_shown {
            self.gauges.lag(next + lag, next, age_ms / 1000);
        }
    }

    /// Says where it stands. Nothing happens, and false is the answer, where the partition has another owner here.
    fn show(&self, state: InputState, ready: State) -> bool {
        let is_shown = self.component.set(ready);
        if is_shown {
            self.gauges.state(state);
        }
        is_shown
    }
}

/// Records from `next` on; `None` where the client knows no end yet. `taken` is behind the last one that was taken in.
///
/// Offsets that no record has, such as a transaction's end marker, do not wait: where all that was taken in is finished and
/// nothing is left to fetch, the lag is 0.
fn lag(known: &statistics::Partition, next: i64, taken: i64) -> Option<i64> {
    let high = known.ls_offset.max(known.hi_offset);
    let all_finished = known.fetchq_cnt == 0 && known.next_offset >= high && next >= taken;
    (high >= 0).then(|| if all_finished { 0 } else { (high - next).max(0) })
}

/// When a partition last moved.
#[derive(Debug)]
struct Motion {
    next: i64,
    since: Instant,
    patience: Duration,
}

impl Motion {
    fn new(now: Instant, patience: Duration) -> Self {
        Motion { next: UNKNOWN, since: now, patience }
    }

    /// For how long nothing was finished though records wait, where that is longer than the patience.
    fn stalled_for(&mut self, next: i64, lag: i64, now: Instant) -> Option<Duration> {
        if lag == 0 || next != self.next {
            (self.next, self.since) = (next, now);
        }
        Some(now.saturating_duration_since(self.since)).filter(|silence| *silence > self.patience)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::mocking::MockCluster;

    #[test]
    fn an_owner_that_is_late_has_no_say_in_the_next_ones_state() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        let shown = || {
            let (input, mut reasons) =
                (shell.metrics.snapshot().inputs.into_values().next(), shell.health.ready().reasons);
            (input.map(|input| (input.state, input.lag)), reasons.remove("pages/3"))
        };
        let (late, next) = (Progress::new(&shell, "pages", 3), Progress::new(&shell, "pages", 3));
        late.done(5, 0);
        late.stop("late", 7);
        assert_eq!(shown(), (Some(("moving".to_owned(), 0)), None));
        next.done(8, 0);
        next.stop("pages_lost", 9);
        drop(late);
        assert_eq!(shown(), (Some(("stopped".to_owned(), 1)), Some("stopped: pages_lost".to_owned())));
        next.let_go();
        assert_eq!(shown().1, None);
        drop(next);
        assert_eq!(shell.health.components().len(), 0);
    }

    #[test]
    fn a_partition_stalls_only_while_records_wait_and_none_is_finished() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut motion = Motion::new(start, Duration::from_secs(60));
        assert_eq!(motion.stalled_for(5, 10, at(10)), None);
        assert_eq!(motion.stalled_for(5, 20, at(70)), None, "60 s are allowed");
        assert_eq!(motion.stalled_for(5, 20, at(71)), Some(Duration::from_secs(61)));
        assert_eq!(motion.stalled_for(6, 20, at(80)), None, "it moved");
        assert_eq!(motion.stalled_for(6, 0, at(1000)), None, "nothing waits");
        assert_eq!(motion.stalled_for(6, 1, at(1059)), None, "a record came to an idle partition");
    }

    fn partition(high: i64, next_offset: i64, fetchq_cnt: i64) -> statistics::Partition {
        statistics::Partition { hi_offset: high, ls_offset: high, next_offset, fetchq_cnt, ..Default::default() }
    }

    #[test]
    fn a_transactions_end_marker_is_no_lag() {
        assert_eq!(lag(&partition(-1001, 0, 0), 4, UNKNOWN), None);
        assert_eq!(lag(&partition(10, 10, 0), 9, 9), Some(0), "offset 9 is a marker");
        assert_eq!(lag(&partition(10, 10, 0), 8, 9), Some(2), "record 8 is in work");
        assert_eq!(lag(&partition(10, 10, 1), 8, 8), Some(2), "record 8 is in the queue");
        assert_eq!(lag(&partition(10, 7, 0), 7, 7), Some(3), "not fetched yet");
        assert_eq!(lag(&partition(10, 12, 0), 12, 12), Some(0), "an old watermark");
    }
}
