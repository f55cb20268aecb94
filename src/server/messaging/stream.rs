//! A channel as a stream of server-sent events, for clients without an SDK: `curl -N`, a
//! browser's `EventSource`. Ours.

use super::super::auth::Tenant;
use super::super::door::{Door, until_stopping};
use super::super::problem::Problem;
use super::super::request::{Asked, Name};
use crate::access::Caller;
use crate::limits;
use crate::model::Role;
use crate::publish::channel_name;
use crate::realtime::{Data, Line, LineEnd, Member, Selector, Subscription};
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use std::collections::BTreeMap;
use std::convert::Infallible;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Events that wait for the network; the rest waits on the line.
const EVENTS_WAITING: usize = 16;

/// `GET /messaging/{channel}/stream?selector=...`: an event `message` for each message, with
/// its id, as subscribers in real time get it. The stream begins when the request is
/// answered; a reader that is too slow is cut off, and connects again.
pub(in crate::server) async fn get(
    tenant: Tenant,
    Name(channel): Name,
    State(door): State<Door>,
    Asked(query): Asked<BTreeMap<String, String>>,
) -> Result<Sse<ReceiverStream<Result<Event, Infallible>>>, Problem> {
    let channel = channel_name(&channel)?;
    tenant.may_on(&[Role::Subscribe], &channel)?;
    let selector = query.get("selector").map(String::as_str).unwrap_or_default();
    let selector = Selector::read(selector, query.get("subtopic").map(String::as_str))?;
    let (line, end) = Line::new(limits::STREAM_WAITING_MAX);
    let member = door.app.hub.join(tenant.app, "", line);
    member.subscribe("", &channel, Subscription::Messages(selector))?;
    let (events, stream) = mpsc::channel(EVENTS_WAITING);
    tokio::spawn(feed(door, tenant.caller, member, end, events));
    Ok(Sse::new(ReceiverStream::new(stream)))
}

/// Sends what comes until the reader goes, is cut off, or the server stops. The
/// membership ends with it.
async fn feed(
    door: Door,
    caller: Caller,
    member: Member,
    mut end: LineEnd,
    events: mpsc::Sender<Result<Event, Infallible>>,
) {
    let mut stopping = door.stopping.clone();
    let mut changes = door.app.gate.changes();
    let mut next = Some(Event::default().comment("here"));
    while let Some(event) = next.take() {
        tokio::select! {
            sent = events.send(Ok(event)) => if sent.is_err() { break },
            () = until_stopping(&mut stopping) => break,
        }
        let clock = door.app.clock();
        let heartbeat = clock.now().plus_millis(limits::HEARTBEAT_MS);
        next = tokio::select! {
            // A key that was revoked or changed hears no more; its holder asks anew.
            _ = changes.changed() => {
                let still = door.app.gate.still_knows(&caller).await;
                still.then(|| Event::default().comment("alive"))
            }
            delivery = end.next() => delivery.map(|delivery| shown(&delivery.data)),
            () = clock.sleep_until(heartbeat) => Some(Event::default().comment("alive")),
            () = events.closed() => None,
            () = until_stopping(&mut stopping) => None,
        };
    }
    drop(member);
}

fn shown(data: &Data) -> Event {
    match data {
        Data::Message(envelope) => {
            Event::default().event("message").id(envelope.id.as_str()).data(&envelope.json)
        }
        Data::Json(json) | Data::Packet(json) => Event::default().data(json),
    }
}
