//! The real clients of the push services against the simulator, over TLS.
//!
//! `tests/providers/SERVICE.txt` holds a service's answers, one after the other: `> TOKEN`, and
//! what became of a notification to it. A token `answer:STATUS:REASON:CODE` is answered exactly
//! so; how other tokens are answered, `blockcast simulate --help` tells.

mod credentials;

use crate::harness::server::{Folder, PATIENCE, Server, TOKEN, block_on, call, client, eventually};
use crate::harness::simulator::Simulator;
use crate::harness::{blockcast, compare, root};
use libtest_mimic::{Failed, Trial};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::{Command, Stdio};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["apns", "fcm", "webpush"]
        .into_iter()
        .map(|service| {
            Trial::test(format!("providers/answers_of_{service}"), move || {
                block_on(answers(service))
            })
        })
        .collect();
    trials.extend([
        Trial::test("providers/a_certificate_is_enough_for_apns", || {
            block_on(credentials::certificate())
        }),
        Trial::test("providers/every_fault_ends_well", || block_on(faults())),
        Trial::test("providers/fcm_tokens_are_replaced_ahead_of_time_and_after_a_401", || {
            block_on(credentials::access_tokens())
        }),
        Trial::test("providers/streams_are_limited_as_the_service_says", || block_on(streams())),
        Trial::test("providers/a_silent_connection_is_noticed", || block_on(silence())),
        Trial::test("providers/a_key_that_is_mended_is_read_again", || {
            block_on(credentials::mended())
        }),
        Trial::test("providers/no_secret_is_in_the_log", || block_on(credentials::secrets())),
        Trial::test("providers/what_has_no_credentials_says_so", || block_on(credentials::off())),
        Trial::test("providers/check_says_what_is_good", credentials::check),
        Trial::test("providers/web_push_decrypts_elsewhere", || block_on(elsewhere())),
        Trial::test("providers/web_push_keeps_out_of_private_networks", || block_on(guarded())),
        Trial::test("providers/a_webhook_is_signed", || block_on(hook())),
    ]);
    trials
}

/// Sends to the tokens of a service's file, in order, by one client.
async fn answers(service: &str) -> Result<(), Failed> {
    let file = root().join(format!("tests/providers/{service}.txt"));
    let text = std::fs::read_to_string(&file)?;
    let simulator = Simulator::start(&[])?;
    let client = client()?;
    let mut command = send_test(&simulator, service);
    for token in text.lines().filter_map(|line| line.strip_prefix("> ")) {
        let token = match service {
            "webpush" if !token.starts_with('{') => simulator.subscription(&client, token).await?,
            _ => token.to_owned(),
        };
        command.args(["--token", &token]);
    }
    let output = command.output()?;
    let printed = String::from_utf8(output.stdout)?.replace(&simulator.url, "SIMULATOR");
    let printed = printed.replace(simulator.url.trim_start_matches("https://"), "SIMULATOR");
    let mut outcomes = printed.lines();
    let mut whole = String::new();
    // Comments stay; outcomes are written anew.
    for line in text.lines().filter(|line| !line.starts_with('{')) {
        let _ = writeln!(whole, "{line}");
        if line.starts_with("> ") {
            let outcome = outcomes.next().ok_or("an outcome is missing")?;
            let outcome: Value = serde_json::from_str(outcome)?;
            let _ = writeln!(whole, "{}", without_times(outcome));
        }
    }
    compare(&file, &whole)
}

fn send_test(simulator: &Simulator, service: &str) -> Command {
    let mut command = blockcast();
    command.args(["send-test", service, "--json", "--config", &simulator.settings()]);
    command
}

/// Times differ from run to run.
fn without_times(mut outcome: Value) -> Value {
    if outcome["since"].is_number() {
        outcome["since"] = json!("TIME");
    }
    outcome
}

fn lines(command: &mut Command) -> Result<Vec<String>, Failed> {
    let output = command.output()?;
    Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
}

/// A server with devices of these tokens, and a message published to them all.
struct Broadcast {
    simulator: Simulator,
    server: Server,
    client: Client,
    folder: Folder,
}

impl Broadcast {
    async fn start(
        arguments: &[&str],
        environment: &[(&str, &str)],
        devices: &[(&str, &str)],
    ) -> Result<Self, Failed> {
        let simulator = Simulator::start(arguments)?;
        let folder = Folder::new()?;
        let settings = simulator.settings();
        let mut all = vec![("BLOCKCAST_CONFIG", settings.as_str())];
        all.extend_from_slice(environment);
        let server = Server::start(folder.path(), &all)?;
        let this = Self { simulator, server, client: client()?, folder };
        for (os, name) in devices {
            this.register(os, name).await?;
        }
        Ok(this)
    }

    /// Registers a device; one of `WEB` is a browser.
    async fn register(&self, os: &str, name: &str) -> Result<(), Failed> {
        let id = format!("{os}-{name}");
        let (os, token) = match os {
            "WEB" => ("ANDROID", self.simulator.subscription(&self.client, name).await?),
            os => (os, name.to_owned()),
        };
        let body = json!({ "deviceId": id, "deviceToken": token, "os": os });
        let path = self.server.at("/messaging/registrations");
        call(&self.client, Method::POST, path, Some(&body)).await?;
        Ok(())
    }

    async fn publish(&self) -> Result<String, Failed> {
        let body = json!({ "message": "Hello", "publishPolicy": "PUSH", "pushBroadcast": 15 });
        let path = self.server.at("/messaging/default");
        let answer = call(&self.client, Method::POST, path, Some(&body)).await?;
        Ok(answer["messageId"].as_str().unwrap_or_default().to_owned())
    }

    async fn status(&self, id: &str) -> Result<Value, Failed> {
        call(&self.client, Method::GET, self.server.at(&format!("/messaging/{id}")), None).await
    }

    async fn metrics(&self) -> Result<String, Failed> {
        let url = format!("{}/metrics", self.server.url);
        let answer = self.client.get(url).bearer_auth(TOKEN).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }

    /// Publishes, and waits until nothing more happens to the message.
    async fn settled(&self) -> Result<Value, Failed> {
        let id = self.publish().await?;
        eventually("the message is settled", || async {
            let status = self.status(&id).await?;
            Ok(status["status"] == "PUBLISHED" || status["status"] == "FAILED")
        })
        .await?;
        self.status(&id).await
    }
}

/// Each fault, from each service that can have it, among devices without one.
async fn faults() -> Result<(), Failed> {
    // A fault that passes comes to a token once, so each service has tokens of its own.
    let mut names: Vec<(&str, String)> = Vec::new();
    for fault in ["retry", "reset", "refused", "goaway", "throttled", "cut", "slow", "gone"] {
        names.push(("IOS", format!("{fault}-i")));
        names.push(("WEB", format!("{fault}-w")));
    }
    // Waits for ten seconds when it has trouble, so it gets little of it.
    for fault in ["well", "refused", "goaway", "gone"] {
        names.push(("ANDROID", format!("{fault}-a")));
    }
    // So many that there are always some on their way when a connection goes.
    names.extend((0..150).map(|number| ("IOS", format!("others-{number}"))));
    let devices: Vec<(&str, &str)> = names.iter().map(|(os, name)| (*os, name.as_str())).collect();
    let gone = [("IOS", "gone-i"), ("WEB", "gone-w"), ("ANDROID", "gone-a")];
    let broadcast = Broadcast::start(&["--slow-ms", "300"], &[], &devices).await?;
    let status = broadcast.settled().await?;
    let reached = devices.len() - gone.len();
    assert_eq!(status["successfulSendsAmount"], reached, "{status}");
    assert_eq!(status["failedSendsAmount"], gone.len(), "{status}");
    let stats = broadcast.simulator.stats(&broadcast.client).await?;
    assert_eq!(stats["reachedTokens"], reached, "{stats}");
    assert!(stats["repeats"].as_u64() >= Some(4), "what was reset or cut comes again: {stats}");
    assert_eq!(stats["repeats"], stats["repeatsWithTheSameCollapseId"], "{stats}");
    for (os, name) in gone {
        let id = format!("{os}-{name}");
        let path = broadcast.server.at(&format!("/messaging/registrations/{id}"));
        let found = call(&broadcast.client, Method::GET, path, None).await;
        assert!(found.is_err(), "{id} is forgotten, and was found: {found:?}");
    }
    Ok(())
}

async fn streams() -> Result<(), Failed> {
    let names: Vec<String> = (0..120).map(|number| format!("well-{number}")).collect();
    let devices: Vec<(&str, &str)> = names.iter().map(|name| ("IOS", name.as_str())).collect();
    let arguments = ["--streams", "3", "--latency-ms", "20"];
    let environment = [("BLOCKCAST_APNS_CONNECTIONS", "2")];
    let broadcast = Broadcast::start(&arguments, &environment, &devices).await?;
    assert_eq!(broadcast.settled().await?["successfulSendsAmount"], 120);
    let stats = broadcast.simulator.stats(&broadcast.client).await?;
    assert_eq!(stats["answers"]["apns"], json!({ "200": 120 }), "each once, and none refused");
    Ok(())
}

async fn silence() -> Result<(), Failed> {
    let devices = [("IOS", "stall-1"), ("IOS", "well-1")];
    let broadcast = Broadcast::start(&[], &[], &devices).await?;
    let status = broadcast.settled().await?;
    assert_eq!(status["successfulSendsAmount"], 2, "{status}");
    Ok(())
}

/// `tests/webpush/decrypts.mjs` subscribes with keys of its own, and decrypts by `http_ece`.
async fn elsewhere() -> Result<(), Failed> {
    if !root().join("tests/sdk/node_modules/http_ece").is_dir() {
        return Err("http_ece is not installed; run `make sdk`".into());
    }
    let broadcast = Broadcast::start(&[], &[], &[]).await?;
    let output = Command::new("node")
        .arg(root().join("tests/webpush/decrypts.mjs"))
        .env("SERVER", broadcast.server.at(""))
        .env("CONTROL", broadcast.simulator.at(""))
        .env("ENDPOINTS", format!("{}/push/", broadcast.simulator.url))
        .env("PATIENCE_MS", PATIENCE.as_millis().to_string())
        .stdout(Stdio::piped())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}

async fn guarded() -> Result<(), Failed> {
    let simulator = Simulator::start(&[])?;
    let client = client()?;
    let mut command = send_test(&simulator, "webpush");
    let token = simulator.subscription(&client, "well").await?;
    let port = simulator.url.rsplit(':').next().unwrap_or_default();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"] {
        command
            .args(["--token", &token.replace(&simulator.url, &format!("https://{host}:{port}"))]);
    }
    command.env("BLOCKCAST_WEBPUSH_ALLOW_PRIVATE", "false");
    let refused = lines(&mut command)?;
    assert_eq!(refused.len(), 6);
    for line in refused {
        let outcome: Value = serde_json::from_str(&line)?;
        assert_eq!(outcome["outcome"], "rejected", "{line}");
        assert!(line.contains("of this machine or of a private network"), "{line}");
    }
    assert_eq!(simulator.stats(&client).await?["requests"], 0);
    Ok(())
}

/// A hook that keeps one request, and answers it as told.
async fn hook() -> Result<(), Failed> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let mut command = blockcast();
    command.args(["send-test", "webhook", "--json", "--token", "t", "--message", "Hello"]);
    command.env("BLOCKCAST_WEBHOOK_URL", &url).env("BLOCKCAST_WEBHOOK_SECRET", "whsec_c2VjcmV0");
    for (answer, outcome) in [
        ("200 OK", json!({ "outcome": "accepted" })),
        (
            "503 No",
            json!({
                "outcome": "retry", "afterSeconds": 7, "scope": "provider",
                "reason": "the webhook answered 503 Service Unavailable"
            }),
        ),
        (
            "404 No",
            json!({ "outcome": "rejected", "reason": "the webhook answered 404 Not Found" }),
        ),
        ("302 Found", json!({ "outcome": "rejected", "reason": "the webhook answered 302 Found" })),
        (
            "410 Gone",
            json!({
                "outcome": "misconfigured",
                "reason": "the webhook answered 410 Gone; 410 says that the hook is no longer there: \
                           change `webhook.url`"
            }),
        ),
    ] {
        let child = command.stdout(Stdio::piped()).spawn()?;
        let (stream, _) = listener.accept().await?;
        let (head, body) = answer_one(stream, answer).await?;
        let output = child.wait_with_output()?;
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout)?, outcome);
        assert!(is_signed(&head, &body, b"secret"), "{head}\n{body}");
        assert!(!is_signed(&head, &body, b"another"));
        let body: Value = serde_json::from_str(&body)?;
        assert_eq!(
            (&body["deviceToken"], &body["notification"]["message"]),
            (&json!("t"), &json!("Hello"))
        );
    }
    Ok(())
}

async fn answer_one(
    stream: tokio::net::TcpStream,
    answer: &str,
) -> Result<(String, String), Failed> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        stream.readable().await?;
        let mut part = [0; 4096];
        match stream.try_read(&mut part) {
            Ok(length) => bytes.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error.into()),
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").and_then(|length| length.parse().ok());
        if length == Some(body.len()) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let answer =
        format!("HTTP/1.1 {answer}\r\nretry-after: 7\r\nlocation: /\r\ncontent-length: 0\r\n\r\n");
    stream.writable().await?;
    stream.try_write(answer.as_bytes())?;
    Ok((head, body))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// Standard Webhooks: HMAC-SHA256 of id, time and body.
fn is_signed(head: &str, body: &str, secret: &[u8]) -> bool {
    use aws_lc_rs::hmac;
    use base64::Engine;
    let part = |name| header(head, name).unwrap_or_default();
    let signed = format!("{}.{}.{body}", part("webhook-id"), part("webhook-timestamp"));
    let signature = part("webhook-signature").strip_prefix("v1,").unwrap_or_default();
    let signature = base64::engine::general_purpose::STANDARD.decode(signature).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
}
