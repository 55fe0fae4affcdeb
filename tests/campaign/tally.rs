//! What was done, and what it came to.

use crate::support::Instance;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

/// What is added up over all processes that ran: name, metric, label.
const COUNTED: &[(&str, &str, &str)] = &[
    ("takeovers", "copydesk_restore_seconds_count", ""),
    ("transactions committed", "copydesk_transactions_total", "result=\"committed\""),
    ("transactions aborted", "copydesk_transactions_total", "result=\"aborted\""),
    ("transactions fenced", "copydesk_transactions_total", "result=\"fenced\""),
    ("transactions unknown", "copydesk_transactions_total", "result=\"unknown\""),
    ("producers renewed after a slow commit", "copydesk_producer_renewals_total", "reason=\"slow_commit\""),
    ("producers renewed after an abort", "copydesk_producer_renewals_total", "reason=\"abort\""),
    ("producers renewed after an error", "copydesk_producer_renewals_total", "reason=\"error\""),
    ("producers renewed after a fence", "copydesk_producer_renewals_total", "reason=\"fenced\""),
    ("producers renewed after an unknown end", "copydesk_producer_renewals_total", "reason=\"unknown_outcome\""),
    ("candidates read again", "copydesk_replayed_total", ""),
    ("lanes stopped", "copydesk_lane_faults_total", ""),
];

/// Counts of one campaign, from many threads.
#[derive(Default)]
pub struct Tally {
    faults: Mutex<BTreeMap<&'static str, u64>>,
    counted: Mutex<BTreeMap<&'static str, f64>>,
}

impl Tally {
    /// Something was done.
    pub fn fault(&self, kind: &'static str) {
        *self.faults.lock().expect("no other hand has failed").entry(kind).or_default() += 1;
    }

    /// Takes over what an instance has counted, which ends now. One that does not answer any more is left out.
    pub fn harvest(&self, instance: &Instance) {
        let mut counted = self.counted.lock().expect("no other hand has failed");
        for (name, metric, label) in COUNTED {
            let labels = [*label];
            let labels = if label.is_empty() { &[][..] } else { &labels[..] };
            *counted.entry(name).or_default() += instance.metric_with(metric, labels).unwrap_or(0.0);
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, count) in &*self.faults.lock().expect("no other hand has failed") {
            writeln!(f, "fault: {kind}: {count}")?;
        }
        for (name, count) in &*self.counted.lock().expect("no other hand has failed") {
            writeln!(f, "{name}: {count}")?;
        }
        Ok(())
    }
}
