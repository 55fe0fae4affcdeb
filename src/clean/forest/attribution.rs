//! Why a forest answered as it did: Shapley values of a row's features against other rows.
//!
//! The reference rows play the features that are "absent". For one reference the game is solved exactly in one walk of each
//! tree: a leaf counts for the features that lead to it in the row alone, and against those that lead to it in the reference
//! alone (S. M. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", Nature
//! Machine Intelligence 2, 2020, interventional TreeSHAP; with one reference "Baseline Shapley" in M. Sundararajan, A. Najmi,
//! "The many Shapley values for model explanation", ICML 2020). It needs no counts of training rows, which the table lacks.
//!
//! What holds: the values of all features sum up to the row's log-odds less the references' mean.

use super::{FEATURES_MAX, Forests, Row, Tree, logistic};

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
            for tree in self.of(forest) {
                Walk { tree, levels: self.levels[forest], row, reference, own: Vec::new(), others: Vec::new() }.from(
                    0,
                    0,
                    &mut weights,
                );
            }
        }
        weights.iter_mut().for_each(|weight| *weight /= references.len().max(1) as f64);
        Attribution { probability: self.probability(forest, row), reference: logistic(mean), weights }
    }

    fn log_odds(&self, forest: usize, row: &Row) -> f32 {
        self.of(forest).iter().map(|tree| tree.answer(self.levels[forest], row)).sum()
    }
}

/// A walk over the leaves that some mixture of row and reference reaches.
struct Walk<'a> {
    tree: &'a Tree,
    levels: usize,
    row: &'a Row,
    reference: &'a Row,
    /// Features on the way that must be the row's.
    own: Vec<u8>,
    /// Features on the way that must be the reference's.
    others: Vec<u8>,
}

impl Walk<'_> {
    /// Goes on from `level`; the answers so far are the bits of `leaf`.
    fn from(&mut self, level: usize, leaf: usize, weights: &mut [f64; FEATURES_MAX]) {
        if level == self.levels {
            return self.count(f64::from(self.tree.leaves[leaf]), weights);
        }
        let (feature, split) = (self.tree.features[level], self.tree.splits[level]);
        let step = |row: &Row| leaf | usize::from(row[usize::from(feature)] > split) << level;
        let (here, there) = (step(self.row), step(self.reference));
        if here == there || self.own.contains(&feature) {
            return self.from(level + 1, here, weights);
        }
        if self.others.contains(&feature) {
            return self.from(level + 1, there, weights);
        }
        self.own.push(feature);
        self.from(level + 1, here, weights);
        self.own.pop();
        self.others.push(feature);
        self.from(level + 1, there, weights);
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
    use super::*;

    /// A tree of two questions: feature 0 above 0.5, then feature 1 above 0.5. Only both give 8.
    fn both() -> Forests<1, 1> {
        let mut tree = Tree::EMPTY;
        tree.splits[..2].fill(0.5);
        tree.features[1] = 1;
        tree.leaves[3] = 8.0;
        Forests { first: [0], last: [1], levels: [2], trees: [tree] }
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
