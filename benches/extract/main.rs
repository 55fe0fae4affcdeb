//! What a page costs from its bytes to its events, on one core:
//! `cargo bench --bench extract [-- [--alone] [--rounds=N] FOLDER...]`.
//!
//! Without a folder it reads pages that [`pages`] makes, from a fixed seed; with folders, every `*.html` in them. On the same
//! pages, in the same run, `dom_smoothie` extracts and `html5ever` only parses, so that ratios mean something on any
//! machine; `--alone` leaves them out. In each round every subject reads all pages, one after the other as a service would, before
//! the next subject does; its fastest time for a page counts. A page's bytes are written to one buffer right before, as those of a
//! record that has just come in are: what it costs to reach memory that nobody touched for seconds is the machine's, not a subject's.

mod pages;

use copydesk::article::Source;
use copydesk::clean::CleanLimits;
use copydesk::expand::{self, Options, Outcome, Step};
use copydesk::page::{PageLimits, RawRecord};
use html5ever::tendril::TendrilSink;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often each page is read, unless `--rounds` says otherwise.
const ROUNDS: usize = 3;

/// The bounds that `config/default.toml` sets.
const OPTIONS: Options = Options {
    page: PageLimits { page_bytes_max: 16 << 20 },
    clean: CleanLimits { depth_max: 256, blocks_max: 50_000 },
    event_bytes_max: 900 << 10,
};

/// Pages below this size are left out of the list of slow ones: what a page costs whatever its size would lead it.
const SLOW_BYTES_MIN: usize = 20 << 10;

/// One page and what each subject took for it.
struct Sample {
    name: String,
    bytes: Vec<u8>,
    took: [Duration; SUBJECTS.len()],
    steps: [Duration; STEPS.len()],
}

/// Reads the page of a sample, whose bytes are given, in one way.
type Subject = fn(&mut Sample, &[u8]);

/// The subjects, copydesk first.
const SUBJECTS: [(&str, Subject); 3] = [
    ("copydesk", copydesk_reads),
    ("dom_smoothie", dom_smoothie_reads),
    ("html5ever, parsing alone", html5ever_parses),
];

const STEPS: [(&str, Step); 4] =
    [("decode", Step::Decode), ("clean", Step::Clean), ("split", Step::Split), ("event", Step::Event)];

fn main() {
    let (flags, folders): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let alone = flags.iter().any(|flag| flag == "--alone");
    let rounds = flags.iter().find_map(|flag| flag.strip_prefix("--rounds=")?.parse().ok()).unwrap_or(ROUNDS);
    let mut samples = if folders.is_empty() { generated() } else { folders.iter().flat_map(|dir| read(dir)).collect() };
    let subjects = if alone { &SUBJECTS[..1] } else { &SUBJECTS[..] };
    // Peers may panic on a page; that is counted as their time for it, and not shown.
    std::panic::set_hook(Box::new(|_| ()));
    let mut received = Vec::new();
    for _ in 0..rounds {
        for (subject, (_, read)) in subjects.iter().enumerate() {
            for sample in &mut samples {
                received.clear();
                received.extend_from_slice(&sample.bytes);
                let begin = Instant::now();
                let _ = catch_unwind(AssertUnwindSafe(|| read(sample, &received)));
                let took = begin.elapsed();
                sample.took[subject] = sample.took[subject].min(took);
            }
        }
    }
    report(&samples, subjects.len());
}

fn copydesk_reads(sample: &mut Sample, bytes: &[u8]) {
    let headers = [("content-type".to_owned(), b"text/html".to_vec())];
    let record = RawRecord { key: None, value: Some(bytes), headers: &headers, time: jiff::Timestamp::UNIX_EPOCH };
    let mut last = Instant::now();
    let mut steps = [Duration::ZERO; STEPS.len()];
    let outcome = expand::expand_with(&record, &Source::file("page", 1), &OPTIONS, |step| {
        let now = Instant::now();
        steps[step as usize] = now - last;
        last = now;
    });
    if let Outcome::Expanded(events) = &outcome {
        black_box(events.len());
    }
    for (best, took) in sample.steps.iter_mut().zip(steps) {
        *best = (*best).min(took);
    }
}

fn dom_smoothie_reads(_: &mut Sample, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let article = dom_smoothie::Readability::new(&*text, None, None).and_then(|mut reader| reader.parse());
    black_box(article.is_ok());
}

fn html5ever_parses(_: &mut Sample, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let dom = html5ever::parse_document(markup5ever_rcdom::RcDom::default(), Default::default()).one(&*text);
    black_box(dom.document.children.borrow().len());
}

fn generated() -> Vec<Sample> {
    pages::pages().map(|(name, bytes)| sample(name, bytes)).collect()
}

fn read(folder: &str) -> Vec<Sample> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "html"))
        .collect();
    paths.sort();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    paths.iter().filter_map(|path| Some(sample(name(path), std::fs::read(path).ok()?))).collect()
}

fn sample(name: String, bytes: Vec<u8>) -> Sample {
    Sample { name, bytes, took: [Duration::MAX; SUBJECTS.len()], steps: [Duration::MAX; STEPS.len()] }
}

fn report(samples: &[Sample], subjects: usize) {
    let bytes: usize = samples.iter().map(|sample| sample.bytes.len()).sum();
    let seconds = |of: &dyn Fn(&Sample) -> Duration| samples.iter().map(of).sum::<Duration>().as_secs_f64();
    println!("{} pages, {:.1} MB", samples.len(), bytes as f64 / 1e6);
    let ours = seconds(&|sample| sample.took[0]);
    for (subject, (name, _)) in SUBJECTS.iter().enumerate().take(subjects) {
        let took = seconds(&|sample| sample.took[subject]);
        let (pages, mega) = (samples.len() as f64 / took, bytes as f64 / 1e6 / took);
        println!("{name:26} {pages:7.0} pages/s {mega:7.1} MB/s   copydesk is {:.2} times as fast", took / ours);
    }
    // A step that a page did not come to has no time.
    let known = |took: Duration| if took == Duration::MAX { Duration::ZERO } else { took };
    for (at, (name, _)) in STEPS.iter().enumerate() {
        let took = seconds(&|sample| known(sample.steps[at]));
        println!("  {name:8} {:7.1} us a page, {:4.1} %", took / samples.len() as f64 * 1e6, took / ours * 100.0);
    }
    let rate = |sample: &Sample| sample.took[0].as_secs_f64() * 1e3 / (sample.bytes.len() as f64 / 1e5);
    let mut slow: Vec<&Sample> = samples.iter().filter(|sample| sample.bytes.len() >= SLOW_BYTES_MIN).collect();
    slow.sort_by(|a, b| rate(b).total_cmp(&rate(a)));
    println!("slowest pages of at least {} kB, in ms per 100 KB:", SLOW_BYTES_MIN >> 10);
    for sample in slow.iter().take(8) {
        let took = sample.took[0].as_secs_f64() * 1e3;
        println!("  {:6.2}  {took:7.2} ms  {:8} bytes  {}", rate(sample), sample.bytes.len(), sample.name);
    }
}
