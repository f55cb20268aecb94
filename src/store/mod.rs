//! What is kept: applications, devices, messages, deliveries, inboxes. All SQL is here.
//!
//! One writer thread commits in groups, readers run beside it (write-ahead log). The
//! API speaks the nouns of [`crate::model`], so that another database can take
//! SQLite's place. Nothing here decides who gets a message or how it travels.

mod apps;
mod audience;
mod backup;
mod changed;
mod connection;
mod devices;
mod error;
mod flows;
mod flusher;
mod founding;
mod inbox;
mod keys;
mod lane;
mod ledger;
mod listing;
mod messages;
mod once;
mod queue;
mod registration;
mod removal;
mod repeat;
mod retries;
mod runs;
mod segment;
mod sessions;
mod settling;
mod state;
mod templates;
mod write;
mod writer;

pub use audience::{Audience, Recipient};
pub use backup::{BackupError, back_up, verify};
pub use changed::Changed;
pub use error::StoreError;
pub use flows::{LiveVersion, Saved};
pub use lane::{Lane, MessageKey};
pub use ledger::{Code, Delivery, Gone, Inbox, Kind, LedgerEntry, Outcomes, Step, Tally, Waiting};
pub use listing::{ChannelRow, MessageFilter, MessageRow};
pub use messages::{Cancelled, NewMessage};
pub use once::{Made, Once};
pub use queue::{Carrier, Due, Job, QueueDepth};
pub use registration::{Owner, Registration};
pub use retries::Retries;
pub use segment::Segment;

use crate::config::Config;
use crate::limits;
use flusher::Flush;
use rusqlite::Connection;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use writer::Writer;

/// The database's file inside the data folder.
const DATABASE: &str = "blockcast.db";
/// Its write-ahead log, as SQLite names it.
const LOG: &str = "blockcast.db-wal";

/// The store. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: Option<Arc<Readers>>,
    // Held until the store is closed: the lock that keeps a second process out.
    lock: Option<Arc<File>>,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
    /// For what may take long: some readers are left for what is short.
    free_for_wide: Semaphore,
}

impl Store {
    /// Opens the data folder's store, making it when it isn't there; without a folder,
    /// one in memory.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another process has it, [`StoreError::Newer`] when a
    /// later version wrote it, [`StoreError::Folder`] and [`StoreError::Sql`].
    pub fn open(config: &Config) -> Result<Self, StoreError> {
        let Some(folder) = &config.data else {
            let connection = connection::open_memory()?;
            let writer = Writer::start(connection, None)?;
            return Ok(Self { writer, readers: None, lock: None });
        };
        let lock = lock_folder(folder)?;
        let file = folder.join(DATABASE);
        let connection = connection::open_writer(&file)?;
        let log = folder.join(LOG);
        let flush = flush(&log).map_err(|source| StoreError::Folder { path: log, source })?;
        let writer = Writer::start(connection, Some(flush))?;
        let readers: Vec<_> = (0..limits::READERS)
            .map(|_| connection::open_reader(&file))
            .collect::<Result<_, _>>()?;
        let readers = Readers {
            free: Arc::new(Semaphore::new(readers.len())),
            free_for_wide: Semaphore::new(limits::WIDE_READERS),
            idle: Mutex::new(readers),
        };
        Ok(Self { writer, readers: Some(Arc::new(readers)), lock: Some(Arc::new(lock)) })
    }

    /// Takes no more writes, and returns when all that were taken are committed. Then another
    /// process may open the folder, whoever still has a handle here.
    pub async fn close(&self) {
        self.writer.close().await;
        if let Some(lock) = &self.lock
            && let Err(error) = lock.unlock()
        {
            tracing::warn!(%error, "store: the data folder stays locked until this process ends");
        }
    }

    /// Runs `operation` in the writer's next commit and returns when that is on disk.
    async fn write<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.write(operation).await
    }

    /// Runs `operation` on a reader; a store in memory has one connection for all.
    async fn read<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let Some(readers) = self.readers.clone() else {
            return self.writer.write(operation).await;
        };
        let permit = Arc::clone(&readers.free).acquire_owned();
        let permit = permit.await.map_err(|_| StoreError::Closed)?;
        let answer = tokio::task::spawn_blocking(move || {
            let connection = readers.take().ok_or(StoreError::Closed)?;
            let answer = operation(&connection);
            readers.give_back(connection);
            // Here and not by whoever waits: a client that goes away meanwhile must not let the
            // next one in before the connection is back.
            drop(permit);
            answer
        });
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The same for what is done again after a power failure if it was lost: returns when it is
    /// committed, and so outlives this process.
    async fn write_soon<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.write_soon(operation).await
    }

    /// As [`Store::read`], for what may walk through many rows: however many of these there
    /// are, they leave readers for the others.
    async fn read_wide<T, F>(&self, operation: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let readers = self.readers.clone();
        let permit = match &readers {
            Some(readers) => {
                let free = &readers.free_for_wide;
                Some(free.acquire().await.map_err(|_| StoreError::Closed)?)
            }
            None => None,
        };
        let answer = self.read(operation).await;
        drop(permit);
        answer
    }
}

impl Readers {
    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn lock_folder(folder: &Path) -> Result<File, StoreError> {
    let failed = |source| StoreError::Folder { path: folder.to_owned(), source };
    make_private_folder(folder).map_err(failed)?;
    // The database is made here as well: SQLite would let everybody read it.
    open_private(&folder.join(DATABASE)).map_err(failed)?;
    let lock = open_private(&folder.join("lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(StoreError::Locked { path: folder.to_owned() })
        }
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

/// Flushes the log, which stays the same file as long as the database is open. A file of our own
/// is no danger to SQLite's locks, which aren't on the log.
fn flush(log: &Path) -> std::io::Result<Flush> {
    let log = File::options().write(true).open(log)?;
    Ok(Box::new(move || log.sync_data()))
}

/// Opens a file, making it for its owner alone.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file that isn't there yet, for its owner alone.
fn open_new_private(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the folder for its owner alone: it holds tokens of people's phones.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::Store;
    use crate::config::Config;
    use crate::limits;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_reader_whose_client_went_away_is_not_missed() {
        let folder = std::env::temp_dir().join(format!("blockcast-store-{}", uuid::Uuid::new_v4()));
        let config = Config { data: Some(folder.clone()), ..Config::in_memory() };
        let store = Store::open(&config).unwrap();
        let begun = Arc::new(AtomicUsize::new(0));
        let (go, gone) = std::sync::mpsc::channel::<()>();
        let gone = Arc::new(std::sync::Mutex::new(gone));
        let slow: Vec<_> = (0..limits::READERS)
            .map(|_| {
                let (store, begun, gone) = (store.clone(), Arc::clone(&begun), Arc::clone(&gone));
                tokio::spawn(async move {
                    let read = store.read(move |_| {
                        begun.fetch_add(1, Ordering::SeqCst);
                        Ok(gone.lock().unwrap().recv().is_ok())
                    });
                    read.await
                })
            })
            .collect();
        while begun.load(Ordering::SeqCst) < limits::READERS {
            tokio::task::yield_now().await;
        }
        for one in slow {
            one.abort();
        }
        let next = tokio::spawn({
            let store = store.clone();
            async move { store.read(|_| Ok(7)).await }
        });
        tokio::task::yield_now().await;
        for _ in 0..limits::READERS {
            go.send(()).unwrap();
        }
        assert_eq!(next.await.unwrap().unwrap(), 7);
        drop(store);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
