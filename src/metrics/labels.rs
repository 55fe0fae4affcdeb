//! The closed sets that metric labels draw from. A URL, a host or a hash is never a label.

/// An enum whose values are a label's only values.
macro_rules! closed_set {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident => $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$value_doc])* $value,)+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$value,)+];

            /// The label's word.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$value => $word,)+ }
            }
        }
    };
}

closed_set! {
    /// The two stages.
    Stage {
        /// Pages to candidates.
        Extract => "extract",
        /// Candidates to articles.
        Dedup => "dedup",
    }
}

closed_set! {
    /// What became of a page: every page that was read has exactly one.
    PageOutcome {
        /// At least one event.
        Expanded => "expanded",
        /// A page that simply holds no article.
        Skipped => "skipped",
        /// A fault; the page went to the dead letters.
        DeadLettered => "dead_lettered",
    }
}

closed_set! {
    /// What became of a candidate: every candidate that was read has exactly one.
    ArticleOutcome {
        /// First seen; its transaction is committed.
        Published => "published",
        /// Seen before.
        Duplicate => "duplicate",
        /// First seen while the stage learns: remembered, not published.
        Learned => "learned",
    }
}

closed_set! {
    /// Where the time of one page goes.
    Step {
        /// Read, waiting for a parsing thread.
        Queue => "queue",
        /// Envelope, decompression, charset.
        Decode => "decode",
        /// Blocks and their classes.
        Clean => "clean",
        /// Articles of the page.
        Split => "split",
        /// Canonical text, hash and event.
        Event => "event",
        /// From reading the page to the broker's acknowledgement of a candidate or dead letter.
        Acknowledge => "acknowledge",
    }
}

closed_set! {
    /// Where a lane stands.
    LaneState {
        /// The partition is ours, nothing else is known.
        Assigned => "assigned",
        /// Shutting out the previous owner, then waiting for leave to restore.
        Fencing => "fencing",
        /// Reading the changelog.
        Restoring => "restoring",
        /// Deciding and committing.
        Running => "running",
        /// Shut out, by another owner or for a transaction that took too long.
        Fenced => "fenced",
        /// Stopped with an error; an operator must act.
        Stopped => "stopped",
    }
}

closed_set! {
    /// How it goes with an input partition.
    InputState {
        /// Its records are finished as they come, or none waits.
        Moving => "moving",
        /// Records wait, and none was finished for `run.stall_timeout`.
        Stalled => "stalled",
        /// Not read: records were deleted unread, and an operator decides.
        Stopped => "stopped",
    }
}

closed_set! {
    /// How a transaction ended.
    TransactionResult {
        /// Committed.
        Committed => "committed",
        /// Aborted by us; its records are replayed.
        Aborted => "aborted",
        /// The brokers shut us out: for another owner, or since it took longer than its timeout.
        Fenced => "fenced",
        /// Nobody can tell; the lane restores from its log.
        Unknown => "unknown",
    }
}

closed_set! {
    /// What was done of a checkpoint.
    CheckpointStep {
        /// The table stands in the changelog once more.
        Written => "written",
        /// What lay before it is deleted.
        LogCut => "log_cut",
        /// What lay before it could not be deleted.
        CutFailed => "cut_failed",
    }
}

closed_set! {
    /// Why a lane's producer was replaced.
    RenewalReason {
        /// A commit that took so long that the client may have resent it.
        SlowCommit => "slow_commit",
        /// After an abort.
        Abort => "abort",
        /// After any other error, of the client or while the changelog was read: the lane restores in place.
        Error => "error",
        /// After being fenced while the partition is still ours.
        Fenced => "fenced",
        /// After a commit whose outcome nobody can tell.
        UnknownOutcome => "unknown_outcome",
    }
}
