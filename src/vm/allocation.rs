//! What the allocator takes for what is asked of it.

/// What an allocation of this size takes: with the header and the rounding of glibc's
/// allocator, which others stay below or near.
pub(super) fn allocated(size: usize) -> usize {
    const HEADER: usize = 8;
    const STEP: usize = 16;
    const SIZE_MIN: usize = 32;
    /// From here on an allocation has pages of its own.
    const PAGED: usize = 128 * 1024;
    const PAGE: usize = 4096;
    match size {
        0 => 0,
        PAGED.. => size.saturating_add(2 * HEADER + PAGE - 1) / PAGE * PAGE,
        _ => (size + HEADER).next_multiple_of(STEP).max(SIZE_MIN),
    }
}
