//! Making, changing and removing applications, keys and user tokens. Each change is in
//! force everywhere in this server when the call returns.

use super::Gate;
use super::error::AccessError;
use super::secret::{hash, random_token, random_uuid};
use crate::clock::Timestamp;
use crate::id::{AppId, fresh_uuid};
use crate::limits;
use crate::model::{AppRecord, ChannelRule, KeyRecord, Role, Roles, UserToken};
use crate::store::{Changed, Made, Once, StoreError};

/// What a new or changed key is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDraft {
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// On which channels.
    pub channels: ChannelRule,
    /// Requests a second; `None` takes the server's setting.
    pub rate_per_s: Option<u32>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// What a new user token is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDraft {
    /// Whose it is.
    pub user_id: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// On which channels.
    pub channels: ChannelRule,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
}

/// Something with its secret, which is shown this once.
#[derive(Clone, PartialEq, Eq)]
pub struct Shown<T> {
    /// What was made.
    pub record: T,
    /// Its secret; `None` when the same request made it before, and has shown it then.
    pub secret: Option<String>,
}

impl Gate {
    /// Makes an application; a repeated `once` gives the one it made. Returns whether it is
    /// new.
    ///
    /// # Errors
    /// [`AccessError::Field`], [`AccessError::KeyReused`], the store's.
    pub async fn create_app(
        &self,
        name: &str,
        once: Option<Once>,
    ) -> Result<(AppRecord, bool), AccessError> {
        let name = checked_name("name", name)?;
        let _one = self.changing.lock().await;
        let now = self.clock.now();
        // By time, so that a list is in the order they were made; an id is no secret.
        let id = AppId::new(fresh_uuid(now));
        let record = AppRecord { id, name, created_at: now, version: 1 };
        match self.store.add_app(record.clone(), once).await? {
            Made::New => {
                self.reload().await?;
                Ok((record, true))
            }
            Made::Before(id) => {
                let app = self.app(&AppId::new(&id));
                Ok((app.ok_or_else(|| unknown("app", &id))?, false))
            }
            Made::Clash => Err(AccessError::KeyReused),
        }
    }

    /// Renames an application that is of `version`; `None` takes any.
    ///
    /// # Errors
    /// [`AccessError::Unknown`], [`AccessError::Stale`], [`AccessError::Field`], the store's.
    pub async fn rename_app(
        &self,
        id: &AppId,
        name: &str,
        version: Option<u64>,
    ) -> Result<AppRecord, AccessError> {
        let name = checked_name("name", name)?;
        let _one = self.changing.lock().await;
        let changed = self.store.rename_app(id, name, version).await?;
        let record = done(changed, "app", id.as_str())?;
        self.reload().await?;
        Ok(record)
    }

    /// Removes an application: from now on nobody is let in, and nothing it scheduled is
    /// sent. What it held is deleted by [`Gate::purge`].
    ///
    /// # Errors
    /// [`AccessError::FirstApp`], [`AccessError::Unknown`], [`AccessError::Stale`], the
    /// store's.
    pub async fn remove_app(&self, id: &AppId, version: Option<u64>) -> Result<(), AccessError> {
        if self.first_app().is_some_and(|first| first.id == *id) {
            return Err(AccessError::FirstApp);
        }
        let changing = self.changing.lock().await;
        let changed = self.store.remove_app(id, version, self.clock.now()).await?;
        done(changed, "app", id.as_str())?;
        self.reload().await?;
        drop(changing);
        Ok(self.store.cancel_all(id).await?)
    }

    /// Deletes what removed applications held. May take long, and may be stopped.
    pub async fn purge(&self) -> Result<(), StoreError> {
        self.store.purge().await
    }

    /// A key of an application.
    ///
    /// # Errors
    /// [`AccessError::Unknown`].
    pub fn key(&self, app: &AppId, id: &str) -> Result<KeyRecord, AccessError> {
        let keys = self.keys(app).ok_or_else(|| unknown("app", app.as_str()))?;
        keys.into_iter().find(|key| key.id == id).ok_or_else(|| unknown("key", id))
    }

    /// Makes a key. Its secret is in the answer, and nowhere else.
    ///
    /// # Errors
    /// As [`Gate::create_app`]; [`AccessError::Unknown`] when there is no such application.
    pub async fn create_key(
        &self,
        app: &AppId,
        draft: KeyDraft,
        once: Option<Once>,
    ) -> Result<Shown<KeyRecord>, AccessError> {
        let draft = self.checked(draft)?;
        let _one = self.changing.lock().await;
        let now = self.clock.now();
        let record = KeyRecord {
            id: fresh_id("key", now),
            app: app.clone(),
            name: draft.name,
            roles: Roles::of(&draft.roles),
            channels: draft.channels,
            rate_per_s: draft.rate_per_s,
            expires_at: draft.expires_at,
            created_at: now,
            version: 1,
        };
        let secret = random_uuid();
        let made = self.store.add_key(record.clone(), hash(&secret), once).await?;
        match done(made, "app", app.as_str())? {
            Made::New => {
                self.reload().await?;
                Ok(Shown { record, secret: Some(secret) })
            }
            Made::Before(id) => Ok(Shown { record: self.key(app, &id)?, secret: None }),
            Made::Clash => Err(AccessError::KeyReused),
        }
    }

    /// Changes what a key of `version` may do; its secret stays.
    ///
    /// # Errors
    /// [`AccessError::Unknown`], [`AccessError::Stale`], [`AccessError::Field`], the store's.
    pub async fn change_key(
        &self,
        app: &AppId,
        id: &str,
        draft: KeyDraft,
        version: Option<u64>,
    ) -> Result<KeyRecord, AccessError> {
        let draft = self.checked(draft)?;
        let _one = self.changing.lock().await;
        let record = KeyRecord {
            name: draft.name,
            roles: Roles::of(&draft.roles),
            channels: draft.channels,
            rate_per_s: draft.rate_per_s,
            expires_at: draft.expires_at,
            ..self.key(app, id)?
        };
        let changed = self.store.change_key(record, None, version).await?;
        let record = done(changed, "key", id)?;
        self.reload().await?;
        Ok(record)
    }

    /// Gives a key a new secret; the old one is refused from now on.
    ///
    /// # Errors
    /// As [`Gate::change_key`].
    pub async fn rotate_key(
        &self,
        app: &AppId,
        id: &str,
        version: Option<u64>,
    ) -> Result<Shown<KeyRecord>, AccessError> {
        let _one = self.changing.lock().await;
        let secret = random_uuid();
        let key = self.key(app, id)?;
        let changed = self.store.change_key(key, Some(hash(&secret)), version).await?;
        let record = done(changed, "key", id)?;
        self.reload().await?;
        Ok(Shown { record, secret: Some(secret) })
    }

    /// Revokes a key: it is refused from now on, and forgotten.
    ///
    /// # Errors
    /// [`AccessError::Unknown`], the store's.
    pub async fn revoke_key(&self, app: &AppId, id: &str) -> Result<(), AccessError> {
        let _one = self.changing.lock().await;
        if !self.store.delete_key(app, id).await? {
            return Err(unknown("key", id));
        }
        Ok(self.reload().await?)
    }

    /// Makes a user token. It is in the answer, and nowhere else.
    ///
    /// # Errors
    /// As [`Gate::create_key`].
    pub async fn create_user_token(
        &self,
        app: &AppId,
        draft: TokenDraft,
        once: Option<Once>,
    ) -> Result<Shown<UserToken>, AccessError> {
        let now = self.clock.now();
        check_grant(&draft.roles, &draft.channels, draft.expires_at, now)?;
        if draft.roles.contains(&Role::Admin) {
            let problem = "holds `admin`, which users can't be; make a key with that role";
            return Err(field("roles", problem));
        }
        let record = UserToken {
            id: fresh_id("ut", now),
            app: app.clone(),
            user_id: checked_name("userId", &draft.user_id)?,
            roles: Roles::of(&draft.roles),
            channels: draft.channels,
            expires_at: draft.expires_at,
            created_at: now,
        };
        let secret = random_token()?;
        let made = self.store.add_user_token(record.clone(), hash(&secret), once).await?;
        match done(made, "app", app.as_str())? {
            Made::New => Ok(Shown { record, secret: Some(secret) }),
            Made::Before(id) => {
                let found = self.store.user_token(app, &id).await?;
                let record = found.ok_or_else(|| unknown("user token", &id))?;
                Ok(Shown { record, secret: None })
            }
            Made::Clash => Err(AccessError::KeyReused),
        }
    }

    /// A page of an application's user tokens, by id, after the id `after`.
    pub async fn user_tokens(
        &self,
        app: &AppId,
        after: String,
        size: usize,
    ) -> Result<Vec<UserToken>, AccessError> {
        Ok(self.store.user_tokens(app, after, size).await?)
    }

    /// Revokes a user token: it is refused from now on, and forgotten.
    ///
    /// # Errors
    /// [`AccessError::Unknown`], the store's.
    pub async fn revoke_user_token(&self, app: &AppId, id: &str) -> Result<(), AccessError> {
        if self.store.delete_user_token(app, id).await? {
            self.changed.send_modify(|count| *count += 1);
            return Ok(());
        }
        Err(unknown("user token", id))
    }

    fn checked(&self, draft: KeyDraft) -> Result<KeyDraft, AccessError> {
        check_grant(&draft.roles, &draft.channels, draft.expires_at, self.clock.now())?;
        let fits = |rate| (1..=limits::RATE_MAX_PER_S).contains(&rate);
        if !draft.rate_per_s.is_none_or(fits) {
            return Err(field("ratePerSecond", "must lie between 1 and 1000000"));
        }
        Ok(KeyDraft { name: checked_name("name", &draft.name)?, ..draft })
    }
}

/// Something's id, `PREFIX_…`; ids sort by the time they were made at.
pub(super) fn fresh_id(prefix: &str, now: Timestamp) -> String {
    format!("{prefix}_{}", fresh_uuid(now).replace('-', "").to_lowercase())
}

fn check_grant(
    roles: &[Role],
    channels: &ChannelRule,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), AccessError> {
    if roles.is_empty() {
        return Err(field(
            "roles",
            "is empty; name one or more of publish, subscribe, register, \
                          read and admin",
        ));
    }
    for (name, list) in [("channels.allow", &channels.allow), ("channels.deny", &channels.deny)] {
        if list.len() > limits::CHANNEL_PATTERNS_MAX {
            return Err(field(name, "holds more than 100 patterns; use `*` in fewer"));
        }
        if list.iter().any(|text| text.is_empty() || text.len() > limits::CHANNEL_BYTES_MAX) {
            return Err(field(name, "holds a pattern that is empty or longer than 200 bytes"));
        }
    }
    if expires_at.is_some_and(|end| end <= now) {
        return Err(field(
            "expiresAt",
            "is over; use a later time in milliseconds since 1970, or \
                          leave it out",
        ));
    }
    Ok(())
}

fn checked_name(name: &'static str, text: &str) -> Result<String, AccessError> {
    let text = text.trim();
    if text.is_empty() || text.len() > limits::NAME_BYTES_MAX || text.chars().any(char::is_control)
    {
        return Err(field(name, "must be a text of 1 to 200 bytes without control characters"));
    }
    Ok(text.to_owned())
}

fn done<T>(changed: Changed<T>, kind: &'static str, id: &str) -> Result<T, AccessError> {
    match changed {
        Changed::Done(now) => Ok(now),
        Changed::Missing => Err(unknown(kind, id)),
        Changed::Stale(version) => Err(AccessError::Stale { version }),
    }
}

fn unknown(kind: &'static str, id: &str) -> AccessError {
    AccessError::Unknown { kind, id: id.chars().take(100).collect() }
}

fn field(field: &'static str, problem: &str) -> AccessError {
    AccessError::Field { field, problem: problem.to_owned() }
}
