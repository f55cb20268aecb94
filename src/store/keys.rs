//! API keys and user tokens: what each may do, and the hash of its secret.

use super::apps::find;
use super::once::claim;
use super::{Changed, Made, Once, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::{ChannelRule, KeyRecord, Roles, UserToken};
use rusqlite::{Connection, OptionalExtension, Row, params};

const KEY_COLUMNS: &str = "SELECT api_key.id, app, api_key.name, roles, channels, rate_per_s,
    expires_at, api_key.created_at, api_key.version, hash FROM api_key";

const TOKEN_COLUMNS: &str =
    "SELECT id, app, user_id, roles, channels, expires_at, created_at, hash FROM user_token";

impl Store {
    /// Every key of every application that isn't removed, each with its hash.
    pub async fn keys(&self) -> Result<Vec<(KeyRecord, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "{KEY_COLUMNS} JOIN app ON app.id = app AND removed_at IS NULL ORDER BY api_key.id"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([], key)?.collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(Kept::finish).collect()
        })
        .await
    }

    /// Keeps a new key, unless `once` made one before. The application must exist.
    pub async fn add_key(
        &self,
        key: KeyRecord,
        hash: Vec<u8>,
        once: Option<Once>,
    ) -> Result<Changed<Made>, StoreError> {
        self.write(move |connection| {
            if find(connection, &key.app)?.is_none() {
                return Ok(Changed::Missing);
            }
            let made = claim(connection, once.as_ref(), &key.id, key.created_at)?;
            if made == Made::New {
                full(connection, "api_key", "API keys", &key.app, limits::KEYS_MAX)?;
                insert_key(connection, &key, &hash)?;
            }
            Ok(Changed::Done(made))
        })
        .await
    }

    /// Puts `key` in the place of the key of its id and application, if that is of
    /// `version`; with a hash, its secret is another from now on.
    pub async fn change_key(
        &self,
        key: KeyRecord,
        hash: Option<Vec<u8>>,
        version: Option<u64>,
    ) -> Result<Changed<KeyRecord>, StoreError> {
        self.write(move |connection| {
            let found: Option<i64> = connection
                .prepare_cached("SELECT version FROM api_key WHERE id = ?1 AND app = ?2")?
                .query_row([&key.id, key.app.as_str()], |row| row.get(0))
                .optional()?;
            let Some(found) = found.map(i64::unsigned_abs) else { return Ok(Changed::Missing) };
            if version.is_some_and(|version| version != found) {
                return Ok(Changed::Stale(found));
            }
            connection
                .prepare_cached(
                    "UPDATE api_key SET name = ?2, roles = ?3, channels = ?4, rate_per_s = ?5,
                       expires_at = ?6, version = ?7, hash = coalesce(?8, hash) WHERE id = ?1",
                )?
                .execute(params![
                    key.id,
                    key.name,
                    key.roles.mask(),
                    rule_text(&key.channels),
                    key.rate_per_s,
                    key.expires_at.map(Timestamp::millis),
                    (found + 1).cast_signed(),
                    hash,
                ])?;
            Ok(Changed::Done(KeyRecord { version: found + 1, ..key }))
        })
        .await
    }

    /// Deletes a key. False when there is none.
    pub async fn delete_key(&self, app: &AppId, id: &str) -> Result<bool, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            let sql = "DELETE FROM api_key WHERE id = ?1 AND app = ?2";
            Ok(connection.prepare_cached(sql)?.execute([&id, app.as_str()])? > 0)
        })
        .await
    }

    /// Keeps a new user token, unless `once` made one before. The application must exist.
    pub async fn add_user_token(
        &self,
        token: UserToken,
        hash: Vec<u8>,
        once: Option<Once>,
    ) -> Result<Changed<Made>, StoreError> {
        self.write(move |connection| {
            if find(connection, &token.app)?.is_none() {
                return Ok(Changed::Missing);
            }
            let made = claim(connection, once.as_ref(), &token.id, token.created_at)?;
            if made == Made::New {
                // Those that are over are of no use to anybody.
                connection
                    .prepare_cached("DELETE FROM user_token WHERE app = ?1 AND expires_at <= ?2")?
                    .execute(params![token.app.as_str(), token.created_at.millis()])?;
                insert_token(connection, &token, &hash)?;
            }
            Ok(Changed::Done(made))
        })
        .await
    }

    /// The user token with that hash, which comes back with it; expired ones too.
    pub async fn user_token_by_hash(
        &self,
        app: &AppId,
        hash: Vec<u8>,
    ) -> Result<Option<(UserToken, Vec<u8>)>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let sql = format!("{TOKEN_COLUMNS} WHERE app = ?1 AND hash = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_row(params![app.as_str(), hash], token).optional()?;
            found.map(Kept::finish).transpose()
        })
        .await
    }

    /// The user token of that id.
    pub async fn user_token(&self, app: &AppId, id: &str) -> Result<Option<UserToken>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.read(move |connection| {
            let sql = format!("{TOKEN_COLUMNS} WHERE app = ?1 AND id = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_row([app.as_str(), &id], token).optional()?;
            found.map(|row| row.finish().map(|(token, _)| token)).transpose()
        })
        .await
    }

    /// A page of an application's user tokens, by id, after the id `after`.
    pub async fn user_tokens(
        &self,
        app: &AppId,
        after: String,
        size: usize,
    ) -> Result<Vec<UserToken>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let sql = format!("{TOKEN_COLUMNS} WHERE app = ?1 AND id > ?2 ORDER BY id LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement
                .query_map(params![app.as_str(), after, size.cast_signed()], token)?
                .collect::<Result<Vec<_>, _>>()?;
            rows.into_iter().map(|row| row.finish().map(|(token, _)| token)).collect()
        })
        .await
    }

    /// Deletes a user token. False when there is none.
    pub async fn delete_user_token(&self, app: &AppId, id: &str) -> Result<bool, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            let sql = "DELETE FROM user_token WHERE id = ?1 AND app = ?2";
            Ok(connection.prepare_cached(sql)?.execute([&id, app.as_str()])? > 0)
        })
        .await
    }
}

pub(super) fn insert_key(
    connection: &Connection,
    key: &KeyRecord,
    hash: &[u8],
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO api_key (id, app, name, hash, roles, channels, rate_per_s, expires_at,
               created_at, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            key.id,
            key.app.as_str(),
            key.name,
            hash,
            key.roles.mask(),
            rule_text(&key.channels),
            key.rate_per_s,
            key.expires_at.map(Timestamp::millis),
            key.created_at.millis(),
            key.version.cast_signed(),
        ])?;
    Ok(())
}

fn insert_token(connection: &Connection, token: &UserToken, hash: &[u8]) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO user_token VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![
            token.id,
            token.app.as_str(),
            token.user_id,
            hash,
            token.roles.mask(),
            rule_text(&token.channels),
            token.expires_at.map(Timestamp::millis),
            token.created_at.millis(),
        ])?;
    Ok(())
}

pub(super) fn full(
    connection: &Connection,
    table: &str,
    what: &'static str,
    app: &AppId,
    most: i64,
) -> Result<(), StoreError> {
    let sql = format!("SELECT count(*) FROM {table} WHERE app = ?1");
    let count: i64 =
        connection.prepare_cached(&sql)?.query_row([app.as_str()], |row| row.get(0))?;
    if count >= most { Err(StoreError::Full { what, most }) } else { Ok(()) }
}

fn rule_text(rule: &ChannelRule) -> String {
    serde_json::json!({"allow": rule.allow, "deny": rule.deny}).to_string()
}

/// A row whose channel rule is still text: reading it may fail, and not by SQLite's fault.
struct Kept<T> {
    record: T,
    channels: String,
    hash: Vec<u8>,
    put: fn(&mut T, ChannelRule),
}

impl<T> Kept<T> {
    fn finish(mut self) -> Result<(T, Vec<u8>), StoreError> {
        let rule = serde_json::from_str(&self.channels)
            .map_err(|source| StoreError::Unreadable { what: "channel rule", source })?;
        (self.put)(&mut self.record, rule);
        Ok((self.record, self.hash))
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<Kept<KeyRecord>> {
    let record = KeyRecord {
        id: row.get(0)?,
        app: AppId::new(row.get::<_, String>(1)?),
        name: row.get(2)?,
        roles: Roles::from_mask(row.get(3)?),
        channels: ChannelRule::default(),
        rate_per_s: row.get(5)?,
        expires_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.get(7)?),
        version: row.get::<_, i64>(8)?.unsigned_abs(),
    };
    let put = |key: &mut KeyRecord, rule| key.channels = rule;
    Ok(Kept { record, channels: row.get(4)?, hash: row.get(9)?, put })
}

fn token(row: &Row<'_>) -> rusqlite::Result<Kept<UserToken>> {
    let record = UserToken {
        id: row.get(0)?,
        app: AppId::new(row.get::<_, String>(1)?),
        user_id: row.get(2)?,
        roles: Roles::from_mask(row.get(3)?),
        channels: ChannelRule::default(),
        expires_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.get(6)?),
    };
    let put = |token: &mut UserToken, rule| token.channels = rule;
    Ok(Kept { record, channels: row.get(4)?, hash: row.get(7)?, put })
}
