//! Requests one after another on many connections at once.

use crate::figures::percentiles;
use crate::http::Connection;
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::{Error, Result};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// What all connections share.
pub(crate) struct Shared {
    url: String,
    body: Vec<String>,
    next: Cell<u64>,
    until: Instant,
}

/// Requests a second and their times in microseconds. A tenth of the time goes before, to
/// warm up.
pub(crate) async fn run(url: &str, body: &str, connections: u64, seconds: u64) -> Result<Value> {
    let warm = Duration::from_millis(seconds * 100);
    let numbers = times(url, body, connections, warm, 0).await?.len();
    let begin = Instant::now();
    let taken =
        times(url, body, connections, Duration::from_secs(seconds), numbers as u64 + 1).await?;
    let elapsed = begin.elapsed().as_secs_f64();
    let count = taken.len();
    Ok(json!({
        "requests": count, "warm": numbers, "seconds": elapsed,
        "per_second": count as f64 / elapsed, "us": percentiles(taken),
    }))
}

async fn times(
    url: &str,
    body: &str,
    connections: u64,
    length: Duration,
    first: u64,
) -> Result<Vec<u64>> {
    let shared = Rc::new(Shared {
        url: url.to_owned(),
        body: body.split("{n}").map(str::to_owned).collect(),
        next: Cell::new(first),
        until: Instant::now() + length,
    });
    let local = LocalSet::new();
    let tasks: Vec<_> = (0..connections)
        .map(|_| local.spawn_local(one_after_another(Rc::clone(&shared))))
        .collect();
    let mut taken = Vec::new();
    local
        .run_until(async {
            for task in tasks {
                taken.extend(task.await.map_err(Error::other)??);
            }
            Ok(taken)
        })
        .await
}

async fn one_after_another(shared: Rc<Shared>) -> Result<Vec<u64>> {
    let mut connection = Connection::open(&shared.url).await?;
    let mut taken = Vec::new();
    let mut since = Instant::now();
    while since < shared.until {
        let number = shared.next.get();
        shared.next.set(number + 1);
        connection.post(&shared.body.join(&number.to_string())).await?;
        let now = Instant::now();
        taken.push(u64::try_from((now - since).as_micros()).unwrap_or(u64::MAX));
        since = now;
    }
    Ok(taken)
}
