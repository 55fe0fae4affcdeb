//! The commands: what they are called, what they take, and which exit code they end with. Each command's glue stands in a
//! file of its own; the work is done elsewhere.

mod arenas;
mod completions;
mod dedup;
mod demo;
mod dlq;
mod exit;
mod explain;
mod extract;
mod global;
mod run;
mod schema;
mod topics;
mod validate;
mod verify;

pub use exit::{Exit, Failure};

use clap::{Parser, Subcommand};
use copydesk::config::Config;
use copydesk::kafka::client::Clients;
use copydesk::logging;
use std::io::{self, ErrorKind, Write};

/// Reads scraped pages from Kafka, splits them into clean article events, and publishes each distinct article once.
#[derive(Debug, Parser)]
#[command(name = "copydesk", version, after_help = EXAMPLES, arg_required_else_help = true, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    global: global::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Args),
    Run(run::Args),
    Topics(topics::Args),
    Extract(copydesk::files::Args),
    Explain(explain::Args),
    Validate(validate::Args),
    Verify(verify::Args),
    Dlq(dlq::Args),
    Dedup(dedup::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

const EXAMPLES: &str = "\
Examples:
  copydesk demo                                   the whole flow on a simulated broker, with pages that come along
  copydesk topics create --config copydesk.toml   once, before the first run
  copydesk run --config copydesk.toml             read pages, publish articles
  copydesk extract page.html                      events of one page, without a broker
  copydesk explain page.html                      why its blocks are body, teaser or menu
  copydesk validate --config copydesk.toml        check a configuration, without a broker
  copydesk verify --config copydesk.toml          read the topics: nothing lost, nothing doubled?
  copydesk dlq ls --config copydesk.toml          dead letters, and why
  copydesk dedup check --config copydesk.toml     what the lanes remember, and whether it can be relied on
  copydesk schema > article-event.json            the JSON Schema of an event
  copydesk completions bash > copydesk.bash       completions for a shell

Exit codes:
  0 done   64 usage   65 bad data   69 broker unavailable   70 internal error   78 configuration
  130 ended at once by a second SIGTERM or SIGINT";

/// Runs what the arguments ask for.
pub fn main(args: impl IntoIterator<Item = std::ffi::OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing can be said where stderr is gone.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let result = match cli.command {
        Command::Demo(args) => demo::run(&cli.global, &args).map(done),
        Command::Run(args) => run::run(&cli.global, &args).map(done),
        Command::Topics(args) => topics::run(&cli.global, &args).map(done),
        Command::Extract(args) => extract::run(&cli.global, &args),
        Command::Explain(args) => explain::run(&cli.global, &args).map(done),
        Command::Validate(args) => validate::run(&cli.global, &args).map(done),
        Command::Dedup(args) => dedup::run(&cli.global, &args),
        Command::Dlq(args) => dlq::run(&cli.global, &args).map(done),
        Command::Verify(args) => verify::run(&cli.global, &args),
        Command::Schema(_) => schema::run().map(done),
        Command::Completions(args) => completions::run(&args).map(done),
    };
    result.unwrap_or_else(Failure::report)
}

fn done((): ()) -> Exit {
    Exit::Done
}

/// What a command that talks to brokers begins with: its configuration, its log, its clients.
fn begin(global: &global::Global) -> Result<(Config, Clients), Failure> {
    let config = global.load()?.config;
    log(&config)?;
    let clients = Clients::new(&config);
    Ok((config, clients))
}

/// Begins to log as the configuration says.
fn log(config: &Config) -> Result<(), Failure> {
    logging::init(&config.log).map_err(|error| Failure::new(Exit::Config, format!("log.level: {error}")))
}

/// A time as people and machines read it, to the second; from ms since the epoch.
fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| "?".to_owned(), |time| format!("{time:.0}"))
}

/// Writes to stdout. A reader that has gone, as in `copydesk schema | head`, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Software, format!("cannot write to stdout: {error}")))
        }
        _ => Ok(()),
    }
}
