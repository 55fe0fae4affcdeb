//! `verify`: does everything that stands in the topics add up?
//!
//! - pages = expanded + skipped + dead-lettered, for all pages that extract has committed;
//! - candidates = published + duplicates, for all candidates that a lane's changelog calls decided;
//! - every hash stands in `articles` once within its TTL, and nothing is remembered without its article.
//!
//! It may run beside the stages: what is upstream is bounded first and what is downstream read after it, transactions that are
//! open there waited for, so all that must be there is there. What retention has deleted is no evidence; it is counted as too
//! old to tell, never as lost, unless it was deleted before it was read.
//!
//! Memory: an account for each hash and a mark for each event, of one pass; the lanes are divided into as many passes as the
//! bound asks for, each of which reads the articles again. Pages take a few bytes each, in all passes.

mod account;
mod lanes;
mod pages;
mod topics;

pub use self::topics::coordinates;

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rdkafka::message::BorrowedMessage;
use rustc_hash::FxHashSet;

use self::account::{ACCOUNT_BYTES, Accounts, Wrong};
use self::lanes::Lanes;
use self::pages::{Fate, Origin, PAGE_BYTES, Pages};
use super::ToolError;
use super::sweep::{Bar, Range, Sweeper};
use crate::config::Config;
use crate::kafka::client::Clients;
use crate::lock::lock;

/// What to verify, and how dearly.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether pages are accounted for too.
    pub pages: bool,
    /// Memory to stay within, roughly.
    pub memory_bytes_max: u64,
    /// Of each kind of finding, so many are listed.
    pub listed_max: usize,
}

/// What does not add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A page without its events and without a dead letter.
    PageLost,
    /// Pages of a partition that were deleted before extract had committed them.
    PagesDeleted,
    /// Candidates of a lane that were deleted before it had decided them.
    CandidatesDeleted,
    /// A candidate without its article.
    ArticleLost,
    /// A content published more than once.
    Doubled,
    /// An article that no candidate and no lane accounts for.
    Unexplained,
    /// A changelog record that cannot be read.
    Unreadable,
}

impl Finding {
    /// Every kind, in the order of the report.
    pub const ALL: [Finding; 7] = [
        Finding::PageLost,
        Finding::PagesDeleted,
        Finding::CandidatesDeleted,
        Finding::ArticleLost,
        Finding::Doubled,
        Finding::Unexplained,
        Finding::Unreadable,
    ];

    /// As the report calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Finding::PageLost => "pages lost",
            Finding::PagesDeleted => "pages deleted unread",
            Finding::CandidatesDeleted => "candidates deleted undecided",
            Finding::ArticleLost => "articles lost",
            Finding::Doubled => "articles doubled",
            Finding::Unexplained => "articles unexplained",
            Finding::Unreadable => "changelog records unreadable",
        }
    }
}

/// Findings: all are counted, the first of each kind are kept.
#[derive(Debug)]
pub struct Findings {
    listed_max: usize,
    counts: [u64; Finding::ALL.len()],
    listed: Vec<String>,
}

impl Findings {
    fn new(listed_max: usize) -> Self {
        Findings { listed_max, counts: Default::default(), listed: Vec::new() }
    }

    /// One more of `kind`.
    pub fn add(&mut self, kind: Finding, text: impl FnOnce() -> String) {
        let count = &mut self.counts[kind as usize];
        if *count < self.listed_max as u64 {
            self.listed.push(format!("{}: {}", kind.as_str(), text()));
        }
        *count += 1;
    }

    /// How many of `kind`.
    pub fn count(&self, kind: Finding) -> u64 {
        self.counts[kind as usize]
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The first of each kind, in words.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// Sums over the pages; `None` where they were left out.
    pub pages: Option<pages::Sums>,
    /// Pages that extract has not committed yet.
    pub pages_ahead: u64,
    /// Sums over the hashes.
    pub hashes: account::Sums,
    /// Records among the candidates that are none; each needs a dead letter.
    pub invalid: u64,
    /// Candidates that no lane had decided.
    pub candidates_ahead: u64,
    /// What does not add up.
    pub findings: Findings,
    /// What nothing can be said of, though something is there.
    pub unjudged: Vec<String>,
    /// In how many passes the hashes were read.
    pub passes: usize,
}

impl Report {
    /// Whether all was judged and adds up.
    pub fn is_ok(&self) -> bool {
        self.findings.total() == 0 && self.unjudged.is_empty()
    }

    /// The report as lines for a person.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let old = |count: u64| if count > 0 { format!(" + {count} too old to tell") } else { String::new() };
        if let Some(p) = &self.pages {
            let lost = self.findings.count(Finding::PageLost);
            lines.push(format!(
                "pages       {} = {} expanded + {} skipped + {} dead-lettered{} + {lost} lost; {} not read yet",
                p.pages,
                p.expanded,
                p.skipped,
                p.dead_lettered,
                old(p.too_old),
                self.pages_ahead
            ));
        }
        let h = &self.hashes;
        let lost = self.findings.count(Finding::ArticleLost);
        let duplicates = h.candidates - h.first.min(h.candidates);
        lines.push(format!(
            "candidates  {} = {} first of their content + {} duplicates + {} invalid; {} not decided yet",
            h.candidates + self.invalid,
            h.first,
            duplicates,
            self.invalid,
            self.candidates_ahead
        ));
        lines.push(format!(
            "articles    {} published, {} of them again after the TTL; {} learned, {} dead-lettered{}; {} doubled, {lost} lost, {} unexplained",
            h.published,
            h.again,
            h.learned,
            h.dead,
            old(h.too_old),
            self.findings.count(Finding::Doubled),
            self.findings.count(Finding::Unexplained)
        ));
        lines.extend(self.findings.listed().iter().cloned());
        lines.extend(self.unjudged.iter().cloned());
        lines.push(match (self.findings.total(), self.unjudged.len()) {
            (0, 0) => "ok: nothing lost, nothing doubled".to_owned(),
            (0, unjudged) => format!("not judged: {unjudged}; no findings in the rest"),
            (total, 0) => format!("findings: {total}"),
            (total, unjudged) => format!("findings: {total}; not judged: {unjudged}"),
        });
        lines
    }
}

/// Reads the topics and adds up.
///
/// # Errors
/// Where topics cannot be read; what does not add up is a finding and no error.
pub fn verify(clients: &Clients, config: &Config, options: &Options) -> Result<Report, ToolError> {
    let sweeper = Sweeper::new(clients, config);
    let lanes = config.topics.candidate_partitions;
    let pages = if options.pages { topics::pages(&sweeper, config)? } else { topics::Committed::default() };
    let pages_ahead = pages.ahead;
    let passes = passes(&sweeper, config, options, &pages.ranges)?;
    let mut run = Run {
        sweeper,
        config,
        findings: Findings::new(options.listed_max),
        unjudged: Vec::new(),
        hashes: account::Sums::default(),
        invalid: 0,
        candidates_ahead: 0,
        evidence_ms: 0,
        pages: Pages::new(Vec::new()),
    };
    run.committed(pages);
    for pass in 0..passes as i32 {
        run.hashes((0..lanes).filter(|lane| lane % passes as i32 == pass).collect())?;
    }
    let pages = if options.pages { Some(run.pages()?) } else { None };
    Ok(Report {
        pages,
        pages_ahead,
        hashes: run.hashes,
        invalid: run.invalid,
        candidates_ahead: run.candidates_ahead,
        findings: run.findings,
        unjudged: run.unjudged,
        passes,
    })
}

/// As many passes as keep the accounts within the bound, at most one for each lane.
fn passes(sweeper: &Sweeper<'_>, config: &Config, options: &Options, pages: &[Range]) -> Result<usize, ToolError> {
    let count = |topic: &str| -> Result<u64, ToolError> {
        let ranges = sweeper.now(topic, 0..sweeper.partitions(topic)?)?;
        Ok(ranges.iter().map(Range::len).sum())
    };
    let pages: u64 = pages.iter().map(Range::len).sum::<u64>() * PAGE_BYTES;
    let events = if options.pages { count(&config.topics.candidates)? * topics::EVENT_BYTES } else { 0 };
    let hashes = count(&config.topics.articles)? * ACCOUNT_BYTES + events;
    let room = options.memory_bytes_max.saturating_sub(pages);
    let lanes = config.topics.candidate_partitions as u64;
    let passes = hashes.div_ceil(room.max(1)).max(1);
    if passes > lanes {
        let needed = (pages + hashes.div_ceil(lanes)) >> 20;
        let text = format!(
            "about {needed} MiB are needed, --memory-max allows {} MiB. Raise it, or leave the pages out with --no-pages",
            options.memory_bytes_max >> 20
        );
        return Err(ToolError::Refused(text));
    }
    Ok(passes as usize)
}

/// A verification under way.
struct Run<'a> {
    sweeper: Sweeper<'a>,
    config: &'a Config,
    pages: Pages,
    findings: Findings,
    unjudged: Vec<String>,
    hashes: account::Sums,
    invalid: u64,
    candidates_ahead: u64,
    /// Of what is older, traces may have been deleted.
    evidence_ms: i64,
}

impl Run<'_> {
    /// Takes over what extract has committed, and tells what it never will.
    fn committed(&mut self, pages: topics::Committed) {
        for Range { topic, partition, from, to } in &pages.deleted {
            self.findings.add(Finding::PagesDeleted, || {
                format!("{topic}/{partition}: offsets {from} to {}, by retention or by hand", to - 1)
            });
        }
        if pages.is_empty && pages.ahead > 0 {
            self.unjudged.push(format!(
                "nothing to judge in {}: the group {} has committed no offsets, so none of {} pages was checked. Has extract                  run? If it has, its offsets are gone: see offsets.retention.minutes",
                self.config.topics.pages, self.config.extract.group_id, pages.ahead
            ));
        }
        self.pages = Pages::new(pages.ranges);
    }

    /// One pass: the hashes of these lanes.
    fn hashes(&mut self, lanes: Vec<i32>) -> Result<(), ToolError> {
        let mut accounts = Accounts::new(self.config.dedup.ttl.as_millis() as u64);
        let mut lanes = Lanes::new(&lanes, self.config.topics.candidate_partitions);
        self.changelogs(&mut lanes, &mut accounts)?;
        let letters = self.dead_letters(&lanes, &mut accounts)?;
        self.articles(&mut lanes, &mut accounts)?;
        self.candidates(&mut lanes, &letters, &mut accounts)?;
        let findings = &mut self.findings;
        let evidence =
            |hash: &_| lanes.of(hash).and_then(|lane| lanes.get(lane)).map_or_else(Default::default, |l| l.evidence);
        accounts.judge(evidence, &mut self.hashes, |hash, wrong| {
            let hash = format!("{:032x}", u128::from_be_bytes(*hash));
            match wrong {
                Wrong::Doubled(times) => findings.add(Finding::Doubled, || format!("{hash}, {times} times too often")),
                Wrong::Lost => {
                    findings.add(Finding::ArticleLost, || format!("{hash}; see `copydesk dedup explain {hash}`"))
                }
                Wrong::Unexplained => findings.add(Finding::Unexplained, || {
                    format!("{hash}: no candidate and no lane accounts for it; who else writes to the topic?")
                }),
            }
        });
        Ok(())
    }

    /// The pages, once all candidates and dead letters are known. Those without a trace are read again, as many partitions at once
    /// as there are cores: each has a client of its own, whose thread unpacks while this one expands.
    fn pages(&mut self) -> Result<pages::Sums, ToolError> {
        let untraced: Vec<Vec<Range>> =
            (0..self.pages.partitions()).map(|number| self.pages.untraced(number)).collect();
        let bar = Bar::new("pages without a trace", untraced.iter().flatten().map(Range::len).sum());
        let (options, work) = (self.config.core_options(), AtomicUsize::new(0));
        let told = Mutex::new((self.pages.clear(), &mut self.findings));
        let (sweeper, pages, evidence_ms) = (&self.sweeper, &self.pages, self.evidence_ms);
        let judge = |message: &BorrowedMessage<'_>| {
            if let Some(fate) = pages.judge(message, &options, evidence_ms) {
                let (sums, findings) = &mut *lock(&told);
                sums.add(&fate);
                if let Fate::Lost(what) = fate {
                    findings.add(Finding::PageLost, || what);
                }
            }
            Ok(())
        };
        let read = || {
            while let Some(ranges) = untraced.get(work.fetch_add(1, Ordering::Relaxed)) {
                sweeper.read(ranges, &bar, judge)?;
            }
            Ok(())
        };
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(untraced.len());
        std::thread::scope(|scope| -> Result<(), ToolError> {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(read)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?;
        Ok(told.into_inner().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// An event that was met among the candidates, if it is of a page that is accounted for.
    fn origin(&mut self, seen: &mut FxHashSet<u128>, value: &[u8]) {
        let Ok(origin) = serde_json::from_slice::<Origin>(value) else { return };
        let place = &origin.source;
        let (Some(partition), Some(offset)) = (place.partition, place.offset) else { return };
        if place.topic.as_deref() != Some(self.config.topics.pages.as_str()) {
            return;
        }
        // A page that was read twice made the same events twice.
        let mark = (partition as u128) << 96 | (offset as u128) << 32 | u128::from(origin.ordinal);
        if seen.insert(mark) {
            self.pages.event(partition, offset, origin.article_count);
        }
    }
}
