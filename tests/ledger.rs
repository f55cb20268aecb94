//! A broadcast to devices of all three services, of which one in twenty has each fault: the
//! ledger equals what the simulator counted, device by device; and when the server is killed
//! again and again, nobody is missing and few are told twice, each time with the same ids.
//!
//! What a kill repeats is what was sent and not yet kept. So the share of devices that are told
//! twice is how long a send takes on average, commit included, divided by the time between two
//! kills: at five seconds between kills, 25 milliseconds are the 0.5 % that are allowed.
//!
//! `BLOCKCAST_LONG=1` takes 200,000 devices and kills every few seconds (`make test-long`).

mod fleet;
mod tally;

use crate::harness::blockcast;
use crate::harness::server::{APP, Folder, KEY, Server, TOKEN, block_on, call, client};
use crate::harness::simulator::Simulator;
use blockcast::clock::{Stopwatch, real_pause};
use fleet::Fleet;
use libtest_mimic::{Failed, Trial};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// A fault that is slow takes so long.
const SLOW_MS: &str = "200";
/// How long a broadcast of a long run may take.
const PATIENCE: Duration = Duration::from_mins(15);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("ledger/equals_what_the_simulator_counted", || block_on(check(None))),
        Trial::test("ledger/misses_nobody_when_the_server_is_killed", || {
            block_on(check(Some(kills())))
        }),
    ]
}

/// When the server is killed.
#[derive(Clone, Copy)]
enum Kills {
    /// So often, spread over the broadcast.
    Times(u64),
    /// Each time it has run so long.
    Every(Duration),
}

fn is_long() -> bool {
    std::env::var_os("BLOCKCAST_LONG").is_some()
}

fn kills() -> Kills {
    if is_long() { Kills::Every(Duration::from_secs(5)) } else { Kills::Times(4) }
}

async fn check(kills: Option<Kills>) -> Result<(), Failed> {
    let fleet = Fleet { devices: if is_long() { 200_000 } else { 2_000 } };
    let simulator = Simulator::start(&["--slow-ms", SLOW_MS, "--keep", "0"])?;
    let (folder, client) = (Folder::new()?, client()?);
    import(&simulator, &client, folder.path(), fleet).await?;
    let since = Stopwatch::start();
    let mut server = start(&simulator, folder.path())?;
    let body = json!({ "message": "Hello", "publishPolicy": "PUSH", "pushBroadcast": 15 });
    let path = server.at("/messaging/default");
    let published = call(&client, Method::POST, path, Some(&body)).await?;
    let id = published["messageId"].as_str().ok_or("no id")?.to_owned();
    let mut killed = 0;
    while let Some(kills) = kills {
        if until_kill(kills, killed, fleet, &simulator, &client, &server, &id).await? {
            break;
        }
        server.kill()?;
        killed += 1;
        server = start(&simulator, folder.path())?;
    }
    while !is_done(&client, &server, &id).await? {
        if since.elapsed() > PATIENCE {
            let delivery = tally::delivery(&client, &server, &id).await?;
            return Err(format!("not done after {PATIENCE:?}: {delivery}").into());
        }
        real_pause(Duration::from_millis(50)).await;
    }
    let run = tally::Run { fleet, killed, took: since.elapsed() };
    run.compare(&client, &simulator, &server, &id).await?;
    if server.stop()?.success() { Ok(()) } else { Err("the server didn't stop well".into()) }
}

fn start(simulator: &Simulator, folder: &Path) -> Result<Server, Failed> {
    let settings = simulator.settings();
    // No pace: what bounds the rate is to be what a kill may repeat.
    let environment =
        [("BLOCKCAST_CONFIG", settings.as_str()), ("BLOCKCAST_DELIVERY_PACE", "fcm=1000000")];
    Server::start(folder, &environment)
}

/// Registers all devices by the command line.
async fn import(
    simulator: &Simulator,
    client: &Client,
    folder: &Path,
    fleet: Fleet,
) -> Result<(), Failed> {
    let subscription = simulator.subscription(client, "NAME").await?;
    let file = folder.join("devices.jsonl");
    let lines = (0..fleet.devices).map(|number| fleet::registration(number, &subscription));
    std::fs::write(&file, lines.map(|line| line.to_string() + "\n").collect::<String>())?;
    let mut command = blockcast();
    command.args(["devices", "import", "--data"]).arg(folder).arg(file);
    // The folder is made by that, with these.
    command.env("BLOCKCAST_APP_ID", APP).env("BLOCKCAST_API_KEY", KEY);
    let output = command.env("BLOCKCAST_ADMIN_TOKEN", TOKEN).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

/// Waits until it is time to kill; true when the broadcast is done before.
async fn until_kill(
    kills: Kills,
    killed: u64,
    fleet: Fleet,
    simulator: &Simulator,
    client: &Client,
    server: &Server,
    id: &str,
) -> Result<bool, Failed> {
    let since = Stopwatch::start();
    loop {
        if is_done(client, server, id).await? {
            return Ok(true);
        }
        let due = match kills {
            Kills::Times(times) if killed == times => return Ok(true),
            Kills::Times(times) => {
                let tokens = simulator.stats(client).await?["tokens"].as_u64().unwrap_or_default();
                tokens >= fleet.devices * (killed + 1) / (times + 1)
            }
            Kills::Every(length) => since.elapsed() >= length,
        };
        if due {
            return Ok(false);
        }
        real_pause(Duration::from_millis(if is_long() { 50 } else { 2 })).await;
    }
}

async fn is_done(client: &Client, server: &Server, id: &str) -> Result<bool, Failed> {
    let status: Value =
        call(client, Method::GET, server.at(&format!("/messaging/{id}")), None).await?;
    match status["status"].as_str() {
        Some("PUBLISHED") => Ok(true),
        Some("SCHEDULED") => Ok(false),
        _ => Err(format!("the message came to {status}").into()),
    }
}

/// Asks the admin API, and gives the answer's text.
async fn ask(client: &Client, url: String) -> Result<String, Failed> {
    let answer = client.get(url).bearer_auth(TOKEN).timeout(PATIENCE).send().await?;
    Ok(answer.error_for_status()?.text().await?)
}
