//! Runs of stored flows: the newest of each flow are kept.

use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::limits;
use crate::model::{RunFilter, RunOutcome, RunRecord};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

const COLUMNS: &str = "run.id, run.app, flow, flow.name, version, started_at, event_type,
    event_name, outcome, elapsed_us, steps, publishes, error";

impl Store {
    /// Keeps a run that begins, and lets the oldest of its flow go. False when the flow is gone.
    pub async fn begin_run(&self, run: RunRecord) -> Result<bool, StoreError> {
        self.write(move |connection| {
            let there: Option<i64> = connection
                .prepare_cached("SELECT 1 FROM flow WHERE id = ?1")?
                .query_row([&run.flow], |row| row.get(0))
                .optional()?;
            if there.is_none() {
                return Ok(false);
            }
            connection
                .prepare_cached(
                    "INSERT INTO run (id, app, flow, version, started_at, event_type, event_name,
                       outcome, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    run.id,
                    run.app.as_str(),
                    run.flow,
                    run.version,
                    run.started_at.millis(),
                    run.event_type,
                    run.event_name,
                    number(run.outcome),
                    run.record
                ])?;
            connection
                .prepare_cached(
                    "DELETE FROM run WHERE flow = ?1 AND id <=
                       (SELECT id FROM run WHERE flow = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
                )?
                .execute(params![run.flow, limits::RUNS_KEPT])?;
            Ok(true)
        })
        .await
    }

    /// Keeps how a run ended.
    pub async fn end_run(&self, run: RunRecord) -> Result<(), StoreError> {
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE run SET outcome = ?2, elapsed_us = ?3, steps = ?4, publishes = ?5,
                       error = ?6, record = ?7 WHERE id = ?1",
                )?
                .execute(params![
                    run.id,
                    number(run.outcome),
                    run.elapsed_us.map(u64::cast_signed),
                    run.steps.map(u64::cast_signed),
                    run.publishes.cast_signed(),
                    run.error,
                    run.record
                ])?;
            Ok(())
        })
        .await
    }

    /// Notes of the runs that a stop of the server ended that it did.
    pub async fn interrupt_runs(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            let interrupted = number(RunOutcome::Interrupted);
            let running = number(RunOutcome::Running);
            connection
                .prepare_cached("UPDATE run SET outcome = ?1 WHERE outcome = ?2")?
                .execute([interrupted, running])?;
            Ok(())
        })
        .await
    }

    /// Runs before this id, the newest first, without their records.
    pub async fn runs(
        &self,
        app: &AppId,
        filter: RunFilter,
        before: Option<String>,
        most: usize,
    ) -> Result<Vec<RunRecord>, StoreError> {
        let app = app.clone();
        self.read(move |connection| {
            let mut sql = format!(
                "SELECT {COLUMNS}, '' FROM run JOIN flow ON flow.id = flow WHERE run.app = ?"
            );
            let mut given = vec![Value::from(app.as_str().to_owned())];
            let mut and = |condition: &str, value: Option<Value>| {
                if let Some(value) = value {
                    sql.push_str(" AND ");
                    sql.push_str(condition);
                    given.push(value);
                }
            };
            and("flow = ?", filter.flow.map(Value::from));
            and("outcome = ?", filter.outcome.map(|outcome| number(outcome).into()));
            and("event_name = ?", filter.event.map(Value::from));
            and("started_at >= ?", filter.since.map(|since| since.millis().into()));
            and("started_at < ?", filter.until.map(|until| until.millis().into()));
            and("run.id < ?", before.map(Value::from));
            sql.push_str(" ORDER BY run.id DESC LIMIT ?");
            given.push(i64::try_from(most).unwrap_or(i64::MAX).into());
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params_from_iter(given), run)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// One run.
    pub async fn run(&self, app: &AppId, id: &str) -> Result<Option<RunRecord>, StoreError> {
        let (app, id) = (app.clone(), id.to_owned());
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS}, record FROM run JOIN flow ON flow.id = flow
                 WHERE run.app = ?1 AND run.id = ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            Ok(statement.query_row([app.as_str(), &id], run).optional()?)
        })
        .await
    }
}

fn number(outcome: RunOutcome) -> i64 {
    match outcome {
        RunOutcome::Running => 0,
        RunOutcome::Completed => 1,
        RunOutcome::Failed => 2,
        RunOutcome::Interrupted => 3,
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let outcome: i64 = row.get(8)?;
    let outcome = usize::try_from(outcome).ok().and_then(|index| RunOutcome::ALL.get(index));
    let count = |index: usize| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(i64::unsigned_abs))
    };
    Ok(RunRecord {
        id: row.get(0)?,
        app: AppId::new(row.get::<_, String>(1)?),
        flow: row.get(2)?,
        flow_name: row.get(3)?,
        version: row.get(4)?,
        started_at: Timestamp::from_millis(row.get(5)?),
        event_type: row.get(6)?,
        event_name: row.get(7)?,
        outcome: outcome.copied().unwrap_or(RunOutcome::Interrupted),
        elapsed_us: count(9)?,
        steps: count(10)?,
        publishes: count(11)?.unwrap_or(0),
        error: row.get(12)?,
        record: row.get(13)?,
    })
}
