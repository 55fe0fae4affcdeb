//! The other end: articles as a consumer of them reads them, and the counters that tell when all is done.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use crate::article::event::ArticleEvent;
use crate::config::Config;
use crate::kafka::client::{Clients, Context};
use crate::metrics::{ArticleOutcome, PageOutcome, Snapshot};

/// A consumer of all partitions of `articles`, from their beginning, committed records only.
///
/// # Errors
/// Where librdkafka refuses.
pub fn open(clients: &Clients, config: &Config) -> Result<BaseConsumer<Context>, KafkaError> {
    let consumer = clients.reader("demo", config.topics.message_bytes_max)?;
    let mut list = TopicPartitionList::new();
    for partition in 0..config.topics.articles_partitions {
        list.add_partition_offset(&config.topics.articles, partition, Offset::Offset(0))?;
    }
    consumer.assign(&list)?;
    Ok(consumer)
}

/// The next article; `None` where none comes for a moment.
pub fn next(articles: &BaseConsumer<Context>) -> Option<ArticleEvent> {
    let message = match articles.poll(Duration::from_millis(100))? {
        Ok(message) => message,
        Err(error) => {
            tracing::debug!(%error, "reading articles");
            return None;
        }
    };
    let event = serde_json::from_slice(message.payload().unwrap_or_default());
    event
        .inspect_err(|error| {
            let (partition, offset) = (message.partition(), message.offset());
            tracing::error!(partition, offset, "an article that is no event: {error}");
        })
        .ok()
}

/// What of `sent` pages and their candidates is not accounted for yet; `None` when all is.
pub fn missing(snapshot: &Snapshot, sent: u64) -> Option<String> {
    let pages: u64 = PageOutcome::ALL.iter().map(|outcome| snapshot.pages(*outcome)).sum();
    if pages < sent || snapshot.inflight_bytes > 0 {
        return Some(format!("{pages} of {sent} pages read, {} bytes in flight", snapshot.inflight_bytes));
    }
    let decided = decided(snapshot);
    (decided < snapshot.candidates).then(|| format!("{decided} of {} candidates decided", snapshot.candidates))
}

/// Candidates that are published, duplicates or dead letters. Pages too are dead letters: those are not counted here.
fn decided(snapshot: &Snapshot) -> u64 {
    let letters: u64 = snapshot.errors.iter().map(|(_, count)| count).sum();
    let of_candidates = letters.saturating_sub(snapshot.pages(PageOutcome::DeadLettered));
    snapshot.articles(ArticleOutcome::Published) + snapshot.articles(ArticleOutcome::Duplicate) + of_candidates
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Code;
    use crate::metrics::{Metrics, Stage};
    use crate::split::draft::Kind;
    use prometheus::Registry;

    #[test]
    fn all_is_done_only_when_every_page_and_candidate_is_accounted_for() {
        let metrics = Metrics::new(&Registry::new()).unwrap();
        let missing = |sent| missing(&metrics.snapshot(), sent);
        metrics.page(PageOutcome::Expanded, 10);
        metrics.page(PageOutcome::Skipped, 10);
        assert!(missing(3).is_some_and(|text| text.starts_with("2 of 3 pages")));
        metrics.page(PageOutcome::DeadLettered, 10);
        metrics.error(Stage::Extract, Code::EnvelopeNotJson);
        assert_eq!(missing(3), None);
        metrics.candidates(3);
        metrics.articles(ArticleOutcome::Published, Kind::Article, 1);
        metrics.articles(ArticleOutcome::Duplicate, Kind::Article, 1);
        assert_eq!(missing(3).as_deref(), Some("2 of 3 candidates decided"), "a page's dead letter is no candidate's");
        metrics.error(Stage::Dedup, Code::EventTooLarge);
        assert_eq!(missing(3), None);
    }
}
