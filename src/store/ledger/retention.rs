//! Forgetting ledgers when their time is over: piece by piece, so that others' writes don't
//! wait for a million of them.

use crate::clock::Timestamp;
use crate::limits;
use crate::store::{Store, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

impl Store {
    /// Forgets the ledgers of messages that ended before `ended_before`, and the names of
    /// devices that left before. Their amounts stay. Can be stopped at any moment and called
    /// again.
    pub async fn prune_ledgers(&self, ended_before: Timestamp) -> Result<u64, StoreError> {
        let mut pages = 0;
        while let Some(piece) =
            self.write(move |connection| prune_piece(connection, ended_before)).await?
        {
            pages += piece;
        }
        Ok(pages)
    }
}

/// Deletes one piece and says how many pages it had; `None` when there is nothing to do.
fn prune_piece(
    connection: &Connection,
    ended_before: Timestamp,
) -> Result<Option<u64>, StoreError> {
    let before = ended_before.millis();
    let message: Option<i64> = connection
        .prepare_cached(
            "SELECT id FROM message WHERE ended_at < ?1 AND ended_at IS NOT NULL
             AND ledger_pruned = 0 ORDER BY ended_at LIMIT 1",
        )?
        .query_row([before], |row| row.get(0))
        .optional()?;
    let Some(message) = message else {
        let left = connection
            .prepare_cached(
                "DELETE FROM departed WHERE device IN
                   (SELECT device FROM departed WHERE gone_at < ?1 LIMIT ?2)",
            )?
            .execute(params![before, limits::PURGE_ROWS])?;
        return Ok((left > 0).then_some(0));
    };
    let pages = connection
        .prepare_cached(
            "DELETE FROM ledger WHERE message = ?1 AND first IN
               (SELECT first FROM ledger WHERE message = ?1 LIMIT ?2)",
        )?
        .execute(params![message, limits::PURGE_ROWS])?;
    // A message that was cancelled leaves behind what waited.
    let waited = connection
        .prepare_cached(
            "DELETE FROM delivery WHERE message = ?1 AND device IN
               (SELECT device FROM delivery WHERE message = ?1 LIMIT ?2)",
        )?
        .execute(params![message, limits::PURGE_ROWS])?;
    if pages + waited == 0 {
        connection
            .prepare_cached("DELETE FROM ledger_reason WHERE message = ?1")?
            .execute([message])?;
        connection
            .prepare_cached("UPDATE message SET ledger_pruned = 1, ahead = NULL WHERE id = ?1")?
            .execute([message])?;
    }
    Ok(Some(pages as u64))
}
