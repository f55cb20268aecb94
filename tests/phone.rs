//! A virtual phone: its stream shows what comes, goes on where it broke off, and ends
//! when the server stops.

use crate::harness::server::{Folder, Server, block_on, call, client, inbox, register};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("phone/goes_on_where_the_stream_broke_off", || block_on(goes_on())),
        Trial::test("phone/stream_ends_when_the_server_stops", || block_on(ends())),
    ]
}

/// A stream of events, read as it comes.
struct Stream {
    response: reqwest::Response,
    buffer: String,
}

impl Stream {
    async fn open(
        client: &reqwest::Client,
        server: &Server,
        last: Option<&str>,
    ) -> Result<Self, Failed> {
        let mut request = client.get(server.at("/messaging/registrations/phone/notifications"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await?.error_for_status()?;
        let mut stream = Self { response, buffer: String::new() };
        // The first comment: from here on nothing is missed.
        stream.block().await?.ok_or("the stream ended at once")?;
        Ok(stream)
    }

    /// The next event's id and data; `None` at the end.
    async fn next(&mut self) -> Result<Option<(String, Value)>, Failed> {
        while let Some(block) = self.block().await? {
            let field =
                |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            if let (Some("notification"), Some(id), Some(data)) =
                (field("event:"), field("id:"), field("data:"))
            {
                return Ok(Some((id.to_owned(), serde_json::from_str(data)?)));
            }
        }
        Ok(None)
    }

    async fn block(&mut self) -> Result<Option<String>, Failed> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.buffer = rest;
                return Ok(Some(block));
            }
            let Some(chunk) = self.response.chunk().await? else { return Ok(None) };
            self.buffer.push_str(std::str::from_utf8(&chunk)?);
        }
    }
}

async fn publish(client: &reqwest::Client, server: &Server, text: &str) -> Result<(), Failed> {
    let body = json!({"message": text, "publishPolicy": "PUSH"});
    call(client, Method::POST, server.at("/messaging/default"), Some(&body)).await?;
    Ok(())
}

async fn expect_message(stream: &mut Stream, text: &str) -> Result<String, Failed> {
    let (id, data) = stream.next().await?.ok_or("the stream ended")?;
    if data["message"] != text || data["ios"]["body"] != text {
        return Err(format!("expected {text}, got {data}").into());
    }
    Ok(id)
}

async fn goes_on() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let client = client()?;
    register(&client, &server, "phone", "IOS").await?;
    let mut stream = Stream::open(&client, &server, None).await?;
    publish(&client, &server, "one").await?;
    let last = expect_message(&mut stream, "one").await?;
    drop(stream);
    // Missed while nobody listened, and over a restart.
    publish(&client, &server, "two").await?;
    server.kill()?;
    let server = Server::start(folder.path(), &[])?;
    let mut stream = Stream::open(&client, &server, Some(&last)).await?;
    expect_message(&mut stream, "two").await?;
    publish(&client, &server, "three").await?;
    expect_message(&mut stream, "three").await?;
    // Without a last id: the newest few again, then what comes.
    let mut fresh = Stream::open(&client, &server, None).await?;
    for text in ["one", "two", "three"] {
        expect_message(&mut fresh, text).await?;
    }
    let all = inbox(&client, &server, "phone").await?;
    if all.len() != 3 {
        return Err(format!("each once, but the inbox holds {}", all.len()).into());
    }
    Ok(())
}

async fn ends() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let client = client()?;
    register(&client, &server, "phone", "IOS").await?;
    let mut stream = Stream::open(&client, &server, None).await?;
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
