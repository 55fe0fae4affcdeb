//! What every thread of a run shares, and how a run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;

use super::watchdog::Watchdog;
use crate::admin::Health;
use crate::config::Config;
use crate::kafka::client::{Clients, REQUEST_TIMEOUT};
use crate::kafka::member::hopeless;
use crate::metrics::Metrics;

/// Time between two questions where the answer was an error.
const ASK_AGAIN: Duration = Duration::from_millis(200);

/// See the module.
pub struct Shell {
    /// The checked configuration.
    pub config: Arc<Config>,
    /// Makes clients.
    pub clients: Clients,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Readiness and liveness.
    pub health: Health,
    /// Ends the process when a call hangs.
    pub watchdog: Watchdog,
    /// Set once: everybody drains and ends.
    pub stop: Stop,
    /// Whether a lane without a genesis may start empty.
    pub accept_empty_state: bool,
    failures: Sender<Failure>,
}

/// Why a run can't go on. The process ends, and its supervisor starts it again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Something that the configuration names is not as it must be.
    #[error("{0}")]
    Config(String),
    /// The client library gave up on a connection, a producer or a group.
    #[error("{0}")]
    Broker(String),
    /// The same lanes run twice.
    #[error(
        "lane {partition} was fenced three times in five minutes: two deployments use the same \
         topics.prefix on the same cluster. Stop one, or give it another"
    )]
    DuplicateDeployment {
        /// One of the lanes.
        partition: i32,
    },
    /// A thread panicked.
    #[error("a defect: {0}. Nothing is lost; the process ends and goes on from its committed state when started again")]
    Defect(String),
    /// Work in flight was not done by the deadline.
    #[error("the drain took longer than run.drain_timeout; what was in flight is read again at the next start")]
    UncleanDrain,
}

impl Shell {
    /// A shell that reports failures to `failures`.
    pub fn new(
        config: Config,
        metrics: Arc<Metrics>,
        health: Health,
        accept_empty_state: bool,
        failures: Sender<Failure>,
    ) -> Self {
        Shell {
            clients: Clients::new(&config.kafka),
            config: Arc::new(config),
            metrics,
            health,
            watchdog: Watchdog::start(),
            stop: Stop::default(),
            accept_empty_state,
            failures,
        }
    }

    /// Asks the brokers until they answer: nobody waits for a process that is not in its group yet, and brokers that went away as it
    /// started come back. `None`: the process ends, as it was told to, or since asking again cannot help.
    pub fn ask_until_answered<T>(&self, ask: impl Fn() -> KafkaResult<T>) -> Option<T> {
        loop {
            let error = match ask() {
                Ok(answer) => return Some(answer),
                Err(error) => error,
            };
            if let Some(text) = hopeless(&error) {
                self.fail(Failure::Broker(text));
                return None;
            }
            tracing::debug!(%error, "asked again");
            if self.stop.wait(ASK_AGAIN) {
                return None;
            }
        }
    }

    /// Asks the brokers again and again, for as long as a group bears a member that does not poll. `None`: the process ends, as it
    /// was told to, or since nobody answered.
    pub fn ask_patiently<T>(&self, what: &str, ask: impl Fn() -> KafkaResult<T>) -> Option<T> {
        match self.ask_until(self.poll_deadline(), ask) {
            Ok(answer) => Some(answer),
            Err(_) if self.stop.is_set() => None,
            Err(error) => {
                self.fail(Failure::Broker(format!("{what}: {error}")));
                None
            }
        }
    }

    /// First offset and end of a partition, asked for until `deadline`, and no longer than one request may take: a leader that
    /// moves is known again soon. `None`: no broker leads it, which is told, and whoever needs it waits; nobody else does.
    pub fn watermarks_until<C: ConsumerContext>(
        &self,
        deadline: Instant,
        consumer: &BaseConsumer<C>,
        topic: &str,
        partition: i32,
    ) -> Option<(i64, i64)> {
        let deadline = deadline.min(Instant::now() + REQUEST_TIMEOUT);
        let left = || deadline.saturating_duration_since(Instant::now());
        let asked = self.ask_until(deadline, || consumer.fetch_watermarks(topic, partition, left()));
        if let Err(error) = &asked {
            tracing::warn!(topic, partition, %error, "no broker says where the partition begins; it waits");
        }
        asked.ok()
    }

    /// Until when a group bears a member that does not poll from now on.
    pub fn poll_deadline(&self) -> Instant {
        Instant::now() + self.config.kafka.max_poll_interval * 3 / 4
    }

    /// Asks until there is an answer, the deadline, or the end of the run; then the last error is the answer.
    fn ask_until<T>(&self, deadline: Instant, ask: impl Fn() -> KafkaResult<T>) -> KafkaResult<T> {
        loop {
            match ask() {
                Err(error) if Instant::now() + ASK_AGAIN < deadline && !self.stop.wait(ASK_AGAIN) => {
                    tracing::debug!(%error, "asked again");
                }
                answer => return answer,
            }
        }
    }

    /// The run can't go on. The first failure decides the exit code.
    pub fn fail(&self, failure: Failure) {
        // Without a receiver the run is over already.
        let _ = self.failures.send(failure);
    }

    /// Starts a thread whose panic ends the run.
    pub fn spawn(
        self: &Arc<Self>,
        name: impl Into<String>,
        body: impl FnOnce() + Send + 'static,
    ) -> std::thread::JoinHandle<()> {
        let shell = Arc::clone(self);
        let name = name.into();
        std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || {
                if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body)) {
                    shell.fail(Failure::Defect(format!("thread {name} panicked: {}", panic_text(&*panic))));
                }
            })
            .expect("a thread can be started: check the pids limit")
    }
}

/// The message of a caught panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// A flag that is set once.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Sets it.
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it is set.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Sleeps for so long, or until it is set; whether it is.
    pub fn wait(&self, duration: Duration) -> bool {
        let deadline = Instant::now() + duration;
        while !self.is_set() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
        true
    }
}
