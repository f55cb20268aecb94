//! The devices of the broadcast: who they are, what goes wrong with each, and what must come
//! of it.

use serde_json::{Value, json};

/// All devices.
#[derive(Clone, Copy)]
pub(super) struct Fleet {
    pub(super) devices: u64,
}

/// What must come of a device.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    /// How its token begins, which tells the simulator what to do.
    pub(super) fault: &'static str,
    /// Its outcome in the ledger.
    pub(super) outcome: &'static str,
    /// Requests that come in for it, at least.
    pub(super) requests: u64,
    /// Those of them that the service takes.
    pub(super) accepted: u64,
}

const fn of(fault: &'static str, outcome: &'static str, requests: u64, accepted: u64) -> Expected {
    Expected { fault, outcome, requests, accepted }
}

/// One device in twenty has each of these.
const FAULTS: [Expected; 7] = [
    of("gone", "gone", 1, 0),
    of("invalid", "failed", 1, 0),
    of("retry", "accepted", 2, 1),
    of("slow", "accepted", 1, 1),
    of("throttled", "accepted", 2, 1),
    // Taken, and nobody knows: told again, with the same ids.
    of("reset", "accepted", 2, 2),
    of("goaway", "accepted", 2, 1),
];
const FINE: Expected = of("fine", "accepted", 1, 1);
const ONE_IN: u64 = 20;

/// What must come of that device.
pub(super) fn expected(number: u64) -> Expected {
    let fault = usize::try_from(number % ONE_IN).unwrap_or(usize::MAX);
    FAULTS.get(fault).copied().unwrap_or(FINE)
}

/// Its id, which is its token too.
pub(super) fn name(number: u64) -> String {
    format!("{}-{number}", expected(number).fault)
}

/// The number of a device by its name.
pub(super) fn number(name: &str) -> Option<u64> {
    name.split_once('-')?.1.parse().ok()
}

/// The service that it is reached by; each has all faults.
pub(super) fn service(number: u64) -> &'static str {
    ["apns", "fcm", "webpush"][usize::try_from(number / ONE_IN % 3).unwrap_or_default()]
}

/// Its registration; `subscription` is one of a browser called `NAME`.
pub(super) fn registration(number: u64, subscription: &str) -> Value {
    let name = name(number);
    let (os, token) = match service(number) {
        "apns" => ("IOS", name.clone()),
        "fcm" => ("ANDROID", name.clone()),
        _ => ("WP", subscription.replace("NAME", &name)),
    };
    json!({ "deviceId": name, "deviceToken": token, "os": os })
}
