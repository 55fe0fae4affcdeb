//! The status page: one HTML document without scripts that reloads itself, rendered from a snapshot. It fills a wide screen
//! and reads in one column on a phone.

use super::health::{Health, State};
use crate::metrics::InputState;
use crate::metrics::labels::{ArticleOutcome, LaneState, PageOutcome};
use crate::metrics::snapshot::{Input, Snapshot, Spread};
use crate::split::draft::Kind;
use std::fmt::Write;
use std::time::Duration;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--dim:light-dark(#667,#99a);--card:light-dark(#fff,#1c1d21);\
--page:light-dark(#f4f5f7,#131417);--good:light-dark(#17804f,#4cc38a);--bad:light-dark(#c2272d,#ff6b6b)}\
*{box-sizing:border-box}\
body{font:15px/1.45 system-ui,sans-serif;background:var(--page);max-width:96rem;margin:0 auto;padding:1.25rem}\
header,.figures div,section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.8rem 1rem}\
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:.3rem 1rem}\
h1{font-size:1.2rem;margin:0}h2{font-size:.95rem;margin:0 0 .4rem}h2 small{font-weight:400}\
p{margin:.2rem 0;overflow-wrap:anywhere}header p{flex-basis:100%}small,.dim{color:var(--dim)}\
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.75rem;margin:.75rem 0}\
.figures b{display:block;font-size:1.6rem;line-height:1.2;font-weight:600;font-variant-numeric:tabular-nums}\
main{columns:26rem;column-gap:.75rem}\
section{break-inside:avoid;margin:0 0 .75rem;overflow-x:auto}\
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:.2rem 0 .2rem .9rem;text-align:left;font-weight:400}\
th:first-child,td:first-child{padding-left:0}tr+tr>*{border-top:1px solid var(--line)}\
th{color:var(--dim);font-size:.85rem}.n{text-align:right;white-space:nowrap}.n:first-child{width:4.5rem}\
.good{color:var(--good)}.bad{color:var(--bad)}a{color:inherit}footer{color:var(--dim);clear:both}\
@media(max-width:40rem){body{padding:.6rem}.figures{grid-template-columns:1fr 1fr;gap:.5rem}.figures b{font-size:1.3rem}}";

/// Partitions of one topic that are listed one by one; of more, those that move without lag are summed up.
const PARTITIONS_LISTED_MAX: usize = 24;

/// Renders the page.
pub(super) fn render(snapshot: &Snapshot, health: &Health) -> String {
    let mut html = String::with_capacity(8 << 10);
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>copydesk</title>\
         <meta http-equiv=\"refresh\" content=\"2\"><meta name=\"viewport\" content=\"width=device-width\">\
         <style>{STYLE}</style></head><body>",
    );
    state(&mut html, health);
    figures(&mut html, snapshot);
    html.push_str("<main>");
    pace(&mut html, snapshot);
    articles(&mut html, snapshot);
    counted(&mut html, snapshot);
    inputs(&mut html, snapshot);
    lanes(&mut html, snapshot);
    html.push_str(
        "</main><footer>Counts are of this process, since its start. \
         <a href=\"/metrics\">metrics</a> · <a href=\"/readyz\">readyz</a> · <a href=\"/livez\">livez</a></footer></body></html>\n",
    );
    html
}

fn state(html: &mut String, health: &Health) {
    let (ready, live) = (health.ready(), health.live());
    let word = |ok: bool, yes: &str, no: &str| match ok {
        true => format!("<span class=\"good\">{yes}</span>"),
        false => format!("<span class=\"bad\">{no}</span>"),
    };
    let well = health.components().into_iter().filter(|(_, state)| *state == State::Ready).count();
    let _ = write!(
        html,
        "<header><h1>copydesk <small>{}</small></h1><span>{} · {}</span><small>up {}, {well} components ready</small>",
        env!("CARGO_PKG_VERSION"),
        word(ready.ok, "ready", "not ready"),
        word(live.ok, "live", "not live"),
        uptime(health.uptime()),
    );
    for (name, reason) in ready.reasons.iter().chain(&live.reasons) {
        let _ = write!(html, "<p>{}: <span class=\"bad\">{}</span></p>", escape(name), escape(reason));
    }
    html.push_str("</header>");
}

fn figures(html: &mut String, snapshot: &Snapshot) {
    let pages: u64 = snapshot.pages.iter().map(|(_, count)| count).sum();
    let waiting: i64 = snapshot.inputs.values().map(|input| input.lag.max(0)).sum();
    let figures = [
        ("pages in", grouped(pages)),
        ("skipped", grouped(snapshot.pages(PageOutcome::Skipped))),
        ("dead letters", grouped(snapshot.pages(PageOutcome::DeadLettered))),
        ("candidates", grouped(snapshot.candidates)),
        ("articles out", grouped(snapshot.articles(ArticleOutcome::Published))),
        ("duplicates", grouped(snapshot.articles(ArticleOutcome::Duplicate))),
        ("records waiting", grouped(waiting.unsigned_abs())),
    ];
    html.push_str("<div class=\"figures\">");
    for (name, value) in figures {
        let _ = write!(html, "<div><b>{value}</b><small>{name}</small></div>");
    }
    html.push_str("</div>");
}

fn pace(html: &mut String, snapshot: &Snapshot) {
    html.push_str("<section><h2>Pace</h2><table>");
    let share = match snapshot.inflight_bytes_limit {
        0 => String::new(),
        limit => format!(" of {}", bytes(limit)),
    };
    row(html, "pages in memory", &format!("{}{share}", bytes(snapshot.inflight_bytes)));
    row(html, "page to committed article", &spread(snapshot.latency));
    row(html, "commit of a transaction", &spread(snapshot.commit));
    html.push_str("</table></section>");
}

fn articles(html: &mut String, snapshot: &Snapshot) {
    if snapshot.articles.iter().all(|(.., count)| *count == 0) {
        return;
    }
    html.push_str("<section><h2>Articles</h2><table><tr><th>kind</th>");
    for outcome in ArticleOutcome::ALL {
        let _ = write!(html, "<th class=\"n\">{}</th>", outcome.as_str());
    }
    for kind in Kind::ALL {
        let _ = write!(html, "</tr><tr><td>{}</td>", kind.as_str());
        for (.., count) in snapshot.articles.iter().filter(|(_, found, _)| *found == kind) {
            let _ = write!(html, "<td class=\"n\">{}</td>", grouped(*count));
        }
    }
    html.push_str("</tr></table></section>");
}

/// What is not at zero, and may make someone look.
fn counted(html: &mut String, snapshot: &Snapshot) {
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
    html.push_str("<section><h2>Counted</h2><table>");
    for (name, count) in lines {
        row(html, &name, &grouped(count));
    }
    html.push_str("</table></section>");
}

fn lanes(html: &mut String, snapshot: &Snapshot) {
    if snapshot.lanes.is_empty() {
        return;
    }
    html.push_str(
        "<section><h2>Lanes</h2><table><tr><th class=\"n\">partition</th><th>state</th>\
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
    html.push_str("</table></section>");
}

/// A table for each topic that is read.
fn inputs(html: &mut String, snapshot: &Snapshot) {
    let mut topics: Vec<&str> = snapshot.inputs.keys().map(|(topic, _)| topic.as_str()).collect();
    topics.dedup();
    for topic in topics {
        let partitions: Vec<_> = snapshot.inputs.iter().filter(|((of, _), _)| of == topic).collect();
        let is_calm = |input: &Input| input.lag <= 0 && input.state == InputState::Moving.as_str();
        let total: i64 = partitions.iter().map(|(_, input)| input.lag.max(0)).sum();
        let _ = write!(
            html,
            "<section><h2>{} <small>{} waiting in {} partitions</small></h2>\
             <table><tr><th class=\"n\">partition</th><th>state</th><th class=\"n\">waiting</th></tr>",
            escape(topic),
            grouped(total.unsigned_abs()),
            partitions.len(),
        );
        let (left_out, listed): (Vec<_>, Vec<_>) =
            partitions.iter().partition(|(_, input)| partitions.len() > PARTITIONS_LISTED_MAX && is_calm(input));
        for ((_, partition), input) in listed {
            let class = if input.state == InputState::Moving.as_str() { "" } else { "bad" };
            let _ = write!(
                html,
                "<tr><td class=\"n\">{partition}</td><td class=\"{class}\">{}</td><td class=\"n\">{}</td></tr>",
                escape(&input.state),
                grouped(input.lag.max(0).unsigned_abs()),
            );
        }
        html.push_str("</table>");
        if !left_out.is_empty() {
            let _ = write!(html, "<p class=\"dim\">{} more partitions move and have no lag</p>", left_out.len());
        }
        html.push_str("</section>");
    }
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
        assert_eq!(html.matches("<h2>").count(), 1, "how fast it goes, and nothing else: {html}");
    }

    #[test]
    fn of_many_partitions_those_that_need_a_look_are_listed() {
        let mut snapshot = Snapshot::default();
        let mut add = |topic: &str, partition, state: &str, lag| {
            snapshot.inputs.insert((topic.to_owned(), partition), Input { state: state.into(), lag });
        };
        (0..100).for_each(|partition| add("pages", partition, "moving", i64::from(partition == 7) * 5));
        add("pages", 9, "stalled", 3);
        (0..2).for_each(|partition| add("candidates", partition, "moving", 0));
        let html = render(&snapshot, &Health::new());
        assert!(html.contains("8 waiting in 100 partitions"), "{html}");
        assert!(html.contains("98 more partitions move"), "{html}");
        assert!(html.contains("<td class=\"n\">9</td><td class=\"bad\">stalled</td><td class=\"n\">3</td>"), "{html}");
        assert_eq!(html.matches("<tr><td class=\"n\">").count(), 4, "two of each topic: {html}");
    }
}
