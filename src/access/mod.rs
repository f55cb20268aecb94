//! Who may do what: applications, API keys, user tokens, and how often.
//!
//! The [`Gate`] has all applications and keys in memory and is asked on every request; a
//! change is in force when the call that made it returns. User tokens can be many and are
//! looked up in the store. HTTP lives in [`crate::server`].

mod bucket;
mod caller;
mod error;
mod manage;
mod secret;
mod session;

pub use caller::Caller;
pub use error::AccessError;
pub use manage::{KeyDraft, Shown, TokenDraft};
pub use secret::{first_credentials, hash};
pub use session::{Link, Session};

use crate::clock::Clock;
use crate::id::AppId;
use crate::model::{AppRecord, Credentials, KeyRecord, Role, Roles};
use crate::store::{Store, StoreError};
use bucket::Bucket;
use caller::Key;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::watch;

/// Knows every application and key. Cheap to clone; all clones know the same.
#[derive(Clone)]
pub struct Gate {
    store: Store,
    clock: Clock,
    /// Requests a second of a key that has no rate of its own; `None` is without limit.
    rate_per_s: Option<u32>,
    directory: Arc<RwLock<Directory>>,
    /// One change at a time: otherwise the older of two could be read last.
    changing: Arc<tokio::sync::Mutex<()>>,
    changed: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Directory {
    operator: Vec<u8>,
    first: Option<AppId>,
    apps: BTreeMap<AppId, Tenancy>,
}

struct Tenancy {
    record: AppRecord,
    keys: Vec<Arc<Key>>,
}

/// Who uses the admin API.
#[derive(Clone, Debug)]
pub enum Admin {
    /// Whoever has the admin token: everything.
    Operator,
    /// A key with the role `admin`: its own application.
    Key(Caller),
}

impl Gate {
    /// Reads applications and keys from the store; the first start makes the first ones
    /// of these credentials.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        store: Store,
        clock: Clock,
        rate_per_s: Option<u32>,
    ) -> Result<Self, StoreError> {
        let gate = Self {
            store,
            clock,
            rate_per_s,
            directory: Arc::default(),
            changing: Arc::default(),
            changed: Arc::new(watch::Sender::new(0)),
        };
        gate.reload().await?;
        Ok(gate)
    }

    /// Makes the first application, its key and the admin token.
    pub async fn found(&self, credentials: &Credentials) -> Result<(), StoreError> {
        let now = self.clock.now();
        let app = AppRecord {
            id: credentials.app_id.clone(),
            name: "default".to_owned(),
            created_at: now,
            version: 1,
        };
        let key = KeyRecord {
            id: manage::fresh_id("key", now),
            app: credentials.app_id.clone(),
            name: "default".to_owned(),
            roles: Roles::MESSAGING,
            channels: crate::model::ChannelRule::default(),
            rate_per_s: None,
            expires_at: None,
            created_at: now,
            version: 1,
        };
        let (key_hash, token_hash) = (hash(&credentials.api_key), hash(&credentials.admin_token));
        self.store.add_first_app(app, key, key_hash, token_hash).await?;
        self.reload().await
    }

    /// The first application; `None` in a new store.
    pub fn first_app(&self) -> Option<AppRecord> {
        let directory = self.read();
        directory.apps.get(directory.first.as_ref()?).map(|tenancy| tenancy.record.clone())
    }

    /// The application of that id.
    pub fn app(&self, id: &AppId) -> Option<AppRecord> {
        self.read().apps.get(id).map(|tenancy| tenancy.record.clone())
    }

    /// Every application, by id.
    pub fn apps(&self) -> Vec<AppRecord> {
        self.read().apps.values().map(|tenancy| tenancy.record.clone()).collect()
    }

    /// An application's keys, by id; `None` when there is no such application.
    pub fn keys(&self, app: &AppId) -> Option<Vec<KeyRecord>> {
        let directory = self.read();
        let keys = &directory.apps.get(app)?.keys;
        Some(keys.iter().map(|key| key.record.clone()).collect())
    }

    /// Who has this key of this application. Takes as long for a key that is nearly right as
    /// for any other.
    ///
    /// # Errors
    /// [`AccessError::Credentials`].
    pub fn caller(&self, app: &str, secret: &str) -> Result<Caller, AccessError> {
        let hashed = hash(secret);
        let directory = self.read();
        let keys = directory.apps.get(&AppId::new(app)).map(|tenancy| tenancy.keys.as_slice());
        self.holder(keys.unwrap_or_default(), &hashed).ok_or(AccessError::Credentials)
    }

    /// The same with the user who is logged in.
    ///
    /// # Errors
    /// [`AccessError::UserToken`] when the token is unknown or over; the store's.
    pub async fn with_user(&self, caller: Caller, token: &str) -> Result<Caller, AccessError> {
        let hashed = hash(token);
        let found = self.store.user_token_by_hash(caller.app(), hashed.clone()).await?;
        let now = self.clock.now();
        match found {
            Some((user, kept))
                if secret::same(&hashed, &kept) && user.expires_at.is_none_or(|end| end > now) =>
            {
                Ok(caller.with_user(user))
            }
            _ => Err(AccessError::UserToken),
        }
    }

    /// Who has this admin token, or this key with the role `admin`.
    ///
    /// # Errors
    /// [`AccessError::AdminCredentials`].
    pub fn admin(&self, secret: &str) -> Result<Admin, AccessError> {
        let hashed = hash(secret);
        let directory = self.read();
        if secret::same(&hashed, &directory.operator) {
            return Ok(Admin::Operator);
        }
        let mut found = None;
        for tenancy in directory.apps.values() {
            found = found.or(self.holder(&tenancy.keys, &hashed));
        }
        match found {
            Some(caller) if caller.may(&[Role::Admin]).is_ok() => Ok(Admin::Key(caller)),
            Some(_) => Err(AccessError::Role { roles: &[Role::Admin], channel: None }),
            None => Err(AccessError::AdminCredentials),
        }
    }

    /// Whether somebody who was let in would be let in now, with the same rights: for
    /// streams that stay open.
    pub async fn still_knows(&self, caller: &Caller) -> bool {
        if !self.still_has_key(caller) {
            return false;
        }
        let Some(user) = caller.user() else { return true };
        let kept = self.store.user_token(caller.app(), &user.id).await;
        let now = self.clock.now();
        kept.is_ok_and(|kept| kept.is_some()) && user.expires_at.is_none_or(|end| end > now)
    }

    fn still_has_key(&self, caller: &Caller) -> bool {
        let directory = self.read();
        let Some(tenancy) = directory.apps.get(caller.app()) else { return false };
        let now = self.clock.now();
        caller.key().is_none_or(|held| {
            let same = |key: &KeyRecord| key.id == held.id && key.version == held.version;
            tenancy.keys.iter().any(|key| same(&key.record) && is_valid(&key.record, now))
        })
    }

    /// Changes whenever applications, keys or user tokens do.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Compares with every key, so that the time tells nothing of which one it was.
    fn holder(&self, keys: &[Arc<Key>], hashed: &[u8]) -> Option<Caller> {
        let now = self.clock.now();
        let mut found = None;
        for key in keys {
            if secret::same(hashed, &key.hash) && is_valid(&key.record, now) {
                found = Some(Arc::clone(key));
            }
        }
        found.map(Caller::of_key)
    }

    /// Takes over what the store has now.
    async fn reload(&self) -> Result<(), StoreError> {
        let operator = self.store.operator_hash().await?.unwrap_or_default();
        let records = self.store.apps().await?;
        let keys = self.store.keys().await?;
        let now = self.clock.now();
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = Directory {
            operator,
            first: records.first().map(|app| app.id.clone()),
            apps: records
                .into_iter()
                .map(|record| (record.id.clone(), Tenancy { record, keys: Vec::new() }))
                .collect(),
        };
        for (record, hash) in keys {
            let rate_per_s = record.rate_per_s.or(self.rate_per_s);
            let known = directory.apps.get(&record.app).map(|tenancy| tenancy.keys.as_slice());
            let known = known.unwrap_or_default().iter().find(|key| key.record.id == record.id);
            let bucket = match known {
                Some(key) if key.rate_per_s == rate_per_s => Arc::clone(&key.bucket),
                _ => Arc::new(Mutex::new(Bucket::full(rate_per_s.unwrap_or_default(), now))),
            };
            if let Some(tenancy) = fresh.apps.get_mut(&record.app) {
                tenancy.keys.push(Arc::new(Key { record, hash, bucket, rate_per_s }));
            }
        }
        *directory = fresh;
        drop(directory);
        self.changed.send_modify(|count| *count += 1);
        Ok(())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Directory> {
        self.directory.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_valid(key: &KeyRecord, now: crate::clock::Timestamp) -> bool {
    key.expires_at.is_none_or(|end| end > now)
}
