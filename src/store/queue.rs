//! The queue inside the message table: what is due, and what a page of it came to.
//!
//! A message is queued while its `due_at` is set. Claiming it marks that sending has
//! begun; a page's outcomes, inbox entries and the cursor are committed together, so a
//! crash repeats at most the page in flight.

use super::audience::{RECIPIENT, recipient};
use super::messages::state_number;
use super::repeat::{make_copy, repeating};
use super::{Audience, Recipient, Segment, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, MessageId};
use crate::model::{DeviceKey, Notification, Os, Platforms, Publication, State};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::Arc;

/// A message's number in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(pub i64);

/// A message in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its number.
    pub key: MessageKey,
    /// When its time is.
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

/// What became of a message on its way to one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The device's push service has it.
    Sent,
    /// The device is gone for good: it is forgotten.
    Gone,
    /// It was refused, or tried too often.
    Failed(String),
    /// It will be tried again.
    Waiting {
        /// When.
        until: Timestamp,
        /// Attempts so far.
        attempts: u32,
        /// Why it didn't work yet.
        reason: String,
    },
}

/// What one page of deliveries came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Where the audience goes on; `None` for a page of retries.
    pub cursor: Option<DeviceKey>,
    /// Whether this was the audience's last page.
    pub last: bool,
    /// Each device and its fate.
    pub fates: Vec<(Recipient, Fate)>,
    /// The platforms' notifications whose sent ones go into an inbox.
    pub inbox: Vec<Arc<Notification>>,
}

impl Store {
    /// The messages that are due next, soonest first.
    pub async fn next_due(&self, limit: usize) -> Result<Vec<Due>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, due_at, delivers_push AND platforms <> 0 FROM message
                 WHERE due_at IS NOT NULL ORDER BY due_at, id LIMIT ?1",
            )?;
            let due = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
                Ok(Due {
                    key: MessageKey(row.get(0)?),
                    at: Timestamp::from_millis(row.get(1)?),
                    notifies: row.get(2)?,
                })
            })?;
            Ok(due.collect::<Result<_, _>>()?)
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
        self.write(move |connection| {
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

    /// The devices of a message whose next attempt is due, at most `limit`.
    pub async fn retries_due(
        &self,
        key: MessageKey,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<Recipient>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT delivery.attempts, {RECIPIENT}
                 FROM delivery JOIN device ON device.id = delivery.device
                 WHERE message = ?1 AND due_at <= ?2 ORDER BY due_at LIMIT ?3"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let due = statement.query_map(params![key.0, now.millis(), limit], recipient)?;
            Ok(due.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps what a page came to, all of it or nothing. False when the message isn't wanted
    /// any more, because its application was removed: then nothing is kept.
    pub async fn commit_page(
        &self,
        key: MessageKey,
        page: Page,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(move |connection| {
            if !is_wanted(connection, key)? {
                return Ok(false);
            }
            keep_notifications(connection, key, &page.inbox)?;
            let mut sent = 0_i64;
            let mut failed = 0_i64;
            for (device, fate) in &page.fates {
                match fate {
                    Fate::Sent => sent += 1,
                    Fate::Gone | Fate::Failed(_) => failed += 1,
                    Fate::Waiting { .. } => {}
                }
                let inbox = page.inbox.iter().any(|notification| notification.os == device.os);
                keep_fate(connection, key, device, fate, inbox)?;
            }
            connection
                .prepare_cached(
                    "UPDATE message SET cursor = coalesce(?2, cursor), fanned_out = fanned_out OR ?3
                     WHERE id = ?1",
                )?
                .execute(params![key.0, page.cursor.map(|cursor| cursor.0), page.last])?;
            // A repeating message counts what all its copies came to.
            connection
                .prepare_cached(
                    "UPDATE message SET sent = sent + ?2, failed = failed + ?3
                     WHERE id = ?1 OR id = (SELECT parent FROM message WHERE id = ?1)",
                )?
                .execute(params![key.0, sent, failed])?;
            settle(connection, key, now)?;
            Ok(true)
        })
        .await
    }

    /// Queues a message that is forwarded whole for another attempt.
    pub async fn retry_whole(&self, key: MessageKey, until: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
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
    pub async fn finish(&self, key: MessageKey, error: Option<String>) -> Result<(), StoreError> {
        self.write(move |connection| end(connection, key, error.as_deref())).await
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
           coalesce(message.publication, parent.publication), message.begun_at IS NULL
         FROM message LEFT JOIN message AS parent ON parent.id = message.parent
         WHERE message.id = ?1 AND message.due_at <= ?2",
    )?;
    let mut rows = statement.query(params![key.0, now.millis()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut job = match job(row) {
        // It will never be readable: it must not keep the others waiting.
        Err(error @ (StoreError::Unreadable { .. } | StoreError::Segment(_))) => {
            end(connection, key, Some(&error.to_string()))?;
            return Ok(None);
        }
        job => job?,
    };
    job.is_over &= carrier == Carrier::Devices;
    if job.is_over {
        connection
            .prepare_cached(
                "UPDATE message SET begun_at = ?2, state = ?3, due_at = NULL WHERE id = ?1",
            )?
            .execute(params![key.0, job.begun_at.millis(), state_number(State::Published)])?;
    } else if job.begins {
        connection
            .prepare_cached("UPDATE message SET begun_at = ?2 WHERE id = ?1")?
            .execute(params![key.0, now.millis()])?;
    }
    Ok(Some(job))
}

fn job(row: &Row<'_>) -> Result<Job, StoreError> {
    let publication: String = row.get(10)?;
    let publication: Publication = serde_json::from_str(&publication)
        .map_err(|source| StoreError::Unreadable { what: "publication", source })?;
    let platforms = Platforms::from_mask(row.get::<_, i64>(4)?.unsigned_abs());
    let platforms = platforms.unwrap_or(Platforms::NONE);
    let delivers_push: bool = row.get(5)?;
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
    })
}

/// Whether a message in work is still to be sent: neither cancelled nor deleted.
fn is_wanted(connection: &Connection, key: MessageKey) -> Result<bool, StoreError> {
    let state: Option<i64> = connection
        .prepare_cached("SELECT state FROM message WHERE id = ?1")?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    Ok(state == Some(state_number(State::Scheduled)))
}

fn segment(publication: &Publication) -> Result<Option<Segment>, StoreError> {
    let query = publication.segment_query.as_deref();
    query.map(Segment::parse).transpose().map_err(|error| StoreError::Segment(error.to_string()))
}

fn keep_notifications(
    connection: &Connection,
    key: MessageKey,
    notifications: &[Arc<Notification>],
) -> Result<(), StoreError> {
    for notification in notifications {
        let body = serde_json::to_string(notification.as_ref())
            .map_err(|source| StoreError::Unreadable { what: "notification", source })?;
        connection
            .prepare_cached("INSERT OR IGNORE INTO notification VALUES (?1, ?2, ?3)")?
            .execute(params![key.0, notification.os.bit(), body])?;
    }
    Ok(())
}

fn keep_fate(
    connection: &Connection,
    key: MessageKey,
    device: &Recipient,
    fate: &Fate,
    inbox: bool,
) -> Result<(), StoreError> {
    let failed = |due: Option<Timestamp>, attempts: u32, reason: &str| {
        connection
            .prepare_cached(
                "INSERT INTO delivery VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET attempts = excluded.attempts,
                   due_at = excluded.due_at, reason = excluded.reason",
            )?
            .execute(params![key.0, device.key.0, attempts, due.map(Timestamp::millis), reason])
    };
    match fate {
        Fate::Sent => {
            if device.attempts > 0 {
                connection
                    .prepare_cached("DELETE FROM delivery WHERE message = ?1 AND device = ?2")?
                    .execute([key.0, device.key.0])?;
            }
            if inbox {
                keep_in_inbox(connection, key, device.key, device.os)?;
            }
        }
        Fate::Gone => {
            failed(
                None,
                device.attempts + 1,
                "the device is no longer registered with its service",
            )?;
            connection
                .prepare_cached("DELETE FROM device WHERE id = ?1")?
                .execute([device.key.0])?;
        }
        Fate::Failed(reason) => {
            failed(None, device.attempts + 1, reason)?;
        }
        Fate::Waiting { until, attempts, reason } => {
            failed(Some(*until), *attempts, reason)?;
        }
    }
    Ok(())
}

/// Selected from `device`, since it may have been forgotten while the page was sent.
fn keep_in_inbox(
    connection: &Connection,
    key: MessageKey,
    device: DeviceKey,
    os: Os,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO inbox (device, message, os)
             SELECT id, ?2, ?3 FROM device WHERE id = ?1",
        )?
        .execute(params![device.0, key.0, os.bit()])?;
    Ok(())
}

/// When the audience is through: queues the message for its next retry, or ends it.
fn settle(connection: &Connection, key: MessageKey, now: Timestamp) -> Result<(), StoreError> {
    let (fanned_out, sent, failed): (bool, i64, i64) = connection
        .prepare_cached("SELECT fanned_out, sent, failed FROM message WHERE id = ?1")?
        .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if !fanned_out {
        return Ok(());
    }
    // A device that was forgotten has nothing to wait for.
    connection
        .prepare_cached(
            "DELETE FROM delivery WHERE message = ?1 AND due_at <= ?2
             AND NOT EXISTS (SELECT 1 FROM device WHERE device.id = delivery.device)",
        )?
        .execute([key.0, now.millis()])?;
    let next: Option<i64> = connection
        .prepare_cached("SELECT min(due_at) FROM delivery WHERE message = ?1 AND due_at NOT NULL")?
        .query_row([key.0], |row| row.get(0))?;
    if next.is_some() {
        connection
            .prepare_cached("UPDATE message SET due_at = ?2 WHERE id = ?1")?
            .execute(params![key.0, next])?;
        return Ok(());
    }
    if sent > 0 || failed == 0 {
        return end(connection, key, None);
    }
    let reason: Option<String> = connection
        .prepare_cached("SELECT reason FROM delivery WHERE message = ?1 ORDER BY device LIMIT 1")?
        .query_row([key.0], |row| row.get(0))
        .optional()?;
    let reason = reason.unwrap_or_default();
    end(connection, key, Some(&format!("none of {failed} devices could be reached: {reason}")))
}

/// Ends a message that hasn't ended yet: published, or failed for a reason.
pub(super) fn end(
    connection: &Connection,
    key: MessageKey,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let state = if error.is_some() { State::Failed } else { State::Published };
    connection
        .prepare_cached(
            "UPDATE message SET state = ?2, error = ?3, due_at = NULL WHERE id = ?1 AND state = ?4",
        )?
        .execute(params![key.0, state_number(state), error, state_number(State::Scheduled)])?;
    Ok(())
}
