//! A page that ends the process: it is found by the number of deaths during its parse, and costs itself alone.
//!
//! Nothing in the program can be made to die by a page on purpose, so the test does the killing: each time that the partition's
//! mark says that the page is being parsed. Needs a broker; see `support`.

use crate::support::instance::settings;
use crate::support::topics::{ToSend, produce, read_committed, wait_committed};
use crate::support::{Instance, broker, unique, wait_for};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// Where the deadly page stands.
const DEADLY: i64 = 4;

fn page(number: usize, paragraphs: usize) -> ToSend {
    let words =
        ["The", "harbour", "council", "voted", "on", "the", "new", "ferry", "pier", "number"].repeat(3).join(" ");
    let body: String =
        (0..paragraphs).map(|n| format!("<p>{words} {number}-{n}, which the town had waited for.</p>")).collect();
    let page = format!("<html><body><article><h1>Pier number {number} is voted on</h1>{body}</article></body></html>");
    let url = format!("https://a.example/{number}").into_bytes();
    ToSend { partition: Some(0), key: None, value: Some(page.into_bytes()), headers: vec![("url".into(), url)] }
}

/// The committed offset of the pages and what stands beside it.
fn committed(prefix: &str) -> Option<(i64, String)> {
    let group: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("group.id", format!("{prefix}.extract"))
        .create()
        .expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition(&format!("{prefix}.pages"), 0);
    let found = group.committed_offsets(list, Duration::from_secs(10)).ok()?;
    let element = found.elements().pop()?;
    let Offset::Offset(offset) = element.offset() else { return None };
    Some((offset, element.metadata().to_owned()))
}

#[test]
fn a_page_that_kills_the_process_becomes_a_dead_letter_and_its_neighbours_articles() {
    let prefix = unique("deaths");
    let settings = settings(broker(), &prefix, 2, 1, "[extract]\ncommit_interval = \"100ms\"");
    let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let slow = page(DEADLY as usize, 60_000);
    let pages = (0..DEADLY as usize).map(|n| page(n, 6)).chain([slow]).chain((5..9).map(|n| page(n, 6)));
    produce(broker(), &format!("{prefix}.pages"), pages);
    let start = || Instance::run(&settings, &["--stage", "extract"]);

    // In parallel with its neighbours, so it can't be told which of them it was.
    let mut instance = start();
    let at_the_page = |text: &str| {
        wait_for(text, MINUTE, || committed(&prefix).filter(|found| *found == (DEADLY, text.to_owned())).map(drop));
    };
    at_the_page("copydesk/1 dirty");
    instance.sigkill();
    for attempt in 1..=3 {
        instance = start();
        at_the_page(&format!("copydesk/1 dirty suspect={DEADLY} attempts={attempt}"));
        assert_eq!(instance.metric("copydesk_serial_mode"), Some(1.0));
        instance.sigkill();
    }
    instance = start();
    let letters = wait_committed(broker(), &format!("{prefix}.dlq"), MINUTE, |letters| !letters.is_empty());
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("copydesk.error.code").as_deref(), Some("killed_process"));
    assert_eq!(letters[0].header("__connect.errors.offset"), Some(DEADLY.to_string()));
    assert!(letters[0].value.as_ref().is_some_and(|value| value.len() == 64 << 10), "a pointer with the first 64 KiB");
    instance.wait_metric("copydesk_serial_mode", &[], MINUTE, |n| n == 0.0);
    instance.wait_metric("copydesk_consumer_lag", &[], MINUTE, |n| n == 0.0);
    assert!(instance.stderr().contains("the process ended each time"), "{}", instance.stderr());
    let urls: std::collections::BTreeSet<_> = read_committed(broker(), &format!("{prefix}.candidates.v1"))
        .iter()
        .map(|read| serde_json::from_str::<serde_json::Value>(&read.text()).expect("JSON")["url"].to_string())
        .collect();
    assert_eq!(urls.len(), 8, "every neighbour: {urls:?}");

    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
    assert_eq!(committed(&prefix), Some((9, String::new())), "given back clean");
    let mut instance = start();
    instance.wait_ready(MINUTE);
    assert!(!instance.stderr().contains("one at a time"), "{}", instance.stderr());
}
