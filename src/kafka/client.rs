//! Clients: the one place where librdkafka's settings are made, and where its logs and errors come in.
//!
//! What holds: a broker that is away is waited for and told once, never a reason to exit. The settings that exactly-once
//! relies on are set last, so that no passed-through key can undo them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::lane_producer;
use crate::config::{self, Config, GroupProtocol, RECORD_OVERHEAD_BYTES};

/// How long one metadata or watermark request may take before it is asked again.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How often the client sends a request that is not answered.
const REQUESTS_MAX: u32 = 3;

/// Compressed bytes that one fetch asks for, of one partition and in all.
const FETCH_PARTITION_BYTES: usize = 256 << 10;
const FETCH_BYTES: usize = 2 << 20;
/// Largest batch of several records, the client's own default; less where topics take less.
const BATCH_BYTES_MAX: usize = 1_000_000;
/// Room for a batch of many records, whatever the largest record is.
const RECEIVE_BYTES_MIN: usize = 32 << 20;
/// Least prefetch of a partition: less only makes more fetches.
const PREFETCH_KIB_MIN: usize = 64;
/// Prefetch of a consumer outside any group, which reads one partition: a tenth of a second at full speed.
const READER_PREFETCH_BYTES_MAX: usize = 8 << 20;

/// What a client has to say besides records: its logs go to `tracing`, its connection state to [`Connection`].
#[derive(Clone)]
pub struct Context {
    role: &'static str,
    connection: Arc<Connection>,
}

/// Whether any broker of the cluster answers, shared by all clients of the process.
#[derive(Debug)]
pub struct Connection {
    down: AtomicBool,
    last_told_ms: AtomicI64,
}

impl Default for Connection {
    /// Down until a broker is heard: nothing may count as ready before.
    fn default() -> Self {
        Connection { down: AtomicBool::new(true), last_told_ms: AtomicI64::new(0) }
    }
}

impl Connection {
    /// True until a broker is heard, and while the last word of the clients was that all brokers are down.
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    /// A client heard from a broker.
    pub fn up(&self) {
        if self.down.swap(false, Ordering::Relaxed) {
            tracing::info!("the brokers answer");
        }
    }

    /// A client found no broker that answers. Told once in 30 s.
    pub fn silent(&self, role: &str, reason: &str) {
        self.down.store(true, Ordering::Relaxed);
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let told_ms = self.last_told_ms.load(Ordering::Relaxed);
        if now_ms - told_ms >= 30_000
            && self.last_told_ms.compare_exchange(told_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            tracing::warn!(
                client = role,
                "no broker answers ({reason}); waiting. Check kafka.bootstrap_servers and that the cluster is up"
            );
        }
    }
}

impl Context {
    /// A context for a client that plays `role` in the logs.
    pub fn new(role: &'static str, connection: Arc<Connection>) -> Self {
        Context { role, connection }
    }

    /// A broker answers.
    pub fn connected(&self) {
        self.connection.up();
    }

    /// Handles an error event; shared with contexts that wrap this one.
    pub fn on_error(&self, error: &KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => self.connection.silent(self.role, reason),
            // One broker's connection trouble is normal during its restart; the client reconnects by itself.
            Some(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve) => {
                tracing::debug!(client = self.role, %error, reason, "connection");
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) => {
                tracing::error!(client = self.role, "{error}: {reason}. Check the [kafka] security settings");
            }
            _ => tracing::warn!(client = self.role, "{error}: {reason}"),
        }
    }

    /// Handles a log line; shared with contexts that wrap this one.
    pub fn on_log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
                tracing::warn!(client = self.role, facility, "librdkafka: {message}");
            }
            RDKafkaLogLevel::Debug => tracing::trace!(client = self.role, facility, "librdkafka: {message}"),
            // What matters of these levels also comes as an error event, which is handled above.
            _ => tracing::debug!(client = self.role, facility, "librdkafka: {message}"),
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.on_error(&error, reason);
    }
}

impl ConsumerContext for Context {}

/// Makes clients of one cluster.
#[derive(Clone)]
pub struct Clients {
    kafka: Arc<config::Kafka>,
    /// The group that readers name.
    readers_group_id: String,
    /// What a batch of several records may weigh before it is compressed.
    batch_bytes_max: usize,
    connection: Arc<Connection>,
}

impl Clients {
    /// Clients for the cluster that `config` names.
    pub fn new(config: &Config) -> Self {
        let batch_bytes_max = BATCH_BYTES_MAX.min(config.topics.message_bytes_max - RECORD_OVERHEAD_BYTES);
        Clients {
            kafka: Arc::new(config.kafka.clone()),
            readers_group_id: config.dedup.group_id.clone(),
            batch_bytes_max,
            connection: Arc::default(),
        }
    }

    /// The shared connection state.
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// The group that those name who read without joining one.
    pub fn readers_group_id(&self) -> &str {
        &self.readers_group_id
    }

    /// A plain context for a client in `role`.
    pub fn context(&self, role: &'static str) -> Context {
        Context::new(role, self.connection.clone())
    }

    /// How long a commit that is waited for takes at most, but for connections that break in the middle: a session until the group's broker is found again, then what the client
    /// asks by itself, each time for as long as a request may take.
    pub fn commit_timeout(&self) -> Duration {
        let named =
            |(key, value): &(String, String)| (key == "socket.timeout.ms").then(|| value.parse().ok()).flatten();
        let request_ms = self.kafka.client.iter().find_map(named).unwrap_or(60_000);
        self.kafka.session_timeout + REQUESTS_MAX * Duration::from_millis(request_ms)
    }

    /// What all clients have in common; addresses and names are among what the configuration gives.
    fn base(&self) -> ClientConfig {
        let mut c = ClientConfig::new();
        // A broker's restart takes seconds; the default backoff of up to 10 s would add to each of them.
        c.set("reconnect.backoff.max.ms", "2000");
        c.set("retry.backoff.max.ms", "1000");
        c.set("topic.metadata.refresh.interval.ms", "60000");
        for (key, value) in &self.kafka.client {
            c.set(key, value);
        }
        c.set_log_level(RDKafkaLogLevel::Info);
        c
    }

    /// Settings of a consumer that is a member of `group_id`. Offsets move only by explicit commits, and start offsets are
    /// explicit numbers.
    ///
    /// `prefetch_bytes_max` bounds what is read ahead of one partition; `message_bytes_max` is the largest record to expect.
    pub fn member(&self, group_id: &str, prefetch_bytes_max: usize, message_bytes_max: usize) -> ClientConfig {
        let mut c = self.base();
        c.set("group.id", group_id);
        c.set("enable.auto.commit", "false");
        c.set("enable.auto.offset.store", "false");
        c.set("auto.offset.reset", "error");
        c.set("isolation.level", "read_committed");
        c.set("max.poll.interval.ms", self.kafka.max_poll_interval.as_millis().to_string());
        // With the default of 1000 a full queue stalls its partition for a second.
        c.set("fetch.queue.backoff.ms", "50");
        prefetch(&mut c, prefetch_bytes_max);
        fetch_bytes(&mut c, message_bytes_max);
        c.set("statistics.interval.ms", "5000");
        match self.kafka.group_protocol {
            // Creation fails under KIP-848 if any of these is set: the broker decides.
            GroupProtocol::Consumer => {
                c.set("group.protocol", "consumer");
            }
            GroupProtocol::Classic => {
                c.set("session.timeout.ms", self.kafka.session_timeout.as_millis().to_string());
                c.set("heartbeat.interval.ms", self.kafka.heartbeat_interval.as_millis().to_string());
                c.set("partition.assignment.strategy", "cooperative-sticky");
            }
        }
        c
    }

    /// A consumer outside any group that reads assigned partitions, committed records only. Followers may report less
    /// than the leader has, so `client.rack` is cleared.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn reader(&self, role: &'static str, message_bytes_max: usize) -> KafkaResult<BaseConsumer<Context>> {
        // librdkafka wants a group even where none is joined, asks for its coordinator, and gives the brokers' refusal out as an
        // error of what is read. So it is one that whoever reads has a right to.
        self.group_reader(role, &self.readers_group_id, message_bytes_max)
    }

    /// A consumer to ask about topics, and not to read them; of what is committed, as [`Clients::reader`]. It names no group.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn asker(&self, role: &'static str) -> KafkaResult<BaseConsumer<Context>> {
        let mut c = self.base();
        c.set("isolation.level", "read_committed");
        BaseConsumer::from_config_and_context(&c, self.context(role))
    }

    /// As [`Clients::reader`]; it does not join `group_id` either, but can ask for the group's committed offsets.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn group_reader(
        &self,
        role: &'static str,
        group_id: &str,
        message_bytes_max: usize,
    ) -> KafkaResult<BaseConsumer<Context>> {
        let mut c = self.base();
        c.set("group.id", group_id);
        c.set("enable.auto.commit", "false");
        c.set("enable.auto.offset.store", "false");
        c.set("auto.offset.reset", "error");
        c.set("isolation.level", "read_committed");
        c.set("fetch.queue.backoff.ms", "50");
        self.unless_set(&mut c, &["fetch.wait.max.ms"], "100");
        c.set("client.rack", "");
        prefetch(&mut c, READER_PREFETCH_BYTES_MAX);
        fetch_bytes(&mut c, message_bytes_max);
        BaseConsumer::from_config_and_context(&c, self.context(role))
    }

    /// Settings of the idempotent, non-transactional producer. It waits for a broker as long as it takes.
    pub fn idempotent(&self, message_bytes_max: usize) -> ClientConfig {
        let mut c = self.producer(message_bytes_max);
        c.set("message.timeout.ms", "0");
        c
    }

    /// Settings of a lane's transactional producer.
    pub fn transactional(&self, settings: lane_producer::Settings<'_>) -> ClientConfig {
        let mut c = self.producer(settings.message_bytes_max);
        c.set("transactional.id", settings.transactional_id);
        c.set("transaction.timeout.ms", settings.transaction_timeout.as_millis().to_string());
        // Longer than a commit that counts as quick, the client's jitter of a fifth included, so that a hidden resend of
        // EndTxn always shows as a slow one.
        let backoff_ms = (2 * settings.quick).as_millis();
        c.set("retry.backoff.max.ms", backoff_ms.max(1000).to_string());
        c.set("retry.backoff.ms", backoff_ms.to_string());
        c
    }

    fn producer(&self, message_bytes_max: usize) -> ClientConfig {
        let mut c = self.base();
        self.unless_set(&mut c, &["linger.ms", "queue.buffering.max.ms"], "5");
        self.unless_set(&mut c, &["compression.type", "compression.codec"], "zstd");
        c.set("message.max.bytes", (message_bytes_max + RECORD_OVERHEAD_BYTES).to_string());
        // Brokers refuse a batch as a whole, and each record in it would count as too large. They weigh it compressed, which is never
        // more: what does not get smaller is sent as it is. A record that is larger goes alone.
        c.set("batch.size", self.batch_bytes_max.to_string());
        c.set("enable.idempotence", "true");
        c.set("acks", "all");
        c
    }

    /// A default of ours for a setting of these names, where `[kafka.client]` says nothing else.
    fn unless_set(&self, c: &mut ClientConfig, names: &[&str], value: &str) {
        if !self.kafka.client.iter().any(|(key, _)| names.contains(&key.as_str())) {
            c.set(names[0], value);
        }
    }

    /// Settings of the admin client.
    pub fn admin(&self) -> ClientConfig {
        self.base()
    }
}

/// The client fetches while a partition's queue holds less than this.
fn prefetch(c: &mut ClientConfig, bytes_max: usize) {
    c.set("queued.max.messages.kbytes", (bytes_max / 1024).max(PREFETCH_KIB_MIN).to_string());
}

/// How much one fetch asks for, and how much may come.
///
/// A fetch is compressed, and the client unpacks all of it into its queue, whatever the queue's bound is: asking for the
/// largest record at once would put a hundred times the bound in memory. A broker sends the first batch of a partition
/// however large it is (KIP-74), so a small fetch holds up no record; what may come must hold the largest.
fn fetch_bytes(c: &mut ClientConfig, message_bytes_max: usize) {
    c.set("fetch.message.max.bytes", FETCH_PARTITION_BYTES.to_string());
    c.set("fetch.max.bytes", FETCH_BYTES.to_string());
    c.set("receive.message.max.bytes", receive_bytes(message_bytes_max).to_string());
}

/// How much a broker may answer at once to a consumer of records of up to `message_bytes_max`.
fn receive_bytes(message_bytes_max: usize) -> usize {
    2 * message_bytes_max.max(RECEIVE_BYTES_MIN)
}

/// The largest batch, as the broker has it, that a consumer of records of up to `message_bytes_max` can read. An answer with a larger one
/// is refused, and the client connects anew to ask the same again.
pub fn readable_batch_bytes(message_bytes_max: usize) -> usize {
    receive_bytes(message_bytes_max) - FETCH_BYTES
}

/// The number of partitions of `topic`; `None` where it does not exist.
///
/// # Errors
/// Where no broker answers within [`REQUEST_TIMEOUT`], or the principal may not know whether it exists.
pub fn partition_count<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str) -> KafkaResult<Option<usize>> {
    let metadata = consumer.fetch_metadata(Some(topic), REQUEST_TIMEOUT)?;
    let found = metadata.topics().iter().find(|t| t.name() == topic);
    let code = found.and_then(|t| t.error()).map(RDKafkaErrorCode::from);
    if let Some(hidden @ RDKafkaErrorCode::TopicAuthorizationFailed) = code {
        return Err(KafkaError::MetadataFetch(hidden));
    }
    Ok(found.filter(|t| t.error().is_none() && !t.partitions().is_empty()).map(|t| t.partitions().len()))
}

/// Why nothing is told of a client's group, where that is a refusal. The client waits in vain for a coordinator that it may not find,
/// and says so to whoever polls.
pub fn heard(reader: &BaseConsumer<Context>, error: KafkaError) -> KafkaError {
    let refused = Some(RDKafkaErrorCode::GroupAuthorizationFailed);
    let mut said = std::iter::from_fn(|| reader.poll(Duration::ZERO)).filter_map(Result::err);
    said.find(|said| said.rdkafka_error_code() == refused).unwrap_or(error)
}

/// First offset and end of a partition, as far as it is committed.
///
/// The client asks for each by itself. Where one question fails and both answers come at once it forgets the failure and gives the
/// other offset twice, which looks like a partition whose records are all gone. So such an answer has to come a second time.
///
/// # Errors
/// Where no broker answers both within `timeout`.
pub fn watermarks<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topic: &str,
    partition: i32,
    timeout: Duration,
) -> KafkaResult<(i64, i64)> {
    let begun = Instant::now();
    let ask = || consumer.fetch_watermarks(topic, partition, timeout.saturating_sub(begun.elapsed()));
    let first = ask()?;
    if first.0 < first.1 {
        return Ok(first);
    }
    let second = ask()?;
    let is_whole = second.0 < second.1 || second == first;
    if is_whole { Ok(second) } else { Err(KafkaError::MetadataFetch(RDKafkaErrorCode::Fail)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::topics;
    use crate::stage::shell::Shell;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    #[test]
    fn half_an_answer_is_none() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        brokers.create_topic("topic", 1, 1).expect("a topic");
        topics::append(&shell.clients, "topic", 0, b"record").expect("a record");
        let reader = shell.clients.asker("test").expect("a client");
        let mut answers = 0;
        for _ in 0..200 {
            // The next of the two questions.
            let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
            brokers.request_errors(RDKafkaApiKey::ListOffsets, &refused);
            if let Ok(found) = watermarks(&reader, "topic", 0, REQUEST_TIMEOUT) {
                assert_eq!(found, (0, 1));
                answers += 1;
            }
        }
        assert!(answers > 0, "no question was answered");
    }

    #[test]
    fn clients_can_be_made_for_the_largest_page() {
        let overrides =
            ["extract.page_bytes_max", "extract.inflight_bytes_max"].map(|key| (key.into(), "900MiB".into()));
        let options = config::Options {
            overrides: overrides.into(),
            environment: Some(Vec::new()),
            ..config::Options::default()
        };
        let config = config::load(&options).expect("the bound is one").config;
        let (clients, bytes_max) = (Clients::new(&config), config.extract.page_bytes_max);
        for settings in [clients.member("group", 1 << 20, bytes_max), clients.idempotent(bytes_max)] {
            settings.create_native_config().expect("librdkafka takes it");
        }
    }
}
