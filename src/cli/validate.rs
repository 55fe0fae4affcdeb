//! `copydesk validate`: the configuration, checked without a broker.

use super::global::Global;
use super::{Failure, print};

/// Check the configuration and name every problem, without asking a broker
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk validate --config copydesk.toml
  copydesk validate --config copydesk.toml --show
  COPYDESK__DEDUP__TTL=14d copydesk validate --show

Ends with 0, or with 78 after all problems.")]
pub(super) struct Args {
    /// Print every setting in effect, where it came from, and secrets as ***
    #[arg(long)]
    show: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let loaded = global.load()?;
    if args.show {
        print(&loaded.shown)?;
        return print("\n# config ok\n");
    }
    print("config ok\n")
}
