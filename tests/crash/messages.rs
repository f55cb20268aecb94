//! Messages at once, for later and repeated: each that was acknowledged reaches every phone,
//! at its time, and none twice.

use super::{KILLS, PHONES};
use crate::harness::server::{Server, call, eventually, inbox};
use blockcast::clock::Clock;
use libtest_mimic::Failed;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Milliseconds until a message for later is due, at most: over a kill or two.
const LATER_MS: i64 = 2_000;
/// Milliseconds for which a repeating one repeats, each second.
const REPEATS_MS: i64 = 6_000;

/// What one publisher has done so far.
pub(super) struct Publisher {
    number: usize,
    /// The number of the next message; the same again when it wasn't acknowledged.
    next: usize,
    /// Acknowledged messages: their text and how they were published.
    acknowledged: BTreeMap<String, Acknowledged>,
    /// When the next message was to come when it was sent for the first time.
    first_due: Option<i64>,
}

struct Acknowledged {
    id: String,
    /// Not to come earlier than this.
    due: Option<i64>,
    repeats: bool,
}

impl Publisher {
    pub(super) fn new(number: usize) -> Self {
        Self { number, next: 0, acknowledged: BTreeMap::new(), first_due: None }
    }

    /// Publishes one message after the other until the server is gone. A message without
    /// an answer is sent again, with its key, to the next server.
    pub(super) async fn publish(
        mut self,
        client: reqwest::Client,
        url: String,
        answers: Arc<AtomicUsize>,
    ) -> Self {
        loop {
            let text = format!("{}-{}", self.number, self.next);
            let (is_later, repeats) = (self.next % 3 == 1, self.next % 20 == 11);
            let mut body = json!({"message": text, "publishPolicy": "PUSH"});
            let now = Clock::system().now().millis();
            if is_later {
                let due = now + i64::try_from(self.next).unwrap_or_default() * 331 % LATER_MS;
                self.first_due = self.first_due.or(Some(due));
                body["publishAt"] = due.into();
            }
            if repeats {
                body["repeatEvery"] = 1.into();
                body["repeatExpiresAt"] = (now + REPEATS_MS).into();
            }
            let sent = client.post(&url).header("idempotency-key", &text).json(&body).send().await;
            let Ok(response) = sent else { return self };
            let Ok(receipt) = response.json::<Value>().await else { return self };
            let Some(id) = receipt["messageId"].as_str() else { return self };
            let due = self.first_due.take();
            self.acknowledged.insert(text, Acknowledged { id: id.to_owned(), due, repeats });
            self.next += 1;
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Looks for every acknowledged message on every phone.
pub(super) async fn check(
    client: &reqwest::Client,
    server: &Server,
    publishers: &[Publisher],
) -> Result<(), Failed> {
    let acknowledged: BTreeMap<_, _> =
        publishers.iter().flat_map(|publisher| &publisher.acknowledged).collect();
    if acknowledged.len() < KILLS * 20 {
        return Err("too little was published to prove anything".into());
    }
    for (text, message) in &acknowledged {
        let path = format!("/messaging/{}", message.id);
        eventually(&format!("{text}, {}, is published", message.id), || async {
            let status = call(client, Method::GET, server.at(&path), None).await?;
            let sent = status["successfulSendsAmount"].as_u64().unwrap_or_default();
            let all = if message.repeats { sent > 0 } else { sent == PHONES.len() as u64 };
            Ok(status["status"] == "PUBLISHED" && all)
        })
        .await?;
    }
    for (phone, _) in PHONES {
        let mut got: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for entry in inbox(client, server, phone).await? {
            let text = entry["message"].as_str().unwrap_or_default().to_owned();
            got.entry(text).or_default().push(entry);
        }
        for (text, message) in &acknowledged {
            let got = got.get(*text).map(Vec::as_slice).unwrap_or_default();
            check_one(message, got).map_err(|problem| format!("{phone}: {text}: {problem}"))?;
        }
        // Also what was kept and never acknowledged.
        let single = |text: &String| acknowledged.get(text).is_none_or(|message| !message.repeats);
        let twice = got.iter().find(|(text, entries)| {
            entries.len() > 1 && single(text) && entries[0]["messageId"] == entries[1]["messageId"]
        });
        if let Some((text, _)) = twice {
            return Err(format!("{phone} got {text} twice").into());
        }
    }
    Ok(())
}

/// What is wrong with how a message came to a phone.
fn check_one(message: &Acknowledged, got: &[Value]) -> Result<(), String> {
    let early = |entry: &Value| {
        message.due.is_some_and(|due| entry["publishedAt"].as_i64().unwrap_or_default() < due)
    };
    let expected = |number: usize| {
        if message.repeats { format!("{}-{number}", message.id) } else { message.id.clone() }
    };
    if got.is_empty() {
        return Err(format!("{} was acknowledged and never came", message.id));
    }
    if got.len() > 1 && !message.repeats {
        return Err(format!("{} came {} times", message.id, got.len()));
    }
    for (number, entry) in (1..).zip(got) {
        if entry["messageId"] != expected(number) {
            return Err(format!("expected {}, not {entry}", expected(number)));
        }
        if early(entry) {
            return Err(format!("{entry} came before its time"));
        }
    }
    Ok(())
}

/// No copy of a repeating message was made twice for the same time.
pub(super) fn check_store(store: &rusqlite::Connection) -> Result<(), Failed> {
    let (copies, doubled): (i64, i64) = store.query_row(
        "SELECT count(*), count(*) - count(DISTINCT format('%d %d', copy.parent,
           (copy.begun_at - parent.repeat_from) / 1000))
         FROM message copy JOIN message parent ON parent.id = copy.parent",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if copies == 0 || doubled > 0 {
        return Err(format!("{doubled} of {copies} copies came twice").into());
    }
    Ok(())
}
