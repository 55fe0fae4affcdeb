//! What is left out of the protocol, or let in, to see what it is there for.

/// Steps that are left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutant {
    /// Each owner has a transactional id of its own.
    pub no_fencing: bool,
    /// What a stale replica shows counts as the whole log.
    pub eof_is_end: bool,
    /// The table learns when a transaction begins.
    pub seen_before_commit: bool,
    /// The group's offset says where to go on.
    pub group_offset: bool,
    /// A producer is used again after a slow commit.
    pub no_renewal: bool,
    /// A transaction does not begin with a record to the changelog.
    pub no_open_record: bool,
    /// A new producer goes on with the old memory, whatever the log says.
    pub no_tail_check: bool,
    /// After a commit of unknown end the batch is sent again.
    pub unknown_is_failed: bool,
    /// Articles are sent before the open record is acknowledged.
    pub open_not_awaited: bool,
    /// The segment is sent before the articles are acknowledged.
    pub articles_not_awaited: bool,
    /// Nothing left out, but something that must not be: an `EndTxn` of the current epoch that nobody sent for this transaction.
    pub stray_commit: bool,
    /// The same, as an abort.
    pub stray_abort: bool,
}
