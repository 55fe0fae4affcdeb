//! Why a forest answered as it did: Shapley values of a row's features against other rows.
//!
//! The reference rows play the features that are "absent". For one reference the game is solved exactly in one walk of each
//! tree: a leaf counts for the features that lead to it in the row alone, and against those that lead to it in the reference
//! alone (S. M. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", Nature
//! Machine Intelligence 2, 2020, interventional TreeSHAP; with one reference "Baseline Shapley" in M. Sundararajan, A. Najmi,
//! "The many Shapley values for model explanation", ICML 2020). It needs no counts of training rows, which the table lacks.
//!
//! What holds: the values of all features sum up to the row's log-odds less the references' mean.

use super::{FEATURES_MAX, Forests, NODES_MAX, Node, Row, logistic};

/// What each feature of a row adds to the log-odds against the mean of other rows.
pub(crate) struct Attribution {
    /// The row's probability.
    pub(crate) probability: f32,
    /// The probability at the references' mean log-odds.
    pub(crate) reference: f32,
    /// By feature, in log-odds.
    pub(crate) weights: [f64; FEATURES_MAX],
}

impl<const F: usize, const T: usize> Forests<F, T> {
    /// Explains forest `forest`'s answer to `row` against `references`; all weights are 0 without any.
    pub(crate) fn attribute(&self, forest: usize, row: &Row, references: &[&Row]) -> Attribution {
        let mut weights = [0.0; FEATURES_MAX];
        let mut mean = 0.0;
        for reference in references {
            mean += self.log_odds(forest, reference) / references.len() as f32;
            for tree in &self.trees[self.first[forest]..self.last[forest]] {
                Walk { tree, row, reference, own: Vec::new(), others: Vec::new() }.from(0, &mut weights);
            }
        }
        weights.iter_mut().for_each(|weight| *weight /= references.len().max(1) as f64);
        Attribution { probability: self.probability(forest, row), reference: logistic(mean), weights }
    }

    fn log_odds(&self, forest: usize, row: &Row) -> f32 {
        self.trees[self.first[forest]..self.last[forest]].iter().map(|tree| leaf(tree, row)).sum()
    }
}

fn leaf(tree: &[Node; NODES_MAX], row: &Row) -> f32 {
    let mut node = &tree[0];
    while node.left != 0 {
        node = &tree[usize::from(next(node, row)) % NODES_MAX];
    }
    node.split
}

fn next(node: &Node, row: &Row) -> u8 {
    if row[node.feature as usize] <= node.split { node.left } else { node.right }
}

/// A walk over the leaves that some mixture of row and reference reaches.
struct Walk<'a> {
    tree: &'a [Node; NODES_MAX],
    row: &'a Row,
    reference: &'a Row,
    /// Features on the way that must be the row's.
    own: Vec<u8>,
    /// Features on the way that must be the reference's.
    others: Vec<u8>,
}

impl Walk<'_> {
    fn from(&mut self, at: u8, weights: &mut [f64; FEATURES_MAX]) {
        let node = &self.tree[usize::from(at) % NODES_MAX];
        if node.left == 0 {
            return self.count(f64::from(node.split), weights);
        }
        let (here, there) = (next(node, self.row), next(node, self.reference));
        if here == there || self.own.contains(&node.feature) {
            return self.from(here, weights);
        }
        if self.others.contains(&node.feature) {
            return self.from(there, weights);
        }
        self.own.push(node.feature);
        self.from(here, weights);
        self.own.pop();
        self.others.push(node.feature);
        self.from(there, weights);
        self.others.pop();
    }

    fn count(&self, value: f64, weights: &mut [f64; FEATURES_MAX]) {
        let (own, others) = (self.own.len(), self.others.len());
        for feature in &self.own {
            weights[usize::from(*feature)] += value * order_share(own - 1, others);
        }
        for feature in &self.others {
            weights[usize::from(*feature)] -= value * order_share(own, others - 1);
        }
    }
}

/// Of all orders of `before + after + 1` features, the share in which exactly the given ones come before one of them:
/// before! after! / (before + after + 1)!.
fn order_share(before: usize, after: usize) -> f64 {
    let of_which = (1..=before).map(|k| k as f64 / (after + k) as f64).product::<f64>();
    of_which / (before + after + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::Asked;
    use super::*;

    /// A tree of two questions: feature 0 above 0.5, then feature 1 above 0.5. Only both give 8.
    fn both() -> Forests<1, 1> {
        let node = |split, feature, left, right| Node { split, feature, left, right };
        let mut tree = [node(0.0, 0, 0, 0); NODES_MAX];
        tree[0] = node(0.5, 0, 1, 2);
        tree[2] = node(0.5, 1, 3, 4);
        tree[4] = node(8.0, 0, 0, 0);
        Forests { features: [2], first: [0], last: [1], trees: [tree], asked: [Asked::of(&tree, 5)] }
    }

    fn row(values: [f32; 2]) -> Row {
        let mut row = [0.0; FEATURES_MAX];
        row[..2].copy_from_slice(&values);
        row
    }

    #[track_caller]
    fn check(own: [f32; 2], reference: [f32; 2], expected: [f64; 2]) {
        let found = both().attribute(0, &row(own), &[&row(reference)]);
        assert_eq!(found.weights[..2], expected, "{own:?} against {reference:?}");
    }

    #[test]
    fn two_that_only_work_together_share_alike() {
        check([1.0, 1.0], [0.0, 0.0], [4.0, 4.0]);
        check([0.0, 0.0], [1.0, 1.0], [-4.0, -4.0]);
        check([1.0, 1.0], [0.0, 1.0], [8.0, 0.0]);
        check([1.0, 0.0], [0.0, 1.0], [4.0, -4.0]);
        check([1.0, 1.0], [1.0, 1.0], [0.0, 0.0]);
    }

    #[test]
    fn several_references_are_a_mean() {
        let (own, alike, apart) = (row([1.0, 1.0]), row([1.0, 1.0]), row([0.0, 1.0]));
        let found = both().attribute(0, &own, &[&alike, &apart]);
        assert_eq!((found.weights[0], found.weights[1]), (4.0, 0.0));
        assert_eq!(found.reference, logistic(4.0));
        assert_eq!(both().attribute(0, &own, &[]).weights, [0.0; FEATURES_MAX]);
    }

    #[test]
    fn shares_of_orders_sum_up() {
        // Of three features any one comes after none, one (either of two) or both of the others.
        let all = order_share(0, 2) + 2.0 * order_share(1, 1) + order_share(2, 0);
        assert!((all - 1.0).abs() < 1e-12, "{all}");
    }
}
