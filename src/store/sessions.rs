//! One-time links to sign in with, and the sessions that came of them: their hashes.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::limits;
use rusqlite::{Connection, OptionalExtension, params};

impl Store {
    /// Keeps a link, and forgets those that are over.
    pub async fn add_link(
        &self,
        hash: Vec<u8>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            forget(connection, "sign_in_link", now)?;
            connection
                .prepare_cached("INSERT INTO sign_in_link VALUES (?1, ?2)")?
                .execute(params![hash, expires_at.millis()])?;
            Ok(())
        })
        .await
    }

    /// Uses a link up, and keeps the session that comes of it. False when there is no such
    /// link, or it is over.
    pub async fn redeem_link(
        &self,
        link: Vec<u8>,
        session: Vec<u8>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let used = connection
                .prepare_cached("DELETE FROM sign_in_link WHERE hash = ?1 AND expires_at > ?2")?
                .execute(params![link, now.millis()])?;
            if used == 0 {
                return Ok(false);
            }
            forget(connection, "session", now)?;
            connection
                .prepare_cached("INSERT INTO session VALUES (?1, ?2, ?3)")?
                .execute(params![session, now.millis(), expires_at.millis()])?;
            Ok(true)
        })
        .await
    }

    /// When a session ends; `None` when there is none, or it is over.
    pub async fn session(
        &self,
        hash: Vec<u8>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.read(move |connection| {
            let end: Option<i64> = connection
                .prepare_cached(
                    "SELECT expires_at FROM session WHERE hash = ?1 AND expires_at > ?2",
                )?
                .query_row(params![hash, now.millis()], |row| row.get(0))
                .optional()?;
            Ok(end.map(Timestamp::from_millis))
        })
        .await
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: Vec<u8>) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.prepare_cached("DELETE FROM session WHERE hash = ?1")?.execute([hash])?;
            Ok(())
        })
        .await
    }
}

/// Forgets what is over, and the oldest when there are too many.
fn forget(connection: &Connection, table: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = format!(
        "DELETE FROM {table} WHERE expires_at <= ?1 OR expires_at <
           (SELECT expires_at FROM {table} ORDER BY expires_at DESC LIMIT 1 OFFSET ?2)"
    );
    connection.prepare_cached(&sql)?.execute(params![now.millis(), limits::SESSIONS_MAX - 1])?;
    Ok(())
}
