//! Attributes of a start tag: the closed set of those that are looked at; all others are passed over.

use super::names::Index;
use std::ops::Range;

macro_rules! attributes {
    ($($variant:ident $name:literal;)*) => {
        /// An attribute that something looks at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(super) enum Attr {
            $(#[doc = $name] $variant,)*
        }

        const NAMES: &[&str] = &[$($name,)*];
        const ALL: &[Attr] = &[$(Attr::$variant,)*];
    };
}

attributes! {
    // What an element is for: these come first, see `Attr::is_word`.
    Class "class";
    Id "id";
    Itemprop "itemprop";
    Role "role";
    DataTestid "data-testid";
    DataComponent "data-component";
    DataQa "data-qa";
    DataType "data-type";
    // Others.
    Alt "alt";
    AriaHidden "aria-hidden";
    Content "content";
    DataDatetime "data-datetime";
    DataLazySrc "data-lazy-src";
    DataOriginal "data-original";
    DataSrc "data-src";
    DataSrcset "data-srcset";
    Datetime "datetime";
    Height "height";
    Hidden "hidden";
    Href "href";
    HttpEquiv "http-equiv";
    Lang "lang";
    Name "name";
    Property "property";
    Pubdate "pubdate";
    Rel "rel";
    Src "src";
    Srcset "srcset";
    Style "style";
    Title "title";
    Type "type";
    Value "value";
    Width "width";
    XmlLang "xml:lang";
}

static INDEX: Index<{ NAMES.len() }> = Index::of(NAMES);

impl Attr {
    #[inline]
    pub(super) fn of(name: &[u8]) -> Option<Attr> {
        INDEX.find(name).map(|i| ALL[i as usize])
    }

    /// Its value says what the element is for.
    fn is_word(self) -> bool {
        self as u8 <= Attr::DataType as u8
    }

    /// The name, lower case.
    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        NAMES[self as usize]
    }
}

/// Most attributes of one tag that are looked at.
const ATTRS_MAX: usize = 64;

/// Attributes of the last start tag, values as written.
#[derive(Debug, Default)]
pub(super) struct Attrs<'a> {
    list: Vec<(Attr, &'a str)>,
    /// Which are in the list, a bit each.
    there: u64,
    /// How many the tag has, known or not.
    count: usize,
    /// Written as `<x/>`.
    pub(super) self_closing: bool,
}

impl<'a> Attrs<'a> {
    /// The value of the first attribute of that name.
    pub(super) fn get(&self, attr: Attr) -> Option<&'a str> {
        if self.there & 1 << attr as u64 == 0 {
            return None;
        }
        self.list.iter().find(|(a, _)| *a == attr).map(|(_, value)| *value)
    }

    /// The values that say what the element is for, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = &'a str> + '_ {
        let there = self.there & ((2 << Attr::DataType as u64) - 1) != 0;
        let list = if there { &self.list[..] } else { &[] };
        list.iter().filter(|(attr, _)| attr.is_word()).map(|(_, value)| *value)
    }

    /// All of them, in order.
    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (Attr, &'a str)> + '_ {
        self.list.iter().copied()
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.there = 0;
        self.count = 0;
        self.self_closing = false;
    }

    /// Takes the next one; its value, a range of `src`, is looked at only where something asks for that name.
    #[inline]
    pub(super) fn add(&mut self, name: &[u8], src: &'a str, value: Range<usize>) {
        self.count += 1;
        if self.count <= ATTRS_MAX
            && let Some(attr) = Attr::of(name)
        {
            self.there |= 1 << attr as u64;
            self.list.push((attr, &src[value]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_unknown_ones_are_not() {
        for (at, attr) in ALL.iter().enumerate() {
            assert_eq!(Attr::of(NAMES[at].as_bytes()), Some(*attr));
            assert_eq!(Attr::of(NAMES[at].to_uppercase().as_bytes()), Some(*attr));
        }
        for name in ["", "c", "klass", "data-x", "hreflang", "="] {
            assert_eq!(Attr::of(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn the_first_of_a_name_counts_and_words_keep_their_order() {
        let mut attrs = Attrs::default();
        for (name, value) in [("ID", "a"), ("x", "y"), ("class", "b"), ("class", "c"), ("href", "/")] {
            attrs.add(name.as_bytes(), value, 0..value.len());
        }
        assert_eq!((attrs.get(Attr::Class), attrs.get(Attr::Href), attrs.get(Attr::Src)), (Some("b"), Some("/"), None));
        assert_eq!(attrs.words().collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}
