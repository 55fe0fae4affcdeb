//! What happens to a running deployment from outside: pages deleted before they were read, a partition that does not move,
//! candidates about to be deleted, a topic that gets partitions. Each is told, costs no more than it must, and the remedy works.
//!
//! Needs a broker; see `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, delete_records, produce, wait_committed};
use crate::support::{Instance, broker, unique};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::collections::BTreeSet;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn pages(partition: i32, count: usize) -> impl Iterator<Item = ToSend> {
    (0..count).map(move |number| ToSend {
        partition: Some(partition),
        key: Some(format!("{partition}-{number}").into_bytes()),
        value: Some(
            format!("<html><body><p>Page {number} of {partition} has few words.</p></body></html>").into_bytes(),
        ),
        headers: vec![("url".into(), b"https://a.example/".to_vec())],
    })
}

fn pages_done(instance: &Instance) -> f64 {
    instance.metric("copydesk_pages_total").unwrap_or(0.0)
}

#[test]
fn a_partition_whose_pages_were_deleted_unread_stops_alone_and_goes_on_when_told() {
    let prefix = unique("gaps");
    let with = |more: &str| settings(broker(), &prefix, 2, 1, more);
    let topic = format!("{prefix}.pages");
    let mut create = Instance::spawn(&["topics", "create", "--pages", "2"], &with(""));
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());

    produce(broker(), &topic, pages(0, 3).chain(pages(1, 3)));
    let mut first = Instance::run(&with(""), &["--stage", "extract"]);
    first.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 6.0);
    first.sigterm();
    assert!(first.wait_exit(MINUTE).success(), "{}", first.stderr());

    produce(broker(), &topic, pages(0, 5).chain(pages(1, 5)));
    delete_records(broker(), &topic, 0, 7);
    let mut stopped = Instance::run(&with(""), &["--stage", "extract"]);
    stopped.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 5.0);
    let partition = ["partition=\"0\"", "state=\"stopped\""];
    stopped.wait_metric("copydesk_partition_state", &partition, MINUTE, |n| n == 1.0);
    assert_eq!(stopped.metric("copydesk_pages_lost_total"), Some(4.0));
    let lag = stopped.metric_with("copydesk_consumer_lag", &["partition=\"0\""]);
    assert_eq!(lag, Some(5.0), "offsets 3 to 7, the deleted ones with it");
    let (status, body) = stopped.get("/readyz").expect("an answer");
    assert_eq!(status, 503);
    assert!(body.contains(&format!("\"{topic}/0\":\"stopped: pages_lost\"")), "{body}");
    for words in ["the partition is stopped, others go on", "extract.on_gap = \"continue\""] {
        assert!(stopped.stderr().contains(words), "{}", stopped.stderr());
    }
    produce(broker(), &topic, pages(1, 2));
    stopped.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 7.0);
    stopped.sigterm();
    assert!(stopped.wait_exit(MINUTE).success(), "a stopped partition is no failure of the process");

    let goes_on = with("[extract]\non_gap = \"continue\"");
    let mut going = Instance::run(&goes_on, &["--stage", "extract"]);
    going.wait_ready(MINUTE);
    going.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 1.0);
    assert_eq!(going.metric("copydesk_pages_lost_total"), Some(4.0));
    assert_eq!(pages_done(&going), 1.0, "offset 7 alone is left");
}

/// A crawler's transaction that hangs holds back every page behind it.
#[test]
fn a_partition_that_does_not_move_makes_the_instance_not_ready_under_its_name() {
    let prefix = unique("stall");
    let settings = settings(broker(), &prefix, 2, 1, "[run]\nstall_timeout = \"3s\"");
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let topic = format!("{prefix}.pages");
    let mut instance = Instance::run(&settings, &["--stage", "extract"]);
    instance.wait_ready(MINUTE);

    let crawler: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("transactional.id", format!("{prefix}-crawler"))
        .create()
        .expect("a producer");
    crawler.init_transactions(MINUTE).expect("init");
    crawler.begin_transaction().expect("begin");
    let page = BaseRecord::<[u8], [u8]>::to(&topic).partition(0).payload(b"<p>Few words.</p>");
    assert!(crawler.send(page).is_ok(), "sent");
    crawler.flush(MINUTE).expect("flush");
    instance.wait_metric("copydesk_partition_state", &["state=\"stalled\""], MINUTE, |n| n == 1.0);
    let (status, body) = instance.get("/readyz").expect("an answer");
    assert_eq!(status, 503);
    assert!(body.contains(&format!("\"{topic}/0\":\"stalled: 1 records wait")), "{body}");

    crawler.commit_transaction(MINUTE).expect("commit");
    instance.wait_metric("copydesk_partition_state", &["state=\"moving\""], MINUTE, |n| n == 1.0);
    instance.wait_ready(MINUTE);
    assert_eq!(pages_done(&instance), 1.0);
    // The transaction's end marker has an offset too; it is nothing to wait for.
    instance.wait_metric("copydesk_consumer_lag", &[], MINUTE, |n| n == 0.0);
}

fn story(number: usize) -> ToSend {
    let words = ["The", "harbour", "council", "voted", "on", "the", "new", "ferry", "pier", "number"];
    let paragraph =
        |n: usize| format!("<p>{} {number}-{n}, which the town had waited for.</p>", words.repeat(3).join(" "));
    let body: String = (0..6).map(paragraph).collect();
    let page = format!("<html><body><article><h1>Pier number {number} is voted on</h1>{body}</article></body></html>");
    let url = format!("https://a.example/{number}").into_bytes();
    ToSend { partition: Some(0), key: None, value: Some(page.into_bytes()), headers: vec![("url".into(), url)] }
}

#[test]
fn extract_waits_before_candidates_are_deleted_undecided_and_goes_on_when_dedup_has_caught_up() {
    let prefix = unique("headroom");
    let topics = "candidates_retention = \"60s\"\n[extract]\nheadroom_percent_min = 85";
    let settings = settings(broker(), &prefix, 2, 1, topics);
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let mut extract = Instance::run(&settings, &["--stage", "extract"]);
    extract.wait_ready(MINUTE);
    let pages = format!("{prefix}.pages");
    produce(broker(), &pages, (0..3).map(story));
    extract.wait_metric("copydesk_candidates_total", &[], MINUTE, |n| n >= 3.0);
    extract.wait_metric("copydesk_candidates_headroom_ratio", &[], MINUTE, |ratio| ratio < 0.85);
    support::wait_for("a word in /readyz", MINUTE, || {
        extract.get("/readyz").filter(|(status, body)| *status == 503 && body.contains("waits until dedup")).map(drop)
    });
    produce(broker(), &pages, (3..6).map(story));
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(pages_done(&extract), 3.0, "nothing is read");

    let mut dedup = Instance::run(&settings, &["--stage", "dedup"]);
    dedup.wait_ready(MINUTE);
    extract.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 6.0);
    extract.wait_ready(MINUTE);
    dedup.wait_metric("copydesk_articles_total", &["outcome=\"published\""], MINUTE, |n| n >= 6.0);
}

/// An operator deletes the group, or its offsets expire. Until a lane tells where it is, all candidates look undecided.
#[test]
fn extract_does_not_wait_for_a_dedup_whose_groups_offsets_are_gone() {
    let prefix = unique("headroom");
    let topics = "candidates_retention = \"60s\"\n[extract]\nheadroom_percent_min = 85";
    let settings = settings(broker(), &prefix, 2, 1, topics);
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let pages = format!("{prefix}.pages");
    produce(broker(), &pages, (0..3).map(story));
    let mut both = Instance::run(&settings, &[]);
    both.wait_metric("copydesk_articles_total", &["outcome=\"published\""], MINUTE, |n| n >= 3.0);
    both.sigterm();
    assert!(both.wait_exit(MINUTE).success(), "{}", both.stderr());
    support::topics::delete_group(broker(), &format!("{prefix}.dedup"));

    produce(broker(), &pages, (3..6).map(story));
    std::thread::sleep(Duration::from_secs(10));
    let extract = Instance::run(&settings, &["--stage", "extract"]);
    extract.wait_metric("copydesk_candidates_headroom_ratio", &[], MINUTE, |ratio| ratio < 0.85);
    let _dedup = Instance::run(&settings, &["--stage", "dedup"]);
    extract.wait_metric("copydesk_candidates_headroom_ratio", &[], MINUTE, |ratio| ratio == 1.0);
    extract.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n == 3.0);
}

#[test]
fn partitions_that_someone_adds_to_candidates_are_told_while_the_lanes_go_on() {
    let prefix = unique("grown");
    let settings = settings(broker(), &prefix, 2, 1, "[run]\ntopics_check_interval = \"1s\"");
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let mut instance = Instance::run(&settings, &[]);
    instance.wait_ready(MINUTE);
    support::topics::add_partitions(broker(), &format!("{prefix}.candidates.v1"), 4);
    support::wait_for("a word in /readyz", MINUTE, || {
        let said = "candidates.v1: has 4 partitions, the config says 2";
        instance.get("/readyz").filter(|(status, body)| *status == 503 && body.contains(said)).map(drop)
    });
    produce(broker(), &format!("{prefix}.pages"), (0..3).map(story));
    instance.wait_metric("copydesk_articles_total", &["outcome=\"published\""], MINUTE, |n| n >= 3.0);
    assert!(instance.exit_status().is_none(), "it goes on");
}

/// More pages are in memory than can be parsed before the drain's deadline: what was not done is read again by the next owner.
#[test]
fn a_drain_cut_short_loses_no_page() {
    let prefix = unique("cut");
    let settings = settings(broker(), &prefix, 2, 1, "[extract]\nworkers = 1\n[run]\ndrain_timeout = \"1s\"");
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let count = 100;
    let heavy = |number| {
        let ToSend { value, headers, .. } = story(number);
        let more: String =
            (0..800).map(|n| format!("<p>The harbour council of town {n} has heard of it, and waits.</p>")).collect();
        let value = value.map(|page| String::from_utf8_lossy(&page).replace("</article>", &more).into_bytes());
        ToSend { partition: Some(0), key: None, value, headers }
    };
    produce(broker(), &format!("{prefix}.pages"), (0..count).map(heavy));
    let mut first = Instance::run(&settings, &["--stage", "extract"]);
    first.wait_metric("copydesk_pages_total", &[], MINUTE, |n| n >= 3.0);
    first.sigterm();
    assert_eq!(first.wait_exit(MINUTE).code(), Some(70), "not drained by its deadline: {}", first.stderr());

    let mut second = Instance::run(&settings, &["--stage", "extract"]);
    let all = |seen: &[support::topics::Read]| {
        let sources =
            seen.iter().map(|read| serde_json::from_str::<serde_json::Value>(&read.text()).expect("an event"));
        let offsets: BTreeSet<i64> = sources.filter_map(|event| event["source"]["offset"].as_i64()).collect();
        offsets.len() == count
    };
    second.wait_ready(MINUTE);
    wait_committed(broker(), &format!("{prefix}.candidates.v1"), 2 * MINUTE, all);
}
