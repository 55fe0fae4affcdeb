//! What a pass knows of each of its lanes: how far it has decided, and since when its traces are whole.

use super::account::Evidence;
use crate::dedup::changelog::Record;
use crate::dedup::{Hash16, lane_of};

/// One lane.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lane {
    /// Up to where its candidates are decided; `None`: its changelog holds no segment.
    pub next: Option<i64>,
    /// When it was made, ms; `None`: the changelog does not begin with its genesis any more.
    pub genesis_ms: Option<i64>,
    /// Articles of its hashes were published since.
    pub has_articles: bool,
    /// What was deleted of its traces.
    pub evidence: Evidence,
}

impl Lane {
    /// Up to where candidates are decided, as far as the changelog tells: a lane that was just made has decided none.
    pub fn decided_to(&self) -> Option<i64> {
        self.next.or(self.genesis_ms.map(|_| 0))
    }

    /// Its candidates were read; `first_ms` is the time of the first one that is left.
    pub fn begun(&mut self, first_ms: Option<i64>) {
        // No article is older than its candidate; one that is older than all of them is of other topics, as before a reshard.
        self.evidence.begun_ms = match (self.genesis_ms, first_ms) {
            // Nothing is left that tells.
            (None, None) if self.evidence.changelog_ms > i64::MIN => i64::MAX,
            (genesis_ms, first_ms) => genesis_ms.into_iter().chain(first_ms).fold(i64::MIN, i64::max),
        };
    }
}

/// The lanes of one pass, among all.
pub struct Lanes {
    all: Vec<Option<Lane>>,
}

impl Lanes {
    /// Nothing known of `own` lanes, of `count` in all.
    pub fn new(own: &[i32], count: i32) -> Self {
        let mut all = vec![None; count as usize];
        own.iter().for_each(|lane| all[*lane as usize] = Some(Lane::default()));
        Lanes { all }
    }

    /// The numbers of its lanes.
    pub fn own(&self) -> impl Iterator<Item = i32> + '_ {
        (0..).zip(&self.all).filter(|(_, lane)| lane.is_some()).map(|(number, _)| number)
    }

    /// A lane of the pass.
    pub fn get(&self, lane: i32) -> Option<&Lane> {
        self.all.get(usize::try_from(lane).ok()?)?.as_ref()
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, lane: i32) -> Option<&mut Lane> {
        self.all.get_mut(usize::try_from(lane).ok()?)?.as_mut()
    }

    /// All of the pass, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.all.iter_mut().flatten()
    }

    /// The number of the lane that decides a hash, if it is of the pass.
    pub fn of(&self, hash: &Hash16) -> Option<i32> {
        let lane = lane_of(hash, self.all.len() as u32) as i32;
        self.get(lane).map(|_| lane)
    }
}

/// Since when a log, whose beginning was deleted, tells all that its lane remembers: since its genesis, or since a checkpoint
/// is complete. Without either, once the lane has forgotten what it had seen before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recall {
    first_ms: Option<i64>,
    /// The checkpoint under way and the part that goes on with it.
    checkpoint: Option<(u64, u32)>,
    whole_ms: Option<i64>,
}

impl Recall {
    /// The log's next record, with its timestamp.
    pub fn push(&mut self, record: &Record, time_ms: i64) {
        self.first_ms.get_or_insert(time_ms);
        match record {
            Record::Genesis { .. } => self.is_whole(time_ms),
            Record::Checkpoint(part) => {
                let goes_on = part.part == 0 || self.checkpoint == Some((part.number, part.part));
                self.checkpoint = goes_on.then_some((part.number, part.part + 1));
                if part.last && goes_on {
                    self.is_whole(time_ms);
                }
            }
            _ => {}
        }
    }

    fn is_whole(&mut self, time_ms: i64) {
        self.whole_ms.get_or_insert(time_ms);
    }

    /// The time, ms since the epoch; `i64::MAX` where no record is left.
    pub fn since_ms(&self, ttl_ms: i64) -> i64 {
        // A hash is forgotten within 9/8 of the TTL.
        let forgotten = |first_ms: i64| first_ms.saturating_add(ttl_ms).saturating_add(ttl_ms / 8);
        self.whole_ms.or(self.first_ms.map(forgotten)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dedup::changelog::{Part, Segment};

    fn since_ms(records: &[(Record, i64)]) -> i64 {
        let mut recall = Recall::default();
        records.iter().for_each(|(record, time_ms)| recall.push(record, *time_ms));
        recall.since_ms(80)
    }

    #[test]
    fn a_log_that_was_cut_tells_all_since_its_first_whole_checkpoint() {
        let part = |number, part, last| Record::Checkpoint(Part { number, part, last, ..Part::default() });
        let segment = || Record::Segment(Segment::default());
        assert_eq!(since_ms(&[]), i64::MAX);
        assert_eq!(since_ms(&[(Record::Genesis { created_at_ms: 1 }, 5), (segment(), 9)]), 5);
        assert_eq!(
            since_ms(&[(part(1, 0, false), 5), (segment(), 6), (part(1, 1, true), 7), (part(2, 0, true), 8)]),
            7
        );
        // Its first parts were deleted.
        assert_eq!(since_ms(&[(part(1, 1, true), 5), (part(2, 0, true), 8)]), 8);
        assert_eq!(since_ms(&[(part(1, 0, false), 5), (part(2, 1, true), 6), (part(3, 0, true), 8)]), 8);
        assert_eq!(since_ms(&[(segment(), 5), (segment(), 50)]), 5 + 90);
    }

    #[test]
    fn a_lane_begins_with_the_younger_of_its_genesis_and_its_candidates() {
        let begun_ms = |genesis_ms, first_ms, changelog_ms| {
            let evidence = Evidence { changelog_ms, ..Evidence::default() };
            let mut lane = Lane { genesis_ms, evidence, ..Lane::default() };
            lane.begun(first_ms);
            lane.evidence.begun_ms
        };
        assert_eq!(begun_ms(Some(5), Some(7), i64::MIN), 7);
        assert_eq!(begun_ms(Some(5), None, i64::MIN), 5);
        assert_eq!(begun_ms(None, Some(7), 9), 7);
        assert_eq!(begun_ms(None, None, i64::MIN), i64::MIN);
        assert_eq!(begun_ms(None, None, 9), i64::MAX);
    }
}
