//! A member of a consumer group whose partitions are read each from a queue of its own.
//!
//! What holds: start offsets are explicit numbers; a partition is assigned paused and resumed by whoever reads its queue;
//! before a partition is given back, its [`Assignment`] has drained it. The callbacks run on the thread that polls.

use std::sync::Arc;

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientConfig, Statistics};

use super::client::Context;
use super::rights::{Right, refusal};
use crate::config::Config;

/// What a stage does when its partitions change. All calls come from the polling thread.
pub trait Assignment: Send + Sync + Sized + 'static {
    /// The offsets at which `partitions` start; they stay paused until the stage resumes them.
    fn assign(
        &self,
        consumer: &BaseConsumer<MemberContext<Self>>,
        partitions: &TopicPartitionList,
    ) -> TopicPartitionList;

    /// The partitions go: drain them. `lost`: they are somebody else's already, commits no longer count.
    fn revoke(&self, consumer: &BaseConsumer<MemberContext<Self>>, partitions: &[i32], lost: bool);

    /// The client's statistics, about every five seconds.
    fn statistics(&self, statistics: &Statistics);
}

/// The consumer's context: the stage's assignment beside logs and errors.
pub struct MemberContext<A> {
    inner: Context,
    /// Which group, for the log.
    group: String,
    /// The stage's part.
    pub assignment: A,
}

/// Makes the group's consumer.
///
/// # Errors
/// Where librdkafka refuses the settings.
pub fn join<A: Assignment>(
    config: &ClientConfig,
    inner: Context,
    assignment: A,
    topic: &str,
) -> KafkaResult<Arc<BaseConsumer<MemberContext<A>>>> {
    let group = config.get("group.id").unwrap_or_default().to_owned();
    let consumer = BaseConsumer::from_config_and_context(config, MemberContext { inner, group, assignment })?;
    consumer.subscribe(&[topic])?;
    Ok(Arc::new(consumer))
}

impl<A: Assignment> ClientContext for MemberContext<A> {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.inner.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        if statistics.brokers.values().any(|broker| broker.state == "UP") {
            self.inner.connected();
        }
        self.assignment.statistics(&statistics);
    }
}

impl<A: Assignment> ConsumerContext for MemberContext<A> {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, err: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions: Vec<i32> = list.elements().iter().map(|element| element.partition()).collect();
        let done = if err == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            tracing::info!(group = self.group, ?partitions, "partitions assigned");
            let start = self.assignment.assign(consumer, list);
            give(consumer, &start).and_then(|()| consumer.pause(&start))
        } else {
            let lost = consumer.assignment_lost();
            tracing::info!(group = self.group, ?partitions, lost, "partitions revoked");
            self.assignment.revoke(consumer, &partitions, lost);
            take_back(consumer, list)
        };
        if let Err(error) = done {
            tracing::warn!(group = self.group, %error, "rebalance");
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        // A commit refused for a stale generation is normal: the next owner replays, and the replay is absorbed.
        if let Err(error) = result
            && error.rdkafka_error_code() != Some(RDKafkaErrorCode::NoOffset)
        {
            tracing::debug!(group = self.group, %error, "offsets not committed");
        }
    }
}

/// Reads a partition from `offset` whose fetcher gave up, as it does where the next record is gone: it seeks no more, and only another
/// assignment helps. Paused; for the thread that polls, while the partition is assigned, and nobody else has its queue.
///
/// # Errors
/// Where the client refuses.
pub fn begin_anew<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
    offset: i64,
) -> KafkaResult<()> {
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, partition, Offset::Offset(offset))?;
    consumer.incremental_unassign(&from)?;
    consumer.incremental_assign(&from)?;
    consumer.pause(&from)
}

/// Whether the client reads a partition no more before it is told where: the next record is gone.
pub fn has_given_up(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as C;
    matches!(error.rdkafka_error_code(), Some(C::AutoOffsetReset | C::OffsetOutOfRange))
}

fn give<C: ConsumerContext>(consumer: &BaseConsumer<C>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_assign(list),
        _ => consumer.assign(list),
    }
}

fn take_back<C: ConsumerContext>(consumer: &BaseConsumer<C>, list: &TopicPartitionList) -> KafkaResult<()> {
    match consumer.rebalance_protocol() {
        RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
        _ => consumer.unassign(),
    }
}

/// What a stage reads, and as whose member.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    topic: &'a str,
    group: &'a str,
}

impl<'a> Source<'a> {
    /// Extract's.
    pub fn pages(config: &'a Config) -> Self {
        Source { topic: &config.topics.pages, group: &config.extract.group_id }
    }

    /// Dedup's.
    pub fn candidates(config: &'a Config) -> Self {
        Source { topic: &config.topics.candidates, group: &config.dedup.group_id }
    }

    /// An error that asking again won't mend, with what to do; `None` for those that the client gets over.
    pub fn hopeless(&self, error: &KafkaError) -> Option<String> {
        let needs = [Right::Topic("Read", self.topic), Right::Group("Read", self.group)];
        match remedy(error.rdkafka_error_code()?) {
            Some(remedy) => Some(format!("{error}. {remedy}")),
            None => refusal(error, &needs),
        }
    }
}

/// Whether asking again won't mend it, whatever was asked.
pub fn is_hopeless(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{GroupAuthorizationFailed, TopicAuthorizationFailed};
    let is_refused = |code| matches!(code, TopicAuthorizationFailed | GroupAuthorizationFailed);
    error.rdkafka_error_code().is_some_and(|code| remedy(code).is_some() || is_refused(code))
}

/// What to do where no right is missing and asking again won't mend it.
fn remedy(code: RDKafkaErrorCode) -> Option<&'static str> {
    use RDKafkaErrorCode as C;
    match code {
        C::SaslAuthenticationFailed => Some("Check kafka.sasl_username and its password"),
        C::UnsupportedVersion | C::UnsupportedFeature => Some("copydesk needs brokers of Kafka 3.6 or later"),
        C::Fatal => Some("Start the process again"),
        _ => None,
    }
}
