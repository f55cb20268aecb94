//! Where a message stands once its audience is through: it waits for a retry, or has ended.

use super::StoreError;
use super::lane::MessageKey;
use super::state::state_number;
use crate::clock::Timestamp;
use crate::model::State;
use rusqlite::{Connection, OptionalExtension, params};

/// When the audience is through: queues the message for its next retry, or ends it.
pub(super) fn settle(
    connection: &Connection,
    key: MessageKey,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (fanned_out, sent, failed): (bool, i64, i64) = connection
        .prepare_cached("SELECT fanned_out, sent, failed FROM message WHERE id = ?1")?
        .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if !fanned_out {
        return Ok(());
    }
    // By the index: there may be a hundred thousand of them.
    let next: Option<i64> = connection
        .prepare_cached(
            "SELECT min(due_at) FROM (
               SELECT min(due_at) AS due_at FROM delivery WHERE message = ?1 AND leased = 0
               UNION ALL SELECT min(due_at) FROM delivery WHERE message = ?1 AND leased = 1)",
        )?
        .query_row([key.0], |row| row.get(0))?;
    if next.is_some() {
        connection
            .prepare_cached("UPDATE message SET due_at = ?2 WHERE id = ?1 AND state = ?3")?
            .execute(params![key.0, next, state_number(State::Scheduled)])?;
        return Ok(());
    }
    if sent > 0 || failed == 0 {
        return end(connection, key, None, now);
    }
    let reason: Option<String> = connection
        .prepare_cached(
            "SELECT reason FROM ledger_reason WHERE message = ?1 ORDER BY number LIMIT 1",
        )?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    let reason = reason.unwrap_or_default();
    let error = format!("none of {failed} devices could be reached: {reason}");
    end(connection, key, Some(&error), now)
}

/// Ends a message that hasn't ended yet: published, or failed for a reason.
pub(super) fn end(
    connection: &Connection,
    key: MessageKey,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let state = if error.is_some() { State::Failed } else { State::Published };
    connection
        .prepare_cached(
            "UPDATE message SET state = ?2, error = ?3, due_at = NULL, ended_at = ?5
             WHERE id = ?1 AND state = ?4",
        )?
        .execute(params![
            key.0,
            state_number(state),
            error,
            state_number(State::Scheduled),
            now.millis()
        ])?;
    Ok(())
}
