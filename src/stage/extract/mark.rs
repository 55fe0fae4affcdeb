//! What stands beside a partition's committed offset: whether its last owner came to an end, and which page is suspected.
//!
//! A page that ends the process takes the knowledge of it along: nothing can be caught, counted or dead-lettered then. So an
//! owner marks its partitions dirty before it reads, and clean when it gives them back. Whoever finds one dirty parses its next
//! pages one at a time and names each, with its attempt, before it begins. What holds: a page is counted only while it alone was
//! being parsed.

use std::fmt;

/// The text of a clean partition, of one that has no mark, and of what other tools write.
const CLEAN: &str = "";
const DIRTY: &str = "copydesk/1 dirty";

/// See the module's head.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Given back in order, or never owned.
    #[default]
    Clean,
    /// Owned; after a death, of one that did not give it back.
    Dirty(Option<Suspect>),
}

/// A page that was about to be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Its offset.
    pub offset: i64,
    /// How often its parse was begun and never came to an end.
    pub attempts: u64,
}

impl Mark {
    /// Reads the text beside a committed offset. What copydesk did not write is clean.
    pub fn parse(text: &str) -> Self {
        let Some(rest) = text.strip_prefix(DIRTY) else { return Mark::Clean };
        let mut words = rest.split_ascii_whitespace();
        let mut number = |name: &str| words.next()?.strip_prefix(name)?.parse::<u64>().ok();
        let suspect = number("suspect=").zip(number("attempts="));
        Mark::Dirty(suspect.map(|(offset, attempts)| Suspect { offset: offset as i64, attempts }))
    }

    /// The attempt at a page that begins now, counted from 1.
    pub fn attempt(&self, offset: i64) -> u64 {
        match self {
            Mark::Dirty(Some(suspect)) if suspect.offset == offset => suspect.attempts + 1,
            _ => 1,
        }
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mark::Clean => f.write_str(CLEAN),
            Mark::Dirty(None) => f.write_str(DIRTY),
            Mark::Dirty(Some(suspect)) => {
                write!(f, "{DIRTY} suspect={} attempts={}", suspect.offset, suspect.attempts)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_reads_back() {
        let suspect = Suspect { offset: 1_234_567_890_123, attempts: 2 };
        for mark in [Mark::Clean, Mark::Dirty(None), Mark::Dirty(Some(suspect))] {
            assert_eq!(Mark::parse(&mark.to_string()), mark);
        }
        assert!(Mark::Dirty(Some(suspect)).to_string().len() < 4096, "the brokers' limit");
    }

    #[test]
    fn what_others_write_is_clean() {
        for text in ["", "NO_METADATA", "dirty", "consumer-7 at 12:00"] {
            assert_eq!(Mark::parse(text), Mark::Clean);
        }
        assert_eq!(Mark::parse("copydesk/1 dirty suspect=x attempts=1"), Mark::Dirty(None));
    }

    #[test]
    fn attempts_count_for_the_suspect_alone() {
        let mark = Mark::Dirty(Some(Suspect { offset: 7, attempts: 2 }));
        assert_eq!((mark.attempt(7), mark.attempt(8), Mark::Dirty(None).attempt(7)), (3, 1, 1));
    }
}
