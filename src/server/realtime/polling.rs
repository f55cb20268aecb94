//! A session over plain HTTP: a GET that waits for packets, a POST that brings some.

use super::events::receive;
use super::packet::{CLOSE, NOOP, SEPARATOR};
use super::session::{Greeting, Session};
use super::{Fault, full, opening};
use crate::limits;
use crate::realtime::LineEnd;
use crate::server::door::{Door, until_stopping};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::sync::atomic::Ordering;

/// Opens a session.
pub(super) fn open(door: &Door, greeting: Greeting) -> Response {
    match door.sessions.open(&door.app, greeting) {
        Some(session) => packets(opening(&session, true)),
        None => full(),
    }
}

/// Waits for something to send, and sends what there is.
pub(super) async fn wait(door: &Door, session: &Session) -> Response {
    let Ok(mut end) = session.end.try_lock() else {
        if session.is_upgraded.load(Ordering::Acquire) {
            return packets(NOOP.to_owned());
        }
        // Two requests at once would get the packets in no order.
        door.sessions.close(&session.id);
        return Fault::BadRequest.into_response();
    };
    if session.is_upgrading.load(Ordering::Acquire) {
        let waiting = end.next_waiting().map(|first| batch(session, &mut end, &first));
        return packets(waiting.unwrap_or_else(|| NOOP.to_owned()));
    }
    let mut stopping = door.stopping.clone();
    let first = tokio::select! {
        first = end.next() => first,
        () = until_stopping(&mut stopping) => {
            door.sessions.close(&session.id);
            return packets(CLOSE.to_owned());
        }
    };
    if let Some(first) = first {
        packets(batch(session, &mut end, &first))
    } else {
        door.sessions.close(&session.id);
        Fault::UnknownSession.into_response()
    }
}

/// Takes in what the client sends.
pub(super) async fn take(door: &Door, session: &Session, body: &[u8]) -> Response {
    let text = std::str::from_utf8(body).ok().filter(|_| body.len() <= limits::REALTIME_BYTES_MAX);
    let Some(text) = text else {
        door.sessions.close(&session.id);
        return Fault::BadRequest.into_response();
    };
    for packet in text.split(SEPARATOR) {
        if !receive(door, session, packet).await {
            door.sessions.close(&session.id);
            let is_farewell = packet == CLOSE;
            return if is_farewell { ok() } else { Fault::BadRequest.into_response() };
        }
    }
    ok()
}

/// The first delivery and what waits behind it, as far as it fits one answer.
fn batch(session: &Session, end: &mut LineEnd, first: &crate::realtime::Delivery) -> String {
    let mut body = session.writer.delivery(first);
    while body.len() < limits::REALTIME_BYTES_MAX
        && let Some(delivery) = end.next_waiting()
    {
        body.push(SEPARATOR);
        body.push_str(&session.writer.delivery(&delivery));
    }
    body
}

fn packets(body: String) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=UTF-8"), (CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

fn ok() -> Response {
    packets("ok".to_owned())
}
