//! What became of each page: expanded, skipped, dead-lettered, or lost.
//!
//! An event says where its page stands and how many events the page has, so the candidates show which pages were expanded
//! whole. A page that left no trace is read and expanded again: extraction is deterministic, so it says what should be there.

use std::collections::HashSet;

use rdkafka::message::{BorrowedMessage, Message};
use serde::Deserialize;

use crate::article::event::Source;
use crate::expand::{Options, Outcome, expand};
use crate::kafka::{owned_headers, raw_record};
use crate::tools::sweep::Range;

/// Memory of a page's account.
pub const PAGE_BYTES: u64 = 8;
/// Untraced pages that stand so close are read in one go.
const GAP_MAX: i64 = 64;

/// One page's events.
#[derive(Clone, Copy, Default)]
struct Page {
    /// Distinct ones among the candidates.
    seen: u32,
    /// As its events say; 0: none was seen.
    count: u32,
}

/// Sums over the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Pages that are there.
    pub pages: u64,
    /// With all events among the candidates.
    pub expanded: u64,
    /// Without any event, as expanding them again says.
    pub skipped: u64,
    /// With a dead letter.
    pub dead_lettered: u64,
    /// What would say it was deleted.
    pub too_old: u64,
}

impl Sums {
    /// One more page.
    pub fn add(&mut self, fate: &Fate) {
        self.pages += 1;
        match fate {
            Fate::Skipped => self.skipped += 1,
            Fate::TooOld => self.too_old += 1,
            Fate::Lost(_) => {}
        }
    }
}

/// What became of a page without a whole trace.
#[derive(Debug)]
pub enum Fate {
    /// It makes no event.
    Skipped,
    /// What would say more was deleted.
    TooOld,
    /// What lacks, in words.
    Lost(String),
}

/// The part of an event that tells its page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Place on the page.
    pub ordinal: u32,
    /// Events of the page.
    pub article_count: u32,
    /// Where the page stands.
    pub source: Place,
}

/// Coordinates of a page.
#[derive(Deserialize)]
pub struct Place {
    /// Its topic.
    pub topic: Option<String>,
    /// Its partition.
    pub partition: Option<i32>,
    /// Its offset.
    pub offset: Option<i64>,
}

/// The accounts of all pages that extract has committed.
pub struct Pages {
    ranges: Vec<Range>,
    accounts: Vec<Vec<Page>>,
    letters: HashSet<(i32, i64)>,
}

impl Pages {
    /// Nothing known of the pages of `ranges`, one for each partition in order.
    pub fn new(ranges: Vec<Range>) -> Self {
        let accounts = ranges.iter().map(|range| vec![Page::default(); range.len() as usize]).collect();
        Pages { ranges, accounts, letters: HashSet::new() }
    }

    /// Partitions of the pages; 0 where they are left out.
    pub fn partitions(&self) -> usize {
        self.ranges.len()
    }

    /// The place of a page among the accounts; `None` outside of the ranges.
    fn at(&self, partition: i32, offset: i64) -> Option<(usize, usize)> {
        let number = usize::try_from(partition).ok()?;
        let range = self.ranges.get(number).filter(|range| (range.from..range.to).contains(&offset))?;
        Some((number, (offset - range.from) as usize))
    }

    /// An event of the page at these coordinates that was not met before.
    pub fn event(&mut self, partition: i32, offset: i64, count: u32) {
        if let Some((number, index)) = self.at(partition, offset) {
            let page = &mut self.accounts[number][index];
            page.seen += 1;
            page.count = count;
        }
    }

    /// A dead letter of the page at these coordinates.
    pub fn letter(&mut self, partition: i32, offset: i64) {
        if self.at(partition, offset).is_some() {
            self.letters.insert((partition, offset));
        }
    }

    /// The ranges of one partition that have to be read, with their neighbours.
    pub fn untraced(&self, number: usize) -> Vec<Range> {
        let range = &self.ranges[number];
        let mut found: Vec<Range> = Vec::new();
        for (offset, page) in (range.from..).zip(&self.accounts[number]) {
            if self.is_clear(range.partition, offset, *page) {
                continue;
            }
            match found.last_mut() {
                Some(last) if offset - last.to <= GAP_MAX => last.to = offset + 1,
                _ => found.push(Range { from: offset, to: offset + 1, ..range.clone() }),
            }
        }
        found
    }

    fn is_clear(&self, partition: i32, offset: i64, page: Page) -> bool {
        (page.count > 0 && page.seen >= page.count) || self.letters.contains(&(partition, offset))
    }

    /// The sums over what needs no reading.
    pub fn clear(&self) -> Sums {
        let mut sums = Sums::default();
        for (range, accounts) in self.ranges.iter().zip(&self.accounts) {
            for (offset, page) in (range.from..).zip(accounts) {
                // A letter decides: of a page whose event was too large, others may be there.
                if self.letters.contains(&(range.partition, offset)) {
                    sums.dead_lettered += 1;
                } else if self.is_clear(range.partition, offset, *page) {
                    sums.expanded += 1;
                }
            }
        }
        sums.pages = sums.expanded + sums.dead_lettered;
        sums
    }

    /// What became of a page that was read and is not clear. What is older than `evidence_ms` may have left traces that were
    /// deleted since.
    pub fn judge(&self, message: &BorrowedMessage<'_>, options: &Options, evidence_ms: i64) -> Option<Fate> {
        let (partition, offset) = (message.partition(), message.offset());
        let (number, index) = self.at(partition, offset)?;
        let page = self.accounts[number][index];
        if self.is_clear(partition, offset, page) {
            return None;
        }
        let time_ms = message.timestamp().to_millis().unwrap_or(0);
        let what = match outcome(message, options) {
            Outcome::Skipped(_) if page.count == 0 => return Some(Fate::Skipped),
            _ if time_ms < evidence_ms => return Some(Fate::TooOld),
            Outcome::Expanded(events) => format!("{} of {} events are among the candidates", page.seen, events.len()),
            Outcome::Skipped(_) => format!("{} of {} events are among the candidates", page.seen, page.count),
            Outcome::Rejected(fault) => format!("no dead letter, though it cannot be read ({})", fault.code.as_str()),
        };
        Some(Fate::Lost(format!("page {}/{partition}/{offset}: {what}", message.topic())))
    }
}

fn outcome(message: &BorrowedMessage<'_>, options: &Options) -> Outcome {
    let headers = owned_headers(message);
    expand(
        &raw_record(message, &headers),
        &Source::kafka(message.topic(), message.partition(), message.offset()),
        options,
    )
}
