//! Records of the changelog topic, byte by byte.
//!
//! All numbers are little-endian. Every record opens and ends alike:
//!
//! | at | bytes | field |
//! |---|---|---|
//! | 0 | 4 | magic, `CDCL` |
//! | 4 | 1 | format, 1 |
//! | 5 | 1 | type: 1 genesis, 2 barrier, 3 open, 4 segment, 5 checkpoint part, 6 learned segment |
//! | 6 | 16 | lane set: the UUID that `topics create` gave to the lanes of one deployment; all zero in a barrier, whose writer has yet to read it |
//! | 22 | 4 | partitions of the candidates topic, u32 |
//! | 26 | 4 | this lane's partition, u32 |
//! | 30 | 1 | version of the content hash |
//! | 31 | n | body, by type |
//! | 31 + n | 4 | CRC-32 (IEEE) of all bytes before |
//!
//! | type | body |
//! |---|---|
//! | genesis | created at, i64 ms since the epoch |
//! | barrier | nonce, 16 bytes: 8 of its owner's, 8 of its own; owner's length, u8; owner, UTF-8 |
//! | open | seq, u64 |
//! | segment, learned segment | seq, u64; next offset, i64; lane time, i64 ms; TTL, u64 ms; needed from, i64; entries, u64; 0 or 1, u8, and if 1: last candidate's offset, i64, and key, 16 bytes; count, u32; count x 16 bytes of hashes |
//! | checkpoint part | checkpoint's number, u64: seq of the transaction that began it; part, u32; 1 if it is the last, u8; lane time at its beginning, i64 ms; groups, u32, of each: lane time, i64 ms; count, u32; count x 16 bytes of hashes |
//!
//! A learned segment differs from a segment only in what it says about its hashes: that their articles were not published with
//! it, because the lane was told to learn (`dedup.mode`) or a tool brought them in.
//!
//! A format, once written, stays readable; a change of the layout is a new format number. Decoding is bounded by the bytes
//! given and never panics.

use super::Hash16;
use thiserror::Error;
use uuid::Uuid;

const MAGIC: &[u8; 4] = b"CDCL";
/// The format that is written, and the only one that is read so far.
pub const FORMAT: u8 = 1;
const SEGMENT: u8 = 4;
const CHECKPOINT: u8 = 5;
const LEARNED: u8 = 6;
const HEAD_BYTES: usize = 31;
const CRC_BYTES: usize = 4;
/// An owner's name is cut to this.
pub const OWNER_BYTES_MAX: usize = 255;
/// Bytes of a segment besides its hashes, at most; for keeping a record below the topic's limit.
pub const SEGMENT_OVERHEAD_BYTES: usize = HEAD_BYTES + CRC_BYTES + 6 * 8 + 1 + 24 + 4;

/// Which lane a record belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneIdentity {
    /// The deployment's lanes, named when they were created; nil in a barrier.
    pub lane_set: Uuid,
    /// Partitions of the candidates topic: a hash's lane depends on it.
    pub partitions: u32,
    /// This lane's partition.
    pub partition: u32,
    /// Version of the content hash that the hashes were made by.
    pub hash_version: u8,
}

/// One record of the changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The log's first record: a lane may start empty from here.
    Genesis {
        /// Milliseconds since the epoch.
        created_at_ms: i64,
    },
    /// A new owner's mark: once read back, everything before it is known.
    Barrier {
        /// Random, to know one's own by.
        nonce: [u8; 16],
        /// Who, for people; at most [`OWNER_BYTES_MAX`].
        owner: String,
    },
    /// The first record of a transaction. Without its segment among committed records, the transaction was torn.
    Open {
        /// The segment's number.
        seq: u64,
    },
    /// Between the two: some of what the lane has seen, once more, so that what lies before can be deleted.
    Checkpoint(Part),
    /// The last record of a transaction: what it consumed and what it added.
    Segment(Segment),
}

/// One part of a checkpoint. Its parts together, with the segments from its beginning on, hold the whole table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Number of the checkpoint: seq of the transaction that began it.
    pub number: u64,
    /// From 0, without a gap.
    pub part: u32,
    /// Whether the checkpoint is complete with it.
    pub last: bool,
    /// Lane time when the checkpoint began, milliseconds since the epoch.
    pub lane_time_ms: i64,
    /// Hashes by the lane time that they count from.
    pub groups: Vec<(i64, Vec<Hash16>)>,
}

/// What one transaction did to a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// From 1, without a gap.
    pub seq: u64,
    /// Offset in the candidates partition to read next.
    pub next_offset: i64,
    /// Milliseconds since the epoch, never before an earlier segment's.
    pub lane_time_ms: i64,
    /// The TTL that the writer forgets by.
    pub ttl_ms: u64,
    /// Changelog offset of the first record that a restore needs to have this segment's table; -1: this very record.
    pub needed_from: i64,
    /// The last candidate consumed: its offset and key.
    pub last_candidate: Option<(i64, Hash16)>,
    /// Live entries of the table after this segment.
    pub entries: u64,
    /// Hashes that the transaction added.
    pub hashes: Vec<Hash16>,
    /// Whether it added them without publishing their articles.
    pub learned: bool,
}

/// Why bytes are not a changelog record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// Shorter than any record.
    #[error("{0} bytes are too few for a changelog record")]
    TooShort(usize),
    /// Something else was written to the topic.
    #[error("not a changelog record: it begins with {0:02x?}")]
    NotARecord([u8; 4]),
    /// Written by a later version.
    #[error("changelog format {0} is unknown to this version, which reads format {FORMAT}")]
    UnknownFormat(u8),
    /// Bytes changed on the way.
    #[error("checksum {computed:08x} differs from the recorded {recorded:08x}")]
    Checksum {
        /// As the record says.
        recorded: u32,
        /// As the bytes are.
        computed: u32,
    },
    /// Written by a later version.
    #[error("changelog record type {0} is unknown to this version")]
    UnknownType(u8),
    /// The checksum holds, and yet a field can't be.
    #[error("malformed record: {0}")]
    Malformed(&'static str),
}

/// The record's bytes, as a Kafka record's value.
pub fn encode(identity: &LaneIdentity, record: &Record) -> Vec<u8> {
    let hashes = match record {
        Record::Segment(segment) => segment.hashes.len(),
        Record::Checkpoint(part) => part.groups.iter().map(|(_, hashes)| hashes.len() + 1).sum(),
        _ => 0,
    };
    let mut out = Vec::with_capacity(SEGMENT_OVERHEAD_BYTES + OWNER_BYTES_MAX + hashes * 16);
    out.extend_from_slice(MAGIC);
    out.push(FORMAT);
    out.push(match record {
        Record::Genesis { .. } => 1,
        Record::Barrier { .. } => 2,
        Record::Open { .. } => 3,
        Record::Checkpoint(_) => CHECKPOINT,
        Record::Segment(segment) => {
            if segment.learned {
                LEARNED
            } else {
                SEGMENT
            }
        }
    });
    out.extend_from_slice(identity.lane_set.as_bytes());
    out.extend_from_slice(&identity.partitions.to_le_bytes());
    out.extend_from_slice(&identity.partition.to_le_bytes());
    out.push(identity.hash_version);
    match record {
        Record::Genesis { created_at_ms } => out.extend_from_slice(&created_at_ms.to_le_bytes()),
        Record::Barrier { nonce, owner } => {
            let cut = (0..=OWNER_BYTES_MAX.min(owner.len())).rfind(|at| owner.is_char_boundary(*at)).unwrap_or(0);
            let owner = &owner[..cut];
            out.extend_from_slice(nonce);
            out.push(owner.len() as u8);
            out.extend_from_slice(owner.as_bytes());
        }
        Record::Open { seq } => out.extend_from_slice(&seq.to_le_bytes()),
        Record::Checkpoint(part) => encode_part(part, &mut out),
        Record::Segment(segment) => encode_segment(segment, &mut out),
    }
    let crc = crc32fast::hash(&out);
    out.extend_from_slice(&crc.to_le_bytes());
    out
}

fn encode_segment(segment: &Segment, out: &mut Vec<u8>) {
    out.extend_from_slice(&segment.seq.to_le_bytes());
    out.extend_from_slice(&segment.next_offset.to_le_bytes());
    out.extend_from_slice(&segment.lane_time_ms.to_le_bytes());
    out.extend_from_slice(&segment.ttl_ms.to_le_bytes());
    out.extend_from_slice(&segment.needed_from.to_le_bytes());
    out.extend_from_slice(&segment.entries.to_le_bytes());
    match &segment.last_candidate {
        None => out.push(0),
        Some((offset, key)) => {
            out.push(1);
            out.extend_from_slice(&offset.to_le_bytes());
            out.extend_from_slice(key);
        }
    }
    encode_hashes(&segment.hashes, out);
}

fn encode_part(part: &Part, out: &mut Vec<u8>) {
    out.extend_from_slice(&part.number.to_le_bytes());
    out.extend_from_slice(&part.part.to_le_bytes());
    out.push(u8::from(part.last));
    out.extend_from_slice(&part.lane_time_ms.to_le_bytes());
    out.extend_from_slice(&(part.groups.len() as u32).to_le_bytes());
    for (lane_time_ms, hashes) in &part.groups {
        out.extend_from_slice(&lane_time_ms.to_le_bytes());
        encode_hashes(hashes, out);
    }
}

fn encode_hashes(hashes: &[Hash16], out: &mut Vec<u8>) {
    out.extend_from_slice(&(hashes.len() as u32).to_le_bytes());
    out.extend_from_slice(hashes.as_flattened());
}

/// The record in a Kafka record's value.
///
/// # Errors
/// Says what is wrong with the bytes; they are then no record of this lane's history that can be relied on.
pub fn decode(bytes: &[u8]) -> Result<(LaneIdentity, Record), DecodeError> {
    let too_short = DecodeError::TooShort(bytes.len());
    let (magic, _) = bytes.split_first_chunk::<4>().ok_or(too_short.clone())?;
    if magic != MAGIC {
        return Err(DecodeError::NotARecord(*magic));
    }
    let format = *bytes.get(4).ok_or(too_short.clone())?;
    if format != FORMAT {
        return Err(DecodeError::UnknownFormat(format));
    }
    let (checked, crc) = bytes.split_last_chunk::<CRC_BYTES>().ok_or(too_short.clone())?;
    let (recorded, computed) = (u32::from_le_bytes(*crc), crc32fast::hash(checked));
    if recorded != computed {
        return Err(DecodeError::Checksum { recorded, computed });
    }
    let mut rest = Reader(checked.get(5..).ok_or(too_short)?);
    let kind = rest.u8()?;
    let identity = LaneIdentity {
        lane_set: Uuid::from_bytes(rest.array()?),
        partitions: rest.u32()?,
        partition: rest.u32()?,
        hash_version: rest.u8()?,
    };
    let record = match kind {
        1 => Record::Genesis { created_at_ms: rest.i64()? },
        2 => Record::Barrier { nonce: rest.array()?, owner: rest.owner()? },
        3 => Record::Open { seq: rest.u64()? },
        CHECKPOINT => Record::Checkpoint(decode_part(&mut rest)?),
        SEGMENT | LEARNED => Record::Segment(Segment { learned: kind == LEARNED, ..decode_segment(&mut rest)? }),
        other => return Err(DecodeError::UnknownType(other)),
    };
    if !rest.0.is_empty() {
        return Err(DecodeError::Malformed("bytes are left after the last field"));
    }
    Ok((identity, record))
}

fn decode_segment(rest: &mut Reader<'_>) -> Result<Segment, DecodeError> {
    Ok(Segment {
        seq: rest.u64()?,
        next_offset: rest.i64()?,
        lane_time_ms: rest.i64()?,
        ttl_ms: rest.u64()?,
        needed_from: rest.i64()?,
        entries: rest.u64()?,
        last_candidate: match rest.u8()? {
            0 => None,
            1 => Some((rest.i64()?, rest.array()?)),
            _ => return Err(DecodeError::Malformed("the last candidate's mark is neither 0 nor 1")),
        },
        hashes: rest.hashes()?,
        learned: false,
    })
}

fn decode_part(rest: &mut Reader<'_>) -> Result<Part, DecodeError> {
    let mut part = Part {
        number: rest.u64()?,
        part: rest.u32()?,
        last: match rest.u8()? {
            0 => false,
            1 => true,
            _ => return Err(DecodeError::Malformed("the last part's mark is neither 0 nor 1")),
        },
        lane_time_ms: rest.i64()?,
        groups: Vec::new(),
    };
    for _ in 0..rest.u32()? {
        part.groups.push((rest.i64()?, rest.hashes()?));
    }
    Ok(part)
}

/// What is left to decode.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(DecodeError::Malformed("it ends within a field"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(DecodeError::Malformed("it ends within a field"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u8(&mut self) -> Result<u8, DecodeError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_le_bytes)
    }

    fn i64(&mut self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_le_bytes)
    }

    fn owner(&mut self) -> Result<String, DecodeError> {
        let count = usize::from(self.u8()?);
        let owner = std::str::from_utf8(self.take(count)?);
        owner.map(str::to_owned).map_err(|_| DecodeError::Malformed("the owner is not UTF-8"))
    }

    fn hashes(&mut self) -> Result<Vec<Hash16>, DecodeError> {
        let count = self.u32()? as usize;
        let bytes = count.checked_mul(16).ok_or(DecodeError::Malformed("it ends within a field"))?;
        let (hashes, _) = self.take(bytes)?.as_chunks::<16>();
        Ok(hashes.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identity() -> impl Strategy<Value = LaneIdentity> {
        any::<(u128, u32, u32, u8)>().prop_map(|(uuid, partitions, partition, hash_version)| LaneIdentity {
            lane_set: Uuid::from_u128(uuid),
            partitions,
            partition,
            hash_version,
        })
    }

    fn record() -> impl Strategy<Value = Record> {
        let hashes = prop::collection::vec(any::<Hash16>(), 0..50);
        let segment = (any::<(u64, i64, i64, u64, i64, Option<(i64, Hash16)>, u64, bool)>(), hashes).prop_map(
            |(fields, hashes)| {
                let (seq, next_offset, lane_time_ms, ttl_ms, needed_from, last_candidate, entries, learned) = fields;
                Segment {
                    seq,
                    next_offset,
                    lane_time_ms,
                    ttl_ms,
                    needed_from,
                    last_candidate,
                    entries,
                    hashes,
                    learned,
                }
            },
        );
        let groups = prop::collection::vec((any::<i64>(), prop::collection::vec(any::<Hash16>(), 0..9)), 0..5);
        let part = (any::<(u64, u32, bool, i64)>(), groups).prop_map(|((number, part, last, lane_time_ms), groups)| {
            Record::Checkpoint(Part { number, part, last, lane_time_ms, groups })
        });
        prop_oneof![
            part,
            any::<i64>().prop_map(|created_at_ms| Record::Genesis { created_at_ms }),
            (any::<[u8; 16]>(), "\\PC{0,60}").prop_map(|(nonce, owner)| Record::Barrier { nonce, owner }),
            any::<u64>().prop_map(|seq| Record::Open { seq }),
            segment.prop_map(Record::Segment),
        ]
    }

    /// Changed bytes under a checksum that holds, so that what lies behind it is reached too.
    fn reseal(mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some(end) = bytes.len().checked_sub(CRC_BYTES) {
            let crc = crc32fast::hash(&bytes[..end]);
            bytes[end..].copy_from_slice(&crc.to_le_bytes());
        }
        bytes
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(identity in identity(), record in record()) {
            prop_assert_eq!(decode(&encode(&identity, &record)), Ok((identity, record)));
        }

        #[test]
        fn any_changed_byte_is_refused(identity in identity(), record in record(), at: prop::sample::Index, flip in 1..=255_u8) {
            let mut bytes = encode(&identity, &record);
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn decoding_never_panics(identity in identity(), record in record(), cut: prop::sample::Index,
                                 changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
            let mut bytes = encode(&identity, &record);
            bytes.truncate(cut.index(bytes.len()) + 1);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = decode(&bytes);
            let _ = decode(&reseal(bytes));
        }
    }

    #[track_caller]
    fn check_refused(change: impl FnOnce(&mut Vec<u8>), expected: DecodeError) {
        let identity = LaneIdentity { lane_set: Uuid::nil(), partitions: 16, partition: 3, hash_version: 1 };
        let mut bytes = encode(&identity, &Record::Barrier { nonce: [1; 16], owner: "ab".into() });
        change(&mut bytes);
        assert_eq!(decode(&reseal(bytes)), Err(expected));
    }

    #[test]
    fn each_refusal_has_its_name() {
        check_refused(|bytes| bytes.truncate(2), DecodeError::TooShort(2));
        check_refused(|bytes| bytes[0] = b'X', DecodeError::NotARecord(*b"XDCL"));
        check_refused(|bytes| bytes[4] = 2, DecodeError::UnknownFormat(2));
        check_refused(|bytes| bytes[5] = 7, DecodeError::UnknownType(7));
        check_refused(|bytes| bytes.push(0), DecodeError::Malformed("bytes are left after the last field"));
        check_refused(|bytes| bytes[HEAD_BYTES + 16] = 3, DecodeError::Malformed("it ends within a field"));
        check_refused(|bytes| bytes[HEAD_BYTES + 17] = 0xff, DecodeError::Malformed("the owner is not UTF-8"));
    }

    #[test]
    fn the_layout_is_as_documented() {
        let identity = LaneIdentity { lane_set: Uuid::from_u128(0xa1), partitions: 16, partition: 3, hash_version: 1 };
        let bytes = encode(&identity, &Record::Open { seq: 0x0102 });
        let head =
            [b"CDCL\x01\x03".as_slice(), Uuid::from_u128(0xa1).as_bytes(), &[16, 0, 0, 0, 3, 0, 0, 0, 1]].concat();
        assert_eq!(bytes[..HEAD_BYTES], head);
        assert_eq!(bytes[HEAD_BYTES..HEAD_BYTES + 8], [2, 1, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes.len(), HEAD_BYTES + 8 + CRC_BYTES);
        let segment = Segment { last_candidate: Some((1, [2; 16])), hashes: vec![[3; 16]; 5], ..Segment::default() };
        assert_eq!(encode(&identity, &Record::Segment(segment)).len(), SEGMENT_OVERHEAD_BYTES + 5 * 16);
    }

    #[test]
    fn a_long_owner_is_cut_between_characters() {
        let identity = LaneIdentity { lane_set: Uuid::nil(), partitions: 1, partition: 0, hash_version: 1 };
        let bytes = encode(&identity, &Record::Barrier { nonce: [0; 16], owner: "ä".repeat(200) });
        let Ok((_, Record::Barrier { owner, .. })) = decode(&bytes) else { panic!("a barrier") };
        assert_eq!(owner, "ä".repeat(127));
    }
}
