//! A batch of rows is answered without a branch: every question of a tree is asked of all of them, and each "above" strikes out
//! the leaves to the question's left; the leftmost leaf that stands is the row's (C. Lucchese et al., "QuickScorer", SIGIR 2015).
//!
//! What holds: the same sums, to the last bit, on every processor: each lane adds up its trees in their order, with the
//! instructions that the build may use anywhere or with wider ones where the processor at hand has them.

use super::{Asked, BATCH, Batch, LEAVES_MAX};
use wide::{f32x8, u32x8};

/// For each row the sum of what the trees say.
pub(super) fn sums(trees: &[Asked], rows: &Batch) -> [f32; BATCH] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for, as was just asked.
        #[allow(unsafe_code)]
        return unsafe { sums_avx2(trees, rows) };
    }
    sums_anywhere(trees, rows)
}

fn sums_anywhere(trees: &[Asked], rows: &Batch) -> [f32; BATCH] {
    let mut sums = [0.0; BATCH];
    for tree in trees {
        let mut struck = u32x8::ZERO;
        for question in &tree.questions[..tree.count] {
            let values = f32x8::from(rows.0[question.feature as usize]);
            let above: u32x8 = bytemuck::cast(values.simd_gt(f32x8::splat(question.split)));
            struck |= above & u32x8::splat(question.left);
        }
        add(tree, struck.to_array(), &mut sums);
    }
    sums
}

/// The same in half the instructions: eight lanes in one register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sums_avx2(trees: &[Asked], rows: &Batch) -> [f32; BATCH] {
    use std::arch::x86_64::{
        _CMP_GT_OQ, _mm256_and_si256, _mm256_castps_si256, _mm256_cmp_ps, _mm256_or_si256, _mm256_set1_epi32,
        _mm256_set1_ps, _mm256_setzero_si256,
    };
    let mut sums = [0.0; BATCH];
    for tree in trees {
        let mut struck = _mm256_setzero_si256();
        for question in &tree.questions[..tree.count] {
            let values = bytemuck::cast(rows.0[question.feature as usize]);
            let above = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GT_OQ>(values, _mm256_set1_ps(question.split)));
            struck = _mm256_or_si256(struck, _mm256_and_si256(above, _mm256_set1_epi32(question.left.cast_signed())));
        }
        add(tree, bytemuck::cast(struck), &mut sums);
    }
    sums
}

/// Adds for each row the leftmost leaf that is not struck out.
#[inline(always)]
fn add(tree: &Asked, struck: [u32; BATCH], sums: &mut [f32; BATCH]) {
    for lane in 0..BATCH {
        sums[lane] += tree.leaves[struck[lane].trailing_ones() as usize % LEAVES_MAX];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::classify::BLOCKS;

    #[test]
    fn wider_instructions_give_the_same_sums() {
        for seed in 0..20 {
            let mut rows = Batch::new();
            for (feature, values) in rows.0.iter_mut().enumerate() {
                *values = std::array::from_fn(|lane| (feature * 7 + lane * 13 + seed * 29) as f32 % 11.0 / 2.0 - 1.0);
            }
            assert_eq!(sums(&BLOCKS.asked, &rows), sums_anywhere(&BLOCKS.asked, &rows));
        }
    }
}
