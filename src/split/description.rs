//! Which line describes an article: a standfirst, or what the page declares; notices and slogans tell nothing of it.
//!
//! What holds: pure; linear in the lines.

use crate::clean::letters::compact;
use crate::clean::{Class, Document, folded_words, image, is_unspaced};
use rustc_hash::FxHashSet;
use url::Url;

/// A line that holds the headline and so much more at most has a kicker beside it, bytes.
const KICKER_BYTES_MAX: usize = 40;
/// A word that a standfirst has in common with headline or summary has so many characters, in a script with spaces.
const SHARED_CHARS: usize = 5;
/// A site's name of so many letters tells that a line speaks of it.
const SITE_CHARS: usize = 4;
/// What sites say above an article of how they live, and of how it is read aloud or played, in lower case.
const NOTICES: [&str; 9] = [
    "earn a commission",
    "earn commission",
    "earn us a commission",
    "affiliate commission",
    "affiliate link",
    "affiliate-link",
    "audioversion wurde",
    "turn on javascript",
    "enable javascript",
];

/// The standfirst `between` headline and text, else what the page declares: elsewhere a notice may look like a standfirst.
pub(super) fn description<'d>(
    standfirsts: impl Iterator<Item = (usize, &'d str)> + Clone,
    between: std::ops::Range<usize>,
    declared: Option<&'d str>,
) -> Option<&'d str> {
    let above = standfirsts.clone().find(|(i, _)| between.contains(i)).map(|(_, text)| text);
    above.or(declared).or_else(|| standfirsts.map(|(_, text)| text).next())
}

/// Whether a description says more than a headline, given as letters and digits alone, or that with a kicker.
pub(super) fn says_more(description: &str, headline: &str) -> bool {
    let own = compact(description);
    !(headline.contains(&own) || own.contains(headline) && own.len() < headline.len() + KICKER_BYTES_MAX)
}

/// Whether a line speaks of what others do, given as their words: a notice shares no longer word with them, and a caption has its credit.
pub(super) fn is_of(line: &str, known: &FxHashSet<String>) -> bool {
    let shared = |word: String| is_long(&word) && known.contains(&word);
    folded_words(line).any(shared) && image::credit(line).is_none_or(|credit| !credit.sure)
}

/// Whether a line says how the site lives, or speaks to what reads or plays the page.
pub(super) fn is_notice(line: &str) -> bool {
    let lower = line.to_lowercase();
    NOTICES.iter().any(|words| lower.contains(words))
}

/// Whether a declared summary speaks of the site under whatever page: it names the site, as names are written, and shares no longer word
/// with headline or text.
pub(super) fn is_slogan(document: &Document, summary: &str, headline: Option<&str>) -> bool {
    let meta = &document.meta;
    let host = meta.address.as_deref().and_then(|url| Url::parse(url).ok());
    let label = host.as_ref().and_then(Url::domain).and_then(|host| host.split('.').max_by_key(|label| label.len()));
    let names = [meta.site_name.as_deref(), meta.publisher.as_deref(), label].into_iter().flatten().map(compact);
    let sites: Vec<String> = names.filter(|site| site.chars().count() >= SITE_CHARS).collect();
    let own = compact(summary);
    let is_part = |word: &str, site: &str| {
        let is_name = word.contains(char::is_uppercase) || word.trim_end_matches('.').contains('.');
        let word = if is_name { compact(word) } else { String::new() };
        word.chars().count() >= SITE_CHARS && (site.contains(&word) || word.contains(site))
    };
    let says = |site: &String| own.contains(site) && summary.split_whitespace().any(|word| is_part(word, site));
    if !sites.iter().any(says) {
        return false;
    }
    let known: FxHashSet<String> = stems(summary).collect();
    let body = (0..document.blocks.len()).filter(|i| document.blocks[*i].class == Class::Body);
    let mut said = headline.into_iter().chain(body.map(|i| document.text_of(i)));
    !said.any(|line| stems(line).any(|stem| known.contains(&stem)))
}

/// The beginnings of a line's longer words, which do not change with their endings.
fn stems(line: &str) -> impl Iterator<Item = String> + '_ {
    folded_words(line).filter(|word| is_long(word)).map(|word| word.chars().take(SHARED_CHARS).collect())
}

/// Whether two lines that share a word speak of the same.
fn is_long(word: &str) -> bool {
    word.chars().count() >= SHARED_CHARS || word.starts_with(is_unspaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standfirst_speaks_of_the_article() {
        let known = folded_words("Bridge opens after ten years").collect();
        assert!(is_of("The valley has its bridge again", &known));
        assert!(!is_of("Thank you! Your message was sent.", &known), "a notice");
        assert!(!is_of("Opens: the bridge. Photo: Ann Bell", &known), "a caption");
        assert!(is_of("大橋終於開通", &folded_words("大橋今天開放").collect()));
    }

    #[test]
    fn a_slogan_speaks_of_the_site_alone() {
        let text = "The council reopens the crossing";
        let mut document = Document::of_lines(&[(text, Class::Body)]);
        document.meta.site_name = Some("Valley Herald".to_owned());
        document.meta.address = Some("https://www.valleyherald.example/7".to_owned());
        let known = document.clone();
        let is = |summary| is_slogan(&known, summary, Some("Old bridge is open"));
        assert!(is("Valley Herald - the paper for people like you"));
        assert!(is("More on www.valleyherald.example"));
        assert!(!is("The Valley Herald was at the crossing"), "the text speaks of it");
        assert!(!is("Why the Valley Herald wanted a bridge"), "the headline does");
        assert!(!is("It is about time, people say"), "no word of the site");
        document.meta.site_name = Some("Harbour".to_owned());
        assert!(!is_slogan(&document, "The harbour is shut for a week", None), "a word, not a name");
    }

    #[test]
    fn a_notice_says_how_the_site_lives() {
        assert!(is_notice("We may earn a commission from links on this page."));
        assert!(!is_notice("The commission earns nothing."));
        assert!(is_notice("Diese Audioversion wurde von einem Programm gesprochen."));
        assert!(is_notice("Please turn on JavaScript."));
        assert!(!is_notice("What JavaScript is for"));
    }

    #[test]
    fn a_standfirst_stands_between_headline_and_text() {
        let of =
            |standfirsts: &[(usize, &'static str)], declared| description(standfirsts.iter().copied(), 2..5, declared);
        let (notice, above) = ((7, "Your message was sent"), (3, "The valley waits for a crossing"));
        assert_eq!(of(&[notice, above], Some("declared")), Some(above.1));
        assert_eq!(of(&[notice], Some("declared")), Some("declared"));
        assert_eq!(of(&[(5, "text")], Some("declared")), Some("declared"));
        assert_eq!(of(&[notice], None), Some(notice.1));
        assert_eq!(of(&[], None), None);
    }

    #[test]
    fn a_description_says_more_than_the_headline() {
        let says = |description| says_more(description, &compact("The bridge opens in spring"));
        assert!(!says("The bridge opens in spring."));
        assert!(!says("Traffic: The Bridge opens in spring"));
        assert!(!says("The bridge opens"));
        assert!(says("The council decided on Monday."));
        assert!(says("The bridge opens in spring, the council decided on Monday, and not in autumn as was planned."));
    }
}
