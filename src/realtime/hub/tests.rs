//! Who is given what, without a network.

use super::{Hub, SubscribeError, Subscription};
use crate::clock::Timestamp;
use crate::id::{AppId, MessageId};
use crate::limits;
use crate::realtime::{Data, Envelope, Line, LineEnd, Member, Selector};
use serde_json::{Value, json};

const START: i64 = 1_795_472_889_522;

fn app() -> AppId {
    AppId::new("APP")
}

fn join(hub: &Hub, id: &str) -> (Member, LineEnd) {
    let (line, end) = Line::new(8);
    (hub.join(app(), id, line), end)
}

fn publish(hub: &Hub, app: &AppId, channel: &str, message: &Value, at: i64) {
    hub.publish(app, channel, || {
        let publication = serde_json::from_value(message.clone()).unwrap();
        Envelope::new(MessageId::new("message:1"), Timestamp::from_millis(at), publication)
    });
}

/// The subscriptions that got something, with what they got.
fn heard(end: &mut LineEnd) -> Vec<(String, Value)> {
    let mut heard = Vec::new();
    while let Some(delivery) = end.next_waiting() {
        let data = match delivery.data {
            Data::Message(envelope) => envelope.message.clone(),
            Data::Json(json) => serde_json::from_str(&json).unwrap(),
            Data::Packet(_) => panic!("the hub makes no packets"),
        };
        heard.push((delivery.subscription.to_string(), data));
    }
    heard
}

#[test]
fn a_message_reaches_its_channel_and_application_and_whose_selector_it_meets() {
    let hub = Hub::default();
    let (member, mut end) = join(&hub, "a");
    let selector = Selector::read("n > 10", None).unwrap();
    member.subscribe("all", "news", Subscription::Messages(None)).unwrap();
    member.subscribe("some", "news", Subscription::Messages(selector)).unwrap();
    member.subscribe("other", "sport", Subscription::Messages(None)).unwrap();
    publish(&hub, &app(), "news", &json!({"message": 1, "headers": {"n": "9"}}), START);
    publish(&hub, &app(), "news", &json!({"message": 2, "headers": {"n": 50}}), START);
    publish(&hub, &AppId::new("ANOTHER"), "news", &json!({"message": 3}), START);
    let news = |n: i32, name: &str| (name.to_owned(), json!(n));
    assert_eq!(heard(&mut end), [news(1, "all"), news(2, "all"), news(2, "some")]);
    member.unsubscribe("all");
    publish(&hub, &app(), "news", &json!({"message": 4}), START);
    assert_eq!(heard(&mut end), []);
}

#[test]
fn users_of_a_channel_are_listed_then_told_who_comes_and_goes() {
    let hub = Hub::default();
    let (first, mut end) = join(&hub, "first");
    first.subscribe("c", "room", Subscription::Connect).unwrap();
    first.subscribe("u", "room", Subscription::Users).unwrap();
    let (second, _) = join(&hub, "second");
    second.subscribe("c", "room", Subscription::Connect).unwrap();
    second.subscribe("again", "room", Subscription::Connect).unwrap();
    second.set_user(Some("ada"));
    second.unsubscribe("again");
    drop(second);
    let news = |status: &str, id: &str, user: Value| {
        let data = json!({"status": status, "data": [{"connectionId": id, "userId": user}]});
        ("u".to_owned(), data)
    };
    assert_eq!(
        heard(&mut end),
        [
            news("LISTING", "first", Value::Null),
            news("CONNECTED", "second", Value::Null),
            news("USERUPDATE", "second", json!("ada")),
            news("DISCONNECTED", "second", json!("ada")),
        ]
    );
}

#[test]
fn a_command_reaches_who_listens_for_commands_its_sender_included() {
    let hub = Hub::default();
    let (sender, mut own) = join(&hub, "sender");
    let (listener, mut other) = join(&hub, "listener");
    sender.subscribe("c", "room", Subscription::Commands).unwrap();
    listener.subscribe("x", "room", Subscription::Commands).unwrap();
    sender.command("room", "PING", &json!({"n": 1}));
    sender.command("elsewhere", "PING", &json!(null));
    let command = json!({
        "type": "PING", "data": {"n": 1},
        "userInfo": {"connectionId": "sender", "userId": null}
    });
    assert_eq!(heard(&mut own), [("c".to_owned(), command.clone())]);
    assert_eq!(heard(&mut other), [("x".to_owned(), command)]);
}

#[test]
fn who_is_too_slow_is_dropped_and_others_hear_of_it() {
    let hub = Hub::default();
    let (slow, mut slow_end) = join(&hub, "slow");
    slow.subscribe("c", "room", Subscription::Connect).unwrap();
    slow.subscribe("m", "room", Subscription::Messages(None)).unwrap();
    let (fine, mut end) = join(&hub, "fine");
    fine.subscribe("u", "room", Subscription::Users).unwrap();
    for n in 0..9 {
        publish(&hub, &app(), "room", &json!({ "message": n }), START);
    }
    assert!(slow_end.is_cut());
    assert_eq!(heard(&mut slow_end).len(), 8, "what fitted");
    let statuses: Vec<Value> =
        heard(&mut end).into_iter().map(|(_, data)| data["status"].clone()).collect();
    assert_eq!(statuses, ["LISTING", "DISCONNECTED"]);
    assert!(slow.subscribe("m", "room", Subscription::Messages(None)).is_ok(), "to no effect");
}

#[test]
fn nothing_is_left_behind_and_subscriptions_are_bounded() {
    let hub = Hub::default();
    let (member, _end) = join(&hub, "a");
    for n in 0..limits::SUBSCRIPTIONS_MAX {
        member.subscribe(&n.to_string(), "room", Subscription::Messages(None)).unwrap();
    }
    let one_more = member.subscribe("more", "room", Subscription::Commands);
    assert_eq!(one_more, Err(SubscribeError::TooMany));
    member.subscribe("0", "elsewhere", Subscription::Connect).unwrap();
    drop(member);
    let state = hub.state();
    assert!(state.connections.is_empty() && state.channels.is_empty());
}

#[test]
fn a_mailbox_gives_each_message_once_and_keeps_it_for_a_minute() {
    let hub = Hub::default();
    let at = |millis: i64| Timestamp::from_millis(START + millis);
    let id = hub.open_mailbox(&app(), "news", None, at(0)).unwrap();
    let take = |millis: i64| -> Option<Vec<Value>> {
        let found = hub.empty_mailbox(&app(), "news", &id, at(millis))?;
        Some(found.iter().map(|envelope| envelope.message.clone()).collect())
    };
    publish(&hub, &app(), "news", &json!({"message": 1}), START);
    publish(&hub, &app(), "news", &json!({"message": 2}), START + 50_000);
    assert_eq!(take(61_000), Some(vec![json!(2)]));
    assert_eq!(take(61_000), Some(vec![]));
    for n in 0..=limits::MAILBOX_MESSAGES_MAX {
        publish(&hub, &app(), "news", &json!({ "message": n }), START + 62_000);
    }
    let kept = take(63_000).unwrap();
    assert_eq!((kept.len(), &kept[0]), (limits::MAILBOX_MESSAGES_MAX, &json!(1)));
    assert!(hub.empty_mailbox(&app(), "sport", &id, at(63_000)).is_none(), "not of that channel");
    assert_eq!(take(63_000 + limits::MAILBOX_IDLE_MS), None, "forgotten");
    assert!(hub.state().channels.is_empty());
}
