//! `copydesk dedup` on a real broker: lanes are judged, explained, begun anew, carried elsewhere, and never touched while they
//! run.
//!
//! Needs a broker; see `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, alter_topic, delete_records, produce, read_committed, wait_committed};
use crate::support::{Instance, broker, test_dir, unique};
use copydesk::config::{self, Config};
use copydesk::dedup::changelog::{LaneIdentity, Record, Segment, encode};
use copydesk::dedup::{HASH_VERSION, Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use copydesk::kafka::client::Clients;
use copydesk::kafka::{KIND_HEADER, PAGE_TIME_HEADER, topics};
use copydesk::tools::seen::owner::Pen;
use copydesk::tools::seen::reset::{At, plan, reset};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

const LANES: u32 = 4;
const MINUTE: Duration = Duration::from_secs(60);

struct Deployment {
    prefix: String,
    settings: String,
    candidates: &'static str,
    lanes: u32,
}

impl Deployment {
    fn new() -> Self {
        Self::of(LANES)
    }

    fn of(lanes: u32) -> Self {
        let prefix = unique("seen");
        let settings = settings(broker(), &prefix, lanes as usize, 1, "");
        let deployment = Deployment { prefix, settings, candidates: "candidates.v1", lanes };
        deployment.check(&["topics", "create", "--pages", "1"], 0, &[]);
        deployment
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    #[track_caller]
    fn check(&self, arguments: &[&str], code: i32, says: &[&str]) -> String {
        let mut instance = Instance::spawn(arguments, &self.settings);
        let status = instance.wait_exit(MINUTE);
        let text = instance.stdout() + &instance.stderr();
        assert_eq!(status.code(), Some(code), "{arguments:?}: {text}");
        says.iter().for_each(|words| assert!(text.contains(words), "{arguments:?} does not say {words:?}:\n{text}"));
        text
    }

    /// As the commands see it.
    fn config(&self) -> Config {
        let path = file("settings");
        std::fs::write(&path, &self.settings).expect("written");
        let options = config::Options { file: Some(path.clone()), ..config::Options::default() };
        let loaded = config::load(&options).expect("good settings");
        std::fs::remove_file(&path).expect("the file");
        loaded.config
    }

    /// Candidates of these numbers, each number one hash.
    fn send(&self, numbers: impl IntoIterator<Item = u64>) {
        let records = numbers.into_iter().map(|n| ToSend {
            partition: Some(lane_of(&hash(n), self.lanes) as i32),
            key: Some(key_of_hash(&hash(n)).to_vec()),
            value: Some(format!("{{\"n\":{n}}}").into_bytes()),
            headers: vec![
                (KIND_HEADER.into(), b"article".to_vec()),
                (PAGE_TIME_HEADER.into(), b"1700000000000".to_vec()),
            ],
        });
        produce(broker(), &self.topic(self.candidates), records);
    }

    fn start(&self) -> Instance {
        let mut stage = Instance::run(&self.settings, &["--stage", "dedup"]);
        stage.wait_ready(MINUTE);
        stage
    }

    /// Runs the lanes until all that was sent is decided: the sentinel of each lane is published.
    fn work_off(&self, sentinel: u64) {
        let mut stage = self.start();
        let sentinels: Vec<u64> = (0..self.lanes)
            .map(|lane| (sentinel..).find(|n| lane_of(&hash(*n), self.lanes) == lane).expect("one of them"))
            .collect();
        self.send(sentinels.iter().copied());
        let keys: Vec<_> = sentinels.iter().map(|n| Some(key_of_hash(&hash(*n)).to_vec())).collect();
        wait_committed(broker(), &self.topic("articles"), MINUTE, |read| {
            keys.iter().all(|key| read.iter().any(|record| record.key == *key))
        });
        stage.sigterm();
        assert!(stage.wait_exit(MINUTE).success(), "{}", stage.stderr());
    }

    /// How often each number below `end` was published.
    fn published(&self, end: u64) -> BTreeMap<u64, usize> {
        let records = read_committed(broker(), &self.topic("articles"));
        let count = |n: &u64| {
            let key = key_of_hash(&hash(*n)).to_vec();
            records.iter().filter(|record| record.key.as_ref() == Some(&key)).count()
        };
        (0..end).map(|n| (n, count(&n))).collect()
    }
}

/// Spread like a real hash.
fn hash(n: u64) -> Hash16 {
    u128::from(n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(64).to_be_bytes()
}

fn key(n: u64) -> String {
    String::from_utf8(key_of_hash(&hash(n)).to_vec()).expect("hex")
}

fn file(name: &str) -> PathBuf {
    std::fs::create_dir_all(test_dir()).expect("a folder");
    test_dir().join(unique(name))
}

#[test]
fn lanes_are_judged_and_hashes_explained() {
    let deployment = Deployment::new();
    deployment.check(&["dedup", "check"], 0, &["lane 0: ok, 0 hashes", "4 lanes, 0 hashes, 0 would stop"]);
    deployment.send(0..100);
    deployment.check(&["dedup", "explain", &key(7)], 0, &["not decided yet: it will be published"]);
    deployment.work_off(1_000);
    deployment.check(&["dedup", "check"], 0, &["4 lanes, 104 hashes, 0 would stop"]);
    deployment.check(&["dedup", "check", "--lane", "4"], 64, &["there is no lane 4: they are 0 to 3"]);
    deployment.check(
        &["dedup", "explain", &key(7)],
        0,
        &["candidate ", "published  by segment", "article ", "published once and remembered"],
    );
    deployment.check(&["dedup", "explain", &key(999)], 0, &["nothing here has this content"]);
    deployment.check(&["dedup", "explain", "0123"], 64, &["32 or 64 hex digits"]);

    // The first half of a lane's log goes.
    let lane = lane_of(&hash(7), LANES) as i32;
    deployment.send(100..200);
    deployment.work_off(2_000);
    let log = read_committed(broker(), &deployment.topic("dedup.changelog.v1"));
    let last = log.iter().filter(|record| record.partition == lane).map(|record| record.offset).max();
    delete_records(broker(), &deployment.topic("dedup.changelog.v1"), lane, last.expect("records"));
    deployment.check(
        &["dedup", "check"],
        65,
        &["changelog_truncated", "docs/runbook.md#changelog_truncated", "1 would stop"],
    );
    deployment.check(&["dedup", "export", file("none").to_str().expect("a path")], 65, &["changelog_truncated"]);
}

#[test]
fn a_lane_begun_anew_forgets_and_the_others_do_not() {
    let deployment = Deployment::new();
    deployment.send(0..100);
    deployment.work_off(1_000);
    let lane = lane_of(&hash(7), LANES).to_string();
    let reset = ["dedup", "reset", "--lane", &lane, "--at", "last"];
    deployment.check(&reset, 0, &["nothing was changed; --yes does it"]);
    deployment.check(&["dedup", "check"], 0, &["104 hashes"]);
    let yes = [&reset[..], &["--yes"]].concat();
    let mut stage = deployment.start();
    deployment.check(&yes, 78, &["the group", "runs", "Stop those instances"]);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());

    deployment.check(&yes, 0, &[&format!("lane {lane}: begun anew")]);
    deployment.check(&["dedup", "check", "--lane", &lane], 0, &["ok, 0 hashes"]);
    // At its last place: nothing comes out again by itself, only what comes again.
    deployment.work_off(2_000);
    assert!(deployment.published(100).values().all(|times| *times == 1));
    deployment.send(0..100);
    deployment.work_off(3_000);
    let published = deployment.published(100);
    let expected = |n: &u64| 1 + usize::from(lane_of(&hash(*n), LANES).to_string() == lane);
    let wrong: Vec<_> = published.iter().filter(|(n, times)| **times != expected(n)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    // At the oldest: its candidates are decided once more.
    deployment.check(&["dedup", "reset", "--lane", &lane, "--at", "oldest", "--yes"], 0, &["goes on at 0"]);
    deployment.work_off(4_000);
    assert_eq!(deployment.published(100)[&7], 3);
}

/// What was decided after the plan would be decided again.
#[test]
fn a_plan_that_a_lane_has_outrun_is_refused() {
    let deployment = Deployment::new();
    deployment.send(0..20);
    deployment.work_off(1_000);
    let config = deployment.config();
    let clients = Clients::new(&config);
    let old = plan(&clients, &config, &[0], At::Last).expect("a plan");
    deployment.work_off(2_000);
    let refused = reset(&clients, &config, &old, |_| {}).expect_err("an old plan").to_string();
    assert!(refused.contains("lane 0") && refused.contains("run the reset again"), "{refused}");
    deployment.check(&["dedup", "check"], 0, &["28 hashes, 0 would stop"]);
    let new = plan(&clients, &config, &[0], At::Last).expect("a plan");
    reset(&clients, &config, &new, |_| {}).expect("a reset");
}

#[test]
fn a_reset_that_cannot_write_has_deleted_nothing() {
    let deployment = Deployment::new();
    deployment.send(0..20);
    deployment.work_off(1_000);
    let log = deployment.topic("dedup.changelog.v1");
    let reset = ["dedup", "reset", "--lane", "0", "--at", "last", "--yes"];
    alter_topic(broker(), &log, &[("max.message.bytes", "100")]);
    deployment.check(&reset, 78, &["lane 0 was not written"]);
    alter_topic(broker(), &log, &[]);
    deployment.check(&["dedup", "check"], 0, &["24 hashes, 0 would stop"]);
    deployment.check(&reset, 0, &["lane 0: begun anew"]);
    deployment.check(&["dedup", "check", "--lane", "0"], 0, &["ok, 0 hashes"]);
}

/// What a reset leaves that ends right before it deletes.
#[test]
fn a_reset_that_was_interrupted_stops_the_lane_and_is_finished_by_another() {
    let deployment = Deployment::new();
    deployment.send(0..20);
    deployment.work_off(1_000);
    let config = deployment.config();
    let clients = Clients::new(&config);
    let before = plan(&clients, &config, &[0], At::Last).expect("a plan")[0];
    let lane_set = uuid::Uuid::from_slice(&lane_set(&deployment, 0)).expect("a lane set");
    let identity = LaneIdentity { lane_set, partitions: LANES, partition: 0, hash_version: HASH_VERSION };
    let (next_offset, ttl_ms) = (before.next_offset, config.dedup.ttl.as_millis() as u64);
    let segment = Segment { seq: 1, next_offset, ttl_ms, needed_from: -1, ..Segment::default() };
    let records = [topics::genesis(), Record::Open { seq: 1 }, Record::Segment(segment)];
    let pen = Pen::new(&clients, &config);
    pen.fence(0).and_then(|mut lane| lane.write(&records.map(|record| encode(&identity, &record)))).expect("written");

    deployment.check(&["dedup", "check"], 65, &["lane 0: changelog_corrupt", "1 would stop"]);
    let mut stage = Instance::run(&deployment.settings, &["--stage", "dedup"]);
    support::wait_for("the lane's fault", MINUTE, || stage.stderr().contains("changelog_corrupt").then_some(()));
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    let goes_on = format!("last at {next_offset}; goes on at {next_offset}");
    let reset = ["dedup", "reset", "--lane", "0", "--at", "last", "--yes"];
    deployment.check(&reset, 0, &[&goes_on, "lane 0: begun anew"]);
    deployment.check(&["dedup", "check"], 0, &["lane 0: ok, 0 hashes", "0 would stop"]);
    let log = read_committed(broker(), &deployment.topic("dedup.changelog.v1"));
    assert_eq!(log.iter().filter(|record| record.partition == 0).count(), 3, "all that lay before is deleted");
    deployment.work_off(2_000);
    assert!(deployment.published(20).values().all(|times| *times == 1));
}

/// As the lane's first record has it.
fn lane_set(deployment: &Deployment, lane: i32) -> Vec<u8> {
    let log = read_committed(broker(), &deployment.topic("dedup.changelog.v1"));
    let genesis = log.iter().find(|record| record.partition == lane).and_then(|record| record.value.clone());
    genesis.expect("a genesis")[6..22].to_vec()
}

#[test]
fn a_gap_is_judged_as_the_configuration_says() {
    let deployment = Deployment::new();
    deployment.work_off(1_000);
    deployment.send(0..100);
    let lane = lane_of(&hash(7), LANES) as i32;
    delete_records(broker(), &deployment.topic("candidates.v1"), lane, 3);
    deployment.check(&["dedup", "check"], 65, &["candidates_lost", "1 would stop"]);
    let goes_on = ["dedup", "check", "--set", "dedup.on_gap=continue"];
    deployment.check(&goes_on, 0, &["next candidate 3,", "0 would stop"]);
}

/// Brokers do not describe such a group to every client.
#[test]
fn a_group_of_the_newer_protocol_is_seen_to_run() {
    let mut deployment = Deployment::new();
    deployment.settings = deployment.settings.replace("[kafka]", "[kafka]\ngroup_protocol = \"consumer\"");
    let reset = ["dedup", "reset", "--all", "--at", "oldest", "--yes"];
    deployment.check(&reset, 0, &["lane 3: begun anew"]);
    let mut stage = deployment.start();
    deployment.check(&reset, 78, &["the group", "Stop those instances"]);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    deployment.check(&reset, 0, &["lane 3: begun anew"]);
}

#[test]
fn what_was_seen_elsewhere_is_not_published_here() {
    let (from, to) = (Deployment::of(4), Deployment::of(8));
    from.send(0..500);
    from.work_off(1_000);
    let path = file("snapshot");
    let name = path.to_str().expect("a path");
    from.check(&["dedup", "export", name], 0, &["504 hashes in"]);
    from.check(&["dedup", "export", name], 70, &["exists"]);
    to.send(400..410);
    to.work_off(2_000);
    to.check(&["dedup", "import", name, "--dry-run"], 0, &["504 hashes in", "494 would be added"]);
    let mut stage = to.start();
    to.check(&["dedup", "import", name], 78, &["Stop those instances"]);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    to.check(&["dedup", "import", name], 0, &["494 added"]);
    to.check(&["dedup", "import", name], 0, &["0 added"]);
    to.check(&["dedup", "check"], 0, &["512 hashes, 0 would stop"]);
    to.send(0..600);
    to.work_off(3_000);
    let published = to.published(600);
    let wrong: Vec<_> =
        published.iter().filter(|(n, times)| **times != usize::from(**n >= 400 && **n < 410 || **n >= 500)).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    to.check(&["dedup", "explain", &key(7)], 0, &["learned  by segment", "counts as seen and was never published"]);
    to.check(&["verify", "--no-pages"], 0, &["494 learned", "ok: nothing lost"]);

    let bytes = std::fs::read(&path).expect("the file");
    std::fs::write(&path, &bytes[..bytes.len() - 1]).expect("written");
    to.check(&["dedup", "import", name], 65, &["it is cut off"]);
    std::fs::remove_file(&path).expect("the file");
}

#[test]
fn what_a_lane_has_forgotten_by_then_is_brought_in_again() {
    let deployment = Deployment::new();
    let config = deployment.config();
    let (clients, ttl_ms) = (Clients::new(&config), config.dedup.ttl.as_millis() as i64);
    let pen = Pen::new(&clients, &config);
    let mut lane = pen.own(0).expect("a lane");
    let added = [1, ttl_ms, 3 * ttl_ms].map(|lane_time_ms| lane.remember(lane_time_ms, &[[7; 16]]).expect("written"));
    assert_eq!(added, [1, 0, 1]);
    assert_eq!(lane.state.table.len(), 1);
}

#[test]
fn another_number_of_lanes_knows_what_the_old_ones_knew() {
    let mut deployment = Deployment::new();
    deployment.send(0..300);
    let path = file("reshard");
    let name = path.to_str().expect("a path").to_owned();
    let reshard = [
        "dedup",
        "reshard",
        "--partitions",
        "8",
        "--candidates",
        "candidates.v2",
        "--changelog",
        "seen.v2",
        "--file",
        &name,
    ];
    deployment.check(&reshard, 78, &["candidates to decide", "--stage dedup"]);
    deployment.work_off(1_000);
    deployment.check(&reshard, 0, &["304 hashes of 4 lanes would go into 8 lanes; --yes does it"]);
    let yes = [&reshard[..], &["--yes"]].concat();
    let mut stage = deployment.start();
    deployment.check(&yes, 78, &["Stop those instances"]);
    stage.sigterm();
    assert!(stage.wait_exit(MINUTE).success());
    let text = deployment.check(&yes, 0, &["304 hashes of 4 lanes; 304 live in 8 lanes", "candidate_partitions = 8"]);
    assert!(!path.exists(), "{text}");
    deployment.check(&yes, 78, &["exists already"]);
    assert!(!path.exists(), "a refused one leaves nothing");

    let new = "candidate_partitions = 8\ncandidates = \"candidates.v2\"\nchangelog = \"seen.v2\"";
    deployment.settings = deployment.settings.replace("candidate_partitions = 4", new);
    (deployment.candidates, deployment.lanes) = ("candidates.v2", 8);
    deployment.send(0..400);
    deployment.work_off(2_000);
    let published = deployment.published(400);
    assert!(published.values().all(|times| *times == 1), "{published:?}");
    deployment.check(&["verify", "--no-pages"], 0, &["ok: nothing lost, nothing doubled"]);
}
