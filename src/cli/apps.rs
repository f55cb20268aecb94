//! `blockcast apps`: several applications in one server, each on its own.

use super::operator::{self, Folder, Operator, Refused, segment};
use super::{Exit, print};
use serde_json::{Value as Json, json};

/// List, make, rename or remove applications
///
/// Applications in one server don't see each other: each has its own keys, channels, devices
/// and messages. Works beside a running server (with its admin token) and without one.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List applications
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Make an application, with a first key for its clients
    Create {
        /// What people call it
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Rename an application
    Rename {
        /// The application's id
        app: String,
        /// Its new name
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Remove an application with its keys, devices and messages
    Remove {
        /// The application's id
        app: String,
        #[command(flatten)]
        folder: Folder,
    },
}

/// Does what is asked.
pub(super) fn main(args: Args) -> Exit {
    match args.action {
        Action::List { folder } => operator::with(folder, list),
        Action::Create { name, folder } => operator::with(folder, |api| create(api, name)),
        Action::Rename { app, name, folder } => {
            operator::with(folder, |api| rename(api, app, name))
        }
        Action::Remove { app, folder } => operator::with(folder, |api| remove(api, app)),
    }
}

async fn list(api: Operator) -> Result<(), Refused> {
    for app in api.all("/apps").await? {
        show(&api, &app);
    }
    api.close().await
}

async fn create(api: Operator, name: String) -> Result<(), Refused> {
    let app = api.ask("POST", "/apps", Some(&json!({ "name": name }))).await?;
    let id = app["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/apps/{}/keys", segment(&id));
    let key = api.ask("POST", &path, Some(&json!({"name": "default"}))).await?;
    let secret = key["secret"].as_str().unwrap_or_default();
    if api.is_for_programs() {
        print::json(&json!({"app": app, "key": key}));
    } else {
        print::line(format_args!("app id: {id}"));
        print::line(format_args!("API key: {secret}"));
        print::line("keep it: it is printed this once");
    }
    api.close().await
}

async fn rename(api: Operator, app: String, name: String) -> Result<(), Refused> {
    let path = format!("/apps/{}", segment(&app));
    let app = api.ask("PATCH", &path, Some(&json!({ "name": name }))).await?;
    show(&api, &app);
    api.close().await
}

async fn remove(api: Operator, app: String) -> Result<(), Refused> {
    api.ask("DELETE", &format!("/apps/{}", segment(&app)), None).await?;
    if !api.is_for_programs() {
        print::line(format_args!("removed {app}"));
    }
    api.close().await
}

fn show(api: &Operator, app: &Json) {
    if api.is_for_programs() {
        print::json(app);
        return;
    }
    let text = |field: &str| app[field].as_str().unwrap_or_default().to_owned();
    print::line(format_args!("{}  {}", text("id"), text("name")));
}
