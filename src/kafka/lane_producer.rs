//! A lane's transactional producer. A transaction is one short function: begun, filled and ended in one go.
//!
//! What holds:
//! - A producer is used again only after a clean, quick commit. librdkafka resends `EndTxn` by itself, and with the old
//!   transaction protocol a delayed one can end the *next* transaction (librdkafka#5423). So after any abort, any error, or a
//!   commit that was not [`Committed::reusable`], the caller makes a new one, whose `init_transactions` bumps the epoch.
//!   Quick is less than half of the client's own retry backoff: a hidden resend always takes longer.
//! - What must not be committed without what was sent before it is sent behind [`Transaction::settle`]: partitions are written
//!   side by side, and only an acknowledgement orders them.
//! - [`LaneProducer::transaction`] borrows, [`Transaction::commit`] consumes: two open transactions do not compile.
//! - Once a commit was asked for, only its success or the changelog says how it ended ([`TxnError::Unknown`]).

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::client::{Clients, Context};
use super::rights::{self, Right};
use crate::lock::lock;
use crate::stage::watchdog::{Held, Watch};

/// A commit call that took less may be followed by another transaction on the same producer, where nothing says that the
/// brokers are slower than that.
pub const QUICK_COMMIT: Duration = Duration::from_millis(250);

/// How long one call into librdkafka may take before it returns to be asked again.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Between two looks at the deliveries of a transaction that is about to be committed.
const DELIVERY_WAIT: Duration = Duration::from_micros(500);

/// How a transaction's step failed.
#[derive(Debug, thiserror::Error)]
pub enum TxnError {
    /// Another producer took over the lane's transactional id.
    #[error("fenced by a newer owner of the lane: {0}")]
    Fenced(KafkaError),
    /// The brokers refuse a batch of records as too large for its topic.
    #[error("records {refused:?} are too large for their topics")]
    RecordsTooLarge {
        /// All records of the batch, by their indices of [`Transaction::send`].
        refused: Vec<usize>,
    },
    /// Nothing of this transaction can become visible: no commit was asked for.
    #[error("transaction not committed: {0}")]
    NotCommitted(KafkaError),
    /// The same, since the brokers refuse a right.
    #[error("transaction not committed: {error}")]
    Forbidden {
        /// How they do.
        error: KafkaError,
        /// What to do.
        remedy: String,
    },
    /// A commit was asked for, and its end is unknown. Only the changelog tells.
    #[error("outcome of the commit unknown: {0}")]
    Unknown(KafkaError),
    /// The lane was told to end while it waited.
    #[error("cancelled")]
    Cancelled,
}

impl TxnError {
    /// A refusal that lasts until somebody does something, and what; `None` for what brokers get over.
    pub fn refusal(&self) -> Option<String> {
        let remedy = match self {
            TxnError::Forbidden { remedy, .. } => remedy,
            TxnError::NotCommitted(error) => remedy(code_of(error)?)?,
            _ => return None,
        };
        Some(format!("{self}. {remedy}"))
    }

    /// The same error, where it refuses one of `needs`.
    fn forbids(self, needs: &[Right<'_>]) -> Self {
        match self {
            TxnError::NotCommitted(error) => match rights::remedy(code_of(&error), needs) {
                Some(remedy) => TxnError::Forbidden { error, remedy },
                None => TxnError::NotCommitted(error),
            },
            other => other,
        }
    }
}

fn remedy(code: RDKafkaErrorCode) -> Option<&'static str> {
    use RDKafkaErrorCode as C;
    Some(match code {
        C::ClusterAuthorizationFailed => "Give the principal IdempotentWrite on the cluster",
        C::SaslAuthenticationFailed => "Check kafka.sasl_username and its password",
        C::UnsupportedVersion | C::UnsupportedFeature => "copydesk needs brokers of Kafka 3.6 or later",
        C::InvalidTransactionTimeout => "Lower dedup.transaction_timeout to the brokers' transaction.max.timeout.ms",
        C::InvalidRecord => "Set cleanup.policy=delete on the topics: `copydesk topics check` says which",
        C::MessageBatchTooLarge => "Raise segment.bytes of the topics above topics.message_bytes_max",
        _ => return None,
    })
}

/// A commit that succeeded.
#[derive(Debug)]
pub struct Committed {
    /// What the commit call took.
    pub took: Duration,
    /// Offset of the first record sent, in its partition.
    pub first_offset: i64,
    /// Offset of the last record sent, in its partition.
    pub last_offset: i64,
    /// False: make a new producer before the next transaction.
    pub reusable: bool,
}

/// Delivery reports of the open transaction.
#[derive(Default)]
struct Deliveries {
    failed: AtomicBool,
    failures: Mutex<Vec<(usize, RDKafkaErrorCode)>>,
    first_index_offset: AtomicI64,
    last_index_offset: AtomicI64,
    last_index: AtomicI64,
}

struct TxnContext {
    inner: Context,
    deliveries: Deliveries,
}

impl ClientContext for TxnContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.inner.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for TxnContext {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, index: usize) {
        match result {
            Ok(message) => {
                if index == 0 {
                    self.deliveries.first_index_offset.store(message.offset(), Ordering::Relaxed);
                }
                if index as i64 >= self.deliveries.last_index.load(Ordering::Relaxed) {
                    self.deliveries.last_index.store(index as i64, Ordering::Relaxed);
                    self.deliveries.last_index_offset.store(message.offset(), Ordering::Relaxed);
                }
            }
            Err((error, _)) => {
                let code = error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
                lock(&self.deliveries.failures).push((index, code));
                self.deliveries.failed.store(true, Ordering::Release);
            }
        }
    }
}

/// One lane's producer, with the lane's epoch.
pub struct LaneProducer {
    transactional_id: String,
    producer: Held<BaseProducer<TxnContext>>,
    transaction_timeout: Duration,
    quick: Duration,
    watch: Watch,
}

/// What a lane's producer is made with.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// The lane's, the same for every owner.
    pub transactional_id: &'a str,
    /// `transaction.timeout.ms`.
    pub transaction_timeout: Duration,
    /// Largest record.
    pub message_bytes_max: usize,
    /// A commit that takes less leaves the producer usable; the retry backoff is twice that.
    pub quick: Duration,
}

impl LaneProducer {
    /// Makes the producer and fences whoever held `transactional_id` before: its open transaction is aborted, its later
    /// ones fail. Waits for brokers until `cancelled`.
    ///
    /// # Errors
    /// [`TxnError::Cancelled`], or what librdkafka says where asking again does not help.
    pub fn fence(
        clients: &Clients,
        settings: Settings<'_>,
        watch: &Watch,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, TxnError> {
        let transactional_id = settings.transactional_id;
        let config = clients.transactional(settings);
        let context = TxnContext { inner: clients.context("lane"), deliveries: Deliveries::default() };
        let producer = BaseProducer::from_config_and_context(&config, context).map_err(TxnError::NotCommitted)?;
        let producer = watch.hold(producer);
        loop {
            if cancelled() {
                return Err(TxnError::Cancelled);
            }
            match watch.call("init_transactions", CALL_TIMEOUT, || producer.init_transactions(CALL_TIMEOUT)) {
                Ok(()) => {
                    let Settings { transaction_timeout, quick, .. } = settings;
                    let (transactional_id, watch) = (transactional_id.to_owned(), watch.clone());
                    return Ok(LaneProducer { transactional_id, producer, transaction_timeout, quick, watch });
                }
                Err(error) if is_retriable(&error) => {
                    tracing::debug!(transactional_id, %error, "init_transactions asked again");
                    producer.poll(Duration::from_millis(100));
                }
                Err(error) => return Err(classify(error).forbids(&[Right::TransactionalId("Write", transactional_id)])),
            }
        }
    }

    /// What made `error` of the open transaction. The client purges its queue at the first refusal and takes no more records, so a
    /// record's own failure hides why. Another transaction can't be begun within one: nothing changes, and a transaction that has
    /// failed answers with its cause. `topics` are those of whose records the brokers have not acknowledged all.
    fn cause_of(&self, error: TxnError, topics: &BTreeSet<String>) -> TxnError {
        let written = topics.iter().map(|topic| Right::Topic("Write", topic));
        let needs: Vec<Right<'_>> = written.chain([Right::TransactionalId("Write", &self.transactional_id)]).collect();
        self.first_cause_of(error).forbids(&needs)
    }

    fn first_cause_of(&self, error: TxnError) -> TxnError {
        match self.producer.client().fatal_error() {
            Some((code, _)) if is_fence(code) => TxnError::Fenced(KafkaError::MessageProduction(code)),
            _ if !is_consequence(&error) => error,
            _ => match self.producer.begin_transaction() {
                Err(cause) if code_of(&cause) != Some(RDKafkaErrorCode::State) => classify(cause),
                _ => error,
            },
        }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// [`TxnError::Fenced`] or [`TxnError::NotCommitted`].
    pub fn transaction(&mut self) -> Result<Transaction<'_>, TxnError> {
        let deliveries = &self.producer.context().deliveries;
        lock(&deliveries.failures).clear();
        deliveries.failed.store(false, Ordering::Release);
        for at in [&deliveries.last_index, &deliveries.first_index_offset, &deliveries.last_index_offset] {
            at.store(-1, Ordering::Relaxed);
        }
        self.producer.begin_transaction().map_err(classify)?;
        Ok(Transaction { owner: self, sent: 0, unsettled: BTreeSet::new() })
    }
}

/// An open transaction. Dropped without a commit it leaves the producer to be dropped too: the next owner's
/// `init_transactions` aborts it.
pub struct Transaction<'p> {
    owner: &'p mut LaneProducer,
    sent: usize,
    /// Topics that were sent to since the last time that all was acknowledged.
    unsettled: BTreeSet<String>,
}

impl Transaction<'_> {
    /// Sends one record; its index is the number of records sent before.
    ///
    /// # Errors
    /// What keeps the transaction from being committed.
    pub fn send(
        &mut self,
        topic: &str,
        partition: i32,
        key: Option<&[u8]>,
        value: &[u8],
        headers: Option<OwnedHeaders>,
    ) -> Result<(), TxnError> {
        let index = self.sent;
        if !self.unsettled.contains(topic) {
            self.unsettled.insert(topic.to_owned());
        }
        let mut record =
            BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, index).partition(partition).payload(value);
        record.key = key;
        record.headers = headers;
        loop {
            match self.owner.producer.send(record) {
                Ok(()) => break,
                Err((error, back)) => match error.rdkafka_error_code() {
                    // The local queue is full: deliveries make room. They fail at the latest with the transaction's timeout.
                    Some(RDKafkaErrorCode::QueueFull) => {
                        self.owner.watch.alive();
                        self.owner.producer.poll(Duration::from_millis(5));
                        record = back;
                    }
                    Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                        return Err(TxnError::RecordsTooLarge { refused: vec![index] });
                    }
                    _ => return Err(self.owner.cause_of(classify(error), &self.unsettled)),
                },
            }
        }
        self.sent += 1;
        // Serve delivery reports now and then, so that they do not pile up behind a large batch.
        if self.sent.is_multiple_of(256) {
            self.owner.producer.poll(Duration::ZERO);
        }
        Ok(())
    }

    /// Waits until the brokers have every record that was sent. Waiting here and not in `flush`, which polls in slices of 100 ms.
    ///
    /// # Errors
    /// What keeps the transaction from being committed.
    pub fn settle(&mut self) -> Result<(), TxnError> {
        let producer = &self.owner.producer;
        let deliveries = &producer.context().deliveries;
        let started = Instant::now();
        while producer.in_flight_count() > 0 {
            // The client counts its timeout in whole milliseconds and turns in circles for the rest: a wait of 1 ms is all circle.
            producer.poll(Duration::ZERO);
            self.owner.watch.alive();
            std::thread::sleep(DELIVERY_WAIT);
            if deliveries.failed.load(Ordering::Acquire) || started.elapsed() > self.owner.transaction_timeout {
                break;
            }
        }
        if let Some(error) = first_failure(deliveries) {
            return Err(self.owner.cause_of(error, &self.unsettled));
        }
        if producer.in_flight_count() > 0 {
            return Err(TxnError::NotCommitted(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut)));
        }
        self.unsettled.clear();
        Ok(())
    }

    /// Settles, then commits.
    ///
    /// # Errors
    /// Before the commit was asked for: [`TxnError::NotCommitted`] and its kin. After: [`TxnError::Unknown`].
    pub fn commit(mut self) -> Result<Committed, TxnError> {
        self.settle()?;
        let producer = &self.owner.producer;
        let deliveries = &producer.context().deliveries;
        let asked = Instant::now();
        loop {
            match self
                .owner
                .watch
                .call("commit_transaction", CALL_TIMEOUT, || producer.commit_transaction(CALL_TIMEOUT))
            {
                Ok(()) => {
                    let took = asked.elapsed();
                    let first_offset = deliveries.first_index_offset.load(Ordering::Relaxed);
                    let last_offset = deliveries.last_index_offset.load(Ordering::Relaxed);
                    // A batch that brokers had already, and no longer say where.
                    if self.sent > 0 && first_offset.min(last_offset) < 0 {
                        let code = RDKafkaErrorCode::DuplicateSequenceNumber;
                        return Err(TxnError::Unknown(KafkaError::MessageProduction(code)));
                    }
                    return Ok(Committed { took, first_offset, last_offset, reusable: took < self.owner.quick });
                }
                Err(error) if is_retriable(&error) && asked.elapsed() < 2 * self.owner.transaction_timeout => {
                    tracing::debug!(%error, "commit_transaction asked again");
                }
                Err(error) => {
                    return Err(match classify(error) {
                        TxnError::NotCommitted(error) => TxnError::Unknown(error),
                        other => other,
                    });
                }
            }
        }
    }
}

/// The failure to act on: what is too large has a remedy of its own, so it goes first.
fn first_failure(deliveries: &Deliveries) -> Option<TxnError> {
    if !deliveries.failed.load(Ordering::Acquire) {
        return None;
    }
    let failures = lock(&deliveries.failures);
    let too_large = failures.iter().filter(|(_, code)| *code == RDKafkaErrorCode::MessageSizeTooLarge);
    let refused: Vec<usize> = too_large.map(|(index, _)| *index).collect();
    if !refused.is_empty() {
        return Some(TxnError::RecordsTooLarge { refused });
    }
    failures.first().map(|(_, code)| classify(KafkaError::MessageProduction(*code)))
}

fn is_retriable(error: &KafkaError) -> bool {
    match error {
        KafkaError::Transaction(e) => e.is_retriable() && !e.is_fatal() && !e.txn_requires_abort(),
        _ => false,
    }
}

/// Fenced, or not: everything else is met the same way, by a new producer.
fn classify(error: KafkaError) -> TxnError {
    if code_of(&error).is_some_and(is_fence) { TxnError::Fenced(error) } else { TxnError::NotCommitted(error) }
}

fn code_of(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    match error {
        KafkaError::Transaction(error) => Some(error.code()),
        other => other.rdkafka_error_code(),
    }
}

/// Whether the client failed a record for what had failed before it.
fn is_consequence(error: &TxnError) -> bool {
    use RDKafkaErrorCode as C;
    let TxnError::NotCommitted(error) = error else { return false };
    matches!(code_of(error), Some(C::PurgeQueue | C::PurgeInflight | C::State | C::Fatal))
}

fn is_fence(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as C;
    matches!(code, C::Fenced | C::ProducerFenced | C::InvalidProducerEpoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::topics;
    use crate::stage::shell::Shell;
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

    /// How a transaction fails that the brokers answer so, where its records are waited for and where more are sent.
    fn failures(refusal: RDKafkaRespErr) -> [TxnError; 2] {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        brokers.create_topic("topic", 1, 1).expect("a topic");
        let (shell, _failures) = Shell::simulated(&brokers);
        topics::append(&shell.clients, "topic", 0, b"record").expect("the topic is there");
        let settings = Settings {
            transactional_id: "lane",
            transaction_timeout: Duration::from_secs(20),
            message_bytes_max: 1 << 20,
            quick: QUICK_COMMIT,
        };
        let watch = shell.watchdog.watch("test");
        let make = || LaneProducer::fence(&shell.clients, settings, &watch, &|| false).expect("a producer");
        let send = |txn: &mut Transaction<'_>| txn.send("topic", 0, None, b"record", None);
        let refuse = || brokers.request_errors(RDKafkaApiKey::AddPartitionsToTxn, &[refusal]);
        refuse();
        let mut producer = make();
        let mut txn = producer.transaction().expect("a transaction");
        send(&mut txn).expect("room for a record");
        let waited = txn.settle().expect_err("a refusal");
        refuse();
        let mut producer = make();
        let mut txn = producer.transaction().expect("a transaction");
        let sent = loop {
            match send(&mut txn) {
                Ok(()) => std::thread::sleep(Duration::from_millis(1)),
                Err(error) => break error,
            }
        };
        [waited, sent]
    }

    #[test]
    fn a_right_that_is_missing_is_known_behind_what_the_client_purges() {
        use RDKafkaRespErr as E;
        for (answer, right) in [
            (E::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "Write on topic topic"),
            (E::RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "Write on transactional-id lane"),
            (E::RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, "IdempotentWrite on the cluster"),
        ] {
            for error in failures(answer) {
                let text = error.refusal().unwrap_or_default();
                assert!(text.contains(&format!("Give the principal {right}")), "{error:?}: {text}");
            }
        }
    }

    #[test]
    fn a_fence_is_known_behind_what_the_client_purges() {
        for error in failures(RDKafkaRespErr::RD_KAFKA_RESP_ERR_PRODUCER_FENCED) {
            assert!(matches!(error, TxnError::Fenced(_)), "{error:?}");
        }
    }
}
