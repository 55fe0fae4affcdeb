//! How often others shut a lane out, and when that means that it runs twice.
//!
//! Brokers fence a lane's producer when another owner's begins, and when a transaction took longer than its timeout; the client calls
//! both the same. The changelog tells them apart, since each owner begins with a barrier. What holds: a fence counts once the log
//! shows another owner's barrier behind what was this lane's own, or begins behind that: no owner cuts the log beyond what it
//! wrote. An owner that fences and never gets its barrier in does not count; it owns nothing either, and says itself what keeps it
//! from that.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So many fences within [`FENCE_WINDOW`] mean that somebody else runs the same lanes on purpose.
const FENCES_MAX: usize = 3;
const FENCE_WINDOW: Duration = Duration::from_secs(300);

/// The fences of one lane, for as long as its partition is assigned.
#[derive(Default)]
pub struct Fences {
    /// When the lane was owned again after another had owned it.
    by_others: VecDeque<Instant>,
    /// The changelog offset behind what is known to be the lane's own.
    own_next: Option<i64>,
}

impl Fences {
    /// The lane is owned from the changelog offset `own_from` on. Its log began at `log_start`, and the last barrier of anybody else
    /// in it stands at `others_at`. True where that one had the lane since it was owned here before.
    pub fn owned(&mut self, own_from: i64, log_start: i64, others_at: Option<i64>, now: Instant) -> bool {
        let was_lost = self.own_next.is_some_and(|before| others_at >= Some(before) || log_start > before);
        self.own_next = Some(own_from);
        if was_lost {
            self.by_others.push_back(now);
        }
        was_lost
    }

    /// All below the changelog offset `next` is of the lane that was owned, or of those before it.
    pub fn wrote(&mut self, next: i64) {
        self.own_next = Some(next);
    }

    /// Whether a fence at `now` is one too many. Its own cause is not known yet, and asking for it would shut the other out: of two
    /// owners one has to end first, and the other goes on.
    pub fn are_too_many(&mut self, now: Instant) -> bool {
        self.by_others.retain(|at| now.saturating_duration_since(*at) < FENCE_WINDOW);
        self.by_others.len() + 1 >= FENCES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn own_timeouts_are_never_too_many() {
        let (mut fences, now) = (Fences::default(), Instant::now());
        // An owner before this one is nobody who shut it out.
        assert!(!fences.owned(10, 0, Some(7), now));
        for round in 1..20 {
            assert!(!fences.are_too_many(now));
            assert!(!fences.owned(10 + round, 0, Some(7), now));
        }
    }

    #[test]
    fn who_cut_the_log_beyond_what_the_lane_wrote_was_another_owner() {
        let (mut fences, now) = (Fences::default(), Instant::now());
        assert!(!fences.owned(10, 8, None, now));
        fences.wrote(30);
        assert!(!fences.owned(32, 25, None, now), "its own cut");
        assert!(fences.owned(50, 44, None, now), "with the other's barrier in what is gone");
    }

    #[test]
    fn another_owner_is_one_too_many_at_the_third_fence() {
        let (mut fences, now) = (Fences::default(), Instant::now());
        assert!(!fences.owned(10, 0, None, now));
        assert!(!fences.are_too_many(now));
        assert!(fences.owned(20, 0, Some(12), now + MINUTE));
        assert!(!fences.are_too_many(now + MINUTE));
        // What was counted is not counted again.
        assert!(!fences.owned(30, 0, Some(12), now + MINUTE));
        assert!(fences.owned(40, 0, Some(30), now + 2 * MINUTE));
        assert!(fences.are_too_many(now + 2 * MINUTE));
        assert!(!fences.are_too_many(now + 7 * MINUTE), "too long ago");
    }
}
