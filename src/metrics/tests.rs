//! What a scrape shows.

use super::*;
use prometheus::TextEncoder;

fn fresh() -> (Registry, Metrics) {
    let registry = Registry::new();
    let metrics = Metrics::new(&registry).unwrap();
    (registry, metrics)
}

fn scrape(registry: &Registry) -> String {
    TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

#[track_caller]
fn shows(registry: &Registry, line: &str) {
    let text = scrape(registry);
    assert!(text.lines().any(|found| found == line), "no line {line:?} in\n{text}");
}

#[test]
fn every_closed_label_is_there_at_zero() {
    let (registry, _metrics) = fresh();
    for line in [
        "copydesk_pages_total{outcome=\"dead_lettered\"} 0",
        "copydesk_articles_total{kind=\"liveBlogEntry\",outcome=\"duplicate\"} 0",
        "copydesk_errors_total{code=\"killed_process\",stage=\"dedup\"} 0",
        "copydesk_skipped_total{reason=\"no_article\"} 0",
        "copydesk_warnings_total{warning=\"truncated\"} 0",
        "copydesk_transactions_total{result=\"unknown\"} 0",
        "copydesk_producer_renewals_total{reason=\"slow_commit\"} 0",
        "copydesk_candidates_lost_total 0",
        "copydesk_stage_duration_seconds_count{step=\"clean\"} 0",
        "copydesk_last_record_timestamp_seconds{stage=\"extract\"} 0",
        "copydesk_lane_faults_total{fault=\"changelog_torn\"} 0",
        "copydesk_ready 0",
    ] {
        shows(&registry, line);
    }
    assert!(scrape(&registry).contains("copydesk_build_info{"));
}

#[test]
fn verbs_count_what_they_name() {
    let (registry, metrics) = fresh();
    metrics.page(PageOutcome::Skipped, 2000);
    metrics.skipped(crate::expand::SkipReason::NoText);
    metrics.warnings(["no_date", "truncated"]);
    metrics.error(Stage::Extract, Code::Panic);
    metrics.articles(ArticleOutcome::Published, Kind::Teaser, 3);
    metrics.transaction(TransactionResult::Committed, Some(Duration::from_millis(4)));
    metrics.lane_fault("changelog_torn");
    metrics.lane_fault("no such fault");
    metrics.inflight_add(500);
    metrics.inflight_add(-200);
    metrics.last_record(Stage::Dedup, 1_700_000_000_999);
    for line in [
        "copydesk_pages_total{outcome=\"skipped\"} 1",
        "copydesk_page_bytes_bucket{le=\"4096\"} 1",
        "copydesk_skipped_total{reason=\"no_text\"} 1",
        "copydesk_warnings_total{warning=\"no_date\"} 1",
        "copydesk_warnings_total{warning=\"truncated\"} 1",
        "copydesk_warnings_total{warning=\"no_headline\"} 0",
        "copydesk_errors_total{code=\"panic\",stage=\"extract\"} 1",
        "copydesk_articles_total{kind=\"teaser\",outcome=\"published\"} 3",
        "copydesk_transactions_total{result=\"committed\"} 1",
        "copydesk_transaction_commit_seconds_bucket{le=\"0.005\"} 1",
        "copydesk_lane_faults_total{fault=\"changelog_torn\"} 1",
        "copydesk_inflight_bytes 300",
        "copydesk_last_record_timestamp_seconds{stage=\"dedup\"} 1700000000",
    ] {
        shows(&registry, line);
    }
}

#[test]
fn a_lane_is_in_exactly_one_state_and_leaves_no_trace() {
    let (registry, metrics) = fresh();
    let ones = |text: &str| {
        text.lines().filter(|line| line.starts_with("copydesk_lane_state") && line.ends_with(" 1")).count()
    };
    let lane = metrics.lane(3);
    shows(&registry, "copydesk_lane_state{partition=\"3\",state=\"assigned\"} 1");
    lane.state(LaneState::Running);
    lane.table(10, 200);
    shows(&registry, "copydesk_lane_state{partition=\"3\",state=\"running\"} 1");
    shows(&registry, "copydesk_dedup_entries{partition=\"3\"} 10");
    assert_eq!(ones(&scrape(&registry)), 1);

    let successor = metrics.lane(3);
    drop(lane);
    assert_eq!(ones(&scrape(&registry)), 1, "the successor's series must survive its predecessor");
    drop(successor);
    let text = scrape(&registry);
    assert!(!text.contains("copydesk_lane_state") && !text.contains("copydesk_dedup_entries"), "{text}");
}

#[test]
fn lag_is_never_negative_and_has_no_age_without_lag() {
    let (registry, metrics) = fresh();
    let input = metrics.input("pages.raw", 0);
    input.lag(100, 90, 7);
    shows(&registry, "copydesk_consumer_lag{partition=\"0\",topic=\"pages.raw\"} 10");
    shows(&registry, "copydesk_consumer_lag_seconds{partition=\"0\",topic=\"pages.raw\"} 7");
    input.lag(100, 101, 7);
    shows(&registry, "copydesk_consumer_lag{partition=\"0\",topic=\"pages.raw\"} 0");
    shows(&registry, "copydesk_consumer_lag_seconds{partition=\"0\",topic=\"pages.raw\"} 0");
    drop(input);
    assert!(!scrape(&registry).contains("copydesk_consumer_lag"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_shows_its_memory() {
    let (registry, _metrics) = fresh();
    let text = scrape(&registry);
    let line = text.lines().find(|line| line.starts_with("process_resident_memory_bytes")).unwrap();
    let bytes: f64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(bytes > 1e6, "{line}");
}

#[test]
fn enum_order_is_code_order() {
    for (index, code) in Code::ALL.iter().enumerate() {
        assert_eq!(*code as usize, index);
    }
    for (index, reason) in SkipReason::ALL.iter().enumerate() {
        assert_eq!(*reason as usize, index);
    }
    for (index, kind) in Kind::ALL.iter().enumerate() {
        assert_eq!(*kind as usize, index);
    }
}
