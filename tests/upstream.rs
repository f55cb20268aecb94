//! A server that hands its messages to another one, which may be away for a while.

use crate::harness::server::{
    APP, Folder, KEY, Server, block_on, call, client, eventually, inbox, register,
};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::json;

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("upstream/a_message_is_handed_on_once", || block_on(check()))]
}

async fn check() -> Result<(), Failed> {
    let (there_folder, here_folder) = (Folder::new()?, Folder::new()?);
    let there = Server::start(there_folder.path(), &[])?;
    let url = there.url.clone();
    let here = Server::start(
        here_folder.path(),
        &[
            ("BLOCKCAST_UPSTREAM_URL", &url),
            ("BLOCKCAST_UPSTREAM_APP_ID", APP),
            ("BLOCKCAST_UPSTREAM_API_KEY", KEY),
        ],
    )?;
    let client = client()?;
    register(&client, &there, "phone", "ANDROID").await?;
    let body = json!({
        "message": {"a": 1}, "headers": {"android-content-title": "T"}, "publisherId": "p"
    });
    let published = call(&client, Method::POST, here.at("/messaging/default"), Some(&body)).await?;
    expect_published(&client, &here, &published["messageId"]).await?;
    eventually("it is on the phone", || async {
        let inbox = inbox(&client, &there, "phone").await?;
        Ok(inbox.len() == 1 && inbox[0]["android"]["title"] == "T" && inbox[0]["message"]["a"] == 1)
    })
    .await?;

    let address = url.trim_start_matches("http://").to_owned();
    there.kill()?;
    let later = call(&client, Method::POST, here.at("/messaging/default"), Some(&body)).await?;
    let there = Server::start_at(&address, there_folder.path(), &[])?;
    expect_published(&client, &here, &later["messageId"]).await?;
    eventually("both are on the phone, once", || async {
        Ok(inbox(&client, &there, "phone").await?.len() == 2)
    })
    .await?;

    let refused = json!({"message": 1, "publishPolicy": "PUSH"});
    let id = call(&client, Method::POST, here.at("/messaging/a%09b"), Some(&refused)).await;
    if id.is_ok() {
        return Err("what this server refuses must not be handed on".into());
    }
    Ok(())
}

async fn expect_published(
    client: &reqwest::Client,
    server: &Server,
    id: &serde_json::Value,
) -> Result<(), Failed> {
    let path = format!("/messaging/{}", id.as_str().unwrap_or_default());
    eventually("it is published", || async {
        Ok(call(client, Method::GET, server.at(&path), None).await?["status"] == "PUBLISHED")
    })
    .await
}
