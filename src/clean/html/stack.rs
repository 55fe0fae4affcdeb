//! The stack of open elements.
//!
//! What holds: bounded in depth: deeper elements count as their ancestor at that depth; an end tag costs at most the
//! stack's depth, and one without a start tag costs nothing.

use super::super::block::{BlockKind, PathId, PathNode, Texts};
use super::attributes::{Attr, Attrs};
use super::tags::{BLOCK, LIST, SCOPE, TAGS, Tag};
use super::words::Words;

/// Text is inside a link.
pub(super) const LINK: u8 = 1;
/// Text is dropped.
pub(super) const SKIPPED: u8 = 1 << 1;
/// The page says that it is not shown.
pub(super) const HIDDEN: u8 = 1 << 2;
/// Line breaks are kept.
pub(super) const PREFORMATTED: u8 = 1 << 3;

/// An open element.
#[derive(Clone, Debug)]
pub(super) struct Open {
    pub(super) tag: Tag,
    /// What holds for text within, the ancestors' flags included.
    pub(super) flags: u8,
    /// What a block directly within is.
    pub(super) kind: BlockKind,
    /// Where its values in [`Stack::values`] begin; they end where the next element's do.
    pub(super) values: u32,
    /// Its path, once something needed it.
    pub(super) path: Option<PathId>,
    /// Its mark among [`super::Gathered::marks`], where it has one.
    pub(super) mark: Option<u32>,
}

/// The open elements, the root first.
pub(super) struct Stack<'a> {
    open: Vec<Open>,
    /// What says what the open elements are for, as written: it is read only where a path needs it.
    values: Vec<&'a str>,
    words: Words<'a>,
    counts: [u32; TAGS],
    depth_max: usize,
    /// Elements that are open beyond the depth bound.
    beyond: usize,
    /// Elements looked at in searches, for the test that the whole is linear.
    #[cfg(test)]
    pub(super) steps: std::cell::Cell<usize>,
}

impl<'a> Stack<'a> {
    pub(super) fn new(depth_max: usize) -> Self {
        let root = Open { tag: Tag::Html, flags: 0, kind: BlockKind::Paragraph, values: 0, path: Some(0), mark: None };
        Stack {
            open: vec![root],
            values: Vec::new(),
            words: Words::default(),
            counts: [0; TAGS],
            depth_max: depth_max.max(8),
            beyond: 0,
            #[cfg(test)]
            steps: Default::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn top(&self) -> &Open {
        &self.open[self.open.len() - 1]
    }

    /// Whether a picture here is seen: also within a `figure` where a button enlarges it, or where it comes later by a script.
    pub(super) fn shows_picture(&self) -> bool {
        let unseen = |open: &Open| open.flags & (SKIPPED | HIDDEN);
        if unseen(self.top()) == 0 {
            return true;
        }
        if self.counts[Tag::Figure as usize] == 0 {
            return false;
        }
        let figure = self.open.iter().rposition(|open| open.tag == Tag::Figure).unwrap_or(0);
        let adds_nothing = |pair: &[Open]| match unseen(&pair[1]) & !unseen(&pair[0]) {
            0 => true,
            SKIPPED => pair[1].tag == Tag::Button,
            _ => pair[1].tag == Tag::Noscript,
        };
        unseen(&self.open[figure]) == 0 && self.open[figure..].windows(2).all(adds_nothing)
    }

    /// Marks of the element at `index` and of those within.
    pub(super) fn marks(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.open[index..].iter().filter_map(|open| open.mark.map(|m| m as usize))
    }

    pub(super) fn kind(&self, index: usize) -> BlockKind {
        self.open[index.min(self.open.len() - 1)].kind
    }

    /// Whether the innermost element but one is drawing or formula, whose `title` is none of the page's.
    pub(super) fn within_foreign(&self) -> bool {
        self.counts[Tag::Svg as usize] + self.counts[Tag::Math as usize] > 0
    }

    /// What a block within `tag` is, opened here.
    pub(super) fn child_kind(&self, tag: Tag) -> BlockKind {
        let outer = self.top().kind;
        match tag {
            Tag::Li | Tag::Dd | Tag::Dt => BlockKind::ListItem,
            Tag::Blockquote => BlockKind::Quote,
            Tag::Figcaption | Tag::Caption => BlockKind::Caption,
            Tag::Pre => BlockKind::Code,
            Tag::Td | Tag::Th => BlockKind::Table,
            Tag::Article | Tag::Section | Tag::Main | Tag::Aside | Tag::Table => BlockKind::Paragraph,
            Tag::Div | Tag::P if outer == BlockKind::Table => BlockKind::Paragraph,
            _ => tag.level().map_or(outer, BlockKind::Heading),
        }
    }

    /// Puts what says what an element is for aside; gives where that begins.
    pub(super) fn put_aside(&mut self, tag: Tag, name: &'a str, attrs: &Attrs<'a>) -> u32 {
        let start = self.values.len() as u32;
        if self.open.len() < self.depth_max {
            if tag == Tag::Other {
                self.values.push(name);
            }
            self.values.extend(attrs.words().filter(|value| !value.is_empty()));
            if attrs.get(Attr::AriaHidden) == Some("true") {
                self.values.push("aria-hidden");
            }
        }
        start
    }

    pub(super) fn push(&mut self, open: Open) {
        if self.open.len() >= self.depth_max {
            self.beyond += 1;
        } else {
            self.counts[open.tag as usize] += 1;
            self.open.push(open);
        }
    }

    /// Closes `index` and all within.
    pub(super) fn truncate(&mut self, index: usize) {
        for open in &self.open[index..] {
            self.counts[open.tag as usize] -= 1;
        }
        self.values.truncate(self.open[index].values as usize);
        self.open.truncate(index);
    }

    /// Which element an end tag closes.
    pub(super) fn matching(&mut self, tag: Tag) -> Option<usize> {
        if self.beyond > 0 {
            self.beyond -= 1;
            return None;
        }
        if self.counts[tag as usize] == 0 {
            return None;
        }
        let stop = |t: Tag| match tag {
            Tag::Table => false,
            Tag::Td | Tag::Th | Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot => t == Tag::Table,
            Tag::Li => t.is(SCOPE | LIST),
            // An end tag within a drawing closes nothing around it.
            Tag::Other => t.is(BLOCK) || matches!(t, Tag::Svg | Tag::Math),
            _ if !tag.is(BLOCK) => t.is(BLOCK),
            _ => t.is(SCOPE),
        };
        self.find(|t| t == tag, stop)
    }

    /// The innermost element that `want` accepts, unless one that `stop` accepts comes before it.
    fn find(&self, want: impl Fn(Tag) -> bool, stop: impl Fn(Tag) -> bool) -> Option<usize> {
        for index in (1..self.open.len()).rev() {
            #[cfg(test)]
            self.steps.set(self.steps.get() + 1);
            let tag = self.open[index].tag;
            if want(tag) {
                return Some(index);
            }
            if stop(tag) {
                return None;
            }
        }
        None
    }

    fn any(&self, tags: &[Tag]) -> bool {
        tags.iter().any(|t| self.counts[*t as usize] > 0)
    }

    /// Which open element a start tag of `tag` closes before it opens its own.
    pub(super) fn implied(&self, tag: Tag) -> Option<usize> {
        if self.beyond > 0 {
            return None;
        }
        let rows = [Tag::Tbody, Tag::Thead, Tag::Tfoot];
        let closes: Option<usize> = match tag {
            Tag::Li if self.any(&[Tag::Li]) => {
                self.find(|t| t == Tag::Li, |t| t.is(SCOPE | LIST) || matches!(t, Tag::Section | Tag::Article))
            }
            Tag::Dt | Tag::Dd if self.any(&[Tag::Dt, Tag::Dd]) => {
                self.find(|t| matches!(t, Tag::Dt | Tag::Dd), |t| t.is(SCOPE | LIST))
            }
            Tag::Td | Tag::Th if self.any(&[Tag::Td, Tag::Th]) => {
                self.find(|t| matches!(t, Tag::Td | Tag::Th), |t| t == Tag::Table)
            }
            Tag::Tr if self.any(&[Tag::Tr]) => self.find(|t| t == Tag::Tr, |t| t == Tag::Table),
            Tag::Tbody | Tag::Thead | Tag::Tfoot if self.any(&rows) => {
                self.find(|t| rows.contains(&t), |t| t == Tag::Table)
            }
            _ if tag.level().is_some() && self.top().tag.level().is_some() => Some(self.open.len() - 1),
            _ => None,
        };
        if closes.is_none() && tag.is(super::tags::ENDS_P) && self.any(&[Tag::P]) {
            return self.find(|t| t == Tag::P, |t| t.is(SCOPE));
        }
        closes
    }

    /// A link does not hold another: the outer one's flag ends where nothing but letters stands between.
    pub(super) fn close_link(&mut self) {
        if self.beyond == 0
            && self.counts[Tag::A as usize] > 0
            && let Some(index) = self.find(|t| t == Tag::A, |t| t.is(BLOCK))
            && index + 1 == self.open.len()
        {
            self.open[index].flags = self.open[index - 1].flags;
        }
    }

    /// The words of all paths, by number.
    pub(super) fn into_words(self) -> Texts {
        self.words.into_texts()
    }

    /// The path of the element at `index`, made where it is new.
    pub(super) fn path(&mut self, index: usize, paths: &mut Vec<PathNode>) -> PathId {
        let index = index.min(self.open.len() - 1);
        let known = (0..=index).rev().find(|i| self.open[*i].path.is_some()).unwrap_or(0);
        let mut parent = self.open[known].path.unwrap_or(0);
        for i in known + 1..=index {
            let open = &self.open[i];
            let end = self.open.get(i + 1).map_or(self.values.len(), |next| next.values as usize);
            let words = self.words.of(&self.values[open.values as usize..end]);
            let id = paths.len() as PathId;
            paths.push(PathNode { parent, words, depth: i as u16, tag: open.tag, hidden: open.flags & HIDDEN != 0 });
            self.open[i].path = Some(id);
            parent = id;
        }
        parent
    }
}
