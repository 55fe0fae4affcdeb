//! How the C library shares out memory among the threads of a run.
//!
//! glibc gives up to eight arenas a core, and what a burst left free in one serves no thread of another: dozens of mostly idle
//! client threads make resident memory creep towards the sum of what each arena ever needed, a multiple of what is in use. As
//! many arenas as threads can run at once cost no more time.

/// Bounds the arenas of this process, unless the environment does, by either of the ways that glibc has. To be called before threads
/// start; nothing elsewhere than with glibc.
pub(super) fn bound() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if std::env::var_os("MALLOC_ARENA_MAX").is_none()
        && !std::env::var("GLIBC_TUNABLES").is_ok_and(|tunables| tunables.contains("malloc.arena_max"))
    {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        // SAFETY: the call takes two numbers, and no other thread is there that could allocate meanwhile.
        #[allow(unsafe_code)]
        // Refused only where the number makes no sense: then all is as it would be without.
        let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, i32::try_from(cores).unwrap_or(i32::MAX)) };
    }
}
