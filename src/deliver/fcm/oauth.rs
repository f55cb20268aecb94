//! Access tokens from Google for a service account (RFC 7523): one for all that is sent, got
//! ahead of time.

use crate::clock::{Clock, Timestamp};
use crate::deliver::http2::{Fields, Keep, TlsError};
use crate::deliver::jwt::RsaKey;
use crate::deliver::watched::Watched;
use crate::limits;
use http::HeaderValue;
use reqwest::Certificate;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What Google gives as a service account's key, as far as it is used.
#[derive(Deserialize)]
struct KeyFile {
    project_id: String,
    private_key_id: String,
    private_key: String,
    client_email: String,
    token_uri: String,
}

/// A service account.
pub(super) struct Account {
    /// Where its project takes messages.
    path: HeaderValue,
    key: RsaKey,
    key_id: String,
    email: String,
    token_uri: String,
}

impl Account {
    /// From the key file's JSON. The error says what is wrong.
    pub(super) fn from_json(text: &str) -> Result<Self, String> {
        let file: KeyFile = serde_json::from_str(text).map_err(|error| {
            format!(
                "is no service account's key: {error}; make one in the Firebase console under \
                 Project settings, Service accounts"
            )
        })?;
        if !file.token_uri.starts_with("https://") {
            return Err("has a `token_uri` that isn't https".to_owned());
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if file.project_id.is_empty() || !file.project_id.bytes().all(plain) {
            return Err("has a `project_id` that is none".to_owned());
        }
        Ok(Self {
            key: RsaKey::from_pem(&file.private_key)
                .map_err(|problem| format!("has a `private_key` that {problem}"))?,
            path: HeaderValue::try_from(format!("/v1/projects/{}/messages:send", file.project_id))
                .map_err(|_| "has a `project_id` that is none")?,
            key_id: file.private_key_id,
            email: file.client_email,
            token_uri: file.token_uri,
        })
    }

    fn assertion(&self, now: Timestamp) -> Option<String> {
        let seconds = now.millis() / 1_000;
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        let claims = json!({
            "iss": self.email,
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": self.token_uri,
            "iat": seconds,
            "exp": seconds + 3_600,
        });
        self.key.sign(&header, &claims)
    }
}

/// Why there is no token.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// The credentials are bad.
    Bad(String),
    /// Not now.
    Later(String),
}

/// Gets tokens, and remembers them.
pub(super) struct Tokens {
    account: Watched<Account>,
    /// The service that messages go to.
    authority: HeaderValue,
    client: reqwest::Client,
    clock: Clock,
    state: Mutex<State>,
    /// One at a time gets a token; the others wait for it.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<Token>,
    /// Why the last attempt failed, and when.
    refused: Option<(Refusal, Timestamp)>,
    refreshing: bool,
}

struct Token {
    /// The headers of all requests, `Bearer …` among them.
    head: Arc<Fields>,
    until: Timestamp,
    of: Arc<Account>,
}

impl Tokens {
    /// Trusts the certificates of `ca` (PEM), or what the system trusts.
    pub(super) fn new(
        account: Watched<Account>,
        authority: HeaderValue,
        ca: Option<&str>,
        clock: Clock,
    ) -> Result<Self, TlsError> {
        let mut client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_millis(limits::CONNECT_MS))
            .timeout(Duration::from_millis(limits::ANSWER_MS));
        if let Some(pem) = ca {
            let certificates = Certificate::from_pem_bundle(pem.as_bytes());
            client = client.tls_certs_only(certificates.map_err(|_| TlsError::NoCertificate)?);
        }
        let client = client.build().map_err(|_| TlsError::NoCertificate)?;
        let fetching = tokio::sync::Mutex::new(());
        Ok(Self { account, authority, client, clock, state: Mutex::default(), fetching })
    }

    /// The headers to send with. A token that ends soon is replaced in the background.
    pub(super) async fn current(self: &Arc<Self>) -> Result<Arc<Fields>, Refusal> {
        let account = self.account.get();
        if let Some(head) = self.kept(&account) {
            return Ok(head);
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(head) = self.kept(&account) {
            return Ok(head);
        }
        let now = self.clock.now();
        if let Some((refusal, at)) = &self.lock().refused
            && at.is_within(limits::RECONNECT_REST_MS, now)
        {
            return Err(refusal.clone());
        }
        self.fetch(account).await
    }

    /// Forgets a token that was refused, unless another has taken its place.
    pub(super) fn forget(&self, used: &Arc<Fields>) {
        let mut state = self.lock();
        if state.token.as_ref().is_some_and(|token| Arc::ptr_eq(&token.head, used)) {
            state.token = None;
        }
    }

    fn kept(self: &Arc<Self>, account: &Arc<Account>) -> Option<Arc<Fields>> {
        let now = self.clock.now();
        let mut state = self.lock();
        let token = state.token.as_ref().filter(|token| Arc::ptr_eq(&token.of, account))?;
        if now >= token.until {
            return None;
        }
        let head = Arc::clone(&token.head);
        if now >= token.until.plus_millis(-limits::TOKEN_AHEAD_MS) && !state.refreshing {
            state.refreshing = true;
            let (tokens, account) = (Arc::clone(self), Arc::clone(account));
            tokio::spawn(async move {
                if let Err(Refusal::Bad(reason) | Refusal::Later(reason)) =
                    tokens.fetch(account).await
                {
                    tracing::warn!(reason, "fcm: no new access token yet");
                    let rest = tokens.clock.now().plus_millis(limits::TOKEN_REST_MS);
                    tokens.clock.sleep_until(rest).await;
                }
                tokens.lock().refreshing = false;
            });
        }
        Some(head)
    }

    async fn fetch(&self, account: Arc<Account>) -> Result<Arc<Fields>, Refusal> {
        let asked = self.ask(&account).await;
        let now = self.clock.now();
        let mut state = self.lock();
        match asked {
            Ok((header, lasts_ms)) => {
                let head = Arc::new(self.head(&account, &header));
                let until = now.plus_millis(lasts_ms);
                state.token = Some(Token { head: Arc::clone(&head), until, of: account });
                state.refused = None;
                Ok(head)
            }
            Err(refusal) => {
                state.refused = Some((refusal.clone(), now));
                Err(refusal)
            }
        }
    }

    fn head(&self, account: &Account, token: &HeaderValue) -> Fields {
        let (post, https) = (HeaderValue::from_static("POST"), HeaderValue::from_static("https"));
        let fields = [
            (":method", &post),
            (":scheme", &https),
            (":authority", &self.authority),
            (":path", &account.path),
            ("content-type", &HeaderValue::from_static("application/json")),
            ("authorization", token),
        ];
        Fields::new(Keep::AtOnce, fields)
    }

    /// Asks for a token; gives the header it makes and for how many milliseconds.
    async fn ask(&self, account: &Account) -> Result<(HeaderValue, i64), Refusal> {
        let assertion = account
            .assertion(self.clock.now())
            .ok_or_else(|| Refusal::Bad("the key in `fcm.credentials` can't sign".to_owned()))?;
        // A JWT has no byte that a form would have to escape.
        let form = format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
        );
        let later = |error: reqwest::Error| {
            Refusal::Later(format!("{} gives no access token: {error}", account.token_uri))
        };
        let answer = self
            .client
            .post(&account.token_uri)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .map_err(later)?;
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        if let (Some(token), true) = (body["access_token"].as_str(), status.is_success())
            && let Ok(header) = HeaderValue::try_from(format!("Bearer {token}"))
        {
            let lasts_ms = body["expires_in"].as_i64().unwrap_or(3_599).clamp(1, 86_400) * 1_000;
            return Ok((header, lasts_ms));
        }
        let error = body["error"].as_str().unwrap_or("no reason");
        let said = format!("{} answered {status}: {error}", account.token_uri);
        if status.is_client_error() && status.as_u16() != 429 {
            let hint = "the key in `fcm.credentials` was removed, or this machine's clock is wrong";
            return Err(Refusal::Bad(format!("{said}; {hint}")));
        }
        Err(Refusal::Later(said))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
