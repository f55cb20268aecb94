//! `blockcast send-test`: one notification through one provider, and what became of it.

use super::providers::settings;
use super::{Exit, print, runtime};
use crate::clock::{Clock, Timestamp};
use crate::config::{ProviderKind, Providers};
use crate::deliver::{Outcome, Scope, Trial, notification, payload_of};
use crate::id::MessageId;
use crate::model::{Notification, Os, Publication};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Send one notification through one provider, without a server, and say what became of it.
///
/// The device needs not be registered. Exit code 0: all were accepted.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Which provider: fcm, apns, webpush or webhook
    provider: String,
    /// The device's token; several are sent to one after the other
    #[arg(long = "token", value_name = "TOKEN", required_unless_present = "dry_run")]
    tokens: Vec<String>,
    /// The message
    #[arg(long, value_name = "TEXT", default_value = "This is a test of blockcast")]
    message: String,
    /// A header, NAME=VALUE, as `publish` takes them
    #[arg(long = "header", value_name = "NAME=VALUE")]
    headers: Vec<String>,
    /// A notification in JSON instead, as an inbox holds it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["message", "headers"])]
    notification: Option<PathBuf>,
    /// Send nothing; show what would be sent
    #[arg(long)]
    dry_run: bool,
    /// Print JSON, a line a token
    #[arg(long)]
    json: bool,
    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "BLOCKCAST_CONFIG")]
    config: Option<PathBuf>,
}

pub(super) fn main(args: &Args) -> Exit {
    let (kind, shown) = match kind(&args.provider).and_then(|kind| Ok((kind, shown(args, kind)?))) {
        Ok(ready) => ready,
        Err(problem) => {
            print::error(format_args!("error: {problem}"));
            return Exit::Invalid;
        }
    };
    if args.dry_run {
        return show(kind, &shown);
    }
    let settings = match settings(args.config.as_deref()) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let sent = runtime::wait(send(args, kind, &settings, &Arc::new(shown)));
    sent.unwrap_or_else(|exit| exit)
}

fn kind(name: &str) -> Result<ProviderKind, String> {
    let found = ProviderKind::ALL.iter().find(|(known, _)| *known == name);
    let found = found
        .map(|(_, kind)| *kind)
        .filter(|kind| !matches!(kind, ProviderKind::Virtual | ProviderKind::Off));
    found.ok_or_else(|| {
        format!("there is no provider `{name}` to test; use `fcm`, `apns`, `webpush` or `webhook`")
    })
}

/// The notification that the arguments describe.
fn shown(args: &Args, kind: ProviderKind) -> Result<Notification, String> {
    if let Some(path) = &args.notification {
        let file = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("can't read `{file}`: {error}; check the path"))?;
        return serde_json::from_str(&text)
            .map_err(|error| format!("{file}:{}: no notification: {error}", error.line()));
    }
    let mut body = json!({ "message": args.message, "headers": {} });
    for header in &args.headers {
        let (name, value) = header.split_once('=').ok_or_else(|| {
            format!("`--header {header}` must be NAME=VALUE, for example `ios-badge=1`")
        })?;
        body["headers"][name] = json!(value);
    }
    let publication: Publication =
        serde_json::from_value(body).map_err(|error| error.to_string())?;
    let os = if kind == ProviderKind::Apns { Os::Ios } else { Os::Android };
    let now = Clock::system().now();
    // What is only shown is the same each time.
    let (id, now) = if args.dry_run {
        (MessageId::new("message:test"), Timestamp::from_millis(0))
    } else {
        (MessageId::fresh(now), now)
    };
    Ok(notification(&id, "default", &publication, os, now))
}

fn show(kind: ProviderKind, shown: &Notification) -> Exit {
    match payload_of(kind, shown) {
        Ok(payload) => {
            print::line(format_args!("{payload:#}"));
            Exit::Done
        }
        Err(problem) => {
            print::error(format_args!("error: {problem}"));
            Exit::Failed
        }
    }
}

async fn send(
    args: &Args,
    kind: ProviderKind,
    settings: &Providers,
    shown: &Arc<Notification>,
) -> Exit {
    let trial = match Trial::open(kind, settings, &Clock::system()) {
        Ok(trial) => trial,
        Err(error) => {
            print::error(format_args!("error: {error}"));
            return Exit::Invalid;
        }
    };
    let mut exit = Exit::Done;
    for token in &args.tokens {
        let outcome = trial.send(token, shown).await;
        if outcome != Outcome::Accepted {
            exit = Exit::Failed;
        }
        if args.json {
            print::line(told(&outcome));
        } else {
            print::line(format_args!("{}: {}", kind.name(), said(&outcome)));
        }
    }
    exit
}

/// Whole seconds, and none too few.
fn seconds(length: &Duration) -> u128 {
    length.as_millis().div_ceil(1_000)
}

fn told(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Accepted => json!({ "outcome": "accepted" }),
        Outcome::Gone { since } => json!({ "outcome": "gone", "since": since }),
        Outcome::Retry { after, scope, reason } => later("retry", after.as_ref(), *scope, reason),
        Outcome::NotTried { after, scope, reason } => {
            later("notTried", Some(after), *scope, reason)
        }
        Outcome::Unknown { reason } => json!({ "outcome": "unknown", "reason": reason }),
        Outcome::Rejected { reason } => json!({ "outcome": "rejected", "reason": reason }),
        Outcome::Misconfigured { reason } => {
            json!({ "outcome": "misconfigured", "reason": reason })
        }
    }
}

fn later(outcome: &str, after: Option<&Duration>, scope: Scope, reason: &str) -> Value {
    let scope = match scope {
        Scope::Device => "device",
        Scope::Provider => "provider",
    };
    let after = after.map(seconds);
    json!({ "outcome": outcome, "afterSeconds": after, "scope": scope, "reason": reason })
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted => "accepted".to_owned(),
        Outcome::Gone { since: None } => "the device is gone".to_owned(),
        Outcome::Gone { since: Some(since) } => format!("the device is gone since {since}"),
        Outcome::Retry { after: Some(after), reason, .. } => {
            format!("not now, in {} s again: {reason}", seconds(after))
        }
        Outcome::NotTried { after, reason, .. } => {
            format!("not tried, in {} s again: {reason}", seconds(after))
        }
        Outcome::Retry { after: None, reason, .. } => format!("not now: {reason}"),
        Outcome::Unknown { reason } => format!("it may have arrived or not: {reason}"),
        Outcome::Rejected { reason } => format!("refused: {reason}"),
        Outcome::Misconfigured { reason } => format!("the settings must be mended: {reason}"),
    }
}
