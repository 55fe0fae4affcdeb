//! The number of a lane's last segment, told by somebody else than the lane's log.
//!
//! A log that has lost its end is whole in itself: nothing in it says that more followed. So the lane tells the number of each
//! segment that is committed once more, beside the offset that it commits for its group. What holds: it is told after the
//! segment is committed, so a log that ends before it has lost something. The other way round nothing follows: the word may be
//! a few segments old, or gone with the group's offsets.

use std::fmt;

use uuid::Uuid;

use super::fault::LaneFault;
use super::restore::Restored;

const MARK: &str = "copydesk/1 ";

/// See the module's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The log that is spoken of; one that was begun anew is another.
    pub lane_set: Uuid,
    /// Number of a segment that was committed to it.
    pub seq: u64,
}

impl Witness {
    /// Reads the text beside a committed offset; `None` for what a lane did not write.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix(MARK)?.split(' ');
        let mut value = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=');
        let (lane_set, seq) = (value("lane_set")?.parse().ok()?, value("seq")?.parse().ok()?);
        Some(Witness { lane_set, seq })
    }

    /// Holds a lane that was restored from its log against it. A log of another lane set that has segments was begun anew by an
    /// operator; one without any was made anew by somebody who may not know that there was one.
    ///
    /// # Errors
    /// [`LaneFault::TailLost`] where the log ends too early.
    pub fn check(&self, restored: &Restored) -> Result<(), LaneFault> {
        let is_spoken_of = self.lane_set == restored.identity.lane_set || restored.seq == 0;
        if is_spoken_of && self.seq > restored.seq {
            return Err(LaneFault::TailLost { committed: self.seq, found: restored.seq });
        }
        Ok(())
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}lane_set={} seq={}", self.lane_set, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_reads_back() {
        let witness = Witness { lane_set: Uuid::from_u128(0xa1), seq: 1_234_567 };
        assert_eq!(Witness::parse(&witness.to_string()), Some(witness));
        assert!(witness.to_string().len() < 4096, "the brokers' limit");
    }

    #[test]
    fn what_others_write_is_no_witness() {
        let set = Uuid::from_u128(0xa1);
        for text in ["", "NO_METADATA", "copydesk/1 dirty", "copydesk/1 lane_set=7 seq=7", "copydesk/2 lane_set= seq="]
        {
            assert_eq!(Witness::parse(text), None, "{text}");
        }
        assert_eq!(Witness::parse(&format!("copydesk/1 lane_set={set} seq=-1")), None);
        assert_eq!(Witness::parse(&format!("copydesk/1 lane_set={set}")), None);
    }
}
