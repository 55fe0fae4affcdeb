//! Ends the process when a call into the client library overruns its own timeout, and when the machine's clock is set back by
//! as much: a stuck thread can't be unstuck, and a restart is always correct.
//!
//! librdkafka measures time by the monotonic clock and waits by the wall clock, threads of its own as well as callers
//! (librdkafka#2145). A wait that is under way when that clock is set back by an hour lasts an hour longer: a member's thread sends
//! no heartbeats, one that polls hears of no record, and nobody has made a call that could be watched.
//!
//! What holds: a thread that waits for brokers in bounded calls, for however long in all, shows its sign of life all the same. No
//! pause of the process or of this thread looks like a clock that was set back.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant, SystemTime};

use crate::admin::Pulse;
use crate::lock::lock;

/// How far past its own timeout a call may go, or a wait because of a clock that was set back.
const OVERRUN_MAX: Duration = Duration::from_secs(10);
/// How long a client may take to close: its threads are waited for, and one of them may be looking up a broker's name.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(60);
/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);

/// Watches the calls of many threads.
#[derive(Clone)]
pub struct Watchdog {
    epoch: Instant,
    watches: Arc<Mutex<Vec<Weak<State>>>>,
}

struct State {
    name: String,
    /// Milliseconds since the watchdog's start by which the running call must be back; 0 while none runs.
    due_ms: AtomicI64,
    call: Mutex<&'static str>,
}

/// One thread's handle.
#[derive(Clone)]
pub struct Watch {
    epoch: Instant,
    state: Arc<State>,
    pulse: Option<Arc<Pulse>>,
}

/// A client that is closed under its owner's watch.
pub struct Held<C> {
    /// There until it is dropped.
    client: Option<C>,
    watch: Watch,
}

impl Watchdog {
    /// Starts the watching thread.
    pub fn start() -> Self {
        let dog = Watchdog { epoch: Instant::now(), watches: Arc::default() };
        let watched = dog.clone();
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                let mut before = Clocks::read();
                loop {
                    std::thread::sleep(INTERVAL);
                    let now = Clocks::read();
                    now.look(before);
                    before = now;
                    watched.look();
                }
            })
            .expect("a thread can be started");
        dog
    }

    /// A handle for the thread called `name`.
    pub fn watch(&self, name: impl Into<String>) -> Watch {
        let state = Arc::new(State { name: name.into(), due_ms: AtomicI64::new(0), call: Mutex::new("") });
        lock(&self.watches).push(Arc::downgrade(&state));
        Watch { epoch: self.epoch, state, pulse: None }
    }

    fn look(&self) {
        let now_ms = self.epoch.elapsed().as_millis() as i64;
        lock(&self.watches).retain(|weak| {
            let Some(state) = weak.upgrade() else { return false };
            let due_ms = state.due_ms.load(Ordering::Acquire);
            if due_ms != 0 && now_ms > due_ms {
                let call = *lock(&state.call);
                tracing::error!(
                    thread = state.name,
                    call,
                    "the call overran its own timeout by 10 s; ending the process, a restart is safe"
                );
                std::process::abort();
            }
            true
        });
    }
}

/// Both clocks at one moment, which lies somewhere between two of the monotonic one.
#[derive(Clone, Copy)]
struct Clocks {
    earliest: Instant,
    wall: SystemTime,
    latest: Instant,
}

impl Clocks {
    fn read() -> Self {
        let earliest = Instant::now();
        let wall = SystemTime::now();
        Clocks { earliest, wall, latest: Instant::now() }
    }

    /// By how much the wall clock was set back since `before`, at least.
    fn set_back_since(&self, before: Clocks) -> Duration {
        let due = before.wall + self.earliest.saturating_duration_since(before.latest);
        due.duration_since(self.wall).unwrap_or_default()
    }

    fn look(&self, before: Clocks) {
        let back = self.set_back_since(before);
        if back > OVERRUN_MAX {
            tracing::error!(
                seconds = back.as_secs(),
                "the machine's clock was set back, and waits in the client library would last that much longer; ending the \
                 process, a restart is safe"
            );
            std::process::abort();
        }
    }
}

impl Watch {
    /// The same handle, by which the thread's sign of life is touched too.
    pub fn with_pulse(self, pulse: &Arc<Pulse>) -> Self {
        Watch { pulse: Some(Arc::clone(pulse)), ..self }
    }

    /// The thread waits, and does not hang.
    pub fn alive(&self) {
        if let Some(pulse) = &self.pulse {
            pulse.touch();
        }
    }

    /// Runs `f`, which promises to be back within `timeout`.
    pub fn call<T>(&self, call: &'static str, timeout: Duration, f: impl FnOnce() -> T) -> T {
        self.alive();
        *lock(&self.state.call) = call;
        let due = self.epoch.elapsed() + timeout + OVERRUN_MAX;
        self.state.due_ms.store(due.as_millis() as i64, Ordering::Release);
        let result = f();
        self.state.due_ms.store(0, Ordering::Release);
        result
    }

    /// Watches over the client's end, which waits for threads of the library and has no timeout of its own.
    pub fn hold<C>(&self, client: C) -> Held<C> {
        Held { client: Some(client), watch: self.clone() }
    }
}

impl<C> Held<C> {
    /// Makes a call of the client, which promises to be back within `timeout`.
    pub fn call<T>(&self, call: &'static str, timeout: Duration, f: impl FnOnce(&C) -> T) -> T {
        self.watch.call(call, timeout, || f(self))
    }
}

impl<C> Deref for Held<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.client.as_ref().expect("there until it is dropped")
    }
}

impl<C> Drop for Held<C> {
    fn drop(&mut self) {
        let client = self.client.take();
        self.watch.call("close", CLOSE_TIMEOUT, || drop(client));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Health;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_clock_that_is_set_back_is_told_from_one_that_goes_on_and_from_a_pause() {
        let (start, wall) = (Instant::now(), SystemTime::UNIX_EPOCH + 100_000 * SECOND);
        let at = |earliest: u32, latest: u32, wall_at: SystemTime| Clocks {
            earliest: start + earliest * SECOND,
            wall: wall_at,
            latest: start + latest * SECOND,
        };
        let before = at(0, 0, wall);
        let since = |now: Clocks| now.set_back_since(before);
        assert_eq!(since(at(1, 1, wall + SECOND)), Duration::ZERO, "it goes on");
        assert_eq!(since(at(1, 1, wall + 3_601 * SECOND)), Duration::ZERO, "it is set forward");
        assert_eq!(since(at(1, 1, wall - 3_599 * SECOND)), 3_600 * SECOND);
        assert_eq!(since(at(60, 60, wall + 60 * SECOND)), Duration::ZERO, "paused between two looks");
        // Paused in the middle of one, before or after the wall clock was read.
        for wall_at in [wall + SECOND, wall + 60 * SECOND] {
            let paused = at(1, 60, wall_at);
            assert_eq!(paused.set_back_since(before), Duration::ZERO);
            assert_eq!(at(61, 61, wall + 61 * SECOND).set_back_since(paused), Duration::ZERO);
        }
    }

    #[test]
    fn a_client_that_closes_is_watched_until_it_is_closed() {
        /// Notes what is watched while it closes.
        struct Client(Arc<State>, Arc<Mutex<(i64, &'static str)>>);
        impl Drop for Client {
            fn drop(&mut self) {
                *lock(&self.1) = (self.0.due_ms.load(Ordering::Acquire), *lock(&self.0.call));
            }
        }
        let watch = Watchdog::start().watch("lane 0");
        let noted = Arc::default();
        let held = watch.hold(Client(Arc::clone(&watch.state), Arc::clone(&noted)));
        assert_eq!(watch.state.due_ms.load(Ordering::Acquire), 0);
        drop(held);
        let (due_ms, call) = *lock(&noted);
        assert!(due_ms >= (CLOSE_TIMEOUT + OVERRUN_MAX).as_millis() as i64 && call == "close", "{due_ms} {call:?}");
        assert_eq!(watch.state.due_ms.load(Ordering::Acquire), 0, "closed");
    }

    #[test]
    fn calls_of_a_thread_that_waits_are_its_sign_of_life() {
        let (health, within) = (Health::new(), Duration::from_secs(1));
        let watch = Watchdog::start().watch("lane 0").with_pulse(&Arc::new(health.pulse("lane 0", within)));
        std::thread::sleep(2 * within);
        assert!(!health.live().ok, "silent");
        watch.call("commit_transaction", within, || assert!(health.live().ok, "a call has begun"));
        std::thread::sleep(2 * within);
        assert!(!health.live().ok, "silent");
        watch.alive();
        assert!(health.live().ok);
    }
}
