//! Pictures that the page names, and the words under them.
//!
//! What holds: no declared picture stands for the site or for a missing one by its file name, unless the text shows it; a caption
//! goes to one picture.

use super::json_ld::Article;
use super::{Metas, absolute};
use crate::clean::block::{Class, Document};
use crate::clean::letters::compact;
use crate::clean::text::list::{WordList, Words};
use crate::clean::{captions, image};
use crate::split::draft::Image;
use rustc_hash::{FxBuildHasher, FxHashSet, FxHasher};
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::RangeInclusive;
use url::Url;

/// Most pictures that are kept.
const IMAGES_MAX: usize = 30;

/// A caption stands no farther behind the text's last block.
const CAPTION_BLOCKS: usize = 1;

/// Fewer words under no picture that can be read are not the lead's.
const LEAD_WORDS_MIN: f32 = 5.0;

/// A file's name of so many words that are neither of the next nor the site's name tells what its picture shows.
const TELLING_WORDS_MIN: usize = 3;

/// Words of a file's name that say that the picture is the site's, or none, where the others do not tell what it shows.
static FURNITURE: WordList = WordList::new(|| {
    Words::of(
        "logo|logos|logotype|wordmark|brandmark|favicon|emblem|blank|placeholder|spacer|spinner|noimage|noimg|avatar|avatars|gravatar",
    )
});
/// Words that say the same where there are no others but the next ones.
static SHARED: WordList = WordList::new(|| Words::of("default|fallback|icon|icons|loading|loader|zoom"));
/// Words that say nothing of what a picture shows.
static EMPTY: WordList = WordList::new(|| {
    Words::of(
        "og|opengraph|facebook|fb|twitter|share|sharing|social|open|graph|image|images|img|pic|picture|media|card|thumb|thumbnail|preview|cover|apple|touch|ms|web|site|wide|large|square|indicator|in|out|email|mail|whatsapp|bookmark|comment|php|unfurl|unfurling",
    )
});

/// Words of a file's name that say that it was made to be shared, for any page of the site where no folder tells more.
static SHARES: WordList = WordList::new(|| {
    Words::of("og|opengraph|facebook|fb|twitter|share|sharing|social|card|default|fallback|subscribe")
});
/// Folders that tell nothing of what is in them, but for the site's names.
static FOLDERS: WordList = WordList::new(|| {
    Words::of(
        "img|imgs|image|images|pic|pics|asset|assets|static|_static|media|i|public|icon|icons|src|dist|build|resources|res|og|opengraph|\
    social|share|sharing|default|defaults|common|gfx|graphics|logo|logos|meta|seo|_next|bundles",
    )
});
/// Folders of what a site looks like, whatever its article.
const THEMES: [&str; 3] = ["/wp-content/themes/", "/themes/custom/", "/all/themes/"];
/// A longer query may say whose the picture is, bytes.
const QUERY_BYTES_MAX: usize = 16;

/// Pictures of head and structured data, in its order.
pub(super) fn of_head(metas: &Metas<'_, '_>, article: Option<&Article>, base: Option<&Url>) -> Vec<Image> {
    let mut images = Gallery::default();
    let listed = article.map_or(&[][..], |a| &a.images);
    for (url, caption, credit) in listed {
        let apart = caption.as_deref().and_then(image::of_caption).filter(|found| found.sure);
        let (caption, credit) = match apart {
            Some(found) => (found.caption.map(str::to_owned), credit.clone().or(Some(found.credit.to_owned()))),
            None => (caption.clone(), credit.clone()),
        };
        images.push(absolute(base, url), caption, credit);
    }
    for url in metas.all(&["og:image", "og:image:url", "twitter:image", "twitter:image:src"]) {
        images.push(absolute(base, &url), None, None);
    }
    images.images
}

/// The pictures so far, and what tells each from others.
#[derive(Default)]
struct Gallery {
    images: Vec<Image>,
    pictures: Vec<Picture>,
}

impl Gallery {
    fn of(images: Vec<Image>) -> Gallery {
        let pictures = images.iter().map(|image| Picture::of(image.url.as_deref().unwrap_or_default())).collect();
        Gallery { images, pictures }
    }

    fn position(&self, is: impl Fn(&Picture, &Image) -> bool) -> Option<usize> {
        self.pictures.iter().zip(&self.images).position(|(picture, image)| image.url.is_some() && is(picture, image))
    }

    fn push(&mut self, url: Option<String>, caption: Option<String>, credit: Option<String>) {
        let Some(url) = url else { return };
        let own = Picture::of(&url);
        // Two captions are two pictures'.
        let may_be = |known: &Image| known.caption.is_none() || caption.is_none() || known.caption == caption;
        let is = |known: &Picture, image: &Image| known.bare == own.bare || may_be(image) && known.is(&own);
        if let Some(known) = self.position(is) {
            let known = &mut self.images[known];
            known.caption = known.caption.take().or(caption);
            known.credit = known.credit.take().or(credit);
        } else if self.images.len() < IMAGES_MAX {
            self.images.push(Image { url: Some(url), caption, credit, main: None });
            self.pictures.push(own);
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
/// or so many hexadecimal ones, letters among them.
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
    let is_number = |digits: &str| digits.len() >= TELLING_DIGITS_MIN && !is_day(digits);
    stem.split(|c: char| !c.is_ascii_digit()).any(is_number) || stem.split(|c: char| !c.is_alphanumeric()).any(is_hash)
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
            file: FxBuildHasher.hash_one(file_name(url)),
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

/// Says which picture leads the article, and adds the captioned ones among its text, each with the caption that follows it.
pub(super) fn complete(document: &mut Document, base: Option<&Url>) {
    lead(document, base);
    captions(document, base);
}

/// Leaves out declared pictures that show nothing, and marks the first that shows something, or the first of the text where there is none.
fn lead(document: &mut Document, base: Option<&Url>) {
    if document.meta.images.is_empty() {
        return;
    }
    // Nearly always; an address costs more to join than a name to look at.
    let own = own_names(document, base);
    let headline = document.meta.headline.as_deref().unwrap_or_default().to_lowercase();
    let is_furniture = |url: &str| is_furniture(url, &own) || is_of_site(url, &own, &headline);
    if document.meta.images.iter().all(|image| image.url.as_deref().is_some_and(|url| !is_furniture(url))) {
        document.meta.images[0].main = Some(true);
        return;
    }
    let first = document.blocks.iter().position(|b| b.class == Class::Body).unwrap_or_default();
    let last = document.blocks.iter().rposition(|b| b.class == Class::Body).unwrap_or_default();
    let within = document.figures.iter().filter(|figure| (first..=last).contains(&(figure.block as usize)));
    let shown: Vec<String> = within.filter_map(|figure| absolute(base, &figure.url)).collect();
    let files: FxHashSet<&str> = shown.iter().map(|url| file_name(url)).collect();
    let shows = |url: &str| !is_furniture(url) || files.contains(file_name(url));
    let images = &mut document.meta.images;
    images.retain(|image| image.url.as_deref().is_some_and(shows));
    if let Some(lead) = images.first_mut() {
        lead.main = Some(true);
    } else if let Some(url) = shown.into_iter().find(|url| !is_furniture(url)) {
        images.insert(0, Image { url: Some(url), main: Some(true), ..Image::default() });
    }
}

/// What a page's site is called, in letters and digits alone.
fn own_names(document: &Document, base: Option<&Url>) -> String {
    let meta = &document.meta;
    let names = [base.and_then(Url::host_str), meta.site_name.as_deref(), meta.publisher.as_deref()];
    names.into_iter().flatten().map(compact).collect::<Vec<String>>().join(" ")
}

/// Whether a file's name says that the picture shows the site's sign, nobody's face or nothing, on a page of a site of the `own` names.
fn is_furniture(url: &str, own: &str) -> bool {
    let name = file_name(url);
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    // Figures are sizes and hashes.
    let words = || {
        name.split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty() && !w.contains(|c: char| c.is_ascii_digit()))
    };
    let says_nothing = |w: &str| SHARED.has(w) || EMPTY.has(w);
    let telling = || words().filter(|w| !(FURNITURE.has(w) || says_nothing(w) || own.contains(w))).count();
    words().any(|w| FURNITURE.has(w)) && telling() < TELLING_WORDS_MIN
        || ["/avatar/", "/blavatar/"].iter().any(|folder| path.contains(folder)) && telling() == 0
        || words().any(|w| SHARED.has(w)) && words().all(says_nothing)
}

/// A number of so many digits is one picture's, bytes.
const NUMBER_BYTES_MIN: usize = 5;

/// Whether a declared picture's address says that it stands for any page of a site of the `own` names: by a folder of its looks, or by
/// folders and a name that tell of nothing but sharing.
fn is_of_site(url: &str, own: &str, headline: &str) -> bool {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    if THEMES.iter().any(|folder| address.contains(folder)) {
        return true;
    }
    let path = address.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let path = path.to_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let is_number = |part: &str| part.len() >= NUMBER_BYTES_MIN && part.bytes().all(|b| b.is_ascii_digit());
    let words = || name.split(|c: char| !c.is_alphanumeric()).filter(|w| w.contains(|c: char| !c.is_ascii_hexdigit()));
    query.len() <= QUERY_BYTES_MAX
        // An article about what is shared with may show it, and a long number is one picture's.
        && words().any(|w| SHARES.has(w) && !headline.contains(w))
        && !name.split(|c: char| !c.is_alphanumeric()).any(is_number)
        && words().all(|w| SHARES.has(w) || SHARED.has(w) || EMPTY.has(w) || own.contains(w))
        && folders.split('/').all(|folder| folder.is_empty() || FOLDERS.has(folder) || own.contains(folder))
}

/// Adds the captioned pictures among the article's text. The first caption above the text stands under the lead picture, if under none
/// that can be read.
fn captions(document: &mut Document, base: Option<&Url>) {
    let article = |c: Class| matches!(c, Class::Body | Class::Headline | Class::Standfirst | Class::Caption);
    let Some(first) = document.blocks.iter().position(|b| article(b.class)) else { return };
    let last = document.blocks.iter().rposition(|b| b.class == Class::Body).unwrap_or(first);
    let blocks = first..=(last + CAPTION_BLOCKS).min(document.blocks.len() - 1);
    let own = own_names(document, base);
    let found = captions::by_picture(document, blocks.clone(), |figure| is_drawn(&figure.url, &own));
    let mut images = Gallery::of(std::mem::take(&mut document.meta.images));
    for (picture, lines) in &found {
        let Some(url) = absolute(base, &document.figures[*picture].url) else { continue };
        let (caption, credit) = words(document, lines.iter().copied());
        let own = Picture::of(&url);
        let may_be = |image: &Image| image.caption.is_none() || caption.is_none() || image.caption == caption;
        match images.position(|known, image| known.file == own.file || may_be(image) && known.is(&own)) {
            Some(known) if images.images[known].caption.is_none() => {
                let known = &mut images.images[known];
                known.caption = caption;
                known.credit = known.credit.take().or(credit);
            }
            Some(_) => {}
            None => images.push(Some(url), caption, credit),
        }
    }
    document.meta.images = images.images;
    of_lead(document, blocks, &found);
}

/// Gives the lead picture the page's first caption, where that stands above the text in a `figure` whose picture was not `found`.
fn of_lead(document: &mut Document, blocks: RangeInclusive<usize>, found: &[(usize, Vec<usize>)]) {
    let is_free = |i: &usize| {
        captions::is_caption(document, *i)
            && captions::is_in_figure(document, *i)
            && found.iter().all(|(_, lines)| !lines.contains(i))
    };
    let is_bare = |image: &Image| image.main == Some(true) && image.caption.is_none() && image.credit.is_none();
    let mut above = blocks.take_while(|i| document.blocks[*i].class != Class::Body);
    if document.meta.images.iter().any(is_bare)
        && let Some(line) = above.find(|i| captions::is_caption(document, *i)).filter(is_free)
    {
        let lines = || (line..document.blocks.len()).take_while(is_free);
        // "Listen to this article"
        if lines().map(|i| document.blocks[i].counts.words).sum::<f32>() < LEAD_WORDS_MIN {
            return;
        }
        let (caption, credit) = words(document, lines());
        let lead = document.meta.images.iter_mut().find(|image| is_bare(image));
        lead.into_iter().for_each(|lead| (lead.caption, lead.credit) = (caption.clone(), credit.clone()));
    }
}

/// What lines under one picture say: its caption, and who is credited.
fn words(document: &Document, lines: impl Iterator<Item = usize>) -> (Option<String>, Option<String>) {
    let gathered = image::collect(lines.map(|i| captions::caption_line(document, i)));
    let caption = gathered.iter().find_map(|image| image.caption.clone());
    (caption, gathered.into_iter().find_map(|image| image.credit))
}

/// Whether a picture is of the page's own drawing rather than the article's.
fn is_drawn(url: &str, own: &str) -> bool {
    file_name(url).to_ascii_lowercase().ends_with(".svg") || is_furniture(url, own)
}

/// The last part of an address's path.
fn file_name(url: &str) -> &str {
    url.split(['?', '#']).next().and_then(|u| u.rsplit('/').next()).unwrap_or_default()
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
            gallery.push(Some(format!("https://herald.example/{name}")), caption.map(str::to_owned), None);
            gallery.images.iter().map(|image| image.caption.clone().unwrap_or_default()).collect::<Vec<String>>()
        };
        add("old-bridge-800x600.jpg", None);
        assert_eq!(add("old-bridge.jpg", Some("The bridge")), ["The bridge"]);
        assert_eq!(add("old-bridge-scaled.jpg", Some("The pier")), ["The bridge", "The pier"]);
        assert_eq!(add("old-bridge-scaled.jpg", Some("A pier")), ["The bridge", "The pier"], "the same file");
    }

    #[test]
    fn a_files_name_may_say_that_it_shows_nothing() {
        for url in [
            "https://herald.example/img/logo-opengraph.png",
            "https://herald.example/i/Herald-Logo.png",
            "https://herald.example/i/herald-brandmark.png",
            "https://herald.example/i/fallback-unfurling.jpg",
            "https://herald.example/apple-touch-icon@2.png?v=7",
            "https://herald.example/facebook-default-wide.jpg",
            "https://herald.example/og-default.png?__blob=cover",
            "https://herald.example/i/blank.jpg",
            "https://www.gravatar.example/avatar/93a988bd",
            "https://www.gravatar.example/blavatar/93a988bd?s=200",
            "https://herald.example/ann_avatar_1460042663.jpg",
            "https://herald.example/i/herald-valley-news-logo.png",
        ] {
            assert!(is_furniture(url, "wwwheraldexample"), "{url}");
        }
        for url in [
            "https://herald.example/image-199746-thumb.jpg",
            "https://herald.example/new-bird-logo-shown-on-monday.jpg",
            "https://herald.example/avatar-second-part-still.jpg",
            "https://herald.example/films/avatar/still-3.jpg",
            "https://herald.example/style-icon-at-the-bridge.jpg",
            "https://herald.example/1400020_old-bridge_default_1Biwph.jpg",
            "https://herald.example/social-shopping.webp",
            "https://herald.example/2024/bridge/facebook.jpg",
            "https://herald.example/2024/05/bridge.jpg",
            "https://herald.example/",
        ] {
            assert!(!is_furniture(url, "wwwheraldexample"), "{url}");
        }
    }

    #[test]
    fn an_address_may_say_that_its_picture_is_any_pages() {
        for url in [
            "https://herald.example/og-image.png",
            "https://cdn.herald.example/static/images/herald-social-card.jpg?v=12",
            "https://herald.example/assets/opengraph-54fd7dc0713e.webp",
            "https://herald.example/i/facebook.png",
            "https://herald.example/wp-content/themes/herald/img/front.jpg",
        ] {
            assert!(is_of_site(url, "wwwheraldexample", "old bridge"), "{url}");
        }
        let facebook = "https://herald.example/i/facebook.png";
        assert!(!is_of_site(facebook, "wwwheraldexample", "what facebook knows of the bridge"));
        for url in [
            "https://herald.example/2024/bridge/facebook.jpg",
            "https://herald.example/wp-content/uploads/2024/05/facebook.jpg",
            "https://herald.example/og-image.png?title=Old+bridge+opens+again",
            "https://herald.example/images/social-shopping.webp",
            "https://herald.example/images/bridge-og.png",
            "https://herald.example/images/1200x628.png",
            "https://herald.example/images/cover.png",
            "https://herald.example/og/old-bridge-opens.png",
            "https://herald.example/images/og-1234567.png",
            "https://herald.example/themes/harbour/pier.jpg",
            "https://herald.example",
        ] {
            assert!(!is_of_site(url, "wwwheraldexample", "old bridge"), "{url}");
        }
    }
}
