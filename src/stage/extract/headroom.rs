//! How near the brokers are to deleting candidates that dedup has not read, and whether extract waits for it.
//!
//! Candidates stay in their topic for `topics.candidates_retention`. Where dedup is down or behind, extract could go on and fill
//! the topic with articles that are deleted before anybody decides them, though their pages would still be there to read
//! later. So extract stops reading once the oldest undecided candidate has used up most of that time.
//!
//! What holds: what cannot be learned changes nothing. Where no broker tells of one partition, the others may stop extract, and
//! only all of them together let it go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::admin::State;
use crate::config::Config;
use crate::kafka::changelog::record_from;
use crate::kafka::client::{Context, REQUEST_TIMEOUT, heard, watermarks};
use crate::kafka::rights::{Right, refusal};
use crate::stage::shell::Shell;
use crate::stage::watchdog::Watch;

/// Longest time between two looks; a hundredth of the retention where that is less.
const INTERVAL_MAX: Duration = Duration::from_secs(60);
/// Extract goes on once there is so much more headroom than where it stopped: it should not stutter.
const RESUME_ABOVE: f64 = 0.05;
/// The name in `/readyz`.
const COMPONENT: &str = "candidates";

/// Whether extract waits for dedup.
#[derive(Clone, Default)]
pub struct Headroom(Arc<AtomicBool>);

impl Headroom {
    /// Starts to look, until the shell stops.
    pub fn watch(shell: &Arc<Shell>) -> Self {
        let headroom = Headroom::default();
        let (watched, flag) = (Arc::clone(shell), headroom.clone());
        drop(shell.spawn("headroom", move || flag.run(&watched)));
        headroom
    }

    /// True while extract waits.
    pub fn is_short(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn run(&self, shell: &Shell) {
        let retention = shell.config.topics.candidates_retention;
        let interval = INTERVAL_MAX.min(retention / 100);
        let watch = shell.watchdog.watch("headroom");
        while !shell.stop.is_set() {
            match waiting(shell, &watch) {
                Ok(waiting) => {
                    let now_ms = jiff::Timestamp::now().as_millisecond();
                    self.judge(shell, ratio(waiting.oldest_ms, now_ms, retention), waiting.is_whole);
                }
                Err(error) => match refusal(&error, &needs(&shell.config)) {
                    Some(text) => tracing::error!("nobody tells how long candidates wait for dedup: {text}"),
                    None => tracing::debug!(%error, "headroom of candidates not known"),
                },
            }
            shell.stop.wait(interval);
        }
    }

    /// By the least headroom of the partitions that are known; `is_whole`: of all.
    fn judge(&self, shell: &Shell, ratio: f64, is_whole: bool) {
        let min = shell.config.extract.headroom_percent_min as f64 / 100.0;
        let (was_short, is_short) = (self.is_short(), is_short(self.is_short(), ratio, min));
        if !is_whole && !is_short {
            if was_short {
                let text = "extract waits until brokers tell how long candidates of every partition wait";
                shell.health.set(COMPONENT, State::waiting(text));
            }
            return;
        }
        shell.metrics.candidates_headroom(ratio);
        self.0.store(is_short, Ordering::Relaxed);
        let percent = (100.0 * ratio).round();
        if is_short {
            let text = format!("headroom {percent} %: extract waits until dedup has caught up");
            shell.health.set(COMPONENT, State::waiting(text));
        }
        if is_short && !was_short {
            tracing::error!(
                percent,
                "the oldest candidate that dedup has not read is about to be deleted; extract stops reading pages. Start or \
                 scale the dedup stage, or lengthen the retention of {}",
                shell.config.topics.candidates
            );
        } else if was_short && !is_short {
            shell.health.remove(COMPONENT);
            tracing::info!(percent, "dedup has caught up; extract goes on");
        }
    }
}

/// The share of the retention that the oldest waiting candidate has left; 1 where none waits.
fn ratio(oldest_ms: Option<i64>, now_ms: i64, retention: Duration) -> f64 {
    let age_ms = oldest_ms.map_or(0, |oldest_ms| now_ms.saturating_sub(oldest_ms).max(0));
    (1.0 - age_ms as f64 / retention.as_millis() as f64).max(0.0)
}

fn is_short(was_short: bool, ratio: f64, min: f64) -> bool {
    if was_short { ratio < min + RESUME_ABOVE } else { ratio < min }
}

/// What waits for dedup.
struct Waiting {
    /// The brokers' time of the oldest candidate that dedup's group has not committed; `None` where none waits.
    oldest_ms: Option<i64>,
    /// Every partition is known.
    is_whole: bool,
}

/// The rights that a look takes.
fn needs(config: &Config) -> [Right<'_>; 2] {
    [Right::Topic("Read", &config.topics.candidates), Right::Group("Describe", &config.dedup.group_id)]
}

/// What waits for dedup in the partitions of which the brokers tell.
fn waiting(shell: &Shell, watch: &Watch) -> KafkaResult<Waiting> {
    let config = &shell.config;
    let topic = &config.topics.candidates;
    let reader = shell.clients.reader("headroom", config.topics.message_bytes_max)?;
    let reader = watch.hold(reader);
    let mut all = TopicPartitionList::new();
    for partition in 0..config.topics.candidate_partitions {
        all.add_partition(topic, partition);
    }
    let committed = watch.call("committed", REQUEST_TIMEOUT, || reader.committed_offsets(all, REQUEST_TIMEOUT));
    let committed = committed.map_err(|error| heard(&reader, error))?;
    let mut waiting = Waiting { oldest_ms: None, is_whole: true };
    for element in committed.elements() {
        let partition = element.partition();
        // An offset that is not to be had is not one that was never committed.
        let asked = || waiting_ms(&reader, watch, topic, partition, element.offset());
        match element.error().and_then(|()| asked()) {
            Ok(found_ms) => waiting.oldest_ms = [waiting.oldest_ms, found_ms].into_iter().flatten().min(),
            Err(error) => {
                waiting.is_whole = false;
                let text = refusal(&error, &needs(config)).unwrap_or_else(|| error.to_string());
                tracing::warn!(partition, "nobody tells how long candidates of {topic} wait for dedup: {text}");
            }
        }
    }
    Ok(waiting)
}

fn waiting_ms(
    reader: &BaseConsumer<Context>,
    watch: &Watch,
    topic: &str,
    partition: i32,
    committed: Offset,
) -> KafkaResult<Option<i64>> {
    let (low, high) =
        watch.call("watermarks", REQUEST_TIMEOUT, || watermarks(reader, topic, partition, REQUEST_TIMEOUT))?;
    let next = if let Offset::Offset(next) = committed { next.max(low) } else { low };
    if next >= high {
        return Ok(None);
    }
    let found = watch.call("record", REQUEST_TIMEOUT, || record_from(reader, topic, partition, next))?;
    Ok(found.map(|(.., time_ms)| time_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::member::Source;
    use rdkafka::error::KafkaError;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    #[test]
    fn headroom_is_what_the_oldest_waiting_candidate_has_left() {
        let hour = Duration::from_secs(3600);
        assert_eq!(ratio(None, 5_000, hour), 1.0);
        assert_eq!(ratio(Some(0), 900_000, hour), 0.75);
        assert_eq!(ratio(Some(0), 9_000_000, hour), 0.0);
        assert_eq!(ratio(Some(10), 0, hour), 1.0, "the brokers' clock is ahead");
    }

    #[test]
    fn extract_does_not_stutter_at_the_edge() {
        assert!(!is_short(false, 0.25, 0.25));
        assert!(is_short(false, 0.24, 0.25));
        assert!(is_short(true, 0.29, 0.25));
        assert!(!is_short(true, 0.31, 0.25));
        assert!(!is_short(false, 0.0, 0.0), "0 % never stops");
    }

    #[test]
    fn a_partition_that_is_not_told_of_leaves_the_others_judged() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        let topics = &shell.config.topics;
        brokers.create_topic(&topics.candidates, topics.candidate_partitions, 1).expect("a topic");
        let watch = shell.watchdog.watch("headroom");
        let is_whole = || waiting(&shell, &watch).map(|waiting| waiting.is_whole);
        let wait_whole = || {
            shell.ask_patiently(Source::candidates(&shell.config), "all", || {
                is_whole()?.then_some(()).ok_or(KafkaError::Canceled)
            })
        };
        assert!(wait_whole().is_some());
        // The questions for the beginning and the end of whichever partition comes first.
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED; 2];
        brokers.request_errors(RDKafkaApiKey::ListOffsets, &refused);
        assert_eq!(is_whole(), Ok(false));
        assert!(wait_whole().is_some());

        let headroom = Headroom::default();
        headroom.judge(&shell, 0.9, false);
        assert!(!headroom.is_short());
        headroom.judge(&shell, 0.1, false);
        assert!(headroom.is_short(), "the known ones are enough to stop");
        headroom.judge(&shell, 0.9, false);
        assert!(headroom.is_short(), "the unknown one may be the oldest");
        assert!(shell.health.ready().reasons[COMPONENT].contains("until brokers tell"));
        headroom.judge(&shell, 0.9, true);
        assert!(!headroom.is_short());
    }
}
