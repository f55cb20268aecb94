//! `blockcast devices`: listing, showing, removing and importing registrations, in a data
//! folder that no server uses.

mod import;
mod records;

use super::{Exit, print, runtime};
use crate::app::App;
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::id::DeviceId;
use crate::limits;
use crate::model::{Device, DeviceKey};
use crate::store::Segment;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// List, show, remove or import devices.
///
/// Works on the data folder while no server runs on it; a running server takes
/// registrations by `POST /messaging/registrations`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List devices, a page at a time
    List {
        #[command(flatten)]
        folder: Folder,
        /// Only devices of this segment, such as "channels = 'news' AND os = 'IOS'"
        #[arg(long = "where", value_name = "CONDITION")]
        segment: Option<String>,
        /// Devices of one page
        #[arg(long, value_name = "COUNT", default_value_t = 100)]
        size: usize,
        /// Go on after this cursor, which the page before ended with
        #[arg(long, value_name = "CURSOR", default_value_t = 0)]
        after: i64,
        /// Print one JSON object a device
        #[arg(long)]
        json: bool,
    },
    /// Show one device
    Show {
        #[command(flatten)]
        folder: Folder,
        /// The device's id
        id: String,
    },
    /// Forget one device and what its inbox holds
    Remove {
        #[command(flatten)]
        folder: Folder,
        /// The device's id
        id: String,
    },
    /// Register the devices of a file
    ///
    /// JSON lines hold what `POST /messaging/registrations` takes. CSV has a line of names:
    /// deviceId, deviceToken, os, osVersion, expiration, channels and tags (joined by `|`),
    /// user.id, and properties.NAME and user.NAME for as many as there are.
    Import {
        #[command(flatten)]
        folder: Folder,
        /// The file: .csv, or JSON lines under any other name; `-` reads JSON lines from the
        /// standard input
        file: PathBuf,
    },
}

#[derive(clap::Args)]
struct Folder {
    /// The server's data folder
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
}

pub(super) fn main(args: &Args) -> Exit {
    let done = runtime::wait(async {
        match &args.action {
            Action::List { folder, segment, size, after, json } => {
                let segment = segment.as_deref().map(Segment::parse).transpose();
                let segment = segment
                    .map_err(|error| invalid(format!("--where: {error}\n{}", error.pointed())))?;
                let app = open(folder).await?;
                let listed = list(&app, segment, DeviceKey(*after), *size, *json).await;
                app.stop().await;
                listed
            }
            Action::Show { folder, id } => {
                let app = open(folder).await?;
                let found = app.registry.device(app.app_id(), &DeviceId::new(id)).await;
                app.stop().await;
                let (_, device) = found.map_err(failed)?;
                let shown = serde_json::to_string_pretty(&described(&device));
                print::line(shown.unwrap_or_default());
                Ok(())
            }
            Action::Remove { folder, id } => {
                let app = open(folder).await?;
                let gone = app.registry.forget(app.app_id(), &DeviceId::new(id)).await;
                app.stop().await;
                gone.map_err(failed)?;
                print::line(format_args!("removed {id}"));
                Ok(())
            }
            Action::Import { folder, file } => {
                let records = records::Records::open(file).map_err(invalid)?;
                let app = open(folder).await?;
                let imported = import::import(&app, records).await;
                app.stop().await;
                imported
            }
        }
    });
    match done {
        Ok(Ok(())) => Exit::Done,
        Err(exit) => exit,
        Ok(Err((exit, message))) => {
            print::error(format_args!("error: {message}"));
            exit
        }
    }
}

type Done<T> = Result<T, (Exit, String)>;

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn invalid(message: impl ToString) -> (Exit, String) {
    (Exit::Invalid, message.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn failed(error: impl ToString) -> (Exit, String) {
    (Exit::Failed, error.to_string())
}

async fn open(folder: &Folder) -> Done<App> {
    let flags = Flags { data: Some(folder.data.clone()), ..Flags::default() };
    let config = Config::load(None, |name| std::env::var(name).ok(), flags).map_err(invalid)?;
    App::open_idle(&config, Clock::system()).await.map_err(invalid)
}

async fn list(
    app: &App,
    segment: Option<Segment>,
    after: DeviceKey,
    size: usize,
    json: bool,
) -> Done<()> {
    let size = size.clamp(1, limits::DEVICES_PAGE_MAX);
    let page = app.registry.list(app.app_id(), segment, after, size).await.map_err(failed)?;
    for (_, device) in &page {
        if json {
            print::line(described(device));
        } else {
            let version = device.os_version.as_deref().unwrap_or("-");
            let channels = device.channels.join(",");
            let tags = device.tags.join(",");
            print::line(format_args!(
                "{}  {} {version}  {channels}  {tags}",
                device.id,
                device.os.name()
            ));
        }
    }
    if let Some((last, _)) = page.last().filter(|_| page.len() == size) {
        print::error(format_args!("there may be more: --after {}", last.0));
    }
    Ok(())
}

/// A device as JSON, in the names of the wire.
fn described(device: &Device) -> Json {
    json!({
        "id": device.object_id,
        "deviceId": device.id,
        "deviceToken": device.token,
        "os": device.os,
        "osVersion": device.os_version,
        "channels": device.channels,
        "expiration": device.expires_at,
        "created": device.created_at,
        "tags": device.tags,
        "properties": device.properties,
        "user": device.user,
    })
}
