//! `tests/access.txt`: every route of the API and who is let in there.
//!
//! A row is a route, a column somebody who asks: with no key, with a key of another
//! application that may do everything there, with a key that is revoked or over, with a key
//! that has one role, and with the admin token. `yes` is let in, whatever is answered then;
//! 401 and 403 are the refusals. A route without a row fails; `make accept` writes all rows
//! anew, and the diff is read like code.

use crate::harness::server::{APP, Folder, Server, TOKEN, block_on, call, client, eventually};
use crate::harness::{compare, root};
use libtest_mimic::{Failed, Trial};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::fmt::Write;

const ROLES: [&str; 5] = ["publish", "subscribe", "register", "read", "admin"];

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("access/every_route_lets_in_whom_the_table_says", || block_on(matrix()))]
}

async fn matrix() -> Result<(), Failed> {
    let (folder, client) = (Folder::new()?, client()?);
    let server = Server::start(folder.path(), &[])?;
    let askers = askers(&client, &server).await?;
    let url = format!("{}/api/v1/openapi.json", server.url);
    let document = call(&client, Method::GET, url, None).await?;
    let mut table =
        String::from("# Who is let in where; tests/access.rs tells how to read this.\n");
    let _ = write!(table, "{:<7}{:<62}", "", "");
    for (name, _) in &askers {
        let _ = write!(table, "{name:<10}");
    }
    table = table.trim_end().to_owned() + "\n";
    for (path, methods) in document["paths"].as_object().ok_or("no paths")? {
        for method in methods.as_object().ok_or("no methods")?.keys() {
            let method = method.to_uppercase();
            let _ = write!(table, "{method:<7}{path:<62}");
            for (_, secret) in &askers {
                let _ =
                    write!(table, "{:<10}", ask(&client, &server, &method, path, secret).await?);
            }
            table = table.trim_end().to_owned() + "\n";
        }
    }
    compare(&root().join("tests/access.txt"), &table)
}

/// Everybody who asks, by name, with the secret that they have.
async fn askers(client: &Client, server: &Server) -> Result<Vec<(String, String)>, Failed> {
    let shop = admin(client, server, "/apps", json!({"name": "shop"})).await?;
    let shop = shop["id"].as_str().ok_or("no id")?;
    let all = json!({"name": "all", "roles": ROLES});
    let other = admin(client, server, &format!("/apps/{shop}/keys"), all.clone()).await?;
    let own = format!("/apps/{APP}/keys");
    let revoked = admin(client, server, &own, all).await?;
    let path = format!("{}/api/v1{own}/{}", server.url, revoked["id"].as_str().ok_or("no id")?);
    let gone = client.delete(path).bearer_auth(TOKEN).send().await?;
    if gone.status() != 204 {
        return Err(format!("revoking answered {}", gone.status()).into());
    }
    let end = blockcast::clock::Clock::system().now().millis() + 1_000;
    let over = json!({"name": "over", "roles": ROLES, "expiresAt": end});
    let over = admin(client, server, &own, over).await?;
    let secret = |key: &Value| key["secret"].as_str().unwrap_or_default().to_owned();
    let mut askers = vec![
        ("none".to_owned(), "none".to_owned()),
        ("other app".to_owned(), secret(&other)),
        ("revoked".to_owned(), secret(&revoked)),
        ("over".to_owned(), secret(&over)),
    ];
    for role in ROLES {
        let key = json!({"name": role, "roles": [role]});
        askers.push((role.to_owned(), secret(&admin(client, server, &own, key).await?)));
    }
    askers.push(("token".to_owned(), TOKEN.to_owned()));
    let (path, over) = ("/{app}/{key}/info", secret(&over));
    let is_over = || async { Ok(ask(client, server, "GET", path, &over).await? == "401") };
    eventually("a key is over", is_over).await?;
    Ok(askers)
}

async fn admin(client: &Client, server: &Server, path: &str, body: Value) -> Result<Value, Failed> {
    let request = client.post(format!("{}/api/v1{path}", server.url)).bearer_auth(TOKEN);
    let answer = request.json(&body).send().await?.error_for_status()?;
    Ok(serde_json::from_str(&answer.text().await?)?)
}

/// Asks for something that isn't there: whoever is let in learns that.
async fn ask(
    client: &Client,
    server: &Server,
    method: &str,
    path: &str,
    secret: &str,
) -> Result<String, Failed> {
    let at = path.replace("{app}", APP).replace("{key}", secret);
    let at = at.replace("{name}", "x").replace("{subscription}", "y").replace("{type}", "text");
    let at = at.replace("{flow}", "x").replace("{number}", "1").replace("{run}", "z");
    let at = at.replace("{path}", "x");
    let mut request = client.request(method.parse()?, format!("{}{at}", server.url));
    if secret != "none" {
        request = request.bearer_auth(secret);
    }
    if matches!(method, "POST" | "PATCH" | "PUT") {
        request = request.body("{}");
    }
    Ok(match request.send().await?.status().as_u16() {
        refused @ (401 | 403) => refused.to_string(),
        broken @ 500.. => return Err(format!("{method} {path} answered {broken}").into()),
        _ => "yes".to_owned(),
    })
}
