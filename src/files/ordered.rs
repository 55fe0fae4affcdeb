//! Work on many threads, results in the order of the input.
//!
//! What holds: at most `records` results wait, and at most `bytes` of jobs are in memory (one job always fits); the
//! consumer may stop at any time, and everything then ends.

use crate::lock::lock;
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How much may be under way.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Threads that work.
    pub threads: usize,
    /// Jobs under way.
    pub records: usize,
    /// Bytes of jobs under way.
    pub bytes: usize,
}

/// What the consumer is told.
pub enum Turn<T> {
    /// The next result.
    Done(T),
    /// No job is under way: a good time to flush.
    Idle,
}

/// Where the producer puts its jobs.
pub struct Feed<J, T> {
    jobs: Sender<(J, Sender<T>)>,
    order: Sender<(usize, Receiver<T>)>,
    budget: std::sync::Arc<Budget>,
}

impl<J, T> Feed<J, T> {
    /// Hands over a job of `bytes`; waits for room. `Break` says that nobody wants more.
    pub fn give(&self, job: J, bytes: usize) -> ControlFlow<()> {
        let (done, result) = bounded(1);
        let given =
            self.budget.take(bytes) && self.order.send((bytes, result)).is_ok() && self.jobs.send((job, done)).is_ok();
        if given { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Runs `produce` and `work` on threads of their own and `consume` on this one. Gives what `produce` gave.
pub fn run<J: Send, T: Send, R: Send>(
    bounds: Bounds,
    produce: impl FnOnce(&Feed<J, T>) -> R + Send,
    work: impl Fn(J) -> T + Sync,
    mut consume: impl FnMut(Turn<T>) -> ControlFlow<()>,
) -> R {
    let (jobs_in, jobs) = bounded::<(J, Sender<T>)>(bounds.records);
    let (order_in, order) = bounded(bounds.records);
    let budget = std::sync::Arc::new(Budget { room: bounds.bytes, state: Mutex::default(), changed: Condvar::new() });
    let feed = Feed { jobs: jobs_in, order: order_in, budget: std::sync::Arc::clone(&budget) };
    thread::scope(|scope| {
        let producer = scope.spawn(move || produce(&feed));
        for _ in 0..bounds.threads {
            let (jobs, work) = (jobs.clone(), &work);
            scope.spawn(move || {
                for (job, done) in jobs {
                    // Nobody listens once the consumer has stopped.
                    let _ = done.send(work(job));
                }
            });
        }
        drop(jobs);
        consume_all(order, &budget, &mut consume);
        budget.close();
        match producer.join() {
            Ok(produced) => produced,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn consume_all<T>(
    order: Receiver<(usize, Receiver<T>)>,
    budget: &Budget,
    consume: &mut impl FnMut(Turn<T>) -> ControlFlow<()>,
) {
    loop {
        let next = match order.try_recv() {
            Err(TryRecvError::Empty) => {
                if consume(Turn::Idle).is_break() {
                    return;
                }
                order.recv().ok()
            }
            next => next.ok(),
        };
        // The one is the end of the input; the other a worker's panic, which the scope passes on.
        let Some((bytes, result)) = next else { return };
        let Ok(done) = result.recv() else { return };
        let flow = consume(Turn::Done(done));
        budget.give_back(bytes);
        if flow.is_break() {
            return;
        }
    }
}

struct Budget {
    room: usize,
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Budget {
    /// Waits until `bytes` fit, or nothing else is under way; false once closed.
    fn take(&self, bytes: usize) -> bool {
        let full = |state: &mut (usize, bool)| !state.1 && state.0 > 0 && state.0.saturating_add(bytes) > self.room;
        let mut state = self.changed.wait_while(self.state(), full).unwrap_or_else(PoisonError::into_inner);
        state.0 += bytes;
        !state.1
    }

    fn give_back(&self, bytes: usize) {
        self.state().0 -= bytes;
        self.changed.notify_one();
    }

    fn close(&self) {
        self.state().1 = true;
        self.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, (usize, bool)> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    const BOUNDS: Bounds = Bounds { threads: 4, records: 8, bytes: 100 };

    #[test]
    fn results_keep_the_order_of_jobs() {
        let mut seen = Vec::new();
        let given = run(
            BOUNDS,
            |feed| (0..500_u64).take_while(|&n| feed.give(n, 1).is_continue()).count(),
            |n| {
                thread::sleep(Duration::from_micros(n * 7919 % 300));
                n
            },
            |turn| {
                if let Turn::Done(n) = turn {
                    seen.push(n);
                }
                ControlFlow::Continue(())
            },
        );
        assert_eq!(given, 500);
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
    }

    #[test]
    fn bytes_under_way_are_bounded_but_one_job_always_passes() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        run(
            Bounds { records: 1000, ..BOUNDS },
            |feed| {
                for bytes in [30, 30, 30, 30, 1000, 99, 2, 60, 60].repeat(20) {
                    assert!(feed.give(bytes, bytes).is_continue());
                }
            },
            |bytes| {
                most.fetch_max(now.fetch_add(bytes, Ordering::SeqCst) + bytes, Ordering::SeqCst);
                bytes
            },
            |turn| {
                if let Turn::Done(bytes) = turn {
                    now.fetch_sub(bytes, Ordering::SeqCst);
                }
                ControlFlow::Continue(())
            },
        );
        assert_eq!(most.into_inner(), 1000);
    }

    #[test]
    fn a_consumer_that_stops_ends_everything() {
        let (mut seen, endless) = (0, 0..);
        let given = run(
            BOUNDS,
            |feed| endless.take_while(|&n: &usize| feed.give(n, 30).is_continue()).count(),
            |n| n,
            |turn| {
                if let Turn::Done(_) = turn {
                    seen += 1;
                }
                if seen < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            },
        );
        assert_eq!(seen, 5);
        assert!((5..30).contains(&given), "{given}");
    }
}
