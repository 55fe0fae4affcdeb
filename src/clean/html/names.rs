//! Closed sets of names, found by a byte or two instead of by comparing all of them.
//!
//! What holds: names are told apart without regard to ASCII case, as HTML has it; the index is made by the compiler.

/// Places of the index; names are few enough for most places to stay empty.
const SLOTS: usize = 512;

/// An index of a closed set of lower-case names.
pub(super) struct Index {
    /// A name's place in its list plus one; 0 is none.
    slots: [u8; SLOTS],
}

impl Index {
    /// The index of `names`; none is empty.
    pub(super) const fn of(names: &[&str]) -> Index {
        let mut slots = [0; SLOTS];
        let mut i = 0;
        while i < names.len() {
            let mut slot = slot(names[i].as_bytes());
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = i as u8 + 1;
            i += 1;
        }
        Index { slots }
    }

    /// The place of `name` in `names`, the list that the index is of.
    pub(super) fn find(&self, names: &[&str], name: &[u8]) -> Option<u8> {
        if name.is_empty() {
            return None;
        }
        let mut slot = slot(name);
        loop {
            let found = self.slots[slot].checked_sub(1)?;
            if same(names[found as usize].as_bytes(), name) {
                return Some(found);
            }
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// From the length, the first, the middle and the last letter.
const fn slot(name: &[u8]) -> usize {
    let n = name.len();
    let (first, middle, last) = (name[0] | 0x20, name[n / 2] | 0x20, name[n - 1] | 0x20);
    let key = n as u32 ^ (first as u32) << 6 ^ (middle as u32) << 13 ^ (last as u32) << 20;
    (key.wrapping_mul(0x9e37_79b1) >> 23) as usize % SLOTS
}

fn same(lower: &[u8], name: &[u8]) -> bool {
    lower.len() == name.len() && lower.iter().zip(name).all(|(a, b)| *a == b.to_ascii_lowercase())
}
