//! An application is removed while its messages are on their way: what is on the wire is the
//! last of them but for what was handed out already, nothing of them comes back, and everybody
//! else's go on.

use crate::harness::server::{PATIENCE, block_on, eventually};
use blockcast::app::App;
use blockcast::clock::{Clock, Timestamp};
use blockcast::config::Config;
use blockcast::deliver::{Outcome, Parcel, Provider, Providers, Reach, Sending};
use blockcast::id::{AppId, MessageId};
use blockcast::limits;
use blockcast::model::State;
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

/// Several times what may be in flight, and be answered before the removal is noticed.
const DEVICES: usize = 24 * limits::AUDIENCE_PAGE;
const START: i64 = 1_795_472_889_522;

pub(super) fn trials() -> Vec<Trial> {
    [("only_marked", false), ("deleted", true)]
        .map(|(how, purged)| {
            let name = format!("schedules/an_app_is_{how}_while_it_delivers");
            Trial::test(name, move || {
                block_on(async move {
                    // An engine that can't get rid of a message never has nothing to do.
                    let removed = tokio::time::timeout(PATIENCE, remove(purged)).await;
                    removed.map_err(|_| "the engine doesn't come to rest")?
                })
            })
        })
        .into()
}

/// Holds every send until it is let go, then asks for another attempt.
struct Held {
    begun: Arc<AtomicUsize>,
    go: watch::Receiver<bool>,
}

impl Provider for Held {
    fn name(&self) -> &'static str {
        "held"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mut go = self.go.clone();
        let kept = parcel.message.channel == "kept";
        Box::pin(async move {
            let _ = go.wait_for(|go| *go).await;
            if kept {
                Outcome::Accepted
            } else {
                let scope = blockcast::deliver::Scope::Device;
                Outcome::Retry { after: None, scope, reason: "busy".into() }
            }
        })
    }
}

async fn remove(purged: bool) -> Result<(), Failed> {
    let clock = Clock::virtual_at(Timestamp::from_millis(START));
    let begun = Arc::new(AtomicUsize::new(0));
    let (let_go, go) = watch::channel(false);
    let providers = Providers::same(Arc::new(Held { begun: Arc::clone(&begun), go }));
    let app = App::open_with(&Config::in_memory(), clock.clone(), providers).await?;
    let (kept, gone) = (app.app_id().clone(), app.gate.create_app("gone", None).await?.0.id);
    for number in 0..DEVICES {
        register(&app, &gone, number, "default").await?;
    }
    register(&app, &kept, 0, "kept").await?;
    let lost = publish(&app, &gone, "default").await?;
    let stays = publish(&app, &kept, "kept").await?;
    // More than the one that stays.
    eventually("the sends begin", || async { Ok(begun.load(Ordering::SeqCst) > 1) }).await?;

    app.gate.remove_app(&gone, None).await?;
    if purged {
        app.gate.purge().await?;
    }
    let_go.send_replace(true);
    eventually("the other's message is published", || async {
        Ok(app.publisher.status(&kept, &stays).await?.state == State::Published)
    })
    .await?;
    // What was handed out is sent; its retries would come now.
    app.drain().await;
    clock.advance(limits::RETRY_LAST_MS);
    app.drain().await;
    app.gate.purge().await?;
    let sent = begun.load(Ordering::SeqCst);
    if sent > DEVICES / 2 {
        return Err(format!("{sent} sends to {DEVICES} devices: it went on").into());
    }
    if let Some(left) = app.store().message(&gone, &lost).await? {
        return Err(format!("left behind: {left:?}").into());
    }
    app.stop().await;
    Ok(())
}

async fn register(app: &App, owner: &AppId, number: usize, channel: &str) -> Result<(), Failed> {
    let id = format!("d{number}");
    let body = json!({"deviceId": id, "deviceToken": id, "os": "IOS", "channels": [channel]});
    app.registry.register(owner, &body).await?;
    Ok(())
}

async fn publish(app: &App, owner: &AppId, channel: &str) -> Result<MessageId, Failed> {
    let body = json!({"message": "m", "publishPolicy": "PUSH"});
    Ok(app.publisher.publish(owner, channel, &body, None).await?.message_id)
}
