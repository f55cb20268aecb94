//! The token that says to APNs who we are (ES256): one for all connections.
//!
//! Apple refuses one that is older than an hour, and a new one more often than every 20 minutes.

use crate::clock::{Clock, Timestamp};
use crate::deliver::jwt::EcKey;
use crate::deliver::watched::Watched;
use crate::limits;
use http::HeaderValue;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};

/// Signs, and remembers what it signed.
pub(super) struct Tokens {
    key: Watched<EcKey>,
    key_id: String,
    team_id: String,
    clock: Clock,
    current: Mutex<Option<Token>>,
}

struct Token {
    /// `bearer …`
    header: HeaderValue,
    at: Timestamp,
    by: Arc<EcKey>,
}

impl Tokens {
    pub(super) fn new(key: Watched<EcKey>, key_id: String, team_id: String, clock: Clock) -> Self {
        Self { key, key_id, team_id, clock, current: Mutex::new(None) }
    }

    /// The token to send with; the error is for the operator.
    pub(super) fn current(&self) -> Result<HeaderValue, String> {
        let key = self.key.get();
        let now = self.clock.now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = current.as_ref().filter(|token| Arc::ptr_eq(&token.by, &key))
            && token.at.is_within(limits::APNS_TOKEN_MS, now)
        {
            return Ok(token.header.clone());
        }
        let token = self.signed(key, now)?;
        let header = token.header.clone();
        *current = Some(token);
        Ok(header)
    }

    /// After Apple called `used` too old: whether there is another one to try now. There is none
    /// when it is young, for then it is a clock that is wrong.
    pub(super) fn renew(&self, used: &HeaderValue) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(token) = current.as_ref() else { return true };
        if token.header != *used {
            return true;
        }
        let old = !token.at.is_within(limits::APNS_TOKEN_MIN_MS, self.clock.now());
        if old {
            *current = None;
        }
        old
    }

    fn signed(&self, key: Arc<EcKey>, now: Timestamp) -> Result<Token, String> {
        let header = json!({ "alg": "ES256", "kid": self.key_id });
        let claims = json!({ "iss": self.team_id, "iat": now.millis() / 1_000 });
        let token = key.sign(&header, &claims).ok_or("`apns.key` can't sign")?;
        let mut header = HeaderValue::try_from(format!("bearer {token}"))
            .map_err(|_| "`apns.key_id` and `apns.team_id` make no header")?;
        // So that no log shows it. It costs nothing: `h2` puts no `authorization` into its table.
        header.set_sensitive(true);
        Ok(Token { header, at: now, by: key })
    }
}
