//! Errors as the wire has them: `{"message", "code", "errorData"}` and an HTTP status.
//!
//! Clients look only at 2xx or not; which status is ours. `code` is always a number.

use super::found::ProblemAt;
use super::language::spoken;
use crate::access::AccessError;
use crate::automation::AutomationError;
use crate::publish::{DeviceError, ERRORS, PublishError, TemplateError};
use crate::realtime::{SelectorError, SubscribeError};
use crate::store::StoreError;
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use serde::Serialize;
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use std::any::Any;

/// An error on its way to a client.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// What programs need beside it; an object.
    data: Option<Box<RawValue>>,
    /// Seconds after which it is worth trying again.
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), data: None, retry_after_s: None }
    }

    /// The same with `errorData`, which is an object.
    pub(super) fn with_data(self, data: impl Serialize) -> Self {
        Self { data: to_raw_value(&data).ok(), ..self }
    }

    pub(super) fn no_such_path(path: &str) -> Self {
        let message = format!(
            "nothing is at `{path}`; the messaging API is at `/APP-ID/API-KEY/messaging/...`"
        );
        Self::new(StatusCode::NOT_FOUND, "path-unknown", message)
    }

    pub(super) fn wrong_method(method: &Method, path: &str) -> Self {
        let message = format!("`{path}` doesn't take {method}; see the `allow` header");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", message)
    }
}

/// The wire's form.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    message: String,
    code: i64,
    error_data: Option<Box<RawValue>>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let number = ERRORS.iter().find(|error| error.code == self.code);
        let envelope = Envelope {
            code: number.map_or(0, |error| error.number),
            error_data: self.data.or_else(|| to_raw_value(&json!({})).ok()),
            message: self.message,
        };
        let mut response = (self.status, Json(envelope)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED && self.code == "admin-credentials" {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<PublishError> for Problem {
    fn from(error: PublishError) -> Self {
        use crate::model::State;
        let code = error.code();
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::NotCancellable { state: State::Unknown, .. } => {
                Self::new(StatusCode::NOT_FOUND, code, error.sentence().said(spoken()))
            }
            error => Self::new(StatusCode::BAD_REQUEST, code, error.sentence().said(spoken())),
        }
    }
}

impl From<DeviceError> for Problem {
    fn from(error: DeviceError) -> Self {
        let code = error.code();
        let status = match error {
            DeviceError::Store(error) => return error.into(),
            DeviceError::Unknown { .. }
            | DeviceError::NothingToForget { .. }
            | DeviceError::UnknownChannel { .. } => StatusCode::NOT_FOUND,
            DeviceError::Field { .. }
            | DeviceError::Expiration { .. }
            | DeviceError::Channel(_) => StatusCode::BAD_REQUEST,
        };
        Self::new(status, code, error.to_string())
    }
}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        let code = error.code();
        let status = match &error {
            TemplateError::Unknown { .. } => StatusCode::NOT_FOUND,
            TemplateError::Exists { .. } => StatusCode::CONFLICT,
            TemplateError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            TemplateError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            TemplateError::Invalid(_)
            | TemplateError::Renamed { .. }
            | TemplateError::Values { .. }
            | TemplateError::Publish(_)
            | TemplateError::Store(_) => StatusCode::BAD_REQUEST,
        };
        let problem = Self::new(status, code, error.sentence().said(spoken()));
        match error {
            TemplateError::Publish(error) => return error.into(),
            TemplateError::Store(error) => return error.into(),
            TemplateError::Invalid(problems) => {
                return problem.with_data(json!({ "problems": problems }));
            }
            _ => {}
        }
        problem
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let code = error.code();
        let status = match error {
            AccessError::Credentials
            | AccessError::AdminCredentials
            | AccessError::UserToken
            | AccessError::Link => StatusCode::UNAUTHORIZED,
            AccessError::Publish { .. }
            | AccessError::Role { .. }
            | AccessError::OtherApp
            | AccessError::OperatorOnly
            | AccessError::Csrf => StatusCode::FORBIDDEN,
            AccessError::TooMany { after_ms, .. } => {
                let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, error.to_string());
                problem.retry_after_s = Some(after_ms.div_ceil(1_000));
                return problem;
            }
            AccessError::Field { .. } | AccessError::Credential { .. } => StatusCode::BAD_REQUEST,
            AccessError::Unknown { .. } => StatusCode::NOT_FOUND,
            AccessError::Stale { .. } => StatusCode::PRECONDITION_FAILED,
            AccessError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            AccessError::FirstApp => StatusCode::CONFLICT,
            AccessError::Random => StatusCode::SERVICE_UNAVAILABLE,
            AccessError::Store(error) => return error.into(),
        };
        Self::new(status, code, error.sentence().said(spoken()))
    }
}

impl From<AutomationError> for Problem {
    fn from(error: AutomationError) -> Self {
        let (code, message) = (error.code(), error.sentence().said(spoken()));
        let status = match error {
            AutomationError::Unknown { .. } | AutomationError::NobodyWaits { .. } => {
                StatusCode::NOT_FOUND
            }
            AutomationError::Field { .. } => StatusCode::BAD_REQUEST,
            AutomationError::Stale(_) => StatusCode::PRECONDITION_FAILED,
            AutomationError::Invalid(problems) => {
                let problems: Vec<_> = problems.into_iter().map(ProblemAt::from).collect();
                return Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
                    .with_data(json!({ "problems": problems }));
            }
            AutomationError::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            AutomationError::NoTrace(_) => StatusCode::CONFLICT,
            AutomationError::Store(error) => return error.into(),
        };
        Self::new(status, code, message)
    }
}

impl From<SelectorError> for Problem {
    fn from(error: SelectorError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "selector", error.to_string())
    }
}

impl From<SubscribeError> for Problem {
    fn from(error: SubscribeError) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "realtime-subscriptions", error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Closed) {
            return Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", error.to_string());
        }
        if matches!(error, StoreError::Full { .. }) {
            return Self::new(StatusCode::CONFLICT, "full", error.to_string());
        }
        // What it says about files and tables is for the operator, not for clients.
        tracing::error!(%error, "server: the store failed a request");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store",
            "the server couldn't keep or read this; try again, its log says why",
        )
    }
}

/// What a client gets when a request met a bug.
#[expect(clippy::needless_pass_by_value, reason = "the shape that catch_panic asks for")]
pub(super) fn from_panic(panic: Box<dyn Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!(said, "server: a request met a bug");
    let message = "the server met a bug; its log says where, please report it";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", message).into_response()
}
