//! The topics: made idempotently, checked against what exactly-once needs.
//!
//! What holds: a lane's changelog partition gets its genesis record only from the call that created the topic. An empty
//! changelog that someone else made stays without, and its lane refuses to start: an empty log that once was full looks the
//! same.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::util::Timeout;

use super::changelog::CHANGELOG_RECORD_BYTES_MAX;
use super::client::{Clients, Context, REQUEST_TIMEOUT, partition_count, readable_batch_bytes, watermarks};
use super::rights::{Right, refusal, remedy};
use crate::config::{Config, RECORD_OVERHEAD_BYTES};
use crate::dedup::HASH_VERSION;
use crate::dedup::changelog::{LaneIdentity, Record, encode};
use crate::lock::lock;

/// How long brokers may take over an administrative request.
pub const ADMIN_TIMEOUT: Duration = Duration::from_secs(30);

/// Trouble with the topics as a whole.
#[derive(Debug, thiserror::Error)]
pub enum TopicsError {
    /// No broker answered.
    #[error("no broker answered: {0}. Check kafka.bootstrap_servers and that the cluster is up")]
    Broker(#[from] KafkaError),
    /// The broker refused.
    #[error("topic {topic}: {code}{}", remedy(Some(*code), &[Right::Topic("Create", topic)]).map_or_else(String::new, |remedy| format!(". {remedy}")))]
    Refused {
        /// Which topic.
        topic: String,
        /// What the broker said.
        code: RDKafkaErrorCode,
    },
    /// The genesis of a changelog partition was not written.
    #[error("writing the genesis of {topic}/{partition} failed: {reason}. Delete the topic and create it again")]
    Genesis {
        /// The changelog.
        topic: String,
        /// Its partition.
        partition: i32,
        /// What happened.
        reason: String,
    },
}

/// What `create` did with one topic.
#[derive(Debug, PartialEq, Eq)]
pub enum Made {
    /// It was not there before.
    Created(String),
    /// It was there; `check` tells whether it fits.
    Existed(String),
}

/// Something about a topic that keeps a promise from holding.
#[derive(Debug, PartialEq, Eq)]
pub struct Problem {
    /// The topic.
    pub topic: String,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.topic, self.what, self.remedy)
    }
}

/// A topic as it should be.
struct Plan {
    name: String,
    /// `None`: any number, as the topic has it.
    partitions: Option<usize>,
    settings: Vec<(&'static str, String)>,
}

fn plans(config: &Config) -> Vec<Plan> {
    let t = &config.topics;
    let lanes = Some(t.candidate_partitions as usize);
    let event_max = t.message_bytes_max.to_string();
    let ms = |d: Duration| d.as_millis().to_string();
    let durable = |mut settings: Vec<(&'static str, String)>| {
        settings.push(("cleanup.policy", "delete".into()));
        settings.push(("unclean.leader.election.enable", "false".into()));
        settings.push(("min.insync.replicas", t.min_insync_replicas.to_string()));
        settings
    };
    let candidates = vec![
        ("message.timestamp.type", "LogAppendTime".into()),
        ("retention.ms", ms(t.candidates_retention)),
        ("max.message.bytes", event_max.clone()),
    ];
    let changelog = vec![
        ("message.timestamp.type", "LogAppendTime".into()),
        ("segment.ms", ms(t.changelog_segment)),
        ("retention.ms", ms(t.changelog_retention(config.dedup.ttl))),
        ("retention.bytes", "-1".into()),
        ("max.message.bytes", CHANGELOG_RECORD_BYTES_MAX.to_string()),
    ];
    let sized = || vec![("max.message.bytes", event_max.clone())];
    let articles = t.articles_partitions as usize;
    // A page or a candidate as it came.
    let letter_bytes_max = config.extract.page_bytes_max.max(t.message_bytes_max);
    let mut plans = vec![
        Plan { name: t.candidates.clone(), partitions: lanes, settings: durable(candidates) },
        Plan { name: t.changelog.clone(), partitions: lanes, settings: durable(changelog) },
        Plan { name: t.articles.clone(), partitions: Some(articles), settings: durable(sized()) },
        Plan {
            name: t.dead_letters.clone(),
            partitions: None,
            settings: durable(vec![("max.message.bytes", (letter_bytes_max + RECORD_OVERHEAD_BYTES).to_string())]),
        },
    ];
    if config.dedup.publish_duplicates {
        plans.push(Plan { name: t.duplicates.clone(), partitions: None, settings: durable(sized()) });
    }
    plans
}

/// Creates what is missing. `pages` also creates the pages topic, which is the crawler's otherwise, with so many partitions.
///
/// # Errors
/// Where brokers do not answer or refuse.
pub fn create(clients: &Clients, config: &Config, pages: Option<usize>) -> Result<Vec<Made>, TopicsError> {
    let mut plans = plans(config);
    if let Some(partitions) = pages {
        let settings = vec![("max.message.bytes", (config.extract.page_bytes_max + RECORD_OVERHEAD_BYTES).to_string())];
        plans.push(Plan { name: config.topics.pages.clone(), partitions: Some(partitions), settings });
    }
    let admin: AdminClient<Context> = AdminClient::from_config_and_context(&clients.admin(), clients.context("admin"))?;
    let new: Vec<NewTopic<'_>> = plans
        .iter()
        .map(|plan| {
            let partitions = plan.partitions.map_or(config.topics.articles_partitions, |p| p as i32);
            let topic =
                NewTopic::new(&plan.name, partitions, TopicReplication::Fixed(config.topics.replication_factor));
            plan.settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
        })
        .collect();
    let results = block_on(admin.create_topics(&new, &options()))?;
    let (mut made, mut refused) = (Vec::new(), None);
    for result in results {
        match result {
            Ok(name) => {
                if name == config.topics.changelog {
                    write_genesis(clients, config)?;
                }
                made.push(Made::Created(name));
            }
            Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => made.push(Made::Existed(name)),
            // A changelog that was made beside it gets its genesis all the same: no later call gives it one.
            Err((topic, code)) => {
                refused.get_or_insert(TopicsError::Refused { topic, code });
            }
        }
    }
    refused.map_or(Ok(made), Err)
}

/// What is missing or has another number of partitions. Brokers leave out of the metadata of all topics what the principal may not
/// describe, so each that is not there is asked for by name, by `count`.
///
/// # Errors
/// Where brokers do not answer.
pub fn missing(
    metadata: &Metadata,
    config: &Config,
    count: impl Fn(&str) -> KafkaResult<Option<usize>>,
) -> KafkaResult<Vec<Problem>> {
    let present = present(metadata);
    let mut problems = Vec::new();
    let absent = |topic: &str, remedy: &str| match count(topic) {
        Err(KafkaError::MetadataFetch(RDKafkaErrorCode::TopicAuthorizationFailed)) => {
            Ok(forbidden(topic, "may not be described", "Describe"))
        }
        Err(error) => Err(error),
        Ok(_) => Ok(Problem { topic: topic.into(), what: "does not exist".into(), remedy: remedy.into() }),
    };
    let pages = config.topics.pages.as_str();
    if !present.contains_key(pages) {
        let remedy =
            "It is the crawler's: set topics.pages to its name, or make it with `copydesk topics create --pages N`";
        problems.push(absent(pages, remedy)?);
    }
    for plan in plans(config) {
        let Some(&has) = present.get(plan.name.as_str()) else {
            problems.push(absent(&plan.name, "Run `copydesk topics create`")?);
            continue;
        };
        if let Some(want) = plan.partitions.filter(|want| *want != has) {
            problems.push(Problem {
                topic: plan.name,
                what: format!("has {has} partitions, the config says {want}"),
                remedy: "Partitions of candidates and changelog are never changed: if the topics are as `topics create` made them, set \
                         topics.candidate_partitions and topics.articles_partitions to what they have; if somebody added \
                         partitions, see changelog_wrong_partitions in the runbook"
                    .into(),
            });
        }
    }
    Ok(problems)
}

/// What the brokers do not tell of a topic for want of a right.
fn forbidden(topic: &str, what: &str, operation: &'static str) -> Problem {
    let code = RDKafkaErrorCode::TopicAuthorizationFailed;
    let remedy = remedy(Some(code), &[Right::Topic(operation, topic)]).unwrap_or_default();
    Problem { topic: topic.into(), what: what.into(), remedy }
}

fn present(metadata: &Metadata) -> HashMap<&str, usize> {
    let there = metadata.topics().iter().filter(|t| t.error().is_none() && !t.partitions().is_empty());
    there.map(|t| (t.name(), t.partitions().len())).collect()
}

/// Compares the topics with what is needed. An empty answer means that all is well.
///
/// # Errors
/// Where brokers do not answer.
pub fn check(clients: &Clients, config: &Config) -> Result<Vec<Problem>, TopicsError> {
    let reader = clients.asker("topics-check")?;
    let admin: AdminClient<Context> = AdminClient::from_config_and_context(&clients.admin(), clients.context("admin"))?;
    let metadata = reader.fetch_metadata(None, REQUEST_TIMEOUT)?;
    let mut problems = missing(&metadata, config, |topic| partition_count(&reader, topic))?;
    let present = present(&metadata);
    for plan in plans(config).into_iter().filter(|plan| present.contains_key(plan.name.as_str())) {
        match settings(&admin, &plan.name)? {
            Ok(resource) => problems.extend(wrong_settings(&plan, &resource)),
            Err(problem) => problems.push(problem),
        }
    }
    if present.contains_key(config.topics.pages.as_str()) {
        match settings(&admin, &config.topics.pages)? {
            Ok(resource) => problems.extend(unreadable_batches(config, &resource)),
            Err(problem) => problems.push(problem),
        }
    }
    if let Some(partitions) = present.get(config.topics.changelog.as_str()) {
        problems.extend(without_genesis(&reader, config, *partitions)?);
    }
    Ok(problems)
}

/// A topic's settings. The client library takes a refusal for a topic without any, and no topic is.
fn settings(admin: &AdminClient<Context>, topic: &str) -> KafkaResult<Result<ConfigResource, Problem>> {
    let told = block_on(admin.describe_configs(&[ResourceSpecifier::Topic(topic)], &options()))?;
    let told = told.into_iter().next().and_then(Result::ok).filter(|resource| !resource.entries.is_empty());
    Ok(told.ok_or_else(|| forbidden(topic, "its settings are not told", "DescribeConfigs")))
}

/// A topic's setting; empty where it has none.
fn setting(resource: &ConfigResource, key: &str) -> String {
    resource.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default()
}

/// Whether the crawler may write batches of pages that are too large to be read.
fn unreadable_batches(config: &Config, resource: &ConfigResource) -> Option<Problem> {
    let (bytes_max, topic) = (readable_batch_bytes(config.extract.page_bytes_max), config.topics.pages.clone());
    let has = setting(resource, "max.message.bytes").parse::<usize>().ok().filter(|has| *has > bytes_max)?;
    Some(Problem {
        what: format!(
            "max.message.bytes is {has}: a batch of more than {bytes_max} could not be read, nor what is behind it"
        ),
        remedy: format!(
            "Run `kafka-configs.sh --alter --topic {topic} --add-config max.message.bytes={bytes_max}`, or raise \
             extract.page_bytes_max to more than half of what the topic takes"
        ),
        topic,
    })
}

fn wrong_settings(plan: &Plan, resource: &ConfigResource) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, want) in &plan.settings {
        let has = setting(resource, key);
        if !fits(key, &has, want) {
            problems.push(Problem {
                topic: plan.name.clone(),
                what: format!("{key} is {has:?}, needed is {want:?}"),
                remedy: format!("Run `kafka-configs.sh --alter --topic {} --add-config {key}={want}`", plan.name),
            });
        }
    }
    problems
}

/// Retentions, sizes and replicas may be larger than needed; -1 is without bound.
fn fits(key: &str, has: &str, want: &str) -> bool {
    if has == want {
        return true;
    }
    match (has.parse::<i64>(), want.parse::<i64>()) {
        (Ok(has), Ok(want)) if key != "segment.ms" => has == -1 || (want != -1 && has >= want),
        // How the log is cut costs disk, never the promise.
        (Ok(_), Ok(_)) => true,
        _ => false,
    }
}

fn without_genesis(
    reader: &BaseConsumer<Context>,
    config: &Config,
    partitions: usize,
) -> Result<Vec<Problem>, TopicsError> {
    let mut problems = Vec::new();
    for partition in 0..partitions as i32 {
        let (_, high) = watermarks(reader, &config.topics.changelog, partition, REQUEST_TIMEOUT)?;
        if high == 0 {
            problems.push(Problem {
                topic: config.topics.changelog.clone(),
                what: format!("partition {partition} is empty, without the genesis that `topics create` writes"),
                remedy: "If it never held anything: delete the topic and run `copydesk topics create`. If it did: restore it, \
                         or accept the loss of the seen-set with `copydesk run --accept-empty-state`"
                    .into(),
            });
        }
    }
    Ok(problems)
}

/// Writes a genesis with one new lane-set UUID into every changelog partition. Only for a topic that was just created.
///
/// # Errors
/// Where a record was not acknowledged.
pub fn write_genesis(clients: &Clients, config: &Config) -> Result<(), TopicsError> {
    let lane_set = uuid::Uuid::new_v4();
    for partition in 0..config.topics.candidate_partitions as u32 {
        let identity = LaneIdentity {
            lane_set,
            partitions: config.topics.candidate_partitions as u32,
            partition,
            hash_version: HASH_VERSION,
        };
        append(clients, &config.topics.changelog, partition as i32, &encode(&identity, &genesis()))?;
    }
    Ok(())
}

/// A genesis of this moment.
pub fn genesis() -> Record {
    Record::Genesis { created_at_ms: jiff::Timestamp::now().as_millisecond() }
}

/// What became of the one record that [`append`] sends.
struct AppendContext {
    inner: Context,
    result: std::sync::Mutex<Option<Result<(), KafkaError>>>,
}

impl rdkafka::ClientContext for AppendContext {
    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for AppendContext {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let result = result.as_ref().map(|_| ()).map_err(|(error, _)| error.clone());
        *lock(&self.result) = Some(result);
    }
}

/// Appends one record and waits for its acknowledgement, a new topic's leader election included.
///
/// # Errors
/// Where it was not acknowledged within a minute.
pub fn append(clients: &Clients, topic: &str, partition: i32, value: &[u8]) -> Result<(), TopicsError> {
    let context = AppendContext { inner: clients.context("genesis"), result: Default::default() };
    let producer = BaseProducer::from_config_and_context(&clients.idempotent(CHANGELOG_RECORD_BYTES_MAX), context)?;
    let started = Instant::now();
    producer
        .send(BaseRecord::<(), [u8], ()>::to(topic).partition(partition).payload(value))
        .map_err(|(error, _)| error)?;
    while started.elapsed() < Duration::from_secs(60) {
        producer.poll(Duration::from_millis(10));
        match lock(&producer.context().result).take() {
            Some(Ok(())) => return Ok(()),
            Some(Err(error)) => {
                let reason = refusal(&error, &[Right::Topic("Write", topic)]).unwrap_or_else(|| error.to_string());
                return Err(TopicsError::Genesis { topic: topic.into(), partition, reason });
            }
            None => {}
        }
    }
    Err(TopicsError::Genesis { topic: topic.into(), partition, reason: "no acknowledgement within a minute".into() })
}

/// Deletes a partition's records below an offset.
///
/// # Errors
/// Where the brokers do not answer or refuse.
pub fn delete_below(clients: &Clients, topic: &str, partition: i32, below: Offset) -> KafkaResult<()> {
    let admin: AdminClient<Context> = AdminClient::from_config_and_context(&clients.admin(), clients.context("admin"))?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, below)?;
    let deleted = block_on(admin.delete_records(&list, &options()))?;
    deleted.elements().iter().try_for_each(|element| element.error())
}

fn options() -> AdminOptions {
    let timeout = Some(Timeout::After(ADMIN_TIMEOUT));
    AdminOptions::new().operation_timeout(timeout).request_timeout(timeout)
}

/// The admin client speaks in futures; nothing else here does.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built").block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_may_not_be_made_says_which_right_is_missing() {
        let text = |code| TopicsError::Refused { topic: "articles".into(), code }.to_string();
        let forbidden = text(RDKafkaErrorCode::TopicAuthorizationFailed);
        assert!(forbidden.ends_with(". Give the principal Create on topic articles"), "{forbidden}");
        assert!(!text(RDKafkaErrorCode::InvalidTopic).contains("Give"));
    }

    #[test]
    fn larger_is_fine_where_it_costs_disk_only() {
        assert!(fits("retention.ms", "-1", "1000") && fits("retention.ms", "2000", "1000"));
        assert!(!fits("retention.ms", "500", "1000") && !fits("retention.bytes", "1000", "-1"));
        assert!(!fits("message.timestamp.type", "CreateTime", "LogAppendTime"));
        assert!(fits("segment.ms", "5", "7"));
    }
}
