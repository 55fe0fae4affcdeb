//! What a page says of itself, as it passes by: the head's `meta` and `link`, JSON-LD, microdata, `time` elements.
//!
//! What holds: bounded in number and length; nothing is judged here.

use super::attributes::{Attr, Attrs};
use super::tags::Tag;

use std::borrow::Cow;

/// Most of each kind that are kept.
const ITEMS_MAX: usize = 400;
/// Longest value that is kept, bytes.
const VALUE_BYTES_MAX: usize = 4000;
/// What was gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered<'a> {
    /// `name`, `property` or `http-equiv` of `meta` (lower case), and `content`.
    pub(crate) metas: Vec<(String, Cow<'a, str>)>,
    /// Bodies of JSON-LD scripts.
    pub(crate) json_ld: Vec<&'a str>,
    /// The `title` element.
    pub(crate) title: Option<String>,
    /// `link rel=canonical`.
    pub(crate) canonical: Option<Cow<'a, str>>,
    /// `base href`.
    pub(crate) base: Option<Cow<'a, str>>,
    /// `html lang`.
    pub(crate) language: Option<&'a str>,
    /// Microdata whose value is an attribute: `itemprop` and the value.
    pub(crate) props: Vec<(&'a str, Cow<'a, str>)>,
    /// Where entries of a live blog begin, and what their microdata says.
    pub(crate) updates: Vec<UpdateMark<'a>>,
    /// Whether there are more of them.
    pub(crate) updates_cut: bool,
    /// Whether the last of them is still open.
    update_open: bool,
    /// `time` elements and what else carries a machine-readable date.
    pub(crate) times: Vec<TimeMark<'a>>,
    /// `rel=author` and author links: the block and the target.
    pub(crate) author_links: Vec<(usize, Cow<'a, str>)>,
    /// Stretches of text whose inline element says what they are.
    pub(crate) marks: Vec<super::Mark>,
}

/// A machine-readable date in the page's flow.
#[derive(Debug)]
pub(crate) struct TimeMark<'a> {
    /// The block that it stands in or before.
    pub(crate) block: usize,
    /// `datetime` or the like, as written.
    pub(crate) value: Cow<'a, str>,
    /// Its own class, `itemprop` and `pubdate`.
    pub(crate) words: String,
}

/// An element that is an entry of a live blog, by its `itemprop`.
#[derive(Debug)]
pub(crate) struct UpdateMark<'a> {
    /// The block that it begins in or before.
    pub(crate) block: usize,
    pub(crate) headline: Option<Cow<'a, str>>,
    pub(crate) published: Option<Cow<'a, str>>,
    pub(crate) modified: Option<Cow<'a, str>>,
    pub(crate) url: Option<Cow<'a, str>>,
}

impl<'a> UpdateMark<'a> {
    /// Takes the first value of each property that follows.
    fn take(&mut self, prop: &str, value: &'a str) {
        let place = match prop {
            "headline" => &mut self.headline,
            "datePublished" => &mut self.published,
            "dateModified" => &mut self.modified,
            "url" => &mut self.url,
            _ => return,
        };
        place.get_or_insert_with(|| attribute(value));
    }
}

/// Text with its character references read.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'&', text.as_bytes()).is_some() { htmlize::unescape(text) } else { Cow::Borrowed(text) }
}

/// The longest prefix within the bound.
pub(super) fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(VALUE_BYTES_MAX)]
}

fn attribute(text: &str) -> Cow<'_, str> {
    let text = bounded(text);
    if text.contains('&') { htmlize::unescape_attribute(text) } else { Cow::Borrowed(text) }
}

/// hAtom's way: `<abbr class="published" title="2024-05-03">`.
fn hatom_date<'a>(attrs: &Attrs<'a>) -> Option<&'a str> {
    let title = attrs.get(Attr::Title).filter(|t| t.starts_with(|c: char| c.is_ascii_digit()))?;
    attrs.get(Attr::Class).filter(|c| c.contains("published") || c.contains("updated")).map(|_| title)
}

impl<'a> Gathered<'a> {
    /// Notes that the element of a live blog's entry is closed: what follows is another's.
    pub(super) fn close_update(&mut self) {
        self.update_open = false;
    }

    /// Looks at a start tag. `block` is the block in the making, or the next one.
    pub(super) fn element(&mut self, tag: Tag, attrs: &Attrs<'a>, block: usize) {
        match tag {
            Tag::Meta => self.meta(attrs),
            Tag::Link => self.link(attrs),
            Tag::Base if self.base.is_none() => self.base = attrs.get(Attr::Href).map(attribute),
            Tag::Time => {
                if let Some(value) = attrs.get(Attr::Datetime).or_else(|| attrs.get(Attr::Content)) {
                    self.time(block, value, attrs);
                }
            }
            Tag::A
                if self.author_links.len() < ITEMS_MAX
                    && attrs.get(Attr::Rel).is_some_and(|r| r.contains("author")) =>
            {
                if let Some(href) = attrs.get(Attr::Href) {
                    self.author_links.push((block, attribute(href)));
                }
            }
            Tag::Abbr | Tag::Span | Tag::Div | Tag::P => {
                let value = attrs.get(Attr::DataDatetime).or_else(|| attrs.get(Attr::Datetime));
                let value = value.or_else(|| hatom_date(attrs));
                if let Some(value) = value {
                    self.time(block, value, attrs);
                }
            }
            _ => {}
        }
        if let Some(prop) = attrs.get(Attr::Itemprop) {
            self.property(prop, attrs, block);
        }
    }

    fn property(&mut self, prop: &'a str, attrs: &Attrs<'a>, block: usize) {
        if prop == "liveBlogUpdate" {
            self.update_open = self.updates.len() < ITEMS_MAX;
            self.updates_cut |= !self.update_open;
            if self.update_open {
                self.updates.push(UpdateMark { block, headline: None, published: None, modified: None, url: None });
            }
        }
        let value = [Attr::Content, Attr::Datetime].into_iter().find_map(|n| attrs.get(n));
        let Some(value) = value.filter(|v| !v.trim().is_empty()) else { return };
        if let Some(update) = self.updates.last_mut().filter(|_| self.update_open) {
            update.take(prop, value);
        }
        if self.props.len() < ITEMS_MAX {
            self.props.push((prop, attribute(value)));
        }
    }

    fn time(&mut self, block: usize, value: &'a str, attrs: &Attrs<'a>) {
        if self.times.len() >= ITEMS_MAX || value.is_empty() {
            return;
        }
        let mut words = String::new();
        for name in [Attr::Class, Attr::Itemprop, Attr::Id] {
            if let Some(value) = attrs.get(name) {
                words.push_str(bounded(value));
                words.push(' ');
            }
        }
        if attrs.get(Attr::Pubdate).is_some() {
            words.push_str("pubdate");
        }
        words.make_ascii_lowercase();
        self.times.push(TimeMark { block, value: attribute(value), words });
    }

    fn meta(&mut self, attrs: &Attrs<'a>) {
        let name = [Attr::Property, Attr::Name, Attr::Itemprop, Attr::HttpEquiv].into_iter().find_map(|n| attrs.get(n));
        let content = attrs.get(Attr::Content).or_else(|| attrs.get(Attr::Value));
        if let (Some(name), Some(content)) = (name, content)
            && self.metas.len() < ITEMS_MAX
            && !content.trim().is_empty()
        {
            self.metas.push((bounded(name.trim()).to_ascii_lowercase(), attribute(content.trim())));
        }
    }

    fn link(&mut self, attrs: &Attrs<'a>) {
        let rel = attrs.get(Attr::Rel).unwrap_or_default();
        if self.canonical.is_none() && rel.eq_ignore_ascii_case("canonical") {
            self.canonical = attrs.get(Attr::Href).map(attribute);
        }
    }

    /// The first title that says something.
    pub(super) fn title(&mut self, text: &str) {
        if self.title.is_none() {
            let decoded = decode(bounded(text));
            let folded = decoded.split_whitespace().collect::<Vec<_>>().join(" ");
            self.title = (!folded.is_empty()).then_some(folded);
        }
    }

    pub(super) fn json_ld(&mut self, text: &'a str) {
        if self.json_ld.len() < ITEMS_MAX && !text.trim().is_empty() {
            self.json_ld.push(text);
        }
    }
}
