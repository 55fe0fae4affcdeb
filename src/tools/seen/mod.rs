//! The seen-set from outside: judged, explained, forgotten, taken out, brought in, divided anew.
//!
//! ```text
//! look        reads a lane's changelog as its next owner would, and writes nothing
//! explain     all that the topics say of one hash
//! owner       a lane fenced and restored, to be written to
//! reset       begins lanes anew
//! carry       export, import, reshard
//! ```
//!
//! What holds: a lane's log is written only by its fenced owner, in transactions of the same shape as the stage's; where
//! members of the group run, nothing is written at all.

pub mod carry;
pub mod explain;
pub mod look;
pub mod owner;
pub mod reset;

use super::ToolError;
use crate::dedup::fault::LaneFault;

impl ToolError {
    /// A lane whose log can't be relied on.
    fn lane(lane: i32, fault: &LaneFault) -> Self {
        ToolError::Data(format!("lane {lane}: {}: {fault}", fault.name()))
    }
}
