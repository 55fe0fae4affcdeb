//! The cue words as one automaton: a byte of an element's words costs one look-up, however many cue words there are.
//!
//! What holds: the same cues as if every cue word were compared at every place; built once a process, from the list alone.
//! The method is the subset construction over a trie (Rabin and Scott, 1959).

use super::cues::Cues;
use crate::clean::ascii::{self, is_alphanumeric};
use rustc_hash::FxHashMap;

/// Letters, then a dash or underscore, then all else.
const COLUMNS: usize = 28;
const DASH: usize = 26;
const ELSE: usize = 27;

/// A set of places in the trie.
#[derive(Clone, Debug, Default)]
struct State {
    next: [u16; COLUMNS],
    /// Cues of words that end here, whatever follows.
    open: Cues,
    /// Cues of words that count only where no letter or digit follows.
    whole: Cues,
}

/// The automaton; state 0 is the end of all hope.
pub(super) struct Automaton {
    states: Vec<State>,
    start: u16,
    /// A bit for each three columns whether words may begin with them: most do not, and the states stay out of the cache.
    beginnings: Vec<u64>,
}

impl Automaton {
    /// Of words with their cues; true asks for the whole word. A dash in a word stands for one dash or underscore; elsewhere,
    /// those count for nothing.
    pub(super) fn new<'w>(words: impl Iterator<Item = (&'w str, bool, Cues)>) -> Automaton {
        let trie = trie(words);
        let mut automaton = Automaton { states: vec![State::default()], start: 1, beginnings: Vec::new() };
        let mut known: FxHashMap<Vec<u16>, u16> = FxHashMap::from_iter([(Vec::new(), 0)]);
        let mut sets: Vec<Vec<u16>> = vec![Vec::new()];
        automaton.place(vec![1], &trie, &mut known, &mut sets);
        let mut at = 1;
        while at < sets.len() {
            for column in 0..ELSE {
                let mut to: Vec<u16> =
                    sets[at].iter().map(|n| trie[*n as usize].next[column]).filter(|n| *n != 0).collect();
                if column == DASH {
                    to.extend(&sets[at]);
                }
                to.sort_unstable();
                to.dedup();
                automaton.states[at].next[column] = automaton.place(to, &trie, &mut known, &mut sets);
            }
            at += 1;
        }
        automaton.beginnings = automaton.begin_with();
        automaton
    }

    /// [`Automaton::beginnings`] of the states.
    fn begin_with(&self) -> Vec<u64> {
        let mut bits = vec![0; (COLUMNS * COLUMNS * COLUMNS).div_ceil(64)];
        let next = |state: usize, column: usize| self.states[state].next[column] as usize;
        let says = |state: usize| self.states[state].open | self.states[state].whole != Cues::default();
        for place in 0..COLUMNS * COLUMNS * COLUMNS {
            let one = next(self.start as usize, place / (COLUMNS * COLUMNS));
            let two = next(one, place / COLUMNS % COLUMNS);
            if says(one) || says(two) || next(two, place % COLUMNS) != 0 {
                bits[place / 64] |= 1 << (place % 64);
            }
        }
        bits
    }

    /// Whether a word may begin with these bytes.
    fn may_begin(&self, bytes: &[u8]) -> bool {
        let [one, two, three, ..] = bytes else { return true };
        let place = (column(*one) * COLUMNS + column(*two)) * COLUMNS + column(*three);
        self.beginnings[place / 64] & 1 << (place % 64) != 0
    }

    fn place(
        &mut self,
        set: Vec<u16>,
        trie: &[State],
        known: &mut FxHashMap<Vec<u16>, u16>,
        sets: &mut Vec<Vec<u16>>,
    ) -> u16 {
        if let Some(id) = known.get(&set) {
            return *id;
        }
        let mut state = State::default();
        for node in &set {
            state.open = state.open | trie[*node as usize].open;
            state.whole = state.whole | trie[*node as usize].whole;
        }
        let id = self.states.len() as u16;
        self.states.push(state);
        known.insert(set.clone(), id);
        sets.push(set);
        id
    }

    /// The cues of all words in `text`, which is lower case. A word begins where a letter follows none, and no digit.
    pub(super) fn cues(&self, text: &str) -> Cues {
        let (mut cues, bytes) = (Cues::default(), text.as_bytes());
        let mut inside = 0;
        for at in (0..bytes.len()).step_by(ascii::BITS) {
            let letters = ascii::Bits::of(&bytes[at..]).letters;
            let mut starts = letters & !(letters << 1 | inside);
            while starts != 0 {
                cues = cues | self.from(&bytes[at + starts.trailing_zeros() as usize..]);
                starts &= starts - 1;
            }
            inside = letters >> (ascii::BITS - 1);
        }
        cues
    }

    fn from(&self, bytes: &[u8]) -> Cues {
        let mut cues = Cues::default();
        if !self.may_begin(bytes) {
            return cues;
        }
        let mut state = self.start;
        for (at, byte) in bytes.iter().enumerate() {
            state = self.states[state as usize].next[column(*byte)];
            if state == 0 {
                break;
            }
            let here = &self.states[state as usize];
            cues = cues | here.open;
            if here.whole != Cues::default() && bytes.get(at + 1).is_none_or(|b| !is_alphanumeric(*b)) {
                cues = cues | here.whole;
            }
        }
        cues
    }
}

fn column(byte: u8) -> usize {
    COLUMN[byte as usize] as usize
}

/// The column of each byte.
static COLUMN: [u8; 256] = {
    let mut column = [ELSE as u8; 256];
    let mut letter = 0;
    while letter < 26 {
        column[b'a' as usize + letter] = letter as u8;
        letter += 1;
    }
    column[b'-' as usize] = DASH as u8;
    column[b'_' as usize] = DASH as u8;
    column
};

/// The words as a tree of states; 0 is none, 1 the root.
fn trie<'w>(words: impl Iterator<Item = (&'w str, bool, Cues)>) -> Vec<State> {
    let mut trie = vec![State::default(), State::default()];
    for (word, whole, cues) in words {
        let mut node = 1;
        for byte in word.bytes() {
            let mut next = trie[node].next[column(byte)] as usize;
            if next == 0 {
                next = trie.len();
                trie[node].next[column(byte)] = next as u16;
                trie.push(State::default());
            }
            node = next;
        }
        let end = &mut trie[node];
        if whole { end.whole = end.whole | cues } else { end.open = end.open | cues }
    }
    trie
}
