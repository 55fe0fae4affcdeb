//! The commands as a user types them: exit code, stdout and stderr. Needs no broker.

use std::path::Path;
use std::process::{Command, Output};

fn run(args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COPYDESK")) {
        command.env_remove(name);
    }
    command.args(args).envs(environment.iter().copied()).output().unwrap()
}

/// Runs `args` and expects an exit code, and each of `says` on stdout or stderr.
#[track_caller]
fn check(args: &[&str], code: i32, says: &[&str]) -> String {
    check_with(args, &[], code, says)
}

#[track_caller]
fn check_with(args: &[&str], environment: &[(&str, &str)], code: i32, says: &[&str]) -> String {
    let output = run(args, environment);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(code), "copydesk {args:?} said:\n{text}");
    for words in says {
        assert!(text.contains(words), "copydesk {args:?} does not say {words:?}:\n{text}");
    }
    text
}

fn file(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn usage() {
    check(&[], 64, &["Usage: copydesk", "Examples:", "Exit codes:"]);
    check(&["--help"], 0, &["Usage: copydesk", "Examples:"]);
    check(&["--version"], 0, &[concat!("copydesk ", env!("CARGO_PKG_VERSION"))]);
    check(&["help", "validate"], 0, &["Usage: copydesk validate", "Examples:"]);
    check(&["fly"], 64, &["unrecognized subcommand 'fly'"]);
    check(&["validate", "--shwo"], 64, &["unexpected argument", "--show"]);
    check(&["validate", "--set", "dedup.ttl"], 64, &["KEY=VALUE"]);
}

#[test]
fn every_command_has_help_with_examples() {
    let help = check(&["--help"], 0, &[]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(commands.contains(&"validate"), "{help}");
    for command in commands {
        let help = check(&[command, "--help"], 0, &["Usage:"]);
        let has_own_commands = help.contains("\nCommands:\n");
        assert!(help.contains("Examples:") || has_own_commands, "{command} shows no examples:\n{help}");
    }
}

#[test]
fn validate_accepts_the_built_in_settings_and_the_examples() {
    check(&["validate"], 0, &["config ok"]);
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/examples");
    let mut seen = 0;
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        let secrets = [("COPYDESK__KAFKA__SASL_PASSWORD", "not-a-real-one")];
        let needs_secret = std::fs::read_to_string(&path).unwrap().contains("COPYDESK__KAFKA__SASL_PASSWORD");
        let environment = if needs_secret { secrets.as_slice() } else { &[] };
        check_with(&["validate", "--config", path.to_str().unwrap()], environment, 0, &["config ok"]);
        seen += 1;
    }
    assert!(seen >= 2, "config/examples is empty");
}

#[test]
fn validate_reports_all_three_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(
        directory.path(),
        "copydesk.toml",
        "[kafka]\nbootstrap_server = \"b:9092\"\n[topics]\narticles_partitions = 12\n[dedup]\nttl = \"a week\"\n",
    );
    let text = check(
        &["validate", "--config", &path],
        78,
        &[
            "the configuration has 3 problems",
            "did you mean kafka.bootstrap_servers?",
            "topics.articles_partitions is 12",
            "dedup.ttl cannot be \"a week\"",
        ],
    );
    assert_eq!(text.matches("copydesk.toml)").count(), 3, "each names its file:\n{text}");
}

#[test]
fn validate_reads_flags_over_environment_over_file() {
    let directory = tempfile::tempdir().unwrap();
    let path =
        file(directory.path(), "copydesk.toml", "[dedup]\nttl = \"1d\"\nrestores_max = 2\n[log]\nlevel = \"warn\"\n");
    let environment = [("COPYDESK__DEDUP__TTL", "2d"), ("COPYDESK__LOG__LEVEL", "debug"), ("COPYDESK_CONFIG", &path)];
    check_with(
        &["validate", "--show", "--log-level", "error", "--set", "topics.prefix=tenant"],
        &environment,
        0,
        &["restores_max = 2", "ttl = \"2d\"", "level = \"error\"", "prefix = \"tenant\"", "config ok"],
    );
}

#[test]
fn validate_never_shows_a_secret() {
    let secret = "open sesame";
    let environment = [
        ("COPYDESK__KAFKA__SECURITY_PROTOCOL", "sasl_ssl"),
        ("COPYDESK__KAFKA__SASL_MECHANISM", "PLAIN"),
        ("COPYDESK__KAFKA__SASL_USERNAME", "me"),
        ("COPYDESK__KAFKA__SASL_PASSWORD", secret),
    ];
    let text = check_with(&["validate", "--show"], &environment, 0, &["sasl_password = \"***\""]);
    assert!(!text.contains(secret), "{text}");
    let text = check_with(&["validate", "--set", "dedup.ttl=x"], &environment, 78, &["1 problem"]);
    assert!(!text.contains(secret), "{text}");
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        check(&["completions", shell], 0, &["copydesk", "validate"]);
    }
    check(&["completions", "tcsh"], 64, &["bash"]);
}

#[test]
fn schema_is_json_and_names_the_fields() {
    let text = check(&["schema"], 0, &[]);
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let required: Vec<&str> = schema["required"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    for name in ["eventId", "contentHash", "articleBody", "datePublished", "source"] {
        assert!(required.contains(&name), "{name} is not required: {required:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure() {
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_copydesk"))
        .arg("schema")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A run under way, with what it has said so far.
#[cfg(unix)]
struct Running {
    child: std::process::Child,
    lines: std::io::Lines<std::io::BufReader<std::process::ChildStderr>>,
    said: Vec<String>,
}

#[cfg(unix)]
impl Running {
    fn start(args: &[&str]) -> Self {
        use std::io::BufRead;
        let mut command = Command::new(env!("CARGO_BIN_EXE_copydesk"));
        let mut child = command.arg("run").args(args).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let lines = std::io::BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, lines, said: Vec::new() }
    }

    /// Reads its log until a line holds `words`.
    #[track_caller]
    fn until(&mut self, words: &str) -> String {
        for line in self.lines.by_ref() {
            self.said.push(line.unwrap());
            let line = self.said.last().unwrap();
            if line.contains(words) {
                return line.clone();
            }
        }
        panic!("the run never said {words:?}:\n{}", self.said.join("\n"));
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    fn code(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        self.said.extend(self.lines.by_ref().map_while(Result::ok));
        (status.code(), self.said.join("\n"))
    }
}

#[cfg(unix)]
impl Drop for Running {
    /// A test that fails leaves no process behind; one that ended already cannot be killed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One GET over a plain socket.
#[cfg(unix)]
fn get(address: &str, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// An address where nobody listens.
#[cfg(unix)]
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("kafka.bootstrap_servers={}", listener.local_addr().unwrap())
}

#[cfg(unix)]
#[test]
fn a_run_waits_for_brokers_says_so_and_ends_cleanly() {
    let mut run = Running::start(&["--set", &nobody(), "--set", "http.listen=127.0.0.1:0"]);
    let line = run.until("/metrics");
    let address = line.split("http://").nth(1).unwrap().split("/metrics").next().unwrap().to_owned();
    let ready = get(&address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("brokers"), "{ready}");
    assert!(get(&address, "/livez").starts_with("HTTP/1.1 200"), "waiting is not dead");
    run.until("no broker answers");
    assert!(get(&address, "/metrics").contains("\ncopydesk_ready 0\n"));
    run.signal("-TERM");
    let (code, said) = run.code();
    assert_eq!(code, Some(0), "{said}");
}

#[cfg(unix)]
#[test]
fn a_taken_port_is_a_mistake_in_the_configuration() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("http.listen={}", listener.local_addr().unwrap());
    check(&["run", "--set", &listen, "--set", &nobody()], 78, &["cannot listen on", "http.listen"]);
}

#[test]
fn a_run_with_a_wrong_configuration_does_not_begin() {
    check(&["run", "--set", "dedup.ttl=x"], 78, &["dedup.ttl cannot be", "1 problem"]);
    check(&["run", "--stage", "both"], 64, &["extract", "dedup"]);
}

const TEXT: &str = "Council approves new tram line\n\nBy Mara Holt\n3 May 2025\n\nThe city council of Norhaven approved a new \
tram line on Tuesday night after a debate of four hours. Construction will begin in the autumn, the mayor said, and the first \
trams are to run in three years.\n\nThe line will link the harbour with the university and is expected to carry forty thousand \
passengers a day. Opponents called the cost too high and announced a petition.\n";

#[test]
fn extract_gives_events_and_names_what_is_no_page() {
    let directory = tempfile::tempdir().unwrap();
    let envelope = |url: &str| serde_json::json!({ "url": url, "text": TEXT }).to_string();
    let lines = [envelope("https://a.example/1"), "{ not json".to_owned(), envelope("https://b.example/2")].join("\n");
    let path = file(directory.path(), "pages.jsonl", &lines);

    let output = run(&["extract", &path], &[]);
    let (events, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(65), "{said}");
    assert!(said.contains("envelope_not_json") && said.contains(":2"), "{said}");
    let events: Vec<serde_json::Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 2, "{said}");
    assert_eq!(events[0]["contentHash"], events[1]["contentHash"]);
    assert_eq!(events[0]["url"], "https://a.example/1");

    let output = run(&["extract", "--dedup", &path], &[]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 1);
    check(&["extract", "/nowhere/page.html"], 64, &["/nowhere/page.html"]);
    check(&["extract"], 64, &["<FILE>"]);
    check(&["extract", &path, "--set", "extract.page_bytes_max=0"], 78, &["extract.page_bytes_max"]);
}
