//! Templates of push notifications. What one says is none of the store's business.

use super::apps::find;
use super::keys::full;
use super::once::claim;
use super::{Changed, Made, Once, Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::{Template, TemplateRecord};
use rusqlite::{Connection, Row, params};

const COLUMNS: &str = "SELECT body, changed_at FROM template";

impl Store {
    /// A page of an application's templates in order of their names, after the name `after`.
    pub async fn templates(
        &self,
        app: &AppId,
        after: String,
        size: usize,
    ) -> Result<Vec<TemplateRecord>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let sql = format!("{COLUMNS} WHERE app = ?1 AND name > ?2 ORDER BY name LIMIT ?3");
            let mut statement = connection.prepare_cached(&sql)?;
            let limit = i64::try_from(size).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![app.as_str(), after, limit])?;
            let mut page = Vec::new();
            while let Some(row) = rows.next()? {
                page.push(record(row)?);
            }
            Ok(page)
        })
        .await
    }

    /// The template of that name.
    pub async fn template(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<Option<TemplateRecord>, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.read(move |connection| find_template(connection, &app, &name)).await
    }

    /// Keeps a new template, unless `once` made one before; `None` when another has its name.
    /// The application must exist.
    pub async fn add_template(
        &self,
        app: &AppId,
        template: Template,
        once: Option<Once>,
        now: Timestamp,
    ) -> Result<Changed<Option<Made>>, StoreError> {
        let app = app.clone();
        let body = written(&template)?;
        self.write(move |connection| {
            if find(connection, &app)?.is_none() {
                return Ok(Changed::Missing);
            }
            let made = claim(connection, once.as_ref(), &template.name, now)?;
            if made != Made::New {
                return Ok(Changed::Done(Some(made)));
            }
            full(connection, "template", "templates", &app, limits::TEMPLATES_MAX)?;
            let added = connection
                .prepare_cached("INSERT OR IGNORE INTO template VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![app.as_str(), template.name, body, now.millis()])?;
            if added > 0 {
                return Ok(Changed::Done(Some(made)));
            }
            // Nothing was made, so nothing is remembered of it.
            if let Some(once) = &once {
                connection
                    .prepare_cached("DELETE FROM made_once WHERE app = ?1 AND key = ?2")?
                    .execute([&once.app, &once.key])?;
            }
            Ok(Changed::Done(None))
        })
        .await
    }

    /// Puts a template in the place of the one of its name, if that is of `version`.
    pub async fn change_template(
        &self,
        app: &AppId,
        template: Template,
        version: Option<u64>,
        now: Timestamp,
    ) -> Result<Changed<TemplateRecord>, StoreError> {
        let app = app.clone();
        let body = written(&template)?;
        self.write(move |connection| {
            let Some(found) = find_template(connection, &app, &template.name)? else {
                return Ok(Changed::Missing);
            };
            if version.is_some_and(|version| version != found.version()) {
                return Ok(Changed::Stale(found.version()));
            }
            // It is the version, so it rises even when the clock doesn't.
            let changed_at = now.max(found.changed_at.plus_millis(1));
            connection
                .prepare_cached(
                    "UPDATE template SET body = ?3, changed_at = ?4 WHERE app = ?1 AND name = ?2",
                )?
                .execute(params![app.as_str(), template.name, body, changed_at.millis()])?;
            Ok(Changed::Done(TemplateRecord { template, changed_at }))
        })
        .await
    }

    /// Deletes a template, if it is of `version`. What was pushed with it goes its way.
    pub async fn remove_template(
        &self,
        app: &AppId,
        name: &str,
        version: Option<u64>,
    ) -> Result<Changed<()>, StoreError> {
        let (app, name) = (app.clone(), name.to_owned());
        self.write(move |connection| {
            let Some(found) = find_template(connection, &app, &name)? else {
                return Ok(Changed::Missing);
            };
            if version.is_some_and(|version| version != found.version()) {
                return Ok(Changed::Stale(found.version()));
            }
            connection
                .prepare_cached("DELETE FROM template WHERE app = ?1 AND name = ?2")?
                .execute([app.as_str(), &name])?;
            Ok(Changed::Done(()))
        })
        .await
    }
}

fn written(template: &Template) -> Result<String, StoreError> {
    serde_json::to_string(template)
        .map_err(|source| StoreError::Unreadable { what: "template", source })
}

fn find_template(
    connection: &Connection,
    app: &AppId,
    name: &str,
) -> Result<Option<TemplateRecord>, StoreError> {
    let sql = format!("{COLUMNS} WHERE app = ?1 AND name = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([app.as_str(), name])?;
    rows.next()?.map(record).transpose()
}

fn record(row: &Row<'_>) -> Result<TemplateRecord, StoreError> {
    let body = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let template = serde_json::from_str(body)
        .map_err(|source| StoreError::Unreadable { what: "template", source })?;
    Ok(TemplateRecord { template, changed_at: Timestamp::from_millis(row.get(1)?) })
}
