//! The pages of a campaign: those of a folder or made here, what must come of them, and how they are sent.

use super::dice::Dice;
use super::plan::{COPIES, Plan};
use crate::support::topics::{ToSend, produce};
use crate::support::{test_dir, unique};
use base64::Engine as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What `copydesk extract` finds in the pages under all the addresses that they are sent with: which links of a page are its
/// own site's depends on them.
pub fn oracle(files: &[PathBuf]) -> BTreeMap<String, u32> {
    let given = test_dir().join(unique("oracle")).with_extension("jsonl");
    let mut envelopes = std::io::BufWriter::new(std::fs::File::create(&given).expect("a file"));
    for (copy, file) in (0..COPIES).flat_map(|copy| files.iter().map(move |file| (copy, file))) {
        let body = base64::prelude::BASE64_STANDARD.encode(std::fs::read(file).expect("a page"));
        let envelope = serde_json::json!({ "url": address(copy, file), "bodyBase64": body });
        writeln!(envelopes, "{envelope}").expect("written");
    }
    envelopes.flush().expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_copydesk")).arg("extract").arg(&given).output().expect("the binary");
    std::fs::remove_file(&given).expect("the file");
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let hash = |line: &[u8]| -> String {
        let event: serde_json::Value = serde_json::from_slice(line).expect("JSON");
        event["contentHash"].as_str().expect("a hash").to_owned()
    };
    lines.map(|line| (hash(line), 1)).collect()
}

/// Where a copy of a page is said to come from.
pub fn address(copy: usize, file: &Path) -> String {
    format!("https://copy-{copy}.example/{}", file.file_stem().unwrap_or_default().to_string_lossy())
}

/// Sends every page [`COPIES`] times, in rounds, over the plan's time.
pub fn send_slowly(bootstrap: &str, topic: &str, files: &[PathBuf], plan: &Plan) {
    let copies: Vec<(usize, &PathBuf)> =
        (0..COPIES).flat_map(|copy| files.iter().map(move |file| (copy, file))).collect();
    let rate = copies.len().div_ceil(plan.length.as_secs() as usize).max(1);
    let begin = Instant::now();
    for (second, some) in copies.chunks(rate).enumerate() {
        produce(
            bootstrap,
            topic,
            some.iter().map(|(copy, file)| ToSend {
                key: Some(format!("{copy}-{}", file.display()).into_bytes()),
                value: Some(std::fs::read(file).expect("a page")),
                headers: vec![("url".into(), address(*copy, file).into_bytes())],
                partition: None,
            }),
        );
        let due = begin + Duration::from_secs(second as u64 + 1);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

/// All files of a folder and of those in it.
pub fn pages_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// A folder of pages with an article each; every tenth repeats the article before it under another template.
pub fn made_pages(count: usize) -> PathBuf {
    const WORDS: [&str; 24] = [
        "harbour",
        "council",
        "committee",
        "bridge",
        "engineers",
        "report",
        "winter",
        "market",
        "teachers",
        "river",
        "election",
        "festival",
        "orchard",
        "railway",
        "library",
        "budget",
        "farmers",
        "museum",
        "hospital",
        "storm",
        "ferry",
        "budgets",
        "neighbours",
        "archive",
    ];
    let folder = test_dir().join(unique("faults-pages"));
    std::fs::create_dir_all(&folder).expect("a folder for the pages");
    for number in 0..count {
        let story = if number % 10 == 9 { number - 1 } else { number };
        let mut dice = Dice::new(77, story as u64);
        let mut word = || WORDS[dice.roll(WORDS.len())];
        let mut body = String::new();
        for paragraph in 0..5 {
            let _ = write!(
                body,
                "<p>In part {paragraph} of story {story}, the {} and the {} agreed that the {} needs a new {}, said the {}. \
                 The {} had asked for a {} before the {} was opened, and nobody from the {} objected on that day.</p>",
                word(),
                word(),
                word(),
                word(),
                word(),
                word(),
                word(),
                word(),
                word()
            );
        }
        let class = if number == story { "story" } else { "content-main" };
        let page = format!(
            "<!doctype html><html lang=en><head><title>Story {story} of the town</title></head><body><nav><a href=/>Home</a> \
             <a href=/n>News</a></nav><main><article class={class}><h1>Story {story} of the town</h1>{body}</article></main>\
             <footer>All rights reserved</footer></body></html>"
        );
        std::fs::write(folder.join(format!("{number:04}.html")), page).expect("a page");
    }
    folder
}
