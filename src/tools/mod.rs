//! The operator's tools over the topics: what stands in them, whether it adds up, and what may be done about it.
//!
//! ```text
//! sweep       reads ranges of partitions once, up to an end that was fixed before
//! send        records, acknowledged
//! at_rest     refuses to touch what a running group owns
//! verify      conservation over all topics
//! dlq         dead letters, listed, shown and replayed
//! seen        the lanes' memory: judged, explained, forgotten, carried
//! ```
//!
//! What holds: a tool that only reads joins no group, commits nothing and may run beside the stages; whatever is looked at is
//! bounded by offsets that were taken at its beginning.

pub mod at_rest;
pub mod dlq;
pub mod seen;
pub mod send;
pub mod sweep;
pub mod verify;

use rdkafka::consumer::BaseConsumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::kafka::client::{Context, heard};
use crate::kafka::rights::{Right, refusal};

/// Why a tool could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// A broker refused or did not answer.
    #[error("{0}. Check kafka.bootstrap_servers, the permissions, and that the cluster is up")]
    Broker(#[from] KafkaError),
    /// A broker refused a right: which one.
    #[error("{0}")]
    Forbidden(String),
    /// Records were promised and do not come.
    #[error(
        "{topic}/{partition}: nothing came for {waited_s} s at offset {offset} of {end}. A hanging transaction, or a leader that is \
         gone: kafka-transactions.sh find-hanging, kafka-topics.sh --describe"
    )]
    Silent {
        /// The topic.
        topic: String,
        /// Its partition.
        partition: i32,
        /// Read up to here.
        offset: i64,
        /// Of these.
        end: i64,
        /// How long it was waited for.
        waited_s: u64,
    },
    /// Retention or an operator deleted records under the reader.
    #[error("{topic}: records were deleted while they were read. Run it again, or lengthen the topic's retention")]
    Deleted {
        /// The topic.
        topic: String,
    },
    /// The topics are not what the tool needs.
    #[error("{0}")]
    Refused(String),
    /// A file of the tool's could not be read or written.
    #[error("{0}")]
    File(String),
    /// A file holds something else than it should.
    #[error("{0}")]
    Data(String),
}

impl ToolError {
    /// What a failed read of `topic` means.
    fn reading(topic: &str, error: KafkaError) -> Self {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                ToolError::Deleted { topic: topic.to_owned() }
            }
            _ => ToolError::asking(error, &[Right::Topic("Read", topic)]),
        }
    }

    /// What a failed question for the offsets of `reader`'s group means.
    fn asking_group(group: &str, reader: &BaseConsumer<Context>, error: KafkaError) -> Self {
        ToolError::asking(heard(reader, error), &[Right::Group("Describe", group)])
    }

    /// What it means where what was asked takes rights.
    fn asking(error: KafkaError, needs: &[Right<'_>]) -> Self {
        refusal(&error, needs).map_or(ToolError::Broker(error), ToolError::Forbidden)
    }
}
