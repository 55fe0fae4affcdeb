//! `copydesk topics`: made, and checked.

use super::global::Global;
use super::{Exit, Failure, begin, print};
use copydesk::kafka::client::Clients;
use copydesk::kafka::topics::{self, Made, TopicsError};

/// Create copydesk's topics, or check that they fit
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Create what is missing, with the settings that exactly-once needs; running it again changes nothing
    #[command(after_help = "\
Examples:
  copydesk topics create --config copydesk.toml
  copydesk topics create --pages 12                 the pages topic too, with 12 partitions")]
    Create {
        /// Create the pages topic too, which is the crawler's otherwise, with so many partitions
        #[arg(long, value_name = "PARTITIONS")]
        pages: Option<usize>,
    },
    /// Compare the topics with what is needed; ends with 78 where they do not fit
    #[command(after_help = "\
Examples:
  copydesk topics check --config copydesk.toml")]
    Check,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let (config, clients) = begin(global)?;
    match args.command {
        Command::Create { pages } => {
            for made in topics::create(&clients, &config, pages)? {
                match made {
                    Made::Created(name) => print(&format!("created  {name}\n"))?,
                    Made::Existed(name) => print(&format!("exists   {name}\n"))?,
                }
            }
            Ok(())
        }
        Command::Check => check(&clients, &config),
    }
}

/// Prints "topics ok", or all problems.
pub(super) fn check(clients: &Clients, config: &copydesk::config::Config) -> Result<(), Failure> {
    let problems = topics::check(clients, config)?;
    if problems.is_empty() {
        return print("topics ok\n");
    }
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Err(Failure::new(Exit::Config, text.join("\n")))
}

impl From<TopicsError> for Failure {
    fn from(error: TopicsError) -> Self {
        let exit = match error {
            TopicsError::Broker(_) => Exit::Unavailable,
            TopicsError::Refused { .. } | TopicsError::Genesis { .. } => Exit::Config,
        };
        Failure::new(exit, error.to_string())
    }
}
