//! Records of a tool, acknowledged by all replicas before it goes on.
//!
//! What holds: [`Sender::settle`] succeeds only when every record sent before it is acknowledged.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::ToolError;
use crate::kafka::client::{Clients, Context};
use crate::lock::lock;

/// Longest wait for acknowledgements.
const SETTLE_MAX: Duration = Duration::from_secs(60);

struct Failures {
    inner: Context,
    first: Mutex<Option<KafkaError>>,
}

impl ClientContext for Failures {
    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for Failures {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            lock(&self.first).get_or_insert(error.clone());
        }
    }
}

/// An idempotent producer.
pub struct Sender(BaseProducer<Failures>);

impl Sender {
    /// For records of up to `message_bytes_max`.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn new(clients: &Clients, message_bytes_max: usize) -> Result<Self, ToolError> {
        let context = Failures { inner: clients.context("tools"), first: Mutex::default() };
        let settings = clients.idempotent("tools", message_bytes_max);
        Ok(Sender(BaseProducer::from_config_and_context(&settings, context)?))
    }

    /// Sends one record; its acknowledgement is waited for by [`Sender::settle`].
    ///
    /// # Errors
    /// Where the client refuses it.
    pub fn send(
        &self,
        topic: &str,
        partition: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
    ) -> Result<(), ToolError> {
        let mut record = BaseRecord::<[u8], [u8], ()>::to(topic).partition(partition).headers(headers);
        record.key = key;
        record.payload = value;
        while let Err((error, back)) = self.0.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(error.into());
            }
            self.0.poll(Duration::from_millis(10));
            record = back;
        }
        Ok(())
    }

    /// Waits until all that was sent is acknowledged.
    ///
    /// # Errors
    /// The first failure; or silence for a minute.
    pub fn settle(&self) -> Result<(), ToolError> {
        let begun = Instant::now();
        while self.0.in_flight_count() > 0 {
            self.0.poll(Duration::from_millis(10));
            if begun.elapsed() > SETTLE_MAX {
                return Err(KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut).into());
            }
        }
        match lock(&self.0.context().first).take() {
            None => Ok(()),
            Some(error) => Err(error.into()),
        }
    }
}
