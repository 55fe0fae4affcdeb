//! What every thread of a run shares, and how a run ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rdkafka::consumer::{BaseConsumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};

use super::watchdog::{Watch, Watchdog};
use crate::admin::Health;
use crate::config::Config;
use crate::kafka::client::{Clients, REQUEST_TIMEOUT, watermarks};
use crate::kafka::member::{Source, is_hopeless};
use crate::metrics::Metrics;

/// Time between two questions where the answer was an error.
const ASK_AGAIN: Duration = Duration::from_millis(100);

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
        "lane {partition} was fenced for the third time in five minutes, by an owner that wrote to its log: two deployments use the same \
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
            clients: Clients::new(&config),
            config: Arc::new(config),
            metrics,
            health,
            watchdog: Watchdog::start(),
            stop: Stop::default(),
            accept_empty_state,
            failures,
        }
    }

    /// Asks the brokers for as long as it takes, which is right where nobody waits for this process yet. `None`: the process ends, as
    /// it was told to, or since asking again cannot help.
    pub fn ask_patiently<T>(&self, source: Source<'_>, what: &str, ask: impl FnMut() -> KafkaResult<T>) -> Option<T> {
        self.ask_while(|| true, None, ask).map_err(|error| self.asked_in_vain(source, what, &error)).ok()
    }

    /// The run can't go on without an answer to `what`, which is about `source`, unless it ends all the same.
    pub fn asked_in_vain(&self, source: Source<'_>, what: &str, error: &KafkaError) {
        if !self.stop.is_set() {
            let text = source.hopeless(error).unwrap_or_else(|| error.to_string());
            self.fail(Failure::Broker(format!("{what}: {text}")));
        }
    }

    /// First offset and end of a partition, asked for until `deadline`, and no longer than one request may take: a leader that
    /// moves is known again soon. `None`: no broker leads it, which is told, and whoever needs it waits; nobody else does.
    pub fn watermarks_until<C: ConsumerContext>(
        &self,
        deadline: Instant,
        watch: &Watch,
        consumer: &BaseConsumer<C>,
        topic: &str,
        partition: i32,
    ) -> Option<(i64, i64)> {
        let deadline = deadline.min(Instant::now() + REQUEST_TIMEOUT);
        let left = || deadline.saturating_duration_since(Instant::now());
        let ask = || watch.call("watermarks", left(), || watermarks(consumer, topic, partition, left()));
        let asked = self.ask_while(|| true, Some(deadline), ask);
        if let Err(error) = &asked {
            tracing::warn!(topic, partition, %error, "no broker says where the partition begins; it waits");
        }
        asked.ok()
    }

    /// Until when a group bears a member that does not poll from now on.
    pub fn poll_deadline(&self) -> Instant {
        Instant::now() + self.config.kafka.max_poll_interval * 3 / 4
    }

    /// Asks until there is an answer, or one more question is of no use: `goes_on` says no, the deadline or the end of the run is
    /// there, or asking again cannot help. Then the last error is the answer.
    pub fn ask_while<T>(
        &self,
        mut goes_on: impl FnMut() -> bool,
        deadline: Option<Instant>,
        mut ask: impl FnMut() -> KafkaResult<T>,
    ) -> KafkaResult<T> {
        let in_time = || deadline.is_none_or(|deadline| Instant::now() + ASK_AGAIN < deadline);
        loop {
            match ask() {
                Err(error) if !is_hopeless(&error) && in_time() && goes_on() && !self.stop.wait(ASK_AGAIN) => {
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

#[cfg(test)]
impl Shell {
    /// One on simulated brokers, with the default configuration; and what makes it fail.
    pub fn simulated(
        brokers: &rdkafka::mocking::MockCluster<'_, rdkafka::producer::DefaultProducerContext>,
    ) -> (Arc<Self>, crossbeam_channel::Receiver<Failure>) {
        Self::simulated_with(brokers, &[])
    }

    /// As [`Shell::simulated`], with these settings beside.
    pub fn simulated_with(
        brokers: &rdkafka::mocking::MockCluster<'_, rdkafka::producer::DefaultProducerContext>,
        settings: &[(&str, &str)],
    ) -> (Arc<Self>, crossbeam_channel::Receiver<Failure>) {
        use crate::config;
        let mut overrides = vec![("kafka.bootstrap_servers".to_owned(), brokers.bootstrap_servers())];
        overrides.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let options = config::Options { overrides, environment: Some(Vec::new()), ..config::Options::default() };
        let config = config::load(&options).expect("a configuration").config;
        let metrics = Arc::new(Metrics::new(&prometheus::Registry::new()).expect("metrics"));
        let (failed, failures) = crossbeam_channel::unbounded();
        (Arc::new(Shell::new(config, metrics, Health::new(), false, failed)), failures)
    }
}
