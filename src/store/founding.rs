//! What the first start keeps: the first application with its key, and the admin token.

use super::apps::insert_app;
use super::keys::insert_key;
use super::{Store, StoreError};
use crate::model::{AppRecord, KeyRecord};
use rusqlite::OptionalExtension;

impl Store {
    /// The SHA-256 of the admin token; `None` in a new store.
    pub async fn operator_hash(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT token_hash FROM operator";
            Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Keeps the first application, its key and the admin token's hash, all or nothing.
    pub async fn add_first_app(
        &self,
        app: AppRecord,
        key: KeyRecord,
        key_hash: Vec<u8>,
        operator_hash: Vec<u8>,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            insert_app(connection, &app)?;
            insert_key(connection, &key, &key_hash)?;
            connection
                .prepare_cached("INSERT INTO operator VALUES (1, ?1)")?
                .execute([&operator_hash])?;
            Ok(())
        })
        .await
    }
}
