//! A start while brokers come and go: nobody waits for a process that is in no group yet, so it waits for them.
//!
//! A broker of its own behind a relay; see `support`.

use crate::support::instance::settings;
use crate::support::relay::Cut;
use crate::support::topics::{create_topic, produce, stories};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::time::{Duration, Instant};

/// How long a group bears a member that does not poll.
const POLL_MAX: Duration = Duration::from_secs(6);
const MINUTE: Duration = Duration::from_secs(60);

/// The brokers answer at first, and then not for longer than a group would bear it of a member.
#[test]
fn cluster_a_process_that_is_in_no_group_yet_waits_for_brokers() {
    let mut cluster = Cluster::start_with_relays(1, 1);
    let [relay] = cluster.take_relays().try_into().ok().expect("one relay");
    let (bootstrap, prefix) = (cluster.bootstrap(), unique("starts"));
    let pages = format!("{prefix}.pages");
    create_topic(&bootstrap, &pages, 1, 1, &[]);
    let mut create = Instance::spawn(&["topics", "create"], &settings(&bootstrap, &prefix, 1, 1, ""));
    assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());

    // The run asks for all topics, and then the stage for this one.
    relay.cut(Cut::Naming(pages.clone()));
    let settings = settings(&relay.bootstrap(), &prefix, 1, 1, "[run]\ndrain_timeout = \"5s\"");
    let poll_max = format!("kafka.max_poll_interval={}s", POLL_MAX.as_secs());
    let mut extract = Instance::run(&settings, &["--stage", "extract", "--set", &poll_max, "--set", "log.level=debug"]);
    let begin = Instant::now();
    wait_for("a question without an answer", MINUTE, || {
        assert_eq!(extract.exit_status(), None, "{}", extract.stderr());
        (begin.elapsed() > 2 * POLL_MAX && extract.stderr().contains("asked again")).then_some(())
    });
    relay.cut(Cut::Nothing);
    produce(&bootstrap, &pages, stories(0..5, None));
    extract.wait_ready(MINUTE);
    extract.wait_metric("copydesk_pages_total", &["outcome=\"expanded\""], MINUTE, |n| n == 5.0);
}
