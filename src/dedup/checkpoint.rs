//! A lane's table written to its log once more, packed: a restore then begins here, and what lies before can be deleted.
//!
//! Without it a restore reads each transaction of a TTL: short records, read at a tenth of the speed.
//!
//! ```text
//! open  part 0  segment   open  segment   open  part 1  part 2 (last)  segment   open  segment
//! ^ the checkpoint begins here                                                         ^ says that nothing older is needed
//! ```
//!
//! What holds: parts ride in the lane's own transactions, each with what the table held when the transaction began. A slice
//! of the table goes whole into one transaction, and what is added to a slice later stands in a segment behind the checkpoint's
//! beginning. So parts and segments from there on give the table, hash by hash and bucket by bucket.

use super::changelog::Part;
use super::table::Table;

/// Hashes of one part, at most: 896 kB, below the brokers' default limit of 1 MB for a record.
pub const PART_HASHES_MAX: usize = 56_000;

/// A checkpoint under way: what of the table has been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    number: u64,
    lane_time_ms: i64,
    next_part: u32,
    next_slice: usize,
}

impl Checkpoint {
    /// Begins with the transaction `seq`, at a lane time.
    pub fn new(seq: u64, lane_time_ms: i64) -> Self {
        Checkpoint { number: seq, lane_time_ms, next_part: 0, next_slice: 0 }
    }

    /// Lane time at its beginning.
    pub fn lane_time_ms(&self) -> i64 {
        self.lane_time_ms
    }

    /// The parts for the next transaction, at `lane_time_ms`, and where the checkpoint stands once that is committed; `None`:
    /// complete. At least one part; of `hashes_max` hashes or one slice, whichever is more, in parts of `hashes_max` at most.
    pub fn next(&self, table: &Table, lane_time_ms: i64, hashes_max: usize) -> (Vec<Part>, Option<Checkpoint>) {
        let (mut after, mut found) = (*self, Vec::new());
        while after.next_slice < Table::SLICES && found.len() < hashes_max {
            // Not past the lane's time: no hash counts from later.
            found.extend(table.slice(after.next_slice).map(|(hash, end_ms)| (hash, end_ms.min(lane_time_ms))));
            after.next_slice += 1;
        }
        found.sort_unstable_by_key(|(_, time_ms)| *time_ms);
        let is_complete = after.next_slice == Table::SLICES;
        let count = found.len().div_ceil(hashes_max).max(1);
        let parts = (0..count).map(|at| {
            let hashes = found.iter().skip(at * hashes_max).take(hashes_max);
            let mut part = Part {
                number: self.number,
                part: self.next_part + at as u32,
                last: is_complete && at + 1 == count,
                lane_time_ms: self.lane_time_ms,
                groups: Vec::new(),
            };
            for (hash, time_ms) in hashes {
                match part.groups.last_mut() {
                    Some((of, hashes)) if of == time_ms => hashes.push(*hash),
                    _ => part.groups.push((*time_ms, vec![*hash])),
                }
            }
            part
        });
        let parts: Vec<_> = parts.collect();
        after.next_part += count as u32;
        (parts, (!is_complete).then_some(after))
    }
}
