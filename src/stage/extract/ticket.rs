//! One page in flight. It is done when the worker is through with it and every record that it made is acknowledged.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crossbeam_channel::Sender;
use rdkafka::message::{Message, OwnedMessage};

use super::window::Window;
use crate::lock::lock;
use crate::metrics::Metrics;
use crate::stage::progress::Progress;

/// An assigned partition's pages in flight.
pub struct Partition {
    /// Pages in flight.
    pub window: Mutex<Window>,
    /// For lag.
    pub progress: Progress,
    /// Set when the partition was given back: what is still in flight no longer counts.
    pub revoked: AtomicBool,
    /// Its pages are taken one at a time: whoever owns it next must go on so.
    pub serial: AtomicBool,
}

/// Bytes of pages in memory, and who waits for room.
pub struct Budget {
    used: AtomicUsize,
    tickets: AtomicUsize,
    max: usize,
    wake: Sender<()>,
    metrics: Arc<Metrics>,
}

impl Budget {
    /// A budget of `max` bytes; `wake` is poked whenever room appears.
    pub fn new(max: usize, wake: Sender<()>, metrics: Arc<Metrics>) -> Self {
        metrics.inflight_limit(max);
        Budget { used: AtomicUsize::new(0), tickets: AtomicUsize::new(0), max, wake, metrics }
    }

    /// True where another page may come in. One page always may, however large.
    pub fn has_room(&self) -> bool {
        self.used.load(Ordering::Relaxed) < self.max
    }

    /// True where no page is in work.
    pub fn is_empty(&self) -> bool {
        self.tickets.load(Ordering::Acquire) == 0
    }

    fn take(&self, bytes: usize) {
        self.tickets.fetch_add(1, Ordering::AcqRel);
        self.used.fetch_add(bytes, Ordering::Relaxed);
        self.metrics.inflight_add(bytes as i64);
    }

    fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.tickets.fetch_sub(1, Ordering::AcqRel);
        self.metrics.inflight_add(-(bytes as i64));
        self.wake();
    }

    fn wake(&self) {
        // A full channel means that the waker is set already.
        let _ = self.wake.try_send(());
    }
}

/// See the module.
pub struct Ticket {
    /// The page's record.
    pub message: OwnedMessage,
    /// When it was taken in.
    pub taken: Instant,
    partition: Arc<Partition>,
    budget: Arc<Budget>,
    parsed: AtomicBool,
    /// Records not acknowledged yet, and one for the worker.
    open: AtomicU32,
    bytes: usize,
}

impl Ticket {
    /// Takes a page in: into its partition's window and the budget.
    pub fn new(message: OwnedMessage, partition: Arc<Partition>, budget: Arc<Budget>) -> Arc<Self> {
        let bytes = message.payload().map_or(0, <[u8]>::len) + message.key().map_or(0, <[u8]>::len);
        budget.take(bytes);
        lock(&partition.window).push(message.offset());
        partition.progress.taken(message.offset());
        Arc::new(Ticket {
            message,
            taken: Instant::now(),
            partition,
            budget,
            parsed: AtomicBool::new(false),
            open: AtomicU32::new(1),
            bytes,
        })
    }

    /// The core is through with the page.
    pub fn set_parsed(&self) {
        self.parsed.store(true, Ordering::Release);
        self.budget.wake();
    }

    /// Whether the core is through with the page; its records may still be on their way.
    pub fn is_parsed(&self) -> bool {
        self.parsed.load(Ordering::Acquire)
    }

    /// One more record is on its way.
    pub fn sending(&self) {
        self.open.fetch_add(1, Ordering::AcqRel);
    }

    /// A record was acknowledged, or the worker is through.
    pub fn done(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) != 1 {
            return;
        }
        let mut window = lock(&self.partition.window);
        window.complete(self.message.offset());
        if let Some(next) = window.committable() {
            self.partition.progress.done(next, self.message.timestamp().to_millis().unwrap_or(0));
        }
    }

    /// True where the partition was given back meanwhile: the work would be done twice.
    pub fn is_revoked(&self) -> bool {
        self.partition.revoked.load(Ordering::Acquire)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.budget.give_back(self.bytes);
    }
}
