//! Audiences: which devices a message is for, counted and page by page.
//!
//! A page or a count walks one table in rising order of devices: the channel's, or the one
//! of a tag that the segment demands, beside which the channel's is walked in step.

use super::devices::{os, person};
use super::segment::{Scope, Sql};
use super::{Segment, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::{AppId, DeviceId};
use crate::model::{DeviceKey, Os, Person, Platforms};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};
use std::sync::Arc;

/// Who a message is for: platforms, and channel, and segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Audience {
    /// The application.
    pub app: AppId,
    /// The channel's name.
    pub channel: String,
    /// The platforms.
    pub platforms: Platforms,
    /// Only these devices of the channel; empty means all.
    pub device_ids: Vec<DeviceId>,
    /// Only devices of this segment.
    pub segment: Option<Segment>,
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
    /// What is known of it and its user, if anything.
    pub person: Option<Arc<Person>>,
}

/// A row as [`recipient`] reads it; the attempts stand before it.
pub(super) const RECIPIENT: &str = "device.id, device.device_id, device.token, device.os, \
     device.properties, device.user_id, device.user_properties";

/// Columns of a row with the attempts and [`RECIPIENT`].
pub(super) const RECIPIENT_COLUMNS: usize = 8;

/// The number of the pair of set 0 and the first device that can't be; see the second migration.
const DEVICES: i64 = 1 << 40;

impl Store {
    /// How many devices a message would go to now.
    pub async fn audience_size(
        &self,
        audience: Audience,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read_wide(move |connection| {
            let Some(source) = source(connection, &audience, DeviceKey(0), now, false)? else {
                return Ok(0);
            };
            let size: i64 = connection
                .prepare_cached(&format!("SELECT count(*) {}", source.sql.text))?
                .query_row(params_from_iter(source.sql.values), |row| row.get(0))?;
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
        self.read_wide(move |connection| {
            let Some(source) = source(connection, &audience, after, now, true)? else {
                return Ok(Vec::new());
            };
            let mut statement = connection.prepare_cached(&source.page())?;
            let mut values = source.sql.values;
            values.push(i64::try_from(size).unwrap_or(i64::MAX).into());
            let page = statement.query_map(params_from_iter(values), recipient)?;
            Ok(page.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// From where and on what condition an audience is read, and what rises with its devices.
struct Source {
    sql: Sql,
    order: &'static str,
}

impl Source {
    /// The query for a page; its size comes after the other values.
    fn page(&self) -> String {
        format!("SELECT 0, {RECIPIENT} {} ORDER BY {} LIMIT ?", self.sql.text, self.order)
    }
}

/// `None` when nobody can be in it, since its channel or tag isn't there.
fn source(
    connection: &Connection,
    audience: &Audience,
    after: DeviceKey,
    now: Timestamp,
    whole_rows: bool,
) -> Result<Option<Source>, StoreError> {
    let app = audience.app.as_str();
    let Some(channel) = number(connection, "channel", app, &audience.channel)? else {
        return Ok(None);
    };
    let segment = audience.segment.as_ref();
    let tag = segment.and_then(Segment::leading_tag).filter(|_| audience.device_ids.is_empty());
    let (mut sql, order) = if !audience.device_ids.is_empty() {
        (named(audience, channel, after), "+device.id")
    } else if let Some(tag) = tag {
        let Some(tag) = number(connection, "tag", app, tag)? else { return Ok(None) };
        let text = "FROM device_tag AS tagged
             CROSS JOIN device_channel AS listed ON listed.id = tagged.id + ?";
        let values = vec![((channel - tag) * DEVICES).into()];
        (
            walk(audience, Sql { text: text.into(), values }, "tagged", tag, after, whole_rows),
            "tagged.id",
        )
    } else {
        let sql = Sql { text: "FROM device_channel AS listed".into(), values: Vec::new() };
        (walk(audience, sql, "listed", channel, after, whole_rows), "listed.id")
    };
    sql.text.push_str(
        " AND listed.os & ? <> 0 AND (listed.expires_at IS NULL OR listed.expires_at > ?)",
    );
    sql.values.extend([i64::from(audience.platforms.mask()).into(), now.millis().into()]);
    if let Some(segment) = segment {
        let condition = segment.sql(Scope { app, device: "listed.device" }, tag)?;
        sql.text.push_str(" AND ");
        sql.text.push_str(&condition.text);
        sql.values.extend(condition.values);
    }
    Ok(Some(Source { sql, order }))
}

/// Names first: it costs as much as there are names, however large the channel is. The plus signs
/// keep SQLite from going through all devices in the order of their numbers instead.
fn named(audience: &Audience, channel: i64, after: DeviceKey) -> Sql {
    let text = "FROM device CROSS JOIN device_channel AS listed ON listed.id = device.id + ?
         WHERE device.app = ? AND +device.id > ?
         AND device.device_id IN (SELECT value FROM json_each(?))";
    let ids: serde_json::Value = audience.device_ids.iter().map(DeviceId::as_str).collect();
    let values = vec![
        (channel * DEVICES).into(),
        audience.app.as_str().to_owned().into(),
        after.0.into(),
        ids.to_string().into(),
    ];
    Sql { text: text.to_owned(), values }
}

/// Goes through the set of that number, which `table` is, after a device. Rows of devices
/// are read only where something asks for them.
fn walk(
    audience: &Audience,
    mut sql: Sql,
    table: &str,
    set: i64,
    after: DeviceKey,
    whole_rows: bool,
) -> Sql {
    if whole_rows || audience.segment.as_ref().is_some_and(Segment::needs_device) {
        sql.text.push_str(" CROSS JOIN device ON device.id = listed.device");
    }
    sql.text = format!("{} WHERE {table}.id > ? AND {table}.id < ?", sql.text);
    sql.values.extend([(set * DEVICES + after.0).into(), ((set + 1) * DEVICES).into()]);
    sql
}

/// The number of a channel or a tag.
fn number(
    connection: &Connection,
    table: &str,
    app: &str,
    name: &str,
) -> Result<Option<i64>, StoreError> {
    let number = connection
        .prepare_cached(&format!("SELECT id FROM {table} WHERE app = ?1 AND name = ?2"))?
        .query_row([app, name], |row| row.get(0));
    Ok(number.optional()?)
}

/// A row of the attempts and [`RECIPIENT`].
pub(super) fn recipient(row: &Row<'_>) -> rusqlite::Result<Recipient> {
    let person = person(row, 5)?;
    let known = !person.properties.is_empty() || person.user.is_some();
    Ok(Recipient {
        attempts: row.get(0)?,
        key: DeviceKey(row.get(1)?),
        id: DeviceId::new(row.get::<_, String>(2)?),
        token: row.get(3)?,
        os: os(row, 4)?,
        person: known.then(|| Arc::new(person)),
    })
}

#[cfg(test)]
mod tests {
    use super::{Audience, source};
    use crate::clock::Timestamp;
    use crate::id::{AppId, DeviceId};
    use crate::model::{DeviceKey, Platforms};
    use crate::store::connection::open_memory;
    use rusqlite::params_from_iter;

    #[test]
    fn named_devices_are_found_by_their_names_however_many_there_are() {
        let connection = open_memory().unwrap();
        connection
            .execute_batch(
                "INSERT INTO app (id, name, created_at) VALUES ('A', 'a', 0);
                 INSERT INTO channel VALUES (7, 'A', 'news', 0)",
            )
            .unwrap();
        let audience = Audience {
            app: AppId::new("A"),
            channel: "news".to_owned(),
            platforms: Platforms::ALL,
            device_ids: vec![DeviceId::new("d")],
            segment: None,
        };
        let now = Timestamp::from_millis(0);
        let source = source(&connection, &audience, DeviceKey(0), now, true).unwrap().unwrap();
        let mut plan =
            connection.prepare(&format!("EXPLAIN QUERY PLAN {}", source.page())).unwrap();
        let mut values = source.sql.values;
        values.push(1.into());
        let steps: Vec<String> = plan
            .query_map(params_from_iter(values), |row| row.get("detail"))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let by_name = "SEARCH device USING INDEX sqlite_autoindex_device_1 (app=? AND device_id=?)";
        assert!(steps.iter().any(|step| step == by_name), "{steps:?}");
    }
}
