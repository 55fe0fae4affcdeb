//! What brokers with an authorizer must allow: what `docs/configuration.md` names is enough.
//!
//! The document's own commands give the rights. A broker of its own; see `support`.

use crate::support::cluster::kafka_tool;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, produce, stories};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::collections::BTreeMap;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
/// What the document's names begin with.
const PREFIX: &str = "copydesk.";

/// By copydesk's arguments: those of the commands that give the rights.
type Commands = BTreeMap<String, Vec<Vec<String>>>;

/// What the document says.
fn documented() -> Commands {
    let text = include_str!("../../docs/configuration.md");
    let (_, section) = text.split_once("## What the brokers must allow").expect("the section");
    let block = section.split("```").nth(1).expect("its commands");
    let mut commands = Commands::new();
    let mut who = String::new();
    for line in block.lines() {
        if let Some(name) = line.strip_prefix("# ") {
            who = name.to_owned();
        } else if let Some(arguments) = line.strip_prefix("allow ") {
            commands.entry(who.clone()).or_default().push(arguments.split(' ').map(str::to_owned).collect());
        }
    }
    commands
}

/// The same names with another prefix.
fn renamed(arguments: &[String], prefix: &str) -> Vec<String> {
    let rename = |argument: &String| match argument.strip_prefix(PREFIX) {
        Some(rest) => format!("{prefix}.{rest}"),
        None if argument == "pages.raw" => format!("{prefix}.pages"),
        None => argument.clone(),
    };
    arguments.iter().map(rename).collect()
}

/// Who has what is documented for a command.
fn user_of(arguments: &str) -> String {
    arguments.replace(' ', "-")
}

/// Topics of their own, with pages in each of which every topic is written to: stories, one of them twice, and no page at all.
#[derive(Clone)]
struct Deployment {
    prefix: String,
    bootstrap: String,
}

const MORE: &str = "[dedup]\npublish_duplicates = true\nttl = \"8s\"";

impl Deployment {
    fn settings(&self, bootstrap: &str) -> String {
        settings(bootstrap, &self.prefix, 1, 1, MORE)
    }

    /// Makes the topics, and their pages.
    fn fill(&self) {
        let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &self.settings(&self.bootstrap));
        assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
        let no_page = ToSend { value: Some(b"{\"url\": ".to_vec()), ..ToSend::default() };
        let pages = stories(0..2, None).chain(stories(0..1, None)).chain([no_page]);
        produce(&self.bootstrap, &format!("{}.pages", self.prefix), pages);
    }

    /// A candidate that is none: a dead letter of dedup's, and the lane's time goes on, until there is a checkpoint to be written and
    /// a log to be cut.
    fn go_on(&self) {
        let foreign = ToSend { value: Some(b"{}".to_vec()), ..ToSend::default() };
        produce(&self.bootstrap, &format!("{}.candidates.v1", self.prefix), [foreign]);
        std::thread::sleep(Duration::from_millis(500));
    }

    fn spawn(&self, address: &str, user: &str, arguments: &str) -> Instance {
        let login = [
            ("SECURITY_PROTOCOL", "sasl_plaintext"),
            ("SASL_MECHANISM", "PLAIN"),
            ("SASL_USERNAME", user),
            ("SASL_PASSWORD", user),
        ];
        let environment = login.map(|(key, value)| (format!("COPYDESK__KAFKA__{key}"), value.to_owned()));
        let arguments: Vec<&str> = arguments.split(' ').collect();
        Instance::spawn_in(&arguments, &self.settings(address), &environment)
    }
}

#[test]
fn cluster_what_is_documented_is_enough() {
    let documented = documented();
    let users: Vec<String> = documented.keys().map(|arguments| user_of(arguments)).collect();
    let (cluster, address) = Cluster::start_with_users(&users);
    let filled = Deployment { prefix: unique("rights"), bootstrap: cluster.bootstrap() };
    is_enough(&documented, &filled, &address);
}

/// Each command with its own rights, given by the document's commands.
fn is_enough(documented: &Commands, deployment: &Deployment, address: &str) {
    for (arguments, commands) in documented {
        for command in commands {
            let principal = format!("User:{}", user_of(arguments));
            let begin = ["--bootstrap-server", &deployment.bootstrap, "--add", "--allow-principal", &principal];
            let command = renamed(command, &deployment.prefix);
            let all: Vec<&str> = begin.into_iter().chain(command.iter().map(String::as_str)).collect();
            kafka_tool("org.apache.kafka.tools.AclCommand", &all);
        }
    }
    deployment.fill();
    let [extract, dedup] = ["run --stage extract", "run --stage dedup"]
        .map(|arguments| deployment.spawn(address, &user_of(arguments), arguments));
    extract.wait_metric("copydesk_candidates_total", &[], MINUTE, |n| n == 3.0);
    for outcome in ["published", "duplicate"] {
        let label = format!("outcome=\"{outcome}\"");
        dedup.wait_metric("copydesk_articles_total", &[&label], MINUTE, |n| n > 0.0);
    }
    wait_for("a log that is cut", MINUTE, || {
        deployment.go_on();
        dedup.metric_with("copydesk_checkpoints_total", &["step=\"log_cut\""]).filter(|cut| *cut > 0.0)
    });
    for mut stage in [extract, dedup] {
        stage.wait_ready(MINUTE);
        stage.sigterm();
        assert!(stage.wait_exit(MINUTE).success(), "{}", stage.stderr());
        assert!(!stage.stderr().contains("AuthorizationFailed"), "{}", stage.stderr());
    }
    for arguments in documented.keys().filter(|arguments| !arguments.starts_with("run")) {
        let mut tool = deployment.spawn(address, &user_of(arguments), arguments);
        let status = tool.wait_exit(MINUTE);
        assert!(status.success(), "{arguments}: {status}: {}{}", tool.stdout(), tool.stderr());
        assert!(!tool.stderr().contains("AuthorizationFailed"), "{arguments}: {}", tool.stderr());
    }
}
