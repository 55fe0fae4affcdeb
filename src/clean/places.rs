//! Where on a page a value of its metadata stands: in structured data, in a `meta` element, in its title.
//!
//! What holds: it is looked for afterwards, so it tells where the value can be found, all of the places.

use super::html::Gathered;
use serde_json::Value;

/// Longest text of structured data in which a value counts as standing there; an article's body names many.
const TEXT_BYTES_MAX: usize = 600;

/// A page's declared values by the place that they stand in.
#[derive(Debug, Default)]
pub struct Places {
    named: Vec<(String, String)>,
}

impl Places {
    pub(super) fn of_html(gathered: &Gathered<'_>) -> Places {
        let mut named = Vec::new();
        for script in &gathered.json_ld {
            match serde_json::from_str(script.trim()) {
                Ok(value) => strings("", &value, &mut named),
                Err(_) => named.push(("JSON-LD".to_owned(), (*script).to_owned())),
            }
        }
        named.extend(gathered.metas.iter().map(|(name, value)| (format!("meta {name}"), value.to_string())));
        named.extend(gathered.props.iter().map(|(name, value)| (format!("itemprop {name}"), value.to_string())));
        named.extend(gathered.title.iter().map(|title| ("title".to_owned(), title.clone())));
        named.extend(gathered.canonical.iter().map(|url| ("link canonical".to_owned(), url.to_string())));
        for (_, value) in &mut named {
            *value = folded(value);
        }
        Places { named }
    }

    /// The names of all places that hold `value`, each once, in the page's order.
    pub fn of(&self, value: &str) -> Vec<&str> {
        let value = folded(value);
        let mut places: Vec<&str> = Vec::new();
        for (name, held) in &self.named {
            if !value.is_empty() && held.contains(&value) && !places.contains(&name.as_str()) {
                places.push(name);
            }
        }
        places
    }
}

/// All short strings of structured data, named by their key.
fn strings(key: &str, value: &Value, named: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if text.len() <= TEXT_BYTES_MAX => named.push((format!("JSON-LD {key}"), text.clone())),
        Value::Array(values) => values.iter().for_each(|value| strings(key, value, named)),
        Value::Object(fields) => {
            for (name, value) in fields {
                // A name says less than what it is the name of.
                let path = if name == "name" && !key.is_empty() { key } else { name };
                strings(path, value, named);
            }
        }
        _ => {}
    }
}

fn folded(text: &str) -> String {
    let text = if text.contains('&') { htmlize::unescape(text) } else { text.into() };
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::{CleanLimits, html};

    #[test]
    fn values_are_found_where_they_stand() {
        let markup = r#"<title>Pier opens | Post</title><meta name=author content="Ann  Bell"><meta property=og:title content="Pier &amp; quay">
            <script type="application/ld+json">{"@type":"NewsArticle","headline":"Pier opens","author":{"name":"ann bell"}}</script><p>x"#;
        let (_, gathered) = html::read(markup, &CleanLimits { depth_max: 50, blocks_max: 50 });
        let places = Places::of_html(&gathered);
        assert_eq!(places.of("Pier opens"), ["JSON-LD headline", "title"]);
        assert_eq!(places.of("Ann Bell"), ["JSON-LD author", "meta author"]);
        assert_eq!(places.of("Pier & quay"), ["meta og:title"]);
        assert_eq!(places.of("Someone else"), [""; 0]);
        assert_eq!(places.of(""), [""; 0]);
    }
}
