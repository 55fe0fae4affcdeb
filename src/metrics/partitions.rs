//! Gauges that live as long as a partition is ours.
//!
//! What holds: an owned lane has exactly one state at 1; when the last handle of a partition is dropped, its series
//! vanish, and a handle made meanwhile for the same partition keeps them.

use super::build::Builder;
use super::labels::{InputState, LaneState};
use crate::lock::lock;
use prometheus::{IntGauge, IntGaugeVec};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The vectors, and how many handles each partition has.
pub(super) struct Partitions {
    pub(super) lanes: Arc<Lanes>,
    pub(super) inputs: Arc<Inputs>,
}

pub(super) struct Lanes {
    pub(super) entries: IntGaugeVec,
    pub(super) bytes: IntGaugeVec,
    pub(super) states: IntGaugeVec,
    handles: Handles,
}

pub(super) struct Inputs {
    pub(super) lag: IntGaugeVec,
    lag_seconds: IntGaugeVec,
    pub(super) states: IntGaugeVec,
    handles: Handles,
}

/// Counts handles by topic and partition; touched at assignments only.
#[derive(Default)]
struct Handles(Mutex<BTreeMap<(String, i32), usize>>);

impl Handles {
    fn add(&self, topic: &str, partition: i32) {
        let mut counts = lock(&self.0);
        *counts.entry((topic.to_owned(), partition)).or_default() += 1;
    }

    /// Takes one away and calls `last` if it was the last, before anyone can add another.
    fn remove(&self, topic: &str, partition: i32, last: impl FnOnce()) {
        let mut counts = lock(&self.0);
        let key = (topic.to_owned(), partition);
        let left = counts.get(&key).map_or(0, |count| count - 1);
        if left == 0 {
            counts.remove(&key);
            last();
        } else {
            counts.insert(key, left);
        }
    }
}

impl Partitions {
    pub(super) fn new(make: &Builder<'_>) -> prometheus::Result<Self> {
        let lane = ["partition"];
        let input = ["topic", "partition"];
        Ok(Partitions {
            lanes: Arc::new(Lanes {
                entries: make.gauges("copydesk_dedup_entries", "Hashes that a lane holds as seen.", &lane)?,
                bytes: make.gauges("copydesk_dedup_bytes", "Bytes of a lane's table.", &lane)?,
                states: make.gauges(
                    "copydesk_lane_state",
                    "1 for the state that a lane is in, 0 for the others.",
                    &["partition", "state"],
                )?,
                handles: Handles::default(),
            }),
            inputs: Arc::new(Inputs {
                lag: make.gauges(
                    "copydesk_consumer_lag",
                    "Records that can be fetched and are not finished yet, from the broker's watermarks.",
                    &input,
                )?,
                lag_seconds: make.gauges(
                    "copydesk_consumer_lag_seconds",
                    "Age of the newest finished record while there is lag; 0 without lag.",
                    &input,
                )?,
                states: make.gauges(
                    "copydesk_partition_state",
                    "1 for the state that an input partition is in, 0 for the others.",
                    &["topic", "partition", "state"],
                )?,
                handles: Handles::default(),
            }),
        })
    }

    pub(super) fn lane(&self, partition: i32) -> LaneGauges {
        let lanes = &self.lanes;
        let label = partition.to_string();
        lanes.handles.add("", partition);
        let state = |state: &LaneState| lanes.states.with_label_values(&[label.as_str(), state.as_str()]);
        let gauges = LaneGauges {
            entries: lanes.entries.with_label_values(&[label.as_str()]),
            bytes: lanes.bytes.with_label_values(&[label.as_str()]),
            states: LaneState::ALL.iter().map(state).collect(),
            partition,
            lanes: Arc::clone(lanes),
        };
        gauges.state(LaneState::Assigned);
        gauges
    }

    pub(super) fn input(&self, topic: &str, partition: i32) -> InputGauges {
        let inputs = &self.inputs;
        let label = partition.to_string();
        inputs.handles.add(topic, partition);
        let state = |state: &InputState| inputs.states.with_label_values(&[topic, label.as_str(), state.as_str()]);
        let gauges = InputGauges {
            states: InputState::ALL.iter().map(state).collect(),
            lag: inputs.lag.with_label_values(&[topic, label.as_str()]),
            lag_seconds: inputs.lag_seconds.with_label_values(&[topic, label.as_str()]),
            topic: topic.to_owned(),
            partition,
            inputs: Arc::clone(inputs),
        };
        gauges.state(InputState::Moving);
        gauges
    }
}

/// A lane's gauges, resolved once.
pub struct LaneGauges {
    entries: IntGauge,
    bytes: IntGauge,
    states: Vec<IntGauge>,
    partition: i32,
    lanes: Arc<Lanes>,
}

impl LaneGauges {
    /// The lane went over to `state`.
    pub fn state(&self, state: LaneState) {
        set_one(&self.states, state as usize);
    }

    /// The table's size: hashes seen, and bytes in memory.
    pub fn table(&self, entries: usize, bytes: usize) {
        self.entries.set(entries as i64);
        self.bytes.set(bytes as i64);
    }
}

impl Drop for LaneGauges {
    fn drop(&mut self) {
        let label = self.partition.to_string();
        self.lanes.handles.remove("", self.partition, || {
            // A series that is not there is what is wanted; nothing to report.
            let _ = self.lanes.entries.remove_label_values(&[label.as_str()]);
            let _ = self.lanes.bytes.remove_label_values(&[label.as_str()]);
            for state in LaneState::ALL {
                let _ = self.lanes.states.remove_label_values(&[label.as_str(), state.as_str()]);
            }
        });
    }
}

fn set_one(states: &[IntGauge], at: usize) {
    states.iter().enumerate().for_each(|(index, gauge)| gauge.set(i64::from(index == at)));
}

/// An input partition's gauges, resolved once.
pub struct InputGauges {
    lag: IntGauge,
    lag_seconds: IntGauge,
    states: Vec<IntGauge>,
    topic: String,
    partition: i32,
    inputs: Arc<Inputs>,
}

impl InputGauges {
    /// Lag from the watermark (`high`, exclusive) and the next offset to finish; never negative, since the two are not
    /// read at the same instant. `age_seconds` is the age of the newest finished record; it counts only while there is
    /// lag.
    pub fn lag(&self, high: i64, next: i64, age_seconds: i64) {
        let lag = (high - next).max(0);
        self.lag.set(lag);
        self.lag_seconds.set(if lag > 0 { age_seconds.max(0) } else { 0 });
    }

    /// The partition went over to `state`.
    pub fn state(&self, state: InputState) {
        set_one(&self.states, state as usize);
    }
}

impl Drop for InputGauges {
    fn drop(&mut self) {
        let label = self.partition.to_string();
        self.inputs.handles.remove(&self.topic, self.partition, || {
            let _ = self.inputs.lag.remove_label_values(&[self.topic.as_str(), label.as_str()]);
            let _ = self.inputs.lag_seconds.remove_label_values(&[self.topic.as_str(), label.as_str()]);
            for state in InputState::ALL {
                let _ = self.inputs.states.remove_label_values(&[self.topic.as_str(), label.as_str(), state.as_str()]);
            }
        });
    }
}
