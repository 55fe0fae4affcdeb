//! One slice of the table: a sorted array with gaps, 16 bytes an entry.
//!
//! Linear probing where the home slot grows with the key and runs are kept in key order. A search ends at the first gap or
//! greater key, so that it stays short at a load of 0.9; growing and sweeping are one pass in memory order and in place, with
//! nothing to hash or sort and no branch that hangs on an entry. (Amble and Knuth, "Ordered hash tables", The Computer
//! Journal 17(2), 1974.)
//!
//! An entry is a 122-bit key and a 4-bit tag from 1 to 15; 0 is a gap. What the tags mean is the table's affair.
//!
//! What holds: entries stand in ascending order of key; none before its home slot; no gap between its home and it.

use std::mem::size_of;

/// The bits of a key; the bits above it, which name the slice, are not stored.
pub(super) const KEY_BITS: u32 = 122;
const TAG_BITS: u32 = 4;
const HOMES_MIN: u32 = 4;
const GAP: u128 = 0;
/// Slots in a cache line of 64 bytes.
const LINE_SLOTS: usize = 4;

/// See the module's head.
#[derive(Clone, Default)]
pub(super) struct SubTable {
    /// `homes` slots, and behind them the few that the last run overflows into.
    slots: Vec<u128>,
    homes: u32,
    used: u32,
}

/// What [`SubTable::insert`] met.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inserted {
    /// The key was not there.
    New,
    /// The key was there under this tag, which the new one replaced.
    Replaced(u8),
}

impl SubTable {
    /// The tag that `key` stands under.
    pub(super) fn get(&self, key: u128) -> Option<u8> {
        self.find(key).ok().map(|at| tag_of(self.slots[at]))
    }

    /// Some of the bytes where a search for `key` begins, from so many cache lines; reading them brings them into the cache.
    pub(super) fn peek<const LINES: usize>(&self, key: u128) -> u64 {
        let home = self.home(key);
        let slots = std::array::from_fn::<_, LINES, _>(|line| home + line * LINE_SLOTS);
        slots.iter().fold(0, |all, at| all | self.slots.get(*at).map_or(0, |entry| *entry as u64))
    }

    /// Puts `key` under `tag`. `dead` has a bit per tag that counts no more: entries of those are cleared away before the
    /// slice grows for want of room.
    pub(super) fn insert(&mut self, key: u128, tag: u8, dead: u16) -> Inserted {
        match self.find(key) {
            Ok(at) => {
                let old = tag_of(self.slots[at]);
                self.slots[at] = pack(key, tag);
                Inserted::Replaced(old)
            }
            Err(at) => {
                if self.has_room() {
                    self.insert_at(at, pack(key, tag));
                } else {
                    if dead != 0 {
                        self.sweep(dead);
                    }
                    if !self.has_room() {
                        self.lay_out(grown(self.homes, key), 0);
                    }
                    let at = self.find(key).expect_err("the key is new");
                    self.insert_at(at, pack(key, tag));
                }
                Inserted::New
            }
        }
    }

    /// Removes every entry of a tag that `dead` has a bit for, and gives memory back where much became free.
    pub(super) fn sweep(&mut self, dead: u16) {
        self.lay_out(self.homes, dead);
        if self.used == 0 {
            *self = SubTable::default();
        } else if u64::from(self.used) * 2 < u64::from(self.homes) && self.homes > 2 * HOMES_MIN {
            self.lay_out((self.used + self.used / 4 + 1).max(HOMES_MIN), 0);
        }
    }

    /// Entries in ascending order of key, each with its tag; swept or not.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u128, u8)> + '_ {
        let entries = self.slots.iter().copied().filter(|entry| *entry != GAP);
        entries.map(|entry| (key_of(entry), tag_of(entry)))
    }

    /// Bytes allocated on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u128>()
    }

    /// Load at most 0.9.
    fn has_room(&self) -> bool {
        (u64::from(self.used) + 1) * 10 <= u64::from(self.homes) * 9
    }

    /// Where `key` stands, or where it belongs.
    fn find(&self, key: u128) -> Result<usize, usize> {
        // What the key makes with the least tag, so that entries are compared as they stand.
        let least = pack(key, 0);
        let mut at = self.home(key);
        while let Some(entry) = self.slots.get(at) {
            if *entry >= least {
                return if key_of(*entry) == key && *entry != GAP { Ok(at) } else { Err(at) };
            }
            if *entry == GAP {
                return Err(at);
            }
            at += 1;
        }
        Err(at)
    }

    fn insert_at(&mut self, at: usize, entry: u128) {
        self.used += 1;
        match self.slots[at..].iter().position(|entry| *entry == GAP) {
            Some(run) => {
                self.slots.copy_within(at..at + run, at + 1);
                self.slots[at] = entry;
            }
            None => {
                if self.slots.len() == self.slots.capacity() {
                    self.slots.reserve_exact(4);
                }
                self.slots.insert(at, entry);
            }
        }
    }

    /// Lays the entries out anew over `homes` slots, without those of `dead` tags. In place: a large block then grows by moving
    /// pages, not bytes, and never stands twice.
    fn lay_out(&mut self, homes: u32, dead: u16) {
        // With more homes an entry goes right by as much as there are more, or less. So all are moved by that first; from
        // there each goes left, in one pass, and never onto one that is still to go.
        let more = homes.saturating_sub(self.homes) as usize;
        let before = self.slots.len();
        self.slots.reserve_exact(more);
        self.slots.resize(before + more, GAP);
        self.slots.copy_within(..before, more);
        self.slots[..more.min(before)].fill(GAP);
        let kept = !(dead | 1 << tag_of(GAP));
        let (mut next, mut used) = (0, 0);
        for at in more..self.slots.len() {
            let entry = std::mem::replace(&mut self.slots[at], GAP);
            // What is left out is written too, as a gap over a gap.
            let keep = kept >> tag_of(entry) & 1 == 1;
            let to = next.max(home(key_of(entry), homes));
            self.slots[to] = if keep { entry } else { GAP };
            next = if keep { to + 1 } else { next };
            used += u32::from(keep);
        }
        self.slots.truncate(next.max(homes as usize));
        self.slots.shrink_to_fit();
        self.homes = homes;
        self.used = used;
    }

    fn home(&self, key: u128) -> usize {
        home(key, self.homes)
    }
}

/// An eighth more on average. A throw of the key's low bits keeps slices from growing all in one commit.
fn grown(homes: u32, key: u128) -> u32 {
    let part = homes / 12 + 1;
    (homes + part + (key as u32) % part + 1).max(HOMES_MIN)
}

/// The key's leading 32 bits scaled to the slots: grows with the key.
fn home(key: u128, homes: u32) -> usize {
    let lead = (key >> (KEY_BITS - 32)) as u64;
    ((lead * u64::from(homes)) >> 32) as usize
}

fn pack(key: u128, tag: u8) -> u128 {
    (key << TAG_BITS) | u128::from(tag)
}

fn key_of(entry: u128) -> u128 {
    entry >> TAG_BITS
}

fn tag_of(entry: u128) -> u8 {
    (entry as u8) & ((1 << TAG_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn check_invariants(table: &SubTable) {
        let mut last = None;
        for (at, entry) in table.slots.iter().copied().enumerate() {
            if entry == GAP {
                continue;
            }
            let key = key_of(entry);
            assert!(last.is_none_or(|last| last < key), "order");
            assert!(table.home(key) <= at, "before its home");
            assert!(table.slots[table.home(key)..at].iter().all(|entry| *entry != GAP), "gap between home and entry");
            last = Some(key);
        }
        assert_eq!(table.iter().count(), table.used as usize);
    }

    /// Few distinct leading bits, so that runs are long; the extremes among them.
    fn keys() -> impl Strategy<Value = u128> {
        let wide = any::<u128>().prop_map(|key| key >> (128 - KEY_BITS));
        let crowded = (0..8_u128, 0..64_u128).prop_map(|(lead, low)| (lead << (KEY_BITS - 3)) | low);
        let last = (0..64_u128).prop_map(|low| (1 << KEY_BITS) - 1 - low);
        prop_oneof![wide, crowded, last]
    }

    proptest! {
        #[test]
        fn equals_a_map(ops in prop::collection::vec((keys(), 1..16_u8, 0..40_u8), 1..600)) {
            let mut table = SubTable::default();
            let mut model = BTreeMap::new();
            for (key, tag, dice) in ops {
                if dice == 0 {
                    table.sweep(1 << tag);
                    model.retain(|_, other| *other != tag);
                } else {
                    let expected = model.insert(key, tag).map_or(Inserted::New, Inserted::Replaced);
                    prop_assert_eq!(table.insert(key, tag, 0), expected);
                }
                check_invariants(&table);
                prop_assert_eq!(table.get(key), model.get(&key).copied());
                prop_assert_eq!(table.get(key ^ 1), model.get(&(key ^ 1)).copied());
            }
            prop_assert!(table.iter().eq(model.into_iter()));
        }
    }

    #[test]
    fn a_swept_slice_gives_its_memory_back() {
        let mut table = SubTable::default();
        for n in 0..10_000_u128 {
            table.insert((n * 0x9E37_79B9_7F4A_7C15) << 40 & ((1 << KEY_BITS) - 1), if n < 100 { 1 } else { 2 }, 0);
        }
        let full = table.heap_bytes();
        table.sweep(!(1 << 1));
        check_invariants(&table);
        assert_eq!(table.iter().count(), 100);
        assert!(table.heap_bytes() * 50 < full, "{} of {full}", table.heap_bytes());
        table.sweep(u16::MAX);
        assert_eq!(table.heap_bytes(), 0);
    }
}
