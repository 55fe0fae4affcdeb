//! `copydesk demo`: the pages that come along, through the real run, on a simulated broker or a real one.
//!
//! ```text
//! feed ──> pages.raw ──> stage::run::Run, as in production ──> articles ──> watch, printed as they come
//! ```
//!
//! What holds: nothing is staged. The pages are sent as a crawler would send them, the run is the one that `copydesk run`
//! starts, and what is printed was read from the articles topic. The simulated broker is librdkafka's mock cluster, in this
//! process: it shows the flow and not the guarantees, since it shows the records of open and aborted transactions too.

mod broker;
mod feed;
pub mod pages;
mod screen;
mod watch;

pub use broker::Broker;
pub use screen::Screen;

use std::net::{SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::KafkaError;

use crate::admin::Health;
use crate::config::Config;
use crate::kafka::client::{Clients, Context};
use crate::kafka::topics::TopicsError;
use crate::metrics::{ArticleOutcome, LaneState, Metrics};
use crate::stage::run::{Options, Run};
use crate::stage::shell::Failure;
use pages::PAGES;

/// With `--once`: how long all of it may take.
const DONE_WITHIN: Duration = Duration::from_secs(120);
/// How long to go on reading for the last published articles after the run has ended.
const LAST_WITHIN: Duration = Duration::from_secs(5);
/// How often the counters are looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Why a demo ended without having shown what it is for.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The topics could not be made.
    #[error(transparent)]
    Topics(#[from] TopicsError),
    /// The run ended with a failure.
    #[error(transparent)]
    Run(#[from] Failure),
    /// A client could not be made, or the brokers did not take the pages.
    #[error("{0}")]
    Broker(#[from] KafkaError),
    /// With `--once`: something was still missing at the deadline.
    #[error("not done after {} s: {missing}. The log says more with --log-level info", DONE_WITHIN.as_secs())]
    NotDone {
        /// Pages and candidates that are not accounted for.
        missing: String,
    },
}

/// Settings that a demo starts from; a file, the environment and flags override them.
pub fn presets() -> Vec<(String, String)> {
    let pairs = [
        ("topics.candidate_partitions", "4"),
        ("topics.articles_partitions", "4"),
        // So that one page of the demo is over the limit without weighing 16 MiB.
        ("extract.page_bytes_max", "512KiB"),
        // Articles and the summary are what a demo is looked at for.
        ("log.level", "warn"),
    ];
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec()
}

/// Sends the pages, runs both stages, prints the articles as they come and a summary at the end. `once`: ends when every
/// page is accounted for; otherwise at SIGTERM or SIGINT.
///
/// # Errors
/// See [`DemoError`].
pub fn run(mut config: Config, broker: &Broker, once: bool, screen: &Screen) -> Result<(), DemoError> {
    listen_where_free(&mut config.http.listen);
    let clients = Clients::new(&config);
    broker.prepare(&clients, &mut config)?;
    screen.banner(broker, &config);
    let run = Run::start(config.clone(), Options { extract: true, dedup: true, accept_empty_state: false })?;
    screen.started(run.address());
    let demo = Demo {
        config: &config,
        clients: &clients,
        screen,
        once,
        over: AtomicBool::new(false),
        shown: AtomicU64::new(0),
    };
    demo.run(run)
}

/// The usual port is taken where another copydesk runs here: then any other.
fn listen_where_free(listen: &mut SocketAddr) {
    if TcpListener::bind(*listen).is_err() {
        listen.set_port(0);
    }
}

struct Demo<'d> {
    config: &'d Config,
    clients: &'d Clients,
    screen: &'d Screen,
    once: bool,
    /// The run has ended: nothing more is published.
    over: AtomicBool,
    /// Articles that were read and printed.
    shown: AtomicU64,
}

impl Demo<'_> {
    fn run(&self, run: Run) -> Result<(), DemoError> {
        let (metrics, health, stopper) = (run.metrics().clone(), run.health().clone(), run.stopper());
        let articles = watch::open(self.clients, self.config)?;
        let (fed, ended) = thread::scope(|scope| {
            scope.spawn(|| self.show(&articles, &metrics));
            let feeder = scope.spawn(|| {
                // The run would go on without its feeder, so a panic is caught, and told when the run has ended.
                let feed = || self.feed(&metrics, || self.is_ready(&health, &metrics));
                let fed = catch_unwind(AssertUnwindSafe(feed));
                if self.once || !matches!(fed, Ok(Ok(()))) {
                    stopper.stop();
                }
                fed
            });
            let ended = run.wait();
            self.over.store(true, Ordering::Release);
            (feeder.join().flatten(), ended)
        });
        self.screen.summary(&metrics.snapshot(), PAGES.len());
        ended?;
        fed.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Every pages partition is read and every lane runs.
    fn is_ready(&self, health: &Health, metrics: &Metrics) -> bool {
        let lanes = metrics.snapshot().lanes;
        let running = lanes.values().filter(|lane| lane.state == LaneState::Running.as_str()).count();
        health.ready().ok && running == self.config.topics.candidate_partitions as usize
    }

    /// Sends the pages as soon as the run is ready, then waits until all of them are accounted for.
    fn feed(&self, metrics: &Metrics, is_ready: impl Fn() -> bool) -> Result<(), DemoError> {
        let deadline = Instant::now() + DONE_WITHIN;
        let late = |missing: String| if self.once { Err(DemoError::NotDone { missing }) } else { Ok(()) };
        while !is_ready() {
            if self.over.load(Ordering::Acquire) {
                return Ok(());
            }
            if self.once && Instant::now() > deadline {
                return late("the run did not get ready".into());
            }
            thread::sleep(LOOK);
        }
        self.screen.sending(PAGES.len());
        feed::send(self.clients, self.config, PAGES, &self.over)?;
        while let Some(missing) = self.missing(metrics) {
            if self.over.load(Ordering::Acquire) {
                return Ok(());
            }
            if self.once && Instant::now() > deadline {
                return late(missing);
            }
            thread::sleep(LOOK);
        }
        if !self.once {
            self.screen.all_done(&metrics.snapshot(), PAGES.len());
        }
        Ok(())
    }

    /// What is not accounted for yet, or not shown; `None` when all is.
    fn missing(&self, metrics: &Metrics) -> Option<String> {
        let snapshot = metrics.snapshot();
        let published = snapshot.articles(ArticleOutcome::Published);
        let shown = self.shown.load(Ordering::Relaxed);
        watch::missing(&snapshot, PAGES.len() as u64)
            .or_else(|| (shown < published).then(|| format!("{shown} of {published} articles read")))
    }

    /// Prints articles until the run is over and everything that it published was read.
    fn show(&self, articles: &BaseConsumer<Context>, metrics: &Metrics) {
        let mut last = None;
        loop {
            if let Some(event) = watch::next(articles) {
                self.screen.article(&event);
                self.shown.fetch_add(1, Ordering::Relaxed);
            }
            if self.over.load(Ordering::Acquire) {
                let last = *last.get_or_insert_with(|| Instant::now() + LAST_WITHIN);
                let published = metrics.snapshot().articles(ArticleOutcome::Published);
                if self.shown.load(Ordering::Relaxed) >= published || Instant::now() > last {
                    return;
                }
            }
        }
    }
}
