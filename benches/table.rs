//! What the seen table costs: `cargo bench --bench table [-- [--lanes=N] ENTRIES]`, by default 6.25 million in one lane, of the 16
//! that hold a hundred million; `-- --lanes=16 100000000` is all of them.
//!
//! It fills nine buckets the way lanes do, in turns, in segments of 1000 hashes, each candidate looked up before it is added, and
//! times the lookups and the commits that add apart. Then it lets lane time go on for another TTL, so that buckets leave while
//! others fill. Memory is what the process gained (VmRSS, and its highest, VmHWM), beside what the tables say of themselves. Time is
//! the thread's own on a processor where /proc tells it, so that other work on the machine is not in it.

use copydesk::dedup::Hash16;
use copydesk::dedup::table::{Table, WARM_BATCH};
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

const TTL_MS: u64 = 8 * WIDTH_MS as u64;
const WIDTH_MS: i64 = 1_000_000;
const SEGMENT_HASHES: u64 = 1_000;

fn main() {
    let entries = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(6_250_000_u64);
    let lanes = std::env::args().find_map(|arg| arg.strip_prefix("--lanes=")?.parse().ok()).unwrap_or(1);
    let before = resident_bytes();
    let mut tables = Lanes((0..lanes).map(|_| Table::new(TTL_MS)).collect());
    let filled = run(&mut tables, 0..entries, 9 * WIDTH_MS as u64);
    report("fill", &filled, entries);
    memory(&tables, before);

    let steady = run(&mut tables, entries..2 * entries, 9 * WIDTH_MS as u64);
    report("steady", &steady, entries);
    memory(&tables, before);

    let probes = 5_000_000_u64.min(entries);
    for (name, first) in [("unseen", 3 * entries), ("seen", 2 * entries - probes)] {
        let took = time(|| (first..first + probes).filter(|n| tables.of(*n).contains(&hash(*n))).count());
        println!("lookup of {name:6}    {:6.2} M/s one by one", rate(probes, took));
        let took = time(|| lookup_in_batches(&tables, first, probes));
        println!("lookup of {name:6}    {:6.2} M/s in batches", rate(probes, took));
    }
    let took = time(|| (0..probes).map(|n| usize::from(hash(n)[0])).sum());
    println!("making hashes alone {:6.2} M/s (included above)", rate(probes, took));
}

/// The lanes' tables. Each segment of numbers has its lane.
struct Lanes(Vec<Table>);

impl Lanes {
    fn of(&self, number: u64) -> &Table {
        &self.0[(number / SEGMENT_HASHES) as usize % self.0.len()]
    }

    fn of_mut(&mut self, number: u64) -> &mut Table {
        let lanes = self.0.len();
        &mut self.0[(number / SEGMENT_HASHES) as usize % lanes]
    }
}

fn lookup_in_batches(tables: &Lanes, first: u64, count: u64) -> usize {
    let mut batch = [Hash16::default(); WARM_BATCH];
    let mut seen = 0;
    for from in (first..first + count).step_by(WARM_BATCH) {
        let table = tables.of(from);
        batch.iter_mut().zip(from..).for_each(|(slot, n)| *slot = hash(n));
        table.warm(&batch);
        seen += batch.iter().filter(|hash| table.contains(hash)).count();
    }
    seen
}

/// What the lookups of a run took, and the commits that added what was not there.
#[derive(Default)]
struct Run {
    lookups: Duration,
    inserts: Duration,
    longest_commit: Duration,
}

/// Commits the hashes of `numbers` in segments, spread evenly over `span_ms` of lane time that follow each other.
fn run(tables: &mut Lanes, numbers: std::ops::Range<u64>, span_ms: u64) -> Run {
    let mut run = Run::default();
    let count = numbers.end - numbers.start;
    let mut segment: Vec<Hash16> = Vec::with_capacity(SEGMENT_HASHES as usize);
    for first in numbers.clone().step_by(SEGMENT_HASHES as usize) {
        let begin = now();
        segment.clear();
        let table = tables.of_mut(first);
        let mut batch = [Hash16::default(); WARM_BATCH];
        let mut candidates = (first..numbers.end.min(first + SEGMENT_HASHES)).map(hash);
        loop {
            let count = batch.iter_mut().zip(&mut candidates).map(|(slot, hash)| *slot = hash).count();
            if count == 0 {
                break;
            }
            table.warm(&batch[..count]);
            segment.extend(batch[..count].iter().filter(|hash| !table.contains(hash)));
        }
        let lane_time_ms = first as u128 * u128::from(span_ms) / u128::from(count);
        let commit = now();
        table.commit(lane_time_ms as i64, segment.iter().copied(), first as i64);
        let end = now();
        run.lookups += commit - begin;
        run.inserts += end - commit;
        run.longest_commit = run.longest_commit.max(end - commit);
    }
    run
}

fn report(name: &str, run: &Run, entries: u64) {
    println!(
        "{name:8} {:5.2} M lookups/s, {:5.2} M inserts/s, one after the other {:5.2} M/s; longest commit {:.2} ms",
        rate(entries, run.lookups),
        rate(entries, run.inserts),
        rate(entries, run.lookups + run.inserts),
        run.longest_commit.as_secs_f64() * 1e3
    );
}

fn memory(tables: &Lanes, before: u64) {
    let entries: u64 = tables.0.iter().map(|table| table.len()).sum();
    let counted: u64 = tables.0.iter().map(|table| table.bytes()).sum();
    let per_entry = |bytes: u64| bytes as f64 / entries as f64;
    println!(
        "{:8} {entries} entries, {:.1} bytes an entry resident, {:.1} at the highest, {:.1} by their own count",
        "",
        per_entry(resident_bytes().saturating_sub(before)),
        per_entry(of_status("VmHWM:").saturating_sub(before)),
        per_entry(counted)
    );
}

fn rate(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64() / 1e6
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let begin = now();
    black_box(work());
    now() - begin
}

/// Uniform and distinct: two rounds of SplitMix64's finalizer over a counter.
fn hash(n: u64) -> Hash16 {
    let low = mix(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    ((u128::from(mix(low ^ 0xD1B5_4A32_D192_ED03)) << 64) | u128::from(low)).to_be_bytes()
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Time that this thread was on a processor (proc(5), `schedstat`), else since the start.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedstat.split_whitespace().next().and_then(|n| n.parse().ok());
    nanoseconds.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

/// VmRSS of this process; 0 where there is no /proc.
fn resident_bytes() -> u64 {
    of_status("VmRSS:")
}

/// A line of this process's status, bytes.
fn of_status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
}
