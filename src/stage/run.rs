//! A run from start to end: wait for the brokers, check the topics, start the stages, serve the port, drain on a signal.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use prometheus::Registry;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::shell::{Failure, Shell};
use super::watchdog::Watch;
use super::{dedup, extract};
use crate::admin::{Admin, Health, Server, State};
use crate::config::Config;
use crate::kafka::client::{Context, REQUEST_TIMEOUT, partition_count};
use crate::kafka::topics::{self, Problem};
use crate::metrics::Metrics;

/// How often the run looks at the brokers' connection and its own readiness.
const TICK: Duration = Duration::from_secs(1);
/// How long topics have to be missing before that is believed: brokers that have just started know of none for a while.
const MISSING_FOR: Duration = Duration::from_secs(10);
/// The same where no broker answered before: then the whole cluster may be starting.
const MISSING_AFTER_SILENCE_FOR: Duration = Duration::from_secs(60);

/// What runs in this process.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Pages to candidates.
    pub extract: bool,
    /// Candidates to articles.
    pub dedup: bool,
    /// A lane without a genesis may start empty, and candidates that are gone are not waited for.
    pub accept_empty_state: bool,
}

/// What the run's main loop hears.
enum Event {
    Failed(Failure),
    Stop,
}

/// A run under way.
pub struct Run {
    shell: Arc<Shell>,
    events: Receiver<Event>,
    stop: Sender<Event>,
    stages: Vec<JoinHandle<()>>,
    address: Option<SocketAddr>,
    _runtime: Runtime,
    _close_port: oneshot::Sender<()>,
}

/// Ends a run from another thread.
#[derive(Clone)]
pub struct Stopper(Sender<Event>);

impl Stopper {
    /// Drains, commits and ends the run.
    pub fn stop(&self) {
        // A run that is over already needs no stop.
        let _ = self.0.send(Event::Stop);
    }
}

impl Run {
    /// Opens the port, then starts the stages as soon as the brokers answer. SIGTERM and SIGINT drain the run; a second
    /// one ends the process at once.
    ///
    /// # Errors
    /// Where the port can't be opened.
    pub fn start(config: Config, options: Options) -> Result<Self, Failure> {
        let registry = Registry::new();
        let metrics = Metrics::new(&registry).map_err(|error| Failure::Defect(error.to_string()))?;
        let metrics = Arc::new(metrics);
        let health = Health::new();
        health.set("brokers", State::waiting("not asked yet"));
        let (failed, failures) = unbounded();
        let shell =
            Arc::new(Shell::new(config, Arc::clone(&metrics), health.clone(), options.accept_empty_state, failed));
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("admin")
            .enable_all()
            .build()
            .map_err(|error| Failure::Defect(format!("starting the runtime: {error}")))?;
        let (stop, events) = unbounded();
        hear_signals(&runtime, stop.clone());
        let (close_port, port_closed) = oneshot::channel::<()>();
        let mut address = None;
        if shell.config.http.enabled {
            let admin = Admin { registry, metrics, health };
            let server = runtime
                .block_on(Server::bind(shell.config.http.listen, admin))
                .map_err(|error| Failure::Config(error.to_string()))?;
            address = server.address().ok();
            runtime.spawn(server.serve(async { drop(port_closed.await) }));
        }
        forward(&shell, failures, stop.clone());
        let stages = stages(&shell, options, stop.clone());
        Ok(Run { shell, events, stop, stages, address, _runtime: runtime, _close_port: close_port })
    }

    /// Where the port listens; `None` where it is off.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The run's metrics.
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.shell.metrics
    }

    /// Where every part of the run stands.
    pub fn health(&self) -> &Health {
        &self.shell.health
    }

    /// A handle that ends the run.
    pub fn stopper(&self) -> Stopper {
        Stopper(self.stop.clone())
    }

    /// Waits for the end, drains.
    ///
    /// # Errors
    /// Why the run could not go on, or that its drain was cut short.
    pub fn wait(self) -> Result<(), Failure> {
        let failure = loop {
            match self.events.recv_timeout(TICK) {
                Ok(Event::Stop) => {
                    tracing::info!("stopping: draining what is in flight");
                    break None;
                }
                Ok(Event::Failed(failure)) => {
                    tracing::error!("stopping, and draining what is in flight: {failure}");
                    break Some(failure);
                }
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => break None,
            }
        };
        self.shell.stop.set();
        let drained = self.join();
        let late = self.events.try_iter().find_map(|event| match event {
            Event::Failed(failure) => Some(failure),
            Event::Stop => None,
        });
        match failure.or(late) {
            Some(failure) => Err(failure),
            None if !drained => Err(Failure::UncleanDrain),
            None => {
                tracing::info!("drained and committed");
                Ok(())
            }
        }
    }

    /// Keeps readiness true to the connection.
    fn look(&self) {
        let down = self.shell.clients.connection().is_down();
        self.shell.health.set("brokers", if down { State::waiting("no broker answers") } else { State::Ready });
        self.shell.metrics.ready(self.shell.health.ready().ok);
    }

    /// Waits for the stages, a little longer than their own deadline.
    fn join(&self) -> bool {
        let deadline = Instant::now() + self.shell.config.run.drain_timeout + Duration::from_secs(5);
        while Instant::now() < deadline {
            if self.stages.iter().all(JoinHandle::is_finished) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

/// From its return on, a signal drains the run: whoever sees the port open or reads of a start may send one.
fn hear_signals(runtime: &Runtime, stop: Sender<Event>) {
    let _entered = runtime.enter();
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return tracing::warn!("signals can't be heard; SIGTERM will not drain");
    };
    runtime.spawn(async move {
        for told in 0.. {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if told > 0 {
                tracing::warn!("second signal: ending at once; what was in flight is read again at the next start");
                std::process::exit(130);
            }
            let _ = stop.send(Event::Stop);
        }
    });
}

fn forward(shell: &Arc<Shell>, failures: Receiver<Failure>, stop: Sender<Event>) {
    let body = move || {
        for failure in failures {
            if stop.send(Event::Failed(failure)).is_err() {
                return;
            }
        }
    };
    drop(shell.spawn("failures", body));
}

/// One thread waits for the brokers and then becomes the extract stage's; the other the dedup stage's.
fn stages(shell: &Arc<Shell>, options: Options, stop: Sender<Event>) -> Vec<JoinHandle<()>> {
    let (go, started) = unbounded::<()>();
    let mut threads = Vec::new();
    let mut add = |name: &'static str, body: fn(&Arc<Shell>)| {
        shell.health.set(name, State::waiting("waiting for the brokers"));
        let (stage, started) = (Arc::clone(shell), started.clone());
        threads.push(shell.spawn(name, move || {
            // The sender is dropped without a word where the topics don't fit.
            if started.recv().is_ok() {
                body(&stage);
            }
        }));
    };
    let mut count = 0;
    if options.extract {
        add("extract", extract::run);
        count += 1;
    }
    if options.dedup {
        add("dedup", dedup::run);
        count += 1;
    }
    let checked = Arc::clone(shell);
    threads.push(shell.spawn("start", move || match wait_for_topics(&checked) {
        // A stage that is gone already has said why.
        Ok(true) => {
            (0..count).for_each(|_| go.send(()).unwrap_or_default());
            // Not joined: it may be asking a broker that does not answer.
            let watching = Arc::clone(&checked);
            drop(checked.spawn("topics", move || watch_topics(&watching)));
        }
        Ok(false) => {}
        Err(failure) => drop(stop.send(Event::Failed(failure))),
    }));
    threads
}

/// Compares the topics with the configuration now and then. Whoever adds partitions to candidates or deletes a topic under a
/// running deployment hears of it here, and not from the next start, which would refuse.
fn watch_topics(shell: &Shell) {
    let watch = shell.watchdog.watch("topics");
    let ask = || {
        let reader = shell.clients.asker("topics").map(|reader| watch.hold(reader))?;
        missing(shell, &watch, &reader, REQUEST_TIMEOUT)
    };
    while !shell.stop.wait(shell.config.run.topics_check_interval) {
        match look_twice(shell, ask) {
            Ok(problems) if problems.is_empty() => shell.health.remove("topics"),
            Ok(problems) => {
                let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
                tracing::error!("the topics are not as configured: {}", text.join("; "));
                shell.health.set("topics", State::waiting(text.join("; ")));
            }
            Err(error) => tracing::debug!(%error, "topics not checked"),
        }
    }
}

/// What is wrong with the topics, if a second look finds it too.
fn look_twice<T>(shell: &Shell, mut ask: impl FnMut() -> KafkaResult<Vec<T>>) -> KafkaResult<Vec<T>> {
    let found = ask()?;
    if found.is_empty() || shell.stop.wait(MISSING_FOR) { Ok(found) } else { ask() }
}

/// What of the topics is not as configured. All are asked for within `timeout`, and each that is not told of by its name.
fn missing(
    shell: &Shell,
    watch: &Watch,
    reader: &BaseConsumer<Context>,
    timeout: Duration,
) -> KafkaResult<Vec<Problem>> {
    let metadata = watch.call("fetch_metadata", timeout, || reader.fetch_metadata(None, timeout))?;
    let count = |topic: &str| watch.call("fetch_metadata", REQUEST_TIMEOUT, || partition_count(reader, topic));
    topics::missing(&metadata, &shell.config, count)
}

/// Waits until a broker answers and the topics are there and fit, which a cluster that is starting takes a while to know. False
/// where the run stops meanwhile.
fn wait_for_topics(shell: &Arc<Shell>) -> Result<bool, Failure> {
    let config = &shell.config;
    let (connection, watch) = (shell.clients.connection(), shell.watchdog.watch("start"));
    let reader = shell.clients.asker("start").map_err(|error| Failure::Config(error.to_string()))?;
    let reader = watch.hold(reader);
    let timeout = REQUEST_TIMEOUT.min(Duration::from_secs(5));
    let (mut since, mut patience) = (None, MISSING_FOR);
    while !shell.stop.is_set() {
        match missing(shell, &watch, &reader, timeout) {
            Ok(problems) => {
                connection.up();
                shell.health.set("brokers", State::Ready);
                if problems.is_empty() {
                    return Ok(true);
                }
                let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
                let begin = *since.get_or_insert_with(|| {
                    tracing::warn!(
                        "the topics are not as configured, which is asked again for {} s: brokers that have just started may not \
                         know them yet: {}",
                        patience.as_secs(),
                        text.join("; ")
                    );
                    Instant::now()
                });
                if begin.elapsed() >= patience {
                    return Err(Failure::Config(text.join("\n")));
                }
                shell.stop.wait(TICK);
            }
            Err(error) => {
                (since, patience) = (None, MISSING_AFTER_SILENCE_FOR);
                connection.silent("start", &format!("{} at {}", error, config.kafka.bootstrap_servers));
                shell.health.set("brokers", State::waiting("no broker answers"));
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::mocking::MockCluster;
    use std::process::{Command, id};

    #[test]
    fn a_signal_is_heard_before_the_runtime_has_done_anything() {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (stop, events) = unbounded();
        hear_signals(&runtime, stop);
        assert!(Command::new("kill").args(["-TERM", &id().to_string()]).status().expect("kill").success());
        runtime.block_on(async {
            while events.is_empty() {
                tokio::task::yield_now().await;
            }
        });
    }

    #[test]
    fn topics_are_missing_if_they_are_at_a_second_look_too() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        let look = |answers: Vec<Vec<&'static str>>| {
            let (shell, mut answers) = (Arc::clone(&shell), answers.into_iter());
            std::thread::spawn(move || look_twice(&shell, || Ok(answers.next().expect("asked no more often"))))
        };
        let begin = Instant::now();
        let looks =
            [vec![vec![]], vec![vec!["pages"], vec![]], vec![vec!["pages"], vec!["pages", "articles"]]].map(look);
        let found = looks.map(|look| look.join().expect("no panic").expect("an answer"));
        assert_eq!(found, [vec![], vec![], vec!["pages", "articles"]]);
        assert!(begin.elapsed() >= MISSING_FOR, "a cluster that starts takes a while to know its topics");
    }

    #[test]
    fn topics_that_brokers_do_not_know_yet_are_waited_for() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        let begin = Instant::now();
        let start = {
            let shell = Arc::clone(&shell);
            std::thread::spawn(move || wait_for_topics(&shell).map_err(|failure| failure.to_string()))
        };
        std::thread::sleep(2 * TICK);
        let of = &shell.config.topics;
        for (topic, partitions) in [
            (&of.pages, 1),
            (&of.candidates, of.candidate_partitions),
            (&of.changelog, of.candidate_partitions),
            (&of.articles, of.articles_partitions),
            (&of.dead_letters, 1),
        ] {
            brokers.create_topic(topic, partitions, 1).expect("a topic");
        }
        assert_eq!(start.join().expect("no panic"), Ok(true));
        assert!(begin.elapsed() < MISSING_FOR);
    }
}
