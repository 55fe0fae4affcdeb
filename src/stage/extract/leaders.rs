//! Assigned partitions of which no broker says yet where they go on: nobody leads one, the group's offsets are not to be had, or the
//! next page is gone. They are asked for again, on a thread of its own, until there is an answer. The others are read meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::pages::Committed;
use crate::kafka::client::{Context, REQUEST_TIMEOUT};
use crate::lock::lock;
use crate::stage::shell::Shell;

/// Between two rounds of questions.
const INTERVAL: Duration = Duration::from_secs(1);

/// A partition that waits no longer.
pub struct Led {
    /// The partition.
    pub number: i32,
    /// Since when it waited: what was asked for an earlier assignment says nothing of a later one.
    pub since: Instant,
    /// What the group knows of it.
    pub committed: Committed,
    /// Its first offset and its end.
    pub watermarks: (i64, i64),
}

/// A partition that waits.
#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    committed: Option<Committed>,
}

/// The partitions that wait, with what the group knows of each, where it has said so.
#[derive(Clone, Default)]
pub struct Leaderless(Arc<Mutex<HashMap<i32, Waiting>>>);

impl Leaderless {
    /// `number` waits from now on.
    pub fn add(&self, number: i32, committed: Option<Committed>) {
        lock(&self.0).insert(number, Waiting { since: Instant::now(), committed });
    }

    /// `number` waits no longer; false where it did not.
    pub fn remove(&self, number: i32) -> bool {
        lock(&self.0).remove(&number).is_some()
    }

    /// The partition waits no longer; false where it has not waited since then.
    pub fn take(&self, led: &Led) -> bool {
        let mut waiting = lock(&self.0);
        let is_same = waiting.get(&led.number).is_some_and(|known| known.since == led.since);
        is_same && waiting.remove(&led.number).is_some()
    }

    /// Starts to ask, until the shell stops; what is received waits no longer.
    pub fn watch(&self, shell: &Arc<Shell>) -> Receiver<Led> {
        let (led, receiver) = bounded(1);
        let (waiting, watched) = (self.clone(), Arc::clone(shell));
        drop(shell.spawn("leaders", move || {
            while !watched.stop.wait(INTERVAL) {
                if let Err(error) = waiting.ask(&watched, &led) {
                    tracing::debug!(%error, "no client to ask for the partitions that wait");
                }
            }
        }));
        receiver
    }

    /// By a client of its own: the stage's must not be held by anybody when the stage ends.
    fn ask(&self, shell: &Shell, led: &Sender<Led>) -> KafkaResult<()> {
        let all: Vec<(i32, Waiting)> = lock(&self.0).iter().map(|(number, waiting)| (*number, *waiting)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let (topic, group) = (&shell.config.topics.pages, &shell.config.extract.group_id);
        let reader = shell.clients.group_reader("leaders", group, 1 << 20)?;
        for (number, waiting) in all {
            match ask_of(&reader, topic, number, waiting) {
                // Nobody receives any more where the stage has ended.
                Ok(answer) => answer.into_iter().for_each(|answer| drop(led.send(answer))),
                // One that is not told of does not hold up the others.
                Err(error) => tracing::debug!(partition = number, %error, "asked again in the next round"),
            }
        }
        Ok(())
    }
}

/// Where a partition goes on, by what the group and the brokers say.
fn ask_of(
    reader: &BaseConsumer<Context>,
    topic: &str,
    number: i32,
    Waiting { since, committed }: Waiting,
) -> KafkaResult<Option<Led>> {
    let committed = match committed {
        Some(committed) => Some(committed),
        None => {
            let mut one = TopicPartitionList::new();
            one.add_partition(topic, number);
            Committed::of_all(&reader.committed_offsets(one, REQUEST_TIMEOUT)?)?.pop().map(|(_, committed)| committed)
        }
    };
    let watermarks = reader.fetch_watermarks(topic, number, REQUEST_TIMEOUT)?;
    Ok(committed.map(|committed| Led { number, since, committed, watermarks }))
}
