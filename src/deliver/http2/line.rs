//! One connection in use: how full it is, whether it lives, and one exchange on it.

use super::connection::{By, Connection, NoRoom};
use super::{Answer, Broken, Request};
use crate::clock::{Timestamp, real_pause};
use crate::limits;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::Notify;

/// A connection, as those see it who send on it.
pub(super) struct Line {
    connection: Mutex<Connection>,
    /// How many more requests it takes now, when it was last looked at.
    free: AtomicUsize,
    /// Requests at once that the peer allows.
    streams: AtomicUsize,
    over: AtomicBool,
    /// It has given an answer.
    is_proven: AtomicBool,
    /// The peer's settings are known.
    is_ready: AtomicBool,
    ready: Notify,
    pong: Notify,
    room: Arc<Room>,
    since: Timestamp,
}

/// Those who wait for a place on any connection of a pool.
#[derive(Default)]
pub(super) struct Room {
    pub(super) waiting: AtomicUsize,
    pub(super) hint: Notify,
}

impl Room {
    /// There are so many places.
    pub(super) fn tell(&self, places: usize) {
        for _ in 0..places.min(self.waiting.load(Ordering::Relaxed)) {
            self.hint.notify_one();
        }
    }
}

/// What others have to be told, once the connection's state is let go of.
#[derive(Default)]
pub(super) struct News {
    ready: bool,
    pong: bool,
    places: usize,
}

impl News {
    pub(super) fn tell(&self, line: &Line) {
        if self.ready {
            line.ready.notify_one();
        }
        if self.pong {
            line.pong.notify_one();
        }
        if self.places > 0 {
            line.room.tell(self.places);
        }
    }
}

impl Line {
    pub(super) fn new(room: Arc<Room>, since: Timestamp) -> Self {
        Self {
            connection: Mutex::new(Connection::new()),
            free: AtomicUsize::new(0),
            streams: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            is_proven: AtomicBool::new(false),
            is_ready: AtomicBool::new(false),
            ready: Notify::new(),
            pong: Notify::new(),
            room,
            since,
        }
    }

    /// When it was opened.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// How many more requests it takes now.
    pub(super) fn free(&self) -> usize {
        self.free.load(Ordering::Relaxed)
    }

    /// How many requests at once the peer allows.
    pub(super) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    /// Takes no more: broken, told to go away, or given up.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// It has given an answer.
    pub(super) fn is_proven(&self) -> bool {
        self.is_proven.load(Ordering::Relaxed)
    }

    /// Answers that came over it, and who ended it, if it is over.
    pub(super) fn fruits(&self) -> (u64, Option<By>) {
        let connection = self.lock();
        (connection.answers, connection.ending.as_ref().map(|ending| ending.by))
    }

    /// Waits until the peer's settings are known.
    pub(super) async fn ready(&self) {
        self.ready.notified().await;
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of what has happened to the connection; those whose wait is over go to
    /// `woken`.
    pub(super) fn note(&self, connection: &mut Connection, woken: &mut Vec<Waker>) -> News {
        woken.append(&mut connection.woken);
        let free = connection.free();
        let before = self.free.swap(free, Ordering::Relaxed);
        self.streams.store(connection.limit(), Ordering::Relaxed);
        self.over.store(connection.ending.is_some(), Ordering::Relaxed);
        self.is_proven.store(connection.answers > 0, Ordering::Relaxed);
        let settled = connection.peer.is_some();
        News {
            ready: settled && !self.is_ready.swap(settled, Ordering::Relaxed),
            pong: std::mem::take(&mut connection.ponged),
            places: free.saturating_sub(before),
        }
    }

    /// Begins a request; `waker` is woken when it is over.
    pub(super) fn begin(
        self: &Arc<Self>,
        request: &Request<'_>,
        waker: &Waker,
    ) -> Result<Exchange, NoRoom> {
        let mut connection = self.lock();
        let begun = connection.begin(request, waker);
        self.free.store(connection.free(), Ordering::Relaxed);
        let driver = connection.rouse();
        drop(connection);
        if let Some(driver) = driver {
            driver.wake();
        }
        Ok(Exchange { line: Arc::clone(self), stream: Some(begun?) })
    }

    /// Takes no more requests; it ends when those that are open are over.
    pub(super) fn close(&self) {
        self.change(|connection| connection.give_up(By::Us, "it was given up"));
    }

    /// Changes the connection's state from outside.
    fn change<T>(&self, change: impl FnOnce(&mut Connection) -> T) -> T {
        let mut woken = Vec::new();
        let mut connection = self.lock();
        let changed = change(&mut connection);
        let news = self.note(&mut connection, &mut woken);
        let driver = connection.rouse();
        drop(connection);
        news.tell(self);
        woken.extend(driver);
        woken.into_iter().for_each(Waker::wake);
        changed
    }

    /// Looks after the connection; returns when it is dead.
    pub(super) async fn watch(&self) -> String {
        let (mut heard, mut silent, mut idle) = (0, 0, 0);
        loop {
            real_pause(Duration::from_millis(limits::LINE_LOOK_MS)).await;
            let (answers, open) = self.change(|connection| {
                connection.look();
                (connection.answers, connection.open)
            });
            let quiet = answers == heard;
            heard = answers;
            silent = if quiet && open > 0 { silent + 1 } else { 0 };
            idle = if quiet && open == 0 { idle + 1 } else { 0 };
            if silent >= limits::LINE_DOUBT_LOOKS || idle >= limits::LINE_IDLE_PING_LOOKS {
                self.change(Connection::ping);
                let allowed = Duration::from_millis(limits::LINE_PONG_MS);
                if tokio::time::timeout(allowed, self.pong.notified()).await.is_err() {
                    return format!("the peer answered no PING within {allowed:?}");
                }
                (silent, idle) = (0, 0);
            }
        }
    }
}

/// A request that has begun; gives its answer. Dropped before, its stream is reset.
pub(super) struct Exchange {
    line: Arc<Line>,
    /// `None` once it is over.
    stream: Option<u32>,
}

impl Future for Exchange {
    type Output = Result<Answer, Broken>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(stream) = self.stream else { return Poll::Pending };
        let polled = self.line.lock().poll(stream, cx);
        if polled.is_ready() {
            self.stream = None;
        }
        polled
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(stream) = self.stream {
            self.line.change(|connection| connection.cancel(stream));
        }
    }
}
