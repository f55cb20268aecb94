//! Registering devices: one, or an import's page, with their channels, tags, properties and user.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId};
use crate::model::{Os, User};
use indexmap::IndexMap;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Map, Value};

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
    /// Its tags, without doubles; `None` keeps those it has.
    pub tags: Option<Vec<String>>,
    /// Its properties; `None` keeps those it has.
    pub properties: Option<Map<String, Value>>,
    /// Its user.
    pub user: Owner,
}

/// What a registration says of a device's user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Nothing: it stays as it is.
    Kept,
    /// That it has none.
    Nobody,
    /// Who it is.
    User(User),
}

/// The numbers of channels and tags that one write has met, so that each is asked for once.
#[derive(Default)]
struct Known {
    channels: IndexMap<String, i64>,
    tags: IndexMap<String, i64>,
}

impl Known {
    fn channel(
        &mut self,
        connection: &Connection,
        app: &AppId,
        name: &str,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        if let Some(channel) = self.channels.get(name) {
            return Ok(*channel);
        }
        let channel = ensure_channel(connection, app, name, now)?;
        self.channels.insert(name.to_owned(), channel);
        Ok(channel)
    }

    fn tag(&mut self, connection: &Connection, app: &AppId, name: &str) -> Result<i64, StoreError> {
        if let Some(tag) = self.tags.get(name) {
            return Ok(*tag);
        }
        let tag = ensure_tag(connection, app, name)?;
        self.tags.insert(name.to_owned(), tag);
        Ok(tag)
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
            Ok(register(connection, &app, &registration, &object_id, now, &mut Known::default())?.0)
        })
        .await
    }

    /// Registers many devices in one commit, each with the object id that it gets when it is
    /// new. Returns how many are new.
    pub async fn import(
        &self,
        app: &AppId,
        registrations: Vec<(Registration, String)>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let app = app.clone();
        self.write(move |connection| {
            let (mut new, mut known) = (0, Known::default());
            for (registration, object_id) in &registrations {
                let done = register(connection, &app, registration, object_id, now, &mut known)?;
                new += usize::from(done.1);
            }
            Ok(new)
        })
        .await
    }
}

/// The registration's object id, and whether the device is new.
fn register(
    connection: &Connection,
    app: &AppId,
    registration: &Registration,
    object_id: &str,
    now: Timestamp,
    known: &mut Known,
) -> Result<(String, bool), StoreError> {
    let (device, kept) = keep(connection, app, registration, object_id, now)?;
    let new = kept == object_id;
    if !new {
        connection
            .prepare_cached("DELETE FROM device_channel WHERE device = ?1")?
            .execute([device])?;
    }
    for (position, name) in (0_i64..).zip(&registration.channels) {
        let channel = known.channel(connection, app, name, now)?;
        connection
            .prepare_cached("INSERT INTO device_channel VALUES ((?1 << 40) + ?2, ?2, ?3, ?4, ?5)")?
            .execute(params![
                channel,
                device,
                registration.os.bit(),
                position,
                registration.expires_at.map(Timestamp::millis),
            ])?;
    }
    if let Some(tags) = &registration.tags {
        if !new {
            connection
                .prepare_cached("DELETE FROM device_tag WHERE device = ?1")?
                .execute([device])?;
        }
        for name in tags {
            let tag = known.tag(connection, app, name)?;
            connection
                .prepare_cached("INSERT INTO device_tag VALUES ((?1 << 40) + ?2, ?2)")?
                .execute([tag, device])?;
        }
    }
    Ok((kept, new))
}

/// The device's number and the registration's object id, which an old device keeps.
///
/// One statement that inserts, or updates what is there, and returns takes half as long again.
fn keep(
    connection: &Connection,
    app: &AppId,
    registration: &Registration,
    object_id: &str,
    now: Timestamp,
) -> Result<(i64, String), StoreError> {
    let properties = registration.properties.as_ref().map(json);
    let user = match &registration.user {
        Owner::User(user) => Some(user),
        Owner::Kept | Owner::Nobody => None,
    };
    let user_properties = user.map(|user| json(&user.properties));
    let values = params![
        app.as_str(),
        registration.id.as_str(),
        object_id,
        registration.token,
        registration.os.bit(),
        registration.os_version,
        registration.expires_at.map(Timestamp::millis),
        now.millis(),
        properties,
        registration.user != Owner::Kept,
        user.map(|user| &user.id),
        user_properties,
    ];
    let inserted = connection
        .prepare_cached(
            "INSERT INTO device (app, device_id, object_id, token, os, os_version, expires_at,
               created_at, registered_at, properties, user_id, user_properties)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, coalesce(?9, '{}'), ?11, coalesce(?12, '{}'))
             ON CONFLICT (app, device_id) DO NOTHING",
        )?
        .execute(values)?;
    if inserted > 0 {
        return Ok((connection.last_insert_rowid(), object_id.to_owned()));
    }
    Ok(connection
        .prepare_cached(
            "UPDATE device SET token = ?4, os = ?5, os_version = ?6, expires_at = ?7,
               registered_at = ?8, properties = coalesce(?9, properties),
               user_id = iif(?10, ?11, user_id),
               user_properties = iif(?10, coalesce(?12, '{}'), user_properties)
             WHERE app = ?1 AND device_id = ?2 RETURNING id, object_id",
        )?
        .query_row(values, |row| Ok((row.get(0)?, row.get(1)?)))?)
}

fn json(entries: &Map<String, Value>) -> String {
    serde_json::to_string(entries).unwrap_or_default()
}

fn ensure_tag(connection: &Connection, app: &AppId, name: &str) -> Result<i64, StoreError> {
    let mut find = connection.prepare_cached("SELECT id FROM tag WHERE app = ?1 AND name = ?2")?;
    if let Some(id) = find.query_row([app.as_str(), name], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO tag (app, name) VALUES (?1, ?2)")?
        .execute([app.as_str(), name])?;
    Ok(connection.last_insert_rowid())
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
