//! The whole way from layers to problems.

use super::*;

fn options(overrides: &[(&str, &str)]) -> Options {
    let overrides = overrides.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    Options { overrides, environment: Some(Vec::new()), ..Options::default() }
}

#[track_caller]
fn good(overrides: &[(&str, &str)]) -> Config {
    load(&options(overrides)).unwrap_or_else(|problems| panic!("{problems}")).config
}

/// The problems' keys, sorted.
#[track_caller]
fn bad(overrides: &[(&str, &str)], expected: &[&str]) -> Problems {
    let problems = load(&options(overrides)).expect_err("the configuration should have problems");
    let mut keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected, "{problems}");
    assert!(problems.0.iter().all(|problem| !problem.remedy.is_empty()));
    problems
}

#[test]
fn the_built_in_settings_are_whole_and_right() {
    let config = good(&[]);
    assert_eq!(config.topics.articles, "copydesk.articles");
    assert_eq!(config.topics.pages, "pages.raw");
    assert_eq!(config.extract.group_id, "copydesk.extract");
    assert_eq!(config.dedup.transactional_id_prefix, "copydesk.dedup.v1");
    assert_eq!(config.dedup.ttl, Duration::from_secs(7 * 86_400));
    assert_eq!(config.topics.changelog_retention(config.dedup.ttl), Duration::from_secs(15 * 86_400));
    assert_eq!(config.http.listen.to_string(), "127.0.0.1:9464");
    assert_eq!(config.extract.event_bytes_max, 900 << 10);
}

#[test]
fn three_mistakes_are_three_reports() {
    let problems = bad(
        &[("dedup.ttl", "7 parsecs"), ("kafka.bootstrap_server", "b:9092"), ("http.listen", "9464")],
        &["dedup.ttl", "http.listen", "kafka.bootstrap_server"],
    );
    let text = problems.to_string();
    assert!(text.contains("has 3 problems"), "{text}");
    assert!(text.contains("did you mean kafka.bootstrap_servers?"), "{text}");
    assert!(text.contains("(from the command line)"), "{text}");
}

#[test]
fn layers_override_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("own.toml");
    std::fs::write(&path, "[dedup]\nttl = \"1d\"\nrestores_max = 2\n[log]\nlevel = \"warn\"\n").unwrap();
    let options = Options {
        presets: vec![("dedup.restores_max".into(), "9".into()), ("dedup.transaction_records_max".into(), "7".into())],
        file: Some(path),
        environment: Some(vec![
            ("COPYDESK__DEDUP__TTL".into(), "2d".into()),
            ("COPYDESK__LOG__LEVEL".into(), "debug".into()),
            ("COPYDESK_CONFIG".into(), "not a setting".into()),
        ]),
        overrides: vec![("log.level".into(), "error".into())],
    };
    let loaded = load(&options).unwrap();
    assert_eq!(loaded.config.dedup.restores_max, 2);
    assert_eq!(loaded.config.dedup.transaction_records_max, 7);
    assert_eq!(loaded.config.dedup.ttl, Duration::from_secs(2 * 86_400));
    assert_eq!(loaded.config.log.level, "error");
    assert!(loaded.shown.contains("ttl = \"2d\"  # the environment"), "{}", loaded.shown);
}

#[test]
fn a_mistyped_variable_is_an_error() {
    let environment = Some(vec![("COPYDESK__DEDUP__TTTL".to_owned(), "2d".to_owned())]);
    let problems = load(&Options { environment, ..Options::default() }).unwrap_err();
    assert_eq!(problems.0.len(), 1);
    assert!(problems.to_string().contains("did you mean dedup.ttl?"), "{problems}");
}

#[test]
fn files_that_cannot_be_read_say_so() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Options { file: Some(directory.path().join("none.toml")), ..options(&[]) };
    assert!(load(&missing).unwrap_err().to_string().contains("there is no such file"));
    let broken = directory.path().join("broken.toml");
    std::fs::write(&broken, "[dedup\nttl = 1").unwrap();
    let problems = load(&Options { file: Some(broken), ..options(&[]) }).unwrap_err().to_string();
    assert!(problems.contains("is not valid TOML") && problems.contains("line 1"), "{problems}");
}

#[test]
fn a_section_written_as_a_value_is_one_problem() {
    let problems = bad(&[("dedup", "7d")], &["dedup"]);
    assert!(problems.to_string().contains("is a section"), "{problems}");
}

#[test]
fn rules_between_keys() {
    bad(&[("topics.articles_partitions", "12")], &["topics.articles_partitions"]);
    bad(&[("topics.articles_partitions", "0")], &["topics.articles_partitions"]);
    good(&[("topics.articles_partitions", "4")]);
    good(&[("topics.articles_partitions", "32")]);
    bad(&[("topics.replication_factor", "1")], &["topics.min_insync_replicas"]);
    bad(&[("topics.articles", "candidates.v1")], &["topics.articles"]);
    bad(&[("topics.pages", "pages raw")], &["topics.pages"]);
    bad(&[("extract.event_bytes_max", "2MiB")], &["extract.event_bytes_max"]);
    bad(&[("dedup.transaction_records_max", "60001")], &["dedup.transaction_records_max"]);
    bad(&[("extract.inflight_bytes_max", "8MiB")], &["extract.inflight_bytes_max"]);
    bad(&[("extract.inflight_bytes_max", "0")], &["extract.inflight_bytes_max"]);
    bad(&[("dedup.transaction_bytes_max", "100KiB")], &["dedup.transaction_bytes_max"]);
    bad(&[("kafka.heartbeat_interval", "9s")], &["kafka.heartbeat_interval"]);
    bad(&[("run.drain_timeout", "60s")], &["run.drain_timeout"]);
    bad(&[("dedup.group_id", "extract")], &["dedup.group_id"]);
    bad(&[("dedup.ttl", "1s")], &["dedup.ttl"]);
    bad(&[("dedup.on_gap", "shrug")], &["dedup.on_gap"]);
    bad(&[("log.level", "info,=,")], &["log.level"]);
    bad(&[("kafka.bootstrap_servers", "broker-1")], &["kafka.bootstrap_servers"]);
    good(&[("kafka.bootstrap_servers", "[::1]:9092, broker-2:9092")]);
}

#[test]
fn client_settings_pass_through_unless_exactly_once_needs_them() {
    let config = good(&[("kafka.client.socket_keepalive_enable", "true"), ("kafka.client.socket.timeout.ms", "5000")]);
    assert!(config.kafka.client.contains(&("socket.keepalive.enable".into(), "true".into())));
    assert!(config.kafka.client.contains(&("socket.timeout.ms".into(), "5000".into())));
    let problems = bad(
        &[
            ("kafka.client.acks", "1"),
            ("kafka.client.socket.keepalive", "true"),
            ("kafka.client.socket.timeout.ms", "soon"),
        ],
        &["kafka.client.acks", "kafka.client.socket.keepalive", "kafka.client.socket.timeout.ms"],
    );
    assert!(problems.to_string().contains("exactly-once relies on"), "{problems}");
}

#[test]
fn secrets_come_from_files_or_the_environment_and_are_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("password");
    std::fs::write(&path, "open sesame\n").unwrap();
    let sasl = [
        ("kafka.security_protocol", "sasl_ssl"),
        ("kafka.sasl_mechanism", "scram-sha-512"),
        ("kafka.sasl_username", "copydesk"),
    ];
    let mut with_file = sasl.to_vec();
    with_file.push(("kafka.sasl_password_file", path.to_str().unwrap()));
    let loaded = load(&options(&with_file)).unwrap();
    assert!(loaded.config.kafka.client.contains(&("sasl.password".into(), "open sesame".into())));
    assert!(loaded.config.kafka.client.contains(&("sasl.mechanism".into(), "SCRAM-SHA-512".into())));
    assert!(!format!("{:?}", loaded.config).contains("sesame"));

    let mut options = options(&sasl);
    options.environment = Some(vec![("COPYDESK__KAFKA__SASL_PASSWORD".into(), "open sesame".into())]);
    let loaded = load(&options).unwrap();
    assert!(loaded.config.kafka.client.contains(&("sasl.password".into(), "open sesame".into())));
    assert!(!loaded.shown.contains("sesame") && loaded.shown.contains("sasl_password = \"***\""), "{}", loaded.shown);

    bad(&[("kafka.client.ssl_keystore_password", "x")], &["kafka.client.ssl_keystore_password"]);
    let mut open = sasl.to_vec();
    open.push(("kafka.sasl_password", "open sesame"));
    let problems = bad(&open, &["kafka.sasl_password"]);
    assert!(!problems.to_string().contains("sesame"));
}

#[test]
fn sasl_needs_all_its_parts() {
    bad(&[("kafka.security_protocol", "sasl_ssl")], &["kafka.sasl_mechanism"]);
    bad(&[("kafka.sasl_mechanism", "PLAIN"), ("kafka.sasl_username", "me")], &["kafka.sasl_mechanism"]);
    bad(&[("kafka.security_protocol", "sasl_ssl"), ("kafka.sasl_mechanism", "GSSAPI")], &["kafka.sasl_mechanism"]);
    bad(&[("kafka.ssl_ca_file", "/nowhere/ca.pem")], &["kafka.ssl_ca_file"]);
}

#[test]
fn what_is_shown_loads_again() {
    let own = [("dedup.ttl", "3d"), ("kafka.client.socket.keepalive.enable", "true"), ("http.enabled", "false")];
    let first = load(&options(&own)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shown.toml");
    std::fs::write(&path, &first.shown).unwrap();
    let second = load(&Options { file: Some(path), ..options(&[]) }).unwrap();
    assert_eq!(format!("{:?}", second.config), format!("{:?}", first.config));
}

#[test]
fn every_refused_client_setting_is_documented() {
    let document = include_str!("../../docs/configuration.md");
    for (name, ..) in client::REFUSED {
        assert!(document.contains(&format!("`{name}`")), "docs/configuration.md does not name {name}");
        bad(&[(&format!("kafka.client.{name}"), "1")], &[&format!("kafka.client.{name}")]);
    }
}
