//! `copydesk dlq`: dead letters, listed, shown, and sent back.

use super::global::Global;
use super::{Exit, Failure, begin, print, time};
use copydesk::config::Config;
use copydesk::config::units::parse_duration;
use copydesk::fault::Code;
use copydesk::kafka::client::Clients;
use copydesk::tools::dlq::replay::{Fate, Options, replay};
use copydesk::tools::dlq::{Filter, Letter, Listed, list, show};
use copydesk::tools::sweep::Sweeper;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// List dead letters, show one, or send them back to the pages topic
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk dlq ls --config copydesk.toml
  copydesk dlq show 0/17
  copydesk dlq replay --code envelope_invalid --dry-run")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// List dead letters, oldest first, and count them by code
    #[command(after_help = "\
Examples:
  copydesk dlq ls
  copydesk dlq ls --code envelope_invalid --since 1d
  copydesk dlq ls --replayed --limit 1000
  copydesk dlq ls --json | jq -r .source")]
    Ls {
        #[command(flatten)]
        which: Which,
        /// Also those that were replayed
        #[arg(long)]
        replayed: bool,
        /// Show so many, the latest; 0 shows all
        #[arg(long, value_name = "COUNT", default_value_t = 50)]
        limit: usize,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show one dead letter: why, where from, its headers, the beginning of its value
    #[command(after_help = "\
Examples:
  copydesk dlq show 0/17                     by its own partition and offset
  copydesk dlq show pages.raw/3/42           by the page that failed
  copydesk dlq show 0/17 --value > page.bin  the value alone, as it is")]
    Show {
        /// PARTITION/OFFSET of the letter, or TOPIC/PARTITION/OFFSET of the record that failed
        #[arg(value_name = "LETTER")]
        name: String,
        /// Print only the value, byte by byte
        #[arg(long)]
        value: bool,
    },
    /// Send pages of dead letters back to the pages topic
    #[command(after_help = "\
Examples:
  copydesk dlq replay --dry-run                            what would be sent
  copydesk dlq replay --code envelope_invalid              after the crawler's format was mended
  copydesk dlq replay 0/17 pages.raw/3/42                  these two

A page goes back with its key, value and own headers, into the partition that it came from. What a letter holds only in
part is read from its source again. A replayed letter is marked in the dead-letter topic and not taken again without
--again. A page that fails again becomes a dead letter that knows how often it was replayed; at --replays-max it stays.
A page that is too large stays until extract.page_bytes_max and the topic's max.message.bytes are raised. Dead letters of
the dedup stage stay: their content counts as seen.

Ends with 0, also where letters stay; 69 for brokers, 78 for the configuration, topics, or a LETTER that is not there.")]
    Replay {
        /// Only these: PARTITION/OFFSET of the letter, or TOPIC/PARTITION/OFFSET of the record that failed
        #[arg(value_name = "LETTER")]
        names: Vec<String>,
        #[command(flatten)]
        which: Which,
        /// Say what would be sent, and send nothing
        #[arg(long)]
        dry_run: bool,
        /// Also those that were replayed before
        #[arg(long)]
        again: bool,
        /// Leave a page that was replayed so often and failed again
        #[arg(long, value_name = "COUNT", default_value_t = 3)]
        replays_max: u32,
        /// At most so many, the oldest first; 0 is no limit
        #[arg(long, value_name = "COUNT", default_value_t = 0)]
        limit: usize,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Only letters with this code; may be repeated
    #[arg(long = "code", value_name = "CODE", value_parser = code)]
    codes: Vec<Code>,
    /// Only letters of the last time, as in 12h or 7d
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    since: Option<Duration>,
}

impl Which {
    fn filter(&self, names: &[String]) -> Filter {
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let since_ms = self.since.map_or(0, |since| now_ms - since.as_millis() as i64);
        Filter { codes: self.codes.clone(), names: names.to_vec(), since_ms }
    }
}

fn code(text: &str) -> Result<Code, String> {
    Code::ALL.into_iter().find(|code| code.as_str() == text).ok_or_else(|| {
        let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        format!("the codes are {}", known.join(", "))
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).ok_or_else(|| "write a duration, as in 90m, 12h or 7d".to_owned())
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let (config, clients) = begin(global)?;
    match &args.command {
        Command::Ls { which, replayed, limit, json } => {
            let listed = list(&Sweeper::new(&clients, &config), &config.topics.dead_letters, &which.filter(&[]))?;
            print(&table(&listed, *replayed, *limit, *json))
        }
        Command::Show { name, value } => one(&clients, &config, name, *value),
        Command::Replay { names, which, dry_run, again, replays_max, limit } => {
            let options = Options {
                filter: which.filter(names),
                again: *again,
                replays_max: *replays_max,
                limit: if *limit == 0 { usize::MAX } else { *limit },
                dry_run: *dry_run,
            };
            send_back(&clients, &config, &options)
        }
    }
}

fn table(listed: &Listed, replayed: bool, limit: usize, json: bool) -> String {
    let letters: Vec<&Letter> =
        listed.letters.iter().filter(|letter| replayed || !listed.is_replayed(letter)).collect();
    let left_out = if limit == 0 { 0 } else { letters.len().saturating_sub(limit) };
    let shown = &letters[left_out..];
    if json {
        return shown.iter().map(|letter| as_json(listed, letter) + "\n").collect();
    }
    let mut text = format!(
        "{:<12} {:<20} {:<20} {:<8} {:>10} {:>7} {:<9} SOURCE\n",
        "LETTER", "TIME", "CODE", "STAGE", "BYTES", "REPLAYS", "STATE"
    );
    for letter in shown {
        let state = match (listed.is_replayed(letter), letter.is_pointer) {
            (true, _) => "replayed",
            (false, true) => "pointer",
            (false, false) => "whole",
        };
        let Letter { code, stage, value_bytes, replays, source, .. } = letter;
        let (name, time) = (letter.name(), time(letter.time_ms));
        let _ = writeln!(
            text,
            "{name:<12} {time:<20} {code:<20} {stage:<8} {value_bytes:>10} {replays:>7} {state:<9} {source}"
        );
    }
    if left_out > 0 {
        let _ = writeln!(text, "{left_out} older ones are not shown; --limit 0 shows all");
    }
    let mut by_code = BTreeMap::<&str, usize>::new();
    letters.iter().for_each(|letter| *by_code.entry(&letter.code).or_default() += 1);
    let counts: Vec<_> = by_code.iter().map(|(code, count)| format!("{count} {code}")).collect();
    let _ = writeln!(text, "{} dead letters: {}", letters.len(), counts.join(", "));
    text
}

fn as_json(listed: &Listed, letter: &Letter) -> String {
    serde_json::json!({
        "letter": letter.name(),
        "time": time(letter.time_ms),
        "code": letter.code,
        "stage": letter.stage,
        "message": letter.message,
        "source": letter.source,
        "valueBytes": letter.value_bytes,
        "pointer": letter.is_pointer,
        "replays": letter.replays,
        "replayed": listed.is_replayed(letter),
    })
    .to_string()
}

/// Bytes of a value that are shown to a person.
const SHOWN_BYTES: usize = 2_000;

fn one(clients: &Clients, config: &Config, name: &str, value: bool) -> Result<(), Failure> {
    let shown = show(&Sweeper::new(clients, config), &config.topics.dead_letters, name)?;
    if value {
        let written = std::io::stdout().write_all(&shown.value);
        return written.map_err(|error| Failure::new(Exit::Software, format!("cannot write to stdout: {error}")));
    }
    let letter = &shown.letter;
    let mut text = format!(
        "letter   {}\ntime     {}\ncode     {}\nstage    {}\nreason   {}\nsource   {}\nreplays  {}\nvalue    {} bytes{}\nheaders\n",
        letter.name(),
        time(letter.time_ms),
        letter.code,
        letter.stage,
        letter.message,
        letter.source,
        letter.replays,
        letter.value_bytes,
        if letter.is_pointer { format!(", of which the first {} are kept", shown.value.len()) } else { String::new() },
    );
    for (name, value) in &shown.headers {
        let _ = writeln!(text, "  {name}: {}", String::from_utf8_lossy(value).escape_debug());
    }
    let head = &shown.value[..shown.value.len().min(SHOWN_BYTES)];
    let _ = writeln!(text, "\n{}", String::from_utf8_lossy(head));
    if head.len() < shown.value.len() {
        let _ = writeln!(text, "({} bytes more; --value prints all)", shown.value.len() - head.len());
    }
    print(&text)
}

fn send_back(clients: &Clients, config: &Config, options: &Options) -> Result<(), Failure> {
    let (mut sent, mut before, mut stay) = (0, 0, 0);
    let mut lines = String::new();
    let result = replay(clients, config, options, |letter, fate| {
        let Letter { code, source, .. } = letter;
        let _ = match fate {
            Fate::Replayed => {
                sent += 1;
                writeln!(lines, "replay   {:<12} {code:<20} {source}", letter.name())
            }
            Fate::Before => {
                before += 1;
                Ok(())
            }
            Fate::Refused(why) => {
                stay += 1;
                writeln!(lines, "stays    {:<12} {code:<20} {source}: {why}", letter.name())
            }
        };
    });
    // What was sent before a failure is told too.
    let verb = if options.dry_run { "would be replayed" } else { "replayed" };
    print(&format!("{lines}{sent} {verb}, {before} were replayed before, {stay} stay\n"))?;
    Ok(result?)
}
