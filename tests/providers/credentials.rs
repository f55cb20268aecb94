//! Credentials: those that are good, wrong, mended, over or missing, what an operator is told of
//! them, and that no log shows one.

use super::{Broadcast, lines, send_test};
use crate::harness::blockcast;
use crate::harness::server::{Folder, Server, TOKEN, call, client, eventually};
use crate::harness::simulator::Simulator;
use libtest_mimic::Failed;
use reqwest::Method;
use serde_json::{Value, json};

pub(super) async fn certificate() -> Result<(), Failed> {
    let simulator = Simulator::start(&[])?;
    let mut command = send_test(&simulator, "apns");
    command.args(["--token", "abc"]);
    command.env("BLOCKCAST_APNS_CERTIFICATE", simulator.file("apns-client.pem"));
    assert_eq!(lines(&mut command)?, [r#"{"outcome":"accepted"}"#]);
    let seen = simulator.requests(&client()?, "abc").await?;
    assert_eq!(seen[0]["headers"]["authorization"], Value::Null, "no token beside a certificate");
    // The server's certificate has the wrong purpose to be a client's.
    command.env("BLOCKCAST_APNS_CERTIFICATE", simulator.file("server.pem"));
    let refused = lines(&mut command)?.join("\n");
    assert!(!refused.contains("accepted"), "{refused}");
    Ok(())
}

pub(super) async fn access_tokens() -> Result<(), Failed> {
    // Near enough to its end that the first message has another one fetched behind it.
    let arguments = ["--token-seconds", "299"];
    let broadcast = Broadcast::start(&arguments, &[], &[("ANDROID", "well")]).await?;
    let oauth = || async {
        let stats = broadcast.simulator.stats(&broadcast.client).await?;
        Ok::<u64, Failed>(stats["answers"]["oauth"]["200"].as_u64().unwrap_or_default())
    };
    assert_eq!(broadcast.settled().await?["successfulSendsAmount"], 1);
    assert_eq!(broadcast.settled().await?["successfulSendsAmount"], 1);
    eventually("a token was got ahead of time", || async { Ok(oauth().await? >= 2) }).await?;
    let before = oauth().await?;
    let forget = broadcast.simulator.at("/forget-tokens");
    broadcast.client.post(forget).send().await?.error_for_status()?;
    assert_eq!(broadcast.settled().await?["successfulSendsAmount"], 1);
    let stats = broadcast.simulator.stats(&broadcast.client).await?;
    assert_eq!(stats["answers"]["fcm"], json!({ "200": 3, "401": 1 }), "one 401, and no more");
    assert!(oauth().await? > before);
    Ok(())
}

pub(super) async fn mended() -> Result<(), Failed> {
    let keys = Folder::new()?;
    let key = keys.path().join("key.p8");
    let other = Simulator::start(&[])?;
    std::fs::copy(other.file("apns.p8"), &key)?;
    let environment = [("BLOCKCAST_APNS_KEY", key.to_str().ok_or("no path")?)];
    let broadcast = Broadcast::start(&[], &environment, &[("IOS", "well")]).await?;
    let id = broadcast.publish().await?;
    eventually("Apple refuses the key", || async {
        let stats = broadcast.simulator.stats(&broadcast.client).await?;
        Ok(stats["answers"]["apns"]["403"].as_u64() > Some(0))
    })
    .await?;
    let wrong = "APNs answered 403 InvalidProviderToken; check `apns.key`";
    eventually("the status says what is wrong", || async {
        let status = broadcast.status(&id).await?;
        let told = status["errorMessage"].as_str().unwrap_or_default().to_owned();
        Ok(status["status"] == "SCHEDULED"
            && told.starts_with(&format!("`apns` is out of order: {wrong}")))
    })
    .await?;
    // What an operator looks at: the message, the counters, the credentials.
    let data = broadcast.folder.path();
    let mut show = blockcast();
    show.args(["messages", "show", &id, "--data"]).arg(data).env("BLOCKCAST_ADMIN_TOKEN", TOKEN);
    let shown = lines(&mut show)?;
    assert!(shown[0] == "SCHEDULED" && shown[1].contains(wrong), "{shown:#?}");
    assert!(shown.iter().any(|line| line.starts_with("failed") && line.ends_with(" 0")));
    assert!(broadcast.metrics().await?.contains(r#"blockcast_provider_up{provider="apns"} 0"#));
    let mut check = blockcast();
    check.args(["providers", "check", "--config", &broadcast.simulator.settings()]);
    let output = check.env("BLOCKCAST_APNS_KEY", &key).output()?;
    let told = String::from_utf8(output.stdout)?;
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("apns: NOT good: {wrong}")), "{told}");
    assert!(told.contains("fcm: good: ") && told.contains("webpush: good: "), "{told}");
    std::fs::copy(broadcast.simulator.file("apns.p8"), &key)?;
    eventually("the new key is taken", || async {
        let status = broadcast.status(&id).await?;
        Ok(status["successfulSendsAmount"] == 1)
    })
    .await?;
    assert_eq!(broadcast.status(&id).await?["errorMessage"], Value::Null);
    assert!(broadcast.metrics().await?.contains(r#"blockcast_provider_up{provider="apns"} 1"#));
    Ok(())
}

/// Everything that a server can log, while it sends to each service.
pub(super) async fn secrets() -> Result<(), Failed> {
    let simulator = Simulator::start(&[])?;
    let folder = Folder::new()?;
    let settings = simulator.settings();
    let environment = [
        ("BLOCKCAST_CONFIG", settings.as_str()),
        ("RUST_LOG", "trace"),
        ("BLOCKCAST_WEBHOOK_SECRET", "whsec_c2VjcmV0"),
    ];
    let log = folder.path().join("log");
    let server = Server::start_logging("127.0.0.1:0", folder.path(), &environment, &log)?;
    let client = client()?;
    for (id, os) in [("a", "ANDROID"), ("i", "IOS"), ("w", "WP")] {
        let web = simulator.subscription(&client, "web").await?;
        let token = if os == "WP" { web } else { id.to_owned() };
        let body = json!({ "deviceId": id, "deviceToken": token, "os": os });
        call(&client, Method::POST, server.at("/messaging/registrations"), Some(&body)).await?;
    }
    let body = json!({ "message": "m", "pushBroadcast": 15 });
    call(&client, Method::POST, server.at("/messaging/default"), Some(&body)).await?;
    eventually("all three have it", || async {
        Ok(simulator.stats(&client).await?["accepted"] == 3)
    })
    .await?;
    server.stop()?;
    let logged = std::fs::read_to_string(&log)?;
    assert!(logged.contains("TRACE") && logged.contains("h2::"), "the log is there");
    let mut secrets = vec!["whsec_c2VjcmV0".to_owned()];
    for request in simulator.requests(&client, "").await? {
        let header = request["headers"]["authorization"].as_str().unwrap_or_default();
        let (_, token) = header.split_once(' ').unwrap_or_default();
        // Web Push has its public key behind the token.
        let token = token.trim_start_matches("t=").split(',').next().unwrap_or_default();
        secrets.push(token.to_owned());
    }
    for file in ["apns.p8", "fcm-key.pem", "vapid.pem"] {
        let text = std::fs::read_to_string(simulator.file(file))?;
        secrets.push(text.lines().nth(1).ok_or("a key has lines")?.to_owned());
    }
    assert_eq!(secrets.len(), 7);
    for secret in secrets {
        assert!(secret.len() > 10 && !logged.contains(&secret), "the log shows `{secret}`");
    }
    Ok(())
}

pub(super) async fn off() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[("BLOCKCAST_PROVIDERS_IOS", "apns")])?;
    let client = client()?;
    let body = json!({ "deviceId": "i", "deviceToken": "t", "os": "IOS" });
    call(&client, Method::POST, server.at("/messaging/registrations"), Some(&body)).await?;
    let body = json!({ "message": "m", "pushBroadcast": 1 });
    let published =
        call(&client, Method::POST, server.at("/messaging/default"), Some(&body)).await?;
    let path = format!("/messaging/{}", published["messageId"].as_str().unwrap_or_default());
    eventually("the status says what is missing", || async {
        let status = call(&client, Method::GET, server.at(&path), None).await?;
        let reason = status["errorMessage"].as_str().unwrap_or_default().to_owned();
        Ok(reason.contains("`apns` has no credentials; set `apns.key`"))
    })
    .await
}

pub(super) fn check() -> Result<(), Failed> {
    let simulator = Simulator::start(&[])?;
    let settings = simulator.settings();
    let mut command = blockcast();
    command.args(["providers", "check", "--config", &settings]);
    let good = lines(&mut command)?;
    assert_eq!(
        good[..2],
        ["fcm: good: a message was accepted", "apns: good: a message was accepted"]
    );
    assert!(good[2].starts_with("webpush: good: the key can sign; pages subscribe"), "{good:?}");
    command.env("BLOCKCAST_FCM_CREDENTIALS", simulator.file("service-account.json"));
    command.env("BLOCKCAST_APNS_KEY_ID", "ABCDEFGHIJ");
    // Whoever doesn't trust the certificate must not send.
    let other = Simulator::start(&[])?;
    command.env("BLOCKCAST_APNS_CA", other.file("ca.pem"));
    let bad = lines(&mut command)?;
    assert!(bad[1].starts_with("apns: NOT good") && bad[1].contains("set `ca`"), "{bad:?}");
    Ok(())
}
