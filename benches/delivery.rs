//! How fast the engine brings a broadcast to its devices: audience from SQLite, sends to a
//! provider that answers at once (or after a latency), ledger and inboxes kept. What the
//! network costs is not in it.
//!
//! `cargo bench --bench delivery -- [DEVICES...] [--latency MS]`; data folders are kept in
//! `target/bench` and used again.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may fail loudly")]

use blockcast::app::App;
use blockcast::clock::{Clock, Stopwatch, real_pause};
use blockcast::config::Config;
use blockcast::deliver::{Outcome, Parcel, Provider, Providers, Reach, Sending};
use blockcast::id::{DeviceId, MessageId};
use blockcast::model::State;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Single messages whose way to the wire is measured.
const SINGLES: usize = 300;

/// Takes everything, and notes when a message to one device came.
struct Sink {
    latency: Duration,
    taken: AtomicU64,
    singles: Mutex<BTreeMap<MessageId, Duration>>,
    since: Stopwatch,
}

impl Provider for Sink {
    fn name(&self) -> &'static str {
        "sink"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        if !parcel.message.publication.singlecast.is_empty() {
            let came = self.since.elapsed();
            self.singles.lock().unwrap().insert(parcel.message.id.clone(), came);
        }
        Box::pin(async {
            if !self.latency.is_zero() {
                real_pause(self.latency).await;
            }
            Outcome::Accepted
        })
    }
}

struct Bench {
    app: App,
    sink: Arc<Sink>,
}

fn main() {
    let mut sizes: Vec<usize> = Vec::new();
    let mut latency = 0;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--latency" => latency = args.next().unwrap().parse().unwrap(),
            // What cargo says to every benchmark.
            "--bench" => {}
            size => sizes.push(size.parse().unwrap()),
        }
    }
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000, 1_000_000];
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{:>9} {:>9} {:>11} {:>8}  CPU by thread", "devices", "per s", "per CPU-s", "peak MB");
    for devices in sizes {
        runtime.block_on(measure(devices, Duration::from_millis(latency)));
    }
}

async fn measure(devices: usize, latency: Duration) {
    let bench = open(devices, latency).await;
    reset_peak();
    let (before, since) = (cpu_by_thread(), Stopwatch::start());
    let id = publish(&bench.app, json!({"message": "m", "publishPolicy": "PUSH"})).await;
    until_done(&bench.app, &id).await;
    let (wall, after) = (since.elapsed().as_secs_f64(), cpu_by_thread());
    let used: BTreeMap<_, _> = after
        .iter()
        .map(|(name, seconds)| (name, seconds - before.get(name).unwrap_or(&0.0)))
        .filter(|(_, seconds)| *seconds > 0.005)
        .collect();
    let cpu: f64 = used.values().sum();
    let status = bench.app.publisher.status(bench.app.app_id(), &id).await.unwrap();
    assert_eq!(usize::try_from(status.sent).unwrap(), devices);
    let rate = |seconds: f64| f64::from(u32::try_from(devices).unwrap()) / seconds;
    let threads: Vec<_> = used
        .iter()
        .map(|(name, seconds)| format!("{name} {:.0} %", seconds / cpu * 100.0))
        .collect();
    println!(
        "{devices:>9} {:>9.0} {:>11.0} {:>8}  {}",
        rate(wall),
        rate(cpu),
        peak_mb(),
        threads.join(", ")
    );
    singles(&bench, "idle").await;
    if devices >= 100_000 {
        let id = publish(&bench.app, json!({"message": "m", "publishPolicy": "PUSH"})).await;
        singles(&bench, "during a broadcast").await;
        until_done(&bench.app, &id).await;
    }
    bench.app.stop().await;
}

/// From the moment a publish was accepted to its first send.
async fn singles(bench: &Bench, when: &str) {
    let mut accepted = Vec::new();
    for number in 0..SINGLES {
        let body = json!({"message": "m", "pushSinglecast": [format!("d{number}")]});
        let id = publish(&bench.app, body).await;
        accepted.push((id, bench.sink.since.elapsed()));
        real_pause(Duration::from_millis(2)).await;
    }
    let mut delays = Vec::new();
    for (id, at) in accepted {
        let came = loop {
            if let Some(came) = bench.sink.singles.lock().unwrap().get(&id) {
                break *came;
            }
            real_pause(Duration::from_millis(1)).await;
        };
        delays.push(came.saturating_sub(at));
    }
    delays.sort_unstable();
    let at = |percent: usize| delays[(delays.len() * percent / 100).min(delays.len() - 1)];
    println!("          accepted to wire, {when}: p50 {:?}, p99 {:?}", at(50), at(99));
}

async fn open(devices: usize, latency: Duration) -> Bench {
    let folder = PathBuf::from(format!("target/bench/delivery-{devices}"));
    let new = !folder.is_dir();
    let sink = Arc::new(Sink {
        latency,
        taken: AtomicU64::new(0),
        singles: Mutex::default(),
        since: Stopwatch::start(),
    });
    let providers = Providers::same(Arc::clone(&sink) as Arc<dyn Provider>);
    let config = Config { data: Some(folder.clone()), ..Config::in_memory() };
    std::fs::create_dir_all(Path::new("target/bench")).unwrap();
    let app = App::open_with(&config, Clock::system(), providers).await.unwrap();
    if new {
        register(&app, devices).await;
    }
    let last = DeviceId::new(format!("d{}", devices - 1));
    let whole = app.registry.device(app.app_id(), &last).await;
    assert!(whole.is_ok(), "{} is incomplete; delete it", folder.display());
    Bench { app, sink }
}

async fn register(app: &App, devices: usize) {
    for first in (0..devices).step_by(5_000) {
        let some = (first..devices.min(first + 5_000)).map(|number| {
            let token = format!("{number:0>64x}");
            let body =
                json!({"deviceId": format!("d{number}"), "deviceToken": token, "os": "ANDROID"});
            app.registry.check(&body).unwrap()
        });
        app.registry.import(app.app_id(), some.collect()).await.unwrap();
    }
}

async fn publish(app: &App, body: serde_json::Value) -> MessageId {
    let receipt = app.publisher.publish(app.app_id(), "default", &body, None).await.unwrap();
    receipt.message_id
}

async fn until_done(app: &App, id: &MessageId) {
    loop {
        let status = app.publisher.status(app.app_id(), id).await.unwrap();
        if status.state == State::Published {
            return;
        }
        real_pause(Duration::from_millis(5)).await;
    }
}

/// Seconds of the processor by the name of the thread.
fn cpu_by_thread() -> BTreeMap<String, f64> {
    let mut used = BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let path = task.unwrap().path();
        // A thread may end while it is looked at.
        let Ok(stat) = std::fs::read_to_string(path.join("schedstat")) else { continue };
        let Ok(name) = std::fs::read_to_string(path.join("comm")) else { continue };
        let ns: f64 = stat.split_whitespace().next().unwrap().parse().unwrap();
        *used.entry(name.trim().to_owned()).or_insert(0.0) += ns / 1e9;
    }
    used
}

fn reset_peak() {
    // 5 resets the peak of the resident size; needs Linux.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}
