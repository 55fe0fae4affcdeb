//! Child processes and signals.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Sends `signal` (`KILL`, `TERM`, `STOP`, `CONT`) to a process of ours.
pub fn signal(pid: u32, signal: &str) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(pid.to_string()).status();
    assert!(status.expect("the kill command").success(), "kill -{signal} {pid}");
}

/// Whether the process still runs; one that has ended and waits for its parent does not.
pub fn is_running(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // "1234 (java) S 1 ...": the state follows the name.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// Ports of brokers, and of all else. Apart, so that nothing takes a broker's port while that broker is down. Below the range that
/// outgoing connections use, for the same reason.
pub const BROKER_PORTS: Range<u16> = 12_000..22_000;
pub const OTHER_PORTS: Range<u16> = BROKER_PORTS.end..32_000;

/// Some ports of 127.0.0.1 out of a range that are free now. None is given to two tests of this process: who has been given one may
/// not listen there yet.
pub fn free_ports<const N: usize>(range: Range<u16>) -> [u16; N] {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    let nanos = std::time::UNIX_EPOCH.elapsed().expect("a clock past 1970").subsec_nanos();
    let first = (nanos / 1_000 + std::process::id() * 97) as usize % range.len();
    let listeners: Vec<_> = (range.clone().cycle().skip(first).take(range.len()))
        .filter(|port| !given.contains(port))
        .filter_map(|port| std::net::TcpListener::bind(("127.0.0.1", port)).ok())
        .take(N)
        .collect();
    let ports: Vec<_> = listeners.iter().map(|listener| listener.local_addr().expect("a bound port").port()).collect();
    given.extend(&ports);
    ports.try_into().unwrap_or_else(|_| panic!("no {N} free ports in {range:?}"))
}

/// A process that ends when its guard is dropped or when this process ends, be it by SIGKILL.
///
/// A shell between the two starts it, reads its own standard input, and kills it when that closes.
pub struct Guarded {
    shell: Child,
    pid: u32,
}

impl Guarded {
    /// Starts `command`, with its output in `log`. When this process ends, `data` is deleted.
    pub fn spawn(command: &[&str], log: &Path, data: &Path) -> Self {
        const SCRIPT: &str = r#"trap : INT TERM HUP; log=$1 data=$2; shift 2
            "$@" >>"$log" 2>&1 </dev/null & pid=$!
            echo $pid
            if read -r _; then kill -9 $pid; wait; else kill -9 $pid; wait; rm -rf "$data"; fi 2>/dev/null"#;
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "guard"])
            .args([log, data])
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        let mut line = String::new();
        BufReader::new(shell.stdout.take().expect("piped")).read_line(&mut line).expect("the pid");
        let pid = line.trim().parse().expect("a pid");
        // Until the command is there, a signal meets the shell's traps.
        let program = |pid: u32| std::fs::read_link(format!("/proc/{pid}/exe")).ok();
        let is_there = || (program(pid) != program(shell.id())).then_some(());
        super::wait_for("the command", Duration::from_secs(60), is_there);
        Guarded { shell, pid }
    }

    /// The process itself, not the shell.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(stdin) = &mut self.shell.stdin {
            // Fails only when the shell is gone already.
            let _ = stdin.write_all(b"\n");
        }
        let _ = self.shell.wait();
    }

    /// SIGTERM, and waits until it is gone; panics after `limit`.
    pub fn terminate(&mut self, limit: Duration) {
        signal(self.pid, "TERM");
        super::wait_for("the process to end", limit, || (!is_running(self.pid)).then_some(()));
        self.kill();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.kill();
    }
}
