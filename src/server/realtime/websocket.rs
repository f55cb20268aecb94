//! A session over a websocket: from its beginning, or taken over from HTTP polling.

use super::events::receive;
use super::packet::{NOOP, Writer};
use super::session::{Greeting, Session};
use super::{full, opening};
use crate::limits;
use crate::realtime::{Data, Delivery, LineEnd};
use crate::server::door::{Door, until_stopping};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::SinkExt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes that are read or written at a time; a connection has a buffer for each.
const BUFFER: usize = 8 * 1024;
/// Deliveries written between two looks at what the client says.
const WRITTEN_AT_ONCE: usize = 256;

/// Makes a websocket of a request, for its session or for a new one.
pub(super) fn upgrade(
    door: Door,
    session: Result<Arc<Session>, Greeting>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (session, is_new) = match session {
        Ok(session) => (session, false),
        Err(greeting) => match door.sessions.open(&door.app, greeting) {
            Some(session) => (session, true),
            None => return full(),
        },
    };
    upgrade
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(limits::REALTIME_BYTES_MAX)
        .max_frame_size(limits::REALTIME_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            if is_new {
                begin(door, session, socket).await;
            } else {
                take_over(door, session, socket).await;
            }
        })
}

async fn begin(door: Door, session: Arc<Session>, mut socket: WebSocket) {
    session.is_upgraded.store(true, Ordering::Release);
    let greeted = socket.send(Message::text(opening(&session, false))).await;
    if greeted.is_ok() {
        let end = session.end.lock().await;
        Link { door: &door, session: &session, socket, end }.run().await;
    }
    door.sessions.close(&session.id);
}

/// The client asks over the websocket whether it gets through, and says when it has stopped
/// polling. Until then the session stays with HTTP.
async fn take_over(door: Door, session: Arc<Session>, mut socket: WebSocket) {
    if session.is_upgraded.load(Ordering::Acquire)
        || session.is_upgrading.swap(true, Ordering::AcqRel)
    {
        return;
    }
    let clock = door.app.clock();
    let taken_over = tokio::select! {
        taken_over = probe(&session, &mut socket) => taken_over,
        () = clock.sleep_until(clock.now().plus_millis(limits::REALTIME_PONG_MS)) => false,
    };
    if !taken_over {
        session.is_upgrading.store(false, Ordering::Release);
        return;
    }
    let end = session.end.lock().await;
    session.is_upgraded.store(true, Ordering::Release);
    Link { door: &door, session: &session, socket, end }.run().await;
    door.sessions.close(&session.id);
}

async fn probe(session: &Session, socket: &mut WebSocket) -> bool {
    if next_text(socket).await.as_deref() != Some("2probe") {
        return false;
    }
    // Ends the request that waits; further ones are answered at once.
    session.send(NOOP);
    if socket.send(Message::text("3probe")).await.is_err() {
        return false;
    }
    next_text(socket).await.as_deref() == Some("5")
}

async fn next_text(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

/// A websocket with the session it speaks for.
struct Link<'a> {
    door: &'a Door,
    session: &'a Session,
    socket: WebSocket,
    end: tokio::sync::MutexGuard<'a, LineEnd>,
}

/// How a link ends.
enum End {
    /// The client went, or the network did.
    Gone,
    /// The client said what makes no sense.
    Nonsense,
    /// The client reads too slowly, or the session was ended.
    Cut,
    /// The server stops.
    Stopping,
}

impl Link<'_> {
    async fn run(mut self) {
        let end = self.talk().await;
        let (code, reason) = match end {
            End::Gone => return,
            End::Nonsense => (close_code::PROTOCOL, "not a packet"),
            End::Cut => (close_code::AGAIN, "too slow, or silent for too long"),
            End::Stopping => (close_code::AWAY, "the server stops"),
        };
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        let clock = self.door.app.clock();
        tokio::select! {
            // Whether it still gets there makes no difference.
            _ = self.socket.send(close) => {}
            () = clock.sleep_until(clock.now().plus_millis(limits::STOP_MS)) => {}
        }
    }

    async fn talk(&mut self) -> End {
        let mut stopping = self.door.stopping.clone();
        loop {
            tokio::select! {
                delivery = self.end.next() => {
                    let Some(delivery) = delivery else { return End::Cut };
                    if let Err(end) = self.write_in_time(delivery).await {
                        return end;
                    }
                }
                message = self.socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => {
                        if !receive(self.door, self.session, &text).await {
                            return End::Nonsense;
                        }
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Binary(_))) => return End::Nonsense,
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return End::Gone,
                },
                () = until_stopping(&mut stopping) => return End::Stopping,
            }
        }
    }

    /// Writes a delivery and what waits behind it. Meanwhile further ones gather on the
    /// line, which is cut when there are too many; a client that takes nothing at all is
    /// given up after a while.
    async fn write_in_time(&mut self, first: Delivery) -> Result<(), End> {
        let clock = self.door.app.clock();
        tokio::select! {
            biased;
            written = write(&mut self.socket, &mut self.end, &self.session.writer, first) => {
                written.map_err(|_| End::Gone)
            }
            () = clock.sleep_until(clock.now().plus_millis(limits::REALTIME_WRITE_MS)) => {
                Err(End::Cut)
            }
        }
    }
}

/// Writes what there is and flushes once: many small messages share a system call.
async fn write(
    socket: &mut WebSocket,
    end: &mut LineEnd,
    writer: &Writer,
    first: Delivery,
) -> Result<(), axum::Error> {
    let mut next = Some(first);
    for _ in 0..WRITTEN_AT_ONCE {
        let Some(delivery) = next else { break };
        // Meant for a waiting HTTP request.
        let is_noop = matches!(&delivery.data, Data::Packet(packet) if &**packet == NOOP);
        if !is_noop {
            socket.feed(Message::text(writer.delivery(&delivery))).await?;
        }
        next = end.next_waiting();
    }
    if let Some(last) = next {
        socket.feed(Message::text(writer.delivery(&last))).await?;
    }
    socket.flush().await
}
