//! Steps of the protocol that only show when something goes wrong at the right moment: what is taken out of the program by a
//! mutant (see `tests/mutants`) makes one of these fail.
//!
//! Needs a broker, and three of its own; see `support`.

use crate::support::instance::settings;
use crate::support::lanes::{Lanes, end};
use crate::support::topics::{create_on_brokers, create_topic, produce, read_committed, stories, wait_committed};
use crate::support::{Cluster, Instance, broker, unique};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

const LANES: usize = 2;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// Another producer's open transaction, which holds back every reader of the lanes' changelogs until it ends.
fn hide_changelogs(lanes: &Lanes) -> BaseProducer {
    let hanging: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("transactional.id", unique("hanging"))
        .set("transaction.timeout.ms", "300000")
        .create()
        .expect("a producer");
    hanging.init_transactions(MINUTE).expect("initialised");
    hanging.begin_transaction().expect("begun");
    let changelog = lanes.topic("dedup.changelog.v1");
    for lane in 0..lanes.count as i32 {
        let record = BaseRecord::<(), [u8], ()>::to(&changelog).partition(lane).payload(b"never committed");
        hanging.send(record).expect("queued");
    }
    hanging.flush(MINUTE).expect("sent");
    hanging
}

/// A lane that took the end that it sees for the
/// end would go on with half a memory.
#[test]
fn a_log_that_a_hanging_transaction_hides_is_waited_for() {
    let lanes = Lanes::new(LANES, "");
    let owner = lanes.start_ready(&[]);
    let hanging = hide_changelogs(&lanes);
    lanes.send(0..100);
    lanes.check_published_once(0..100);
    end(owner);

    let successor = lanes.start(&[]);
    lanes.send(0..150);
    std::thread::sleep(15 * SECOND);
    lanes.check_published_once(0..100);
    hanging.abort_transaction(MINUTE).expect("aborted");
    lanes.check_published_once(0..150);
    drop(successor);
}

/// Lanes that restore hold a changelog's records in memory, so no more than `dedup.restores_max` do at once.
#[test]
fn no_more_than_four_lanes_restore_at_once() {
    let lanes = Lanes::new(6, "");
    let hanging = hide_changelogs(&lanes);
    let instance = lanes.start(&[]);
    let in_state = |state: &str| instance.metric_with("copydesk_lane_state", &[&format!("state=\"{state}\"")]);
    instance.wait_metric("copydesk_lane_state", &["state=\"restoring\""], MINUTE, |count| count >= 4.0);
    // The others are fenced meanwhile, and must go on waiting.
    std::thread::sleep(5 * SECOND);
    assert_eq!((in_state("restoring"), in_state("fencing")), (Some(4.0), Some(2.0)));
    hanging.abort_transaction(MINUTE).expect("aborted");
    instance.wait_metric("copydesk_lane_state", &["state=\"running\""], MINUTE, |count| count == 6.0);
}

/// The brokers' time is known from the lane's barrier. However long the lane then waits to read it, candidates that came meanwhile
/// have no times to come.
#[test]
fn candidates_that_come_while_a_lane_waits_to_restore_move_its_time() {
    let lanes = Lanes::new(LANES, "[dedup]\nttl = \"40s\"\n");
    let hanging = hide_changelogs(&lanes);
    let instance = lanes.start(&[]);
    instance.wait_metric("copydesk_lane_state", &["state=\"restoring\""], MINUTE, |count| count == LANES as f64);
    // Longer than an eighth of the TTL.
    std::thread::sleep(9 * SECOND);
    hanging.abort_transaction(MINUTE).expect("aborted");
    lanes.send(0..20);
    lanes.check_published_once(0..20);
    assert_eq!(instance.metric("copydesk_lane_time_refused_total"), Some(0.0));
}

/// Operators move group offsets, and a group's offsets expire. The lane's own log says where it was.
#[test]
fn the_groups_offset_does_not_move_a_lane() {
    let lanes = Lanes::new(LANES, "");
    let owner = lanes.start_ready(&[]);
    lanes.send(0..50);
    lanes.check_published_once(0..50);
    end(owner);
    lanes.send(50..100);
    let candidates = lanes.topic("candidates.v1");
    let member: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("group.id", lanes.topic("dedup"))
        .create()
        .expect("a consumer");
    let mut to_latest = TopicPartitionList::new();
    for lane in 0..LANES as i32 {
        let (_, high) = member.fetch_watermarks(&candidates, lane, MINUTE).expect("an answer");
        to_latest.add_partition_offset(&candidates, lane, Offset::Offset(high)).expect("an offset");
    }
    member.commit(&to_latest, CommitMode::Sync).expect("committed");
    let _successor = lanes.start_ready(&[]);
    lanes.check_published_once(0..100);
}

/// Candidates that no broker has keep their pages open, whatever becomes of the process.
#[test]
fn cluster_pages_whose_candidates_are_not_acknowledged_are_read_again() {
    let mut cluster = Cluster::start(3);
    let bootstrap = cluster.bootstrap();
    let prefix = unique("protocol");
    let (pages, candidates) = (format!("{prefix}.pages"), format!("{prefix}.candidates.v1"));
    // On the third broker alone, which is going to be down; all else lives on.
    create_on_brokers(&bootstrap, &candidates, &[3; LANES]);
    create_topic(&bootstrap, &pages, 1, 3, &[]);
    let settings = settings(&bootstrap, &prefix, LANES, 3, "");
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let start = || {
        let mut extract = Instance::run(&settings, &["--stage", "extract"]);
        extract.wait_ready(MINUTE);
        extract
    };
    let mut extract = start();
    cluster.kill(2);
    produce(&bootstrap, &pages, stories(0..5, None));
    // One at least: if the group was lost with the broker, the new owner finds the partition dirty and takes one at a time.
    extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], MINUTE, |count| count >= 1.0);
    std::thread::sleep(3 * SECOND);
    extract.sigkill();
    cluster.restart(&[2]);
    assert_eq!(read_committed(&bootstrap, &candidates).len(), 0, "nothing was acknowledged");
    let _again = start();
    let read = wait_committed(&bootstrap, &candidates, MINUTE, |read| read.len() >= 5);
    let distinct: std::collections::BTreeSet<_> = read.iter().map(|record| record.key.clone()).collect();
    assert_eq!(distinct.len(), 5);
}

/// `dedup.mode = "learn"` fills the seen-set; after the cut-over only what is new comes out.
#[test]
fn what_was_learned_is_not_published_after_the_cut() {
    let lanes = Lanes::new(LANES, "");
    let learning = lanes.start_ready(&["--set", "dedup.mode=learn"]);
    lanes.send((0..200).chain(0..100));
    let outcome = |instance: &Instance, outcome: &str, count: f64| {
        let label = format!("outcome=\"{outcome}\"");
        instance.wait_metric("copydesk_articles_total", &[&label], MINUTE, |found| found == count);
    };
    outcome(&learning, "learned", 200.0);
    outcome(&learning, "duplicate", 100.0);
    assert!(learning.stderr().contains("nothing is published"), "{}", learning.stderr());
    end(learning);
    assert_eq!(read_committed(broker(), &lanes.topic("articles")).len(), 0);
    let publishing = lanes.start_ready(&[]);
    lanes.send(100..300);
    lanes.check_published_once(200..300);
    outcome(&publishing, "published", 100.0);
    let mut verify = Instance::spawn(&["verify", "--no-pages"], &lanes.settings);
    assert!(verify.wait_exit(MINUTE).success(), "{}", verify.stdout());
    assert!(verify.stdout().contains("200 learned"), "{}", verify.stdout());
}
