//! The device registry: found, listed and forgotten; how a device gets in is in `registration`.

use super::segment::{Scope, Sql};
use super::{Segment, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId};
use crate::model::{Device, DeviceKey, Os, Person, User};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::{Map, Value};

impl Store {
    /// A device and its number, unless it isn't registered or has expired.
    pub async fn device(
        &self,
        app: &AppId,
        id: &DeviceId,
        now: Timestamp,
    ) -> Result<Option<(DeviceKey, Device)>, StoreError> {
        let (app, id) = (app.clone(), id.clone());
        self.read(move |connection| {
            let found = connection
                .prepare_cached(&format!(
                    "SELECT {DEVICE} FROM device
                     WHERE app = ?1 AND device_id = ?2 AND (expires_at IS NULL OR expires_at > ?3)"
                ))?
                .query_row(params![app.as_str(), id.as_str(), now.millis()], device)
                .optional()?;
            let Some((key, mut device)) = found else { return Ok(None) };
            complete(connection, key, &mut device)?;
            Ok(Some((key, device)))
        })
        .await
    }

    /// Registered devices in the order in which they came: at most `size` after the device
    /// `after`, of this segment only if there is one.
    pub async fn devices(
        &self,
        app: &AppId,
        segment: Option<Segment>,
        after: DeviceKey,
        size: usize,
        now: Timestamp,
    ) -> Result<Vec<(DeviceKey, Device)>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let scope = Scope { app: app.as_str(), device: "device.id" };
            let condition = match &segment {
                Some(segment) => segment.sql(scope, None)?,
                None => Sql { text: "1".to_owned(), values: Vec::new() },
            };
            let mut values: Vec<rusqlite::types::Value> =
                vec![app.as_str().to_owned().into(), after.0.into(), now.millis().into()];
            values.extend(condition.values);
            values.push(i64::try_from(size).unwrap_or(i64::MAX).into());
            let mut devices: Vec<(DeviceKey, Device)> = connection
                .prepare_cached(&page(&condition.text))?
                .query_map(params_from_iter(values), device)?
                .collect::<Result<_, _>>()?;
            for (key, device) in &mut devices {
                complete(connection, *key, device)?;
            }
            Ok(devices)
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
            let gone: Option<i64> = connection
                .prepare_cached("DELETE FROM channel WHERE app = ?1 AND name = ?2 RETURNING id")?
                .query_row([app.as_str(), &name], |row| row.get(0))
                .optional()?;
            let Some(channel) = gone else { return Ok(false) };
            connection
                .prepare_cached(
                    "DELETE FROM device_channel WHERE id BETWEEN ?1 << 40 AND (?1 + 1) << 40",
                )?
                .execute([channel])?;
            Ok(true)
        })
        .await
    }
}

/// A row as [`device`] reads it.
const DEVICE: &str = "device.id, object_id, device_id, token, device.os, os_version, \
     device.expires_at, device.created_at, properties, user_id, user_properties";

/// A page of an application's devices; its values: application, number, time, the condition's, size.
fn page(condition: &str) -> String {
    format!(
        "SELECT {DEVICE} FROM device WHERE device.app = ? AND device.id > ?
         AND (device.expires_at IS NULL OR device.expires_at > ?) AND {condition}
         ORDER BY device.id LIMIT ?"
    )
}

/// A row of [`DEVICE`]; channels and tags come from [`complete`].
fn device(row: &Row<'_>) -> rusqlite::Result<(DeviceKey, Device)> {
    let person = person(row, 8)?;
    let device = Device {
        object_id: row.get(1)?,
        id: DeviceId::new(row.get::<_, String>(2)?),
        token: row.get(3)?,
        os: os(row, 4)?,
        os_version: row.get(5)?,
        channels: Vec::new(),
        expires_at: row.get::<_, Option<i64>>(6)?.map(Timestamp::from_millis),
        created_at: Timestamp::from_millis(row.get(7)?),
        tags: Vec::new(),
        properties: person.properties,
        user: person.user,
    };
    Ok((DeviceKey(row.get(0)?), device))
}

fn complete(
    connection: &Connection,
    key: DeviceKey,
    device: &mut Device,
) -> Result<(), StoreError> {
    device.channels = connection
        .prepare_cached(
            "SELECT name FROM device_channel AS listed JOIN channel ON channel.id = listed.id >> 40
             WHERE device = ?1 ORDER BY position",
        )?
        .query_map([key.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    device.tags = connection
        .prepare_cached(
            "SELECT name FROM device_tag JOIN tag ON tag.id = device_tag.id >> 40
             WHERE device = ?1 ORDER BY name",
        )?
        .query_map([key.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(())
}

/// Three columns from `column`: properties, the user's id and properties.
pub(super) fn person(row: &Row<'_>, column: usize) -> rusqlite::Result<Person> {
    let entries = |column| -> rusqlite::Result<Map<String, Value>> {
        let text = row.get_ref(column)?.as_str()?;
        if text == "{}" {
            return Ok(Map::new());
        }
        serde_json::from_str(text).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
        })
    };
    let user: Option<String> = row.get(column + 1)?;
    let user = match user {
        Some(id) => Some(User { id, properties: entries(column + 2)? }),
        None => None,
    };
    Ok(Person { properties: entries(column)?, user })
}

pub(super) fn os(row: &Row<'_>, column: usize) -> rusqlite::Result<Os> {
    let bit: u8 = row.get(column)?;
    Os::from_bit(bit).ok_or(rusqlite::Error::IntegralValueOutOfRange(column, i64::from(bit)))
}

#[cfg(test)]
mod tests {
    use super::page;
    use crate::store::connection::open_memory;

    #[test]
    fn a_page_of_a_million_devices_sorts_none() {
        let connection = open_memory().unwrap();
        let mut plan =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {}", page("os = 1"))).unwrap();
        let steps: Vec<String> = plan
            .query_map([Some("A"), None, None, None], |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(steps, ["SEARCH device USING INDEX device_listed (app=? AND id>?)"]);
    }
}
