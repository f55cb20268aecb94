//! The thread that brings commits to the disk, so that the writer goes on meanwhile: a flush
//! takes as long as dozens of commits.
//!
//! A commit is written to the log, which outlives this process, but a power failure only once
//! the log is flushed. Whoever has to know that waits for the flush; what nobody waits for is
//! flushed along, and soon anyway.

use super::error::StoreError;
use super::write::{Queue, Write};
use crate::clock::Stopwatch;
use crate::limits;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc::WeakSender;

/// Flushes the log; returns when it is on the disk.
pub(super) type Flush = Box<dyn FnMut() -> io::Result<()> + Send>;

/// What was committed together, of which these writes wait for the flush.
type Committed = Vec<Box<dyn Write>>;

/// The writer's end of it.
pub(super) struct Flusher {
    committed: Sender<Committed>,
    /// Whether somebody waits for a flush that isn't done.
    busy: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Flusher {
    /// Starts it. `wake` is told after each flush that somebody waited for.
    pub(super) fn start(flush: Flush, wake: WeakSender<Queue>) -> Result<Self, StoreError> {
        let (committed, commits) = channel();
        let busy = Arc::new(AtomicBool::new(false));
        let flushing = Flushing { flush, wake, busy: Arc::clone(&busy), failure: None };
        let thread = std::thread::Builder::new()
            .name("store-flusher".to_owned())
            .spawn(move || flushing.run(&commits))
            .map_err(|source| StoreError::Folder { path: "store-flusher".into(), source })?;
        Ok(Self { committed, busy, thread })
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }

    /// Takes note of a commit; those of its writes that wait are answered after the flush.
    pub(super) fn take(&self, waiting: Committed) {
        if !waiting.is_empty() {
            self.busy.store(true, Ordering::Release);
        }
        // Fails when the thread has ended by a bug: then they are answered by being dropped.
        let _ = self.committed.send(waiting);
    }

    /// Returns when everything is flushed.
    pub(super) fn close(self) {
        drop(self.committed);
        let _ = self.thread.join();
    }
}

struct Flushing {
    flush: Flush,
    wake: WeakSender<Queue>,
    busy: Arc<AtomicBool>,
    /// Why a flush has failed. The system may have dropped what it couldn't write, so a later
    /// one that succeeds would say nothing of what lies before.
    failure: Option<String>,
}

impl Flushing {
    fn run(mut self, commits: &Receiver<Committed>) {
        while let Ok(mut waiting) = commits.recv() {
            let since = Stopwatch::start();
            let soon = Duration::from_millis(limits::LOG_FLUSH_MS);
            while waiting.is_empty() {
                let Ok(more) = commits.recv_timeout(soon.saturating_sub(since.elapsed())) else {
                    break;
                };
                waiting.extend(more);
            }
            waiting.extend(commits.try_iter().flatten());
            if self.failure.is_none()
                && let Err(error) = (self.flush)()
            {
                tracing::error!(%error, "store: the log can't be flushed; restart when the disk is well");
                self.failure = Some(format!("its log can't be flushed: {error}"));
            }
            if !waiting.is_empty() {
                self.busy.store(false, Ordering::Release);
                if let Some(queue) = self.wake.upgrade() {
                    // When it is full, the writer is awake anyway.
                    let _ = queue.try_send(Queue::Flushed);
                }
            }
            for write in waiting {
                write.answer(self.failure.as_deref());
            }
        }
    }
}
