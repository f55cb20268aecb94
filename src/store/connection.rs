//! Opening SQLite: its settings and the migrations.

use super::StoreError;
use crate::limits;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The schema's steps, each applied once, in order. A step is never changed after a release.
const MIGRATIONS: [&str; 7] = [
    include_str!("migrations/001_first.sql"),
    include_str!("migrations/002_audience.sql"),
    include_str!("migrations/003_access.sql"),
    include_str!("migrations/004_ledger.sql"),
    include_str!("migrations/005_schedules.sql"),
    include_str!("migrations/006_flows.sql"),
    include_str!("migrations/007_listing.sql"),
];

/// Prepared statements a connection keeps: more than we have.
const STATEMENTS_KEPT: usize = 64;

pub(super) fn open_writer(file: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    // WAL: readers go on while we write. NORMAL: a commit is in the log when it returns, and the
    // store's flusher brings the log to the disk; SQLite does so itself before the log goes over
    // into the database.
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    // The log goes over into the database more seldom than by default: whoever commits then
    // waits for it, and it writes each page once, however often it was changed meanwhile.
    connection.pragma_update(None, "wal_autocheckpoint", limits::LOG_PAGES)?;
    // A savepoint notes each page before it is changed: in memory, not in a file that is written
    // for nothing. Importing devices takes a third less that way.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    prepare(&connection)?;
    migrate(&connection)?;
    Ok(connection)
}

pub(super) fn open_reader(file: &Path) -> Result<Connection, StoreError> {
    // Read-only would forbid the shared memory of the log to be made; query_only doesn't.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    prepare(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

pub(super) fn open_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    prepare(&connection)?;
    migrate(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(Duration::from_millis(limits::STORE_BUSY_MS))?;
    connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;")?;
    // A plan doesn't depend on the values that are bound: else SQLite prepares a statement
    // anew whenever another number stands in a comparison, a third of what publishing takes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(())
}

/// The schema's version, unless it is one of a later blockcast.
fn check_version(connection: &Connection) -> Result<i64, StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(found)
}

/// Whether the schema is the newest that this version knows.
pub(super) fn is_current(connection: &Connection) -> Result<bool, StoreError> {
    Ok(usize::try_from(check_version(connection)?).is_ok_and(|found| found == MIGRATIONS.len()))
}

fn migrate(connection: &Connection) -> Result<(), StoreError> {
    let found = check_version(connection)?;
    for (version, step) in (1..).zip(MIGRATIONS).skip_while(|(version, _)| *version <= found) {
        let transaction = connection.unchecked_transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        tracing::info!(version, "store: schema brought up to date");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MIGRATIONS, migrate, open_memory};
    use crate::store::{Kind, StoreError};
    use rusqlite::Connection;

    #[test]
    fn the_first_application_keeps_its_key_and_the_admin_token() {
        let connection = Connection::open_in_memory().unwrap();
        for step in &MIGRATIONS[..2] {
            connection.execute_batch(step).unwrap();
        }
        connection.pragma_update(None, "user_version", 2).unwrap();
        connection
            .execute_batch("INSERT INTO app VALUES ('A', 'default', x'01', x'02', 7)")
            .unwrap();
        migrate(&connection).unwrap();
        let kept: String = connection
            .query_row(
                "SELECT app.name || ' ' || app || ' ' || hex(hash) || ' ' || roles || ' ' ||
                   hex(token_hash) || ' ' || api_key.created_at
                 FROM app JOIN api_key ON app = app.id JOIN operator",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(kept, "default A 01 15 02 7");
    }

    #[test]
    fn failures_and_retries_of_the_third_schema_become_a_ledger() {
        let connection = Connection::open_in_memory().unwrap();
        super::prepare(&connection).unwrap();
        for step in &MIGRATIONS[..3] {
            connection.execute_batch(step).unwrap();
        }
        connection
            .execute_batch(
                "PRAGMA user_version = 3;
                 INSERT INTO app (id, name, created_at) VALUES ('A', 'default', 0);
                 INSERT INTO message (id, message_id, app, channel, publication, platforms,
                     delivers_push, state, failed, accepted_at, due_at, begun_at, fanned_out)
                   VALUES (5, 'message:5', 'A', 'c', '{\"message\":1,\"singlecast\":[\"d\"]}', 15,
                     1, 2, 1, 0, 99, 1, 1);
                 INSERT INTO delivery VALUES (5, 300, 2, 99, 'busy');
                 INSERT INTO delivery VALUES (5, 301, 1, NULL, 'refused');",
            )
            .unwrap();
        migrate(&connection).unwrap();
        let lane: (i64, i64) = connection
            .query_row("SELECT lane, waiting FROM message", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(lane, (0, 1));
        let waiting: (i64, i64, i64) = connection
            .query_row("SELECT device, attempts, due_at FROM delivery", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(waiting, (300, 2, 99));
        let store = crate::store::ledger::pages_of(&connection, 5);
        let told: Vec<_> = store
            .iter()
            .map(|(device, code)| {
                let reason: String = connection
                    .query_row(
                        "SELECT reason FROM ledger_reason WHERE number = ?1",
                        [code.reason()],
                        |row| row.get(0),
                    )
                    .unwrap();
                (device.0, code.kind(), reason)
            })
            .collect();
        let expected =
            [(300, Kind::Waiting, "busy".to_owned()), (301, Kind::Failed, "refused".to_owned())];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_store_of_a_later_version_is_refused() {
        let connection = open_memory().unwrap();
        let next = i64::try_from(MIGRATIONS.len()).unwrap() + 1;
        connection.pragma_update(None, "user_version", next).unwrap();
        assert!(matches!(migrate(&connection), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn devices_of_the_first_schema_stay_on_their_channels() {
        let connection = Connection::open_in_memory().unwrap();
        super::prepare(&connection).unwrap();
        connection.execute_batch(MIGRATIONS[0]).unwrap();
        connection
            .execute_batch(
                "PRAGMA user_version = 1;
                 INSERT INTO app VALUES ('A', 'default', x'', x'', 0);
                 INSERT INTO channel VALUES (3, 'A', 'news', 0);
                 INSERT INTO device (id, app, device_id, object_id, token, os, expires_at, created_at)
                   VALUES (7, 'A', 'd', 'O', 't', 2, 99, 0);
                 INSERT INTO device_channel VALUES (3, 7, 2, 5);",
            )
            .unwrap();
        migrate(&connection).unwrap();
        let listed: (i64, i64, i64, i64, i64) = connection
            .query_row(
                "SELECT id, device, os, position, expires_at FROM device_channel",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
            )
            .unwrap();
        assert_eq!(listed, ((3 << 40) + 7, 7, 2, 5, 99));
        connection.execute("DELETE FROM device", []).unwrap();
        let left: i64 = connection
            .query_row("SELECT count(*) FROM device_channel", [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0, "a device that is gone leaves its channels");
    }
}
