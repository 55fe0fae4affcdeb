//! The process's own figures, read from `/proc` at each scrape. Names are those of Prometheus' client libraries. Where
//! there is no `/proc`, the metrics are absent.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Counter, Gauge, Registry, Result};
use std::fs;

/// Ticks a second of the times in `/proc`; fixed for programs on Linux, whatever the kernel's own rate.
const TICKS_PER_SECOND: f64 = 100.0;
/// Fields of `/proc/self/stat`, counted from the one after the program's name.
const STAT_UTIME: usize = 11;
const STAT_STIME: usize = 12;
const STAT_THREADS: usize = 17;
const STAT_START: usize = 19;

pub(super) fn register(registry: &Registry) -> Result<()> {
    registry.register(Box::new(Process {
        resident: Gauge::new("process_resident_memory_bytes", "Resident memory size in bytes.")?,
        cpu: Counter::new("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.")?,
        threads: Gauge::new("process_threads", "Threads of the process.")?,
        files: Gauge::new("process_open_fds", "Number of open file descriptors.")?,
        start: Gauge::new("process_start_time_seconds", "Start time of the process since 1970 in seconds.")?,
    }))
}

struct Process {
    resident: Gauge,
    cpu: Counter,
    threads: Gauge,
    files: Gauge,
    start: Gauge,
}

impl Process {
    fn parts(&self) -> [&dyn Collector; 5] {
        [&self.resident, &self.cpu, &self.threads, &self.files, &self.start]
    }

    fn update(&self) -> Option<()> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let resident_kb: f64 = resident.trim().trim_end_matches(" kB").parse().ok()?;
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The program's name stands in parentheses and may hold blanks.
        let fields: Vec<f64> =
            stat.rsplit_once(") ")?.1.split(' ').map(|field| field.trim().parse().unwrap_or(0.0)).collect();
        let boot = fs::read_to_string("/proc/stat").ok()?;
        let boot: f64 = boot.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
        self.resident.set(resident_kb * 1024.0);
        self.cpu.reset();
        self.cpu.inc_by((fields.get(STAT_UTIME)? + fields.get(STAT_STIME)?) / TICKS_PER_SECOND);
        self.threads.set(*fields.get(STAT_THREADS)?);
        self.start.set(boot + fields.get(STAT_START)? / TICKS_PER_SECOND);
        self.files.set(fs::read_dir("/proc/self/fd").ok()?.count() as f64);
        Some(())
    }
}

impl Collector for Process {
    fn desc(&self) -> Vec<&Desc> {
        self.parts().into_iter().flat_map(Collector::desc).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        match self.update() {
            Some(()) => self.parts().into_iter().flat_map(Collector::collect).collect(),
            None => Vec::new(),
        }
    }
}
