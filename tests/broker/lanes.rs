//! The dedup stage on a real broker: what a lane publishes, and what it must not.
//!
//! Candidates are written by the tests themselves, so that nothing but the lanes is in question. Needs a broker; see
//! `support`.

use crate::support;
use crate::support::instance::settings;
use crate::support::topics::{
    Read, ToSend, alter_topic, create_topic, delete_topic, produce, produce_compressed, read_committed, wait_committed,
};
use crate::support::{Instance, broker, unique};
use copydesk::dedup::{Hash16, lane_of};
use std::collections::BTreeMap;
use std::time::Duration;

const LANES: usize = 2;
const SECONDS_30: Duration = Duration::from_secs(30);
const MINUTE: Duration = Duration::from_secs(60);

/// A deployment of its own on the shared broker.
struct Stage {
    prefix: String,
    settings: String,
}

impl Stage {
    fn new(more: &str) -> Self {
        let prefix = unique("lanes");
        let settings = settings(broker(), &prefix, LANES, 1, more);
        Stage { prefix, settings }
    }

    fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    fn create_topics(&self) -> &Self {
        let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &self.settings);
        let status = create.wait_exit(MINUTE);
        assert!(status.success(), "{}", create.stderr());
        self
    }

    fn start(&self, more: &[&str]) -> Instance {
        let mut instance = self.start_unready(more);
        instance.wait_ready(MINUTE);
        instance
    }

    fn start_unready(&self, more: &[&str]) -> Instance {
        Instance::run(&self.settings, &[&["--stage", "dedup"], more].concat())
    }

    /// Sends candidates whose hashes are made of `numbers`, each with a value of `bytes` that does not compress.
    fn send(&self, numbers: impl IntoIterator<Item = u32>, bytes: usize) {
        produce(broker(), &self.topic("candidates.v1"), numbers.into_iter().map(|n| candidate(n, bytes)));
    }

    fn articles(&self) -> Vec<Read> {
        read_committed(broker(), &self.topic("articles"))
    }

    fn wait_articles(&self, count: usize) -> Vec<Read> {
        wait_committed(broker(), &self.topic("articles"), MINUTE, |read| read.len() >= count)
    }
}

/// A hash that is spread as real ones are: splitmix64's finalizer over the number.
fn hash(number: u32) -> Hash16 {
    let mix = |seed: u64| {
        let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let (head, tail) = (mix(u64::from(number) + 1), mix(u64::from(number) + (1 << 32)));
    u128::to_be_bytes(u128::from(head) << 64 | u128::from(tail))
}

fn candidate(number: u32, bytes: usize) -> ToSend {
    let hash = hash(number);
    let value = (0..bytes.div_ceil(16) as u32).flat_map(|i| self::hash(number ^ (i << 12))).collect();
    ToSend {
        partition: Some(lane_of(&hash, LANES as u32) as i32),
        key: Some(format!("{:032x}", u128::from_be_bytes(hash)).into_bytes()),
        value: Some(value),
        headers: vec![("copydesk-kind".into(), b"article".to_vec())],
    }
}

/// How often each key stands there.
#[track_caller]
fn assert_once_each(articles: &[Read], numbers: impl IntoIterator<Item = u32>) {
    let mut found = BTreeMap::new();
    for article in articles {
        *found.entry(article.key.clone().expect("a key")).or_insert(0) += 1;
    }
    let expected: BTreeMap<Vec<u8>, i32> =
        numbers.into_iter().map(|n| (candidate(n, 0).key.expect("a key"), 1)).collect();
    assert_eq!(found.len(), expected.len(), "distinct articles");
    assert_eq!(found, expected, "articles by key");
}

#[test]
fn each_content_is_published_once_across_restarts() {
    let stage = Stage::new("[dedup]\npublish_duplicates = true");
    stage.create_topics();
    let mut instance = stage.start(&[]);
    stage.send((0..100).chain(0..100).chain(50..150), 200);
    stage.wait_articles(150);
    instance.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n == 150.0);
    instance.sigterm();
    assert!(instance.wait_exit(SECONDS_30).success(), "{}", instance.stderr());

    let mut instance = stage.start(&[]);
    assert_eq!(instance.metric("copydesk_dedup_entries"), Some(150.0), "restored");
    stage.send(100..200, 200);
    stage.wait_articles(200);
    instance.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n == 50.0);
    assert_once_each(&stage.articles(), 0..200);
    assert_eq!(read_committed(broker(), &stage.topic("duplicates")).len(), 200);
    instance.sigterm();
    assert!(instance.wait_exit(SECONDS_30).success(), "{}", instance.stderr());
}

/// Holds the lane's fencing: the zombie has an uncommitted batch when it freezes, and commits it when it wakes.
#[test]
fn a_zombie_that_wakes_publishes_nothing() {
    let stage = Stage::new("[dedup]\ncommit_interval = \"2s\"");
    stage.create_topics();
    let zombie = stage.start(&[]);
    stage.send(0..40, 200);
    // Consumed, not committed: half of the interval has passed.
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(stage.articles().len(), 0, "the batch is still open");
    zombie.sigstop();
    let heir = stage.start_unready(&[]);
    stage.wait_articles(40);
    zombie.sigcont();
    std::thread::sleep(Duration::from_secs(6));
    stage.send(40..60, 200);
    stage.wait_articles(60);
    assert_once_each(&stage.articles(), 0..60);
    drop((zombie, heir));
}

/// Holds the undo on abort: the broker refuses one record, the transaction is aborted, and the others go out all the same.
#[test]
fn an_event_that_its_topic_refuses_costs_only_itself() {
    let stage = Stage::new("");
    create_topic(broker(), &stage.topic("articles"), LANES, 1, &[("max.message.bytes", "20000")]);
    stage.create_topics();
    let instance = stage.start(&[]);
    stage.send(0..30, 500);
    stage.send([1000], 80_000);
    stage.send(30..60, 500);
    stage.wait_articles(60);
    let letters = wait_committed(broker(), &stage.topic("dlq"), MINUTE, |read| !read.is_empty());
    assert_once_each(&stage.articles(), 0..60);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].header("copydesk.error.code").as_deref(), Some("event_too_large"));
    assert_eq!(letters[0].header("copydesk.original.value.bytes").as_deref(), Some("80000"));
    assert_eq!(instance.metric_with("copydesk_errors_total", &["code=\"event_too_large\""]), Some(1.0));
    assert!(instance.metric_with("copydesk_transactions_total", &["result=\"aborted\""]) >= Some(1.0));
    // The refused one is known all the same: it is not tried again.
    stage.send([1000], 80_000);
    instance.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n == 1.0);
}

/// Headers weigh as much as a value does, and a compressed batch hides it from the topic that a record comes by.
#[test]
fn a_record_of_large_headers_costs_only_itself() {
    let stage = Stage::new("");
    stage.create_topics();
    let heavy = |record: ToSend| ToSend { headers: vec![("large".into(), vec![b'x'; 1_200_000])], ..record };
    let foreign = heavy(ToSend { key: Some(b"a key".to_vec()), ..candidate(61, 10) });
    let records = (0..30).map(|n| candidate(n, 500)).chain([heavy(candidate(60, 10)), foreign]);
    let records = records.chain((30..60).map(|n| candidate(n, 500)));
    produce_compressed(broker(), &stage.topic("candidates.v1"), "zstd", records);
    let instance = stage.start(&[]);
    let letters = wait_committed(broker(), &stage.topic("dlq"), MINUTE, |read| read.len() >= 2);
    let mut codes: Vec<_> = letters.iter().map(|l| l.header("copydesk.error.code").expect("a code")).collect();
    codes.sort();
    assert_eq!(codes, ["candidate_invalid", "event_too_large"]);
    assert!(letters.iter().all(|l| l.header("copydesk.original.value.bytes").as_deref() == Some("16")));
    assert_once_each(&stage.wait_articles(60), 0..60);
    assert_eq!(instance.metric_with("copydesk_transactions_total", &["result=\"aborted\""]), Some(0.0));
}

/// A record is judged by its own topic's bound, not by that of the others of its transaction.
#[test]
fn a_small_topic_beside_costs_no_article() {
    let stage = Stage::new("[extract]\ndead_letter_bytes_max = \"1KiB\"\n[dedup]\npublish_duplicates = true");
    create_topic(broker(), &stage.topic("duplicates"), 1, 1, &[("max.message.bytes", "20000")]);
    create_topic(broker(), &stage.topic("dlq"), 1, 1, &[("max.message.bytes", "20000")]);
    stage.create_topics();
    let foreign = ToSend { key: Some(b"a key".to_vec()), ..candidate(70, 30_000) };
    let articles = |numbers: std::ops::Range<u32>| numbers.map(|n| candidate(n, 60_000));
    let records = articles(0..5).chain([candidate(50, 30_000), candidate(50, 30_000), foreign]).chain(articles(5..10));
    produce(broker(), &stage.topic("candidates.v1"), records);
    let _instance = stage.start(&[]);
    let letters = wait_committed(broker(), &stage.topic("dlq"), MINUTE, |read| read.len() >= 2);
    assert_once_each(&stage.wait_articles(11), (0..10).chain([50]));
    assert_eq!(letters.len(), 2, "the duplicate and the foreign record");
    for letter in &letters {
        assert_eq!(letter.header("copydesk.error.code").as_deref(), Some("event_too_large"));
        assert_eq!(letter.header("copydesk.original.value.bytes").as_deref(), Some("30000"));
    }
    assert_eq!(read_committed(broker(), &stage.topic("duplicates")).len(), 0);
}

/// Not thrice a second for as long as it lasts: each new producer leaves a barrier in the log.
#[test]
fn a_refusal_that_lasts_is_met_ever_more_slowly() {
    let stage = Stage::new("message_bytes_max = \"2MiB\"");
    // A batch that is larger than a segment of its topic is refused as a whole, at each try.
    let small = [("max.message.bytes", "3000000"), ("segment.bytes", "1048576")];
    create_topic(broker(), &stage.topic("articles"), LANES, 1, &small);
    stage.create_topics();
    let instance = stage.start(&[]);
    stage.send([0], 1_500_000);
    let aborted = || instance.metric_with("copydesk_transactions_total", &["result=\"aborted\""]).expect("a count");
    support::wait_for("a refusal", MINUTE, || (aborted() >= 1.0).then_some(()));
    std::thread::sleep(Duration::from_secs(15));
    assert!((4.0..=10.0).contains(&aborted()), "{} attempts", aborted());
    assert_eq!(stage.articles().len(), 0);
    let (_, body) = instance.get("/readyz").expect("an answer");
    assert!(body.contains("segment.bytes"), "{body}");
    alter_topic(broker(), &stage.topic("articles"), &[("max.message.bytes", "3000000")]);
    assert_once_each(&stage.wait_articles(1), [0]);
}

/// What brokers do to records without a key where a topic is compacted. Each lane tries again, more and more slowly, and says what
/// to do; once that is done it goes on by itself.
#[test]
fn a_refusal_with_a_remedy_is_told_until_it_is_mended() {
    let stage = Stage::new("");
    stage.create_topics();
    let mut instance = stage.start(&[]);
    let changelog = stage.topic("dedup.changelog.v1");
    alter_topic(broker(), &changelog, &[("cleanup.policy", "compact"), ("message.timestamp.type", "LogAppendTime")]);
    stage.send(0..10, 200);
    support::wait_for("a word in /readyz", MINUTE, || {
        let (status, body) = instance.get("/readyz")?;
        (status == 503 && body.contains("cleanup.policy=delete")).then_some(())
    });
    std::thread::sleep(Duration::from_secs(10));
    let recovered = instance.metric("copydesk_lane_recoveries_total").expect("a count");
    assert!((4.0..=20.0).contains(&recovered), "{recovered} attempts of two lanes");
    assert!(instance.stderr().matches("ERROR").count() <= LANES, "told once: {}", instance.stderr());
    alter_topic(broker(), &changelog, &[("cleanup.policy", "delete"), ("message.timestamp.type", "LogAppendTime")]);
    assert_once_each(&stage.wait_articles(10), 0..10);
    instance.wait_ready(MINUTE);
}

/// Nothing to write is no reason to wait for the next anchor, up to an hour, before it is known that all is well.
#[test]
fn a_refusal_is_over_when_it_is_mended_without_a_candidate() {
    let stage = Stage::new("");
    stage.create_topics();
    let mut instance = stage.start(&[]);
    let changelog = stage.topic("dedup.changelog.v1");
    alter_topic(broker(), &changelog, &[("cleanup.policy", "compact"), ("message.timestamp.type", "LogAppendTime")]);
    // For longer than a session: its lanes are assigned once more, and commit their barriers.
    instance.sigstop();
    std::thread::sleep(Duration::from_secs(8));
    instance.sigcont();
    support::wait_for("a word in /readyz", MINUTE, || {
        let (_, body) = instance.get("/readyz")?;
        (body.matches("refused").count() == LANES && body.contains("cleanup.policy=delete")).then_some(())
    });
    alter_topic(broker(), &changelog, &[("cleanup.policy", "delete"), ("message.timestamp.type", "LogAppendTime")]);
    instance.wait_ready(MINUTE);
    stage.send(0..10, 200);
    assert_once_each(&stage.wait_articles(10), 0..10);
}

#[test]
fn an_instance_without_a_partition_is_ready_too() {
    let stage = Stage::new("");
    stage.create_topics();
    let instances: Vec<Instance> = (0..LANES + 1).map(|_| stage.start(&[])).collect();
    let lanes =
        |instance: &Instance| instance.metric_with("copydesk_lane_state", &["state=\"running\""]).unwrap_or(0.0);
    let spread = || instances.iter().map(lanes).sum::<f64>() == LANES as f64;
    support::wait_for("each lane at one instance", MINUTE, || spread().then_some(()));
}

#[test]
fn a_record_that_is_no_candidate_is_a_dead_letter() {
    let stage = Stage::new("");
    stage.create_topics();
    let _instance = stage.start(&[]);
    let foreign = |key: Option<&[u8]>, value: Option<&[u8]>| ToSend {
        partition: Some(0),
        key: key.map(<[u8]>::to_vec),
        value: value.map(<[u8]>::to_vec),
        headers: Vec::new(),
    };
    let tombstone = candidate(7, 0).key;
    let records =
        [foreign(None, Some(b"{}")), foreign(Some(b"a key"), Some(b"{}")), foreign(tombstone.as_deref(), None)];
    produce(broker(), &stage.topic("candidates.v1"), records);
    stage.send(0..10, 200);
    stage.wait_articles(10);
    let letters = wait_committed(broker(), &stage.topic("dlq"), MINUTE, |read| read.len() >= 3);
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|l| l.header("copydesk.error.code").as_deref() == Some("candidate_invalid")));
    assert_once_each(&stage.articles(), 0..10);
}

#[test]
fn a_lane_without_genesis_stops_until_an_operator_speaks() {
    let stage = Stage::new("");
    // Made by somebody else: empty, and nothing says that it may be.
    create_topic(broker(), &stage.topic("dedup.changelog.v1"), LANES, 1, &[]);
    stage.create_topics();
    stage.send(0..10, 200);
    let mut instance = stage.start_unready(&[]);
    let fault = ["fault=\"changelog_no_genesis\""];
    instance.wait_metric("copydesk_lane_faults_total", &fault, MINUTE, |n| n == LANES as f64);
    let (status, body) = instance.get("/readyz").expect("an answer");
    assert_eq!(status, 503);
    assert!(body.contains("changelog_no_genesis"), "{body}");
    assert_eq!(stage.articles().len(), 0);
    instance.sigterm();
    assert!(instance.wait_exit(SECONDS_30).success(), "{}", instance.stderr());

    let _instance = stage.start(&["--accept-empty-state"]);
    stage.wait_articles(10);
    assert_once_each(&stage.articles(), 0..10);
}

#[test]
fn recreated_candidates_stop_the_lane() {
    let stage = Stage::new("");
    stage.create_topics();
    let mut instance = stage.start(&[]);
    stage.send(0..50, 200);
    stage.wait_articles(50);
    instance.sigterm();
    assert!(instance.wait_exit(SECONDS_30).success());
    delete_topic(broker(), &stage.topic("candidates.v1"));
    stage.create_topics();
    let instance = stage.start_unready(&[]);
    let fault = ["fault=\"candidates_recreated\""];
    instance.wait_metric("copydesk_lane_faults_total", &fault, MINUTE, |n| n == LANES as f64);
    drop(instance);
}

/// After an eighth of the TTL the seen-set is written once more, and what lay before it in the changelog is deleted. A lane
/// that restores from there knows all of it.
#[test]
fn a_changelog_that_was_cut_behind_a_checkpoint_restores_whole() {
    let stage = Stage::new("[dedup]\nttl = \"40s\"");
    stage.create_topics();
    let mut instance = stage.start(&[]);
    stage.send(0..200, 100);
    stage.wait_articles(200);
    let begin = |stage: &Stage| first_offsets(&stage.topic("dedup.changelog.v1"));
    assert_eq!(begin(&stage), [0, 0]);

    std::thread::sleep(Duration::from_millis(5_500));
    stage.send(200..240, 100);
    instance.wait_metric("copydesk_checkpoints_total", &["step=\"log_cut\""], MINUTE, |n| n == 2.0);
    assert_eq!(instance.metric_with("copydesk_checkpoints_total", &["step=\"written\""]), Some(2.0));
    assert_eq!(instance.metric_with("copydesk_checkpoints_total", &["step=\"cut_failed\""]), Some(0.0));
    assert!(begin(&stage).iter().all(|offset| *offset > 1), "{:?}", begin(&stage));
    assert_eq!(stage.wait_articles(240).len(), 240);
    instance.sigkill();

    let instance = stage.start(&[]);
    assert_eq!(instance.metric("copydesk_dedup_entries"), Some(240.0));
    stage.send(0..250, 100);
    instance.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n == 240.0);
    assert_once_each(&stage.wait_articles(250), 0..250);
}

/// Offset of the first committed record of each partition.
fn first_offsets(topic: &str) -> Vec<i64> {
    let mut first = BTreeMap::new();
    for record in read_committed(broker(), topic) {
        first.entry(record.partition).or_insert(record.offset);
    }
    first.into_values().collect()
}
