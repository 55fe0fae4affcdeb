//! Readiness and liveness, shared by every thread.
//!
//! Ready: every component that reported is ready, and at least one did. Live: every [`Pulse`] was touched within its
//! time. What holds: touching a pulse is one atomic store; a component that is gone no longer counts; who held a name before has
//! no say in it; no clock but the monotonic one.

use crate::lock::lock;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Where a component stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does its work.
    Ready,
    /// It does not, for this reason, which `/readyz` shows.
    NotReady(String),
}

impl State {
    /// Not ready, with its reason.
    pub fn waiting(reason: impl Into<String>) -> Self {
        State::NotReady(reason.into())
    }
}

/// What `/readyz` and `/livez` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether the answer is 200.
    pub ok: bool,
    /// Each component that is not well, with its reason.
    pub reasons: BTreeMap<String, String>,
}

/// The process's health. Clones share it.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    start: Instant,
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    components: BTreeMap<String, State>,
    /// The last [`Component`] of each name that was made, while there is one.
    holders: BTreeMap<String, u64>,
    pulses: BTreeMap<u64, Watched>,
    ids_given: u64,
}

impl Parts {
    fn id(&mut self) -> u64 {
        self.ids_given += 1;
        self.ids_given
    }
}

struct Watched {
    name: String,
    within: Duration,
    touched_ms: Arc<AtomicU64>,
}

impl Default for Health {
    fn default() -> Self {
        Health(Arc::new(Inner { start: Instant::now(), parts: Mutex::default() }))
    }
}

impl Health {
    /// Nothing has reported yet: live, not ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// A component (`extract`, `dedup`, `lane 3`) reports where it stands.
    pub fn set(&self, component: &str, state: State) {
        let mut parts = self.parts();
        match parts.components.get_mut(component) {
            Some(known) => *known = state,
            None => drop(parts.components.insert(component.to_owned(), state)),
        }
    }

    /// A component is gone, such as a lane whose partition left.
    pub fn remove(&self, component: &str) {
        self.parts().components.remove(component);
    }

    /// Holds a component's name from now on, which others may have held before and not have let go yet.
    pub fn component(&self, name: &str, state: State) -> Component {
        let mut parts = self.parts();
        let id = parts.id();
        parts.holders.insert(name.to_owned(), id);
        parts.components.insert(name.to_owned(), state);
        drop(parts);
        Component { health: self.clone(), name: name.to_owned(), id }
    }

    /// Begins to watch a loop that promises to touch the pulse at least once `within` a time.
    pub fn pulse(&self, name: &str, within: Duration) -> Pulse {
        let touched_ms = Arc::new(AtomicU64::new(0));
        let mut parts = self.parts();
        let id = parts.id();
        parts.pulses.insert(id, Watched { name: name.to_owned(), within, touched_ms: Arc::clone(&touched_ms) });
        drop(parts);
        let pulse = Pulse { health: self.clone(), id, touched_ms };
        pulse.touch();
        pulse
    }

    /// Whether the process does its work.
    pub fn ready(&self) -> Verdict {
        let parts = self.parts();
        let mut reasons: BTreeMap<String, String> = BTreeMap::new();
        for (name, state) in &parts.components {
            if let State::NotReady(reason) = state {
                reasons.insert(name.clone(), reason.clone());
            }
        }
        if parts.components.is_empty() {
            reasons.insert("process".to_owned(), "starting".to_owned());
        }
        Verdict { ok: reasons.is_empty(), reasons }
    }

    /// Whether every watched loop moves. A process that is not live should be restarted.
    pub fn live(&self) -> Verdict {
        self.live_at(self.0.start.elapsed())
    }

    fn live_at(&self, now: Duration) -> Verdict {
        let parts = self.parts();
        let mut reasons = BTreeMap::new();
        for watched in parts.pulses.values() {
            let silent = now.saturating_sub(Duration::from_millis(watched.touched_ms.load(Ordering::Relaxed)));
            if silent > watched.within {
                let reason = format!("silent for {}s, {}s allowed", silent.as_secs(), watched.within.as_secs());
                reasons.insert(watched.name.clone(), reason);
            }
        }
        Verdict { ok: reasons.is_empty(), reasons }
    }

    /// Every component with its state, for the status page.
    pub fn components(&self) -> BTreeMap<String, State> {
        self.parts().components.clone()
    }

    /// Time since the process began.
    pub fn uptime(&self) -> Duration {
        self.0.start.elapsed()
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        lock(&self.0.parts)
    }
}

/// A component by its holder. Dropping it removes the component, unless another holds the name by then.
pub struct Component {
    health: Health,
    name: String,
    id: u64,
}

impl Component {
    /// Reports where it stands. Nothing happens, and false is the answer, where another holds the name.
    pub fn set(&self, state: State) -> bool {
        let mut parts = self.health.parts();
        let is_holder = parts.holders.get(&self.name) == Some(&self.id);
        if is_holder {
            parts.components.insert(self.name.clone(), state);
        }
        is_holder
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        let mut parts = self.health.parts();
        if parts.holders.get(&self.name) == Some(&self.id) {
            parts.holders.remove(&self.name);
            parts.components.remove(&self.name);
        }
    }
}

/// A loop's sign of life. Dropping it ends the watch.
pub struct Pulse {
    health: Health,
    id: u64,
    touched_ms: Arc<AtomicU64>,
}

impl Pulse {
    /// The loop went round.
    pub fn touch(&self) {
        let now_ms = u64::try_from(self.health.0.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.touched_ms.store(now_ms, Ordering::Relaxed);
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.health.parts().pulses.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_needs_everyone_and_someone() {
        let health = Health::new();
        assert!(!health.ready().ok, "nobody has reported");
        health.set("extract", State::Ready);
        assert!(health.ready().ok);
        health.set("lane 3", State::waiting("restoring"));
        assert_eq!(health.ready().reasons, BTreeMap::from([("lane 3".to_owned(), "restoring".to_owned())]));
        health.remove("lane 3");
        assert!(health.ready().ok);
    }

    #[test]
    fn who_held_a_name_before_has_no_say_in_it() {
        let health = Health::new();
        let late = health.component("lane 3", State::waiting("fencing"));
        assert!(late.set(State::waiting("restoring")));
        let next = health.component("lane 3", State::waiting("assigned"));
        assert!(!late.set(State::Ready));
        assert!(!health.ready().ok);
        drop(late);
        assert_eq!(health.ready().reasons, BTreeMap::from([("lane 3".to_owned(), "assigned".to_owned())]));
        assert!(next.set(State::Ready));
        assert!(health.ready().ok);
        drop(next);
        assert!(health.components().is_empty());
    }

    #[test]
    fn a_silent_loop_is_not_live_until_its_pulse_is_gone() {
        let health = Health::new();
        let pulse = health.pulse("extract poll", Duration::from_secs(10));
        assert!(health.live_at(Duration::from_secs(5)).ok);
        let verdict = health.live_at(Duration::from_secs(20));
        assert!(verdict.reasons["extract poll"].starts_with("silent for"), "{verdict:?}");
        pulse.touch();
        assert!(health.live().ok);
        drop(pulse);
        assert!(health.live_at(Duration::from_secs(100)).ok);
    }

    #[test]
    fn two_pulses_of_one_name_are_two_watches() {
        let health = Health::new();
        let first = health.pulse("lane 1", Duration::from_secs(10));
        let second = health.pulse("lane 1", Duration::from_secs(10));
        drop(first);
        assert!(!health.live_at(Duration::from_secs(60)).ok);
        drop(second);
        assert!(health.live_at(Duration::from_secs(60)).ok);
    }
}
