//! Seen hashes in a file, outside of any lane: what `dedup export` writes and `dedup import` reads.
//!
//! All numbers are little-endian.
//!
//! | part | fields |
//! |---|---|
//! | head | magic, `CDSS`; format 1, u8; version of the content hash, u8; TTL, u64 ms; CRC-32 of these, u32 |
//! | block, any number | count, u32, 1..=65536; lane time, i64 ms; count x 16 bytes of hashes; CRC-32 of the block's bytes before, u32 |
//! | end | 0, u32; hashes of all blocks, u64; CRC-32 of these, u32 |
//!
//! A block's hashes were seen at its lane time or before, and at most an eighth of the TTL before it. A file without its end was
//! cut off and is refused. Nothing in it depends on the number of lanes.

use super::Hash16;
use std::io::{self, Read, Write};
use thiserror::Error;

const MAGIC: &[u8; 4] = b"CDSS";
const FORMAT: u8 = 1;
const HEAD_BYTES: usize = 4 + 1 + 1 + 8;
/// Hashes of a block, at most.
pub const BLOCK_HASHES_MAX: usize = 65_536;

/// Why a file is not a snapshot to rely on.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// It cannot be read or written.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is something else, cut off or changed.
    #[error("{0}")]
    Malformed(&'static str),
    /// Written by a later version.
    #[error("snapshot format {0} is unknown to this version, which reads format {FORMAT}")]
    UnknownFormat(u8),
}

/// What a snapshot says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Version of the content hash that the hashes were made by.
    pub hash_version: u8,
    /// The TTL of the lanes that they come from, ms.
    pub ttl_ms: u64,
}

/// Writes a snapshot. Without [`Writer::finish`] it has no end and is refused by readers.
pub struct Writer<W> {
    out: W,
    total: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the head.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn new(mut out: W, head: Head) -> io::Result<Self> {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend([FORMAT, head.hash_version]);
        bytes.extend(head.ttl_ms.to_le_bytes());
        sealed(&mut out, bytes)?;
        Ok(Writer { out, total: 0 })
    }

    /// Adds hashes that were seen at `lane_time_ms` or up to an eighth of the TTL before.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn add(&mut self, lane_time_ms: i64, hashes: &[Hash16]) -> io::Result<()> {
        for hashes in hashes.chunks(BLOCK_HASHES_MAX) {
            let mut bytes = Vec::with_capacity(16 + hashes.len() * 16);
            bytes.extend((hashes.len() as u32).to_le_bytes());
            bytes.extend(lane_time_ms.to_le_bytes());
            bytes.extend(hashes.as_flattened());
            sealed(&mut self.out, bytes)?;
            self.total += hashes.len() as u64;
        }
        Ok(())
    }

    /// Writes the end; the number of hashes.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn finish(mut self) -> io::Result<u64> {
        let mut bytes = Vec::from(0_u32.to_le_bytes());
        bytes.extend(self.total.to_le_bytes());
        sealed(&mut self.out, bytes)?;
        self.out.flush()?;
        Ok(self.total)
    }
}

fn sealed(out: &mut impl Write, mut bytes: Vec<u8>) -> io::Result<()> {
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    out.write_all(&bytes)
}

/// Reads a snapshot, block by block.
pub struct Reader<R> {
    from: R,
    head: Head,
    total: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// Where it is none.
    pub fn new(mut from: R) -> Result<Self, SnapshotError> {
        let mut bytes = [0; HEAD_BYTES];
        whole(&mut from, &mut bytes)?;
        if &bytes[..4] != MAGIC {
            return Err(SnapshotError::Malformed("it is not a snapshot of `copydesk dedup export`"));
        }
        if bytes[4] != FORMAT {
            return Err(SnapshotError::UnknownFormat(bytes[4]));
        }
        check(&mut from, &bytes, &[])?;
        let (_, ttl) = bytes.split_last_chunk::<8>().expect("the head holds 8 bytes");
        let head = Head { hash_version: bytes[5], ttl_ms: u64::from_le_bytes(*ttl) };
        Ok(Reader { from, head, total: 0 })
    }

    /// What it says of itself.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The next block's lane time and hashes; `None` at the end, once the whole is known to be there.
    ///
    /// # Errors
    /// Where it is cut off or changed.
    pub fn block(&mut self) -> Result<Option<(i64, Vec<Hash16>)>, SnapshotError> {
        let mut count = [0; 4];
        whole(&mut self.from, &mut count)?;
        let hashes = u32::from_le_bytes(count) as usize;
        let mut number = [0; 8];
        whole(&mut self.from, &mut number)?;
        if hashes == 0 {
            check(&mut self.from, &count, &number)?;
            return match u64::from_le_bytes(number) == self.total {
                true => Ok(None),
                false => Err(SnapshotError::Malformed("it holds another number of hashes than its end says")),
            };
        }
        if hashes > BLOCK_HASHES_MAX {
            return Err(SnapshotError::Malformed("a block is larger than blocks are"));
        }
        let mut bytes = vec![0; 8 + hashes * 16];
        bytes[..8].copy_from_slice(&number);
        whole(&mut self.from, &mut bytes[8..])?;
        check(&mut self.from, &count, &bytes)?;
        self.total += hashes as u64;
        let (hashes, _) = bytes[8..].as_chunks::<16>();
        Ok(Some((i64::from_le_bytes(number), hashes.to_vec())))
    }
}

fn whole(from: &mut impl Read, bytes: &mut [u8]) -> Result<(), SnapshotError> {
    from.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => SnapshotError::Malformed("it is cut off"),
        _ => SnapshotError::Io(error),
    })
}

fn check(from: &mut impl Read, first: &[u8], second: &[u8]) -> Result<(), SnapshotError> {
    let mut recorded = [0; 4];
    whole(from, &mut recorded)?;
    let mut crc = crc32fast::Hasher::new();
    crc.update(first);
    crc.update(second);
    match crc.finalize() == u32::from_le_bytes(recorded) {
        true => Ok(()),
        false => Err(SnapshotError::Malformed("a checksum does not hold: it was changed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Blocks = Vec<(i64, Vec<Hash16>)>;

    fn written(head: Head, blocks: &Blocks) -> Vec<u8> {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, head).expect("memory takes it");
        blocks.iter().for_each(|(time, hashes)| writer.add(*time, hashes).expect("memory takes it"));
        writer.finish().expect("memory takes it");
        out
    }

    fn read(bytes: &[u8]) -> Result<(Head, Blocks), SnapshotError> {
        let mut reader = Reader::new(bytes)?;
        let mut blocks = Vec::new();
        while let Some(block) = reader.block()? {
            blocks.push(block);
        }
        Ok((reader.head(), blocks))
    }

    fn blocks() -> impl Strategy<Value = Blocks> {
        prop::collection::vec((any::<i64>(), prop::collection::vec(any::<Hash16>(), 1..20)), 0..8)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(hash_version: u8, ttl_ms: u64, blocks in blocks()) {
            let head = Head { hash_version, ttl_ms };
            prop_assert_eq!(read(&written(head, &blocks)).expect("whole"), (head, blocks));
        }

        #[test]
        fn what_was_cut_or_changed_is_refused(blocks in blocks(), at: prop::sample::Index, flip in 1..=255_u8) {
            let bytes = written(Head { hash_version: 1, ttl_ms: 5 }, &blocks);
            let at = at.index(bytes.len());
            prop_assert!(read(&bytes[..at]).is_err());
            let mut changed = bytes;
            changed[at] ^= flip;
            prop_assert!(read(&changed).is_err());
        }
    }

    #[test]
    fn large_blocks_are_divided() {
        let hashes: Vec<Hash16> = (0..BLOCK_HASHES_MAX as u128 + 1).map(u128::to_be_bytes).collect();
        let head = Head { hash_version: 1, ttl_ms: 5 };
        let (_, blocks) = read(&written(head, &vec![(7, hashes.clone())])).expect("whole");
        assert_eq!(blocks.iter().map(|(_, hashes)| hashes.len()).collect::<Vec<_>>(), [BLOCK_HASHES_MAX, 1]);
        assert_eq!(blocks.into_iter().flat_map(|(_, hashes)| hashes).collect::<Vec<_>>(), hashes);
    }
}
