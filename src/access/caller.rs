//! Somebody who asks: an API key, perhaps with a logged-in user, and what the two may do.

use super::bucket::Bucket;
use super::error::AccessError;
use crate::clock::Timestamp;
use crate::id::AppId;
use crate::model::{ChannelRule, KeyRecord, Role, Roles, UserToken};
use std::sync::{Arc, Mutex, PoisonError};

/// A key as it is in memory.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) record: KeyRecord,
    pub(super) hash: Vec<u8>,
    /// Shared with what this key was before a change, so that a change fills nothing.
    pub(super) bucket: Arc<Mutex<Bucket>>,
    pub(super) rate_per_s: Option<u32>,
}

/// Who asks, checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Caller {
    app: AppId,
    /// None by the domain form, which has no key.
    key: Option<Arc<Key>>,
    user: Option<Arc<UserToken>>,
}

impl Caller {
    pub(super) fn of_key(key: Arc<Key>) -> Self {
        Self { app: key.record.app.clone(), key: Some(key), user: None }
    }

    /// Whoever comes by the paths without id and key: may do what the messaging API has.
    pub fn without_key(app: AppId) -> Self {
        Self { app, key: None, user: None }
    }

    pub(super) fn with_user(self, user: UserToken) -> Self {
        Self { user: Some(Arc::new(user)), ..self }
    }

    /// The same key, with nobody logged in.
    #[must_use]
    pub fn logged_out(self) -> Self {
        Self { user: None, ..self }
    }

    /// The application that it speaks for.
    pub fn app(&self) -> &AppId {
        &self.app
    }

    /// The key; `None` by the domain form.
    pub(super) fn key(&self) -> Option<&KeyRecord> {
        self.key.as_ref().map(|key| &key.record)
    }

    /// The token of the logged-in user.
    pub(super) fn user(&self) -> Option<&UserToken> {
        self.user.as_deref()
    }

    /// The logged-in user.
    pub fn user_id(&self) -> Option<&str> {
        self.user.as_ref().map(|user| user.user_id.as_str())
    }

    /// Whether key or user has one of these roles, whatever the channel. None is needed when
    /// the list is empty.
    ///
    /// # Errors
    /// [`AccessError::Publish`] when it is about publishing, [`AccessError::Role`] otherwise.
    pub fn may(&self, roles: &'static [Role]) -> Result<(), AccessError> {
        if roles.is_empty() || roles.iter().any(|role| self.has(*role)) {
            return Ok(());
        }
        Err(refusal(roles, None))
    }

    /// Whether key or user may do this on that channel. What either is denied is denied.
    ///
    /// # Errors
    /// As [`Caller::may`], with the channel.
    pub fn may_on(&self, roles: &'static [Role], channel: &str) -> Result<(), AccessError> {
        let grants = self.grants();
        let granted = grants.iter().flatten().any(|(held, rule)| {
            roles.iter().any(|role| held.contains(*role)) && rule.allows(channel)
        });
        let denied = grants.iter().flatten().any(|(_, rule)| rule.denies(channel));
        if granted && !denied { Ok(()) } else { Err(refusal(roles, Some(channel))) }
    }

    /// Whether no rule about channels concerns this caller.
    pub fn is_free_of_rules(&self) -> bool {
        self.grants().iter().flatten().all(|(_, rule)| rule.is_open())
    }

    /// Counts one request.
    ///
    /// # Errors
    /// [`AccessError::TooMany`] when there were too many in the last second.
    pub fn count(&self, now: Timestamp) -> Result<(), AccessError> {
        let Some(key) = &self.key else { return Ok(()) };
        let Some(rate_per_s) = key.rate_per_s else { return Ok(()) };
        let mut bucket = key.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket
            .take(rate_per_s, now)
            .map_err(|after_ms| AccessError::TooMany { rate_per_s, after_ms })
    }

    fn has(&self, role: Role) -> bool {
        self.grants().iter().flatten().any(|(held, _)| held.contains(role))
    }

    fn grants(&self) -> [Option<(Roles, &ChannelRule)>; 2] {
        const OPEN: &ChannelRule = &ChannelRule { allow: Vec::new(), deny: Vec::new() };
        let key = match &self.key {
            Some(key) => (key.record.roles, &key.record.channels),
            None => (Roles::MESSAGING, OPEN),
        };
        [Some(key), self.user.as_ref().map(|user| (user.roles, &user.channels))]
    }
}

fn refusal(roles: &'static [Role], channel: Option<&str>) -> AccessError {
    let channel = channel.map(str::to_owned);
    if roles != [Role::Publish] {
        return AccessError::Role { roles, channel };
    }
    let why = match channel {
        Some(_) => "a rule of the key or the user forbids it; ask for a key for this channel",
        None => "neither the key nor the user has the role `publish`; use a key that has it",
    };
    AccessError::Publish { channel, why }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Key};
    use crate::access::bucket::Bucket;
    use crate::clock::Timestamp;
    use crate::id::AppId;
    use crate::model::{ChannelRule, KeyRecord, Role, Roles, UserToken};
    use std::sync::{Arc, Mutex};

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000)
    }

    fn rule(allow: &[&str], deny: &[&str]) -> ChannelRule {
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        ChannelRule { allow: owned(allow), deny: owned(deny) }
    }

    fn caller(roles: &[Role], channels: ChannelRule) -> Caller {
        let record = KeyRecord {
            id: "key_1".to_owned(),
            app: AppId::new("A"),
            name: "k".to_owned(),
            roles: Roles::of(roles),
            channels,
            rate_per_s: Some(1),
            expires_at: None,
            created_at: now(),
            version: 1,
        };
        let bucket = Arc::new(Mutex::new(Bucket::full(1, now())));
        Caller::of_key(Arc::new(Key { record, hash: Vec::new(), bucket, rate_per_s: Some(1) }))
    }

    fn user(roles: &[Role], channels: ChannelRule) -> UserToken {
        UserToken {
            id: "ut_1".to_owned(),
            app: AppId::new("A"),
            user_id: "ada".to_owned(),
            roles: Roles::of(roles),
            channels,
            expires_at: None,
            created_at: now(),
        }
    }

    #[test]
    fn a_user_adds_to_what_a_key_may_and_a_denial_of_either_stands() {
        let key = caller(&[Role::Read], rule(&[], &["staff"]));
        assert_eq!(key.may(&[Role::Publish]).unwrap_err().code(), "no-permission-to-publish");
        assert_eq!(key.may(&[Role::Admin]).unwrap_err().code(), "no-permission");
        key.may(&[Role::Publish, Role::Read]).unwrap();
        let both = key.with_user(user(&[Role::Publish], rule(&["news*", "staff"], &[])));
        both.may_on(&[Role::Publish], "news").unwrap();
        assert!(both.may_on(&[Role::Publish], "staff").is_err(), "the key denies it");
        assert!(both.may_on(&[Role::Publish], "sport").is_err(), "the user isn't allowed it");
        both.may_on(&[Role::Read], "sport").unwrap();
    }

    #[test]
    fn requests_are_counted_by_key() {
        let one = caller(&[Role::Read], rule(&[], &[]));
        one.count(now()).unwrap();
        assert_eq!(one.clone().count(now()).unwrap_err().code(), "too-many-requests");
        Caller::without_key(AppId::new("A")).count(now()).unwrap();
    }
}
