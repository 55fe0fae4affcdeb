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
    let Distinct { drafts, hashes } = distinct(drafts);
    if drafts.is_empty() {
        return Outcome::Skipped(SkipReason::NoArticle);
    }
    let source = Source {
        key: page.key.clone(),
        crawl_id: page.crawl_id.clone(),
        warc_record_id: page.warc_record_id.clone(),
        ..origin.clone()
    };
    let ids: FxHashMap<ContentHash, String> = drafts
        .iter()
        .zip(0..)
        .map(|(named, ordinal)| (named.hash, identity::event_id(page.url.as_deref(), &source, ordinal, &named.hash)))
        .collect();
    let id_of = |draft: usize| ids.get(&hashes[draft]?).cloned();
    let count = drafts.len() as u32;
    let mut out = Vec::with_capacity(drafts.len());
    for (named, ordinal) in drafts.into_iter().zip(0..) {
        let identity = Identity {
            event_id: ids[&named.hash].clone(),
            parent_event_id: named.draft.parent.and_then(id_of).filter(|parent| *parent != ids[&named.hash]),
            ordinal,
            count,
        };
        let mut event = event(page, named, identity, source.clone(), record);
        let max = options.event_bytes_max;
        if let Err(bytes) = event.json_fits(max) {
            return Outcome::Rejected(Fault::new(
                Code::EventTooLarge,
                format!("event {ordinal} of the page is {bytes} bytes, the limit is {max} (extract.event_bytes_max)"),
            ));
        }
        out.push(event);
    }
    Outcome::Expanded(out)
}

/// The contents of a page.
struct Distinct {
    /// Each once.
    drafts: Vec<Named>,
    /// Of every draft that there was; `None` for one without a word.
    hashes: Vec<Option<ContentHash>>,
}

/// A draft with its body and hash.
struct Named {
    draft: Draft,
    body: String,
    hash: ContentHash,
}

/// Each content once, in page order: of equal hashes the main article, else the first. Drafts without a word are none.
fn distinct(drafts: Vec<Draft>) -> Distinct {
    let mut out: Vec<Named> = Vec::with_capacity(drafts.len());
    let mut hashes = Vec::with_capacity(drafts.len());
    let mut places: FxHashMap<ContentHash, usize> = FxHashMap::default();
    for draft in drafts {
        let body = body_text(&draft);
        let text = hashed_text(draft.headline.as_deref(), &body);
        if text.is_empty() {
            hashes.push(None);
            continue;
        }
        let hash = ContentHash::of_canonical(&text);
        hashes.push(Some(hash));
        let named = Named { draft, body, hash };
        match places.get(&hash) {
            None => {
                places.insert(hash, out.len());
                out.push(named);
            }
            Some(&place) if named.draft.kind == Kind::Article => out[place] = named,
            Some(_) => {}
        }
    }
    Distinct { drafts: out, hashes }
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
    let mut warnings: Vec<_> = draft.warnings.iter().map(|w| w.as_str().into()).collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{CharsetSource, Content};
    use crate::split::draft::{BodyBlock, DateValue};
    use crate::warning::Warning;
    use jiff::Timestamp;

    const OPTIONS: Options = Options {
        page: PageLimits { page_bytes_max: 1 << 20 },
        clean: CleanLimits { depth_max: 100, blocks_max: 1000 },
        event_bytes_max: 100_000,
    };

    fn record() -> RawRecord<'static> {
        RawRecord { key: None, value: None, headers: &[], time: Timestamp::from_second(1_762_165_230).unwrap() }
    }

    fn page() -> Page<'static> {
        Page {
            url: Some("https://news.example/a".to_owned()),
            key: Some("k".to_owned()),
            crawl_id: Some("c".to_owned()),
            warc_record_id: None,
            fetched_at: Timestamp::from_second(1_762_160_000).ok(),
            http_status: Some(200),
            content_language: None,
            content: Content::Html("<p>x".into()),
            charset: ("UTF-8", CharsetSource::Http),
            warnings: Vec::new(),
        }
    }

    fn block(kind: BodyBlockKind, text: &str) -> BodyBlock {
        BodyBlock { kind, text: text.to_owned(), level: None }
    }

    fn draft(kind: Kind, headline: &str, body: &str) -> Draft {
        Draft {
            kind,
            headline: Some(headline.to_owned()).filter(|h| !h.is_empty()),
            alternative_headline: None,
            section: None,
            description: None,
            body: body.split('|').map(|text| block(BodyBlockKind::Paragraph, text)).collect(),
            images: Vec::new(),
            date_published: None,
            date_modified: None,
            authors: Vec::new(),
            language: None,
            article_url: None,
            canonical_url: None,
            publisher: None,
            site_name: None,
            keywords: Vec::new(),
            breadcrumbs: Vec::new(),
            is_accessible_for_free: None,
            truncated: false,
            method: "blocks",
            confidence: 0.5,
            warnings: vec![Warning::CharsetMismatch],
            parent: None,
        }
    }

    fn run(drafts: Vec<Draft>) -> Outcome {
        events(&page(), drafts, &record(), &Source::kafka("pages.raw", 3, 77), &OPTIONS)
    }

    #[track_caller]
    fn expanded(drafts: Vec<Draft>) -> Vec<ArticleEvent> {
        match run(drafts) {
            Outcome::Expanded(events) => events,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_warning_is_said_once() {
        let text = "The council has voted to rebuild the old ferry pier by the end of next year. ".repeat(8);
        let envelope = format!(r#"{{"status":"fine","fetchedAt":"soon","html":"<h1>Pier</h1><p>{text}</p>"}}"#);
        let record = RawRecord { value: Some(envelope.as_bytes()), ..record() };
        let Outcome::Expanded(events) = expand(&record, &Source::kafka("pages.raw", 3, 77), &OPTIONS) else {
            panic!("an article");
        };
        assert_eq!(events[0].extraction.warnings, ["status_unreadable", "fetched_at_unreadable", "no_date"]);
    }

    #[test]
    fn an_event_says_where_it_is_from_and_nothing_of_now() {
        let mut one = draft(Kind::Article, "Bridge opens", "First.|Second.");
        one.body.insert(1, block(BodyBlockKind::Caption, "The bridge"));
        let date = DateValue { value: "2025-11-03".to_owned(), raw: "3 Nov".to_owned(), source: "time" };
        one.date_published = Some(date);
        let event = &expanded(vec![one.clone()])[0];
        assert_eq!(event.article_body, "First.\n\nSecond.");
        assert_eq!(event.word_count, 2);
        assert_eq!(event.body_blocks.len(), 3);
        assert_eq!(event.date_processed, "2025-11-03T10:20:30Z");
        assert_eq!(event.date_downloaded.as_deref(), Some("2025-11-03T08:53:20Z"));
        assert_eq!(event.date_published_raw.as_deref(), Some("3 Nov"));
        assert_eq!(event.extraction.warnings, ["charset_mismatch"]);
        let key = Some("k".to_owned());
        let source = Source { key, crawl_id: Some("c".to_owned()), ..Source::kafka("pages.raw", 3, 77) };
        assert_eq!(event.source, source);
        assert_eq!(expanded(vec![one])[0], *event);
    }

    #[test]
    fn each_content_stands_once_and_the_main_article_wins() {
        let events = expanded(vec![
            draft(Kind::Teaser, "Bridge opens", "It does."),
            draft(Kind::Teaser, "Other", "News."),
            draft(Kind::Article, "BRIDGE OPENS", "It does!"),
            draft(Kind::Teaser, "Other", "“News”"),
            draft(Kind::Teaser, "", " — "),
        ]);
        let found: Vec<_> =
            events.iter().map(|e| (e.kind, e.headline.as_deref().unwrap(), e.ordinal, e.article_count)).collect();
        assert_eq!(found, [(Kind::Article, "BRIDGE OPENS", 0, 2), (Kind::Teaser, "Other", 1, 2)]);
        assert!(matches!(run(vec![]), Outcome::Skipped(SkipReason::NoArticle)));
        assert!(matches!(run(vec![draft(Kind::Teaser, "!", "")]), Outcome::Skipped(SkipReason::NoArticle)));
    }

    #[test]
    fn entries_name_their_parent_also_after_a_repeat_was_dropped() {
        let entry = |text| Draft { parent: Some(2), ..draft(Kind::LiveBlogEntry, "Entry", text) };
        let teaser = || draft(Kind::Teaser, "Other", "News.");
        let events =
            expanded(vec![teaser(), teaser(), draft(Kind::Article, "Live", "Blog."), entry("One."), entry("Two.")]);
        assert_eq!(events.len(), 4);
        assert_eq!(events[1].kind, Kind::Article);
        assert_eq!(events[1].parent_event_id, None);
        for entry in &events[2..] {
            assert_eq!(entry.parent_event_id.as_ref(), Some(&events[1].event_id));
        }
    }

    /// Its content stands on the page all the same, under another draft.
    #[test]
    fn a_parent_that_repeats_another_draft_is_named_by_that_one() {
        let blog = |kind| draft(kind, "Live", "Blog.");
        let entry = |headline| Draft { parent: Some(1), ..draft(Kind::LiveBlogEntry, headline, "One.") };
        let same = Draft { parent: Some(1), ..blog(Kind::LiveBlogEntry) };
        let events = expanded(vec![blog(Kind::Article), blog(Kind::Teaser), entry("Entry"), same]);
        assert_eq!(events.len(), 2);
        assert_eq!(events[1].parent_event_id.as_ref(), Some(&events[0].event_id));
        // An entry that is all that its parent is, and comes before it.
        let events = expanded(vec![Draft { parent: Some(1), ..blog(Kind::LiveBlogEntry) }, blog(Kind::Teaser)]);
        assert_eq!((events.len(), &events[0].parent_event_id), (1, &None), "nothing is its own parent");
    }

    #[test]
    fn an_event_over_the_limit_costs_its_page() {
        let Outcome::Rejected(fault) = run(vec![draft(Kind::Article, "Long", &"word ".repeat(20_000))]) else {
            panic!("must be rejected")
        };
        assert_eq!(fault.code, Code::EventTooLarge);
        assert!(fault.message.contains("the limit is 100000 (extract.event_bytes_max)"), "{fault}");
    }

    #[test]
    fn a_panic_costs_its_page_and_says_what_it_said() {
        for chain in [|| panic!("block {}", 7), || panic!("plain")] {
            let Outcome::Rejected(fault) = guarded(chain) else { panic!("must be rejected") };
            assert_eq!(fault.code, Code::Panic);
            assert!(fault.message.contains("block 7") || fault.message.contains("plain"), "{fault}");
        }
    }

    #[test]
    fn pages_without_articles_are_skipped_unread() {
        let with =
            |status, text: &str| Page { http_status: status, content: Content::Text(text.to_owned().into()), ..page() };
        assert_eq!(skipped_unread(&with(Some(404), "Not found")), Some(SkipReason::HttpStatus));
        assert_eq!(skipped_unread(&with(Some(301), "")), Some(SkipReason::HttpStatus));
        assert_eq!(skipped_unread(&with(Some(200), " \n")), Some(SkipReason::NoText));
        assert_eq!(skipped_unread(&with(None, "words")), None);
    }
}
