//! One client's connection: requests in, answers or faults out.

use super::World;
use super::answer::{Asked, How, Reply, decide};
use super::log::Kept;
use super::tap::{Insert, Tap};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use h2::server::{Builder, SendResponse};
use h2::{Reason, RecvStream};
use http::{Request, Response};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a request does to its connection.
enum Effect {
    None,
    /// This stream and later ones aren't taken.
    GoAway(SendResponse<Bytes>),
    Cut,
    Stall,
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
    let mut waiting = FuturesUnordered::new();
    let mut ends_at = u32::MAX;
    // Streams that are never answered: dropped, they would be reset, which is an answer.
    let mut held = Vec::new();
    loop {
        tokio::select! {
            biased;
            Some(effect) = waiting.next(), if !waiting.is_empty() => match effect {
                Effect::None => {}
                Effect::GoAway(respond) => {
                    let stream = respond.stream_id().as_u32();
                    held.push(respond);
                    if stream < ends_at {
                        ends_at = stream;
                        insert.go_away(stream.saturating_sub(2), br#"{"reason":"Shutdown"}"#);
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
                    if respond.stream_id().as_u32() >= ends_at {
                        held.push(respond);
                        continue;
                    }
                    waiting.push(answer(&world, request, respond, known));
                }
            },
        }
    }
}

async fn answer(
    world: &World,
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    known: bool,
) -> Effect {
    let (head, body) = request.into_parts();
    let Ok(body) = read(body).await else { return Effect::None };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let asked = Asked::new(path, &head.headers, &body, known);
    let how = decide(world, &asked);
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
