//! The crawler's part: pages into the pages topic, as records of every form that copydesk reads.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use super::pages::{GROWN_ABOVE_LIMIT_BYTES, Page};
use crate::config::Config;
use crate::kafka::client::{Clients, Context};
use crate::lock::lock;

/// Between two pages: the articles come one after the other, and a reader can follow.
const PACE: Duration = Duration::from_millis(50);
/// How long the brokers may take to acknowledge the last pages.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(30);

struct Sender {
    inner: Context,
    failure: Arc<Mutex<Option<KafkaError>>>,
}

impl ClientContext for Sender {
    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for Sender {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            lock(&self.failure).get_or_insert_with(|| error.clone());
        }
    }
}

/// Sends `pages` in their order, each to its partition, and waits until the brokers have them all. Stops early where
/// `over` is set.
///
/// # Errors
/// Where a page is not taken.
pub fn send(clients: &Clients, config: &Config, pages: &[Page], over: &AtomicBool) -> Result<(), KafkaError> {
    let page_bytes_max = config.extract.page_bytes_max;
    let failure = Arc::new(Mutex::new(None));
    let context = Sender { inner: clients.context("demo"), failure: Arc::clone(&failure) };
    let settings = clients.idempotent(page_bytes_max + GROWN_ABOVE_LIMIT_BYTES);
    let producer: BaseProducer<Sender> = BaseProducer::from_config_and_context(&settings, context)?;
    for page in pages {
        if over.load(Ordering::Acquire) {
            return Ok(());
        }
        let (value, headers) = (page.value(page_bytes_max), page.headers());
        let mut record = BaseRecord::<str, [u8], ()>::to(&config.topics.pages).partition(page.partition).key(page.url);
        record.payload = value.as_deref();
        producer.send(record.headers(in_order(&headers))).map_err(|(error, _)| error)?;
        producer.poll(Duration::ZERO);
        std::thread::sleep(PACE);
    }
    producer.flush(ACKNOWLEDGED_WITHIN)?;
    lock(&failure).take().map_or(Ok(()), Err)
}

fn in_order(headers: &[(String, Vec<u8>)]) -> OwnedHeaders {
    headers.iter().fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(value) }))
}
