//! What the elements around blocks say: the nearest cue of each kind, the places they stand in, and which ways from the root
//! are alike.
//!
//! What holds: one walk, a parent before its children; linear in path nodes; ways are numbered without a gap.

use super::cues::{self, CUES, Cues};
use super::features::{SHARES, tag_number};
use crate::clean::block::Document;
use crate::clean::html::Tag;
use crate::clean::tree::stable;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::hash::BuildHasher;
use wide::u8x32;

/// Elements around a node that tell of its place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Within {
    pub(crate) article: bool,
    pub(crate) main: bool,
    pub(crate) aside: bool,
    pub(crate) nav: bool,
    pub(crate) footer: bool,
    pub(crate) form: bool,
    pub(crate) figure: bool,
    pub(crate) list: bool,
    pub(crate) section: bool,
}

/// Places for [`CUES`] distances, as many as are counted up at once.
pub(super) const NEAR: usize = 32;
const _: () = assert!(CUES <= NEAR);

/// What is known of each path node.
#[derive(Debug)]
pub(crate) struct Nodes {
    /// Distance (1 = itself) to the nearest element with a cue; 0 where there is none.
    pub(crate) near: Vec<[u8; NEAR]>,
    /// The nearest element with each of [`SHARES`], 0 where there is none.
    pub(crate) near_node: Vec<[u32; SHARES.len()]>,
    pub(crate) within: Vec<Within>,
    /// Its tag, see [`tag_number`].
    pub(crate) tag: Vec<u8>,
    /// A number that nodes share whose ways from the root have the same tags and classes.
    pub(crate) way: Vec<u32>,
    /// A number that nodes share whose ways from the root have the same tags.
    pub(crate) tag_way: Vec<u32>,
    /// How many numbers there are of either.
    pub(crate) ways: usize,
    pub(crate) tag_ways: usize,
}

/// The cues that [`SHARES`] asks for.
const SHARED: Cues = {
    let (mut cues, mut i) = (0, 0);
    while i < SHARES.len() {
        cues |= 1 << SHARES[i] as u8;
        i += 1;
    }
    Cues(cues)
};

impl Nodes {
    pub(super) fn new(document: &Document) -> Nodes {
        let own = cues::of_paths(document);
        let count = document.paths.len();
        let mut nodes = Nodes {
            near: Vec::with_capacity(count),
            near_node: Vec::with_capacity(count),
            within: Vec::with_capacity(count),
            tag: Vec::with_capacity(count),
            way: Vec::with_capacity(count),
            tag_way: Vec::with_capacity(count),
            ways: 0,
            tag_ways: 0,
        };
        let (mut ways, mut tag_ways) = (Ways::with_capacity(count / 2), Ways::with_capacity(count / 4));
        let words: Vec<u64> = document.words.iter().map(|words| FxBuildHasher.hash_one(stable(words))).collect();
        for (i, node) in document.paths.iter().enumerate() {
            let parent = node.parent as usize;
            let root = i == 0;
            let distances = u8x32::from(if root { [0; NEAR] } else { nodes.near[parent] });
            let mut near = distances.saturating_add(distances.min(u8x32::splat(1))).to_array();
            own[i].each(|cue| near[cue] = 1);
            let mut near_node = if root { [0; SHARES.len()] } else { nodes.near_node[parent] };
            if own[i].0 & SHARED.0 != 0 {
                for (nearest, cue) in near_node.iter_mut().zip(SHARES) {
                    if own[i].0 & 1 << cue as u8 != 0 {
                        *nearest = i as u32;
                    }
                }
            }
            let above = if root { Within::default() } else { nodes.within[parent] };
            let tag = node.tag as u64;
            let (way, tag_way) = if root { (0, 0) } else { (nodes.way[parent], nodes.tag_way[parent]) };
            nodes.way.push(ways.number(way, words[node.words as usize].wrapping_add(tag)));
            nodes.tag_way.push(tag_ways.number(tag_way, tag));
            nodes.within.push(within(above, node.tag));
            nodes.tag.push(tag_number(node.tag));
            nodes.near.push(near);
            nodes.near_node.push(near_node);
        }
        nodes.ways = ways.known.len();
        nodes.tag_ways = tag_ways.known.len();
        nodes
    }
}

fn within(mut within: Within, tag: Tag) -> Within {
    match tag {
        Tag::Article => within.article = true,
        Tag::Main => within.main = true,
        Tag::Aside => within.aside = true,
        Tag::Nav | Tag::Menu => within.nav = true,
        Tag::Footer => within.footer = true,
        Tag::Form | Tag::Fieldset => within.form = true,
        Tag::Figure => within.figure = true,
        Tag::Ul | Tag::Ol => within.list = true,
        Tag::Section => within.section = true,
        _ => {}
    }
    within
}

/// Numbers for ways from the root, by the number of the way above and the hash of the last element.
struct Ways {
    known: FxHashMap<(u32, u64), u32>,
}

impl Ways {
    fn with_capacity(ways: usize) -> Ways {
        Ways { known: FxHashMap::with_capacity_and_hasher(ways, Default::default()) }
    }

    fn number(&mut self, above: u32, element: u64) -> u32 {
        let next = self.known.len() as u32;
        *self.known.entry((above, element)).or_insert(next)
    }
}
