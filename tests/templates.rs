//! `tests/templates/`: push templates, by files that a person can read.
//!
//! - `refused.json`: what is refused, each with all that is said about it.
//! - `accepted.json`: what is kept of what was written, and what is doubtful about it.
//! - `drawn.json`: one template, values, and devices; what each device is shown.
//! - `commands.txt`: what an operator types, and what is printed.
//!
//! `make accept` writes what comes of each anew; the diff is read before it is committed.

use crate::harness::server::{Folder, TOKEN};
use crate::harness::{blockcast, compare, root};
use blockcast::clock::Timestamp;
use blockcast::id::MessageId;
use blockcast::model::{Notification, Os, Person, Template, User};
use blockcast::template::{Drawing, Stamp, read, warnings};
use libtest_mimic::{Failed, Trial};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::Write;
use std::path::PathBuf;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("templates/refused", refused),
        Trial::test("templates/accepted", accepted),
        Trial::test("templates/drawn", drawn),
        Trial::test("templates/commands", commands),
    ]
}

fn file(name: &str) -> PathBuf {
    root().join("tests/templates").join(name)
}

fn written(value: &impl Serialize) -> Result<String, Failed> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    template: Value,
    problems: Vec<String>,
}

fn refused() -> Result<(), Failed> {
    let mut cases: Vec<Refused> =
        serde_json::from_str(&std::fs::read_to_string(file("refused.json"))?)?;
    for case in &mut cases {
        let Err(problems) = read(&case.template) else {
            return Err(format!("not refused: {}", case.template).into());
        };
        case.problems = problems.iter().map(ToString::to_string).collect();
    }
    compare(&file("refused.json"), &written(&cases)?)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accepted {
    template: Value,
    kept: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

fn accepted() -> Result<(), Failed> {
    let mut cases: Vec<Accepted> =
        serde_json::from_str(&std::fs::read_to_string(file("accepted.json"))?)?;
    for case in &mut cases {
        let template = parsed(&case.template)?;
        case.kept = serde_json::to_value(&template)?;
        case.warnings = warnings(&template).iter().map(ToString::to_string).collect();
        // What is kept can be saved again, and says the same.
        if parsed(&case.kept)? != template {
            return Err(format!("isn't the same when it is saved again: {}", case.kept).into());
        }
    }
    compare(&file("accepted.json"), &written(&cases)?)
}

fn parsed(template: &Value) -> Result<Template, Failed> {
    read(template).map_err(|problems| format!("{template} is refused: {problems:?}").into())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    about: String,
    template: Value,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    values: Map<String, Value>,
    devices: Vec<Device>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Device {
    os: Os,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    properties: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    /// Whether all of its platform of which nothing is known are shown the same.
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    shown: Value,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<String>,
}

fn drawn() -> Result<(), Failed> {
    let mut cases: Vec<Drawn> =
        serde_json::from_str(&std::fs::read_to_string(file("drawn.json"))?)?;
    for case in &mut cases {
        let template = parsed(&case.template)?;
        let stamp = Stamp {
            message_id: MessageId::new("message:X"),
            channel: template.channel_name.clone(),
            published_at: Timestamp::from_millis(0),
        };
        let mut drawing = Drawing::new(template.with_values(case.values.clone()), stamp);
        for device in &mut case.devices {
            let person =
                Person { properties: device.properties.clone(), user: device.user.clone() };
            let own = drawing.own(device.os, Some(&person));
            device.shared = own.is_none();
            device.gaps = drawing.gaps(device.os, &person);
            device.shown = essence(&own.unwrap_or_else(|| drawing.shared(device.os)))?;
        }
    }
    compare(&file("drawn.json"), &written(&cases)?)
}

/// A notification without what each has from its message.
fn essence(notification: &Notification) -> Result<Value, Failed> {
    let mut shown = serde_json::to_value(notification)?;
    if let Value::Object(fields) = &mut shown {
        fields.retain(|name, _| {
            !matches!(name.as_str(), "messageId" | "channel" | "os" | "publishedAt")
        });
        if let Some(Value::Object(headers)) = fields.get_mut("headers") {
            headers.retain(|name, _| name != "template_name");
        }
    }
    Ok(shown)
}

/// One command after another, on the same data folder without a server.
fn commands() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let data = folder.path();
    let made = blockcast()
        .args(["publish", "default", "Hello", "--data"])
        .arg(data)
        .env("BLOCKCAST_APP_ID", "APP-1")
        .env("BLOCKCAST_ADMIN_TOKEN", TOKEN)
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into_owned().into());
    }
    let text = std::fs::read_to_string(file("commands.txt"))?;
    let mut printed = String::new();
    for command in text.lines().filter_map(|line| line.strip_prefix("$ blockcast ")) {
        let mut words = shell_words(command);
        words.push("--data".to_owned());
        let output = blockcast().args(words).arg(data).output()?;
        let _ = writeln!(printed, "$ blockcast {command}");
        for bytes in [&output.stdout, &output.stderr] {
            printed.push_str(&masked(&String::from_utf8_lossy(bytes)));
        }
        if !output.status.success() {
            let _ = writeln!(printed, "exit code {:?}", output.status.code().unwrap_or(-1));
        }
        printed.push('\n');
    }
    compare(&file("commands.txt"), &printed)
}

/// Words apart at blanks; those between quotes are one.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match (c, words.last_mut()) {
            ('\'', _) => quoted = !quoted,
            (' ', _) if !quoted => words.push(String::new()),
            (c, Some(word)) => word.push(c),
            (_, None) => {}
        }
    }
    words
}

/// What differs from run to run: times that are versions, and the ids of messages.
fn masked(text: &str) -> String {
    let mask = |line: &str| {
        for (before, shown) in [
            ("\"version\": ", "<version>,"),
            ("\"changedAt\": ", "<now>,"),
            ("SCHEDULED message:", "<uuid>"),
        ] {
            if let Some((indent, _)) = line.split_once(before) {
                return format!("{indent}{before}{shown}");
            }
        }
        line.to_owned()
    };
    text.lines().map(|line| mask(line) + "\n").collect()
}
