//! The one thread that writes. Writes that wait together are committed together, and another
//! thread brings commits to the disk ([`super::flusher`]).

use super::error::StoreError;
use super::flusher::{Flush, Flusher};
use super::write::{Queue, Write};
use crate::clock::Stopwatch;
use crate::limits;
use rusqlite::Connection;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// Hands writes to the thread. Cheap to clone.
#[derive(Clone)]
pub(super) struct Writer {
    // Taken away by `close`, so that the thread sees the end of its queue.
    queue: Arc<Mutex<Option<mpsc::Sender<Queue>>>>,
    ended: watch::Receiver<bool>,
}

impl Writer {
    /// Starts the thread; without `flush`, a commit is all that anybody waits for.
    pub(super) fn start(connection: Connection, flush: Option<Flush>) -> Result<Self, StoreError> {
        let (queue, orders) = mpsc::channel(limits::WRITES_WAITING_MAX);
        let (end, ended) = watch::channel(false);
        let flusher = flush.map(|flush| Flusher::start(flush, queue.downgrade())).transpose()?;
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || {
                let mut waiting = Waiting { orders, held: VecDeque::new(), flusher };
                run(&connection, &mut waiting);
                if let Some(flusher) = waiting.flusher {
                    flusher.close();
                }
                drop(connection);
                end.send_replace(true);
            })
            .map_err(|source| StoreError::Folder { path: "store-writer".into(), source })?;
        Ok(Self { queue: Arc::new(Mutex::new(Some(queue))), ended })
    }

    /// Returns when it is on the disk.
    pub(super) async fn write<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.order(operation, true).await
    }

    /// Returns when it is committed: a power failure within [`limits::LOG_FLUSH_MS`] may undo
    /// it, together with all that was committed later.
    pub(super) async fn write_soon<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.order(operation, false).await
    }

    async fn order<T, F>(&self, operation: F, must_last: bool) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let queue = queue.ok_or(StoreError::Closed)?;
        let (answer, answered) = oneshot::channel();
        let write = Pending { operation: Some(operation), result: None, must_last, answer };
        queue.send(Queue::Write(Box::new(write))).await.map_err(|_| StoreError::Closed)?;
        drop(queue);
        answered.await.map_err(|_| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        // An error means that the thread is gone, which is what we wait for.
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

struct Pending<T, F> {
    operation: Option<F>,
    result: Option<Result<T, StoreError>>,
    must_last: bool,
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

    fn must_last(&self) -> bool {
        self.must_last
    }

    fn answer(self: Box<Self>, failure: Option<&str>) {
        let result = match (failure, self.result) {
            (Some(failure), Some(Ok(_)) | None) => Err(StoreError::Commit(failure.to_owned())),
            (_, Some(result)) => result,
            (None, None) => Err(StoreError::Closed),
        };
        // Whoever waited may be gone; the write stands all the same.
        let _ = self.answer.send(result);
    }
}

/// What is to be written.
struct Waiting {
    orders: mpsc::Receiver<Queue>,
    /// What must last and came while the log was flushed: it is committed together when that is
    /// done, since the next flush can't begin earlier.
    held: VecDeque<Box<dyn Write>>,
    flusher: Option<Flusher>,
}

impl Waiting {
    /// Waits for the next one; `None` when there are no more.
    fn next(&mut self) -> Option<Box<dyn Write>> {
        loop {
            if let Some(write) = self.let_go() {
                return Some(write);
            }
            let Some(order) = self.orders.blocking_recv() else { return self.held.pop_front() };
            if let Some(write) = self.admit(order) {
                return Some(write);
            }
        }
    }

    /// The next one, if there is one now.
    fn another(&mut self) -> Option<Box<dyn Write>> {
        loop {
            if let Some(write) = self.let_go() {
                return Some(write);
            }
            let order = self.orders.try_recv().ok()?;
            if let Some(write) = self.admit(order) {
                return Some(write);
            }
        }
    }

    fn let_go(&mut self) -> Option<Box<dyn Write>> {
        if self.is_flushing() { None } else { self.held.pop_front() }
    }

    fn admit(&mut self, order: Queue) -> Option<Box<dyn Write>> {
        let Queue::Write(write) = order else { return None };
        if write.must_last() && self.is_flushing() {
            self.held.push_back(write);
            return None;
        }
        Some(write)
    }

    /// Whether what must last is held; not when there is too much of it.
    fn is_flushing(&self) -> bool {
        self.held.len() < limits::WRITES_WAITING_MAX
            && self.flusher.as_ref().is_some_and(Flusher::is_busy)
    }

    /// Answers what was committed, or hands it on.
    fn committed(&self, group: Vec<Box<dyn Write>>) {
        let Some(flusher) = &self.flusher else {
            return group.into_iter().for_each(|write| write.answer(None));
        };
        let (last, soon): (Vec<_>, Vec<_>) = group.into_iter().partition(|write| write.must_last());
        flusher.take(last);
        for write in soon {
            write.answer(None);
        }
    }
}

fn run(connection: &Connection, waiting: &mut Waiting) {
    while let Some(first) = waiting.next() {
        let mut group = Vec::new();
        match commit_group(connection, first, waiting, &mut group) {
            Ok(()) => waiting.committed(group),
            Err(error) => {
                tracing::error!(%error, writes = group.len(), "store: a commit failed");
                // Nothing is open when BEGIN itself failed.
                let _ = connection.execute_batch("ROLLBACK");
                let failure = error.to_string();
                for write in group {
                    write.answer(Some(&failure));
                }
            }
        }
    }
}

/// Runs `first` and what else waits in one transaction; every write it took is in `group`.
fn commit_group(
    connection: &Connection,
    first: Box<dyn Write>,
    waiting: &mut Waiting,
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
            next = waiting.another();
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
    use futures_util::future::FutureExt;
    use rusqlite::Connection;
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Sender, channel};

    #[tokio::test]
    async fn a_failed_write_undoes_only_itself() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER UNIQUE)").unwrap();
        let writer = Writer::start(connection, None).unwrap();
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

    /// A writer whose flushes end when something is sent, with that result; and how many have
    /// begun.
    fn flushed_by_hand() -> (Writer, Sender<io::Result<()>>, Arc<AtomicUsize>) {
        let connection = Connection::open_in_memory().unwrap();
        let (end, ends) = channel();
        let begun = Arc::new(AtomicUsize::new(0));
        let flushes = Arc::clone(&begun);
        let flush = move || {
            flushes.fetch_add(1, Ordering::SeqCst);
            ends.recv().unwrap_or(Ok(()))
        };
        (Writer::start(connection, Some(Box::new(flush))).unwrap(), end, begun)
    }

    #[tokio::test]
    async fn what_must_last_waits_for_the_flush_and_the_rest_does_not() {
        let (writer, end, begun) = flushed_by_hand();
        let mut lasting = Box::pin(writer.write(|_| Ok(1)));
        assert!(lasting.as_mut().now_or_never().is_none());
        while begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(writer.write_soon(|_| Ok(2)).await.unwrap(), 2);
        let mut next = Box::pin(writer.write(|_| Ok(3)));
        assert!(next.as_mut().now_or_never().is_none());
        assert!(lasting.as_mut().now_or_never().is_none(), "the flush isn't done");
        end.send(Ok(())).unwrap();
        assert_eq!(lasting.await.unwrap(), 1);
        // One flush doesn't do for what came while it was under way.
        assert!(next.as_mut().now_or_never().is_none());
        drop(end);
        assert_eq!(next.await.unwrap(), 3);
        writer.close().await;
    }

    #[tokio::test]
    async fn what_nobody_waits_for_is_flushed_soon() {
        let (writer, end, begun) = flushed_by_hand();
        drop(end);
        writer.write_soon(|_| Ok(())).await.unwrap();
        while begun.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        writer.close().await;
    }

    #[tokio::test]
    async fn after_a_flush_has_failed_nothing_is_acknowledged() {
        let (writer, end, _) = flushed_by_hand();
        end.send(Err(io::Error::other("broken"))).unwrap();
        drop(end);
        for _ in 0..2 {
            let failed = writer.write(|_| Ok(())).await;
            assert!(matches!(failed, Err(StoreError::Commit(text)) if text.contains("broken")));
        }
        writer.close().await;
    }
}
