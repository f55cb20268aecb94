//! The one thread that writes. Writes that wait together are committed together:
//! a commit costs a disk flush, however many writes it holds.

use super::StoreError;
use crate::clock::Stopwatch;
use crate::limits;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

type Queue = mpsc::Sender<Box<dyn Write>>;

/// Hands writes to the thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    // Taken away by `close`, so that the thread sees the end of its queue.
    queue: Arc<Mutex<Option<Queue>>>,
    ended: watch::Receiver<bool>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel(limits::WRITES_WAITING_MAX);
        let (end, ended) = watch::channel(false);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                run(&connection, waiting);
                drop(connection);
                end.send_replace(true);
            })
            .map_err(|source| StoreError::Folder { path: "store-writer".into(), source })?;
        Ok(Self { queue: Arc::new(Mutex::new(Some(queue))), ended })
    }

    pub(super) async fn write<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let write = Pending { operation: Some(operation), result: None, answer };
        queue.send(Box::new(write)).await.map_err(|_| StoreError::Closed)?;
        drop(queue);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        // An error means that the thread is gone, which is what we wait for.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

/// A write of any type of answer.
trait Write: Send {
    /// Does it inside the open transaction; false when it failed and must be undone.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Tells whoever waits; `commit` is the error of the commit, if it failed.
    fn answer(self: Box<Self>, commit: Option<&rusqlite::Error>);
}

struct Pending<T, F> {
    operation: Option<F>,
    result: Option<Result<T, StoreError>>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Write for Pending<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send,
{
    fn run(&mut self, connection: &Connection) -> bool {
        let Some(operation) = self.operation.take() else { return true };
        let result = operation(connection);
        let good = result.is_ok();
        self.result = Some(result);
        good
    }

    fn answer(self: Box<Self>, commit: Option<&rusqlite::Error>) {
        let result = match (commit, self.result) {
            (Some(error), Some(Ok(_)) | None) => Err(StoreError::Commit(error.to_string())),
            (_, Some(result)) => result,
            (None, None) => Err(StoreError::Closed),
        };
        // Whoever waited may be gone; the write stands all the same.
        let _ = self.answer.send(result);
    }
}

fn run(connection: &Connection, mut waiting: mpsc::Receiver<Box<dyn Write>>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut group = Vec::new();
        let committed = commit_group(connection, first, &mut waiting, &mut group);
        if let Err(error) = &committed {
            tracing::error!(%error, writes = group.len(), "store: a commit failed");
            // Nothing is open when BEGIN itself failed.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for write in group {
            write.answer(committed.as_ref().err());
        }
    }
}

/// Runs `first` and what else waits in one transaction; every write it took is in `group`.
fn commit_group(
    connection: &Connection,
    first: Box<dyn Write>,
    waiting: &mut mpsc::Receiver<Box<dyn Write>>,
    group: &mut Vec<Box<dyn Write>>,
) -> rusqlite::Result<()> {
    let since = Stopwatch::start();
    let mut next = Some(first);
    let begun = execute(connection, "BEGIN IMMEDIATE");
    while let Some(mut write) = next.take() {
        let done = match &begun {
            Ok(()) => run_one(connection, write.as_mut()),
            Err(_) => Ok(()),
        };
        group.push(write);
        done?;
        let full = group.len() >= limits::COMMIT_WRITES_MAX
            || since.elapsed().as_millis() >= limits::COMMIT_GATHER_MS;
        if !full && begun.is_ok() {
            next = waiting.try_recv().ok();
        }
    }
    begun?;
    execute(connection, "COMMIT")
}

/// One write in a savepoint of its own: its failure undoes only itself.
fn run_one(connection: &Connection, write: &mut dyn Write) -> rusqlite::Result<()> {
    execute(connection, "SAVEPOINT write")?;
    if !write.run(connection) {
        execute(connection, "ROLLBACK TO write")?;
    }
    execute(connection, "RELEASE write")
}

fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::Writer;
    use crate::store::StoreError;
    use rusqlite::Connection;

    #[tokio::test]
    async fn a_failed_write_undoes_only_itself() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        let writer = Writer::start(connection).unwrap();
        let insert = |numbers: &'static [i64]| {
            writer.write(move |connection| {
                for number in numbers {
                    connection.execute("INSERT INTO t VALUES (?1)", [number])?;
                }
                Ok(())
            })
        };
        let (first, clash, third) = tokio::join!(insert(&[1]), insert(&[2, 1]), insert(&[3]));
        first.unwrap();
        assert!(matches!(clash, Err(StoreError::Sql(_))));
        third.unwrap();
        let sum = writer
            .write(|connection| {
                Ok(connection.query_row("SELECT sum(n) FROM t", [], |row| row.get::<_, i64>(0))?)
            })
            .await;
        assert_eq!(sum.unwrap(), 4_i64);
        writer.close().await;
        let late = writer.write(|_| Ok(())).await;
        assert!(matches!(late, Err(StoreError::Closed)));
    }
}
