//! One publisher, many websocket subscribers of a channel.

use crate::http::Connection;
use crate::websocket::Subscriber;
use serde_json::{Value, json};
use std::cell::Cell;
use std::io::{Error, Result};
use std::rc::Rc;
use std::time::Instant;
use tokio::sync::Notify;
use tokio::task::LocalSet;

/// Publishes under way at a time.
const AT_ONCE: u64 = 32;

#[derive(Default)]
struct Heard {
    count: Cell<u64>,
    wanted: Cell<u64>,
    all: Notify,
}

/// Deliveries a second: from the first publish until every subscriber has everything. A tenth
/// as many messages go before, to warm up.
pub(crate) async fn run(url: &str, body: &str, subscribers: u64, messages: u64) -> Result<Value> {
    LocalSet::new()
        .run_until(async {
            let heard = Rc::new(Heard::default());
            for _ in 0..subscribers {
                let subscriber = Subscriber::open(url).await?;
                tokio::task::spawn_local(count(subscriber, Rc::clone(&heard)));
            }
            round(url, body, subscribers, messages.div_ceil(10), &heard).await?;
            let begin = Instant::now();
            round(url, body, subscribers, messages, &heard).await?;
            let seconds = begin.elapsed().as_secs_f64();
            let deliveries = subscribers * messages;
            Ok(json!({
                "deliveries": deliveries, "warm": messages.div_ceil(10) * subscribers,
                "seconds": seconds, "per_second": deliveries as f64 / seconds,
            }))
        })
        .await
}

async fn count(mut subscriber: Subscriber, heard: Rc<Heard>) -> Result<()> {
    loop {
        let mut some = 0;
        // What is shorter isn't a message: a sign of life.
        let listened = subscriber.listen(|message| some += u64::from(message.len() > 100)).await;
        if let Err(error) = listened {
            eprintln!("load: {error}");
            return Err(error);
        }
        heard.count.set(heard.count.get() + some);
        if heard.count.get() >= heard.wanted.get() {
            heard.all.notify_one();
        }
    }
}

async fn round(
    url: &str,
    body: &str,
    subscribers: u64,
    messages: u64,
    heard: &Rc<Heard>,
) -> Result<()> {
    heard.wanted.set(heard.count.get() + subscribers * messages);
    let left = Rc::new(Cell::new(messages));
    let publishers: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (url, body, left) = (url.to_owned(), body.to_owned(), Rc::clone(&left));
            tokio::task::spawn_local(async move {
                let mut connection = Connection::open(&url).await?;
                while left.get() > 0 {
                    left.set(left.get() - 1);
                    connection.post(&body).await?;
                }
                Ok::<(), Error>(())
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.map_err(Error::other)??;
    }
    while heard.count.get() < heard.wanted.get() {
        heard.all.notified().await;
    }
    Ok(())
}
