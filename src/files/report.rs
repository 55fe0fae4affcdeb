//! What a person sees on standard error: a progress bar where there is a terminal, rejects, and one line at the end.

use crate::expand::SkipReason;
use crate::split::draft::Kind;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a run did: `pages` = `expanded` + `skipped` + `rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Records read.
    pub pages: u64,
    /// Pages that gave events.
    pub expanded: u64,
    /// Events printed, by kind in the order of [`Kind::ALL`].
    pub articles: [u64; Kind::ALL.len()],
    /// Events left out, since their content was printed before.
    pub duplicates: u64,
    /// Pages without an article, by reason in the order of [`SkipReason::ALL`].
    pub skipped: [u64; SkipReason::ALL.len()],
    /// Records that are no page.
    pub rejected: u64,
    /// True where whoever read the events went away, as `head` does. The run ended there.
    pub reader_gone: bool,
}

impl Summary {
    /// Events printed, of all kinds.
    pub fn articles_total(&self) -> u64 {
        self.articles.iter().sum()
    }

    /// Pages without an article, for all reasons.
    pub fn skipped_total(&self) -> u64 {
        self.skipped.iter().sum()
    }

    /// True where exit code 65 is due: something was rejected, and someone is still there to care.
    pub fn has_bad_data(&self) -> bool {
        self.rejected > 0 && !self.reader_gone
    }

    pub(super) fn count(&mut self, kind: Kind) {
        self.articles[kind as usize] += 1;
    }

    pub(super) fn skip(&mut self, reason: SkipReason) {
        self.skipped[reason as usize] += 1;
    }

    fn line(&self, elapsed: Duration, bytes: u64) -> String {
        let seconds = elapsed.as_secs_f64().max(1e-6);
        let kinds = parts(Kind::ALL.iter().map(|kind| kind.as_str()).zip(self.articles));
        let reasons = parts(SkipReason::ALL.iter().map(|reason| reason.as_str()).zip(self.skipped));
        format!(
            "{} pages, {} in {seconds:.1} s ({:.0} pages/s): {} events{kinds}, {} duplicates, {} skipped{reasons}, {} rejected",
            HumanCount(self.pages),
            HumanBytes(bytes),
            self.pages as f64 / seconds,
            HumanCount(self.articles_total()),
            HumanCount(self.duplicates),
            HumanCount(self.skipped_total()),
            HumanCount(self.rejected),
        )
    }
}

/// ` (3 article, 2 teaser)` of those that are not 0; nothing where all are.
fn parts<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> String {
    let named: Vec<_> = counts.filter(|(_, n)| *n > 0).map(|(name, n)| format!("{} {name}", HumanCount(n))).collect();
    if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) }
}

/// The bar, or nothing where there is no terminal to draw it on.
pub struct Progress {
    bar: ProgressBar,
    quiet: bool,
    bytes_read: Arc<AtomicU64>,
    begun: Instant,
    shown: Instant,
}

/// Between two changes of the bar.
const SHOW_INTERVAL: Duration = Duration::from_millis(100);

impl Progress {
    /// Begins a run over `bytes` of files; 0 where the input is a pipe.
    pub fn begin(quiet: bool, bytes: u64, bytes_read: Arc<AtomicU64>) -> Self {
        // Events on the same terminal would tear the bar apart.
        let drawn = !quiet && io::stderr().is_terminal() && !io::stdout().is_terminal();
        let (bar, style) = match bytes {
            _ if !drawn => (ProgressBar::hidden(), ""),
            0 => (ProgressBar::no_length(), "{spinner} {bytes} read  {msg}  {elapsed}"),
            _ => (ProgressBar::new(bytes), "{bar:30} {bytes} of {total_bytes}  {msg}  {eta} left"),
        };
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        let now = Instant::now();
        Progress { bar, quiet, bytes_read, begun: now, shown: now }
    }

    /// Brings the bar up to date, not too often.
    pub fn show(&mut self, summary: &Summary) {
        if self.bar.is_hidden() || self.shown.elapsed() < SHOW_INTERVAL {
            return;
        }
        self.shown = Instant::now();
        self.bar.set_position(self.bytes_read.load(Ordering::Relaxed));
        let rate = summary.pages as f64 / self.begun.elapsed().as_secs_f64();
        self.bar.set_message(format!("{rate:.0} pages/s  {} events", HumanCount(summary.articles_total())));
    }

    /// One line on standard error, above the bar.
    pub fn say(&self, line: &dyn Display) {
        self.bar.suspend(|| eprintln!("copydesk: {line}"));
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// The last line.
    pub fn summary(&self, summary: &Summary) {
        if !self.quiet {
            self.say(&summary.line(self.begun.elapsed(), self.bytes_read.load(Ordering::Relaxed)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_everything() {
        let mut summary = Summary { pages: 1234, expanded: 1230, duplicates: 7, rejected: 1, ..Summary::default() };
        summary.articles = [1200, 0, 30, 0, 0];
        summary.skip(SkipReason::NoText);
        summary.skip(SkipReason::HttpStatus);
        assert_eq!(
            summary.line(Duration::from_secs(2), 3 << 20),
            "1,234 pages, 3.00 MiB in 2.0 s (617 pages/s): 1,230 events (1,200 article, 30 teaser), 7 duplicates, \
             2 skipped (1 no_text, 1 http_status), 1 rejected"
        );
        assert!(Summary::default().line(Duration::ZERO, 0).contains("0 events, 0 duplicates, 0 skipped, 0 rejected"));
    }

    #[test]
    fn counters_follow_the_order_of_their_names() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
        for (index, reason) in SkipReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
    }
}
