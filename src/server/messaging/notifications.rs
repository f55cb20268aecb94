//! What a virtual phone reads: its inbox as a stream of events, or as a list. Ours.
//!
//! The stream is a cursor over the inbox. Hints only say when to look; a lost hint is
//! made up for at the next sign of life, a lost connection by `Last-Event-ID`.

use super::super::auth::Tenant;
use super::super::door::{Door, until_stopping};
use super::super::problem::Problem;
use super::super::request::Name;
use super::wire::Delivered;
use crate::access::Caller;
use crate::app::App;
use crate::id::{AppId, DeviceId};
use crate::limits;
use crate::model::{DeviceKey, InboxEntry};
use crate::store::StoreError;
use axum::extract::{RawQuery, State};
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Json, Response};
use std::convert::Infallible;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

/// Events that may wait for a slow phone; more are read from its inbox when it catches up.
const EVENTS_WAITING: usize = 16;

/// `GET /messaging/registrations/{deviceId}/notifications`. It goes on after
/// `Last-Event-ID` or `?after=`; without either it begins with the newest few.
pub(in crate::server) async fn get(
    tenant: Tenant,
    Name(id): Name,
    State(door): State<Door>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = DeviceId::new(id);
    let (key, _) = door.app.registry.device(&tenant.app, &id).await?;
    let after = go_on_after(&headers, query.as_deref())?;
    let wants_list = headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    // Listening begins before the first look, so that nothing falls in between.
    let hints = door.app.inbox_hints(key);
    let first = match after {
        Some(sequence) => door.app.inbox_after(key, &id, sequence).await?,
        None => door.app.inbox_recent(key, &id).await?,
    };
    if wants_list {
        let list: Vec<Delivered> = first.into_iter().map(Delivered::from).collect();
        return Ok(Json(list).into_response());
    }
    let (events, stream) = mpsc::channel(EVENTS_WAITING);
    let phone = Phone {
        caller: tenant.caller,
        tenant: tenant.app,
        id,
        key,
        cursor: after.unwrap_or(0),
        app: door.app.clone(),
        events,
    };
    tokio::spawn(phone.feed(first, hints, door.stopping.clone()));
    Ok(Sse::new(ReceiverStream::new(stream)).into_response())
}

struct Phone {
    caller: Caller,
    tenant: AppId,
    id: DeviceId,
    key: DeviceKey,
    cursor: i64,
    app: App,
    events: mpsc::Sender<Result<Event, Infallible>>,
}

/// Why a stream ends.
enum End {
    /// The phone is gone, its registration is, or the server stops.
    Over,
    Store(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Phone {
    async fn feed(
        mut self,
        first: Vec<InboxEntry>,
        hints: crate::bus::InboxHints,
        stopping: watch::Receiver<bool>,
    ) {
        match self.feed_until_the_end(first, hints, stopping).await {
            Ok(()) | Err(End::Over) => {}
            Err(End::Store(error)) => {
                tracing::warn!(%error, device = %self.id, "server: a phone's stream ends early");
            }
        }
    }

    async fn feed_until_the_end(
        &mut self,
        first: Vec<InboxEntry>,
        mut hints: crate::bus::InboxHints,
        mut stopping: watch::Receiver<bool>,
    ) -> Result<(), End> {
        // Opens the stream at once, even when there is nothing to show yet.
        self.send(Event::default().comment("here")).await?;
        self.show(first).await?;
        let mut changes = self.app.gate.changes();
        loop {
            // A key that was revoked hears no more, not even what is there already.
            if !self.app.gate.still_knows(&self.caller).await {
                return Err(End::Over);
            }
            while self.show_new().await? {}
            let heartbeat = self.app.now().plus_millis(limits::HEARTBEAT_MS);
            tokio::select! {
                () = hints.until_grown() => {}
                _ = changes.changed() => {}
                () = self.app.clock().sleep_until(heartbeat) => {
                    let registered = self.app.registry.device(&self.tenant, &self.id).await;
                    if registered.is_ok_and(|(key, _)| key == self.key) {
                        self.send(Event::default().comment("alive")).await?;
                    } else {
                        return Err(End::Over);
                    }
                }
                () = self.events.closed() => return Err(End::Over),
                () = until_stopping(&mut stopping) => return Err(End::Over),
            }
        }
    }

    /// Shows the next page of the inbox; false when there is nothing new.
    async fn show_new(&mut self) -> Result<bool, End> {
        let new = self.app.inbox_after(self.key, &self.id, self.cursor).await?;
        let any = !new.is_empty();
        self.show(new).await?;
        Ok(any)
    }

    async fn show(&mut self, entries: Vec<InboxEntry>) -> Result<(), End> {
        for entry in entries {
            self.cursor = entry.sequence;
            let event = Event::default()
                .event("notification")
                .id(entry.sequence.to_string())
                .json_data(Delivered::from(entry));
            match event {
                Ok(event) => self.send(event).await?,
                Err(error) => tracing::error!(%error, "server: a notification can't be written"),
            }
        }
        Ok(())
    }

    async fn send(&self, event: Event) -> Result<(), End> {
        self.events.send(Ok(event)).await.map_err(|_| End::Over)
    }
}

/// `Last-Event-ID` outweighs `?after=`: a browser that connects again keeps the address.
fn go_on_after(headers: &HeaderMap, query: Option<&str>) -> Result<Option<i64>, Problem> {
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let after = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("after="));
    let Some(given) = last.filter(|last| !last.is_empty()).or(after) else { return Ok(None) };
    if let Ok(sequence @ 0..) = given.parse() {
        return Ok(Some(sequence));
    }
    let shown: String = given.chars().take(60).collect();
    let message = format!("`{shown}` is no sequence number; use the `id` of the last event");
    Err(Problem::new(StatusCode::BAD_REQUEST, "field-type", message))
}
