//! The device registry: registrations, and the audience of a channel.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId};
use crate::model::{Device, DeviceKey, Os, Platforms};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A device that asks to be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The id the device chose for itself.
    pub id: DeviceId,
    /// What its push service knows it by.
    pub token: String,
    /// Its operating system.
    pub os: Os,
    /// Its version.
    pub os_version: Option<String>,
    /// The channels, not empty, without doubles.
    pub channels: Vec<String>,
    /// When the registration ends.
    pub expires_at: Option<Timestamp>,
}

/// Who a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The application.
    pub app: AppId,
    /// The channel's name.
    pub channel: String,
    /// The platforms.
    pub platforms: Platforms,
    /// Only these devices of the channel; empty means all.
    pub device_ids: Vec<DeviceId>,
}

/// A device that gets a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Its number, by which pages are cut.
    pub key: DeviceKey,
    /// Its id.
    pub id: DeviceId,
    /// What its push service knows it by.
    pub token: String,
    /// Its operating system.
    pub os: Os,
    /// How often this message was tried before.
    pub attempts: u32,
}

/// The devices of a channel that haven't expired: channel first, then device by device.
/// `?1` app, `?2` channel, `?3` mask, `?4` now, `?5` the last device seen. CROSS JOIN
/// keeps SQLite to the order as written.
const EVERYONE: &str = "
    FROM channel
    CROSS JOIN device_channel AS listed ON listed.channel = channel.id
    CROSS JOIN device ON device.id = listed.device
    WHERE channel.app = ?1 AND channel.name = ?2 AND listed.os & ?3 <> 0 AND listed.device > ?5
      AND (device.expires_at IS NULL OR device.expires_at > ?4)
      AND ?6 IS NULL";

/// The same for named devices, `?6` a JSON list of their ids: names first, so that it
/// costs as much as there are names, however large the channel is.
const NAMED: &str = "
    FROM device
    CROSS JOIN channel
    CROSS JOIN device_channel AS listed
      ON listed.channel = channel.id AND listed.device = device.id
    WHERE device.app = ?1 AND device.device_id IN (SELECT value FROM json_each(?6))
      AND channel.app = ?1 AND channel.name = ?2 AND listed.os & ?3 <> 0 AND device.id > ?5
      AND (device.expires_at IS NULL OR device.expires_at > ?4)";

impl Audience {
    fn source(&self) -> &'static str {
        if self.device_ids.is_empty() { EVERYONE } else { NAMED }
    }
}

impl Store {
    /// Registers a device, or replaces what was registered under its id. Channels it
    /// names are made. `object_id` is given to a device that is new.
    ///
    /// Returns the registration's object id.
    pub async fn register(
        &self,
        app: &AppId,
        registration: Registration,
        object_id: String,
        now: Timestamp,
    ) -> Result<String, StoreError> {
        let app = app.clone();
        self.write(move |connection| {
            let (device, object_id): (i64, String) = connection
                .prepare_cached(
                    "INSERT INTO device
                       (app, device_id, object_id, token, os, os_version, expires_at, created_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                     ON CONFLICT (app, device_id) DO UPDATE SET token = excluded.token,
                       os = excluded.os, os_version = excluded.os_version,
                       expires_at = excluded.expires_at
                     RETURNING id, object_id",
                )?
                .query_row(
                    params![
                        app.as_str(),
                        registration.id.as_str(),
                        object_id,
                        registration.token,
                        registration.os.bit(),
                        registration.os_version,
                        registration.expires_at.map(Timestamp::millis),
                        now.millis(),
                    ],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
            connection
                .prepare_cached("DELETE FROM device_channel WHERE device = ?1")?
                .execute([device])?;
            for (position, name) in (0_i64..).zip(&registration.channels) {
                let channel = ensure_channel(connection, &app, name, now)?;
                connection
                    .prepare_cached("INSERT INTO device_channel VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![channel, device, registration.os.bit(), position])?;
            }
            Ok(object_id)
        })
        .await
    }

    /// A device and its number, unless it isn't registered or has expired.
    pub async fn device(
        &self,
        app: &AppId,
        id: &DeviceId,
        now: Timestamp,
    ) -> Result<Option<(DeviceKey, Device)>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, object_id, token, os, os_version, expires_at FROM device
                 WHERE app = ?1 AND device_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
            )?;
            let found = statement
                .query_row(params![app.as_str(), id.as_str(), now.millis()], |row| {
                    let device = Device {
                        object_id: row.get(1)?,
                        id: id.clone(),
                        token: row.get(2)?,
                        os: os(row, 3)?,
                        os_version: row.get(4)?,
                        channels: Vec::new(),
                        expires_at: row.get::<_, Option<i64>>(5)?.map(Timestamp::from_millis),
                    };
                    Ok((DeviceKey(row.get(0)?), device))
                })
                .optional()?;
            let Some((key, mut device)) = found else { return Ok(None) };
            device.channels = connection
                .prepare_cached(
                    "SELECT name FROM device_channel JOIN channel ON channel.id = channel
                     WHERE device = ?1 ORDER BY position",
                )?
                .query_map([key.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(Some((key, device)))
        })
        .await
    }

    /// Forgets a device and its inbox. False when it isn't registered, or has expired.
    pub async fn forget_device(
        &self,
        app: &AppId,
        id: &DeviceId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.write(move |connection| {
            let gone = connection
                .prepare_cached(
                    "DELETE FROM device WHERE app = ?1 AND device_id = ?2
                     AND (expires_at IS NULL OR expires_at > ?3)",
                )?
                .execute(params![app.as_str(), id.as_str(), now.millis()])?;
            Ok(gone > 0)
        })
        .await
    }

    /// Forgets every device whose registration has ended. Returns how many.
    pub async fn sweep_expired(&self, now: Timestamp) -> Result<usize, StoreError> {
        self.write(move |connection| {
            Ok(connection
                .prepare_cached("DELETE FROM device WHERE expires_at <= ?1")?
                .execute([now.millis()])?)
        })
        .await
    }

    /// Deletes a channel; its devices stay registered elsewhere. False when there is none.
    pub async fn delete_channel(&self, app: &AppId, name: &str) -> Result<bool, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.write(move |connection| {
            let gone = connection
                .prepare_cached("DELETE FROM channel WHERE app = ?1 AND name = ?2")?
                .execute([app.as_str(), &name])?;
            Ok(gone > 0)
        })
        .await
    }

    /// How many devices a message would go to now.
    pub async fn audience_size(
        &self,
        audience: Audience,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read(move |connection| {
            let size: i64 = connection
                .prepare_cached(&format!("SELECT count(*) {}", audience.source()))?
                .query_row(
                    params![
                        audience.app.as_str(),
                        audience.channel,
                        audience.platforms.mask(),
                        now.millis(),
                        0,
                        id_list(&audience.device_ids),
                    ],
                    |row| row.get(0),
                )?;
            Ok(size.unsigned_abs())
        })
        .await
    }

    /// The next page of an audience: at most `size` devices after the device `after`.
    pub async fn audience_page(
        &self,
        audience: Audience,
        after: DeviceKey,
        size: usize,
        now: Timestamp,
    ) -> Result<Vec<Recipient>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT device.id, device.device_id, device.token, device.os, 0 {}
                 ORDER BY listed.device LIMIT ?7",
                audience.source()
            ))?;
            let page = statement.query_map(
                params![
                    audience.app.as_str(),
                    audience.channel,
                    audience.platforms.mask(),
                    now.millis(),
                    after.0,
                    id_list(&audience.device_ids),
                    i64::try_from(size).unwrap_or(i64::MAX),
                ],
                recipient,
            )?;
            Ok(page.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// The channel's number, making the channel when it isn't there.
pub(super) fn ensure_channel(
    connection: &Connection,
    app: &AppId,
    name: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let mut find =
        connection.prepare_cached("SELECT id FROM channel WHERE app = ?1 AND name = ?2")?;
    if let Some(id) = find.query_row([app.as_str(), name], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO channel (app, name, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![app.as_str(), name, now.millis()])?;
    Ok(connection.last_insert_rowid())
}

/// A row of `id, device_id, token, os, attempts`.
pub(super) fn recipient(row: &Row<'_>) -> rusqlite::Result<Recipient> {
    Ok(Recipient {
        key: DeviceKey(row.get(0)?),
        id: DeviceId::new(row.get::<_, String>(1)?),
        token: row.get(2)?,
        os: os(row, 3)?,
        attempts: row.get(4)?,
    })
}

pub(super) fn os(row: &Row<'_>, column: usize) -> rusqlite::Result<Os> {
    let bit: u8 = row.get(column)?;
    Os::from_bit(bit).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, i64::from(bit)))
}

fn id_list(ids: &[DeviceId]) -> Option<String> {
    (!ids.is_empty())
        .then(|| ids.iter().map(DeviceId::as_str).collect::<serde_json::Value>().to_string())
}
