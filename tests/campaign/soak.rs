//! One instance under steady load for long: memory stays flat, lag does not grow, what was published adds up.
//!
//! `tests/soak FOLDER` runs it over a corpus for half an hour; without a folder the pages are made here, for a few seconds. Each
//! round sends every page under another address; every other round changes its text, so that articles go on being new and
//! repeats go on coming.

use super::pages::{made_pages, pages_in};
use crate::support::instance::settings;
use crate::support::topics::{ToSend, create_topic, produce_compressed};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PARTITIONS: usize = 4;
/// Samples of a run.
const SAMPLES: u32 = 20;
/// How much more memory the last quarter of a run may take than the one before: buffers go on finding their size.
const GROWTH_MAX: f64 = 1.10;
/// Seconds of load that may wait in candidates at any sample,
const LAG_SECONDS_MAX: f64 = 20.0;
/// and how many more in the last quarter than in the one before.
const LAG_GROWTH_SECONDS_MAX: f64 = 3.0;
const LATENCY: &str = "copydesk_end_to_end_latency_seconds";

/// How long and how hard, from the environment.
struct Load {
    files: Vec<PathBuf>,
    length: Duration,
    /// Pages a second.
    rate: usize,
}

impl Load {
    fn from_environment() -> Self {
        let number =
            |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise);
        let folder = std::env::var_os("COPYDESK_SOAK_PAGES").map(PathBuf::from);
        Load {
            length: Duration::from_secs(number("COPYDESK_SOAK_SECONDS", if folder.is_some() { 1800 } else { 20 })),
            rate: number("COPYDESK_SOAK_RATE", 40) as usize,
            files: pages_in(&folder.unwrap_or_else(|| made_pages(100))),
        }
    }

    /// Sends at the rate, to the end.
    fn send(&self, bootstrap: &str, topic: &str) {
        let begin = Instant::now();
        let mut pages = (0..).flat_map(|round: usize| self.files.iter().map(move |file| page(round, file)));
        for second in 1.. {
            produce_compressed(bootstrap, topic, "zstd", pages.by_ref().take(self.rate));
            std::thread::sleep((begin + Duration::from_secs(second)).saturating_duration_since(Instant::now()));
            if begin.elapsed() >= self.length {
                return;
            }
        }
    }
}

/// A page of a round: of two rounds with the same text.
fn page(round: usize, file: &Path) -> ToSend {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let markup = String::from_utf8_lossy(&std::fs::read(file).expect("a page")).into_owned();
    let changed = markup.replace("</p>", &format!(" {}.</p>", round / 2));
    ToSend {
        key: Some(format!("{round}-{name}").into_bytes()),
        value: Some(changed.into_bytes()),
        headers: vec![("url".into(), format!("https://round-{round}.example/{name}").into_bytes())],
        partition: None,
    }
}

/// What is seen of an instance at one time.
struct Sample {
    resident_mib: f64,
    lag: f64,
    published: f64,
    duplicates: f64,
    cpu_seconds: f64,
    pages: f64,
    /// Committed articles by the upper bound of their latency, seconds, all that came before included.
    latencies: Vec<(f64, f64)>,
}

impl Sample {
    fn of(instance: &Instance, candidates: &str) -> Sample {
        let count = |name: &str, labels: &[&str]| instance.metric_with(name, labels).unwrap_or(0.0);
        Sample {
            resident_mib: instance.resident_bytes() as f64 / f64::from(1 << 20),
            lag: count("copydesk_consumer_lag", &[&format!("topic=\"{candidates}\"")]),
            published: count("copydesk_articles_total", &["outcome=\"published\""]),
            duplicates: count("copydesk_articles_total", &["outcome=\"duplicate\""]),
            cpu_seconds: count("process_cpu_seconds_total", &[]),
            pages: count("copydesk_pages_total", &[]),
            latencies: instance.buckets(LATENCY),
        }
    }

    /// The bound that this share of what came since `before` stays below, seconds.
    fn latency(&self, before: &Sample, share: f64) -> f64 {
        let known = |bound: f64| before.latencies.iter().find(|(b, _)| *b == bound).map_or(0.0, |(_, count)| *count);
        let since: Vec<(f64, f64)> = self.latencies.iter().map(|(bound, n)| (*bound, n - known(*bound))).collect();
        let all = since.iter().map(|(_, n)| *n).fold(0.0, f64::max);
        since.iter().find(|(_, n)| *n >= share * all).map_or(0.0, |(bound, _)| *bound)
    }
}

#[test]
fn broker_under_steady_load_memory_and_lag_stay_flat() {
    let load = Load::from_environment();
    let cluster = Cluster::start(1);
    let (bootstrap, prefix) = (cluster.bootstrap(), unique("soak"));
    let (pages, candidates) = (format!("{prefix}.pages"), format!("{prefix}.candidates.v1"));
    create_topic(&bootstrap, &pages, PARTITIONS, 1, &[("max.message.bytes", "20000000")]);
    let settings = settings(&bootstrap, &prefix, PARTITIONS, 1, "");
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(Duration::from_secs(60)).success(), "{}", create.stderr());
    let mut instance = Instance::run(&settings, &[]);
    instance.wait_ready(Duration::from_secs(60));

    println!("{} pages, {} a second, {} s", load.files.len(), load.rate, load.length.as_secs());
    println!("seconds  RSS MiB     lag  published/s  duplicates/s  latency p50 <= s  p99 <= s");
    let mut samples = vec![Sample::of(&instance, &candidates)];
    std::thread::scope(|scope| {
        scope.spawn(|| load.send(&bootstrap, &pages));
        let (begin, step) = (Instant::now(), load.length / SAMPLES);
        for number in 1..=SAMPLES {
            std::thread::sleep((begin + step * number).saturating_duration_since(Instant::now()));
            let (now, before) = (Sample::of(&instance, &candidates), &samples[samples.len() - 1]);
            println!(
                "{:7} {:8.1} {:7} {:12.1} {:13.1} {:17} {:9}",
                begin.elapsed().as_secs(),
                now.resident_mib,
                now.lag,
                (now.published - before.published) / step.as_secs_f64(),
                (now.duplicates - before.duplicates) / step.as_secs_f64(),
                now.latency(before, 0.5),
                now.latency(before, 0.99)
            );
            samples.push(now);
        }
    });
    judge(&samples, &load);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // Without a bound glibc makes eight times as many as there are cores; a large one counts twice.
    let arenas = instance.arenas();
    assert!(arenas < 2 * cores, "the allocator keeps {arenas} arenas beside the first");
    wait_for("all candidates to be decided", Duration::from_secs(120), || {
        (Sample::of(&instance, &candidates).lag == 0.0).then_some(())
    });
    instance.sigterm();
    assert!(instance.wait_exit(Duration::from_secs(90)).success(), "{}", instance.stderr());
    let mut verify = Instance::spawn(&["verify"], &settings);
    // It reads every page's bytes once more.
    let pages = samples.last().map_or(0.0, |last| last.pages);
    let status = verify.wait_exit(Duration::from_secs(120) + Duration::from_millis(5).mul_f64(pages));
    println!("{}", verify.stdout());
    assert!(status.success(), "verify does not agree: {}{}", verify.stdout(), verify.stderr());
}

fn judge(samples: &[Sample], load: &Load) {
    if let [first, .., last] = samples {
        let (pages, seconds) = (last.pages - first.pages, last.cpu_seconds - first.cpu_seconds);
        println!("{pages} pages, {:.2} CPU-seconds per thousand", 1000.0 * seconds / pages);
    }
    let quarter = samples.len() / 4;
    let (third, last) = samples[samples.len() - 2 * quarter..].split_at(quarter);
    let memory = |samples: &[Sample]| samples.iter().map(|s| s.resident_mib).fold(0.0, f64::max);
    let growth = memory(last) / memory(third);
    println!("highest memory {:.1} MiB, the last quarter's {growth:.3} times the third's", memory(samples));
    println!("over the second half {:+.1} MiB an hour", slope(&samples[samples.len() / 2..], load.length / SAMPLES));
    assert!(growth <= GROWTH_MAX, "memory grows");
    let lag = |samples: &[Sample]| samples.iter().map(|s| s.lag).fold(0.0, f64::max) / load.rate as f64;
    let (most, more) = (lag(samples), lag(last) - lag(third));
    println!("highest lag {most:.1} s of the load, the last quarter's {more:+.1} s beside the third's");
    assert!(most <= LAG_SECONDS_MAX && more <= LAG_GROWTH_SECONDS_MAX, "candidates wait");
}

/// The memory's slope over samples that lie `step` apart, by least squares, MiB an hour.
fn slope(samples: &[Sample], step: Duration) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let hours: Vec<f64> = (0..samples.len()).map(|at| at as f64 * step.as_secs_f64() / 3600.0).collect();
    let memory: Vec<f64> = samples.iter().map(|sample| sample.resident_mib).collect();
    let (middle, level) = (mean(&hours), mean(&memory));
    let product: f64 = hours.iter().zip(&memory).map(|(hour, mib)| (hour - middle) * (mib - level)).sum();
    product / hours.iter().map(|hour| (hour - middle).powi(2)).sum::<f64>()
}
