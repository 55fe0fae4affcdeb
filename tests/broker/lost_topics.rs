//! Faults whose cause is a whole topic, or somebody else's transaction: each stops its lane by name, and the remedy of the
//! runbook lets it run again. Damaged records have `remedies`.
//!
//! Needs a broker, and where Kafka's own tools are the remedy Java 17 and their jars; see `support`.

use crate::support::cluster::kafka_tool;
use crate::support::lanes::{Lanes, end, hash, without};
use crate::support::topics::{
    ToSend, create_topic, delete_records, delete_topic, produce, read_committed, read_uncommitted,
};
use crate::support::{Cluster, Instance, broker, wait_for};
use copydesk::dedup::changelog::{Record, decode};
use copydesk::dedup::lane_of;
use copydesk::dedup::witness::Witness;
use copydesk::kafka::candidates::witness;
use rdkafka::ClientConfig;
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Starts, and waits until the one lane is stopped by `fault` and says so.
#[track_caller]
fn stopped_by(lanes: &Lanes, fault: &str) -> Instance {
    let instance = lanes.start(&[]);
    instance.wait_metric("copydesk_lane_faults_total", &[&format!("fault=\"{fault}\"")], MINUTE, |n| n == 1.0);
    let said = format!("\"lane 0\":\"stopped: {fault}\"");
    wait_for("a word in /readyz", MINUTE, || {
        instance.get("/readyz").filter(|(_, body)| body.contains(&said)).map(drop)
    });
    instance
}

/// Candidates that are as many as before, and others.
#[test]
fn replaced_candidates_stop_the_lane_until_both_are_begun_anew() {
    let lanes = Lanes::new(1, "");
    let first = lanes.start_ready(&[]);
    lanes.send(0..100);
    lanes.check_published_once(0..100);
    end(first);
    delete_topic(broker(), &lanes.topic("candidates.v1"));
    lanes.create_topics();
    lanes.send(200..400);
    end(stopped_by(&lanes, "candidates_replaced"));
    lanes.check_published_once(0..100);

    delete_topic(broker(), &lanes.topic("candidates.v1"));
    delete_topic(broker(), &lanes.topic("dedup.changelog.v1"));
    lanes.create_topics();
    // What extract makes of the pages once more.
    lanes.send(200..400);
    let _anew = lanes.start_ready(&[]);
    lanes.check_published_once(without(0..400, 100..200));
}

/// Retention deletes what is decided, from a deployment's first week on.
#[test]
fn candidates_that_are_decided_may_be_deleted() {
    let lanes = Lanes::new(1, "");
    let first = lanes.start_ready(&[]);
    lanes.send(0..50);
    lanes.check_published_once(0..50);
    end(first);
    delete_records(broker(), &lanes.topic("candidates.v1"), 0, 50);
    let second = lanes.start_ready(&[]);
    lanes.send(40..100);
    lanes.check_published_once(0..100);
    end(second);
    delete_records(broker(), &lanes.topic("candidates.v1"), 0, 80);
    let _third = lanes.start_ready(&[]);
    lanes.send(90..120);
    lanes.check_published_once(0..120);
}

#[test]
fn lost_candidates_stop_the_lane_until_it_is_told_to_go_on() {
    let lanes = Lanes::new(1, "");
    let first = lanes.start_ready(&[]);
    lanes.send(0..50);
    lanes.check_published_once(0..50);
    end(first);
    lanes.send(50..100);
    delete_records(broker(), &lanes.topic("candidates.v1"), 0, 80);
    let stopped = stopped_by(&lanes, "candidates_lost");
    assert_eq!(stopped.metric("copydesk_candidates_lost_total"), Some(30.0));
    end(stopped);

    let goes_on = lanes.start_ready(&["--set", "dedup.on_gap=continue"]);
    lanes.check_published_once(without(0..100, 50..80));
    end(goes_on);
    let _usual = lanes.start_ready(&[]);
    // Extract reads the pages of that time again.
    lanes.send(40..100);
    lanes.check_published_once(0..100);
}

/// The client gives a partition up whose next record is gone, and seeks no more there.
#[test]
fn candidates_that_are_deleted_under_a_running_lane_cost_no_more_than_themselves() {
    let lanes = Lanes::new(2, "[dedup]\non_gap = \"continue\"");
    let mut instance = lanes.start_ready(&[]);
    let of = |lane: i32, numbers: std::ops::Range<u64>| numbers.filter(move |n| lane_of(&hash(*n), 2) as i32 == lane);
    let (before, after) = (of(0, 0..100).count() as i64, of(0, 100..200).count());
    lanes.send(0..100);
    lanes.check_published_once(0..100);
    instance.sigstop();
    lanes.send(100..200);
    delete_records(broker(), &lanes.topic("candidates.v1"), 0, before + 5);
    instance.sigcont();
    let left: Vec<u64> = of(0, 100..200).skip(5).collect();
    assert_eq!(left.len() + 5, after);
    lanes.check_published_once((0..100).chain(left.iter().copied()).chain(of(1, 100..200)));
    assert_eq!(instance.metric("copydesk_candidates_lost_total"), Some(5.0));
    instance.wait_ready(MINUTE);
    lanes.send(200..300);
    lanes.check_published_once((0..100).chain(left).chain(of(1, 100..200)).chain(200..300));
    assert_eq!(instance.exit_status(), None, "{}", instance.stderr());
}

#[test]
fn a_changelog_that_something_else_made_is_deleted_and_made_anew() {
    let lanes = Lanes::without_topics(broker(), 1, "");
    create_topic(broker(), &lanes.topic("dedup.changelog.v1"), 1, 1, &[]);
    lanes.create_topics();
    lanes.send(0..50);
    end(stopped_by(&lanes, "changelog_no_genesis"));
    delete_topic(broker(), &lanes.topic("dedup.changelog.v1"));
    lanes.create_topics();
    let _anew = lanes.start_ready(&[]);
    lanes.check_published_once(0..50);
}

/// Brokers refuse a topic whose name differs from another's in dots and underscores alone. The changelog that is made in the same
/// call has its genesis, which no later call would write.
#[test]
fn a_changelog_that_is_made_beside_a_refused_topic_is_whole() {
    let lanes = Lanes::without_topics(broker(), 1, "");
    let in_the_way = lanes.topic("candidates.v1").replace('.', "_");
    create_topic(broker(), &in_the_way, 1, 1, &[]);
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &lanes.settings);
    assert!(!create.wait_exit(MINUTE).success(), "{}", create.stdout());
    assert!(create.stderr().contains("candidates.v1"), "{}", create.stderr());
    delete_topic(broker(), &in_the_way);
    lanes.create_topics();
    let _whole = lanes.start_ready(&[]);
    lanes.send(0..50);
    lanes.check_published_once(0..50);
}

/// A changelog that was made anew by somebody who did not know that it was lost.
#[test]
fn a_changelog_that_was_lost_and_made_anew_stops_the_lane() {
    let lanes = Lanes::new(1, "");
    let changelog = lanes.topic("dedup.changelog.v1");
    let first = lanes.start_ready(&[]);
    lanes.send(0..100);
    lanes.check_published_once(0..100);
    wait_told(broker(), &lanes, |seq| seq > 0);
    end(first);
    delete_topic(broker(), &changelog);
    lanes.create_topics();
    end(stopped_by(&lanes, "changelog_tail_lost"));
    lanes.check_published_once(0..100);

    let accepted = lanes.start_ready(&["--accept-empty-state"]);
    wait_for("all candidates decided anew", MINUTE, || {
        lanes.published().values().all(|times| *times == 2).then_some(())
    });
    end(accepted);
    delete_topic(broker(), &changelog);
    lanes.create_topics();
    // It begins with nothing, commits nothing, and is known all the same.
    delete_records(broker(), &lanes.topic("candidates.v1"), 0, 100);
    end(lanes.start_ready(&["--accept-empty-state"]));
    wait_told(broker(), &lanes, |seq| seq == 0);
    let _usual = lanes.start_ready(&["--set", "dedup.on_gap=continue"]);
}

/// Waits until the group tells a segment's number that is `as_expected`.
#[track_caller]
fn wait_told(bootstrap: &str, lanes: &Lanes, as_expected: impl Fn(u64) -> bool) {
    let group: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", lanes.topic("dedup"))
        .create()
        .expect("a consumer");
    let candidates = lanes.topic("candidates.v1");
    wait_for("the group's word of the last segment", MINUTE, || {
        witness(&group, &candidates, 0).expect("an answer").filter(|witness: &Witness| as_expected(witness.seq))
    });
}

/// Brokers of its own, since Kafka's tool comes with them.
#[test]
fn cluster_a_hidden_barrier_is_told_until_the_transaction_is_ended() {
    let cluster = Cluster::start(1);
    let lanes = Lanes::on(&cluster.bootstrap(), 1, "[dedup]\ntransaction_timeout = \"5s\"\n");
    let changelog = lanes.topic("dedup.changelog.v1");
    let hanging: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", cluster.bootstrap())
        .set("transactional.id", lanes.topic("hanging"))
        .set("transaction.timeout.ms", "600000")
        .create()
        .expect("a producer");
    hanging.init_transactions(MINUTE).expect("initialised");
    hanging.begin_transaction().expect("begun");
    hanging.send(BaseRecord::<(), [u8], ()>::to(&changelog).partition(0).payload(b"hangs")).expect("queued");
    hanging.flush(MINUTE).expect("sent");
    let hangs = read_uncommitted(&cluster.bootstrap(), &changelog).into_iter().find(|read| read.text() == "hangs");
    let offset = hangs.expect("the open record").offset.to_string();

    let mut instance = lanes.start(&[]);
    lanes.send(0..50);
    let fault = ["fault=\"barrier_not_visible\""];
    instance.wait_metric("copydesk_lane_faults_total", &fault, MINUTE, |n| n >= 1.0);
    assert_eq!(lanes.published().len(), 0, "nothing on half a memory");
    let bootstrap = cluster.bootstrap();
    kafka_tool(
        "org.apache.kafka.tools.TransactionsCommand",
        &[
            "--bootstrap-server",
            &bootstrap,
            "abort",
            "--topic",
            &changelog,
            "--partition",
            "0",
            "--start-offset",
            &offset,
        ],
    );
    instance.wait_ready(MINUTE);
    lanes.check_published_once(0..50);
}

/// A lane whose 200 candidates are decided and published, with a copy of its changelog from before its last transactions, as an
/// older backup or a broker that lost its end would have it. The lane stops by name; then an operator takes the word of its group
/// away. Also: how many candidates the lost transactions decided.
fn lane_without_its_logs_end() -> (Cluster, Lanes, usize) {
    const LOST: u64 = 3;
    let cluster = Cluster::start(1);
    let bootstrap = cluster.bootstrap();
    let lanes = Lanes::on(&bootstrap, 1, "[dedup]\ntransaction_records_max = 10\n");
    let (candidates, changelog) = (lanes.topic("candidates.v1"), lanes.topic("dedup.changelog.v1"));
    let first = lanes.start_ready(&[]);
    lanes.send(0..200);
    lanes.check_published_once(0..200);
    let records = read_committed(&bootstrap, &changelog);
    let values = records.into_iter().map(|read| read.value.expect("a record"));
    let values: Vec<_> = values.map(|value| (decode(&value).expect("a record of the lane's").1, value)).collect();
    let last = values.iter().rev().find_map(|(record, _)| match record {
        Record::Segment(segment) => Some(segment.seq),
        _ => None,
    });
    let last = last.expect("segments");
    wait_told(&bootstrap, &lanes, |seq| seq == last);
    end(first);

    let seq = |record: &Record| match record {
        Record::Segment(segment) => segment.seq,
        Record::Open { seq } => *seq,
        _ => 0,
    };
    let (kept, lost): (Vec<_>, Vec<_>) = values.into_iter().partition(|(record, _)| seq(record) <= last - LOST);
    let decided_again: usize = lost
        .iter()
        .map(|(record, _)| match record {
            Record::Segment(segment) => segment.hashes.len(),
            _ => 0,
        })
        .sum();
    delete_topic(&bootstrap, &changelog);
    create_topic(&bootstrap, &changelog, 1, 1, &[("message.timestamp.type", "LogAppendTime")]);
    let record = |(_, value)| ToSend { partition: Some(0), value: Some(value), ..ToSend::default() };
    produce(&bootstrap, &changelog, kept.into_iter().map(record));

    let mut check = Instance::spawn(&["dedup", "check"], &lanes.settings);
    assert_eq!(check.wait_exit(MINUTE).code(), Some(65), "{}", check.stderr());
    assert!(check.stdout().contains("lane 0: changelog_tail_lost: "), "{}", check.stdout());
    let stopped = stopped_by(&lanes, "changelog_tail_lost");
    assert!(stopped.stderr().contains(&format!("ends with segment {}", last - LOST)), "{}", stopped.stderr());
    end(stopped);
    lanes.check_published_once(0..200);

    let (group, topic) = (lanes.topic("dedup"), format!("{candidates}:0"));
    let reset = ["--reset-offsets", "--to-current", "--execute", "--group", &group, "--topic", &topic];
    kafka_tool(
        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        &[&["--bootstrap-server", bootstrap.as_str()], &reset[..]].concat(),
    );
    (cluster, lanes, decided_again)
}

#[test]
fn cluster_a_lane_goes_on_where_its_log_has_lost_its_end() {
    let (_cluster, lanes, decided_again) = lane_without_its_logs_end();
    let _goes_on = lanes.start_ready(&[]);
    lanes.send(200..300);
    wait_for("the new articles", MINUTE, || (lanes.published().len() >= 300).then_some(()));
    let published = lanes.published();
    let twice = published.values().filter(|times| **times == 2).count();
    assert_eq!((published.len(), twice), (300, decided_again), "what was lost comes twice, nothing else");
    assert!(published.values().all(|times| *times <= 2));
}

#[test]
fn cluster_a_lane_that_had_no_lag_learns_what_its_log_has_lost() {
    let (_cluster, lanes, decided_again) = lane_without_its_logs_end();
    let learning = lanes.start_ready(&["--set", "dedup.mode=learn"]);
    let learned = ["outcome=\"learned\""];
    learning.wait_metric("copydesk_articles_total", &learned, MINUTE, |count| count == decided_again as f64);
    learning.wait_metric("copydesk_consumer_lag", &[], MINUTE, |lag| lag == 0.0);
    end(learning);
    let _usual = lanes.start_ready(&[]);
    lanes.send(100..300);
    lanes.check_published_once(0..300);
}
