//! Boosted trees as flat tables, read from bytes that are compiled into the binary.
//!
//! What holds: the compiler reads the table and checks every index, so a wrong table does not build; a walk goes down only
//! (children come after their parent), so it ends; an answer takes additions and multiplications alone, so it is the same on
//! every machine.
//!
//! Little endian: `CDT1`, forests (u32); per forest features (u32), trees (u32); per tree nodes (u32); per node split (f32),
//! feature (u16), left (u16), right (u16), the latter two relative to the tree. A leaf has left 0, its split is the value.

mod attribution;

pub(crate) use attribution::Attribution;

/// Nodes that a tree has room for.
const NODES_MAX: usize = 64;
/// Features that a row has room for.
pub(crate) const FEATURES_MAX: usize = 256;
/// The features of one block or line.
pub(crate) type Row = [f32; FEATURES_MAX];
/// Rows that are answered in one go, so that the processor has something to do while it waits for a node.
pub(crate) const BATCH: usize = 8;

/// Several forests of `T` trees together.
pub(crate) struct Forests<const F: usize, const T: usize> {
    /// Trees of forest `f` are those from `first[f]` to `last[f]`.
    first: [usize; F],
    last: [usize; F],
    trees: [[Node; NODES_MAX]; T],
}

#[derive(Clone, Copy)]
struct Node {
    split: f32,
    feature: u8,
    left: u8,
    right: u8,
}

impl<const F: usize, const T: usize> Forests<F, T> {
    /// Reads a table. To be called in a constant.
    pub(crate) const fn read(bytes: &[u8]) -> Self {
        let leaf = Node { split: 0.0, feature: 0, left: 0, right: 0 };
        let mut forests = Forests { first: [0; F], last: [0; F], trees: [[leaf; NODES_MAX]; T] };
        let (mut at, mut forest, mut tree) = (8, 0, 0);
        while forest < F {
            let (features, end) = (u32_at(bytes, at), tree + u32_at(bytes, at + 4) as usize);
            assert!(features as usize <= FEATURES_MAX, "more features than a row holds");
            forests.first[forest] = tree;
            at += 8;
            while tree < end {
                let count = u32_at(bytes, at);
                at += 4;
                assert!(count > 0 && count as usize <= NODES_MAX, "a tree without nodes, or with too many");
                let mut i = 0;
                while i < count {
                    let (feature, left, right) = (u16_at(bytes, at + 4), u16_at(bytes, at + 6), u16_at(bytes, at + 8));
                    let down = left as u32 > i && right as u32 > i && (left as u32) < count && (right as u32) < count;
                    assert!(left == 0 || down && (feature as u32) < features, "a node that leads nowhere");
                    forests.trees[tree][i as usize] = Node {
                        split: f32::from_bits(u32_at(bytes, at)),
                        feature: feature as u8,
                        left: left as u8,
                        right: right as u8,
                    };
                    at += NODE_BYTES;
                    i += 1;
                }
                tree += 1;
            }
            forests.last[forest] = tree;
            forest += 1;
        }
        assert!(at == bytes.len() && tree == T, "a table of another length");
        forests
    }

    /// The probability that forest `forest` gives a row.
    pub(crate) fn probability(&self, forest: usize, row: &Row) -> f32 {
        let mut sum = 0.0;
        for tree in &self.trees[self.first[forest]..self.last[forest]] {
            let mut node = &tree[0];
            while node.left != 0 {
                let next = if row[node.feature as usize] <= node.split { node.left } else { node.right };
                node = &tree[next as usize % NODES_MAX];
            }
            sum += node.split;
        }
        logistic(sum)
    }

    /// The same for a batch of rows; sums in the same order.
    pub(crate) fn probabilities(&self, forest: usize, rows: &[Row; BATCH]) -> [f32; BATCH] {
        let mut sums = [0.0; BATCH];
        for tree in &self.trees[self.first[forest]..self.last[forest]] {
            let mut at = [0u8; BATCH];
            loop {
                let mut open = false;
                for (at, row) in at.iter_mut().zip(rows) {
                    let node = &tree[*at as usize % NODES_MAX];
                    let next = if row[node.feature as usize] <= node.split { node.left } else { node.right };
                    // A leaf leads to itself.
                    *at = if node.left == 0 { *at } else { next };
                    open |= node.left != 0;
                }
                if !open {
                    break;
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += tree[at as usize % NODES_MAX].split;
            }
        }
        sums.map(logistic)
    }
}

/// How many trees a table of `forests` forests holds.
pub(crate) const fn trees(bytes: &[u8], forests: usize) -> usize {
    assert!(
        u32_at(bytes, 0) == u32::from_le_bytes(*b"CDT1") && u32_at(bytes, 4) as usize == forests,
        "not a table of this version"
    );
    let (mut at, mut forest, mut trees) = (8, 0, 0);
    while forest < forests {
        let end = trees + u32_at(bytes, at + 4) as usize;
        at += 8;
        while trees < end {
            at += 4 + u32_at(bytes, at) as usize * NODE_BYTES;
            trees += 1;
        }
        forest += 1;
    }
    trees
}

const NODE_BYTES: usize = 10;

const fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
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

    /// Two forests: one leaf of 1; and a tree that asks feature 2 whether it is at most 0.5, giving -2 or 3, and that leaf.
    const BYTES: &[u8] = &{
        let mut b = [0u8; 8 + 8 + 4 + 10 + 8 + 4 + 30 + 4 + 10];
        let words: [(usize, u32); 11] = [
            (0, u32::from_le_bytes(*b"CDT1")),
            (4, 2),
            (8, 3),
            (12, 1),
            (16, 1),
            (20, 1.0f32.to_bits()),
            (30, 3),
            (34, 2),
            (38, 3),
            (42, 0.5f32.to_bits()),
            (72, 1),
        ];
        let mut i = 0;
        while i < words.len() {
            let four = words[i].1.to_le_bytes();
            let mut k = 0;
            while k < 4 {
                b[words[i].0 + k] = four[k];
                k += 1;
            }
            i += 1;
        }
        // The asking node: feature 2, left 1, right 2; then its leaves.
        b[46] = 2;
        b[48] = 1;
        b[50] = 2;
        let leaves = [(52, -2.0f32), (62, 3.0), (76, 1.0)];
        i = 0;
        while i < 3 {
            let four = leaves[i].1.to_le_bytes();
            let mut k = 0;
            while k < 4 {
                b[leaves[i].0 + k] = four[k];
                k += 1;
            }
            i += 1;
        }
        b
    };

    #[test]
    fn a_walk_ends_at_its_leaf_alone_and_in_a_batch() {
        const FORESTS: Forests<2, 3> = Forests::read(BYTES);
        assert_eq!(trees(BYTES, 2), 3);
        let mut rows = [[0.0; FEATURES_MAX]; BATCH];
        for (i, row) in rows.iter_mut().enumerate() {
            row[2] = i as f32 / 4.0;
        }
        let batch = FORESTS.probabilities(1, &rows);
        for (i, row) in rows.iter().enumerate() {
            let expected = logistic(if i <= 2 { -1.0 } else { 4.0 });
            assert_eq!((FORESTS.probability(1, row), batch[i]), (expected, expected));
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
