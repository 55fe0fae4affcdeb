//! The words of the page's address, and how a title stands to them.

use super::candidates::key;
use super::features::words;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use url::Url;

/// An address has words from so many on.
const WORDS_MIN: usize = 3;

/// Words of the part of an address that has most of them, hashed and in order.
pub(crate) struct Slug(Vec<u64>);

impl Slug {
    /// `None` where there is no address, or one without words.
    pub(crate) fn of(page_url: Option<&Url>) -> Option<Slug> {
        let parts = page_url?.path().split('/').map(|part| part.trim_end_matches(".html"));
        let longest = parts.max_by_key(|part| part.split(['-', '_', '+']).filter(|w| w.len() > 2).count());
        let slug = words(&key(longest.unwrap_or_default()));
        (slug.len() >= WORDS_MIN).then_some(Slug(slug))
    }

    /// The share of its words that a title holds, and of the title's words that it holds.
    pub(crate) fn shares(&self, title: &str) -> [f32; 2] {
        let key = key(title);
        self.shares_of(&key, &words(&key))
    }

    /// The same of a title whose words, hashed and in order, are known.
    pub(super) fn shares_of(&self, key: &str, own: &[u64]) -> [f32; 2] {
        let unaccented = (!key.is_ascii()).then(|| words(&plain(key)));
        let own = unaccented.as_deref().unwrap_or(own);
        [share(&self.0, own), share(own, &self.0)]
    }
}

/// The share of the words of `a` that `b` has, both in order.
pub(super) fn share(a: &[u64], b: &[u64]) -> f32 {
    a.iter().filter(|w| b.binary_search(w).is_ok()).count() as f32 / a.len().max(1) as f32
}

/// Letters without accents, as addresses are written.
fn plain(key: &str) -> String {
    key.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, title: &str, expected: Option<[f32; 2]>) {
        let slug = Slug::of(Url::parse(url).ok().as_ref());
        assert_eq!(slug.map(|slug| slug.shares(title)), expected, "{url} and {title}");
    }

    #[test]
    fn titles_share_words_with_the_address() {
        check("https://a.example/news/the-bridge-opens.html", "The bridge opens", Some([1.0, 1.0]));
        check("https://a.example/2024/bridge-opens-again/", "The bridge opens", Some([2.0 / 3.0, 2.0 / 3.0]));
        check("https://a.example/news/the-bridge-opens", "Weather", Some([0.0, 0.0]));
        check("https://a.example/a-b/", "A b", None);
        check("https://a.example/", "The bridge opens", None);
        check("no address", "The bridge opens", None);
    }

    #[test]
    fn addresses_have_no_accents() {
        check("https://a.example/le-pont-decide-ou", "Le pont décide où", Some([1.0, 1.0]));
    }
}
