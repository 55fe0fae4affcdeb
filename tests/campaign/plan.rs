//! How hard, how long: from the environment, small without it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Places for instances.
pub const SLOTS: usize = 4;
/// How often each page is sent, under other addresses and keys.
pub const COPIES: usize = 3;

/// See the module's head.
pub struct Plan {
    /// A folder of pages; `None`: they are made.
    pub pages: Option<PathBuf>,
    /// How long faults go on.
    pub length: Duration,
    /// How long an instance is frozen, cut off or out of time.
    pub pause: Duration,
    /// How long no broker is there.
    pub outage: Duration,
    /// `dedup.transaction_timeout`, shorter than a pause.
    pub transaction_timeout: Duration,
    /// What chance begins with.
    pub seed: u64,
    /// How often the number of instances goes through its changes.
    pub rounds: u32,
    begin: Instant,
}

impl Plan {
    /// A campaign where `COPYDESK_FAULTS_PAGES` names a folder, else what continuous integration has time for.
    pub fn from_environment() -> Self {
        let number =
            |name: &str, otherwise: u64| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(otherwise);
        let pages = std::env::var_os("COPYDESK_FAULTS_PAGES").map(PathBuf::from);
        let is_campaign = pages.is_some();
        let seconds = number("COPYDESK_FAULTS_SECONDS", 25);
        let (pause, outage, timeout) = if is_campaign { (40, 120, 30) } else { (8, 5, 6) };
        Plan {
            pages,
            length: Duration::from_secs(seconds),
            pause: Duration::from_secs(pause),
            outage: Duration::from_secs(outage.min(seconds)),
            transaction_timeout: Duration::from_secs(timeout),
            seed: number("COPYDESK_FAULTS_SEED", 1),
            rounds: u32::try_from(seconds / 600).unwrap_or(u32::MAX).max(1),
            begin: Instant::now(),
        }
    }

    /// Begins now.
    pub fn begin(&mut self) {
        self.begin = Instant::now();
    }

    /// Whether there is time left for more.
    pub fn goes_on(&self) -> bool {
        self.begin.elapsed() < self.length
    }
}
