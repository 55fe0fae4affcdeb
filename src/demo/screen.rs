//! What a demo prints: the banner, one entry for each article, the summary. Plain text, so that it can be piped.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Mutex;

use super::Broker;
use crate::article::event::ArticleEvent;
use crate::config::Config;
use crate::lock::lock;
use crate::metrics::snapshot::Spread;
use crate::metrics::{ArticleOutcome, PageOutcome, Snapshot, TransactionResult};
use crate::split::draft::Kind;

/// Characters of an entry's lines.
const WIDTH: usize = 120;
/// Hex digits of the content hash that tell articles apart for a reader.
const HASH_DIGITS: usize = 10;

/// Where a demo prints. Lines of several threads never mix.
pub struct Screen(Mutex<Box<dyn Write + Send>>);

impl Screen {
    /// Prints to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        Screen(Mutex::new(Box::new(out)))
    }

    /// A reader that has gone, as in `copydesk demo | head`, does not end the run.
    fn print(&self, text: &str) {
        let mut out = lock(&self.0);
        let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    }

    pub(super) fn banner(&self, broker: &Broker, config: &Config) {
        let prefix = &config.topics.prefix;
        let text = match broker {
            Broker::Simulated(_) => {
                "copydesk demo on a simulated broker, inside this process. It shows the flow, not the guarantees:\n\
                 nothing is kept, transactions are not isolated, and a partition holds 5 MB at most.\n\
                 With --broker HOST:PORT it runs on a real one."
                    .to_owned()
            }
            Broker::Real(bootstrap) => format!(
                "copydesk demo on {bootstrap}, replication factor {}. Its topics begin with {prefix}. and stay there;\n\
                 articles are in {}, to be read with isolation.level=read_committed.",
                config.topics.replication_factor, config.topics.articles
            ),
        };
        self.print(&format!("{text}\n"));
    }

    pub(super) fn started(&self, address: Option<SocketAddr>) {
        match address {
            Some(address) => self.print(&format!("metrics   http://{address}/metrics   status http://{address}/")),
            None => self.print("metrics   off (http.enabled)"),
        }
    }

    pub(super) fn sending(&self, count: usize) {
        self.print(&format!(
            "sending   {count} pages; each distinct article appears once, whichever page comes first\n"
        ));
    }

    pub(super) fn article(&self, event: &ArticleEvent) {
        self.print(&entry(event));
    }

    pub(super) fn summary(&self, snapshot: &Snapshot, sent: usize) {
        self.print(&summary(snapshot, sent));
    }

    pub(super) fn all_done(&self, snapshot: &Snapshot, sent: usize) {
        self.print(&format!(
            "{}\nAll pages are done. The run goes on, with its metrics; Ctrl-C ends it.",
            summary(snapshot, sent)
        ));
    }
}

/// Two lines: what it is, then how it begins and where it was found.
fn entry(event: &ArticleEvent) -> String {
    let date = event.date_published.as_deref().map_or("-", |date| date.get(..10).unwrap_or(date));
    let hash = event.content_hash.to_string();
    let digits = hash.rsplit(':').next().unwrap_or_default();
    let head = format!(
        "{:<13} {date:<10} {:<5} {}  {}",
        event.kind.as_str(),
        event.in_language.as_deref().unwrap_or("-"),
        &digits[..HASH_DIGITS.min(digits.len())],
        one_line(event.headline.as_deref().unwrap_or("(no headline)")),
    );
    let host = event.url.as_deref().and_then(|url| url.split('/').nth(2)).unwrap_or("-");
    let tail = format!(" ({host}, {} words)", event.word_count);
    let begins = cut(&one_line(&event.article_body), WIDTH.saturating_sub(14 + tail.chars().count()));
    format!("{}\n{:14}{begins}{tail}", cut(&head, WIDTH), "")
}

/// Page text on one line, without anything that a terminal would act on.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `width` characters; what is cut ends with an ellipsis.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

fn summary(snapshot: &Snapshot, sent: usize) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, total: String, parts: String| {
        lines.push(format!("{name:<13} {total:>6}   {parts}").trim_end().to_owned());
    };
    let outcomes = PageOutcome::ALL.iter().map(|outcome| (outcome.as_str(), snapshot.pages(*outcome)));
    line("pages", sent.to_string(), listed(outcomes, true));
    line("  skipped", snapshot.pages(PageOutcome::Skipped).to_string(), {
        listed(snapshot.skipped.iter().map(|(reason, count)| (reason.as_str(), *count)), false)
    });
    line("  dead letters", snapshot.errors.iter().map(|(_, count)| count).sum::<u64>().to_string(), {
        listed(snapshot.errors.iter().map(|(code, count)| (code.as_str(), *count)), false)
    });
    let outcomes = ArticleOutcome::ALL.iter().map(|outcome| (outcome.as_str(), snapshot.articles(*outcome)));
    line("candidates", snapshot.candidates.to_string(), listed(outcomes, true));
    line("  published", snapshot.articles(ArticleOutcome::Published).to_string(), {
        listed(Kind::ALL.iter().map(|kind| (kind.as_str(), published(snapshot, *kind))), false)
    });
    let committed = snapshot.transactions.iter().filter(|(result, _)| *result == TransactionResult::Committed);
    line("transactions", committed.map(|(_, count)| count).sum::<u64>().to_string(), {
        format!("commit {}", spread(&snapshot.commit))
    });
    line("latency", String::new(), format!("{}, from page to committed article", spread(&snapshot.latency)));
    format!("\n{}", lines.join("\n"))
}

fn published(snapshot: &Snapshot, kind: Kind) -> u64 {
    let of_kind =
        snapshot.articles.iter().filter(|(outcome, found, _)| *outcome == ArticleOutcome::Published && *found == kind);
    of_kind.map(|(.., count)| count).sum()
}

/// `name count` for each; zeros only where `all` is asked for.
fn listed<'n>(parts: impl Iterator<Item = (&'n str, u64)>, all: bool) -> String {
    let told: Vec<String> = parts.filter(|(_, n)| all || *n > 0).map(|(name, n)| format!("{name} {n}")).collect();
    told.join(" · ")
}

fn spread(spread: &Spread) -> String {
    if spread.count == 0 {
        return "not measured".into();
    }
    let seconds = |s: f64| if s < 1.0 { format!("{:.0} ms", s * 1000.0) } else { format!("{s:.1} s") };
    format!("p50 {} · p99 {}", seconds(spread.p50), seconds(spread.p99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_characters_and_says_so() {
        assert_eq!(cut("harbour", 7), "harbour");
        assert_eq!(cut("harbours", 7), "harbou…");
        assert_eq!(cut("항구의 아침", 4), "항구의…");
        assert_eq!(one_line("a\u{1b}[2Jb\n\nc"), "a [2Jb c");
    }

    #[test]
    fn lists_zeros_only_when_asked() {
        let parts = [("a", 1), ("b", 0)];
        assert_eq!(listed(parts.into_iter(), true), "a 1 · b 0");
        assert_eq!(listed(parts.into_iter(), false), "a 1");
    }
}
