//! Templates through the pipeline, by a virtual clock: each device its own text, once.

use super::tests::{Bench, START, Scripted, retry};
use crate::deliver::Reach;
use crate::id::MessageId;
use crate::limits;
use crate::model::State;
use serde_json::{Value, json};

impl Bench {
    async fn save(&self, template: Value) {
        self.app.templates.create(self.app.app_id(), &template, None).await.unwrap();
    }

    async fn push(&self, name: &str, options: Value, key: Option<&str>) -> MessageId {
        let app = self.app.app_id();
        self.app.templates.push(app, name, &options, key).await.unwrap().message_id
    }

    async fn register_person(&self, id: &str, properties: Value) {
        let body = json!({
            "deviceId": id, "deviceToken": "t", "os": "ANDROID", "properties": properties
        });
        self.app.registry.register(self.app.app_id(), &body).await.unwrap();
    }

    /// The texts in a device's inbox.
    async fn texts(&self, device: &str) -> Vec<String> {
        let text = |entry: crate::model::InboxEntry| entry.notification.android.unwrap().text;
        self.inbox(device).await.into_iter().filter_map(text).collect()
    }
}

fn greeting() -> Value {
    json!({
        "name": "greeting", "message": "Hello {name|there}",
        "locales": {"de": {"message": "Hallo {name|du}"}}
    })
}

#[tokio::test]
async fn each_device_gets_its_own_text_exactly_once() {
    let bench = Bench::open().await;
    bench.save(greeting()).await;
    bench.register_person("ada", json!({"name": "Ada"})).await;
    bench.register_person("ben", json!({"name": "Ben", "locale": "de-AT"})).await;
    bench.register_person("cleo", json!({"locale": "de"})).await;
    bench.register_person("dora", json!({})).await;
    let id = bench.push("greeting", json!({}), Some("k")).await;
    bench.app.drain().await;
    assert_eq!(bench.push("greeting", json!({}), Some("k")).await, id, "the same key pushes once");
    bench.advance(60_000).await;
    assert_eq!(bench.status(&id).await, (State::Published, 4, 0));
    for (device, text) in
        [("ada", "Hello Ada"), ("ben", "Hallo Ben"), ("cleo", "Hallo du"), ("dora", "Hello there")]
    {
        assert_eq!(bench.texts(device).await, [text], "{device}");
    }
}

#[tokio::test]
async fn everybody_of_many_pages_gets_their_own() {
    let bench = Bench::open().await;
    bench.save(json!({"name": "t", "message": "to {n|nobody}"})).await;
    let devices = limits::AUDIENCE_PAGE + 2;
    for number in 0..devices {
        let properties = if number % 2 == 0 { json!({"n": number}) } else { json!({}) };
        bench.register_person(&format!("d{number}"), properties).await;
    }
    let id = bench.push("t", json!({}), None).await;
    bench.app.drain().await;
    assert_eq!(bench.status(&id).await, (State::Published, devices as u64, 0));
    for number in [0, 1, limits::AUDIENCE_PAGE, limits::AUDIENCE_PAGE + 1] {
        let text = if number % 2 == 0 { format!("to {number}") } else { "to nobody".to_owned() };
        assert_eq!(bench.texts(&format!("d{number}")).await, [text]);
    }
}

#[tokio::test]
async fn a_second_attempt_brings_the_own_text_once() {
    let bench = Bench::with_provider(Scripted::new(Reach::Inbox, [retry()])).await;
    bench.save(greeting()).await;
    bench.register_person("ada", json!({"name": "Ada"})).await;
    bench.register_person("ben", json!({"name": "Ben"})).await;
    let id = bench.push("greeting", json!({}), None).await;
    bench.app.drain().await;
    let first = [bench.texts("ada").await, bench.texts("ben").await].concat();
    assert_eq!(first.len(), 1, "one of them has to wait");
    // Whoever waited is served in a run of its own, which mustn't show what the other got.
    bench.advance(600_000).await;
    assert_eq!(bench.status(&id).await, (State::Published, 2, 0));
    assert_eq!(bench.texts("ada").await, ["Hello Ada"]);
    assert_eq!(bench.texts("ben").await, ["Hello Ben"]);
}

#[tokio::test]
async fn what_waits_keeps_the_template_as_it_was() {
    let bench = Bench::open().await;
    bench.save(greeting()).await;
    bench.register_person("ada", json!({"name": "Ada"})).await;
    bench.push("greeting", json!({"publishAt": START + 5_000}), None).await;
    let app = bench.app.app_id();
    let changed = json!({"message": "changed"});
    let record = bench.app.templates.replace(app, "greeting", &changed, None).await.unwrap();
    assert!(
        record.version() > START.unsigned_abs(),
        "a version rises while the clock stands still"
    );
    let stale = bench.app.templates.remove(app, "greeting", Some(1)).await.unwrap_err();
    assert_eq!(stale.code(), "version-stale");
    bench
        .push("greeting", json!({"repeatEvery": 10, "repeatExpiresAt": START + 15_000}), None)
        .await;
    bench.app.templates.remove(app, "greeting", None).await.unwrap();
    let gone = bench.app.templates.push(app, "greeting", &json!({}), None).await.unwrap_err();
    assert_eq!(gone.number(), 90_080);
    bench.app.drain().await;
    bench.advance(5_000).await;
    bench.advance(5_000).await;
    bench.advance(10_000).await;
    assert_eq!(bench.texts("ada").await, ["changed", "Hello Ada", "changed"]);
}
