//! The thread that reads: it polls the group for events and each partition's own queue for pages, within the byte budget.
//! Not reading a queue is the back-pressure; its prefetch stays.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::Statistics;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::ticket::{Budget, Partition, Ticket};
use super::window::Window;
use super::worker::Workers;
use crate::admin::State;
use crate::config::OnGap;
use crate::kafka::changelog::is_passing;
use crate::kafka::client::{REQUEST_TIMEOUT, partition_count};
use crate::kafka::member::{self, Assignment, hopeless};
use crate::lock::lock;
use crate::stage::progress::Progress;
use crate::stage::shell::{Failure, Shell};

type MemberContext = member::MemberContext<Pages>;

/// Longest sleep while no queue has a page; group events wait no longer.
const IDLE: Duration = Duration::from_millis(50);
/// Pages taken from one partition before the next one's turn.
const TURN: usize = 32;

/// The pages partitions of this instance.
pub struct Pages {
    shell: Arc<Shell>,
    partitions: Mutex<HashMap<i32, Arc<Partition>>>,
    assigned: Mutex<Vec<i32>>,
    /// The group has answered, perhaps with no partition at all.
    joined: AtomicBool,
}

impl Pages {
    fn topic(&self) -> &str {
        &self.shell.config.topics.pages
    }

    fn all(&self) -> Vec<(i32, Arc<Partition>)> {
        lock(&self.partitions).iter().map(|(p, part)| (*p, Arc::clone(part))).collect()
    }

    /// Offsets that may be committed now.
    fn committable(&self, partitions: &[(i32, Arc<Partition>)]) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        for (number, partition) in partitions {
            if let Some(next) = lock(&partition.window).committable() {
                let added = list.add_partition_offset(self.topic(), *number, Offset::Offset(next));
                added.expect("offsets of records are valid");
            }
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
    fn give_back(&self, consumer: &BaseConsumer<MemberContext>, partitions: &[(i32, Arc<Partition>)]) -> bool {
        let drained = self.drain(partitions);
        let list = self.committable(partitions);
        if list.count() > 0 {
            // Refused for a stale generation: the next owner replays, and dedup absorbs the replay.
            if let Err(error) = consumer.commit(&list, CommitMode::Sync) {
                tracing::info!(%error, "last offsets not committed; their pages are read again");
            }
        }
        drained
    }

    /// Where a partition starts: its committed offset, or its beginning; never past what was deleted without saying so.
    fn start(&self, consumer: &BaseConsumer<MemberContext>, number: i32, committed: Offset) -> Result<i64, KafkaError> {
        let (low, high) = consumer.fetch_watermarks(self.topic(), number, REQUEST_TIMEOUT)?;
        let topic = self.topic();
        match committed {
            Offset::Offset(next) if next > high => {
                tracing::error!(
                    topic,
                    partition = number,
                    next,
                    high,
                    "the committed offset is past the end: the topic was recreated; starting at its beginning"
                );
                Ok(low)
            }
            Offset::Offset(next) if next < low => {
                self.lost(number, low - next);
                Ok(low)
            }
            Offset::Offset(next) => Ok(next),
            _ => Ok(low),
        }
    }

    fn lost(&self, partition: i32, count: i64) {
        self.shell.metrics.pages_lost(count as u64);
        let topic = self.topic();
        tracing::error!(
            topic,
            partition,
            count,
            "pages were deleted before they were read; lengthen the topic's retention or add instances"
        );
        if self.shell.config.extract.on_gap == OnGap::Stop {
            self.shell.fail(Failure::Config(format!(
                "{count} pages of {topic}/{partition} were deleted unread, and extract.on_gap is \"stop\". Set it to \
                 \"continue\" to go on without them"
            )));
        }
    }

    fn starts(
        &self,
        consumer: &BaseConsumer<MemberContext>,
        partitions: &TopicPartitionList,
    ) -> Result<TopicPartitionList, KafkaError> {
        let committed = consumer.committed_offsets(partitions.clone(), REQUEST_TIMEOUT)?;
        let mut list = TopicPartitionList::new();
        for element in committed.elements() {
            let start = self.start(consumer, element.partition(), element.offset())?;
            list.add_partition_offset(element.topic(), element.partition(), Offset::Offset(start))?;
        }
        Ok(list)
    }
}

impl Assignment for Pages {
    fn assign(&self, consumer: &BaseConsumer<MemberContext>, partitions: &TopicPartitionList) -> TopicPartitionList {
        self.joined.store(true, Ordering::Release);
        if self.shell.stop.is_set() {
            return TopicPartitionList::new();
        }
        let deadline = Instant::now() + self.shell.config.kafka.max_poll_interval * 3 / 4;
        let list = loop {
            match self.starts(consumer, partitions) {
                Ok(list) => break list,
                Err(error) if Instant::now() < deadline && !self.shell.stop.is_set() => {
                    tracing::debug!(%error, "start offsets asked for again");
                    std::thread::sleep(Duration::from_millis(200));
                }
                // The process ends anyway: nothing will be read.
                Err(_) if self.shell.stop.is_set() => return TopicPartitionList::new(),
                Err(error) => {
                    self.shell.fail(Failure::Broker(format!("start offsets of the pages: {error}")));
                    return TopicPartitionList::new();
                }
            }
        };
        lock(&self.assigned).extend(list.elements().iter().map(|e| e.partition()));
        list
    }

    fn revoke(&self, consumer: &BaseConsumer<MemberContext>, partitions: &[i32], lost: bool) {
        lock(&self.assigned).retain(|p| !partitions.contains(p));
        let mut known = lock(&self.partitions);
        let going: Vec<_> = partitions.iter().filter_map(|p| Some((*p, known.remove(p)?))).collect();
        drop(known);
        if !lost && !self.give_back(consumer, &going) {
            tracing::warn!(?partitions, "not drained by run.drain_timeout; the next owner reads the rest again");
        }
        going.iter().for_each(|(_, partition)| partition.revoked.store(true, Ordering::Release));
    }

    fn statistics(&self, statistics: &Statistics) {
        for (number, partition) in self.all() {
            partition.progress.watermark(statistics, self.topic(), number);
        }
    }
}

/// One partition's queue, as this thread reads it.
struct Reading {
    number: i32,
    queue: PartitionQueue<MemberContext>,
    partition: Arc<Partition>,
}

/// Runs the stage until the shell stops, then drains.
pub fn run(shell: &Arc<Shell>) {
    let pages = Pages {
        shell: Arc::clone(shell),
        partitions: Mutex::default(),
        assigned: Mutex::default(),
        joined: AtomicBool::new(false),
    };
    let (consumer, workers) = match start(shell, pages) {
        Ok(both) => both,
        Err(error) => return shell.fail(Failure::Config(format!("the extract stage: {error}"))),
    };
    let (wake, woken) = bounded(1);
    let budget =
        Arc::new(Budget::new(shell.config.extract.inflight_bytes_max, wake.clone(), Arc::clone(&shell.metrics)));
    let mut intake = Intake { shell, consumer: &consumer, workers: &workers, budget, wake, readings: Vec::new() };
    intake.run(&woken);
    shell.health.set("extract", State::waiting("draining"));
    let pages = &consumer.context().assignment;
    let drained = pages.give_back(&consumer, &pages.all());
    pages.all().iter().for_each(|(_, partition)| partition.revoked.store(true, Ordering::Release));
    drop(intake);
    workers.close();
    if !drained {
        shell.fail(Failure::UncleanDrain);
    }
}

fn start(shell: &Arc<Shell>, pages: Pages) -> Result<(Arc<BaseConsumer<MemberContext>>, Workers), KafkaError> {
    let config = &shell.config;
    let reader = shell.clients.reader("pages-check", 1 << 20)?;
    let partitions = partition_count(&reader, &config.topics.pages)?.unwrap_or(1);
    let queued_kib_max = (config.extract.inflight_bytes_max / partitions / 1024).max(1024);
    let settings =
        shell.clients.member("extract", &config.extract.group_id, queued_kib_max, config.extract.page_bytes_max);
    let consumer = member::join(&settings, shell.clients.context("extract"), pages, &config.topics.pages)?;
    Ok((consumer, Workers::start(shell)?))
}

struct Intake<'s> {
    shell: &'s Arc<Shell>,
    consumer: &'s Arc<BaseConsumer<MemberContext>>,
    workers: &'s Workers,
    budget: Arc<Budget>,
    wake: Sender<()>,
    readings: Vec<Reading>,
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
            let taken: usize = (0..self.readings.len()).map(|at| self.turn(at)).sum();
            if last_commit.elapsed() >= self.shell.config.extract.commit_interval {
                last_commit = Instant::now();
                self.commit();
            }
            if taken == 0 {
                let _ = woken.recv_timeout(IDLE);
            }
        }
    }

    /// Serves the group's events; false where the stage can't go on.
    fn events(&mut self) -> bool {
        match self.consumer.poll(Duration::ZERO) {
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => match hopeless(&error) {
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
        self.readings.retain(|reading| !reading.partition.revoked.load(Ordering::Acquire));
        self.start_assigned();
        true
    }

    fn start_assigned(&mut self) {
        let pages = &self.consumer.context().assignment;
        let assigned = std::mem::take(&mut *lock(&pages.assigned));
        for number in assigned {
            let topic = pages.topic();
            let Some(mut queue) = self.consumer.split_partition_queue(topic, number) else {
                self.shell.fail(Failure::Defect(format!("{topic}/{number} has no queue")));
                continue;
            };
            let wake = self.wake.clone();
            queue.set_nonempty_callback(move || {
                // A full channel means that the waker is set already.
                let _ = wake.try_send(());
            });
            let partition = Arc::new(Partition {
                window: Mutex::new(Window::default()),
                progress: Progress::new(self.shell.metrics.input(topic, number)),
                revoked: AtomicBool::new(false),
            });
            lock(&pages.partitions).insert(number, Arc::clone(&partition));
            self.readings.push(Reading { number, queue, partition });
            let mut list = TopicPartitionList::new();
            list.add_partition(topic, number);
            if let Err(error) = self.consumer.resume(&list) {
                self.shell.fail(Failure::Broker(format!("resuming {topic}/{number}: {error}")));
            }
        }
        if pages.joined.swap(false, Ordering::AcqRel) {
            self.shell.health.set("extract", State::Ready);
        }
    }

    /// Takes up to [`TURN`] pages from one partition; the number taken.
    fn turn(&self, at: usize) -> usize {
        let reading = &self.readings[at];
        let records_max = self.shell.config.extract.inflight_records_max;
        for taken in 0..TURN {
            let room = self.budget.has_room() && lock(&reading.partition.window).len() < records_max;
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

    fn read_error(&self, reading: &Reading, error: &KafkaError) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                let pages = &self.consumer.context().assignment;
                let Ok((low, _)) = self.consumer.fetch_watermarks(pages.topic(), reading.number, REQUEST_TIMEOUT)
                else {
                    return;
                };
                let next = reading.partition.progress.next().unwrap_or(low);
                pages.lost(reading.number, (low - next).max(0));
                self.seek(reading.number, low);
            }
            _ if is_passing(error) => {}
            _ => match hopeless(error) {
                Some(text) => self.shell.fail(Failure::Broker(text)),
                None => tracing::warn!(partition = reading.number, %error, "reading pages"),
            },
        }
    }

    fn seek(&self, partition: i32, offset: i64) {
        let topic = &self.shell.config.topics.pages;
        if let Err(error) = self.consumer.seek(topic, partition, Offset::Offset(offset), Duration::from_secs(5)) {
            self.shell.fail(Failure::Broker(format!("seeking {topic}/{partition} to {offset}: {error}")));
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
