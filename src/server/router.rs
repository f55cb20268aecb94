//! Every endpoint in its place, with what holds for all of them: the request's id, the body's
//! limit, leave for pages of other origins, and one envelope of errors.

use super::assets::page_or_nothing;
use super::door::Door;
use super::endpoint::{self, Access, Endpoint};
use super::problem::{self, Problem};
use super::{
    admin, api_page, docs, editor, hooks, language, messaging, metrics, openapi, palette, realtime,
    session, trace,
};
use crate::config::Cors;
use crate::limits;
use crate::reference;
use axum::extract::{DefaultBodyLimit, OriginalUri};
use axum::http::header::{ETAG, LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{Json, Response};
use axum::{Extension, Router};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer};

/// The whole server as one service.
pub(super) fn routes(door: Door) -> Router {
    let (wire, real_time) = (messaging::routes::endpoints(), realtime::endpoints());
    let (admin, open) = (admin::endpoints(), endpoints());
    let metrics = metrics::endpoints();
    let (editor, hooks) = (editor_endpoints(), hooks::endpoints());
    let document = openapi::document(&[
        group(
            "/{app}/{key}",
            "messaging",
            "What clients use. The API key stands in the path.",
            &wire,
        ),
        group("", "real time", "socket.io 5 over engine.io 4, as the SDKs speak it.", &real_time),
        group(
            "/api/v1",
            "admin",
            "What operators use, with the admin token or a key that has the role `admin`.",
            &admin,
        ),
        group("", "metrics", "For monitoring, with the admin token.", &metrics),
        group("", "editor", "What the web page uses beside the admin API.", &editor),
        group("", "hooks", "HTTP requests that set flows off.", &hooks),
        group("", "open", "What anybody may ask for.", &open),
    ]);
    let page = Arc::new(api_page::page(&document));
    let document = ApiDocument { document: Arc::new(document), page };
    let cors = &door.app.config().cors;
    let admin = endpoint::router(admin, &door)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn(language::heard));
    // Pages of other origins don't get at the admin API unless somebody names them.
    let admin = if cors.origins.is_empty() { admin } else { admin.layer(other_origins(cors)) };
    // Before the layer, so that a preflight request finds the layer and not this.
    let wire = endpoint::router(wire, &door)
        .method_not_allowed_fallback(wrong_method)
        .layer(other_origins(cors));
    let real_time = endpoint::router(real_time, &door)
        .method_not_allowed_fallback(wrong_method)
        .layer(other_origins(cors));
    Router::new()
        .nest("/{app}/{key}", wire.clone())
        .nest("/api", wire)
        .nest("/api/v1", admin)
        .merge(real_time)
        .merge(endpoint::router(metrics, &door))
        .merge(endpoint::router(open, &door).layer(Extension(document)))
        .merge(
            endpoint::router(editor, &door)
                .method_not_allowed_fallback(wrong_method)
                .layer(Extension(palette::Palettes::default()))
                .layer(from_fn(language::heard)),
        )
        .merge(endpoint::router(hooks, &door).method_not_allowed_fallback(wrong_method))
        .fallback(page_or_nothing)
        .method_not_allowed_fallback(wrong_method)
        // In one: each `layer` of a router costs every request a few allocations.
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(door.clone(), trace::identified))
                .layer(CatchPanicLayer::custom(problem::from_panic))
                .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX)),
        )
        .with_state(door)
}

fn group<'e>(
    prefix: &'static str,
    tag: &'static str,
    about: &'static str,
    endpoints: &'e [Endpoint],
) -> openapi::Group<'e> {
    openapi::Group { prefix, tag, about, endpoints }
}

/// What the web page uses beside the admin API.
fn editor_endpoints() -> Vec<Endpoint> {
    let groups = [session::endpoints(), editor::open_endpoints(), editor::checking_endpoints()];
    groups.into_iter().flatten().collect()
}

/// What anybody may ask for.
fn endpoints() -> Vec<Endpoint> {
    let reference = "The block reference: pages for people.";
    vec![
        Endpoint::new(Method::GET, "/health", Access::Open, health, "health")
            .about("Whether the server is up.")
            .answers::<Health>(200, "It is."),
        Endpoint::new(Method::GET, "/api/v1/openapi.json", Access::Open, api_document, "openapi")
            .about("This document.")
            .answers::<serde_json::Value>(200, "OpenAPI 3.1."),
        Endpoint::new(Method::GET, "/api/v1/docs", Access::Open, api_docs, "apiPage")
            .about("This document as a page.")
            .answers_text(200, "text/html", "HTML."),
        Endpoint::new(Method::GET, reference::PATH, Access::Open, docs::index, "blockPages")
            .about(reference)
            .answers_text(200, "text/html", "All block types."),
        Endpoint::new(Method::GET, docs::PAGE, Access::Open, docs::page, "blockPage")
            .about(reference)
            .parameter::<String>("path", "type", "A block type.")
            .answers_text(200, "text/html", "The block type.")
            .answers_text(404, "text/html", "No such type."),
    ]
}

/// The document of the API and its page, made when the server starts.
#[derive(Clone)]
struct ApiDocument {
    document: Arc<serde_json::Value>,
    page: Arc<String>,
}

/// Leave for pages of other origins: of any without their credentials, unless the settings
/// say more. A key in the path is never sent by a browser by itself.
fn other_origins(cors: &Cors) -> CorsLayer {
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .expose_headers([ETAG, RETRY_AFTER, LOCATION, HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_hours(1));
    if cors.origins.is_empty() {
        return layer.allow_origin(Any).allow_headers(Any);
    }
    let origins = cors.origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    layer
        .allow_origin(AllowOrigin::list(origins))
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(cors.credentials)
}

/// Whether the server is up.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Health {
    status: &'static str,
}

async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}

async fn api_document(Extension(api): Extension<ApiDocument>) -> Json<Arc<serde_json::Value>> {
    Json(api.document)
}

async fn api_docs(Extension(api): Extension<ApiDocument>) -> Response {
    docs::styled(StatusCode::OK, api_page::STYLE, api.page.to_string())
}

async fn wrong_method(method: Method, OriginalUri(uri): OriginalUri) -> Problem {
    Problem::wrong_method(&method, uri.path())
}
