//! What an operator does on the command line, beside a running server and without one:
//! applications, keys, backups, verifying.

use crate::harness::server::{
    APP, Folder, KEY, Server, TOKEN, block_on, call, client, eventually, inbox, register,
};
use crate::harness::{blockcast, root};
use blockcast::clock::Clock;
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::json;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("operations/apps_and_keys_beside_a_server_and_without_one", || {
            block_on(apps_and_keys())
        }),
        Trial::test("operations/a_backup_is_whole_and_can_be_served", || block_on(backup())),
        Trial::test("operations/commands_that_only_look_deliver_nothing", || block_on(looking())),
        Trial::test("operations/devices_are_imported_and_found_by_what_the_file_says", imported),
        Trial::test("operations/verify_finds_what_is_not_sound", || block_on(unsound())),
        Trial::test("operations/a_newer_folder_is_refused", newer),
    ]
}

/// Runs a command; gives its exit code, and what it printed.
fn run(folder: &Path, words: &str, token: Option<&str>) -> Result<(i32, String), Failed> {
    let mut command = blockcast();
    command.args(words.split(' '));
    if words.starts_with("apps") || words.starts_with("keys") || words.starts_with("backup") {
        command.arg("--data").arg(folder);
    }
    if let Some(token) = token {
        command.env("BLOCKCAST_ADMIN_TOKEN", token);
    }
    let output = command.current_dir(root()).output()?;
    let text = [output.stdout, output.stderr].concat();
    let code = output.status.code().ok_or("killed by a signal")?;
    Ok((code, String::from_utf8_lossy(&text).into_owned()))
}

fn must(
    folder: &Path,
    words: &str,
    token: Option<&str>,
    code: i32,
    says: &str,
) -> Result<String, Failed> {
    let (found, text) = run(folder, words, token)?;
    if found == code && text.contains(says) {
        return Ok(text);
    }
    Err(format!("blockcast {words}: exit code {found}, and not `{says}` but:\n{text}").into())
}

fn field<'t>(text: &'t str, name: &str) -> Result<&'t str, Failed> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(line.ok_or_else(|| format!("no `{name}` in:\n{text}"))?.trim())
}

async fn is_let_in(server: &Server, app: &str, key: &str) -> Result<bool, Failed> {
    let url = format!("{}/{app}/{key}/rt/lookup", server.url);
    Ok(client()?.get(url).send().await?.status().is_success())
}

async fn apps_and_keys() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let data = folder.path();
    let server = Server::start(data, &[])?;
    must(data, "apps list", None, 1, "give its admin token with `--token`")?;
    must(data, "apps list", Some("wrong"), 1, "the admin token is missing or wrong")?;
    let made = must(data, "apps create Shop", Some(TOKEN), 0, "printed this once")?;
    let (shop, key) = (field(&made, "app id:")?.to_owned(), field(&made, "API key:")?.to_owned());
    assert!(is_let_in(&server, &shop, &key).await?);
    assert!(!is_let_in(&server, APP, &key).await?);
    must(data, &format!("apps rename {shop} Store"), Some(TOKEN), 0, "Store")?;
    let create = format!("keys create {shop} news --role publish --allow news* --rate 5");
    let made = must(data, &create, Some(TOKEN), 0, "publish  allow=news*  rate=5")?;
    let (news, id) = (field(&made, "API key:")?, made.split(' ').next().ok_or("no id")?);
    assert!(is_let_in(&server, &shop, news).await?);
    let rotated = must(data, &format!("keys rotate {shop} {id}"), Some(TOKEN), 0, "API key:")?;
    assert!(!is_let_in(&server, &shop, news).await?, "rotated away");
    assert!(is_let_in(&server, &shop, field(&rotated, "API key:")?).await?);
    must(data, &format!("keys create {shop} k --role root"), Some(TOKEN), 1, "`roles[0]`")?;
    assert!(server.stop()?.success());

    // The same without a server, on the folder itself.
    must(data, "apps list", None, 0, "Store")?;
    must(data, &format!("keys revoke {shop} {id}"), None, 0, "revoked")?;
    let keys = must(data, &format!("keys list {shop}"), None, 0, "default")?;
    assert_eq!(keys.lines().count(), 1, "{keys}");
    must(data, &format!("apps remove {shop}"), None, 0, "removed")?;
    must(data, &format!("apps remove {shop}"), None, 1, "there is no app")?;
    must(data, &format!("apps remove {APP}"), None, 1, "first application")?;
    let apps = must(data, "apps list", None, 0, APP)?;
    assert_eq!(apps.lines().count(), 1, "{apps}");
    let verified = format!("verify {}", data.display());
    must(data, &verified, None, 0, "sound")?;
    let server = Server::start(data, &[])?;
    assert!(is_let_in(&server, APP, KEY).await?);
    assert!(!is_let_in(&server, &shop, &key).await?);
    Ok(())
}

async fn backup() -> Result<(), Failed> {
    let (folder, elsewhere) = (Folder::new()?, Folder::new()?);
    let (data, file) = (folder.path(), elsewhere.path().join("blockcast.db"));
    let server = Server::start(data, &[])?;
    let client = client()?;
    register(&client, &server, "before", "ANDROID").await?;
    let words = format!("backup {}", file.display());
    let (url, busy) = (server.at("/messaging/default"), client.clone());
    let load = tokio::spawn(async move {
        while busy.post(&url).body(r#"{"message":"m"}"#).send().await.is_ok() {}
    });
    must(data, &words, None, 0, "verified")?;
    assert!(!load.is_finished(), "publishes went on meanwhile");
    load.abort();
    must(data, &words, None, 1, "exists already")?;
    register(&client, &server, "after", "ANDROID").await?;
    must(data, &format!("verify {}", data.display()), None, 0, "sound")?;
    must(data, &format!("verify {}", file.display()), None, 0, "sound")?;
    let served = Server::start(elsewhere.path(), &[])?;
    for (id, status) in [("before", 200), ("after", 404)] {
        let url = served.at(&format!("/messaging/registrations/{id}"));
        assert_eq!(client.get(url).send().await?.status(), status, "{id}");
    }
    let nowhere = format!("verify {}", data.join("nothing").display());
    must(data, &nowhere, None, 1, "has no blockcast data").map(drop)
}

async fn looking() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let data = folder.path();
    let (server, client) = (Server::start(data, &[])?, client()?);
    register(&client, &server, "d", "ANDROID").await?;
    // Late enough for the server to be gone by then.
    let (clock, due) = (Clock::system(), Clock::system().now().plus_millis(3_000));
    let body = json!({"message": "m", "publishPolicy": "PUSH", "publishAt": due.millis()});
    call(&client, Method::POST, server.at("/messaging/default"), Some(&body)).await?;
    assert!(server.stop()?.success());
    eventually("its time has come", || async { Ok(clock.now() > due) }).await?;
    for words in [
        "run tests/flows/readme-order_shipped/flow.json --dry-run",
        "publish default m --dry-run",
        "apps list",
        "devices list",
    ] {
        let mut command = blockcast();
        command.args(words.split(' ')).arg("--data").arg(data);
        let output = command.current_dir(root()).output()?;
        assert!(output.status.success(), "{words}: {output:?}");
        let store = rusqlite::Connection::open(data.join("blockcast.db"))?;
        let scheduled = 2;
        let state: i64 = store.query_row("SELECT state FROM message", [], |row| row.get(0))?;
        assert_eq!(state, scheduled, "delivered by `{words}`");
    }
    let server = Server::start(data, &[])?;
    eventually("the server delivers it", || async {
        Ok(inbox(&client, &server, "d").await?.len() == 1)
    })
    .await
}

/// The same devices by CSV and by JSON lines; the second file registers those of the first again.
fn imported() -> Result<(), Failed> {
    let (data, files) = (Folder::new()?, Folder::new()?);
    let csv = "deviceId,deviceToken,os,channels,tags,properties.age\n\
               a,t-a,IOS,news|sport,vip,30\n\
               b,t-b,ANDROID,sport,\"vip|old, but good\",40\n\
               c,t-c,ANDROID,news,,\n";
    let lines = r#"{"deviceId": "c", "deviceToken": "t-2", "os": "ANDROID", "channels": ["sport"]}
{"deviceId": "d", "deviceToken": "t-d", "os": "IOS", "channels": ["news", "sport"], "tags": ["vip"]}"#;
    for (name, text, says) in [
        ("devices.csv", csv, "3 devices: 3 new, 0 registered again"),
        ("devices.jsonl", lines, "2 devices: 1 new, 1 registered again"),
    ] {
        let file = files.path().join(name);
        std::fs::write(&file, text)?;
        let output = devices(data.path(), &["import", &file.display().to_string()])?;
        assert!(output.contains(says), "{output}");
    }
    for (segment, found) in [
        ("channels = 'news'", "a d"),
        ("channels = 'sport'", "a b c d"),
        ("tags = 'vip'", "a b d"),
        ("tags = 'old, but good'", "b"),
        ("tags = 'vip' AND channels = 'news'", "a d"),
        ("properties.age > 30", "b"),
    ] {
        let listed = devices(data.path(), &["list", "--json", "--where", segment])?;
        let ids: Result<Vec<String>, Failed> = listed
            .lines()
            .filter(|line| line.starts_with('{'))
            .map(|line| {
                let device: serde_json::Value = serde_json::from_str(line)?;
                Ok(device["deviceId"].as_str().unwrap_or_default().to_owned())
            })
            .collect();
        assert_eq!(ids?.join(" "), found, "{segment}");
    }
    Ok(())
}

/// What `blockcast devices` prints.
fn devices(data: &Path, words: &[&str]) -> Result<String, Failed> {
    let mut command = blockcast();
    command.arg("devices").args(words).arg("--data").arg(data);
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

async fn unsound() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let data = folder.path();
    let server = Server::start(data, &[])?;
    register(&client()?, &server, "d", "ANDROID").await?;
    assert!(server.stop()?.success());
    let verify = format!("verify {}", data.display());
    let file = data.join("blockcast.db");
    let good = std::fs::read(&file)?;
    let connection = rusqlite::Connection::open(&file)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF; UPDATE device SET os = 1;
         INSERT INTO publish_key VALUES ('APP-1', 'k', 77);",
    )?;
    drop(connection);
    let text =
        must(data, &verify, None, 1, "a device differs from what its channels know of it: d")?;
    assert!(text.contains("a row of `publish_key` refers to a row of `message`"), "{text}");
    let to = data.join("copy.db");
    must(data, &format!("backup {}", to.display()), None, 1, "not sound")?;
    assert!(!to.exists(), "no half backup is left");

    let mut torn = good.clone();
    let page = torn.len() / 2 / 4096 * 4096;
    torn[page..page + 4096].fill(7);
    std::fs::write(&file, torn)?;
    must(data, &verify, None, 1, "the data is not sound")?;
    std::fs::write(&file, good)?;
    must(data, &verify, None, 0, "sound").map(drop)
}

fn newer() -> Result<(), Failed> {
    let folder = Folder::new()?;
    assert!(Server::start(folder.path(), &[])?.stop()?.success());
    let connection = rusqlite::Connection::open(folder.path().join("blockcast.db"))?;
    connection.pragma_update(None, "user_version", 999)?;
    drop(connection);
    must(folder.path(), "apps list", None, 1, "written by a later version (schema 999")?;
    let verify = format!("verify {}", folder.path().display());
    must(folder.path(), &verify, None, 1, "written by a later version").map(drop)
}
