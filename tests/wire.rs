//! `tests/wire/NAME.json` and `tests/admin/NAME.json`: requests to the real server, by clients
//! and by operators, and what it answers.
//!
//! In an answer, what differs from run to run stands as `<message id>`, `<key id>`, `<user token
//! id>`, `<secret>`, `<uuid>`, `<now>`
//! (a time in milliseconds, within a day), `<elapsed>` (how long a run took), `<in two weeks>`, `<cursor>` or `{name}` (a value that a step saved); the
//! server's address as `{url}`. In a request, `{name}` is filled in, and a text
//! `{now+5000}` becomes the time in 5 seconds. `make accept` writes the answers anew.

use crate::harness::server::{APP, Folder, KEY, PATIENCE, Server, TOKEN, block_on, client};
use crate::harness::{entries, name};
use blockcast::clock::Deadline;
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    environment: BTreeMap<String, String>,
    steps: Vec<Step>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    request: Request,
    /// Ask again until the answer is as expected.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    eventually: bool,
    response: Response,
    /// Names of values in the answer, each with its JSON pointer, or with `header NAME`, of which
    /// what stands before a semicolon is taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    save: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    /// A body that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The length of a body that is announced and never sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    announced_bytes: Option<usize>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let of = |folder: &'static str| entries(folder).into_iter().map(move |file| (folder, file));
    of("wire")
        .chain(of("admin"))
        .map(|(folder, file)| {
            Trial::test(format!("{folder}/{}", name(&file)), move || block_on(check(&file)))
        })
        .collect()
}

async fn check(file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file)?;
    let mut case: Case = serde_json::from_str(&text)?;
    let folder = Folder::new()?;
    let environment: Vec<_> =
        case.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::start(folder.path(), &environment)?;
    let mut known = Known::new(&server);
    let accept = std::env::var_os("BLOCKCAST_ACCEPT").is_some();
    let client = client()?;
    for (index, step) in case.steps.iter_mut().enumerate() {
        let (mut answer, mut found) = ask(&client, &server, step, &known).await?;
        let deadline = Deadline::after(PATIENCE).ok_or("no end of patience")?;
        while step.eventually && found != step.response && !deadline.is_over() {
            (answer, found) = ask(&client, &server, step, &known).await?;
        }
        known.save(&step.save, &answer)?;
        if accept {
            step.response = found;
        } else if found != step.response {
            return Err(format!(
                "step {} ({} {})\nexpected {}\nanswered {}",
                index + 1,
                step.request.method,
                step.request.path,
                serde_json::to_string_pretty(&step.response)?,
                serde_json::to_string_pretty(&found)?
            )
            .into());
        }
    }
    if accept {
        std::fs::write(file, serde_json::to_string_pretty(&case)? + "\n")?;
    }
    Ok(())
}

/// Sends a step's request. Returns the JSON answer as it came, and the whole as it is
/// compared: only the headers the step names, and what differs from run to run masked.
async fn ask(
    client: &reqwest::Client,
    server: &Server,
    step: &Step,
    known: &Known,
) -> Result<(Answer, Response), Failed> {
    let request = &step.request;
    if let Some(bytes) = request.announced_bytes {
        return announce(server, &known.fill(&request.path), bytes).await;
    }
    let url = format!("{}{}", server.url, known.fill(&request.path));
    let method = Method::from_bytes(request.method.as_bytes())?;
    let mut sent = client.request(method, url);
    for (name, value) in &request.headers {
        sent = sent.header(name, known.fill(value));
    }
    if let Some(body) = &request.body {
        sent = sent.body(known.filled(body).to_string());
    } else if let Some(text) = &request.text {
        sent = sent.body(text.clone());
    }
    let answered = sent.send().await?;
    let headers = step
        .response
        .headers
        .keys()
        .map(|name| {
            let value = answered.headers().get(name).and_then(|value| value.to_str().ok());
            (name.clone(), known.mask_text(value.unwrap_or("(absent)")))
        })
        .collect();
    let status = answered.status().as_u16();
    let all = answered.headers().clone();
    let text = answered.text().await?;
    let answer: Option<Value> = serde_json::from_str(&text).ok();
    let body = answer.as_ref().map(|answer| known.mask(answer));
    let text = (body.is_none() && !text.is_empty()).then_some(text);
    Ok((Answer { body: answer, headers: all }, Response { status, headers, body, text }))
}

/// An answer as it came.
struct Answer {
    body: Option<Value>,
    headers: HeaderMap,
}

impl Answer {
    /// What a step saves: see [`Step::save`].
    fn at(&self, pointer: &str) -> Option<String> {
        if let Some(header) = pointer.strip_prefix("header ") {
            let value = self.headers.get(header)?.to_str().ok()?;
            return value.split(';').next().map(str::to_owned);
        }
        let value = self.body.as_ref()?.pointer(pointer)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }
}

/// Announces a body without sending it: a server that waits for it never answers.
async fn announce(server: &Server, path: &str, bytes: usize) -> Result<(Answer, Response), Failed> {
    let address = server.url.trim_start_matches("http://");
    let mut socket = tokio::net::TcpStream::connect(address).await?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {bytes}\r\nconnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP answer")?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let body: Value = serde_json::from_str(body)?;
    let found = Response { status, headers: BTreeMap::new(), body: Some(body.clone()), text: None };
    Ok((Answer { body: Some(body), headers: HeaderMap::new() }, found))
}

/// The values that can stand in braces.
struct Known(Vec<(String, String)>);

impl Known {
    fn new(server: &Server) -> Self {
        let host = server.url.trim_start_matches("http://");
        let known = [
            ("host", host),
            ("url", server.url.as_str()),
            ("app", APP),
            ("key", KEY),
            ("token", TOKEN),
        ];
        Self(known.map(|(name, value)| (format!("{{{name}}}"), value.to_owned())).into())
    }

    fn save(&mut self, pointers: &BTreeMap<String, String>, answer: &Answer) -> Result<(), Failed> {
        for (name, pointer) in pointers {
            let text = answer.at(pointer);
            let text = text.ok_or_else(|| format!("nothing to save at {pointer}"))?;
            let name = format!("{{{name}}}");
            self.0.retain(|(known, _)| *known != name);
            self.0.push((name, text));
        }
        Ok(())
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => moment(text).unwrap_or_else(|| Value::from(self.fill(text))),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(entries) => {
                let fill = |(name, value): (&String, &Value)| (name.clone(), self.filled(value));
                Value::Object(entries.iter().map(fill).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn mask(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.mask_text(text)),
            Value::Number(number) if number.as_i64().is_some_and(is_about_now) => {
                Value::from("<now>")
            }
            Value::Array(items) => items.iter().map(|item| self.mask(item)).collect(),
            Value::Object(entries) => {
                let mask = |(name, value): (&String, &Value)| {
                    let masked = match name.as_str() {
                        "elapsedUs" if value.is_number() => "<elapsed>".into(),
                        "expiresAt" if value.as_i64().is_some_and(is_in_two_weeks) => {
                            "<in two weeks>".into()
                        }
                        // One that holds an id.
                        "nextCursor" if value.as_str().is_some_and(|text| text.len() > 64) => {
                            "<cursor>".into()
                        }
                        _ => self.mask(value),
                    };
                    (name.clone(), masked)
                };
                Value::Object(entries.iter().map(mask).collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn mask_text(&self, text: &str) -> String {
        // Saved values first, the newest first; app and key are too short to look for.
        let mut masked = text.to_owned();
        for (name, value) in self.0.iter().rev().filter(|(_, value)| value.len() > 8) {
            masked = masked.replace(value, name);
        }
        while let Some(at) = find_uuid(&masked) {
            masked.replace_range(at..at + 36, "<uuid>");
        }
        for (prefix, shown) in [("key_", "<key id>"), ("ut_", "<user token id>")] {
            while let Some(at) = find_hex(&masked, prefix, 32) {
                masked.replace_range(at..at + prefix.len() + 32, shown);
            }
        }
        while let Some(at) = find_hex(&masked, "", 64) {
            masked.replace_range(at..at + 64, "<secret>");
        }
        masked.replace("message:<uuid>", "<message id>")
    }
}

fn find_uuid(text: &str) -> Option<usize> {
    let is_uuid = |part: &str| {
        part.char_indices().all(|(index, c)| match index {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
    };
    (0..text.len()).find(|at| text.get(*at..at + 36).is_some_and(is_uuid))
}

/// Where `prefix` and so many hexadecimal digits stand.
fn find_hex(text: &str, prefix: &str, digits: usize) -> Option<usize> {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    (0..text.len()).find(|at| {
        let Some(rest) = text[..].get(*at..).and_then(|rest| rest.strip_prefix(prefix)) else {
            return false;
        };
        rest.get(..digits).is_some_and(is_hex)
    })
}

/// `{now+5000}`: that many milliseconds from now; `{now_s+60}`: in seconds, as a fraction.
fn moment(text: &str) -> Option<Value> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    if let Some(seconds) = inner.strip_prefix("now_s") {
        let seconds: i64 = seconds.parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let moment = (now() + seconds * 1_000) as f64 / 1_000.0;
        return Some(Value::from(moment));
    }
    let millis: i64 = inner.strip_prefix("now")?.parse().ok()?;
    Some(Value::from(now() + millis))
}

fn is_in_two_weeks(millis: i64) -> bool {
    millis.abs_diff(now() + 14 * 24 * 3_600_000) < 600_000
}

fn is_about_now(millis: i64) -> bool {
    millis.abs_diff(now()) < 24 * 3_600_000
}

fn now() -> i64 {
    blockcast::clock::Clock::system().now().millis()
}
