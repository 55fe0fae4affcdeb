//! Letters back to the pages topic.
//!
//! What holds: a record that is sent back counts its replays in a header, which its next dead letter keeps; at the bound it
//! stays. A letter is marked as replayed once its record is acknowledged, also where the run fails for another letter; a run
//! that is killed may have sent a few that the next one sends again, which dedup absorbs. What fails again during a run is not
//! taken up by it. A letter that cannot be sent back stays, and holds up none behind it.

use std::borrow::Cow;
use std::collections::HashMap;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Header, Message, OwnedHeaders};

use super::{CONNECT, Filter, Letter, Listed, Place, REPLAYED_HEADER, headers, list, none};
use crate::config::Config;
use crate::kafka::client::Clients;
use crate::kafka::dead_letters::{CODE_HEADER, ORIGINAL, REPLAYS_HEADER};
use crate::tools::ToolError;
use crate::tools::send::Sender;
use crate::tools::sweep::{Bar, Range, Sweeper};
use crate::tools::verify::coordinates;

/// Records sent before their acknowledgements are waited for.
const BATCH_RECORDS: usize = 200;
/// Bytes of them.
const BATCH_BYTES: usize = 32 << 20;

/// What to replay.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which letters.
    pub filter: Filter,
    /// Also those that were replayed before.
    pub again: bool,
    /// A record that was replayed so often stays.
    pub replays_max: u32,
    /// At most so many, the oldest first.
    pub limit: usize,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What became of a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Sent back; in a dry run, would be.
    Replayed,
    /// Was sent back before.
    Before,
    /// Stays, and why.
    Refused(String),
}

/// A letter that goes back, and where its page stood in the pages topic.
#[derive(Clone, Copy)]
struct Chosen<'l> {
    letter: &'l Letter,
    partition: i32,
    offset: i64,
}

/// Replays, and tells each letter's fate.
///
/// # Errors
/// Where a name is no letter's, or topics cannot be read or written. Letters told as replayed are, and are marked.
pub fn replay(
    clients: &Clients,
    config: &Config,
    options: &Options,
    mut tell: impl FnMut(&Letter, &Fate),
) -> Result<(), ToolError> {
    let sweeper = Sweeper::new(clients, config);
    let listed = list(&sweeper, &config.topics.dead_letters, &options.filter)?;
    require_named(&listed, &config.topics.dead_letters, &options.filter)?;
    let mut chosen = Vec::new();
    for letter in &listed.letters {
        match judge(letter, &listed, config, options) {
            Ok(one) if chosen.len() < options.limit => chosen.push(one),
            Ok(_) => {}
            Err(fate) => tell(letter, &fate),
        }
    }
    if options.dry_run {
        chosen.iter().for_each(|one| tell(one.letter, &Fate::Replayed));
        return Ok(());
    }
    let sender = Sender::new(clients, config.extract.page_bytes_max)?;
    let partitions = sweeper.partitions(&config.topics.pages)?;
    let run = Run { sweeper: &sweeper, sender: &sender, config, partitions };
    run.all(&listed, &chosen, &mut tell)
}

/// Refuses a name that is no letter's.
fn require_named(listed: &Listed, topic: &str, filter: &Filter) -> Result<(), ToolError> {
    let is_there = |name: &str| listed.letters.iter().any(|letter| letter.is_named(name));
    let which = if filter.codes.is_empty() && filter.since_ms == 0 { "" } else { " that --code and --since take" };
    let missing = filter.names.iter().find(|name| !is_there(name));
    missing.map_or(Ok(()), |name| Err(none(topic, name, which)))
}

/// Whether a letter goes back; else what becomes of it.
fn judge<'l>(letter: &'l Letter, listed: &Listed, config: &Config, options: &Options) -> Result<Chosen<'l>, Fate> {
    if listed.is_replayed(letter) && !options.again {
        return Err(Fate::Before);
    }
    if letter.stage == "dedup" {
        let why =
            "its content counts as seen: the lane would drop it. Send its page again after `copydesk dedup` forgot it";
        return Err(Fate::Refused(why.to_owned()));
    }
    let source = coordinates(letter.source.as_bytes()).filter(|(topic, ..)| *topic == config.topics.pages);
    let Some((_, partition, offset)) = source else {
        let why = format!("it comes from {}, the configured pages topic is {}", letter.source, config.topics.pages);
        return Err(Fate::Refused(why));
    };
    if letter.replays >= options.replays_max {
        let (times, max) = (letter.replays, options.replays_max);
        let why = format!("it was replayed {times} times and failed again; --replays-max is {max}");
        return Err(Fate::Refused(why));
    }
    if letter.value_bytes > config.extract.page_bytes_max as u64 {
        return Err(too_large(letter, config));
    }
    Ok(Chosen { letter, partition, offset })
}

/// Extract, the producer or the brokers would refuse the page.
fn too_large(letter: &Letter, config: &Config) -> Fate {
    let (bytes, max, topic) = (letter.value_bytes, config.extract.page_bytes_max, &config.topics.pages);
    Fate::Refused(format!(
        "its page has {bytes} bytes, extract.page_bytes_max is {max}: raise extract.page_bytes_max, and max.message.bytes of \
         {topic}, to hold it first"
    ))
}

fn is_too_large(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}

struct Run<'a> {
    sweeper: &'a Sweeper<'a>,
    sender: &'a Sender,
    config: &'a Config,
    /// Of the pages topic.
    partitions: i32,
}

impl Run<'_> {
    fn all(
        &self,
        listed: &Listed,
        chosen: &[Chosen<'_>],
        tell: &mut impl FnMut(&Letter, &Fate),
    ) -> Result<(), ToolError> {
        let by_place: HashMap<Place, Chosen<'_>> = chosen.iter().map(|one| (one.letter.place, *one)).collect();
        let ranges: Vec<Range> = listed.ranges.iter().filter_map(|range| narrowed(range, &by_place)).collect();
        let bar = Bar::new("replayed", ranges.iter().map(Range::len).sum());
        let mut batch = Batch::default();
        let read = self.sweeper.read(&ranges, &bar, |message| {
            let Some(one) = by_place.get(&(message.partition(), message.offset())) else { return Ok(()) };
            match self.send(message, one)? {
                Ok(bytes) => batch.add(one.letter, bytes),
                Err(fate) => tell(one.letter, &fate),
            }
            if batch.is_full() { self.close(std::mem::take(&mut batch), tell) } else { Ok(()) }
        });
        // Whatever ended the reading: what is under way arrives, and has to be marked.
        read.and(self.close(batch, tell))
    }

    /// Sends a letter's page; its bytes, or why it stays.
    fn send(&self, message: &BorrowedMessage<'_>, one: &Chosen<'_>) -> Result<Result<usize, Fate>, ToolError> {
        let letter = one.letter;
        let kept = message.payload().unwrap_or_default();
        let page = match letter.is_pointer {
            true => self.original(one, kept)?,
            false => {
                Some(Page { key: letter.original_key.clone(), value: Cow::Borrowed(kept), headers: headers(message) })
            }
        };
        let Some(Page { key, value, headers }) = page else {
            let why = format!("only a part of it was kept, and {} is gone", letter.source);
            return Ok(Err(Fate::Refused(why)));
        };
        let back = headers
            .into_iter()
            .filter(|(name, _)| !is_own(name))
            .fold(OwnedHeaders::new(), |all, (name, value)| all.insert(Header { key: &name, value: Some(&value) }));
        let back = back.insert(Header { key: REPLAYS_HEADER, value: Some(&(letter.replays + 1).to_string()) });
        // A topic with fewer partitions than it had: any will do.
        let partition = one.partition.rem_euclid(self.partitions);
        match self.sender.send(&self.config.topics.pages, partition, key.as_deref(), Some(&value), back) {
            Ok(()) => Ok(Ok(value.len())),
            Err(error) if is_too_large(&error) => Ok(Err(too_large(letter, self.config))),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the batch's acknowledgements, and marks the letters that have theirs.
    fn close(&self, batch: Batch<'_>, tell: &mut impl FnMut(&Letter, &Fate)) -> Result<(), ToolError> {
        let (mut sent, mut failed) = (Vec::new(), None);
        for (letter, outcome) in batch.letters.into_iter().zip(self.sender.settle()) {
            match outcome {
                Ok(()) => sent.push(letter),
                Err(error) if is_too_large(&error) => tell(letter, &too_large(letter, self.config)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        for letter in &sent {
            let mark = OwnedHeaders::new().insert(Header { key: REPLAYED_HEADER, value: Some(&letter.name()) });
            let (topic, partition) = (&self.config.topics.dead_letters, letter.place.0);
            self.sender.send(topic, partition, Some(letter.source.as_bytes()), None, mark)?;
        }
        for (letter, outcome) in sent.into_iter().zip(self.sender.settle()) {
            match outcome {
                Ok(()) => tell(letter, &Fate::Replayed),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The whole of a record whose value begins with `kept`; `None` where the record is no longer there.
    fn original(&self, one: &Chosen<'_>, kept: &[u8]) -> Result<Option<Page<'static>>, ToolError> {
        if !(0..self.partitions).contains(&one.partition) {
            return Ok(None);
        }
        let there = self.sweeper.now(&self.config.topics.pages, [one.partition])?;
        if !(there[0].from..there[0].to).contains(&one.offset) {
            return Ok(None);
        }
        let range = Range { from: one.offset, to: one.offset + 1, ..there[0].clone() };
        let mut page = None;
        let read = self.sweeper.read(&[range], &Bar::hidden(), |message| {
            page = Some(Page {
                key: message.key().map(<[u8]>::to_vec),
                value: Cow::Owned(message.payload().unwrap_or_default().to_vec()),
                headers: headers(message),
            });
            Ok(())
        });
        match read {
            Err(ToolError::Deleted { .. }) => return Ok(None),
            read => read?,
        }
        // A topic that was made anew has another record there.
        Ok(page.filter(|page| page.value.len() as u64 == one.letter.value_bytes && page.value.starts_with(kept)))
    }
}

/// A page as it goes back, but for its count of replays.
struct Page<'m> {
    key: Option<Vec<u8>>,
    value: Cow<'m, [u8]>,
    headers: Vec<(String, Vec<u8>)>,
}

/// Letters whose records are under way, in the order that they were sent.
#[derive(Default)]
struct Batch<'l> {
    letters: Vec<&'l Letter>,
    bytes: usize,
}

impl<'l> Batch<'l> {
    fn add(&mut self, letter: &'l Letter, bytes: usize) {
        self.letters.push(letter);
        self.bytes += bytes;
    }

    fn is_full(&self) -> bool {
        self.letters.len() >= BATCH_RECORDS || self.bytes >= BATCH_BYTES
    }
}

/// The part of a partition that holds chosen letters.
fn narrowed(range: &Range, chosen: &HashMap<Place, Chosen<'_>>) -> Option<Range> {
    let offsets = || chosen.keys().filter(|(partition, _)| *partition == range.partition).map(|(_, offset)| *offset);
    Some(Range { from: offsets().min()?, to: offsets().max()? + 1, ..range.clone() })
}

/// Headers that a dead letter adds to the record's own.
fn is_own(name: &str) -> bool {
    name.starts_with(CONNECT) || name.starts_with(ORIGINAL) || name == CODE_HEADER || name == REPLAYS_HEADER
}
