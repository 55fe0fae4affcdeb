//! The harness itself: brokers start, take records, survive the loss of one, and leave nothing behind.
//!
//! Needs a broker, and Java 17 with the jars of `tests/tools/fetch-kafka` for its own three; see `support`.

use crate::support;
use crate::support::topics::{ToSend, create_topic, partitions, produce, read_committed};
use crate::support::{Cluster, broker, process, unique};
use std::time::Duration;

fn numbered(numbers: std::ops::Range<u32>) -> impl Iterator<Item = ToSend> {
    numbers.map(|n| ToSend {
        key: Some(n.to_le_bytes().to_vec()),
        value: Some(format!("record {n}").into_bytes()),
        headers: vec![("n".into(), n.to_string().into_bytes())],
        ..ToSend::default()
    })
}

#[test]
fn what_is_produced_is_read() {
    let topic = unique("harness");
    create_topic(broker(), &topic, 3, 1, &[("retention.ms", "-1")]);
    assert_eq!(partitions(broker(), &topic), 3);
    assert_eq!(read_committed(broker(), &topic), []);
    produce(broker(), &topic, numbered(0..1_000));
    let records = read_committed(broker(), &topic);
    let mut numbers: Vec<u32> = records.iter().filter_map(|record| record.header("n")?.parse().ok()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..1_000));
    assert!(records.iter().all(|record| record.text() == format!("record {}", record.header("n").unwrap_or_default())));
}

#[test]
fn cluster_of_three_lives_on_without_one() {
    let mut cluster = Cluster::start(3);
    let topic = unique("harness");
    create_topic(&cluster.bootstrap(), &topic, 6, 3, &[]);
    produce(&cluster.bootstrap(), &topic, numbered(0..100));
    cluster.kill(0);
    produce(&cluster.bootstrap(), &topic, numbered(100..200));
    cluster.restart(&[0]);
    cluster.stop(0);
    cluster.cont(0);
    assert_eq!(read_committed(&cluster.bootstrap(), &topic).len(), 200);
    cluster.terminate(1);
    assert_eq!(read_committed(&cluster.bootstrap(), &topic).len(), 200);
}

#[test]
fn a_port_is_given_to_one_test_alone() {
    // So often that some would come twice, were they not remembered.
    let given: Vec<u16> = (0..150).flat_map(|_| process::free_ports::<30>(process::OTHER_PORTS)).collect();
    let distinct = std::collections::BTreeSet::from_iter(&given);
    assert_eq!(distinct.len(), given.len());
}

#[test]
fn guarded_processes_end_with_their_guard() {
    let dir = support::test_dir().join(unique("guard"));
    std::fs::create_dir_all(&dir).expect("a folder");
    let guarded = process::Guarded::spawn(&["sleep", "600"], &dir.join("log"), &dir.join("data"));
    let pid = guarded.pid();
    assert!(process::is_running(pid));
    drop(guarded);
    assert!(!process::is_running(pid));

    let mut guarded = process::Guarded::spawn(&["sleep", "600"], &dir.join("log"), &dir.join("data"));
    guarded.terminate(Duration::from_secs(10));
    assert!(!process::is_running(guarded.pid()));
    std::fs::remove_dir_all(&dir).expect("the folder");
}

#[test]
fn the_binary_takes_the_settings_of_the_tests() {
    let settings = support::instance::settings("127.0.0.1:1", &unique("harness"), 4, 3, "");
    let mut instance = support::Instance::spawn(&["validate"], &settings);
    let status = instance.wait_exit(Duration::from_secs(30));
    assert!(status.success(), "{status}: {}{}", instance.stdout(), instance.stderr());
}
