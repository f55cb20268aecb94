//! `blockcast keys`: an application's API keys and what each may do.

use super::operator::{self, Folder, Operator, Refused, segment};
use super::{Exit, print};
use crate::clock::Timestamp;
use serde_json::{Value as Json, json};

/// List, make, rotate or revoke API keys of an application
///
/// A key's secret is printed once, when it is made or rotated. What is revoked or rotated away is
/// refused at once. Works beside a running server (with its admin token) and without one.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List an application's keys
    List {
        /// The application's id
        app: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Make a key
    Create {
        /// The application's id
        app: String,
        /// What people call the key
        name: String,
        #[command(flatten)]
        rights: Rights,
        #[command(flatten)]
        folder: Folder,
    },
    /// Give a key a new secret; the old one is refused at once
    Rotate {
        /// The application's id
        app: String,
        /// The key's id
        key: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Revoke a key: it is refused at once
    Revoke {
        /// The application's id
        app: String,
        /// The key's id
        key: String,
        #[command(flatten)]
        folder: Folder,
    },
}

/// What a new key may do.
#[derive(clap::Args)]
struct Rights {
    /// What it may do, repeatable: publish, subscribe, register, read, admin [default: all but
    /// admin]
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Only on channels of this pattern, repeatable; `*` stands for any text
    #[arg(long, value_name = "PATTERN")]
    allow: Vec<String>,
    /// But not on channels of this pattern, repeatable
    #[arg(long, value_name = "PATTERN")]
    deny: Vec<String>,
    /// Requests a second
    #[arg(long, value_name = "COUNT")]
    rate: Option<u32>,
    /// When it ends, as 2027-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

/// Does what is asked.
pub(super) fn main(args: Args) -> Exit {
    match args.action {
        Action::List { app, folder } => operator::with(folder, |api| list(api, app)),
        Action::Create { app, name, rights, folder } => {
            operator::with(folder, |api| create(api, app, name, rights))
        }
        Action::Rotate { app, key, folder } => operator::with(folder, |api| rotate(api, app, key)),
        Action::Revoke { app, key, folder } => operator::with(folder, |api| revoke(api, app, key)),
    }
}

async fn list(api: Operator, app: String) -> Result<(), Refused> {
    for key in api.all(&format!("/apps/{}/keys", segment(&app))).await? {
        if api.is_for_programs() {
            print::json(&key);
        } else {
            print::line(line_of(&key));
        }
    }
    api.close().await
}

async fn create(api: Operator, app: String, name: String, rights: Rights) -> Result<(), Refused> {
    let mut draft = json!({
        "name": name,
        "channels": {"allow": rights.allow, "deny": rights.deny},
        "ratePerSecond": rights.rate,
    });
    if !rights.roles.is_empty() {
        draft["roles"] = json!(rights.roles);
    }
    if let Some(time) = &rights.expires {
        let moment = Timestamp::from_iso(time).ok_or_else(|| {
            Refused(format!("`--expires` is `{time}`; write it as 2027-01-31T12:00:00Z"))
        })?;
        draft["expiresAt"] = json!(moment);
    }
    let path = format!("/apps/{}/keys", segment(&app));
    let key = api.ask("POST", &path, Some(&draft)).await?;
    show_secret(&api, &key);
    api.close().await
}

async fn rotate(api: Operator, app: String, key: String) -> Result<(), Refused> {
    let path = format!("/apps/{}/keys/{}/rotate", segment(&app), segment(&key));
    let key = api.ask("POST", &path, None).await?;
    show_secret(&api, &key);
    api.close().await
}

async fn revoke(api: Operator, app: String, key: String) -> Result<(), Refused> {
    let path = format!("/apps/{}/keys/{}", segment(&app), segment(&key));
    api.ask("DELETE", &path, None).await?;
    if !api.is_for_programs() {
        print::line(format_args!("revoked {key}"));
    }
    api.close().await
}

fn show_secret(api: &Operator, key: &Json) {
    if api.is_for_programs() {
        print::json(key);
        return;
    }
    print::line(line_of(key));
    print::line(format_args!("API key: {}", key["secret"].as_str().unwrap_or_default()));
    print::line("keep it: it is printed this once");
}

fn line_of(key: &Json) -> String {
    let text = |field: &str| key[field].as_str().unwrap_or_default();
    let list = |list: &Json| -> String {
        let words = list.as_array().into_iter().flatten().filter_map(Json::as_str);
        words.collect::<Vec<_>>().join(",")
    };
    let mut line = format!("{}  {}  {}", text("id"), text("name"), list(&key["roles"]));
    for field in ["allow", "deny"] {
        let patterns = list(&key["channels"][field]);
        if !patterns.is_empty() {
            line = format!("{line}  {field}={patterns}");
        }
    }
    if let Some(rate) = key["ratePerSecond"].as_u64() {
        line = format!("{line}  rate={rate}");
    }
    if let Some(end) = key["expiresAt"].as_i64() {
        line = format!("{line}  until {}", Timestamp::from_millis(end));
    }
    line
}
