//! The queue inside the message table: what is due, and what a page of it came to.
//!
//! A message is queued while its `due_at` is set and it isn't held. Claiming it marks that
//! sending has begun; what it comes to is kept by the [ledger](super::ledger).

use super::lane::{Lane, MessageKey};
use super::ledger::{Outcomes, read_ahead};
use super::repeat::{make_copy, repeating};
use super::settling::end;
use super::state::state_number;
use super::{Audience, Segment, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, MessageId};
use crate::model::{DeviceKey, Platforms, Publication, State};
use rusqlite::{Connection, Row, params};

/// A message that is due, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub key: MessageKey,
    /// Its lane.
    pub lane: Lane,
    /// When.
    pub at: Timestamp,
    /// Whether devices are to be notified.
    pub notifies: bool,
}

/// A message whose time has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its number.
    pub key: MessageKey,
    /// Its id; a copy's own.
    pub id: MessageId,
    /// What is published.
    pub publication: Publication,
    /// Who it is for.
    pub audience: Audience,
    /// When sending began.
    pub begun_at: Timestamp,
    /// Whether it begins now, or goes on after a crash or with a retry.
    pub begins: bool,
    /// The last device of the audience that is done.
    pub cursor: DeviceKey,
    /// Whether the audience is through and only retries are left.
    pub fanned_out: bool,
    /// How often it was tried, when it is forwarded whole.
    pub attempts: u32,
    /// Its lane.
    pub lane: Lane,
    /// Outcomes of devices beyond the cursor, from before a crash or a pause.
    pub ahead: Outcomes,
    /// The reasons in its ledger so far.
    pub reasons: Vec<(u16, String)>,
    /// Devices that are done so far.
    pub done: u64,
    /// Whether it is over already: no device is to be notified.
    pub is_over: bool,
}

/// Who brings messages on, which tells what is left to do when no device is to be notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Push services, for one device each: then nothing is left, and claiming it ends it.
    Devices,
    /// Another server, for whole messages.
    Whole,
}

/// How much waits to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Messages that are due, lane by lane.
    pub due: Vec<(Lane, u64)>,
    /// Devices that wait for another attempt.
    pub devices_waiting: u64,
}

impl Store {
    /// The messages of each lane that are due next, soonest first. What is held isn't due.
    pub async fn next_due(
        &self,
        lanes: &'static [Lane],
        limit: usize,
    ) -> Result<Vec<Due>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, due_at, delivers_push AND platforms <> 0 FROM message
                 WHERE lane = ?1 AND due_at IS NOT NULL AND paused = 0
                 ORDER BY due_at, id LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let mut all = Vec::new();
            for lane in lanes {
                let due = statement.query_map([lane.number(), limit], |row| {
                    Ok(Due {
                        key: MessageKey(row.get(0)?),
                        lane: *lane,
                        at: Timestamp::from_millis(row.get(1)?),
                        notifies: row.get(2)?,
                    })
                })?;
                for due in due {
                    all.push(due?);
                }
            }
            Ok(all)
        })
        .await
    }

    /// How much waits to be sent.
    pub async fn queue_depth(&self, now: Timestamp) -> Result<QueueDepth, StoreError> {
        self.read(move |connection| {
            let mut count = connection.prepare_cached(
                "SELECT count(*) FROM message
                 WHERE lane = ?1 AND due_at <= ?2 AND due_at IS NOT NULL AND paused = 0",
            )?;
            let mut due = Vec::new();
            for lane in Lane::ALL {
                let messages: i64 =
                    count.query_row([lane.number(), now.millis()], |row| row.get(0))?;
                due.push((lane, messages.unsigned_abs()));
            }
            let waiting: i64 = connection
                .prepare_cached("SELECT coalesce(sum(waiting), 0) FROM message WHERE state = 2")?
                .query_row([], |row| row.get(0))?;
            Ok(QueueDepth { due, devices_waiting: waiting.max(0).unsigned_abs() })
        })
        .await
    }

    /// Claims those of the messages that are due. A repeating one makes its next copy,
    /// one for however many were missed, and is queued again in its phase.
    pub async fn claim(
        &self,
        keys: Vec<MessageKey>,
        carrier: Carrier,
        now: Timestamp,
    ) -> Result<Vec<Job>, StoreError> {
        self.write_soon(move |connection| {
            let mut jobs = Vec::with_capacity(keys.len());
            for key in keys {
                let claimed = match repeating(connection, key, now)? {
                    Some(parent) => make_copy(connection, key, &parent, now)?,
                    None => Some(key),
                };
                if let Some(key) = claimed {
                    jobs.extend(begin(connection, key, carrier, now)?);
                }
            }
            Ok(jobs)
        })
        .await
    }

    /// Moves a message to the lane of broadcasts, and notes how many devices it is for.
    pub async fn widen(&self, key: MessageKey, audience: Option<u64>) -> Result<(), StoreError> {
        self.write_soon(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE message SET lane = ?2, audience = coalesce(?3, audience) WHERE id = ?1",
                )?
                .execute(params![key.0, Lane::Broad.number(), audience.map(u64::cast_signed)])?;
            Ok(())
        })
        .await
    }

    /// Says in a message's status what holds it up.
    pub async fn note(&self, key: MessageKey, note: String) -> Result<(), StoreError> {
        self.write_soon(move |connection| {
            connection
                .prepare_cached("UPDATE message SET error = ?2 WHERE id = ?1 AND state = ?3")?
                .execute(params![key.0, note, state_number(State::Scheduled)])?;
            Ok(())
        })
        .await
    }

    /// Puts a message off that can't go on now, and says why in its status.
    pub async fn put_off(
        &self,
        key: MessageKey,
        until: Timestamp,
        note: String,
    ) -> Result<(), StoreError> {
        self.write_soon(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE message SET due_at = ?2, error = ?3 WHERE id = ?1 AND state = ?4",
                )?
                .execute(params![key.0, until.millis(), note, state_number(State::Scheduled)])?;
            Ok(())
        })
        .await
    }

    /// Queues a message that is forwarded whole for another attempt.
    pub async fn retry_whole(&self, key: MessageKey, until: Timestamp) -> Result<(), StoreError> {
        self.write_soon(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE message SET attempts = attempts + 1, due_at = ?2
                     WHERE id = ?1 AND state = ?3",
                )?
                .execute(params![key.0, until.millis(), state_number(State::Scheduled)])?;
            Ok(())
        })
        .await
    }

    /// Ends a message: published, or failed for a reason.
    pub async fn finish(
        &self,
        key: MessageKey,
        error: Option<String>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| end(connection, key, error.as_deref(), now)).await
    }
}

/// Reads what is to be sent and marks that sending has begun, and ended when nobody is to be
/// notified; `None` when the message isn't due any more (it was cancelled).
fn begin(
    connection: &Connection,
    key: MessageKey,
    carrier: Carrier,
    now: Timestamp,
) -> Result<Option<Job>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT message.id, message.message_id, message.app, message.channel,
           message.platforms, message.delivers_push, coalesce(message.begun_at, ?2),
           message.cursor, message.fanned_out, message.attempts,
           coalesce(message.publication, parent.publication), message.begun_at IS NULL,
           message.lane, message.ahead, message.sent, message.failed
         FROM message LEFT JOIN message AS parent ON parent.id = message.parent
         WHERE message.id = ?1 AND message.due_at <= ?2 AND message.paused = 0",
    )?;
    let mut rows = statement.query(params![key.0, now.millis()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut job = match job(connection, row) {
        // It will never be readable: it must not keep the others waiting.
        Err(error @ (StoreError::Unreadable { .. } | StoreError::Segment(_))) => {
            end(connection, key, Some(&error.to_string()), now)?;
            return Ok(None);
        }
        job => job?,
    };
    job.is_over &= carrier == Carrier::Devices;
    if job.is_over {
        connection
            .prepare_cached(
                "UPDATE message SET begun_at = ?2, state = ?3, due_at = NULL, ended_at = ?4
                 WHERE id = ?1",
            )?
            .execute(params![
                key.0,
                job.begun_at.millis(),
                state_number(State::Published),
                now.millis()
            ])?;
    } else if job.begins {
        connection
            .prepare_cached("UPDATE message SET begun_at = ?2 WHERE id = ?1")?
            .execute(params![key.0, now.millis()])?;
    } else {
        take_up(connection, key)?;
    }
    Ok(Some(job))
}

/// Goes on with a message that was begun before.
fn take_up(connection: &Connection, key: MessageKey) -> Result<(), StoreError> {
    // What was on its way when the power failed isn't any more: nobody else works on it.
    connection
        .prepare_cached("UPDATE delivery SET leased = 0 WHERE message = ?1 AND leased = 1")?
        .execute([key.0])?;
    // What held it up doesn't any more, or will say so again.
    connection
        .prepare_cached("UPDATE message SET error = NULL WHERE id = ?1 AND error IS NOT NULL")?
        .execute([key.0])?;
    Ok(())
}

fn job(connection: &Connection, row: &Row<'_>) -> Result<Job, StoreError> {
    let publication: String = row.get(10)?;
    let publication: Publication = serde_json::from_str(&publication)
        .map_err(|source| StoreError::Unreadable { what: "publication", source })?;
    let platforms = Platforms::from_mask(row.get::<_, i64>(4)?.unsigned_abs());
    let platforms = platforms.unwrap_or(Platforms::NONE);
    let delivers_push: bool = row.get(5)?;
    let ahead: Option<Vec<u8>> = row.get(13)?;
    Ok(Job {
        key: MessageKey(row.get(0)?),
        id: MessageId::new(row.get::<_, String>(1)?),
        audience: Audience {
            app: AppId::new(row.get::<_, String>(2)?),
            channel: row.get(3)?,
            platforms,
            device_ids: publication.singlecast.clone(),
            segment: segment(&publication)?,
        },
        publication,
        begun_at: Timestamp::from_millis(row.get(6)?),
        begins: row.get(11)?,
        cursor: DeviceKey(row.get(7)?),
        fanned_out: row.get(8)?,
        attempts: row.get(9)?,
        is_over: !delivers_push || platforms.is_empty(),
        lane: Lane::from_number(row.get(12)?),
        ahead: ahead.map_or_else(Outcomes::new, |ahead| read_ahead(&ahead)),
        reasons: reasons(connection, MessageKey(row.get(0)?))?,
        done: (row.get::<_, i64>(14)? + row.get::<_, i64>(15)?).unsigned_abs(),
    })
}

fn reasons(connection: &Connection, key: MessageKey) -> Result<Vec<(u16, String)>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT number, reason FROM ledger_reason WHERE message = ?1")?;
    let reasons = statement.query_map([key.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(reasons.collect::<Result<_, _>>()?)
}

fn segment(publication: &Publication) -> Result<Option<Segment>, StoreError> {
    let query = publication.segment_query.as_deref();
    query.map(Segment::parse).transpose().map_err(|error| StoreError::Segment(error.to_string()))
}
