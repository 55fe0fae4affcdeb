//! `copydesk demo`: the whole flow, with pages that come along.

use super::global::Global;
use super::{Exit, Failure};
use copydesk::demo::{self, Broker, DemoError, Screen};

/// Show the whole flow: pages that come along, through the real run, on a simulated broker or a real one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk demo                              on a simulated broker in this process; Ctrl-C ends it
  copydesk demo --once                       ends by itself when every page is accounted for
  copydesk demo --broker localhost:9092      on a real broker, in topics with a prefix of their own
  copydesk demo --once --log-level info      with what the run logs

The simulated broker shows the flow, not the guarantees, and holds at most 5 MB a partition.
Other settings (--config, --set) apply as to `copydesk run`; brokers, prefix and replication are the demo's own.

Ends with 0 after a clean drain, 69 for brokers, 70 for a defect or with --once where pages stayed unaccounted for, 78 for
the configuration or topics.")]
pub(super) struct Args {
    /// Run on this broker instead of a simulated one
    #[arg(long, value_name = "HOST:PORT")]
    broker: Option<String>,
    /// End when every page is accounted for
    #[arg(long)]
    once: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let broker = match &args.broker {
        Some(bootstrap) => Broker::Real(bootstrap.clone()),
        None => Broker::simulated().map_err(DemoError::Broker)?,
    };
    let config = global.load_for(demo::presets(), broker.settings())?.config;
    super::log(&config)?;
    Ok(demo::run(config, &broker, args.once, &Screen::new(std::io::stdout()))?)
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Topics(error) => error.into(),
            DemoError::Run(failure) => failure.into(),
            DemoError::Broker(_) => Failure::new(Exit::Unavailable, error.to_string()),
            DemoError::NotDone { .. } => Failure::new(Exit::Software, error.to_string()),
        }
    }
}
