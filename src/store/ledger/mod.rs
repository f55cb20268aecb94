//! The ledger: what became of a message at each device.
//!
//! A page of the audience is one blob ([`outcomes`]); reasons are numbered a message. The
//! outcomes of a page that is still being sent stand in the message's row (`ahead`), so that a
//! crash repeats only what was on its way. Reading it is in [`read`], forgetting in
//! [`retention`].

mod outcomes;
mod read;
mod retention;

pub use outcomes::{Code, Kind, Outcomes};
pub use read::{Delivery, LedgerEntry};

use super::lane::MessageKey;
use super::settling::settle;
use super::state::state_number;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::model::{DeviceKey, Notification, Os, State};
use outcomes::decode;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// All pages of a message, for tests of migrations.
#[cfg(test)]
pub(super) fn pages_of(connection: &Connection, message: i64) -> Outcomes {
    read::pages_after(connection, MessageKey(message), DeviceKey(0)).unwrap()
}

/// What was reached since the last step of a message; kept as a whole or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The last device of which it and all before are in `pages`, or were earlier.
    pub cursor: Option<DeviceKey>,
    /// Pages that are complete.
    pub pages: Vec<Outcomes>,
    /// Outcomes of devices beyond the cursor.
    pub ahead: Outcomes,
    /// New reasons with their numbers.
    pub reasons: Vec<(u16, String)>,
    /// Devices of earlier pages whose outcome has changed, rising.
    pub amended: Outcomes,
    /// Devices that are to be tried again.
    pub waiting: Vec<Waiting>,
    /// Devices that wait no more.
    pub settled: Vec<DeviceKey>,
    /// Devices that are gone for good.
    pub gone: Vec<Gone>,
    /// The platforms' notifications, for the inboxes.
    pub notifications: Vec<Arc<Notification>>,
    /// What virtual devices got.
    pub inbox: Vec<Inbox>,
    /// How the amounts change.
    pub tally: Tally,
    /// Whether the whole audience has been read and sent to.
    pub last: bool,
    /// Devices that were told something on that day, when there is a cap.
    pub told: (i64, Vec<DeviceKey>),
}

/// A device that is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub device: DeviceKey,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried again.
    pub until: Timestamp,
    /// Whether it is on its way now: then it is tried again only after a crash.
    pub leased: bool,
}

/// A device that its service says is gone. It is forgotten unless it registered again since,
/// or has a new token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Which.
    pub device: DeviceKey,
    /// The token that was tried.
    pub token: String,
    /// A registration after this is another one.
    pub since: Timestamp,
}

/// An entry of a virtual device's inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbox {
    /// Whose.
    pub device: DeviceKey,
    /// Its platform.
    pub os: Os,
    /// What it shows, when that isn't what all of its platform are shown.
    pub own: Option<Arc<Notification>>,
}

/// Changes of a message's amounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Accepted.
    pub sent: i64,
    /// All that failed: refused, gone and expired.
    pub failed: i64,
    /// Of these, gone.
    pub gone: i64,
    /// Of these, expired.
    pub expired: i64,
    /// Kept back by a policy.
    pub skipped: i64,
    /// Waiting.
    pub waiting: i64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            failed: self.failed + other.failed,
            gone: self.gone + other.gone,
            expired: self.expired + other.expired,
            skipped: self.skipped + other.skipped,
            waiting: self.waiting + other.waiting,
        }
    }

    /// Counts a device of that kind in (`1`) or out (`-1`).
    pub fn count(&mut self, kind: Kind, by: i64) {
        match kind {
            Kind::Accepted => self.sent += by,
            Kind::Waiting => self.waiting += by,
            Kind::Failed => self.failed += by,
            Kind::Gone => {
                self.failed += by;
                self.gone += by;
            }
            Kind::Expired => {
                self.failed += by;
                self.expired += by;
            }
            Kind::Skipped => self.skipped += by,
        }
    }
}

impl Step {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it tells of devices that are done, and of nothing else.
    pub fn is_plain(&self) -> bool {
        let others = [self.amended.len(), self.waiting.len(), self.settled.len(), self.gone.len()];
        let shown = [self.reasons.len(), self.inbox.len(), self.told.1.len()];
        others.iter().chain(&shown).all(|count| *count == 0)
    }
}

impl Store {
    /// Keeps what was reached, all of it or nothing; ends the message when nothing is left.
    /// False when nothing further is to be sent: it was cancelled, or is gone with its
    /// application, and then nothing is kept either.
    pub async fn keep_step(
        &self,
        key: MessageKey,
        step: Step,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        // Not on the writer's thread: others wait for it.
        let ahead = (!step.ahead.is_empty()).then(|| page(&step.ahead)).flatten();
        let pages: Vec<_> = step.pages.iter().filter_map(page).collect();
        // A phone may have read its inbox when the power fails, and must not read something else
        // there afterwards. Everything else is sent again.
        let must_last = !step.inbox.is_empty();
        let keep = move |connection: &Connection| {
            let Some(now_at) = keep_progress(connection, key, &step, ahead.as_ref())? else {
                return Ok(false);
            };
            keep_reasons(connection, key, &step.reasons)?;
            for page in &pages {
                keep_page(connection, key, page)?;
            }
            amend(connection, key, &step.amended)?;
            keep_waiting(connection, key, &step)?;
            keep_notifications(connection, key, &step.notifications)?;
            for entry in &step.inbox {
                keep_in_inbox(connection, key, entry)?;
            }
            for gone in &step.gone {
                forget(connection, gone, now)?;
            }
            keep_told(connection, step.told.0, &step.told.1)?;
            if now_at.fanned_out {
                settle(connection, key, now)?;
            }
            Ok(now_at.is_wanted)
        };
        if must_last { self.write(keep).await } else { self.write_soon(keep).await }
    }

    /// Forgets devices that are gone. Returns how many were.
    pub async fn forget_gone(&self, gone: Vec<Gone>, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            let mut forgotten = 0;
            for gone in &gone {
                forgotten += usize::from(forget(connection, gone, now)?);
            }
            Ok(forgotten)
        })
        .await
    }
}

struct Page {
    first: DeviceKey,
    bytes: Vec<u8>,
}

fn page(outcomes: &Outcomes) -> Option<Page> {
    let (first, _) = outcomes.first()?;
    Some(Page { first: *first, bytes: outcomes::encode(outcomes.iter().copied()) })
}

/// The outcomes beyond the cursor as the message's row keeps them: eight bytes with the
/// first device, then as a page.
pub(super) fn read_ahead(bytes: &[u8]) -> Outcomes {
    match bytes.split_first_chunk::<8>() {
        Some((first, rest)) => decode(DeviceKey(i64::from_be_bytes(*first)), rest),
        None => Outcomes::new(),
    }
}

/// Where a message is after a step.
struct NowAt {
    is_wanted: bool,
    fanned_out: bool,
}

/// `None` when there is no such message any more.
fn keep_progress(
    connection: &Connection,
    key: MessageKey,
    step: &Step,
    ahead: Option<&Page>,
) -> Result<Option<NowAt>, StoreError> {
    // Not by RETURNING, for which SQLite makes a table each time.
    let found: Option<(i64, bool, Option<i64>)> = connection
        .prepare_cached("SELECT state, fanned_out, parent FROM message WHERE id = ?1")?
        .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((state, was_fanned_out, parent)) = found else { return Ok(None) };
    let fanned_out = was_fanned_out || step.last;
    let ahead = ahead.map(|page| [&page.first.0.to_be_bytes()[..], &page.bytes].concat());
    let tally = step.tally;
    connection
        .prepare_cached(
            "UPDATE message SET cursor = coalesce(?2, cursor), fanned_out = ?3, ahead = ?4,
               sent = sent + ?5, failed = failed + ?6, gone = gone + ?7, expired = expired + ?8,
               skipped = skipped + ?9, waiting = waiting + ?10
             WHERE id = ?1",
        )?
        .execute(params![
            key.0,
            step.cursor.map(|cursor| cursor.0),
            fanned_out,
            ahead,
            tally.sent,
            tally.failed,
            tally.gone,
            tally.expired,
            tally.skipped,
            tally.waiting
        ])?;
    if let Some(parent) = parent.filter(|_| tally != Tally::default()) {
        count_for_parent(connection, parent, tally)?;
    }
    Ok(Some(NowAt { is_wanted: state == state_number(State::Scheduled), fanned_out }))
}

/// A repeating message counts what all its copies came to.
fn count_for_parent(connection: &Connection, parent: i64, tally: Tally) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE message SET sent = sent + ?2, failed = failed + ?3, gone = gone + ?4,
               expired = expired + ?5, skipped = skipped + ?6, waiting = waiting + ?7
             WHERE id = ?1",
        )?
        .execute(params![
            parent,
            tally.sent,
            tally.failed,
            tally.gone,
            tally.expired,
            tally.skipped,
            tally.waiting
        ])?;
    Ok(())
}

fn keep_reasons(
    connection: &Connection,
    key: MessageKey,
    reasons: &[(u16, String)],
) -> Result<(), StoreError> {
    for (number, reason) in reasons {
        connection
            .prepare_cached("INSERT OR IGNORE INTO ledger_reason VALUES (?1, ?2, ?3)")?
            .execute(params![key.0, number, reason])?;
    }
    Ok(())
}

fn keep_page(connection: &Connection, key: MessageKey, page: &Page) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO ledger VALUES (?1, ?2, ?3)")?
        .execute(params![key.0, page.first.0, page.bytes])?;
    Ok(())
}

/// Changes outcomes in pages that are kept: each page is read and written once. A device in
/// no page gets one of its own.
fn amend(connection: &Connection, key: MessageKey, amended: &Outcomes) -> Result<(), StoreError> {
    let mut rest = amended.as_slice();
    while let Some(((device, _), _)) = rest.split_first() {
        let found: Option<(i64, Vec<u8>)> = connection
            .prepare_cached(
                "SELECT first, outcomes FROM ledger WHERE message = ?1 AND first <= ?2
                 ORDER BY first DESC LIMIT 1",
            )?
            .query_row(params![key.0, device.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let mut kept =
            found.map_or_else(Outcomes::new, |(first, bytes)| decode(DeviceKey(first), &bytes));
        let inside = kept.last().is_some_and(|(last, _)| last >= device);
        if !inside {
            kept.clear();
        }
        let end = kept.last().map_or(*device, |(last, _)| *last);
        let many = rest.iter().take_while(|(device, _)| *device <= end).count().max(1);
        let (here, beyond) = rest.split_at(many);
        for (device, code) in here {
            match kept.binary_search_by_key(device, |(device, _)| *device) {
                Ok(at) => kept[at].1 = *code,
                Err(at) => kept.insert(at, (*device, *code)),
            }
        }
        if let Some(page) = page(&kept) {
            keep_page(connection, key, &page)?;
        }
        rest = beyond;
    }
    Ok(())
}

fn keep_waiting(connection: &Connection, key: MessageKey, step: &Step) -> Result<(), StoreError> {
    for Waiting { device, attempts, until, leased } in &step.waiting {
        connection
            .prepare_cached(
                "INSERT INTO delivery VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET attempts = excluded.attempts, due_at = excluded.due_at,
                   leased = excluded.leased",
            )?
            .execute(params![key.0, device.0, attempts, until.millis(), leased])?;
    }
    for device in &step.settled {
        connection
            .prepare_cached("DELETE FROM delivery WHERE message = ?1 AND device = ?2")?
            .execute([key.0, device.0])?;
    }
    Ok(())
}

fn keep_notifications(
    connection: &Connection,
    key: MessageKey,
    notifications: &[Arc<Notification>],
) -> Result<(), StoreError> {
    for notification in notifications {
        connection
            .prepare_cached("INSERT OR IGNORE INTO notification VALUES (?1, ?2, ?3)")?
            .execute(params![key.0, notification.os.bit(), json(notification)?])?;
    }
    Ok(())
}

fn json(notification: &Notification) -> Result<String, StoreError> {
    serde_json::to_string(notification)
        .map_err(|source| StoreError::Unreadable { what: "notification", source })
}

/// Selected from `device`, since it may have been forgotten while it was sent.
fn keep_in_inbox(
    connection: &Connection,
    key: MessageKey,
    entry: &Inbox,
) -> Result<(), StoreError> {
    let own = entry.own.as_deref().map(json).transpose()?;
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO inbox (device, message, os, body)
             SELECT id, ?2, ?3, ?4 FROM device WHERE id = ?1",
        )?
        .execute(params![entry.device.0, key.0, entry.os.bit(), own])?;
    Ok(())
}

/// False when the device stays, since it registered again.
fn forget(connection: &Connection, gone: &Gone, now: Timestamp) -> Result<bool, StoreError> {
    let forgotten = connection
        .prepare_cached(
            "INSERT OR REPLACE INTO departed SELECT id, app, device_id, ?4 FROM device
             WHERE id = ?1 AND token = ?2 AND registered_at <= ?3",
        )?
        .execute(params![gone.device.0, gone.token, gone.since.millis(), now.millis()])?;
    if forgotten == 0 {
        return Ok(false);
    }
    connection.prepare_cached("DELETE FROM device WHERE id = ?1")?.execute([gone.device.0])?;
    Ok(true)
}

fn keep_told(connection: &Connection, day: i64, devices: &[DeviceKey]) -> Result<(), StoreError> {
    for device in devices {
        connection
            .prepare_cached(
                "INSERT INTO device_told SELECT id, ?2, 1 FROM device WHERE id = ?1
                 ON CONFLICT DO UPDATE SET times = iif(day = ?2, times + 1, 1), day = ?2",
            )?
            .execute(params![device.0, day])?;
    }
    Ok(())
}
