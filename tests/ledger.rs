//! A broadcast with faults of every kind: its ledger equals what the provider counted, and
//! when the process is killed again and again, nobody is missing and few are told twice, each
//! time with the same message id.
//!
//! The provider writes a line for each send into a file before it answers, so the count
//! outlives a kill. `BLOCKCAST_LONG=1` takes 200,000 devices (`make test-long`).

use crate::harness::server::{Folder, block_on, eventually};
use blockcast::app::App;
use blockcast::clock::{Clock, real_pause};
use blockcast::config::Config;
use blockcast::deliver::{Outcome, Parcel, Provider, Providers, Reach, Scope, Sending};
use blockcast::id::MessageId;
use blockcast::limits;
use blockcast::model::{DeviceKey, State};
use blockcast::store::Kind;
use libtest_mimic::{Failed, Trial};
use serde_json::json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Tells the test binary that it is the server that gets killed.
const CHILD: &str = "BLOCKCAST_LEDGER_CHILD";
const KEY: &str = "the-broadcast";
/// One device in twenty has each of these faults.
const FAULTS: [&str; 6] = ["gone", "busy", "slow", "throttled", "reset", "refused"];
const ONE_IN: usize = 20;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("ledger/equals_what_the_provider_counted", || block_on(check(0))),
        Trial::test("ledger/misses_nobody_when_the_process_is_killed", || block_on(check(5))),
    ]
}

fn devices() -> usize {
    if std::env::var_os("BLOCKCAST_LONG").is_some() { 200_000 } else { 10_000 }
}

/// What a device's token makes of a send; each counts its sends in a file.
struct Faulty {
    log: Mutex<File>,
}

impl Provider for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let (device, _) = parcel.to.as_ref().unwrap();
            let line = format!("{} {}\n", device.token, parcel.message.id);
            self.log.lock().unwrap().write_all(line.as_bytes()).unwrap();
            let reason = || "a fault of the test".to_owned();
            let first = device.attempts == 0;
            match device.token.split('-').next().unwrap() {
                "gone" => Outcome::Gone { since: None },
                "refused" => Outcome::Rejected { reason: reason() },
                "busy" if first => {
                    Outcome::Retry { after: None, scope: Scope::Provider, reason: reason() }
                }
                "throttled" if first => {
                    let after = Some(Duration::from_secs(1));
                    Outcome::Retry { after, scope: Scope::Device, reason: reason() }
                }
                "reset" if first => Outcome::Unknown { reason: reason() },
                "slow" => {
                    real_pause(Duration::from_millis(1_500)).await;
                    Outcome::Accepted
                }
                _ => Outcome::Accepted,
            }
        })
    }
}

/// What a token should come to, and how many sends that takes.
fn expected(token: &str) -> (Kind, usize) {
    match token.split('-').next().unwrap() {
        "gone" => (Kind::Gone, 1),
        "refused" => (Kind::Failed, 1),
        "busy" | "throttled" | "reset" => (Kind::Accepted, 2),
        _ => (Kind::Accepted, 1),
    }
}

fn token(number: usize) -> String {
    let fault = FAULTS.get(number % ONE_IN).copied().unwrap_or("fine");
    format!("{fault}-{number}")
}

async fn open(folder: &Path, log: &Path) -> App {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let provider = Providers::same(Arc::new(Faulty { log: Mutex::new(log) }));
    let config = Config { data: Some(folder.to_owned()), ..Config::in_memory() };
    App::open_with(&config, Clock::system(), provider).await.unwrap()
}

async fn publish(app: &App) -> MessageId {
    let body = json!({"message": "m", "publishPolicy": "PUSH"});
    let published = app.publisher.publish(app.app_id(), "default", &body, Some(KEY));
    published.await.unwrap().message_id
}

async fn until_done(app: &App, id: &MessageId) -> Result<(), Failed> {
    eventually("the broadcast is done", || async {
        app.drain().await;
        real_pause(Duration::from_millis(20)).await;
        let status = app.publisher.status(app.app_id(), id).await?;
        Ok(status.state != State::Scheduled)
    })
    .await
}

/// The server that gets killed: publishes once, and ends when everybody is told.
pub(crate) fn child() -> Option<ExitCode> {
    let folder = std::env::var_os(CHILD)?;
    let folder = Path::new(&folder);
    let done = block_on(async {
        let app = open(folder, &folder.join("sends.log")).await;
        let id = publish(&app).await;
        until_done(&app, &id).await?;
        app.stop().await;
        Ok(())
    });
    Some(if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn check(kills: usize) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let log = folder.path().join("sends.log");
    let app = open(folder.path(), &log).await;
    let numbers: Vec<_> = (0..devices()).collect();
    for some in numbers.chunks(5_000) {
        let registration = |number: &usize| {
            let body = json!({
                "deviceId": format!("d{number}"), "deviceToken": token(*number), "os": "ANDROID"
            });
            app.registry.check(&body).unwrap()
        };
        app.registry.import(app.app_id(), some.iter().map(registration).collect()).await?;
    }
    app.stop().await;
    for kill in 1..=kills {
        let child = RefCell::new(start(folder.path())?);
        // Spread over the broadcast, its end included.
        let lines = devices() * kill / kills;
        eventually("enough is sent", || async {
            real_pause(Duration::from_millis(5)).await;
            Ok(child.borrow_mut().try_wait()?.is_some() || sends(&log)? >= lines)
        })
        .await?;
        child.borrow_mut().kill()?;
        child.into_inner().wait()?;
    }
    if !start(folder.path())?.wait()?.success() {
        return Err("the last server didn't get to the end".into());
    }
    let app = open(folder.path(), &log).await;
    let id = publish(&app).await;
    compare(&app, &id, &log, kills).await?;
    app.stop().await;
    Ok(())
}

fn start(folder: &Path) -> Result<Child, Failed> {
    Ok(Command::new(std::env::current_exe()?).env(CHILD, folder).spawn()?)
}

fn sends(log: &Path) -> Result<usize, Failed> {
    Ok(std::fs::read_to_string(log)?.lines().count())
}

#[expect(clippy::print_stderr, reason = "the numbers are what a long run is for")]
async fn compare(app: &App, id: &MessageId, log: &Path, kills: usize) -> Result<(), Failed> {
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for line in std::fs::read_to_string(log)?.lines() {
        let (token, message) = line.split_once(' ').ok_or("a line is damaged")?;
        if message != id.as_str() {
            return Err(format!("{token} got {message}, not {id}").into());
        }
        *sent.entry(token.to_owned()).or_default() += 1;
    }
    let delivery = app.store().delivery(app.app_id(), id).await?.ok_or("no such message")?;
    let (mut told, mut tally) = (BTreeSet::new(), BTreeMap::new());
    let mut after = DeviceKey(0);
    loop {
        let entries = app.store().ledger_after(delivery.key, after).await?;
        let Some(last) = entries.last() else { break };
        after = last.key;
        for entry in entries {
            let device = entry.device.ok_or("a device has no id")?;
            let token = token(device.as_str()[1..].parse()?);
            let (kind, _) = expected(&token);
            if entry.kind != kind {
                return Err(format!("{token}: {:?}, {:?}", entry.kind, entry.reason).into());
            }
            *tally.entry(kind).or_insert(0_u64) += 1;
            if !told.insert(device.clone()) {
                return Err(format!("{device} is in the ledger twice").into());
            }
        }
    }
    let of = |kind| tally.get(&kind).copied().unwrap_or_default();
    let counted = (delivery.accepted, delivery.failed, delivery.gone, delivery.waiting);
    if counted != (of(Kind::Accepted), of(Kind::Failed), of(Kind::Gone), 0) {
        return Err(format!("the amounts {counted:?} aren't the ledger's: {tally:?}").into());
    }
    let (mut missing, mut repeats) = (0, 0);
    for number in 0..devices() {
        let token = token(number);
        let times = sent.get(&token).copied().unwrap_or_default();
        let (_, needed) = expected(&token);
        // A retry that was answered just before a kill is asked again as the same attempt.
        missing += usize::from(times < needed || !told.contains(&device(number)));
        repeats += times.saturating_sub(needed);
    }
    let lines: usize = sent.values().sum();
    eprintln!("{} devices, {lines} sends, {kills} kills, {repeats} repeats", devices());
    if missing > 0 {
        return Err(format!("{missing} devices are missing").into());
    }
    // What may be in flight, and answered during one commit, at each kill.
    let most =
        if devices() < 100_000 { kills * (limits::UNKEPT_MAX + 256) } else { devices() / 200 };
    if repeats > most {
        return Err(format!("{repeats} repeats are more than {most}").into());
    }
    Ok(())
}

fn device(number: usize) -> blockcast::id::DeviceId {
    blockcast::id::DeviceId::new(format!("d{number}"))
}
