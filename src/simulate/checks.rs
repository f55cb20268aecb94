//! Who may send: signed tokens, and the access tokens that were given out.

use super::keys::{Browser, Keys};
use crate::clock::Timestamp;
use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use indexmap::IndexMap;
use serde_json::Value;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who may send, and the tokens that were given out.
pub(super) struct Checks {
    pub(super) apns: Vec<u8>,
    pub(super) fcm: Vec<u8>,
    pub(super) browser: Browser,
    token_seconds: i64,
    /// Access tokens that were given, until when they are good.
    given: Mutex<IndexMap<String, Timestamp>>,
    /// Signed headers that were found good, until when.
    good: Mutex<IndexMap<Vec<u8>, Timestamp>>,
}

impl Checks {
    pub(super) fn new(keys: &Keys, token_seconds: i64) -> Self {
        Self {
            apns: keys.apns.clone(),
            fcm: keys.fcm.clone(),
            browser: keys.browser.clone(),
            token_seconds,
            given: Mutex::default(),
            good: Mutex::default(),
        }
    }

    /// Forgets all access tokens, as if Google had.
    pub(super) fn forget_tokens(&self) {
        lock(&self.given).clear();
    }

    pub(super) fn give(&self, now: Timestamp) -> String {
        let token = format!("simulated-{}", uuid::Uuid::new_v4());
        lock(&self.given).insert(token.clone(), now.plus_millis(self.token_seconds * 1_000));
        token
    }

    pub(super) fn is_given(&self, header: Option<&HeaderValue>, now: Timestamp) -> bool {
        let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
        let given = lock(&self.given);
        token.and_then(|token| given.get(token)).is_some_and(|until| now < *until)
    }

    /// Whether a header was found good before, or `check` finds it so until some time.
    pub(super) fn is_good(
        &self,
        header: Option<&HeaderValue>,
        now: Timestamp,
        check: impl FnOnce(&str) -> Option<Timestamp>,
    ) -> bool {
        let Some(header) = header else { return false };
        if let Some(until) = lock(&self.good).get(header.as_bytes()) {
            return now < *until;
        }
        let Some(until) = header.to_str().ok().and_then(check) else { return false };
        lock(&self.good).insert(header.as_bytes().to_vec(), until);
        now < until
    }
}

/// The claims of a token that is signed by that key.
pub(super) fn verified(
    token: &str,
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    UnparsedPublicKey::new(algorithm, key).verify(signed.as_bytes(), &signature).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    serde_json::from_slice(&claims).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
