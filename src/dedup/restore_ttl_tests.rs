//! A lane whose TTL is changed between two owners: what the one had forgotten stays forgotten, and what it needed is all that the
//! next one needs.

use super::*;

impl Lane {
    /// Another owner reads the log, which forgets by `ttl_ms`.
    fn take_over(&mut self, ttl_ms: u64) {
        let restored = self.restore_by(ttl_ms).unwrap_or_else(|fault| panic!("{}: {fault}", fault.name()));
        // The next one that reads has the nonce.
        self.log.pop();
        self.barrier([4; 16]);
        (self.table, self.ttl_ms) = (restored.table, ttl_ms);
    }
}

type Transactions = Vec<(i64, Vec<u64>)>;

fn transactions(count: usize) -> impl Strategy<Value = Transactions> {
    prop::collection::vec((0_i64..3_000, prop::collection::vec(0_u64..120, 0..20)), 1..count)
}

fn ttl() -> impl Strategy<Value = u64> {
    prop_oneof![Just(TTL_MS / 3), Just(TTL_MS), Just(2 * TTL_MS), 1..5 * TTL_MS]
}

proptest! {
    /// The log is cut while the next owner runs, as far as the one before allowed.
    #[test]
    fn any_log_restores_to_the_live_table(
        before in transactions(20),
        is_checkpointed: bool,
        behind in transactions(4),
        own in ttl(),
        after in transactions(4),
        next in ttl(),
        last in transactions(4),
    ) {
        let (mut lane, mut time) = (Lane::new(), 10_000);
        let run = |lane: &mut Lane, time: &mut i64, transactions: Transactions| {
            for (step, hashes) in transactions {
                *time += step;
                lane.transaction(*time, hashes);
            }
        };
        run(&mut lane, &mut time, before);
        if is_checkpointed {
            lane.checkpoint(time, 0, &[]);
        }
        run(&mut lane, &mut time, behind);
        let not_needed = lane.table.needed_from();
        lane.take_over(own);
        run(&mut lane, &mut time, after);
        not_needed.into_iter().for_each(|offset| lane.cut_before(offset));
        lane.take_over(next);
        run(&mut lane, &mut time, last);
        lane.check_restores();
    }
}

#[test]
fn a_longer_ttl_does_not_bring_back_what_was_forgotten() {
    let mut lane = usual();
    lane.transaction(20_000, 20..21);
    lane.take_over(4 * TTL_MS);
    let seen = [0, 5, 6, 20].map(|n| lane.table.contains(&hash(n)));
    assert_eq!(seen, [false, false, true, true], "those of 10_000 and 11_000 were forgotten at 20_000");
    lane.transaction(12_500 + 4 * TTL_MS as i64, []);
    assert!(lane.table.contains(&hash(6)), "what was not counts for four times as long");
    lane.check_restores();
}

/// As by its former owner, who forgot what it holds, or by retention.
#[test]
fn a_log_that_is_cut_behind_an_owner_with_a_longer_ttl_restores() {
    let mut lane = usual();
    let checkpoint = lane.checkpoint(21_000, 0, &[]);
    lane.transaction(21_000, 20..21);
    lane.take_over(2 * TTL_MS);
    lane.transaction(21_000, 21..22);
    lane.cut_before(checkpoint);
    lane.check_restores();
}

#[test]
fn a_shorter_ttl_counts_from_the_end_of_the_bucket() {
    let mut lane = usual();
    lane.take_over(TTL_MS / 8);
    let seen = [0, 5, 6].map(|n| lane.table.contains(&hash(n)));
    assert_eq!(
        seen,
        [false, true, true],
        "of buckets an eighth as wide, that of 10_999 is forgotten at 12_500, that of 11_999 is not"
    );
    lane.check_restores();
}

#[test]
fn a_lost_part_shows_in_the_count_whatever_the_ttl() {
    let mut lane = usual();
    let begins_at = lane.checkpoint(13_000, 0, &[50, 51, 52]);
    lane.transaction(13_500, 60..62);
    lane.cut_before(begins_at);
    let lost = lane
        .log
        .iter()
        .position(|(_, value)| matches!(decode(value), Ok((_, Record::Checkpoint(part))) if !part.groups.is_empty()));
    lane.log.remove(lost.expect("a part with hashes"));
    let fault = lane.restore_by(2 * TTL_MS).map(|_| ()).expect_err("not whole");
    assert_eq!(fault.name(), "changelog_count_mismatch");
}

#[test]
fn a_ttl_shorter_than_a_bucket_was_does_not_run_ahead_of_the_lane() {
    let mut lane = Lane::new();
    lane.transaction(11_999, 0..1);
    lane.transaction(12_000, 1..2);
    lane.take_over(TTL_MS / 16);
    assert!(lane.table.contains(&hash(0)), "forgotten 1 ms after its commit");
    lane.check_restores();
}

/// What happens to a lane.
#[derive(Clone, Debug)]
enum Step {
    Transactions(Transactions),
    /// So long after what came before, in parts, with hashes of its own.
    Checkpoint(i64, Vec<u64>),
    TakeOver(u64),
    /// The log is cut as far as the lane allows now.
    Cut,
    /// It is cut as far as the lane allowed when it was cut last.
    CutLate,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => transactions(6).prop_map(Step::Transactions),
        2 => (0_i64..3_000, prop::collection::vec(0_u64..120, 0..5)).prop_map(|(after, hashes)| Step::Checkpoint(after, hashes)),
        2 => ttl().prop_map(Step::TakeOver),
        2 => Just(Step::Cut),
        1 => Just(Step::CutLate),
    ]
}

proptest! {
    /// Whatever owners did one after the other, the log tells all that the live table holds.
    #[test]
    fn any_owners_leave_a_log_that_restores(steps in prop::collection::vec(step(), 1..40)) {
        let (mut lane, mut time, mut allowed) = (Lane::new(), 10_000, None);
        for step in steps {
            match step {
                Step::Transactions(transactions) => for (after, hashes) in transactions {
                    time += after;
                    lane.transaction(time, hashes);
                },
                Step::Checkpoint(after, hashes) => {
                    time += after;
                    let part = after / 16;
                    lane.checkpoint(time, part, &hashes);
                    time += part * (64 + hashes.len() as i64);
                }
                Step::TakeOver(ttl_ms) => lane.take_over(ttl_ms),
                Step::Cut => {
                    // Behind a segment that says so.
                    lane.transaction(time, []);
                    allowed = lane.table.needed_from();
                    allowed.into_iter().for_each(|offset| lane.cut_before(offset));
                }
                Step::CutLate => allowed.into_iter().for_each(|offset| lane.cut_before(offset)),
            }
            let end = lane.log.len();
            let restored = lane.restore_by(lane.ttl_ms).unwrap_or_else(|fault| panic!("{}: {fault}", fault.name()));
            lane.log.truncate(end);
            prop_assert!(restored.table.iter().eq(lane.table.iter()));
            let (own, live) = (restored.table.needed_from(), lane.table.needed_from());
            prop_assert!(live.is_none() || own <= live, "{own:?} {live:?}");
        }
    }
}
