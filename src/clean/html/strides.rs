//! Bytes looked at sixteen at a time: most of what is looked for on a page is so near that a call would cost more.

use memchr::memchr;
use wide::u8x16;

/// Strides in which a byte is looked for before [`memchr()`], made for what is far away, is called.
const NEAR: usize = 4;

/// Sixteen bytes from `at` on, where there are so many.
#[inline]
pub(super) fn stride(bytes: &[u8], at: usize) -> Option<u8x16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u8x16::new(*chunk))
}

/// Where the first `byte` at or after `from` is.
#[inline]
pub(super) fn find(byte: u8, bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for _ in 0..NEAR {
        let Some(stride) = stride(bytes, at) else { break };
        let found = stride.simd_eq(u8x16::splat(byte)).to_bitmask();
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += 16;
    }
    memchr(byte, bytes.get(at..)?).map(|i| at + i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        for length in 0..150 {
            for from in [0, 1, 15, 16, 149, 151] {
                let mut bytes = vec![b'x'; length];
                assert_eq!(find(b'y', &bytes, from), None);
                bytes.extend(b"y.y");
                assert_eq!(find(b'y', &bytes, from), (from..bytes.len()).find(|at| bytes[*at] == b'y'));
            }
        }
    }
}
