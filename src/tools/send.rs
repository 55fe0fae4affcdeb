//! Records of a tool, and what became of each.
//!
//! What holds: [`Sender::settle`] calls a record sent only when all replicas acknowledged it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::ToolError;
use crate::kafka::client::{Clients, Context};
use crate::lock::lock;

/// Longest wait for acknowledgements.
const SETTLE_MAX: Duration = Duration::from_secs(60);

/// Records since the producer's last settling.
#[derive(Default)]
struct Pending {
    /// Number of the first of them.
    first: usize,
    /// What became of each, once it is known.
    outcomes: Vec<Option<KafkaResult<()>>>,
}

struct Deliveries {
    inner: Context,
    pending: Mutex<Pending>,
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    /// The record's number.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let mut pending = lock(&self.pending);
        // What comes after its settling gave up waiting is of no use any more.
        let index = number.checked_sub(pending.first);
        if let Some(outcome) = index.and_then(|index| pending.outcomes.get_mut(index)) {
            *outcome = Some(result.as_ref().map(|_| ()).map_err(|(error, _)| error.clone()));
        }
    }
}

/// An idempotent producer.
pub struct Sender(BaseProducer<Deliveries>);

impl Sender {
    /// For records of up to `message_bytes_max`.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn new(clients: &Clients, message_bytes_max: usize) -> Result<Self, ToolError> {
        let context = Deliveries { inner: clients.context("tools"), pending: Mutex::default() };
        let mut settings = clients.idempotent(message_bytes_max);
        // Brokers refuse a batch as a whole: one record each, so that a verdict is about that record.
        settings.set("batch.num.messages", "1");
        Ok(Sender(BaseProducer::from_config_and_context(&settings, context)?))
    }

    /// Sends one record; what becomes of it is told by [`Sender::settle`].
    ///
    /// # Errors
    /// Where the client refuses it; then nothing was sent, and it does not count.
    pub fn send(
        &self,
        topic: &str,
        partition: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> KafkaResult<()> {
        let number = self.expect();
        let mut record =
            BaseRecord::<[u8], [u8], usize>::with_opaque_to(topic, number).partition(partition).headers(headers);
        record.key = key;
        record.payload = value;
        while let Err((error, back)) = self.0.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                lock(&self.0.context().pending).outcomes.pop();
                return Err(error);
            }
            self.0.poll(Duration::from_millis(10));
            record = back;
        }
        Ok(())
    }

    /// The next record's number.
    fn expect(&self) -> usize {
        let mut pending = lock(&self.0.context().pending);
        pending.outcomes.push(None);
        pending.first + pending.outcomes.len() - 1
    }

    /// Waits for the acknowledgements; what became of each record since the last settling, in the order that they were sent. Those
    /// of which nothing was heard for a minute have timed out, and may or may not have arrived.
    pub fn settle(&self) -> Vec<KafkaResult<()>> {
        let begun = Instant::now();
        while self.0.in_flight_count() > 0 && begun.elapsed() <= SETTLE_MAX {
            self.0.poll(Duration::from_millis(10));
        }
        let mut pending = lock(&self.0.context().pending);
        pending.first += pending.outcomes.len();
        let silent = KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
        std::mem::take(&mut pending.outcomes).into_iter().map(|known| known.unwrap_or(Err(silent.clone()))).collect()
    }
}
