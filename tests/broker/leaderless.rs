//! Partitions that no broker leads: whoever needs one waits for it, the others go on, and what waits costs neither memory nor
//! articles.
//!
//! Three brokers of their own, the third of which is down; see `support`.

use crate::support::instance::settings;
use crate::support::lanes::{Lanes, hash};
use crate::support::topics::{ToSend, create_on_brokers, delete_records, produce, stories, wait_committed};
use crate::support::{Cluster, Instance, unique, wait_for};
use copydesk::dedup::lane_of;
use std::collections::BTreeSet;
use std::time::Duration;

const LANES: usize = 2;
const MINUTE: Duration = Duration::from_secs(60);
/// Less than the process waits for what it can't do without.
const SOON: Duration = Duration::from_secs(40);

/// Partition 0 has a leader, partition 1 has none while the third broker is down.
const PLACES: [i32; LANES] = [1, 3];

#[test]
fn cluster_a_lane_without_a_leader_holds_up_no_other() {
    let mut cluster = Cluster::start(3);
    let lanes = Lanes::replicated(&cluster.bootstrap(), LANES, 3, "");
    create_on_brokers(&lanes.bootstrap, &lanes.topic("candidates.v1"), &PLACES);
    lanes.create_topics();
    lanes.send(0..40);
    cluster.kill(2);
    let mut instance = lanes.start(&[]);
    let led = (0..40).filter(|n| lane_of(&hash(*n), LANES as u32) == 0).count();
    instance.wait_metric("copydesk_articles_total", &["outcome=\"published\""], SOON, |n| n == led as f64);
    std::thread::sleep(SOON);
    assert_eq!(instance.exit_status(), None, "{}", instance.stderr());
    cluster.restart(&[2]);
    instance.wait_ready(MINUTE);
    lanes.check_published_once(0..40);
}

#[test]
fn cluster_pages_without_a_leader_hold_up_no_others() {
    let mut cluster = Cluster::start(3);
    let (bootstrap, prefix) = (cluster.bootstrap(), unique("leaderless"));
    let pages = format!("{prefix}.pages");
    create_on_brokers(&bootstrap, &pages, &PLACES);
    let settings = settings(&bootstrap, &prefix, LANES, 3, "");
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    produce(&bootstrap, &pages, stories(0..5, Some(0)));
    produce(&bootstrap, &pages, stories(5..10, Some(1)));
    // Nobody has read there yet, so what was deleted before is not lost.
    delete_records(&bootstrap, &pages, 1, 2);
    // Ended and not killed: a broker writes down what was deleted when it ends, or now and then.
    cluster.terminate(2);
    let mut extract = Instance::run(&settings, &["--stage", "extract"]);
    let expanded = |extract: &Instance, count: f64| {
        extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], SOON, |n| n == count);
    };
    expanded(&extract, 5.0);
    let waits = format!("\"{pages}/1\":\"no broker leads it\"");
    wait_for("the partition to be named", MINUTE, || extract.get("/readyz")?.1.contains(&waits).then_some(()));
    std::thread::sleep(SOON);
    assert_eq!(extract.exit_status(), None, "{}", extract.stderr());
    cluster.restart(&[2]);
    expanded(&extract, 8.0);
    extract.wait_ready(MINUTE);
    assert_eq!(extract.metric("copydesk_pages_lost_total"), Some(0.0));
    let read = wait_committed(&bootstrap, &format!("{prefix}.candidates.v1"), MINUTE, |read| read.len() >= 8);
    let distinct: BTreeSet<_> = read.iter().map(|record| record.key.clone()).collect();
    assert_eq!((read.len(), distinct.len()), (8, 8));

    // Its own offset is where it goes on, once it is led again.
    extract.sigterm();
    assert!(extract.wait_exit(MINUTE).success(), "{}", extract.stderr());
    produce(&bootstrap, &pages, stories(10..13, Some(1)));
    cluster.kill(2);
    let mut extract = Instance::run(&settings, &["--stage", "extract"]);
    wait_for("the partition to be named", MINUTE, || extract.get("/readyz")?.1.contains(&waits).then_some(()));
    cluster.restart(&[2]);
    expanded(&extract, 3.0);
    extract.sigterm();
    assert!(extract.wait_exit(MINUTE).success(), "{}", extract.stderr());
}

/// What could not be delivered by the drain's deadline is read again at the next start: a drain cut short, and no failure.
#[test]
fn cluster_candidates_that_nobody_takes_cut_a_drain_short() {
    let mut cluster = Cluster::start(3);
    let (bootstrap, prefix) = (cluster.bootstrap(), unique("untaken"));
    create_on_brokers(&bootstrap, &format!("{prefix}.pages"), &[1, 2]);
    create_on_brokers(&bootstrap, &format!("{prefix}.candidates.v1"), &[3; LANES]);
    let settings = settings(&bootstrap, &prefix, LANES, 3, "[run]\ndrain_timeout = \"1s\"");
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let mut extract = Instance::run(&settings, &["--stage", "extract"]);
    extract.wait_ready(MINUTE);
    cluster.kill(2);
    produce(&bootstrap, &format!("{prefix}.pages"), stories(0..5, Some(0)));
    extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], MINUTE, |n| n == 5.0);
    extract.sigterm();
    assert_eq!(extract.wait_exit(MINUTE).code(), Some(70), "{}", extract.stderr());

    cluster.restart(&[2]);
    let _again = Instance::run(&settings, &["--stage", "extract"]);
    wait_committed(&bootstrap, &format!("{prefix}.candidates.v1"), MINUTE, |read| read.len() >= 5);
}

/// Memory taken beside what a run with nothing to do takes, while the output is down: both stages' budgets and the clients' own.
const GAIN_BYTES_MAX: u64 = 128 << 20;
/// Articles that are twice as large all together, as pages, and four times as candidates.
const HEAVY: std::ops::Range<u32> = 20..820;

/// Words that compress as those of a page do: what clients fetch they unpack, however much it is.
fn sentence(seed: u64) -> String {
    let at = |n: u32| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(n * 13) >> 44;
    format!("On day {} the council of house {} said {} words of bridge {}. ", at(1), at(2), at(3), at(4))
}

#[test]
fn cluster_an_output_that_is_down_costs_neither_memory_nor_articles() {
    let mut cluster = Cluster::start(3);
    let (bootstrap, prefix) = (cluster.bootstrap(), unique("output"));
    for (topic, places) in [("pages", [1, 2]), ("candidates.v1", [2, 1]), ("articles", [3, 3])] {
        create_on_brokers(&bootstrap, &format!("{prefix}.{topic}"), &places);
    }
    let settings = settings(&bootstrap, &prefix, LANES, 3, "");
    let mut create = Instance::spawn(&["topics", "create"], &settings);
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
    let instance = Instance::run(&settings, &[]);
    let published = |count: f64, limit| {
        instance.wait_metric("copydesk_articles_total", &["outcome=\"published\""], limit, |n| n == count);
    };
    produce(&bootstrap, &format!("{prefix}.pages"), stories(0..HEAVY.start, None));
    published(f64::from(HEAVY.start), MINUTE);
    // Brokers give up the markers of a partition without a leader, and with them what was committed: they must be there.
    wait_committed(&bootstrap, &format!("{prefix}.articles"), MINUTE, |read| read.len() == HEAVY.start as usize);

    let before = instance.resident_bytes();
    cluster.kill(2);
    let heavy = stories(HEAVY, None).zip(HEAVY).map(|(page, number)| {
        let markup = String::from_utf8_lossy(page.value.as_deref().unwrap_or_default()).into_owned();
        let more: String = (0..2_500).map(|n| sentence(u64::from(number) << 32 | n)).collect();
        ToSend { value: Some(markup.replace("</article>", &format!("<p>{more}</p></article>")).into_bytes()), ..page }
    });
    produce(&bootstrap, &format!("{prefix}.pages"), heavy);
    let all = f64::from(HEAVY.end);
    let mut highest = 0;
    wait_for("all candidates", 5 * MINUTE, || {
        highest = highest.max(instance.resident_bytes());
        (instance.metric("copydesk_candidates_total")? >= all).then_some(())
    });
    let gain = highest.saturating_sub(before);
    println!("{} MiB more than before", gain >> 20);
    assert!(gain < GAIN_BYTES_MAX, "{} MiB", gain >> 20);

    cluster.restart(&[2]);
    published(all, 3 * MINUTE);
    let mut verify = Instance::spawn(&["verify"], &settings);
    assert!(verify.wait_exit(MINUTE).success(), "{}{}", verify.stdout(), verify.stderr());
}
