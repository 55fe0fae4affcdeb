//! How the process ends: the closed set of exit codes (sysexits.h), and a failure with its sentence.

use copydesk::config::Problems;
use std::process::{ExitCode, Termination};

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All done; a run was drained and committed.
    Done = 0,
    /// The command line is wrong.
    Usage = 64,
    /// Some input was bad, or the topics do not add up.
    Data = 65,
    /// A broker could not be reached.
    Unavailable = 69,
    /// Our own trouble, or a drain that was cut short.
    Software = 70,
    /// The configuration is wrong.
    Config = 78,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
}

impl Failure {
    /// Ends with `exit` after saying `message` on stderr.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Failure { exit, message: message.into() }
    }

    /// Says it, once, and gives the code to end with.
    pub fn report(self) -> Exit {
        eprintln!("copydesk: {}", self.message);
        self.exit
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Failure::new(Exit::Config, problems.to_string())
    }
}
