//! Signing in at the page, with a one-time link, and out again.

use super::auth::{SESSION_COOKIES, SignedIn};
use super::door::Door;
use super::endpoint::{Access, Endpoint};
use super::origin::{self, BaseUrl};
use super::problem::Problem;
use super::request::Typed;
use crate::access::Session;
use crate::clock::Timestamp;
use crate::limits;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A link's token.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Token {
    /// What stands behind `#sign-in=` in the link.
    token: String,
}

/// Somebody who is signed in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Shown {
    /// What `x-csrf-token` must be in requests that change something.
    csrf_token: String,
    /// Milliseconds since 1970.
    expires_at: Timestamp,
}

impl From<&Session> for Shown {
    fn from(session: &Session) -> Self {
        Self { csrf_token: session.csrf_token.clone(), expires_at: session.expires_at }
    }
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let path = "/api/session";
    vec![
        Endpoint::new(Method::POST, path, Access::Open, sign_in, "signIn")
            .about("Signs a browser in with a one-time link's token; sets a cookie.")
            .takes::<Token>()
            .answers::<Shown>(201, "It is signed in.")
            .fails(&[401, 403]),
        Endpoint::new(Method::GET, path, Access::Session, show, "session")
            .about("Whether the browser is signed in, and the token that its page needs.")
            .answers::<Shown>(200, "It is."),
        Endpoint::new(Method::DELETE, path, Access::Session, sign_out, "signOut")
            .about("Signs the browser out.")
            .answers_nothing("It is signed out."),
    ]
}

async fn sign_in(State(door): State<Door>, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    origin::refuse_strange_pages(&mut parts, &door).await?;
    let Typed(Token { token }) =
        Typed::from_request(Request::from_parts(parts, body), &door).await?;
    let session = door.app.gate.sign_in(&token).await?;
    let cookie = cookie(&door, &session.secret, limits::SESSION_MS / 1_000)?;
    let headers = [(SET_COOKIE, cookie), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, headers, Json(Shown::from(&session))).into_response())
}

async fn show(SignedIn(session): SignedIn) -> Response {
    ([(CACHE_CONTROL, "no-store")], Json(Shown::from(&session))).into_response()
}

async fn sign_out(
    State(door): State<Door>,
    SignedIn(session): SignedIn,
) -> Result<Response, Problem> {
    door.app.gate.sign_out(&session).await?;
    let gone = cookie(&door, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, gone)]).into_response())
}

/// For this host alone, out of reach of scripts, and sent by its own pages only.
fn cookie(door: &Door, secret: &str, seconds: i64) -> Result<HeaderValue, Problem> {
    let is_https =
        door.app.config().public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let [plain, https] = SESSION_COOKIES;
    let (name, secure) = if is_https { (https, "; Secure") } else { (plain, "") };
    let text =
        format!("{name}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).map_err(|_| {
        let message = "the cookie can't be written; this is a bug, please report it";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", message)
    })
}

/// The page's address with which a link's token signs in.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LinkShown {
    /// What `POST /api/session` takes, once.
    token: String,
    /// The page's address with it.
    url: String,
    /// Milliseconds since 1970.
    expires_at: Timestamp,
}

/// Below `/api/v1`.
pub(super) fn admin_endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::POST, "/sign-in-links", Access::Operator, link, "makeSignInLink")
            .about("Makes a link that signs a browser in, once and within a quarter of an hour.")
            .answers::<LinkShown>(201, "The link."),
    ]
}

async fn link(State(door): State<Door>, BaseUrl(url): BaseUrl) -> Result<Response, Problem> {
    let link = door.app.gate.make_link().await?;
    let url = format!("{url}/#sign-in={}", link.token);
    let shown = LinkShown { token: link.token, url, expires_at: link.expires_at };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}
