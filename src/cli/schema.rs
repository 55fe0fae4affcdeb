//! `copydesk schema`: the JSON Schema of an article event.

use super::{Failure, print};
use copydesk::article::schema;

/// Print the JSON Schema of an article event
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk schema
  copydesk schema | jq .required")]
pub(super) struct Args {}

pub(super) fn run() -> Result<(), Failure> {
    print(&schema::article_event_text())
}
