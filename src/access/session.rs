//! Signing in at the web page: a one-time link becomes a session, which may do what the admin
//! token may. Links and sessions are kept as SHA-256.

use super::secret::{hash, random_token, same};
use super::{AccessError, Gate};
use crate::clock::Timestamp;
use crate::limits;

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// What the browser keeps in a cookie.
    pub secret: String,
    /// What its page sends with everything that changes something. A page of another origin
    /// can make a browser send the cookie, and can't know this.
    pub csrf_token: String,
    /// When it is over.
    pub expires_at: Timestamp,
}

/// A link to sign in with, which works once.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// What is sent to sign in.
    pub token: String,
    /// When it is over.
    pub expires_at: Timestamp,
}

impl Session {
    fn of(secret: String, expires_at: Timestamp) -> Self {
        let csrf_token = csrf_token(&secret);
        Self { secret, csrf_token, expires_at }
    }

    /// Whether this is the session's token. Takes the same time for any text of its length.
    pub fn has_token(&self, token: &str) -> bool {
        same(token.as_bytes(), self.csrf_token.as_bytes())
    }
}

/// Made from the secret, so that nothing more is kept; the secret can't be told from it.
fn csrf_token(secret: &str) -> String {
    use std::fmt::Write;
    hash(&format!("csrf:{secret}")).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Gate {
    /// Makes a one-time link.
    ///
    /// # Errors
    /// [`AccessError::Random`], the store's.
    pub async fn make_link(&self) -> Result<Link, AccessError> {
        let (token, now) = (random_token()?, self.clock.now());
        let expires_at = now.plus_millis(limits::LINK_MS);
        self.store.add_link(hash(&token), expires_at, now).await?;
        Ok(Link { token, expires_at })
    }

    /// Uses a link up; gives the session that comes of it.
    ///
    /// # Errors
    /// [`AccessError::Link`] when it was used before or is over; [`AccessError::Random`], the
    /// store's.
    pub async fn sign_in(&self, token: &str) -> Result<Session, AccessError> {
        let (secret, now) = (random_token()?, self.clock.now());
        let expires_at = now.plus_millis(limits::SESSION_MS);
        if !self.store.redeem_link(hash(token), hash(&secret), expires_at, now).await? {
            return Err(AccessError::Link);
        }
        Ok(Session::of(secret, expires_at))
    }

    /// Who has this cookie; none when it is unknown or over.
    ///
    /// # Errors
    /// The store's.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, AccessError> {
        let end = self.store.session(hash(secret), self.clock.now()).await?;
        Ok(end.map(|end| Session::of(secret.to_owned(), end)))
    }

    /// Ends a session at once.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, session: &Session) -> Result<(), AccessError> {
        Ok(self.store.end_session(hash(&session.secret)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::Session;
    use crate::clock::Timestamp;

    #[test]
    fn a_session_knows_its_own_token_only() {
        let session = |secret: &str| Session::of(secret.to_owned(), Timestamp::from_millis(0));
        let (one, other) = (session("one"), session("other"));
        assert!(one.has_token(&one.csrf_token));
        for token in ["", "one", other.csrf_token.as_str()] {
            assert!(!one.has_token(token), "{token}");
        }
        assert!(!one.csrf_token.contains("one"));
    }
}
