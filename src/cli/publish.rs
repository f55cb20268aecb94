//! `blockcast publish`: a message without a flow.

use super::target::{Target, TargetArgs};
use super::{Exit, print, runtime};
use crate::flow::Publish;
use crate::store::Segment;
use serde_json::{Map, Value as Json, json};

/// Publish a message.
///
/// The message is a text; with --json-message it is read as JSON. Headers decide which
/// systems are meant: only `android-...` reaches Android only, only `ios-...` iOS only.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The channel
    channel: String,
    /// The message
    message: String,
    /// A header; may be given several times
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Only this device; may be given several times
    #[arg(long = "device", value_name = "ID")]
    devices: Vec<String>,
    /// Only these systems: android, ios, wp, osx
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = ["android", "ios", "wp", "osx"])]
    os: Vec<String>,
    /// Only devices of this segment, such as "tags = 'vip' AND osVersion >= 14"
    #[arg(long = "where", value_name = "CONDITION")]
    segment: Option<String>,
    /// Read the message as JSON
    #[arg(long)]
    json_message: bool,
    #[command(flatten)]
    target: TargetArgs,
    /// Send nothing; show what would be published, and to whom
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object for programs
    #[arg(long)]
    json: bool,
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE, such as ios-badge=3".to_owned()),
    }
}

pub(super) fn main(args: &Args) -> Exit {
    let body = match body(args) {
        Ok(body) => body,
        Err(problem) => {
            print::error(format_args!("error: {problem}"));
            return Exit::Invalid;
        }
    };
    runtime::wait(publish(args, body)).unwrap_or_else(|exit| exit)
}

fn body(args: &Args) -> Result<Json, String> {
    let mut body = Map::new();
    let message = if args.json_message {
        serde_json::from_str(&args.message)
            .map_err(|error| format!("the message is not JSON: {error}"))?
    } else {
        Json::String(args.message.clone())
    };
    body.insert("message".into(), message);
    if !args.headers.is_empty() {
        let headers = args.headers.iter().map(|(name, value)| (name.clone(), json!(value)));
        body.insert("headers".into(), Json::Object(headers.collect()));
    }
    body.insert("publishPolicy".into(), "PUSH".into());
    if !args.os.is_empty() {
        // Source: the SDKs' PushBroadcastMask, in the form that names are joined.
        let names: Vec<String> =
            args.os.iter().map(|os| format!("FOR_{}", os.to_uppercase())).collect();
        body.insert("pushBroadcast".into(), names.join("|").into());
    }
    if let Some(segment) = &args.segment {
        if let Err(error) = Segment::parse(segment) {
            return Err(format!("--where: {error}\n{}", error.pointed()));
        }
        body.insert("segmentQuery".into(), segment.clone().into());
    }
    if !args.devices.is_empty() {
        body.insert("pushSinglecast".into(), json!(args.devices));
    }
    Ok(Json::Object(body))
}

async fn publish(args: &Args, body: Json) -> Exit {
    let target = match Target::open(&args.target, args.dry_run).await {
        Ok(target) => target,
        Err(problem) => {
            print::error(problem);
            return Exit::Invalid;
        }
    };
    if args.dry_run {
        let publish = Publish { channel: args.channel.clone(), template: None, body };
        let plan = target.plan(&publish).await;
        print::line(format_args!(
            "would publish to `{}`: {}\n  {plan}",
            args.channel, publish.body
        ));
        target.close().await;
        return Exit::Done;
    }
    let outcome = target.publish_once(&args.channel, &body).await;
    target.close().await;
    match outcome {
        Ok(status) => {
            if args.json {
                print::json(&status);
            } else {
                let id = status.message_id.as_deref().unwrap_or_default();
                print::line(format_args!("{} {id}", status.status));
            }
            Exit::Done
        }
        Err(refusal) => {
            if args.json {
                print::json(&json!({
                    "messageId": null, "status": "FAILED",
                    "errorMessage": refusal.message, "code": refusal.code,
                }));
            } else {
                print::error(format_args!(
                    "error[{}]: {}",
                    refusal.code,
                    refusal.message.english()
                ));
            }
            Exit::Failed
        }
    }
}
