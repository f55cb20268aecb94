//! Who asks: read from the path, `user-token` or `authorization`, checked against what the
//! endpoint demands, and handed to whoever answers.

use super::door::Door;
use super::language::spoken;
use super::origin;
use super::problem::Problem;
use super::request::{param, whole_path};
use crate::access::{AccessError, Admin, Caller, Session};
use crate::diag::say;
use crate::id::AppId;
use crate::model::Role;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Who may use an endpoint. There is no endpoint without one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody.
    Open,
    /// A key of the application in the path (or its user) with one of these roles; any key
    /// when there are none.
    Key(&'static [Role]),
    /// The admin token, or a key of the application in the path that has the role `admin`.
    Admin,
    /// The admin token.
    Operator,
    /// The cookie of a browser that is signed in; and, to change something, its token.
    Session,
}

/// The application that a request of the messaging API speaks for, and what it may do there.
#[derive(Clone)]
pub(super) struct Tenant {
    pub(super) app: AppId,
    /// The key as the client gave it; the server has none in clear.
    pub(super) api_key: Option<String>,
    pub(super) caller: Caller,
}

impl Tenant {
    /// Whether it may do this on that channel; whether it may at all was checked before.
    pub(super) fn may_on(&self, roles: &'static [Role], channel: &str) -> Result<(), Problem> {
        let channel =
            if channel.trim().is_empty() { crate::model::DEFAULT_CHANNEL } else { channel };
        Ok(self.caller.may_on(roles, channel)?)
    }
}

impl FromRequestParts<Door> for Tenant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        // Missing only on a route without an access check: then nobody is let in.
        parts.extensions.get().cloned().ok_or_else(|| AccessError::Credentials.into())
    }
}

/// Who uses the admin API, checked: the application of the path is theirs, and exists.
#[derive(Clone)]
pub(super) struct Manager {
    admin: Admin,
    app: Option<AppId>,
}

impl Manager {
    /// The application that the path names.
    pub(super) fn app(&self) -> Result<&AppId, Problem> {
        self.app.as_ref().ok_or_else(|| AccessError::OperatorOnly.into())
    }

    /// The only application that it may see; `None` for the operator, who sees all.
    pub(super) fn only_app(&self) -> Option<&AppId> {
        match &self.admin {
            Admin::Operator => None,
            Admin::Key(caller) => Some(caller.app()),
        }
    }
}

impl FromRequestParts<Door> for Manager {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| AccessError::AdminCredentials.into())
    }
}

/// Marks a request that never was on a network: the command line's own, on its own data.
#[derive(Clone, Copy)]
pub(super) struct InProcess;

/// Lets a request through, with [`Tenant`] or [`Manager`], or answers why not.
pub(super) async fn authorise(
    State((door, access)): State<(Door, Access)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let checked = match access {
        Access::Open => Ok(()),
        Access::Key(roles) => check_key(&mut parts, &door, roles).await,
        Access::Admin => check_admin(&mut parts, &door, false).await,
        Access::Operator => check_admin(&mut parts, &door, true).await,
        Access::Session => check_session(&mut parts, &door).await,
    };
    match checked {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(problem) => problem.into_response(),
    }
}

async fn check_key(parts: &mut Parts, door: &Door, roles: &'static [Role]) -> Result<(), Problem> {
    let app = param(parts, door, "app").await?;
    let key = param(parts, door, "key").await?;
    let caller = match (app, &key) {
        (Some(app), Some(key)) => door.app.gate.caller(&app, key)?,
        (None, None) if door.app.config().domain_api => {
            origin::refuse_strange_names(parts, door)?;
            origin::refuse_strange_pages(parts, door).await?;
            Caller::without_key(door.app.app_id().clone())
        }
        (None, None) => return Err(Problem::no_such_path(whole_path(parts))),
        _ => return Err(AccessError::Credentials.into()),
    };
    caller.count(door.app.now())?;
    // Some clients write null when nobody is logged in.
    let token = parts.headers.get("user-token").map(HeaderValue::as_bytes);
    let caller = match token {
        None | Some(b"" | b"null" | b"undefined") => caller,
        Some(token) => door.app.gate.with_user(caller, &String::from_utf8_lossy(token)).await?,
    };
    caller.may(roles)?;
    parts.extensions.insert(Tenant { app: caller.app().clone(), api_key: key, caller });
    Ok(())
}

async fn check_admin(parts: &mut Parts, door: &Door, operator: bool) -> Result<(), Problem> {
    let admin = if parts.extensions.get::<InProcess>().is_some() {
        Admin::Operator
    } else if parts.headers.contains_key(AUTHORIZATION) || session_cookie(parts).is_none() {
        let bearer = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        door.app.gate.admin(bearer.ok_or(AccessError::AdminCredentials)?.trim())?
    } else {
        check_session(parts, door).await?;
        Admin::Operator
    };
    let app = param(parts, door, "app").await?.map(AppId::new);
    if let Admin::Key(caller) = &admin {
        caller.count(door.app.now())?;
        if operator {
            return Err(AccessError::OperatorOnly.into());
        }
        // Before it is looked for: a key learns nothing of other applications.
        if app.as_ref().is_some_and(|app| app != caller.app()) {
            return Err(AccessError::OtherApp.into());
        }
    }
    if let Some(app) = &app
        && door.app.gate.app(app).is_none()
    {
        let id = app.as_str().chars().take(100).collect();
        return Err(AccessError::Unknown { kind: "app", id }.into());
    }
    parts.extensions.insert(Manager { admin, app });
    Ok(())
}

/// A browser that is signed in. What changes something must come with the session's token,
/// which only a page of this server can know, and from such a page.
async fn check_session(parts: &mut Parts, door: &Door) -> Result<(), Problem> {
    let no_session = || {
        let message =
            say!("nobody is signed in here, or not any more; open a link of `blockcast link`");
        Problem::new(StatusCode::UNAUTHORIZED, "session", message.said(spoken()))
    };
    let secret = session_cookie(parts).ok_or_else(no_session)?;
    let session = door.app.gate.session(&secret).await?.ok_or_else(no_session)?;
    if !parts.method.is_safe() {
        let token = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        if !token.is_some_and(|token| session.has_token(token)) {
            return Err(AccessError::Csrf.into());
        }
        origin::refuse_strange_pages(parts, door).await?;
    }
    parts.extensions.insert(session);
    Ok(())
}

/// The session's cookie, by either of its names.
fn session_cookie(parts: &Parts) -> Option<String> {
    let cookies = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|value| value.split(';')).filter_map(|one| one.split_once('='));
    pairs
        .find(|(name, _)| SESSION_COOKIES.contains(&name.trim()))
        .map(|(_, secret)| secret.trim().to_owned())
}

/// The cookie's name by plain HTTP, and by HTTPS, where browsers hold it to this host.
pub(super) const SESSION_COOKIES: [&str; 2] = ["blockcast-session", "__Host-blockcast-session"];

/// Somebody who is signed in at the page.
pub(super) struct SignedIn(pub(super) Session);

impl FromRequestParts<Door> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Door) -> Result<Self, Problem> {
        let session = parts.extensions.get().cloned();
        session.map(Self).ok_or_else(|| AccessError::AdminCredentials.into())
    }
}
