//! The whole chain, from a record to its events: decode, clean, split, fingerprint. The stage and the file mode share it.
//!
//! What holds: every record has exactly one [`Outcome`]; the same record, origin and options give the same one. A panic
//! anywhere in the chain costs that page alone.
//!
//! Within a page each content stands once: of articles with equal hashes the page's main one stays, else the first.

use crate::article::event::{ArticleEvent, Extraction, SCHEMA_VERSION, Source};
use crate::article::fingerprint::{ContentHash, hashed_text};
use crate::article::{canonical, identity};
use crate::clean::{self, CleanLimits};
use crate::fault::{Code, Fault};
use crate::page::{self, Page, PageLimits, RawRecord};
use crate::split;
use crate::split::draft::{BodyBlockKind, Draft, Kind};
use rustc_hash::FxHashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Bounds on one page and its events.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bounds on the page's bytes.
    pub page: PageLimits,
    /// Bounds on its markup.
    pub clean: CleanLimits,
    /// Largest event, in bytes of JSON.
    pub event_bytes_max: usize,
}

/// What became of a record.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its articles, in page order; at least one.
    Expanded(Vec<ArticleEvent>),
    /// A page that simply holds no article.
    Skipped(SkipReason),
    /// No page, or one that cannot become events: a dead letter.
    Rejected(Fault),
}

/// Why a page gave no event. Not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// No text at all.
    NoText,
    /// Text, but no article, teaser or entry in it.
    NoArticle,
    /// A response that is an error page or a redirect.
    HttpStatus,
}

impl SkipReason {
    /// Every reason, in order.
    pub const ALL: [SkipReason; 3] = [SkipReason::NoText, SkipReason::NoArticle, SkipReason::HttpStatus];

    /// The reason as labels and summaries spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            SkipReason::NoText => "no_text",
            SkipReason::NoArticle => "no_article",
            SkipReason::HttpStatus => "http_status",
        }
    }
}

/// A step of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Envelope, decompression, charset.
    Decode,
    /// Blocks and their classes.
    Clean,
    /// Articles of the page.
    Split,
    /// Canonical text, hash and event.
    Event,
}

/// Expands one record.
pub fn expand(record: &RawRecord<'_>, origin: &Source, options: &Options) -> Outcome {
    expand_with(record, origin, options, |_| ())
}

/// As [`expand`]; calls `done` after each step, so that a caller with a clock can time them.
pub fn expand_with(record: &RawRecord<'_>, origin: &Source, options: &Options, mut done: impl FnMut(Step)) -> Outcome {
    guarded(|| {
        let page = page::decode(record, &options.page);
        done(Step::Decode);
        let page = match page {
            Ok(page) => page,
            Err(fault) => return Outcome::Rejected(fault),
        };
        if let Some(reason) = skipped_unread(&page) {
            return Outcome::Skipped(reason);
        }
        let document = clean::document(&page, &options.clean);
        done(Step::Clean);
        if document.blocks.is_empty() {
            return Outcome::Skipped(SkipReason::NoText);
        }
        let drafts = split::articles(&page, &document);
        done(Step::Split);
        let outcome = events(&page, drafts, record, origin, options);
        done(Step::Event);
        outcome
    })
}

/// Runs `chain`; a panic in it becomes a fault with the panic's message.
fn guarded(chain: impl FnOnce() -> Outcome) -> Outcome {
    // Nothing outlives the closure but its return value, so nothing half-changed can be seen after a panic.
    catch_unwind(AssertUnwindSafe(chain)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned());
        Outcome::Rejected(Fault::new(
            Code::Panic,
            format!("extraction panicked: {said}. This is a defect; please report it with the page"),
        ))
    })
}

/// Pages that need no look at their markup.
fn skipped_unread(page: &Page) -> Option<SkipReason> {
    match page.http_status {
        Some(status) if status >= 300 => Some(SkipReason::HttpStatus),
        _ if page.content.text().trim().is_empty() => Some(SkipReason::NoText),
        _ => None,
    }
}

/// Drafts to events: the last step of [`expand`].
pub fn events(page: &Page, drafts: Vec<Draft>, record: &RawRecord<'_>, origin: &Source, options: &Options) -> Outcome {
    let drafts = distinct(drafts);
    if drafts.is_empty() {
        return Outcome::Skipped(SkipReason::NoArticle);
    }
    let source = Source {
        key: page.key.clone(),
        crawl_id: page.crawl_id.clone(),
        warc_record_id: page.warc_record_id.clone(),
        ..origin.clone()
    };
    let ids: FxHashMap<usize, String> = drafts
        .iter()
        .zip(0..)
        .map(|(named, ordinal)| (named.index, identity::event_id(page.url.as_deref(), &source, ordinal, &named.hash)))
        .collect();
    let count = drafts.len() as u32;
    let mut out = Vec::with_capacity(drafts.len());
    for (named, ordinal) in drafts.into_iter().zip(0..) {
        let identity = Identity {
            event_id: ids[&named.index].clone(),
            parent_event_id: named.draft.parent.and_then(|parent| ids.get(&parent).cloned()),
            ordinal,
            count,
        };
        let event = event(page, named, identity, source.clone(), record);
        let bytes = event.json_bytes();
        if bytes > options.event_bytes_max {
            let max = options.event_bytes_max;
            return Outcome::Rejected(Fault::new(
                Code::EventTooLarge,
                format!("event {ordinal} of the page is {bytes} bytes, the limit is {max} (extract.event_bytes_max)"),
            ));
        }
        out.push(event);
    }
    Outcome::Expanded(out)
}

/// A draft with its body and hash, and its index among the page's drafts.
struct Named {
    index: usize,
    draft: Draft,
    body: String,
    hash: ContentHash,
}

/// Each content once, in page order: of equal hashes the main article, else the first. Drafts without a word are none.
fn distinct(drafts: Vec<Draft>) -> Vec<Named> {
    let mut out: Vec<Named> = Vec::with_capacity(drafts.len());
    let mut places: FxHashMap<ContentHash, usize> = FxHashMap::default();
    for (index, draft) in drafts.into_iter().enumerate() {
        let body = body_text(&draft);
        let text = hashed_text(draft.headline.as_deref(), &body);
        if text.is_empty() {
            continue;
        }
        let hash = ContentHash::of_canonical(&text);
        let named = Named { index, draft, body, hash };
        match places.get(&hash) {
            None => {
                places.insert(hash, out.len());
                out.push(named);
            }
            Some(&place) if named.draft.kind == Kind::Article => out[place] = named,
            Some(_) => {}
        }
    }
    out
}

/// The body's blocks as one text, divided by empty lines. Captions are told apart and stay out.
fn body_text(draft: &Draft) -> String {
    let blocks = || draft.body.iter().filter(|block| block.kind != BodyBlockKind::Caption);
    let mut out = String::with_capacity(blocks().map(|block| block.text.len() + 2).sum());
    for block in blocks() {
        if !out.is_empty() {
            out.push_str("\n\n");
        }
        out.push_str(&block.text);
    }
    out
}

struct Identity {
    event_id: String,
    parent_event_id: Option<String>,
    ordinal: u32,
    count: u32,
}

fn event(page: &Page, named: Named, identity: Identity, source: Source, record: &RawRecord<'_>) -> ArticleEvent {
    let Named { draft, body, hash, .. } = named;
    let (raw, date_source) = match &draft.date_published {
        Some(date) => (Some(date.raw.clone()), Some(date.source.into())),
        None => (None, None),
    };
    let (in_language, language_confidence) = draft.language.unzip();
    let mut warnings: Vec<_> = page.warnings.iter().chain(&draft.warnings).map(|&w| w.into()).collect();
    warnings.dedup();
    ArticleEvent {
        schema_version: SCHEMA_VERSION.into(),
        event_id: identity.event_id,
        kind: draft.kind,
        ordinal: identity.ordinal,
        article_count: identity.count,
        parent_event_id: identity.parent_event_id,
        content_hash: hash,
        url: page.url.clone(),
        article_url: draft.article_url,
        canonical_url: draft.canonical_url,
        headline: draft.headline,
        alternative_headline: draft.alternative_headline,
        section: draft.section,
        description: draft.description,
        word_count: canonical::reader_words(&body) as u32,
        article_body: body,
        body_blocks: draft.body,
        date_published: draft.date_published.map(|date| date.value),
        date_modified: draft.date_modified.map(|date| date.value),
        date_published_raw: raw,
        date_source,
        authors: draft.authors,
        in_language,
        language_confidence,
        publisher: draft.publisher,
        site_name: draft.site_name,
        keywords: draft.keywords,
        breadcrumbs: draft.breadcrumbs,
        is_accessible_for_free: draft.is_accessible_for_free,
        images: draft.images,
        truncated: draft.truncated,
        extraction: Extraction {
            method: draft.method.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            confidence: draft.confidence,
            warnings,
        },
        source,
        date_downloaded: page.fetched_at.map(|time| time.to_string()),
        date_processed: record.time.to_string(),
    }
}
