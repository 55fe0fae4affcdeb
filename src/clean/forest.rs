//! Boosted trees as flat tables, read from bytes that are compiled into the binary.
//!
//! A tree asks the same question on all branches of a level, so its answers are the bits of its leaf's number (R. Kohavi,
//! "Oblivious decision trees, graphs, and top-down pruning", IJCAI 1995): no branch, and a batch of rows is answered at once.
//!
//! What holds: the compiler reads the table and checks every index, so a wrong table does not build; an answer takes
//! comparisons, additions and multiplications alone, in the same order for one row as for a batch, so it is the same on every
//! machine.
//!
//! Little endian: `CDT2`, forests (u32); per forest features (u32), trees (u32), levels (u32); per tree per level split (f32)
//! and feature (u32), then 2^levels leaves (f32), of which bit k of the number says whether the feature of level k is above its
//! split.

mod attribution;

pub(crate) use attribution::Attribution;

use wide::f32x8;

/// Levels that a tree has room for.
const LEVELS_MAX: usize = 6;
const LEAVES_MAX: usize = 1 << LEVELS_MAX;
/// Features that a row has room for.
pub(crate) const FEATURES_MAX: usize = 256;
/// The features of one block or line.
pub(crate) type Row = [f32; FEATURES_MAX];
/// Rows that are answered in one go.
pub(crate) const BATCH: usize = 8;

/// Rows of a batch, feature by feature.
pub(crate) struct Batch([[f32; BATCH]; FEATURES_MAX]);

impl Batch {
    pub(crate) fn new() -> Batch {
        Batch([[0.0; BATCH]; FEATURES_MAX])
    }

    /// Puts a row's first features at `place`.
    pub(crate) fn set(&mut self, place: usize, row: &[f32]) {
        for (values, value) in self.0.iter_mut().zip(row) {
            values[place] = *value;
        }
    }
}

/// Several forests of `T` trees together.
pub(crate) struct Forests<const F: usize, const T: usize> {
    /// Trees of forest `f` are those from `first[f]` to `last[f]`.
    first: [usize; F],
    last: [usize; F],
    /// Levels of its trees.
    levels: [usize; F],
    trees: [Tree; T],
}

#[derive(Clone, Copy)]
struct Tree {
    splits: [f32; LEVELS_MAX],
    features: [u8; LEVELS_MAX],
    leaves: [f32; LEAVES_MAX],
}

impl Tree {
    /// Nothing is above an infinite split, so a level that is not there adds nothing to a leaf's number.
    const EMPTY: Tree =
        Tree { splits: [f32::INFINITY; LEVELS_MAX], features: [0; LEVELS_MAX], leaves: [0.0; LEAVES_MAX] };

    fn answer(&self, levels: usize, row: &Row) -> f32 {
        let mut leaf = 0;
        for level in 0..levels {
            leaf |= usize::from(row[self.features[level] as usize] > self.splits[level]) << level;
        }
        self.leaves[leaf]
    }
}

impl<const F: usize, const T: usize> Forests<F, T> {
    /// Reads a table. To be called in a constant.
    pub(crate) const fn read(bytes: &[u8]) -> Self {
        let mut forests = Forests { first: [0; F], last: [0; F], levels: [0; F], trees: [Tree::EMPTY; T] };
        let (mut at, mut forest, mut tree) = (8, 0, 0);
        while forest < F {
            let (features, end, levels) = (u32_at(bytes, at), tree + trees_at(bytes, at), levels_at(bytes, at));
            assert!(features as usize <= FEATURES_MAX, "more features than a row holds");
            forests.first[forest] = tree;
            forests.levels[forest] = levels;
            at += FOREST_BYTES;
            while tree < end {
                let mut level = 0;
                while level < levels {
                    let feature = u32_at(bytes, at + 4);
                    assert!(feature < features, "a question for a feature that is not there");
                    forests.trees[tree].splits[level] = f32_at(bytes, at);
                    forests.trees[tree].features[level] = feature as u8;
                    at += 8;
                    level += 1;
                }
                let mut leaf = 0;
                while leaf < 1 << levels {
                    forests.trees[tree].leaves[leaf] = f32_at(bytes, at);
                    at += 4;
                    leaf += 1;
                }
                tree += 1;
            }
            forests.last[forest] = tree;
            forest += 1;
        }
        assert!(at == bytes.len() && tree == T, "a table of another length");
        forests
    }

    fn of(&self, forest: usize) -> &[Tree] {
        &self.trees[self.first[forest]..self.last[forest]]
    }

    /// The probability that forest `forest` gives a row.
    pub(crate) fn probability(&self, forest: usize, row: &Row) -> f32 {
        logistic(self.of(forest).iter().fold(0.0, |sum, tree| sum + tree.answer(self.levels[forest], row)))
    }

    /// The same for a batch of rows.
    pub(crate) fn probabilities(&self, forest: usize, rows: &Batch) -> [f32; BATCH] {
        let trees = self.of(forest);
        match self.levels[forest] {
            0..=3 => answers::<3>(trees, rows),
            4 => answers::<4>(trees, rows),
            _ => answers::<LEVELS_MAX>(trees, rows),
        }
    }
}

/// The answers of trees of at most `LEVELS` levels.
fn answers<const LEVELS: usize>(trees: &[Tree], rows: &Batch) -> [f32; BATCH] {
    let mut sums = [0.0; BATCH];
    for tree in trees {
        // A leaf's number as a sum of powers of two, which floats hold exactly.
        let mut leaves = f32x8::ZERO;
        for level in 0..LEVELS {
            let values = f32x8::from(rows.0[tree.features[level] as usize]);
            let above = values.simd_gt(f32x8::splat(tree.splits[level]));
            leaves += above & f32x8::splat((1 << level) as f32);
        }
        for (sum, leaf) in sums.iter_mut().zip(leaves.fast_trunc_int().to_array()) {
            *sum += tree.leaves[leaf as usize % LEAVES_MAX];
        }
    }
    sums.map(logistic)
}

/// How many trees a table of `forests` forests holds.
pub(crate) const fn trees(bytes: &[u8], forests: usize) -> usize {
    assert!(
        u32_at(bytes, 0) == u32::from_le_bytes(*b"CDT2") && u32_at(bytes, 4) as usize == forests,
        "not a table of this version"
    );
    let (mut at, mut forest, mut trees) = (8, 0, 0);
    while forest < forests {
        let (count, levels) = (trees_at(bytes, at), levels_at(bytes, at));
        assert!(levels <= LEVELS_MAX, "more levels than a tree has room for");
        at += FOREST_BYTES + count * (levels * 8 + (4 << levels));
        trees += count;
        forest += 1;
    }
    trees
}

/// Bytes of what a forest says of itself.
const FOREST_BYTES: usize = 12;

const fn trees_at(bytes: &[u8], forest: usize) -> usize {
    u32_at(bytes, forest + 4) as usize
}

const fn levels_at(bytes: &[u8], forest: usize) -> usize {
    u32_at(bytes, forest + 8) as usize
}

const fn f32_at(bytes: &[u8], at: usize) -> f32 {
    f32::from_bits(u32_at(bytes, at))
}

const fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The logistic function from additions and multiplications alone: platforms' `exp` differ in the last digit, and the same
/// page must give the same events anywhere. Relative error below 1e-5.
pub(crate) fn logistic(x: f32) -> f32 {
    let t = x.clamp(-40.0, 40.0) * -std::f32::consts::LOG2_E;
    let whole = t.floor();
    let f = t - whole;
    // 2^f on 0..1, a polynomial of least maximal error.
    let p = 1.0 + f * (0.693_152 + f * (0.240_153 + f * (0.055_826_3 + f * (0.008_989_3 + f * 0.001_877_6))));
    let power = f32::from_bits(((whole as i32 + 127) as u32) << 23);
    1.0 / (1.0 + p * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two forests: one leaf of 1; and a tree that asks whether feature 2 is above 0.5, then feature 0 above 1.5.
    const BYTES: &[u8] = &{
        let words = [
            u32::from_le_bytes(*b"CDT2"),
            2,
            // One feature, one tree, no level.
            1,
            1,
            0,
            1.0f32.to_bits(),
            // Three features, one tree, two levels.
            3,
            1,
            2,
            0.5f32.to_bits(),
            2,
            1.5f32.to_bits(),
            0,
            (-2.0f32).to_bits(),
            3.0f32.to_bits(),
            5.0f32.to_bits(),
            7.0f32.to_bits(),
        ];
        let mut bytes = [0u8; 17 * 4];
        let mut i = 0;
        while i < bytes.len() {
            bytes[i] = words[i / 4].to_le_bytes()[i % 4];
            i += 1;
        }
        bytes
    };

    #[test]
    fn bits_of_the_answers_lead_to_the_leaf_alone_and_in_a_batch() {
        const FORESTS: Forests<2, 2> = Forests::read(BYTES);
        assert_eq!(trees(BYTES, 2), 2);
        let mut batch = Batch::new();
        let rows: Vec<Row> = (0..BATCH)
            .map(|i| {
                let mut row = [0.0; FEATURES_MAX];
                (row[2], row[0]) = (i as f32 / 4.0, f32::from(u8::from(i % 2 == 0)) * 2.0);
                batch.set(i, &row);
                row
            })
            .collect();
        let answers = FORESTS.probabilities(1, &batch);
        for (i, row) in rows.iter().enumerate() {
            let expected = logistic([[-2.0, 3.0], [5.0, 7.0]][usize::from(i % 2 == 0)][usize::from(i > 2)]);
            assert_eq!((FORESTS.probability(1, row), answers[i]), (expected, expected));
            assert_eq!(FORESTS.probability(0, row), logistic(1.0));
        }
    }

    #[test]
    fn the_logistic_is_close() {
        for x in -100..100 {
            let x = x as f32 / 5.0;
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-4, "{x}");
        }
    }
}
