//! `copydesk explain`, as a user runs it: what the terminal, the HTML file and the JSON say of a page that holds a block of
//! every class, of scraped text, and of one envelope among several.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/explain/harbour.html");
const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/files/ferry.txt");
const HEADLINE: &str = "Harbour wall to be raised before winter storms";

fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COPYDESK")) {
        command.env_remove(name);
    }
    command.arg("explain").args(args).output().unwrap()
}

#[track_caller]
fn said(args: &[&str], code: i32) -> String {
    let output = run(args);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "explain {args:?} said:\n{text}");
    text
}

#[track_caller]
fn report(args: &[&str]) -> Value {
    serde_json::from_str(&said(&[args, &["--json"]].concat(), 0)).unwrap()
}

fn blocks(report: &Value) -> &Vec<Value> {
    report["blocks"].as_array().unwrap()
}

#[track_caller]
fn block<'r>(report: &'r Value, starts: &str) -> &'r Value {
    let starting = |block: &&Value| block["text"].as_str().unwrap().starts_with(starts);
    blocks(report).iter().find(starting).unwrap_or_else(|| panic!("no block starts with {starts}"))
}

/// A block of each class, by how it starts.
const CLASSES: [(&str, &str); 13] = [
    ("We use cookies", "consent"),
    ("Town", "navigation"),
    ("Coast", "kicker"),
    (HEADLINE, "headline"),
    ("Stones, cranes", "standfirst"),
    ("By Edda Quill", "byline"),
    ("18 September", "date"),
    ("Waves over the wall", "caption"),
    ("The harbour wall of Aldmouth will", "body"),
    ("Advertisement", "advert"),
    ("Herring boats", "teaser"),
    ("My grandfather", "comment"),
    ("Printed on paper", "other"),
];

#[test]
fn every_block_has_its_class_and_what_decided() {
    let report = report(&[PAGE]);
    for (starts, class) in CLASSES {
        let block = block(&report, starts);
        assert_eq!(block["class"], class, "{block}");
        assert!((0.0..=1.0).contains(&block["confidence"].as_f64().unwrap()));
        let answers = block["answers"].as_array().unwrap();
        assert!(answers.iter().any(|answer| !answer["features"].as_array().unwrap().is_empty()), "{block}");
    }
    let body = block(&report, "The harbour wall of Aldmouth will");
    assert_eq!(body["path"].as_array().unwrap().last().unwrap(), &json!({ "tag": "p", "words": "" }));
    assert!(body["path"].to_string().contains("article-body"), "{body}");
    assert!(body["notes"][0].as_str().unwrap().contains("article body (1 up)"), "{body}");
    assert_eq!(body["rivals"], json!([]), "rules name no block of the body");
    let teaser = block(&report, "Herring boats");
    assert_eq!(teaser["rivals"][0]["class"], "teaser");
    assert_eq!(teaser["linkShare"], 1.0);
}

#[test]
fn weights_account_for_the_difference() {
    let report = report(&[PAGE]);
    let log_odds = |p: f64| (p / (1.0 - p)).ln();
    let mut whole = 0;
    for answer in blocks(&report).iter().flat_map(|block| block["answers"].as_array().unwrap()) {
        let features = answer["features"].as_array().unwrap();
        let sum: f64 = features.iter().map(|feature| feature["weight"].as_f64().unwrap()).sum();
        let number = |name: &str| answer[name].as_f64().unwrap();
        let difference = log_odds(number("score")) - log_odds(number("reference"));
        // The lightest features are left out, so the sum is close, and on the same side.
        if difference.abs() > 2.0 {
            assert!(sum * difference > 0.0, "{answer}");
            whole += 1;
        }
    }
    assert!(whole > 20, "{whole} answers differ from what they are compared to");
}

#[test]
fn the_verdict_and_the_metadata_say_where_they_come_from() {
    let report = report(&[PAGE, "--url", "https://post.example/sea/wall"]);
    let verdict = &report["verdict"];
    assert_eq!(
        verdict["events"][0],
        json!({ "kind": "article", "headline": HEADLINE, "wordCount": verdict["events"][0]["wordCount"] })
    );
    assert!(verdict["articleScore"].as_f64().unwrap() > verdict["articleAt"].as_f64().unwrap(), "{verdict}");
    assert!(verdict["answer"]["features"].as_array().unwrap().len() > 3, "{verdict}");
    assert_eq!(report["url"], "https://post.example/sea/wall");
    let facts: BTreeMap<&str, &Value> =
        report["meta"].as_array().unwrap().iter().map(|fact| (fact["name"].as_str().unwrap(), fact)).collect();
    let found = |name: &str| facts[name]["found"].to_string();
    assert_eq!(facts["headline"]["value"], HEADLINE);
    for place in ["JSON-LD headline", "meta og:title", "title", "(headline)"] {
        assert!(found("headline").contains(place), "{place}: {}", found("headline"));
    }
    // As the event has it, not as the page declares it.
    assert_eq!(facts["description"]["value"], "Stones, cranes and a loan over twenty years");
    assert!(found("description").contains("(standfirst)"), "{}", found("description"));
    assert_eq!(facts["author"]["value"], "Edda Quill");
    assert!(found("author").contains("JSON-LD author") && found("author").contains("(byline)"), "{}", found("author"));
    assert_eq!(facts["datePublished"]["value"], "2025-09-18T07:30:00+01:00");
    assert!(found("datePublished").contains("meta article:published_time"), "{}", found("datePublished"));
}

#[test]
fn the_terminal_shows_every_block_without_colour_where_there_is_no_terminal() {
    let text = said(&[PAGE], 0);
    assert!(!text.contains('\u{1b}'), "{text}");
    for (starts, class) in CLASSES {
        let line = text.lines().position(|line| line.trim_start().starts_with(starts)).expect(starts);
        assert!(text.lines().nth(line - 1).unwrap().contains(class), "{class}");
    }
    for words in ["verdict", "1 article", "compared to", "class says", "[JSON-LD headline", "article-body"] {
        assert!(text.contains(words), "{words}:\n{text}");
    }
}

#[test]
fn the_html_file_needs_nothing_else_and_holds_no_markup_of_the_page() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("report.html");
    let text = said(&[PAGE, "--html", path.to_str().unwrap()], 0);
    assert!(text.contains("report.html") && text.contains("1 article"), "{text}");
    let html = std::fs::read_to_string(&path).unwrap();
    let (_, blocks) = html.split_once("<main>").unwrap();
    for (starts, class) in CLASSES {
        let at = blocks.find(&format!(">{starts}")).expect(starts);
        let block = blocks[..at].rfind("<details").unwrap();
        assert!(blocks[block..at].contains(&format!("k-{class}")), "{class}");
    }
    assert!(html.contains("&lt;script&gt;alert(1)"), "the page's text is shown");
    for words in ["<script", "src=", "href=", "url(", "@import"] {
        assert!(!html.contains(words), "{words}");
    }
    said(&[PAGE, "--html", "/nowhere/report.html"], 70);
}

#[test]
fn lines_of_text_are_explained_too() {
    let report = report(&[TEXT]);
    assert_eq!(report["form"], "text");
    assert_eq!(report["verdict"]["articleScore"], Value::Null);
    let classes: Vec<&str> = blocks(&report).iter().map(|block| block["class"].as_str().unwrap()).collect();
    assert!(classes.contains(&"body") && classes.contains(&"headline"), "{classes:?}");
    let headline = blocks(&report).iter().find(|block| block["class"] == "headline").unwrap();
    assert_eq!(headline["answers"][1]["question"], "headline", "the deciding answer stands last");
    assert!(headline["answers"][1]["score"].as_f64().unwrap() >= 0.5);
}

#[test]
fn one_envelope_of_several() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let html = std::fs::read_to_string(Path::new(PAGE)).unwrap();
    let envelopes = [
        json!({ "key": "gone", "url": "https://post.example/gone", "status": 404, "html": "<p>Not found." }),
        json!({ "key": "wall", "url": "https://post.example/wall", "html": html }),
    ];
    let lines = file("crawl.jsonl", &envelopes.map(|e| e.to_string()).join("\n"));
    let several = said(&[&lines], 64);
    assert!(several.contains("--key") && several.contains("gone, wall"), "{several}");
    assert_eq!(report(&[&lines, "--key", "wall"])["url"], "https://post.example/wall");
    assert_eq!(report(&[&lines, "--line", "2"])["source"], format!("{lines}:2"));
    let gone = report(&[&lines, "--key", "gone"]);
    assert_eq!(gone["verdict"]["skipped"], "http_status");
    assert!(gone["verdict"]["says"].as_str().unwrap().contains("404"), "{gone}");
    assert!(said(&[&lines, "--key", "none"], 64).contains("no page with the key none"));
    assert!(said(&[&file("broken.json", "{\"html\": 1}")], 65).contains("broken.json:1"));
    said(&["/nowhere/page.html"], 64);
}
