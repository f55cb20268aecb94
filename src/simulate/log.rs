//! What came in: amounts, counts by token, and the latest requests whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 16;
const SERVICES: [&str; 4] = ["apns", "fcm", "webpush", "oauth"];
/// Below this a kind of answer is an HTTP status, from here on one of [`FAULTS`].
const STATUSES: usize = 600;
const FAULTS: [&str; 5] = ["reset", "refused", "goaway", "cut", "stall"];
const KINDS: usize = STATUSES + FAULTS.len();

/// How a request was answered.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answered {
    /// With this HTTP status.
    Status(u16),
    /// Not at all, by this one of [`FAULTS`].
    Fault(&'static str),
}

/// Where the amount of such answers is counted.
fn place(service: &str, how: Answered) -> Option<usize> {
    let service = SERVICES.iter().position(|known| *known == service)?;
    let kind = match how {
        Answered::Status(status) => usize::from(status).min(STATUSES - 1),
        Answered::Fault(name) => STATUSES + FAULTS.iter().position(|known| *known == name)?,
    };
    Some(service * KINDS + kind)
}

/// All that came in.
pub(super) struct Log {
    shards: Vec<Mutex<IndexMap<Box<str>, Count>>>,
    hasher: RandomState,
    /// Answers by service and kind, see [`place`].
    answers: Vec<AtomicU64>,
    kept: Mutex<VecDeque<Kept>>,
    keep: usize,
}

/// What came for one token.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Count {
    /// Requests.
    pub(super) requests: u32,
    /// Those that were taken, whether or not their answer got through.
    pub(super) accepted: u32,
    /// Those taken with the same collapse id as the first, the first included.
    pub(super) same_collapse_id: u32,
    /// The same of `apns-id`.
    pub(super) same_apns_id: u32,
    #[serde(skip)]
    first: Ids,
}

/// Hashes of the ids that a message for a token was taken with.
#[derive(Clone, Copy, Debug, Default)]
struct Ids {
    collapse: u64,
    apns: u64,
}

/// One request.
#[derive(Clone, Serialize)]
pub(super) struct Kept {
    /// `apns`, `fcm` or `webpush`.
    pub(super) service: &'static str,
    pub(super) token: String,
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    /// Base64 of the body.
    body: String,
    /// The body as JSON: decrypted, for Web Push to a subscription of the simulator's.
    json: Value,
}

impl Kept {
    pub(super) fn new(
        service: &'static str,
        token: &str,
        path: &str,
        headers: &HeaderMap,
        body: &[u8],
        plain: Option<&[u8]>,
    ) -> Self {
        let text =
            |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            service,
            token: token.to_owned(),
            path: path.to_owned(),
            headers: headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: STANDARD.encode(body),
            json: serde_json::from_slice(plain.unwrap_or(body)).unwrap_or_default(),
        }
    }
}

impl Log {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            answers: (0..SERVICES.len() * KINDS).map(|_| AtomicU64::new(0)).collect(),
            kept: Mutex::default(),
            keep,
        }
    }

    /// Notes a request; gives how many there were for the token, this one included.
    pub(super) fn request(&self, token: &str) -> u32 {
        self.count(token, |count| {
            count.requests += 1;
            count.requests
        })
    }

    /// Notes that it was taken, with its collapse id and its `apns-id`.
    pub(super) fn accepted(&self, token: &str, collapse_id: &[u8], apns_id: &[u8]) {
        let ids = Ids {
            collapse: self.hasher.hash_one(collapse_id),
            apns: self.hasher.hash_one(apns_id),
        };
        self.count(token, |count| {
            if count.accepted == 0 {
                count.first = ids;
            }
            count.accepted += 1;
            count.same_collapse_id += u32::from(count.first.collapse == ids.collapse);
            count.same_apns_id += u32::from(count.first.apns == ids.apns);
        });
    }

    /// Notes how it was answered.
    pub(super) fn answered(&self, service: &'static str, how: Answered) {
        if let Some(count) = place(service, how).and_then(|place| self.answers.get(place)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The amounts of each service's answers that there were.
    fn answers(&self) -> BTreeMap<&'static str, BTreeMap<String, u64>> {
        let mut found: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (index, count) in self.answers.iter().enumerate() {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                let kind = index % KINDS;
                let name = match kind.checked_sub(STATUSES) {
                    None => kind.to_string(),
                    Some(fault) => FAULTS[fault].to_owned(),
                };
                found.entry(SERVICES[index / KINDS]).or_default().insert(name, count);
            }
        }
        found
    }

    pub(super) fn keeps(&self) -> bool {
        self.keep > 0
    }

    pub(super) fn keep(&self, request: Kept) {
        let mut kept = lock(&self.kept);
        if kept.len() >= self.keep {
            kept.pop_front();
        }
        kept.push_back(request);
    }

    /// The requests kept for a token, oldest first; for an empty one, all.
    pub(super) fn kept(&self, token: &str) -> Vec<Kept> {
        lock(&self.kept)
            .iter()
            .filter(|kept| token.is_empty() || kept.token == token)
            .cloned()
            .collect()
    }

    pub(super) fn clear(&self) {
        self.shards.iter().for_each(|shard| lock(shard).clear());
        self.answers.iter().for_each(|count| count.store(0, Ordering::Relaxed));
        lock(&self.kept).clear();
    }

    /// Amounts over all tokens.
    pub(super) fn stats(&self) -> Value {
        let (mut tokens, mut requests, mut accepted) = (0_u64, 0_u64, 0_u64);
        let (mut reached, mut repeated, mut replaced) = (0_u64, 0_u64, 0_u64);
        self.each(|_, count| {
            tokens += 1;
            requests += u64::from(count.requests);
            accepted += u64::from(count.accepted);
            reached += u64::from(count.accepted > 0);
            repeated += u64::from(count.accepted.saturating_sub(1));
            replaced += u64::from(count.same_collapse_id.saturating_sub(1));
        });
        json!({
            "tokens": tokens,
            "requests": requests,
            "accepted": accepted,
            "reachedTokens": reached,
            "repeats": repeated,
            "repeatsWithTheSameCollapseId": replaced,
            "answers": self.answers(),
        })
    }

    /// Looks at each token and its count.
    pub(super) fn each(&self, mut look: impl FnMut(&str, &Count)) {
        for shard in &self.shards {
            for (token, count) in lock(shard).iter() {
                look(token, count);
            }
        }
    }

    fn count<T>(&self, token: &str, change: impl FnOnce(&mut Count) -> T) -> T {
        let hash = self.hasher.hash_one(token);
        let place = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        let mut shard = lock(&self.shards[place]);
        match shard.get_mut(token) {
            Some(count) => change(count),
            None => change(shard.entry(token.into()).or_default()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
