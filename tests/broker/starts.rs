//! A start while brokers come and go: a process waits for them, however long they are away, and says for what.
//!
//! A broker of its own behind a relay; see `support`.

use crate::support::instance::settings;
use crate::support::relay::{Cut, Relay};
use crate::support::topics::{create_topic, delete_records, produce, stories};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::time::{Duration, Instant};

/// How long a group bears a member that does not poll.
const POLL_MAX: Duration = Duration::from_secs(6);
const MINUTE: Duration = Duration::from_secs(60);
/// OffsetFetch, as the protocol numbers it.
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
        assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
        Deployment { cluster, relay, pages, settings }
    }

    fn extract(&self) -> Instance {
        let poll_max = format!("kafka.max_poll_interval={}s", POLL_MAX.as_secs());
        Instance::run(&self.settings, &["--stage", "extract", "--set", &poll_max, "--set", "log.level=debug"])
    }

    fn produce(&self, pages: std::ops::Range<u32>) {
        produce(&self.cluster.bootstrap(), &self.pages, stories(pages, None));
    }
}

/// Waits until `is` says so, and for longer than a group bears a member that does not poll; meanwhile it must not end.
#[track_caller]
fn outlasts(extract: &mut Instance, what: &str, is: impl Fn(&Instance) -> bool) {
    let begin = Instant::now();
    wait_for(what, MINUTE, || {
        assert_eq!(extract.exit_status(), None, "{}", extract.stderr());
        (begin.elapsed() > 2 * POLL_MAX && is(extract)).then_some(())
    });
}

fn expanded(extract: &Instance, count: f64) {
    extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], MINUTE, |n| n == count);
}

/// The brokers answer at first, and then no more.
#[test]
fn cluster_a_process_that_is_in_no_group_yet_waits_for_brokers() {
    let deployment = Deployment::new();
    // The run asks for all topics, and then the stage for this one.
    deployment.relay.cut(Cut::Naming(deployment.pages.clone()));
    let mut extract = deployment.extract();
    outlasts(&mut extract, "a question without an answer", |extract| extract.stderr().contains("asked again"));
    deployment.relay.cut(Cut::Nothing);
    deployment.produce(0..5);
    extract.wait_ready(MINUTE);
    expanded(&extract, 5.0);
}

/// Brokers that go away right after an assignment do not say where the group is. Its own offset is where it goes on later.
#[test]
fn cluster_a_group_whose_offsets_are_not_to_be_had_is_waited_for() {
    let deployment = Deployment::new();
    deployment.produce(0..5);
    let mut before = deployment.extract();
    expanded(&before, 5.0);
    before.sigterm();
    assert!(before.wait_exit(MINUTE).success(), "{}", before.stderr());
    // The partition does not begin at 0 any more, as those of a topic with a retention.
    delete_records(&deployment.cluster.bootstrap(), &deployment.pages, 0, 3);

    deployment.relay.cut(Cut::Kind(OFFSET_FETCH));
    let mut extract = deployment.extract();
    let waits = format!("\"{}/0\":\"no broker knows the group's offset\"", deployment.pages);
    outlasts(&mut extract, "the partition to be named", |extract| {
        extract.get("/readyz").is_some_and(|(_, body)| body.contains(&waits))
    });
    deployment.produce(5..8);
    deployment.relay.cut(Cut::Nothing);
    expanded(&extract, 3.0);
    extract.wait_ready(MINUTE);
    std::thread::sleep(Duration::from_secs(1));
    expanded(&extract, 3.0);
}
