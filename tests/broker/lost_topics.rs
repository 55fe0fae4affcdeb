//! Faults whose cause is a whole topic, or somebody else's transaction: each stops its lane by name, and the remedy of the
//! runbook lets it run again. Damaged records have `remedies`.
//!
//! Needs a broker, and where Kafka's own tools are the remedy Java 17 and their jars; see `support`.

use crate::support::cluster::kafka_tool;
use crate::support::lanes::{Lanes, end, without};
use crate::support::topics::{create_topic, delete_records, delete_topic, read_uncommitted};
use crate::support::{Cluster, Instance, broker, wait_for};
use rdkafka::ClientConfig;
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
