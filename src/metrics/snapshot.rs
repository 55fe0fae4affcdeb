//! The metrics as plain values, for the status page and for summaries: the same counters that a scrape reads.

use super::Metrics;
use super::labels::{ArticleOutcome, LaneState, PageOutcome, TransactionResult};
use crate::expand::SkipReason;
use crate::fault::Code;
use crate::split::draft::Kind;
use prometheus::core::Collector;
use prometheus::proto::{Bucket, Metric};
use prometheus::{Histogram, IntCounter, IntGaugeVec};
use std::collections::BTreeMap;

/// All that a person asks first, at one moment. Counts are of this process, since its start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Pages by outcome.
    pub pages: Vec<(PageOutcome, u64)>,
    /// Decided candidates by outcome and kind.
    pub articles: Vec<(ArticleOutcome, Kind, u64)>,
    /// Dead letters by code, over both stages.
    pub errors: Vec<(Code, u64)>,
    /// Skipped pages by reason.
    pub skipped: Vec<(SkipReason, u64)>,
    /// Transactions by result.
    pub transactions: Vec<(TransactionResult, u64)>,
    /// Acknowledged candidates.
    pub candidates: u64,
    /// Candidates deleted unread.
    pub candidates_lost: u64,
    /// Pages deleted unread.
    pub pages_lost: u64,
    /// Candidates read again and dropped.
    pub replayed: u64,
    /// Bytes of pages in memory.
    pub inflight_bytes: i64,
    /// Their bound.
    pub inflight_bytes_limit: i64,
    /// From page to committed article.
    pub latency: Spread,
    /// Of the committing call.
    pub commit: Spread,
    /// Lanes by partition.
    pub lanes: BTreeMap<i32, Lane>,
    /// Input partitions by topic and number.
    pub inputs: BTreeMap<(String, i32), Input>,
}

/// A histogram in two figures, interpolated within its buckets as PromQL's `histogram_quantile` does. Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// Observations.
    pub count: u64,
    /// Median; 0 without observations.
    pub p50: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// One input partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The state's word.
    pub state: String,
    /// Records that are not finished.
    pub lag: i64,
}

/// One lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// The state's word.
    pub state: String,
    /// Hashes seen.
    pub entries: i64,
    /// The table's bytes.
    pub bytes: i64,
}

impl Metrics {
    /// Reads everything once. Not atomic over all of them: a page may be counted and its articles not yet.
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot {
            pages: pairs(PageOutcome::ALL, &self.pages),
            skipped: pairs(&SkipReason::ALL, &self.skipped),
            transactions: pairs(TransactionResult::ALL, &self.transactions),
            errors: self.errors_by_code(),
            candidates: self.candidates.get(),
            candidates_lost: self.candidates_lost.get(),
            pages_lost: self.pages_lost.get(),
            replayed: self.replayed.get(),
            inflight_bytes: self.inflight_bytes.get(),
            inflight_bytes_limit: self.inflight_bytes_limit.get(),
            latency: Spread::of(&self.latency),
            commit: Spread::of(&self.commit_seconds),
            ..Snapshot::default()
        };
        for (outcome, row) in ArticleOutcome::ALL.iter().zip(&self.articles) {
            snapshot.articles.extend(Kind::ALL.iter().zip(row).map(|(kind, count)| (*outcome, *kind, count.get())));
        }
        self.partitions.read(&mut snapshot);
        snapshot
    }

    fn errors_by_code(&self) -> Vec<(Code, u64)> {
        let sum = |code: Code| self.errors.iter().map(|row| row[code as usize].get()).sum();
        Code::ALL.iter().map(|code| (*code, sum(*code))).collect()
    }
}

impl Snapshot {
    fn input(&mut self, topic: &str, partition: &str) -> &mut Input {
        self.inputs.entry((topic.to_owned(), partition.parse().unwrap_or(-1))).or_default()
    }

    /// Pages of one outcome.
    pub fn pages(&self, outcome: PageOutcome) -> u64 {
        self.pages.iter().filter(|(found, _)| *found == outcome).map(|(_, count)| count).sum()
    }

    /// Decided candidates of one outcome, over all kinds.
    pub fn articles(&self, outcome: ArticleOutcome) -> u64 {
        self.articles.iter().filter(|(found, ..)| *found == outcome).map(|(.., count)| count).sum()
    }
}

impl super::partitions::Partitions {
    fn read(&self, snapshot: &mut Snapshot) {
        each(&self.lanes.states, |labels, value| {
            if let ([partition, state], 1) = (labels, value) {
                snapshot.lanes.entry(partition.parse().unwrap_or(-1)).or_default().state = (*state).to_owned();
            }
        });
        each(&self.lanes.entries, |labels, value| {
            if let Some(lane) = labels.first().and_then(|label| snapshot.lanes.get_mut(&label.parse().unwrap_or(-1))) {
                lane.entries = value;
            }
        });
        each(&self.lanes.bytes, |labels, value| {
            if let Some(lane) = labels.first().and_then(|label| snapshot.lanes.get_mut(&label.parse().unwrap_or(-1))) {
                lane.bytes = value;
            }
        });
        each(&self.inputs.lag, |labels, value| {
            if let [partition, topic] = labels {
                snapshot.input(topic, partition).lag = value;
            }
        });
        each(&self.inputs.states, |labels, value| {
            if let ([partition, state, topic], 1) = (labels, value) {
                snapshot.input(topic, partition).state = (*state).to_owned();
            }
        });
    }
}

impl LaneState {
    /// Whether an operator should look.
    pub fn is_trouble(word: &str) -> bool {
        [LaneState::Stopped, LaneState::Fenced].iter().any(|state| state.as_str() == word)
    }
}

fn pairs<T: Copy>(values: &[T], counters: &[IntCounter]) -> Vec<(T, u64)> {
    values.iter().zip(counters).map(|(value, counter)| (*value, counter.get())).collect()
}

/// Every series of a vector: its labels' values in the order of the labels' names, and its value.
fn each(vec: &IntGaugeVec, mut see: impl FnMut(&[&str], i64)) {
    for family in vec.collect() {
        for metric in family.get_metric() {
            let mut labels: Vec<_> = metric.get_label().iter().collect();
            labels.sort_by_key(|label| label.name());
            let values: Vec<&str> = labels.iter().map(|label| label.value()).collect();
            see(&values, metric.get_gauge().get_value() as i64);
        }
    }
}

impl Spread {
    fn of(histogram: &Histogram) -> Self {
        let families = histogram.collect();
        let Some(metric) = families.first().and_then(|family| family.get_metric().first()) else {
            return Spread::default();
        };
        Spread {
            count: metric.get_histogram().get_sample_count(),
            p50: quantile(metric, 0.5),
            p99: quantile(metric, 0.99),
        }
    }
}

fn quantile(metric: &Metric, share: f64) -> f64 {
    let histogram = metric.get_histogram();
    let buckets: &[Bucket] = histogram.get_bucket();
    let rank = share * histogram.get_sample_count() as f64;
    let (mut below, mut lower) = (0.0, 0.0);
    for bucket in buckets {
        let count = bucket.cumulative_count() as f64;
        if count >= rank && count > below {
            return lower + (bucket.upper_bound() - lower) * (rank - below) / (count - below);
        }
        (below, lower) = (count, bucket.upper_bound());
    }
    if rank > 0.0 { lower } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::Registry;
    use std::time::Duration;

    #[test]
    fn a_snapshot_agrees_with_the_verbs() {
        let metrics = Metrics::new(&Registry::new()).unwrap();
        metrics.page(PageOutcome::Expanded, 10);
        metrics.page(PageOutcome::Expanded, 10);
        metrics.articles(ArticleOutcome::Published, Kind::Article, 2);
        metrics.articles(ArticleOutcome::Published, Kind::Teaser, 3);
        metrics.articles(ArticleOutcome::Duplicate, Kind::Teaser, 7);
        let lane = metrics.lane(12);
        lane.state(LaneState::Running);
        lane.table(5, 100);
        let input = metrics.input("pages.raw", 2);
        input.lag(10, 4, 1);
        let snapshot = metrics.snapshot();
        assert_eq!(snapshot.pages(PageOutcome::Expanded), 2);
        assert_eq!(snapshot.articles(ArticleOutcome::Published), 5);
        assert_eq!(snapshot.articles(ArticleOutcome::Duplicate), 7);
        assert_eq!(snapshot.lanes[&12], Lane { state: "running".into(), entries: 5, bytes: 100 });
        assert_eq!(snapshot.inputs[&("pages.raw".to_owned(), 2)], Input { state: "moving".into(), lag: 6 });
    }

    #[test]
    fn quantiles_interpolate_within_their_bucket() {
        let metrics = Metrics::new(&Registry::new()).unwrap();
        assert_eq!(metrics.snapshot().latency, Spread::default());
        for _ in 0..100 {
            metrics.latency(Duration::from_millis(300));
        }
        let spread = metrics.snapshot().latency;
        assert_eq!(spread.count, 100);
        assert!((spread.p50 - 0.375).abs() < 1e-9, "{spread:?}");
        assert!(spread.p99 > 0.49 && spread.p99 <= 0.5, "{spread:?}");
        for _ in 0..900 {
            metrics.latency(Duration::from_secs(7200));
        }
        assert_eq!(metrics.snapshot().latency.p50, 3600.0, "beyond the last bound, the last bound");
    }
}
