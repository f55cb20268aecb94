//! The state of a message as the store keeps it.

use crate::model::State;
use rusqlite::Row;

/// The wire's number of a state, which the store keeps.
pub(super) fn state_number(state: State) -> i64 {
    match state {
        State::Failed => 0,
        State::Published => 1,
        State::Scheduled => 2,
        State::Cancelled => 3,
        State::Unknown => 4,
    }
}

/// The state whose number stands in that column.
pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let number: i64 = row.get(column)?;
    let known = usize::try_from(number).ok().and_then(|index| State::ALL.get(index).copied());
    known.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}
