//! The report as one HTML file that needs nothing else: the page's blocks coloured by class, and what decided about each on
//! hovering and opening. Readable in light and dark, on paper and on a phone.
//!
//! What holds: no script, no request (a policy in the file forbids both); what the page says is escaped everywhere.

use super::{CLASSES, Element, Explanation, Fact, Report, Told, name};
use std::fmt::{Display, Formatter, Result, Write};

const STYLE: &str = include_str!("report.css");
/// Features that a hint on hovering tells.
const HINT_MAX: usize = 3;

/// Renders the report.
pub fn render(report: &Report) -> String {
    let mut html = String::with_capacity(4096 + report.blocks.len() * 4096);
    let headline = report.meta.iter().find(|fact| fact.name == "headline").map(|fact| fact.value.as_str());
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{} – copydesk explain</title><style>{STYLE}</style></head><body>",
        Text(headline.unwrap_or(&report.source)),
    );
    head(&mut html, report);
    legend(&mut html, report);
    html.push_str("<main>");
    report.blocks.iter().for_each(|block| explanation(&mut html, block));
    let _ = writeln!(
        html,
        "</main><footer>copydesk {}. A weight is what a feature added to the log-odds of the answer, compared to what is named \
         beside it (Shapley values).</footer></body></html>",
        env!("CARGO_PKG_VERSION")
    );
    html
}

fn head(html: &mut String, report: &Report) {
    let verdict = &report.verdict;
    let _ = write!(html, "<header><h1>{}</h1><p class=\"dim\">{}", Text(&verdict.says), Text(&report.source));
    if let Some(url) = &report.url {
        let _ = write!(html, " · {}", Text(url));
    }
    let cut = if report.truncated { " · cut by a bound" } else { "" };
    let (form, charset, count) = (report.form, report.charset, report.blocks.len());
    let _ = write!(html, " · {form}, {charset} · {count} blocks{cut}</p><div class=\"two\"><section>");
    if let Some(answer) = &verdict.answer {
        let holds = match answer.score {
            score if score >= verdict.article_at => "holds an article",
            score if score >= verdict.secondary_at => "may hold an article",
            _ => "holds no article of its own",
        };
        let _ = write!(
            html,
            "<h2>The page {holds}</h2><div class=\"gauge\"><i style=\"width:{:.1}%\"></i><b style=\"left:{:.1}%\"></b></div>\
             <p class=\"dim\">article score {:.2}; from {} on (the mark) it holds one, from {} on its text is secondary</p>",
            answer.score * 100.0,
            verdict.article_at * 100.0,
            answer.score,
            verdict.article_at,
            verdict.secondary_at,
        );
        features(html, answer);
    } else {
        html.push_str("<h2>Scraped text</h2><p class=\"dim\">The page's own score is asked of HTML alone.</p>");
    }
    html.push_str("</section><section><h2>What comes of it</h2><table>");
    for event in &verdict.events {
        let headline = event.headline.as_deref().unwrap_or("(no headline)");
        let _ = write!(html, "<tr><th>{}</th><td>{}</td>", event.kind, Text(headline));
        let _ = write!(html, "<td class=\"n\">{} words</td></tr>", event.word_count);
    }
    html.push_str("</table><h2>Fields, and where they stand</h2><table class=\"meta\">");
    report.meta.iter().for_each(|fact| meta(html, fact));
    html.push_str("</table></section></div></header>");
}

fn meta(html: &mut String, fact: &Fact) {
    let _ = write!(html, "<tr><th>{}</th><td>{}", fact.name, Text(&fact.value));
    if !fact.found.is_empty() {
        let _ = write!(html, "<small>{}</small>", Text(&fact.found.join(" · ")));
    }
    html.push_str("</td></tr>");
}

/// The classes with their counts; each can be hidden.
fn legend(html: &mut String, report: &Report) {
    html.push_str("<nav>");
    for class in CLASSES.map(name) {
        let count = report.blocks.iter().filter(|block| block.class == class).count();
        let none = if count == 0 { " none" } else { "" };
        let _ = write!(
            html,
            "<label class=\"k-{class}{none}\"><input type=\"checkbox\" id=\"show-{class}\" checked> {class} <b>{count}</b></label>"
        );
    }
    html.push_str("<span class=\"dim\">untick to hide · open a block to see what decided</span></nav>");
}

fn explanation(html: &mut String, block: &Explanation) {
    let sure = if block.confidence < 0.6 { " unsure" } else { "" };
    let hidden = if block.hidden { " hidden" } else { "" };
    let _ = write!(
        html,
        "<details class=\"block k-{}{sure}{hidden}\" id=\"b{}\"><summary title=\"{}\"><span class=\"tab\"><b>{}</b> <span>{:.2}</span></span>\
         <span class=\"text m-{}\">{}</span></summary><div class=\"why\">",
        block.class,
        block.index,
        Text(&hint(block)),
        block.class,
        block.confidence,
        block.markup.replace(' ', "-"),
        Text(&block.text),
    );
    let _ = write!(html, "<p class=\"path\">#{} · {}", block.index, block.markup);
    if block.link_share > 0.0 {
        let _ = write!(html, " · {:.0} % in links", block.link_share * 100.0);
    }
    html.push_str(if block.hidden { " · hidden" } else { "" });
    for element in &block.path {
        let _ = write!(html, " › {}", Selector(element));
    }
    html.push_str("</p>");
    for note in &block.notes {
        let _ = write!(html, "<p>{}</p>", Text(note));
    }
    if !block.rivals.is_empty() {
        html.push_str("<p>Outside of the body, rules name the class: ");
        for (at, rival) in block.rivals.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let _ = write!(html, "{comma}<b class=\"k-{0} chip\">{0}</b> {1:.2}", rival.class, rival.strength);
        }
        html.push_str("</p>");
    }
    html.push_str("<div class=\"two\">");
    for answer in block.answers.iter().rev() {
        let _ = write!(html, "<section><h3>{} <b>{:.2}</b></h3>", Text(answer.question), answer.score);
        features(html, answer);
        html.push_str("</section>");
    }
    html.push_str("</div></div></details>");
}

/// The heaviest features of the deciding answer, on hovering.
fn hint(block: &Explanation) -> String {
    let mut hint = format!("{} {:.2}", block.class, block.confidence);
    if let Some(answer) = block.answers.last() {
        let _ = write!(hint, "\n{}: {:.2}", answer.question, answer.score);
        for feature in answer.features.iter().take(HINT_MAX) {
            let _ = write!(hint, "\n{:+.1}  {}: {}", feature.weight, feature.name, feature.value);
        }
    }
    hint
}

/// A table of features with bars to the right for, to the left against.
fn features(html: &mut String, answer: &Told) {
    let Some(compared_to) = answer.compared_to else {
        html.push_str("<p class=\"dim\">There is nothing to compare it to.</p>");
        return;
    };
    let _ = write!(
        html,
        "<p class=\"dim\">compared to {} ({:.2})</p><table class=\"features\">",
        Text(compared_to),
        answer.reference
    );
    let most = answer.features.iter().map(|feature| feature.weight.abs()).fold(f32::MIN_POSITIVE, f32::max);
    for feature in &answer.features {
        let side = if feature.weight < 0.0 { "against" } else { "for" };
        let _ = write!(
            html,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"bar\"><i class=\"{side}\" style=\"width:{:.1}%\"></i></td>\
             <td class=\"n {side}\">{:+.2}</td></tr>",
            Text(&feature.name),
            Text(&feature.value),
            feature.weight.abs() / most * 50.0,
            feature.weight,
        );
    }
    html.push_str("</table>");
}

/// Text in a document: markup in it is no markup, in elements and in quoted attributes.
struct Text<'t>(&'t str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['<', '>', '&', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// An element as a selector names it.
struct Selector<'e>(&'e Element);

impl Display for Selector<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.0.tag)?;
        if !self.0.words.is_empty() {
            write!(f, "<em>.{}</em>", Text(&self.0.words.split_whitespace().collect::<Vec<_>>().join(".")))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_page_is_text_in_its_report() {
        assert_eq!(
            Text("<a href='x'>\"R&D\"</a>").to_string(),
            "&lt;a href=&#39;x&#39;&gt;&quot;R&amp;D&quot;&lt;/a&gt;"
        );
        assert_eq!(Text("ü<").to_string(), "ü&lt;");
        let element = Element { tag: "div", words: "a <b>".to_owned() };
        assert_eq!(Selector(&element).to_string(), "div<em>.a.&lt;b&gt;</em>");
    }

    #[test]
    fn every_class_has_a_colour_and_a_way_to_hide_it() {
        for class in CLASSES.map(name) {
            assert!(STYLE.contains(&format!(".k-{class}{{--h:")), "{class}");
            assert!(STYLE.contains(&format!("body:has(#show-{class}:not(:checked)) .block.k-{class}")), "{class}");
        }
    }
}
