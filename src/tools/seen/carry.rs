//! The seen-set carried elsewhere: into a file, from a file into lanes, into another number of lanes.
//!
//! What holds: only whole lanes are taken out; hashes are brought in as learned segments, oldest first: one that is new to its lane
//! counts at least as long as it did, one that the lane knows as long as the lane says. A file goes into any number of lanes, one
//! lane's hashes in memory at a time.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use rustc_hash::FxHashMap;

use super::look::look;
use super::owner::Pen;
use crate::config::Config;
use crate::dedup::restore::Restored;
use crate::dedup::snapshot::{Head, Reader, SnapshotError, Writer};
use crate::dedup::{HASH_VERSION, Hash16, lane_of};
use crate::kafka::client::{Clients, REQUEST_TIMEOUT, partition_count, watermarks};
use crate::kafka::topics::{self, Made, TopicsError};
use crate::tools::sweep::{Bar, Range, Sweeper};
use crate::tools::{ToolError, at_rest};

/// Takes all lanes' hashes out into `path`, which must not exist; their number. Nothing is left behind where it fails.
///
/// # Errors
/// Where a lane's log can't be relied on, topics cannot be read or the file not be written.
pub fn export(clients: &Clients, config: &Config, path: &Path) -> Result<u64, ToolError> {
    let file = File::create_new(path).map_err(|error| ToolError::File(format!("{}: {error}", path.display())))?;
    let exported = export_into(clients, config, BufWriter::new(file), path);
    if exported.is_err() {
        // What is left has no end and would be refused; better nothing.
        let _ = std::fs::remove_file(path);
    }
    exported
}

fn export_into(clients: &Clients, config: &Config, out: BufWriter<File>, path: &Path) -> Result<u64, ToolError> {
    let failed = |error: std::io::Error| ToolError::File(format!("{}: {error}", path.display()));
    let sweeper = Sweeper::new(clients, config);
    let lanes = 0..config.topics.candidate_partitions;
    let total: u64 = sweeper.now(&config.topics.changelog, lanes.clone())?.iter().map(Range::len).sum();
    let bar = Bar::new("changelog", total);
    let ttl_ms = config.dedup.ttl.as_millis() as u64;
    let mut writer = Writer::new(out, Head { hash_version: HASH_VERSION, ttl_ms }).map_err(failed)?;
    for lane in lanes {
        let state = look(&sweeper, config, lane, &bar)?.map_err(|fault| ToolError::lane(lane, &fault))?;
        for (time_ms, hashes) in buckets(&state, ttl_ms) {
            writer.add(time_ms, &hashes).map_err(failed)?;
        }
    }
    writer.finish().map_err(failed)
}

/// The table's hashes by bucket, oldest first, under the last time that the bucket may stand for: a hash that is brought in
/// counts from there and is never forgotten earlier than it was.
fn buckets(state: &Restored, ttl_ms: u64) -> Vec<(i64, Vec<Hash16>)> {
    let width_ms = i64::try_from(ttl_ms.div_ceil(8)).unwrap_or(i64::MAX);
    let mut buckets: FxHashMap<i64, Vec<Hash16>> = FxHashMap::default();
    for (hash, begin_ms) in state.table.iter() {
        let end_ms = begin_ms.saturating_add(width_ms - 1).min(state.lane_time_ms);
        buckets.entry(end_ms).or_default().push(hash);
    }
    let mut buckets: Vec<_> = buckets.into_iter().collect();
    buckets.sort_unstable_by_key(|(time_ms, _)| *time_ms);
    buckets
}

/// What an import did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Hashes in the file.
    pub read: u64,
    /// Of these, new to their lanes.
    pub added: u64,
}

/// Brings the hashes of `path` into the lanes of `config`. A dry run reads the file and looks at the lanes.
///
/// # Errors
/// Where the group runs, the file is not whole, or a lane can't be relied on or written. What was added before stays; the same
/// import again adds the rest.
pub fn import(clients: &Clients, config: &Config, path: &Path, dry_run: bool) -> Result<Imported, ToolError> {
    let pen = Pen::new(clients, config);
    if !dry_run {
        pen.require_rest()?;
    }
    let read = check(path)?;
    let mut imported = Imported { read, added: 0 };
    let lanes = config.topics.candidate_partitions;
    let bar = Bar::new("lanes", lanes as u64);
    let sweeper = Sweeper::new(clients, config);
    for lane in 0..lanes {
        let blocks = of_lane(path, lane, lanes)?;
        if dry_run {
            let state = look(&sweeper, config, lane, &Bar::hidden())?.map_err(|fault| ToolError::lane(lane, &fault))?;
            let is_new = |(time_ms, hash): &&(i64, Hash16)| !state.table.counts_at(hash, *time_ms);
            let new = blocks.iter().filter(is_new).count();
            imported.added += new as u64;
        } else if !blocks.is_empty() {
            let mut owned = pen.own(lane)?;
            for chunk in blocks.chunk_by(|a, b| a.0 == b.0) {
                let hashes: Vec<Hash16> = chunk.iter().map(|(_, hash)| *hash).collect();
                imported.added += owned.remember(chunk[0].0, &hashes)?;
            }
        }
        bar.add(1);
    }
    Ok(imported)
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, ToolError> {
    let file = File::open(path).map_err(|error| ToolError::File(format!("{}: {error}", path.display())))?;
    Reader::new(BufReader::with_capacity(1 << 20, file)).map_err(|error| bad(path, error))
}

fn bad(path: &Path, error: SnapshotError) -> ToolError {
    match error {
        SnapshotError::Io(error) => ToolError::File(format!("{}: {error}", path.display())),
        error => ToolError::Data(format!("{}: {error}. Export it again", path.display())),
    }
}

/// Reads the whole file before anything is written; the number of its hashes.
fn check(path: &Path) -> Result<u64, ToolError> {
    let mut reader = open(path)?;
    let head = reader.head();
    if head.hash_version != HASH_VERSION {
        let (found, own) = (head.hash_version, HASH_VERSION);
        let text = format!(
            "{} holds content hashes of version {found}, this copydesk makes version {own}: they would never meet. Fill the \
             seen-set with `dedup.mode = \"learn\"` instead",
            path.display()
        );
        return Err(ToolError::Data(text));
    }
    let latest_ms = jiff::Timestamp::now().as_millisecond().saturating_add((head.ttl_ms / 8) as i64);
    let mut total = 0;
    while let Some((time_ms, hashes)) = reader.block().map_err(|error| bad(path, error))? {
        if time_ms > latest_ms {
            let text = format!(
                "{} holds hashes of a lane time far ahead of this machine's clock: the lanes would forget too early. Check the clocks",
                path.display()
            );
            return Err(ToolError::Data(text));
        }
        total += hashes.len() as u64;
    }
    Ok(total)
}

/// The hashes of one lane, oldest first, each once with its latest time.
fn of_lane(path: &Path, lane: i32, lanes: i32) -> Result<Vec<(i64, Hash16)>, ToolError> {
    let mut reader = open(path)?;
    let mut found = Vec::new();
    while let Some((time_ms, hashes)) = reader.block().map_err(|error| bad(path, error))? {
        let own = hashes.into_iter().filter(|hash| lane_of(hash, lanes as u32) == lane as u32);
        found.extend(own.map(|hash| (time_ms, hash)));
    }
    found.sort_unstable_by_key(|(time_ms, hash)| (*hash, std::cmp::Reverse(*time_ms)));
    found.dedup_by_key(|(_, hash)| *hash);
    found.sort_unstable();
    Ok(found)
}

/// What a reshard found, and did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resharded {
    /// Hashes of the old lanes.
    pub exported: u64,
    /// Of these, in the new lanes, as reading them back says; 0 in a dry run.
    pub entries: u64,
}

/// Carries the seen-set of `from` into the topics of `to`, which it makes: the same deployment with other names and another number
/// of candidates partitions. `path` holds the hashes meanwhile.
///
/// # Errors
/// Where either stage runs, candidates wait, the new topics exist, or anything cannot be read or written. The old topics are never
/// changed; the new ones may be deleted and made again.
pub fn reshard(
    clients: &Clients,
    from: &Config,
    to: &Config,
    path: &Path,
    dry_run: bool,
) -> Result<Resharded, ToolError> {
    let sweeper = Sweeper::new(clients, from);
    at_rest::require(clients, from, &from.extract.group_id, &from.topics.pages)?;
    at_rest::require(clients, from, &from.dedup.group_id, &from.topics.candidates)?;
    for lane in 0..from.topics.candidate_partitions {
        let state = look(&sweeper, from, lane, &Bar::hidden())?.map_err(|fault| ToolError::lane(lane, &fault))?;
        let (_, high) = watermarks(&sweeper.reader()?, &from.topics.candidates, lane, REQUEST_TIMEOUT)?;
        if state.next_offset < high {
            let text = format!(
                "lane {lane} has {} candidates to decide: run `copydesk run --stage dedup` without extract until it has no lag, then \
                 stop it",
                high - state.next_offset
            );
            return Err(ToolError::Refused(text));
        }
    }
    for name in [&to.topics.candidates, &to.topics.changelog] {
        if partition_count(&sweeper.reader()?, name)?.is_some() {
            return Err(exists(name));
        }
    }
    let exported = export(clients, from, path)?;
    let carried = if dry_run { Ok(0) } else { carry(clients, to, path) };
    // The old lanes still have it all.
    let _ = std::fs::remove_file(path);
    Ok(Resharded { exported, entries: carried? })
}

/// Fills new topics from `path` and reads them back; the number of live hashes.
fn carry(clients: &Clients, to: &Config, path: &Path) -> Result<u64, ToolError> {
    make(clients, to)?;
    import(clients, to, path, false)?;
    let sweeper = Sweeper::new(clients, to);
    let mut entries = 0;
    for lane in 0..to.topics.candidate_partitions {
        let state = look(&sweeper, to, lane, &Bar::hidden())?.map_err(|fault| ToolError::lane(lane, &fault))?;
        entries += state.table.len();
    }
    Ok(entries)
}

fn exists(name: &str) -> ToolError {
    ToolError::Refused(format!("{name} exists already: name another, or delete it if an earlier reshard left it"))
}

fn make(clients: &Clients, to: &Config) -> Result<(), ToolError> {
    let text = |error: TopicsError| ToolError::Refused(error.to_string());
    for made in topics::create(clients, to, None).map_err(text)? {
        if let Made::Existed(name) = made
            && (name == to.topics.candidates || name == to.topics.changelog)
        {
            return Err(exists(&name));
        }
    }
    Ok(())
}
