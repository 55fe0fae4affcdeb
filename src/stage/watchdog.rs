//! Ends the process when a call into the client library overruns its own timeout: a stuck thread can't be unstuck, and a
//! restart is always correct.
//!
//! What holds: a thread that waits for brokers in bounded calls, for however long in all, shows its sign of life all the same.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use crate::admin::Pulse;
use crate::lock::lock;

/// How far past its own timeout a call may go.
const OVERRUN_MAX: Duration = Duration::from_secs(10);

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

impl Watchdog {
    /// Starts the watching thread.
    pub fn start() -> Self {
        let dog = Watchdog { epoch: Instant::now(), watches: Arc::default() };
        let watched = dog.clone();
        std::thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || {
                loop {
                    std::thread::sleep(Duration::from_secs(1));
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Health;

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
