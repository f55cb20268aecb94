//! The devices of a message that are tried again, who of them is on the way, and that nobody
//! waits longer because the clock was set back.

use super::audience::{RECIPIENT, RECIPIENT_COLUMNS, recipient};
use super::lane::MessageKey;
use super::{Recipient, Store, StoreError};
use crate::clock::Timestamp;
use crate::limits;
use crate::model::DeviceKey;
use rusqlite::{Connection, params};

/// Devices whose next attempt is due.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retries {
    /// Those that are still registered.
    pub due: Vec<Recipient>,
    /// Those that were forgotten meanwhile.
    pub forgotten: Vec<DeviceKey>,
    /// When the next attempt after these is due.
    pub next: Option<Timestamp>,
}

impl Store {
    /// Takes devices of a message whose next attempt is due, at most `limit`: none of them is
    /// given again until its outcome is kept, or the message is claimed again.
    pub async fn lease_retries(
        &self,
        key: MessageKey,
        limit: usize,
        now: Timestamp,
    ) -> Result<Retries, StoreError> {
        self.write_soon(move |connection| {
            let mut retries = retries_due(connection, key, limit, now)?;
            let mut leases = connection.prepare_cached(
                "UPDATE delivery SET leased = 1 WHERE message = ?1 AND device = ?2",
            )?;
            let taken = retries.due.iter().map(|device| device.key);
            for device in taken.chain(retries.forgotten.iter().copied()) {
                leases.execute([key.0, device.0])?;
            }
            let next: Option<i64> = connection
                .prepare_cached(
                    "SELECT min(due_at) FROM delivery WHERE message = ?1 AND leased = 0",
                )?
                .query_row([key.0], |row| row.get(0))?;
            retries.next = next.map(Timestamp::from_millis);
            Ok(retries)
        })
        .await
    }
}

impl Store {
    /// To be called when the clock may have been set back: what waits for its next attempt waits
    /// no longer for it. `by_ms` is by how much it was; `None` when that isn't known, and then
    /// nothing waits longer than anybody may ask us to. Returns how many messages go on sooner.
    pub async fn keep_retrying(
        &self,
        by_ms: Option<i64>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let longest = now.plus_millis(limits::RETRY_ASKED_MS + limits::RETRY_ASKED_MS / 5);
            let by_ms = by_ms.unwrap_or(0).max(0);
            // What has begun and isn't due yet waits for an attempt, of a device or its own.
            let messages = connection
                .prepare_cached(
                    "UPDATE message SET due_at = max(?1, min(due_at - ?2, ?3))
                     WHERE due_at > ?1 AND begun_at IS NOT NULL AND repeat_every_s IS NULL",
                )?
                .execute([now.millis(), by_ms, longest.millis()])?;
            connection
                .prepare_cached(
                    "UPDATE delivery SET due_at = max(?1, min(due_at - ?2, ?3)) WHERE due_at > ?1",
                )?
                .execute([now.millis(), by_ms, longest.millis()])?;
            Ok(messages)
        })
        .await
    }
}

/// In the order in which they are due.
fn retries_due(
    connection: &Connection,
    key: MessageKey,
    limit: usize,
    now: Timestamp,
) -> Result<Retries, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT delivery.attempts, {RECIPIENT}, delivery.device
         FROM delivery LEFT JOIN device ON device.id = delivery.device
         WHERE message = ?1 AND leased = 0 AND due_at <= ?2 ORDER BY due_at LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![key.0, now.millis(), limit])?;
    let mut retries = Retries::default();
    while let Some(row) = rows.next()? {
        match row.get::<_, Option<i64>>(1)? {
            Some(_) => retries.due.push(recipient(row)?),
            None => retries.forgotten.push(DeviceKey(row.get(RECIPIENT_COLUMNS)?)),
        }
    }
    Ok(retries)
}
