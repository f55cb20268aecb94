//! Another server that speaks the messaging API: a client of it, and the provider that
//! hands whole messages over.

use super::provider::{Outcome, Parcel, Provider, Reach, Scope, Sending};
use crate::id::{DeviceId, MessageId};
use crate::limits;
use crate::model::{MessageStatus, Publication, State};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A client of a server that speaks the messaging API. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: reqwest::Client,
    base: Url,
}

/// Why the other server didn't do it.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// Its address can't be used.
    #[error("`{url}` is no address of a server: {reason}; write it like `https://host:port`")]
    Address {
        /// The address given.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// It can't be reached, or answered too slowly.
    #[error("can't reach {server}: {reason}; check that it runs and that the address is right")]
    Unreachable {
        /// Its host.
        server: String,
        /// What the connection said.
        reason: String,
    },
    /// It is there but can't now.
    #[error("{server} can't do it now (HTTP {status}): {message}; try again later")]
    Busy {
        /// Its host.
        server: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
        /// How long it wants us to wait.
        after: Option<Duration>,
    },
    /// It refused.
    #[error("{server} refused it (code {code}): {message}")]
    Refused {
        /// Its host.
        server: String,
        /// The HTTP status.
        status: u16,
        /// The envelope's code; 0 when it had none.
        code: i64,
        /// What it said.
        message: String,
    },
    /// Its answer isn't what the messaging API answers.
    #[error(
        "{server} answered {found}, which is no answer of the messaging API; check the address"
    )]
    Answer {
        /// Its host.
        server: String,
        /// The beginning of the answer.
        found: String,
    },
}

impl Upstream {
    /// A client for one application of a server.
    ///
    /// # Errors
    /// [`UpstreamError::Address`] when `url` is no web address.
    pub fn new(url: &str, app_id: &str, api_key: &str) -> Result<Self, UpstreamError> {
        let bad = |reason: String| UpstreamError::Address { url: url.to_owned(), reason };
        let mut base = Url::parse(url).map_err(|error| bad(error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(bad("it isn't http or https".to_owned()));
        }
        base.path_segments_mut()
            .map_err(|()| bad("it can't have a path".to_owned()))?
            .pop_if_empty()
            .extend([app_id, api_key]);
        let client = reqwest::Client::builder()
            // What is sent must go where the settings say, whatever the environment says.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(limits::CONNECT_MS))
            .timeout(Duration::from_millis(limits::SEND_MS))
            .user_agent(concat!("blockcast/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self { client, base })
    }

    /// Publishes; `body` is the wire body of `POST /messaging/{channel}`.
    pub async fn publish(
        &self,
        channel: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<MessageStatus, UpstreamError> {
        let answer = self.call(Method::POST, &["messaging", channel], Some(body), key).await?;
        self.status_of(&answer)
    }

    /// Pushes a template that is stored there; `body` is what `POST /messaging/push/{template}`
    /// takes.
    pub async fn push(
        &self,
        template: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<MessageStatus, UpstreamError> {
        let path = ["messaging", "push", template];
        let answer = self.call(Method::POST, &path, Some(body), key).await?;
        self.status_of(&answer)
    }

    /// Asks how a message fares.
    pub async fn status(&self, id: &MessageId) -> Result<MessageStatus, UpstreamError> {
        let answer = self.call(Method::GET, &["messaging", id.as_str()], None, None).await?;
        self.status_of(&answer)
    }

    /// Cancels a scheduled message.
    pub async fn cancel(&self, id: &MessageId) -> Result<MessageStatus, UpstreamError> {
        let answer = self.call(Method::DELETE, &["messaging", id.as_str()], None, None).await?;
        self.status_of(&answer)
    }

    /// Registers a device; `body` is the wire body. Returns the server's answer.
    pub async fn register(&self, body: &Value) -> Result<Value, UpstreamError> {
        self.call(Method::POST, &["messaging", "registrations"], Some(body), None).await
    }

    /// Asks for a device's registration. Returns the server's answer, a list.
    pub async fn registration(&self, id: &DeviceId) -> Result<Value, UpstreamError> {
        let path = ["messaging", "registrations", id.as_str()];
        self.call(Method::GET, &path, None, None).await
    }

    async fn call(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
        key: Option<&str>,
    ) -> Result<Value, UpstreamError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(path);
        }
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        let status = response.status();
        let after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|after| after.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let text = response.text().await.map_err(|error| self.unreachable(error))?;
        let answer = serde_json::from_str::<Value>(&text);
        if status.is_success() {
            return answer.map_err(|_| self.strange(&text));
        }
        Err(self.error(status, after, answer.ok().as_ref(), &text))
    }

    fn error(
        &self,
        status: StatusCode,
        after: Option<Duration>,
        answer: Option<&Value>,
        text: &str,
    ) -> UpstreamError {
        let server = self.server();
        let said = answer.and_then(|answer| answer.get("message")).and_then(Value::as_str);
        let message = shortened(said.unwrap_or(text));
        let later = status.is_server_error()
            || status == StatusCode::TOO_MANY_REQUESTS
            || status == StatusCode::REQUEST_TIMEOUT;
        let status = status.as_u16();
        if later {
            return UpstreamError::Busy { server, status, message, after };
        }
        let code = answer.and_then(|answer| answer.get("code")).and_then(Value::as_i64);
        UpstreamError::Refused { server, status, code: code.unwrap_or(0), message }
    }

    fn status_of(&self, answer: &Value) -> Result<MessageStatus, UpstreamError> {
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let count = |name: &str| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        let state = text("status").and_then(State::from_name);
        match (text("messageId"), state) {
            (Some(id), Some(state)) => Ok(MessageStatus {
                message_id: MessageId::new(id),
                state,
                error_message: text("errorMessage").map(str::to_owned),
                sent: count("successfulSendsAmount"),
                failed: count("failedSendsAmount"),
            }),
            _ => Err(self.strange(&answer.to_string())),
        }
    }

    fn server(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Without the address: its path holds the API key.
    fn unreachable(&self, error: reqwest::Error) -> UpstreamError {
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(deeper) = source {
            reason = deeper.to_string();
            source = deeper.source();
        }
        UpstreamError::Unreachable { server: self.server(), reason }
    }

    fn strange(&self, text: &str) -> UpstreamError {
        let found = format!("`{}`", shortened(text));
        UpstreamError::Answer { server: self.server(), found }
    }
}

impl Provider for Upstream {
    fn name(&self) -> &'static str {
        "upstream"
    }

    fn reach(&self) -> Reach {
        Reach::Message
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let message = &parcel.message;
            let body = wire_body(&message.publication);
            match self.publish(&message.channel, &body, Some(message.id.as_str())).await {
                Ok(status) if status.state == State::Failed => Outcome::Rejected {
                    reason: status.error_message.unwrap_or_else(|| "it failed there".to_owned()),
                },
                Ok(_) => Outcome::Accepted,
                Err(error) => outcome(&error),
            }
        })
    }
}

fn outcome(error: &UpstreamError) -> Outcome {
    let reason = error.to_string();
    match error {
        UpstreamError::Busy { after, .. } => {
            Outcome::Retry { after: *after, scope: Scope::Provider, reason }
        }
        UpstreamError::Unreachable { .. } => {
            Outcome::Retry { after: None, scope: Scope::Provider, reason }
        }
        UpstreamError::Refused { status: 401 | 403, .. }
        | UpstreamError::Answer { .. }
        | UpstreamError::Address { .. } => Outcome::Misconfigured { reason },
        UpstreamError::Refused { .. } => Outcome::Rejected { reason },
    }
}

/// A publication as `POST /messaging/{channel}` takes it. Times are left out: it is
/// sent when its time has come here.
fn wire_body(publication: &Publication) -> Value {
    let mut body = Map::new();
    body.insert("message".to_owned(), publication.message.clone());
    if !publication.headers.is_empty() {
        body.insert("headers".to_owned(), json!(publication.headers));
    }
    let texts = [("publisherId", &publication.publisher_id), ("subtopic", &publication.subtopic)];
    for (name, text) in texts {
        if let Some(text) = text {
            body.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(policy) = publication.policy {
        body.insert("publishPolicy".to_owned(), json!(policy.name()));
    }
    if let Some(broadcast) = publication.broadcast {
        body.insert("pushBroadcast".to_owned(), json!(broadcast.mask()));
    }
    if !publication.singlecast.is_empty() {
        body.insert("pushSinglecast".to_owned(), json!(publication.singlecast));
    }
    if let Some(query) = &publication.segment_query {
        body.insert("segmentQuery".to_owned(), json!(query));
    }
    Value::Object(body)
}

fn shortened(text: &str) -> String {
    let end = text.floor_char_boundary(limits::REASON_BYTES_MAX);
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Upstream, UpstreamError, outcome};
    use crate::deliver::Outcome;

    #[test]
    fn ids_and_channels_become_path_segments() {
        let upstream = Upstream::new("http://host:1/base/", "a/b", "k").unwrap();
        assert_eq!(upstream.base.as_str(), "http://host:1/base/a%2Fb/k");
        for url in ["host:1", "ftp://host", "mailto:a@b"] {
            let error = Upstream::new(url, "a", "k").unwrap_err();
            assert!(matches!(error, UpstreamError::Address { .. }), "{url}");
        }
    }

    #[test]
    fn an_error_says_whether_to_try_again() {
        let server = || "host".to_owned();
        let refused = |status| UpstreamError::Refused {
            server: server(),
            status,
            code: 1,
            message: "no".to_owned(),
        };
        assert!(matches!(outcome(&refused(400)), Outcome::Rejected { .. }));
        assert!(matches!(outcome(&refused(401)), Outcome::Misconfigured { .. }));
        let down = UpstreamError::Unreachable { server: server(), reason: "refused".to_owned() };
        assert!(matches!(outcome(&down), Outcome::Retry { after: None, .. }));
    }
}
