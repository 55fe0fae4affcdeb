//! Topics to create, write and read. All calls wait for their outcome and panic when it is not the expected one.

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, ClientContext, Offset, TopicPartitionList};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long one request may take while brokers come and go.
const LIMIT: Duration = Duration::from_secs(60);
/// How long records may take to be delivered: longer than brokers are ever down together.
const DELIVERY: Duration = Duration::from_secs(300);

/// A record to write.
#[derive(Clone, Debug, Default)]
pub struct ToSend {
    /// `None`: the client's partitioner decides, by the key.
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub partition: i32,
    pub offset: i64,
    pub timestamp_ms: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Read {
    /// The header's value as text, if it is there.
    pub fn header(&self, name: &str) -> Option<String> {
        let header = self.headers.iter().find(|(key, _)| key == name);
        header.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The value as text; empty for a tombstone.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.value.as_deref().unwrap_or_default()).into_owned()
    }
}

/// Creates a topic, replicated `replication` times, with `settings`.
#[track_caller]
pub fn create_topic(bootstrap: &str, name: &str, partitions: usize, replication: usize, settings: &[(&str, &str)]) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let replication = TopicReplication::Fixed(i32::try_from(replication).expect("a small number"));
    let mut topic = NewTopic::new(name, i32::try_from(partitions).expect("a small number"), replication);
    for (key, value) in settings {
        topic = topic.set(key, value);
    }
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let results = block_on(admin.create_topics([&topic], &options)).expect("create topics");
    results.into_iter().for_each(|result| drop(result.expect("the topic created")));
}

/// Creates a topic whose partitions stand on one broker each, by its number from 1 on; as candidates must be, otherwise.
#[track_caller]
pub fn create_on_brokers(bootstrap: &str, name: &str, brokers: &[i32]) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let assignment: Vec<&[i32]> = brokers.chunks(1).collect();
    let topic = NewTopic::new(name, brokers.len() as i32, TopicReplication::Variable(&assignment))
        .set("message.timestamp.type", "LogAppendTime")
        .set("min.insync.replicas", "1");
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let results = block_on(admin.create_topics([&topic], &options)).expect("create topics");
    results.into_iter().for_each(|result| drop(result.expect("the topic created")));
}

/// Pages of one article each, of these numbers; `partition` as in [`ToSend`].
pub fn stories(numbers: std::ops::Range<u32>, partition: Option<i32>) -> impl Iterator<Item = ToSend> {
    numbers.map(move |number| {
        let body =
            format!("<p>Story {number}: the council of the town agreed to paint the bridge before the winter.</p>");
        let html = format!("<html><body><article><h1>Story {number}</h1>{}</article></body></html>", body.repeat(4));
        ToSend { partition, value: Some(html.into_bytes()), ..ToSend::default() }
    })
}

/// Deletes a topic, and waits until the brokers have forgotten it.
#[track_caller]
pub fn delete_topic(bootstrap: &str, name: &str) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let results = block_on(admin.delete_topics(&[name], &options)).expect("delete topics");
    results.into_iter().for_each(|result| drop(result.expect("the topic deleted")));
    // The brokers forget it later than they say, each by itself: how much depends on what else they do.
    let consumer: BaseConsumer = client(bootstrap).create().expect("a consumer");
    super::wait_for(&format!("topic {name} to be forgotten"), LIMIT, || {
        let metadata = consumer.fetch_metadata(None, Duration::from_secs(5)).ok()?;
        metadata.topics().iter().all(|topic| topic.name() != name).then_some(())
    });
    std::thread::sleep(Duration::from_secs(1));
}

/// Adds partitions to a topic, up to `count`.
#[track_caller]
pub fn add_partitions(bootstrap: &str, name: &str, count: usize) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let results = block_on(admin.create_partitions([&NewPartitions::new(name, count)], &options)).expect("partitions");
    results.into_iter().for_each(|result| drop(result.expect("partitions added")));
}

/// Deletes a group, its offsets with it; no member may be there.
#[track_caller]
pub fn delete_group(bootstrap: &str, name: &str) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let results = block_on(admin.delete_groups(&[name], &AdminOptions::new())).expect("delete groups");
    results.into_iter().for_each(|result| drop(result.expect("the group deleted")));
}

/// Deletes a partition's records below `offset`.
#[track_caller]
pub fn delete_records(bootstrap: &str, topic: &str, partition: i32, offset: i64) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let mut below = TopicPartitionList::new();
    below.add_partition_offset(topic, partition, Offset::Offset(offset)).expect("an offset");
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let deleted = block_on(admin.delete_records(&below, &options)).expect("delete records");
    deleted.elements().iter().for_each(|element| element.error().expect("records deleted"));
}

/// Gives a topic these settings, and the brokers' own for all others; they hold as soon as the broker that is asked tells them.
#[track_caller]
pub fn alter_topic(bootstrap: &str, name: &str, settings: &[(&str, &str)]) {
    let admin: AdminClient<DefaultClientContext> = client(bootstrap).create().expect("an admin client");
    let config = AlterConfig::new(ResourceSpecifier::Topic(name));
    let config = settings.iter().fold(config, |config, (key, value)| config.set(key, value));
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let results = block_on(admin.alter_configs([&config], &options)).expect("alter configs");
    results.into_iter().for_each(|result| drop(result.expect("the settings altered")));
    super::wait_for("the settings", LIMIT, || {
        let told = block_on(admin.describe_configs(&[ResourceSpecifier::Topic(name)], &options)).ok()?;
        let told = told.into_iter().next()?.ok()?;
        let holds = |(key, value): &(&str, &str)| told.get(key).is_some_and(|e| e.value.as_deref() == Some(*value));
        settings.iter().all(holds).then_some(())
    });
}

/// Writes records with an idempotent producer, in order per partition, and waits until the brokers have them all.
#[track_caller]
pub fn produce(bootstrap: &str, topic: &str, records: impl IntoIterator<Item = ToSend>) {
    produce_compressed(bootstrap, topic, "none", records);
}

/// The same, in batches that are compressed by this method, such as `zstd`.
#[track_caller]
pub fn produce_compressed(bootstrap: &str, topic: &str, method: &str, records: impl IntoIterator<Item = ToSend>) {
    let deliveries = Arc::new(Deliveries::default());
    let producer: ThreadedProducer<Delivered> = client(bootstrap)
        .set("enable.idempotence", "true")
        .set("message.max.bytes", "33554432")
        .set("compression.type", method)
        .create_with_context(Delivered(deliveries.clone()))
        .expect("a producer");
    let mut sent = 0;
    for record in records {
        sent += 1;
        let headers = record
            .headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        let mut to_send = BaseRecord::to(topic).headers(headers);
        to_send.partition = record.partition;
        to_send.key = record.key.as_deref();
        to_send.payload = record.value.as_deref();
        while let Err((error, refused)) = producer.send(to_send) {
            let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
            assert_eq!(error, full, "send");
            std::thread::sleep(Duration::from_millis(10));
            to_send = refused;
        }
    }
    producer.flush(DELIVERY).expect("flush");
    assert_eq!(deliveries.failed.load(Ordering::Relaxed), 0, "records that the brokers did not take");
    assert_eq!(deliveries.made.load(Ordering::Relaxed), sent, "records that the brokers took");
}

/// Everything that stands in a topic now and is committed, by partition and offset.
#[track_caller]
pub fn read_committed(bootstrap: &str, topic: &str) -> Vec<Read> {
    read(bootstrap, topic, "read_committed")
}

/// The same with open and aborted transactions' records.
#[track_caller]
pub fn read_uncommitted(bootstrap: &str, topic: &str) -> Vec<Read> {
    read(bootstrap, topic, "read_uncommitted")
}

/// Reads a topic again and again until `enough` says that it holds what is waited for.
#[track_caller]
pub fn wait_committed(bootstrap: &str, topic: &str, limit: Duration, enough: impl Fn(&[Read]) -> bool) -> Vec<Read> {
    let deadline = Instant::now() + limit;
    loop {
        let records = read_committed(bootstrap, topic);
        if enough(&records) {
            return records;
        }
        assert!(Instant::now() < deadline, "{topic} holds {} records after {} s", records.len(), limit.as_secs());
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Partitions of a topic.
#[track_caller]
pub fn partitions(bootstrap: &str, topic: &str) -> usize {
    let consumer: BaseConsumer = client(bootstrap).create().expect("a consumer");
    partitions_by(&consumer, topic)
}

fn partitions_by(consumer: &BaseConsumer, topic: &str) -> usize {
    super::wait_for(&format!("topic {topic}"), LIMIT, || {
        let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(5)).ok()?;
        let count = metadata.topics().first()?.partitions().len();
        (count > 0).then_some(count)
    })
}

#[track_caller]
fn read(bootstrap: &str, topic: &str, isolation: &str) -> Vec<Read> {
    let consumer: BaseConsumer = client(bootstrap)
        .set("group.id", "copydesk-tests-read")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("isolation.level", isolation)
        .set("fetch.wait.max.ms", "20")
        .set("fetch.message.max.bytes", "33554432")
        .create()
        .expect("a consumer");
    let count = partitions_by(&consumer, topic);
    let mut assignment = TopicPartitionList::new();
    for partition in 0..count {
        assignment.add_partition_offset(topic, partition as i32, Offset::Beginning).expect("an offset");
    }
    consumer.assign(&assignment).expect("assign");

    let mut ended = vec![false; count];
    let mut records = Vec::new();
    let mut deadline = Instant::now() + LIMIT;
    while ended.contains(&false) {
        assert!(Instant::now() < deadline, "no record and no end of {topic} for {} s", LIMIT.as_secs());
        match consumer.poll(Duration::from_millis(200)) {
            None => continue,
            Some(Ok(message)) => records.push(to_read(&message)),
            Some(Err(KafkaError::PartitionEOF(partition))) => ended[partition as usize] = true,
            // Brokers that come and go; librdkafka goes on by itself.
            Some(Err(_)) => continue,
        }
        deadline = Instant::now() + LIMIT;
    }
    records.sort_by_key(|record| (record.partition, record.offset));
    records
}

fn to_read(message: &impl Message) -> Read {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    Read {
        partition: message.partition(),
        offset: message.offset(),
        timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect(),
    }
}

fn client(bootstrap: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    // Brokers of a test come and go: the client's own log would fill with that.
    config.set("bootstrap.servers", bootstrap).set("log_level", "2").set("allow.auto.create.topics", "false");
    config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// What became of the records sent.
#[derive(Default)]
struct Deliveries {
    made: AtomicU64,
    failed: AtomicU64,
}

struct Delivered(Arc<Deliveries>);

impl ClientContext for Delivered {}

impl ProducerContext for Delivered {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let count = if result.is_ok() { &self.0.made } else { &self.0.failed };
        count.fetch_add(1, Ordering::Relaxed);
    }
}
