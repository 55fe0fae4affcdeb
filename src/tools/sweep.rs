//! Reads ranges of partitions once, from an offset up to an end that was fixed before.
//!
//! What holds: every committed record of a range is handed over, in order within its partition, or the sweep fails. The end
//! is reached when the client's position says so: transaction markers count, end-of-partition events do not.

use std::collections::{HashMap, VecDeque};
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
use crate::kafka::client::{Clients, Context, REQUEST_TIMEOUT, partition_count, watermarks};
use crate::kafka::rights::{Right, refusal};

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

    /// A consumer that joins no group.
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
        let count = partition_count(&self.clients.asker("tools")?, topic);
        let count = count.map_err(|error| ToolError::reading(topic, error))?;
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
        ranges(&self.clients.asker("tools")?, topic, partitions)
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
        ranges(&asker, topic, partitions)
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

    /// Hands every committed record of `ranges` of one topic to `each`; those of a partition are in order and apart.
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
            let first = || Reading { ranges: VecDeque::new(), next: range.from };
            open.entry(range.partition).or_insert_with(first).ranges.push_back(range);
        }
        let reader = self.reader()?;
        reader.assign(&starts(&open)?)?;
        let (mut progress, mut look) = (Instant::now(), Instant::now());
        while !open.is_empty() {
            match reader.poll(POLL) {
                Some(Ok(message)) => {
                    let mut is_within = true;
                    if let Some(reading) = open.get_mut(&message.partition()) {
                        if reading.wants(message.offset()) {
                            each(&message)?;
                        }
                        bar.add(reading.advance(message.offset() + 1));
                        progress = Instant::now();
                        is_within = reading.is_within();
                    }
                    if is_within && look.elapsed() < LOOK {
                        continue;
                    }
                }
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => {
                    let group = Right::Group("Describe", self.clients.readers_group_id());
                    return Err(match refusal(&error, &[group]) {
                        Some(text) => ToolError::Forbidden(text),
                        None => ToolError::reading(&ranges[0].topic, error),
                    });
                }
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

fn ranges(
    client: &BaseConsumer<Context>,
    topic: &str,
    partitions: impl IntoIterator<Item = i32>,
) -> Result<Vec<Range>, ToolError> {
    let range = |partition| {
        let asked = watermarks(client, topic, partition, REQUEST_TIMEOUT);
        let (from, to) = asked.map_err(|error| ToolError::reading(topic, error))?;
        Ok(Range { topic: topic.to_owned(), partition, from, to })
    };
    partitions.into_iter().map(range).collect()
}

/// How far the ranges of one partition are read.
struct Reading<'r> {
    /// What is left of them; the first is the one that is read.
    ranges: VecDeque<&'r Range>,
    next: i64,
}

impl Reading<'_> {
    /// Whether the record at `offset` is asked for.
    fn wants(&self, offset: i64) -> bool {
        self.ranges.front().is_some_and(|range| (range.from..range.to).contains(&offset))
    }

    /// Goes on to `next`, which is at the end of a range or within it; the number of offsets that this is further within ranges.
    fn advance(&mut self, next: i64) -> u64 {
        let mut further = 0;
        while let Some(range) = self.ranges.front() {
            further += (next.min(range.to) - self.next.max(range.from)).max(0) as u64;
            if next < range.to {
                break;
            }
            self.ranges.pop_front();
        }
        self.next = self.next.max(next);
        further
    }

    /// Whether the next record belongs to a range.
    fn is_within(&self) -> bool {
        self.ranges.front().is_some_and(|range| range.from <= self.next)
    }

    /// Goes to the next range, where it lies further on.
    fn jump(&mut self) -> bool {
        let from = self.ranges.front().map(|range| range.from).filter(|from| *from > self.next);
        from.into_iter().for_each(|from| self.next = from);
        from.is_some()
    }

    fn silent(&self, waited: Duration) -> ToolError {
        let Range { topic, partition, to, .. } = self.ranges[0];
        let (topic, waited_s) = (topic.clone(), waited.as_secs());
        ToolError::Silent { topic, partition: *partition, offset: self.next, end: *to, waited_s }
    }
}

fn starts(open: &HashMap<i32, Reading<'_>>) -> Result<TopicPartitionList, ToolError> {
    let mut list = TopicPartitionList::new();
    for (partition, reading) in open {
        if let Some(range) = reading.ranges.front() {
            list.add_partition_offset(&range.topic, *partition, Offset::Offset(reading.next))?;
        }
    }
    Ok(list)
}

/// Takes over how far the client is, markers included, closes what is read, and goes to ranges that lie further on. True where
/// anything moved.
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
        if reading.ranges.is_empty() {
            done.add_partition(element.topic(), element.partition());
        }
    }
    for element in done.elements() {
        open.remove(&element.partition());
    }
    let jumped = open.values_mut().map(Reading::jump).filter(|jumped| *jumped).count();
    if jumped > 0 {
        reader.assign(&starts(open)?)?;
    } else if done.count() > 0 && !open.is_empty() {
        // What comes behind the end of a range is not fetched any more.
        reader.pause(&done)?;
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_ranges_is_jumped_over_and_not_counted() {
        let range = |from, to| Range { topic: "pages".into(), partition: 0, from, to };
        let ranges = [range(3, 5), range(5, 6), range(90, 92)];
        let mut reading = Reading { ranges: ranges.iter().collect(), next: 3 };
        let wanted = |reading: &Reading<'_>| (0..100).filter(|offset| reading.wants(*offset)).collect::<Vec<i64>>();
        assert_eq!((wanted(&reading), reading.is_within()), (vec![3, 4], true));
        assert_eq!((reading.advance(4), reading.is_within(), reading.jump()), (1, true, false));
        // Behind the end of a range that another one follows at once.
        assert_eq!((reading.advance(5), reading.is_within(), reading.jump()), (1, true, false));
        assert_eq!((wanted(&reading), reading.next), (vec![5], 5));
        // The client hands over what comes behind a range, too.
        assert_eq!((reading.advance(6), reading.advance(8), reading.is_within()), (1, 0, false));
        assert_eq!((reading.jump(), reading.next, wanted(&reading)), (true, 90, vec![90, 91]));
        // Where a transaction's end stands behind the last record.
        assert_eq!((reading.advance(93), reading.ranges.is_empty(), reading.is_within()), (2, true, false));
    }
}
