//! When a lane writes a checkpoint, and when its log is cut behind one.
//!
//! What holds: the log is cut only behind a committed segment which says that nothing older is needed. A predecessor that still
//! runs may cut it too, but only where its own checkpoint begins, which stands in the log that this lane has read.

use std::time::Duration;

use crate::dedup::changelog::Part;
use crate::dedup::checkpoint::{Checkpoint, PART_HASHES_MAX};
use crate::dedup::table::Table;

/// A lane's checkpoints.
pub struct Checkpoints {
    every_ms: i64,
    /// Lane time at which the last complete one began, or of the log's first segment.
    since_ms: Option<i64>,
    current: Option<Current>,
    /// A complete one begins here; the next segment says that nothing older is needed.
    cut_at: Option<i64>,
}

/// One under way: what is left of it, and the changelog offset at which it begins.
struct Current {
    left: Checkpoint,
    begins_at: i64,
}

/// What a transaction writes of a checkpoint.
pub struct Planned {
    /// The parts.
    pub parts: Vec<Part>,
    checkpoint: Checkpoint,
    left: Option<Checkpoint>,
}

impl Checkpoints {
    /// One in each eighth of the TTL, by lane time.
    pub fn new(ttl: Duration, since_ms: Option<i64>) -> Self {
        Checkpoints { every_ms: (ttl.as_millis() / 8) as i64, since_ms, current: None, cut_at: None }
    }

    /// What the transaction `seq` writes of a checkpoint; `None` while none is due.
    pub fn plan(&self, table: &Table, seq: u64, lane_time_ms: i64) -> Option<Planned> {
        let due = self.since_ms.is_some_and(|since_ms| lane_time_ms - since_ms >= self.every_ms);
        let checkpoint = match &self.current {
            Some(current) => current.left,
            None if due && self.cut_at.is_none() => Checkpoint::new(seq, lane_time_ms),
            None => return None,
        };
        let (parts, left) = checkpoint.next(table, lane_time_ms, PART_HASHES_MAX);
        Some(Planned { parts, checkpoint, left })
    }

    /// Whether an idle lane should commit, so that a checkpoint gets on.
    pub fn wants_commit(&self) -> bool {
        self.current.is_some() || self.cut_at.is_some()
    }

    /// The transaction that began at changelog offset `begins_at` is committed, and the table knows its hashes.
    pub fn committed(
        &mut self,
        planned: Option<Planned>,
        begins_at: i64,
        lane_time_ms: i64,
        table: &mut Table,
    ) -> Done {
        self.since_ms.get_or_insert(lane_time_ms);
        let cut_below = self.cut_at.take();
        let Some(planned) = planned else { return Done { is_complete: false, cut_below } };
        let begins_at = self.current.take().map_or(begins_at, |current| current.begins_at);
        match planned.left {
            Some(left) => self.current = Some(Current { left, begins_at }),
            None => {
                self.since_ms = Some(planned.checkpoint.lane_time_ms());
                table.rebase(begins_at);
                self.cut_at = Some(begins_at);
            }
        }
        Done { is_complete: self.current.is_none(), cut_below }
    }
}

/// What follows from a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// A checkpoint is complete with it.
    pub is_complete: bool,
    /// The log is not needed below this changelog offset.
    pub cut_below: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_secs(8);

    #[test]
    fn the_log_is_cut_one_commit_behind_a_complete_checkpoint() {
        let (mut table, mut checkpoints) = (Table::new(8_000), Checkpoints::new(TTL, None));
        table.commit(10_000, [[1; 16]], 2);
        assert!(checkpoints.plan(&table, 1, 10_000).is_none(), "the first segment has yet to come");
        checkpoints.committed(None, 1, 10_000, &mut table);
        assert!(checkpoints.plan(&table, 2, 10_999).is_none(), "an eighth of the TTL has not passed");

        let planned = checkpoints.plan(&table, 3, 11_000).expect("due");
        let done = checkpoints.committed(Some(planned), 40, 11_000, &mut table);
        assert_eq!(done, Done { is_complete: true, cut_below: None }, "its own segment was written before");
        assert!(checkpoints.wants_commit());
        assert_eq!(table.needed_from(), Some(40));

        assert!(checkpoints.plan(&table, 4, 99_000).is_none(), "the next waits until the log is cut");
        let done = checkpoints.committed(None, 50, 11_000, &mut table);
        assert_eq!(done, Done { is_complete: false, cut_below: Some(40) });
        assert!(!checkpoints.wants_commit());
    }

    #[test]
    fn a_large_table_takes_several_transactions_and_begins_where_the_first_does() {
        let (mut table, mut checkpoints) = (Table::new(8_000), Checkpoints::new(TTL, Some(0)));
        let hash = |n: u128| n.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes();
        table.commit(10_000, (0..3 * PART_HASHES_MAX as u128).map(hash), 2);
        let (mut transactions, mut hashes) = (0, 0);
        loop {
            let planned = checkpoints.plan(&table, 7, 10_000).expect("under way");
            assert!(planned.parts.iter().all(|part| part.number == 7));
            hashes += planned.parts.iter().flat_map(|part| &part.groups).map(|(_, hashes)| hashes.len()).sum::<usize>();
            transactions += 1;
            if checkpoints.committed(Some(planned), 100 + transactions, 10_000, &mut table).is_complete {
                break;
            }
        }
        assert_eq!((transactions > 1, hashes), (true, 3 * PART_HASHES_MAX));
        assert_eq!(table.needed_from(), Some(101));
    }
}
