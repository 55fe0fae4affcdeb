//! The closed table of tags: what each does to the flow of text.
//!
//! What holds: a name that is not in the table is [`Tag::Other`], an inline element.

use super::names::Index;

/// Starts and ends a block of text.
pub(super) const BLOCK: u16 = 1;
/// Has no content and no end tag.
pub(super) const VOID: u16 = 1 << 1;
/// Its text is nobody's reading: it is dropped with all that it holds.
pub(super) const SKIP: u16 = 1 << 2;
/// Its content is text up to its own end tag (script, style, title, ...).
pub(super) const RAW: u16 = 1 << 3;
/// Marks up letters only: never on the stack of open elements.
pub(super) const LETTERS: u16 = 1 << 4;
/// A start tag ends an open `p`.
pub(super) const ENDS_P: u16 = 1 << 5;
/// No end tag reaches through it (the standard's "scope").
pub(super) const SCOPE: u16 = 1 << 6;
/// Holds list items.
pub(super) const LIST: u16 = 1 << 7;
/// Structure of the document that is never pushed (`html`, `head`, `body`).
pub(super) const ROOT: u16 = 1 << 8;

macro_rules! tags {
    ($($variant:ident $name:literal $props:expr;)*) => {
        /// A tag's name.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Tag {
            $(#[doc = $name] $variant,)*
            /// Any other.
            #[default]
            Other,
        }

        /// How many tags there are.
        pub(crate) const TAGS: usize = Tag::Other as usize + 1;

        const NAMES: &[&str] = &[$($name,)* "other"];
        static PROPS: [u16; TAGS] = [$($props,)* 0];
        static ALL: [Tag; TAGS] = [$(Tag::$variant,)* Tag::Other];
    };
}

tags! {
    A "a" 0;
    Abbr "abbr" LETTERS;
    Acronym "acronym" LETTERS;
    Address "address" BLOCK | ENDS_P;
    Area "area" VOID;
    Article "article" BLOCK | ENDS_P;
    Aside "aside" BLOCK | ENDS_P;
    Audio "audio" SKIP;
    B "b" LETTERS;
    Base "base" VOID;
    Bdi "bdi" LETTERS;
    Bdo "bdo" LETTERS;
    Big "big" LETTERS;
    Blockquote "blockquote" BLOCK | ENDS_P;
    Body "body" BLOCK | ROOT;
    Br "br" VOID;
    Button "button" SKIP;
    Canvas "canvas" SKIP;
    Caption "caption" BLOCK | SCOPE;
    Center "center" BLOCK | ENDS_P;
    Cite "cite" 0;
    Code "code" LETTERS;
    Col "col" VOID;
    Colgroup "colgroup" 0;
    Datalist "datalist" SKIP;
    Dd "dd" BLOCK | ENDS_P;
    Del "del" LETTERS;
    Details "details" BLOCK | ENDS_P;
    Dialog "dialog" BLOCK | ENDS_P;
    Dir "dir" BLOCK | ENDS_P | LIST;
    Div "div" BLOCK | ENDS_P;
    Dl "dl" BLOCK | ENDS_P | LIST;
    Dt "dt" BLOCK | ENDS_P;
    Em "em" LETTERS;
    Embed "embed" VOID;
    Fieldset "fieldset" BLOCK | ENDS_P;
    Figcaption "figcaption" BLOCK | ENDS_P;
    Figure "figure" BLOCK | ENDS_P;
    Font "font" LETTERS;
    Footer "footer" BLOCK | ENDS_P;
    Form "form" BLOCK | ENDS_P;
    Frame "frame" VOID;
    Frameset "frameset" ROOT;
    H1 "h1" BLOCK | ENDS_P;
    H2 "h2" BLOCK | ENDS_P;
    H3 "h3" BLOCK | ENDS_P;
    H4 "h4" BLOCK | ENDS_P;
    H5 "h5" BLOCK | ENDS_P;
    H6 "h6" BLOCK | ENDS_P;
    Head "head" ROOT;
    Header "header" BLOCK | ENDS_P;
    Hgroup "hgroup" BLOCK | ENDS_P;
    Hr "hr" VOID | BLOCK | ENDS_P;
    Html "html" BLOCK | ROOT;
    I "i" LETTERS;
    Iframe "iframe" RAW | SKIP;
    Img "img" VOID;
    Input "input" VOID;
    Ins "ins" LETTERS;
    Kbd "kbd" LETTERS;
    Label "label" 0;
    Legend "legend" BLOCK;
    Li "li" BLOCK | ENDS_P;
    Link "link" VOID;
    Main "main" BLOCK | ENDS_P;
    Map "map" SKIP;
    Mark "mark" LETTERS;
    Math "math" SKIP;
    Menu "menu" BLOCK | ENDS_P | LIST;
    Meta "meta" VOID;
    Nav "nav" BLOCK | ENDS_P;
    Nobr "nobr" LETTERS;
    Noembed "noembed" RAW | SKIP;
    Noframes "noframes" RAW | SKIP;
    Noscript "noscript" BLOCK;
    Object "object" SCOPE;
    Ol "ol" BLOCK | ENDS_P | LIST;
    Optgroup "optgroup" SKIP;
    Option "option" SKIP;
    P "p" BLOCK | ENDS_P;
    Param "param" VOID;
    Pre "pre" BLOCK | ENDS_P;
    Q "q" LETTERS;
    Rp "rp" SKIP;
    Rt "rt" SKIP;
    Ruby "ruby" LETTERS;
    S "s" LETTERS;
    Samp "samp" LETTERS;
    Script "script" RAW | SKIP;
    Search "search" BLOCK | ENDS_P;
    Section "section" BLOCK | ENDS_P;
    Select "select" SKIP;
    Small "small" LETTERS;
    Source "source" VOID;
    Span "span" 0;
    Strike "strike" LETTERS;
    Strong "strong" LETTERS;
    Style "style" RAW | SKIP;
    Sub "sub" LETTERS;
    Summary "summary" BLOCK | ENDS_P;
    Sup "sup" LETTERS;
    Svg "svg" SKIP;
    Table "table" BLOCK | SCOPE;
    Tbody "tbody" BLOCK;
    Td "td" BLOCK | SCOPE;
    Template "template" SKIP;
    Textarea "textarea" RAW | SKIP;
    Tfoot "tfoot" BLOCK;
    Th "th" BLOCK | SCOPE;
    Thead "thead" BLOCK;
    Time "time" 0;
    Title "title" RAW | SKIP;
    Tr "tr" BLOCK;
    Track "track" VOID;
    Tt "tt" LETTERS;
    U "u" LETTERS;
    Ul "ul" BLOCK | ENDS_P | LIST;
    Var "var" LETTERS;
    Video "video" SKIP;
    Wbr "wbr" VOID;
    Xmp "xmp" RAW;
}

static INDEX: Index<TAGS> = Index::of(NAMES);

impl Tag {
    /// The tag that a name in any case stands for.
    pub(super) fn of(name: &str) -> Tag {
        INDEX.find(name.as_bytes()).map_or(Tag::Other, |i| ALL[i as usize])
    }

    /// The name, lower case; `other` for those that are not in the table.
    pub const fn name(self) -> &'static str {
        NAMES[self as usize]
    }

    /// Whether it has one of the properties `flags`.
    pub(super) fn is(self, flags: u16) -> bool {
        PROPS[self as usize] & flags != 0
    }

    /// A heading's level.
    pub(super) fn level(self) -> Option<u8> {
        (Tag::H1 as u8..=Tag::H6 as u8).contains(&(self as u8)).then(|| self as u8 - Tag::H1 as u8 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_in_any_case() {
        for (name, tag) in [
            ("DIV", Tag::Div),
            ("blockquote", Tag::Blockquote),
            ("Figcaption", Tag::Figcaption),
            ("x-card", Tag::Other),
        ] {
            assert_eq!(Tag::of(name), tag);
        }
        for name in NAMES.iter().copied() {
            assert_eq!(Tag::of(name).name(), name);
        }
        assert_eq!((Tag::H3.level(), Tag::Hr.level()), (Some(3), None));
    }
}
