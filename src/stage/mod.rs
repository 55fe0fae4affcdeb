//! The two loops around the core, and what they share.
//!
//! ```text
//! extract   pages -> core -> candidates          at least once; commits in order, behind the acknowledgements
//! dedup     candidates -> lanes -> articles      exactly once; a lane a partition
//! ```
//!
//! What holds: each stage is a group member with a thread of its own that polls; nothing of tokio runs there. A stage that
//! can't go on says so as a [`shell::Failure`], and the process ends with its exit code: a restart is always correct.

pub mod dedup;
pub mod extract;
pub mod progress;
pub mod run;
pub mod shell;
pub mod watchdog;
