//! Lanes that change hands while candidates come in: owners are frozen or cut off in the middle of their work and come back, a
//! changelog is cut too far.
//!
//! Needs a broker, and one of its own to stall; see `support`.

use crate::support;
use crate::support::clock::Clock;
use crate::support::lanes::Lanes;
use crate::support::namespace::Namespace;
use crate::support::topics::{delete_records, read_committed};
use crate::support::{Cluster, Instance, broker, wait_for};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use std::time::{Duration, Instant};

const LANES: usize = 4;
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_frozen_owner_does_not_come_back_with_an_old_memory() {
    let lanes = Lanes::new(LANES, "[dedup]\ncommit_interval = \"20ms\"\n");
    let mut owner = lanes.start_ready(&[]);
    let mut sent = 0;
    for _ in 0..2 {
        let mut successor = std::thread::scope(|scope| {
            let sender = scope.spawn(|| {
                for part in 0..40 {
                    let first = sent + part * 50;
                    lanes.send(first..first + 50);
                    std::thread::sleep(SECOND / 20);
                }
            });
            std::thread::sleep(SECOND);
            owner.sigstop();
            let successor = lanes.start(&[]);
            sender.join().expect("all sent");
            successor
        });
        sent += 2_000;
        // Longer than a session: the group gives the lanes to the successor.
        successor.wait_ready(60 * SECOND);
        lanes.check_published_once(0..sent);
        lanes.send(sent.saturating_sub(500)..sent);
        owner.sigcont();
        std::thread::sleep(8 * SECOND);
        lanes.send(sent.saturating_sub(1_000)..sent);
        lanes.check_published_once(0..sent);
        owner.sigkill();
        owner = successor;
    }
}

/// The broker stalls while the owner waits for a commit; the owner is frozen before it hears the answer, and a successor takes
/// over meanwhile. Back again, the owner knows how its commit ended, and still must not go on: others have written since.
#[test]
fn cluster_a_late_answer_to_a_commit_does_not_bring_an_old_memory_back() {
    let cluster = Cluster::start(1);
    let lanes = Lanes::on(&cluster.bootstrap(), LANES, "[dedup]\ntransaction_records_max = 10\n");
    let owner = lanes.start_ready(&[]);
    lanes.send(0..4_000);
    let published = || owner.metric_with("copydesk_articles_total", &["outcome=\"published\""]) >= Some(200.0);
    support::wait_for("the owner to be at work", 60 * SECOND, || published().then_some(()));
    cluster.stop(0);
    std::thread::sleep(SECOND / 5);
    owner.sigstop();
    cluster.cont(0);
    let _successor = lanes.start_ready(&[]);
    lanes.check_published_once(0..4_000);
    owner.sigcont();
    std::thread::sleep(10 * SECOND);
    lanes.check_published_once(0..4_000);
}

/// Two groups that share a prefix decide the same candidates and shut each other out of the lanes, again and again. One is told, and
/// ends; the other goes on, and nothing is doubled meanwhile.
#[test]
fn a_duplicate_deployment_is_told_and_one_of_the_two_ends() {
    let lanes = Lanes::new(1, "[dedup]\ncommit_interval = \"100ms\"\n");
    let mut both = [lanes.start_ready(&[]), lanes.start_ready(&["--set", "dedup.group_id=another"])];
    let mut sent = 0;
    let ended = wait_for("one of the two to end", 180 * SECOND, || {
        lanes.send(sent..sent + 10);
        sent += 10;
        both.iter_mut().position(|instance| instance.exit_status().is_some())
    });
    let (status, said) = (both[ended].wait_exit(SECOND), both[ended].stderr());
    assert_eq!(status.code(), Some(70), "{said}");
    assert!(said.contains("two deployments use the same topics.prefix"), "{said}");
    assert!(said.matches("fenced by another owner").count() >= 2, "{said}");
    lanes.send(sent..sent + 100);
    lanes.check_published_once(0..sent + 100);
    let other = &mut both[1 - ended];
    assert_eq!(other.exit_status(), None, "{}", other.stderr());
}

/// Brokers fence an owner whose transaction took longer than its timeout, and answer it as if another had taken over. Here the lane's
/// epoch goes up as it does then: nobody has written, and the lane goes on with what it knows.
#[test]
fn fences_behind_which_nobody_wrote_are_no_duplicate_deployment() {
    const FENCES: u64 = 4;
    let lanes = Lanes::new(1, "");
    let mut owner = lanes.start_ready(&[]);
    for round in 0..FENCES {
        let fencing: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", broker())
            .set("transactional.id", lanes.topic("dedup.v1.0"))
            .create()
            .expect("a producer");
        fencing.init_transactions(60 * SECOND).expect("initialised");
        lanes.send(round * 100..round * 100 + 200);
        lanes.check_published_once(0..round * 100 + 200);
    }
    let fenced = ["result=\"fenced\""];
    owner.wait_metric("copydesk_transactions_total", &fenced, SECOND, |count| count == FENCES as f64);
    assert_eq!(owner.exit_status(), None, "{}", owner.stderr());
    assert_eq!(owner.stderr().matches("lane restored").count(), 1, "{}", owner.stderr());
}

#[test]
fn a_lane_stops_where_its_changelog_is_cut_too_far_and_the_others_run() {
    let lanes = Lanes::new(LANES, "");
    let mut first = lanes.start_ready(&[]);
    lanes.send(0..400);
    lanes.check_published_once(0..400);
    lanes.send(400..800);
    lanes.check_published_once(0..800);
    first.sigterm();
    assert!(first.wait_exit(30 * SECOND).success());

    let changelog = read_committed(broker(), &lanes.topic("dedup.changelog.v1"));
    let last = changelog.iter().filter(|record| record.partition == 1).map(|record| record.offset).max();
    delete_records(broker(), &lanes.topic("dedup.changelog.v1"), 1, last.expect("records"));
    let second = lanes.start(&[]);
    let fault = ["fault=\"changelog_truncated\""];
    second.wait_metric("copydesk_lane_faults_total", &fault, 30 * SECOND, |count| count == 1.0);
    second.wait_metric("copydesk_lane_state", &["state=\"running\""], 30 * SECOND, |running| running == 3.0);
    assert_eq!(second.get("/readyz").map(|(status, _)| status), Some(503));
    assert!(second.stderr().contains("changelog_truncated"), "{}", second.stderr());
}

/// Waits in the client last as much longer as the clock goes back, so the process ends; whoever starts it again finds all there.
#[test]
fn clock_an_owner_whose_clock_is_set_back_ends_and_is_started_again() {
    let lanes = Lanes::new(LANES, "");
    let clock = Clock::find().expect("libfaketime");
    let mut owner = Instance::run_in(&lanes.settings, &["--stage", "dedup"], &clock.environment());
    lanes.send(0..400);
    lanes.check_published_once(0..400);
    // As little as a time service may do is borne.
    clock.jump("-5");
    std::thread::sleep(5 * SECOND);
    assert_eq!(owner.exit_status(), None, "{}", owner.stderr());
    clock.jump("-3600");
    let status = owner.wait_exit(20 * SECOND);
    assert!(!status.success() && owner.stderr().contains("clock was set back"), "{status}: {}", owner.stderr());
    let _successor = lanes.start(&[]);
    lanes.send(200..600);
    lanes.check_published_once(0..600);
}

/// Longer than a session may last without a word.
const CUT: Duration = Duration::from_secs(15);
/// Enough to keep the lanes within transactions for some seconds, at 10 in each.
const CANDIDATES: u64 = 20_000;

/// Brokers have ended the owner's transaction by themselves when it comes back, and given the lanes to another.
#[test]
fn netns_an_owner_whose_link_was_down_for_longer_than_a_transaction_comes_back_with_no_old_memory() {
    check_cut_off(Duration::from_secs(6));
}

/// Nothing but the fence of its successor ends the owner's transaction: without one, the changelog stays hidden from the successor
/// until the owner is back and commits.
#[test]
fn netns_an_owner_whose_link_was_down_is_fenced_within_its_transaction() {
    check_cut_off(4 * CUT);
}

#[track_caller]
fn check_cut_off(transaction_timeout: Duration) {
    let network = Namespace::new();
    let cluster = Cluster::start_at(&network.host());
    let more = format!(
        "[dedup]\ntransaction_timeout = \"{}s\"\ntransaction_records_max = 10\n",
        transaction_timeout.as_secs()
    );
    let lanes = Lanes::on(&cluster.bootstrap(), LANES, &more);
    let mut owner = Instance::run_within(&network, &lanes.settings, &["--stage", "dedup"]);
    lanes.send(0..CANDIDATES);
    wait_for("the owner at work", 60 * SECOND, || (lanes.published().len() > 100).then_some(()));
    network.link(false);
    let begin = Instant::now();
    assert!(lanes.published().len() < CANDIDATES as usize, "it was cut off in the middle");
    let mut successor = lanes.start_ready(&[]);
    assert!(begin.elapsed() < 3 * CUT, "it had to wait for the owner's transactions to end");
    lanes.check_published_once(0..CANDIDATES);
    std::thread::sleep(CUT.saturating_sub(begin.elapsed()));
    network.link(true);
    // The group shares its lanes out anew; then the one that was cut off goes on alone.
    let is_back = |owner: &Instance| owner.stderr().matches("partitions assigned").count() > 1;
    wait_for("the owner to be back in its group", 60 * SECOND, || is_back(&owner).then_some(()));
    successor.sigterm();
    assert!(successor.wait_exit(60 * SECOND).success(), "{}", successor.stderr());
    lanes.send(CANDIDATES - 500..CANDIDATES + 500);
    lanes.check_published_once(0..CANDIDATES + 500);
    assert_eq!(owner.exit_status(), None, "{}", owner.stderr());
}
