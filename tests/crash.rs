//! The server is killed in the middle of its work, again and again; nothing that it
//! acknowledged is lost, and no phone gets anything twice.

use crate::harness::server::{
    APP, Folder, Server, block_on, call, client, eventually, inbox, register,
};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Times the server is killed.
const KILLS: usize = 6;
/// Publishers at the same time.
const PUBLISHERS: usize = 8;
const DEVICES: [(&str, &str); 3] = [("a", "ANDROID"), ("b", "IOS"), ("c", "ANDROID")];

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("crash/acknowledged_messages_arrive_exactly_once", || block_on(check()))]
}

/// What one publisher has done so far.
#[derive(Default)]
struct Publisher {
    /// The number of the next message; the same again when it wasn't acknowledged.
    next: usize,
    /// Acknowledged messages: their number and the id they were given.
    acknowledged: BTreeMap<usize, String>,
}

async fn check() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let client = client()?;
    let mut publishers: Vec<Publisher> = (0..PUBLISHERS).map(|_| Publisher::default()).collect();
    for round in 0..KILLS {
        let server = Server::start(folder.path(), &[])?;
        if round == 0 {
            for (id, os) in DEVICES {
                register(&client, &server, id, os).await?;
            }
        }
        publishers = publish_until_killed(&client, server, publishers).await?;
    }
    let server = Server::start(folder.path(), &[])?;
    check_inboxes(&client, &server, &publishers).await?;
    let status = server.stop()?;
    if !status.success() {
        return Err(format!("an orderly stop ends with 0, not {status}").into());
    }
    let store = rusqlite::Connection::open(folder.path().join("blockcast.db"))?;
    let whole: String = store.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(format!("the store is damaged: {whole}").into());
    }
    Ok(())
}

/// Publishes from all sides and kills the server after a random number of answers.
async fn publish_until_killed(
    client: &reqwest::Client,
    server: Server,
    publishers: Vec<Publisher>,
) -> Result<Vec<Publisher>, Failed> {
    let answers = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = publishers
        .into_iter()
        .enumerate()
        .map(|(number, publisher)| {
            let url = server.at("/messaging/default");
            tokio::spawn(publish(client.clone(), url, number, publisher, Arc::clone(&answers)))
        })
        .collect();
    let enough = 20 + usize::from(uuid::Uuid::new_v4().as_bytes()[0]);
    eventually("enough answers", || async { Ok(answers.load(Ordering::Relaxed) >= enough) })
        .await?;
    server.kill()?;
    let mut publishers = Vec::new();
    for task in tasks {
        publishers.push(task.await?);
    }
    Ok(publishers)
}

/// Publishes one message after the other until the server is gone. A message without
/// an answer is sent again, with its key, to the next server.
async fn publish(
    client: reqwest::Client,
    url: String,
    number: usize,
    mut publisher: Publisher,
    answers: Arc<AtomicUsize>,
) -> Publisher {
    loop {
        let message = format!("{number}-{}", publisher.next);
        let sent = client
            .post(&url)
            .header("idempotency-key", &message)
            .json(&json!({"message": message, "publishPolicy": "PUSH"}))
            .send()
            .await;
        let Ok(response) = sent else { return publisher };
        let Ok(receipt) = response.json::<Value>().await else { return publisher };
        let Some(id) = receipt["messageId"].as_str() else { return publisher };
        publisher.acknowledged.insert(publisher.next, id.to_owned());
        publisher.next += 1;
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

async fn check_inboxes(
    client: &reqwest::Client,
    server: &Server,
    publishers: &[Publisher],
) -> Result<(), Failed> {
    let acknowledged: BTreeMap<String, String> = publishers
        .iter()
        .enumerate()
        .flat_map(|(number, publisher)| {
            let named = |(next, id): (&usize, &String)| (format!("{number}-{next}"), id.clone());
            publisher.acknowledged.iter().map(named).collect::<Vec<_>>()
        })
        .collect();
    if acknowledged.len() < KILLS * 20 {
        return Err("too little was published to prove anything".into());
    }
    for id in acknowledged.values() {
        let path = format!("/messaging/{id}");
        eventually(&format!("{APP}: {id} is published"), || async {
            let status = call(client, Method::GET, server.at(&path), None).await?;
            Ok(status["status"] == "PUBLISHED" && status["successfulSendsAmount"] == DEVICES.len())
        })
        .await?;
    }
    for (device, _) in DEVICES {
        let mut seen = BTreeSet::new();
        for entry in inbox(client, server, device).await? {
            let message = entry["message"].as_str().unwrap_or_default().to_owned();
            if let Some(id) = acknowledged.get(&message)
                && entry["messageId"] != id.as_str()
            {
                return Err(format!("{message} came as {entry}, not as {id}").into());
            }
            if !seen.insert(message.clone()) {
                return Err(format!("{device} got {message} twice").into());
            }
        }
        if let Some(lost) = acknowledged.keys().find(|message| !seen.contains(*message)) {
            return Err(format!("{device} never got {lost}, which was acknowledged").into());
        }
    }
    Ok(())
}
