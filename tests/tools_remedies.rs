//! Every way in which a changelog can be broken stops its lane, and no other, with the fault's own name, and the runbook's remedy
//! gets it going again.
//!
//! One deployment, one lane for each way, one that stays well. Needs a broker; see `support`.

mod support;

use copydesk::dedup::changelog::{LaneIdentity, Record, Segment, decode, encode};
use copydesk::dedup::{Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use std::collections::BTreeMap;
use std::time::Duration;
use support::instance::settings;
use support::topics::{ToSend, delete_records, produce, read_committed, wait_committed};
use support::{Instance, broker, unique};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// How a log is broken.
#[derive(Clone, Copy)]
enum Harm {
    None,
    /// All but its last record is deleted.
    Cut,
    /// All of it is deleted.
    Emptied,
    /// This is appended.
    Append(fn(&LaneIdentity, &Segment) -> Vec<u8>),
}

/// By lane: the harm, the fault that it makes, and where the runbook lets a new beginning go on.
const LANES: [(Harm, &str, &str); 9] = [
    (Harm::None, "", ""),
    (Harm::Cut, "changelog_truncated", "last"),
    (Harm::Emptied, "changelog_headless", "oldest"),
    (
        Harm::Append(|lane, last| open(&LaneIdentity { lane_set: uuid::Uuid::from_u128(7), ..*lane }, last.seq + 1)),
        "changelog_foreign",
        "last",
    ),
    (
        Harm::Append(|lane, last| open(&LaneIdentity { partitions: 99, ..*lane }, last.seq + 1)),
        "changelog_wrong_partitions",
        "last",
    ),
    (
        Harm::Append(|lane, last| open(&LaneIdentity { hash_version: 99, ..*lane }, last.seq + 1)),
        "changelog_wrong_hash_version",
        "last",
    ),
    (Harm::Append(|lane, last| open(lane, last.seq + 2)), "changelog_gap", "oldest"),
    (Harm::Append(|lane, last| open(lane, last.seq + 1)), "changelog_torn", "oldest"),
    (Harm::Append(|_, _| b"what somebody else wrote".to_vec()), "changelog_corrupt", "last"),
];

fn open(lane: &LaneIdentity, seq: u64) -> Vec<u8> {
    encode(lane, &Record::Open { seq })
}

struct Deployment {
    prefix: String,
    settings: String,
}

impl Deployment {
    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32) -> String {
        let mut instance = Instance::spawn(arguments, &self.settings);
        let status = instance.wait_exit(MINUTE);
        let text = instance.stdout() + &instance.stderr();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {text}");
        text
    }

    fn send(&self, numbers: impl IntoIterator<Item = u64>) {
        let records = numbers.into_iter().map(|n| ToSend {
            partition: Some(lane(n) as i32),
            key: Some(key_of_hash(&hash(n)).to_vec()),
            value: Some(b"{}".to_vec()),
            headers: Vec::new(),
        });
        produce(broker(), &self.topic("candidates.v1"), records);
    }

    /// How often each key was published.
    fn published(&self) -> BTreeMap<Vec<u8>, usize> {
        let mut times = BTreeMap::new();
        for record in read_committed(broker(), &self.topic("articles")) {
            *times.entry(record.key.expect("a key")).or_default() += 1;
        }
        times
    }

    fn harm(&self, number: i32, harm: Harm) {
        let topic = self.topic("dedup.changelog.v1");
        let log: Vec<_> =
            read_committed(broker(), &topic).into_iter().filter(|record| record.partition == number).collect();
        match harm {
            Harm::None => {}
            Harm::Cut => delete_records(broker(), &topic, number, log.last().expect("records").offset),
            Harm::Emptied => delete_records(broker(), &topic, number, log.last().expect("records").offset + 1),
            Harm::Append(record) => {
                let decoded = log.iter().map(|record| decode(record.value.as_deref().unwrap_or_default()));
                let mut segments = decoded.filter_map(|record| match record {
                    Ok((lane, Record::Segment(segment))) => Some((lane, segment)),
                    _ => None,
                });
                let (lane, last) = segments.next_back().expect("a segment");
                let value = Some(record(&lane, &last));
                produce(broker(), &topic, [ToSend { partition: Some(number), value, ..ToSend::default() }]);
            }
        }
    }
}

/// Spread like a real hash.
fn hash(n: u64) -> Hash16 {
    u128::from(n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(64).to_be_bytes()
}

fn lane(n: u64) -> u32 {
    lane_of(&hash(n), LANES.len() as u32)
}

#[test]
fn each_broken_log_stops_its_lane_and_the_remedy_works() {
    let prefix = unique("remedies");
    let deployment = Deployment { settings: settings(broker(), &prefix, LANES.len(), 1, ""), prefix };
    deployment.check(&["topics", "create", "--pages", "1"], 0);
    let start = || Instance::run(&deployment.settings, &["--stage", "dedup"]);
    let articles = deployment.topic("articles");
    let mut stage = start();
    // Two segments for each lane, so that a log that is cut lacks one.
    for numbers in [0..200, 200..400] {
        let end = numbers.end as usize;
        deployment.send(numbers);
        wait_committed(broker(), &articles, MINUTE, |read| read.len() >= end);
    }
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success(), "{}", stage.stderr());

    for (number, (harm, ..)) in (0..).zip(LANES) {
        deployment.harm(number, harm);
    }
    let text = deployment.check(&["dedup", "check"], 65);
    for (number, (_, fault, _)) in LANES.iter().enumerate() {
        let says = if fault.is_empty() { "ok, ".to_owned() } else { format!("{fault}: ") };
        assert!(text.contains(&format!("lane {number}: {says}")), "lane {number}, {fault}:\n{text}");
    }
    let mut stage = start();
    for (_, fault, _) in LANES.iter().skip(1) {
        stage.wait_metric("copydesk_lane_faults_total", &[&format!("fault=\"{fault}\"")], MINUTE, |count| count == 1.0);
    }
    stage.wait_metric("copydesk_lane_state", &["state=\"running\""], MINUTE, |lanes| lanes == 1.0);
    assert_eq!(deployment.published().len(), 400, "stopped lanes publish nothing");
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success(), "{}", stage.stderr());

    for (number, (_, _, at)) in LANES.iter().enumerate().skip(1) {
        deployment.check(&["dedup", "reset", "--lane", &number.to_string(), "--at", at, "--yes"], 0);
    }
    deployment.check(&["dedup", "check"], 0);
    let mut stage = start();
    stage.wait_ready(MINUTE);
    deployment.send(400..500);
    let begun_anew = |n: &u64| LANES[lane(*n) as usize].2 == "oldest";
    let again = (0..400).filter(begun_anew).count();
    wait_committed(broker(), &articles, MINUTE, |read| read.len() >= 500 + again);
    std::thread::sleep(2 * SECOND);
    let published = deployment.published();
    for n in 0..500 {
        let expected = 1 + usize::from(n < 400 && begun_anew(&n));
        let found = published.get(key_of_hash(&hash(n)).as_slice()).copied().unwrap_or(0);
        assert_eq!(found, expected, "number {n} of lane {}", lane(n));
    }
}
