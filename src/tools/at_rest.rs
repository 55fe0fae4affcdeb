//! Whether a consumer group has members: what a tool must know before it touches what they own.
//!
//! What holds: "at rest" is said only where the brokers say so, by whichever group protocol.

use rdkafka::client::ClientContext;
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::topic_partition_list::Offset;

use super::ToolError;
use crate::config::{Config, GroupProtocol};
use crate::kafka::client::{Clients, Context, REQUEST_TIMEOUT, watermarks};
use crate::kafka::one;

/// Refuses where `group`, which reads `topic`, has members.
///
/// # Errors
/// [`ToolError::Refused`] with who they are and what to do; or where no broker answers.
pub fn require(clients: &Clients, config: &Config, group: &str, topic: &str) -> Result<(), ToolError> {
    let settings = clients.member(group, 0, 0);
    let context: Context = clients.context("at-rest");
    let consumer: BaseConsumer<Context> = BaseConsumer::from_config_and_context(&settings, context)?;
    let members = members(&consumer, group)?;
    if !members.is_empty() {
        return Err(running(group, &members.join(", ")));
    }
    // Brokers do not describe groups of the newer protocol to this call, but refuse a commit from outside while they have
    // members.
    if config.kafka.group_protocol == GroupProtocol::Consumer && has_hidden_members(&consumer, topic)? {
        return Err(running(group, "members that the brokers do not name"));
    }
    Ok(())
}

fn running(group: &str, who: &str) -> ToolError {
    ToolError::Refused(format!(
        "the group {group} runs ({who}): its lanes hold in memory what this would change. Stop those instances, wait for \
         kafka.session_timeout, and try again"
    ))
}

fn members<C: ClientContext + rdkafka::consumer::ConsumerContext>(
    consumer: &BaseConsumer<C>,
    group: &str,
) -> Result<Vec<String>, ToolError> {
    let groups = consumer.client().fetch_group_list(Some(group), REQUEST_TIMEOUT)?;
    let members = groups.groups().iter().filter(|found| found.name() == group).flat_map(|found| found.members());
    Ok(members.map(|member| format!("{} at {}", member.client_id(), member.client_host())).collect())
}

/// Commits again what is committed, with what stands beside it; where nothing is, the partition's beginning, at which a member would start anyway.
fn has_hidden_members(consumer: &BaseConsumer<Context>, topic: &str) -> Result<bool, ToolError> {
    let mut same = consumer.committed_offsets(one(topic, 0), REQUEST_TIMEOUT)?;
    let is_there = same.elements().iter().any(|element| matches!(element.offset(), Offset::Offset(_)));
    if !is_there {
        let (low, _) = watermarks(consumer, topic, 0, REQUEST_TIMEOUT)?;
        same.set_partition_offset(topic, 0, Offset::Offset(low))?;
    }
    match consumer.commit(&same, CommitMode::Sync) {
        Ok(()) => Ok(false),
        Err(error) if is_membership(error.rdkafka_error_code()) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn is_membership(code: Option<RDKafkaErrorCode>) -> bool {
    use RDKafkaErrorCode as C;
    matches!(code, Some(C::UnknownMemberId | C::IllegalGeneration | C::StaleMemberEpoch | C::FencedMemberEpoch))
}
