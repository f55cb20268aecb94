//! The push services that subscriptions lead to: connections, token and pause of each.

use super::subscription::Endpoint;
use super::vapid::VapidKey;
use crate::clock::{Clock, Timestamp};
use crate::deliver::http2::{Pool, Target};
use crate::deliver::suspicion::Suspicion;
use crate::limits;
use http::HeaderValue;
use indexmap::IndexMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig;

/// One push service.
pub(super) struct Origin {
    /// `https://HOST`, with its port when it isn't 443.
    pub(super) name: String,
    pub(super) pool: Pool,
    pub(super) suspicion: Suspicion,
    token: Mutex<Option<Token>>,
    paused_until: AtomicI64,
}

struct Token {
    header: HeaderValue,
    until: Timestamp,
    by: Arc<VapidKey>,
}

/// All that were met lately. A handful serve all browsers; strangers may name others.
pub(super) struct Origins {
    known: Mutex<IndexMap<String, Arc<Origin>>>,
    tls: Arc<ClientConfig>,
    may_reach: fn(IpAddr) -> bool,
    clock: Clock,
}

impl Origins {
    pub(super) fn new(tls: Arc<ClientConfig>, may_reach: fn(IpAddr) -> bool, clock: Clock) -> Self {
        Self { known: Mutex::default(), tls, may_reach, clock }
    }

    /// The service of an endpoint.
    pub(super) fn of(&self, endpoint: &Endpoint) -> Arc<Origin> {
        let name = endpoint.origin();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(origin) = known.get(&name) {
            return Arc::clone(origin);
        }
        if known.len() >= limits::ORIGINS_KEPT {
            // Its connections end when what is on its way is answered.
            known.shift_remove_index(0);
        }
        let target = Target {
            host: endpoint.host.clone(),
            port: endpoint.port,
            tls: Arc::clone(&self.tls),
            may_reach: self.may_reach,
            connections_max: limits::ORIGIN_CONNECTIONS,
        };
        let origin = Arc::new(Origin {
            name: name.clone(),
            pool: Pool::new(target, self.clock.clone()),
            suspicion: Suspicion::default(),
            token: Mutex::new(None),
            paused_until: AtomicI64::new(0),
        });
        known.insert(name, Arc::clone(&origin));
        origin
    }
}

/// The push services of the browsers, by the ends of their hosts' names: Chrome's and Edge's on
/// Android, Firefox', Safari's, Edge's.
const WELL_KNOWN: [&str; 4] =
    ["fcm.googleapis.com", ".push.services.mozilla.com", ".push.apple.com", ".notify.windows.com"];

impl Origin {
    /// Whether it is the service of one of the browsers that everybody has.
    pub(super) fn is_well_known(&self) -> bool {
        let host = self.name.trim_start_matches("https://");
        WELL_KNOWN.iter().any(|known| match known.strip_prefix('.') {
            Some(_) => host.ends_with(known),
            None => host == *known,
        })
    }

    /// The token for this origin, signed anew when it ends soon or the key has changed.
    pub(super) fn token(
        &self,
        key: &Arc<VapidKey>,
        subject: &str,
        clock: &Clock,
    ) -> Option<HeaderValue> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = kept.as_ref().filter(|token| Arc::ptr_eq(&token.by, key))
            && clock.now() < token.until
        {
            return Some(token.header.clone());
        }
        let (header, until) = key.header(&self.name, subject, clock)?;
        *kept = Some(Token { header: header.clone(), until, by: Arc::clone(key) });
        Some(header)
    }

    pub(super) fn pause(&self, length: Duration, now: Timestamp) {
        let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        self.paused_until.fetch_max(now.plus_millis(millis).millis(), Ordering::Relaxed);
    }

    /// How long it still wants us to wait.
    pub(super) fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        let left = self.paused_until.load(Ordering::Relaxed).saturating_sub(now.millis());
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}
