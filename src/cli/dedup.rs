//! `copydesk dedup`: the seen-set from outside.

use super::global::Global;
use super::{Exit, Failure, begin, print, time};
use clap::ValueEnum;
use copydesk::config::Config;
use copydesk::dedup::Hash16;
use copydesk::kafka::client::Clients;
use copydesk::tools::seen::carry;
use copydesk::tools::seen::explain::{explain, parse_hash};
use copydesk::tools::seen::look::look;
use copydesk::tools::seen::reset::{self, At};
use copydesk::tools::sweep::{Bar, Sweeper};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Look into what dedup has seen; reset it, carry it elsewhere
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk dedup check --config copydesk.toml
  copydesk dedup explain 00112233445566778899aabbccddeeff
  copydesk dedup export seen.bin

check, explain and export only read, and may run beside the stages. reset, import and reshard write, and refuse while an
instance of the dedup group runs.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Judge every lane's changelog as its next owner would; ends with 65 where one would stop
    #[command(after_help = "\
Examples:
  copydesk dedup check
  copydesk dedup check --lane 3")]
    Check {
        /// Only this lane; may be repeated
        #[arg(long = "lane", value_name = "PARTITION")]
        lanes: Vec<i32>,
    },
    /// Tell what became of one content: its candidates, what the lane remembers, its articles
    #[command(after_help = "\
Examples:
  copydesk dedup explain 00112233445566778899aabbccddeeff                the key of an article's record
  copydesk dedup explain sha256-v1:0011...                               the contentHash of an event")]
    Explain {
        /// 32 hex digits, or 64 with or without sha256-v1: before them
        #[arg(value_name = "HASH", value_parser = hash)]
        hash: Hash16,
    },
    /// Begin lanes anew with nothing seen; articles of the last TTL may then be published again
    #[command(after_help = "\
Examples:
  copydesk dedup reset --all --at oldest                 what would be done
  copydesk dedup reset --lane 3 --at last --yes          one lane that stopped with a fault

Writes a new genesis into the lanes' changelogs and deletes what lies before it. Where a lane goes on among its candidates:
  oldest   at the oldest that is there: none is lost, those that were published come out once more
  last     where the last readable segment of its log stood: none is decided twice
  newest   behind the newest: those that wait are not decided at all

Without --yes nothing is changed. Refuses while the dedup group runs, or where a lane has gone on meanwhile. Interrupted, it
is finished by running it again with --at last; until then such a lane stops with changelog_corrupt.")]
    Reset {
        /// Only this lane; may be repeated
        #[arg(long = "lane", value_name = "PARTITION", required_unless_present = "all")]
        lanes: Vec<i32>,
        /// Every lane
        #[arg(long, conflicts_with = "lanes")]
        all: bool,
        /// Where the lanes go on among the candidates
        #[arg(long, value_enum)]
        at: Place,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Take all that is seen out into a file, for any number of lanes
    #[command(after_help = "\
Examples:
  copydesk dedup export seen.bin

16 bytes a hash. Only whole lanes are taken out. Beside running stages it holds what was committed when it began; for a
migration stop them first. The format stands in src/dedup/snapshot.rs.")]
    Export {
        /// The file; it must not exist
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Bring what another deployment has seen into the lanes of this one
    #[command(after_help = "\
Examples:
  copydesk dedup import seen.bin --dry-run
  copydesk dedup import seen.bin

The hashes count as seen without having been published here. What a lane knows already stays as it is, so the same import
again changes nothing. One lane's hashes are in memory at a time, about 45 bytes each. Refuses while the dedup group runs.")]
    Import {
        /// A file of `copydesk dedup export`
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Read the file and look at the lanes, and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Carry the seen-set into new topics with another number of candidates partitions
    #[command(after_help = "\
Examples:
  copydesk dedup reshard --partitions 32 --candidates candidates.v2 --changelog dedup.changelog.v2          dry run
  copydesk dedup reshard --partitions 32 --candidates candidates.v2 --changelog dedup.changelog.v2 --yes

1. Stop extract. 2. Let dedup run until it has no lag, then stop it. 3. Run this: it makes the new topics, fills their
lanes, reads them back, and prints the settings. 4. Change the settings of all instances, then start them. 5. Once all is
well, delete the old topics. Until then the old settings go back to where you were. Refuses while either group runs or
candidates wait.")]
    Reshard {
        /// Candidates partitions from now on
        #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(i32).range(1..=10_000))]
        partitions: i32,
        /// topics.candidates from now on; topics.prefix applies
        #[arg(long, value_name = "NAME")]
        candidates: String,
        /// topics.changelog from now on; topics.prefix applies
        #[arg(long, value_name = "NAME")]
        changelog: String,
        /// Holds the hashes meanwhile, 16 bytes each; must not exist
        #[arg(long, value_name = "FILE", default_value = "copydesk-reshard.bin")]
        file: PathBuf,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Place {
    /// The oldest candidate that is there
    Oldest,
    /// Where the last readable segment stood
    Last,
    /// Behind the newest candidate
    Newest,
}

fn hash(text: &str) -> Result<Hash16, String> {
    parse_hash(text)
        .ok_or_else(|| "write 32 or 64 hex digits, as in a record's key or an event's contentHash".to_owned())
}

/// Ends with [`Exit::Data`] where `check` finds a lane that would stop.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let (config, clients) = begin(global)?;
    match &args.command {
        Command::Check { lanes } => return check(&clients, &config, lanes),
        Command::Explain { hash } => show(&clients, &config, *hash)?,
        Command::Reset { lanes, at, yes, .. } => begin_anew(&clients, &config, lanes, *at, *yes)?,
        Command::Export { file } => {
            let count = carry::export(&clients, &config, file)?;
            print(&format!("{count} hashes in {}\n", file.display()))?;
        }
        Command::Import { file, dry_run } => {
            let carry::Imported { read, added } = carry::import(&clients, &config, file, *dry_run)?;
            let verb = if *dry_run { "would be added" } else { "added" };
            print(&format!("{read} hashes in {}, {added} {verb}, the others are known\n", file.display()))?;
        }
        Command::Reshard { partitions, candidates, changelog, file, yes } => {
            let named = [("candidates", candidates.as_str()), ("changelog", changelog.as_str())];
            let pairs = named.iter().map(|(key, name)| (format!("topics.{key}"), (*name).to_owned()));
            let count = ("topics.candidate_partitions".to_owned(), partitions.to_string());
            let to = global.load_for(Vec::new(), pairs.chain([count]).collect())?.config;
            reshard(&clients, &config, &to, file, *yes)?;
            if *yes {
                print(&format!(
                    "Set for all instances, before any of them starts:\n\n[topics]\ncandidates = \"{candidates}\"\nchangelog = \
                     \"{changelog}\"\ncandidate_partitions = {partitions}\n"
                ))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// The lanes named, or all; each must exist.
fn lanes(config: &Config, named: &[i32]) -> Result<Vec<i32>, Failure> {
    let count = config.topics.candidate_partitions;
    if let Some(wrong) = named.iter().find(|lane| !(0..count).contains(*lane)) {
        return Err(Failure::new(Exit::Usage, format!("there is no lane {wrong}: they are 0 to {}", count - 1)));
    }
    Ok(if named.is_empty() { (0..count).collect() } else { named.to_vec() })
}

fn check(clients: &Clients, config: &Config, named: &[i32]) -> Result<Exit, Failure> {
    let sweeper = Sweeper::new(clients, config);
    let lanes = lanes(config, named)?;
    let ranges = sweeper.now(&config.topics.changelog, lanes.iter().copied())?;
    let bar = Bar::new("changelog", ranges.iter().map(copydesk::tools::sweep::Range::len).sum());
    let (mut text, mut faults, mut entries) = (String::new(), 0, 0);
    for lane in &lanes {
        let _ = match look(&sweeper, config, *lane, &bar)? {
            Ok(state) => {
                entries += state.table.len();
                let time = if state.lane_time_ms > 0 { time(state.lane_time_ms) } else { "none yet".into() };
                let (count, next, seq) = (state.table.len(), state.next_offset, state.seq);
                writeln!(
                    text,
                    "lane {lane}: ok, {count} hashes, next candidate {next}, segment {seq}, lane time {time}"
                )
            }
            Err(fault) => {
                faults += 1;
                writeln!(text, "lane {lane}: {}: {fault}. See docs/runbook.md#{}", fault.name(), fault.name())
            }
        };
    }
    drop(bar);
    let _ = writeln!(text, "{} lanes, {entries} hashes, {faults} would stop", lanes.len());
    print(&text)?;
    Ok(if faults == 0 { Exit::Done } else { Exit::Data })
}

fn show(clients: &Clients, config: &Config, hash: Hash16) -> Result<(), Failure> {
    let found = explain(clients, config, hash)?;
    let topics = &config.topics;
    let lane = found.lane;
    let mut text = format!("hash {:032x}, lane {lane}\n", u128::from_be_bytes(found.hash));
    for candidate in &found.candidates {
        let _ = writeln!(
            text,
            "candidate  {}/{lane}/{} at {}: {}",
            topics.candidates,
            candidate.offset,
            time(candidate.time_ms),
            candidate.page
        );
    }
    for memory in &found.memories {
        let how = if memory.learned { "learned" } else { "published" };
        let _ = writeln!(
            text,
            "{how}  by segment {} ({}/{lane}/{}), lane time {}",
            memory.seq,
            topics.changelog,
            memory.offset,
            time(memory.lane_time_ms)
        );
    }
    for (partition, offset, time_ms) in &found.articles {
        let _ = writeln!(text, "article    {}/{partition}/{offset} at {}", topics.articles, time(*time_ms));
    }
    let _ = writeln!(text, "{}", found.verdict());
    print(&text)
}

fn begin_anew(clients: &Clients, config: &Config, named: &[i32], at: Place, yes: bool) -> Result<(), Failure> {
    let at = match at {
        Place::Oldest => At::Oldest,
        Place::Last => At::Last,
        Place::Newest => At::Newest,
    };
    let plans = reset::plan(clients, config, &lanes(config, named)?, at)?;
    for plan in &plans {
        let last = plan.last.map_or_else(|| "unknown".to_owned(), |last| last.to_string());
        let (low, high) = plan.candidates;
        print(&format!(
            "lane {}: candidates {low} to {high}, last at {last}; goes on at {}\n",
            plan.lane, plan.next_offset
        ))?;
    }
    if !yes {
        return print("nothing was changed; --yes does it\n");
    }
    Ok(reset::reset(clients, config, &plans, |plan| {
        // The reader of stdout may be gone; the reset goes on.
        let _ = print(&format!("lane {}: begun anew\n", plan.lane));
    })?)
}

fn reshard(clients: &Clients, from: &Config, to: &Config, file: &std::path::Path, yes: bool) -> Result<(), Failure> {
    let done = carry::reshard(clients, from, to, file, !yes)?;
    let (old, new) = (from.topics.candidate_partitions, to.topics.candidate_partitions);
    if !yes {
        return print(&format!("{} hashes of {old} lanes would go into {new} lanes; --yes does it\n", done.exported));
    }
    print(&format!(
        "{} hashes of {old} lanes; {} live in {new} lanes, the others were past the TTL\n",
        done.exported, done.entries
    ))
}
