//! How the C library shares out memory among the threads of a run, and when it gives back what is free.
//!
//! glibc gives up to eight arenas a core, and what a burst left free in one serves no thread of another: dozens of mostly idle
//! client threads make resident memory creep towards the sum of what each arena ever needed, a multiple of what is in use. As
//! many arenas as threads can run at once cost no more time. Within an arena, what is free below its last used block stays
//! resident for ever, and every burst adds its own; given back now and then, resident memory is what the last minute needed.
//!
//! What holds: elsewhere than with glibc nothing happens; where the environment says how many arenas, it is as the environment says.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) use glibc::{bound, keep_trimmed};

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn bound() {}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn keep_trimmed() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::thread;
    use std::time::Duration;

    /// Between two times that free memory is given back: each page that is wanted again costs a fault.
    const TRIM_INTERVAL: Duration = Duration::from_secs(60);

    /// Bounds the arenas of this process, unless the environment does, by either of the ways that glibc has. To be called before
    /// threads start.
    pub(in crate::cli) fn bound() {
        if std::env::var_os("MALLOC_ARENA_MAX").is_none()
            && !std::env::var("GLIBC_TUNABLES").is_ok_and(|tunables| tunables.contains("malloc.arena_max"))
        {
            let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
            // SAFETY: the call takes two numbers, and no other thread is there that could allocate meanwhile.
            #[allow(unsafe_code)]
            // Refused only where the number makes no sense: then all is as it would be without.
            let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, i32::try_from(cores).unwrap_or(i32::MAX)) };
        }
    }

    /// Gives free memory back to the system once a minute, until the process ends.
    pub(in crate::cli) fn keep_trimmed() {
        let trim = || loop {
            thread::sleep(TRIM_INTERVAL);
            // SAFETY: the call takes a number, locks each arena while it walks it, and touches free memory alone.
            #[allow(unsafe_code)]
            let _ = unsafe { libc::malloc_trim(0) };
        };
        // Without the thread more stays resident, no more is in use.
        drop(thread::Builder::new().name("trim".into()).spawn(trim));
    }
}
