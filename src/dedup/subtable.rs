//! One slice of the table: a sorted array with gaps, 16 bytes an entry.
//!
//! Linear probing where the home slot grows with the key and runs are kept in key order. A search ends at the first gap or
//! greater key, so that it stays short at a load of 0.9; growing and sweeping are one pass in memory order, with nothing
//! to hash or sort. (Amble and Knuth, "Ordered hash tables", The Computer Journal 17(2), 1974.)
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

    /// Some of the bytes where a search for `key` begins; reading them brings them into the cache.
    pub(super) fn peek(&self, key: u128) -> u64 {
        self.slots.get(self.home(key)).map_or(0, |entry| *entry as u64)
    }

    /// Puts `key` under `tag`. `keep` says which tags still count: an entry of another one is cleared away before the
    /// slice grows for want of room.
    pub(super) fn insert(&mut self, key: u128, tag: u8, keep: impl Fn(u8) -> bool) -> Inserted {
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
                    self.sweep(keep);
                    if !self.has_room() {
                        self.resize(grown(self.homes, key));
                    }
                    let at = self.find(key).expect_err("the key is new");
                    self.insert_at(at, pack(key, tag));
                }
                Inserted::New
            }
        }
    }

    /// Removes every entry whose tag `keep` refuses, and gives memory back where much became free.
    pub(super) fn sweep(&mut self, keep: impl Fn(u8) -> bool) {
        // Entries only move left, so one forward pass in place is enough.
        let mut next = 0;
        let mut kept = 0;
        for at in 0..self.slots.len() {
            let entry = self.slots[at];
            if entry == GAP {
                continue;
            }
            self.slots[at] = GAP;
            if keep(tag_of(entry)) {
                let to = next.max(self.home(key_of(entry)));
                self.slots[to] = entry;
                next = to + 1;
                kept += 1;
            }
        }
        self.used = kept;
        self.slots.truncate(next.max(self.homes as usize));
        if kept == 0 {
            *self = SubTable::default();
        } else if u64::from(kept) * 2 < u64::from(self.homes) && self.homes > 2 * HOMES_MIN {
            self.resize(kept + kept / 4 + 1);
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
        let mut at = self.home(key);
        while let Some(entry) = self.slots.get(at) {
            if key_of(*entry) >= key {
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

    /// Lays the entries out anew over `homes` slots. In place: a large block then grows by moving pages, not bytes, and
    /// never stands twice.
    fn resize(&mut self, homes: u32) {
        let homes = homes.max(HOMES_MIN);
        let used = self.used as usize;
        let mut last_run = 0;
        for (number, entry) in self.slots.iter().filter(|entry| **entry != GAP).enumerate() {
            last_run = last_run.max(home(key_of(*entry), homes) + used - number);
        }
        let len = last_run.max(homes as usize);
        if len > self.slots.len() {
            self.slots.reserve_exact(len - self.slots.len());
            self.slots.resize(len, GAP);
        }
        // First all to the right end, without gaps; from there each goes left to its place.
        let mut to = self.slots.len();
        for at in (0..self.slots.len()).rev() {
            if self.slots[at] != GAP {
                to -= 1;
                self.slots.swap(at, to);
            }
        }
        let mut next = 0;
        for at in to..self.slots.len() {
            let to = next.max(home(key_of(self.slots[at]), homes));
            self.slots.swap(at, to);
            next = to + 1;
        }
        self.slots.truncate(len);
        self.slots.shrink_to_fit();
        self.homes = homes;
    }

    fn home(&self, key: u128) -> usize {
        home(key, self.homes)
    }
}

/// A sixteenth more on average. A throw of the key's low bits keeps slices from growing all in one commit.
fn grown(homes: u32, key: u128) -> u32 {
    let part = homes / 24 + 1;
    homes + part + (key as u32) % part + 1
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
                    table.sweep(|other| other != tag);
                    model.retain(|_, other| *other != tag);
                } else {
                    let expected = model.insert(key, tag).map_or(Inserted::New, Inserted::Replaced);
                    prop_assert_eq!(table.insert(key, tag, |_| true), expected);
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
            table.insert(
                (n * 0x9E37_79B9_7F4A_7C15) << 40 & ((1 << KEY_BITS) - 1),
                if n < 100 { 1 } else { 2 },
                |_| true,
            );
        }
        let full = table.heap_bytes();
        table.sweep(|tag| tag == 1);
        check_invariants(&table);
        assert_eq!(table.iter().count(), 100);
        assert!(table.heap_bytes() * 50 < full, "{} of {full}", table.heap_bytes());
        table.sweep(|_| false);
        assert_eq!(table.heap_bytes(), 0);
    }
}
