//! Cancelling while the time comes: each message is either cancelled or published, and status,
//! subscribers and phone agree on which.

use crate::harness::server::block_on;
use blockcast::app::App;
use blockcast::clock::{Clock, Timestamp};
use blockcast::config::Config;
use blockcast::id::{DeviceId, MessageId};
use blockcast::model::State;
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use std::collections::BTreeSet;

const START: i64 = 1_795_472_889_522;
/// Messages, each due a millisecond after the one before.
const MESSAGES: i64 = 300;

pub(super) fn trials() -> Vec<Trial> {
    vec![Trial::test("schedules/a_cancellation_or_the_message_wins", || {
        block_on(async {
            for ahead_ms in [-2, -1, 0, 1, 2] {
                race(ahead_ms).await?;
            }
            Ok(())
        })
    })]
}

/// Each message is cancelled when the clock is so far before its time, by a task of its own.
async fn race(ahead_ms: i64) -> Result<(), Failed> {
    let clock = Clock::virtual_at(Timestamp::from_millis(START));
    let app = App::open_at(&Config::in_memory(), clock.clone()).await?;
    let id = app.app_id().clone();
    let device = json!({"deviceId": "phone", "deviceToken": "t", "os": "ANDROID"});
    app.registry.register(&id, &device).await?;
    let mailbox = app.hub.open_mailbox(&id, "default", None, clock.now())?;
    let mut races = Vec::new();
    for number in 1..=MESSAGES {
        let due = START + number;
        let body = json!({"message": number, "publishPolicy": "BOTH", "publishAt": due});
        let message = app.publisher.publish(&id, "default", &body, None).await?.message_id;
        let (app, clock, id) = (app.clone(), clock.clone(), id.clone());
        races.push(tokio::spawn(async move {
            clock.sleep_until(Timestamp::from_millis(due - ahead_ms)).await;
            let cancelled = app.publisher.cancel(&id, &message).await.is_ok();
            (message, cancelled)
        }));
    }
    for _ in 0..MESSAGES + 5 {
        clock.advance(1);
        tokio::task::yield_now().await;
    }
    let mut outcomes = Vec::new();
    for race in races {
        outcomes.push(race.await?);
    }
    app.drain().await;
    let heard = app.hub.empty_mailbox(&id, "default", &mailbox, clock.now()).ok_or("no mailbox")?;
    let heard: Vec<MessageId> = heard.iter().map(|message| message.id.clone()).collect();
    check(&app, &outcomes, &heard).await?;
    app.stop().await;
    Ok(())
}

async fn check(
    app: &App,
    outcomes: &[(MessageId, bool)],
    heard: &[MessageId],
) -> Result<(), Failed> {
    let phone = DeviceId::new("phone");
    let (key, _) = app.registry.device(app.app_id(), &phone).await?;
    let mut got = Vec::new();
    loop {
        let after = got.last().map_or(0, |entry: &blockcast::model::InboxEntry| entry.sequence);
        let page = app.inbox_after(key, &phone, after).await?;
        if page.is_empty() {
            break;
        }
        got.extend(page);
    }
    let got: Vec<_> = got.into_iter().map(|entry| entry.notification.message_id).collect();
    for (who, list) in [("the phone", got.as_slice()), ("a subscriber", heard)] {
        let unique: BTreeSet<_> = list.iter().collect();
        if unique.len() != list.len() {
            return Err(format!("{who} got a message twice").into());
        }
    }
    for (message, cancelled) in outcomes {
        let status = app.publisher.status(app.app_id(), message).await?;
        let expected = if *cancelled { (State::Cancelled, 0) } else { (State::Published, 1) };
        let reached = [got.contains(message), heard.contains(message)];
        if (status.state, status.sent) != expected || reached != [!cancelled; 2] {
            return Err(format!(
                "cancelled: {cancelled}, but {status:?}; phone and subscriber got it: {reached:?}"
            )
            .into());
        }
    }
    Ok(())
}
