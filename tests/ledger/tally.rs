//! Comparing: the ledger that the server exports, its amounts, and the simulator's count by
//! token.

use super::ask;
use super::fleet::{self, Fleet};
use crate::harness::server::{APP, Server};
use crate::harness::simulator::Simulator;
use libtest_mimic::Failed;
use reqwest::Client;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// A broadcast that is done.
pub(super) struct Run {
    pub(super) fleet: Fleet,
    pub(super) killed: u64,
    pub(super) took: Duration,
}

/// What the simulator counted for a token.
#[derive(Clone, Copy, Default)]
struct Count {
    requests: u64,
    accepted: u64,
    same_collapse_id: u64,
    same_apns_id: u64,
}

/// How far the message is, by the server.
pub(super) async fn delivery(client: &Client, server: &Server, id: &str) -> Result<Value, Failed> {
    let url = format!("{}/api/v1/apps/{APP}/messages/{id}/delivery", server.url);
    Ok(serde_json::from_str(&ask(client, url).await?)?)
}

impl Run {
    /// Compares all, device by device; what is wrong is told by kind, with examples.
    #[expect(clippy::print_stderr, reason = "the numbers are what a long run is for")]
    pub(super) async fn compare(
        &self,
        client: &Client,
        simulator: &Simulator,
        server: &Server,
        id: &str,
    ) -> Result<(), Failed> {
        let url = format!("{}/api/v1/apps/{APP}/messages/{id}/ledger", server.url);
        let ledger = lines(&ask(client, url).await?)?;
        let counts = counts(&ask(client, simulator.at("/tokens")).await?)?;
        let delivery = delivery(client, server, id).await?;
        let mut wrong = Wrong::default();
        let outcomes = self.outcomes(&ledger, &mut wrong);
        wrong.amounts(&delivery, &outcomes);
        let mut twice: BTreeMap<&str, u64> = BTreeMap::new();
        for number in 0..self.fleet.devices {
            let name = fleet::name(number);
            let (expected, count) = (fleet::expected(number), counts.get(&name).copied());
            let count = count.unwrap_or_default();
            match outcomes.get(&number) {
                None => wrong.add("isn't in the ledger", &name),
                Some(line) if line["outcome"] != expected.outcome => {
                    wrong.add("has another outcome", &line.to_string());
                }
                Some(_) => {}
            }
            if count.requests < expected.requests || count.accepted < expected.accepted {
                wrong.add("was told by the ledger alone", &name);
            }
            if expected.accepted == 0 && count.accepted > 0 {
                wrong.add("was reached, and can't be", &name);
            }
            if count.same_collapse_id != count.accepted {
                wrong.add("was told twice with different collapse ids", &name);
            }
            if fleet::service(number) == "apns" && count.same_apns_id != count.accepted {
                wrong.add("was told twice with different apns-ids", &name);
            }
            let extra = count.accepted.saturating_sub(expected.accepted);
            if extra > 0 {
                *twice.entry(expected.fault).or_default() += extra;
            }
        }
        let repeats: u64 = twice.values().sum();
        let (devices, killed, took) = (self.fleet.devices, self.killed, self.took);
        eprintln!("{devices} devices, {killed} kills, {took:.1?}, {repeats} repeats: {twice:?}");
        let most = self.repeats_max();
        if repeats > most {
            wrong.add(&format!("repeats are more than {most}"), &repeats.to_string());
        }
        wrong.verdict()
    }

    /// Devices that may be told twice: one in 200; and in a short run, in which kills follow
    /// each other within a second, what may be on the wire at each.
    fn repeats_max(&self) -> u64 {
        match (self.killed, super::is_long()) {
            (0, _) => 0,
            (_, true) => self.fleet.devices / 200,
            (killed, false) => killed * 150,
        }
    }

    /// The ledger's lines by device, each of which has one.
    fn outcomes<'l>(&self, ledger: &'l [Value], wrong: &mut Wrong) -> BTreeMap<u64, &'l Value> {
        let mut outcomes = BTreeMap::new();
        for line in ledger {
            let number = line["deviceId"].as_str().and_then(fleet::number);
            match number.filter(|number| *number < self.fleet.devices) {
                None => wrong.add("is no device", &line.to_string()),
                Some(number) if outcomes.insert(number, line).is_some() => {
                    wrong.add("is in the ledger twice", &line.to_string());
                }
                Some(_) => {}
            }
        }
        outcomes
    }
}

fn lines(text: &str) -> Result<Vec<Value>, Failed> {
    text.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn counts(text: &str) -> Result<BTreeMap<String, Count>, Failed> {
    let of = |line: &Value, name: &str| line[name].as_u64().ok_or(format!("no `{name}`: {line}"));
    let mut counts = BTreeMap::new();
    for line in lines(text)? {
        let count = Count {
            requests: of(&line, "requests")?,
            accepted: of(&line, "accepted")?,
            same_collapse_id: of(&line, "sameCollapseId")?,
            same_apns_id: of(&line, "sameApnsId")?,
        };
        counts.insert(line["token"].as_str().ok_or("no token")?.to_owned(), count);
    }
    Ok(counts)
}

/// What is wrong, by kind: how often, and the first of each.
#[derive(Default)]
struct Wrong(BTreeMap<String, (u64, Vec<String>)>);

impl Wrong {
    fn add(&mut self, what: &str, example: &str) {
        let (times, examples) = self.0.entry(what.to_owned()).or_default();
        *times += 1;
        if examples.len() < 5 {
            examples.push(example.to_owned());
        }
    }

    /// The message's amounts against its ledger.
    fn amounts(&mut self, delivery: &Value, outcomes: &BTreeMap<u64, &Value>) {
        for kind in ["accepted", "failed", "gone", "expired", "skipped", "waiting"] {
            let told = outcomes.values().filter(|line| line["outcome"] == kind).count();
            if delivery[kind] != told {
                self.add("amount isn't the ledger's", &format!("{kind}: {told}, {delivery}"));
            }
        }
        if delivery["audience"].as_u64().is_some_and(|size| size != outcomes.len() as u64) {
            self.add("audience isn't the ledger's", &delivery.to_string());
        }
    }

    fn verdict(self) -> Result<(), Failed> {
        if self.0.is_empty() {
            return Ok(());
        }
        let told = self
            .0
            .iter()
            .map(|(what, (times, examples))| format!("{times} × {what}: {}", examples.join(", ")));
        Err(told.collect::<Vec<_>>().join("\n").into())
    }
}
