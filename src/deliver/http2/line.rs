//! One connection in use: how full it is, whether it lives, and one exchange on it.

use super::connect::Driver;
use super::{Answer, Fault};
use crate::clock::{Clock, Timestamp};
use crate::limits;
use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Ping, PingPong, Reason, RecvStream};
use http::Request;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// A connection, as those see it who send on it.
pub(super) struct Line {
    sender: SendRequest<Bytes>,
    /// Requests without an answer yet.
    open: AtomicUsize,
    /// Answers so far: a sign of life.
    answers: AtomicUsize,
    /// Takes no more: broken, told to go away, or given up.
    closed: AtomicBool,
    /// Streams that the peer allowed when it last answered: asking each time takes a lock that
    /// the driver needs.
    limit: AtomicUsize,
    since: Timestamp,
}

/// How an exchange ended without an answer.
pub(super) enum Broken {
    /// Surely not processed.
    Unprocessed(String),
    /// Not processed, and the peer has had too much.
    Unwelcome(String),
    /// It may have been processed.
    Lost(String),
}

impl Line {
    pub(super) fn new(sender: SendRequest<Bytes>, since: Timestamp) -> Self {
        Self {
            sender,
            open: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            limit: AtomicUsize::new(0),
            since,
        }
    }

    /// When it was opened.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// How many more requests it takes now, by what the peer says.
    pub(super) fn free(&self) -> usize {
        if self.closed.load(Ordering::Relaxed) {
            return 0;
        }
        self.limit.load(Ordering::Relaxed).saturating_sub(self.open.load(Ordering::Relaxed))
    }

    /// Asks what the peer allows.
    fn learn_limit(&self) {
        let limit = self.sender.current_max_send_streams().min(limits::LINE_STREAMS_MAX);
        self.limit.store(limit, Ordering::Relaxed);
    }

    pub(super) fn enter(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn leave(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Sends one request. Not part of waiting for its answer, which then takes less memory: a
    /// send that waits should fit into what the allocator gives quickly, about a kilobyte.
    pub(super) fn begin(
        &self,
        request: Request<()>,
        body: Bytes,
    ) -> Result<ResponseFuture, Broken> {
        let mut sender = self.sender.clone();
        let (response, mut sending) = match sender.send_request(request, body.is_empty()) {
            Ok(begun) => begun,
            // Nothing has left: the connection is over, or going away.
            Err(error) => {
                self.close();
                return Err(Broken::Unprocessed(error.to_string()));
            }
        };
        if !body.is_empty() {
            // Fails only when the stream is over; the answer tells why.
            let _ = sending.send_data(body, true);
        }
        Ok(response)
    }

    /// Reads the answer to a request.
    pub(super) async fn answer(&self, response: ResponseFuture) -> Result<Answer, Broken> {
        let answer = match response.await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                read(body).await.map(|body| Answer {
                    status: head.status,
                    headers: head.headers,
                    body,
                })
            }
            Err(error) => Err(error),
        };
        self.learn_limit();
        match answer {
            Ok(answer) => {
                self.answers.fetch_add(1, Ordering::Relaxed);
                Ok(answer)
            }
            Err(error) => Err(self.broken(&error)),
        }
    }

    fn broken(&self, error: &h2::Error) -> Broken {
        let reason = match error.get_io() {
            Some(_) => "the connection was cut".to_owned(),
            None => error.to_string(),
        };
        // Streams above the last one that the peer names get this; the others go on.
        if error.is_go_away() && error.is_remote() {
            self.close();
            // Then another connection at once would make it worse.
            if error.reason() == Some(Reason::ENHANCE_YOUR_CALM) {
                return Broken::Unwelcome(reason);
            }
            return Broken::Unprocessed(reason);
        }
        if error.is_reset() && error.is_remote() && error.reason() == Some(Reason::REFUSED_STREAM) {
            return Broken::Unprocessed(reason);
        }
        if error.is_io() || error.is_go_away() {
            self.close();
        }
        Broken::Lost(reason)
    }

    /// Drives the connection until it is over; says why it ended.
    pub(super) async fn drive(
        &self,
        mut driver: Driver,
        clock: Clock,
        ready: impl FnOnce(),
    ) -> String {
        let pings = driver.ping_pong();
        let ended = tokio::select! {
            ended = driver => match ended {
                Ok(()) => "the peer closed it".to_owned(),
                Err(error) => error.to_string(),
            },
            silent = self.watch(pings, clock, ready) => silent,
        };
        self.close();
        ended
    }

    /// Looks after the connection; returns when it is dead. A peer's SETTINGS come before its
    /// first PONG, so after that the stream limit is known and `ready` is called.
    async fn watch(&self, pings: Option<PingPong>, clock: Clock, ready: impl FnOnce()) -> String {
        let Some(mut pings) = pings else { return "it can't be watched".to_owned() };
        if let Err(silent) = ping(&mut pings).await {
            return silent;
        }
        self.learn_limit();
        ready();
        let mut heard = self.answers.load(Ordering::Relaxed);
        let mut idle_ms = 0;
        loop {
            clock.alarm_at(clock.now().plus_millis(limits::LINE_LOOK_MS), clock.set_by()).await;
            let answers = self.answers.load(Ordering::Relaxed);
            let waits = self.open.load(Ordering::Relaxed) > 0;
            if self.is_closed() && !waits {
                return "it was given up".to_owned();
            }
            self.learn_limit();
            idle_ms = if waits || answers != heard { 0 } else { idle_ms + limits::LINE_LOOK_MS };
            let doubtful = waits && answers == heard;
            if (doubtful || idle_ms >= limits::LINE_IDLE_PING_MS)
                && let Err(silent) = ping(&mut pings).await
            {
                return silent;
            }
            if idle_ms >= limits::LINE_IDLE_PING_MS {
                idle_ms = 0;
            }
            heard = answers;
        }
    }
}

async fn ping(pings: &mut PingPong) -> Result<(), String> {
    let allowed = Duration::from_millis(limits::LINE_PONG_MS);
    match tokio::time::timeout(allowed, pings.ping(Ping::opaque())).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the peer answered no PING within {allowed:?}")),
    }
}

/// Reads an answer's body. Also what nobody wants to know is read: a stream that is dropped
/// before its end costs a `RST_STREAM`, and peers count those.
async fn read(mut body: RecvStream) -> Result<Bytes, h2::Error> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let mut whole = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part?;
        // Fails only when the stream is over.
        let _ = body.flow_control().release_capacity(part.len());
        let room = limits::ANSWER_BYTES_MAX.saturating_sub(whole.len());
        whole.extend_from_slice(&part[..part.len().min(room)]);
    }
    Ok(whole.freeze())
}

impl Broken {
    pub(super) fn lost(self, server: &str) -> Fault {
        match self {
            Self::Unprocessed(reason) | Self::Unwelcome(reason) => {
                Fault::Refused { server: server.to_owned(), reason }
            }
            Self::Lost(reason) => Fault::Lost { server: server.to_owned(), reason },
        }
    }
}
