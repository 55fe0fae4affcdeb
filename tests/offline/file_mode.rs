//! `copydesk extract`, as the library runs it: forms of input, order, `--dedup`, rejects, exit codes' reasons.

use clap::Parser;
use copydesk::clean::CleanLimits;
use copydesk::expand::Options;
use copydesk::files::{Args, Error, Summary, run_to};
use copydesk::page::PageLimits;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const OPTIONS: Options = Options {
    page: PageLimits { page_bytes_max: 256 << 10 },
    clean: CleanLimits { depth_max: 200, blocks_max: 20_000 },
    event_bytes_max: 900 << 10,
};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

const HTML: &str = include_str!("../cases/files/bridge.html");
const TEXT: &str = include_str!("../cases/files/ferry.txt");

fn case(name: &str) -> String {
    format!("{}/tests/cases/files/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn file(directory: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path: PathBuf = directory.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn parsed(args: &[&str]) -> Args {
    Command::parse_from([&["extract", "--quiet"], args].concat()).args
}

fn extract_raw(args: &[&str]) -> (Vec<u8>, Summary) {
    let mut out = Vec::new();
    let summary = run_to(&parsed(args), &OPTIONS, &mut out).unwrap();
    assert_eq!(summary.pages, summary.expanded + summary.skipped_total() + summary.rejected, "{summary:?}");
    assert_eq!(out.iter().filter(|&&b| b == b'\n').count() as u64, summary.articles_total());
    (out, summary)
}

#[track_caller]
fn extract(args: &[&str]) -> (Vec<Value>, Summary) {
    let (out, summary) = extract_raw(args);
    let events = out.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    (events.map(|line| serde_json::from_slice(line).unwrap()).collect(), summary)
}

fn main_article(events: &[Value]) -> &Value {
    events.iter().find(|event| event["kind"] == "article").expect("a main article")
}

#[test]
fn an_html_file_is_one_page() {
    let url = "https://courier.example/bridge?print";
    let (events, summary) = extract(&[&case("bridge.html"), "--url", url, "--processed-at", "2025-11-05T00:00:00Z"]);
    assert_eq!((summary.pages, summary.rejected), (1, 0));
    let event = main_article(&events);
    assert_eq!(event["headline"], "Quarrow to rebuild its old bridge");
    assert_eq!(event["url"], url);
    assert_eq!(event["source"], json!({ "file": case("bridge.html"), "line": 1, "key": null }));
    assert_eq!(event["dateProcessed"], "2025-11-05T00:00:00Z");
    assert_eq!(event["dateDownloaded"], Value::Null);
    let body = event["articleBody"].as_str().unwrap();
    assert!(body.starts_with("The council of Quarrow") && body.ends_with("since the flood."), "{body}");
}

#[test]
fn a_text_file_is_one_page() {
    let (events, _) = extract(&[&case("ferry.txt")]);
    let event = main_article(&events);
    assert_eq!(event["headline"], "Ferry between Quarrow and Aldmoor stops for repairs");
    assert!(event["articleBody"].as_str().unwrap().starts_with("The ferry that has linked"));
    let modified = std::fs::metadata(case("ferry.txt")).unwrap().modified().unwrap();
    let modified = jiff::Timestamp::try_from(modified).unwrap().to_string();
    assert_eq!(event["dateProcessed"], modified);
}

fn envelopes() -> String {
    let page = json!({ "key": "a", "url": "https://courier.example/bridge", "html": HTML, "fetchedAt": "2025-11-04T10:00:00Z" });
    let copy =
        json!({ "key": "b", "url": "https://mirror.example/bridge", "body": HTML.replace("</nav>", "<i>x</i></nav>") });
    let text = json!({ "key": "c", "text": TEXT });
    let gone = json!({ "key": "d", "status": 404, "html": HTML });
    format!("{page}\n{copy}\r\n\n{text}\nnot json\n{gone}\n")
}

#[test]
fn envelopes_stand_one_a_line() {
    let directory = TempDir::new().unwrap();
    let plain = file(&directory, "pages.jsonl", envelopes());
    let (events, summary) = extract(&[&plain]);
    assert_eq!((summary.pages, summary.expanded, summary.rejected), (5, 3, 1));
    assert_eq!(summary.skipped, [0, 0, 1]);
    assert!(summary.has_bad_data());
    let articles: Vec<_> = events.iter().filter(|event| event["kind"] == "article").collect();
    let places: Vec<_> = articles
        .iter()
        .map(|e| (e["source"]["key"].as_str().unwrap(), e["source"]["line"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [("a", 1), ("b", 2), ("c", 4)]);
    assert_eq!(articles[0]["dateDownloaded"], "2025-11-04T10:00:00Z");
    assert_eq!(articles[0]["contentHash"], articles[1]["contentHash"]);
    assert_ne!(articles[0]["eventId"], articles[1]["eventId"]);

    // Told by the first byte, and out of gzip: the same events but for the name.
    for (name, bytes) in [
        ("pages", envelopes().into_bytes()),
        ("pages.jsonl.gz", gzip(envelopes().as_bytes())),
        ("bom", format!("\u{feff}{}", envelopes()).into_bytes()),
    ] {
        let (same, _) = extract(&[&file(&directory, name, bytes)]);
        let bodies = |events: &[Value]| events.iter().map(|e| e["articleBody"].clone()).collect::<Vec<_>>();
        assert_eq!(bodies(&same), bodies(&events), "{name}");
    }
}

#[test]
fn dedup_keeps_the_first_of_each() {
    let directory = TempDir::new().unwrap();
    let pages = file(&directory, "pages.jsonl", envelopes());
    let (all, _) = extract(&[&pages, &pages]);
    let (events, summary) = extract(&["--dedup", &pages, &pages]);
    let mut seen = std::collections::BTreeSet::new();
    let firsts: Vec<_> = all.iter().filter(|event| seen.insert(event["contentHash"].to_string())).cloned().collect();
    assert_eq!(events, firsts);
    assert_eq!(summary.duplicates as usize, all.len() - firsts.len());
    assert!(summary.duplicates >= 4);
}

#[test]
fn threads_change_nothing() {
    let directory = TempDir::new().unwrap();
    let mut lines = String::new();
    for n in 0..300 {
        let filler = "<p>Some words that make this page longer than the other ones.</p>".repeat(n * 37 % 200);
        lines +=
            &json!({ "key": n, "html": HTML.replace("</article>", &format!("<p>Number {n}.</p>{filler}</article>")) })
                .to_string();
        lines.push('\n');
        if n % 50 == 7 {
            lines += "{\"broken\n";
        }
    }
    let pages = file(&directory, "pages.jsonl", lines);
    let one = extract_raw(&["--jobs", "1", &pages]);
    assert_eq!((one.1.pages, one.1.rejected), (306, 6));
    assert!(one.1.articles_total() >= 300);
    for jobs in ["2", "7"] {
        assert!(extract_raw(&["--jobs", jobs, &pages]) == one, "--jobs {jobs} gave something else");
    }
}

#[test]
fn what_is_too_large_or_damaged_costs_its_record() {
    let directory = TempDir::new().unwrap();
    let large = json!({ "html": "x".repeat(300 << 10) });
    let pages = file(&directory, "pages.jsonl", format!("{large}\n{}", envelopes()));
    let (_, summary) = extract(&[&pages]);
    assert_eq!((summary.pages, summary.expanded, summary.rejected), (6, 3, 2));

    let mut cut = gzip(envelopes().repeat(3).as_bytes());
    cut.truncate(cut.len() - 20);
    let (_, summary) = extract(&[&file(&directory, "cut.jsonl.gz", cut), &pages]);
    assert!(summary.rejected >= 3 && summary.expanded >= 3, "{summary:?}");

    let (_, summary) = extract(&[&file(&directory, "large.html", HTML.repeat(200)), &file(&directory, "empty", "")]);
    assert_eq!((summary.pages, summary.rejected), (2, 2));
}

#[test]
fn an_object_over_several_lines_is_one_record() {
    let directory = TempDir::new().unwrap();
    let pretty = serde_json::to_string_pretty(&json!({ "key": "p", "html": HTML })).unwrap();
    let (events, summary) = extract(&[&file(&directory, "page.json", pretty)]);
    assert_eq!((summary.pages, summary.rejected), (1, 0));
    assert_eq!(main_article(&events)["source"]["key"], "p");
}

#[test]
fn everything_wrong_with_the_arguments_is_said_at_once() {
    let directory = TempDir::new().unwrap();
    let there = directory.path().to_str().unwrap();
    let error =
        run_to(&parsed(&["-", "-", there, "/no/such.html", "--url", "https://a.example/"]), &OPTIONS, Vec::new());
    let Err(Error::Usage(said)) = error else { panic!("{error:?}") };
    for words in ["more than once", "is a directory", "/no/such.html", "--url"] {
        assert!(said.contains(words), "{said}");
    }
}

struct Broken(usize, ErrorKind);

impl Write for Broken {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        self.0 -= 1;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_ends_the_run_quietly_and_a_full_disk_does_not() {
    let directory = TempDir::new().unwrap();
    let pages = file(&directory, "pages.jsonl", envelopes().repeat(400));
    let args = parsed(&[&pages]);
    let summary = run_to(&args, &OPTIONS, Broken(2, ErrorKind::BrokenPipe)).unwrap();
    assert!(summary.reader_gone && !summary.has_bad_data());
    assert!(summary.pages < 2000, "{summary:?}");
    let error = run_to(&args, &OPTIONS, Broken(2, ErrorKind::StorageFull)).unwrap_err();
    assert!(matches!(&error, Error::Io(said) if said.contains("cannot write events")), "{error}");
}

#[test]
fn a_file_that_is_named_twice_is_read_twice() {
    assert!(Path::new(&case("ferry.txt")).exists());
    let (events, summary) = extract(&[&case("ferry.txt"), &case("ferry.txt")]);
    assert_eq!(summary.pages, 2);
    assert_eq!(events[..events.len() / 2], events[events.len() / 2..]);
}
