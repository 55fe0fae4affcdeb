//! The configuration: layers merged, checked once, then plain values that the rest of the program trusts.
//!
//! Layers, later wins: the built-in `config/default.toml` (compiled in), the file that `--config` names, the environment
//! (`COPYDESK__SECTION__KEY`), the command line. No file is read that was not named: a `config/default.toml` that happens
//! to lie in the working directory changes nothing.
//!
//! What holds: a [`Config`] has passed every rule; a configuration with problems yields all of them at once; secrets are
//! read from files or the environment and shown as `***`.

mod check;
mod client;
mod layers;
mod problem;
mod settings;
pub mod units;

pub use layers::{DEFAULT_TOML, Loaded, Options, load};
pub use problem::{Problem, Problems};

use crate::clean::CleanLimits;
use crate::expand;
use crate::page::PageLimits;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// What stands wherever a secret would be shown.
pub const MASK: &str = "***";

/// Room that a record takes beside its value within `topics.message_bytes_max` and the like: key, headers, the frame of its batch.
pub const RECORD_OVERHEAD_BYTES: usize = 16 << 10;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// How to reach the brokers.
    pub kafka: Kafka,
    /// The topics by their full names, and how to make them.
    pub topics: Topics,
    /// The first stage.
    pub extract: Extract,
    /// The second stage.
    pub dedup: Dedup,
    /// What both stages share.
    pub run: Run,
    /// The administrative port.
    pub http: Http,
    /// What is logged, and how.
    pub log: Log,
}

/// Which protocol the consumer groups speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupProtocol {
    /// The classic protocol, cooperative-sticky.
    Classic,
    /// KIP-848. A client of this protocol must not set session timeout, heartbeat interval or assignment strategy.
    Consumer,
}

/// What becomes of a candidate whose content is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DedupMode {
    /// It is published.
    Publish,
    /// It counts as seen from now on, and is not published.
    Learn,
}

/// What to do where the broker deleted records before they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnGap {
    /// Stop that partition; an operator decides.
    Stop,
    /// Count what was lost and go on.
    Continue,
}

/// How to reach the brokers.
#[derive(Clone)]
pub struct Kafka {
    /// `HOST:PORT`, comma-separated.
    pub bootstrap_servers: String,
    /// This instance's name to the brokers.
    pub client_id: String,
    /// librdkafka's settings for every client, in order: `bootstrap.servers`, `client.id`, security with its secrets, and
    /// what `[kafka.client]` passes through. Each pair was accepted by librdkafka.
    pub client: Vec<(String, String)>,
    /// The groups' protocol.
    pub group_protocol: GroupProtocol,
    /// Silence after which an instance loses its partitions (classic protocol).
    pub session_timeout: Duration,
    /// Heartbeat of the groups (classic protocol).
    pub heartbeat_interval: Duration,
    /// Longest pause between two polls.
    pub max_poll_interval: Duration,
}

/// The topics by their full names, and how to make them.
#[derive(Clone, Debug)]
pub struct Topics {
    /// Tenant prefix without its dot; may be empty.
    pub prefix: String,
    /// Raw pages; the crawler's topic.
    pub pages: String,
    /// Articles between the stages.
    pub candidates: String,
    /// What dedup has seen.
    pub changelog: String,
    /// The output.
    pub articles: String,
    /// Repeats, where [`Dedup::publish_duplicates`] asks for them.
    pub duplicates: String,
    /// Pages that could not be read.
    pub dead_letters: String,
    /// P: partitions of candidates and changelog.
    pub candidate_partitions: i32,
    /// A: partitions of articles. A divides P or P divides A.
    pub articles_partitions: i32,
    /// Copies of each partition.
    pub replication_factor: i32,
    /// Copies that must have a record before it counts.
    pub min_insync_replicas: i32,
    /// `retention.ms` of candidates.
    pub candidates_retention: Duration,
    /// `segment.ms` of the changelog.
    pub changelog_segment: Duration,
    /// `max.message.bytes` of copydesk's own topics.
    pub message_bytes_max: usize,
}

/// The first stage: pages to candidates.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Consumer group, with the prefix.
    pub group_id: String,
    /// Parsing threads; 0: one for each core. See [`Extract::worker_count`].
    pub workers: usize,
    /// Bytes of pages in work.
    pub inflight_bytes_max: usize,
    /// Bytes of pages that the client reads ahead.
    pub prefetch_bytes_max: usize,
    /// Records in flight, per partition.
    pub inflight_records_max: usize,
    /// Largest page.
    pub page_bytes_max: usize,
    /// Largest event.
    pub event_bytes_max: usize,
    /// Between two commits of offsets.
    pub commit_interval: Duration,
    /// Bytes of an oversized page that its dead letter keeps.
    pub dead_letter_bytes_max: usize,
    /// Deepest nesting that is followed.
    pub depth_max: usize,
    /// Most blocks of a page.
    pub blocks_max: usize,
    /// Deaths of the process during one page's parse, after which the page is a dead letter.
    pub deaths_max: u64,
    /// Headroom of candidates below which no pages are read, in percent of their retention; 0: never.
    pub headroom_percent_min: u64,
    /// Pages that were deleted unread.
    pub on_gap: OnGap,
}

/// The second stage: candidates to articles.
#[derive(Clone, Debug)]
pub struct Dedup {
    /// Consumer group, with the prefix.
    pub group_id: String,
    /// Whether new contents are published.
    pub mode: DedupMode,
    /// How long an article counts as seen, at least.
    pub ttl: Duration,
    /// A transaction's age at which it is committed.
    pub commit_interval: Duration,
    /// A transaction's records at which it is committed.
    pub transaction_records_max: usize,
    /// A transaction's bytes at which it is committed.
    pub transaction_bytes_max: usize,
    /// Bytes of candidates that the client reads ahead.
    pub prefetch_bytes_max: usize,
    /// `{prefix}.dedup.v1`; a lane's transactional id adds `.{partition}`.
    pub transactional_id_prefix: String,
    /// `transaction.timeout.ms` of a lane's producer.
    pub transaction_timeout: Duration,
    /// Lanes that restore at once.
    pub restores_max: usize,
    /// Candidates that were deleted unread.
    pub on_gap: OnGap,
    /// Whether repeats go to [`Topics::duplicates`].
    pub publish_duplicates: bool,
}

/// What both stages share.
#[derive(Clone, Debug)]
pub struct Run {
    /// Deadline for work in flight at a shutdown or rebalance.
    pub drain_timeout: Duration,
    /// How long records of a partition may wait without any being finished, before the instance is not ready.
    pub stall_timeout: Duration,
    /// How often the topics are checked against the configuration.
    pub topics_check_interval: Duration,
}

/// The administrative port.
#[derive(Clone, Debug)]
pub struct Http {
    /// Whether it is opened.
    pub enabled: bool,
    /// Where it listens.
    pub listen: SocketAddr,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Clone, Debug)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// A level or a filter, as `tracing_subscriber::EnvFilter` reads it.
    pub level: String,
}

impl Config {
    /// The core's bounds: what one page may cost, in the stage and in file mode.
    pub fn core_options(&self) -> expand::Options {
        let extract = &self.extract;
        expand::Options {
            page: PageLimits { page_bytes_max: extract.page_bytes_max },
            clean: CleanLimits { depth_max: extract.depth_max, blocks_max: extract.blocks_max },
            event_bytes_max: extract.event_bytes_max,
        }
    }
}

impl Extract {
    /// Parsing threads: the configured number, or the machine's cores.
    pub fn worker_count(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        }
    }
}

impl Topics {
    /// `retention.ms` of the changelog: a hash must outlive its TTL, every candidate that may still meet it, and the
    /// file that holds it.
    pub fn changelog_retention(&self, ttl: Duration) -> Duration {
        ttl + self.candidates_retention + self.changelog_segment
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client: Vec<_> = self.client.iter().map(|(key, value)| (key, client::masked(key, value))).collect();
        f.debug_struct("Kafka")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("client_id", &self.client_id)
            .field("client", &client)
            .field("group_protocol", &self.group_protocol)
            .field("session_timeout", &self.session_timeout)
            .field("heartbeat_interval", &self.heartbeat_interval)
            .field("max_poll_interval", &self.max_poll_interval)
            .finish()
    }
}

#[cfg(test)]
mod tests;
