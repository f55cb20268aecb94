//! Pages for the operator: channels and messages of an application, by keys that
//! stay put while others write.

use super::state::state_number;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, MessageId};
use crate::model::{MessageStatus, State};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use std::fmt::Write;

/// A channel, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Devices that listen to it, expired ones that aren't swept yet included.
    pub devices: u64,
}

/// A message, for the operator.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageRow {
    /// Its number: rises with each message of the store.
    pub number: i64,
    /// How it fares.
    pub status: MessageStatus,
    /// Its channel.
    pub channel: String,
    /// What was published, as it is kept: JSON of a [`crate::model::Publication`].
    pub publication: serde_json::Value,
    /// When it was taken in.
    pub accepted_at: Timestamp,
    /// When it is sent, or its next copy is; `None` when nothing is to come.
    pub due_at: Option<Timestamp>,
    /// Seconds from one copy to the next; `None` when it doesn't repeat.
    pub repeat_every_s: Option<i64>,
    /// When it stops to repeat.
    pub repeat_expires_at: Option<Timestamp>,
    /// Copies made so far.
    pub copies: u64,
}

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only those of this state.
    pub state: Option<State>,
    /// Only those of this channel.
    pub channel: Option<String>,
    /// Only those that wait for their time, or repeat.
    pub scheduled: bool,
}

const CHANNEL: &str = "SELECT name, created_at,
    (SELECT count(*) FROM device_channel
      WHERE id BETWEEN channel_row.id << 40 AND (channel_row.id + 1) << 40)
    FROM channel AS channel_row";

const MESSAGE: &str = "SELECT m.id, m.message_id, m.state, m.error, m.sent, m.failed, m.channel,
    coalesce(m.publication, (SELECT publication FROM message WHERE id = m.parent)),
    m.accepted_at, m.due_at, m.repeat_every_s, m.repeat_expires_at, m.copies FROM message AS m";

impl Store {
    /// A page of an application's channels in order of their names, after the name `after`.
    pub async fn channels(
        &self,
        app: &AppId,
        after: String,
        size: usize,
    ) -> Result<Vec<ChannelRow>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let sql = format!("{CHANNEL} WHERE app = ?1 AND name > ?2 ORDER BY name LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let page =
                statement.query_map(params![app.as_str(), after, size.cast_signed()], channel)?;
            Ok(page.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A channel; `None` when there is none of that name.
    pub async fn channel(&self, app: &AppId, name: &str) -> Result<Option<ChannelRow>, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.read(move |connection| {
            let sql = format!("{CHANNEL} WHERE app = ?1 AND name = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row([app.as_str(), &name], channel).optional()?)
        })
        .await
    }

    /// Makes a channel. False when there is one of that name.
    pub async fn add_channel(
        &self,
        app: &AppId,
        name: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.write(move |connection| {
            let sql = "INSERT OR IGNORE INTO channel (app, name, created_at)
                       SELECT id, ?2, ?3 FROM app WHERE id = ?1 AND removed_at IS NULL";
            let made = connection.prepare_cached(sql)?.execute(params![
                app.as_str(),
                name,
                now.millis()
            ])?;
            Ok(made > 0)
        })
        .await
    }

    /// A page of an application's messages, the newest first, older than the number
    /// `before`. Copies of repeating messages are among them.
    pub async fn messages(
        &self,
        app: &AppId,
        filter: MessageFilter,
        before: i64,
        size: usize,
    ) -> Result<Vec<MessageRow>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let mut sql = format!("{MESSAGE} WHERE m.app = ?1 AND m.id < ?2");
            let size = size.cast_signed();
            let state = filter.state.map(state_number);
            let mut values: Vec<&dyn ToSql> = Vec::new();
            let app = app.as_str();
            values.extend([&app as &dyn ToSql, &before, &size]);
            if filter.scheduled {
                // The number stands in the text, so that the index of waiting ones is used.
                sql += " AND m.state = 2 AND m.parent IS NULL AND m.begun_at IS NULL
                         AND (m.repeat_every_s IS NOT NULL OR m.due_at > m.accepted_at)";
            }
            if let Some(state) = &state {
                values.push(state);
                let _ = write!(sql, " AND m.state = ?{}", values.len());
            }
            if let Some(channel) = &filter.channel {
                values.push(channel);
                let _ = write!(sql, " AND m.channel = ?{}", values.len());
            }
            sql += " ORDER BY m.id DESC LIMIT ?3";
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(values.as_slice(), message)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A message; `None` when there is none of that id.
    pub async fn message(
        &self,
        app: &AppId,
        id: &MessageId,
    ) -> Result<Option<MessageRow>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| find_message(connection, &app, &id)).await
    }

    /// The channel of a message; `None` when there is no such message.
    pub async fn channel_of(
        &self,
        app: &AppId,
        id: &MessageId,
    ) -> Result<Option<String>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| {
            let sql = "SELECT channel FROM message WHERE app = ?1 AND message_id = ?2";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([app.as_str(), id.as_str()], |row| row.get(0)).optional()?)
        })
        .await
    }
}

fn find_message(
    connection: &Connection,
    app: &AppId,
    id: &MessageId,
) -> Result<Option<MessageRow>, StoreError> {
    let sql = format!("{MESSAGE} WHERE m.app = ?1 AND m.message_id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([app.as_str(), id.as_str()], message).optional()?)
}

fn channel(row: &Row<'_>) -> rusqlite::Result<ChannelRow> {
    Ok(ChannelRow {
        name: row.get(0)?,
        created_at: Timestamp::from_millis(row.get(1)?),
        devices: row.get::<_, i64>(2)?.unsigned_abs(),
    })
}

fn message(row: &Row<'_>) -> rusqlite::Result<MessageRow> {
    let state: i64 = row.get(2)?;
    let out_of_range = rusqlite::Error::IntegralValueOutOfRange(2, state);
    let known = usize::try_from(state).ok().and_then(|state| State::ALL.get(state).copied());
    Ok(MessageRow {
        number: row.get(0)?,
        status: MessageStatus {
            message_id: MessageId::new(row.get::<_, String>(1)?),
            state: known.ok_or(out_of_range)?,
            error_message: row.get(3)?,
            sent: row.get::<_, i64>(4)?.unsigned_abs(),
            failed: row.get::<_, i64>(5)?.unsigned_abs(),
        },
        channel: row.get(6)?,
        publication: json(row, 7)?,
        accepted_at: Timestamp::from_millis(row.get(8)?),
        due_at: moment(row, 9)?,
        repeat_every_s: row.get(10)?,
        repeat_expires_at: moment(row, 11)?,
        copies: row.get::<_, i64>(12)?.unsigned_abs(),
    })
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
    })
}
