//! Reads ranges of partitions once, from an offset up to an end that was fixed before.
//!
//! What holds: every committed record of a range is handed over, in order within its partition, or the sweep fails. The end
//! is reached when the client's position says so: transaction markers count, end-of-partition events do not.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rdkafka::Offset;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::ToolError;
use crate::config::Config;
use crate::kafka::changelog::is_passing;
use crate::kafka::client::{Clients, Context, REQUEST_TIMEOUT, partition_count};

const POLL: Duration = Duration::from_millis(100);
/// Between two looks at the positions while records come.
const LOOK: Duration = Duration::from_secs(1);

/// A part of one partition: offsets from `from` up to, not including, `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The first offset.
    pub from: i64,
    /// The first offset that is not part of it.
    pub to: i64,
}

impl Range {
    /// Offsets in it; transaction markers among them.
    pub fn len(&self) -> u64 {
        (self.to - self.from).max(0) as u64
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.to <= self.from
    }
}

/// A bar on standard error, where that is a terminal.
pub struct Bar(ProgressBar);

impl Bar {
    /// A bar over `total` records, with `what` before it.
    pub fn new(what: &'static str, total: u64) -> Self {
        let bar = if io::stderr().is_terminal() { ProgressBar::new(total) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg:24} {bar:30} {human_pos} of {human_len}  {eta} left") {
            bar.set_style(style);
        }
        bar.set_message(what);
        Bar(bar)
    }

    /// None at all.
    pub fn hidden() -> Self {
        Bar(ProgressBar::hidden())
    }

    /// So many more are done.
    pub fn add(&self, count: u64) {
        self.0.inc(count);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// What all sweeps of a tool share.
#[derive(Clone)]
pub struct Sweeper<'a> {
    clients: &'a Clients,
    /// Silence that counts as failure.
    patience: Duration,
    message_bytes_max: usize,
}

impl<'a> Sweeper<'a> {
    /// Sweeps over the topics of `config`. Silence is borne for twice as long as the brokers let a transaction live.
    pub fn new(clients: &'a Clients, config: &Config) -> Self {
        let message_bytes_max = config.extract.page_bytes_max.max(config.topics.message_bytes_max);
        Sweeper { clients, patience: 2 * config.dedup.transaction_timeout, message_bytes_max }
    }

    /// A consumer of no group.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn reader(&self) -> Result<BaseConsumer<Context>, ToolError> {
        Ok(self.clients.reader("tools", self.message_bytes_max)?)
    }

    /// The same, which may ask for the committed offsets of `group`.
    ///
    /// # Errors
    /// Where librdkafka refuses the settings.
    pub fn group_reader(&self, group: &str) -> Result<BaseConsumer<Context>, ToolError> {
        Ok(self.clients.group_reader("tools", group, self.message_bytes_max)?)
    }

    /// The partitions of `topic`.
    ///
    /// # Errors
    /// Where it does not exist, or no broker answers.
    pub fn partitions(&self, topic: &str) -> Result<i32, ToolError> {
        let count = partition_count(&self.reader()?, topic)?;
        count.map(|count| count as i32).ok_or_else(|| {
            let text = format!(
                "topic {topic} does not exist. Check [topics] of the configuration, or run `copydesk topics create`"
            );
            ToolError::Refused(text)
        })
    }

    /// All that is committed now in `partitions` of `topic`: up to the oldest open transaction, not what stands in it or
    /// behind it.
    ///
    /// # Errors
    /// Where no broker answers.
    pub fn now(&self, topic: &str, partitions: impl IntoIterator<Item = i32>) -> Result<Vec<Range>, ToolError> {
        watermarks(&self.reader()?, topic, partitions)
    }

    /// All that stands now in `partitions` of `topic`, what is not committed yet included: [`Sweeper::read`] waits for it, and
    /// fails where a transaction hangs.
    ///
    /// # Errors
    /// Where no broker answers.
    pub fn standing(&self, topic: &str, partitions: impl IntoIterator<Item = i32>) -> Result<Vec<Range>, ToolError> {
        let mut settings = self.clients.admin();
        // By a client's isolation level the brokers answer with the end of what is committed, or with the end.
        settings.set("isolation.level", "read_uncommitted");
        let asker = BaseConsumer::from_config_and_context(&settings, self.clients.context("tools"))?;
        watermarks(&asker, topic, partitions)
    }

    /// The time of the range's first record, ms since the epoch; `None` where nothing is left in it.
    ///
    /// # Errors
    /// As [`Sweeper::read`].
    pub fn first_time_ms(&self, range: &Range) -> Result<Option<i64>, ToolError> {
        let mut first = None;
        let mut from = range.from;
        // A window at a time: most often the first record is the first offset.
        while first.is_none() && from < range.to {
            let to = (from + 100).min(range.to);
            self.read(&[Range { from, to, ..range.clone() }], &Bar::hidden(), |message| {
                first = first.or(message.timestamp().to_millis());
                Ok(())
            })?;
            from = to;
        }
        Ok(first)
    }

    /// Hands every committed record of `ranges`, which name each partition of one topic once, to `each`.
    ///
    /// # Errors
    /// Where records do not come, were deleted meanwhile, or `each` fails.
    pub fn read(
        &self,
        ranges: &[Range],
        bar: &Bar,
        mut each: impl FnMut(&BorrowedMessage<'_>) -> Result<(), ToolError>,
    ) -> Result<(), ToolError> {
        let mut open: HashMap<i32, Reading<'_>> = HashMap::new();
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            open.insert(range.partition, Reading { range, next: range.from });
        }
        let reader = self.reader()?;
        reader.assign(&starts(&open)?)?;
        let (mut progress, mut look) = (Instant::now(), Instant::now());
        while !open.is_empty() {
            match reader.poll(POLL) {
                Some(Ok(message)) => {
                    if let Some(reading) = open.get_mut(&message.partition()) {
                        if message.offset() < reading.range.to {
                            each(&message)?;
                        }
                        bar.add(reading.advance(message.offset() + 1));
                        progress = Instant::now();
                    }
                    if look.elapsed() < LOOK {
                        continue;
                    }
                }
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => return Err(ToolError::reading(&ranges[0].topic, error)),
                None => {}
            }
            look = Instant::now();
            if take_positions(&reader, &mut open, bar)? {
                progress = Instant::now();
            }
            if let Some(reading) = open.values().next().filter(|_| progress.elapsed() > self.patience) {
                return Err(reading.silent(progress.elapsed()));
            }
        }
        Ok(())
    }
}

fn watermarks(
    client: &BaseConsumer<Context>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
) -> Result<Vec<Range>, ToolError> {
    let range = |partition| {
        let (from, to) = client.fetch_watermarks(topic, partition, REQUEST_TIMEOUT)?;
        Ok(Range { topic: topic.to_owned(), partition, from, to })
    };
    partitions.into_iter().map(range).collect()
}

/// How far one range is read.
struct Reading<'r> {
    range: &'r Range,
    next: i64,
}

impl Reading<'_> {
    /// Goes on to `next`; the number of offsets that this is further, within the range.
    fn advance(&mut self, next: i64) -> u64 {
        let before = self.next.min(self.range.to);
        self.next = self.next.max(next);
        (self.next.min(self.range.to) - before) as u64
    }

    fn silent(&self, waited: Duration) -> ToolError {
        ToolError::Silent {
            topic: self.range.topic.clone(),
            partition: self.range.partition,
            offset: self.next,
            end: self.range.to,
            waited_s: waited.as_secs(),
        }
    }
}

fn starts(open: &HashMap<i32, Reading<'_>>) -> Result<TopicPartitionList, ToolError> {
    let mut list = TopicPartitionList::new();
    for (partition, reading) in open {
        list.add_partition_offset(&reading.range.topic, *partition, Offset::Offset(reading.next))?;
    }
    Ok(list)
}

/// Takes over how far the client is, markers included, and closes what is read. True where anything moved.
fn take_positions(
    reader: &BaseConsumer<Context>,
    open: &mut HashMap<i32, Reading<'_>>,
    bar: &Bar,
) -> Result<bool, ToolError> {
    let mut moved = false;
    let mut done = TopicPartitionList::new();
    for element in reader.position()?.elements() {
        let Some(reading) = open.get_mut(&element.partition()) else { continue };
        if let Offset::Offset(position) = element.offset() {
            let further = reading.advance(position);
            bar.add(further);
            moved |= further > 0;
        }
        if reading.next >= reading.range.to {
            done.add_partition(element.topic(), element.partition());
        }
    }
    for element in done.elements() {
        open.remove(&element.partition());
    }
    if done.count() > 0 && !open.is_empty() {
        // What comes behind the end of a range is not fetched any more.
        reader.pause(&done)?;
    }
    Ok(moved)
}
