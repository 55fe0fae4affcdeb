//! How a metric is made: named, described, registered, and at zero for every value of its labels.

use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    Result,
};

/// Registers what it makes.
pub(super) struct Builder<'a>(pub(super) &'a Registry);

impl Builder<'_> {
    fn keep<C: Collector + Clone + 'static>(&self, made: Result<C>) -> Result<C> {
        let metric = made?;
        self.0.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    pub(super) fn counter(&self, name: &str, help: &str) -> Result<IntCounter> {
        self.keep(IntCounter::new(name, help))
    }

    /// One counter for each of `values`, in their order.
    pub(super) fn counters(
        &self,
        name: &str,
        help: &str,
        label: &str,
        values: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<IntCounter>> {
        let vec = self.keep(IntCounterVec::new(Opts::new(name, help), &[label]))?;
        Ok(values.map(|value| vec.with_label_values(&[value])).collect())
    }

    /// One counter for each pair of `left` and `right`, row by row.
    pub(super) fn counter_table(
        &self,
        (name, help): (&str, &str),
        labels: [&str; 2],
        left: &[&'static str],
        right: &[&'static str],
    ) -> Result<Vec<Vec<IntCounter>>> {
        let vec = self.keep(IntCounterVec::new(Opts::new(name, help), &labels))?;
        let row = |a: &&'static str| right.iter().map(|b| vec.with_label_values(&[*a, *b])).collect();
        Ok(left.iter().map(row).collect())
    }

    pub(super) fn gauge(&self, name: &str, help: &str) -> Result<IntGauge> {
        self.keep(IntGauge::new(name, help))
    }

    /// A gauge between 0 and 1 that begins at 1.
    pub(super) fn ratio(&self, name: &str, help: &str) -> Result<Gauge> {
        let gauge = self.keep(Gauge::new(name, help))?;
        gauge.set(1.0);
        Ok(gauge)
    }

    pub(super) fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
        self.keep(IntGaugeVec::new(Opts::new(name, help), labels))
    }

    pub(super) fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> Result<Histogram> {
        self.keep(Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec())))
    }

    /// One histogram for each of `values`, in their order.
    pub(super) fn histograms(
        &self,
        (name, help): (&str, &str),
        buckets: &[f64],
        label: &str,
        values: impl Iterator<Item = &'static str>,
    ) -> Result<Vec<Histogram>> {
        let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        let vec = self.keep(HistogramVec::new(opts, &[label]))?;
        Ok(values.map(|value| vec.with_label_values(&[value])).collect())
    }
}
