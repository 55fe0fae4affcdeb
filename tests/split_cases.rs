//! Pages in `tests/cases` beside the articles that a person would make of them, and what must hold for any text.

use copydesk::clean::{CleanLimits, text};
use copydesk::page::{CharsetSource, Content, Page};
use copydesk::split;
use copydesk::split::draft::{BodyBlockKind, Draft, Kind};
use proptest::prelude::*;
use serde_json::{Value, json};

const LIMITS: CleanLimits = CleanLimits { depth_max: 200, blocks_max: 20_000 };

fn page(text: &str) -> Page {
    Page {
        url: None,
        key: None,
        crawl_id: None,
        warc_record_id: None,
        fetched_at: None,
        http_status: None,
        content_language: None,
        content: Content::Text(text.to_owned()),
        charset: ("utf-8", CharsetSource::Envelope),
        warnings: Vec::new(),
    }
}

fn articles(input: &str) -> Vec<Draft> {
    split::articles(&page(input), &text::document(input, &LIMITS))
}

/// What a case states of an article; absent where it is empty.
fn summary(draft: &Draft) -> Value {
    let body: Vec<&str> =
        draft.body.iter().filter(|b| b.kind != BodyBlockKind::Caption).map(|b| b.text.as_str()).collect();
    let mut value = json!({ "kind": draft.kind, "headline": draft.headline, "body": body });
    if let Some(section) = &draft.section {
        value["section"] = json!(section);
    }
    if let Some(date) = &draft.date_published {
        value["datePublished"] = json!(date.value);
    }
    if !draft.images.is_empty() {
        value["images"] = json!(draft.images);
    }
    value
}

#[track_caller]
fn check(input: &str, expected: &str) {
    let got: Vec<Value> = articles(input).iter().map(summary).collect();
    let expected: Vec<Value> = serde_json::from_str(expected).expect("the case is JSON");
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        assert_eq!(got, expected);
    }
}

#[test]
fn a_digest_with_teasers_and_one_article() {
    check(include_str!("cases/scraped-digest.txt"), include_str!("cases/scraped-digest.expected.json"));
}

#[test]
fn nothing_comes_of_nothing() {
    for input in ["", "\n\n \n", "@@@\n***\n---", "Home\nMenu\nSearch\nLog in"] {
        assert!(articles(input).is_empty(), "{input:?}");
    }
}

/// Lines of the kinds that pages are made of, and of none.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-z]{2,8}( [a-zA-Z]{2,9}){2,8}",
        "([A-Z][a-z]{2,8}( [a-z]{2,9}){8,20}\\. ){1,4}",
        "\\PC{0,80}",
        "[\\\\@#^{}&;'\"*•\\-|/ ]{0,40}",
        Just("Photo: Ann Bell".to_owned()),
        Just("Thursday, March 6, 2025".to_owned()),
        Just("记者：李明 2024年5月3日".to_owned()),
        Just(String::new()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn any_text_gives_sound_drafts(lines in prop::collection::vec(line(), 0..60)) {
        let input = lines.join("\n");
        let document = text::document(&input, &LIMITS);
        let mut last = 0;
        for block in &document.blocks {
            prop_assert!(block.start >= last && block.end > block.start && block.end as usize <= document.text.len());
            prop_assert!((0.0..=1.0).contains(&block.confidence));
            last = block.start;
        }
        let drafts = split::articles(&page(&input), &document);
        prop_assert!(drafts.iter().filter(|d| d.kind == Kind::Article).count() <= 1);
        let bytes: usize = drafts.iter().flat_map(|d| &d.body).map(|b| b.text.len()).sum();
        prop_assert!(bytes <= document.text.len(), "no block goes to two articles");
        for draft in &drafts {
            prop_assert!(!draft.body.is_empty());
            prop_assert!(draft.body.iter().all(|b| b.text.trim() == b.text && !b.text.is_empty()));
        }
        let again = split::articles(&page(&input), &text::document(&input, &LIMITS));
        prop_assert_eq!(format!("{drafts:?}"), format!("{again:?}"));
    }

    #[test]
    fn the_bound_on_lines_holds(lines in prop::collection::vec(line(), 0..60), max in 0usize..40) {
        let limits = CleanLimits { blocks_max: max, ..LIMITS };
        let document = text::document(&lines.join("\n"), &limits);
        prop_assert!(document.blocks.len() <= max);
    }
}

/// Ten times the text costs about ten times the time: a page of copies is the worst case for whatever compares lines.
#[test]
fn the_cost_is_linear() {
    let unit: String = (0..40)
        .map(|i| {
            format!("Council votes on bridge number {i}\n\nThe council met on Monday and voted. Photo: Ann Bell\n\n")
        })
        .collect();
    let time = |times: usize| {
        let input = unit.repeat(times);
        (0..3)
            .map(|_| {
                let t = std::time::Instant::now();
                articles(&input);
                t.elapsed()
            })
            .min()
            .unwrap()
    };
    time(2);
    let (small, large) = (time(10), time(100));
    assert!(large < small * 40, "{small:?} for one, {large:?} for ten times the text");
}
