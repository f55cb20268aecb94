//! The HTTP door: the messaging API on the wire, the web page, the block reference, the
//! operator's API.
//!
//! Everything that answers is in the one list of routes below. Errors are always the
//! envelope of [`problem`]; nothing is decided here that a command line would need too.

mod admin;
mod assets;
mod docs;
mod messaging;
mod problem;
mod realtime;
mod request;

use crate::app::{App, AppError};
use crate::limits;
use crate::reference;
use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{get, post};
use problem::Problem;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

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

/// What every request is handed.
#[derive(Clone)]
struct Door {
    app: App,
    /// Clients of real time.
    sessions: realtime::Sessions,
    /// True when the server stops: open streams end then.
    stopping: watch::Receiver<bool>,
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
    let sessions = realtime::Sessions::default();
    let router = routes(Door { app: app.clone(), sessions, stopping: stopping.clone() });
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

fn routes(door: Door) -> Router {
    Router::new()
        .nest("/{app}/{key}", wire())
        // Exactly this path: as a prefix it would take the whole API.
        .route("/{app}/", get(realtime::get).post(realtime::post).layer(any_page()))
        .nest("/api", wire())
        .route("/api/blocks", get(blocks))
        .route("/api/v1/app", get(admin::app))
        .route("/api/v1/audience", get(admin::audience))
        .route(reference::PATH, get(docs::index))
        .route(&format!("{}/{{type}}", reference::PATH), get(docs::page))
        .route("/health", get(health))
        .fallback(page_or_nothing)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(problem::from_panic))
        .layer(fixed_header("x-content-type-options", "nosniff"))
        .layer(fixed_header("referrer-policy", "no-referrer"))
        .with_state(door)
}

/// The messaging API, for pages of any origin: its key is in the path, so a browser never
/// sends one by itself. By the domain form, which has no key, strange pages are refused.
fn wire() -> Router<Door> {
    let messaging = Router::new()
        .route("/registrations", post(messaging::devices::register))
        .route(
            "/registrations/{name}",
            get(messaging::devices::get).delete(messaging::devices::delete),
        )
        .route("/registrations/{name}/notifications", get(messaging::notifications::get))
        .route("/channels/{name}", axum::routing::delete(messaging::devices::delete_channel))
        .route(
            "/{name}",
            post(messaging::messages::publish)
                .get(messaging::messages::status)
                .delete(messaging::messages::cancel),
        )
        .route("/{name}/stream", get(messaging::stream::get))
        .route("/{name}/subscribe", post(messaging::polling::subscribe))
        .route("/{name}/{subscription}", get(messaging::polling::get));
    Router::new()
        .route("/info", get(messaging::start::info))
        .route("/rt/lookup", get(messaging::start::lookup))
        .nest("/messaging", messaging)
        // Before the layer, so that a preflight request finds the layer and not this.
        .method_not_allowed_fallback(wrong_method)
        .layer(any_page())
}

/// Leave for pages of any origin, without their credentials.
fn any_page() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_headers(Any)
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .max_age(Duration::from_hours(1))
}

async fn until_stopping(stopping: &mut watch::Receiver<bool>) {
    // An error means that the server is gone, which is what is waited for.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({"status": "ok"}))
}

async fn blocks(State(door): State<Door>) -> Response {
    Json(door.app.palette.as_ref()).into_response()
}

async fn page_or_nothing(method: Method, uri: Uri, headers: axum::http::HeaderMap) -> Response {
    if matches!(method, Method::GET | Method::HEAD)
        && let Some(page) = assets::find(uri.path(), &headers)
    {
        return page;
    }
    Problem::no_such_path(uri.path()).into_response()
}

async fn wrong_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::wrong_method(&method, uri.path())
}

fn fixed_header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(
        HeaderName::from_static(name),
        HeaderValue::from_static(value),
    )
}
