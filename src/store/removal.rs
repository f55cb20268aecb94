//! Removing an application: at once for everybody, then its rows piece by piece, so that
//! others' writes don't wait for a million of them.

use super::apps::find;
use super::messages::state_number;
use super::{Changed, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::State;
use rusqlite::{Connection, params};

/// Everything that belongs to an application, those that refer to others first. `?1` is the
/// application, `?2` how many rows to take at once.
const PIECES: [&str; 15] = [
    "DELETE FROM delivery WHERE message IN
       (SELECT message FROM delivery JOIN message ON message.id = message
        WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM inbox WHERE sequence IN
       (SELECT sequence FROM inbox JOIN device ON device.id = inbox.device
        WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM notification WHERE message IN
       (SELECT message FROM notification JOIN message ON message.id = message
        WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM publish_key WHERE app = ?1
       AND key IN (SELECT key FROM publish_key WHERE app = ?1 LIMIT ?2)",
    // The newest first: copies of a repeating message refer to it.
    "DELETE FROM message WHERE id IN
       (SELECT id FROM message WHERE app = ?1 ORDER BY id DESC LIMIT ?2)",
    "DELETE FROM device WHERE id IN (SELECT id FROM device WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM channel WHERE id IN (SELECT id FROM channel WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM tag WHERE id IN (SELECT id FROM tag WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM template WHERE app = ?1
       AND name IN (SELECT name FROM template WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM user_token WHERE id IN (SELECT id FROM user_token WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM api_key WHERE id IN (SELECT id FROM api_key WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM flow_version WHERE rowid IN
       (SELECT rowid FROM flow_version WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM flow WHERE id IN (SELECT id FROM flow WHERE app = ?1 LIMIT ?2)",
    "DELETE FROM made_once WHERE app = ?1
       AND key IN (SELECT key FROM made_once WHERE app = ?1 LIMIT ?2)",
];

impl Store {
    /// Removes an application for everybody: it isn't found any more, and nothing that it
    /// scheduled is sent. Its rows are left to [`Store::purge`].
    pub async fn remove_app(
        &self,
        id: &AppId,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<Changed<()>, StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            let Some(found) = find(connection, &id)? else { return Ok(Changed::Missing) };
            if version.is_some_and(|version| version != found.version) {
                return Ok(Changed::Stale(found.version));
            }
            connection
                .prepare_cached("UPDATE app SET removed_at = ?2 WHERE id = ?1")?
                .execute(params![id.as_str(), now.millis()])?;
            connection
                .prepare_cached(
                    "UPDATE message SET state = ?2, due_at = NULL
                     WHERE app = ?1 AND due_at IS NOT NULL",
                )?
                .execute(params![id.as_str(), state_number(State::Cancelled)])?;
            Ok(Changed::Done(()))
        })
        .await
    }

    /// Deletes what removed applications have left behind. Can be stopped at any moment and
    /// called again; returns when nothing is left.
    pub async fn purge(&self) -> Result<(), StoreError> {
        while self.write(purge_piece).await? {}
        Ok(())
    }
}

/// Deletes one piece; false when there is none.
fn purge_piece(connection: &Connection) -> Result<bool, StoreError> {
    let app: Option<String> = connection
        .prepare_cached("SELECT min(id) FROM app WHERE removed_at IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    let Some(app) = app else { return Ok(false) };
    for piece in PIECES {
        let gone = connection.prepare_cached(piece)?.execute(params![app, limits::PURGE_ROWS])?;
        if gone > 0 {
            return Ok(true);
        }
    }
    connection.prepare_cached("DELETE FROM app WHERE id = ?1")?.execute([&app])?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::PIECES;
    use crate::store::connection::open_memory;

    #[test]
    fn every_table_with_an_application_is_emptied() {
        let connection = open_memory().unwrap();
        let mut tables = connection
            .prepare(
                "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.name = 'app'",
            )
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for table in tables.map(Result::unwrap) {
            let deletes = format!("DELETE FROM {table} ");
            assert!(PIECES.iter().any(|piece| piece.starts_with(&deletes)), "{table}");
        }
    }
}
