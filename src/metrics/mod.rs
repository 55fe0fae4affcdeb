//! Every metric of the program: one struct, registered on a registry that is passed in, used through verbs. No metric's
//! name stands anywhere else.
//!
//! What holds: labels come from closed sets ([`labels`]) or are partition numbers and configured topics; every value of a
//! closed label is there at zero from the start; a verb on the hot path is one atomic addition, never a lookup.

mod build;
pub mod labels;
mod partitions;
mod process;
pub mod snapshot;

pub use labels::{
    ArticleOutcome, CheckpointStep, InputState, LaneState, PageOutcome, RenewalReason, Stage, Step, TransactionResult,
};
pub use partitions::{InputGauges, LaneGauges};
pub use snapshot::Snapshot;

use crate::dedup::fault::LaneFault;
use crate::expand::SkipReason;
use crate::fault::Code;
use crate::split::draft::Kind;
use crate::warning::Warning;
use build::Builder;
use prometheus::{Gauge, Histogram, IntCounter, IntGauge, Registry};
use std::time::Duration;

const PAGE_BYTES_BUCKETS: [f64; 8] = [1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0, 4194304.0, 16777216.0];
const STEP_SECONDS_BUCKETS: [f64; 12] =
    [0.00001, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0];
const COMMIT_SECONDS_BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const LATENCY_SECONDS_BUCKETS: [f64; 14] =
    [0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];
const RESTORE_SECONDS_BUCKETS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0, 600.0];

/// All metrics. Share it by reference or `Arc`; every verb takes `&self` and may be called from any thread.
pub struct Metrics {
    pages: Vec<IntCounter>,
    articles: Vec<Vec<IntCounter>>,
    errors: Vec<Vec<IntCounter>>,
    skipped: Vec<IntCounter>,
    warnings: Vec<IntCounter>,
    candidates: IntCounter,
    candidates_lost: IntCounter,
    pages_lost: IntCounter,
    replayed: IntCounter,
    page_bytes: Histogram,
    steps: Vec<Histogram>,
    latency: Histogram,
    inflight_bytes: IntGauge,
    inflight_bytes_limit: IntGauge,
    transactions: Vec<IntCounter>,
    commit_seconds: Histogram,
    renewals: Vec<IntCounter>,
    checkpoints: Vec<IntCounter>,
    restore_seconds: Histogram,
    lane_faults: Vec<IntCounter>,
    lane_recoveries: IntCounter,
    lane_time_refused: IntCounter,
    last_record: Vec<IntGauge>,
    headroom: Gauge,
    serial: IntGauge,
    ready: IntGauge,
    partitions: partitions::Partitions,
}

impl Metrics {
    /// Makes and registers every metric.
    ///
    /// # Errors
    /// Where the registry already holds a metric of the same name.
    pub fn new(registry: &Registry) -> prometheus::Result<Self> {
        let make = Builder(registry);
        let stages: Vec<_> = Stage::ALL.iter().map(|stage| stage.as_str()).collect();
        let codes = Code::ALL.map(Code::as_str);
        let kinds = Kind::ALL.map(Kind::as_str);
        let outcomes: Vec<_> = ArticleOutcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
        process::register(registry)?;
        build_info(&make)?;
        Ok(Metrics {
            pages: make.counters(
                "copydesk_pages_total",
                "Pages read, by what became of them.",
                "outcome",
                PageOutcome::ALL.iter().map(|outcome| outcome.as_str()),
            )?,
            articles: make.counter_table(
                ("copydesk_articles_total", "Candidates decided, by outcome and kind; counted once committed."),
                ["outcome", "kind"],
                &outcomes,
                &kinds,
            )?,
            errors: make.counter_table(
                ("copydesk_errors_total", "Dead letters, by the stage that wrote them and the code."),
                ["stage", "code"],
                &stages,
                &codes,
            )?,
            skipped: make.counters(
                "copydesk_skipped_total",
                "Pages without an event, by reason. Not errors.",
                "reason",
                SkipReason::ALL.iter().map(|reason| reason.as_str()),
            )?,
            warnings: make.counters(
                "copydesk_warnings_total",
                "Events made, by what was repaired or is doubtful about them; one event may have several.",
                "warning",
                Warning::ALL.iter().map(|warning| warning.as_str()),
            )?,
            candidates: make.counter(
                "copydesk_candidates_total",
                "Article events that extract wrote to candidates and the broker acknowledged.",
            )?,
            candidates_lost: make.counter(
                "copydesk_candidates_lost_total",
                "Candidates that the broker deleted before dedup read them. Above 0: articles are missing.",
            )?,
            pages_lost: make.counter(
                "copydesk_pages_lost_total",
                "Pages that the broker deleted before extract read them. Above 0: pages are missing.",
            )?,
            replayed: make.counter(
                "copydesk_replayed_total",
                "Candidates read again after a takeover and dropped, since they were decided before.",
            )?,
            page_bytes: make.histogram("copydesk_page_bytes", "Size of a page as read.", &PAGE_BYTES_BUCKETS)?,
            steps: make.histograms(
                ("copydesk_stage_duration_seconds", "Time of one page in each step."),
                &STEP_SECONDS_BUCKETS,
                "step",
                Step::ALL.iter().map(|step| step.as_str()),
            )?,
            latency: make.histogram(
                "copydesk_end_to_end_latency_seconds",
                "From the page's own record time to the commit of its article.",
                &LATENCY_SECONDS_BUCKETS,
            )?,
            inflight_bytes: make.gauge("copydesk_inflight_bytes", "Bytes of pages in memory.")?,
            inflight_bytes_limit: make.gauge(
                "copydesk_inflight_bytes_limit",
                "The bound on copydesk_inflight_bytes (extract.inflight_bytes_max).",
            )?,
            transactions: make.counters(
                "copydesk_transactions_total",
                "Transactions of the lanes, by how they ended.",
                "result",
                TransactionResult::ALL.iter().map(|result| result.as_str()),
            )?,
            commit_seconds: make.histogram(
                "copydesk_transaction_commit_seconds",
                "Duration of the call that commits a transaction.",
                &COMMIT_SECONDS_BUCKETS,
            )?,
            renewals: make.counters(
                "copydesk_producer_renewals_total",
                "Producers of lanes that were replaced, by reason.",
                "reason",
                RenewalReason::ALL.iter().map(|reason| reason.as_str()),
            )?,
            checkpoints: make.counters(
                "copydesk_checkpoints_total",
                "Checkpoints of lanes: the table written to the changelog once more, and the log cut behind it.",
                "step",
                CheckpointStep::ALL.iter().map(|step| step.as_str()),
            )?,
            restore_seconds: make.histogram(
                "copydesk_restore_seconds",
                "From a lane's leave to restore to its first decision.",
                &RESTORE_SECONDS_BUCKETS,
            )?,
            lane_faults: make.counters(
                "copydesk_lane_faults_total",
                "Lanes that stopped, by the named error; an operator must act.",
                "fault",
                LaneFault::NAMES.iter().copied(),
            )?,
            lane_recoveries: make.counter(
                "copydesk_lane_recoveries_total",
                "Times that a lane was fenced and restored in place after an error of its producer.",
            )?,
            lane_time_refused: make.counter(
                "copydesk_lane_time_refused_total",
                "Candidates whose broker time lay too far ahead to move a lane's time.",
            )?,
            last_record: last_record(&make)?,
            headroom: make.ratio(
                "copydesk_candidates_headroom_ratio",
                "Share of the candidates' retention that the oldest undecided one has left; 1 where none waits.",
            )?,
            serial: make.gauge(
                "copydesk_serial_mode",
                "1 while pages are taken one at a time, after the last owner of a partition died.",
            )?,
            ready: make.gauge("copydesk_ready", "1 while /readyz answers 200.")?,
            partitions: partitions::Partitions::new(&make)?,
        })
    }

    /// A page's fate is settled.
    pub fn page(&self, outcome: PageOutcome, bytes: usize) {
        self.pages[outcome as usize].inc();
        self.page_bytes.observe(bytes as f64);
    }

    /// A page gave no event. Call it beside [`Metrics::page`] with [`PageOutcome::Skipped`].
    pub fn skipped(&self, reason: SkipReason) {
        self.skipped[reason as usize].inc();
    }

    /// An event came with these words in its `extraction.warnings`.
    pub fn warnings<'w>(&self, words: impl IntoIterator<Item = &'w str>) {
        for word in words {
            // The event is of this version, so no word is unknown.
            if let Some(at) = Warning::ALL.iter().position(|warning| warning.as_str() == word) {
                self.warnings[at].inc();
            }
        }
    }

    /// A dead letter was written. Call it beside [`Metrics::page`] with [`PageOutcome::DeadLettered`].
    pub fn error(&self, stage: Stage, code: Code) {
        self.errors[stage as usize][code as usize].inc();
    }

    /// A page spent `elapsed` in a step.
    pub fn step(&self, step: Step, elapsed: Duration) {
        self.steps[step as usize].observe(elapsed.as_secs_f64());
    }

    /// The broker acknowledged `count` candidates.
    pub fn candidates(&self, count: u64) {
        self.candidates.inc_by(count);
    }

    /// The broker deleted `count` candidates before they were read.
    pub fn candidates_lost(&self, count: u64) {
        self.candidates_lost.inc_by(count);
    }

    /// The broker deleted `count` pages before they were read.
    pub fn pages_lost(&self, count: u64) {
        self.pages_lost.inc_by(count);
    }

    /// `count` candidates below the lane's next offset were read again and dropped.
    pub fn replayed(&self, count: u64) {
        self.replayed.inc_by(count);
    }

    /// `count` candidates of a kind were decided, and the transaction that says so is committed.
    pub fn articles(&self, outcome: ArticleOutcome, kind: Kind, count: u64) {
        self.articles[outcome as usize][kind as usize].inc_by(count);
    }

    /// An article was committed `elapsed` after its page's record time.
    pub fn latency(&self, elapsed: Duration) {
        self.latency.observe(elapsed.as_secs_f64());
    }

    /// Pages in memory grew or shrank by `bytes`.
    pub fn inflight_add(&self, bytes: i64) {
        self.inflight_bytes.add(bytes);
    }

    /// The bound on pages in memory.
    pub fn inflight_limit(&self, bytes: usize) {
        self.inflight_bytes_limit.set(bytes as i64);
    }

    /// A transaction ended; `commit` is the duration of the committing call, where there was one.
    pub fn transaction(&self, result: TransactionResult, commit: Option<Duration>) {
        self.transactions[result as usize].inc();
        if let Some(elapsed) = commit {
            self.commit_seconds.observe(elapsed.as_secs_f64());
        }
    }

    /// A lane's producer was replaced.
    pub fn producer_renewed(&self, reason: RenewalReason) {
        self.renewals[reason as usize].inc();
    }

    /// A checkpoint got on by a step.
    pub fn checkpoint(&self, step: CheckpointStep) {
        self.checkpoints[step as usize].inc();
    }

    /// A lane was restored in `elapsed`.
    pub fn restored(&self, elapsed: Duration) {
        self.restore_seconds.observe(elapsed.as_secs_f64());
    }

    /// A lane stopped with an error of this name ([`LaneFault::name`]).
    pub fn lane_fault(&self, name: &str) {
        if let Some(index) = LaneFault::NAMES.iter().position(|known| *known == name) {
            self.lane_faults[index].inc();
        }
    }

    /// A lane is about to be fenced and restored in place.
    pub fn lane_recovered(&self) {
        self.lane_recoveries.inc();
    }

    /// A candidate's time lay too far ahead and was not believed.
    pub fn lane_time_refused(&self) {
        self.lane_time_refused.inc();
    }

    /// The newest record that a stage finished has this time, in milliseconds since 1970.
    pub fn last_record(&self, stage: Stage, time_ms: i64) {
        self.last_record[stage as usize].set(time_ms / 1000);
    }

    /// The oldest undecided candidate has this share of its retention left.
    pub fn candidates_headroom(&self, ratio: f64) {
        self.headroom.set(ratio);
    }

    /// Whether pages are taken one at a time.
    pub fn serial(&self, is_serial: bool) {
        self.serial.set(i64::from(is_serial));
    }

    /// Whether `/readyz` answers 200.
    pub fn ready(&self, is_ready: bool) {
        self.ready.set(i64::from(is_ready));
    }

    /// The gauges of a lane that begins; they leave the metrics when the handle is dropped.
    pub fn lane(&self, partition: i32) -> LaneGauges {
        self.partitions.lane(partition)
    }

    /// The gauges of an input partition that was assigned; they leave the metrics when the handle is dropped.
    pub fn input(&self, topic: &str, partition: i32) -> InputGauges {
        self.partitions.input(topic, partition)
    }
}

fn build_info(make: &Builder<'_>) -> prometheus::Result<()> {
    let help = "Constant 1; the labels name the build.";
    let info = make.gauges("copydesk_build_info", help, &["version", "librdkafka"])?;
    let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
    info.with_label_values(&[env!("CARGO_PKG_VERSION"), librdkafka.as_str()]).set(1);
    Ok(())
}

fn last_record(make: &Builder<'_>) -> prometheus::Result<Vec<IntGauge>> {
    let help = "Record time of the newest record that a stage finished, seconds since 1970; 0: none yet.";
    let vec = make.gauges("copydesk_last_record_timestamp_seconds", help, &["stage"])?;
    Ok(Stage::ALL.iter().map(|stage| vec.with_label_values(&[stage.as_str()])).collect())
}

#[cfg(test)]
mod tests;
