//! `copydesk validate`: the configuration, checked without a broker, or with one when asked to.

use super::global::Global;
use super::{Failure, print, topics};
use copydesk::kafka::client::Clients;

/// Check the configuration and name every problem; no broker is asked without --online
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk validate --config copydesk.toml
  copydesk validate --config copydesk.toml --show
  copydesk validate --config copydesk.toml --online
  COPYDESK__DEDUP__TTL=14d copydesk validate --show

Ends with 0, or with 78 after all problems.")]
pub(super) struct Args {
    /// Print every setting in effect, where it came from, and secrets as ***
    #[arg(long)]
    show: bool,
    /// Ask the brokers too: are they there, and do the topics fit
    #[arg(long)]
    online: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let loaded = global.load()?;
    if args.show {
        print(&loaded.shown)?;
        print("\n# config ok\n")?;
    } else {
        print("config ok\n")?;
    }
    if args.online {
        super::log(&loaded.config)?;
        topics::check(&Clients::new(&loaded.config), &loaded.config)?;
    }
    Ok(())
}
