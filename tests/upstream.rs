//! A server that hands its messages to another one, which may be away for a while.

use crate::harness::server::{
    APP, Folder, KEY, Server, TOKEN, block_on, call, client, eventually, inbox, register,
};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::json;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("upstream/a_message_is_handed_on_once", || block_on(check())),
        Trial::test("upstream/a_template_is_handed_on_with_its_segment", || block_on(template())),
    ]
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

/// The other server doesn't know the template: it gets what it says, and for whom.
async fn template() -> Result<(), Failed> {
    let (there_folder, here_folder) = (Folder::new()?, Folder::new()?);
    let there = Server::start(there_folder.path(), &[])?;
    let here = Server::start(
        here_folder.path(),
        &[
            ("BLOCKCAST_UPSTREAM_URL", &there.url),
            ("BLOCKCAST_UPSTREAM_APP_ID", APP),
            ("BLOCKCAST_UPSTREAM_API_KEY", KEY),
        ],
    )?;
    let client = client()?;
    for (id, tags) in [("vip", json!(["vip"])), ("other", json!([]))] {
        let body = json!({"deviceId": id, "deviceToken": id, "os": "ANDROID", "tags": tags});
        call(&client, Method::POST, there.at("/messaging/registrations"), Some(&body)).await?;
    }
    let template = json!({
        "name": "tea", "message": "Tea at {hour}", "segmentQuery": "tags = {tag}",
        "options": {"android": {"contentTitle": "For {name|you}"}}
    });
    let url = format!("{}/api/v1/apps/{APP}/templates", here.url);
    let kept = client.post(url).bearer_auth(TOKEN).body(template.to_string()).send().await?;
    if kept.status() != 201 {
        return Err(format!("saving answered {}", kept.text().await?).into());
    }
    let values = json!({"templateValues": {"hour": 4, "tag": "vip"}});
    let pushed = call(&client, Method::POST, here.at("/messaging/push/tea"), Some(&values)).await?;
    expect_published(&client, &here, &pushed["messageId"]).await?;
    eventually("it is on the phone it is for", || async {
        let inbox = inbox(&client, &there, "vip").await?;
        Ok(inbox.len() == 1
            && inbox[0]["android"]["title"] == "For you"
            && inbox[0]["android"]["text"] == "Tea at 4")
    })
    .await?;
    let others = inbox(&client, &there, "other").await?;
    if others.is_empty() { Ok(()) } else { Err("the segment was lost on the way".into()) }
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
