//! The clock of a lane: the largest candidate timestamp that it has seen.
//!
//! Candidates carry the broker's append time. Counting the TTL in it, and not by a wall clock, lets old candidates after a
//! long outage meet the hashes that they need, and lets a restored table agree with a live one.
//!
//! What holds: it never goes backward, and never runs ahead of the broker by more than the leap it allows.

/// See the module's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneTime {
    now_ms: i64,
    leap_ms_max: i64,
}

/// What a timestamp did to the lane time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Not newer than what was seen.
    Unchanged,
    /// The lane time is now this timestamp.
    Advanced,
    /// Too far past the broker's time to be believed; the lane time stays. Counts as a fault of the record's timestamp,
    /// not of the record.
    Refused,
}

impl LaneTime {
    /// Starts at `start_ms`: 0 for a new lane, else the last committed segment's lane time. A timestamp may pass the broker's
    /// time by an eighth of the TTL.
    pub fn new(start_ms: i64, ttl_ms: u64) -> Self {
        LaneTime { now_ms: start_ms, leap_ms_max: i64::try_from(ttl_ms / 8).unwrap_or(i64::MAX) }
    }

    /// The lane time, in milliseconds since the epoch.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Takes a candidate's timestamp into account. `broker_time_ms` is the latest time that the brokers are known to be at.
    pub fn observe(&mut self, timestamp_ms: i64, broker_time_ms: i64) -> Observed {
        if timestamp_ms <= self.now_ms {
            Observed::Unchanged
        } else if timestamp_ms > broker_time_ms.saturating_add(self.leap_ms_max) {
            Observed::Refused
        } else {
            self.now_ms = timestamp_ms;
            Observed::Advanced
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_largest_timestamp_and_refuses_leaps() {
        let mut time = LaneTime::new(0, 8_000);
        assert_eq!(time.observe(-1, 50_000), Observed::Unchanged);
        assert_eq!(time.observe(50_000, 50_000), Observed::Advanced);
        assert_eq!(time.observe(49_000, 50_000), Observed::Unchanged);
        assert_eq!(time.observe(51_000, 50_000), Observed::Advanced);
        assert_eq!(time.observe(51_001, 50_000), Observed::Refused);
        assert_eq!(time.now_ms(), 51_000);
        assert_eq!(time.observe(i64::MAX, i64::MAX), Observed::Advanced);
    }
}
