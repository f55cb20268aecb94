//! The admin API without a network: for a command line that has the data folder to itself.
//! What it may do and how it is answered is the same as by HTTP.

use super::auth::InProcess;
use super::door::Door;
use super::router::routes;
use crate::app::App;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;

/// An answer of the admin API.
#[derive(Clone, Debug)]
pub struct AdminAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON; null when there is none.
    pub body: Value,
}

/// Asks the admin API as the operator. `headers` are pairs of name and value.
pub async fn ask(
    app: &App,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: Option<&Value>,
) -> AdminAnswer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let content = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let Ok(request) = request.body(content) else {
        // A name that no URL can hold: nothing can be there.
        let message = format!("nothing can be at `{path}`");
        return AdminAnswer { status: 404, body: serde_json::json!({ "message": message }) };
    };
    let response = answer(app, request).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
    AdminAnswer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
}

/// Reads what is at a path of the admin API as the operator: the HTTP status, and what comes,
/// piece by piece.
pub async fn download(app: &App, path: &str) -> (u16, BodyDataStream) {
    let response = match Request::builder().uri(path).body(Body::empty()) {
        Ok(request) => answer(app, request).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    };
    (response.status().as_u16(), response.into_body().into_data_stream())
}

async fn answer(app: &App, mut request: Request<Body>) -> Response {
    let (_stop, stopping) = watch::channel(false);
    request.extensions_mut().insert(InProcess);
    let router = routes(Door::new(app.clone(), stopping));
    let Ok(response) = router.oneshot(request).await;
    response
}
