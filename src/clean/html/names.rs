//! Closed sets of names, found by their bytes as numbers instead of by comparing all of them.
//!
//! What holds: names are told apart without regard to ASCII case, as HTML has it; the index is made by the compiler.

use crate::clean::ascii::LOWER;

/// Places of the index; names are few enough for most places to stay empty.
const SLOTS: usize = 512;
/// Longest name, bytes: up to it, a name's length and its first and last eight bytes are all of it.
const NAME_BYTES_MAX: usize = 16;

/// An index of a closed set of `N` lower-case names.
pub(super) struct Index<const N: usize> {
    /// A name's place in its list plus one; 0 is none.
    slots: [u8; SLOTS],
    known: [Known; N],
}

impl<const N: usize> Index<N> {
    /// The index of `names`; none is empty.
    pub(super) const fn of(names: &[&str]) -> Self {
        let mut index = Index { slots: [0; SLOTS], known: [Known::of(b""); N] };
        let mut i = 0;
        while i < N {
            assert!(names[i].len() <= NAME_BYTES_MAX);
            index.known[i] = Known::of(names[i].as_bytes());
            let mut slot = index.known[i].key.slot();
            while index.slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            index.slots[slot] = i as u8 + 1;
            i += 1;
        }
        index
    }

    /// The place of `name` in the list that the index is of.
    #[inline]
    pub(super) fn find(&self, name: &[u8]) -> Option<u8> {
        let key = Key::of(name);
        let mut slot = key.slot();
        loop {
            let found = self.slots[slot].checked_sub(1)?;
            if self.known[found as usize].is(&key) {
                return Some(found);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// What a name's bytes are as numbers.
#[derive(Clone, Copy)]
struct Key {
    length: usize,
    /// The first eight bytes; those of a shorter name are all here.
    first: u64,
    /// The last eight.
    last: u64,
}

/// A name that is known, in lower case.
#[derive(Clone, Copy)]
struct Known {
    key: Key,
    /// The bits in which a capital differs, where the name has letters: any other byte has to be the same.
    letters: Key,
}

impl Key {
    #[inline]
    const fn of(name: &[u8]) -> Key {
        let length = name.len();
        if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            return Key { length, first: u64::from_le_bytes(*first), last: u64::from_le_bytes(*last) };
        }
        let all = if let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) {
            (u32::from_le_bytes(*first) as u64) << 32 | u32::from_le_bytes(*last) as u64
        } else if length > 0 {
            (name[0] as u64) << 16 | (name[length / 2] as u64) << 8 | name[length - 1] as u64
        } else {
            0
        };
        Key { length, first: all, last: 0 }
    }

    /// The same for a name in any case.
    const fn slot(&self) -> usize {
        let mixed = (self.first | LOWER) ^ (self.last | LOWER).rotate_left(29) ^ self.length as u64;
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize % SLOTS
    }
}

impl Known {
    const fn of(name: &[u8]) -> Known {
        let mut letters = [0; NAME_BYTES_MAX];
        let mut i = 0;
        while i < name.len() {
            letters[i] = if name[i].is_ascii_lowercase() { 0x20 } else { 0 };
            i += 1;
        }
        Known { key: Key::of(name), letters: Key::of(letters.split_at(name.len()).0) }
    }

    fn is(&self, key: &Key) -> bool {
        self.key.length == key.length
            && self.key.first == key.first | self.letters.first
            && self.key.last == key.last | self.letters.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_and_what_differs_in_a_byte_is_not() {
        const NAMES: [&str; 6] = ["a", "h1", "div", "class", "figcaption", "data-lazy-source"];
        static INDEX: Index<6> = Index::of(&NAMES);
        for (place, name) in NAMES.iter().enumerate() {
            assert_eq!(INDEX.find(name.to_uppercase().as_bytes()), Some(place as u8));
            for at in 0..name.len() {
                let mut other = name.as_bytes().to_vec();
                let letter = other[at].is_ascii_alphabetic();
                for bit in (0..8).filter(|bit| *bit != 5 || !letter) {
                    other[at] ^= 1 << bit;
                    assert_eq!(INDEX.find(&other), None, "{name}");
                    other[at] ^= 1 << bit;
                }
                other.remove(at);
                assert_eq!(INDEX.find(&other), None, "{name}");
            }
            assert_eq!(INDEX.find(format!("{name}x").as_bytes()), None);
        }
    }
}
