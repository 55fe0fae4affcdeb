//! What is deployed beside the program speaks of the program as it is: every metric and label value that a panel, a rule or an
//! alert names exists, every alert and every fault has its section in the runbook, every alert its test.

use copydesk::dedup::fault::LaneFault;
use copydesk::metrics::Metrics;
use prometheus::Registry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const DASHBOARD: &str = "deploy/grafana/dashboards/copydesk.json";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// All files of a folder, joined.
fn texts(folder: &str) -> String {
    let mut files: Vec<_> = fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder} is empty");
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// Each series name that a scrape can show, with the values of its labels.
type Series = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn scraped() -> Series {
    let registry = Registry::new();
    let metrics = Metrics::new(&registry).unwrap();
    let _lane = metrics.lane(0);
    let _input = metrics.input("pages.raw", 0);
    let mut series = Series::new();
    for family in registry.gather() {
        let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for label in family.get_metric().iter().flat_map(|metric| metric.get_label()) {
            labels.entry(label.name().to_owned()).or_default().insert(label.value().to_owned());
        }
        let parts: &[&str] = match family.get_field_type() {
            prometheus::proto::MetricType::HISTOGRAM => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        series.extend(parts.iter().map(|part| (format!("{}{part}", family.name()), labels.clone())));
    }
    series
}

/// Labels whose values are not a closed set.
const OPEN: [&str; 6] = ["partition", "topic", "instance", "job", "version", "librdkafka"];

/// What an expression names that does not exist: metrics of ours, recorded series, values of closed labels.
fn unknown(expression: &str, series: &Series, recorded: &BTreeSet<String>) -> Vec<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(is_name) {
        let name: String = rest[start..].chars().take_while(|c| is_name(*c)).collect();
        rest = &rest[start + name.len()..];
        let base = name.split(':').find(|part| part.starts_with("copydesk_"));
        if name.contains(':') && base.is_some() {
            if !recorded.contains(&name) {
                found.push(name);
            }
        } else if name.starts_with("copydesk_") || name.starts_with("process_") {
            match series.get(&name) {
                None => found.push(name),
                Some(labels) => found.extend(unknown_values(&name, rest, labels)),
            }
        }
    }
    found
}

/// The matchers right behind a metric's name that can never match.
fn unknown_values(name: &str, rest: &str, labels: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let Some(selector) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else { return Vec::new() };
    let mut found = Vec::new();
    for matcher in selector.0.split("\",").filter(|matcher| !matcher.trim().is_empty()) {
        let (label, values) = matcher.split_once('"').unwrap_or_else(|| panic!("{name}: {matcher}"));
        let label = label.trim().trim_end_matches(['=', '~', '!']).trim();
        if OPEN.contains(&label) {
            continue;
        }
        let known = labels.get(label);
        let values = values.trim_end_matches('"').split('|');
        let missing = values.filter(|value| !known.is_some_and(|known| known.contains(*value)));
        found.extend(missing.map(|value| format!("{name}{{{label}={value:?}}}")));
    }
    found
}

/// The values of `key:` in YAML whose lists are written one entry a line.
fn yaml_values(yaml: &str, key: &str) -> Vec<String> {
    let lines = yaml.lines().map(|line| line.trim().trim_start_matches("- "));
    let values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    values.map(|value| value.trim_matches('"').to_owned()).collect()
}

fn rules() -> String {
    texts("deploy/prometheus/rules")
}

fn recorded() -> BTreeSet<String> {
    yaml_values(&rules(), "record").into_iter().collect()
}

/// Every string under the given keys, anywhere.
fn strings<'a>(value: &'a Value, keys: &[&str], found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(text) if keys.contains(&key.as_str()) => found.push(text),
                    _ => strings(value, keys, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| strings(value, keys, found)),
        _ => {}
    }
}

fn dashboard() -> Value {
    serde_json::from_str(&text(DASHBOARD)).unwrap()
}

#[test]
fn the_dashboard_names_what_a_scrape_shows() {
    let dashboard = dashboard();
    let mut expressions = Vec::new();
    strings(&dashboard, &["expr", "query", "definition"], &mut expressions);
    assert!(expressions.len() > 30, "{expressions:?}");
    let (series, recorded) = (scraped(), recorded());
    let unknown: Vec<_> = expressions.iter().flat_map(|expression| unknown(expression, &series, &recorded)).collect();
    assert!(unknown.is_empty(), "the dashboard names what does not exist: {unknown:?}");
}

#[test]
fn the_rules_name_what_a_scrape_shows() {
    let (series, recorded, rules) = (scraped(), recorded(), rules());
    assert!(recorded.len() > 5 && rules.contains("copydesk_lane_state"), "{recorded:?}");
    // Comments and annotations too: what they name should exist as well.
    let unknown: Vec<_> = rules.lines().flat_map(|line| unknown(line, &series, &recorded)).collect();
    assert!(unknown.is_empty(), "the rules name what does not exist: {unknown:?}");
}

#[test]
fn a_typo_is_found() {
    let (series, recorded) = (scraped(), BTreeSet::from(["job:copydesk_pages:rate5m".to_owned()]));
    let check = |expression: &str| unknown(expression, &series, &recorded);
    assert_eq!(check("sum(rate(copydesk_page_total[5m]))"), ["copydesk_page_total"]);
    assert_eq!(check("copydesk_restore_seconds"), ["copydesk_restore_seconds"], "a histogram has no such series");
    assert_eq!(check("rate(copydesk_restore_seconds_bucket[5m]) + process_thread"), ["process_thread"]);
    assert_eq!(check("job:copydesk_pages:rate1m > 0"), ["job:copydesk_pages:rate1m"]);
    assert_eq!(check("job:copydesk_pages:rate5m{outcome=\"any\"} > 0"), [""; 0]);
    assert_eq!(
        check("copydesk_lane_state{job=~\"$job\", state=~\"running|stoped\"} == 1"),
        ["copydesk_lane_state{state=\"stoped\"}"]
    );
    assert_eq!(check("copydesk_pages_total{result!=\"expanded\"}"), ["copydesk_pages_total{result=\"expanded\"}"]);
}

#[test]
fn the_dashboard_has_what_grafana_needs() {
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "two panels share an id");
    let mut taken = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().filter(|title| !title.is_empty()).unwrap();
        let at = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
            assert!(x < 24 && taken.insert((x, y)), "{title} lies over another panel or outside");
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().is_some_and(|text| text.len() > 10), "{title} is not described");
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string() || panel["type"] == "state-timeline", "{title}");
        for target in panel["targets"].as_array().filter(|targets| !targets.is_empty()).unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
}

/// A heading's address, as the usual renderers make it.
fn anchors(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-")).collect()
}

#[test]
fn every_alert_and_every_fault_has_its_section_in_the_runbook() {
    let rules = rules();
    let anchors = anchors(&text("docs/runbook.md"));
    let alerts = yaml_values(&rules, "alert");
    let links = yaml_values(&rules, "runbook_url");
    assert!(alerts.len() > 10);
    assert_eq!(links.len(), alerts.len(), "an alert without runbook_url");
    for (alert, link) in alerts.iter().zip(&links) {
        let anchor = link.strip_prefix("docs/runbook.md#").unwrap_or_else(|| panic!("{alert}: {link}"));
        assert!(anchor == "{{ $labels.fault }}" || anchor == alert.to_lowercase(), "{alert} links {link}");
        assert!(anchors.contains(&alert.to_lowercase()), "docs/runbook.md has no section {alert}");
    }
    for fault in LaneFault::NAMES {
        assert!(anchors.contains(fault), "docs/runbook.md has no section {fault}");
    }
    for annotation in ["summary", "description"] {
        assert_eq!(yaml_values(&rules, annotation).len(), alerts.len(), "an alert without {annotation}");
    }
}

#[test]
fn links_within_the_runbook_lead_somewhere() {
    let runbook = text("docs/runbook.md");
    let anchors = anchors(&runbook);
    for link in runbook.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(anchors.contains(link), "#{link}");
    }
}

#[test]
fn every_alert_is_tested() {
    let tests = texts("deploy/prometheus/tests");
    for alert in yaml_values(&rules(), "alert") {
        assert!(tests.contains(&alert), "no test in deploy/prometheus/tests makes {alert} fire");
    }
}
