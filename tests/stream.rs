//! A channel as a stream of events, for clients without an SDK.

use crate::harness::server::{Folder, Server, block_on, call, client};
use crate::harness::stream::{Event, Stream};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("stream/shows_what_the_selector_admits", || block_on(shows())),
        Trial::test("stream/ends_when_the_server_stops", || block_on(ends())),
    ]
}

async fn shows() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let client = client()?;
    let all = server.at("/messaging/news/stream");
    let mut all = Stream::open(&client, all, None).await?;
    let some =
        server.at("/messaging/news/stream?selector=city%20%3D%20%27Kyiv%27%20and%20n%20%3E%203");
    let mut some = Stream::open(&client, some, None).await?;
    let one = publish(&client, &server, &json!({"message": "one", "headers": {"n": 5}})).await?;
    let body = json!({"message": "two\nlines", "headers": {"n": 5, "city": "Kyiv"}});
    let two = publish(&client, &server, &body).await?;
    expect(&mut all, &one, "one").await?;
    expect(&mut all, &two, "two\nlines").await?;
    expect(&mut some, &two, "two\nlines").await
}

async fn publish(client: &reqwest::Client, server: &Server, body: &Value) -> Result<Value, Failed> {
    let answer = call(client, Method::POST, server.at("/messaging/news"), Some(body)).await?;
    Ok(answer["messageId"].clone())
}

async fn expect(stream: &mut Stream, id: &Value, message: &str) -> Result<(), Failed> {
    let event: Event = stream.next().await?.ok_or("the stream ended")?;
    let is_it = event.kind == "message"
        && *id == event.id
        && event.data["messageId"] == *id
        && event.data["message"] == message
        && event.data["headers"]["n"] == "5";
    if is_it { Ok(()) } else { Err(format!("expected {message}, got {}", event.data).into()) }
}

async fn ends() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let mut stream = Stream::open(&client()?, server.at("/messaging/news/stream"), None).await?;
    let stopped = tokio::task::spawn_blocking(|| {
        server.stop().map_err(|error| error.message().map(str::to_owned))
    });
    if stream.next().await?.is_some() {
        return Err("nothing was published".into());
    }
    match stopped.await? {
        Ok(status) if status.success() => Ok(()),
        other => Err(format!("an orderly stop ends with 0, not {other:?}").into()),
    }
}
