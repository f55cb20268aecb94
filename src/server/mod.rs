//! The HTTP door: the messaging API on the wire, the web page, the block reference, the
//! operator's API.
//!
//! Everything that answers is an [`endpoint`], which says who may use it; they are all in the
//! OpenAPI document. Errors are always the envelope of [`problem`]; nothing is decided here
//! that a command line would need too.

mod admin;
mod api_page;
mod assets;
mod auth;
mod docs;
mod door;
mod editor;
mod endpoint;
mod found;
mod hooks;
mod in_process;
mod language;
mod messaging;
mod metrics;
mod openapi;
mod origin;
mod palette;
mod path;
mod problem;
mod realtime;
mod request;
mod router;
mod session;
mod trace;

pub use in_process::{AdminAnswer, ask, download};
pub use path::escaped;

use crate::app::{App, AppError};
use crate::limits;
use axum::serve::ListenerExt;
use door::Door;
use router::routes;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Why the server ended.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It can't be announced to command lines.
    #[error(transparent)]
    App(#[from] AppError),
    /// The listening socket failed.
    #[error("the listening socket failed: {0}; check the network, then start again")]
    Socket(#[from] std::io::Error),
}

/// Serves until `shutdown` comes, then stops in order: no new requests, open ones to
/// their end, delivery, the store.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (stop, stopping) = watch::channel(false);
    let router = routes(Door::new(app.clone(), stopping.clone()));
    // Small packets leave at once: a message to a subscriber doesn't wait for an answer to the
    // one before.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "server: a connection gathers small packets");
        }
    });
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.send_replace(true);
    });
    let clock = app.clock().clone();
    let out_of_patience = async move {
        let mut stopping = stopping;
        // An error means that the server has ended, and the other branch has it.
        let _ = stopping.wait_for(|stopping| *stopping).await;
        clock.sleep_until(clock.now().plus_millis(limits::STOP_MS)).await;
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = out_of_patience => {
            tracing::warn!("server: some connections were still open and are cut");
            Ok(())
        }
    };
    app.stop().await;
    Ok(ended?)
}

/// Where a server on this address is reached from the same machine.
pub fn local_url(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}")
}
