//! Log lines on stderr, for people or as JSON, with repeats left out.
//!
//! What holds: a line that repeats (the same words; digits do not count) is written `BURST` times in `WINDOW` and then
//! left out; how many were left out is said with the next line after the window. A panic is logged once, by one line.

use crate::config::{Log, LogFormat};
use crate::lock::lock;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, JsonFields, Writer, format};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, fmt};
use tracing_subscriber::registry::LookupSpan;

/// How often the same line is written within a window.
const BURST: u32 = 20;
/// How long repeats are counted together.
const WINDOW: Duration = Duration::from_secs(10);
/// How many different lines are remembered at once.
const LINES_MAX: usize = 1024;
/// How much of a panic's message is logged: it may quote the text that was parsed.
const PANIC_MESSAGE_BYTES_MAX: usize = 300;

/// Begins to log, and lets panics be logged. Call it once; a second call changes nothing.
///
/// # Errors
/// Where the level is no filter, which a checked configuration rules out.
pub fn init(log: &Log) -> Result<(), tracing_subscriber::filter::ParseError> {
    let filter = EnvFilter::try_new(&log.level)?;
    let lines = fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // A subscriber that is there already, as in a test, stays.
    let _ = match log.format {
        LogFormat::Text => {
            let event = Limited::new(format(), LogFormat::Text);
            tracing::subscriber::set_global_default(
                lines.with_ansi(std::io::stderr().is_terminal()).event_format(event).finish(),
            )
        }
        LogFormat::Json => {
            let event = Limited::new(format().json().flatten_event(true), LogFormat::Json);
            tracing::subscriber::set_global_default(
                lines.with_ansi(false).event_format(event).fmt_fields(JsonFields::new()).finish(),
            )
        }
    };
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

fn log_panic(info: &std::panic::PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let end = message.floor_char_boundary(PANIC_MESSAGE_BYTES_MAX);
    let location = info.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => {
            tracing::error!(thread, location, %backtrace, "panic: {}", &message[..end]);
        }
        _ => tracing::error!(thread, location, "panic: {}", &message[..end]),
    }
}

/// A format that leaves repeats out.
struct Limited<F> {
    inner: F,
    form: LogFormat,
    repeats: Mutex<Repeats>,
}

impl<F> Limited<F> {
    fn new(inner: F, form: LogFormat) -> Self {
        Limited { inner, form, repeats: Mutex::default() }
    }

    fn write_left_out(&self, writer: &mut Writer<'_>, count: u64) -> fmt::Result {
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        match self.form {
            LogFormat::Text => {
                writeln!(writer, "{time}  INFO {}: {count} repeated lines were left out", module_path!())
            }
            LogFormat::Json => writeln!(
                writer,
                "{{\"timestamp\":\"{time}\",\"level\":\"INFO\",\"message\":\"repeated lines were left out\",\
                 \"count\":{count},\"target\":\"{}\"}}",
                module_path!()
            ),
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut words = Words(DefaultHasher::new());
        event.metadata().callsite().hash(&mut words.0);
        event.record(&mut words);
        let verdict = {
            let mut repeats = lock(&self.repeats);
            repeats.see(words.0.finish(), Instant::now())
        };
        if verdict.left_out > 0 {
            self.write_left_out(&mut writer, verdict.left_out)?;
        }
        if verdict.write { self.inner.format_event(ctx, writer, event) } else { Ok(()) }
    }
}

/// Hashes an event's fields without their digits, so that offsets and times do not make each line a new one.
struct Words(DefaultHasher);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        field.name().hash(&mut self.0);
        // Writing into a hasher cannot fail.
        let _ = write!(self, "{value:?}");
    }
}

impl fmt::Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.bytes().filter(|byte| !byte.is_ascii_digit()).for_each(|byte| self.0.write_u8(byte));
        Ok(())
    }
}

/// Which lines were seen lately, and how often.
#[derive(Default)]
struct Repeats {
    lines: HashMap<u64, Line>,
    /// Lines that were left out since it was last said.
    left_out: u64,
}

struct Line {
    since: Instant,
    count: u32,
}

#[derive(Debug, PartialEq)]
struct Verdict {
    write: bool,
    /// How many lines to own up to first; 0 for none.
    left_out: u64,
}

impl Repeats {
    fn see(&mut self, key: u64, now: Instant) -> Verdict {
        if self.lines.len() >= LINES_MAX && !self.lines.contains_key(&key) {
            self.lines.retain(|_, line| now.duration_since(line.since) < WINDOW);
            if self.lines.len() >= LINES_MAX {
                // So many different lines at once are no repeats; begin anew rather than grow.
                self.lines.clear();
            }
        }
        let line = self.lines.entry(key).or_insert(Line { since: now, count: 0 });
        if now.duration_since(line.since) >= WINDOW {
            *line = Line { since: now, count: 0 };
        }
        line.count = line.count.saturating_add(1);
        if line.count > BURST {
            self.left_out += 1;
            return Verdict { write: false, left_out: 0 };
        }
        Verdict { write: true, left_out: std::mem::take(&mut self.left_out) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn lines(&self) -> Vec<String> {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap().lines().map(str::to_owned).collect()
        }
    }

    #[test]
    fn a_burst_is_written_and_the_rest_is_counted() {
        let start = Instant::now();
        let mut repeats = Repeats::default();
        let written = (0..100).filter(|_| repeats.see(1, start).write).count();
        assert_eq!(written, BURST as usize);
        assert_eq!(repeats.see(2, start), Verdict { write: true, left_out: 80 }, "another line owns up");
        assert_eq!(repeats.see(1, start), Verdict { write: false, left_out: 0 });
        assert_eq!(repeats.see(1, start + WINDOW), Verdict { write: true, left_out: 1 });
    }

    #[test]
    fn memory_is_bounded() {
        let start = Instant::now();
        let mut repeats = Repeats::default();
        (0..10_000).for_each(|key| assert!(repeats.see(key, start).write));
        assert!(repeats.lines.len() <= LINES_MAX);
    }

    #[test]
    fn lines_that_differ_in_numbers_are_repeats() {
        let sink = Sink::default();
        let writer = sink.clone();
        let event = Limited::new(format().json().flatten_event(true), LogFormat::Json);
        let lines =
            fmt().event_format(event).fmt_fields(JsonFields::new()).with_writer(move || writer.clone()).finish();
        tracing::subscriber::with_default(lines, || {
            for offset in 0..50 {
                tracing::warn!(offset, "the broker is away");
            }
            tracing::info!("the broker is back");
        });
        let lines = sink.lines();
        assert_eq!(lines.len(), BURST as usize + 2, "{lines:#?}");
        for line in &lines {
            let json: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(json["level"].is_string() && json["timestamp"].is_string(), "{line}");
        }
        assert!(lines[BURST as usize].contains("\"count\":30"), "{lines:#?}");
        assert!(lines[BURST as usize + 1].contains("the broker is back"));
    }
}
