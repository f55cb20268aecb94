//! How fast the engine delivers over the real wire, beside a bare HTTP/2 client.
//!
//! `make bench-delivery`, or `cargo bench --bench delivery -- [--only NAME] [--rounds N]
//! [--devices N]`, where NAME is one of `wire`, `web`, `latency`, `sizes`, `first`, and the
//! devices are those of one size. The client has the first processor and `blockcast simulate`
//! the second, each in a process of its own. On a shared machine messages for each second of
//! the client's processor say more than the rate. Data folders are kept in `target/bench` and
//! used again.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    reason = "a benchmark may fail loudly"
)]

mod bare;
mod crypto;
mod devices;
mod engine;
mod pattern;
mod process;

use blockcast::app::App;
use blockcast::clock::real_pause;
use blockcast::config::{Config, Flags};
use blockcast::id::MessageId;
use blockcast::model::State;
use devices::{Service, registered};
use pattern::Pattern;
use process::{Simulator, child, simulator_folder, text};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = match words.first() {
        Some(&"bare") => tokio::runtime::Builder::new_current_thread().enable_all().build(),
        _ => tokio::runtime::Builder::new_multi_thread().enable_all().build(),
    };
    let runtime = runtime.unwrap();
    let number = |text: &str| text.parse::<usize>().unwrap();
    let measured = match *words.as_slice() {
        [which @ ("engine" | "bare-engine"), folder, devices] => {
            let keeps = which == "engine";
            runtime.block_on(engine::broadcast(Path::new(folder), number(devices), keeps))
        }
        ["bare", service, url, devices] => {
            runtime.block_on(bare::run(Service::named(service), url, number(devices)))
        }
        ["first", folder] => runtime.block_on(engine::first(Path::new(folder))),
        ["crypto", messages] => crypto::run(number(messages)),
        _ => return runtime.block_on(all(&words)),
    };
    println!("{measured}");
}

async fn all(words: &[&str]) {
    let option = |name: &str| {
        let at = words.iter().position(|word| *word == name)?;
        words.get(at + 1).copied()
    };
    let rounds = option("--rounds").map_or(3, |text| text.parse().unwrap());
    let wanted = |name: &str| option("--only").is_none_or(|only| only == name);
    if wanted("wire") {
        wire(Service::Apns, rounds).await;
        wire(Service::Fcm, rounds).await;
    }
    if wanted("web") {
        web(rounds).await;
    }
    if wanted("latency") {
        latency().await;
    }
    if wanted("sizes") {
        let one = option("--devices").map(|text| text.parse().unwrap());
        sizes(&one.map_or_else(|| SIZES.to_vec(), |devices| vec![devices])).await;
    }
    if wanted("first") {
        first().await;
    }
}

/// Devices of a comparison.
const DEVICES: usize = 200_000;
/// Devices by whose number memory and rate are compared.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// The engine beside the bare client, one after the other, in rounds.
async fn wire(service: Service, rounds: usize) {
    Pattern::record(service).await;
    let simulator = Simulator::start(&[]);
    let folder = registered(service, DEVICES, &simulator).await;
    let count = DEVICES.to_string();
    let (mut bare, mut whole, mut unkept) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        bare.push(child("0", &["bare", service.name(), &simulator.url, &count]));
        whole.push(child("0", &["engine", text(&folder), &count]));
        unkept.push(child("0", &["bare-engine", text(&folder), &count]));
    }
    println!("\n{}, {DEVICES} devices, one processor", service.name());
    let (bare, whole) = (line("bare h2", &bare, DEVICES), line("engine", &whole, DEVICES));
    println!("  the engine reaches {:.0} % of bare h2", whole / bare * 100.0);
    ledger(whole, &unkept, DEVICES);
}

/// What the ledger costs, beside runs that keep nothing before their end.
fn ledger(whole: f64, unkept: &[Value], devices: usize) {
    let unkept = line("unkept", unkept, devices);
    println!("  the ledger takes {:.1} % of the rate", (1.0 - whole / unkept) * 100.0);
}

/// Prints what was measured of some runs, their medians; gives messages for each second of the
/// processor.
fn line(name: &str, runs: &[Value], devices: usize) -> f64 {
    let rate = |seconds: f64| f64::from(u32::try_from(devices).unwrap()) / seconds;
    let per_processor = rate(median(runs, "cpu"));
    print!("  {name:<8} {per_processor:>8.0} per CPU-s");
    if runs[0]["wall"].is_number() {
        print!("  {:>8.0}/s", rate(median(runs, "wall")));
        print!("  {:>4.0} MB at most", median(runs, "peak"));
    }
    if runs[0]["writer"].is_number() {
        let share = median(runs, "writer") / median(runs, "cpu") * 100.0;
        print!("  {share:.1} % of it writes");
    }
    println!();
    per_processor
}

fn median(runs: &[Value], name: &str) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(|run| run[name].as_f64().unwrap()).collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Web Push beside its cryptography.
async fn web(rounds: usize) {
    let devices = 50_000;
    let simulator = Simulator::start(&[]);
    let folder = registered(Service::WebPush, devices, &simulator).await;
    let count = devices.to_string();
    let (mut bare, mut whole, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let mut unkept = Vec::new();
    for _ in 0..rounds {
        bare.push(child("0", &["crypto", &count]));
        whole.push(child("0", &["engine", text(&folder), &count]));
        unkept.push(child("0", &["bare-engine", text(&folder), &count]));
        both.push(child("0,1", &["engine", text(&folder), &count]));
    }
    println!("\nwebpush, {devices} devices");
    let (bare, whole) = (line("crypto", &bare, devices), line("engine", &whole, devices));
    line("two", &both, devices);
    println!("  the engine reaches {:.0} % of its cryptography", whole / bare * 100.0);
    ledger(whole, &unkept, devices);
    let used = median(&both, "cpu") / median(&both, "wall");
    println!("  with two processors, which the simulator shares, it uses {used:.2} of them");
}

/// A service that answers after 50 ms.
async fn latency() {
    println!("\nfcm, {DEVICES} devices, 50 ms until each answer");
    for streams in ["1000", "100"] {
        let simulator = Simulator::start(&["--latency-ms", "50", "--streams", streams]);
        let folder = registered(Service::Fcm, DEVICES, &simulator).await;
        let runs = [child("0", &["engine", text(&folder), &DEVICES.to_string()])];
        println!("  {streams} streams a connection");
        line("engine", &runs, DEVICES);
    }
}

/// Memory and rate by the size of the audience.
async fn sizes(sizes: &[usize]) {
    println!("\nfcm, by the number of devices");
    let simulator = Simulator::start(&[]);
    for devices in sizes.iter().copied() {
        let folder = registered(Service::Fcm, devices, &simulator).await;
        let runs = [child("0", &["engine", text(&folder), &devices.to_string()])];
        line(&devices.to_string(), &runs, devices);
    }
}

/// From a publish that was answered to its request.
async fn first() {
    let simulator = Simulator::start(&[]);
    let folder = registered(Service::Fcm, DEVICES, &simulator).await;
    let measured = child("0,1", &["first", text(&folder)]);
    println!("\nfrom the answer to a publish to its request, in ms");
    for (name, label) in [("idle", "idle"), ("busy", "during a broadcast")] {
        let ms = |which: &str| measured[name][which].as_f64().unwrap();
        println!("  {label:<20} p50 {:.2}  p99 {:.2}", ms("p50"), ms("p99"));
    }
}

/// Settings that send to the simulator, as fast as it goes.
fn config(data: Option<&Path>) -> Config {
    let file = simulator_folder().join("blockcast.toml");
    let flags = Flags { data: data.map(Path::to_owned), ..Flags::default() };
    let mut config = Config::load(Some(&file), |_| None, flags).unwrap();
    config.delivery.paces.insert("fcm".to_owned(), u32::MAX);
    if data.is_none() {
        config.data = None;
    }
    config
}

async fn publish(app: &App) -> MessageId {
    let body = json!({
        "message": "Tea is ready", "publishPolicy": "PUSH",
        "headers": {
            "android-content-title": "Tea", "android-content-text": "Tea is ready",
            "ios-alert": "Tea is ready", "ios-badge": "1", "city": "Kyiv",
        },
    });
    let receipt = app.publisher.publish(app.app_id(), "default", &body, None).await.unwrap();
    receipt.message_id
}

async fn until_done(app: &App, id: &MessageId) {
    loop {
        let status = app.publisher.status(app.app_id(), id).await.unwrap();
        if status.state == State::Published {
            return;
        }
        assert_eq!(status.state, State::Scheduled, "{:?}", status.error_message);
        // Each look costs the engine's processor, too.
        real_pause(Duration::from_millis(20)).await;
    }
}
