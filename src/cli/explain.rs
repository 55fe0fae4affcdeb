//! `copydesk explain`: one page's verdict, metadata and blocks, each with what decided.

use super::global::Global;
use super::{Exit, Failure, print};
use console::Term;
use copydesk::explain::{self, Screen};
use copydesk::files::{One, Wanted};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Show why a page became what it became: its verdict, metadata and blocks, with the features that decided
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk explain page.html
  copydesk explain page.html --url https://news.example/2025/page | less -R
  copydesk explain crawl.jsonl.gz --key 4711 --html page-4711.html
  copydesk explain crawl.jsonl --line 12 --json | jq '.blocks[] | select(.class == \"body\") | .text'
  curl -s https://news.example/ | copydesk explain -

Reads what `copydesk extract` reads. A block's class comes from trees over its features (body), and from rules (all
others). A weight like (+1.2) is what a feature added to the log-odds, compared to blocks of the other kind on the same page,
or for the page's own score to a typical page of the other kind. In the terminal lines are cut to its width and coloured; set
NO_COLOR for none. The HTML file needs nothing else and holds no script.
Ends with 0; with 65 where the record is no page; with 64 where it cannot be found.")]
pub(super) struct Args {
    /// The file; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Of several envelopes the first with this key
    #[arg(long, value_name = "KEY", conflicts_with = "line")]
    key: Option<String>,
    /// Of several envelopes the one on this line, from 1
    #[arg(long, value_name = "N")]
    line: Option<u64>,
    /// The page's address, for an HTML or text file; an envelope brings its own
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Print JSON, with all that the report holds
    #[arg(long)]
    json: bool,
    /// Write the report as one HTML file instead of printing it
    #[arg(long, value_name = "OUT", conflicts_with = "json")]
    html: Option<PathBuf>,
}

/// Ends with [`Exit::Data`] where the record is no page.
pub(super) fn run(global: &Global, args: &Args) -> Result<(), Failure> {
    let config = global.load()?.config;
    super::log(&config)?;
    let options = config.core_options();
    let wanted = match (&args.key, args.line) {
        (Some(key), _) => Wanted::Key(key.clone()),
        (None, Some(line)) => Wanted::Line(line),
        (None, None) => Wanted::Only,
    };
    let one = One::read(&args.file, &wanted, args.url.as_deref(), &options.page)?;
    let report = one
        .with_record(|record, origin| explain::explain(record, origin, &options))
        .map_err(|fault| Failure::new(Exit::Data, format!("{}: {fault}", one.coordinates())))?;
    if let Some(path) = &args.html {
        let html = explain::to_html(&report);
        std::fs::write(path, html)
            .map_err(|error| Failure::new(Exit::Software, format!("cannot write {}: {error}", path.display())))?;
        return print(&format!("{}: {}\n", path.display(), report.verdict.says));
    }
    if args.json {
        let json = serde_json::to_string(&report)
            .map_err(|error| Failure::new(Exit::Software, format!("cannot write the report: {error}")))?;
        return print(&format!("{json}\n"));
    }
    print(&explain::to_terminal(&report, screen()))
}

/// A terminal's width and colours; neither where the output goes elsewhere.
fn screen() -> Screen {
    let is_terminal = std::io::stdout().is_terminal();
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let capable = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    Screen {
        width: is_terminal.then(|| usize::from(Term::stdout().size().1)),
        colour: is_terminal && wanted && capable,
    }
}
