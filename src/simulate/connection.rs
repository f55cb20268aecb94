//! One client's connection: requests in, answers or faults out.

use super::answer::{Asked, How, Reply, decide};
use super::log::Kept;
use super::tap::{Insert, Tap};
use super::world::World;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream};
use http::{Request, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a request does to its connection.
enum Effect {
    None,
    /// This stream gets no answer.
    Hold(SendResponse<Bytes>),
    /// This stream and those that weren't looked at yet aren't taken.
    GoAway(SendResponse<Bytes>),
    Cut,
    Stall,
}

/// How far the connection goes, by the numbers of its streams.
struct Extent {
    /// The last stream that was looked at.
    looked_at: AtomicU32,
    /// The first one that isn't any more, since a GOAWAY said so.
    ends_at: AtomicU32,
}

/// Serves until the client goes away, or a fault ends it.
pub(super) async fn serve(
    world: Arc<World>,
    tls: TlsAcceptor,
    stream: TcpStream,
) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let stream = tls.accept(stream).await?;
    let known = stream.get_ref().1.peer_certificates().is_some_and(|shown| !shown.is_empty());
    let insert = Insert::default();
    let mut connection = Builder::new()
        .max_concurrent_streams(world.options.streams)
        .initial_window_size(1 << 20)
        .initial_connection_window_size(1 << 24)
        .handshake::<_, Bytes>(Tap::new(stream, insert.clone()))
        .await?;
    let extent = Extent { looked_at: AtomicU32::new(0), ends_at: AtomicU32::new(u32::MAX) };
    let mut waiting = FuturesUnordered::new();
    // Streams that are never answered: dropped, they would be reset, which is an answer.
    let mut held = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(effect) = waiting.next(), if !waiting.is_empty() => match effect {
                Effect::None => {}
                Effect::Hold(respond) => held.push(respond),
                Effect::GoAway(mut respond) => {
                    let last = extent.ends_at.load(Ordering::Relaxed).saturating_sub(2);
                    insert.go_away(last, br#"{"reason":"Shutdown"}"#);
                    if respond.stream_id().as_u32() <= last {
                        // Later ones were taken already, so GOAWAY can't speak for this one.
                        respond.send_reset(Reason::REFUSED_STREAM);
                    } else {
                        held.push(respond);
                    }
                }
                Effect::Cut => return Ok(()),
                Effect::Stall => {
                    world.clock.sleep_until(world.clock.now().plus_millis(60_000)).await;
                    return Ok(());
                }
            },
            accepted = connection.accept() => match accepted {
                None => return Ok(()),
                Some(accepted) => {
                    let (request, respond) = accepted?;
                    waiting.push(answer(&world, &extent, request, respond, known));
                }
            },
        }
    }
}

async fn answer(
    world: &World,
    extent: &Extent,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    known: bool,
) -> Effect {
    let (head, body) = request.into_parts();
    let Ok(body) = read(body).await else { return Effect::None };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let asked = Asked::new(path, &head.headers, &body, known);
    let stream = respond.stream_id().as_u32();
    if stream >= extent.ends_at.load(Ordering::Relaxed) {
        return Effect::Hold(respond);
    }
    let how = decide(world, &asked);
    if matches!(how, How::GoAway) {
        // At once, whenever it is said: what is looked at from here on isn't taken.
        let last = extent.looked_at.load(Ordering::Relaxed).max(stream.saturating_sub(2));
        extent.ends_at.fetch_min(last + 2, Ordering::Relaxed);
    }
    extent.looked_at.fetch_max(stream, Ordering::Relaxed);
    if world.log.keeps() && asked.is_message() {
        let plain = asked.plain(world);
        let service = asked.service.name();
        world.log.keep(Kept::new(
            service,
            &asked.token,
            path,
            &head.headers,
            &body,
            plain.as_deref(),
        ));
    }
    if asked.is_message() {
        world.log.answered(asked.service.name(), how.counted());
    }
    let wait_ms = how.wait_ms(&world.options);
    if wait_ms > 0 {
        world.clock.sleep_until(world.clock.now().plus_millis(wait_ms)).await;
    }
    match how {
        How::Answer(reply) | How::Slow(reply) => send(respond, reply),
        How::Reset => respond.send_reset(Reason::INTERNAL_ERROR),
        How::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
        How::GoAway => {
            return Effect::GoAway(respond);
        }
        How::Cut => return Effect::Cut,
        How::Stall => return Effect::Stall,
    }
    Effect::None
}

fn send(mut respond: SendResponse<Bytes>, reply: Reply) {
    let mut response = Response::new(());
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    // Either fails only when the client has gone.
    let Ok(mut stream) = respond.send_response(response, reply.body.is_empty()) else { return };
    if !reply.body.is_empty() {
        let _ = stream.send_data(reply.body, true);
    }
}

async fn read(mut body: RecvStream) -> Result<Bytes, h2::Error> {
    let mut whole = BytesMut::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        if whole.is_empty() && body.is_end_stream() {
            return Ok(part);
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole.freeze())
}
