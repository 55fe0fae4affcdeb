//! Lanes that change hands while candidates come in: owners are frozen in the middle of their work and come back, a changelog
//! is cut too far.
//!
//! Needs a broker, and one of its own to stall; see `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, delete_records, produce, read_committed, wait_committed};
use crate::support::{Cluster, Instance, broker, unique};
use copydesk::dedup::{Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use copydesk::kafka::{KIND_HEADER, PAGE_TIME_HEADER};
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

const LANES: usize = 4;
const SECOND: Duration = Duration::from_secs(1);

/// One deployment under a prefix of its own.
struct Deployment {
    bootstrap: String,
    prefix: String,
    settings: String,
}

impl Deployment {
    /// With its topics, and `more` settings.
    fn new(more: &str) -> Self {
        Self::on(broker(), more)
    }

    fn on(bootstrap: &str, more: &str) -> Self {
        let prefix = unique("takeover");
        let settings = settings(bootstrap, &prefix, LANES, 1, more);
        let deployment = Deployment { bootstrap: bootstrap.to_owned(), prefix, settings };
        let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &deployment.settings);
        let status = create.wait_exit(60 * SECOND);
        assert!(status.success(), "{}", create.stderr());
        deployment
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    fn start(&self) -> Instance {
        Instance::run(&self.settings, &["--stage", "dedup"])
    }

    fn start_ready(&self) -> Instance {
        let mut instance = self.start();
        instance.wait_ready(60 * SECOND);
        instance
    }

    /// Candidates of these numbers, each number one hash.
    fn send(&self, numbers: impl IntoIterator<Item = u64>) {
        let records = numbers.into_iter().map(|n| ToSend {
            partition: Some(lane_of(&hash(n), LANES as u32) as i32),
            key: Some(key_of_hash(&hash(n)).to_vec()),
            value: Some(format!("{{\"n\":{n}}}").into_bytes()),
            headers: vec![
                (KIND_HEADER.into(), b"article".to_vec()),
                (PAGE_TIME_HEADER.into(), b"1700000000000".to_vec()),
            ],
        });
        produce(&self.bootstrap, &self.topic("candidates.v1"), records);
    }

    /// Waits until all `numbers` are published, and then some; each must stand there once, and nothing else.
    #[track_caller]
    fn check_published_once(&self, numbers: Range<u64>) {
        let distinct = |records: &[support::topics::Read]| {
            records.iter().filter_map(|record| record.key.clone()).collect::<std::collections::BTreeSet<_>>().len()
        };
        let count = (numbers.end - numbers.start) as usize;
        wait_committed(&self.bootstrap, &self.topic("articles"), 120 * SECOND, |records| distinct(records) >= count);
        std::thread::sleep(2 * SECOND);
        let mut times = BTreeMap::<String, usize>::new();
        for record in read_committed(&self.bootstrap, &self.topic("articles")) {
            *times.entry(record.text()).or_default() += 1;
        }
        let wrong: Vec<_> = times.iter().filter(|(_, times)| **times != 1).collect();
        assert!(wrong.is_empty(), "{} articles were published more than once: {wrong:?}", wrong.len());
        let expected: BTreeMap<_, _> = numbers.map(|n| (format!("{{\"n\":{n}}}"), 1)).collect();
        assert_eq!(times, expected);
    }
}

/// Spread like a real hash.
fn hash(n: u64) -> Hash16 {
    u128::from(n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(64).to_be_bytes()
}

#[test]
fn a_frozen_owner_does_not_come_back_with_an_old_memory() {
    let deployment = Deployment::new("[dedup]\ncommit_interval = \"20ms\"\n");
    let mut owner = deployment.start_ready();
    let mut sent = 0;
    for _ in 0..2 {
        let mut successor = std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                for part in 0..40 {
                    let first = sent + part * 50;
                    deployment.send(first..first + 50);
                    std::thread::sleep(SECOND / 20);
                }
            });
            std::thread::sleep(SECOND);
            owner.sigstop();
            let successor = deployment.start();
            sender.join().expect("all sent");
            successor
        });
        sent += 2_000;
        // Longer than a session: the group gives the lanes to the successor.
        successor.wait_ready(60 * SECOND);
        deployment.check_published_once(0..sent);
        deployment.send(sent.saturating_sub(500)..sent);
        owner.sigcont();
        std::thread::sleep(8 * SECOND);
        deployment.send(sent.saturating_sub(1_000)..sent);
        deployment.check_published_once(0..sent);
        owner.sigkill();
        owner = successor;
    }
}

/// The broker stalls while the owner waits for a commit; the owner is frozen before it hears the answer, and a successor takes
/// over meanwhile. Back again, the owner knows how its commit ended, and still must not go on: others have written since.
#[test]
fn cluster_a_late_answer_to_a_commit_does_not_bring_an_old_memory_back() {
    let cluster = Cluster::start(1);
    let deployment = Deployment::on(&cluster.bootstrap(), "[dedup]\ntransaction_records_max = 10\n");
    let owner = deployment.start_ready();
    deployment.send(0..4_000);
    let published = || owner.metric_with("copydesk_articles_total", &["outcome=\"published\""]) >= Some(200.0);
    support::wait_for("the owner to be at work", 60 * SECOND, || published().then_some(()));
    cluster.stop(0);
    std::thread::sleep(SECOND / 5);
    owner.sigstop();
    cluster.cont(0);
    let _successor = deployment.start_ready();
    deployment.check_published_once(0..4_000);
    owner.sigcont();
    std::thread::sleep(10 * SECOND);
    deployment.check_published_once(0..4_000);
}

#[test]
fn a_lane_stops_where_its_changelog_is_cut_too_far_and_the_others_run() {
    let deployment = Deployment::new("");
    let mut first = deployment.start_ready();
    deployment.send(0..400);
    deployment.check_published_once(0..400);
    deployment.send(400..800);
    deployment.check_published_once(0..800);
    first.sigterm();
    assert!(first.wait_exit(30 * SECOND).success());

    let changelog = read_committed(broker(), &deployment.topic("dedup.changelog.v1"));
    let last = changelog.iter().filter(|record| record.partition == 1).map(|record| record.offset).max();
    delete_records(broker(), &deployment.topic("dedup.changelog.v1"), 1, last.expect("records"));
    let second = deployment.start();
    let fault = ["fault=\"changelog_truncated\""];
    second.wait_metric("copydesk_lane_faults_total", &fault, 30 * SECOND, |count| count == 1.0);
    second.wait_metric("copydesk_lane_state", &["state=\"running\""], 30 * SECOND, |lanes| lanes == 3.0);
    assert_eq!(second.get("/readyz").map(|(status, _)| status), Some(503));
    assert!(second.stderr().contains("changelog_truncated"), "{}", second.stderr());
}
