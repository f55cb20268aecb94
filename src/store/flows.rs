//! Stored flows: drafts, and versions that never change.

use super::once::claim;
use super::{Made, Once, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::{FlowDraft, FlowRecord, VersionRecord};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// What came of changing a flow of a certain revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved<T> {
    /// It is kept.
    Done(T),
    /// There is no such flow.
    Missing,
    /// Somebody else changed it; nothing was kept, and this is how it is.
    Stale(Box<FlowRecord>),
}

/// A live version, ready to be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveVersion {
    /// The flow's id.
    pub flow: String,
    /// The version's number.
    pub version: u32,
    /// The flow file's text.
    pub source: String,
}

/// All columns but the draft, which lists do without.
const COLUMNS: &str = "id, app, name, description, revision, draft_of, live, published_at,
    (SELECT max(number) FROM flow_version WHERE flow = flow.id), enabled, created_at, changed_at";

impl Store {
    /// Keeps a new flow, unless `once` made one before or there are too many.
    pub async fn add_flow(&self, flow: FlowRecord, once: Option<Once>) -> Result<Made, StoreError> {
        self.write(move |connection| {
            let made = claim(connection, once.as_ref(), &flow.id, flow.created_at)?;
            if made != Made::New {
                return Ok(made);
            }
            let count: i64 = connection
                .prepare_cached("SELECT count(*) FROM flow WHERE app = ?1")?
                .query_row([flow.app.as_str()], |row| row.get(0))?;
            if count >= limits::FLOWS_MAX {
                return Err(StoreError::Full { what: "flows", most: limits::FLOWS_MAX });
            }
            connection
                .prepare_cached(
                    "INSERT INTO flow (id, app, name, description, source, revision, enabled,
                       created_at, changed_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, ?6, ?6)",
                )?
                .execute(params![
                    flow.id,
                    flow.app.as_str(),
                    flow.name,
                    flow.description,
                    flow.source,
                    flow.created_at.millis()
                ])?;
            Ok(Made::New)
        })
        .await
    }

    /// A flow with its draft.
    pub async fn flow(&self, app: &AppId, id: &str) -> Result<Option<FlowRecord>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.read(move |connection| find(connection, &app, &id)).await
    }

    /// Flows behind this id, without their drafts.
    pub async fn flows(
        &self,
        app: &AppId,
        after: &str,
        most: usize,
    ) -> Result<Vec<FlowRecord>, StoreError> {
        let (app, after) = (app.clone(), after.to_owned());
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM flow WHERE app = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![app.as_str(), after, most], flow)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Saves the draft of a flow that is of `revision`; `None` takes any. `same_as` is the
    /// version that the draft is known to be the same as.
    pub async fn save_flow(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        draft: FlowDraft,
        same_as: Option<u32>,
        now: Timestamp,
    ) -> Result<Saved<FlowRecord>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            let found = match at_revision(connection, &app, &id, revision)? {
                Saved::Done(found) => found,
                other => return Ok(other),
            };
            let same = found.source == draft.source;
            if same && found.name == draft.name && found.description == draft.description {
                return Ok(Saved::Done(found));
            }
            let draft_of = same_as.or(found.draft_of.filter(|_| same));
            connection
                .prepare_cached(
                    "UPDATE flow SET name = ?2, description = ?3, source = ?4, draft_of = ?5,
                       changed_at = ?6, revision = revision + 1 WHERE id = ?1",
                )?
                .execute(params![
                    id,
                    draft.name,
                    draft.description,
                    draft.source,
                    draft_of,
                    now.millis()
                ])?;
            found_again(connection, &app, &id)
        })
        .await
    }

    /// Makes a version of the draft of a flow that is of `revision`, unless the newest version
    /// is the same, and with `live` makes it live. Gives its number, and whether it is new.
    pub async fn add_version(
        &self,
        app: &AppId,
        id: &str,
        revision: Option<u64>,
        note: String,
        live: bool,
        now: Timestamp,
    ) -> Result<Saved<(u32, bool)>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            let found = match at_revision(connection, &app, &id, revision)? {
                Saved::Done(found) => found,
                Saved::Missing => return Ok(Saved::Missing),
                Saved::Stale(flow) => return Ok(Saved::Stale(flow)),
            };
            let is_kept = found.latest.is_some() && found.draft_of == found.latest;
            let number = if is_kept { found.latest } else { None };
            let number = match number {
                Some(number) => number,
                None => insert_version(connection, &found, &note, now)?,
            };
            if live {
                go_live(connection, &id, Some(number), now)?;
            }
            Ok(Saved::Done((number, !is_kept)))
        })
        .await
    }

    /// Makes a version live, or none. `Missing` when there is no such flow.
    pub async fn set_live(
        &self,
        app: &AppId,
        id: &str,
        number: Option<u32>,
        now: Timestamp,
    ) -> Result<Saved<FlowRecord>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            if find(connection, &app, &id)?.is_none() {
                return Ok(Saved::Missing);
            }
            go_live(connection, &id, number, now)?;
            found_again(connection, &app, &id)
        })
        .await
    }

    /// Lets events set a flow off, or not.
    pub async fn enable_flow(
        &self,
        app: &AppId,
        id: &str,
        enabled: bool,
    ) -> Result<Saved<FlowRecord>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            connection
                .prepare_cached("UPDATE flow SET enabled = ?3 WHERE app = ?1 AND id = ?2")?
                .execute(params![app.as_str(), id, enabled])?;
            found_again(connection, &app, &id)
        })
        .await
    }

    /// Removes a flow with its versions and runs; false when there is none.
    pub async fn remove_flow(&self, app: &AppId, id: &str) -> Result<bool, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.write(move |connection| {
            if find(connection, &app, &id)?.is_none() {
                return Ok(false);
            }
            for sql in [
                "DELETE FROM run WHERE flow = ?1",
                "DELETE FROM flow_version WHERE flow = ?1",
                "DELETE FROM flow WHERE id = ?1",
            ] {
                connection.prepare_cached(sql)?.execute([&id])?;
            }
            Ok(true)
        })
        .await
    }

    /// Versions of a flow below a number, the newest first, without their sources.
    pub async fn versions(
        &self,
        app: &AppId,
        flow: &str,
        below: u32,
        most: usize,
    ) -> Result<Vec<VersionRecord>, StoreError> {
        let (app, flow) = (app.clone(), flow.to_owned());
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT number, name, description, '', note, created_at FROM flow_version
                 WHERE app = ?1 AND flow = ?2 AND number < ?3 ORDER BY number DESC LIMIT ?4",
            )?;
            let rows = statement.query_map(params![app.as_str(), flow, below, most], version)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// One version of a flow.
    pub async fn version(
        &self,
        app: &AppId,
        flow: &str,
        number: u32,
    ) -> Result<Option<VersionRecord>, StoreError> {
        let (app, flow) = (app.clone(), flow.to_owned());
        self.read(move |connection| {
            Ok(connection
                .prepare_cached(
                    "SELECT number, name, description, source, note, created_at FROM flow_version
                     WHERE app = ?1 AND flow = ?2 AND number = ?3",
                )?
                .query_row(params![app.as_str(), flow, number], version)
                .optional()?)
        })
        .await
    }

    /// What is live in an application, in the order the flows were made.
    pub async fn live_versions(&self, app: &AppId) -> Result<Vec<LiveVersion>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT flow.id, live, flow_version.source FROM flow
                 JOIN flow_version ON flow = flow.id AND number = live
                 WHERE flow.app = ?1 AND enabled ORDER BY flow.id",
            )?;
            let rows = statement.query_map([app.as_str()], |row| {
                Ok(LiveVersion { flow: row.get(0)?, version: row.get(1)?, source: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn find(connection: &Connection, app: &AppId, id: &str) -> Result<Option<FlowRecord>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, source FROM flow WHERE app = ?1 AND id = ?2");
    let with_source = |row: &Row<'_>| Ok(FlowRecord { source: row.get(12)?, ..flow(row)? });
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([app.as_str(), id], with_source).optional()?)
}

fn found_again(
    connection: &Connection,
    app: &AppId,
    id: &str,
) -> Result<Saved<FlowRecord>, StoreError> {
    Ok(find(connection, app, id)?.map_or(Saved::Missing, Saved::Done))
}

/// The flow, if it is of that revision.
fn at_revision(
    connection: &Connection,
    app: &AppId,
    id: &str,
    revision: Option<u64>,
) -> Result<Saved<FlowRecord>, StoreError> {
    Ok(match find(connection, app, id)? {
        None => Saved::Missing,
        Some(found) if revision.is_some_and(|revision| revision != found.revision) => {
            Saved::Stale(Box::new(found))
        }
        Some(found) => Saved::Done(found),
    })
}

fn insert_version(
    connection: &Connection,
    flow: &FlowRecord,
    note: &str,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let number = flow.latest.unwrap_or(0) + 1;
    if i64::from(number) > limits::VERSIONS_MAX {
        return Err(StoreError::Full { what: "versions of the flow", most: limits::VERSIONS_MAX });
    }
    connection
        .prepare_cached("INSERT INTO flow_version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![
            flow.app.as_str(),
            flow.id,
            number,
            flow.name,
            flow.description,
            flow.source,
            note,
            now.millis()
        ])?;
    connection
        .prepare_cached("UPDATE flow SET draft_of = ?2 WHERE id = ?1")?
        .execute(params![flow.id, number])?;
    Ok(number)
}

fn go_live(
    connection: &Connection,
    id: &str,
    number: Option<u32>,
    now: Timestamp,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE flow SET live = ?2, published_at = ?3 WHERE id = ?1")?
        .execute(params![id, number, number.map(|_| now.millis())])?;
    Ok(())
}

fn flow(row: &Row<'_>) -> rusqlite::Result<FlowRecord> {
    Ok(FlowRecord {
        id: row.get(0)?,
        app: AppId::new(row.get::<_, String>(1)?),
        name: row.get(2)?,
        description: row.get(3)?,
        source: String::new(),
        revision: row.get::<_, i64>(4)?.unsigned_abs(),
        draft_of: row.get(5)?,
        live: row.get(6)?,
        published_at: row.get::<_, Option<i64>>(7)?.map(Timestamp::from_millis),
        latest: row.get(8)?,
        enabled: row.get(9)?,
        created_at: Timestamp::from_millis(row.get(10)?),
        changed_at: Timestamp::from_millis(row.get(11)?),
    })
}

fn version(row: &Row<'_>) -> rusqlite::Result<VersionRecord> {
    Ok(VersionRecord {
        number: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        source: row.get(3)?,
        note: row.get(4)?,
        created_at: Timestamp::from_millis(row.get(5)?),
    })
}
