//! The thread that reads: it polls the group for events and each partition's own queue for pages, within the byte budget.
//! Not reading a queue is the back-pressure; its prefetch stays.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::Offset;

use super::headroom::Headroom;
use super::leaders::Led;
use super::mark::Mark;
use super::pages::{Committed, MemberContext, Pages, Start};
use super::serial::{Serial, Watched};
use super::ticket::{Budget, Partition, Ticket};
use super::window::Window;
use super::worker::Workers;
use crate::admin::State;
use crate::kafka::changelog::is_passing;
use crate::kafka::client::{REQUEST_TIMEOUT, partition_count};
use crate::kafka::member::{self, Source, has_given_up};
use crate::kafka::one;
use crate::lock::lock;
use crate::stage::progress::Progress;
use crate::stage::shell::{Failure, Shell};

/// Longest sleep while no queue has a page; group events wait no longer.
const IDLE: Duration = Duration::from_millis(50);
/// Why a partition is stopped, as `/readyz` says it.
const PAGES_LOST: &str = "pages_lost";
/// Between two times that a mark is asked for which the group refuses: each is a call that waits.
const MARK_PAUSE: Duration = Duration::from_secs(1);
/// Pages taken from one partition before the next one's turn.
const TURN: usize = 32;

/// One partition's queue, as this thread reads it.
pub(super) struct Reading {
    pub(super) number: i32,
    pub(super) queue: PartitionQueue<MemberContext>,
    pub(super) partition: Arc<Partition>,
    /// While its pages are taken one at a time.
    pub(super) serial: Option<Serial>,
}

/// Runs the stage until the shell stops, then drains.
pub fn run(shell: &Arc<Shell>) {
    let (consumer, workers) = match start(shell, Pages::new(shell)) {
        Ok(Some(both)) => both,
        Ok(None) => return,
        Err(error) => return shell.fail(Failure::Config(format!("the extract stage: {error}"))),
    };
    let (wake, woken) = bounded(1);
    let budget =
        Arc::new(Budget::new(shell.config.extract.inflight_bytes_max, wake.clone(), Arc::clone(&shell.metrics)));
    let headroom = Headroom::watch(shell);
    let leaders = consumer.context().assignment.leaderless.watch(shell);
    let mut intake = Intake {
        shell,
        consumer: &consumer,
        workers: &workers,
        budget,
        headroom,
        leaders,
        refused: None,
        wake,
        readings: Vec::new(),
        watched: None,
    };
    intake.run(&woken);
    shell.health.set("extract", State::waiting("draining"));
    let pages = &consumer.context().assignment;
    // Taken out: closing the consumer revokes once more, and must find nothing that it could commit.
    let going = pages.take_all();
    let drained = pages.give_back(&consumer, &going);
    going.iter().for_each(|(_, partition)| partition.revoked.store(true, Ordering::Release));
    drop(intake);
    workers.close();
    if !drained {
        shell.fail(Failure::UncleanDrain);
    }
}

/// One seek's own bound,
const SEEK_TIMEOUT: Duration = Duration::from_secs(5);
/// and how long it is asked again before the process ends. Below the thread's longest silence.
const SEEK_PATIENCE: Duration = Duration::from_secs(50);

type Started = (Arc<BaseConsumer<MemberContext>>, Workers);

/// The consumer and the threads that parse; `None` where the run ends first.
fn start(shell: &Arc<Shell>, pages: Pages) -> Result<Option<Started>, KafkaError> {
    let config = &shell.config;
    let watch = shell.watchdog.watch("extract");
    let reader = watch.hold(shell.clients.asker("pages-check")?);
    let count = || watch.call("fetch_metadata", REQUEST_TIMEOUT, || partition_count(&reader, &config.topics.pages));
    let Some(count) = shell.ask_patiently(Source::pages(config), "partitions of the pages", count) else {
        return Ok(None);
    };
    let partitions = count.unwrap_or(1);
    // The client's bound is per partition, and all of them may be ours.
    let prefetch_bytes_max = config.extract.prefetch_bytes_max / partitions;
    let settings = shell.clients.member(&config.extract.group_id, prefetch_bytes_max, config.extract.page_bytes_max);
    let consumer = member::join(&settings, shell.clients.context("extract"), pages, &config.topics.pages)?;
    Ok(Some((consumer, Workers::start(shell)?)))
}

/// The reading thread's own.
pub(super) struct Intake<'s> {
    pub(super) shell: &'s Arc<Shell>,
    pub(super) consumer: &'s Arc<BaseConsumer<MemberContext>>,
    pub(super) workers: &'s Workers,
    pub(super) budget: Arc<Budget>,
    pub(super) headroom: Headroom,
    /// Partitions of which a broker says where they go on.
    leaders: Receiver<Led>,
    /// When the group last refused a mark of what it had assigned.
    refused: Option<Instant>,
    wake: Sender<()>,
    pub(super) readings: Vec<Reading>,
    /// The page that is parsed alone.
    pub(super) watched: Option<Watched>,
}

impl Intake<'_> {
    fn run(&mut self, woken: &Receiver<()>) {
        self.shell.health.set("extract", State::waiting("joining the group"));
        let pulse = self.shell.health.pulse("extract", Duration::from_secs(60));
        let mut last_commit = Instant::now();
        while !self.shell.stop.is_set() {
            pulse.touch();
            if !self.events() {
                return;
            }
            let serial = self.serial_turn();
            let taken = serial.unwrap_or_else(|| (0..self.readings.len()).map(|at| self.turn(at)).sum());
            if last_commit.elapsed() >= self.shell.config.extract.commit_interval && !self.is_watching() {
                last_commit = Instant::now();
                self.commit();
            }
            if taken == 0 {
                let _ = woken.recv_timeout(IDLE);
            }
        }
    }

    /// Serves the group's events, and begins what it assigned; false where the stage can't go on.
    fn events(&mut self) -> bool {
        if !self.serve() {
            return false;
        }
        self.readings.retain(|reading| !reading.partition.revoked.load(Ordering::Acquire));
        self.start_assigned();
        true
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source::pages(&self.shell.config)
    }

    /// Serves the group's events; false where the stage can't go on.
    fn serve(&self) -> bool {
        match self.consumer.poll(Duration::ZERO) {
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => match self.source().hopeless(&error) {
                Some(text) => {
                    self.shell.fail(Failure::Broker(text));
                    return false;
                }
                None => tracing::warn!(%error, "extract consumer"),
            },
            Some(Ok(message)) => {
                // Paused until its queue is split off, so this should not come; reading it again loses nothing.
                tracing::warn!(partition = message.partition(), "a page came outside its queue; read again");
                self.seek(message.partition(), message.offset());
            }
            None => {}
        }
        true
    }

    fn start_assigned(&mut self) {
        let pages = &self.consumer.context().assignment;
        while let Ok(led) = self.leaders.try_recv() {
            match self.readings.iter().position(|reading| reading.number == led.number) {
                Some(at) if pages.leaderless.take(&led) => self.close_gap(at, led.watermarks),
                Some(_) => {}
                None => {
                    if let Some(start) = pages.lead(&led) {
                        pages.assign_again(start);
                        self.seek(start.number, start.next);
                    }
                }
            }
        }
        let is_joined = pages.take_joined();
        if self.refused.is_none_or(|at| at.elapsed() >= MARK_PAUSE) {
            self.mark_assigned();
        }
        if is_joined {
            self.shell.health.set("extract", State::Ready);
        }
    }

    /// Begins what is assigned, marked before its first page, so that a death from here on is seen by the next owner. In one commit,
    /// since a slow one for each of many partitions would outlast the group's patience; where that is refused, each by itself for as
    /// long as a pause, since the group may mind one alone.
    fn mark_assigned(&mut self) {
        let assigned = self.consumer.context().assignment.take_assigned();
        let (stopped, going): (Vec<Start>, Vec<Start>) = assigned.into_iter().partition(|start| start.is_stopped);
        stopped.into_iter().for_each(|start| self.begin(start));
        let (together, begin) = (self.mark_dirty(&going), Instant::now());
        let (mut untried, mut refused) = (Vec::new(), Vec::new());
        for start in going {
            if !together && begin.elapsed() >= MARK_PAUSE {
                untried.push(start);
            } else if together || self.mark_dirty(std::slice::from_ref(&start)) {
                self.begin(start);
            } else {
                refused.push(start);
            }
        }
        // Those that had no turn have the next.
        untried.append(&mut refused);
        self.refused = (!untried.is_empty()).then(Instant::now);
        self.consumer.context().assignment.assign_unmarked(untried);
    }

    fn mark_dirty(&self, starts: &[Start]) -> bool {
        let dirty = |mark| if mark == Mark::Clean { Mark::Dirty(None) } else { mark };
        self.mark(starts.iter().map(|start| (start.number, start.next, dirty(start.mark))))
    }

    /// Begins to read a partition, unless it is stopped.
    pub(super) fn begin(&mut self, start: Start) {
        let (pages, Start { number, next, end, is_stopped, .. }) = (&self.consumer.context().assignment, start);
        let serial = Serial::of(&start);
        let partition = Arc::new(Partition {
            window: Mutex::new(Window::default()),
            progress: Progress::new(self.shell, pages.topic(), number),
            revoked: AtomicBool::new(false),
            serial: AtomicBool::new(serial.is_some()),
        });
        partition.progress.done(next, 0);
        pages.add(number, Arc::clone(&partition));
        if serial.is_some() {
            tracing::warn!(partition = number, "its last owner died: the next pages are taken one at a time");
        }
        if is_stopped {
            partition.progress.stop(PAGES_LOST, end);
        }
        self.read(number, partition, serial);
    }

    /// Splits a partition's queue off, and lets its pages come unless it is stopped.
    fn read(&mut self, number: i32, partition: Arc<Partition>, serial: Option<Serial>) {
        let topic = &self.shell.config.topics.pages;
        let Some(mut queue) = self.consumer.split_partition_queue(topic, number) else {
            return self.shell.fail(Failure::Defect(format!("{topic}/{number} has no queue")));
        };
        let wake = self.wake.clone();
        queue.set_nonempty_callback(move || {
            // A full channel means that the waker is set already.
            let _ = wake.try_send(());
        });
        let is_stopped = partition.progress.is_stopped();
        self.readings.push(Reading { number, queue, partition, serial });
        if !is_stopped && let Err(error) = self.consumer.resume(&one(topic, number)) {
            self.shell.fail(Failure::Broker(format!("resuming {topic}/{number}: {error}")));
        }
    }

    /// Takes up to [`TURN`] pages from one partition; the number taken.
    fn turn(&self, at: usize) -> usize {
        let reading = &self.readings[at];
        let records_max = self.shell.config.extract.inflight_records_max;
        if self.headroom.is_short() {
            reading.partition.progress.wait();
        }
        for taken in 0..TURN {
            let room = self.budget.has_room()
                && !self.headroom.is_short()
                && !reading.partition.progress.is_stopped()
                && lock(&reading.partition.window).len() < records_max;
            if !room {
                return taken;
            }
            match reading.queue.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    let ticket =
                        Ticket::new(message.detach(), Arc::clone(&reading.partition), Arc::clone(&self.budget));
                    self.workers.take(ticket);
                }
                Some(Err(error)) => {
                    self.read_error(reading, &error);
                    return taken;
                }
                None => return taken,
            }
        }
        TURN
    }

    pub(super) fn read_error(&self, reading: &Reading, error: &KafkaError) {
        match error {
            // The next page is not there.
            _ if has_given_up(error) => {
                let next = reading.partition.progress.next();
                self.consumer.context().assignment.leaderless.add(reading.number, Some(Committed::at(next)));
            }
            _ if is_passing(error) => {}
            _ => match self.source().hopeless(error) {
                Some(text) => self.shell.fail(Failure::Broker(text)),
                None => tracing::warn!(partition = reading.number, %error, "reading pages"),
            },
        }
    }

    /// The next page was not there: deleted unread, or the topic was recreated. Now it holds `low` up to `high`.
    fn close_gap(&mut self, at: usize, (low, high): (i64, i64)) {
        let (pages, reading) = (&self.consumer.context().assignment, &self.readings[at]);
        let (number, partition) = (reading.number, Arc::clone(&reading.partition));
        let next = lock(&partition.window).end().or(partition.progress.next()).unwrap_or(low);
        let start = pages.place(number, next, low, high);
        if start.is_stopped {
            return partition.progress.stop(PAGES_LOST, high);
        }
        // A queue has one owner at a time.
        let Reading { serial, .. } = self.readings.swap_remove(at);
        if let Err(error) = member::begin_anew(self.consumer, pages.topic(), number, start.next) {
            return self.shell.asked_in_vain(
                self.source(),
                &format!("reading {}/{number} from {}", pages.topic(), start.next),
                &error,
            );
        }
        if start.next < next {
            // Another topic under the old name: what is in flight and the window belong to the one that is gone.
            partition.revoked.store(true, Ordering::Release);
            return pages.assign_again(start);
        }
        if lock(&partition.window).is_empty() {
            partition.progress.done(start.next, 0);
        }
        self.read(number, partition, serial);
    }

    /// Reads a partition on from `offset`. Asked again while the partition is this instance's: one that the group takes away
    /// answers no more.
    pub(super) fn seek(&self, partition: i32, offset: i64) {
        let (topic, pages) = (&self.shell.config.topics.pages, &self.consumer.context().assignment);
        let is_gone = || self.shell.stop.is_set() || !pages.is_owned(partition);
        let deadline = Some(Instant::now() + SEEK_PATIENCE);
        let seek = || {
            let seek = || self.consumer.seek(topic, partition, Offset::Offset(offset), SEEK_TIMEOUT);
            pages.watch.call("seek", SEEK_TIMEOUT, seek)
        };
        if let Err(error) = self.shell.ask_while(|| self.serve() && !is_gone(), deadline, seek)
            && !is_gone()
        {
            self.shell.asked_in_vain(self.source(), &format!("seeking {topic}/{partition} to {offset}"), &error);
        }
    }

    fn commit(&self) {
        let pages = &self.consumer.context().assignment;
        let list = pages.committable(&pages.all());
        if list.count() > 0
            && let Err(error) = self.consumer.commit(&list, CommitMode::Async)
        {
            tracing::debug!(%error, "offsets not committed");
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crossbeam_channel::never;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::DefaultProducerContext;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    const PARTITION: i32 = 0;
    /// One that the topic does not have.
    const NOWHERE: i32 = 9;

    pub(in super::super) type Brokers = MockCluster<'static, DefaultProducerContext>;

    /// An intake to which a simulated broker has assigned as many partitions of the pages.
    pub(in super::super) fn with_intake(
        partitions: i32,
        test: impl FnOnce(&mut Intake<'_>, &Receiver<Failure>, &Brokers),
    ) {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, failures) = Shell::simulated(&brokers);
        brokers.create_topic(&shell.config.topics.pages, partitions, 1).expect("a topic");
        let (consumer, workers) = start(&shell, Pages::new(&shell)).expect("clients").expect("the broker's answer");
        let (wake, _woken) = bounded(1);
        let mut intake = Intake {
            shell: &shell,
            consumer: &consumer,
            workers: &workers,
            budget: Arc::new(Budget::new(1, wake.clone(), Arc::clone(&shell.metrics))),
            headroom: Headroom::default(),
            leaders: never(),
            refused: None,
            wake,
            readings: Vec::new(),
            watched: None,
        };
        while !(0..partitions).all(|number| consumer.context().assignment.is_owned(number)) {
            assert!(intake.serve());
            std::thread::sleep(IDLE);
        }
        test(&mut intake, &failures, &brokers);
    }

    #[test]
    fn a_seek_is_asked_again_until_its_partition_is_fetched() {
        with_intake(1, |intake, failures, _| {
            intake.seek(PARTITION, 0);
            assert!(failures.is_empty(), "{}", failures.recv().expect("a failure"));
        });
    }

    #[test]
    fn a_seek_in_a_partition_that_is_gone_is_given_up() {
        with_intake(1, |intake, failures, _| {
            let begin = Instant::now();
            intake.seek(NOWHERE, 0);
            assert!(failures.is_empty(), "{}", failures.recv().expect("a failure"));
            assert!(begin.elapsed() < SEEK_PATIENCE / 2);
        });
    }

    const REFUSED: RDKafkaRespErr = RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE;

    /// How many partitions are read, and how many wait by name.
    fn begun_and_waiting(intake: &Intake<'_>) -> (usize, usize) {
        let topic = &intake.shell.config.topics.pages;
        let waiting = intake.shell.health.ready().reasons.into_keys().filter(|name| name.starts_with(topic)).count();
        (intake.readings.len(), waiting)
    }

    #[test]
    fn partitions_whose_marks_are_refused_wait_by_name_until_the_group_takes_them() {
        with_intake(2, |intake, _, brokers| {
            // The next request, which is for both, and that for each.
            brokers.request_errors(RDKafkaApiKey::OffsetCommit, &[REFUSED; 3]);
            intake.start_assigned();
            assert_eq!(begun_and_waiting(intake), (0, 2));
            intake.start_assigned();
            assert_eq!(begun_and_waiting(intake), (0, 2), "asked again without a pause");
            std::thread::sleep(MARK_PAUSE);
            intake.start_assigned();
            assert_eq!(begun_and_waiting(intake), (2, 0));
        });
    }

    #[test]
    fn a_partition_whose_mark_is_refused_holds_up_no_other() {
        with_intake(2, |intake, _, brokers| {
            brokers.request_errors(RDKafkaApiKey::OffsetCommit, &[REFUSED; 2]);
            intake.start_assigned();
            assert_eq!(begun_and_waiting(intake), (1, 1));
        });
    }
}
