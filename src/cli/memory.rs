//! How the allocator keeps memory.

/// Lets glibc's allocator keep some megabytes of what was freed. By itself it gives them back
/// after each run that held more than a few hundred kilobytes, and the next one fetches them
/// again page by page: a third of its time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn keep() {
    use std::ffi::c_int;
    #[expect(unsafe_code, reason = "a function of the C library")]
    // SAFETY: this is its signature, and it can be called at any time.
    unsafe extern "C" {
        safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }
    // Source: glibc's malloc.h.
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_THRESHOLD: c_int = -3;
    // Where it refuses, memory is kept as before.
    let _ = mallopt(MMAP_THRESHOLD, crate::limits::ALLOCATION_OF_ITS_OWN);
    let _ = mallopt(TRIM_THRESHOLD, crate::limits::MEMORY_KEPT);
}

/// Other allocators are left as they are.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn keep() {}
