//! Bounds of delivery: how much at once, how long, how often.

/// Devices of one audience page: one blob of the ledger.
pub const AUDIENCE_PAGE: usize = 500;
/// Devices one page of a ledger may tell of: more is a damaged page.
pub const LEDGER_PAGE_MAX: u64 = 100_000;
/// Pages of a ledger that an export reads at once.
pub const EXPORT_PAGES: i64 = 8;
/// Different reasons in one ledger; the rest share one.
pub const LEDGER_REASONS_MAX: u16 = 200;
/// Due messages looked at, and claimed in one write, at a time.
pub const CLAIMS_AT_ONCE: usize = 128;
/// Messages to named devices delivered at the same time.
pub const NAMED_AT_ONCE: usize = 64;
/// Messages to small or unknown audiences delivered at the same time.
pub const AUDIENCES_AT_ONCE: usize = 32;
/// Messages to more than a page of devices delivered at the same time; the next waits.
pub const BROADCASTS_AT_ONCE: usize = 4;
/// Tasks that send the devices of one broadcast: the processors, but not more than these.
pub const SENDERS_MAX: usize = 4;
/// Devices that are handed to a sender at once.
pub const SENDER_BATCH: usize = 32;
/// Sends in flight of one sender when it begins: it takes more as far as the answers don't
/// come later for it.
pub const SENDS_FIRST: usize = 32;
/// Sends in flight of one sender at most: 50,000 a second at a latency of 50 ms take 2,500.
pub const SENDS_AT_ONCE: usize = 4_096;
/// Milliseconds after which a send is slow: it takes no place of others any more.
pub const SEND_SLOW_MS: u64 = 500;
/// Slow sends of one sender at most; they take about a kilobyte each.
pub const SENDS_SLOW: usize = 8_192;
/// Milliseconds for which answers of one message are gathered before they are kept together: a
/// commit costs as much as sending to some dozen devices, and a crash repeats what isn't kept.
pub const KEPT_AFTER_MS: u64 = 5;
/// Milliseconds after which an answer that isn't kept yet says that the store falls behind:
/// then nothing more is sent until it is.
pub const UNKEPT_FOR_MS: u64 = 15;
/// Answers of one message that aren't kept yet, at most: for memory alone.
pub const UNKEPT_MAX: usize = 16_384;
/// Pages of one message that may be open; of the oldest then, what isn't answered yet counts
/// as waiting.
pub const PAGES_OPEN: usize = 64;
/// Milliseconds after which a page with answers outstanding is closed in the same way.
pub const PAGE_OPEN_MS: u64 = 1_000;
/// Milliseconds beyond [`SEND_MS`] after which a breaker's probe counts as lost.
pub const ANSWER_LATE_MS: i64 = 10_000;
/// Milliseconds that sends in flight get to be answered when the server stops.
pub const SENDS_STOP_MS: i64 = 3_000;
/// Attempts for one device before it has failed. An outage doesn't count: then the provider's
/// breaker is open. Source: what push services recommend.
pub const DEVICE_ATTEMPTS_MAX: u32 = 6;
/// Milliseconds for which a device is tried when the message says no time to live: a day.
pub const RETRY_FOR_MS: i64 = 24 * 3_600_000;
/// Attempts for one forwarded message before it has failed. With the waits below: about a day.
pub const ATTEMPTS_MAX: u32 = 300;
/// Milliseconds before the second attempt at most; doubled for each further one.
pub const RETRY_FIRST_MS: i64 = 1_000;
/// Milliseconds between two attempts at most.
pub const RETRY_LAST_MS: i64 = 300_000;
/// Milliseconds that a service may ask us to wait at most: an hour.
pub const RETRY_ASKED_MS: i64 = 3_600_000;
/// Failures in a row, without a single success, that open a provider's breaker.
pub const BREAKER_RUN: u32 = 20;
/// Milliseconds that an open breaker waits before its first probe; doubled for each further.
pub const BREAKER_FIRST_MS: i64 = 1_000;
/// The same at most.
pub const BREAKER_LAST_MS: i64 = 60_000;
/// The same, at least, for wrong credentials.
pub const BREAKER_MISCONFIGURED_MS: i64 = 5_000;
/// Milliseconds of its pace that a provider may be ahead.
pub const PACE_BURST_MS: u64 = 20;
/// Messages a second that Google lets a project send when nothing else was agreed: 600,000 a minute.
pub const PACE_FCM: u32 = 10_000;
/// Days for which ledgers are kept when nothing is said.
pub const LEDGER_DAYS: u32 = 30;
/// Milliseconds between two looks for ledgers that are too old.
pub const PRUNE_MS: i64 = 600_000;
/// Milliseconds a send to a provider may take.
pub const SEND_MS: u64 = 30_000;
/// Milliseconds to connect to a provider.
pub const CONNECT_MS: u64 = 10_000;
/// Milliseconds a push service may take to answer one request, or to have room for it; twice
/// that, with the time to connect, stays below what a send may take.
pub const ANSWER_MS: u64 = 12_000;
/// Bytes of a push service's answer that are read; the longest are FCM's errors, about 2 KB.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Times one request is sent at once when the service refuses its stream or goes away; after
/// that with a rest before each, as long as it may take.
pub const RESENDS_AT_ONCE: u32 = 8;
/// Milliseconds of that rest.
pub const RESEND_REST_MS: u64 = 50;
/// Streams at once on one connection, whatever the peer allows: what APNs and Google allow.
pub const LINE_STREAMS_MAX: usize = 1_000;
/// Milliseconds between two looks whether a connection gives answers.
pub const LINE_LOOK_MS: i64 = 5_000;
/// Milliseconds a peer may take to answer a PING; then its connection is dead.
pub const LINE_PONG_MS: u64 = 5_000;
/// Milliseconds without a request after which a PING keeps a connection open. Apple asks for
/// few of them, and routers forget a silent connection after some minutes.
pub const LINE_IDLE_PING_MS: i64 = 600_000;
/// Milliseconds after a failed attempt to connect in which nobody tries again.
pub const RECONNECT_REST_MS: i64 = 1_000;
/// Connections to one push service when nothing else is said; opened only as they are needed.
pub const CONNECTIONS: usize = 64;
/// Connections to one push service that may be set.
pub const CONNECTIONS_MAX: usize = 1_000;
/// Notifications of which a provider keeps what it made of them: more than messages at once,
/// on all platforms.
pub const DRAWN_KEPT: usize = 64;
/// Milliseconds between two looks whether a credential's file has changed.
pub const CREDENTIALS_LOOK_MS: i64 = 2_000;
/// Milliseconds to wait when a service says "too many" and not how long.
pub const THROTTLED_MS: u64 = 60_000;
/// Times in a row that a browser's push service says "too many" before nothing more goes
/// there for as long as it wants: it may mean one subscription alone. Source: RFC 8030, 8.4.
pub const ORIGIN_THROTTLED_RUN: u32 = 3;
/// Bytes of a payload. Source: Apple.
pub const APNS_BYTES_MAX: usize = 4_096;
/// Bytes of a collapse id. Source: Apple.
pub const APNS_COLLAPSE_BYTES: usize = 64;
/// Milliseconds after which APNs gets a new token; it takes none that is older than an hour.
pub const APNS_TOKEN_MS: i64 = 50 * 60_000;
/// Milliseconds a token must be in use before APNs gets another one.
pub const APNS_TOKEN_MIN_MS: i64 = 20 * 60_000;
/// Bytes of a payload. Source: Firebase.
pub const FCM_BYTES_MAX: usize = 4_096;
/// Bytes of a notification's tag; FCM names no limit, and what Apple takes is enough.
pub const FCM_TAG_BYTES: usize = 64;
/// Seconds FCM keeps a message at most: 28 days.
pub const FCM_TTL_MAX_S: u32 = 2_419_200;
/// Milliseconds before a message is sent to FCM again, at least. Source: Firebase.
pub const FCM_RETRY_MS: u64 = 10_000;
/// Milliseconds before its end that an access token is replaced.
pub const TOKEN_AHEAD_MS: i64 = 300_000;
/// Milliseconds before a token that wasn't given is asked for again, while the old one lasts.
pub const TOKEN_REST_MS: i64 = 10_000;
/// Bytes of an encrypted body, and its record size. Source: RFC 8030 and RFC 8291.
pub const WEB_PUSH_BODY_MAX: u32 = 4_096;
/// Bytes of the text in it: less the header, the padding's mark and the tag.
pub const WEB_PUSH_PLAIN_MAX: usize = 3_993;
/// Bytes of a topic. Source: RFC 8030.
pub const WEB_PUSH_TOPIC_BYTES: usize = 32;
/// Senders' keys that are made ahead; they take about a kilobyte each.
pub const KEYS_AHEAD: usize = 512;
/// Of these, how many are made in one go: a fifth of a millisecond.
pub const KEYS_AT_ONCE: usize = 16;
/// Milliseconds in which none was needed before some are made ahead.
pub const KEYS_REST_MS: u64 = 20;
/// Seconds a push service keeps a message when nothing is said: four weeks, as FCM does.
pub const WEB_PUSH_TTL_S: u32 = 2_419_200;
/// Milliseconds a VAPID token is good: half of what RFC 8292 allows.
pub const VAPID_MS: i64 = 12 * 3_600_000;
/// Push services of browsers whose connections are kept; four serve all browsers.
pub const ORIGINS_KEPT: usize = 256;
/// Connections to one of them at most.
pub const ORIGIN_CONNECTIONS: usize = 16;
/// Milliseconds the engine rests after the store has failed it.
pub const ENGINE_REST_MS: i64 = 1_000;
/// Milliseconds between two sweeps of expired registrations (they get nothing anyway).
pub const SWEEP_MS: i64 = 60_000;
/// Hints a slow listener of the bus may fall behind; then it looks for itself.
pub const HINTS_WAITING_MAX: usize = 1_024;
/// Bytes of another server's answer that are kept in an error.
pub const REASON_BYTES_MAX: usize = 500;
