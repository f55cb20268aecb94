//! Applications and what they hold.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::model::{AppRecord, Counts};
use rusqlite::{OptionalExtension, params};

impl Store {
    /// The first application that was made; `None` in a new store.
    pub async fn first_app(&self) -> Result<Option<AppRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, api_key_hash, admin_token_hash FROM app
                 ORDER BY created_at, id LIMIT 1",
            )?;
            let found = statement.query_row([], |row| {
                Ok(AppRecord {
                    id: AppId::new(row.get::<_, String>(0)?),
                    name: row.get(1)?,
                    api_key_hash: row.get(2)?,
                    admin_token_hash: row.get(3)?,
                })
            });
            Ok(found.optional()?)
        })
        .await
    }

    /// Keeps a new application.
    pub async fn add_app(&self, app: AppRecord, now: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection.prepare_cached("INSERT INTO app VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(
                params![
                    app.id.as_str(),
                    app.name,
                    app.api_key_hash,
                    app.admin_token_hash,
                    now.millis()
                ],
            )?;
            Ok(())
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
