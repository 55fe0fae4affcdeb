//! Locking, in one way for the whole shell.
//!
//! What holds: what is kept under a lock here is whole between any two statements, so a thread that panicked while it held
//! one leaves nothing half done. The panic itself ends the run, or is counted, where it happened; it must not spread from
//! thread to thread, least of all into a callback of the client library.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks, also after a panic elsewhere.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
