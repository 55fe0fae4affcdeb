//! Assigned partitions of which no broker says yet where they go on: nobody leads one, the group's offsets are not to be had, or the
//! next page is gone. They are asked for again, on a thread of its own, until there is an answer. The others are read meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;

use super::pages::Committed;
use crate::kafka::client::{Context, REQUEST_TIMEOUT, watermarks};
use crate::kafka::one;
use crate::lock::lock;
use crate::stage::shell::Shell;
use crate::stage::watchdog::Watch;

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

    /// `number` waits no longer, if it did.
    pub fn remove(&self, number: i32) {
        lock(&self.0).remove(&number);
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
        let (waiting, watched, watch) = (self.clone(), Arc::clone(shell), shell.watchdog.watch("leaders"));
        drop(shell.spawn("leaders", move || {
            while !watched.stop.wait(INTERVAL) {
                if let Err(error) = waiting.ask(&watched, &watch, &led) {
                    tracing::debug!(%error, "no client to ask for the partitions that wait");
                }
            }
        }));
        receiver
    }

    /// By a client of its own: the stage's must not be held by anybody when the stage ends.
    fn ask(&self, shell: &Shell, watch: &Watch, led: &Sender<Led>) -> KafkaResult<()> {
        let all: Vec<(i32, Waiting)> = lock(&self.0).iter().map(|(number, waiting)| (*number, *waiting)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let (topic, group) = (&shell.config.topics.pages, &shell.config.extract.group_id);
        let reader = watch.hold(shell.clients.group_reader("leaders", group, 0)?);
        for (number, waiting) in all {
            match ask_of(&reader, watch, topic, number, waiting) {
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
    watch: &Watch,
    topic: &str,
    number: i32,
    Waiting { since, committed }: Waiting,
) -> KafkaResult<Option<Led>> {
    let committed = match committed {
        Some(committed) => Some(committed),
        None => {
            let ask = || reader.committed_offsets(one(topic, number), REQUEST_TIMEOUT);
            let known = watch.call("committed", REQUEST_TIMEOUT, ask);
            Committed::of_all(&known?)?.pop().map(|(_, committed)| committed)
        }
    };
    let watermarks =
        watch.call("watermarks", REQUEST_TIMEOUT, || watermarks(reader, topic, number, REQUEST_TIMEOUT))?;
    Ok(committed.map(|committed| Led { number, since, committed, watermarks }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::unbounded;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    #[test]
    fn a_partition_that_is_not_told_of_does_not_hold_up_the_others() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        brokers.create_topic(&shell.config.topics.pages, 3, 1).expect("a topic");
        let (waiting, (led, answers)) = (Leaderless::default(), unbounded());
        (0..3).for_each(|number| waiting.add(number, None));
        // The first question for an offset, of whichever partition.
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED];
        brokers.request_errors(RDKafkaApiKey::OffsetFetch, &refused);
        let ask = || {
            waiting.ask(&shell, &shell.watchdog.watch("leaders"), &led).expect("a client");
            let led: Vec<Led> = answers.try_iter().collect();
            led.iter().filter(|led| waiting.take(led)).count()
        };
        assert_eq!(ask(), 2);
        assert_eq!(ask(), 1, "it is asked again");
    }
}
