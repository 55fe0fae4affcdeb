//! Questions that brokers do not answer for a while, at a start and later: a process waits for them, however long they take.
//!
//! A broker of its own behind a relay; see `support`.

use crate::support::clock::Clock;
use crate::support::instance::settings;
use crate::support::relay::{Cut, Relay};
use crate::support::topics::{create_topic, delete_records, produce, stories};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::time::{Duration, Instant};

/// How long a group bears a member that does not poll.
const POLL_MAX: Duration = Duration::from_secs(6);
/// How long anything may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);
/// As the protocol numbers them.
const LIST_OFFSETS: i16 = 2;
const OFFSET_FETCH: i16 = 9;

/// Topics, and an instance's way to them.
struct Deployment {
    cluster: Cluster,
    relay: Relay,
    pages: String,
    settings: String,
}

impl Deployment {
    fn new() -> Self {
        let mut cluster = Cluster::start_with_relays(1, 1);
        let relay = cluster.take_relays().pop().expect("one relay");
        let prefix = unique("starts");
        let pages = format!("{prefix}.pages");
        create_topic(&cluster.bootstrap(), &pages, 1, 1, &[]);
        let settings = settings(&relay.bootstrap(), &prefix, 1, 1, "[run]\ndrain_timeout = \"5s\"");
        let mut create = Instance::spawn(&["topics", "create"], &settings);
        assert!(create.wait_exit(LIMIT).success(), "{}", create.stderr());
        Deployment { cluster, relay, pages, settings }
    }

    fn extract(&self, poll_max: Duration) -> Instance {
        let poll_max = format!("kafka.max_poll_interval={}s", poll_max.as_secs());
        let settings = [&poll_max, "log.level=debug", "extract.on_gap=continue"];
        let settings: Vec<&str> = settings.into_iter().flat_map(|setting| ["--set", setting]).collect();
        Instance::run(&self.settings, &[&["--stage", "extract"], settings.as_slice()].concat())
    }

    fn produce(&self, pages: std::ops::Range<u32>) {
        produce(&self.cluster.bootstrap(), &self.pages, stories(pages, None));
    }
}

/// Waits until `is` says so, and for longer than a group bears a member that does not poll; meanwhile it must not end.
#[track_caller]
fn outlasts(extract: &mut Instance, what: &str, is: impl Fn(&Instance) -> bool) {
    let begin = Instant::now();
    wait_for(what, LIMIT, || {
        assert_eq!(extract.exit_status(), None, "{}", extract.stderr());
        (begin.elapsed() > 2 * POLL_MAX && is(extract)).then_some(())
    });
}

fn expanded(extract: &Instance, count: f64) {
    extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], LIMIT, |n| n == count);
}

/// The brokers answer at first, and then no more.
#[test]
fn cluster_a_process_that_is_in_no_group_yet_waits_for_brokers() {
    let deployment = Deployment::new();
    // The run asks for all topics, and then the stage for this one.
    deployment.relay.cut(Cut::Naming(deployment.pages.clone()));
    let mut extract = deployment.extract(POLL_MAX);
    outlasts(&mut extract, "a question without an answer", |extract| extract.stderr().contains("asked again"));
    deployment.relay.cut(Cut::Nothing);
    deployment.produce(0..5);
    extract.wait_ready(LIMIT);
    expanded(&extract, 5.0);
}

/// Brokers that go away right after an assignment do not say where the group is. Its own offset is where it goes on later.
#[test]
fn cluster_a_group_whose_offsets_are_not_to_be_had_is_waited_for() {
    let deployment = Deployment::new();
    deployment.produce(0..5);
    let mut before = deployment.extract(POLL_MAX);
    expanded(&before, 5.0);
    before.sigterm();
    assert!(before.wait_exit(LIMIT).success(), "{}", before.stderr());
    // The partition does not begin at 0 any more, as those of a topic with a retention.
    delete_records(&deployment.cluster.bootstrap(), &deployment.pages, 0, 3);

    deployment.relay.cut(Cut::Kind(OFFSET_FETCH));
    let mut extract = deployment.extract(POLL_MAX);
    let waits = format!("\"{}/0\":\"no broker knows the group's offset\"", deployment.pages);
    outlasts(&mut extract, "the partition to be named", |extract| {
        extract.get("/readyz").is_some_and(|(_, body)| body.contains(&waits))
    });
    deployment.produce(5..8);
    deployment.relay.cut(Cut::Nothing);
    expanded(&extract, 3.0);
    extract.wait_ready(LIMIT);
    std::thread::sleep(Duration::from_secs(1));
    expanded(&extract, 3.0);
}

/// The client reads no more in a partition whose next page is gone before it is told where, so a question without an answer must
/// not be the last.
#[test]
fn cluster_pages_behind_a_gap_are_read_when_brokers_say_how_wide_it_is() {
    let deployment = Deployment::new();
    let mut extract = deployment.extract(Duration::from_secs(60));
    deployment.produce(0..2);
    expanded(&extract, 2.0);
    extract.sigstop();
    // The client's last question for pages is answered with none.
    std::thread::sleep(Duration::from_secs(2));
    deployment.produce(2..7);
    delete_records(&deployment.cluster.bootstrap(), &deployment.pages, 0, 5);
    deployment.relay.cut(Cut::Kind(LIST_OFFSETS));
    extract.sigcont();
    outlasts(&mut extract, "nothing", |_| true);
    deployment.relay.cut(Cut::Nothing);
    expanded(&extract, 4.0);
    assert_eq!(extract.metric("copydesk_pages_lost_total"), Some(3.0));
}

/// A clock that jumps back leaves waits behind whose ends are an hour away. The same comes of a clock that is an hour ahead for those
/// alone who say when a wait ends. A call that is held up so is not waited for.
#[test]
fn clock_a_start_whose_calls_do_not_come_back_ends() {
    let clock = Clock::find().expect("libfaketime");
    clock.jump("+1h");
    // Nobody listens there.
    let settings = settings("127.0.0.1:9", &unique("starts"), 1, 1, "");
    let mut held_up = Instance::run_in(&settings, &[], &clock.environment());
    let status = held_up.wait_exit(LIMIT);
    let said = held_up.stderr();
    assert!(!status.success() && said.contains("the call overran its own timeout"), "{status}: {said}");
}

/// The same while the brokers do not say where the group is: it is asked again, and at its next assignment.
#[test]
fn cluster_clock_an_assignment_whose_calls_do_not_come_back_ends() {
    let (deployment, clock) = (Deployment::new(), Clock::find().expect("libfaketime"));
    deployment.relay.cut(Cut::Kind(OFFSET_FETCH));
    let mut extract = Instance::run_in(&deployment.settings, &["--stage", "extract"], &clock.environment());
    wait_for("the group to be asked for", LIMIT, || {
        extract.stderr().contains("no broker says where the group is").then_some(())
    });
    clock.jump("+1h");
    let status = extract.wait_exit(LIMIT);
    let said = extract.stderr();
    let line = said.lines().find(|line| line.contains("the call overran its own timeout")).unwrap_or_default();
    let is_named = ["leaders", "extract assignment"].iter().any(|thread| line.contains(thread));
    assert!(!status.success() && is_named, "{status}: {said}");
}

/// The look for candidates' headroom has a thread of its own; were it to hang there, extract would never hear that it must wait.
#[test]
fn cluster_clock_a_look_for_headroom_that_does_not_come_back_ends() {
    let (deployment, clock) = (Deployment::new(), Clock::find().expect("libfaketime"));
    // A look takes place every hundredth of the retention.
    let arguments = ["--stage", "extract", "--set", "topics.candidates_retention=100s"];
    let mut extract = Instance::run_in(&deployment.settings, &arguments, &clock.environment());
    extract.wait_ready(LIMIT);
    extract.wait_metric("copydesk_candidates_headroom_ratio", &[], LIMIT, |ratio| ratio == 1.0);
    // Who reads on asks nobody where a partition begins; the look does.
    deployment.relay.cut(Cut::Kind(LIST_OFFSETS));
    clock.jump("+1h");
    let status = extract.wait_exit(LIMIT);
    let said = extract.stderr();
    let line = said.lines().find(|line| line.contains("the call overran its own timeout")).unwrap_or_default();
    let is_named = ["committed", "watermarks", "record", "close"].iter().any(|call| line.contains(call));
    assert!(!status.success() && line.contains("headroom") && is_named, "{status}: {said}");
}
