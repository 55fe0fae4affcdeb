//! A batch of rows is answered without a branch: every question of a tree is asked of all of them, and each "above" strikes out
//! the leaves to the question's left; the leftmost leaf that stands is the row's (C. Lucchese et al., "QuickScorer", SIGIR 2015).
//!
//! What holds: the same sums, to the last bit, on every processor: each lane adds up its trees in their order, with the
//! instructions that the build may use anywhere or with wider ones where the processor at hand has them.

use super::{Asked, BATCH, Columns, LEAVES_MAX};
use wide::{f32x8, u32x8};

/// For each row the sum of what the trees say.
pub(super) fn sums(trees: &[Asked], rows: &Columns) -> [f32; BATCH] {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        // SAFETY: the processor has what the functions are compiled for, as is asked just before.
        #[allow(unsafe_code)]
        unsafe {
            if has!("avx512f") && has!("avx512cd") {
                return sums_avx512(trees, rows);
            }
            if has!("avx2") {
                return sums_avx2(trees, rows);
            }
        }
    }
    sums_anywhere(trees, rows)
}

fn sums_anywhere(trees: &[Asked], rows: &Columns) -> [f32; BATCH] {
    let mut sums = [0.0; BATCH];
    for tree in trees {
        let mut struck = [u32x8::ZERO; 2];
        for question in &tree.questions[..tree.count] {
            let halves: [f32x8; 2] = bytemuck::cast(rows.0[question.feature as usize]);
            for (struck, values) in struck.iter_mut().zip(halves) {
                let above: u32x8 = bytemuck::cast(values.simd_gt(f32x8::splat(question.split)));
                *struck |= above & u32x8::splat(question.left);
            }
        }
        add(tree, bytemuck::cast(struck), &mut sums);
    }
    sums
}

/// The same with eight rows in one register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sums_avx2(trees: &[Asked], rows: &Columns) -> [f32; BATCH] {
    use std::arch::x86_64::{
        __m256, _CMP_GT_OQ, _mm256_and_si256, _mm256_castps_si256, _mm256_cmp_ps, _mm256_or_si256, _mm256_set1_epi32,
        _mm256_set1_ps, _mm256_setzero_si256,
    };
    let mut sums = [0.0; BATCH];
    for tree in trees {
        let mut struck = [_mm256_setzero_si256(); 2];
        for question in &tree.questions[..tree.count] {
            let (split, left) = (_mm256_set1_ps(question.split), _mm256_set1_epi32(question.left.cast_signed()));
            let halves: [__m256; 2] = bytemuck::cast(rows.0[question.feature as usize]);
            for half in 0..2 {
                let above = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GT_OQ>(halves[half], split));
                struck[half] = _mm256_or_si256(struck[half], _mm256_and_si256(above, left));
            }
        }
        add(tree, bytemuck::cast(struck), &mut sums);
    }
    sums
}

/// The same with all rows in one register, and a tree's leaves in two.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512cd")]
fn sums_avx512(trees: &[Asked], rows: &Columns) -> [f32; BATCH] {
    use std::arch::x86_64::*;
    let mut sums = _mm512_setzero_ps();
    for tree in trees {
        let mut struck = _mm512_setzero_si512();
        for question in &tree.questions[..tree.count] {
            let values = bytemuck::cast(rows.0[question.feature as usize]);
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(values, _mm512_set1_ps(question.split));
            let left = _mm512_set1_epi32(question.left.cast_signed());
            struck = _mm512_mask_or_epi32(struck, above, struck, left);
        }
        // The lowest bit that is not set, and its place.
        let lowest = _mm512_andnot_si512(struck, _mm512_add_epi32(struck, _mm512_set1_epi32(1)));
        let leaf = _mm512_sub_epi32(_mm512_set1_epi32(31), _mm512_lzcnt_epi32(lowest));
        let [low, high]: [__m512; 2] = bytemuck::cast(tree.leaves);
        sums = _mm512_add_ps(sums, _mm512_permutex2var_ps(low, leaf, high));
    }
    bytemuck::cast(sums)
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
    use crate::clean::forest::FEATURES_MAX;

    /// What each way says that this processor can go.
    fn by_each_way(trees: &[Asked], rows: &Columns) -> Vec<[f32; BATCH]> {
        let mut all = vec![sums(trees, rows)];
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: as was just asked.
            #[allow(unsafe_code)]
            all.push(unsafe { sums_avx2(trees, rows) });
        }
        all
    }

    #[test]
    fn wider_instructions_give_the_same_sums() {
        for seed in 0..20 {
            let mut rows = Columns([[0.0; BATCH]; FEATURES_MAX]);
            for (feature, values) in rows.0.iter_mut().enumerate() {
                *values = std::array::from_fn(|lane| (feature * 7 + lane * 13 + seed * 29) as f32 % 11.0 / 2.0 - 1.0);
            }
            let expected = sums_anywhere(&BLOCKS.asked, &rows);
            for sums in by_each_way(&BLOCKS.asked, &rows) {
                assert_eq!(sums, expected);
            }
        }
    }
}
