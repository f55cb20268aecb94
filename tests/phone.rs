//! A virtual phone: its stream shows what comes, goes on where it broke off, and ends
//! when the server stops.

use crate::harness::server::{APP, Folder, Server, TOKEN, block_on, call, client, inbox, register};
use crate::harness::stream::{Event, Stream};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::json;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("phone/goes_on_where_the_stream_broke_off", || block_on(goes_on())),
        Trial::test("phone/shows_what_a_template_says_to_it_alone", || block_on(says_to_each())),
        Trial::test("phone/stream_ends_when_the_server_stops", || block_on(ends())),
    ]
}

async fn open(
    client: &reqwest::Client,
    server: &Server,
    last: Option<&str>,
) -> Result<Stream, Failed> {
    Stream::open(client, server.at("/messaging/registrations/phone/notifications"), last).await
}

async fn publish(client: &reqwest::Client, server: &Server, text: &str) -> Result<(), Failed> {
    let body = json!({"message": text, "publishPolicy": "PUSH"});
    call(client, Method::POST, server.at("/messaging/default"), Some(&body)).await?;
    Ok(())
}

async fn expect_message(stream: &mut Stream, text: &str) -> Result<String, Failed> {
    let Event { id, kind, data } = stream.next().await?.ok_or("the stream ended")?;
    if kind != "notification" {
        return Err(format!("a notification isn't called {kind}").into());
    }
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
    let mut stream = open(&client, &server, None).await?;
    publish(&client, &server, "one").await?;
    let last = expect_message(&mut stream, "one").await?;
    drop(stream);
    // Missed while nobody listened, and over a restart.
    publish(&client, &server, "two").await?;
    server.kill()?;
    let server = Server::start(folder.path(), &[])?;
    let mut stream = open(&client, &server, Some(&last)).await?;
    expect_message(&mut stream, "two").await?;
    publish(&client, &server, "three").await?;
    expect_message(&mut stream, "three").await?;
    // Without a last id: the newest few again, then what comes.
    let mut fresh = open(&client, &server, None).await?;
    for text in ["one", "two", "three"] {
        expect_message(&mut fresh, text).await?;
    }
    let all = inbox(&client, &server, "phone").await?;
    if all.len() != 3 {
        return Err(format!("each once, but the inbox holds {}", all.len()).into());
    }
    Ok(())
}

/// Two phones listen; each hears its own text, once, in its language.
async fn says_to_each() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let client = client()?;
    for (id, properties) in
        [("one", json!({"name": "Ada", "locale": "de-AT"})), ("two", json!({"name": "Ben"}))]
    {
        let body =
            json!({"deviceId": id, "deviceToken": id, "os": "IOS", "properties": properties});
        call(&client, Method::POST, server.at("/messaging/registrations"), Some(&body)).await?;
    }
    let template = json!({
        "name": "tea", "message": "Tea for {name} at {hour}",
        "locales": {"de": {"message": "Tee für {name} um {hour}"}}
    });
    let url = format!("{}/api/v1/apps/{APP}/templates", server.url);
    let kept = client.post(url).bearer_auth(TOKEN).body(template.to_string()).send().await?;
    if kept.status() != 201 {
        return Err(format!("saving answered {}", kept.text().await?).into());
    }
    let path = |id: &str| server.at(&format!("/messaging/registrations/{id}/notifications"));
    let mut one = Stream::open(&client, path("one"), None).await?;
    let mut two = Stream::open(&client, path("two"), None).await?;
    for hour in [4, 5] {
        let values = json!({"templateValues": {"hour": hour}});
        call(&client, Method::POST, server.at("/messaging/push/tea"), Some(&values)).await?;
        expect_message(&mut one, &format!("Tee für Ada um {hour}")).await?;
        expect_message(&mut two, &format!("Tea for Ben at {hour}")).await?;
    }
    Ok(())
}

async fn ends() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let client = client()?;
    register(&client, &server, "phone", "IOS").await?;
    let mut stream = open(&client, &server, None).await?;
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
