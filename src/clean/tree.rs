//! The ancestors of a page's blocks: who encloses, what is common.
//!
//! What holds: each question walks up at most the page's depth.

use super::block::{Document, PathId};
use super::html::Tag;

/// The path itself and its ancestors, innermost first, the root left out.
pub(crate) fn ancestors(document: &Document, path: PathId) -> impl Iterator<Item = PathId> + '_ {
    let known = |p: PathId| (p != 0 && (p as usize) < document.paths.len()).then_some(p);
    std::iter::successors(known(path), move |p| {
        let parent = document.paths[*p as usize].parent;
        // Parents come before their children; whatever else would not end.
        known(parent).filter(|up| up < p)
    })
}

/// The innermost element that encloses both, perhaps the root.
pub(crate) fn common(document: &Document, a: PathId, b: PathId) -> PathId {
    let (mut a, mut b) = (a, b);
    let depth = |p: PathId| document.paths.get(p as usize).map_or(0, |n| n.depth);
    let parent = |p: PathId| document.paths.get(p as usize).map_or(0, |n| if n.parent < p { n.parent } else { 0 });
    while a != b {
        if depth(a) > depth(b) || depth(a) == depth(b) && a > b {
            a = parent(a);
        } else {
            b = parent(b);
        }
        if a == 0 || b == 0 {
            return 0;
        }
    }
    a
}

/// The enclosing `article` elements, innermost first.
pub(crate) fn enclosing_articles(document: &Document, path: PathId) -> impl Iterator<Item = PathId> + '_ {
    ancestors(document, path).filter(|p| document.paths[*p as usize].tag == Tag::Article)
}

/// An element's words without those that differ from sibling to sibling: numbers make ids unique.
pub(crate) fn stable(words: &str) -> &str {
    match words.bytes().position(|b| b.is_ascii_digit()) {
        Some(digit) => words[..digit].rsplit_once(' ').map_or("", |(before, _)| before),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::block::PathNode;

    #[test]
    fn common_ancestors() {
        let node = |parent, depth| PathNode { parent, depth, ..PathNode::default() };
        let paths = vec![node(0, 0), node(0, 1), node(1, 2), node(2, 3), node(1, 2), node(0, 1)];
        let document = Document { paths, ..Document::default() };
        assert_eq!(common(&document, 3, 4), 1);
        assert_eq!(common(&document, 3, 2), 2);
        assert_eq!(common(&document, 3, 5), 0);
        assert_eq!(ancestors(&document, 3).collect::<Vec<_>>(), [3, 2, 1]);
    }
}
