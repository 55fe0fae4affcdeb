//! Pages in, instances and brokers dying, every content out exactly once.
//!
//! Three brokers, three instances, every page sent three times under other addresses and keys. While they run, instances are
//! killed, frozen past session and transaction timeouts, and asked to end; each broker is killed once. The oracle is
//! `copydesk extract` over the same pages: each content hash that it finds must stand once in `articles`, and no other; then
//! `copydesk verify` must agree.
//!
//! `tests/faults FOLDER` runs it over a corpus; without a folder the pages are made here. Needs Java 17 and the jars of
//! `tests/tools/fetch-kafka`; see `support`.

mod support;

use base64::Engine as _;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use support::instance::settings;
use support::topics::{ToSend, create_topic, produce, read_committed};
use support::{Cluster, Instance, test_dir, unique};

const COPIES: usize = 3;
const INSTANCES: usize = 3;
const PAGES_PARTITIONS: usize = 6;
const LANES: usize = 4;

/// How hard, how long: from the environment, small without it.
struct Plan {
    pages: PathBuf,
    seconds: u64,
    freeze: Duration,
    seed: u64,
    /// Pages sent a second, all copies counted.
    rate: usize,
}

impl Plan {
    fn from_environment() -> Self {
        let number =
            |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise);
        let folder = std::env::var_os("COPYDESK_FAULTS_PAGES").map(PathBuf::from);
        let seconds = number("COPYDESK_FAULTS_SECONDS", 45);
        let pages = folder.unwrap_or_else(|| made_pages(150));
        let count = pages_in(&pages).len() * COPIES;
        Plan {
            pages,
            seconds,
            freeze: Duration::from_secs(number("COPYDESK_FAULTS_FREEZE_SECONDS", 10)),
            seed: number("COPYDESK_FAULTS_SEED", 1),
            rate: (count / seconds as usize).max(1),
        }
    }
}

/// xorshift64*: faults that a seed repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % sides
    }
}

#[test]
fn cluster_and_instances_die_and_every_content_is_published_once() {
    let plan = Plan::from_environment();
    let files = pages_in(&plan.pages);
    let expected = oracle(&files);
    assert!(!expected.is_empty(), "the pages hold articles");
    println!("{} pages, {} distinct contents, seed {}", files.len(), expected.len(), plan.seed);

    let mut cluster = Cluster::start(3);
    let prefix = unique("faults");
    let settings = settings(&cluster.bootstrap(), &prefix, LANES, 3, "");
    create_topic(
        &cluster.bootstrap(),
        &format!("{prefix}.pages"),
        PAGES_PARTITIONS,
        3,
        &[("min.insync.replicas", "2"), ("max.message.bytes", "20000000")],
    );
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(Duration::from_secs(60)).success(), "{}", create.stderr());

    let articles = format!("{prefix}.articles");
    let (bootstrap, pages) = (cluster.bootstrap(), format!("{prefix}.pages"));
    let faults = std::thread::scope(|scope| {
        let sender = scope.spawn(|| send_slowly(&bootstrap, &pages, &files, &plan));
        let faults = torment(&mut cluster, &settings, &plan);
        sender.join().expect("the sender");
        faults
    });
    println!("faults: {faults:?}");

    let calm: Vec<Instance> = (0..INSTANCES).map(|_| Instance::run(&settings, &[])).collect();
    let found = settle(&cluster.bootstrap(), &articles, &expected);
    drop(calm);
    judge(&expected, &found);
    let mut verify = Instance::spawn(&["verify"], &settings);
    let status = verify.wait_exit(Duration::from_secs(300));
    println!("{}", verify.stdout());
    assert!(status.success(), "verify does not agree: {status}: {}{}", verify.stdout(), verify.stderr());
}

/// Compares what stands in `articles` with what must.
fn judge(expected: &BTreeMap<String, u32>, found: &BTreeMap<String, u32>) {
    let doubled: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    let missing: Vec<_> = expected.keys().filter(|hash| !found.contains_key(*hash)).collect();
    let extra: Vec<_> = found.keys().filter(|hash| !expected.contains_key(*hash)).collect();
    println!(
        "expected {}, published {}, doubled {}, missing {}, extra {}",
        expected.len(),
        found.values().sum::<u32>(),
        doubled.len(),
        missing.len(),
        extra.len()
    );
    assert!(doubled.is_empty() && missing.is_empty() && extra.is_empty(), "{doubled:?} {missing:?} {extra:?}");
}

/// Waits until everything expected is there, then a little longer for what must not come.
fn settle(bootstrap: &str, topic: &str, expected: &BTreeMap<String, u32>) -> BTreeMap<String, u32> {
    let deadline = Instant::now() + Duration::from_secs(240);
    loop {
        let found = hashes(bootstrap, topic);
        if expected.keys().all(|hash| found.contains_key(hash)) || Instant::now() > deadline {
            std::thread::sleep(Duration::from_secs(10));
            return hashes(bootstrap, topic);
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn hashes(bootstrap: &str, topic: &str) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    for record in read_committed(bootstrap, topic) {
        let event: serde_json::Value = serde_json::from_slice(record.value.as_deref().expect("a value")).expect("JSON");
        let hash = event["contentHash"].as_str().expect("a hash").to_owned();
        *found.entry(hash).or_insert(0) += 1;
    }
    found
}

/// What `copydesk extract` finds in the pages under all the addresses that they are sent with: which links of a page are its
/// own site's depends on them.
fn oracle(files: &[PathBuf]) -> BTreeMap<String, u32> {
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
fn address(copy: usize, file: &Path) -> String {
    format!("https://copy-{copy}.example/{}", file.file_stem().unwrap_or_default().to_string_lossy())
}

/// Sends every page [`COPIES`] times, in rounds, over the plan's time.
fn send_slowly(bootstrap: &str, topic: &str, files: &[PathBuf], plan: &Plan) {
    let copies: Vec<(usize, &PathBuf)> =
        (0..COPIES).flat_map(|copy| files.iter().map(move |file| (copy, file))).collect();
    let begin = Instant::now();
    for (second, some) in copies.chunks(plan.rate).enumerate() {
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

/// Runs instances and hurts them, and each broker once, for the plan's time.
fn torment(cluster: &mut Cluster, settings: &str, plan: &Plan) -> BTreeMap<&'static str, u32> {
    let mut dice = Dice(plan.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut instances: Vec<Instance> = (0..INSTANCES).map(|_| Instance::run(settings, &[])).collect();
    let mut frozen: Vec<(usize, Instant)> = Vec::new();
    let mut faults = BTreeMap::new();
    let begin = Instant::now();
    let length = Duration::from_secs(plan.seconds);
    let mut brokers: Vec<usize> = (0..3).collect();
    let mut down: Option<(usize, Instant)> = None;
    let mut round = 0;
    while begin.elapsed() < length || !frozen.is_empty() || down.is_some() || !brokers.is_empty() {
        std::thread::sleep(Duration::from_millis(500 + dice.roll(1500) as u64));
        frozen.retain(|(at, since)| {
            let over = since.elapsed() >= plan.freeze;
            if over {
                instances[*at].sigcont();
            }
            !over
        });
        if let Some((broker, since)) = down
            && since.elapsed() > Duration::from_secs(6)
        {
            cluster.restart(broker);
            cluster.wait_ready();
            down = None;
        }
        for (at, instance) in instances.iter_mut().enumerate().filter(|(at, _)| frozen.iter().all(|(f, _)| f != at)) {
            // Whatever happens to brokers is waited out.
            let ended = instance.exit_status();
            assert!(ended.is_none(), "instance {at} ended by itself with {ended:?}: {}", instance.stderr());
        }
        // A broker at each quarter of the time.
        if down.is_none() && brokers.len() > 3 - (4 * begin.elapsed().as_secs() / plan.seconds).min(3) as usize {
            let broker = brokers.swap_remove(dice.roll(brokers.len()));
            cluster.kill(broker);
            down = Some((broker, Instant::now()));
            *faults.entry("broker killed").or_insert(0) += 1;
        }
        if begin.elapsed() > length {
            continue;
        }
        let at = dice.roll(INSTANCES);
        if frozen.iter().any(|(number, _)| *number == at) {
            continue;
        }
        // Every kind comes in the first three rounds, then as the dice say.
        let kind = if round < 3 { round } else { dice.roll(3) };
        round += 1;
        let done = match kind {
            0 => {
                instances[at].sigkill();
                "killed"
            }
            1 => {
                instances[at].sigstop();
                frozen.push((at, Instant::now()));
                "frozen"
            }
            _ => {
                instances[at].sigterm();
                let status = instances[at].wait_exit(Duration::from_secs(60));
                // With a broker down a drain may be cut short; that must show, and cost nothing.
                assert!(status.code() == Some(0) || status.code() == Some(70), "{status}: {}", instances[at].stderr());
                if status.success() { "asked to end" } else { "asked to end, drain cut short" }
            }
        };
        *faults.entry(done).or_insert(0) += 1;
        if done != "frozen" {
            instances[at] = Instance::run(settings, &[]);
        }
    }
    faults
}

fn pages_in(folder: &Path) -> Vec<PathBuf> {
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
fn made_pages(count: usize) -> PathBuf {
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
        let mut dice = Dice(story as u64 + 77);
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
