//! Boosted trees as flat tables, read from bytes that are compiled into the binary.
//!
//! What holds: the compiler reads the table and checks every index, so a wrong table does not build; a walk goes down only
//! (children come after their parent), so it ends; the sums are added up in the trees' order for one row as for a batch, and
//! nothing calls the platform's mathematics library, so an answer is the same on every machine.
//!
//! Little endian: `CDT1`, forests (u32); per forest features (u32), trees (u32); per tree nodes (u32); per node split (f32),
//! feature (u16), left (u16), right (u16), the latter two relative to the tree, left the next. A leaf has left 0, its split is
//! the value.

mod attribution;
mod batch;

pub(crate) use attribution::Attribution;

use wide::f32x4;

/// Nodes that a tree has room for.
const NODES_MAX: usize = 64;
/// Leaves that a tree has room for: a bit each.
const LEAVES_MAX: usize = 32;
/// Questions that a tree has room for.
const QUESTIONS_MAX: usize = LEAVES_MAX - 1;
/// Features that a row has room for.
pub(crate) const FEATURES_MAX: usize = 256;
/// The features of one block or line.
pub(crate) type Row = [f32; FEATURES_MAX];
/// Rows that are answered in one go.
pub(crate) const BATCH: usize = 16;

/// Rows that are asked together.
pub(crate) struct Batch {
    rows: [Row; BATCH],
    columns: Columns,
}

/// The same rows feature by feature, each feature's in a line of the processor's cache.
#[repr(align(64))]
struct Columns([[f32; BATCH]; FEATURES_MAX]);

/// Rows and features that are turned at once.
const SQUARE: usize = 4;
const _: () = assert!(BATCH.is_multiple_of(SQUARE) && FEATURES_MAX.is_multiple_of(SQUARE));

impl Batch {
    pub(crate) fn new() -> Batch {
        Batch { rows: [[0.0; FEATURES_MAX]; BATCH], columns: Columns([[0.0; BATCH]; FEATURES_MAX]) }
    }

    /// The row at `place`, to be filled.
    pub(crate) fn row(&mut self, place: usize) -> &mut Row {
        &mut self.rows[place]
    }

    /// Its first `features` feature by feature, turned in squares of four times four.
    fn columns(&mut self, features: usize) -> &Columns {
        for from in (0..features).step_by(SQUARE) {
            for places in (0..BATCH).step_by(SQUARE) {
                let four = |row: usize| four(&self.rows[places + row], from);
                let square = [four(0), four(1), four(2), four(3)];
                for (column, values) in self.columns.0[from..].iter_mut().zip(f32x4::transpose(square)) {
                    column[places..places + SQUARE].copy_from_slice(&values.to_array());
                }
            }
        }
        &self.columns
    }
}

/// Four features of a row from `from` on; compiled in place, where it is one load.
#[inline(always)]
fn four(row: &Row, from: usize) -> f32x4 {
    let values = row[from..].first_chunk::<SQUARE>();
    f32x4::from(*values.expect("a row holds whole squares"))
}

/// Several forests of `T` trees together.
pub(crate) struct Forests<const F: usize, const T: usize> {
    /// How many features forest `f` asks for.
    features: [usize; F],
    /// Trees of forest `f` are those from `first[f]` to `last[f]`.
    first: [usize; F],
    last: [usize; F],
    trees: [[Node; NODES_MAX]; T],
    /// The same trees, to be asked as a whole.
    asked: [Asked; T],
}

#[derive(Clone, Copy)]
struct Node {
    split: f32,
    feature: u8,
    left: u8,
    right: u8,
}

/// A tree as its questions and its leaves from left to right.
#[derive(Clone, Copy)]
struct Asked {
    questions: [Question; QUESTIONS_MAX],
    count: usize,
    leaves: [f32; LEAVES_MAX],
}

#[derive(Clone, Copy)]
struct Question {
    split: f32,
    feature: u8,
    /// The leaves to its left, which a row above the split does not reach.
    left: u32,
}

impl Asked {
    const EMPTY: Asked = Asked {
        questions: [Question { split: 0.0, feature: 0, left: 0 }; QUESTIONS_MAX],
        count: 0,
        leaves: [0.0; LEAVES_MAX],
    };

    /// Of the first `count` nodes of a tree, each of which is followed by all to its left, then by all to its right.
    const fn of(tree: &[Node; NODES_MAX], count: usize) -> Asked {
        let mut asked = Asked::EMPTY;
        // How many leaves stand before each node.
        let mut before = [0u32; NODES_MAX + 1];
        let mut i = 0;
        while i < count {
            let is_leaf = tree[i].left == 0;
            before[i + 1] = before[i] + is_leaf as u32;
            if is_leaf {
                assert!((before[i] as usize) < LEAVES_MAX, "more leaves than a tree has room for");
                asked.leaves[before[i] as usize] = tree[i].split;
            }
            i += 1;
        }
        i = 0;
        while i < count {
            let Node { split, feature, left, right } = tree[i];
            if left != 0 {
                assert!(left as usize == i + 1, "what is left of a node does not follow it");
                let bits = (1u32 << (before[right as usize] - before[i])) - 1;
                asked.questions[asked.count] = Question { split, feature, left: bits << before[i] };
                asked.count += 1;
            }
            i += 1;
        }
        asked
    }
}

impl<const F: usize, const T: usize> Forests<F, T> {
    /// Reads a table. To be called in a constant.
    pub(crate) const fn read(bytes: &[u8]) -> Self {
        let leaf = Node { split: 0.0, feature: 0, left: 0, right: 0 };
        let mut forests = Forests {
            features: [0; F],
            first: [0; F],
            last: [0; F],
            trees: [[leaf; NODES_MAX]; T],
            asked: [Asked::EMPTY; T],
        };
        let (mut at, mut forest, mut tree) = (8, 0, 0);
        while forest < F {
            let (features, end) = (u32_at(bytes, at), tree + u32_at(bytes, at + 4) as usize);
            assert!(features as usize <= FEATURES_MAX, "more features than a row holds");
            forests.features[forest] = features as usize;
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
                forests.asked[tree] = Asked::of(&forests.trees[tree], count as usize);
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

    /// The same for a batch of rows.
    pub(crate) fn probabilities(&self, forest: usize, rows: &mut Batch) -> [f32; BATCH] {
        let trees = &self.asked[self.first[forest]..self.last[forest]];
        batch::sums(trees, rows.columns(self.features[forest])).map(logistic)
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
        let mut batch = Batch::new();
        for (i, row) in rows.iter_mut().enumerate() {
            row[2] = i as f32 / 4.0;
            *batch.row(i) = *row;
        }
        let batch = FORESTS.probabilities(1, &mut batch);
        for (i, row) in rows.iter().enumerate() {
            let expected = logistic(if i <= 2 { -1.0 } else { 4.0 });
            assert_eq!((FORESTS.probability(1, row), batch[i]), (expected, expected));
            assert_eq!(FORESTS.probability(0, row), logistic(1.0));
        }
    }

    #[test]
    fn a_batch_is_answered_as_its_rows_are_by_themselves() {
        // Trees of 32 leaves, as deep as they come.
        let table = &crate::clean::classify::BLOCKS;
        let mut seed = 1u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as f32 / (1 << 24) as f32
        };
        for _ in 0..50 {
            let mut batch = Batch::new();
            let rows: Vec<Row> = (0..BATCH)
                .map(|i| {
                    let row = std::array::from_fn(|_| random() * random() * 100.0 - 1.0);
                    *batch.row(i) = row;
                    row
                })
                .collect();
            for forest in 0..2 {
                let alone: Vec<f32> = rows.iter().map(|row| table.probability(forest, row)).collect();
                assert_eq!(alone, table.probabilities(forest, &mut batch));
            }
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
