//! Raw settings: all layers merged and flattened to `section.key`, read one key at a time.
//!
//! What holds: every problem is kept, not only the first; a key that nobody read is unknown and is reported with the
//! nearest known one; a rule over keys that are already wrong stays silent, so that one mistake is one report.

use super::problem::{Problem, Problems};
use super::units::{parse_bytes, parse_duration, show_bytes, show_duration};
use config::{Value, ValueKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

/// One raw value and where it came from (`None`: built in).
#[derive(Clone, Debug)]
struct Setting {
    /// A scalar as text, or a list's items.
    items: Vec<String>,
    origin: Option<String>,
}

/// The merged layers, with what was read and what was wrong.
#[derive(Debug, Default)]
pub(super) struct Settings {
    values: BTreeMap<String, Setting>,
    read: BTreeSet<String>,
    wrong: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Settings {
    /// Flattens a tree of tables to dotted keys.
    pub(super) fn new(root: Value) -> Self {
        let mut settings = Settings::default();
        settings.flatten(String::new(), root);
        settings
    }

    fn flatten(&mut self, key: String, value: Value) {
        let origin = value.origin().map(str::to_owned);
        let items = match value.kind {
            ValueKind::Table(table) => {
                for (name, child) in table {
                    let path = if key.is_empty() { name } else { format!("{key}.{name}") };
                    self.flatten(path, child);
                }
                return;
            }
            ValueKind::Array(items) => items.into_iter().map(|item| item.into_string().unwrap_or_default()).collect(),
            ValueKind::Nil => vec![String::new()],
            scalar => vec![scalar.to_string()],
        };
        self.values.insert(key, Setting { items, origin });
    }

    /// A value as text; lists are joined with commas. Marks the key as known.
    pub(super) fn text(&mut self, key: &str) -> String {
        self.read.insert(key.to_owned());
        self.values.get(key).map(|setting| setting.items.join(",").trim().to_owned()).unwrap_or_default()
    }

    /// A value as text, `None` where it is empty.
    pub(super) fn optional(&mut self, key: &str) -> Option<String> {
        Some(self.text(key)).filter(|text| !text.is_empty())
    }

    /// A value that must not be empty.
    pub(super) fn required(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.is_empty() && self.values.contains_key(key) {
            self.problem(key, "is empty", "give it a value");
        }
        text
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str) -> bool {
        self.parse(key, "write true or false", |text| text.to_ascii_lowercase().parse().ok()).unwrap_or_default()
    }

    /// A whole number within bounds.
    pub(super) fn count(&mut self, key: &str, bounds: RangeInclusive<u64>) -> u64 {
        let number = self.parse(key, "write a whole number, as in 16", |text| text.parse().ok());
        self.bounded(key, number, bounds, |number| number.to_string())
    }

    /// A size within bounds, in bytes.
    pub(super) fn bytes(&mut self, key: &str, bounds: RangeInclusive<u64>) -> u64 {
        let size = self.parse(key, "write bytes, or a number with KiB, MiB or GiB, as in \"16MiB\"", parse_bytes);
        self.bounded(key, size, bounds, |size| show_bytes(*size))
    }

    /// A duration within bounds.
    pub(super) fn duration(&mut self, key: &str, bounds: RangeInclusive<Duration>) -> Duration {
        let duration =
            self.parse(key, "write a number with ms, s, m, h or d, as in \"500ms\" or \"7d\"", parse_duration);
        self.bounded(key, duration, bounds, |duration| show_duration(*duration))
    }

    /// One of a closed set of words, in any case.
    /// The first stands in for a word that is none of them.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> T {
        self.maybe_choice(key, choices).unwrap_or(choices[0].1)
    }

    /// As [`Settings::choice`], `None` where the word is none of them.
    pub(super) fn maybe_choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let remedy = format!("write one of {}", words.join(", "));
        self.parse(key, &remedy, |text| {
            choices.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, choice)| *choice)
        })
    }

    /// A value in a form of its own; `remedy` says how to write it.
    pub(super) fn parse<T>(&mut self, key: &str, remedy: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(key);
        let parsed = parse(&text);
        // A section that was overwritten by a scalar leaves its keys without values; that mistake is reported by itself.
        if parsed.is_none() && self.values.contains_key(key) {
            self.problem(key, format!("cannot be {text:?}"), remedy);
        } else if parsed.is_none() {
            self.wrong.insert(key.to_owned());
        }
        parsed
    }

    fn bounded<T: PartialOrd + Copy>(
        &mut self,
        key: &str,
        value: Option<T>,
        bounds: RangeInclusive<T>,
        show: impl Fn(&T) -> String,
    ) -> T {
        let Some(value) = value else { return *bounds.start() };
        if !bounds.contains(&value) {
            let what = format!("is {}, out of bounds", show(&value));
            let remedy = format!("set it to {} at least and {} at most", show(bounds.start()), show(bounds.end()));
            self.problem(key, what, remedy);
        }
        value
    }

    /// Takes every key below `section`, without the section's name.
    pub(super) fn below(&mut self, section: &str) -> Vec<(String, String)> {
        let prefix = format!("{section}.");
        let keys: Vec<String> = self.values.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        keys.into_iter().map(|key| (key[prefix.len()..].to_owned(), self.text(&key))).collect()
    }

    /// Where a key's value came from, `None` where it is built in.
    pub(super) fn origin(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.origin.as_deref()
    }

    /// Every value in order of its key, with its origin.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, String, Option<&str>)> {
        self.values.iter().map(|(key, setting)| (key.as_str(), setting.items.join(","), setting.origin.as_deref()))
    }

    /// Notes a problem with a key.
    pub(super) fn problem(&mut self, key: &str, what: impl Display, remedy: impl Display) {
        self.wrong.insert(key.to_owned());
        self.problems.push(Problem {
            key: key.to_owned(),
            origin: self.origin(key).map(str::to_owned),
            what: what.to_string(),
            remedy: remedy.to_string(),
        });
    }

    /// Notes a problem with the first of `keys` unless `holds`, or unless one of them is wrong already.
    pub(super) fn rule(&mut self, keys: &[&str], holds: bool, what: impl Display, remedy: impl Display) {
        if !holds && !keys.iter().any(|key| self.wrong.contains(*key)) {
            self.problem(keys[0], what, remedy);
        }
    }

    /// All problems, with the keys that nobody asked for.
    pub(super) fn finish(mut self) -> Problems {
        let unknown: Vec<String> = self.values.keys().filter(|key| !self.read.contains(*key)).cloned().collect();
        for key in unknown {
            let below = format!("{key}.");
            let what = if self.read.iter().any(|known| known.starts_with(&below)) {
                "is a section, not a value"
            } else {
                "is not a setting of copydesk"
            };
            let remedy = match self.nearest(&key) {
                _ if what.starts_with("is a section") => format!("write its keys below [{key}]"),
                Some(known) => format!("did you mean {known}?"),
                None => "remove it; docs/configuration.md lists every setting".to_owned(),
            };
            self.problem(&key, what, remedy);
        }
        Problems(self.problems)
    }

    /// The known key that a mistyped one most likely stands for: the same name in another section, or few edits away.
    fn nearest(&self, key: &str) -> Option<String> {
        let name = key.rsplit('.').next().unwrap_or(key);
        let known = self.read.iter().filter(|known| !known.starts_with("kafka.client."));
        let (distance, best) = known
            .map(|known| {
                let same_name = known.rsplit('.').next() == Some(name);
                (if same_name { 1 } else { edit_distance(key, known) }, known)
            })
            .min()?;
        (distance <= 1 + key.len() / 5).then(|| best.clone())
    }
}

/// Levenshtein's distance over bytes; keys are short and ASCII.
fn edit_distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_counts_single_edits() {
        assert_eq!(edit_distance("ttl", "ttl"), 0);
        assert_eq!(edit_distance("bootstrap_server", "bootstrap_servers"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
