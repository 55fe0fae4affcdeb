//! Letters back to the pages topic.
//!
//! What holds: a record that is sent back counts its replays in a header, which its next dead letter keeps; at the bound it
//! stays. A letter is marked as replayed behind the acknowledged record, so an interrupted run may send a few again, which
//! dedup absorbs. What fails again during a run is not taken up by it.

use std::collections::HashMap;

use rdkafka::message::{Header, Message, OwnedHeaders};

use super::{CONNECT, Filter, Letter, Listed, Place, REPLAYED_HEADER, headers, list};
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

/// Replays, and tells each letter's fate.
///
/// # Errors
/// Where topics cannot be read or written. Letters told as replayed are.
pub fn replay(
    clients: &Clients,
    config: &Config,
    options: &Options,
    mut tell: impl FnMut(&Letter, &Fate),
) -> Result<(), ToolError> {
    let sweeper = Sweeper::new(clients, config);
    let listed = list(&sweeper, &config.topics.dead_letters, &options.filter)?;
    let mut chosen = Vec::new();
    for letter in &listed.letters {
        match judge(letter, &listed, config, options) {
            None if chosen.len() < options.limit => chosen.push(letter),
            None => {}
            Some(fate) => tell(letter, &fate),
        }
    }
    if options.dry_run {
        chosen.iter().for_each(|letter| tell(letter, &Fate::Replayed));
        return Ok(());
    }
    let sender = Sender::new(clients, config.extract.page_bytes_max)?;
    let run = Run { sweeper: &sweeper, sender: &sender, config };
    run.all(&listed, &chosen, &mut tell)
}

/// Why a letter is not sent back; `None` where it is.
fn judge(letter: &Letter, listed: &Listed, config: &Config, options: &Options) -> Option<Fate> {
    let source = coordinates(letter.source.as_bytes());
    if listed.is_replayed(letter) && !options.again {
        return Some(Fate::Before);
    }
    if letter.stage == "dedup" {
        let why =
            "its content counts as seen: the lane would drop it. Send its page again after `copydesk dedup` forgot it";
        return Some(Fate::Refused(why.to_owned()));
    }
    if source.is_none_or(|(topic, ..)| topic != config.topics.pages) {
        let why = format!("it comes from {}, the configured pages topic is {}", letter.source, config.topics.pages);
        return Some(Fate::Refused(why));
    }
    if letter.replays >= options.replays_max {
        let (times, max) = (letter.replays, options.replays_max);
        let why = format!("it was replayed {times} times and failed again; --replays-max is {max}");
        return Some(Fate::Refused(why));
    }
    None
}

struct Run<'a> {
    sweeper: &'a Sweeper<'a>,
    sender: &'a Sender,
    config: &'a Config,
}

impl Run<'_> {
    fn all(&self, listed: &Listed, chosen: &[&Letter], tell: &mut impl FnMut(&Letter, &Fate)) -> Result<(), ToolError> {
        let topic = &self.config.topics.dead_letters;
        let by_place: HashMap<Place, &Letter> = chosen.iter().map(|letter| (letter.place, *letter)).collect();
        let ranges: Vec<Range> = listed.ranges.iter().filter_map(|range| narrowed(range, &by_place)).collect();
        let bar = Bar::new("replayed", ranges.iter().map(Range::len).sum());
        let mut batch = Batch::default();
        let partitions = self.sweeper.partitions(&self.config.topics.pages)?;
        self.sweeper.read(&ranges, &bar, |message| {
            let Some(letter) = by_place.get(&(message.partition(), message.offset())) else { return Ok(()) };
            let (_, partition, _) = coordinates(letter.source.as_bytes()).expect("judged before");
            let original = headers(message).into_iter().filter(|(name, _)| !is_own(name));
            let back = original
                .fold(OwnedHeaders::new(), |all, (name, value)| all.insert(Header { key: &name, value: Some(&value) }));
            let back = back.insert(Header { key: REPLAYS_HEADER, value: Some(&(letter.replays + 1).to_string()) });
            let whole;
            let value = if letter.is_pointer {
                match self.original(letter)? {
                    Some(found) => {
                        whole = found;
                        &whole
                    }
                    None => {
                        tell(
                            letter,
                            &Fate::Refused(format!("only its first bytes were kept, and {} is gone", letter.source)),
                        );
                        return Ok(());
                    }
                }
            } else {
                message.payload().unwrap_or_default()
            };
            // A topic with fewer partitions than it had: any will do.
            let partition = if partition < partitions { partition } else { partition % partitions };
            self.sender.send(
                &self.config.topics.pages,
                partition,
                letter.original_key.as_deref(),
                Some(value),
                back,
            )?;
            batch.letters.push(letter);
            batch.bytes += value.len();
            if batch.letters.len() >= BATCH_RECORDS || batch.bytes >= BATCH_BYTES {
                self.close(topic, std::mem::take(&mut batch), tell)?;
            }
            Ok(())
        })?;
        self.close(topic, batch, tell)
    }

    /// Marks the batch's letters once their records are acknowledged.
    fn close(&self, topic: &str, batch: Batch<'_>, tell: &mut impl FnMut(&Letter, &Fate)) -> Result<(), ToolError> {
        self.sender.settle()?;
        for letter in &batch.letters {
            let mark = OwnedHeaders::new().insert(Header { key: REPLAYED_HEADER, value: Some(&letter.name()) });
            self.sender.send(topic, letter.place.0, Some(letter.source.as_bytes()), None, mark)?;
        }
        self.sender.settle()?;
        batch.letters.iter().for_each(|letter| tell(letter, &Fate::Replayed));
        Ok(())
    }

    /// The whole value of a record of which the letter holds only the beginning; `None` where it was deleted.
    fn original(&self, letter: &Letter) -> Result<Option<Vec<u8>>, ToolError> {
        let (topic, partition, offset) = coordinates(letter.source.as_bytes()).expect("judged before");
        let there = self.sweeper.now(topic, [partition])?;
        if !(there[0].from..there[0].to).contains(&offset) {
            return Ok(None);
        }
        let range = Range { from: offset, to: offset + 1, ..there[0].clone() };
        let mut value = None;
        self.sweeper.read(&[range], &Bar::hidden(), |message| {
            value = message.payload().map(<[u8]>::to_vec);
            Ok(())
        })?;
        Ok(value)
    }
}

/// Letters whose records are under way.
#[derive(Default)]
struct Batch<'l> {
    letters: Vec<&'l Letter>,
    bytes: usize,
}

/// The part of a partition that holds chosen letters.
fn narrowed(range: &Range, chosen: &HashMap<Place, &Letter>) -> Option<Range> {
    let offsets = || chosen.keys().filter(|(partition, _)| *partition == range.partition).map(|(_, offset)| *offset);
    Some(Range { from: offsets().min()?, to: offsets().max()? + 1, ..range.clone() })
}

/// Headers that a dead letter adds to the record's own.
fn is_own(name: &str) -> bool {
    name.starts_with(CONNECT) || name.starts_with(ORIGINAL) || name == CODE_HEADER || name == REPLAYS_HEADER
}
