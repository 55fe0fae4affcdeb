//! A small lane writes a log the way a real one does; then the log is damaged, and the restore has to say how.

use super::*;
use crate::dedup::changelog::encode;
use crate::dedup::witness::Witness;
use proptest::prelude::*;

#[path = "restore_checkpoint_tests.rs"]
mod checkpoints;
#[path = "restore_ttl_tests.rs"]
mod other_ttl;

const TTL_MS: u64 = 8_000;
const NONCE: [u8; 16] = [9; 16];
/// Another barrier of the same owner.
const OWNS_TOO: [u8; 16] = [9, 9, 9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8];
const LANE_SET: Uuid = Uuid::from_u128(0xa1);
const EXPECTED: Expected = Expected { partitions: 16, partition: 3, hash_version: 1 };

/// A changelog partition, and the live lane that writes it.
struct Lane {
    log: Vec<(i64, Vec<u8>)>,
    end: i64,
    table: Table,
    ttl_ms: u64,
    seq: u64,
}

fn identity() -> LaneIdentity {
    LaneIdentity { lane_set: LANE_SET, partitions: 16, partition: 3, hash_version: 1 }
}

fn hash(n: u64) -> Hash16 {
    u128::from(n).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes()
}

impl Lane {
    fn without_genesis() -> Self {
        Lane { log: Vec::new(), end: 0, table: Table::new(TTL_MS), ttl_ms: TTL_MS, seq: 0 }
    }

    fn new() -> Self {
        let mut lane = Self::without_genesis();
        lane.append(Record::Genesis { created_at_ms: 1 });
        lane.end += 1;
        lane
    }

    /// Of `hashes` at `lane_time_ms`, as one transaction with its commit marker.
    fn transaction(&mut self, lane_time_ms: i64, hashes: impl IntoIterator<Item = u64>) -> i64 {
        self.append(Record::Open { seq: self.seq + 1 });
        let segment = self.segment(lane_time_ms, hashes);
        let (hashes, offset) = (segment.hashes.clone(), self.append(Record::Segment(segment)));
        self.table.commit(lane_time_ms, hashes, offset);
        self.seq += 1;
        self.end += 1;
        offset
    }

    fn segment(&self, lane_time_ms: i64, hashes: impl IntoIterator<Item = u64>) -> Segment {
        let is_first = |hash: &Hash16| !self.table.counts_at(hash, lane_time_ms);
        let mut hashes: Vec<_> = hashes.into_iter().map(hash).filter(is_first).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let preview = self.table.preview(lane_time_ms, hashes.len() as u64);
        let next_offset = self.end * 10;
        Segment {
            seq: self.seq + 1,
            next_offset,
            lane_time_ms,
            ttl_ms: self.ttl_ms,
            needed_from: preview.needed_from.unwrap_or(-1),
            last_candidate: hashes.last().map(|hash| (next_offset - 1, *hash)),
            entries: preview.entries,
            hashes,
            learned: false,
        }
    }

    fn barrier(&mut self, nonce: [u8; 16]) {
        self.append_as(
            &LaneIdentity { lane_set: Uuid::nil(), ..identity() },
            Record::Barrier { nonce, owner: "a".into() },
        );
        self.end += 1;
    }

    fn append(&mut self, record: Record) -> i64 {
        self.append_as(&identity(), record)
    }

    fn append_as(&mut self, identity: &LaneIdentity, record: Record) -> i64 {
        self.log.push((self.end, encode(identity, &record)));
        self.end += 1;
        self.end - 1
    }

    fn cut_before(&mut self, offset: i64) {
        self.log.retain(|(at, _)| *at >= offset);
    }

    fn log_start(&self) -> i64 {
        self.log.first().map_or(self.end, |(offset, _)| *offset)
    }

    fn restore_by(&mut self, ttl_ms: u64) -> Result<Restored, LaneFault> {
        let log_start = self.log_start();
        self.barrier(NONCE);
        let mut restore = Restore::new(EXPECTED, ttl_ms, NONCE);
        for (number, (offset, value)) in self.log.iter().enumerate() {
            let step = restore.push(*offset, value)?;
            assert_eq!(step == Step::Done, number + 1 == self.log.len(), "done at the own barrier and not before");
        }
        restore.finish(log_start)
    }

    #[track_caller]
    fn check_restores(mut self) -> Restored {
        let restored = self.restore_by(self.ttl_ms).unwrap_or_else(|fault| panic!("{}: {fault}", fault.name()));
        assert!(restored.table.iter().eq(self.table.iter()), "the restored table equals the live one");
        assert_eq!(restored.table.needed_from(), self.table.needed_from());
        assert_eq!(restored.seq, self.seq);
        assert_eq!(restored.identity, identity());
        restored
    }

    #[track_caller]
    fn check_refused(mut self, expected: LaneFault) {
        match self.restore_by(self.ttl_ms) {
            Ok(_) => panic!("restored, where {} was due", expected.name()),
            Err(fault) => assert_eq!(fault, expected),
        }
    }
}

/// Three transactions and two owners: the usual log.
fn usual() -> Lane {
    let mut lane = Lane::new();
    lane.barrier([1; 16]);
    lane.transaction(10_000, 0..5);
    lane.transaction(11_000, 5..6);
    lane.barrier([2; 16]);
    lane.transaction(12_500, 3..9);
    lane
}

#[test]
fn a_new_lane_starts_empty() {
    let restored = Lane::new().check_restores();
    assert_eq!((restored.seq, restored.next_offset, restored.lane_time_ms, restored.last_candidate), (0, 0, 0, None));
}

#[test]
fn a_usual_log_restores() {
    let lane = usual();
    let last = lane.log.last().cloned();
    let Some(Ok((_, Record::Segment(segment)))) = last.map(|(_, value)| decode(&value)) else { panic!("a segment") };
    let restored = lane.check_restores();
    assert_eq!((restored.segments, restored.hashes, restored.table.len()), (3, 9, 9));
    assert_eq!(restored.next_offset, segment.next_offset);
    assert_eq!(restored.lane_time_ms, 12_500);
    assert_eq!(restored.last_candidate, segment.last_candidate);
}

#[test]
fn barriers_may_stand_before_the_genesis() {
    let mut lane = Lane::without_genesis();
    lane.barrier([1; 16]);
    lane.append(Record::Genesis { created_at_ms: 1 });
    lane.transaction(10_000, 0..5);
    lane.check_restores();
}

#[test]
fn a_log_may_begin_with_a_segment_that_is_no_longer_needed() {
    let mut lane = usual();
    let segment = lane.transaction(13_000, 20..22);
    lane.transaction(19_500, 30..32);
    lane.transaction(21_500, []);
    lane.cut_before(segment);
    lane.check_restores();
}

#[test]
fn a_log_whose_hashes_are_all_forgotten_needs_its_last_segment_only() {
    let mut lane = usual();
    let segment = lane.transaction(100_000, []);
    lane.cut_before(segment);
    let restored = lane.check_restores();
    assert_eq!((restored.table.len(), restored.seq), (0, 4));
}

#[test]
fn records_after_the_own_barrier_change_nothing() {
    let mut restore = Restore::new(EXPECTED, TTL_MS, NONCE);
    let mut lane = Lane::new();
    lane.barrier(NONCE);
    lane.transaction(10_000, 0..5);
    for (offset, value) in &lane.log[..2] {
        restore.push(*offset, value).expect("whole");
    }
    assert_eq!(restore.push(9, b"not a record"), Ok(Step::Done));
    assert_eq!(restore.finish(0).map(|restored| restored.seq), Ok(0));
}

#[test]
fn an_empty_log_is_no_genesis() {
    Lane::without_genesis().check_refused(LaneFault::NoGenesis);
    let mut lane = Lane::without_genesis();
    lane.barrier([1; 16]);
    lane.check_refused(LaneFault::NoGenesis);
}

#[test]
fn a_log_without_its_beginning_is_headless() {
    // Nothing was ever deleted, and yet there is no genesis.
    let mut lane = Lane::without_genesis();
    lane.transaction(10_000, 0..5);
    lane.check_refused(LaneFault::Headless { log_start: 0 });
    // Retention left only a barrier.
    let mut lane = usual();
    let start = lane.end;
    lane.barrier([3; 16]);
    lane.cut_before(start);
    lane.check_refused(LaneFault::Headless { log_start: start });
}

#[test]
fn a_log_cut_too_far_is_truncated() {
    let mut lane = usual();
    let needed_from = lane.table.needed_from().expect("live hashes");
    lane.cut_before(needed_from + 1);
    let begins_at = lane.log_start();
    lane.check_refused(LaneFault::Truncated { begins_at, needed_from });
}

#[test]
fn a_log_whose_beginning_does_not_come_is_truncated() {
    // The partition claims to begin earlier than the first record that is read.
    let mut lane = usual();
    let needed_from = lane.table.needed_from().expect("live hashes");
    let first = lane.transaction(13_000, 50..51);
    lane.barrier(NONCE);
    let mut restore = Restore::new(EXPECTED, TTL_MS, NONCE);
    for (offset, value) in lane.log.iter().filter(|(offset, _)| *offset >= first) {
        restore.push(*offset, value).expect("whole so far");
    }
    assert_eq!(restore.finish(needed_from).err(), Some(LaneFault::Truncated { begins_at: first, needed_from }));
}

#[test]
fn a_missing_transaction_is_a_gap() {
    let mut lane = usual();
    lane.seq += 1;
    let offset = lane.end;
    lane.transaction(13_000, 40..41);
    lane.check_refused(LaneFault::Gap { offset, expected: 4, found: 5 });
}

#[test]
fn the_first_segment_after_a_genesis_is_number_one() {
    let mut lane = Lane::new();
    lane.seq = 6;
    let offset = lane.end;
    lane.transaction(13_000, 40..41);
    lane.check_refused(LaneFault::Gap { offset, expected: 1, found: 7 });
}

#[test]
fn a_transaction_that_came_twice_is_a_gap() {
    let mut lane = usual();
    lane.seq -= 1;
    let offset = lane.end;
    lane.transaction(13_000, 40..41);
    lane.check_refused(LaneFault::Gap { offset, expected: 4, found: 3 });
}

#[test]
fn another_lane_set_is_foreign() {
    let found = Uuid::from_u128(0xb2);
    let foreign = LaneIdentity { lane_set: found, ..identity() };
    for record in [Record::Open { seq: 4 }, Record::Barrier { nonce: [3; 16], owner: String::new() }] {
        let mut lane = usual();
        let offset = lane.append_as(&foreign, record);
        lane.check_refused(LaneFault::Foreign { offset, expected: LANE_SET, found });
    }
}

#[test]
fn another_number_of_partitions_is_named() {
    for found in [LaneIdentity { partitions: 12, ..identity() }, LaneIdentity { partition: 4, ..identity() }] {
        let mut lane = usual();
        let offset = lane.append_as(&found, Record::Open { seq: 4 });
        lane.check_refused(LaneFault::WrongPartitions { offset, partitions: 16, partition: 3, found });
    }
}

#[test]
fn another_hash_version_is_named() {
    let mut lane = usual();
    let offset = lane.append_as(&LaneIdentity { hash_version: 2, ..identity() }, Record::Open { seq: 4 });
    lane.check_refused(LaneFault::WrongHashVersion { offset, expected: 1, found: 2 });
}

/// A start by mistake leaves its barrier in each log that it touches, before it has read any of it.
#[test]
fn the_barrier_of_a_wrong_start_spoils_no_log() {
    let nil = LaneIdentity { lane_set: Uuid::nil(), ..identity() };
    for wrong in [LaneIdentity { partitions: 32, ..nil }, LaneIdentity { hash_version: 2, ..nil }] {
        let mut lane = usual();
        lane.append_as(&wrong, Record::Barrier { nonce: [3; 16], owner: String::new() });
        assert_eq!(lane.check_restores().seq, 3);
    }
}

#[test]
fn a_damaged_record_is_corrupt() {
    let mut lane = usual();
    let (offset, value) = &mut lane.log[3];
    *value.last_mut().expect("bytes") ^= 1;
    let offset = *offset;
    match lane.restore_by(TTL_MS).err() {
        Some(LaneFault::Corrupt { offset: at, why: Corruption::Undecodable(_) }) => assert_eq!(at, offset),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check_misplaced(mut lane: Lane, expected: &str) {
    match lane.restore_by(TTL_MS).err() {
        Some(LaneFault::Corrupt { why: Corruption::Misplaced(why), .. }) => assert!(why.contains(expected), "{why}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_record_where_it_can_not_stand_is_corrupt() {
    let mut lane = usual();
    lane.append(Record::Genesis { created_at_ms: 2 });
    check_misplaced(lane, "genesis");

    let mut lane = usual();
    lane.log.swap(0, 1);
    check_misplaced(lane, "order");

    for change in [|segment: &mut Segment| segment.lane_time_ms = 1, |segment: &mut Segment| segment.next_offset = 1] {
        let mut lane = usual();
        let mut segment = lane.segment(13_000, 60..61);
        change(&mut segment);
        lane.append(Record::Open { seq: 4 });
        lane.append(Record::Segment(segment));
        check_misplaced(lane, "backward");
    }
}

#[test]
fn an_open_record_without_its_segment_is_torn() {
    let second_open = |lane: &mut Lane| {
        lane.append(Record::Open { seq: 4 });
    };
    let barrier = |lane: &mut Lane| lane.barrier([3; 16]);
    let nothing = |_: &mut Lane| {};
    let genesis = |lane: &mut Lane| {
        lane.append(Record::Genesis { created_at_ms: 2 });
    };
    let other_segment = |lane: &mut Lane| {
        let segment = Segment { seq: 5, ..lane.segment(13_000, 60..61) };
        lane.append(Record::Segment(segment));
    };
    let followers: [&dyn Fn(&mut Lane); 5] = [&second_open, &barrier, &nothing, &genesis, &other_segment];
    for follower in followers {
        let mut lane = usual();
        let offset = lane.append(Record::Open { seq: 4 });
        follower(&mut lane);
        lane.check_refused(LaneFault::Torn { offset, seq: 4, missing: "segment" });
    }
}

#[test]
fn a_segment_without_its_open_record_is_torn() {
    let mut lane = usual();
    let segment = lane.segment(13_000, 60..61);
    let offset = lane.append(Record::Segment(segment));
    lane.check_refused(LaneFault::Torn { offset, seq: 4, missing: "open" });
}

#[test]
fn a_table_of_another_size_is_a_mismatch() {
    let mut lane = usual();
    let mut segment = lane.segment(13_000, 60..62);
    segment.hashes.pop();
    lane.append(Record::Open { seq: 4 });
    lane.append(Record::Segment(segment));
    lane.check_refused(LaneFault::CountMismatch { seq: 4, recorded: 11, restored: 10 });
}

#[test]
fn every_fault_has_a_name_of_its_own_and_says_what_to_do() {
    let faults = [
        LaneFault::NoGenesis,
        LaneFault::Headless { log_start: 1 },
        LaneFault::Truncated { begins_at: 2, needed_from: 1 },
        LaneFault::Gap { offset: 1, expected: 1, found: 2 },
        LaneFault::Foreign { offset: 1, expected: LANE_SET, found: Uuid::nil() },
        LaneFault::WrongPartitions { offset: 1, partitions: 1, partition: 0, found: identity() },
        LaneFault::WrongHashVersion { offset: 1, expected: 1, found: 2 },
        LaneFault::Corrupt { offset: 1, why: Corruption::Misplaced("x") },
        LaneFault::Torn { offset: 1, seq: 1, missing: "open" },
        LaneFault::CountMismatch { seq: 1, recorded: 1, restored: 2 },
        LaneFault::TailLost { committed: 2, found: 1 },
        LaneFault::CandidatesRecreated { next_offset: 2, end_offset: 1 },
        LaneFault::CandidatesReplaced { offset: 1, recorded: [0; 16], found: [1; 16] },
        LaneFault::CandidatesLost { next_offset: 1, begin_offset: 2 },
        LaneFault::BarrierNotVisible { waited_ms: 1 },
    ];
    let names: Vec<_> = faults.iter().map(LaneFault::name).collect();
    assert_eq!(names, LaneFault::NAMES);
    for fault in faults {
        assert!(fault.to_string().contains(". "), "no remedy: {fault}");
    }
}

#[test]
fn a_log_that_ends_before_a_segment_that_was_told_has_lost_its_end() {
    let restored = usual().restore_by(TTL_MS).expect("a whole log");
    let told = |lane_set, seq| Witness { lane_set, seq }.check(&restored);
    assert_eq!(restored.seq, 3);
    assert_eq!(told(LANE_SET, 4), Err(LaneFault::TailLost { committed: 4, found: 3 }));
    assert_eq!((told(LANE_SET, 3), told(LANE_SET, 2)), (Ok(()), Ok(())), "a word that is not the latest");
    assert_eq!(told(Uuid::from_u128(7), 4), Ok(()), "another log's");

    let anew = Lane::new().restore_by(TTL_MS).expect("a whole log");
    let told = |seq| Witness { lane_set: Uuid::from_u128(7), seq }.check(&anew);
    assert_eq!(told(4), Err(LaneFault::TailLost { committed: 4, found: 0 }), "the whole log was lost, and made anew");
    assert_eq!(told(0), Ok(()), "a log that held nothing");
}

#[test]
fn the_tail_tells_whether_others_wrote() {
    let value = |lane: Lane| lane.log.last().cloned().expect("a record").1;
    let mut own = usual();
    own.barrier(NONCE);
    let mut other = usual();
    other.barrier([3; 16]);
    let mut slow = usual();
    slow.barrier(OWNS_TOO);
    assert_eq!(Tail::new(NONCE).judge(&value(own)), Some(Since::Nothing));
    assert_eq!(Tail::new(NONCE).judge(&value(slow)), None, "the same owner's, which was not the last that it needed");
    assert_eq!(Tail::new(NONCE).judge(&value(other)), Some(Since::Others));
    assert_eq!(Tail::new(NONCE).judge(&value(usual())), Some(Since::Others), "a segment");
    assert_eq!(Tail::new(NONCE).judge(b"garbage"), Some(Since::Others));
}

#[test]
fn the_last_barrier_of_another_owner_is_told() {
    assert_eq!(Lane::new().restore_by(TTL_MS).expect("a whole log").others_at, None);
    let mut lane = usual();
    let other = lane.end;
    lane.barrier([3; 16]);
    lane.barrier(OWNS_TOO);
    let restored = lane.restore_by(TTL_MS).expect("a whole log");
    assert_eq!((restored.log_start, restored.others_at), (0, Some(other)));
}

proptest! {
    /// Any history, cut anywhere that the last segment allows, restores to the live table; cut further, it is refused.
    #[test]
    fn any_log_restores_or_says_why(history in prop::collection::vec((0..4_000_i64, prop::collection::vec(0..200_u64, 0..12), any::<bool>()), 1..60),
                                    cut: prop::sample::Index) {
        let mut lane = Lane::new();
        let mut time = 10_000;
        for (step, hashes, handover) in history {
            time += step;
            if handover {
                lane.barrier([1; 16]);
            }
            lane.transaction(time, hashes);
        }
        let last_segment = lane.log.last().expect("a segment").0;
        let needed_from = lane.table.needed_from().unwrap_or(last_segment);
        let at = lane.log[cut.index(lane.log.len())].0;
        lane.cut_before(at);
        match lane.restore_by(TTL_MS) {
            Ok(restored) => {
                prop_assert!(at <= needed_from);
                prop_assert!(restored.table.iter().eq(lane.table.iter()));
                prop_assert_eq!(restored.table.needed_from(), lane.table.needed_from());
            }
            Err(fault) => {
                prop_assert!(at > needed_from);
                prop_assert_eq!(fault.name(), "changelog_truncated");
            }
        }
    }
}
