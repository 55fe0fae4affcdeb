//! What class, id, role and the like say that an element is for.
//!
//! What holds: a closed set of cues; words are matched at their start, so that `article-body__text` speaks of three
//! things and `adapter` of none.

use super::automaton::Automaton;
use crate::clean::block::Document;
use crate::clean::html::Tag;

/// What an element may be for. The numbers are bits of [`Cues`] and places in the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cue {
    ArticleBody,
    Article,
    Content,
    Text,
    Headline,
    Kicker,
    Standfirst,
    Byline,
    Date,
    Caption,
    Comment,
    Related,
    Teaser,
    Navigation,
    Footer,
    Header,
    Sidebar,
    Share,
    Advert,
    Consent,
    Newsletter,
    Tags,
    Hidden,
    Gallery,
    Product,
    List,
    Factbox,
    Embed,
    Bio,
}

/// How many cues there are.
pub(crate) const CUES: usize = Cue::Bio as usize + 1;

/// A set of cues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cues(pub(crate) u32);

impl std::ops::BitOr for Cues {
    type Output = Cues;

    fn bitor(self, other: Cues) -> Cues {
        Cues(self.0 | other.0)
    }
}

impl Cues {
    fn of(cue: Cue) -> Cues {
        Cues(1 << cue as u8)
    }

    /// Calls `with` with the number of each cue in the set.
    pub(super) fn each(self, mut with: impl FnMut(usize)) {
        let mut left = self.0;
        while left != 0 {
            with(left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

/// Beginnings of words and what they say. `=` asks for the whole word.
const WORDS: &[(Cue, &str)] = &[
    (
        Cue::ArticleBody,
        "articlebody articletext articlecontent storybody storytext storycontent postbody postcontent posttext entrycontent bodytext bodycopy maintext contentbody mainbody newstext newsbody textbody richtext artikeltext articlebodytext fliesstext longread",
    ),
    (
        Cue::Article,
        "article artikel articulo articolo artigo story post entry news nota noticia single hentry blogposting newsarticle",
    ),
    (Cue::Content, "content contenido contenu inhalt main maincontent primary"),
    (Cue::Text, "=text text-block textblock =body paragraph =para prose wysiwyg rte copy texto texte testo"),
    (Cue::Headline, "headline title titre titolo titulo titel heading"),
    (
        Cue::Kicker,
        "kicker overline eyebrow dachzeile topline antetitulo occhiello roofline =rubric supertitle preheadline spitzmarke",
    ),
    (
        Cue::Standfirst,
        "standfirst lead lede teaserlead deck dek subheadline subtitle subtitulo subhead sottotitolo =intro intro excerpt summary abstract vorspann chapo bajada ingress entradilla sumario anrisstext =sub ledtext manchet zajawka perex",
    ),
    (
        Cue::Byline,
        "byline author autor auteur autore writer reporter contributor credits =by journalist redakteur forfatter verfasser firma signature",
    ),
    (
        Cue::Date,
        "date datum fecha data-publi time timestamp published pubdate publish updated modified datetime dateline",
    ),
    (
        Cue::Caption,
        "caption figcaption credit copyright bildunterschrift legende pie imgcaption photocredit didascalia wp-caption imagecredit bildtext cutline leyenda bild-",
    ),
    (
        Cue::Comment,
        "comment kommentar commentaire comentario commenti disqus respond reply replies discussion livefyre =fos forum-post reactions talkback commentlist",
    ),
    (
        Cue::Related,
        "related recommend similar mehr-zum more-from morefrom read-more readmore readalso further seealso see-also mostread most-read popular trending latest suggest also upnext nextarticle next-article outbrain taboola zergnet ligatus =more weiterlesen verwandt relacionad correlat associated mostviewed toplist topstories othernews",
    ),
    (Cue::Teaser, "teaser card promo tile snippet =item listitem feed-item blurb thumb preview storylink =list-item"),
    (
        Cue::Navigation,
        "nav menu breadcrumb pagination pager toolbar skip sitemap navbar topbar crumbs submenu dropdown subnav =tabs megamenu hamburger offcanvas burger langswitch",
    ),
    (Cue::Footer, "footer foot bottom colophon impressum siteinfo copyright-"),
    (Cue::Header, "masthead siteheader site-header topheader =header pageheader globalheader"),
    (
        Cue::Sidebar,
        "sidebar side aside rail widget rightcol leftcol right-col left-col secondary complementary column-right rightcolumn marginalia infobox factbox box-",
    ),
    (
        Cue::Share,
        "share sharing social facebook twitter whatsapp addtoany sharedaddy bookmark follow sns telegram pinterest linkedin",
    ),
    (
        Cue::Advert,
        "=ad =ads advert adslot adbox adcontainer adsense =adv dfp gpt- sponsor banner werbung anzeige publicidad reklama adunit ad-slot doubleclick promoted commercial paid-",
    ),
    (
        Cue::Consent,
        "cookie consent gdpr privacy paywall cmp onetrust didomi regwall subscribe abo- piano =pw login signin sign-in register signup sign-up overlay modal popup lightbox premium- subscription",
    ),
    (
        Cue::Newsletter,
        "newsletter mailing mailchimp email-signup optin cta call-to-action donate donation support- fundrais",
    ),
    (
        Cue::Tags,
        "tags =tag taglist keyword topics =topic categories =category =cat post-tag tagcloud labels stichwort schlagwort",
    ),
    (
        Cue::Hidden,
        "hidden =hide visually-hidden visuallyhidden sr-only sronly screen-reader screenreader offscreen aria-hidden noscript print-only printonly noprint noexcerpt nodisplay invisible assistive",
    ),
    (
        Cue::Gallery,
        "gallery galerie carousel slide slider swiper slideshow lightbox video player media audio podcast figure image photo picture embed iframe tweet instagram twitter-tweet",
    ),
    (
        Cue::Product,
        "product price cart shop checkout basket sku woocommerce add-to-cart addtocart buy offer rating review stars",
    ),
    (
        Cue::Factbox,
        "fact infobox factbox infokasten hinweis =box callout note- keypoints key-points highlights mol-bullets bullets tldr takeaways",
    ),
    (
        Cue::Embed,
        "placeholder embed external optin opt-in opt-out glomex iframe tweet instagram youtube social-embed third-party",
    ),
    (
        Cue::Bio,
        "author-bio authorbio author-info author-desc author-box authorbox about-author aboutauthor bio biography vita author-card author-about author-profile profile",
    ),
    (Cue::List, "listing archive grid results category-list loop search-results collection catalog"),
];

/// What a tag says by itself.
fn of_tag(tag: Tag) -> Cues {
    let cue = match tag {
        Tag::Nav | Tag::Menu => Cue::Navigation,
        Tag::Footer => Cue::Footer,
        Tag::Header => Cue::Header,
        Tag::Dialog => Cue::Consent,
        Tag::Aside => Cue::Sidebar,
        Tag::Article => Cue::Article,
        Tag::Main => Cue::Content,
        Tag::Figcaption | Tag::Caption => Cue::Caption,
        Tag::Time => Cue::Date,
        Tag::Noscript => Cue::Hidden,
        Tag::Form | Tag::Fieldset | Tag::Label | Tag::Legend => Cue::Newsletter,
        _ => return Cues::default(),
    };
    Cues::of(cue)
}

/// The list as an automaton.
fn automaton() -> Automaton {
    let words = |(cue, words): &(Cue, &'static str)| {
        let cues = Cues::of(*cue);
        words.split_ascii_whitespace().map(move |word| match word.strip_prefix('=') {
            Some(word) => (word, true, cues),
            None => (word, false, cues),
        })
    };
    Automaton::new(WORDS.iter().flat_map(words))
}

/// Each path node's own cues.
pub(crate) fn of_paths(document: &Document) -> Vec<Cues> {
    static AUTOMATON: std::sync::LazyLock<Automaton> = std::sync::LazyLock::new(automaton);
    let of_words: Vec<Cues> = document.words.iter().map(|words| AUTOMATON.cues(words)).collect();
    document.paths.iter().map(|p| of_words[p.words as usize] | of_tag(p.tag)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, expected: &[Cue]) {
        let cues = automaton().cues(words);
        for i in 0..CUES as u8 {
            let wanted = expected.iter().any(|c| *c as u8 == i);
            assert_eq!(cues.0 & 1 << i != 0, wanted, "{words}: cue {i}");
        }
    }

    #[test]
    fn words_speak_at_their_start() {
        check("article__body", &[Cue::ArticleBody, Cue::Article, Cue::Text]);
        check("articlebody", &[Cue::ArticleBody, Cue::Article]);
        check("adapter shadow loading", &[]);
        check("ad ad-slot", &[Cue::Advert]);
        check("site-footer", &[Cue::Footer]);
        check("c-byline", &[Cue::Byline]);
        check("sub menu", &[Cue::Standfirst, Cue::Navigation]);
        check("9lives ünder", &[]);
        check("mehr_zum mehrzum", &[Cue::Related]);
        check("mehrzum mehr", &[]);
        check("see--also seealso", &[Cue::Related]);
        check("story-_-body", &[Cue::ArticleBody, Cue::Article, Cue::Text]);
        check("items", &[]);
        check("items list-item", &[Cue::Teaser]);
    }
}
