//! One running copydesk: the real binary with a config file, its log, its port.

use super::namespace::Namespace;
use super::process::{OTHER_PORTS, free_ports, signal};
use super::{test_dir, unique, wait_for};
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

const BINARY: &str = env!("CARGO_BIN_EXE_copydesk");

/// A settings file for tests: `prefix` for every topic and group, pages from `{prefix}.pages`, few partitions, short times.
/// `more` is appended; it may open further sections but not repeat these keys.
pub fn settings(bootstrap: &str, prefix: &str, partitions: usize, replication: usize, more: &str) -> String {
    let isr = replication.min(2);
    format!(
        "[kafka]\nbootstrap_servers = \"{bootstrap}\"\nsession_timeout = \"6s\"\nheartbeat_interval = \"1s\"\n\
         [topics]\nprefix = \"{prefix}\"\npages = \"{prefix}.pages\"\ncandidate_partitions = {partitions}\n\
         articles_partitions = {partitions}\nreplication_factor = {replication}\nmin_insync_replicas = {isr}\n{more}\n"
    )
}

/// A process of the binary. Killed when dropped; its folder stays if the test failed.
pub struct Instance {
    child: Child,
    dir: PathBuf,
    port: u16,
}

impl Instance {
    /// Starts `copydesk run` with this settings file; `more` are further arguments, such as `--stage dedup`.
    pub fn run(settings: &str, more: &[&str]) -> Self {
        Self::spawn(&[&["run"], more].concat(), settings)
    }

    /// The same with further environment variables.
    pub fn run_in(settings: &str, more: &[&str], environment: &[(String, String)]) -> Self {
        Self::spawn_in(&[&["run"], more].concat(), settings, environment)
    }

    /// The same within a network of its own, where nobody else reaches its port.
    pub fn run_within(namespace: &Namespace, settings: &str, more: &[&str]) -> Self {
        Self::spawn_by(namespace.command(BINARY), &[&["run"], more].concat(), settings, &[])
    }

    /// Starts any command with this settings file, as `--config`.
    pub fn spawn(arguments: &[&str], settings: &str) -> Self {
        Self::spawn_in(arguments, settings, &[])
    }

    /// The same with further environment variables.
    pub fn spawn_in(arguments: &[&str], settings: &str, environment: &[(String, String)]) -> Self {
        Self::spawn_by(Command::new(BINARY), arguments, settings, environment)
    }

    fn spawn_by(mut command: Command, arguments: &[&str], settings: &str, environment: &[(String, String)]) -> Self {
        let dir = test_dir().join("instances").join(unique("copydesk"));
        std::fs::create_dir_all(&dir).expect("a folder for the instance");
        let config = dir.join("copydesk.toml");
        std::fs::write(&config, settings).expect("the settings file");
        let [port] = free_ports(OTHER_PORTS);
        let child = command
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .env("COPYDESK__HTTP__LISTEN", format!("127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(File::create(dir.join("stdout")).expect("a file for stdout"))
            .stderr(File::create(dir.join("stderr")).expect("a file for stderr"))
            .spawn()
            .expect("the binary");
        Instance { child, dir, port }
    }

    /// The address of `/metrics` and the rest.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What it has logged so far.
    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir.join("stderr")).expect("its log")).into_owned()
    }

    /// What it has printed so far.
    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.dir.join("stdout")).expect("its output")).into_owned()
    }

    /// Asks it to drain and end.
    pub fn sigterm(&self) {
        signal(self.child.id(), "TERM");
    }

    /// Ends it at once, and waits until it is gone.
    pub fn sigkill(&mut self) {
        signal(self.child.id(), "KILL");
        self.child.wait().expect("its end");
    }

    /// Freezes it, as a long pause of its machine would.
    pub fn sigstop(&self) {
        signal(self.child.id(), "STOP");
    }

    /// Lets it go on.
    pub fn sigcont(&self) {
        signal(self.child.id(), "CONT");
    }

    /// Its exit status, once it has ended.
    pub fn exit_status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("its status")
    }

    /// Waits for its end.
    #[track_caller]
    pub fn wait_exit(&mut self, limit: Duration) -> ExitStatus {
        let what = format!("the end of copydesk; see {}", self.dir.display());
        wait_for(&what, limit, || self.child.try_wait().expect("its status"))
    }

    /// Waits until `/readyz` says so; panics when it ends before.
    #[track_caller]
    pub fn wait_ready(&mut self, limit: Duration) {
        let what = format!("copydesk to be ready; see {}", self.dir.display());
        wait_for(&what, limit, || {
            if let Some(status) = self.exit_status() {
                panic!("copydesk ended with {status}: {}", self.stderr());
            }
            (self.get("/readyz")?.0 == 200).then_some(())
        });
    }

    /// Status and body of a GET; `None` while nobody answers.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: test\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// The sum of a metric's samples that carry all `labels`, each as `name="value"`; `None` when there are none.
    pub fn metric_with(&self, name: &str, labels: &[&str]) -> Option<f64> {
        sum_samples(&self.get("/metrics")?.1, name, labels)
    }

    /// The sum of all of a metric's samples; `None` when there are none.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metric_with(name, &[])
    }

    /// A histogram's buckets: upper bound and how many samples stay below, all labels together.
    pub fn buckets(&self, name: &str) -> Vec<(f64, f64)> {
        let exposition = self.get("/metrics").map(|(_, body)| body).unwrap_or_default();
        let name = format!("{name}_bucket{{");
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for line in exposition.lines().filter(|line| line.starts_with(&name)) {
            let bound = line.split_once("le=\"").and_then(|(_, rest)| rest.split('"').next()?.parse().ok());
            let count = line.rsplit_once(' ').and_then(|(_, count)| count.parse::<f64>().ok());
            let (Some(bound), Some(count)) = (bound, count) else { continue };
            match buckets.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets
    }

    /// Its resident memory; 0 where there is no /proc.
    pub fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
    }

    /// Arenas of glibc's allocator beside the first, each of up to 64 MiB; 0 where there is no /proc.
    pub fn arenas(&self) -> usize {
        const ARENA_BYTES: u64 = 64 << 20;
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", self.child.id())).unwrap_or_default();
        // "7f0fe8000000-7f0fe8a21000 rw-p 00000000 00:00 0": an arena begins at a multiple of its size.
        let starts = maps.lines().filter_map(|line| {
            let (start, rest) = line.split_once('-')?;
            rest.trim_end().ends_with(" rw-p 00000000 00:00 0").then(|| u64::from_str_radix(start, 16).ok())?
        });
        starts.filter(|start| start % ARENA_BYTES == 0).count()
    }

    /// Waits until the metric is what `is` asks for.
    #[track_caller]
    pub fn wait_metric(&self, name: &str, labels: &[&str], limit: Duration, is: impl Fn(f64) -> bool) -> f64 {
        let what = format!("{name}{{{}}}; see {}", labels.join(","), self.dir.display());
        wait_for(&what, limit, || self.metric_with(name, labels).filter(|value| is(*value)))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

fn sum_samples(exposition: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let samples = exposition.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let (found, value) = rest.rsplit_once(' ')?;
        let of_this_name = found.is_empty() || found.starts_with('{');
        (of_this_name && labels.iter().all(|label| found.contains(label))).then(|| value.parse::<f64>().ok())?
    });
    samples.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

#[test]
fn samples_are_summed_by_name_and_labels() {
    let text = "# TYPE a counter\na{x=\"1\",y=\"2\"} 3\na{x=\"2\",y=\"2\"} 4\na_total 9\nb 5\n";
    assert_eq!(sum_samples(text, "a", &[]), Some(7.0));
    assert_eq!(sum_samples(text, "a", &["x=\"2\""]), Some(4.0));
    assert_eq!(sum_samples(text, "b", &[]), Some(5.0));
    assert_eq!(sum_samples(text, "c", &[]), None);
}
