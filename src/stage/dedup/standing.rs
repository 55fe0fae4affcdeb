//! What a lane tells of itself in `/readyz`, the metrics and the log: its state, how much it remembers, what the brokers refuse.
//!
//! What holds: a partition tells what it waits for from its assignment on, also where a lane ends and another begins in its place. A
//! refusal is told, with its remedy, until a commit proves that it is over. A lane that is late to end has no say in `/readyz` and the
//! state any more, once the partition has another lane here.

use std::cell::{Cell, RefCell};

use crate::admin::{Component, State};
use crate::dedup::fault::LaneFault;
use crate::dedup::table::Table;
use crate::metrics::{LaneGauges, LaneState};
use crate::stage::shell::Shell;

/// What a partition that has no lane yet waits for.
const ASSIGNED: &str = "assigned: waits for the brokers to say where its candidates begin";

/// One partition's, told of no more once it is dropped.
pub struct Standing {
    partition: i32,
    component: Component,
    gauges: LaneGauges,
    state: Cell<LaneState>,
    /// What the brokers refuse, with the remedy, since the last commit.
    refused: RefCell<Option<String>>,
}

impl Standing {
    /// Of a partition that was just assigned.
    pub fn new(shell: &Shell, partition: i32) -> Self {
        Standing {
            partition,
            component: shell.health.component(&format!("lane {partition}"), State::waiting(ASSIGNED)),
            gauges: shell.metrics.lane(partition),
            state: Cell::new(LaneState::Assigned),
            refused: RefCell::default(),
        }
    }

    /// The lane went over to `state`.
    pub fn state(&self, state: LaneState) {
        self.state.set(state);
        self.show();
    }

    /// The lane remembers this.
    pub fn table(&self, table: &Table) {
        self.gauges.table(table.len() as usize, table.bytes() as usize);
    }

    /// The brokers refuse what the lane writes; whoever mends that need not start anything again.
    pub fn refuse(&self, reason: &str) {
        if self.refused.replace(Some(reason.to_owned())).as_deref() != Some(reason) {
            tracing::error!(partition = self.partition, "the lane tries again until this is mended: {reason}");
        }
        self.show();
    }

    /// Whether the last that was heard of the brokers is a refusal.
    pub fn is_refused(&self) -> bool {
        self.refused.borrow().is_some()
    }

    /// The lane has committed.
    pub fn committed(&self) {
        if self.refused.take().is_some() {
            tracing::info!(partition = self.partition, "the brokers take what the lane writes again");
            self.show();
        }
    }

    /// The lane stopped, and stays so until an operator acts.
    pub fn stop(&self, fault: &LaneFault) {
        self.state.set(LaneState::Stopped);
        self.tell(State::NotReady(format!("stopped: {}", fault.name())));
        tracing::error!(partition = self.partition, fault = fault.name(), "lane stopped: {fault}");
    }

    fn show(&self) {
        let state = self.state.get();
        let text = if state == LaneState::Assigned { ASSIGNED } else { state.as_str() };
        let ready = match &*self.refused.borrow() {
            Some(reason) => State::waiting(format!("{text}, refused: {reason}")),
            None if state == LaneState::Running => State::Ready,
            None => State::waiting(text),
        };
        self.tell(ready);
    }

    fn tell(&self, ready: State) {
        if self.component.set(ready) {
            self.gauges.state(self.state.get());
        }
    }
}
