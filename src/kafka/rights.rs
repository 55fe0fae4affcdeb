//! Rights that brokers refuse for want of, named one way: the operation and the resource as `kafka-acls.sh` takes them.
//!
//! What holds: whoever asks the brokers for something knows what it needs, since their refusal says only of what kind it is.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// An operation on a resource of the brokers' authorizer.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// On a topic.
    Topic(&'static str, &'a str),
    /// On a consumer group.
    Group(&'static str, &'a str),
    /// On a transactional id.
    TransactionalId(&'static str, &'a str),
}

impl Right<'_> {
    /// How brokers refuse it.
    fn code(&self) -> RDKafkaErrorCode {
        match self {
            Right::Topic(..) => RDKafkaErrorCode::TopicAuthorizationFailed,
            Right::Group(..) => RDKafkaErrorCode::GroupAuthorizationFailed,
            Right::TransactionalId(..) => RDKafkaErrorCode::TransactionalIdAuthorizationFailed,
        }
    }

    fn name(&self) -> String {
        match self {
            Right::Topic(operation, name) => format!("{operation} on topic {name}"),
            Right::Group(operation, name) => format!("{operation} on group {name}"),
            Right::TransactionalId(operation, name) => format!("{operation} on transactional-id {name}"),
        }
    }
}

/// What to do where one of `needs` was refused with `code`; `None` where it was something else.
pub fn remedy(code: Option<RDKafkaErrorCode>, needs: &[Right<'_>]) -> Option<String> {
    let refused: Vec<String> = needs.iter().filter(|need| code == Some(need.code())).map(Right::name).collect();
    (!refused.is_empty()).then(|| format!("Give the principal {}", refused.join(", ")))
}

/// The error and what to do, where it refuses one of `needs`.
pub fn refusal(error: &KafkaError, needs: &[Right<'_>]) -> Option<String> {
    remedy(error.rdkafka_error_code(), needs).map(|remedy| format!("{error}. {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_missing_is_named_and_nothing_else() {
        let needs = [Right::Topic("Write", "a"), Right::Group("Read", "g"), Right::Topic("Write", "b")];
        let text = |code| remedy(Some(code), &needs).unwrap_or_default();
        assert_eq!(
            text(RDKafkaErrorCode::TopicAuthorizationFailed),
            "Give the principal Write on topic a, Write on topic b"
        );
        assert_eq!(text(RDKafkaErrorCode::GroupAuthorizationFailed), "Give the principal Read on group g");
        assert_eq!(text(RDKafkaErrorCode::TransactionalIdAuthorizationFailed), "");
        assert_eq!(text(RDKafkaErrorCode::RequestTimedOut), "");
    }
}
