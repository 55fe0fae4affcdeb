//! `copydesk verify` on a real broker: it agrees with what the stages did, and it notices each way in which they could fail.
//!
//! Needs a broker; see `support`.

use crate::support::instance::settings;
use crate::support::topics::{ToSend, delete_records, produce, read_committed, wait_committed};
use crate::support::{Instance, broker, unique};
use copydesk::dedup::changelog::{Record, Segment, decode, encode};
use copydesk::dedup::{Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use copydesk::kafka::dead_letters::KEY_HEADER;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use std::time::Duration;

const LANES: usize = 2;
const MINUTE: Duration = Duration::from_secs(60);

/// A deployment that has worked off some pages and stands still: 6 articles, one of them sent twice, one page without text,
/// one that cannot be read.
struct Deployment {
    prefix: String,
    settings: String,
}

impl Deployment {
    /// Topics, and nothing in them.
    fn made() -> Self {
        let prefix = unique("verify");
        let deployment = Deployment { settings: settings(broker(), &prefix, LANES, 1, ""), prefix };
        let (code, text) = deployment.command(&["topics", "create", "--pages", "1"]);
        assert_eq!(code, 0, "{text}");
        deployment
    }

    fn worked_off() -> Self {
        let deployment = Self::made();
        let mut stages = Instance::run(&deployment.settings, &[]);
        let pages = (0..6).chain([0]).map(article).chain([page("<html><body></body></html>"), ToSend::default()]);
        produce(broker(), &deployment.topic("pages"), pages);
        wait_committed(broker(), &deployment.topic("articles"), MINUTE, |read| read.len() >= 6);
        wait_committed(broker(), &deployment.topic("dlq"), MINUTE, |read| !read.is_empty());
        stages.wait_metric("copydesk_articles_total", &["outcome=\"duplicate\""], MINUTE, |n| n >= 1.0);
        stages.sigterm();
        assert!(stages.wait_exit(MINUTE).success(), "{}", stages.stderr());
        deployment
    }

    fn topic(&self, name: &str) -> String {
        match name {
            "pages" => format!("{}.pages", self.prefix),
            name => format!("{}.{name}", self.prefix),
        }
    }

    fn command(&self, arguments: &[&str]) -> (i32, String) {
        let mut instance = Instance::spawn(arguments, &self.settings);
        let status = instance.wait_exit(MINUTE);
        (status.code().expect("a code"), instance.stdout() + &instance.stderr())
    }

    #[track_caller]
    fn check(&self, code: i32, says: &[&str]) {
        let (found, text) = self.command(&["verify"]);
        assert_eq!(found, code, "{text}");
        says.iter().for_each(|words| assert!(text.contains(words), "{words:?} is not said:\n{text}"));
    }

    /// Moves extract's committed offset, as a defect would that commits what was not worked off.
    fn commit_page(&self, next: i64) {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", broker())
            .set("group.id", format!("{}.extract", self.prefix))
            .create()
            .expect("a consumer");
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic("pages"), 0, Offset::Offset(next)).expect("an offset");
        consumer.commit(&list, CommitMode::Sync).expect("committed");
    }

    /// The offset behind a partition's last record.
    fn end(&self, topic: &str, partition: i32) -> i64 {
        let consumer: BaseConsumer =
            ClientConfig::new().set("bootstrap.servers", broker()).create().expect("a consumer");
        consumer.fetch_watermarks(&self.topic(topic), partition, MINUTE).expect("watermarks").1
    }

    /// Writes the segment that a lane would, which has decided its candidates up to `next_offset`, so much later by lane time.
    fn remember(&self, lane: i32, next_offset: i64, later_ms: i64, hashes: Vec<Hash16>) {
        let changelog = self.topic("dedup.changelog.v1");
        let records = read_committed(broker(), &changelog);
        let of_lane = records.iter().filter(|record| record.partition == lane);
        let decoded = of_lane.map(|record| decode(record.value.as_deref().expect("a value")).expect("a record"));
        let (mut lane_set, mut seq, mut time) = (None, 0, 0);
        for (identity, record) in decoded {
            match record {
                Record::Genesis { .. } => lane_set = Some(identity),
                Record::Segment(segment) => (seq, time) = (segment.seq, segment.lane_time_ms),
                _ => {}
            }
        }
        let segment =
            Segment { seq: seq + 1, next_offset, lane_time_ms: time + later_ms, hashes, ..Segment::default() };
        let identity = lane_set.expect("a genesis");
        let records = [Record::Open { seq: seq + 1 }, Record::Segment(segment)];
        let records = records.map(|record| ToSend {
            partition: Some(lane),
            value: Some(encode(&identity, &record)),
            ..ToSend::default()
        });
        produce(broker(), &changelog, records);
    }
}

fn page(html: &str) -> ToSend {
    ToSend {
        partition: Some(0),
        value: Some(html.as_bytes().to_vec()),
        headers: vec![
            ("url".into(), b"https://paper.example/1".to_vec()),
            ("content-type".into(), b"text/html".to_vec()),
        ],
        ..ToSend::default()
    }
}

fn article(number: u32) -> ToSend {
    let sentence = format!(
        "In the year {} the council of the town number {number} agreed after a long debate that the old harbour bridge needs \
         new railings, new lights and a new coat of paint before the winter comes.",
        1900 + number
    );
    let body: String = (0..5).map(|part| format!("<p>Part {part}. {sentence}</p>")).collect();
    page(&format!(
        "<html><head><title>Bridge {number}</title></head><body><article><h1>Bridge {number}</h1>{body}</article></body></html>"
    ))
}

fn an_article(key: Hash16) -> ToSend {
    ToSend {
        partition: Some(0),
        key: Some(key_of_hash(&key).to_vec()),
        value: Some(b"{}".to_vec()),
        ..ToSend::default()
    }
}

#[test]
fn what_the_stages_did_adds_up() {
    let deployment = Deployment::worked_off();
    deployment.check(
        0,
        &[
            "pages       9 = 7 expanded + 1 skipped + 1 dead-lettered + 0 lost; 0 not read yet",
            "candidates  7 = 6 first of their content + 1 duplicates + 0 invalid; 0 not decided yet",
            "articles    6 published, 0 of them again after the TTL; 0 learned, 0 dead-lettered; 0 doubled, 0 lost, 0 unexplained",
            "ok: nothing lost, nothing doubled",
        ],
    );
    // What was not read is not missed.
    produce(broker(), &deployment.topic("pages"), [article(7)]);
    deployment.check(0, &["0 lost; 1 not read yet"]);
    let (code, text) = deployment.command(&["verify", "--memory-max", "100B"]);
    assert_eq!(code, 78, "{text}");
    assert!(text.contains("--memory-max"), "{text}");
    // Two passes say the same as one.
    let (code, text) = deployment.command(&["verify", "--memory-max", "700B", "--list", "0"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("candidates  7 = 6 first"), "{text}");
}

#[test]
fn a_page_that_left_no_trace_is_lost() {
    let deployment = Deployment::worked_off();
    produce(broker(), &deployment.topic("pages"), [article(7), page(""), page("<html></html>")]);
    deployment.commit_page(12);
    deployment.check(
        65,
        &[
            "7 expanded + 2 skipped + 1 dead-lettered + 2 lost",
            "0 of 1 events are among the candidates",
            "no dead letter, though it cannot be read (empty_value)",
            "findings: 2",
        ],
    );
}

/// Too far to read all that lies between.
#[test]
fn pages_without_a_trace_are_judged_however_far_apart_they_are() {
    let deployment = Deployment::made();
    let mut stages = Instance::run(&deployment.settings, &[]);
    let empty = || page("<html><body></body></html>");
    let pages = [empty()].into_iter().chain((0..150).map(article)).chain([empty()]);
    produce(broker(), &deployment.topic("pages"), pages);
    stages.wait_metric("copydesk_pages_total", &["outcome=\"skipped\""], MINUTE, |n| n >= 2.0);
    wait_committed(broker(), &deployment.topic("articles"), MINUTE, |read| read.len() >= 150);
    stages.sigterm();
    assert!(stages.wait_exit(MINUTE).success(), "{}", stages.stderr());
    produce(broker(), &deployment.topic("pages"), (200..350).map(article));
    deployment.commit_page(302);
    deployment.check(65, &["150 expanded + 2 skipped + 0 dead-lettered + 150 lost; 0 not read yet"]);
}

#[test]
fn an_article_that_stands_twice_is_doubled() {
    let deployment = Deployment::worked_off();
    let articles = read_committed(broker(), &deployment.topic("articles"));
    let twice = ToSend {
        key: articles[0].key.clone(),
        partition: Some(articles[0].partition),
        value: Some(b"{}".to_vec()),
        ..ToSend::default()
    };
    produce(broker(), &deployment.topic("articles"), [twice]);
    let key = String::from_utf8(articles[0].key.clone().expect("a key")).expect("hex");
    deployment.check(65, &["1 doubled, 0 lost", &format!("articles doubled: {key}, 1 times too often")]);
    deployment.check(65, &["findings: 1"]);
}

#[test]
fn a_candidate_that_was_passed_over_is_lost() {
    let deployment = Deployment::worked_off();
    let hash: Hash16 = [9; 16];
    let lane = lane_of(&hash, LANES as u32) as i32;
    let candidate = ToSend { partition: Some(lane), ..an_article(hash) };
    produce(broker(), &deployment.topic("candidates.v1"), [candidate]);
    deployment.check(0, &["1 not decided yet"]);
    let candidates = read_committed(broker(), &deployment.topic("candidates.v1"));
    let next = candidates.iter().filter(|record| record.partition == lane).map(|record| record.offset + 1).max();
    deployment.remember(lane, next.expect("a candidate"), 0, Vec::new());
    deployment.check(65, &["0 doubled, 1 lost", "copydesk dedup explain 09090909090909090909090909090909"]);
    // Remembered, and still not published.
    deployment.remember(lane, next.expect("a candidate"), 0, vec![hash]);
    deployment.check(65, &["0 doubled, 1 lost"]);
}

#[test]
fn an_article_from_elsewhere_is_unexplained() {
    let deployment = Deployment::worked_off();
    let foreign =
        ToSend { partition: Some(0), key: Some(b"a key".to_vec()), value: Some(b"{}".to_vec()), ..ToSend::default() };
    produce(broker(), &deployment.topic("articles"), [an_article([8; 16]), foreign]);
    deployment.check(65, &["2 unexplained", "no candidate and no lane accounts for it", "its key is no content hash"]);
}

#[test]
fn an_article_that_is_younger_than_what_retention_deleted_is_lost() {
    let deployment = Deployment::worked_off();
    let articles = read_committed(broker(), &deployment.topic("articles"));
    let of = |partition| articles.iter().filter(move |record| record.partition == partition);
    let trimmed = (0..LANES as i32).max_by_key(|partition| of(*partition).count()).expect("a partition");
    let second = of(trimmed).nth(1).expect("two articles").offset;
    delete_records(broker(), &deployment.topic("articles"), trimmed, second);
    deployment.check(0, &["+ 1 too old to tell; 0 doubled, 0 lost", "ok: nothing lost"]);
    let hash: Hash16 = [9; 16];
    let lane = lane_of(&hash, LANES as u32) as i32;
    deployment.remember(lane, deployment.end("candidates.v1", lane), 60_000, vec![hash]);
    deployment.check(
        65,
        &["+ 1 too old to tell; 0 doubled, 1 lost", "explain 09090909090909090909090909090909", "findings: 1"],
    );
}

#[test]
fn what_is_deleted_before_it_is_read_is_a_finding() {
    let deployment = Deployment::worked_off();
    produce(broker(), &deployment.topic("pages"), [article(7), article(8), article(9)]);
    deployment.check(0, &["3 not read yet"]);
    delete_records(broker(), &deployment.topic("pages"), 0, 11);
    deployment.check(65, &["1 not read yet", "pages deleted unread", ".pages/0: offsets 9 to 10", "findings: 1"]);
    let hash: Hash16 = [9; 16];
    let lane = lane_of(&hash, LANES as u32) as i32;
    let next = deployment.end("candidates.v1", lane);
    produce(broker(), &deployment.topic("candidates.v1"), [ToSend { partition: Some(lane), ..an_article(hash) }]);
    delete_records(broker(), &deployment.topic("candidates.v1"), lane, next + 1);
    let what = format!("candidates.v1/{lane}: offsets {next} to {next}");
    deployment.check(65, &["candidates deleted undecided", &what, "findings: 2"]);
}

#[test]
fn what_cannot_be_judged_is_not_called_ok() {
    let deployment = Deployment::made();
    deployment.check(0, &["ok: nothing lost"]);
    produce(broker(), &deployment.topic("pages"), [article(1)]);
    deployment.check(65, &["has committed no offsets, so none of 1 pages was checked", "not judged: 1; no findings"]);
    // Nothing was read, and nothing has to be.
    let (code, text) = deployment.command(&["verify", "--no-pages"]);
    assert_eq!(code, 0, "{text}");

    let deployment = Deployment::worked_off();
    for lane in 0..LANES as i32 {
        let end = deployment.end("dedup.changelog.v1", lane);
        delete_records(broker(), &deployment.topic("dedup.changelog.v1"), lane, end);
    }
    deployment.check(65, &["0 lost", "dedup.changelog.v1/0 holds no segment", "not judged: 2; no findings"]);
}

#[test]
fn a_refused_article_counts_once_in_any_number_of_passes() {
    let deployment = Deployment::worked_off();
    let candidate = &read_committed(broker(), &deployment.topic("candidates.v1"))[0];
    let source = format!("{}/{}/{}", deployment.topic("candidates.v1"), candidate.partition, candidate.offset);
    let letter = ToSend {
        partition: Some(0),
        key: Some(source.into_bytes()),
        value: Some(b"{}".to_vec()),
        headers: vec![(KEY_HEADER.into(), candidate.key.clone().expect("a key"))],
    };
    produce(broker(), &deployment.topic("dlq"), [letter]);
    deployment.check(0, &["0 learned, 1 dead-lettered"]);
    let (code, text) = deployment.command(&["verify", "--memory-max", "700B", "--list", "0"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("0 learned, 1 dead-lettered"), "{text}");
}

#[test]
fn an_open_transaction_among_the_articles_is_waited_for() {
    let deployment = Deployment::worked_off();
    let open: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("transactional.id", unique("open"))
        .create()
        .expect("a producer");
    open.init_transactions(MINUTE).expect("initialised");
    open.begin_transaction().expect("begun");
    let topic = deployment.topic("articles");
    let key = key_of_hash(&[8; 16]);
    open.send(BaseRecord::to(&topic).partition(0).key(&key[..]).payload("{}")).expect("queued");
    open.flush(MINUTE).expect("sent");
    let mut verify = Instance::spawn(&["verify"], &deployment.settings);
    std::thread::sleep(Duration::from_secs(5));
    open.commit_transaction(MINUTE).expect("committed");
    assert_eq!(verify.wait_exit(MINUTE).code(), Some(65), "{}{}", verify.stdout(), verify.stderr());
    assert!(verify.stdout().contains("1 unexplained"), "{}", verify.stdout());
}
