//! What texts, lists and objects cost in memory, with what the allocator adds.

use super::allocation::allocated;
use super::entries::{ENTRY_BYTES, Entries, PLACE_BYTES, places_for};
use super::value::Value;

/// A list that has room for so many items.
pub(super) fn list_bytes(capacity: usize) -> usize {
    allocated(capacity.saturating_mul(size_of::<Value>()))
}

/// A key of an object.
pub(super) fn key_bytes(key: &str) -> usize {
    allocated(key.len())
}

/// An object that has room for so many entries, without its keys.
pub(super) fn table_bytes(room: usize) -> usize {
    allocated(size_of::<Entries>())
        + allocated(room.saturating_mul(ENTRY_BYTES))
        + allocated(places_for(room).saturating_mul(PLACE_BYTES))
}

/// An object with its keys.
pub(super) fn object_bytes(entries: &Entries) -> usize {
    table_bytes(entries.capacity()) + entries.keys().map(key_bytes).sum::<usize>()
}

/// How many units or items to make room for when `wanted` of them are more than fit into
/// `capacity`: twice as many, or less where that took more than half of `spare` bytes. What room
/// for so many takes, `bytes` says.
///
/// None when there is no room for what is wanted, or so little more that growing would never end.
pub(super) fn grown(
    wanted: usize,
    capacity: usize,
    spare: usize,
    bytes: impl Fn(usize) -> usize,
) -> Option<usize> {
    /// Growing by less than this part copies too much too often.
    const LEAST_PART: usize = 512;
    let held = bytes(capacity);
    let fits = |room: usize, spare: usize| bytes(room).saturating_sub(held) <= spare;
    let least = wanted.max(capacity.saturating_add(capacity / LEAST_PART));
    let mut room = least.max(capacity.saturating_mul(2));
    while room > least && !fits(room, spare / 2) {
        room = least.max(capacity + (room - capacity) / 2);
    }
    fits(room, spare).then_some(room)
}

/// The room that would have done, where [`grown`] had none: it is what a fault tells.
pub(super) fn least_grown(wanted: usize, capacity: usize) -> usize {
    wanted.max(capacity.saturating_add(capacity / 64))
}
