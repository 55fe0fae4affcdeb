//! The parsing threads: the core on one page after the other, and the records that come of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};

use super::ticket::Ticket;
use crate::article::event::{ArticleEvent, Source};
use crate::article::kafka_form;
use crate::config::RECORD_OVERHEAD_BYTES;
use crate::dedup::lane_of;
use crate::expand::{self, Options, Outcome, expand_with};
use crate::fault::{Code, Fault};
use crate::kafka::changelog::key_of_hash;
use crate::kafka::client::Context;
use crate::kafka::dead_letters::{Bounds, dead_letter};
use crate::kafka::rights::{Right, refusal};
use crate::kafka::{KIND_HEADER, PAGE_TIME_HEADER, owned_headers, raw_record, record_bytes};
use crate::metrics::{PageOutcome, Stage, Step};
use crate::page::RawRecord;
use crate::stage::shell::{Failure, Shell};

/// Work for a parsing thread.
pub enum Job {
    /// A page.
    Page(Arc<Ticket>),
    /// A page that ended the process so many times, to be dead-lettered unparsed.
    Bury(Arc<Ticket>, u64),
    /// The broker refused one of the page's events as too large.
    EventRefused(Arc<Ticket>, usize),
    /// The broker refused the page's dead letter as too large.
    LetterRefused(Arc<Ticket>),
}

/// Hears of deliveries.
struct Deliveries {
    inner: Context,
    shell: Arc<Shell>,
    jobs: Sender<Job>,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.inner.on_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.inner.on_error(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Arc<Ticket>) {
        let is_letter = |topic: &str| topic == self.shell.config.topics.dead_letters;
        match result {
            Ok(message) => {
                if !is_letter(message.topic()) {
                    self.shell.metrics.candidates(1);
                }
                self.shell.metrics.step(Step::Acknowledge, ticket.taken.elapsed());
                ticket.done();
            }
            Err((error, message)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                let bytes = record_bytes(message);
                let pointer_bytes_max = self.shell.config.extract.dead_letter_bytes_max + RECORD_OVERHEAD_BYTES;
                let job = match (is_letter(message.topic()), bytes > pointer_bytes_max) {
                    (false, _) => Job::EventRefused(ticket, bytes),
                    (true, true) => Job::LetterRefused(ticket),
                    (true, false) => {
                        let topic = message.topic();
                        let text =
                            format!("{topic} refuses a dead letter of {bytes} bytes: raise its max.message.bytes");
                        return self.shell.fail(Failure::Config(text));
                    }
                };
                // The workers outlive the producer's deliveries.
                let _ = self.jobs.send(job);
            }
            // The producer purges what is left when it ends, and only then: the drain was cut short, or the partition has another
            // owner. That is no failure of the brokers'.
            Err((error, message)) if is_purged(error) => {
                tracing::debug!(topic = message.topic(), %error, "not delivered before the end");
            }
            // The ticket stays open: its offset is not committed, and the page is read again after the restart.
            Err((error, message)) => {
                let topic = message.topic();
                let text = refusal(error, &[Right::Topic("Write", topic)]).unwrap_or_else(|| error.to_string());
                self.shell.fail(Failure::Broker(format!("a record for {topic} was not delivered: {text}")));
            }
        }
    }
}

fn is_purged(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::PurgeQueue | RDKafkaErrorCode::PurgeInflight))
}

/// The parsing threads and their producer.
pub struct Workers {
    jobs: Sender<Job>,
    closing: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    producer: Arc<ThreadedProducer<Deliveries>>,
}

/// One parsing thread.
struct Worker {
    shell: Arc<Shell>,
    jobs: Receiver<Job>,
    producer: Arc<ThreadedProducer<Deliveries>>,
    options: Options,
    closing: Arc<AtomicBool>,
}

impl Workers {
    /// Starts `extract.workers` threads.
    ///
    /// # Errors
    /// Where librdkafka refuses the producer's settings.
    pub fn start(shell: &Arc<Shell>) -> Result<Self, KafkaError> {
        let config = &shell.config;
        let (jobs, receive) = unbounded();
        let settings = producer(shell);
        let context =
            Deliveries { inner: shell.clients.context("extract"), shell: Arc::clone(shell), jobs: jobs.clone() };
        let producer = Arc::new(ThreadedProducer::from_config_and_context(&settings, context)?);
        let closing = Arc::new(AtomicBool::new(false));
        let threads = (0..config.extract.worker_count())
            .map(|number| {
                let worker = Worker {
                    shell: Arc::clone(shell),
                    jobs: receive.clone(),
                    producer: Arc::clone(&producer),
                    options: config.core_options(),
                    closing: Arc::clone(&closing),
                };
                shell.spawn(format!("extract-{number}"), move || worker.run())
            })
            .collect();
        Ok(Workers { jobs, closing, threads, producer })
    }

    /// Hands a page over. Bounded by the budget and the windows.
    pub fn take(&self, ticket: Arc<Ticket>) {
        self.give(Job::Page(ticket));
    }

    /// Hands a page over that ended the process `deaths` times: a pointer to it goes to the dead letters.
    pub fn bury(&self, ticket: Arc<Ticket>, deaths: u64) {
        self.give(Job::Bury(ticket, deaths));
    }

    /// Without a worker left the run has failed already, and the page's offset is not committed.
    fn give(&self, job: Job) {
        let _ = self.jobs.send(job);
    }

    /// Ends the threads, once their queue is empty.
    pub fn close(self) {
        self.closing.store(true, Ordering::Release);
        for thread in self.threads {
            // A panic was reported where it happened.
            let _ = thread.join();
        }
        // Nothing is purged that was not delivered: the offsets behind it are not committed.
        if let Err(error) = self.producer.flush(Duration::from_millis(500)) {
            tracing::debug!(%error, "candidates still in flight at the end; they are made again at the next start");
        }
    }
}

/// The client takes no more, KiB.
const QUEUE_KIB_MAX: usize = 2_097_151;

/// Settings of the producer. What waits for brokers is bounded as the pages are, which it is made of, and by one record more, so
/// that the largest has room: compressed pages may give many times their size, and the client's own bound is a gigabyte.
fn producer(shell: &Shell) -> ClientConfig {
    let config = &shell.config;
    let message_bytes_max = config.extract.page_bytes_max.max(config.topics.message_bytes_max);
    let mut settings = shell.clients.idempotent(message_bytes_max);
    let queue_bytes_max = config.extract.inflight_bytes_max.saturating_add(message_bytes_max);
    settings.set("queue.buffering.max.kbytes", (queue_bytes_max / 1024).clamp(1, QUEUE_KIB_MAX).to_string());
    settings
}

impl Worker {
    fn run(&self) {
        loop {
            match self.jobs.recv_timeout(Duration::from_millis(100)) {
                // The partition has another owner, who does it. Here it stays undone, whoever asks the window.
                Ok(Job::Page(ticket)) if ticket.is_revoked() => drop(ticket),
                Ok(Job::Page(ticket)) => self.page(&ticket),
                Ok(Job::Bury(ticket, deaths)) => {
                    let bytes = ticket.message.payload().map_or(0, <[u8]>::len);
                    self.shell.metrics.page(PageOutcome::DeadLettered, bytes);
                    let what = format!("the process ended {deaths} times while it parsed this page");
                    self.letter(&ticket, &Fault::new(Code::KilledProcess, what), true);
                    ticket.done();
                }
                Ok(Job::EventRefused(ticket, bytes)) => {
                    let what = format!("an event of {bytes} bytes is larger than its topic's max.message.bytes");
                    self.letter(&ticket, &Fault::new(Code::EventTooLarge, what), false);
                    ticket.done();
                }
                Ok(Job::LetterRefused(ticket)) => {
                    let what = "the page is larger than the dead-letter topic's max.message.bytes";
                    self.letter(&ticket, &Fault::new(Code::PageTooLarge, what), true);
                    ticket.done();
                }
                Err(RecvTimeoutError::Timeout) if !self.closing.load(Ordering::Acquire) => {}
                Err(_) => return,
            }
        }
    }

    fn page(&self, ticket: &Arc<Ticket>) {
        let metrics = &self.shell.metrics;
        metrics.step(Step::Queue, ticket.taken.elapsed());
        let message = &ticket.message;
        let headers = owned_headers(message);
        let time_ms = message.timestamp().to_millis().unwrap_or(0);
        let record = raw_record(message, &headers);
        let source = Source::kafka(message.topic(), message.partition(), message.offset());
        let mut since = Instant::now();
        let outcome = expand_with(&record, &source, &self.options, |done| {
            let now = Instant::now();
            metrics.step(step(done), now - since);
            since = now;
        });
        let bytes = message.payload().map_or(0, <[u8]>::len);
        match outcome {
            Outcome::Expanded(events) => {
                metrics.page(PageOutcome::Expanded, bytes);
                for event in &events {
                    metrics.warnings(event.extraction.warnings.iter().map(AsRef::as_ref));
                    self.candidate(ticket, event, &record);
                }
            }
            Outcome::Skipped(reason) => {
                metrics.page(PageOutcome::Skipped, bytes);
                metrics.skipped(reason);
            }
            Outcome::Rejected(fault) => {
                metrics.page(PageOutcome::DeadLettered, bytes);
                self.letter(ticket, &fault, false);
            }
        }
        metrics.last_record(Stage::Extract, time_ms);
        ticket.set_parsed();
        ticket.done();
    }

    fn candidate(&self, ticket: &Arc<Ticket>, event: &ArticleEvent, record: &RawRecord<'_>) {
        let encoded = kafka_form::encode(event);
        let own = kafka_form::headers(event, record);
        let mut headers = OwnedHeaders::new_with_capacity(own.len() + 2);
        for (key, value) in &own {
            headers = headers.insert(Header { key, value: Some(value) });
        }
        let page_time_ms = record.time.as_millisecond().to_string();
        headers = headers.insert(Header { key: KIND_HEADER, value: Some(encoded.kind.as_str()) });
        headers = headers.insert(Header { key: PAGE_TIME_HEADER, value: Some(&page_time_ms) });
        let topics = &self.shell.config.topics;
        let partition = lane_of(&encoded.hash16, topics.candidate_partitions as u32) as i32;
        let key = key_of_hash(&encoded.hash16);
        self.send(ticket, &topics.candidates, Some(partition), &key, &encoded.json, headers);
    }

    /// Sends the page's dead letter; `pointer` keeps only the first bytes whatever the size.
    fn letter(&self, ticket: &Arc<Ticket>, fault: &Fault, pointer: bool) {
        let config = &self.shell.config;
        self.shell.metrics.error(Stage::Extract, fault.code);
        let record_bytes_max = if pointer { 0 } else { config.extract.page_bytes_max };
        let bounds = Bounds { record_bytes_max, head_bytes: config.extract.dead_letter_bytes_max };
        let letter = dead_letter(&ticket.message, "extract", fault, bounds);
        self.send(ticket, &config.topics.dead_letters, None, letter.key.as_bytes(), letter.value, letter.headers);
    }

    fn send(
        &self,
        ticket: &Arc<Ticket>,
        topic: &str,
        partition: Option<i32>,
        key: &[u8],
        value: &[u8],
        headers: OwnedHeaders,
    ) {
        if !cfg!(feature = "mutant-commit-before-ack") {
            ticket.sending();
        }
        let mut record = BaseRecord::with_opaque_to(topic, Arc::clone(ticket)).key(key).payload(value).headers(headers);
        record.partition = partition;
        while let Err((error, back)) = self.producer.send(record) {
            match error.rdkafka_error_code() {
                // Deliveries make room; while the brokers are away this is the back-pressure.
                Some(RDKafkaErrorCode::QueueFull) if !self.closing.load(Ordering::Acquire) => {
                    std::thread::sleep(Duration::from_millis(5));
                    record = back;
                }
                // The ticket stays open: the page is read again at the next start.
                Some(RDKafkaErrorCode::QueueFull) => return,
                _ => return self.shell.fail(Failure::Broker(format!("sending to {topic}: {error}"))),
            }
        }
    }
}

/// The metric's step of a core's step.
fn step(done: expand::Step) -> Step {
    match done {
        expand::Step::Decode => Step::Decode,
        expand::Step::Clean => Step::Clean,
        expand::Step::Split => Step::Split,
        expand::Step::Event => Step::Event,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::mocking::MockCluster;
    use rdkafka::producer::BaseProducer;

    #[test]
    fn what_waits_for_brokers_is_bounded_in_bytes() {
        let brokers = MockCluster::new(1).expect("a simulated broker");
        let (shell, _failures) = Shell::simulated(&brokers);
        // Nobody listens there.
        let producer: BaseProducer =
            producer(&shell).set("bootstrap.servers", "127.0.0.1:9").create().expect("a producer");
        let value = vec![b'a'; 1 << 20];
        let taken = (0..1_000).take_while(|_| producer.send(BaseRecord::<(), _>::to("topic").payload(&value)).is_ok());
        let (taken, extract) = (taken.count() << 20, &shell.config.extract);
        let bounds = extract.inflight_bytes_max..=extract.inflight_bytes_max + extract.page_bytes_max;
        assert!(bounds.contains(&taken), "{taken} bytes");
    }
}
