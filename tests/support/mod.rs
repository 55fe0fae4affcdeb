//! What broker tests are made of: real brokers, the real binary, and topics to write and read.
//!
//! A test that only needs a broker takes [`broker`], one for each test binary: the one that `COPYDESK_TEST_BOOTSTRAP` names,
//! else one started from the jars that `tests/tools/fetch-kafka` fetched. It keeps apart from others by [`unique`] topic
//! prefixes. A test that stops brokers starts a [`Cluster`] of its own and is named `cluster_...`, and
//! one that gives an instance a network of its own, which takes root, `netns_...`; one whose clock jumps `clock_...`. Java 17 or later must be on
//! the PATH. Logs and data are under `target/test/clusters` and `target/test/instances`; the logs stay.
//!
//! Every process that is started here ends with the test process, however that ends.

// Each test binary compiles all of this and uses some of it.
#![allow(dead_code, unused_imports)]

pub mod clock;
pub mod cluster;
pub mod instance;
pub mod lanes;
pub mod namespace;
pub mod process;
pub mod relay;
pub mod topics;
pub mod wire;

pub use cluster::{Cluster, broker};
pub use instance::Instance;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// `target/test`, where all that tests leave behind goes.
pub fn test_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/test")
}

/// A name that no other test uses, now or in an earlier run: for topic prefixes and folders.
pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since_epoch = std::time::UNIX_EPOCH.elapsed().expect("a clock past 1970").as_millis();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{:x}-{count}", std::process::id(), since_epoch & 0xff_ffff_ffff)
}

/// Waits until `poll` gives a value; panics with `what` after `limit`.
#[track_caller]
pub fn wait_for<T>(what: &str, limit: Duration, mut poll: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(value) = poll() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited {} s for {what}", limit.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
}
