//! Why somebody may not do something, or what they wanted to keep can't be.

use crate::diag::{Sentence, say};
use crate::model::Role;
use crate::store::StoreError;

/// Why a request is refused before it is looked at.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No such application, or no such key of it. Which of the two isn't told.
    #[error(
        "the application id or API key is wrong, or the key has been revoked or is over; the first \
         key is in `client.json` in the data folder, others are made with `blockcast keys create`"
    )]
    Credentials,
    /// No such admin token or admin key.
    #[error("{}", admin_credentials().english())]
    AdminCredentials,
    /// The link to sign in with was used before, or is over.
    #[error("{}", link().english())]
    Link,
    /// A page that is signed in didn't say so itself.
    #[error("{}", csrf().english())]
    Csrf,
    /// The user token is unknown or over.
    #[error("the user token is unknown or over; log in again, or leave `user-token` out")]
    UserToken,
    /// The key may not publish (there).
    #[error("no permission to publish{}: {why}", on(channel.as_deref()))]
    Publish {
        /// The channel, when it is because of it.
        channel: Option<String>,
        /// What is missing.
        why: &'static str,
    },
    /// The key may not do that (there).
    #[error("no permission{}: neither the key nor the user has the role {}{}",
        on(channel.as_deref()), names(roles), there(channel.as_deref()))]
    Role {
        /// Any of these would do.
        roles: &'static [Role],
        /// The channel, when it is because of it.
        channel: Option<String>,
    },
    /// An admin key is for its own application.
    #[error("this key is no admin of that application; use the admin token, or that app's own key")]
    OtherApp,
    /// Only the operator may do that.
    #[error("only the admin token may do this; keys with the role `admin` are for one application")]
    OperatorOnly,
    /// Too many requests with this key.
    #[error(
        "more than {rate_per_s} requests a second with this key; see `retry-after`, or ask for a key \
         with a higher rate"
    )]
    TooMany {
        /// The key's rate.
        rate_per_s: u32,
        /// When the next may come.
        after_ms: u64,
    },
    /// Something that is to be kept can't be.
    #[error("`{field}` {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong and how to mend it.
        problem: String,
    },
    /// Nothing of that kind and id.
    #[error("there is no {kind} `{id}`; list them to see those that are there")]
    Unknown {
        /// What it would be.
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody else was faster.
    #[error(
        "it was changed by somebody else: it is of version {version} now; read it again, then change \
         it"
    )]
    Stale {
        /// The version it is of.
        version: u64,
    },
    /// Another request had this idempotency key.
    #[error("this `Idempotency-Key` was used for another request; use a new one")]
    KeyReused,
    /// The application that the server can't do without.
    #[error(
        "the first application can't be removed: paths without id and key, and command lines on \
         this machine, speak for it; revoke its keys instead"
    )]
    FirstApp,
    /// A credential given for the first start can't be used.
    #[error("`{variable}` {problem}; set it to another text, or leave it out to have one made")]
    Credential {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// The machine gave no random bytes.
    #[error("the system gave no random bytes; check `/dev/urandom`")]
    Random,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn admin_credentials() -> Sentence {
    say!(
        "the admin token is missing or wrong; send `Authorization: Bearer TOKEN` with the token that \
         was printed at the first start, or a key that has the role `admin`"
    )
}

fn link() -> Sentence {
    say!(
        "the link was used before or is over; make another with `blockcast link`, it works once and \
         for a quarter of an hour"
    )
}

fn csrf() -> Sentence {
    say!(
        "the request has a session's cookie and not its token; send `x-csrf-token` with the \
         `csrfToken` that `GET /api/session` answers, from a page of this server"
    )
}

impl AccessError {
    /// What is wrong, and how to mend it; what no page shows is English only.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::AdminCredentials => admin_credentials(),
            Self::Link => link(),
            Self::Csrf => csrf(),
            other => other.to_string().into(),
        }
    }

    /// The reason's stable word.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::AdminCredentials => "admin-credentials",
            Self::UserToken => "user-token",
            Self::Link => "sign-in-link",
            Self::Csrf => "csrf",
            Self::Publish { .. } => "no-permission-to-publish",
            Self::Role { .. } | Self::OtherApp | Self::OperatorOnly => "no-permission",
            Self::TooMany { .. } => "too-many-requests",
            Self::Field { .. } => "admin-field",
            Self::Unknown { .. } => "admin-unknown",
            Self::Stale { .. } => "version-stale",
            Self::KeyReused => "idempotency-key-reused",
            Self::FirstApp => "first-app",
            Self::Credential { .. } => "admin-field",
            Self::Random => "store",
            Self::Store(StoreError::Full { .. }) => "full",
            Self::Store(_) => "store",
        }
    }
}

fn on(channel: Option<&str>) -> String {
    channel.map_or_else(String::new, |channel| format!(" on channel `{channel}`"))
}

fn there(channel: Option<&str>) -> &'static str {
    channel.map_or("", |_| " there, or a rule forbids the channel")
}

fn names(roles: &[Role]) -> String {
    let names: Vec<_> = roles.iter().map(|role| format!("`{}`", role.name())).collect();
    names.join(" or ")
}
