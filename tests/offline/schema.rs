//! The event's JSON Schema: the file in the repo, the types and `docs/events.md` say the same.
//!
//! `UPDATE_SCHEMA=1 cargo test --test offline schema` writes the file anew from the types.

use copydesk::article::event::{ArticleEvent, Extraction, SCHEMA_VERSION, Source};
use copydesk::article::{fingerprint, schema};
use copydesk::split::draft::{Author, BodyBlock, BodyBlockKind, Image, Kind};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/article-event.v1.json");

/// What is promised to be always there, whatever the types come to say.
const ALWAYS: [&str; 19] = [
    "articleBody",
    "articleCount",
    "authors",
    "contentHash",
    "dateDownloaded",
    "dateModified",
    "dateProcessed",
    "datePublished",
    "eventId",
    "extraction",
    "headline",
    "inLanguage",
    "kind",
    "ordinal",
    "schemaVersion",
    "source",
    "truncated",
    "url",
    "wordCount",
];

fn bare() -> ArticleEvent {
    ArticleEvent {
        schema_version: SCHEMA_VERSION.into(),
        event_id: "0".repeat(32),
        kind: Kind::Article,
        ordinal: 0,
        article_count: 1,
        parent_event_id: None,
        content_hash: fingerprint::content_hash(None, "text"),
        url: None,
        article_url: None,
        canonical_url: None,
        headline: None,
        alternative_headline: None,
        section: None,
        description: None,
        article_body: String::new(),
        body_blocks: Vec::new(),
        date_published: None,
        date_modified: None,
        date_published_raw: None,
        date_source: None,
        authors: Vec::new(),
        in_language: None,
        language_confidence: None,
        publisher: None,
        site_name: None,
        keywords: Vec::new(),
        breadcrumbs: Vec::new(),
        is_accessible_for_free: None,
        images: Vec::new(),
        word_count: 0,
        truncated: false,
        extraction: Extraction { method: "blocks".into(), version: "0".into(), confidence: 0.5, warnings: Vec::new() },
        source: Source::file("a.html", 1),
        date_downloaded: None,
        date_processed: "2025-11-03T10:20:30Z".to_owned(),
    }
}

fn full() -> ArticleEvent {
    let some = || Some("x".to_owned());
    ArticleEvent {
        parent_event_id: some(),
        url: some(),
        article_url: some(),
        canonical_url: some(),
        headline: some(),
        alternative_headline: some(),
        section: some(),
        description: some(),
        article_body: "x".to_owned(),
        body_blocks: vec![BodyBlock { kind: BodyBlockKind::Heading, text: "x".to_owned(), level: Some(2) }],
        date_published: some(),
        date_modified: some(),
        date_published_raw: some(),
        date_source: Some("meta".into()),
        authors: vec![Author { name: "x".to_owned(), url: some() }],
        in_language: some(),
        language_confidence: Some(0.95),
        publisher: some(),
        site_name: some(),
        keywords: vec!["x".to_owned()],
        breadcrumbs: vec!["x".to_owned()],
        is_accessible_for_free: Some(true),
        images: vec![Image { url: some(), caption: some(), credit: some(), main: Some(true) }],
        source: Source { key: some(), crawl_id: some(), warc_record_id: some(), ..Source::kafka("pages.raw", 3, 77) },
        date_downloaded: some(),
        ..bare()
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn required(schema: &Value) -> BTreeSet<String> {
    schema["required"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_file_is_what_the_types_say() {
    let text = schema::article_event_text();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(FILE, &text).unwrap();
    }
    let file = fs::read_to_string(FILE).unwrap_or_default();
    assert!(
        file == text,
        "schema/article-event.v1.json is not up to date: UPDATE_SCHEMA=1 cargo test --test offline schema"
    );
}

#[test]
fn events_fit_the_schema() {
    let schema = schema::article_event();
    let always: BTreeSet<String> = ALWAYS.map(str::to_owned).into();
    assert_eq!(required(&schema), always);
    let (bare, full) = (serde_json::to_value(bare()).unwrap(), serde_json::to_value(full()).unwrap());
    assert_eq!(keys(&bare), always, "what is required is always written, what is not is left out where empty");
    assert_eq!(keys(&full), keys(&schema["properties"]));
    let part = |name: &str| schema["$defs"][name].clone();
    assert_eq!(keys(&full["extraction"]), required(&part("Extraction")));
    assert_eq!(keys(&bare["source"]), ["file", "key", "line"].map(str::to_owned).into());
    let mut places = keys(&full["source"]);
    places.extend(keys(&bare["source"]));
    assert_eq!(places, keys(&part("Source")["properties"]));
}

#[test]
fn events_read_back_as_they_were_written() {
    for event in [bare(), full()] {
        let json = event.to_json();
        assert_eq!(json.len(), event.json_bytes());
        for text in ["", "x", "\u{1}"] {
            let block = BodyBlock { kind: BodyBlockKind::Heading, text: text.to_owned(), level: Some(6) };
            let mut full =
                ArticleEvent { article_body: text.repeat(500), body_blocks: vec![block; 100], ..event.clone() };
            let (before, bytes) = (full.clone(), full.json_bytes());
            assert_eq!((full.json_fits(bytes), full.json_fits(bytes - 1)), (Ok(()), Err(bytes)));
            assert_eq!(full.json_fits(usize::MAX), Ok(()));
            assert_eq!(full, before);
        }
        assert!(!json.contains(&b'\n'));
        assert_eq!(serde_json::from_slice::<ArticleEvent>(&json).unwrap(), event);
    }
}

/// Text that JSON makes longest, and blocks that have the least of it.
#[test]
fn an_event_over_the_bound_is_told_whatever_its_bytes_are_made_of() {
    let controls = ArticleEvent { article_body: "\u{1}".repeat(20_000), ..bare() };
    let empty = BodyBlock { kind: BodyBlockKind::Heading, text: String::new(), level: Some(6) };
    let blocks = ArticleEvent { body_blocks: vec![empty; 1_000], ..bare() };
    for mut event in [controls, blocks] {
        let bytes = event.json_bytes();
        assert_eq!((event.json_fits(bytes), event.json_fits(bytes - 1)), (Ok(()), Err(bytes)));
    }
}

/// Every field of the schema has its row in the document, in the schema's order, and the same are always there.
#[test]
fn the_document_names_every_field() {
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/events.md")).unwrap();
    let rows = document.lines().skip_while(|line| !line.starts_with("| field |")).skip(2);
    let mut names = Vec::new();
    let mut always = BTreeSet::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let name = cells[0].trim_matches('`').to_owned();
        if cells[1] == "yes" {
            always.insert(name.clone());
        }
        names.push(name);
    }
    let schema = schema::article_event();
    let declared: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(sorted(&names), sorted(&declared));
    assert_eq!(names.len(), declared.len());
    assert_eq!(always, required(&schema));
}
