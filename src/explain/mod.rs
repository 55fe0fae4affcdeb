//! `copydesk explain`: one page with its verdict, its metadata and its blocks, each with what decided. The [`Report`] is
//! rendered for a terminal, as one HTML file, or as JSON.
//!
//! What holds: the events and their fields are those that [`expand`] gives, and the classes those that they are made of; pure;
//! what a page says never reaches a terminal or a browser as anything but text.

mod facts;
mod html;
mod terminal;

pub use facts::Fact;
pub use html::render as to_html;
pub use terminal::{Screen, render as to_terminal};

use crate::article::{ArticleEvent, Source};
use crate::clean::block::PathId;
use crate::clean::why::{Answer, Why};
use crate::clean::{self, Block, BlockKind, Class, Document, Explained};
use crate::expand::{self, Options, Outcome};
use crate::fault::Fault;
use crate::page::{self, Content, Page, RawRecord};
use crate::split::{ARTICLE_AT, SECONDARY_AT};
use serde::Serialize;

/// A page, explained.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Where the page was read: `file:line`.
    pub source: String,
    /// Its address.
    pub url: Option<String>,
    /// `html` or `text`.
    pub form: &'static str,
    /// Its charset.
    pub charset: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// Its article's fields, else what it says of itself.
    pub meta: Vec<Fact>,
    /// Its blocks in order.
    pub blocks: Vec<Explanation>,
    /// True where a bound cut the page.
    pub truncated: bool,
}

/// What became of the page, and why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// In a sentence.
    pub says: String,
    /// The events, in page order.
    pub events: Vec<Event>,
    /// Why there is none: `no_text`, `no_article`, `http_status`.
    pub skipped: Option<&'static str>,
    /// Likelihood that the page holds an article of its own, 0..1; text is not asked.
    pub article_score: Option<f32>,
    /// From this score on it does.
    pub article_at: f32,
    /// From this score on its text is published, as `secondary`.
    pub secondary_at: f32,
    /// The features that decided.
    pub answer: Option<Told>,
}

/// One event of the page.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// `article`, `teaser` and so on.
    pub kind: &'static str,
    /// Its headline.
    pub headline: Option<String>,
    /// Words of its body.
    pub word_count: u32,
}

/// One block, explained.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Its place, from 0.
    pub index: usize,
    /// Its class.
    pub class: &'static str,
    /// The confidence in it, 0..1.
    pub confidence: f32,
    /// What the markup says: `paragraph`, `h2`, ...
    pub markup: String,
    /// Elements around it, the outermost first; each with its class words.
    pub path: Vec<Element>,
    /// True where the page says that it is not shown.
    pub hidden: bool,
    /// Share of its text in links, 0..1.
    pub link_share: f32,
    /// Its text.
    pub text: String,
    /// The model's answers, the deciding one last.
    pub answers: Vec<Told>,
    /// What speaks for the classes that rules chose from, the strongest first.
    pub rivals: Vec<Rival>,
    /// What rules added.
    pub notes: Vec<String>,
}

/// An element around a block.
#[derive(Clone, Debug, Serialize)]
pub struct Element {
    /// Its name.
    pub tag: &'static str,
    /// Its `class`, `id`, `itemprop` and `role`.
    pub words: String,
}

/// A model's answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// What was asked.
    pub question: &'static str,
    /// The probability, 0..1.
    pub score: f32,
    /// What the features are compared with.
    pub compared_to: Option<&'static str>,
    /// The score of that.
    pub reference: f32,
    /// The features that made the difference, the heaviest first.
    pub features: Vec<Feature>,
}

/// A feature and what it added.
#[derive(Clone, Debug, Serialize)]
pub struct Feature {
    /// In words.
    pub name: String,
    /// Its value, in words.
    pub value: String,
    /// What it added to the log-odds.
    pub weight: f32,
}

/// A class that was not chosen, or only just.
#[derive(Clone, Debug, Serialize)]
pub struct Rival {
    /// The class.
    pub class: &'static str,
    /// What speaks for it; the strongest is chosen.
    pub strength: f32,
}

/// Explains one record.
///
/// # Errors
/// The [`Fault`] for which the record is no page.
pub fn explain(record: &RawRecord<'_>, origin: &Source, options: &Options) -> Result<Report, Fault> {
    // First as always, so that whatever breaks the page breaks it here, under the guard.
    let outcome = match expand::expand(record, origin, options) {
        Outcome::Rejected(fault) => return Err(fault),
        outcome => outcome,
    };
    let page = page::decode(record, &options.page)?;
    let explained = clean::explain(&page, &options.clean);
    Ok(Report {
        source: origin.coordinates(),
        url: page.url.clone(),
        form: if matches!(page.content, Content::Html(_)) { "html" } else { "text" },
        charset: page.charset.0,
        meta: facts::facts(&explained, events(&outcome)),
        verdict: verdict(&page, outcome, &explained),
        blocks: blocks(&explained),
        truncated: explained.document.truncated,
    })
}

fn events(outcome: &Outcome) -> &[ArticleEvent] {
    match outcome {
        Outcome::Expanded(events) => events,
        Outcome::Skipped(_) | Outcome::Rejected(_) => &[],
    }
}

fn verdict(page: &Page, outcome: Outcome, explained: &Explained) -> Verdict {
    let (events, skipped) = match outcome {
        Outcome::Expanded(events) => (events, None),
        Outcome::Skipped(reason) => (Vec::new(), Some(reason.as_str())),
        Outcome::Rejected(_) => (Vec::new(), None),
    };
    let events: Vec<Event> = events
        .into_iter()
        .map(|event| Event { kind: event.kind.as_str(), headline: event.headline, word_count: event.word_count })
        .collect();
    let says = match skipped {
        Some("http_status") => {
            format!(
                "skipped: the response's status is {}, an error or a redirect",
                page.http_status.unwrap_or_default()
            )
        }
        Some("no_text") => "skipped: no text".to_owned(),
        Some(_) => "skipped: no article, and no teaser".to_owned(),
        None => counted(&events),
    };
    let answer = explained.page.as_ref().map(told);
    Verdict {
        says,
        events,
        skipped,
        article_score: answer.as_ref().map(|answer| answer.score),
        article_at: ARTICLE_AT,
        secondary_at: SECONDARY_AT,
        answer,
    }
}

/// `1 article, 3 teasers`.
fn counted(events: &[Event]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for event in events {
        match counts.iter_mut().find(|(kind, _)| *kind == event.kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((event.kind, 1)),
        }
    }
    counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect::<Vec<_>>().join(", ")
}

fn blocks(explained: &Explained) -> Vec<Explanation> {
    let document = &explained.document;
    document
        .blocks
        .iter()
        .enumerate()
        .zip(&explained.blocks)
        .map(|((index, block), why)| block_of(document, index, block, why))
        .collect()
}

fn block_of(document: &Document, index: usize, block: &Block, why: &Why) -> Explanation {
    Explanation {
        index,
        class: name(block.class),
        confidence: block.confidence,
        markup: markup(block.kind),
        path: path(document, block),
        hidden: document.paths[block.path as usize].hidden,
        link_share: block.link_share(),
        text: document.text_of(index).to_owned(),
        answers: why.answers.iter().map(told).collect(),
        rivals: why.rivals.iter().map(|(class, strength)| Rival { class: name(*class), strength: *strength }).collect(),
        notes: why.notes.clone(),
    }
}

fn told(answer: &Answer) -> Told {
    let feature = |reason: &clean::why::Reason| Feature {
        name: reason.feature.clone(),
        value: reason.value.clone(),
        weight: reason.weight,
    };
    Told {
        question: answer.question,
        score: answer.score,
        compared_to: answer.compared_to,
        reference: answer.reference,
        features: answer.reasons.iter().map(feature).collect(),
    }
}

fn path(document: &Document, block: &Block) -> Vec<Element> {
    let mut path = Vec::new();
    let mut at = block.path as usize;
    while at != 0 {
        let node = &document.paths[at];
        path.push(Element { tag: node.tag.name(), words: document.words_of(at as PathId).to_owned() });
        at = node.parent as usize;
    }
    path.reverse();
    path
}

/// Every class, the article's own parts first.
pub const CLASSES: [Class; 13] = [
    Class::Body,
    Class::Headline,
    Class::Kicker,
    Class::Standfirst,
    Class::Byline,
    Class::Date,
    Class::Caption,
    Class::Teaser,
    Class::Comment,
    Class::Consent,
    Class::Advert,
    Class::Navigation,
    Class::Other,
];

/// A class as reports spell it.
pub const fn name(class: Class) -> &'static str {
    match class {
        Class::Body => "body",
        Class::Headline => "headline",
        Class::Kicker => "kicker",
        Class::Standfirst => "standfirst",
        Class::Byline => "byline",
        Class::Date => "date",
        Class::Caption => "caption",
        Class::Teaser => "teaser",
        Class::Comment => "comment",
        Class::Consent => "consent",
        Class::Advert => "advert",
        Class::Navigation => "navigation",
        Class::Other => "other",
    }
}

fn markup(kind: BlockKind) -> String {
    match kind {
        BlockKind::Paragraph => "paragraph".to_owned(),
        BlockKind::Heading(level) => format!("h{level}"),
        BlockKind::ListItem => "list item".to_owned(),
        BlockKind::Quote => "quote".to_owned(),
        BlockKind::Caption => "caption".to_owned(),
        BlockKind::Table => "table".to_owned(),
        BlockKind::Code => "code".to_owned(),
    }
}
