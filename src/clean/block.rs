//! The one representation: a page is a list of text blocks. Plain text yields the same list as HTML, with less known.

use super::super::split::draft::{Author, DateValue, Image};
use super::html::Tag;

/// Index of a [`PathNode`] in [`Document::paths`]; 0 is the root.
pub type PathId = u32;

/// A page as blocks, with what its head and structured data say.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// All blocks' text, one after the other; a block names its range.
    pub text: String,
    /// Blocks in page order.
    pub blocks: Vec<Block>,
    /// Ancestors of blocks, interned: a node per element that holds text, not per element.
    pub paths: Vec<PathNode>,
    /// What path nodes say that they are for, each distinct text once: `class`, `id`, `itemprop` and `role`, lower-case, joined
    /// by spaces, cut to a bound. The first is empty.
    pub words: Texts,
    /// Links' targets as written, one after the other.
    pub targets: Texts,
    /// Where inline elements begin within short blocks, as places in [`Document::text`].
    pub(crate) seams: Vec<u32>,
    /// Pictures of the page in order.
    pub figures: Vec<Figure>,
    /// How much the page looks like one that holds an article of its own, 0..1. Low for a shop, a
    /// category, a home page.
    pub article_score: f32,
    /// Word F1 that is to be expected of the HTML page's body, by its blocks' scores, 0..1.
    pub body_score: f32,
    /// What the head, structured data and bylines say of the page as a whole.
    pub meta: Metadata,
    /// True where a bound cut the page.
    pub truncated: bool,
    /// True where the page came as plain text.
    pub from_text: bool,
}

impl Document {
    /// The text of block `i`, white space folded, trimmed.
    pub fn text_of(&self, i: usize) -> &str {
        let b = &self.blocks[i];
        &self.text[b.start as usize..b.end as usize]
    }

    /// Where inline elements begin within block `i`, if it is a short one: bytes of its text.
    pub(crate) fn seams_of(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        let block = &self.blocks[i];
        let from = self.seams.partition_point(|at| *at <= block.start);
        self.seams[from..].iter().take_while(|at| **at < block.end).map(|at| (at - block.start) as usize)
    }

    /// What a path node says that it is for.
    pub fn words_of(&self, path: PathId) -> &str {
        self.words.get(self.paths[path as usize].words)
    }

    /// The target of block `i`'s first link as written, where there is one.
    pub fn target_of(&self, i: usize) -> Option<&str> {
        self.blocks[i].target.map(|target| self.targets.get(target))
    }
}

#[cfg(test)]
impl Document {
    /// A document of lines, each with its class.
    pub(crate) fn of_lines(lines: &[(&str, Class)]) -> Document {
        let mut document = Document::default();
        for (text, class) in lines {
            let start = document.text.len() as u32;
            document.text.push_str(text);
            document.blocks.push(Block {
                start,
                end: document.text.len() as u32,
                link_bytes: 0,
                target: None,
                path: 0,
                kind: BlockKind::Paragraph,
                class: *class,
                confidence: 1.0,
                counts: BlockCounts::default(),
            });
        }
        document
    }
}

/// Short texts by number, in one piece of memory.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    text: String,
    /// Where each ends in `text`, bytes.
    ends: Vec<u32>,
}

impl Texts {
    /// Adds a text and gives its number.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.ends.len() as u32 - 1
    }

    /// The text of a number; empty where there is none.
    pub fn get(&self, number: u32) -> &str {
        let end = |number: usize| self.ends.get(number).map(|end| *end as usize);
        let start = (number as usize).checked_sub(1).map_or(Some(0), end);
        start.zip(end(number as usize)).map_or("", |(start, end)| &self.text[start..end])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All of them, by number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }
}

/// A block is a link from this share of its bytes on.
const LINK_SHARE: f32 = 0.75;

/// One run of text between block boundaries.
#[derive(Clone, Debug)]
pub struct Block {
    /// Start of its text in [`Document::text`], bytes.
    pub start: u32,
    /// End of its text in [`Document::text`], bytes.
    pub end: u32,
    /// Bytes of its text inside links.
    pub link_bytes: u32,
    /// First link's target in [`Document::targets`], where there is one.
    pub target: Option<u32>,
    /// Its innermost element's path.
    pub path: PathId,
    /// What the markup (or the text's layout) says that it is.
    pub kind: BlockKind,
    /// What the classifier says that it is.
    pub class: Class,
    /// The classifier's confidence in [`Block::class`], 0..1.
    pub confidence: f32,
    /// What the classifier counted in its text.
    pub counts: BlockCounts,
}

impl Block {
    /// Share of its bytes inside links, 0..1.
    pub fn link_share(&self) -> f32 {
        self.link_bytes as f32 / (self.end - self.start).max(1) as f32
    }

    /// Whether so much of it is inside links that it is a link, with a word or two around it.
    pub fn is_link(&self) -> bool {
        self.link_share() >= LINK_SHARE
    }
}

/// What is counted in a block's text, of HTML; nothing in plain text, whose lines have counts of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BlockCounts {
    /// Words; a character of a script that is written without spaces counts half a word.
    pub words: f32,
    /// Digits.
    pub digits: u32,
    /// Words of sign-ups, consent, imprints and menus, at the start of a short text.
    pub furniture: u32,
}

/// What the markup says that a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BlockKind {
    /// Running text, or a line of plain text.
    Paragraph,
    /// `h1`..`h6`.
    Heading(u8),
    /// A list's item.
    ListItem,
    /// Text in a `blockquote`.
    Quote,
    /// `figcaption`, `caption`.
    Caption,
    /// A table's cell or row.
    Table,
    /// `pre`.
    Code,
}

/// What a block is to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Article text, subheadings included.
    Body,
    /// An article's headline.
    Headline,
    /// The line over a headline that names its section or theme.
    Kicker,
    /// The lead line under a headline.
    Standfirst,
    /// Who wrote it.
    Byline,
    /// When.
    Date,
    /// Words under a picture, and their credit.
    Caption,
    /// Another article's headline or snippet.
    Teaser,
    /// A reader's words.
    Comment,
    /// Consent, cookie, paywall, sign-up.
    Consent,
    /// An advert.
    Advert,
    /// Menus, breadcrumbs, footers, share bars.
    Navigation,
    /// Nothing of the above.
    Other,
}

/// One element on the way from the root to a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct PathNode {
    /// The enclosing node; 0 is the root, whose parent is itself.
    pub parent: PathId,
    /// Its place in [`Document::words`], 0 where it says nothing.
    pub words: u32,
    /// Distance from the root.
    pub depth: u16,
    /// Its tag, from a closed table.
    pub tag: Tag,
    /// True where the page says that it is not shown (`hidden`, `display:none`, `noscript`), here or around it.
    pub hidden: bool,
}

/// A picture in the page's flow.
#[derive(Clone, Debug)]
pub struct Figure {
    /// The block that it stands in, or the next one.
    pub block: u32,
    /// The innermost element around it.
    pub path: PathId,
    /// Its address as written.
    pub url: Box<str>,
    /// Its alternative text.
    pub alt: Option<Box<str>>,
    /// It stands in a button, or where no script runs: another one of its `figure` may be what is shown.
    pub apart: bool,
}

/// What a page says of itself as a whole.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The main article's headline.
    pub headline: Option<String>,
    /// A second headline.
    pub alternative_headline: Option<String>,
    /// All titles that the page declares, but one that is its description: letters and digits alone.
    pub titles: Vec<String>,
    /// Section or kicker.
    pub section: Option<String>,
    /// The page's description.
    pub description: Option<String>,
    /// First publication.
    pub date_published: Option<DateValue>,
    /// Last change.
    pub date_modified: Option<DateValue>,
    /// Authors, cleaned.
    pub authors: Vec<Author>,
    /// Language as the page declares it (BCP 47).
    pub language: Option<String>,
    /// Canonical address, absolute where the page's address is known.
    pub canonical_url: Option<String>,
    /// The address that the page came under, else the canonical one.
    pub address: Option<String>,
    /// Who publishes.
    pub publisher: Option<String>,
    /// The site's name.
    pub site_name: Option<String>,
    /// Keywords and tags.
    pub keywords: Vec<String>,
    /// Breadcrumbs, outermost first.
    pub breadcrumbs: Vec<String>,
    /// `isAccessibleForFree`.
    pub is_accessible_for_free: Option<bool>,
    /// Pictures that the metadata names.
    pub images: Vec<Image>,
    /// What the page says that it is: `og:type` and JSON-LD types, lower-case.
    pub page_types: Vec<String>,
    /// JSON-LD `articleBody`, as evidence.
    pub article_body: Option<String>,
    /// A live blog's entries that its data names.
    pub updates: Vec<Update>,
}

/// An entry of a live blog, as its page's data tells of it.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Its headline.
    pub headline: Option<String>,
    /// When it came.
    pub date_published: Option<DateValue>,
    /// When it was changed.
    pub date_modified: Option<DateValue>,
    /// Who wrote it.
    pub authors: Vec<Author>,
    /// Its address, absolute.
    pub url: Option<String>,
    /// Its text, as JSON-LD gives it: often cut.
    pub body: Option<String>,
    /// The element that it stands in, where it was found.
    pub element: Option<PathId>,
}
