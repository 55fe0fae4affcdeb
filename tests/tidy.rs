//! What holds for the sources themselves: modules know only what they may know, files stay short, every file says what it
//! is for. Needs nothing but the sources.

use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 500;

/// Modules and what must not stand in them, outside of their tests. The core is pure: no broker, no thread, no clock, no
/// file, no order that differs between two runs.
const ABSENT: [(&[&str], &[&str]); 4] = [
    (
        &["page", "clean", "split", "article", "dedup", "expand.rs", "explain", "fault.rs", "warning.rs"],
        &[
            "rdkafka",
            "tokio",
            "axum",
            "prometheus",
            "tracing",
            "crossbeam",
            "crate::kafka",
            "crate::stage",
            "crate::metrics",
            "crate::admin",
            "crate::config",
            "crate::files",
            "crate::logging",
            "std::thread",
            "Mutex",
            "RwLock",
            "Atomic",
            "mpsc",
            "thread_local",
            "std::env",
            "std::fs",
            "std::io::std",
            "std::net",
            "std::process",
            "Instant",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
            "std::collections::HashMap",
            "std::collections::HashSet",
            "RandomState",
        ],
    ),
    (&["files.rs", "files"], &["rdkafka", "tokio", "crate::kafka", "crate::stage"]),
    (&["config", "metrics", "logging.rs"], &["tokio", "crate::kafka", "crate::stage", "crate::admin"]),
    (&["admin"], &["rdkafka", "crate::kafka", "crate::stage"]),
];

/// What has no place in any file. Split, so that this file passes.
const NOWHERE: [&str; 8] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("../sha", "red"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("dbg", "!("),
];

/// The only folder that may spell a metric's name.
const METRICS: &str = "src/metrics/";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` with one of `extensions`, hidden folders and `target` left out.
fn files(directory: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            files(&path, extensions, found);
        } else if path.extension().is_some_and(|known| extensions.iter().any(|wanted| known == *wanted)) {
            found.push(path);
        }
    }
    found.sort();
}

/// The path below the repository's root, and the text.
fn texts(extensions: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(root(), extensions, &mut found);
    assert!(!found.is_empty());
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (name(path), String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())).collect()
}

#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n  {}\n", complaints.join("\n  "));
}

/// The code without its tests, comments and documentation.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_below(path: &str, module: &str) -> bool {
    path.strip_prefix("src/")
        .and_then(|path| path.strip_prefix(module))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn forbidden(path: &str, text: &str) -> Vec<String> {
    if path.ends_with("/tests.rs") {
        return Vec::new();
    }
    let code = code(text);
    let rules = ABSENT.iter().filter(|(modules, _)| modules.iter().any(|module| is_below(path, module)));
    let words = rules.flat_map(|(_, words)| words.iter());
    words.filter(|word| code.contains(**word)).map(|word| format!("{path} must not know of {word}")).collect()
}

fn shape(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.starts_with("//! ") {
        complaints.push(format!("{path} does not begin with //! and what it is for"));
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        complaints.push(format!("{path} has {lines} lines, {LINES_MAX} at most"));
    }
    complaints
}

fn words(path: &str, text: &str) -> Vec<String> {
    let held = |line: &str| NOWHERE.iter().find(|word| line.contains(**word)).copied();
    let lines = text.lines().enumerate();
    lines.filter_map(|(at, line)| held(line).map(|word| format!("{path}:{} holds {word}", at + 1))).collect()
}

#[test]
fn modules_know_only_what_they_may() {
    none(texts(&["rs"]).iter().flat_map(|(path, text)| forbidden(path, text)).collect());
}

#[test]
fn every_source_says_what_it_is_for_and_is_short() {
    let sources = texts(&["rs"]);
    let ours = sources
        .iter()
        .filter(|(path, _)| path.starts_with("src/") || path.starts_with("tests/") || path.starts_with("benches/"));
    none(ours.flat_map(|(path, text)| shape(path, text)).collect());
}

#[test]
fn no_file_holds_words_that_belong_nowhere() {
    let kinds = ["rs", "md", "toml", "yml", "yaml", "json", "html", "sh", "py", "txt"];
    none(texts(&kinds).iter().flat_map(|(path, text)| words(path, text)).collect());
}

#[test]
fn metric_names_stand_in_one_folder() {
    let sources = texts(&["rs"]);
    let others = sources.iter().filter(|(path, _)| path.starts_with("src/") && !path.starts_with(METRICS));
    let spelled = others.filter(|(_, text)| code(text).contains("\"copydesk_"));
    none(spelled.map(|(path, _)| format!("{path} spells the name of a metric")).collect());
}

#[test]
fn the_rules_catch_what_they_are_for() {
    let broken = "//! A page.\nuse std::time::Instant;\n";
    assert_eq!(forbidden("src/page/mod.rs", broken), ["src/page/mod.rs must not know of Instant"]);
    assert_eq!(forbidden("src/page.rs", broken), [""; 0], "another module");
    assert_eq!(
        forbidden("src/expand.rs", "use crate::kafka::client;"),
        ["src/expand.rs must not know of crate::kafka"]
    );
    let tests_only = "//! A page.\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    assert_eq!(forbidden("src/page/mod.rs", tests_only), [""; 0]);
    assert_eq!(shape("src/x.rs", "fn x() {}\n").len(), 1);
    assert_eq!(shape("src/x.rs", &format!("//! X.\n{}", "\n".repeat(LINES_MAX))).len(), 1);
    assert_eq!(words("x.md", &format!("fine\nsee {}x\n", NOWHERE[0])), [format!("x.md:2 holds {}", NOWHERE[0])]);
}

#[test]
fn every_direct_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names: Vec<&str> = lines.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(names.len() > 20, "{names:?}");
    let silent = names.iter().filter(|name| !architecture.contains(&format!("**{name}**")));
    none(silent.map(|name| format!("ARCHITECTURE.md does not say why {name} is a dependency")).collect());
}
