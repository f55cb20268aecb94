//! Delivery when something is in the way: held and cancelled broadcasts, providers out of
//! order, devices that are gone, single messages beside broadcasts. By a virtual clock.

use super::App;
use crate::clock::{Clock, Stopwatch, Timestamp};
use crate::config::Config;
use crate::deliver::{BreakerState, Outcome, Parcel, Provider, Providers, Reach, Scope, Sending};
use crate::id::{DeviceId, MessageId};
use crate::limits;
use crate::model::{DeviceKey, MessageStatus, State};
use crate::store::{Delivery, Kind};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

const START: i64 = 1_795_472_889_522;

/// Answers as it is told to, and holds back what goes to tokens that begin with `held`.
struct Told {
    answer: Mutex<Outcome>,
    sent: watch::Sender<Vec<String>>,
    let_go: watch::Sender<bool>,
}

impl Provider for Told {
    fn name(&self) -> &'static str {
        "told"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        let token = parcel.to.as_ref().unwrap().0.token.clone();
        self.sent.send_modify(|sent| sent.push(token.clone()));
        Box::pin(async move {
            if token.starts_with("held") {
                self.let_go.subscribe().wait_for(|go| *go).await.unwrap();
            }
            self.answer.lock().unwrap().clone()
        })
    }
}

/// Not now, in a minute.
fn busy() -> Outcome {
    let after = Some(Duration::from_mins(1));
    Outcome::Retry { after, scope: Scope::Device, reason: "busy".to_owned() }
}

struct Bench {
    app: App,
    clock: Clock,
    provider: Arc<Told>,
}

impl Bench {
    async fn answering(answer: Outcome) -> Self {
        Self::set_up(answer, &Config::in_memory()).await
    }

    async fn set_up(answer: Outcome, config: &Config) -> Self {
        let clock = Clock::virtual_at(Timestamp::from_millis(START));
        let provider = Arc::new(Told {
            answer: Mutex::new(answer),
            sent: watch::Sender::default(),
            let_go: watch::Sender::new(false),
        });
        let providers = Providers::same(Arc::clone(&provider) as Arc<dyn Provider>);
        let app = App::open_with(config, clock.clone(), providers).await.unwrap();
        Self { app, clock, provider }
    }

    /// Registers devices `PREFIX-0`, `PREFIX-1`, … with tokens of the same names.
    async fn register(&self, prefix: &str, devices: usize) {
        let one = |number| {
            let name = format!("{prefix}-{number}");
            let body = json!({"deviceId": name, "deviceToken": name, "os": "ANDROID"});
            self.app.registry.check(&body).unwrap()
        };
        let all = (0..devices).map(one).collect();
        self.app.registry.import(self.app.app_id(), all).await.unwrap();
    }

    async fn publish(&self, more: Value) -> MessageId {
        let mut body = json!({"message": "m", "publishPolicy": "PUSH"});
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        let app = self.app.app_id();
        self.app.publisher.publish(app, "default", &body, None).await.unwrap().message_id
    }

    /// Waits until so much was sent.
    async fn until_sent(&self, is_enough: impl FnMut(&Vec<String>) -> bool) {
        self.provider.sent.subscribe().wait_for(is_enough).await.unwrap();
    }

    async fn status(&self, id: &MessageId) -> MessageStatus {
        self.app.publisher.status(self.app.app_id(), id).await.unwrap()
    }

    async fn delivery(&self, id: &MessageId) -> Delivery {
        self.app.store().delivery(self.app.app_id(), id).await.unwrap().unwrap()
    }

    /// Waits until a message is due by then: the engine notices by itself that a clock was set.
    async fn until_due_by(&self, id: &MessageId, time: Timestamp) {
        let due_at = async || {
            let row = self.app.store().message(self.app.app_id(), id).await.unwrap();
            row.unwrap().due_at.unwrap()
        };
        let since = Stopwatch::start();
        while due_at().await > time {
            assert!(since.elapsed() < Duration::from_mins(1), "it waits for the old time");
            tokio::task::yield_now().await;
        }
    }

    async fn is_registered(&self, device: &str) -> bool {
        let id = DeviceId::new(device);
        self.app.registry.device(self.app.app_id(), &id).await.is_ok()
    }

    async fn advance(&self, millis: i64) {
        self.clock.advance(millis);
        self.app.drain().await;
    }
}

#[tokio::test]
async fn a_single_message_waits_behind_no_broadcast() {
    let bench = Bench::answering(Outcome::Accepted).await;
    bench.register("held", limits::AUDIENCE_PAGE * 2).await;
    bench.register("quick", 1).await;
    // More broadcasts than may run, none of which gets on.
    for _ in 0..limits::BROADCASTS_AT_ONCE + 2 {
        bench.publish(json!({})).await;
    }
    let running = limits::BROADCASTS_AT_ONCE * limits::SENDS_FIRST;
    bench.until_sent(|sent| sent.len() >= running).await;
    let id = bench.publish(json!({"pushSinglecast": ["quick-0"]})).await;
    bench.until_sent(|sent| sent.iter().any(|token| token == "quick-0")).await;
    while bench.status(&id).await.state == State::Scheduled {
        tokio::task::yield_now().await;
    }
    while bench.app.messages_running() != limits::BROADCASTS_AT_ONCE {
        tokio::task::yield_now().await;
    }
    bench.provider.let_go.send_replace(true);
    bench.app.drain().await;
}

#[tokio::test]
async fn a_broadcast_that_is_held_goes_on_where_it_was_and_tells_nobody_twice() {
    let bench = Bench::answering(Outcome::Accepted).await;
    let devices = limits::AUDIENCE_PAGE * 3;
    bench.register("held", devices).await;
    let id = bench.publish(json!({})).await;
    bench.until_sent(|sent| !sent.is_empty()).await;
    let app = bench.app.app_id();
    assert_eq!(bench.app.pause(app, &id, true).await.unwrap(), Some(State::Scheduled));
    bench.provider.let_go.send_replace(true);
    bench.app.drain().await;
    while bench.app.messages_running() > 0 {
        tokio::task::yield_now().await;
    }
    let held = bench.delivery(&id).await;
    assert!(held.paused && held.accepted < devices as u64, "{held:?}");
    bench.advance(60_000).await;
    assert_eq!(bench.delivery(&id).await.accepted, held.accepted, "it stays where it is");

    bench.app.pause(app, &id, false).await.unwrap();
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await.sent, devices as u64);
    let mut sent = bench.provider.sent.borrow().clone();
    sent.sort_unstable();
    sent.dedup();
    assert_eq!(sent.len(), bench.provider.sent.borrow().len(), "nobody was told twice");
    assert_eq!(bench.app.pause(app, &id, true).await.unwrap(), Some(State::Published));
}

#[tokio::test]
async fn a_broadcast_that_is_cancelled_reaches_no_more_devices() {
    let bench = Bench::answering(Outcome::Accepted).await;
    let devices = limits::AUDIENCE_PAGE * 3;
    bench.register("held", devices).await;
    let id = bench.publish(json!({})).await;
    bench.until_sent(|sent| !sent.is_empty()).await;
    let app = bench.app.app_id();
    let by_wire = bench.app.publisher.cancel(app, &id).await.unwrap_err();
    assert_eq!(by_wire.number(), 5040, "the messaging API cancels only what hasn't begun");
    bench.app.cancel(app, &id).await.unwrap();
    bench.provider.let_go.send_replace(true);
    while bench.app.messages_running() > 0 {
        tokio::task::yield_now().await;
    }
    bench.advance(60_000).await;
    let status = bench.status(&id).await;
    assert_eq!(status.state, State::Cancelled);
    let sent = bench.provider.sent.borrow().len();
    assert!(sent < devices);
    assert_eq!(status.sent, sent as u64, "what was on its way is counted");
    assert_eq!(bench.app.cancel(app, &id).await.unwrap_err().number(), 5040);
}

#[tokio::test]
async fn wrong_credentials_hold_a_message_up_and_burn_nobody() {
    let wrong = Outcome::Misconfigured { reason: "the key is wrong".to_owned() };
    let bench = Bench::answering(wrong).await;
    let devices = limits::AUDIENCE_PAGE * 3;
    bench.register("d", devices).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    let tried = bench.provider.sent.borrow().len();
    assert!(tried < 100, "{tried} devices were tried with a key that is known to be wrong");
    let second = bench.publish(json!({"pushSinglecast": ["d-1"]})).await;
    bench.app.drain().await;
    let held = bench.status(&second).await;
    assert_eq!(held.state, State::Scheduled);
    let note = held.error_message.unwrap();
    assert_eq!(note, "`told` is out of order: the key is wrong");
    assert!(matches!(bench.app.provider_readings()[0].breaker, BreakerState::Open { .. }));
    for _ in 0..10 {
        bench.advance(limits::BREAKER_LAST_MS).await;
    }
    let status = bench.status(&id).await;
    assert_eq!((status.state, status.sent, status.failed), (State::Scheduled, 0, 0));

    *bench.provider.answer.lock().unwrap() = Outcome::Accepted;
    for _ in 0..4 {
        bench.advance(limits::BREAKER_LAST_MS).await;
    }
    let status = bench.status(&id).await;
    assert_eq!((status.state, status.sent), (State::Published, devices as u64));
    assert_eq!(status.error_message, None);
    assert_eq!(bench.status(&second).await.state, State::Published);
}

#[tokio::test]
async fn what_can_not_be_sent_for_a_day_expires() {
    let bench = Bench::answering(Outcome::Misconfigured { reason: "the key is wrong".to_owned() });
    let bench = bench.await;
    bench.register("d", 3).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    bench.advance(limits::RETRY_FOR_MS + 1).await;
    let delivery = bench.delivery(&id).await;
    assert_eq!((delivery.state, delivery.expired, delivery.failed), (State::Failed, 3, 0));
    let note = delivery.note.unwrap();
    assert!(note.contains("the key is wrong"), "{note}");
}

#[tokio::test]
async fn a_time_to_live_bounds_the_attempts() {
    for (seconds, attempts) in [(0, 1..=1), (59, 1..=1), (150, 3..=3), (100_000, 6..=6)] {
        let bench = Bench::answering(busy()).await;
        bench.register("d", 1).await;
        let id = bench.publish(json!({"headers": {"push-time-to-live": seconds}})).await;
        bench.app.drain().await;
        for _ in 0..60 {
            bench.advance(10_000).await;
        }
        let delivery = bench.delivery(&id).await;
        let gave_up = (delivery.expired, delivery.failed);
        assert_eq!(gave_up, if seconds < 600 { (1, 0) } else { (0, 1) }, "{delivery:?}");
        let sent = bench.provider.sent.borrow().len();
        assert!(attempts.contains(&sent), "{seconds} s: {sent} attempts");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_no_retry_up() {
    let bench = Bench::answering(busy()).await;
    bench.register("d", 2).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    assert_eq!(bench.provider.sent.borrow().len(), 2);
    let back = Timestamp::from_millis(START - 24 * 3_600_000);
    bench.clock.set(back);
    let minute_and_a_fifth = back.plus_millis(72_000);
    bench.until_due_by(&id, minute_and_a_fifth).await;
    bench.app.drain().await;
    assert_eq!(bench.provider.sent.borrow().len(), 2, "no sooner than it was asked for");
    *bench.provider.answer.lock().unwrap() = Outcome::Accepted;
    bench.advance(72_000).await;
    let status = bench.status(&id).await;
    assert_eq!((status.state, status.sent), (State::Published, 2));
}

#[tokio::test]
async fn a_clock_that_was_set_back_while_the_server_was_down_holds_no_retry_up_for_long() {
    let folder = std::env::temp_dir().join(format!("blockcast-test-{}", uuid::Uuid::new_v4()));
    let config = Config { data: Some(folder.clone()), ..Config::in_memory() };
    let mut bench = Bench::set_up(busy(), &config).await;
    bench.register("d", 2).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    bench.app.stop().await;
    bench.clock.set(Timestamp::from_millis(START - 24 * 3_600_000));
    *bench.provider.answer.lock().unwrap() = Outcome::Accepted;
    let providers = Providers::same(Arc::clone(&bench.provider) as Arc<dyn Provider>);
    bench.app = App::open_with(&config, bench.clock.clone(), providers).await.unwrap();
    bench.app.drain().await;
    let longest = limits::RETRY_ASKED_MS + limits::RETRY_ASKED_MS / 5;
    bench.until_due_by(&id, bench.clock.now().plus_millis(longest)).await;
    bench.advance(longest).await;
    let status = bench.status(&id).await;
    assert_eq!((status.state, status.sent), (State::Published, 2));
    bench.app.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_clock_that_is_set_back_keeps_no_provider_out_of_order() {
    let wrong = Outcome::Misconfigured { reason: "the key is wrong".to_owned() };
    let bench = Bench::answering(wrong).await;
    bench.register("d", 2).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    bench.clock.set(Timestamp::from_millis(START - 24 * 3_600_000));
    *bench.provider.answer.lock().unwrap() = Outcome::Accepted;
    bench.until_due_by(&id, bench.clock.now().plus_millis(2 * limits::BREAKER_LAST_MS)).await;
    bench.advance(2 * limits::BREAKER_LAST_MS).await;
    assert_eq!(bench.status(&id).await.sent, 2);
}

#[tokio::test]
async fn a_device_that_registered_after_it_was_gone_stays() {
    let since = Some(Timestamp::from_millis(START - 1));
    let bench = Bench::answering(Outcome::Gone { since }).await;
    bench.register("d", 1).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    assert_eq!(bench.delivery(&id).await.gone, 1);
    assert!(bench.is_registered("d-0").await);
    *bench.provider.answer.lock().unwrap() =
        Outcome::Gone { since: Some(Timestamp::from_millis(START)) };
    bench.publish(json!({})).await;
    bench.app.drain().await;
    assert!(!bench.is_registered("d-0").await);
}

#[tokio::test]
async fn a_device_with_a_new_token_is_not_forgotten_for_its_old_one() {
    let bench = Bench::answering(Outcome::Gone { since: None }).await;
    bench.register("held", 1).await;
    bench.publish(json!({})).await;
    bench.until_sent(|sent| !sent.is_empty()).await;
    let body = json!({"deviceId": "held-0", "deviceToken": "new", "os": "ANDROID"});
    bench.app.registry.register(bench.app.app_id(), &body).await.unwrap();
    bench.provider.let_go.send_replace(true);
    bench.app.drain().await;
    assert!(bench.is_registered("held-0").await);
}

#[tokio::test]
async fn a_ledger_names_devices_that_are_forgotten() {
    let bench = Bench::answering(Outcome::Gone { since: None }).await;
    bench.register("d", 2).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    let delivery = bench.delivery(&id).await;
    assert_eq!((delivery.state, delivery.gone), (State::Failed, 2));
    assert_eq!(bench.app.counts(bench.app.app_id()).await.unwrap().devices, 0);
    let entries = bench.app.store().ledger_after(delivery.key, DeviceKey(0)).await.unwrap();
    let told: Vec<_> = entries.into_iter().map(|entry| (entry.device, entry.kind)).collect();
    assert_eq!(told, ["d-0", "d-1"].map(|id| (Some(DeviceId::new(id)), Kind::Gone)));
}

#[tokio::test]
async fn ledgers_are_forgotten_when_their_time_is_over_and_amounts_stay() {
    let bench = Bench::answering(Outcome::Accepted).await;
    bench.register("d", 3).await;
    let id = bench.publish(json!({})).await;
    bench.app.drain().await;
    let key = bench.delivery(&id).await.key;
    let store = bench.app.store();
    let ended = Timestamp::from_millis(START);
    store.prune_ledgers(ended).await.unwrap();
    assert_eq!(store.ledger_after(key, DeviceKey(0)).await.unwrap().len(), 3);
    store.prune_ledgers(ended.plus_millis(1)).await.unwrap();
    assert!(store.ledger_after(key, DeviceKey(0)).await.unwrap().is_empty());
    let delivery = bench.delivery(&id).await;
    assert!(delivery.ledger_pruned);
    assert_eq!(delivery.accepted, 3);
}

#[tokio::test]
async fn beyond_the_cap_a_device_is_skipped_until_tomorrow_but_not_by_name() {
    let delivery = crate::config::Delivery { daily_cap: Some(1), ..Default::default() };
    let config = Config { delivery, ..Config::in_memory() };
    let bench = Bench::set_up(Outcome::Accepted, &config).await;
    bench.register("d", 2).await;
    let mut skipped = Vec::new();
    for wait_ms in [0, 0, 24 * 3_600_000] {
        bench.advance(wait_ms).await;
        let id = bench.publish(json!({})).await;
        bench.app.drain().await;
        let delivery = bench.delivery(&id).await;
        assert_eq!((delivery.state, delivery.accepted + delivery.skipped), (State::Published, 2));
        skipped.push(delivery.skipped);
    }
    assert_eq!(skipped, [0, 2, 0]);
    let id = bench.publish(json!({"pushSinglecast": ["d-0"]})).await;
    bench.app.drain().await;
    assert_eq!(bench.delivery(&id).await.accepted, 1);
}
