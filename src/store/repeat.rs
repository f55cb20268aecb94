//! Repeating messages: each time one is due, it makes a copy of itself.
//!
//! A copy is a message of its own, sent as any other; the parent stays scheduled until
//! it expires, and counts what its copies came to.
//!
//! Copies that were missed while the server was down or the clock was set forward are made
//! up for by one. When the clock is set back, no copy comes twice and none is awaited for
//! as long as the clock went back: [`Store::keep_repeating`].

use super::lane::MessageKey;
use super::settling::end;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::limits;
use rusqlite::{Connection, OptionalExtension, params};

/// What a repeating message needs to go on.
pub(super) struct Parent {
    due_at: i64,
    from: i64,
    every_ms: i64,
    expires_at: Option<i64>,
    copies: i64,
    message_id: MessageId,
}

impl Parent {
    /// Whether it makes no more copies. One that was due before the end is still made when
    /// the server is busy, but not when it was down.
    fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| {
            end <= self.due_at || end.saturating_add(limits::REPEAT_END_GRACE_MS) <= now.millis()
        })
    }
}

impl Store {
    /// To be called when the clock may have been set back. A repeating message whose next
    /// copy is further away than its interval is taken up in its phase: the next copy comes
    /// half an interval from now at the earliest, so that none comes twice.
    pub async fn keep_repeating(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            Ok(connection.prepare_cached(KEEP)?.execute([now.millis()])?)
        })
        .await
    }
}

/// The first copy isn't concerned: its time was given, however far away.
const KEEP: &str = "UPDATE message SET due_at = min(
       coalesce(repeat_expires_at, 9223372036854775807),
       repeat_from + max(0, (?1 + repeat_every_s * 500 - repeat_from + repeat_every_s * 1000 - 1)
         / (repeat_every_s * 1000)) * repeat_every_s * 1000)
     WHERE repeat_every_s IS NOT NULL AND due_at IS NOT NULL AND copies > 0
       AND due_at > ?1 + repeat_every_s * 1000";

/// What a due message needs to make its next copy; `None` when it doesn't repeat.
pub(super) fn repeating(
    connection: &Connection,
    key: MessageKey,
    now: Timestamp,
) -> Result<Option<Parent>, StoreError> {
    let parent = connection
        .prepare_cached(
            "SELECT repeat_from, repeat_every_s, repeat_expires_at, copies, message_id, due_at
             FROM message WHERE id = ?1 AND repeat_every_s IS NOT NULL AND due_at <= ?2",
        )?
        .query_row(params![key.0, now.millis()], |row| {
            Ok(Parent {
                from: row.get(0)?,
                every_ms: row.get::<_, i64>(1)?.saturating_mul(1_000).max(1),
                expires_at: row.get(2)?,
                copies: row.get(3)?,
                message_id: MessageId::new(row.get::<_, String>(4)?),
                due_at: row.get(5)?,
            })
        });
    Ok(parent.optional()?)
}

/// Makes the next copy and queues the parent again; ends the parent when it has expired.
pub(super) fn make_copy(
    connection: &Connection,
    key: MessageKey,
    parent: &Parent,
    now: Timestamp,
) -> Result<Option<MessageKey>, StoreError> {
    if parent.is_over(now) {
        end(connection, key, None, now)?;
        return Ok(None);
    }
    let number = parent.copies + 1;
    connection
        .prepare_cached(
            "INSERT INTO message (message_id, app, channel, platforms, delivers_push, state,
               accepted_at, due_at, parent, lane)
             SELECT ?2, app, channel, platforms, delivers_push, state, ?3, ?3, id, lane
             FROM message WHERE id = ?1",
        )?
        .execute(params![key.0, parent.message_id.occurrence(number).as_str(), now.millis()])?;
    let copy = MessageKey(connection.last_insert_rowid());
    // The first moment of the phase that lies after now, however many were missed.
    let passed = (now.millis() - parent.from).div_euclid(parent.every_ms) + 1;
    let next = parent.from.saturating_add(passed.saturating_mul(parent.every_ms));
    let due = parent.expires_at.map_or(next, |end| next.min(end));
    connection
        .prepare_cached("UPDATE message SET copies = ?2, due_at = ?3 WHERE id = ?1")?
        .execute(params![key.0, number, due])?;
    Ok(Some(copy))
}
