//! What was seen before: the state of one lane, without the lane.
//!
//! A lane owns one partition of the candidates topic. Its state is a set of 16-byte hashes with a time each, rebuilt at
//! takeover from the lane's changelog. This module holds that state and its record formats:
//!
//! ```text
//! changelog   Record <-> bytes, documented byte by byte
//! table       the set of hashes, forgotten by lane time      (subtable: one slice of it)
//! lane_time   the clock that the records themselves carry
//! restore     changelog records -> table, or a named reason why the log can't be trusted
//! checkpoint  the table -> its log once more, packed, so that the log can be cut behind it
//! witness     the number of the log's last segment, from elsewhere: whether the log has lost its end
//! fault       those reasons
//! snapshot    hashes in a file, for lanes elsewhere
//! ```
//!
//! What holds:
//! - A table changes only by [`table::Table::commit`], with what one committed segment says; a restore also takes checkpoints,
//!   which say what such a table held, and changes the TTL where its writers did. A live table and one restored from its log are
//!   therefore equal.
//! - A hash stays seen for at least the TTL, counted in lane time from its segment.
//! - Nothing here knows Kafka, threads or a clock; offsets, timestamps and bytes come in as arguments.

pub mod changelog;
pub mod checkpoint;
pub mod fault;
pub mod lane_time;
pub mod restore;
pub mod snapshot;
mod subtable;
pub mod table;
pub mod witness;

/// The first 16 bytes of an article's content hash: what the state keeps of it.
pub type Hash16 = [u8; 16];

/// Version of the content hash that the state is made of; see `docs/content-hash.md`.
pub const HASH_VERSION: u8 = 1;

/// The partition (lane) that a hash belongs to: its first 8 bytes as a big-endian number, modulo `partitions`.
///
/// Explicit, so that no client's default partitioner decides, and so that `int(hex[:16], 16) % P` says the same anywhere.
/// The [`table`] spreads by the last 8 bytes, which this leaves uniform within a lane.
///
/// # Panics
/// If `partitions` is 0.
pub fn lane_of(hash: &Hash16, partitions: u32) -> u32 {
    let (head, _) = hash.split_first_chunk::<8>().expect("16 bytes hold 8");
    (u64::from_be_bytes(*head) % u64::from(partitions)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_follow_the_documented_recipe() {
        // python3: int("00112233445566778899aabbccddeeff"[:16], 16) % 16 == 7, % 12 == 3
        let hash = u128::to_be_bytes(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        assert_eq!(lane_of(&hash, 16), 7);
        assert_eq!(lane_of(&hash, 12), (0x0011_2233_4455_6677_u64 % 12) as u32);
        assert_eq!(lane_of(&hash, 1), 0);
    }
}
