//! Pages in, everything around them failing, every content out exactly once.
//!
//! Three brokers, one to four instances, every page sent three times under other addresses and keys. Meanwhile instances are
//! killed, frozen, cut off, asked to end, their clocks jump and their number changes; brokers are killed, frozen, without disk,
//! without controller or gone altogether. A seed says what comes when. The oracle is `copydesk extract` over the same pages:
//! each content hash that it finds must stand once in `articles`, and no other; then `copydesk verify` must agree.
//!
//! `tests/faults FOLDER` runs it over a corpus; without a folder the pages are made here, and few faults fit into the time.
//! Needs Java 17 and the jars of `tests/tools/fetch-kafka`; see `support`. Clocks need libfaketime; the counts say where it is not
//! there.

#[path = "../support/mod.rs"]
mod support;

mod brokers;
mod dice;
mod instances;
mod pages;
mod plan;
mod rates;
mod soak;
mod tally;

use instances::Slot;
use pages::{made_pages, oracle, pages_in, send_slowly};
use plan::{Plan, SLOTS};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use support::instance::settings;
use support::topics::{create_topic, read_committed};
use support::{Cluster, Instance, unique};
use tally::Tally;

const PAGES_PARTITIONS: usize = 6;
const LANES: usize = 4;
/// Pages that are made where no folder is named.
const PAGES_MADE: usize = 150;

#[test]
fn cluster_and_instances_fail_and_every_content_is_published_once() {
    let mut plan = Plan::from_environment();
    let files = pages_in(&plan.pages.clone().unwrap_or_else(|| made_pages(PAGES_MADE)));
    let expected = oracle(&files);
    assert!(!expected.is_empty(), "the pages hold articles");
    println!("{} pages, {} distinct contents, seed {}", files.len(), expected.len(), plan.seed);

    let mut cluster = Cluster::start_with_relays(3, SLOTS);
    let prefix = unique("faults");
    let more = format!("[dedup]\ntransaction_timeout = \"{}s\"\n", plan.transaction_timeout.as_secs());
    let settings_by = |bootstrap: &str| settings(bootstrap, &prefix, LANES, 3, &more);
    let (bootstrap, direct) = (cluster.bootstrap(), settings_by(&cluster.bootstrap()));
    let pages = format!("{prefix}.pages");
    let topic = [("min.insync.replicas", "2"), ("max.message.bytes", "20000000")];
    create_topic(&bootstrap, &pages, PAGES_PARTITIONS, 3, &topic);
    let mut create = Instance::spawn(&["topics", "create"], &direct);
    assert!(create.wait_exit(Duration::from_secs(60)).success(), "{}", create.stderr());

    let slots = cluster.take_relays().into_iter().map(|relay| Slot::new(settings_by(&relay.bootstrap()), relay));
    let (slots, tally) = (slots.collect::<Vec<_>>(), Tally::default());
    plan.begin();
    std::thread::scope(|scope| {
        scope.spawn(|| send_slowly(&bootstrap, &pages, &files, &plan));
        scope.spawn(|| instances::direct(&slots, &plan, &tally));
        for (number, slot) in slots.iter().enumerate() {
            let (plan, tally) = (&plan, &tally);
            scope.spawn(move || instances::hurt(slot, number, plan, tally));
        }
        brokers::hurt(&mut cluster, &plan, &tally);
    });

    let found = settle(&bootstrap, &format!("{prefix}.articles"), &expected);
    instances::end_all(&slots, &tally);
    print!("{tally}");
    judge(&expected, &found);
    let mut verify = Instance::spawn(&["verify"], &direct);
    let status = verify.wait_exit(Duration::from_secs(300));
    println!("{}", verify.stdout());
    assert!(status.success(), "verify does not agree: {status}: {}{}", verify.stdout(), verify.stderr());
}

/// Compares what stands in `articles` with what must.
fn judge(expected: &BTreeMap<String, u32>, found: &BTreeMap<String, u32>) {
    let doubled: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    let missing: Vec<_> = expected.keys().filter(|hash| !found.contains_key(*hash)).collect();
    let extra: Vec<_> = found.keys().filter(|hash| !expected.contains_key(*hash)).collect();
    println!(
        "expected {}, published {}, doubled {}, missing {}, extra {}",
        expected.len(),
        found.values().sum::<u32>(),
        doubled.len(),
        missing.len(),
        extra.len()
    );
    assert!(doubled.is_empty() && missing.is_empty() && extra.is_empty(), "{doubled:?} {missing:?} {extra:?}");
}

/// Waits until everything expected is there, then a little longer for what must not come.
fn settle(bootstrap: &str, topic: &str, expected: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    let deadline = Instant::now() + Duration::from_secs(300);
    loop {
        let found = hashes(bootstrap, topic);
        if expected.keys().all(|hash| found.contains_key(hash)) || Instant::now() > deadline {
            std::thread::sleep(Duration::from_secs(10));
            return hashes(bootstrap, topic);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn hashes(bootstrap: &str, topic: &str) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for record in read_committed(bootstrap, topic) {
        let event: serde_json::Value = serde_json::from_slice(record.value.as_deref().expect("a value")).expect("JSON");
        let hash = event["contentHash"].as_str().expect("a hash").to_owned();
        *found.entry(hash).or_insert(0) += 1;
    }
    found
}
