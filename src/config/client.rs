//! `[kafka]` to librdkafka's settings: the typed keys, their secrets, and what `[kafka.client]` may pass through.
//!
//! Each pair is tried on librdkafka itself, so a mistyped name or value is found before any broker is asked.

use super::MASK;
use super::settings::Settings;
use rdkafka::ClientConfig;
use std::path::Path;

/// Typed keys that become librdkafka settings as they are.
const PLAIN: [(&str, &str); 6] = [
    ("kafka.bootstrap_servers", "bootstrap.servers"),
    ("kafka.client_id", "client.id"),
    ("kafka.sasl_username", "sasl.username"),
    ("kafka.sasl_oauthbearer_token_endpoint_url", "sasl.oauthbearer.token.endpoint.url"),
    ("kafka.sasl_oauthbearer_client_id", "sasl.oauthbearer.client.id"),
    ("kafka.sasl_oauthbearer_scope", "sasl.oauthbearer.scope"),
];

/// Typed keys that name a file which librdkafka opens.
const FILES: [(&str, &str); 3] = [
    ("kafka.ssl_ca_file", "ssl.ca.location"),
    ("kafka.ssl_certificate_file", "ssl.certificate.location"),
    ("kafka.ssl_key_file", "ssl.key.location"),
];

/// Secrets: the key that the environment may set, and `..._file` beside it.
const SECRETS: [(&str, &str); 3] = [
    ("kafka.sasl_password", "sasl.password"),
    ("kafka.sasl_oauthbearer_client_secret", "sasl.oauthbearer.client.secret"),
    ("kafka.ssl_key_password", "ssl.key.password"),
];

const IN_THE_OPEN: &str = "is a secret in the open";
const OWN_KEY: &str = "it has a setting of its own";
const EXACTLY_ONCE: &str = "exactly-once relies on the value that copydesk sets";
const COMMITS: &str = "copydesk commits offsets itself, once their output is acknowledged";
const GROUP: &str = "takeover of partitions is timed by it; use the keys of [kafka]";
const DELIVERY: &str = "a record that times out would be lost in silence";
const RENEWAL: &str = "the guard against a late end of a transaction is derived from it";
const SIZES: &str = "it follows from the size settings of copydesk";

/// librdkafka settings that `[kafka.client]` refuses: name, reason, what to do.
pub(super) const REFUSED: [(&str, &str, &str); 66] = [
    ("bootstrap.servers", OWN_KEY, "set kafka.bootstrap_servers"),
    ("metadata.broker.list", OWN_KEY, "set kafka.bootstrap_servers"),
    ("client.id", OWN_KEY, "set kafka.client_id"),
    ("security.protocol", OWN_KEY, "set kafka.security_protocol"),
    ("sasl.mechanism", OWN_KEY, "set kafka.sasl_mechanism"),
    ("sasl.mechanisms", OWN_KEY, "set kafka.sasl_mechanism"),
    ("sasl.username", OWN_KEY, "set kafka.sasl_username"),
    ("sasl.password", OWN_KEY, "set kafka.sasl_password_file"),
    ("sasl.oauthbearer.method", OWN_KEY, "set kafka.sasl_mechanism to OAUTHBEARER"),
    ("sasl.oauthbearer.token.endpoint.url", OWN_KEY, "set kafka.sasl_oauthbearer_token_endpoint_url"),
    ("sasl.oauthbearer.client.id", OWN_KEY, "set kafka.sasl_oauthbearer_client_id"),
    ("sasl.oauthbearer.client.secret", OWN_KEY, "set kafka.sasl_oauthbearer_client_secret_file"),
    ("sasl.oauthbearer.scope", OWN_KEY, "set kafka.sasl_oauthbearer_scope"),
    ("ssl.ca.location", OWN_KEY, "set kafka.ssl_ca_file"),
    ("ssl.certificate.location", OWN_KEY, "set kafka.ssl_certificate_file"),
    ("ssl.key.location", OWN_KEY, "set kafka.ssl_key_file"),
    ("ssl.key.password", OWN_KEY, "set kafka.ssl_key_password_file"),
    ("ssl.key.pem", "a key in the configuration would be a secret in the open", "set kafka.ssl_key_file"),
    ("enable.idempotence", EXACTLY_ONCE, "remove it"),
    ("enable.gapless.guarantee", EXACTLY_ONCE, "remove it"),
    ("acks", EXACTLY_ONCE, "remove it; every record waits for all in-sync replicas"),
    ("request.required.acks", EXACTLY_ONCE, "remove it; every record waits for all in-sync replicas"),
    ("transactional.id", EXACTLY_ONCE, "remove it; it follows from topics.prefix and the partition"),
    ("transaction.timeout.ms", OWN_KEY, "set dedup.transaction_timeout"),
    ("isolation.level", EXACTLY_ONCE, "remove it; copydesk reads committed records"),
    ("max.in.flight", EXACTLY_ONCE, "remove it"),
    ("max.in.flight.requests.per.connection", EXACTLY_ONCE, "remove it"),
    ("partitioner", "equal content must meet in one partition", "remove it; copydesk partitions by hash"),
    ("sticky.partitioning.linger.ms", "equal content must meet in one partition", "remove it"),
    ("enable.auto.commit", COMMITS, "remove it"),
    ("auto.commit.enable", COMMITS, "remove it"),
    ("auto.commit.interval.ms", COMMITS, "set extract.commit_interval or dedup.commit_interval"),
    ("enable.auto.offset.store", COMMITS, "remove it"),
    ("offset.store.method", COMMITS, "remove it"),
    ("offset.store.path", COMMITS, "remove it"),
    (
        "auto.offset.reset",
        "start offsets are explicit; a reset would skip or repeat",
        "set extract.on_gap or dedup.on_gap",
    ),
    ("enable.partition.eof", EXACTLY_ONCE, "remove it"),
    ("group.id", OWN_KEY, "set extract.group_id or dedup.group_id"),
    ("group.instance.id", "static members would delay a takeover", "remove it"),
    ("group.protocol", OWN_KEY, "set kafka.group_protocol"),
    ("group.protocol.type", GROUP, "remove it"),
    ("group.remote.assignor", GROUP, "remove it"),
    ("partition.assignment.strategy", GROUP, "remove it; assignment is cooperative-sticky"),
    ("session.timeout.ms", OWN_KEY, "set kafka.session_timeout"),
    ("heartbeat.interval.ms", OWN_KEY, "set kafka.heartbeat_interval"),
    ("max.poll.interval.ms", OWN_KEY, "set kafka.max_poll_interval"),
    ("message.timeout.ms", DELIVERY, "remove it"),
    ("delivery.timeout.ms", DELIVERY, "remove it"),
    ("message.send.max.retries", DELIVERY, "remove it"),
    ("retries", DELIVERY, "remove it"),
    ("delivery.report.only.error", DELIVERY, "remove it"),
    ("retry.backoff.ms", RENEWAL, "remove it"),
    ("retry.backoff.max.ms", RENEWAL, "remove it"),
    ("statistics.interval.ms", "lag is read from the statistics", "remove it"),
    ("fetch.queue.backoff.ms", "a full queue would stall its partition for that long", "remove it"),
    ("log.level", OWN_KEY, "set log.level"),
    ("allow.auto.create.topics", "a topic made by chance has the wrong settings", "use `copydesk topics create`"),
    ("message.max.bytes", SIZES, "set topics.message_bytes_max"),
    ("batch.size", SIZES, "set topics.message_bytes_max"),
    ("queue.buffering.max.kbytes", SIZES, "set extract.inflight_bytes_max"),
    ("fetch.message.max.bytes", SIZES, "set extract.page_bytes_max"),
    ("max.partition.fetch.bytes", SIZES, "set extract.page_bytes_max"),
    ("fetch.max.bytes", SIZES, "set extract.page_bytes_max"),
    ("receive.message.max.bytes", SIZES, "set extract.page_bytes_max"),
    ("queued.max.messages.kbytes", SIZES, "set extract.inflight_bytes_max"),
    ("plugin.library.paths", "no foreign code is loaded into the process", "remove it"),
];

#[derive(Clone, Copy, PartialEq)]
enum Protocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

/// Reads `[kafka]`'s connection keys and `[kafka.client]` into librdkafka's pairs.
pub(super) fn read(settings: &mut Settings) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    security(settings, &mut pairs);
    for (key, name) in PLAIN {
        if let Some(value) = settings.optional(key) {
            accept(settings, &mut pairs, key, name, value);
        }
    }
    for (key, name) in FILES {
        if let Some(path) = settings.optional(key)
            && readable(settings, key, &path).is_some()
        {
            accept(settings, &mut pairs, key, name, path);
        }
    }
    for (key, name) in SECRETS {
        if let Some(secret) = secret(settings, key) {
            accept(settings, &mut pairs, key, name, secret);
        }
    }
    pass_through(settings, &mut pairs);
    pairs
}

fn security(settings: &mut Settings, pairs: &mut Vec<(String, String)>) {
    let protocols = [
        ("plaintext", Protocol::Plaintext),
        ("ssl", Protocol::Ssl),
        ("sasl_plaintext", Protocol::SaslPlaintext),
        ("sasl_ssl", Protocol::SaslSsl),
    ];
    let key = "kafka.security_protocol";
    let protocol = settings.choice(key, &protocols);
    let word = protocols.iter().find(|(_, known)| *known == protocol).map_or("plaintext", |(word, _)| word);
    accept(settings, pairs, key, "security.protocol", word.to_owned());

    let is_sasl = matches!(protocol, Protocol::SaslPlaintext | Protocol::SaslSsl);
    let mechanisms = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"].map(|word| (word, word));
    let mechanism_key = "kafka.sasl_mechanism";
    let mechanism = settings.optional(mechanism_key).and_then(|_| settings.maybe_choice(mechanism_key, &mechanisms));
    settings.rule(
        &[mechanism_key, key],
        mechanism.is_some() == is_sasl,
        if is_sasl { "is empty, but the protocol is SASL" } else { "is set, but the protocol is not SASL" },
        "set both kafka.security_protocol = \"sasl_ssl\" and kafka.sasl_mechanism, or neither",
    );
    let Some(mechanism) = mechanism else { return };
    accept(settings, pairs, mechanism_key, "sasl.mechanism", mechanism.to_owned());
    let needed = if mechanism == "OAUTHBEARER" {
        pairs.push(("sasl.oauthbearer.method".to_owned(), "oidc".to_owned()));
        ["kafka.sasl_oauthbearer_token_endpoint_url", "kafka.sasl_oauthbearer_client_id"].as_slice()
    } else {
        ["kafka.sasl_username"].as_slice()
    };
    for key in needed {
        let given = settings.optional(key).is_some();
        settings.rule(&[key], given, format!("is empty, but {mechanism} needs it"), "give it a value");
    }
}

/// A secret from the environment, or from the file that `{key}_file` names. Never from a configuration file.
fn secret(settings: &mut Settings, key: &str) -> Option<String> {
    let file_key = format!("{key}_file");
    let path = settings.optional(&file_key);
    let direct = settings.optional(key);
    if direct.is_some() && settings.origin(key) != Some(super::layers::ENVIRONMENT) {
        settings.problem(
            key,
            IN_THE_OPEN,
            format!("put it into a file and name that by {file_key}, or set the environment variable"),
        );
        return None;
    }
    let Some(path) = path else { return direct };
    if direct.is_some() {
        settings.problem(&file_key, format!("and {key} are both set"), "keep one of the two");
        return None;
    }
    let text = readable(settings, &file_key, &path)?;
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    settings.rule(&[&file_key], !text.is_empty(), format!("names an empty file: {path}"), "write the secret into it");
    Some(text)
}

fn readable(settings: &mut Settings, key: &str, path: &str) -> Option<String> {
    match std::fs::read(Path::new(path)) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => {
            settings.problem(
                key,
                format!("names {path}, which cannot be read: {error}"),
                "check the path and its permissions",
            );
            None
        }
    }
}

fn pass_through(settings: &mut Settings, pairs: &mut Vec<(String, String)>) {
    for (written, value) in settings.below("kafka.client") {
        let key = format!("kafka.client.{written}");
        // librdkafka's names have dots and no underscores; environment variables cannot have dots.
        let name = written.replace('_', ".");
        if let Some((_, reason, remedy)) = REFUSED.iter().find(|(refused, ..)| *refused == name) {
            settings.problem(&key, format!("is refused: {reason}"), remedy);
        } else if is_secret(&key) && settings.origin(&key) != Some(super::layers::ENVIRONMENT) {
            let variable = name.to_ascii_uppercase().replace('.', "_");
            let remedy = format!("set the environment variable COPYDESK__KAFKA__CLIENT__{variable} instead");
            settings.problem(&key, IN_THE_OPEN, remedy);
        } else {
            accept(settings, pairs, &key, &name, value);
        }
    }
}

/// Tries a pair on librdkafka and keeps it where it is accepted.
fn accept(settings: &mut Settings, pairs: &mut Vec<(String, String)>, key: &str, name: &str, value: String) {
    match ClientConfig::new().set(name, &value).create_native_config() {
        Ok(_) => pairs.push((name.to_owned(), value)),
        Err(rdkafka::error::KafkaError::ClientConfig(_, why, ..)) => {
            let why = if is_secret(key) { "the value is not accepted".to_owned() } else { why };
            settings.problem(key, format!("is refused by librdkafka: {why}"), "see librdkafka's CONFIGURATION.md");
        }
        Err(other) => {
            settings.problem(key, format!("is refused by librdkafka: {other}"), "see librdkafka's CONFIGURATION.md")
        }
    }
}

/// Whether a key's value must never be shown. A path to a secret is not one.
pub(super) fn is_secret(key: &str) -> bool {
    let secret = ["password", "passphrase", "secret", "key.pem", "key_pem"].iter().any(|word| key.contains(word));
    secret && !key.ends_with("_file") && !key.ends_with(".location")
}

/// The value, or the mask.
pub(super) fn masked<'a>(key: &str, value: &'a str) -> &'a str {
    if is_secret(key) { MASK } else { value }
}
