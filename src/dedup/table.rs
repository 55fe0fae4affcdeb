//! The set of hashes that were seen, forgotten by lane time.
//!
//! Time is cut into buckets an eighth of the TTL wide; the bucket of the latest commit and the 8 before it are live. A
//! bucket leaves whole, so a hash stays seen for at least the TTL after its commit and for at most 9/8 of it.
//!
//! One table holds all buckets: an entry carries its bucket as a 4-bit tag, so a lookup costs one cache miss and not nine,
//! and a bucket that ends has nothing to move. A bucket that leaves is forgotten at once, by its tag; its entries are
//! cleared away slice by slice with the commits that follow. 64 slices, each grown on its own and by an eighth, keep
//! every resize under a millisecond at a hundred million entries over 16 lanes. The slice is told by 6 bits of the hash,
//! which makes room for the tag: 16 bytes an entry, about 19 with the gaps.
//!
//! What holds: lane time never goes backward; the same commits give the same table, whatever was cleared when.

use super::Hash16;
use super::subtable::{Inserted, KEY_BITS, SubTable};
use std::hint::black_box;
use std::mem::size_of;

/// The TTL's parts: buckets are this fraction of it wide.
const PARTS: i64 = 8;
/// Buckets behind the active one that are still live.
const BEHIND: i64 = PARTS;
/// Tags to give to buckets; more than the live ones, so that clearing may lag behind.
const TAGS: i64 = 15;
const SLICES: usize = 1 << (128 - KEY_BITS);
/// Hashes to [`Table::warm`] at a time.
pub const WARM_BATCH: usize = 32;
/// Cache lines to fetch for a hash that is looked up, and for one that is added: entries move on until the next gap.
const LOOKUP_LINES: usize = 2;
const INSERT_LINES: usize = 4;
/// Slices cleared with one commit: about half a millisecond at a hundred million entries over 16 lanes.
const SWEEP_SLICES: usize = 1;

/// The seen hashes of one lane. See the module's head.
#[derive(Clone)]
pub struct Table {
    slices: Vec<SubTable>,
    width_ms: i64,
    /// The bucket of the latest commit.
    active: Option<i64>,
    buckets: [Bucket; TAGS as usize],
    sweep: Sweep,
}

/// What the table keeps of the bucket that holds a tag.
#[derive(Clone, Copy, Default)]
struct Bucket {
    live: bool,
    entries: u64,
    /// Changelog offset of the first segment with hashes of this bucket.
    first_offset: Option<i64>,
}

/// Progress of clearing away what left buckets hold. A pass over all slices frees the tags that were dead at its start.
#[derive(Clone, Default)]
struct Sweep {
    /// Bit per tag: entries of it may still stand somewhere.
    dirty: u16,
    /// The dirty tags that the pass under way frees.
    pass: u16,
    next_slice: usize,
}

/// What a table would say after a commit; see [`Table::preview`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Live entries.
    pub entries: u64,
    /// Changelog offset of the first segment that a restore needs; `None`: the very segment of this commit is the first.
    pub needed_from: Option<i64>,
}

impl Table {
    /// Slices of a table; see [`Table::slice`].
    pub const SLICES: usize = SLICES;

    /// An empty table for a TTL in milliseconds of lane time; at least 1.
    pub fn new(ttl_ms: u64) -> Self {
        Table {
            slices: vec![SubTable::default(); SLICES],
            width_ms: width_of(ttl_ms),
            active: None,
            buckets: Default::default(),
            sweep: Sweep::default(),
        }
    }

    /// Whether the hash was committed and is not forgotten.
    pub fn contains(&self, hash: &Hash16) -> bool {
        let (slice, key) = place(hash);
        self.slices[slice].get(key).is_some_and(|tag| self.is_live(tag))
    }

    /// Whether the hash counts at a lane time, which no commit has made the table's yet: what [`Table::contains`] will say then.
    pub fn counts_at(&self, hash: &Hash16, lane_time_ms: i64) -> bool {
        let (slice, key) = place(hash);
        self.slices[slice].get(key).is_some_and(|tag| self.live_at(lane_time_ms).any(|(_, live)| live == tag))
    }

    /// Fetches what [`Table::contains`] will read for these hashes. The memory's answers are waited for together and not one
    /// after the other: with [`WARM_BATCH`] hashes at a time, lookups in a large table are several times as fast.
    pub fn warm(&self, hashes: &[Hash16]) {
        self.fetch::<LOOKUP_LINES>(hashes);
    }

    /// Applies one committed segment: forgets what is due at `lane_time_ms`, then adds the hashes under that time.
    ///
    /// `changelog_offset` is the segment's own offset. A hash that is seen already counts from now. A lane time before an
    /// earlier commit's counts as that one.
    pub fn commit(&mut self, lane_time_ms: i64, hashes: impl IntoIterator<Item = Hash16>, changelog_offset: i64) {
        let tag = self.advance(lane_time_ms);
        if self.add(hashes, tag, true) > 0 {
            self.buckets[index(tag)].first_offset.get_or_insert(changelog_offset);
        }
        self.sweep_some(SWEEP_SLICES);
    }

    /// Applies what a checkpoint says: hashes that count from a lane time which may lie before the latest commit's. Those that
    /// are seen already stay as they are, those that are forgotten by now stay forgotten.
    pub fn recall(&mut self, lane_time_ms: i64, hashes: impl IntoIterator<Item = Hash16>, changelog_offset: i64) {
        let bucket = lane_time_ms.div_euclid(self.width_ms);
        let active = self.active.unwrap_or(bucket).max(bucket);
        if bucket < active.saturating_sub(BEHIND) {
            return;
        }
        self.advance(active.saturating_mul(self.width_ms));
        let tag = tag_of(bucket);
        self.clean(tag);
        let known = &mut self.buckets[index(tag)];
        known.live = true;
        // A segment that came since the checkpoint began may have made the bucket.
        known.first_offset = Some(known.first_offset.map_or(changelog_offset, |first| first.min(changelog_offset)));
        self.add(hashes, tag, false);
    }

    /// A complete checkpoint stands at `changelog_offset`: nothing before it is needed any more.
    pub fn rebase(&mut self, changelog_offset: i64) {
        for first in self.buckets.iter_mut().filter_map(|bucket| bucket.first_offset.as_mut()) {
            *first = (*first).max(changelog_offset);
        }
    }

    /// Forgets by another TTL from `lane_time_ms` on, that of the latest commit. What was forgotten stays so. All others count from
    /// the latest time that their bucket may stand for, so that none is forgotten earlier than by that TTL.
    pub fn retime(&mut self, ttl_ms: u64, lane_time_ms: i64) {
        if self.width_ms == width_of(ttl_ms) {
            return;
        }
        let mut before = std::mem::replace(self, Table::new(ttl_ms));
        self.advance(lane_time_ms);
        for slice in 0..SLICES {
            for (bucket, tag) in before.live_buckets() {
                let entries = before.slices[slice].iter().filter(|(_, of)| *of == tag);
                if let Some(first_offset) = before.bucket(tag).first_offset {
                    let hashes = entries.map(|(key, _)| hash_at(slice, key));
                    self.recall(before.end_of(bucket).min(lane_time_ms), hashes, first_offset);
                }
            }
            // Makes room for what the next slice needs.
            before.slices[slice] = SubTable::default();
        }
    }

    /// Live entries of one of the [`Table::SLICES`] slices, each with the last lane time of its bucket.
    pub fn slice(&self, slice: usize) -> impl Iterator<Item = (Hash16, i64)> + '_ {
        let mut ends = [0; TAGS as usize];
        for (bucket, tag) in self.live_buckets() {
            ends[index(tag)] = self.end_of(bucket);
        }
        let entries = self.slices[slice].iter().filter(|(_, tag)| self.is_live(*tag));
        entries.map(move |(key, tag)| (hash_at(slice, key), ends[index(tag)]))
    }

    /// What [`Table::len`] and [`Table::needed_from`] will say after a commit at `lane_time_ms` of `new` hashes, none of which counts
    /// then: a segment states both before it is committed.
    pub fn preview(&self, lane_time_ms: i64, new: u64) -> Preview {
        let live = || self.live_at(lane_time_ms).map(|(_, tag)| self.bucket(tag));
        Preview {
            entries: live().map(|bucket| bucket.entries).sum::<u64>() + new,
            needed_from: live().filter_map(|bucket| bucket.first_offset).min(),
        }
    }

    /// Live entries.
    pub fn len(&self) -> u64 {
        self.buckets.iter().filter(|bucket| bucket.live).map(|bucket| bucket.entries).sum()
    }

    /// Whether no entry is live.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the table has allocated, gaps and entries not yet cleared away included.
    pub fn bytes(&self) -> u64 {
        let heap: usize = self.slices.iter().map(SubTable::heap_bytes).sum();
        (size_of::<Self>() + self.slices.capacity() * size_of::<SubTable>() + heap) as u64
    }

    /// Changelog offset of the first segment that holds a live hash; `None` while there is none.
    pub fn needed_from(&self) -> Option<i64> {
        self.live_buckets().filter_map(|(_, tag)| self.bucket(tag).first_offset).min()
    }

    /// Live entries with the lane time at which their bucket begins, in an order that depends on nothing but the entries.
    pub fn iter(&self) -> impl Iterator<Item = (Hash16, i64)> + '_ {
        let mut begins = [0; TAGS as usize];
        for (bucket, tag) in self.live_buckets() {
            begins[index(tag)] = bucket.saturating_mul(self.width_ms);
        }
        self.slices.iter().enumerate().flat_map(move |(slice, entries)| {
            entries
                .iter()
                .filter(|(_, tag)| self.is_live(*tag))
                .map(move |(key, tag)| (hash_at(slice, key), begins[index(tag)]))
        })
    }

    /// Adds hashes under a tag; how many it was given. `renew`: those that are seen already come under the tag too.
    fn add(&mut self, hashes: impl IntoIterator<Item = Hash16>, tag: u8, renew: bool) -> u64 {
        let mut hashes = hashes.into_iter();
        let mut batch = [Hash16::default(); WARM_BATCH];
        let mut given = 0;
        loop {
            let count = batch.iter_mut().zip(&mut hashes).map(|(slot, hash)| *slot = hash).count();
            if count == 0 {
                return given;
            }
            given += count as u64;
            self.fetch::<INSERT_LINES>(&batch[..count]);
            for hash in &batch[..count] {
                if renew || !self.contains(hash) {
                    self.insert(hash, tag);
                }
            }
        }
    }

    /// Brings the memory in which these hashes stand, or will, into the cache; so many lines for each.
    fn fetch<const LINES: usize>(&self, hashes: &[Hash16]) {
        let peeks = hashes.iter().map(place).map(|(slice, key)| self.slices[slice].peek::<LINES>(key));
        black_box(peeks.fold(0, |all, peek| all | peek));
    }

    fn insert(&mut self, hash: &Hash16, tag: u8) {
        let (slice, key) = place(hash);
        if let Inserted::Replaced(old) = self.slices[slice].insert(key, tag, self.sweep.dirty)
            && self.is_live(old)
        {
            self.buckets[index(old)].entries -= 1;
        }
        self.buckets[index(tag)].entries += 1;
    }

    /// Makes the bucket of `lane_time_ms` the active one; the tag it has.
    fn advance(&mut self, lane_time_ms: i64) -> u8 {
        let active = self.bucket_at(lane_time_ms);
        let tag = tag_of(active);
        if self.active == Some(active) {
            return tag;
        }
        if self.active.is_none_or(|before| active > before.saturating_add(BEHIND)) {
            self.forget_all();
        } else {
            for (bucket, tag) in self.live_buckets().collect::<Vec<_>>() {
                if bucket < active.saturating_sub(BEHIND) {
                    self.forget(tag);
                }
            }
        }
        self.clean(tag);
        self.active = Some(active);
        self.buckets[index(tag)].live = true;
        tag
    }

    /// A new bucket's tag must stand nowhere; it does only when time made most of a TTL in a few commits.
    fn clean(&mut self, tag: u8) {
        while self.sweep.dirty & bit(tag) != 0 {
            self.sweep_some(SLICES);
        }
    }

    fn forget(&mut self, tag: u8) {
        if self.bucket(tag).entries > 0 || self.sweep.dirty & bit(tag) != 0 {
            self.sweep.dirty |= bit(tag);
        }
        self.buckets[index(tag)] = Bucket::default();
    }

    fn forget_all(&mut self) {
        self.slices.fill(SubTable::default());
        self.buckets = Default::default();
        self.sweep = Sweep::default();
    }

    /// Clears dead entries out of the next `slices` slices, while any may be left.
    fn sweep_some(&mut self, slices: usize) {
        for _ in 0..slices {
            if self.sweep.next_slice == 0 {
                self.sweep.pass = self.sweep.dirty;
            }
            if self.sweep.pass == 0 {
                return;
            }
            self.slices[self.sweep.next_slice].sweep(self.sweep.dirty);
            self.sweep.next_slice += 1;
            if self.sweep.next_slice == SLICES {
                self.sweep.dirty &= !self.sweep.pass;
                self.sweep.next_slice = 0;
            }
        }
    }

    /// The bucket of a lane time, never before the active one.
    fn bucket_at(&self, lane_time_ms: i64) -> i64 {
        let bucket = lane_time_ms.div_euclid(self.width_ms);
        self.active.map_or(bucket, |active| active.max(bucket))
    }

    /// The last lane time of a bucket.
    fn end_of(&self, bucket: i64) -> i64 {
        bucket.saturating_add(1).saturating_mul(self.width_ms) - 1
    }

    /// Numbers and tags of the live buckets, oldest first.
    fn live_buckets(&self) -> impl Iterator<Item = (i64, u8)> + '_ {
        let window = self.active.map(|newest| newest.saturating_sub(BEHIND)..=newest);
        window.into_iter().flatten().map(|bucket| (bucket, tag_of(bucket))).filter(|(_, tag)| self.is_live(*tag))
    }

    /// Of these, those that a commit at `lane_time_ms` leaves.
    fn live_at(&self, lane_time_ms: i64) -> impl Iterator<Item = (i64, u8)> + '_ {
        let oldest = self.bucket_at(lane_time_ms).saturating_sub(BEHIND);
        self.live_buckets().filter(move |(bucket, _)| *bucket >= oldest)
    }

    fn bucket(&self, tag: u8) -> &Bucket {
        &self.buckets[index(tag)]
    }

    fn is_live(&self, tag: u8) -> bool {
        self.bucket(tag).live
    }
}

/// Milliseconds of a bucket.
fn width_of(ttl_ms: u64) -> i64 {
    let ttl_ms = i64::try_from(ttl_ms).unwrap_or(i64::MAX).max(1);
    (ttl_ms - 1) / PARTS + 1
}

/// Slice and key of a hash. The last 8 bytes lead: the first 8 chose the lane ([`super::lane_of`]).
fn place(hash: &Hash16) -> (usize, u128) {
    let bits = u128::from_be_bytes(*hash).rotate_left(64);
    ((bits >> KEY_BITS) as usize, bits & ((1 << KEY_BITS) - 1))
}

fn hash_at(slice: usize, key: u128) -> Hash16 {
    (((slice as u128) << KEY_BITS) | key).rotate_right(64).to_be_bytes()
}

fn tag_of(bucket: i64) -> u8 {
    (bucket.rem_euclid(TAGS) + 1) as u8
}

fn index(tag: u8) -> usize {
    usize::from(tag) - 1
}

fn bit(tag: u8) -> u16 {
    1 << tag
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, HashMap};

    const TTL_MS: u64 = 8_000;
    const WIDTH_MS: i64 = 1_000;

    /// What the table promises, said with a map from hash to the bucket of its last commit.
    #[derive(Default)]
    struct Model {
        seen: HashMap<Hash16, i64>,
        first_offsets: BTreeMap<i64, i64>,
        active: Option<i64>,
    }

    impl Model {
        fn commit(&mut self, lane_time_ms: i64, hashes: &[Hash16], offset: i64) {
            let active = self.active.unwrap_or(i64::MIN).max(lane_time_ms.div_euclid(WIDTH_MS));
            self.active = Some(active);
            self.seen.retain(|_, bucket| *bucket >= active - 8);
            self.first_offsets.retain(|bucket, _| *bucket >= active - 8);
            for hash in hashes {
                self.seen.insert(*hash, active);
                self.first_offsets.entry(active).or_insert(offset);
            }
        }
    }

    /// A pool small enough to meet again, spread over few slices so that they fill up.
    fn hash() -> impl Strategy<Value = Hash16> {
        let few = (0..3_u8, any::<u8>()).prop_map(|(slice, low)| {
            let mut hash = [0; 16];
            (hash[8], hash[0], hash[15]) = (slice << 6, low, low.wrapping_mul(31));
            hash
        });
        prop_oneof![4 => few, 1 => any::<Hash16>()]
    }

    fn commits() -> impl Strategy<Value = Vec<(i64, Vec<Hash16>)>> {
        let step = prop_oneof![6 => 0..300_i64, 3 => 300..3_000_i64, 1 => 3_000..20_000_i64, 1 => -2_000..0_i64];
        prop::collection::vec((step, prop::collection::vec(hash(), 0..60)), 1..80)
    }

    proptest! {
        #[test]
        fn equals_a_map_with_times(start in -5_000_i64..5_000, commits in commits(), probes in prop::collection::vec(hash(), 20)) {
            let (mut table, mut model) = (Table::new(TTL_MS), Model::default());
            let mut time = start;
            for (number, (step, hashes)) in commits.into_iter().enumerate() {
                time += step;
                let offset = number as i64 * 3;
                let mut new: Vec<_> = hashes.iter().filter(|hash| !table.counts_at(hash, time)).copied().collect();
                new.sort_unstable();
                new.dedup();
                let preview = table.preview(time, new.len() as u64);
                let mut promised = table.clone();
                promised.commit(time, [], offset);
                for probe in hashes.iter().chain(&probes) {
                    prop_assert_eq!(table.counts_at(probe, time), promised.contains(probe));
                }
                promised.commit(time, new, offset);
                prop_assert_eq!(preview.entries, promised.len());
                prop_assert_eq!(preview.needed_from.or(promised.needed_from()), promised.needed_from());

                table.commit(time, hashes.iter().copied(), offset);
                model.commit(time, &hashes, offset);
                prop_assert_eq!(table.len(), model.seen.len() as u64);
                let in_use = model.first_offsets.values().min().copied();
                prop_assert_eq!(table.needed_from(), in_use);
                for probe in hashes.iter().chain(&probes) {
                    prop_assert_eq!(table.contains(probe), model.seen.contains_key(probe));
                }
            }
            let all: HashMap<_, _> = table.iter().map(|(hash, begin)| (hash, begin / WIDTH_MS)).collect();
            prop_assert_eq!(all, model.seen);
        }

        #[test]
        fn a_hash_is_seen_for_its_ttl(ttl in 1_u64..100_000, start in 0_i64..1_000_000, steps in prop::collection::vec(0_i64..5_000, 0..60)) {
            let mut table = Table::new(ttl);
            let hash = [7; 16];
            table.commit(start, [hash], 0);
            let mut time = start;
            for step in steps {
                time += step;
                table.commit(time, [], 1);
                if time - start <= ttl as i64 {
                    prop_assert!(table.contains(&hash), "forgotten {} ms after its commit", time - start);
                }
                if time - start > (ttl as i64 / 8 + 1) * 9 {
                    prop_assert!(!table.contains(&hash), "still seen {} ms after its commit", time - start);
                }
            }
        }
    }

    #[test]
    fn places_are_reversible() {
        let hash = u128::to_be_bytes(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
        let (slice, key) = place(&hash);
        assert_eq!(slice, 0x88 >> 2);
        assert_eq!(hash_at(slice, key), hash);
    }

    #[test]
    fn memory_of_a_left_bucket_comes_back_with_the_commits_that_follow() {
        let mut table = Table::new(TTL_MS);
        let hashes = |seed: u128, count: u128| {
            (0..count).map(move |n| (n + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835).to_be_bytes())
        };
        table.commit(0, hashes(1, 100_000), 0);
        let full = table.bytes();
        table.commit(5 * WIDTH_MS, hashes(1 << 40, 10), 1);
        for _ in 0..SLICES / SWEEP_SLICES + 1 {
            table.commit(9 * WIDTH_MS, [], 2);
        }
        assert_eq!(table.len(), 10);
        assert!(table.bytes() < full / 5, "{} of {full}", table.bytes());
    }
}
