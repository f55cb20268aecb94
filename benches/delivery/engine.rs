//! The engine, whole: the audience from SQLite, retries, the ledger, and the real wire.

use crate::process::{peak_mb, processor, processor_of, reset_peak};
use crate::{App, config, publish, until_done};
use blockcast::clock::{Clock, Stopwatch, real_pause};
use blockcast::deliver::{Parcel, Provider, Providers, Reach, Sending};
use blockcast::id::MessageId;
use blockcast::model::{Os, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Single messages whose way to the wire is measured, at most.
const SINGLES: usize = 1_000;
/// Of these, how many must have come during a broadcast.
const SINGLES_BUSY: usize = 200;

/// One broadcast to all devices of a data folder; `keeps` outcomes as they come, or at the end.
pub(crate) async fn broadcast(folder: &Path, devices: usize, keeps: bool) -> Value {
    let mut config = config(Some(folder));
    config.delivery.keeps_at_end = !keeps;
    let app = App::open(&config).await.unwrap();
    reset_peak();
    let writing = || processor_of("store-writer") + processor_of("store-flusher");
    let (before, writer, since) = (processor(), writing(), Stopwatch::start());
    let id = publish(&app).await;
    until_done(&app, &id).await;
    let measured = json!({
        "wall": since.elapsed().as_secs_f64(),
        "cpu": processor() - before,
        "writer": writing() - writer,
        "peak": peak_mb(),
    });
    let status = app.publisher.status(app.app_id(), &id).await.unwrap();
    assert_eq!(usize::try_from(status.sent).unwrap(), devices);
    app.stop().await;
    measured
}

/// How long a message to one device takes from the moment its publish was answered to the
/// moment its request is sent, with nothing else to do and during a broadcast.
pub(crate) async fn first(folder: &Path) -> Value {
    let config = config(Some(folder));
    let Providers::Devices(real) = Providers::from_settings(&config.providers, &Clock::system())
        .expect("the simulator's settings")
    else {
        panic!("the settings name another server");
    };
    let watched = Arc::new(Watched {
        inner: Arc::clone(real.of(Os::Android)),
        since: Stopwatch::start(),
        sent: Mutex::default(),
    });
    let providers = Providers::same(Arc::clone(&watched) as Arc<dyn Provider>);
    let app = App::open_with(&config, Clock::system(), providers).await.unwrap();
    // Opens the connection and gets the access token.
    singles(&app, &watched, 1, None).await;
    let idle = singles(&app, &watched, SINGLES, None).await;
    let broadcast = publish(&app).await;
    let busy = singles(&app, &watched, SINGLES, Some(&broadcast)).await;
    assert!(busy.len() >= SINGLES_BUSY, "the broadcast was over too soon: take more devices");
    until_done(&app, &broadcast).await;
    app.stop().await;
    json!({ "idle": percentiles(idle), "busy": percentiles(busy) })
}

/// A provider that notes when each single message is sent.
struct Watched {
    inner: Arc<dyn Provider>,
    since: Stopwatch,
    sent: Mutex<BTreeMap<MessageId, Duration>>,
}

impl Provider for Watched {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        if !parcel.message.publication.singlecast.is_empty() {
            let now = self.since.elapsed();
            self.sent.lock().unwrap().insert(parcel.message.id.clone(), now);
        }
        self.inner.send(parcel)
    }
}

/// Sends so many messages, at most, one after the other, as long as a broadcast runs; gives how
/// many milliseconds each took.
async fn singles(
    app: &App,
    watched: &Watched,
    number: usize,
    during: Option<&MessageId>,
) -> Vec<f64> {
    let mut accepted = Vec::new();
    for number in 0..number {
        let device = format!("d{number}");
        let body = json!({"message": "m", "pushSinglecast": [device]});
        let receipt = app.publisher.publish(app.app_id(), "default", &body, None).await.unwrap();
        let at = watched.since.elapsed();
        if let Some(broadcast) = during {
            let status = app.publisher.status(app.app_id(), broadcast).await.unwrap();
            if status.state != State::Scheduled {
                break;
            }
        }
        accepted.push((receipt.message_id, at));
        real_pause(Duration::from_millis(1)).await;
    }
    let mut delays = Vec::new();
    for (id, at) in accepted {
        let sent = loop {
            if let Some(sent) = watched.sent.lock().unwrap().get(&id) {
                break *sent;
            }
            real_pause(Duration::from_millis(1)).await;
        };
        delays.push(sent.saturating_sub(at).as_secs_f64() * 1_000.0);
    }
    delays
}

/// Of the median and the slowest in a hundred.
fn percentiles(mut delays: Vec<f64>) -> Value {
    delays.sort_unstable_by(f64::total_cmp);
    let at = |percent: usize| delays[(delays.len() * percent / 100).min(delays.len() - 1)];
    json!({ "p50": at(50), "p99": at(99) })
}
