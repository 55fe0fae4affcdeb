//! The second stage: candidates to articles, each content once. A group member that runs a [`lane`] for each partition.
//!
//! ```text
//! member      polls; starts a lane on assign, drains it on revoke
//! takeover    fence, barrier, restore, seek
//! fences      how often others shut the lane out
//! standing    what the lane tells of itself
//! lane        consume, decide, commit; recovers in place
//! batch       what was consumed since the last commit
//! checkpoints when the table is written to the log once more, and the log cut
//! transact    one transaction
//! ```

pub mod batch;
pub mod checkpoints;
pub mod fences;
pub mod lane;
pub mod member;
pub mod standing;
pub mod takeover;
pub mod transact;

pub use member::run;
