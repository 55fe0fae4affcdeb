//! Checkpoints: a log that was cut at one restores to what its lane has, and nothing else may be cut.

use super::*;
use crate::dedup::checkpoint::Checkpoint;

impl Lane {
    /// A transaction with the next parts; what is left of the checkpoint, and the offset of its open record.
    fn with_parts(
        &mut self,
        checkpoint: Checkpoint,
        lane_time_ms: i64,
        hashes: impl IntoIterator<Item = u64>,
    ) -> (Option<Checkpoint>, i64) {
        let begins_at = self.append(Record::Open { seq: self.seq + 1 });
        let (parts, rest) = checkpoint.next(&self.table, lane_time_ms, 7);
        for part in parts {
            self.append(Record::Checkpoint(part));
        }
        let segment = self.segment(lane_time_ms, hashes);
        let (hashes, offset) = (segment.hashes.clone(), self.append(Record::Segment(segment)));
        self.table.commit(lane_time_ms, hashes, offset);
        self.seq += 1;
        self.end += 1;
        (rest, begins_at)
    }

    /// A whole checkpoint with `hashes` added meanwhile, one in each transaction. Where it begins.
    pub(super) fn checkpoint(&mut self, mut lane_time_ms: i64, step_ms: i64, hashes: &[u64]) -> i64 {
        let (mut begins_at, mut left) = (None, Some(Checkpoint::new(self.seq + 1, lane_time_ms)));
        let mut hashes = hashes.iter();
        while let Some(checkpoint) = left {
            let open;
            (left, open) = self.with_parts(checkpoint, lane_time_ms, hashes.next().copied());
            begins_at.get_or_insert(open);
            lane_time_ms += step_ms;
        }
        let begins_at = begins_at.expect("one part at least");
        self.table.rebase(begins_at);
        begins_at
    }
}

type Transactions = Vec<(i64, Vec<u64>)>;

/// Transactions by the time since the one before; those of `meanwhile` come with the checkpoint's parts, `step_ms` apart.
fn check_cut(before: Transactions, meanwhile: &[u64], step_ms: i64, after: Transactions, cut: bool, dies: bool) {
    let mut lane = Lane::new();
    let mut time = 10_000;
    for (step, hashes) in before {
        time += step;
        lane.transaction(time, hashes);
    }
    let first = lane.checkpoint(time, step_ms, meanwhile);
    time += 64 * step_ms;
    if dies {
        // Begun by an owner that died: no point to begin from, unless it was complete.
        let (left, begins_at) = lane.with_parts(Checkpoint::new(lane.seq + 1, time), time, [300]);
        if left.is_none() {
            lane.table.rebase(begins_at);
        }
        lane.barrier([3; 16]);
    }
    for (step, hashes) in after {
        time += step;
        lane.transaction(time, hashes);
    }
    if cut {
        lane.cut_before(first);
    }
    let restored = lane.restore_by(TTL_MS).unwrap_or_else(|fault| panic!("{}: {fault}", fault.name()));
    assert!(restored.table.iter().eq(lane.table.iter()), "the restored table equals the live one");
    // A bucket that was made after the checkpoint began may count from the beginning, which is there.
    let (needed_from, live) = (restored.table.needed_from(), lane.table.needed_from());
    assert_eq!(needed_from.is_some(), live.is_some());
    assert!(
        needed_from <= live && needed_from.is_none_or(|offset| !cut || offset >= first),
        "{needed_from:?} {live:?}"
    );
}

proptest! {
    #[test]
    fn a_log_cut_at_a_checkpoint_restores_to_the_live_table(
        before in prop::collection::vec((0_i64..3_000, prop::collection::vec(0_u64..120, 0..20)), 1..20),
        meanwhile in prop::collection::vec(0_u64..200, 0..40),
        step_ms in 0_i64..900,
        after in prop::collection::vec((0_i64..3_000, prop::collection::vec(0_u64..120, 0..20)), 1..8),
        cut: bool,
        dies: bool,
    ) {
        check_cut(before, &meanwhile, step_ms, after, cut, dies);
    }
}

#[test]
fn a_bucket_that_a_segment_reaches_before_its_part() {
    let before = vec![(0, vec![49, 64, 2, 3, 4, 5, 6]), (1000, vec![21])];
    check_cut(before, &[7], 119, vec![(108, vec![]), (276, vec![])], true, false);
}

fn checkpointed() -> (Lane, i64) {
    let mut lane = usual();
    let begins_at = lane.checkpoint(13_000, 0, &[50, 51, 52]);
    lane.transaction(13_500, 60..62);
    (lane, begins_at)
}

#[test]
fn a_checkpoint_says_when_it_began() {
    assert_eq!(usual().check_restores().checkpointed_ms, Some(10_000), "the log's first segment");
    let (mut lane, begins_at) = checkpointed();
    lane.cut_before(begins_at);
    assert_eq!(lane.check_restores().checkpointed_ms, Some(13_000));
}

#[test]
fn a_log_cut_within_a_checkpoint_is_truncated() {
    let (mut lane, needed_from) = checkpointed();
    lane.cut_before(needed_from + 1);
    lane.check_refused(LaneFault::Truncated { begins_at: needed_from + 1, needed_from });
}

#[test]
fn a_log_cut_at_a_checkpoint_of_which_no_segment_says_that_it_suffices_is_truncated() {
    let mut lane = usual();
    let needed_from = lane.table.needed_from().expect("hashes");
    let begins_at = lane.checkpoint(13_000, 0, &[]);
    lane.cut_before(begins_at);
    lane.check_refused(LaneFault::Truncated { begins_at, needed_from });
}

#[test]
fn a_part_outside_of_a_transaction_is_corrupt() {
    let mut lane = usual();
    let part = Part { number: 4, last: true, ..Part::default() };
    lane.append(Record::Checkpoint(part));
    check_misplaced(lane, "a part of a checkpoint stands outside of a transaction");
}

#[test]
fn a_lost_part_shows_in_the_count() {
    let (mut lane, begins_at) = checkpointed();
    lane.cut_before(begins_at);
    let lost = lane.log.iter().position(|(_, value)| {
        matches!(decode(value), Ok((_, Record::Checkpoint(part))) if part.groups.iter().any(|(_, hashes)| !hashes.is_empty()))
    });
    lane.log.remove(lost.expect("a part with hashes"));
    let fault = lane.restore_by(TTL_MS).map(|_| ()).expect_err("not whole");
    assert_eq!(fault.name(), "changelog_count_mismatch");
}
