//! `copydesk run`: the stages, until a signal.

use super::global::Global;
use super::{Exit, Failure, arenas};
use clap::ValueEnum;
use copydesk::stage::run::{Options, Run};
use copydesk::stage::shell;

/// Read pages, publish each distinct article once; runs until SIGTERM or SIGINT
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk run --config copydesk.toml
  copydesk run --stage extract --config copydesk.toml      only pages to candidates, to scale with CPU
  copydesk run --stage dedup --config copydesk.toml        only candidates to articles
  COPYDESK__KAFKA__BOOTSTRAP_SERVERS=kafka:9092 copydesk run

A first signal drains: pages in flight are finished, offsets and transactions committed. A second one ends at once,
which is safe too: what was not committed is read again.

Ends with 0 after a clean drain, 69 for brokers, 70 for a defect or a drain cut short, 78 for the configuration or topics.")]
pub(super) struct Args {
    /// Run one stage only
    #[arg(long, value_enum)]
    stage: Option<Stage>,
    /// Let a lane without a genesis record in its changelog start with an empty seen-set; articles of the last TTL may then
    /// be published again
    #[arg(long)]
    accept_empty_state: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Pages to candidates
    Extract,
    /// Candidates to articles
    Dedup,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    arenas::bound();
    let config = global.load()?.config;
    super::log(&config)?;
    let options = Options {
        extract: args.stage != Some(Stage::Dedup),
        dedup: args.stage != Some(Stage::Extract),
        accept_empty_state: args.accept_empty_state,
    };
    let run = Run::start(config, options)?;
    arenas::keep_trimmed();
    if let Some(address) = run.address() {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), "started; metrics at http://{address}/metrics");
    }
    Ok(run.wait()?)
}

impl From<shell::Failure> for Failure {
    fn from(failure: shell::Failure) -> Self {
        let exit = match failure {
            shell::Failure::Config(_) => Exit::Config,
            shell::Failure::Broker(_) => Exit::Unavailable,
            shell::Failure::DuplicateDeployment { .. } | shell::Failure::Defect(_) | shell::Failure::UncleanDrain => {
                Exit::Software
            }
        };
        Failure::new(exit, failure.to_string())
    }
}
