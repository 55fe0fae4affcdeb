//! Which hosts are one site's, and which addresses are a page's own.

use super::block::Metadata;
use std::cell::OnceCell;
use url::Url;

/// A host's last two labels, which the hosts of one site share: `www.herald.example` and `shop.herald.example`.
pub(crate) fn site(host: &str) -> &str {
    host.rmatch_indices('.').nth(1).map_or(host, |(at, _)| &host[at + 1..])
}

/// The addresses that a page goes by: the one that it came under, and the one that it declares. They are read when they are first asked for.
pub(crate) struct Own<'m> {
    meta: &'m Metadata,
    urls: OnceCell<Vec<Url>>,
}

impl<'m> Own<'m> {
    pub(crate) fn of(meta: &'m Metadata) -> Own<'m> {
        Own { meta, urls: OnceCell::new() }
    }

    fn urls(&self) -> &[Url] {
        let own = [&self.meta.address, &self.meta.canonical_url];
        self.urls.get_or_init(|| own.into_iter().flatten().filter_map(|url| Url::parse(url).ok()).collect())
    }

    /// Whether an address is the page's own, whatever place on it and by whatever way; another number or title behind a `?` is another
    /// page's.
    pub(crate) fn is(&self, url: &Url) -> bool {
        self.urls().iter().any(|own| page(own) == page(url) && telling(own).eq(telling(url)))
    }

    /// Whether a link's target as written leads to the page itself.
    pub(crate) fn is_target(&self, target: &str) -> bool {
        let target = target.trim();
        target.starts_with('#') || self.urls().iter().any(|own| own.join(target).is_ok_and(|url| self.is(&url)))
    }
}

/// What an address says of the page, its query left out.
fn page(url: &Url) -> (&str, &str) {
    (url.host_str().unwrap_or_default().trim_start_matches("www."), url.path().trim_end_matches('/'))
}

/// Keys of a query that say by which way a reader came, or how far down the page: `page=2`,
const WAYS: [&str; 18] = [
    "ref",
    "source",
    "src",
    "medium",
    "campaign",
    "via",
    "xtor",
    "fbclid",
    "gclid",
    "share",
    "amp",
    "print",
    "page",
    "paged",
    "cpage",
    "comment",
    "comments",
    "replytocom",
];
/// and how others begin: `utm_source=x`.
const WAYS_OF: [&str; 7] = ["utm", "_", "ref_", "mc_", "at_", "wt_", "cmp"];

/// What a query says of which page it is.
fn telling(url: &Url) -> impl Iterator<Item = &str> {
    let is_way = |pair: &str| {
        let key = pair.split('=').next().unwrap_or_default();
        WAYS.contains(&key) || WAYS_OF.iter().any(|way| key.starts_with(way))
    };
    url.query().unwrap_or_default().split('&').filter(move |pair| !pair.is_empty() && !is_way(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_a_site_share_two_labels() {
        for host in ["herald.example", "www.herald.example", "a.b.herald.example"] {
            assert_eq!(site(host), "herald.example");
        }
        assert_eq!((site("localhost"), site("")), ("localhost", ""));
    }

    #[test]
    fn a_page_knows_its_own_address() {
        let meta = |address: &str, canonical: Option<&str>| {
            let canonical_url = canonical.map(str::to_owned);
            Metadata { address: Some(address.to_owned()), canonical_url, ..Metadata::default() }
        };
        let herald = meta("https://herald.example/bridge/?utm=x", Some("https://www.herald.example/2024/bridge"));
        let herald = Own::of(&herald);
        for target in [
            "#top",
            " /bridge ",
            "?utm=x",
            "?utm=y&ref=z",
            "//www.herald.example/bridge#comments",
            "/2024/bridge/?page=2",
        ] {
            assert!(herald.is_target(target), "{target}");
        }
        for target in ["/", "/bridges", "/bridge/?id=7", "https://herald.test/bridge/", "mailto:ann@herald.example"] {
            assert!(!herald.is_target(target), "{target}");
        }
        let numbered = meta("https://herald.example/show?id=7", None);
        let numbered = Own::of(&numbered);
        assert!(
            numbered.is_target("show?id=7&page=2")
                && !numbered.is_target("show?id=8&page_id=2")
                && !numbered.is_target("show")
        );
        // The canonical address of a small system may be that of every page.
        let small = meta("https://herald.example/?p=101", Some("https://herald.example/"));
        assert!(!Own::of(&small).is_target("/?p=102"));
        let nowhere = Metadata::default();
        let nowhere = Own::of(&nowhere);
        assert!(nowhere.is_target("#top") && !nowhere.is_target("/bridge"));
    }
}
