//! The documents say what the program does: every setting with its default, every metric with its type and labels.

use copydesk::config::DEFAULT_TOML;
use copydesk::metrics::Metrics;
use copydesk::warning::Warning;
use prometheus::Registry;
use prometheus::proto::MetricType;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)).unwrap()
}

/// The cells of a table's row, without their backticks where a cell is one code span.
fn cells(line: &str) -> Option<Vec<String>> {
    let row = line.strip_prefix("| ")?.strip_suffix('|')?;
    Some(row.split('|').map(|cell| cell.trim().to_owned()).collect())
}

fn code(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`').filter(|inner| !inner.contains('`'))
}

/// `section.key` and its default, as built in.
fn built_in() -> BTreeMap<String, String> {
    let mut section = "";
    let mut settings = BTreeMap::new();
    for line in DEFAULT_TOML.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once(" = ") {
            settings.insert(format!("{section}.{key}"), value.to_owned());
        }
    }
    settings
}

/// The same, as documented.
fn documented() -> BTreeMap<String, String> {
    let text = document("configuration.md");
    let mut section = String::new();
    let mut settings = BTreeMap::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.trim_matches(['`', '[', ']']).to_owned();
        }
        let Some(row) = cells(line).filter(|row| row.len() == 3) else { continue };
        if let (Some(key), Some(value)) = (code(&row[0]), code(&row[1])) {
            settings.insert(format!("{section}.{key}"), value.to_owned());
        }
    }
    settings
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let built_in = built_in();
    assert!(built_in.len() > 40, "{built_in:?}");
    assert_eq!(documented(), built_in);
}

#[test]
fn every_setting_has_a_comment_above_it() {
    let mut explained = false;
    for line in DEFAULT_TOML.lines() {
        match line.as_bytes() {
            [] | [b'[', ..] => explained = false,
            [b'#', ..] => explained = true,
            // A line below an explained one may share its comment.
            _ => assert!(explained || !line.contains(" = "), "config/default.toml does not explain: {line}"),
        }
    }
}

/// The words of a metric's labels: those in backticks that are label names, or all values of closed sets.
type Shape = (String, BTreeSet<String>);

fn registered() -> BTreeMap<String, Shape> {
    let registry = Registry::new();
    let metrics = Metrics::new(&registry).unwrap();
    let _lane = metrics.lane(0);
    let _input = metrics.input("pages.raw", 0);
    let mut shapes = BTreeMap::new();
    for family in registry.gather() {
        let kind = match family.get_field_type() {
            MetricType::COUNTER => "counter",
            MetricType::GAUGE => "gauge",
            MetricType::HISTOGRAM => "histogram",
            other => panic!("{} is a {other:?}", family.name()),
        };
        let labels = family.get_metric().iter().flat_map(|metric| metric.get_label());
        let names = labels.map(|label| label.name().to_owned()).collect();
        shapes.insert(family.name().to_owned(), (kind.to_owned(), names));
    }
    shapes
}

#[test]
fn every_warning_is_documented() {
    let events = document("events.md");
    let section =
        events.split("\n## ").find(|section| section.starts_with("Warnings\n")).expect("a section of warnings");
    let documented: BTreeSet<String> =
        section.lines().filter_map(cells).filter_map(|row| code(&row[0]).map(str::to_owned)).collect();
    assert_eq!(documented, Warning::ALL.iter().map(|warning| warning.as_str().to_owned()).collect());
}

#[test]
fn every_metric_is_documented_with_its_type_and_labels() {
    let mut shapes = BTreeMap::new();
    let mut values = BTreeMap::new();
    for row in document("metrics.md").lines().filter_map(cells).filter(|row| row.len() == 4) {
        let Some(name) = code(&row[0]) else { continue };
        // Labels are separated by commas; the values of a closed one follow its name.
        let labels = row[2].split(", ").filter(|label| !label.is_empty());
        let spans = labels.map(|label| label.split('`').filter(|span| !span.trim_matches([' ', '=']).is_empty()));
        let mut names = BTreeSet::new();
        for mut span in spans {
            let label = span.next().unwrap().to_owned();
            values.insert((name.to_owned(), label.clone()), span.map(str::to_owned).collect::<BTreeSet<_>>());
            names.insert(label);
        }
        shapes.insert(name.to_owned(), (row[1].clone(), names));
    }
    let mut registered = registered();
    if !cfg!(target_os = "linux") {
        shapes.retain(|name, _| !name.starts_with("process_"));
        registered.retain(|name, _| !name.starts_with("process_"));
    }
    assert_eq!(shapes, registered);
    closed_values_agree(&values);
}

/// Where the document lists a label's values, they are the ones that a scrape shows.
fn closed_values_agree(documented: &BTreeMap<(String, String), BTreeSet<String>>) {
    let registry = Registry::new();
    let metrics = Metrics::new(&registry).unwrap();
    let _lane = metrics.lane(0);
    let _input = metrics.input("pages.raw", 0);
    let families = registry.gather();
    let mut compared = 0;
    for ((name, label), values) in documented.iter().filter(|(_, values)| !values.is_empty()) {
        let family = families.iter().find(|family| family.name() == name).unwrap();
        let labels = family.get_metric().iter().flat_map(|metric| metric.get_label());
        let shown = labels.filter(|found| found.name() == label).map(|found| found.value().to_owned()).collect();
        assert_eq!(values, &shown, "{name}{{{label}}}");
        compared += 1;
    }
    assert!(compared >= 7, "the document lists too few values");
}
