//! The trained table: gradient-boosted trees as two flat arrays, read from bytes that are compiled into the binary.
//!
//! What holds: reading checks every index, so that a wrong table fails at once with its reason, never out of bounds on a
//! page; a walk goes down only (children come after their parent), so it ends.

use std::sync::LazyLock;

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

/// The bytes that `model/train_text.py` wrote.
static BYTES: &[u8] = include_bytes!("model.bin");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::read(BYTES).expect("the compiled-in table is read by a test"));

/// Answers with a probability.
pub(super) fn probability(question: Question, features: &[f32]) -> f32 {
    TABLE.forests[question as usize].probability(features)
}

struct Table {
    forests: Vec<Forest>,
}

struct Forest {
    roots: Vec<u32>,
    nodes: Vec<Node>,
}

/// A leaf has `left == 0`; its `split` is the value.
#[derive(Clone, Copy)]
struct Node {
    split: f32,
    feature: u16,
    left: u16,
    right: u16,
}

impl Forest {
    fn probability(&self, features: &[f32]) -> f32 {
        let mut sum = 0.0;
        for root in &self.roots {
            let tree = &self.nodes[*root as usize..];
            let mut node = tree[0];
            while node.left != 0 {
                let next = if features[node.feature as usize] <= node.split { node.left } else { node.right };
                node = tree[next as usize];
            }
            sum += node.split;
        }
        logistic(sum)
    }
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

impl Table {
    /// Little endian: `CDT1`, forests (u32); per forest features (u32), trees (u32); per tree nodes (u32); per node
    /// split (f32), feature (u16), left (u16), right (u16), the latter two relative to the tree.
    fn read(bytes: &[u8]) -> Result<Table, &'static str> {
        let mut r = Reader(bytes);
        if r.take(4)? != b"CDT1" {
            return Err("not a table of this version");
        }
        let mut forests = Vec::new();
        for _ in 0..r.u32()? {
            let features = r.u32()?;
            let mut forest = Forest { roots: Vec::new(), nodes: Vec::new() };
            for _ in 0..r.u32()? {
                forest.roots.push(forest.nodes.len() as u32);
                let count = r.u32()?;
                if count == 0 {
                    return Err("a tree without nodes");
                }
                for at in 0..count {
                    let node = Node { split: f32::from_bits(r.u32()?), feature: r.u16()?, left: r.u16()?, right: r.u16()? };
                    let down = |child: u16| u32::from(child) > at && u32::from(child) < count;
                    if node.left != 0 && !(down(node.left) && down(node.right) && u32::from(node.feature) < features) {
                        return Err("a node that leads nowhere");
                    }
                    forest.nodes.push(node);
                }
            }
            forests.push(forest);
        }
        if !r.0.is_empty() || forests.len() != 4 { Err("a table of another length") } else { Ok(Table { forests }) }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], &'static str> {
        let (head, rest) = self.0.split_at_checked(n).ok_or("a table cut short")?;
        self.0 = rest;
        Ok(head)
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().map_err(|_| "a table cut short")?))
    }

    fn u16(&mut self) -> Result<u16, &'static str> {
        Ok(u16::from_le_bytes(self.take(2)?.try_into().map_err(|_| "a table cut short")?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::{FIRST, SECOND};
    use super::*;

    #[test]
    fn the_compiled_in_table_is_whole() {
        let table = Table::read(BYTES).unwrap();
        let most = |f: &Forest| f.nodes.iter().filter(|n| n.left != 0).map(|n| n.feature as usize).max().unwrap();
        assert!(most(&table.forests[0]) < FIRST && most(&table.forests[1]) < FIRST);
        assert!(most(&table.forests[2]) < FIRST + SECOND && most(&table.forests[3]) < FIRST + SECOND);
    }

    #[test]
    fn the_logistic_is_close() {
        for x in -100..100 {
            let x = x as f32 / 5.0;
            assert!((logistic(x) - 1.0 / (1.0 + (-x).exp())).abs() < 1e-4, "{x}");
        }
    }

    #[test]
    fn a_broken_table_is_refused() {
        for cut in [0, 3, 4, 9, BYTES.len() / 2, BYTES.len() - 1] {
            assert!(Table::read(&BYTES[..cut]).is_err());
        }
        let mut bytes = BYTES.to_vec();
        bytes[0] = b'X';
        assert!(Table::read(&bytes).is_err());
    }
}
