//! The pipeline as a whole, by a virtual clock: delayed, repeated, cancelled, retried.

use super::App;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::deliver::{Outcome, Parcel, Provider, Providers, Reach, Scope, Sending};
use crate::id::{DeviceId, MessageId};
use crate::model::{InboxEntry, State};
use crate::publish::{PublishError, plan};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(super) const START: i64 = 1_795_472_889_522;

pub(super) struct Bench {
    pub(super) app: App,
    clock: Clock,
}

impl Bench {
    pub(super) async fn open() -> Self {
        Self::open_config(&Config::in_memory()).await
    }

    async fn open_config(config: &Config) -> Self {
        let clock = Clock::virtual_at(Timestamp::from_millis(START));
        let app = App::open_at(config, clock.clone()).await.unwrap();
        Self { app, clock }
    }

    pub(super) async fn with_provider(provider: Scripted) -> Self {
        let clock = Clock::virtual_at(Timestamp::from_millis(START));
        let providers = Providers::same(Arc::new(provider));
        let app = App::open_with(&Config::in_memory(), clock.clone(), providers).await.unwrap();
        Self { app, clock }
    }

    async fn register(&self, id: &str, os: &str) {
        let body = json!({"deviceId": id, "deviceToken": "t", "os": os});
        self.app.registry.register(self.app.app_id(), &body).await.unwrap();
    }

    async fn publish(&self, body: Value) -> MessageId {
        let receipt = self.app.publisher.publish(self.app.app_id(), "default", &body, None).await;
        let receipt = receipt.unwrap();
        assert_eq!(receipt.state, State::Scheduled);
        receipt.message_id
    }

    pub(super) async fn status(&self, id: &MessageId) -> (State, u64, u64) {
        let status = self.app.publisher.status(self.app.app_id(), id).await.unwrap();
        (status.state, status.sent, status.failed)
    }

    pub(super) async fn inbox(&self, device: &str) -> Vec<InboxEntry> {
        let id = DeviceId::new(device);
        let (key, _) = self.app.registry.device(self.app.app_id(), &id).await.unwrap();
        self.app.inbox_after(key, &id, 0).await.unwrap()
    }

    pub(super) async fn advance(&self, millis: i64) {
        self.clock.advance(millis);
        self.app.drain().await;
    }
}

/// Gives the scripted outcomes in order, then accepts.
pub(super) struct Scripted {
    reach: Reach,
    script: Mutex<Vec<Outcome>>,
}

impl Scripted {
    pub(super) fn new(reach: Reach, script: impl IntoIterator<Item = Outcome>) -> Self {
        let mut script: Vec<_> = script.into_iter().collect();
        script.reverse();
        Self { reach, script: Mutex::new(script) }
    }
}

impl Provider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn reach(&self) -> Reach {
        self.reach
    }

    fn send<'a>(&'a self, _parcel: &'a Parcel) -> Sending<'a> {
        let outcome = self.script.lock().unwrap().pop().unwrap_or(Outcome::Accepted);
        Box::pin(std::future::ready(outcome))
    }
}

pub(super) fn retry() -> Outcome {
    Outcome::Retry { after: None, scope: Scope::Device, reason: "busy".to_owned() }
}

#[tokio::test]
async fn who_only_looks_delivers_nothing() {
    let clock = Clock::virtual_at(Timestamp::from_millis(START));
    let app = App::open_idle(&Config::in_memory(), clock.clone()).await.unwrap();
    let bench = Bench { app, clock };
    bench.register("d", "IOS").await;
    let id = bench.publish(json!({"message": "m", "publishPolicy": "PUSH"})).await;
    // Reading takes the store's threads long enough for an engine to have done it.
    for _ in 0..100 {
        assert_eq!(bench.status(&id).await, (State::Scheduled, 0, 0));
    }
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Published, 1, 0));
}

#[tokio::test]
async fn a_message_reaches_the_platforms_it_is_for() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    bench.register("i", "IOS").await;
    let body = json!({"message": "m", "headers": {"android-ticker-text": "t"}});
    let at = Timestamp::from_millis(START);
    let plan = plan("default", &body, at).unwrap();
    assert_eq!(bench.app.publisher.audience(bench.app.app_id(), &plan).await.unwrap(), 1);
    let id = bench.publish(body).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Published, 1, 0));
    assert!(bench.inbox("i").await.is_empty());
    let inbox = bench.inbox("a").await;
    assert_eq!(inbox.len(), 1);
    assert_eq!(inbox[0].notification.message_id, id);
    assert_eq!(inbox[0].notification.published_at, at);
    bench.app.stop().await;
}

#[tokio::test]
async fn a_message_for_more_than_a_page_of_devices_reaches_each_once() {
    let bench = Bench::open().await;
    let devices = crate::limits::AUDIENCE_PAGE * 2 + 1;
    for number in 0..devices {
        bench.register(&format!("d{number}"), "ANDROID").await;
    }
    let id = bench.publish(json!({"message": "m", "publishPolicy": "PUSH"})).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Published, devices as u64, 0));
    assert_eq!(bench.inbox(&format!("d{}", devices - 1)).await.len(), 1);
}

#[tokio::test]
async fn the_same_key_publishes_once() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    let body = json!({"message": "m", "publishPolicy": "PUSH"});
    let app = bench.app.app_id();
    let first = bench.app.publisher.publish(app, "default", &body, Some("k")).await.unwrap();
    bench.app.drain().await;
    let again = bench.app.publisher.publish(app, "default", &body, Some("k")).await.unwrap();
    assert_eq!(first, again);
    bench.app.drain().await;
    assert_eq!(bench.inbox("a").await.len(), 1);
    let long = "k".repeat(256);
    let refused = bench.app.publisher.publish(app, "default", &body, Some(&long)).await;
    assert_eq!(refused.unwrap_err().code(), "idempotency-key");
}

#[tokio::test]
async fn a_delayed_message_waits_for_its_time() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    let body = json!({"message": "m", "publishPolicy": "PUSH", "publishAt": START + 5_000});
    let id = bench.publish(body).await;
    bench.advance(4_999).await;
    assert_eq!(bench.status(&id).await, (State::Scheduled, 0, 0));
    bench.advance(1).await;
    assert_eq!(bench.status(&id).await, (State::Published, 1, 0));
}

#[tokio::test]
async fn a_cancelled_message_is_never_sent_and_only_cancelled_once() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    let body = json!({"message": "m", "publishPolicy": "PUSH", "publishAt": START + 5_000});
    let id = bench.publish(body).await;
    let app = bench.app.app_id();
    let cancelled = bench.app.publisher.cancel(app, &id).await.unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
    let again = bench.app.publisher.cancel(app, &id).await.unwrap_err();
    assert_eq!(again.number(), 5040);
    bench.advance(10_000).await;
    assert_eq!(bench.status(&id).await, (State::Cancelled, 0, 0));
    assert!(bench.inbox("a").await.is_empty());
    let unknown = MessageId::new("message:NONE");
    assert_eq!(bench.status(&unknown).await.0, State::Unknown);
    let refused = bench.app.publisher.cancel(app, &unknown).await;
    assert!(matches!(refused, Err(PublishError::NotCancellable { state: State::Unknown, .. })));
}

#[tokio::test]
async fn a_repeating_message_makes_copies_until_it_expires() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    let id = bench
        .publish(json!({
            "message": "tick", "publishPolicy": "PUSH",
            "repeatEvery": 10, "repeatExpiresAt": START + 25_000
        }))
        .await;
    bench.app.drain().await;
    assert_eq!(bench.inbox("a").await.len(), 1, "the first copy at once");
    bench.advance(10_000).await;
    bench.advance(10_000).await;
    assert_eq!(bench.status(&id).await, (State::Scheduled, 3, 0));
    bench.advance(5_000).await;
    assert_eq!(bench.status(&id).await, (State::Published, 3, 0));
    bench.advance(60_000).await;
    let inbox = bench.inbox("a").await;
    let ids: Vec<_> = inbox.iter().map(|entry| entry.notification.message_id.clone()).collect();
    assert_eq!(ids, [id.occurrence(1), id.occurrence(2), id.occurrence(3)]);
    assert_eq!(bench.status(&id.occurrence(2)).await, (State::Published, 1, 0));
}

#[tokio::test]
async fn a_cancelled_repeat_makes_no_more_copies() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    let id =
        bench.publish(json!({"message": "tick", "publishPolicy": "PUSH", "repeatEvery": 10})).await;
    bench.app.drain().await;
    bench.app.publisher.cancel(bench.app.app_id(), &id).await.unwrap();
    bench.advance(60_000).await;
    assert_eq!(bench.status(&id).await, (State::Cancelled, 1, 0));
    assert_eq!(bench.inbox("a").await.len(), 1);
}

#[tokio::test]
async fn missed_copies_are_made_up_for_once_and_the_phase_is_kept() {
    let bench = Bench::open().await;
    bench.register("a", "ANDROID").await;
    bench.publish(json!({"message": "tick", "publishPolicy": "PUSH", "repeatEvery": 10})).await;
    bench.app.drain().await;
    // As after a night switched off: 10 s, 20 s and 30 s are missed, one copy makes up.
    bench.advance(34_000).await;
    assert_eq!(bench.inbox("a").await.len(), 2);
    bench.advance(5_999).await;
    assert_eq!(bench.inbox("a").await.len(), 2);
    bench.advance(1).await;
    assert_eq!(bench.inbox("a").await.len(), 3, "at 40 s, in phase");
}

#[tokio::test]
async fn an_expired_device_gets_nothing_and_is_forgotten() {
    let bench = Bench::open().await;
    let body = json!({
        "deviceId": "a", "deviceToken": "t", "os": "ANDROID", "expiration": START + 1_000
    });
    bench.app.registry.register(bench.app.app_id(), &body).await.unwrap();
    bench.advance(1_000).await;
    let id = bench.publish(json!({"message": "m", "publishPolicy": "PUSH"})).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Published, 0, 0));
    let gone = bench.app.registry.device(bench.app.app_id(), &DeviceId::new("a")).await;
    assert_eq!(gone.unwrap_err().number(), 5000);
}

#[tokio::test]
async fn a_busy_provider_is_tried_again_and_a_gone_device_is_forgotten() {
    let bench = Bench::with_provider(Scripted::new(Reach::Device, [retry(), retry()])).await;
    bench.register("a", "ANDROID").await;
    let id = bench.publish(json!({"message": "m", "publishPolicy": "PUSH"})).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Scheduled, 0, 0));
    bench.advance(1_000).await;
    assert_eq!(bench.status(&id).await, (State::Scheduled, 0, 0));
    bench.advance(2_000).await;
    assert_eq!(bench.status(&id).await, (State::Published, 1, 0));

    let bench =
        Bench::with_provider(Scripted::new(Reach::Device, [Outcome::Gone { since: None }])).await;
    bench.register("a", "ANDROID").await;
    let id = bench.publish(json!({"message": "m", "publishPolicy": "PUSH"})).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Failed, 0, 1));
    let gone = bench.app.registry.device(bench.app.app_id(), &DeviceId::new("a")).await;
    assert_eq!(gone.unwrap_err().number(), 5000);
}

#[tokio::test]
async fn a_whole_message_is_forwarded_until_it_is_accepted_or_refused() {
    let bench = Bench::with_provider(Scripted::new(Reach::Message, [retry()])).await;
    let id = bench.publish(json!({"message": "m"})).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await.0, State::Scheduled);
    bench.advance(1_000).await;
    assert_eq!(bench.status(&id).await.0, State::Published);

    let refusal = Outcome::Rejected { reason: "bad channel".to_owned() };
    let bench = Bench::with_provider(Scripted::new(Reach::Message, [refusal])).await;
    let id = bench.publish(json!({"message": "m"})).await;
    bench.app.drain().await;
    let status = bench.app.publisher.status(bench.app.app_id(), &id).await.unwrap();
    assert_eq!(status.state, State::Failed);
    assert_eq!(status.error_message.as_deref(), Some("bad channel"));
}

#[tokio::test]
async fn what_was_accepted_goes_on_after_a_restart_and_a_second_process_is_refused() {
    let folder = std::env::temp_dir().join(format!("blockcast-app-{}", uuid::Uuid::new_v4()));
    let config = Config { data: Some(folder.clone()), ..Config::in_memory() };
    let bench = Bench::open_config(&config).await;
    assert!(bench.app.first_start().is_some());
    assert!(matches!(App::open(&config).await, Err(super::AppError::Locked { .. })));
    bench.register("a", "ANDROID").await;
    let body = json!({"message": "m", "publishPolicy": "PUSH", "publishAt": START + 5_000});
    let id = bench.publish(body).await;
    bench.app.stop().await;

    let bench = Bench { app: App::open_at(&config, bench.clock.clone()).await.unwrap(), ..bench };
    assert!(bench.app.first_start().is_none());
    bench.advance(5_000).await;
    assert_eq!(bench.status(&id).await, (State::Published, 1, 0));
    bench.app.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}
