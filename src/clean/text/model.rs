//! The trained table: gradient-boosted trees as two flat arrays, read from bytes that are compiled into the binary.
//!
//! What holds: the compiler reads the table and checks every index, so a wrong table does not build; a walk goes down only
//! (children come after their parent), so it ends.

/// Which question a model answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// First pass: is the line part of an article's body?
    BodyFirst,
    /// First pass: does the line head an article?
    HeadFirst,
    /// The same, over the first pass's scores.
    BodySecond,
    /// The same, over the first pass's scores.
    HeadSecond,
}

/// Little endian: `CDT1`, forests (u32); per forest features (u32), trees (u32); per tree nodes (u32); per node split
/// (f32), feature (u16), left (u16), right (u16), the latter two relative to the tree. Written by `model/train_text.py`.
const BYTES: &[u8] = include_bytes!("model.bin");

const FORESTS: usize = 4;
const COUNTS: (usize, usize) = count();
static TABLE: Table = read();

/// Answers with a probability.
pub(super) fn probability(question: Question, features: &[f32]) -> f32 {
    let (from, to) = (TABLE.first[question as usize], TABLE.first[question as usize + 1]);
    let mut sum = 0.0;
    for root in &TABLE.roots[from..to] {
        let tree = &TABLE.nodes[*root as usize..];
        let mut node = &tree[0];
        while node.left != 0 {
            let next = if features[node.feature as usize] <= node.split { node.left } else { node.right };
            node = &tree[next as usize];
        }
        sum += node.split;
    }
    logistic(sum)
}

/// Trees of forest `f` are `roots[first[f]..first[f + 1]]`.
struct Table {
    first: [usize; FORESTS + 1],
    roots: [u32; COUNTS.0],
    nodes: [Node; COUNTS.1],
}

/// A leaf has `left == 0`; its `split` is the value.
#[derive(Clone, Copy)]
struct Node {
    split: f32,
    feature: u16,
    left: u16,
    right: u16,
}

const fn u16_at(at: usize) -> u16 {
    u16::from_le_bytes([BYTES[at], BYTES[at + 1]])
}

const fn u32_at(at: usize) -> u32 {
    u32::from_le_bytes([BYTES[at], BYTES[at + 1], BYTES[at + 2], BYTES[at + 3]])
}

const NODE_BYTES: usize = 10;

/// Trees and nodes of the table.
const fn count() -> (usize, usize) {
    assert!(u32_at(0) == u32::from_le_bytes(*b"CDT1") && u32_at(4) as usize == FORESTS, "not a table of this version");
    let (mut at, mut forest, mut trees, mut nodes) = (8, 0, 0, 0);
    while forest < FORESTS {
        let end = trees + u32_at(at + 4) as usize;
        at += 8;
        while trees < end {
            let n = u32_at(at) as usize;
            at += 4 + n * NODE_BYTES;
            nodes += n;
            trees += 1;
        }
        forest += 1;
    }
    assert!(at == BYTES.len(), "a table of another length");
    (trees, nodes)
}

const fn read() -> Table {
    let leaf = Node { split: 0.0, feature: 0, left: 0, right: 0 };
    let mut table = Table { first: [0; FORESTS + 1], roots: [0; COUNTS.0], nodes: [leaf; COUNTS.1] };
    let (mut at, mut forest, mut tree, mut node) = (8, 0, 0, 0);
    while forest < FORESTS {
        let (features, end) = (u32_at(at), tree + u32_at(at + 4) as usize);
        at += 8;
        while tree < end {
            table.roots[tree] = node as u32;
            let count = u32_at(at);
            at += 4;
            assert!(count > 0, "a tree without nodes");
            let mut i = 0;
            while i < count {
                let (feature, left, right) = (u16_at(at + 4), u16_at(at + 6), u16_at(at + 8));
                let down = left as u32 > i && right as u32 > i && (left as u32) < count && (right as u32) < count;
                assert!(left == 0 || down && (feature as u32) < features, "a node that leads nowhere");
                table.nodes[node] = Node { split: f32::from_bits(u32_at(at)), feature, left, right };
                at += NODE_BYTES;
                node += 1;
                i += 1;
            }
            tree += 1;
        }
        forest += 1;
        table.first[forest] = tree;
    }
    table
}

/// The logistic function from additions and multiplications alone: platforms' `exp` differ in the last digit, and the same
/// page must give the same events anywhere. Relative error below 1e-5.
fn logistic(x: f32) -> f32 {
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
    use super::super::features::{FIRST, SECOND};
    use super::*;

    #[test]
    fn the_table_asks_for_features_that_exist() {
        for (forest, features) in [FIRST, FIRST, FIRST + SECOND, FIRST + SECOND].into_iter().enumerate() {
            for root in &TABLE.roots[TABLE.first[forest]..TABLE.first[forest + 1]] {
                let mut open = vec![0u16];
                while let Some(at) = open.pop() {
                    let node = TABLE.nodes[*root as usize + at as usize];
                    if node.left != 0 {
                        assert!((node.feature as usize) < features);
                        open.extend([node.left, node.right]);
                    }
                }
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
