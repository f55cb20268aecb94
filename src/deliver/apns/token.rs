//! The token that says to APNs who we are (ES256): one for all connections.
//!
//! Apple refuses one that is older than an hour, and a new one more often than every 20 minutes.

use super::head::head;
use crate::clock::{Clock, Timestamp};
use crate::deliver::http2::Fields;
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
    authority: HeaderValue,
    clock: Clock,
    current: Mutex<Option<Token>>,
}

struct Token {
    /// The headers of all requests, `bearer …` among them.
    head: Arc<Fields>,
    at: Timestamp,
    by: Arc<EcKey>,
}

impl Tokens {
    pub(super) fn new(
        key: Watched<EcKey>,
        key_id: String,
        team_id: String,
        authority: HeaderValue,
        clock: Clock,
    ) -> Self {
        Self { key, key_id, team_id, authority, clock, current: Mutex::new(None) }
    }

    /// The headers to send with; the error is for the operator.
    pub(super) fn current(&self) -> Result<Arc<Fields>, String> {
        let key = self.key.get();
        let now = self.clock.now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = current.as_ref().filter(|token| Arc::ptr_eq(&token.by, &key))
            && token.at.is_within(limits::APNS_TOKEN_MS, now)
        {
            return Ok(Arc::clone(&token.head));
        }
        let token = self.signed(key, now)?;
        let head = Arc::clone(&token.head);
        *current = Some(token);
        Ok(head)
    }

    /// After Apple called `used` too old: whether there is another one to try now. There is none
    /// when it is young, for then it is a clock that is wrong.
    pub(super) fn renew(&self, used: &Arc<Fields>) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(token) = current.as_ref() else { return true };
        if !Arc::ptr_eq(&token.head, used) {
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
        let header = HeaderValue::try_from(format!("bearer {token}"))
            .map_err(|_| "`apns.key_id` and `apns.team_id` make no header")?;
        let head = Arc::new(head(&self.authority, Some(&header)));
        Ok(Token { head, at: now, by: key })
    }
}
