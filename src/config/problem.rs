//! What is wrong with a configuration: every problem, each with its key, its origin and its remedy.

use std::fmt;

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The full key, `section.key`; empty where the trouble is a whole file.
    pub key: String,
    /// The file, environment or flag that set it; `None` for a built-in value.
    pub origin: Option<String>,
    /// What is wrong, as the end of a sentence that begins with the key.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.as_deref().map(|origin| format!(" (from {origin})")).unwrap_or_default();
        let space = if self.key.is_empty() { "" } else { " " };
        write!(f, "{}{space}{}{origin}\n    {}", self.key, self.what, self.remedy)
    }
}

/// Everything wrong, found in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "problem" } else { "problems" };
        write!(f, "the configuration has {} {plural}:", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for Problems {}
