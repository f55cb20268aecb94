//! The driver over a stream in memory, with the `h2` crate's server at its other end.

use crate::clock::{Timestamp, real_pause};
use crate::deliver::http2::Request;
use crate::deliver::http2::driver::Driver;
use crate::deliver::http2::hpack::{Fields, Keep};
use crate::deliver::http2::line::{Exchange, Line};
use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;
use http::HeaderValue;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::task::JoinHandle;

/// A connection whose driver runs.
pub(super) struct Client {
    pub(super) line: Arc<Line>,
    pub(super) driver: JoinHandle<String>,
    head: Fields,
}

impl Client {
    pub(super) fn over(stream: DuplexStream) -> Self {
        let line = Arc::new(Line::new(Arc::default(), Timestamp::from_millis(0)));
        let driver = tokio::spawn(Driver::new(Arc::clone(&line), stream));
        let fields = [
            (":method", &HeaderValue::from_static("POST")),
            (":scheme", &HeaderValue::from_static("https")),
            (":authority", &HeaderValue::from_static("push.example.net")),
            ("authorization", &HeaderValue::from_static("bearer a-token")),
        ];
        Self { line, driver, head: Fields::new(Keep::AtOnce, fields) }
    }

    /// Begins a request, as soon as it may.
    pub(super) async fn begin(&self, name: &str, body: &[u8]) -> Exchange {
        loop {
            let begun = poll_fn(|cx| {
                let shared = [&self.head];
                let path: &[&[u8]] = &[b"/to/", name.as_bytes()];
                let own = Some(("x-name", name.as_bytes()));
                let request = Request { path, shared: &shared, own, body: &[body] };
                Poll::Ready(self.line.begin(&request, cx.waker()))
            });
            match begun.await {
                Ok(exchange) => return exchange,
                Err(_) => real_pause(Duration::from_millis(1)).await,
            }
        }
    }
}

/// How a server answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) streams: u32,
    pub(super) window: u32,
    pub(super) frame: u32,
    pub(super) table: u32,
}

/// Serves until the client goes; `reply` is given each request's name and body.
pub(super) async fn serve<F: Future<Output = ()> + Send + 'static>(
    stream: DuplexStream,
    manner: Manner,
    reply: fn(usize, Vec<u8>, SendResponse<Bytes>) -> F,
) -> Result<(), h2::Error> {
    let mut connection = h2::server::Builder::new()
        .max_concurrent_streams(manner.streams)
        .initial_window_size(manner.window)
        .max_frame_size(manner.frame)
        .header_table_size(manner.table)
        .handshake::<_, Bytes>(stream)
        .await?;
    while let Some(accepted) = connection.accept().await {
        let (request, respond) = accepted?;
        let (head, body) = request.into_parts();
        assert_eq!(head.method, "POST");
        assert_eq!(head.headers["authorization"], "bearer a-token");
        let name = head.uri.path().trim_start_matches("/to/").to_owned();
        assert_eq!(head.headers["x-name"], name.as_str());
        tokio::spawn(async move {
            // Fails when the client has given up.
            if let Ok(body) = whole(body).await {
                reply(name.parse().unwrap(), body, respond).await;
            }
        });
    }
    Ok(())
}

async fn whole(mut body: RecvStream) -> Result<Vec<u8>, h2::Error> {
    let mut whole = Vec::new();
    while let Some(part) = body.data().await {
        let part = part?;
        body.flow_control().release_capacity(part.len())?;
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}
