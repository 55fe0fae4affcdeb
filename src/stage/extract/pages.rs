//! The assigned partitions: where they start, what of them may be committed, and how they are given back.
//!
//! What holds: nothing is skipped without saying so. A partition whose next pages were deleted unread stops, or goes on if
//! `extract.on_gap` says so; either way they are counted. The callbacks run on the thread that polls.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList, TopicPartitionListElem};

use super::leaders::{Leaderless, Led};
use super::mark::Mark;
use super::ticket::Partition;
use crate::admin::{Component, State};
use crate::config::OnGap;
use crate::kafka::client::REQUEST_TIMEOUT;
use crate::kafka::member::{self, Assignment, Source, is_hopeless};
use crate::lock::lock;
use crate::stage::shell::Shell;
use crate::stage::watchdog::Watch;

/// The stage's consumer context.
pub type MemberContext = member::MemberContext<Pages>;

/// The pages partitions of this instance.
pub struct Pages {
    shell: Arc<Shell>,
    /// Of the thread that polls.
    pub(super) watch: Watch,
    /// Of this instance, whether they are read yet or not.
    owned: Mutex<HashSet<i32>>,
    partitions: Mutex<HashMap<i32, Arc<Partition>>>,
    /// Assigned, not read yet: a partition's queue needs the consumer's `Arc`, which the callback does not have.
    assigned: Mutex<Vec<Start>>,
    /// Assigned, and what each says that is not read for a reason.
    waiting: Mutex<HashMap<i32, Component>>,
    /// Assigned, with no broker to say yet where they start.
    pub(super) leaderless: Leaderless,
    /// The group has answered, perhaps with no partition at all.
    joined: AtomicBool,
}

/// Where an assigned partition goes on.
#[derive(Clone, Copy)]
pub struct Start {
    /// The partition.
    pub number: i32,
    /// The first page to read.
    pub next: i64,
    /// The partition's end at the assignment.
    pub end: i64,
    /// What its last owner left beside its committed offset.
    pub mark: Mark,
    /// It must not be read: pages from `next` on were deleted unread.
    pub is_stopped: bool,
}

/// What the group knows of a partition.
#[derive(Clone, Copy)]
pub struct Committed {
    /// `None` where nothing was committed yet.
    offset: Option<i64>,
    mark: Mark,
}

impl Committed {
    /// An offset of an owner's own.
    pub fn at(offset: Option<i64>) -> Self {
        Committed { offset, mark: Mark::Clean }
    }

    fn of(element: &TopicPartitionListElem<'_>) -> Self {
        let offset = match element.offset() {
            Offset::Offset(next) => Some(next),
            _ => None,
        };
        Committed { offset, mark: Mark::parse(element.metadata()) }
    }

    /// Of each partition of an answer.
    ///
    /// # Errors
    /// Where the brokers do not say it of one: an offset that is not to be had is not one that was never committed.
    pub fn of_all(answer: &TopicPartitionList) -> KafkaResult<Vec<(i32, Self)>> {
        let of =
            |element: &TopicPartitionListElem<'_>| element.error().map(|()| (element.partition(), Self::of(element)));
        answer.elements().iter().map(of).collect()
    }
}

impl Pages {
    /// None assigned yet.
    pub fn new(shell: &Arc<Shell>) -> Self {
        Pages {
            shell: Arc::clone(shell),
            watch: shell.watchdog.watch("extract assignment"),
            owned: Mutex::default(),
            partitions: Mutex::default(),
            assigned: Mutex::default(),
            waiting: Mutex::default(),
            leaderless: Leaderless::default(),
            joined: AtomicBool::new(false),
        }
    }

    /// The pages topic.
    pub fn topic(&self) -> &str {
        &self.shell.config.topics.pages
    }

    /// Partitions that were assigned since the last call.
    pub fn take_assigned(&self) -> Vec<Start> {
        std::mem::take(&mut *lock(&self.assigned))
    }

    /// A partition is to be started, unless the group takes it away before that.
    pub fn assign_again(&self, start: Start) {
        lock(&self.assigned).push(start);
    }

    /// The group refuses the marks of these partitions, which is ordinary in a rebalance: they wait, and say so.
    pub fn assign_unmarked(&self, starts: Vec<Start>) {
        for start in &starts {
            self.wait(start.number, "the group does not take its mark");
        }
        lock(&self.assigned).extend(starts);
    }

    /// Whether the group has given the partition to this instance, and not taken it back.
    pub fn is_owned(&self, number: i32) -> bool {
        lock(&self.owned).contains(&number)
    }

    /// True once after each answer of the group, perhaps with no partition at all.
    pub fn take_joined(&self) -> bool {
        self.joined.swap(false, Ordering::AcqRel)
    }

    /// A partition is read from now on.
    pub fn add(&self, number: i32, partition: Arc<Partition>) {
        lock(&self.waiting).remove(&number);
        lock(&self.partitions).insert(number, partition);
    }

    /// Every partition that is read.
    pub fn all(&self) -> Vec<(i32, Arc<Partition>)> {
        lock(&self.partitions).iter().map(|(p, part)| (*p, Arc::clone(part))).collect()
    }

    /// The same, and none is any more.
    pub fn take_all(&self) -> Vec<(i32, Arc<Partition>)> {
        lock(&self.partitions).drain().collect()
    }

    /// Offsets that may be committed now, by an owner that goes on.
    pub fn committable(&self, partitions: &[(i32, Arc<Partition>)]) -> TopicPartitionList {
        let next = |(number, partition): &(i32, Arc<Partition>)| {
            Some((*number, lock(&partition.window).committable()?, Mark::Dirty(None)))
        };
        self.marked(partitions.iter().filter_map(next))
    }

    /// Partitions, each with its offset and the mark beside it.
    pub fn marked(&self, marks: impl IntoIterator<Item = (i32, i64, Mark)>) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (number, next, mark) in marks {
            let mut element = list.add_partition(self.topic(), number);
            element.set_offset(Offset::Offset(next)).expect("offsets of records are valid");
            element.set_metadata(mark.to_string());
        }
        list
    }

    /// Waits until nothing of `partitions` is in flight; false at the deadline.
    fn drain(&self, partitions: &[(i32, Arc<Partition>)]) -> bool {
        let deadline = Instant::now() + self.shell.config.run.drain_timeout;
        let in_flight = || partitions.iter().any(|(_, p)| !lock(&p.window).is_empty());
        while in_flight() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Drains `partitions` and commits what is done. True where everything was.
    pub fn give_back(&self, consumer: &BaseConsumer<MemberContext>, partitions: &[(i32, Arc<Partition>)]) -> bool {
        let drained = self.drain(partitions);
        let last_word = |(number, partition): &(i32, Arc<Partition>)| {
            let window = lock(&partition.window);
            let (committable, next) = (window.committable(), partition.progress.next());
            drop(window);
            let is_serial = partition.serial.load(Ordering::Acquire);
            let (next, mark) = last_word(drained, is_serial, committable, next)?;
            Some((*number, next, mark))
        };
        let list = self.marked(partitions.iter().filter_map(last_word));
        // Refused for a stale generation: the next owner replays, and dedup absorbs the replay.
        if let Err(error) = self.commit(consumer, &list) {
            tracing::info!(%error, "last offsets not committed; their pages are read again");
        }
        drained
    }

    /// Commits, and waits for the answer.
    ///
    /// # Errors
    /// Where the group refuses one of the offsets, or no broker answers.
    pub fn commit(&self, consumer: &BaseConsumer<MemberContext>, list: &TopicPartitionList) -> KafkaResult<()> {
        if list.count() == 0 {
            return Ok(());
        }
        let commit = || consumer.commit(list, CommitMode::Sync);
        self.watch.call("commit", self.shell.clients.commit_timeout(), commit)
    }

    /// Where a partition starts that holds `low` up to `high`: its committed offset, or its beginning.
    fn start(&self, number: i32, committed: Committed, (low, high): (i64, i64)) -> Start {
        let Committed { offset, mark } = committed;
        let start = match offset {
            Some(next) => self.place(number, next, low, high),
            None => Start { number, next: low, end: high, mark, is_stopped: false },
        };
        Start { mark, ..start }
    }

    /// Where a partition starts that has waited; `None` where it was revoked meanwhile.
    pub fn lead(&self, led: &Led) -> Option<Start> {
        let is_led = self.leaderless.take(led);
        is_led.then(|| self.start(led.number, led.committed, led.watermarks))
    }

    /// What the group knows of each of the partitions, or that nobody says so in time; `None` where the run ends.
    fn committed(
        &self,
        deadline: Instant,
        consumer: &BaseConsumer<MemberContext>,
        partitions: &TopicPartitionList,
    ) -> Option<Vec<(i32, Option<Committed>)>> {
        let committed = || consumer.committed_offsets(partitions.clone(), REQUEST_TIMEOUT);
        let ask = || Committed::of_all(&self.watch.call("committed", REQUEST_TIMEOUT, committed)?);
        match self.shell.ask_while(|| true, Some(deadline.min(Instant::now() + REQUEST_TIMEOUT)), ask) {
            Ok(known) => Some(known.into_iter().map(|(number, committed)| (number, Some(committed))).collect()),
            Err(error) if self.shell.stop.is_set() || is_hopeless(&error) => {
                self.shell.asked_in_vain(Source::pages(&self.shell.config), "committed offsets of the pages", &error);
                None
            }
            Err(error) => {
                tracing::warn!(topic = self.topic(), %error, "no broker says where the group is; its partitions wait");
                Some(partitions.elements().iter().map(|element| (element.partition(), None)).collect())
            }
        }
    }

    /// An assigned partition is not read yet, for this reason, which `/readyz` shows.
    fn wait(&self, number: i32, why: &str) {
        let component = self.shell.health.component(&format!("{}/{number}", self.topic()), State::waiting(why));
        lock(&self.waiting).insert(number, component);
    }

    /// Where to go on for whom `next` is due, in a partition that holds `low` up to `high`. Never past what was deleted
    /// without saying so. A topic that was made anew and filled past `next` can't be told from the old one.
    pub fn place(&self, number: i32, next: i64, low: i64, high: i64) -> Start {
        if next > high {
            tracing::error!(
                topic = self.topic(),
                partition = number,
                next,
                high,
                "the next page's offset is past the end: the topic was recreated; starting at its beginning"
            );
        } else if next >= low {
            return Start { number, next, end: high, mark: Mark::Clean, is_stopped: false };
        } else if self.stops_at_gap(number, low - next) {
            return Start { number, next, end: high, mark: Mark::Clean, is_stopped: true };
        }
        Start { number, next: low, end: high, mark: Mark::Clean, is_stopped: false }
    }

    /// Counts and tells that pages were deleted unread. True where the partition must not be read on.
    fn stops_at_gap(&self, partition: i32, count: i64) -> bool {
        self.shell.metrics.pages_lost(count as u64);
        let (topic, stops) = (self.topic(), self.shell.config.extract.on_gap == OnGap::Stop);
        let then = match stops {
            true => "the partition is stopped, others go on. extract.on_gap = \"continue\" goes on without them",
            false => "going on without them",
        };
        tracing::error!(
            topic,
            partition,
            count,
            "pages were deleted before they were read: {then}. Lengthen the topic's retention or add instances"
        );
        stops
    }
}

/// What is committed of a partition that is given back: its offset and mark, or nothing. `committable` and `next` are its window's
/// and its progress's.
///
/// A partition in serial mode stays dirty, so that its next owner goes on one page at a time; where nothing was begun, or the
/// page that is watched did not come to an end, what stands there with its count says more than anything new.
fn last_word(drained: bool, is_serial: bool, committable: Option<i64>, next: Option<i64>) -> Option<(i64, Mark)> {
    match (is_serial, drained) {
        (true, true) => Some((committable?, Mark::Dirty(None))),
        (true, false) => None,
        (false, true) => Some((next?, Mark::Clean)),
        (false, false) => Some((committable?, Mark::Dirty(None))),
    }
}

impl Assignment for Pages {
    fn assign(&self, consumer: &BaseConsumer<MemberContext>, partitions: &TopicPartitionList) -> TopicPartitionList {
        self.joined.store(true, Ordering::Release);
        if self.shell.stop.is_set() {
            return TopicPartitionList::new();
        }
        lock(&self.owned).extend(partitions.elements().iter().map(|element| element.partition()));
        let (mut list, deadline) = (TopicPartitionList::new(), self.shell.poll_deadline());
        for (number, committed) in self.committed(deadline, consumer, partitions).unwrap_or_default() {
            let watermarks = committed
                .and_then(|_| self.shell.watermarks_until(deadline, &self.watch, consumer, self.topic(), number));
            let next = match committed.zip(watermarks) {
                Some((committed, watermarks)) => {
                    let start = self.start(number, committed, watermarks);
                    lock(&self.assigned).push(start);
                    start.next
                }
                None => {
                    self.leaderless.add(number, committed);
                    let why =
                        if committed.is_some() { "no broker leads it" } else { "no broker knows the group's offset" };
                    self.wait(number, why);
                    // Paused until it is known where it starts.
                    committed.and_then(|committed| committed.offset).unwrap_or(0)
                }
            };
            let added = list.add_partition_offset(self.topic(), number, Offset::Offset(next));
            added.expect("offsets of the brokers are valid");
        }
        list
    }

    fn revoke(&self, consumer: &BaseConsumer<MemberContext>, partitions: &[i32], lost: bool) {
        lock(&self.owned).retain(|number| !partitions.contains(number));
        lock(&self.assigned).retain(|start| !partitions.contains(&start.number));
        for number in partitions {
            self.leaderless.remove(*number);
            lock(&self.waiting).remove(number);
        }
        let mut known = lock(&self.partitions);
        let going: Vec<_> = partitions.iter().filter_map(|p| Some((*p, known.remove(p)?))).collect();
        drop(known);
        if !lost && !self.give_back(consumer, &going) {
            tracing::warn!(?partitions, "not drained by run.drain_timeout; the next owner reads the rest again");
        }
        for (_, partition) in &going {
            partition.revoked.store(true, Ordering::Release);
            partition.progress.let_go();
        }
    }

    fn statistics(&self, statistics: &Statistics) {
        for (number, partition) in self.all() {
            partition.progress.watermark(statistics, self.topic(), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_in_serial_mode_is_never_handed_on_as_clean() {
        let dirty = Mark::Dirty(None);
        assert_eq!(last_word(true, false, Some(7), Some(7)), Some((7, Mark::Clean)));
        assert_eq!(last_word(true, false, None, Some(5)), Some((5, Mark::Clean)), "nothing came");
        assert_eq!(last_word(false, false, Some(7), Some(7)), Some((7, dirty)));
        assert_eq!(last_word(true, true, Some(7), Some(7)), Some((7, dirty)));
        assert_eq!(last_word(true, true, None, Some(5)), None, "its suspect keeps its count");
        assert_eq!(last_word(false, true, Some(7), Some(7)), None, "the page in work keeps its count");
    }
}
