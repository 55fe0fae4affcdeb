//! An `EndTxn` that arrives late: sent by a lane's old owner, and taken by the brokers when somebody else is at work.
//!
//! librdkafka sends one again by itself, and a network may keep one for long; here the tests send it, to the coordinator and
//! under the old owner's epoch. Needs a broker; see `support`.

use crate::support::lanes::{Lanes, last_segments};
use crate::support::topics::{Read, create_topic, read_committed, read_uncommitted, wait_committed};
use crate::support::wire::{Transactions, Writer};
use crate::support::{Instance, broker, unique, wait_for};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const LANES: usize = 2;
const MINUTE: Duration = Duration::from_secs(60);
/// Enough to keep the lanes at work for some seconds, at 10 a transaction.
const CANDIDATES: u64 = 6_000;
const ERROR_NONE: i16 = 0;
/// INVALID_PRODUCER_EPOCH and PRODUCER_FENCED.
const FENCED: [i16; 2] = [47, 90];

/// The transactions of each lane.
fn transactions(lanes: &Lanes) -> Vec<Transactions> {
    (0..lanes.count).map(|lane| Transactions::of(broker(), &lanes.topic(&format!("dedup.v1.{lane}")))).collect()
}

fn wait_published(instance: &Instance, count: f64) {
    instance.wait_metric("copydesk_articles_total", &["outcome=\"published\""], MINUTE, |n| n >= count);
}

/// The owner is frozen in the middle of transactions; the end of each arrives again and again while a successor works.
fn end_late(commit: bool) {
    let lanes = Lanes::new(LANES, "[dedup]\ntransaction_records_max = 10\n");
    lanes.send(0..CANDIDATES);
    let owner = lanes.start(&[]);
    wait_published(&owner, 100.0);
    let transactions = transactions(&lanes);
    // Of all lanes, at least one with a transaction that is open now.
    let old: Vec<Writer> = wait_for("the owner within a transaction", MINUTE, || {
        owner.sigstop();
        let described: Vec<_> = transactions.iter().map(Transactions::describe).collect();
        if described.iter().any(|(state, _)| state == "Ongoing") {
            return Some(described.into_iter().map(|(_, writer)| writer).collect());
        }
        owner.sigcont();
        None
    });
    let successor = lanes.start(&[]);
    wait_published(&successor, 10.0);
    let (begin, before) = (Instant::now(), lanes.published().len());
    while begin.elapsed() < Duration::from_secs(3) {
        for (lane, writer) in transactions.iter().zip(&old) {
            let error = lane.end(*writer, commit);
            assert!(FENCED.contains(&error), "the end of an old epoch is answered with error {error}");
        }
    }
    assert!(lanes.published().len() > before, "the successor was at work meanwhile");
    for (lane, old) in transactions.iter().zip(&old) {
        let (_, new) = lane.describe();
        assert_eq!(new.producer_id, old.producer_id, "the epoch alone keeps them apart");
        assert!(new.epoch > old.epoch, "{new:?} after {old:?}");
    }
    owner.sigcont();
    lanes.check_published_once(0..CANDIDATES);
}

#[test]
fn a_late_commit_of_an_old_owner_changes_nothing() {
    end_late(true);
}

#[test]
fn a_late_abort_of_an_old_owner_changes_nothing() {
    end_late(false);
}

/// What the epoch protects from: under the current one, the same request ends a transaction that is none of its own.
#[test]
fn an_end_in_the_current_epoch_ends_what_is_open() {
    let (topic, id) = (unique("late"), unique("late"));
    create_topic(broker(), &topic, 1, 1, &[]);
    let mut expected = 0;
    for commit in [true, false] {
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", broker())
            .set("transactional.id", &id)
            .create()
            .expect("a producer");
        producer.init_transactions(MINUTE).expect("initialised");
        producer.begin_transaction().expect("begun");
        producer.send(BaseRecord::<(), [u8], ()>::to(&topic).payload(b"open")).expect("queued");
        producer.flush(MINUTE).expect("sent");
        let transactions = Transactions::of(broker(), &id);
        let (state, writer) = transactions.describe();
        assert_eq!(state, "Ongoing");
        let stale = Writer { epoch: writer.epoch - 1, ..writer };
        // The first producer's epoch is 0: there is none before.
        if stale.epoch >= 0 {
            assert!(FENCED.contains(&transactions.end(stale, commit)));
        }
        assert_eq!(transactions.describe().0, "Ongoing");
        assert_eq!(transactions.end(writer, commit), ERROR_NONE);
        expected += usize::from(commit);
        wait_committed(broker(), &topic, MINUTE, |read| read.len() >= expected);
        wait_for("the transaction's end", MINUTE, || (transactions.describe().0 != "Ongoing").then_some(()));
    }
    assert_eq!(read_committed(broker(), &topic).len(), 1, "the one that was committed");
    assert_eq!(read_uncommitted(broker(), &topic).len(), 2);
}

/// Lanes whose transactions end early at every step: each lane's at another time after it was seen open.
const HIT_LANES: usize = 12;
const HIT_AFTER: Duration = Duration::from_millis(2);
/// Transactions that are to be met, over all lanes.
const HITS: usize = 120;

/// Ends the lanes' own transactions under them. Some lanes may stop after a commit, which is seen; what a lane's log says is published, once.
fn end_in_the_current_epoch(commit: bool) {
    let lanes = Lanes::new(HIT_LANES, "[dedup]\ntransaction_records_max = 10\n");
    lanes.send(0..20_000);
    let instance = lanes.start(&[]);
    wait_published(&instance, 100.0);
    let transactions = transactions(&lanes);
    let (hits, begin) = (AtomicUsize::new(0), Instant::now());
    std::thread::scope(|scope| {
        for (at, lane) in transactions.iter().enumerate() {
            let hits = &hits;
            scope.spawn(move || {
                while hits.load(Ordering::Relaxed) < HITS && begin.elapsed() < MINUTE / 2 {
                    let (state, writer) = lane.describe();
                    std::thread::sleep(at as u32 * HIT_AFTER);
                    if state == "Ongoing" && lane.end(writer, commit) == ERROR_NONE {
                        hits.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let stopped = instance.metric_with("copydesk_lane_faults_total", &["fault=\"changelog_torn\""]).unwrap_or(0.0);
    println!("{} ends were taken, {stopped} lanes stopped", hits.into_inner());
    if !commit {
        // An abort leaves nothing behind.
        return lanes.check_published_once(0..20_000);
    }
    wait_for("the lanes that run, at the end of their candidates", MINUTE, || {
        let begin = lanes.published().len();
        std::thread::sleep(Duration::from_secs(3));
        (lanes.published().len() == begin).then_some(())
    });
    // The log first: a lane that is still at work publishes with what it remembers, and markers reach topics one by one.
    let last = last_segments(broker(), &lanes.topic("dedup.changelog.v1"));
    let candidates = read_committed(broker(), &lanes.topic("candidates.v1"));
    let is_decided = |read: &&Read| last.get(&read.partition).is_some_and(|l| read.offset < l.2.next_offset);
    let decided: Vec<_> = candidates.iter().filter(is_decided).map(Read::text).collect();
    let (begin, mut published) = (Instant::now(), lanes.published());
    while decided.iter().any(|text| !published.contains_key(text)) && begin.elapsed() < MINUTE / 2 {
        published = lanes.published();
    }
    let lost: Vec<_> = decided.iter().filter(|text| !published.contains_key(*text)).collect();
    assert!(lost.is_empty(), "{} articles are remembered and not published: {lost:?}", lost.len());
    let doubled: Vec<_> = published.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "{} articles were published more than once: {doubled:?}", doubled.len());
    assert!(stopped >= 1.0, "no commit came between an open record and its segment");
}

#[test]
fn a_stray_commit_of_the_current_epoch_doubles_and_loses_nothing() {
    end_in_the_current_epoch(true);
}

#[test]
fn a_stray_abort_of_the_current_epoch_doubles_and_loses_nothing() {
    end_in_the_current_epoch(false);
}
