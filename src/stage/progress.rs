//! How far a partition is done: shared between the thread that works and the one that hears of watermarks.

use std::sync::atomic::{AtomicI64, Ordering};

use rdkafka::Statistics;

use crate::metrics::InputGauges;

/// One input partition's progress.
pub struct Progress {
    next: AtomicI64,
    newest_ms: AtomicI64,
    gauges: InputGauges,
}

/// "Nothing known yet".
const UNKNOWN: i64 = -1;

impl Progress {
    /// Progress shown in `gauges`.
    pub fn new(gauges: InputGauges) -> Self {
        Progress { next: AtomicI64::new(UNKNOWN), newest_ms: AtomicI64::new(0), gauges }
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

    /// Takes a partition's end from the client's statistics.
    pub fn watermark(&self, statistics: &Statistics, topic: &str, partition: i32) {
        let Some(known) = statistics.topics.get(topic).and_then(|t| t.partitions.get(&partition)) else { return };
        let high = known.ls_offset.max(known.hi_offset);
        let Some(next) = self.next().filter(|_| high >= 0) else { return };
        let newest_ms = self.newest_ms.load(Ordering::Relaxed);
        let age_ms = if newest_ms > 0 { jiff::Timestamp::now().as_millisecond() - newest_ms } else { 0 };
        self.gauges.lag(high, next, age_ms / 1000);
    }
}
