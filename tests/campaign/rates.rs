//! What lanes manage on one broker: how long a commit takes, how many candidates an instance decides, how fast a killed
//! instance's lanes go on elsewhere.
//!
//! `tests/rates` runs it at length, and holds the figures against the targets; without it a few seconds show that the way of
//! measuring works. Wall time is the machine's, with all else that it does; processor time is the instance's own.

use crate::support::lanes::{Lanes, end};
use crate::support::{Cluster, Instance, wait_for};
use std::time::{Duration, Instant};

const LANES: usize = 4;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// Between two times that a few candidates come, on a quiet deployment.
const QUIET: Duration = Duration::from_millis(200);
const SESSION: Duration = Duration::from_secs(10);

const COMMIT_P50_MAX: f64 = 0.010;
const COMMIT_P99_MAX: f64 = 0.050;
const CANDIDATES_A_SECOND_MIN: f64 = 50_000.0;
/// What a takeover may last longer than a session.
const TAKEOVER_BEYOND_SESSION: Duration = Duration::from_secs(3);

#[test]
fn broker_lanes_commit_decide_and_are_taken_over() {
    let is_measured = std::env::var_os("COPYDESK_RATES").is_some();
    let cluster = Cluster::start(1);
    let (p50, p99) = commit_quantiles(&cluster, if is_measured { MINUTE } else { 2 * SECOND });
    println!("commit of a lane on a quiet broker: p50 <= {p50} s, p99 <= {p99} s");
    let rate = decisions_a_second(&cluster, if is_measured { 1_000_000 } else { 20_000 });
    let takeovers: Vec<Duration> = (0..if is_measured { 3 } else { 1 }).map(|_| takeover(&cluster)).collect();
    println!("killed instance's lanes run elsewhere after {takeovers:.1?}, with a session of {SESSION:?}");
    if is_measured {
        assert!(p50 <= COMMIT_P50_MAX && p99 <= COMMIT_P99_MAX, "commits are slow");
        assert!(rate >= CANDIDATES_A_SECOND_MIN, "candidates are decided slowly");
        assert!(takeovers.iter().all(|took| *took <= SESSION + TAKEOVER_BEYOND_SESSION), "takeovers are slow");
    }
}

/// The bounds that half and 99 % of the committing calls stay below, seconds.
fn commit_quantiles(cluster: &Cluster, length: Duration) -> (f64, f64) {
    let lanes = Lanes::on(&cluster.bootstrap(), LANES, "");
    let instance = lanes.start_ready(&[]);
    let begin = Instant::now();
    let mut sent = 0;
    while begin.elapsed() < length {
        lanes.send(sent..sent + LANES as u64);
        sent += LANES as u64;
        std::thread::sleep(QUIET);
    }
    lanes.check_published_once(0..sent);
    let buckets = instance.buckets("copydesk_transaction_commit_seconds");
    end(instance);
    let all = buckets.iter().map(|(_, count)| *count).fold(0.0, f64::max);
    assert!(all > 0.0, "no commit was timed");
    let below = |share: f64| buckets.iter().find(|(_, count)| *count >= share * all).map_or(f64::INFINITY, |(b, _)| *b);
    println!("{all} commits");
    (below(0.5), below(0.99))
}

/// Candidates that one instance decides a second from its restore on, every other one a repeat.
fn decisions_a_second(cluster: &Cluster, count: u64) -> f64 {
    let lanes = Lanes::on(&cluster.bootstrap(), LANES, "");
    lanes.send((0..count / 2).chain(0..count / 2));
    let instance = lanes.start(&[]);
    let decided = || instance.metric("copydesk_articles_total").unwrap_or(0.0);
    let cpu_seconds = || instance.metric("process_cpu_seconds_total").unwrap_or(0.0);
    let wait = |what: &str, at_least: f64| wait_for(what, 10 * MINUTE, || Some(decided()).filter(|n| *n >= at_least));
    let first = wait("the first decisions", 1.0);
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let last = wait("all decisions", count as f64);
    let (took, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    assert_eq!(last, count as f64);
    let published = instance.metric_with("copydesk_articles_total", &["outcome=\"published\""]);
    assert_eq!(published, Some((count / 2) as f64));
    end(instance);
    let rate = (last - first) / took;
    println!(
        "{:.0} candidates in {took:.1} s: {rate:.0} a second, {:.0} a CPU-second",
        last - first,
        (last - first) / cpu
    );
    rate
}

/// From the kill of one of two instances until all lanes run in the other.
fn takeover(cluster: &Cluster) -> Duration {
    let lanes = Lanes::on(&cluster.bootstrap(), LANES, "");
    let session = format!("kafka.session_timeout={}s", SESSION.as_secs());
    let start = || lanes.start_ready(&["--set", &session, "--set", "kafka.heartbeat_interval=3s"]);
    let running = |instance: &Instance| instance.metric_with("copydesk_lane_state", &["state=\"running\""]);
    let (mut killed, other) = (start(), start());
    lanes.send(0..1_000);
    lanes.check_published_once(0..1_000);
    wait_for("the lanes to be shared", MINUTE, || (running(&other) == Some(LANES as f64 / 2.0)).then_some(()));
    killed.sigkill();
    let begin = Instant::now();
    wait_for("the other to run all lanes", 2 * MINUTE, || (running(&other) == Some(LANES as f64)).then_some(()));
    let took = begin.elapsed();
    lanes.send(500..1_500);
    lanes.check_published_once(0..1_500);
    end(other);
    took
}
