//! The report for a terminal: one block after the other, cut to the width, coloured by class where the terminal shows
//! colours.

use super::{Explanation, Fact, Feature, Report, Told};
use console::{Style, measure_text_width, truncate_str};
use std::fmt::Write;

/// Features that are told of one answer; the HTML file and the JSON tell more.
const FEATURES_MAX: usize = 4;
/// Class words of one element, bytes.
const WORDS_BYTES_MAX: usize = 40;
/// Elements of a path that are told, the innermost.
const PATH_MAX: usize = 5;
/// Width that the names at a line's start take.
const NAME_WIDTH: usize = 13;

/// What the report is shown on.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Columns; `None` cuts nothing.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub colour: bool,
}

/// Renders the report, a line feed at its end.
pub fn render(report: &Report, screen: Screen) -> String {
    let mut out = Lines { text: String::with_capacity(report.blocks.len() * 400), screen };
    let address = report.url.as_deref().unwrap_or("no address");
    let cut = if report.truncated { ", cut by a bound" } else { "" };
    let about = format!("{}, {}{cut}", report.form, report.charset);
    out.line(&[(&report.source, bold()), (&format!("  {about}, {} blocks  {address}", report.blocks.len()), dim())]);
    out.line(&[]);
    verdict(&mut out, report);
    out.line(&[]);
    report.meta.iter().for_each(|fact| meta(&mut out, fact));
    for block in &report.blocks {
        out.line(&[]);
        explanation(&mut out, block);
    }
    out.text
}

fn verdict(out: &mut Lines, report: &Report) {
    let verdict = &report.verdict;
    out.line(&[(&named("verdict"), dim()), (&verdict.says, bold())]);
    if let Some(answer) = &verdict.answer {
        let score = format!(
            "{:.2} that the page holds an article; from {} on it does, from {} on its text is secondary",
            answer.score, verdict.article_at, verdict.secondary_at
        );
        out.line(&[(&named(""), dim()), (&score, Style::new())]);
        reasons(out, answer);
    }
    for event in &verdict.events {
        let headline = event.headline.as_deref().unwrap_or("(no headline)");
        let line = format!("{}, {} words: {}", event.kind, event.word_count, clean(headline));
        out.line(&[(&named("event"), dim()), (&line, Style::new())]);
    }
}

fn meta(out: &mut Lines, fact: &Fact) {
    let found = if fact.found.is_empty() { String::new() } else { format!("  [{}]", clean(&fact.found.join("; "))) };
    // Where it stands is told even where the value is long.
    let room = out.screen.width.map(|width| width.saturating_sub(NAME_WIDTH + 24).max(20));
    let value = clean(&fact.value);
    let value = match room {
        Some(room) => truncate_str(&value, room, "…").into_owned(),
        None => value,
    };
    out.line(&[(&named(fact.name), dim()), (&value, Style::new()), (&found, dim())]);
}

fn explanation(out: &mut Lines, block: &Explanation) {
    let style = colour(block.class);
    let hidden = if block.hidden { ", hidden" } else { "" };
    let links =
        if block.link_share > 0.0 { format!(", {:.0} % links", block.link_share * 100.0) } else { String::new() };
    let head = format!("{:>4} {}", block.index, block.class);
    let about = format!("  {:.2}  {}{links}{hidden}  {}", block.confidence, block.markup, path(block));
    out.line(&[(&head, style.clone().bold()), (&about, dim())]);
    out.line(&[("     ", Style::new()), (&clean(&block.text), style)]);
    block.answers.iter().for_each(|answer| {
        let score = format!("{:.2}", answer.score);
        out.line(&[("     ", dim()), (&format!("{} {score}: {}", answer.question, features(answer)), dim())]);
    });
    if block.rivals.len() > 1 || block.rivals.iter().any(|rival| rival.class != block.class) {
        let rivals: Vec<String> = block.rivals.iter().map(|r| format!("{} {:.2}", r.class, r.strength)).collect();
        out.line(&[("     ", dim()), (&format!("classes by rule: {}", rivals.join(", ")), dim())]);
    }
    for note in &block.notes {
        out.line(&[("     ", dim()), (&clean(note), dim())]);
    }
}

fn reasons(out: &mut Lines, answer: &Told) {
    if let Some(compared_to) = answer.compared_to {
        let line = format!("compared to {compared_to} ({:.2}): {}", answer.reference, features(answer));
        out.line(&[(&named(""), dim()), (&line, dim())]);
    }
}

/// `words 47 (+1.2), element p (+0.4)`.
fn features(answer: &Told) -> String {
    if answer.compared_to.is_none() {
        return "nothing to compare it to".to_owned();
    }
    let told = |f: &Feature| format!("{} {} ({:+.1})", f.name, f.value, f.weight);
    let told: Vec<String> = answer.features.iter().take(FEATURES_MAX).map(told).collect();
    if told.is_empty() { "no different from what it is compared to".to_owned() } else { told.join(", ") }
}

/// The innermost elements with their class words, as a selector would write them.
fn path(block: &Explanation) -> String {
    let from = block.path.len().saturating_sub(PATH_MAX);
    let elements: Vec<String> = block.path[from..]
        .iter()
        .map(|element| {
            let words = &element.words[..element.words.floor_char_boundary(WORDS_BYTES_MAX)];
            let words: String = clean(words).split(' ').filter(|w| !w.is_empty()).map(|w| format!(".{w}")).collect();
            format!("{}{words}", element.tag)
        })
        .collect();
    let start = if from > 0 { "… > " } else { "" };
    format!("{start}{}", elements.join(" > "))
}

fn named(name: &str) -> String {
    format!("{name:<NAME_WIDTH$} ")
}

fn bold() -> Style {
    Style::new().bold()
}

fn dim() -> Style {
    Style::new().dim()
}

fn colour(class: &str) -> Style {
    let style = Style::new();
    match class {
        "body" => style.green(),
        "headline" | "standfirst" | "kicker" => style.cyan(),
        "byline" | "date" => style.yellow(),
        "caption" => style.magenta(),
        "teaser" => style.blue(),
        "advert" | "consent" => style.red(),
        _ => style.dim(),
    }
}

/// Text on one line, without anything that a terminal would act on.
fn clean(text: &str) -> String {
    let plain: String = text.chars().map(|c| if is_shown(c) { c } else { ' ' }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Neither a control character nor one that turns the direction of what follows.
fn is_shown(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Lines {
    text: String,
    screen: Screen,
}

impl Lines {
    /// Adds a line of pieces, cut to the screen's width.
    fn line(&mut self, pieces: &[(&str, Style)]) {
        let mut room = self.screen.width.unwrap_or(usize::MAX);
        for (text, style) in pieces {
            let cut = truncate_str(text, room, "…");
            room = room.saturating_sub(measure_text_width(&cut));
            let _ = match self.screen.colour {
                true => write!(self.text, "{}", style.clone().force_styling(true).apply_to(&cut)),
                false => write!(self.text, "{cut}"),
            };
            if room == 0 {
                break;
            }
        }
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_would_act_on_passes() {
        assert_eq!(clean("a\u{1b}[2Jb\n\n\u{202e}c\u{7}"), "a [2Jb c");
    }

    #[test]
    fn lines_are_cut_by_columns() {
        let mut out = Lines { text: String::new(), screen: Screen { width: Some(6), colour: false } };
        out.line(&[("ab", dim()), ("cdefgh", bold())]);
        out.line(&[("항구의 아침", dim())]);
        assert_eq!(out.text, "abcde…\n항구…\n");
        let mut out = Lines { text: String::new(), screen: Screen { width: None, colour: true } };
        out.line(&[("ab", Style::new().red())]);
        assert_eq!(out.text, "\u{1b}[31mab\u{1b}[0m\n");
    }
}
