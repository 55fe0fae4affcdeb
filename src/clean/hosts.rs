//! Which hosts are one site's.

/// A host's last two labels, which the hosts of one site share: `www.herald.example` and `shop.herald.example`.
pub(crate) fn site(host: &str) -> &str {
    host.rmatch_indices('.').nth(1).map_or(host, |(at, _)| &host[at + 1..])
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
}
