//! The status page: one HTML document without scripts that reloads itself, rendered from a snapshot.

use super::health::{Health, State};
use crate::metrics::labels::{ArticleOutcome, LaneState, PageOutcome};
use crate::metrics::snapshot::{Snapshot, Spread};
use crate::split::draft::Kind;
use std::fmt::Write;
use std::time::Duration;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8883;--dim:#888;--good:#2a7;--bad:#d33}\
body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.3rem;margin:0}h2{font-size:1rem;margin:2rem 0 .5rem}\
p{margin:.3rem 0}small,.dim{color:var(--dim)}\
table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
th,td{padding:.2rem 1.2rem .2rem 0;border-bottom:1px solid var(--line);text-align:left;font-weight:400}\
th{color:var(--dim)}td.n,th.n{text-align:right}\
.flow{display:flex;flex-wrap:wrap;gap:2.5rem;margin:1.5rem 0}.flow b{display:block;font-size:1.8rem;font-weight:600}\
.good{color:var(--good)}.bad{color:var(--bad)}a{color:inherit}";

/// Renders the page.
pub(super) fn render(snapshot: &Snapshot, health: &Health) -> String {
    let mut html = String::with_capacity(8 << 10);
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>copydesk</title>\
         <meta http-equiv=\"refresh\" content=\"2\"><meta name=\"viewport\" content=\"width=device-width\">\
         <style>{STYLE}</style></head><body><h1>copydesk <small>{}, up {}</small></h1>",
        env!("CARGO_PKG_VERSION"),
        uptime(health.uptime()),
    );
    state(&mut html, health);
    flow(&mut html, snapshot);
    articles(&mut html, snapshot);
    troubles(&mut html, snapshot);
    lanes(&mut html, snapshot);
    lag(&mut html, snapshot);
    html.push_str(
        "<p class=\"dim\">Counts are of this process, since its start. \
         <a href=\"/metrics\">metrics</a> · <a href=\"/readyz\">readyz</a> · <a href=\"/livez\">livez</a></p></body></html>\n",
    );
    html
}

fn state(html: &mut String, health: &Health) {
    let (ready, live) = (health.ready(), health.live());
    let word = |ok: bool, yes: &str, no: &str| match ok {
        true => format!("<span class=\"good\">{yes}</span>"),
        false => format!("<span class=\"bad\">{no}</span>"),
    };
    let _ = write!(html, "<p>{}, {}", word(ready.ok, "ready", "not ready"), word(live.ok, "live", "not live"));
    let well = health.components().into_iter().filter(|(_, state)| *state == State::Ready).count();
    let _ = write!(html, " <small>({well} components ready)</small></p>");
    for (name, reason) in ready.reasons.iter().chain(&live.reasons) {
        let _ = write!(html, "<p>{}: <span class=\"bad\">{}</span></p>", escape(name), escape(reason));
    }
}

fn flow(html: &mut String, snapshot: &Snapshot) {
    let pages: u64 = snapshot.pages.iter().map(|(_, count)| count).sum();
    let figures = [
        ("pages in", grouped(pages)),
        ("skipped", grouped(snapshot.pages(PageOutcome::Skipped))),
        ("dead letters", grouped(snapshot.pages(PageOutcome::DeadLettered))),
        ("candidates", grouped(snapshot.candidates)),
        ("articles out", grouped(snapshot.articles(ArticleOutcome::Published))),
        ("duplicates", grouped(snapshot.articles(ArticleOutcome::Duplicate))),
    ];
    html.push_str("<div class=\"flow\">");
    for (name, value) in figures {
        let _ = write!(html, "<div><b>{value}</b>{name}</div>");
    }
    html.push_str("</div><table>");
    let share = match snapshot.inflight_bytes_limit {
        0 => String::new(),
        limit => format!(" of {}", bytes(limit)),
    };
    row(html, "pages in memory", &format!("{}{share}", bytes(snapshot.inflight_bytes)));
    row(html, "page to committed article", &spread(snapshot.latency));
    row(html, "commit of a transaction", &spread(snapshot.commit));
    html.push_str("</table>");
}

fn articles(html: &mut String, snapshot: &Snapshot) {
    if snapshot.articles.iter().all(|(.., count)| *count == 0) {
        return;
    }
    html.push_str("<h2>Articles</h2><table><tr><th>kind</th>");
    for outcome in ArticleOutcome::ALL {
        let _ = write!(html, "<th class=\"n\">{}</th>", outcome.as_str());
    }
    for kind in Kind::ALL {
        let _ = write!(html, "</tr><tr><td>{}</td>", kind.as_str());
        for (.., count) in snapshot.articles.iter().filter(|(_, found, _)| *found == kind) {
            let _ = write!(html, "<td class=\"n\">{}</td>", grouped(*count));
        }
    }
    html.push_str("</tr></table>");
}

/// What is not at zero and should make someone look.
fn troubles(html: &mut String, snapshot: &Snapshot) {
    let mut lines: Vec<(String, u64)> = Vec::new();
    lines.push(("pages deleted unread".into(), snapshot.pages_lost));
    lines.push(("candidates deleted unread".into(), snapshot.candidates_lost));
    lines.push(("candidates read again and dropped".into(), snapshot.replayed));
    lines.extend(snapshot.skipped.iter().map(|(reason, count)| (format!("skipped: {}", reason.as_str()), *count)));
    lines.extend(snapshot.errors.iter().map(|(code, count)| (format!("dead letter: {}", code.as_str()), *count)));
    let transactions = snapshot.transactions.iter();
    lines.extend(transactions.map(|(result, count)| (format!("transactions {}", result.as_str()), *count)));
    lines.retain(|(_, count)| *count > 0);
    if lines.is_empty() {
        return;
    }
    html.push_str("<h2>Counted</h2><table>");
    for (name, count) in lines {
        row(html, &name, &grouped(count));
    }
    html.push_str("</table>");
}

fn lanes(html: &mut String, snapshot: &Snapshot) {
    if snapshot.lanes.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Lanes</h2><table><tr><th class=\"n\">partition</th><th>state</th>\
         <th class=\"n\">hashes</th><th class=\"n\">memory</th></tr>",
    );
    for (partition, lane) in &snapshot.lanes {
        let class = if LaneState::is_trouble(&lane.state) { "bad" } else { "" };
        let _ = write!(
            html,
            "<tr><td class=\"n\">{partition}</td><td class=\"{class}\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escape(&lane.state),
            grouped(lane.entries.max(0).unsigned_abs()),
            bytes(lane.bytes),
        );
    }
    html.push_str("</table>");
}

fn lag(html: &mut String, snapshot: &Snapshot) {
    if snapshot.lag.is_empty() {
        return;
    }
    html.push_str(
        "<h2>Lag</h2><table><tr><th>topic</th><th class=\"n\">partition</th><th class=\"n\">records</th></tr>",
    );
    for ((topic, partition), records) in &snapshot.lag {
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"n\">{partition}</td><td class=\"n\">{}</td></tr>",
            escape(topic),
            grouped(records.max(&0).unsigned_abs()),
        );
    }
    html.push_str("</table>");
}

fn row(html: &mut String, name: &str, value: &str) {
    let _ = write!(html, "<tr><td>{}</td><td class=\"n\">{}</td></tr>", escape(name), escape(value));
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn spread(spread: Spread) -> String {
    match spread.count {
        0 => "none yet".to_owned(),
        _ => format!("median {}, p99 {}", seconds(spread.p50), seconds(spread.p99)),
    }
}

fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") }
}

fn bytes(bytes: i64) -> String {
    let bytes = bytes.max(0) as f64;
    match bytes {
        ..1024.0 => format!("{bytes} B"),
        1024.0..1048576.0 => format!("{:.1} KiB", bytes / 1024.0),
        _ => format!("{:.1} MiB", bytes / 1048576.0),
    }
}

fn uptime(uptime: Duration) -> String {
    let seconds = uptime.as_secs();
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Digits in groups of three, by a thin space.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_from_the_right() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1234), "1\u{2009}234");
        assert_eq!(grouped(123_456), "123\u{2009}456");
        assert_eq!(grouped(1_234_567), "1\u{2009}234\u{2009}567");
    }

    #[test]
    fn sections_without_content_are_left_out() {
        let html = render(&Snapshot::default(), &Health::new());
        assert!(html.contains("not ready") && html.contains("starting"), "{html}");
        assert!(!html.contains("<h2>"), "{html}");
    }
}
