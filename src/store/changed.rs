//! What came of a change that names the version it was made from.

/// What came of changing or removing something of a certain version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed<T> {
    /// It is done; this is how it is now.
    Done(T),
    /// There is no such thing.
    Missing,
    /// Somebody else changed it; it is of this version.
    Stale(u64),
}
