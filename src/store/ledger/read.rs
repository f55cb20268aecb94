//! Reading the ledger: how far a message is, and every device with its outcome.

use super::outcomes::{Code, Kind, Outcomes, decode};
use super::read_ahead;
use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId, MessageId};
use crate::limits;
use crate::model::{DeviceKey, State};
use crate::store::state::state;
use crate::store::{MessageKey, Store, StoreError};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// How far the delivery of a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The message's number.
    pub key: MessageKey,
    /// Its state.
    pub state: State,
    /// Whether it is held.
    pub paused: bool,
    /// Why it failed, or what holds it up.
    pub note: Option<String>,
    /// Devices it is for; `None` when they weren't counted.
    pub audience: Option<u64>,
    /// Devices whose service has it.
    pub accepted: u64,
    /// Devices that refused it, or were tried too often.
    pub failed: u64,
    /// Devices that were gone.
    pub gone: u64,
    /// Devices for which it came too late.
    pub expired: u64,
    /// Devices that a policy kept it from.
    pub skipped: u64,
    /// Devices that wait for another attempt.
    pub waiting: u64,
    /// When sending began.
    pub begun_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Whether what became of each device is forgotten by now.
    pub ledger_pruned: bool,
}

/// One device of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its number.
    pub key: DeviceKey,
    /// Its id; `None` when it has been unregistered since.
    pub device: Option<DeviceId>,
    /// What became of it.
    pub kind: Kind,
    /// Why.
    pub reason: Option<String>,
}

impl Store {
    /// How far a message is; `None` when there is no such message.
    pub async fn delivery(
        &self,
        app: &AppId,
        id: &MessageId,
    ) -> Result<Option<Delivery>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| {
            let found = connection
                .prepare_cached(
                    "SELECT id, state, paused, error, audience, sent, failed, gone, expired, skipped,
                       waiting, begun_at, ended_at, ledger_pruned
                     FROM message WHERE app = ?1 AND message_id = ?2",
                )?
                .query_row([app.as_str(), id.as_str()], delivery)
                .optional()?;
            Ok(found)
        })
        .await
    }

    /// How often devices from `first` to `last` were told something on that day, as far as
    /// it is counted.
    pub async fn told_on(
        &self,
        day: i64,
        first: DeviceKey,
        last: DeviceKey,
    ) -> Result<Vec<(DeviceKey, u32)>, StoreError> {
        self.read_wide(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT device, times FROM device_told
                 WHERE device BETWEEN ?1 AND ?2 AND day = ?3 ORDER BY device",
            )?;
            let told = statement.query_map(params![first.0, last.0, day], |row| {
                Ok((DeviceKey(row.get(0)?), row.get(1)?))
            })?;
            Ok(told.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// A piece of a message's ledger: whole pages of devices after `after`, in rising order.
    /// Empty when there are no more.
    pub async fn ledger_after(
        &self,
        key: MessageKey,
        after: DeviceKey,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        self.read_wide(move |connection| {
            let mut outcomes = pages_after(connection, key, after)?;
            if outcomes.is_empty() {
                outcomes = ahead(connection, key)?;
                outcomes.retain(|(device, _)| *device > after);
            }
            outcomes.into_iter().map(|outcome| entry(connection, key, outcome)).collect()
        })
        .await
    }
}

/// The pages that hold the next devices after `after`, of the kept ones.
pub(super) fn pages_after(
    connection: &Connection,
    key: MessageKey,
    after: DeviceKey,
) -> Result<Outcomes, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT first, outcomes FROM ledger WHERE message = ?1 AND first > ?2
         ORDER BY first LIMIT ?3",
    )?;
    let pages = statement.query_map(params![key.0, after.0, limits::EXPORT_PAGES], |row| {
        Ok(decode(DeviceKey(row.get(0)?), row.get_ref(1)?.as_blob()?))
    })?;
    let pages: Vec<Outcomes> = pages.collect::<Result<_, _>>()?;
    Ok(pages.concat())
}

fn ahead(connection: &Connection, key: MessageKey) -> Result<Outcomes, StoreError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT ahead FROM message WHERE id = ?1")?
        .query_row([key.0], |row| row.get(0))?;
    Ok(bytes.map_or_else(Outcomes::new, |bytes| read_ahead(&bytes)))
}

fn entry(
    connection: &Connection,
    key: MessageKey,
    (device, code): (DeviceKey, Code),
) -> Result<LedgerEntry, StoreError> {
    let id: Option<String> = connection
        .prepare_cached(
            "SELECT device_id FROM device WHERE id = ?1
             UNION ALL SELECT device_id FROM departed WHERE device = ?1",
        )?
        .query_row([device.0], |row| row.get(0))
        .optional()?;
    let reason = match code.reason() {
        0 => None,
        number => connection
            .prepare_cached("SELECT reason FROM ledger_reason WHERE message = ?1 AND number = ?2")?
            .query_row(params![key.0, number], |row| row.get(0))
            .optional()?,
    };
    Ok(LedgerEntry { key: device, device: id.map(DeviceId::new), kind: code.kind(), reason })
}

fn delivery(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.max(0).unsigned_abs());
    let moment = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
    };
    let (gone, expired) = (count(7)?, count(8)?);
    Ok(Delivery {
        key: MessageKey(row.get(0)?),
        state: state(row, 1)?,
        paused: row.get(2)?,
        note: row.get(3)?,
        audience: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
        accepted: count(5)?,
        failed: count(6)?.saturating_sub(gone + expired),
        gone,
        expired,
        skipped: count(9)?,
        waiting: count(10)?,
        begun_at: moment(11)?,
        ended_at: moment(12)?,
        ledger_pruned: row.get(13)?,
    })
}
