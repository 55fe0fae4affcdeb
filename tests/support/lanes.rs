//! A deployment of lanes alone: the tests write the candidates themselves, so that nothing but dedup is in question.

use super::instance::{Instance, settings};
use super::topics::{Read, ToSend, produce, read_committed, wait_committed};
use super::{broker, unique};
use copydesk::dedup::changelog::{LaneIdentity, Record, Segment, decode};
use copydesk::dedup::{Hash16, lane_of};
use copydesk::kafka::changelog::key_of_hash;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Topics and settings under a prefix of their own.
pub struct Lanes {
    pub bootstrap: String,
    pub prefix: String,
    pub settings: String,
    pub count: usize,
}

impl Lanes {
    /// `count` lanes with their topics, and `more` settings, on the shared broker.
    pub fn new(count: usize, more: &str) -> Self {
        Self::on(broker(), count, more)
    }

    /// The same on another.
    pub fn on(bootstrap: &str, count: usize, more: &str) -> Self {
        let lanes = Self::without_topics(bootstrap, count, more);
        lanes.create_topics();
        lanes
    }

    /// The same, for tests that make the topics.
    pub fn without_topics(bootstrap: &str, count: usize, more: &str) -> Self {
        Self::replicated(bootstrap, count, 1, more)
    }

    /// The same; topics that are still missing then stand `replication` times.
    pub fn replicated(bootstrap: &str, count: usize, replication: usize, more: &str) -> Self {
        let prefix = unique("lanes");
        let settings = settings(bootstrap, &prefix, count, replication, more);
        Lanes { bootstrap: bootstrap.to_owned(), prefix, settings, count }
    }

    /// `topics create`: what is missing.
    #[track_caller]
    pub fn create_topics(&self) {
        let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &self.settings);
        assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    }

    /// A topic's whole name.
    pub fn topic(&self, name: &str) -> String {
        format!("{}.{name}", self.prefix)
    }

    /// Starts an instance; `more` are further arguments.
    pub fn start(&self, more: &[&str]) -> Instance {
        Instance::run(&self.settings, &[&["--stage", "dedup"], more].concat())
    }

    /// The same, all its lanes running.
    #[track_caller]
    pub fn start_ready(&self, more: &[&str]) -> Instance {
        let mut instance = self.start(more);
        instance.wait_ready(MINUTE);
        instance
    }

    /// Sends candidates of these numbers, each number one hash.
    #[track_caller]
    pub fn send(&self, numbers: impl IntoIterator<Item = u64>) {
        let records = numbers.into_iter().map(|n| ToSend {
            partition: Some(lane_of(&hash(n), self.count as u32) as i32),
            key: Some(key_of_hash(&hash(n)).to_vec()),
            value: Some(format!("{{\"n\":{n}}}").into_bytes()),
            headers: Vec::new(),
        });
        produce(&self.bootstrap, &self.topic("candidates.v1"), records);
    }

    /// How often each candidate's value stands among the articles.
    pub fn published(&self) -> BTreeMap<String, usize> {
        times(&read_committed(&self.bootstrap, &self.topic("articles")))
    }

    /// Waits until all `numbers` are published, and then some; each must stand there once, and nothing else.
    #[track_caller]
    pub fn check_published_once(&self, numbers: impl IntoIterator<Item = u64>) {
        let expected: BTreeMap<_, _> = numbers.into_iter().map(|n| (format!("{{\"n\":{n}}}"), 1)).collect();
        let all = |read: &[Read]| times(read).len() >= expected.len();
        wait_committed(&self.bootstrap, &self.topic("articles"), 2 * MINUTE, all);
        std::thread::sleep(Duration::from_secs(2));
        let found = self.published();
        let doubled: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
        assert!(doubled.is_empty(), "{} articles were published more than once: {doubled:?}", doubled.len());
        assert_eq!(found, expected);
    }
}

fn times(articles: &[Read]) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    articles.iter().for_each(|article| *times.entry(article.text()).or_default() += 1);
    times
}

/// The last committed segment of each lane's log: its offset, and whose it is.
pub fn last_segments(bootstrap: &str, changelog: &str) -> BTreeMap<i32, (i64, LaneIdentity, Segment)> {
    let mut last = BTreeMap::new();
    for record in read_committed(bootstrap, changelog) {
        if let Ok((identity, Record::Segment(segment))) = decode(record.value.as_deref().unwrap_or_default()) {
            last.insert(record.partition, (record.offset, identity, segment));
        }
    }
    last
}

/// Asks the instance to end, and waits until it has.
#[track_caller]
pub fn end(mut instance: Instance) {
    instance.sigterm();
    assert!(instance.wait_exit(MINUTE).success(), "{}", instance.stderr());
}

/// The hash of a number, spread like a real one.
pub fn hash(n: u64) -> Hash16 {
    u128::from(n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).rotate_left(64).to_be_bytes()
}

/// The numbers of a range that are not in another.
pub fn without(numbers: Range<u64>, others: Range<u64>) -> impl Iterator<Item = u64> {
    numbers.filter(move |n| !others.contains(n))
}
