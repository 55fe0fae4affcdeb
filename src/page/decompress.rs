//! Compressed bytes to plain ones, never past a cap. Gzip today; deflate, Brotli and Zstandard have their place here.

use crate::fault::{Code, Fault};
use flate2::bufread::GzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// True where the bytes begin as gzip (RFC 1952) with its only method, deflate.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// The bytes, out of gzip where they are in it. What a header says of the encoding is not asked: crawlers pass headers on
/// whose encoding they have already undone.
///
/// # Errors
/// `decompress_failed`, and `decompress_too_large` past `bytes_max`.
pub fn plain(bytes: Cow<'_, [u8]>, bytes_max: usize) -> Result<Cow<'_, [u8]>, Fault> {
    if is_gzip(&bytes) { Ok(Cow::Owned(gunzip(&bytes, bytes_max)?)) } else { Ok(bytes) }
}

/// All members of a gzip stream, one after the other. What follows the last member is ignored, as gzip(1) does.
fn gunzip(bytes: &[u8], bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(4).min(bytes_max.saturating_add(1)));
    let mut rest = bytes;
    while is_gzip(rest) {
        let room = (bytes_max - out.len()) as u64;
        let mut member = GzDecoder::new(rest);
        // One byte more than fits, to tell full from too large.
        member.by_ref().take(room + 1).read_to_end(&mut out).map_err(|error| {
            Fault::new(
                Code::DecompressFailed,
                format!("gzip breaks off or is damaged after {} bytes: {error}", out.len()),
            )
        })?;
        if out.len() > bytes_max {
            return Err(Fault::new(
                Code::DecompressTooLarge,
                format!("{} bytes of gzip hold more than {bytes_max} bytes (extract.page_bytes_max)", bytes.len()),
            ));
        }
        rest = member.into_inner();
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[track_caller]
    fn code(bytes: &[u8], bytes_max: usize) -> Code {
        plain(Cow::Borrowed(bytes), bytes_max).unwrap_err().code
    }

    #[test]
    fn members_follow_one_another_and_trailing_bytes_are_ignored() {
        let mut two = gzip(b"one ");
        two.extend(gzip(b"two"));
        two.extend(b"\0\0\0 trailing");
        assert_eq!(&*plain(Cow::Borrowed(&two), 100).unwrap(), b"one two");
        assert!(matches!(plain(Cow::Borrowed(b"plain"), 3), Ok(Cow::Borrowed(b"plain"))));
    }

    #[test]
    fn the_cap_is_exact_and_holds_over_members() {
        let bomb = gzip(&vec![b'a'; 1 << 20]);
        assert!(bomb.len() < 10_000);
        assert_eq!(plain(Cow::Borrowed(&bomb), 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(code(&bomb, (1 << 20) - 1), Code::DecompressTooLarge);
        let two = [gzip(b"12345"), gzip(b"678")].concat();
        assert!(plain(Cow::Borrowed(&two), 8).is_ok());
        assert_eq!(code(&two, 7), Code::DecompressTooLarge);
        assert_eq!(code(&two, 5), Code::DecompressTooLarge);
    }

    #[test]
    fn damage_is_said() {
        let whole = gzip(b"a page that is long enough to be cut somewhere in its middle");
        assert_eq!(code(&whole[..whole.len() - 9], 1000), Code::DecompressFailed);
        assert_eq!(code(&whole[..4], 1000), Code::DecompressFailed);
        let mut flipped = whole.clone();
        let at = flipped.len() - 6;
        flipped[at] ^= 0xff;
        assert_eq!(code(&flipped, 1000), Code::DecompressFailed);
    }
}
