//! File mode, `copydesk extract`: pages out of files, events on standard output, over the same [`expand`]
//! as the stage.
//!
//! What holds: events stand in the order of the input, whatever the number of threads; memory is bounded by
//! [`INFLIGHT_BYTES_MAX`] and a window of records, not by the files; every record that gives no event is counted, and
//! every reject is named with its file and line.

mod input;
mod one;
mod ordered;
mod report;

pub use one::{One, Wanted};
pub use report::Summary;

use crate::article::{EncodedEvent, Source, encode};
use crate::expand::{self, Options, Outcome, SkipReason};
use crate::fault::Fault;
use crate::page::RawRecord;
use input::{Input, Item};
use jiff::Timestamp;
use ordered::Turn;
use report::Progress;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// Bytes of pages in memory, beyond which reading waits. One page is always let through.
pub const INFLIGHT_BYTES_MAX: usize = 64 << 20;

/// Bytes of events that are gathered before they are written.
const WRITE_BYTES: usize = 256 << 10;

/// Extract articles from files: HTML, text, or JSON envelopes one a line; events as NDJSON on standard output
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  copydesk extract page.html --url https://news.example/2025/page
  copydesk extract pages.jsonl > events.jsonl
  copydesk extract --dedup crawl-*.jsonl.gz > distinct.jsonl
  zcat pages.jsonl.gz | copydesk extract - | jq -r .headline

Input, told per file:
  *.jsonl *.ndjson *.json, or `{` as the first byte   one JSON envelope a line
  anything else                                       the whole file is one page, HTML or text
  Gzip is undone. An envelope: {\"url\": .., \"fetchedAt\": .., \"status\": .., \"contentType\": .., \"key\": ..,
  and one of \"body\" (text), \"bodyBase64\" (bytes), \"html\", \"text\"}.

Events come in the order of the input. On standard error: one line for every record that is no page, and a summary.
Ends with 0; with 65 where a record was rejected; with 64 where a file cannot be opened.")]
pub struct Args {
    /// Files to read; - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Print every distinct article once, by its content hash; the memory of what was seen lasts for this run
    #[arg(long)]
    pub dedup: bool,
    /// Threads that parse pages [default: one for each core]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// The page's address, for one HTML or text file; an envelope brings its own
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// What dateProcessed says, in RFC 3339 [default: the file's time; for a pipe, the time of the start]
    #[arg(long, value_name = "TIME")]
    pub processed_at: Option<Timestamp>,
    /// No progress bar and no summary; rejects are still named
    #[arg(long, short)]
    pub quiet: bool,
}

/// Why a run ended before its input did.
#[derive(Debug)]
pub enum Error {
    /// The command line names something that cannot be read: all of it, one a line. Exit code 64.
    Usage(String),
    /// The record that was asked for is no page. Exit code 65.
    Data(String),
    /// Reading or writing failed. Exit code 70.
    Io(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(said) | Error::Data(said) | Error::Io(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for Error {}

/// Extracts all files to standard output.
///
/// # Errors
/// [`Error`]; a record that is no page is no error but counted in [`Summary::rejected`], for exit code 65.
pub fn run(args: &Args, options: &Options) -> Result<Summary, Error> {
    run_to(args, options, io::stdout())
}

/// As [`run`], to any writer. A writer whose reader has gone ends the run quietly.
///
/// # Errors
/// As [`run`].
pub fn run_to(args: &Args, options: &Options, out: impl Write) -> Result<Summary, Error> {
    let inputs = input::open_all(args)?;
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let headers: Vec<_> = args.url.iter().map(|url| ("url".to_owned(), url.clone().into_bytes())).collect();
    let bytes_read = Arc::new(AtomicU64::new(0));
    let mut progress = Progress::begin(args.quiet, inputs.iter().map(Input::bytes).sum(), Arc::clone(&bytes_read));
    let mut sink = Sink {
        out: BufWriter::with_capacity(WRITE_BYTES, out),
        seen: args.dedup.then(HashSet::new),
        summary: Summary::default(),
        failed: None,
    };
    let read = ordered::run(
        ordered::Bounds { threads: jobs, records: jobs * 16, bytes: INFLIGHT_BYTES_MAX },
        |feed| {
            for input in inputs {
                let more = input.read(options.page.page_bytes_max, &bytes_read, &mut |item| {
                    let bytes = item.value.as_ref().map_or(0, Vec::len);
                    feed.give(item, bytes)
                })?;
                if more.is_break() {
                    break;
                }
            }
            Ok(())
        },
        |item| Done::of(item, &headers, options),
        |turn| match turn {
            Turn::Idle => sink.flush(),
            Turn::Done(done) => {
                let flow = sink.take(done, &progress);
                progress.show(&sink.summary);
                flow
            }
        },
    );
    let _ = sink.flush();
    progress.end();
    sink.finish(read, &progress)
}

/// The headers of a record: those given, and what its file's name says that it is.
fn headers_of(given: &[(String, Vec<u8>)], content_type: Option<&str>) -> Vec<(String, Vec<u8>)> {
    let own = content_type.map(|content_type| ("content-type".to_owned(), content_type.as_bytes().to_vec()));
    given.iter().cloned().chain(own).collect()
}

/// A record's outcome, with its place.
struct Done {
    file: Arc<str>,
    line: u64,
    result: Expanded,
}

enum Expanded {
    Events(Vec<EncodedEvent>),
    Skipped(SkipReason),
    Rejected(Fault),
}

impl Done {
    fn of(item: Item, headers: &[(String, Vec<u8>)], options: &Options) -> Done {
        let Item { file, line, value, content_type, time } = item;
        let result = match value {
            Err(fault) => Expanded::Rejected(fault),
            Ok(value) => {
                let headers = headers_of(headers, content_type);
                let record = RawRecord { key: None, value: Some(&value), headers: &headers, time };
                match expand::expand(&record, &Source::file(&*file, line), options) {
                    Outcome::Expanded(events) => Expanded::Events(events.iter().map(encode).collect()),
                    Outcome::Skipped(reason) => Expanded::Skipped(reason),
                    Outcome::Rejected(fault) => Expanded::Rejected(fault),
                }
            }
        };
        Done { file, line, result }
    }
}

/// Where outcomes end, in order: events on the output, the rest in the summary.
struct Sink<W: Write> {
    out: BufWriter<W>,
    seen: Option<HashSet<[u8; 16]>>,
    summary: Summary,
    failed: Option<io::Error>,
}

impl<W: Write> Sink<W> {
    fn take(&mut self, done: Done, progress: &Progress) -> ControlFlow<()> {
        self.summary.pages += 1;
        match done.result {
            Expanded::Events(events) => {
                self.summary.expanded += 1;
                for event in events {
                    if self.seen.as_mut().is_some_and(|seen| !seen.insert(event.hash16)) {
                        self.summary.duplicates += 1;
                        continue;
                    }
                    self.summary.count(event.kind);
                    let written = self.out.write_all(&event.json).and_then(|()| self.out.write_all(b"\n"));
                    self.noted(written)?;
                }
            }
            Expanded::Skipped(reason) => self.summary.skip(reason),
            Expanded::Rejected(fault) => {
                self.summary.rejected += 1;
                progress.say(&format!("{}:{}: {fault}", done.file, done.line));
            }
        }
        ControlFlow::Continue(())
    }

    fn flush(&mut self) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        let flushed = self.out.flush();
        self.noted(flushed)
    }

    fn noted(&mut self, result: io::Result<()>) -> ControlFlow<()> {
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn finish(self, read: Result<(), Error>, progress: &Progress) -> Result<Summary, Error> {
        let mut summary = self.summary;
        // What is still in the buffer has failed to be written once; dropping the writer must not try again.
        let _ = self.out.into_parts();
        match self.failed {
            Some(error) if error.kind() == ErrorKind::BrokenPipe => summary.reader_gone = true,
            Some(error) => return Err(Error::Io(format!("cannot write events: {error}"))),
            None => {
                read?;
                progress.summary(&summary);
            }
        }
        Ok(summary)
    }
}
