//! Every way in which a changelog can be damaged: each stops its lane with its named fault, and the remedy of the runbook lets
//! it run again.
//!
//! A lane each, so that one run shows them all. Needs a broker; see `support`.

use crate::support::instance::settings;
use crate::support::lanes::last_segments;
use crate::support::topics::{Read, ToSend, delete_records, produce, wait_committed};
use crate::support::{Instance, broker, unique};
use copydesk::dedup::changelog::{LaneIdentity, Record, Segment, encode};
use copydesk::dedup::{Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use std::collections::BTreeMap;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const LANES: u32 = 11;

/// A lane's log as its last owner left it.
struct Log {
    lane: i32,
    identity: LaneIdentity,
    last: Segment,
    last_offset: i64,
}

/// What happens to a log: records appended by somebody, or records deleted below an offset.
enum Damage {
    Append(Vec<Vec<u8>>),
    DeleteBelow(i64),
}

/// A transaction that would follow the log's last, with what `change` does to it.
fn next(log: &Log, change: impl Fn(&mut LaneIdentity, &mut Segment)) -> Damage {
    let (mut identity, mut segment) = (log.identity, Segment { seq: log.last.seq + 1, ..log.last.clone() });
    segment.hashes.clear();
    change(&mut identity, &mut segment);
    let open = Record::Open { seq: segment.seq };
    Damage::Append([open, Record::Segment(segment)].iter().map(|record| encode(&identity, record)).collect())
}

/// Makes a damage of a whole log.
type Make = fn(&Log) -> Damage;

/// Lane 0 is left as it is; each other lane gets one of these.
fn damages() -> Vec<(&'static str, Make)> {
    vec![
        ("changelog_truncated", |log| Damage::DeleteBelow(log.last_offset)),
        ("changelog_headless", |log| Damage::DeleteBelow(log.last_offset + 2)),
        ("changelog_foreign", |log| next(log, |identity, _| identity.lane_set = uuid::Uuid::from_u128(7))),
        ("changelog_wrong_partitions", |log| next(log, |identity, _| identity.partitions += 1)),
        ("changelog_wrong_hash_version", |log| next(log, |identity, _| identity.hash_version += 1)),
        ("changelog_corrupt", |_| Damage::Append(vec![b"not a record of ours".to_vec()])),
        ("changelog_gap", |log| next(log, |_, segment| segment.seq += 3)),
        ("changelog_torn", |log| {
            let open = encode(&log.identity, &Record::Open { seq: log.last.seq + 1 });
            Damage::Append(vec![open])
        }),
        ("changelog_count_mismatch", |log| next(log, |_, segment| segment.entries += 1)),
        ("candidates_recreated", |log| next(log, |_, segment| segment.next_offset += 1_000)),
    ]
}

fn hash(number: u64) -> Hash16 {
    let mixed = u128::from(number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    (mixed ^ (mixed >> 61)).to_be_bytes()
}

fn candidate(number: u64) -> ToSend {
    let hash = hash(number);
    ToSend {
        partition: Some(lane_of(&hash, LANES) as i32),
        key: Some(key_of_hash(&hash).to_vec()),
        value: Some(b"{}".to_vec()),
        headers: vec![("copydesk-kind".into(), b"article".to_vec())],
    }
}

fn logs(topic: &str) -> BTreeMap<i32, Log> {
    let of = |(lane, (last_offset, identity, last))| (lane, Log { lane, identity, last, last_offset });
    last_segments(broker(), topic).into_iter().map(of).collect()
}

#[track_caller]
fn assert_each_once(articles: &[Read], count: usize) {
    let mut times = BTreeMap::new();
    articles.iter().for_each(|article| *times.entry(article.key.clone()).or_insert(0) += 1);
    assert_eq!((articles.len(), times.len()), (count, count), "articles, and distinct ones");
}

#[test]
fn every_damage_stops_its_lane_by_name_and_the_remedy_works() {
    let prefix = unique("remedies");
    let settings = settings(broker(), &prefix, LANES as usize, 1, "");
    let topic = |name: &str| format!("{prefix}.{name}");
    let command = |arguments: &[&str]| {
        let mut command = Instance::spawn(arguments, &settings);
        assert!(command.wait_exit(MINUTE).success(), "{arguments:?}: {}{}", command.stdout(), command.stderr());
    };
    let send = |numbers: std::ops::Range<u64>| produce(broker(), &topic("candidates.v1"), numbers.map(candidate));
    let start = || Instance::run(&settings, &["--stage", "dedup"]);
    let stop = |mut instance: Instance| {
        instance.sigterm();
        assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
    };
    command(&["topics", "create", "--pages", "1"]);
    let mut whole = start();
    whole.wait_ready(MINUTE);
    // Two transactions each, so that there is something to cut.
    for numbers in [0..300, 300..600] {
        let count = numbers.end as usize;
        send(numbers);
        assert_each_once(&wait_committed(broker(), &topic("articles"), MINUTE, |read| read.len() >= count), count);
    }
    stop(whole);

    let (changelog, logs) = (topic("dedup.changelog.v1"), logs(&topic("dedup.changelog.v1")));
    assert_eq!(logs.len(), LANES as usize);
    let damages = damages();
    assert_eq!(damages.len() + 1, logs.len());
    for (log, (_, damage)) in logs.values().skip(1).zip(&damages) {
        match damage(log) {
            Damage::DeleteBelow(offset) => delete_records(broker(), &changelog, log.lane, offset),
            Damage::Append(values) => {
                let record = |value| ToSend { partition: Some(log.lane), value: Some(value), ..ToSend::default() };
                produce(broker(), &changelog, values.into_iter().map(record));
            }
        }
    }

    let mut check = Instance::spawn(&["dedup", "check"], &settings);
    assert_eq!(check.wait_exit(MINUTE).code(), Some(65), "{}", check.stderr());
    for (lane, (fault, _)) in (1..).zip(&damages) {
        assert!(check.stdout().contains(&format!("lane {lane}: {fault}: ")), "{fault}: {}", check.stdout());
    }

    let damaged = start();
    for (lane, (fault, _)) in (1..).zip(&damages) {
        damaged.wait_metric("copydesk_lane_faults_total", &[&format!("fault=\"{fault}\"")], MINUTE, |n| n == 1.0);
        let stopped = [format!("partition=\"{lane}\""), "state=\"stopped\"".to_owned()];
        damaged.wait_metric("copydesk_lane_state", &[&stopped[0], &stopped[1]], MINUTE, |n| n == 1.0);
        let (_, body) = damaged.get("/readyz").expect("an answer");
        assert!(body.contains(&format!("\"lane {lane}\":\"stopped: {fault}\"")), "{body}");
    }
    // The lane that was let be, which may have had to wait for the others' turns.
    damaged.wait_metric("copydesk_lane_state", &["state=\"running\""], MINUTE, |n| n == 1.0);
    stop(damaged);

    for lane in 1..LANES {
        command(&["dedup", "reset", "--lane", &lane.to_string(), "--at", "newest", "--yes"]);
    }
    command(&["dedup", "check"]);
    let mut mended = start();
    mended.wait_ready(MINUTE);
    assert_eq!(mended.metric_with("copydesk_lane_state", &["state=\"running\""]), Some(f64::from(LANES)));
    send(600..900);
    assert_each_once(&wait_committed(broker(), &topic("articles"), MINUTE, |read| read.len() >= 900), 900);
}
