//! Pictures that the page names, and the words under them.
//!
//! What holds: no declared picture stands for the site or for a missing one by its file name, unless the text shows it; a caption
//! goes to one picture, and each picture stands once, see [`super::pictures`].

use super::json_ld::Article;
use super::pictures::Gallery;
use super::{Metas, absolute};
use crate::clean::block::{Class, Document};
use crate::clean::letters::compact;
use crate::clean::text::list::{WordList, Words};
use crate::clean::{captions, image};
use crate::split::draft::Image;
use rustc_hash::FxHashSet;
use std::ops::RangeInclusive;
use url::Url;

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
        images.declare(absolute(base, url), caption, credit);
    }
    for url in metas.all(&["og:image", "og:image:url", "twitter:image", "twitter:image:src"]) {
        images.declare(absolute(base, &url), None, None);
    }
    images.into_images()
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
        images.show(url, caption, credit);
    }
    document.meta.images = images.into_images();
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
