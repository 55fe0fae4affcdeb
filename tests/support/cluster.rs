//! Real Kafka brokers in KRaft mode, each broker and controller at once.

use super::process::{BROKER_PORTS, Guarded, free_ports, is_running, signal};
use super::relay::Relay;
use super::{test_dir, unique, wait_for};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// How long brokers may take to be ready, on a busy machine with two cores.
const READY: Duration = Duration::from_secs(120);

/// The broker that the tests of one binary share: its bootstrap servers.
pub fn broker() -> &'static str {
    static BROKER: OnceLock<(String, Option<Cluster>)> = OnceLock::new();
    let (bootstrap, _) = BROKER.get_or_init(|| match std::env::var("COPYDESK_TEST_BOOTSTRAP") {
        Ok(bootstrap) if !bootstrap.is_empty() => (bootstrap, None),
        _ => {
            let cluster = Cluster::start(1);
            (cluster.bootstrap(), Some(cluster))
        }
    });
    bootstrap
}

/// Brokers of one cluster, numbered from 0.
pub struct Cluster {
    dir: PathBuf,
    brokers: Vec<Broker>,
    relays: Vec<Relay>,
}

struct Broker {
    dir: PathBuf,
    host: String,
    port: u16,
    users_port: u16,
    process: Option<Guarded>,
}

/// Where one broker listens.
struct Ports {
    clients: u16,
    controller: u16,
    /// For users by name, where there are any.
    users: u16,
    /// For those who come through a relay: the relay's port, and the one that it passes on to.
    relayed: Vec<(u16, u16)>,
}

/// Relays of one cluster, at most.
const RELAYS_MAX: usize = 4;

impl Cluster {
    /// Starts `count` brokers, 1 or 3, and waits until they know each other. With 3, everything stands three times, and two
    /// copies make a write count.
    pub fn start(count: usize) -> Self {
        Self::start_with_relays(count, 0)
    }

    /// The same with one broker, which is reached at this address of the machine.
    pub fn start_at(host: &str) -> Self {
        Self::start_all(host, 1, 0, &[])
    }

    /// The same, with relays to it, each a way for one instance alone.
    pub fn start_with_relays(count: usize, relays: usize) -> Self {
        Self::start_all("127.0.0.1", count, relays, &[])
    }

    /// The same with one broker that has an authorizer. Who comes without a name may do everything; each of `users`, whose password
    /// is the name, may do what it is allowed, at another address.
    pub fn start_with_users(users: &[String]) -> (Self, String) {
        let cluster = Self::start_all("127.0.0.1", 1, 0, users);
        let address = format!("127.0.0.1:{}", cluster.brokers[0].users_port);
        (cluster, address)
    }

    fn start_all(host: &str, count: usize, relays: usize, users: &[String]) -> Self {
        assert!(count == 1 || count == 3, "1 or 3 brokers");
        assert!(relays <= RELAYS_MAX);
        let mut free = free_ports::<{ 3 * (3 + 2 * RELAYS_MAX) }>(BROKER_PORTS).into_iter();
        let mut port = || free.next().expect("as many as are needed");
        let ports: Vec<Ports> = (0..count)
            .map(|_| Ports {
                clients: port(),
                controller: port(),
                users: port(),
                relayed: (0..relays).map(|_| (port(), port())).collect(),
            })
            .collect();
        let relays = (0..relays).map(|at| Relay::start(&ports.iter().map(|p| p.relayed[at]).collect::<Vec<_>>()));
        let dir = test_dir().join("clusters").join(unique("kafka"));
        let quorum = (1..).zip(&ports).map(|(id, ports)| format!("{id}@127.0.0.1:{}", ports.controller));
        let quorum = quorum.collect::<Vec<_>>().join(",");
        let brokers = (1..).zip(&ports).map(|(id, ports)| {
            let dir = dir.join(format!("broker-{}", id - 1));
            std::fs::create_dir_all(&dir).expect("a folder for the broker");
            let properties = properties(&dir, host, id, ports, &quorum, count, users);
            std::fs::write(dir.join("server.properties"), properties).expect("server.properties");
            Broker { dir, host: host.to_owned(), port: ports.clients, users_port: ports.users, process: None }
        });
        let mut cluster = Cluster { brokers: brokers.collect(), dir, relays: relays.collect() };
        std::thread::scope(|scope| {
            for broker in &cluster.brokers {
                scope.spawn(|| broker.format());
            }
        });
        cluster.brokers.iter_mut().for_each(Broker::spawn);
        cluster.wait_ready();
        cluster
    }

    /// Addresses of all brokers.
    pub fn bootstrap(&self) -> String {
        self.brokers.iter().map(Broker::address).collect::<Vec<_>>().join(",")
    }

    /// Address of one broker.
    pub fn address(&self, broker: usize) -> String {
        self.brokers[broker].address()
    }

    /// The relays, to be held by those who use them.
    pub fn take_relays(&mut self) -> Vec<Relay> {
        std::mem::take(&mut self.relays)
    }

    /// Brokers in the cluster, running or not.
    pub fn count(&self) -> usize {
        self.brokers.len()
    }

    /// SIGKILL.
    pub fn kill(&mut self, broker: usize) {
        self.brokers[broker].process.take().expect("a running broker").kill();
    }

    /// SIGTERM: the broker hands its partitions over before it ends.
    pub fn terminate(&mut self, broker: usize) {
        self.brokers[broker].process.take().expect("a running broker").terminate(Duration::from_secs(60));
    }

    /// Starts brokers that were killed or terminated, and waits until all that run know each other.
    pub fn restart(&mut self, brokers: &[usize]) {
        for broker in brokers {
            assert!(self.brokers[*broker].process.is_none(), "the broker runs");
            self.brokers[*broker].spawn();
        }
        self.wait_ready();
    }

    /// From now on no file of the broker may grow: each write fails, as on a full disk. Waits until the broker ends, which is
    /// what it does without a log folder.
    pub fn fill_disk(&mut self, broker: usize) {
        let mut process = self.brokers[broker].process.take().expect("a running broker");
        let limited = Command::new("prlimit").args(["--fsize=0", "--pid", &process.pid().to_string()]).status();
        assert!(limited.expect("prlimit").success());
        wait_for("the broker without disk to end", READY, || (!is_running(process.pid())).then_some(()));
        process.kill();
    }

    /// SIGSTOP: the broker is there and does not answer.
    pub fn stop(&self, broker: usize) {
        signal(self.brokers[broker].pid(), "STOP");
    }

    /// SIGCONT.
    pub fn cont(&self, broker: usize) {
        signal(self.brokers[broker].pid(), "CONT");
    }

    /// Waits until every running broker lists all running brokers.
    pub fn wait_ready(&self) {
        let running: Vec<_> = self.brokers.iter().filter(|broker| broker.process.is_some()).collect();
        for broker in &running {
            let address = broker.address();
            wait_for(&format!("broker {address}; see {}", broker.dir.join("log.txt").display()), READY, || {
                assert!(is_running(broker.pid()), "the broker ended: {}", broker.dir.join("log.txt").display());
                (brokers_known_to(&address) == running.len()).then_some(())
            });
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for broker in &mut self.brokers {
            broker.process = None;
            // Logs stay for whoever looks into a failure.
            let _ = std::fs::remove_dir_all(broker.dir.join("data"));
        }
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

impl Broker {
    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn pid(&self) -> u32 {
        self.process.as_ref().expect("a running broker").pid()
    }

    fn format(&self) {
        let output = Command::new("java")
            .args([
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                &class_path(),
                "kafka.tools.StorageTool",
                "format",
            ])
            .args(["--cluster-id", "Y29weWRlc2stdGVzdHMtMQ", "--config"])
            .arg(self.dir.join("server.properties"))
            .output()
            .expect("java 17 or later on the PATH");
        assert!(output.status.success(), "StorageTool format: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn spawn(&mut self) {
        let (class_path, properties) = (class_path(), self.dir.join("server.properties"));
        let java =
            ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &class_path, "kafka.Kafka"];
        let command = [&java, [properties.to_str().expect("a UTF-8 path")].as_slice()].concat();
        self.process = Some(Guarded::spawn(&command, &self.dir.join("log.txt"), &self.dir.join("data")));
    }
}

/// How many brokers one of them says there are; 0 while it does not answer.
fn brokers_known_to(address: &str) -> usize {
    let client: Result<BaseConsumer, _> =
        ClientConfig::new().set("bootstrap.servers", address).set("log_level", "0").create();
    let metadata = client.and_then(|client| client.fetch_metadata(None, Duration::from_secs(2)));
    metadata.map_or(0, |metadata| metadata.brokers().len())
}

/// Runs one of Kafka's own tools by its class; panics where it fails.
#[track_caller]
pub fn kafka_tool(class: &str, arguments: &[&str]) {
    let java = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", &class_path(), class];
    let output = Command::new("java").args(java).args(arguments).output().expect("java 17 or later on the PATH");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{class} {arguments:?}: {said}");
}

fn class_path() -> String {
    let home = std::env::var_os("COPYDESK_TEST_KAFKA_HOME").map(PathBuf::from);
    let home = home.unwrap_or_else(|| test_dir().join("kafka/4.3.1"));
    assert!(
        home.join("complete").exists() || std::env::var_os("COPYDESK_TEST_KAFKA_HOME").is_some(),
        "no Kafka in {}: run tests/tools/fetch-kafka (or tests/run, which does), or name a broker in COPYDESK_TEST_BOOTSTRAP",
        home.display()
    );
    format!("{}/*", home.display())
}

/// What a broker is told of the users and of those without a name.
fn authorizer(users: &[String]) -> String {
    let passwords: String = users.iter().map(|user| format!(" user_{user}=\"{user}\"")).collect();
    format!(
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
         super.users=User:ANONYMOUS\n\
         listener.name.users.sasl.enabled.mechanisms=PLAIN\n\
         listener.name.users.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required{passwords};\n"
    )
}

fn properties(
    dir: &Path,
    host: &str,
    id: usize,
    ports: &Ports,
    quorum: &str,
    count: usize,
    users: &[String],
) -> String {
    let data = dir.join("data");
    let isr = count.min(2);
    let Ports { clients, controller, relayed, .. } = ports;
    let (mut listeners, mut advertised) = (String::new(), String::new());
    let mut protocols = String::new();
    for (at, (relay, port)) in relayed.iter().enumerate() {
        listeners += &format!(",RELAY{at}://127.0.0.1:{port}");
        advertised += &format!(",RELAY{at}://127.0.0.1:{relay}");
        protocols += &format!(",RELAY{at}:PLAINTEXT");
    }
    let mut more = String::new();
    if !users.is_empty() {
        let listener = format!(",USERS://{host}:{}", ports.users);
        listeners += &listener;
        advertised += &listener;
        protocols += ",USERS:SASL_PLAINTEXT";
        more = authorizer(users);
    }
    format!(
        "process.roles=broker,controller\n\
         node.id={id}\n\
         controller.quorum.voters={quorum}\n\
         controller.listener.names=CONTROLLER\n\
         listeners=PLAINTEXT://{host}:{clients},CONTROLLER://127.0.0.1:{controller}{listeners}\n\
         advertised.listeners=PLAINTEXT://{host}:{clients}{advertised}\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}\n\
         log.dirs={}\n\
         default.replication.factor={count}\n\
         min.insync.replicas={isr}\n\
         unclean.leader.election.enable=false\n\
         offsets.topic.replication.factor={count}\n\
         offsets.topic.num.partitions=5\n\
         transaction.state.log.replication.factor={count}\n\
         transaction.state.log.min.isr={isr}\n\
         transaction.state.log.num.partitions=5\n\
         group.initial.rebalance.delay.ms=0\n\
         broker.session.timeout.ms=6000\n\
         broker.heartbeat.interval.ms=1000\n\
         initial.broker.registration.timeout.ms={}\n\
         auto.create.topics.enable=false\n\
         log.cleaner.dedupe.buffer.size=4194304\n\
         {more}",
        data.display(),
        READY.as_millis()
    )
}
