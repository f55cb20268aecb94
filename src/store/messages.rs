//! Messages: taking them in, their status, cancelling them.

use super::registration::ensure_channel;
use super::state::{state, state_number};
use super::{Lane, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, MessageId};
use crate::model::{MessageStatus, Platforms, Publication, State};
use rusqlite::{Connection, OptionalExtension, params};

/// A checked message on its way in.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMessage {
    /// The application.
    pub app: AppId,
    /// The id it will have, unless its key was used before.
    pub id: MessageId,
    /// The channel; made when it isn't there.
    pub channel: String,
    /// What is published.
    pub publication: Publication,
    /// The platforms it goes to.
    pub platforms: Platforms,
    /// Whether push notifications are wanted at all.
    pub delivers_push: bool,
    /// The idempotency key.
    pub key: Option<String>,
}

/// What came of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cancelled {
    /// It is cancelled; nothing more will be sent.
    Done(MessageStatus),
    /// Too late, or there is no such message; it stays as it is.
    Refused(State),
}

impl Store {
    /// Keeps a message and queues it. With a key that was used before, nothing is kept
    /// and the id from then is returned.
    pub async fn accept(
        &self,
        message: NewMessage,
        now: Timestamp,
    ) -> Result<MessageId, StoreError> {
        let publication = serde_json::to_string(&message.publication)
            .map_err(|source| StoreError::Unreadable { what: "publication", source })?;
        self.write(move |connection| {
            if let Some(key) = &message.key
                && let Some(earlier) = published_before(connection, &message.app, key)?
            {
                return Ok(earlier);
            }
            ensure_channel(connection, &message.app, &message.channel, now)?;
            let due = message.publication.publish_at.unwrap_or(now).max(now);
            let repeat = message.publication.repeat;
            let named = !message.publication.singlecast.is_empty();
            let lane = if named { Lane::Named } else { Lane::Audience };
            connection
                .prepare_cached(
                    "INSERT INTO message (message_id, app, channel, publication, platforms,
                       delivers_push, state, accepted_at, due_at,
                       repeat_from, repeat_every_s, repeat_expires_at, lane)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                )?
                .execute(params![
                    message.id.as_str(),
                    message.app.as_str(),
                    message.channel,
                    publication,
                    message.platforms.mask(),
                    message.delivers_push,
                    state_number(State::Scheduled),
                    now.millis(),
                    due.millis(),
                    repeat.map(|_| due.millis()),
                    repeat.map(|repeat| repeat.every_s),
                    repeat.and_then(|repeat| repeat.expires_at).map(Timestamp::millis),
                    lane.number(),
                ])?;
            let row = connection.last_insert_rowid();
            if let Some(key) = &message.key {
                connection
                    .prepare_cached("INSERT INTO publish_key VALUES (?1, ?2, ?3)")?
                    .execute(params![message.app.as_str(), key, row])?;
            }
            Ok(message.id)
        })
        .await
    }

    /// How a message fares; `None` when there is no such message.
    pub async fn status(
        &self,
        app: &AppId,
        id: &MessageId,
    ) -> Result<Option<MessageStatus>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| find_status(connection, &app, &id)).await
    }

    /// Cancels a message that hasn't begun to be sent, or a repeating one; with `running`
    /// also one that is being sent. Who comes first, this or the engine, is decided by the
    /// order of their commits.
    pub async fn cancel(
        &self,
        app: &AppId,
        id: &MessageId,
        running: bool,
        now: Timestamp,
    ) -> Result<Cancelled, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.write(move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE message SET state = ?3, due_at = NULL, ended_at = ?5, error = NULL
                     WHERE app = ?1 AND message_id = ?2 AND state = ?4
                       AND (begun_at IS NULL OR ?6)",
                )?
                .execute(params![
                    app.as_str(),
                    id.as_str(),
                    state_number(State::Cancelled),
                    state_number(State::Scheduled),
                    now.millis(),
                    running,
                ])?;
            let status = find_status(connection, &app, &id)?;
            Ok(match status {
                Some(status) if changed > 0 => Cancelled::Done(status),
                Some(status) => Cancelled::Refused(status.state),
                None => Cancelled::Refused(State::Unknown),
            })
        })
        .await
    }

    /// Holds a message that isn't done yet, or lets it go on. `None` when there is no such
    /// message; else its state, and whether that changed anything.
    pub async fn pause(
        &self,
        app: &AppId,
        id: &MessageId,
        paused: bool,
    ) -> Result<Option<(State, bool)>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.write(move |connection| {
            let changed = connection
                .prepare_cached(
                    "UPDATE message SET paused = ?3
                     WHERE app = ?1 AND message_id = ?2 AND state = ?4 AND paused <> ?3",
                )?
                .execute(params![
                    app.as_str(),
                    id.as_str(),
                    paused,
                    state_number(State::Scheduled)
                ])?;
            let status = find_status(connection, &app, &id)?;
            Ok(status.map(|status| (status.state, changed > 0)))
        })
        .await
    }
}

fn published_before(
    connection: &Connection,
    app: &AppId,
    key: &str,
) -> Result<Option<MessageId>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT message_id FROM publish_key JOIN message ON message.id = message
             WHERE publish_key.app = ?1 AND key = ?2",
        )?
        .query_row([app.as_str(), key], |row| row.get::<_, String>(0))
        .optional()?;
    Ok(found.map(MessageId::new))
}

fn find_status(
    connection: &Connection,
    app: &AppId,
    id: &MessageId,
) -> Result<Option<MessageStatus>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT state, error, sent, failed FROM message WHERE app = ?1 AND message_id = ?2",
        )?
        .query_row([app.as_str(), id.as_str()], |row| {
            Ok(MessageStatus {
                message_id: id.clone(),
                state: state(row, 0)?,
                error_message: row.get(1)?,
                sent: row.get::<_, i64>(2)?.unsigned_abs(),
                failed: row.get::<_, i64>(3)?.unsigned_abs(),
            })
        })
        .optional()?;
    Ok(found)
}
