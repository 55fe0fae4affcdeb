//! `copydesk verify`: does everything that stands in the topics add up?

use super::global::Global;
use super::{Exit, Failure, begin, print};
use copydesk::config::units::parse_bytes;
use copydesk::tools::ToolError;
use copydesk::tools::verify::{Options, verify};

/// Read all topics and check that nothing was lost and nothing doubled
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk verify --config copydesk.toml
  copydesk verify --no-pages                       candidates and articles only; reads no page
  copydesk verify --memory-max 8GiB                fewer passes over large topics

Checks that pages = expanded + skipped + dead-lettered, that candidates = published + duplicates, and that every content
stands in the articles topic once within dedup.ttl. It only reads, and may run beside the stages. Pages that left no trace
are read and expanded again, by this version of copydesk and this configuration: use those that run. What retention has
deleted is counted as too old to tell.

Memory: about 90 bytes for each article and 40 for each candidate of one pass, and 8 for each page. Where that is more than
--memory-max, the lanes are divided into passes, and the articles are read once in each.

Ends with 0 where all adds up, 65 where something is lost, doubled, unexplained or deleted unread, or where nothing can be
said of pages or lanes that are there; 69 for brokers, 78 for the configuration or topics.")]
pub(super) struct Args {
    /// Leave the pages out
    #[arg(long)]
    no_pages: bool,
    /// Memory to stay within, roughly
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = size)]
    memory_max: u64,
    /// Of each kind of finding, list so many
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    list: usize,
}

fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).filter(|bytes| *bytes > 0).ok_or_else(|| "write a size, as in 512MiB or 4GiB".to_owned())
}

/// Ends with [`Exit::Data`] where something does not add up.
pub(super) fn run(global: &Global, args: &Args) -> Result<Exit, Failure> {
    let (config, clients) = begin(global)?;
    let options = Options { pages: !args.no_pages, memory_bytes_max: args.memory_max, listed_max: args.list };
    let report = verify(&clients, &config, &options)?;
    print(&(report.lines().join("\n") + "\n"))?;
    Ok(if report.is_ok() { Exit::Done } else { Exit::Data })
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        let exit = match error {
            ToolError::Broker(_) | ToolError::Forbidden(_) | ToolError::Silent { .. } | ToolError::Deleted { .. } => {
                Exit::Unavailable
            }
            ToolError::Refused(_) => Exit::Config,
            ToolError::File(_) => Exit::Software,
            ToolError::Data(_) => Exit::Data,
        };
        Failure::new(exit, error.to_string())
    }
}
