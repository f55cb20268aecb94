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
use std::sync::atomic::{AtomicU32, Ordering};
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
    /// "Too many" in a row.
    throttled: AtomicU32,
    pause: Mutex<Option<Pause>>,
}

/// Nothing is sent for so long.
#[derive(Clone, Copy)]
struct Pause {
    since: Timestamp,
    millis: i64,
}

struct Token {
    header: HeaderValue,
    at: Timestamp,
    by: Arc<VapidKey>,
}

impl Pause {
    /// Milliseconds; none when it is over, or the clock was set back since.
    fn left(self, now: Timestamp) -> i64 {
        if !self.since.is_within(self.millis, now) {
            return 0;
        }
        self.since.plus_millis(self.millis).millis().saturating_sub(now.millis())
    }
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

    /// The service of that name, if it was met before.
    pub(super) fn known(&self, name: &str) -> Option<Arc<Origin>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
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
            throttled: AtomicU32::new(0),
            pause: Mutex::new(None),
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
        let now = clock.now();
        // Replaced well before its end, for clocks that differ.
        if let Some(token) = kept.as_ref().filter(|token| Arc::ptr_eq(&token.by, key))
            && token.at.is_within(limits::VAPID_MS / 2, now)
        {
            return Some(token.header.clone());
        }
        let header = key.header(&self.name, subject, now)?;
        *kept = Some(Token { header: header.clone(), at: now, by: Arc::clone(key) });
        Some(header)
    }

    /// It answered something else than "too many".
    pub(super) fn took_one(&self) {
        if self.throttled.load(Ordering::Relaxed) != 0 {
            self.throttled.store(0, Ordering::Relaxed);
        }
    }

    /// It answered "too many". Once, that may be about one subscription; said to several in a
    /// row it is about us, and it is left alone for so long.
    pub(super) fn throttled(&self, length: Duration, now: Timestamp) {
        let run = self.throttled.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if run < limits::ORIGIN_THROTTLED_RUN {
            return;
        }
        let millis = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_none_or(|pause| pause.left(now) < millis) {
            *pause = Some(Pause { since: now, millis });
        }
    }

    /// How long it still wants us to wait.
    pub(super) fn pause_left(&self, now: Timestamp) -> Option<Duration> {
        if self.throttled.load(Ordering::Relaxed) < limits::ORIGIN_THROTTLED_RUN {
            return None;
        }
        let pause = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        let left = pause.map_or(0, |pause| pause.left(now));
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }
}
