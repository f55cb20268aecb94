//! Messages for later, and how late each comes to a subscriber, while others are published.

use crate::figures::percentiles;
use crate::http::{Connection, find};
use crate::websocket::Subscriber;
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::{Error, Result};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::LocalSet;

/// Connections that take the messages in, and those of the other publishers.
const CONNECTIONS: u64 = 16;

/// Milliseconds in which they are taken in before the first is due.
const LEAD_MS: u64 = 10_000;

/// Milliseconds from each message's time until a subscriber has it. They are due evenly over
/// so many seconds.
pub(crate) async fn run(url: &str, messages: u64, seconds: u64, rate: u64) -> Result<Value> {
    LocalSet::new()
        .run_until(async {
            let mut subscriber = Subscriber::open(url).await?;
            let first = now() + LEAD_MS;
            publish(url, messages, move |number| first + number * seconds * 1_000 / messages)
                .await?;
            let taken_in_by = now();
            if taken_in_by > first {
                return Err(Error::other("the server was too slow to take them in before"));
            }
            let over = Rc::new(Cell::new(false));
            let other = url.rsplit_once('/').map_or(url, |(rest, _)| rest).to_owned() + "/other";
            let others = tokio::task::spawn_local(load(other, rate, first, Rc::clone(&over)));
            let mut late = Vec::new();
            while (late.len() as u64) < messages {
                subscriber.listen(|message| late.extend(lateness(message))).await?;
            }
            over.set(true);
            let others = others.await.map_err(Error::other)??;
            let per_second = others as f64 * 1_000.0 / (now() - first) as f64;
            let early = late.iter().filter(|late| **late < 0).count();
            let late = late.into_iter().map(|late| late.max(0).unsigned_abs()).collect();
            Ok(json!({
                "messages": messages, "early": early, "late_ms": percentiles(late),
                "others_per_second": per_second,
            }))
        })
        .await
}

async fn publish(
    url: &str,
    messages: u64,
    due: impl Fn(u64) -> u64 + Copy + 'static,
) -> Result<()> {
    let next = Rc::new(Cell::new(0));
    let publishers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (url, next) = (url.to_owned(), Rc::clone(&next));
            tokio::task::spawn_local(async move {
                let mut connection = Connection::open(&url).await?;
                while next.get() < messages {
                    let number = next.get();
                    next.set(number + 1);
                    let body = json!({"message": "Tea is ready", "publishAt": due(number)});
                    connection.post(&body.to_string()).await?;
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.map_err(Error::other)??;
    }
    Ok(())
}

/// Publishes so many a second to another channel until it is over; returns how many. When the
/// server can't keep up, it is fewer.
async fn load(url: String, rate: u64, first: u64, over: Rc<Cell<bool>>) -> Result<u64> {
    if rate == 0 {
        return Ok(0);
    }
    let count = Rc::new(Cell::new(0));
    let publishers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (url, over, count) = (url.clone(), Rc::clone(&over), Rc::clone(&count));
            tokio::task::spawn_local(async move {
                let mut connection = Connection::open(&url).await?;
                while !over.get() {
                    let due = now().saturating_sub(first) * rate / 1_000;
                    if count.get() >= due {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        continue;
                    }
                    count.set(count.get() + 1);
                    connection.post(r#"{"message":"Tea is ready"}"#).await?;
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.map_err(Error::other)??;
    }
    Ok(count.get())
}

/// Milliseconds since the `publishAt` of a message; none for what is no message.
fn lateness(message: &[u8]) -> Option<i64> {
    const FIELD: &[u8] = b"\"publishAt\":";
    let from = find(message, FIELD)? + FIELD.len();
    let digits = message[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let at: u64 = std::str::from_utf8(&message[from..from + digits]).ok()?.parse().ok()?;
    Some(now().cast_signed() - at.cast_signed())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
