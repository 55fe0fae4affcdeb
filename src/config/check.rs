//! Raw settings to a checked [`Config`]: each key with its bounds, then the rules between keys.

use super::settings::Settings;
use super::units::{show_bytes, show_duration};
use super::{
    Config, Dedup, DedupMode, Extract, GroupProtocol, Http, Kafka, Log, LogFormat, OnGap, RECORD_OVERHEAD_BYTES, Run,
    Topics, client,
};
use std::net::SocketAddr;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The brokers' own limit on the length of a topic's name.
const TOPIC_NAME_BYTES_MAX: usize = 249;

const ON_GAP: [(&str, OnGap); 2] = [("stop", OnGap::Stop), ("continue", OnGap::Continue)];

/// Reads every section. The answer is only as good as [`Settings::finish`] says.
pub(super) fn check(settings: &mut Settings) -> Config {
    let kafka = kafka(settings);
    let topics = topics(settings);
    let extract = extract(settings, &topics.prefix);
    let dedup = dedup(settings, &topics.prefix);
    let config = Config { kafka, topics, extract, dedup, run: run(settings), http: http(settings), log: log(settings) };
    rules(settings, &config);
    config
}

fn kafka(settings: &mut Settings) -> Kafka {
    let bootstrap_servers = settings.required("kafka.bootstrap_servers");
    for server in bootstrap_servers.split(',').map(str::trim).filter(|_| !bootstrap_servers.is_empty()) {
        let port = server.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(1..))) {
            let what = format!("holds {server:?}, which is not HOST:PORT");
            settings.problem("kafka.bootstrap_servers", what, "write it as in \"broker-1:9092,broker-2:9092\"");
        }
    }
    let protocols = [("classic", GroupProtocol::Classic), ("consumer", GroupProtocol::Consumer)];
    Kafka {
        client_id: settings.required("kafka.client_id"),
        client: client::read(settings),
        bootstrap_servers,
        group_protocol: settings.choice("kafka.group_protocol", &protocols),
        session_timeout: settings.duration("kafka.session_timeout", SECOND..=SECOND * 1800),
        heartbeat_interval: settings.duration("kafka.heartbeat_interval", SECOND / 10..=SECOND * 600),
        max_poll_interval: settings.duration("kafka.max_poll_interval", SECOND..=DAY),
    }
}

fn topics(settings: &mut Settings) -> Topics {
    let prefix = settings.text("topics.prefix");
    let mut own = |key: &str| topic(settings, key, &prefix);
    let (candidates, changelog) = (own("topics.candidates"), own("topics.changelog"));
    let (articles, duplicates) = (own("topics.articles"), own("topics.duplicates"));
    let dead_letters = own("topics.dead_letters");
    Topics {
        pages: topic(settings, "topics.pages", ""),
        candidates,
        changelog,
        articles,
        duplicates,
        dead_letters,
        candidate_partitions: settings.count("topics.candidate_partitions", 1..=10_000) as i32,
        articles_partitions: settings.count("topics.articles_partitions", 1..=10_000) as i32,
        replication_factor: settings.count("topics.replication_factor", 1..=32) as i32,
        min_insync_replicas: settings.count("topics.min_insync_replicas", 1..=32) as i32,
        candidates_retention: settings.duration("topics.candidates_retention", SECOND * 60..=DAY * 3650),
        changelog_segment: settings.duration("topics.changelog_segment", SECOND * 60..=DAY * 30),
        message_bytes_max: settings.bytes("topics.message_bytes_max", 64 * KIB..=100 * MIB) as usize,
        prefix,
    }
}

/// A topic's full name, checked against the brokers' rules.
fn topic(settings: &mut Settings, key: &str, prefix: &str) -> String {
    let name = prefixed(prefix, &settings.required(key));
    let legal = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    settings.rule(
        &[key],
        legal && name.len() <= TOPIC_NAME_BYTES_MAX && name != "." && name != "..",
        format!("makes the topic {name:?}, which brokers refuse"),
        format!("use letters, digits, '.', '_' and '-', at most {TOPIC_NAME_BYTES_MAX} with topics.prefix"),
    );
    name
}

fn prefixed(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn extract(settings: &mut Settings, prefix: &str) -> Extract {
    Extract {
        group_id: prefixed(prefix, &settings.required("extract.group_id")),
        workers: settings.count("extract.workers", 0..=1024) as usize,
        inflight_bytes_max: settings.bytes("extract.inflight_bytes_max", MIB..=64 * GIB) as usize,
        prefetch_bytes_max: settings.bytes("extract.prefetch_bytes_max", MIB..=64 * GIB) as usize,
        inflight_records_max: settings.count("extract.inflight_records_max", 1..=1_000_000) as usize,
        // Twice of it has to fit into an answer to the client, which takes 2 GiB, and once into a record of it, 1 GB.
        page_bytes_max: settings.bytes("extract.page_bytes_max", KIB..=900 * MIB) as usize,
        event_bytes_max: settings.bytes("extract.event_bytes_max", 16 * KIB..=100 * MIB) as usize,
        commit_interval: settings.duration("extract.commit_interval", SECOND / 100..=SECOND * 60),
        dead_letter_bytes_max: settings.bytes("extract.dead_letter_bytes_max", 0..=100 * MIB) as usize,
        depth_max: settings.count("extract.depth_max", 16..=4096) as usize,
        blocks_max: settings.count("extract.blocks_max", 100..=10_000_000) as usize,
        deaths_max: settings.count("extract.deaths_max", 1..=100),
        headroom_percent_min: settings.count("extract.headroom_percent_min", 0..=90),
        on_gap: settings.choice("extract.on_gap", &ON_GAP),
    }
}

fn dedup(settings: &mut Settings, prefix: &str) -> Dedup {
    Dedup {
        group_id: prefixed(prefix, &settings.required("dedup.group_id")),
        mode: settings.choice("dedup.mode", &[("publish", DedupMode::Publish), ("learn", DedupMode::Learn)]),
        // An eighth of it is a time bucket, and a bucket is at least a second.
        ttl: settings.duration("dedup.ttl", SECOND * 8..=DAY * 3650),
        // A transaction holds up every reader of articles, so its age is bounded.
        commit_interval: settings.duration("dedup.commit_interval", SECOND / 100..=SECOND * 3),
        // Their hashes, 16 bytes each, fit into one record of the changelog.
        transaction_records_max: settings.count("dedup.transaction_records_max", 1..=60_000) as usize,
        transaction_bytes_max: settings.bytes("dedup.transaction_bytes_max", 64 * KIB..=GIB) as usize,
        prefetch_bytes_max: settings.bytes("dedup.prefetch_bytes_max", MIB..=64 * GIB) as usize,
        transactional_id_prefix: prefixed(prefix, "dedup.v1"),
        transaction_timeout: settings.duration("dedup.transaction_timeout", SECOND * 5..=SECOND * 900),
        restores_max: settings.count("dedup.restores_max", 1..=256) as usize,
        on_gap: settings.choice("dedup.on_gap", &ON_GAP),
        publish_duplicates: settings.flag("dedup.publish_duplicates"),
    }
}

fn run(settings: &mut Settings) -> Run {
    Run {
        drain_timeout: settings.duration("run.drain_timeout", SECOND..=SECOND * 3600),
        stall_timeout: settings.duration("run.stall_timeout", SECOND..=DAY),
        topics_check_interval: settings.duration("run.topics_check_interval", SECOND..=DAY),
    }
}

fn http(settings: &mut Settings) -> Http {
    let remedy = "write ADDRESS:PORT, as in \"127.0.0.1:9464\", or \"0.0.0.0:9464\" for every interface";
    let listen = settings.parse("http.listen", remedy, |text| text.parse().ok());
    Http {
        enabled: settings.flag("http.enabled"),
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9464))),
    }
}

fn log(settings: &mut Settings) -> Log {
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let remedy = "write error, warn, info, debug or trace, or a filter such as \"info,copydesk::kafka=debug\"";
    let level = settings.parse("log.level", remedy, |text| {
        tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned()).filter(|text| !text.is_empty())
    });
    Log { format: settings.choice("log.format", &formats), level: level.unwrap_or_default() }
}

/// What must hold between keys.
fn rules(settings: &mut Settings, config: &Config) {
    topic_rules(settings, &config.topics);
    size_rules(settings, config);
    time_rules(settings, config);
    settings.rule(
        &["dedup.group_id", "extract.group_id"],
        config.extract.group_id != config.dedup.group_id,
        "is the same as extract.group_id",
        "the stages read different topics: give each its own group",
    );
}

fn topic_rules(settings: &mut Settings, topics: &Topics) {
    let (p, a) = (topics.candidate_partitions, topics.articles_partitions);
    settings.rule(
        &["topics.articles_partitions", "topics.candidate_partitions"],
        a != 0 && p != 0 && (a % p == 0 || p % a == 0),
        format!("is {a}, and topics.candidate_partitions is {p}: neither divides the other"),
        format!("use a divisor or a multiple of {p}; a transaction over many partitions commits slowly"),
    );
    settings.rule(
        &["topics.min_insync_replicas", "topics.replication_factor"],
        topics.min_insync_replicas <= topics.replication_factor,
        format!("is more than topics.replication_factor, {}", topics.replication_factor),
        "lower it; no record could ever be acknowledged",
    );
    let names = [
        ("topics.pages", &topics.pages),
        ("topics.candidates", &topics.candidates),
        ("topics.changelog", &topics.changelog),
        ("topics.articles", &topics.articles),
        ("topics.duplicates", &topics.duplicates),
        ("topics.dead_letters", &topics.dead_letters),
    ];
    for (index, (key, name)) in names.iter().enumerate() {
        for (other, _) in names[..index].iter().filter(|(_, earlier)| earlier == name) {
            settings.rule(&[key, other], false, format!("is the same topic as {other}: {name}"), "give each its own");
        }
    }
}

/// A key whose value must not be less than another key's.
fn at_least<T: PartialOrd + Copy>(
    settings: &mut Settings,
    (key, value): (&str, T),
    (other, bound): (&str, T),
    show: impl Fn(T) -> String,
    remedy: &str,
) {
    let what = format!("is less than {other}, {}", show(bound));
    settings.rule(&[key, other], value >= bound, what, remedy);
}

fn size_rules(settings: &mut Settings, config: &Config) {
    let (extract, dedup) = (&config.extract, &config.dedup);
    let shown = |bytes: usize| show_bytes(bytes as u64);
    let room = config.topics.message_bytes_max.saturating_sub(RECORD_OVERHEAD_BYTES);
    settings.rule(
        &["extract.event_bytes_max", "topics.message_bytes_max"],
        extract.event_bytes_max <= room,
        format!(
            "is {}; topics.message_bytes_max leaves {} beside headers",
            shown(extract.event_bytes_max),
            shown(room)
        ),
        "lower it, or raise topics.message_bytes_max (and the topics' max.message.bytes)",
    );
    settings.rule(
        &["extract.dead_letter_bytes_max", "topics.message_bytes_max"],
        extract.dead_letter_bytes_max <= room,
        format!("is more than fits into topics.message_bytes_max beside headers, {}", shown(room)),
        "lower it, or raise topics.message_bytes_max",
    );
    let page_max = ("extract.page_bytes_max", extract.page_bytes_max);
    let event_max = ("extract.event_bytes_max", extract.event_bytes_max);
    let inflight = ("extract.inflight_bytes_max", extract.inflight_bytes_max);
    at_least(settings, inflight, page_max, shown, "raise it; the largest page must fit");
    let transaction = ("dedup.transaction_bytes_max", dedup.transaction_bytes_max);
    at_least(settings, transaction, event_max, shown, "raise it; the largest event must fit");
}

fn time_rules(settings: &mut Settings, config: &Config) {
    let (kafka, dedup) = (&config.kafka, &config.dedup);
    settings.rule(
        &["kafka.heartbeat_interval", "kafka.session_timeout"],
        kafka.heartbeat_interval * 3 <= kafka.session_timeout,
        format!("is more than a third of kafka.session_timeout, {}", show_duration(kafka.session_timeout)),
        "lower it; one lost heartbeat must not cost the partitions",
    );
    let session = ("kafka.session_timeout", kafka.session_timeout);
    at_least(settings, ("kafka.max_poll_interval", kafka.max_poll_interval), session, show_duration, "raise it");
    settings.rule(
        &["run.drain_timeout", "kafka.max_poll_interval"],
        config.run.drain_timeout < kafka.max_poll_interval,
        format!("is not below kafka.max_poll_interval, {}", show_duration(kafka.max_poll_interval)),
        "lower it; a drain that takes longer loses the partitions",
    );
    settings.rule(
        &["dedup.transaction_timeout", "dedup.commit_interval"],
        dedup.transaction_timeout >= dedup.commit_interval * 5,
        format!("is less than five times dedup.commit_interval, {}", show_duration(dedup.commit_interval)),
        "raise it; the broker would abort transactions that are well",
    );
}
