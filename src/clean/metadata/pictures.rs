//! What tells one picture from another by its address: the same one comes in several sizes, ratios and folders.
//!
//! What holds: pictures with two captions are two, unless they are one file; each address is looked at once; bounded in number.

use crate::clean::text::list::{WordList, Words};
use crate::split::draft::Image;
use rustc_hash::{FxBuildHasher, FxHasher};
use std::hash::{BuildHasher, Hash, Hasher};

/// Most pictures that are kept.
const IMAGES_MAX: usize = 30;

/// The pictures so far, and what tells each from others.
#[derive(Default)]
pub(super) struct Gallery {
    images: Vec<Image>,
    pictures: Vec<Picture>,
}

impl Gallery {
    pub(super) fn of(images: Vec<Image>) -> Gallery {
        let pictures = images.iter().map(|image| Picture::of(image.url.as_deref().unwrap_or_default())).collect();
        Gallery { images, pictures }
    }

    pub(super) fn into_images(self) -> Vec<Image> {
        self.images
    }

    /// Takes a picture that the page names: one that is known already gets what it lacks.
    pub(super) fn declare(&mut self, url: Option<String>, caption: Option<String>, credit: Option<String>) {
        let Some(url) = url else { return };
        let own = Picture::of(&url);
        match self.same(&own, caption.as_deref(), |known| known.bare == own.bare) {
            Some(known) => {
                known.caption = known.caption.take().or(caption);
                known.credit = known.credit.take().or(credit);
            }
            None => self.add(own, Image { url: Some(url), caption, credit, main: None }),
        }
    }

    /// Takes a picture that the text shows with a caption, which one that is known already gets if it has none.
    pub(super) fn show(&mut self, url: String, caption: Option<String>, credit: Option<String>) {
        let own = Picture::of(&url);
        match self.same(&own, caption.as_deref(), |known| known.file == own.file) {
            Some(known) if known.caption.is_none() => {
                known.caption = caption;
                known.credit = known.credit.take().or(credit);
            }
            Some(_) => {}
            None => self.add(own, Image { url: Some(url), caption, credit, main: None }),
        }
    }

    /// The picture that one with this caption is: surely, whatever the caption, or by an address like its.
    fn same(&mut self, own: &Picture, caption: Option<&str>, is_sure: impl Fn(&Picture) -> bool) -> Option<&mut Image> {
        let is = |(picture, image): &(&Picture, &mut Image)| {
            let known = image.caption.as_deref();
            let may_be = known.is_none() || caption.is_none() || known == caption;
            image.url.is_some() && (is_sure(picture) || may_be && picture.is(own))
        };
        self.pictures.iter().zip(&mut self.images).find(is).map(|(_, image)| image)
    }

    fn add(&mut self, picture: Picture, image: Image) {
        if self.images.len() < IMAGES_MAX {
            self.images.push(image);
            self.pictures.push(picture);
        }
    }
}

/// What tells a picture from others by its address, hashed: the same one comes in several sizes.
struct Picture {
    /// The address without its query.
    bare: u64,
    /// The file's name.
    file: u64,
    /// The name without its ending, and the path up to it: the parts that are no size.
    stem: u64,
    folders: u64,
    /// Of a name with a width and height these, and the parts that are no other size either, such as `wide`.
    shape: Option<[u64; 2]>,
    /// Whether the file's name tells the picture in whatever folder.
    tells: bool,
}

/// A number of so many digits in a file's name tells a picture in whatever folder,
const TELLING_DIGITS_MIN: usize = 5;
/// or so many hexadecimal ones, a figure among them.
const TELLING_HEX_DIGITS_MIN: usize = 12;

/// Whether a file's name tells its picture in whatever folder.
fn tells(stem: &str) -> bool {
    let is_hash = |part: &str| {
        part.len() >= TELLING_HEX_DIGITS_MIN
            && part.bytes().all(|b| b.is_ascii_hexdigit())
            && part.contains(|c: char| c.is_ascii_digit())
    };
    // A day is that of many pictures.
    let is_day = |digits: &str| digits.len() == 8 && (digits.starts_with("19") || digits.starts_with("20"));
    let is_long = |digits: &str| digits.len() >= TELLING_DIGITS_MIN && !is_day(digits);
    stem.split(|c: char| !c.is_ascii_digit()).any(is_long) || stem.split(|c: char| !c.is_alphanumeric()).any(is_hash)
}

impl Picture {
    fn of(url: &str) -> Picture {
        let bare = url.split(['?', '#']).next().unwrap_or_default();
        let (folders, file) = bare.rsplit_once('/').unwrap_or(("", bare));
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        let tells = tells(stem);
        // Folders that are sizes are those of a picture in several.
        let folders = folders.split_once("://").map_or(folders, |(_, rest)| rest);
        let name = |tells: bool| hashed(parts(stem, tells).map(str::to_ascii_lowercase));
        Picture {
            bare: FxBuildHasher.hash_one(bare),
            file: FxBuildHasher.hash_one(file),
            stem: name(tells),
            shape: (!tells && squares(stem).next().is_some()).then(|| [hashed(squares(stem)), name(true)]),
            folders: if tells { 0 } else { hashed(parts(folders, tells)) },
            tells,
        }
    }

    /// Whether both addresses are one, or alike but for sizes.
    fn is(&self, other: &Picture) -> bool {
        // Of one size each, `wide` and `square` are two pictures.
        let is_shape = |([size, own], [other_size, other]): ([u64; 2], [u64; 2])| own == other && size != other_size;
        let is_named = || self.stem == other.stem || self.shape.zip(other.shape).is_some_and(is_shape);
        let is_alike = || self.tells == other.tells && self.folders == other.folders && is_named();
        self.bare == other.bare || is_alike()
    }
}

fn hashed(parts: impl Iterator<Item = impl Hash>) -> u64 {
    let mut hasher = FxHasher::default();
    parts.for_each(|part| part.hash(&mut hasher));
    hasher.finish()
}

/// The parts of a name that are no size.
fn parts(of: &str, tells: bool) -> impl Iterator<Item = &str> {
    of.split(|c: char| !c.is_alphanumeric()).filter(move |part| !part.is_empty() && !is_size(part, tells))
}

/// Words of a file's name that say how large the picture is, where a number tells which it is, or how large.
static SIZES: WordList = WordList::new(|| {
    Words::of("large|medium|small|thumb|thumbnail|xlarge|xsmall|retina|original|wide|square|full|standard|cinema")
});

/// What pictures are cut to.
const RATIOS: [(&str, &str); 12] = [
    ("16", "9"),
    ("9", "16"),
    ("4", "3"),
    ("3", "4"),
    ("3", "2"),
    ("2", "3"),
    ("1", "1"),
    ("4", "5"),
    ("5", "4"),
    ("21", "9"),
    ("16", "10"),
    ("16", "X"),
];

/// The widths and heights that a name gives.
fn squares(stem: &str) -> impl Iterator<Item = &str> {
    stem.split(|c: char| !c.is_alphanumeric()).filter(|part| is_square(part))
}

/// `1200x630`.
fn is_square(part: &str) -> bool {
    part.split_once(['x', 'X']).is_some_and(|(width, height)| is_number(width) && is_number(height))
}

/// A number of pixels.
fn is_number(digits: &str) -> bool {
    (2..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a part of an address says how large the picture is: `1200x630`, `w800`, `640w`, `scaled`; where a number tells the picture,
/// `large` and `16x9` too.
fn is_size(part: &str, tells: bool) -> bool {
    // `w123` is a part's number rather.
    let is_round = |digits: &str| is_number(digits) && digits.ends_with('0');
    let sides = ['w', 'h', 'W', 'H'];
    let one = || part.strip_prefix(sides).or(part.strip_suffix(sides)).is_some_and(is_round);
    let is = |word: &str| part.eq_ignore_ascii_case(word);
    let ratio = || part.split_once("to").or(part.split_once(['x', 'X']));
    let is_ratio = || ratio().is_some_and(|sides| RATIOS.contains(&sides));
    is_square(part) || one() || is("scaled") || tells && (SIZES.has(&part.to_ascii_lowercase()) || is_ratio())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_in_several_sizes() {
        let is = |a: &str, b: &str| Picture::of(a).is(&Picture::of(b));
        let picture = "https://herald.example/2024/old-bridge-opens.jpg";
        for same in [
            "https://herald.example/2024/old-bridge-opens.jpg?w=800",
            "https://herald.example/2024/old-bridge-opens-1200x630.jpg",
            "https://herald.example/2024/w800/old-bridge-opens_w800.webp",
            "https://herald.example/2024/old-bridge-opens-scaled.jpg",
        ] {
            assert!(is(picture, same), "{same}");
        }
        for other in [
            "https://herald.example/2024/old-bridge-opens-2.jpg",
            "https://herald.example/2026/old-bridge-opens.jpg",
            "https://herald.example/2024/old-bridge-opens-w123.jpg",
            "https://herald.example/2024/old-bridge-opens-large.jpg",
            "https://herald.example/2024/old-bridge.jpg",
        ] {
            assert!(!is(picture, other), "{other}");
        }
        assert!(is("https://a.example/320/bridge-1654787.jpg", "https://b.example/x/bridge-1654787-large.png"));
        assert!(is("https://a.example/bridge_1654787-16to9_retina.jpg", "https://a.example/bridge_1654787-1to1.jpg"));
        let hash = "38c7eb82-fe04-4a04-ab77-6cdaf4311bb1.jpg";
        assert!(is(&format!("https://a.example/WIDE/{hash}"), &format!("https://a.example/BASE_ONE/{hash}")));
        assert!(!is("https://a.example/1654787-1.jpg", "https://a.example/1654787-2.jpg"));
        assert!(is("https://a.example/bridge/wide__1280x720", "https://a.example/bridge/square__960x960"));
        assert!(!is("https://a.example/bridge/wide", "https://a.example/bridge/square"));
        assert!(!is("https://a.example/dog-small-1024x683.jpg", "https://a.example/dog-large-1024x683.jpg"));
        assert!(!is("https://a.example/20240503-times.jpg", "https://a.example/20240503-times-square.jpg"));
        assert!(!is("https://a.example/1654787-2x1.jpg", "https://a.example/1654787-3x0.jpg"));
        assert!(is("https://a.example/bridge-3x2-scaled.jpg", "https://a.example/bridge-3x2-1068x712.jpg"));
        assert!(is("https://a.example/bridge-thumbnail.jpg", "https://a.example/bridge-thumbnail-1024x576.jpg"));
        assert!(!is("https://a.example/38c7eb82/original.jpg", "https://a.example/4a04ab77/original.jpg"));
        let mut gallery = Gallery::default();
        let mut add = |name: &str, caption: Option<&str>| {
            gallery.declare(Some(format!("https://herald.example/{name}")), caption.map(str::to_owned), None);
            gallery.images.iter().map(|image| image.caption.clone().unwrap_or_default()).collect::<Vec<String>>()
        };
        add("old-bridge-800x600.jpg", None);
        assert_eq!(add("old-bridge.jpg", Some("The bridge")), ["The bridge"]);
        assert_eq!(add("old-bridge-scaled.jpg", Some("The pier")), ["The bridge", "The pier"]);
        assert_eq!(add("old-bridge-scaled.jpg", Some("A pier")), ["The bridge", "The pier"], "the same file");
    }
}
