//! Applications, and what an application holds.

use super::changed::Changed;
use super::once::claim;
use super::{Made, Once, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::{AppRecord, Counts};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "SELECT id, name, created_at, version FROM app";

impl Store {
    /// The first application that was made; `None` in a new store.
    pub async fn first_app(&self) -> Result<Option<AppRecord>, StoreError> {
        self.read(|connection| {
            let sql =
                format!("{COLUMNS} WHERE removed_at IS NULL ORDER BY created_at, rowid LIMIT 1");
            Ok(connection.prepare_cached(&sql)?.query_row([], app).optional()?)
        })
        .await
    }

    /// Every application, in the order they were made.
    pub async fn apps(&self) -> Result<Vec<AppRecord>, StoreError> {
        self.read(|connection| {
            let sql = format!("{COLUMNS} WHERE removed_at IS NULL ORDER BY created_at, rowid");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_map([], app)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps a further application, unless `once` made one before or there are too many.
    pub async fn add_app(&self, app: AppRecord, once: Option<Once>) -> Result<Made, StoreError> {
        self.write(move |connection| {
            let count: i64 =
                connection.query_row("SELECT count(*) FROM app", [], |row| row.get(0))?;
            let made = claim(connection, once.as_ref(), app.id.as_str(), app.created_at)?;
            if made != Made::New {
                return Ok(made);
            }
            if count >= limits::APPS_MAX {
                return Err(StoreError::Full { what: "applications", most: limits::APPS_MAX });
            }
            insert_app(connection, &app)?;
            Ok(Made::New)
        })
        .await
    }

    /// Renames an application that is of `version`; `None` takes any.
    pub async fn rename_app(
        &self,
        id: &AppId,
        name: String,
        version: Option<u64>,
    ) -> Result<Changed<AppRecord>, StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            let Some(found) = find(connection, &id)? else { return Ok(Changed::Missing) };
            if version.is_some_and(|version| version != found.version) {
                return Ok(Changed::Stale(found.version));
            }
            connection
                .prepare_cached("UPDATE app SET name = ?2, version = version + 1 WHERE id = ?1")?
                .execute([id.as_str(), &name])?;
            Ok(Changed::Done(AppRecord { name, version: found.version + 1, ..found }))
        })
        .await
    }

    /// How much an application holds.
    pub async fn counts(&self, app: &AppId) -> Result<Counts, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let count = |sql: &str| -> Result<u64, StoreError> {
                let count: i64 =
                    connection.prepare_cached(sql)?.query_row([app.as_str()], |row| row.get(0))?;
                Ok(count.unsigned_abs())
            };
            Ok(Counts {
                devices: count("SELECT count(*) FROM device WHERE app = ?1")?,
                messages: count("SELECT count(*) FROM message WHERE app = ?1")?,
            })
        })
        .await
    }
}

/// An application that isn't removed.
pub(super) fn find(connection: &Connection, id: &AppId) -> Result<Option<AppRecord>, StoreError> {
    let sql = format!("{COLUMNS} WHERE id = ?1 AND removed_at IS NULL");
    Ok(connection.prepare_cached(&sql)?.query_row([id.as_str()], app).optional()?)
}

pub(super) fn insert_app(connection: &Connection, app: &AppRecord) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO app (id, name, created_at, version) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            app.id.as_str(),
            app.name,
            app.created_at.millis(),
            app.version.cast_signed()
        ])?;
    Ok(())
}

fn app(row: &Row<'_>) -> rusqlite::Result<AppRecord> {
    Ok(AppRecord {
        id: AppId::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        created_at: Timestamp::from_millis(row.get(2)?),
        version: row.get::<_, i64>(3)?.unsigned_abs(),
    })
}
