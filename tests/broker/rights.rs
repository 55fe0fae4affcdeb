//! What brokers with an authorizer must allow: what `docs/configuration.md` names is enough, and what of
//! that is missing is named.
//!
//! The document's own commands give the rights. A broker of its own; see `support`.

use crate::support::cluster::kafka_tool;
use crate::support::instance::settings;
use crate::support::topics::{ToSend, produce, stories};
use crate::support::wire::{Right, allow};
use crate::support::{Cluster, Instance, unique, wait_for};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
/// How long it may take until a right is missed, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Who lacks a right, and how many of them are tried at once.
const CASES_MAX: usize = 60;
const AT_ONCE: usize = 6;
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

/// Each operation on each resource that a command names.
fn rights(arguments: &[String]) -> Vec<Right> {
    let of = |name: &str| {
        let pairs = arguments.chunks(2).filter(move |pair| pair[0] == format!("--{name}"));
        pairs.map(|pair| pair[1].clone()).collect::<Vec<_>>()
    };
    let is_prefix = of("resource-pattern-type") == ["prefixed"];
    let mut rights = Vec::new();
    for kind in ["topic", "group", "transactional-id"] {
        for name in of(kind) {
            for operation in of("operation") {
                rights.push(Right { operation, kind: kind.to_owned(), name: name.clone(), is_prefix });
            }
        }
    }
    rights
}

/// A command that is run with rights of its own, and the right that it lacks.
struct Case {
    arguments: String,
    user: String,
    deployment: Deployment,
    rights: Vec<Right>,
    lacks: Right,
}

fn is_run(arguments: &str) -> bool {
    arguments.starts_with("run")
}

/// Who has what is documented for a command.
fn user_of(arguments: &str) -> String {
    arguments.replace(' ', "-")
}

/// Topics of their own, and pages by which each of them gets something: stories, one of them twice, what is no page, and one that
/// leaves no trace.
#[derive(Clone)]
struct Deployment {
    prefix: String,
    bootstrap: String,
}

const MORE: &str = "candidates_retention = \"100s\"\n[dedup]\npublish_duplicates = true\nttl = \"8s\"";

impl Deployment {
    fn settings(&self, bootstrap: &str) -> String {
        settings(bootstrap, &self.prefix, 1, 1, MORE)
    }

    /// Makes the topics, and their pages. For dedup alone, candidates too, with one that is none.
    fn fill(&self, with_candidates: bool) {
        let own = self.settings(&self.bootstrap);
        let mut create = Instance::spawn(&["topics", "create", "--pages", "1"], &own);
        assert!(create.wait_exit(MINUTE).success(), "{}", create.stderr());
        let no_page = ToSend { value: Some(b"{\"url\": ".to_vec()), ..ToSend::default() };
        let skipped = ToSend { value: Some(b"<p>Hello".to_vec()), ..ToSend::default() };
        let pages = stories(0..2, None).chain(stories(0..1, None)).chain([no_page, skipped]);
        produce(&self.bootstrap, &format!("{}.pages", self.prefix), pages);
        if with_candidates {
            let mut extract = Instance::run(&own, &["--stage", "extract"]);
            extract.wait_metric("copydesk_candidates_total", &[], MINUTE, |n| n >= 3.0);
            extract.sigterm();
            assert!(extract.wait_exit(MINUTE).success(), "{}", extract.stderr());
            self.go_on();
        }
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

/// Without one of the rights that are documented for it, in turn. A topic may still be described, so that its other rights are missed;
/// where that is what is left out, it is all. Stages have topics of their own, and tools those that `filled` has.
fn cases(documented: &Commands, filled: &Deployment) -> Vec<Case> {
    let mut cases = Vec::new();
    for (arguments, commands) in documented {
        let all =
            |prefix: &str| commands.iter().flat_map(|command| rights(&renamed(command, prefix))).collect::<Vec<_>>();
        for at in 0..all("").len() {
            let mut deployment = filled.clone();
            if is_run(arguments) {
                deployment.prefix = unique("rights");
            }
            let mut rights = all(&deployment.prefix);
            let lacks = rights.remove(at);
            if lacks.kind == "topic" && lacks.operation != "Describe" {
                rights.push(Right { operation: "Describe".to_owned(), ..lacks.clone() });
            }
            cases.push(Case {
                arguments: arguments.clone(),
                user: format!("user-{}", cases.len()),
                deployment,
                rights,
                lacks,
            });
        }
    }
    cases
}

/// Whether it names the right, in the log or in its output; if not, what it says.
fn says_what_it_lacks(case: &Case, address: &str) -> Result<(), String> {
    let Right { operation, kind, name, .. } = &case.lacks;
    let right = format!("{operation} on {kind} {name}");
    let is_named =
        |line: &str| line.split_once("Give the principal ").is_some_and(|(_, rights)| rights.contains(&right));
    let mut instance = case.deployment.spawn(address, &case.user, &case.arguments);
    let begin = Instant::now();
    loop {
        let ended = instance.exit_status();
        let said = instance.stderr() + &instance.stdout();
        if said.lines().any(is_named) {
            return Ok(());
        }
        if ended.is_some() || begin.elapsed() > PATIENCE {
            let ready = instance.get("/readyz").map(|(_, body)| body);
            return Err(format!("{}: no word of \"{right}\", {ended:?}: {said}{ready:?}", case.arguments));
        }
        match case.arguments.ends_with("dedup") {
            true => case.deployment.go_on(),
            false => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Some at once.
fn each(cases: &[&Case], judge: impl Fn(&Case) + Sync) {
    let left = Mutex::new(cases.iter());
    let next = || left.lock().expect("no panic").next();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| std::iter::from_fn(next).for_each(|case| judge(case)));
        }
    });
}

#[test]
fn cluster_what_is_documented_is_enough_and_each_right_is_missed_by_name() {
    let documented = documented();
    let enough = documented.keys().map(|arguments| user_of(arguments));
    let users: Vec<String> = (0..CASES_MAX).map(|number| format!("user-{number}")).chain(enough).collect();
    let (cluster, address) = Cluster::start_with_users(&users);
    let filled = Deployment { prefix: unique("rights"), bootstrap: cluster.bootstrap() };
    let cases = cases(&documented, &filled);
    assert!(cases.len() <= CASES_MAX);
    let (runs, tools): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| is_run(&case.arguments));
    let failures = Mutex::new(Vec::new());
    let judge = |case: &Case| {
        allow(&case.deployment.bootstrap, &case.user, &case.rights);
        if is_run(&case.arguments) {
            case.deployment.fill(case.arguments.ends_with("dedup"));
        }
        let failure = says_what_it_lacks(case, &address).err();
        failures.lock().expect("no panic").extend(failure);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| {
            is_enough(&documented, &filled, &address);
            each(&tools, judge);
        });
        each(&runs, judge);
    });
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{} of {} cases\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// Each command with its own rights, given by the document's commands.
fn is_enough(documented: &Commands, deployment: &Deployment, address: &str) {
    let allow_all = |arguments: &str, commands: &[Vec<String>]| {
        let principal = format!("User:{}", user_of(arguments));
        for command in commands {
            let begin = ["--bootstrap-server", &deployment.bootstrap, "--add", "--allow-principal", &principal];
            let command = renamed(command, &deployment.prefix);
            let all: Vec<&str> = begin.into_iter().chain(command.iter().map(String::as_str)).collect();
            kafka_tool("org.apache.kafka.tools.AclCommand", &all);
        }
    };
    std::thread::scope(|scope| {
        for (arguments, commands) in documented {
            scope.spawn(|| allow_all(arguments, commands));
        }
    });
    deployment.fill(false);
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
