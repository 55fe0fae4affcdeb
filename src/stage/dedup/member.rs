//! The stage's group member: it only polls, starts lanes and ends them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rdkafka::Statistics;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::lane::Lane;
use super::standing::Standing;
use super::takeover::Permits;
use crate::admin::{Pulse, State};
use crate::config::DedupMode;
use crate::dedup::restore::OWNER_BYTES;
use crate::kafka::changelog::is_passing;
use crate::kafka::member::{self, Assignment, Source};
use crate::lock::lock;
use crate::stage::progress::Progress;
use crate::stage::shell::{Failure, Shell};
use crate::stage::watchdog::Watch;

/// The lanes' consumer context.
pub type MemberContext = member::MemberContext<Lanes>;

const POLL: Duration = Duration::from_millis(100);
/// A lane that does not look around for so long hangs. Above every timeout of one call; what waits through several, as for a
/// transaction's timeout, looks around between them.
const LANE_SILENCE_MAX: Duration = Duration::from_secs(120);

/// The lanes of this instance, by partition.
pub struct Lanes {
    shell: Arc<Shell>,
    watch: Watch,
    running: Mutex<HashMap<i32, LaneThread>>,
    /// Assigned, not started yet: a lane needs the consumer's `Arc`, which the callback does not have.
    assigned: Mutex<Vec<(i32, Standing)>>,
    /// The group has answered, perhaps with no partition at all.
    joined: AtomicBool,
}

struct LaneThread {
    cancelled: Arc<AtomicBool>,
    anew: Arc<Mutex<Option<Standing>>>,
    progress: Arc<Progress>,
    thread: JoinHandle<()>,
}

impl Lanes {
    fn new(shell: &Arc<Shell>) -> Self {
        Lanes {
            shell: Arc::clone(shell),
            watch: shell.watchdog.watch("dedup assignment"),
            running: Mutex::default(),
            assigned: Mutex::default(),
            joined: AtomicBool::new(false),
        }
    }

    /// Ends the lanes of `partitions`: each commits what it has. True where all ended in time.
    fn end(&self, partitions: &[i32]) -> bool {
        lock(&self.assigned).retain(|(partition, _)| !partitions.contains(partition));
        let mut running = lock(&self.running);
        let ending: Vec<LaneThread> = partitions.iter().filter_map(|partition| running.remove(partition)).collect();
        drop(running);
        ending.iter().for_each(|lane| lane.cancelled.store(true, Ordering::Release));
        let deadline = Instant::now() + self.shell.config.run.drain_timeout;
        while Instant::now() < deadline && ending.iter().any(|lane| !lane.thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(5));
        }
        // A lane that is late goes on alone; whoever takes it over fences it.
        ending.iter().all(|lane| lane.thread.is_finished())
    }

    /// Takes the lanes out that have ended to be begun anew, each with its standing.
    fn take_anew(&self) -> Vec<(i32, Standing)> {
        let has_to = |lane: &LaneThread| lock(&lane.anew).is_some() && lane.thread.is_finished();
        let mut running = lock(&self.running);
        let ended = running.extract_if(|_, lane| has_to(lane));
        ended.filter_map(|(partition, lane)| Some((partition, lock(&lane.anew).take()?))).collect()
    }

    /// An offset to assign a partition at. The lane seeks to where its changelog says before it resumes; until then it has to be one
    /// that is there: a client that finds its own deleted gives the partition up, and then refuses to seek. Without a leader nothing
    /// is fetched either.
    fn first_offset(&self, deadline: Instant, consumer: &BaseConsumer<MemberContext>, partition: i32) -> i64 {
        let topic = &self.shell.config.topics.candidates;
        let watermarks = self.shell.watermarks_until(deadline, &self.watch, consumer, topic, partition);
        watermarks.map_or(0, |(begin, _)| begin)
    }

    fn partitions(&self) -> Vec<i32> {
        lock(&self.running).keys().copied().collect()
    }
}

impl Assignment for Lanes {
    fn assign(&self, consumer: &BaseConsumer<MemberContext>, partitions: &TopicPartitionList) -> TopicPartitionList {
        self.joined.store(true, Ordering::Release);
        let mut start = TopicPartitionList::new();
        let (topic, deadline) = (&self.shell.config.topics.candidates, self.shell.poll_deadline());
        let numbers = partitions.elements().into_iter().map(|element| element.partition());
        let waiting: Vec<_> = numbers.map(|partition| (partition, Standing::new(&self.shell, partition))).collect();
        for (partition, standing) in waiting {
            // Nothing will be read: nobody waits for a leader.
            if self.shell.stop.is_set() {
                break;
            }
            let begin = self.first_offset(deadline, consumer, partition);
            let added = start.add_partition_offset(topic, partition, Offset::Offset(begin));
            added.expect("offsets of the brokers are valid");
            lock(&self.assigned).push((partition, standing));
        }
        start
    }

    fn revoke(&self, _: &BaseConsumer<MemberContext>, partitions: &[i32], _lost: bool) {
        if !self.end(partitions) {
            tracing::warn!(?partitions, "lanes did not end by run.drain_timeout; their next owners fence them");
        }
    }

    fn statistics(&self, statistics: &Statistics) {
        for (partition, lane) in lock(&self.running).iter() {
            lane.progress.watermark(statistics, &self.shell.config.topics.candidates, *partition);
        }
    }
}

/// The group's consumer.
fn join(shell: &Arc<Shell>) -> KafkaResult<Arc<BaseConsumer<MemberContext>>> {
    let config = &shell.config;
    // The client's bound is per partition, and all of them may be ours.
    let prefetch_bytes_max = config.dedup.prefetch_bytes_max / config.topics.candidate_partitions as usize;
    let settings = shell.clients.member(&config.dedup.group_id, prefetch_bytes_max, config.topics.message_bytes_max);
    member::join(&settings, shell.clients.context("dedup"), Lanes::new(shell), &config.topics.candidates)
}

/// Runs the stage until the shell stops. The thread that calls is the one that polls.
pub fn run(shell: &Arc<Shell>) {
    let config = &shell.config;
    let consumer = match join(shell) {
        Ok(consumer) => consumer,
        Err(error) => return shell.fail(Failure::Config(format!("the dedup consumer: {error}"))),
    };
    if config.dedup.mode == DedupMode::Learn {
        tracing::warn!("dedup.mode is \"learn\": new contents are remembered, and nothing is published");
    }
    shell.health.set("dedup", State::waiting("joining the group"));
    let pulse = shell.health.pulse("dedup", Duration::from_secs(60));
    let permits = Permits::new(config.dedup.restores_max);
    while !shell.stop.is_set() {
        pulse.touch();
        match consumer.poll(POLL) {
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => match Source::candidates(config).hopeless(&error) {
                Some(text) => return shell.fail(Failure::Broker(text)),
                None => tracing::warn!(%error, "dedup consumer"),
            },
            // Partitions are paused until their lanes read them, each from its own queue.
            Some(Ok(_)) => tracing::warn!("a candidate came outside its lane's queue; its lane reads it again"),
            None => {}
        }
        begin_anew(shell, &consumer, &pulse);
        start_assigned(shell, &consumer, &permits);
    }
    shell.health.set("dedup", State::waiting("draining"));
    let lanes = &consumer.context().assignment;
    if !lanes.end(&lanes.partitions()) {
        shell.fail(Failure::UncleanDrain);
    }
}

/// Assigns the partitions once more whose lanes can go on in no other way; the others' are not touched.
fn begin_anew(shell: &Arc<Shell>, consumer: &BaseConsumer<MemberContext>, pulse: &Pulse) {
    let (lanes, topic) = (&consumer.context().assignment, &shell.config.topics.candidates);
    // Of all together: nobody polls meanwhile.
    let deadline = shell.poll_deadline();
    for (partition, standing) in lanes.take_anew() {
        pulse.touch();
        let begin = lanes.first_offset(deadline, consumer, partition);
        match member::begin_anew(consumer, topic, partition, begin) {
            Ok(()) => lock(&lanes.assigned).push((partition, standing)),
            Err(error) => shell.asked_in_vain(
                Source::candidates(&shell.config),
                &format!("reading {topic}/{partition} from {begin}"),
                &error,
            ),
        }
    }
}

/// What tells the barriers of one lane from those of whoever has it before and after.
fn owner() -> [u8; OWNER_BYTES] {
    let (owner, _) = uuid::Uuid::new_v4().as_u64_pair();
    owner.to_be_bytes()
}

fn start_assigned(shell: &Arc<Shell>, consumer: &Arc<BaseConsumer<MemberContext>>, permits: &Permits) {
    let lanes = &consumer.context().assignment;
    let assigned = std::mem::take(&mut *lock(&lanes.assigned));
    for (partition, standing) in assigned {
        let Some(lane) = lane(shell, consumer, permits, partition, standing) else {
            let topic = &shell.config.topics.candidates;
            shell.fail(Failure::Defect(format!("{topic}/{partition} has no queue")));
            continue;
        };
        let (cancelled, anew, progress) =
            (Arc::clone(&lane.cancelled), Arc::clone(&lane.anew), Arc::clone(&lane.progress));
        let thread = shell.spawn(format!("lane-{partition}"), move || lane.run());
        lock(&lanes.running).insert(partition, LaneThread { cancelled, anew, progress, thread });
    }
    if lanes.joined.swap(false, Ordering::AcqRel) {
        shell.health.set("dedup", State::Ready);
    }
}

/// A lane for a partition that is assigned; `None` where the client has no queue for it.
fn lane(
    shell: &Arc<Shell>,
    consumer: &Arc<BaseConsumer<MemberContext>>,
    permits: &Permits,
    partition: i32,
    standing: Standing,
) -> Option<Lane> {
    let topic = shell.config.topics.candidates.as_str();
    let queue = consumer.split_partition_queue(topic, partition)?;
    let pulse = Arc::new(shell.health.pulse(&format!("lane {partition}"), LANE_SILENCE_MAX));
    Some(Lane {
        shell: Arc::clone(shell),
        partition,
        owner: owner(),
        queue,
        consumer: Arc::clone(consumer),
        restores: permits.clone(),
        watch: shell.watchdog.watch(format!("lane {partition}")).with_pulse(&pulse),
        cancelled: Arc::default(),
        anew: Arc::default(),
        pulse,
        standing,
        progress: Arc::new(Progress::new(shell, topic, partition)),
    })
}

#[cfg(test)]
#[path = "member_tests.rs"]
mod tests;
