//! Lanes on simulated brokers: what they wait for, how long, and what they say meanwhile.

use super::super::lane::BACKOFF_MAX;
use super::super::takeover::{QUICK_COMMIT_MAX, TOO_SLOW, mark};
use super::*;
use crate::kafka::topics;
use crate::metrics::LaneState;
use crossbeam_channel::Receiver;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

type Brokers = MockCluster<'static, DefaultProducerContext>;

const LOOK: Duration = Duration::from_millis(5);

/// The group's consumer, to which as many partitions of the candidates are assigned, and what each says.
fn assigned(
    shell: &Arc<Shell>,
    brokers: &Brokers,
    partitions: i32,
) -> (Arc<BaseConsumer<MemberContext>>, Vec<Standing>) {
    brokers.create_topic(&shell.config.topics.candidates, partitions, 1).expect("a topic");
    let consumer = join(shell).expect("a client");
    loop {
        assert!(consumer.poll(POLL).is_none());
        let given = std::mem::take(&mut *lock(&consumer.context().assignment.assigned));
        if !given.is_empty() {
            assert_eq!(given.len(), partitions as usize);
            return (consumer, given.into_iter().map(|(_, standing)| standing).collect());
        }
    }
}

/// A lane that has ended, to be begun anew.
fn end_anew(shell: &Arc<Shell>, lanes: &Lanes, partition: i32, standing: Standing) {
    standing.state(LaneState::Assigned);
    let (anew, progress) = (Arc::new(Mutex::new(Some(standing))), Progress::new(shell, "candidates", partition));
    let thread = shell.spawn("ended", || {});
    while !thread.is_finished() {
        std::thread::sleep(LOOK);
    }
    let ended = LaneThread { cancelled: Arc::default(), anew, progress: Arc::new(progress), thread };
    lock(&lanes.running).insert(partition, ended);
}

fn says(shell: &Shell) -> String {
    shell.health.ready().reasons.remove("lane 0").unwrap_or_default()
}

#[test]
fn a_lane_that_begins_anew_says_what_it_waits_for() {
    let brokers = MockCluster::new(1).expect("a simulated broker");
    let (shell, failures) = Shell::simulated(&brokers);
    let (consumer, mut standings) = assigned(&shell, &brokers, 1);
    let lanes = &consumer.context().assignment;
    let standing = standings.remove(0);
    standing.state(LaneState::Running);
    assert_eq!(says(&shell), "");
    end_anew(&shell, lanes, 0, standing);
    begin_anew(&shell, &consumer, &shell.health.pulse("dedup", LANE_SILENCE_MAX));
    assert!(says(&shell).starts_with("assigned: waits for"), "{}", says(&shell));
    assert_eq!((lanes.partitions().len(), lock(&lanes.assigned).len(), failures.len()), (0, 1, 0));
}

/// Nobody polls while they are asked for, and the group bears that only so long.
#[test]
fn partitions_that_nobody_leads_are_begun_anew_within_one_deadline() {
    let brokers = MockCluster::new(1).expect("a simulated broker");
    let settings = [
        ("kafka.heartbeat_interval", "1s"),
        ("kafka.session_timeout", "4s"),
        ("kafka.max_poll_interval", "4s"),
        ("run.drain_timeout", "1s"),
    ];
    let (shell, failures) = Shell::simulated_with(&brokers, &settings);
    let (consumer, standings) = assigned(&shell, &brokers, 3);
    let lanes = &consumer.context().assignment;
    for (partition, standing) in (0..).zip(standings) {
        brokers.partition_leader(&shell.config.topics.candidates, partition, None).expect("no leader");
        end_anew(&shell, lanes, partition, standing);
    }
    let (deadline, patience) = (shell.poll_deadline(), shell.poll_deadline() - Instant::now());
    let pulse = shell.health.pulse("dedup", patience / 2);
    begin_anew(&shell, &consumer, &pulse);
    let late = Instant::now().saturating_duration_since(deadline);
    assert!(late < patience / 2, "{late:?} over the deadline");
    assert!(shell.health.live().ok, "it shows life between the partitions");
    assert_eq!((lock(&lanes.assigned).len(), failures.len()), (3, 0));
}

/// Brokers with the topics of a stage that has one lane.
fn one_lane() -> (Brokers, Arc<Shell>, Receiver<Failure>) {
    let brokers = MockCluster::new(1).expect("a simulated broker");
    let settings = [("topics.candidate_partitions", "1"), ("topics.articles_partitions", "1")];
    let (shell, failures) = Shell::simulated_with(&brokers, &settings);
    brokers.create_topic(&shell.config.topics.changelog, 1, 1).expect("a topic");
    topics::write_genesis(&shell.clients, &shell.config).expect("written");
    (brokers, shell, failures)
}

/// Waits until the lane says so.
#[track_caller]
fn wait_until(shell: &Shell, what: &str, is_so: impl Fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so(&says(shell)) {
        assert!(Instant::now() < deadline, "the lane is not {what}: {}", says(shell));
        std::thread::sleep(LOOK);
    }
}

#[test]
fn a_lane_that_the_client_reads_no_more_is_begun_anew_behind_a_pause() {
    let (brokers, shell, failures) = one_lane();
    brokers.create_topic(&shell.config.topics.candidates, 1, 1).expect("a topic");
    let stage = {
        let shell = Arc::clone(&shell);
        std::thread::spawn(move || run(&shell))
    };
    wait_until(&shell, "assigned", |says| !says.is_empty());
    wait_until(&shell, "ready", str::is_empty);
    // Not once: what was asked for before the lane's seek is not heard any more.
    let gone =
        || brokers.request_errors(RDKafkaApiKey::Fetch, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE]);
    wait_until(&shell, "begun anew", |says| {
        gone();
        says.starts_with("assigned")
    });
    brokers.clear_request_errors(RDKafkaApiKey::Fetch);
    let begin = Instant::now();
    wait_until(&shell, "ready", str::is_empty);
    assert!(begin.elapsed() > BACKOFF_MAX * 9 / 10, "after {:?}", begin.elapsed());
    shell.stop.set();
    stage.join().expect("no panic");
    assert!(failures.is_empty(), "{}", failures.recv().expect("a failure"));
}

#[test]
fn brokers_that_are_too_slow_for_any_commit_are_told_of() {
    let (brokers, shell, _failures) = one_lane();
    let (consumer, mut standings) = assigned(&shell, &brokers, 1);
    let lane = lane(&shell, &consumer, &Permits::new(1), 0, standings.remove(0)).expect("a queue");
    // The client sends the request again, after a pause that grows with what is called quick.
    brokers.request_errors(RDKafkaApiKey::EndTxn, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS]);
    let owned = std::thread::spawn(move || mark(&lane, QUICK_COMMIT_MAX).map(|_| lane));
    wait_until(&shell, "refused", |says| says.contains(TOO_SLOW));
    let lane = owned.join().expect("no panic").expect("the next commit is quick");
    assert!(says(&shell).contains(TOO_SLOW), "it has committed no candidate yet");
    lane.standing.committed();
    assert!(!says(&shell).contains(TOO_SLOW));
}
