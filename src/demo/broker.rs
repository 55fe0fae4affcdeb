//! Where the demo runs: librdkafka's mock cluster in this process, or brokers that somebody runs.

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::pages::PARTITIONS;
use crate::config::Config;
use crate::kafka::client::{Clients, REQUEST_TIMEOUT};
use crate::kafka::topics::{self, TopicsError};

/// The brokers of a demo.
pub enum Broker {
    /// In this process; ends with it.
    Simulated(MockCluster<'static, DefaultProducerContext>),
    /// These bootstrap servers.
    Real(String),
}

impl Broker {
    /// Starts a simulated broker.
    ///
    /// # Errors
    /// Where librdkafka can't open its ports.
    pub fn simulated() -> Result<Self, KafkaError> {
        Ok(Broker::Simulated(MockCluster::new(1)?))
    }

    /// Settings that no layer may override: where the brokers are, and topics that nobody else has.
    pub fn settings(&self) -> Vec<(String, String)> {
        // Short enough to type, and topics of earlier demos stay on a real broker.
        let prefix = format!("demo-{}", &uuid::Uuid::new_v4().simple().to_string()[..6]);
        let mut settings = vec![
            ("topics.pages".to_owned(), format!("{prefix}.pages.raw")),
            ("topics.prefix".to_owned(), prefix),
            ("topics.replication_factor".to_owned(), "1".to_owned()),
            ("topics.min_insync_replicas".to_owned(), "1".to_owned()),
        ];
        let mut set = |key: &str, value: String| settings.push((key.to_owned(), value));
        match self {
            Broker::Simulated(cluster) => {
                set("kafka.bootstrap_servers", cluster.bootstrap_servers());
                set("kafka.group_protocol", "classic".into());
                set("kafka.security_protocol", "plaintext".into());
                for unset in
                    ["sasl_mechanism", "sasl_username", "sasl_password_file", "ssl_ca_file", "ssl_certificate_file"]
                {
                    set(&format!("kafka.{unset}"), String::new());
                }
                set("kafka.ssl_key_file", String::new());
            }
            Broker::Real(bootstrap) => set("kafka.bootstrap_servers", bootstrap.clone()),
        }
        settings
    }

    /// Makes the topics; on a real cluster with up to three copies, as it has brokers.
    ///
    /// # Errors
    /// Where no broker answers, or refuses.
    pub(super) fn prepare(&self, clients: &Clients, config: &mut Config) -> Result<(), TopicsError> {
        match self {
            Broker::Simulated(cluster) => {
                let t = &config.topics;
                let lanes = t.candidate_partitions;
                let mut topics = vec![(&t.pages, PARTITIONS), (&t.candidates, lanes), (&t.changelog, lanes)];
                topics.extend([&t.articles, &t.dead_letters, &t.duplicates].map(|name| (name, t.articles_partitions)));
                for (name, partitions) in topics {
                    cluster.create_topic(name, partitions, 1)?;
                }
                topics::write_genesis(clients, config)
            }
            Broker::Real(_) => {
                let metadata = clients.asker("demo")?.fetch_metadata(None, REQUEST_TIMEOUT)?;
                let brokers = metadata.brokers().len() as i32;
                config.topics.replication_factor = brokers.clamp(1, 3);
                config.topics.min_insync_replicas = brokers.clamp(1, 2);
                topics::create(clients, config, Some(PARTITIONS as usize)).map(drop)
            }
        }
    }
}
