//! A network of its own for one instance, joined to this machine by a pair of virtual interfaces whose link can be taken down.
//!
//! Unlike behind a [`super::relay`], the machine itself knows that the network is gone: routes vanish, new connections fail at once, open
//! ones are silent. Takes root, and iproute2; tests that use one are named `netns_...`.

use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

/// See the module's head. Gone when dropped.
pub struct Namespace {
    name: String,
    network: String,
}

impl Namespace {
    /// Makes one that is joined.
    pub fn new() -> Self {
        static NEXT: AtomicU8 = AtomicU8::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        // Of the addresses that are set apart for such tests, four; a device's name has at most 15 characters.
        let network = format!("198.18.{}.{}", process % 256, u32::from(number % 64) * 4);
        let namespace = Namespace { name: format!("cd{process}-{number}"), network };
        let (name, here, there) = (namespace.name.as_str(), namespace.host(), namespace.address(2));
        ip(&["netns", "add", name]);
        ip(&["link", "add", name, "type", "veth", "peer", "name", DEVICE, "netns", name]);
        ip(&["address", "add", &format!("{here}/30"), "dev", name]);
        ip(&["link", "set", name, "up"]);
        ip(&["-n", name, "address", "add", &format!("{there}/30"), "dev", DEVICE]);
        ip(&["-n", name, "link", "set", "lo", "up"]);
        namespace.link(true);
        namespace
    }

    /// This machine's address in the network between the two, which it keeps whether the link is up or not.
    pub fn host(&self) -> String {
        self.address(1)
    }

    /// Puts the link up, or takes it down.
    pub fn link(&self, is_up: bool) {
        ip(&["-n", &self.name, "link", "set", DEVICE, if is_up { "up" } else { "down" }]);
    }

    /// A command that runs `program` within.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    fn address(&self, number: u32) -> String {
        let (front, last) = self.network.rsplit_once('.').expect("an address");
        format!("{front}.{}", last.parse::<u32>().expect("a number") + number)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Its interface goes with it, and the one here with that.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// The interface within.
const DEVICE: &str = "eth0";

#[track_caller]
fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("the ip command of iproute2");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {}: {error}", arguments.join(" "));
}
