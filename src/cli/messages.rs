//! `blockcast messages`: how far a message is, holding it, and what became of it at each
//! device.

use super::operator::{self, Folder, Operator, Refused, segment};
use super::{Exit, print};
use serde_json::Value as Json;
use std::io::Write;
use std::path::PathBuf;

/// Show, pause, resume, cancel or export messages
///
/// Works beside a running server (with its admin token) and without one.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

/// Which message.
#[derive(clap::Args)]
struct Which {
    /// The message's id
    id: String,
    /// The application's id; may be left out when there is only one
    #[arg(long)]
    app: Option<String>,
    #[command(flatten)]
    folder: Folder,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Show how far a message is
    Show(Which),
    /// Hold a message that is being sent, or is still to come
    Pause(Which),
    /// Let a message that is held go on
    Resume(Which),
    /// Cancel a message, also one that is being sent
    Cancel(Which),
    /// Write what became of a message at each device
    Export {
        #[command(flatten)]
        which: Which,
        /// Write comma-separated values, not a JSON object a line
        #[arg(long)]
        csv: bool,
        /// Write to this file, not to standard output
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Does what is asked.
pub(super) fn main(args: Args) -> Exit {
    match args.action {
        Action::Show(which) => ask(which, "GET", "delivery"),
        Action::Pause(which) => ask(which, "POST", "pause"),
        Action::Resume(which) => ask(which, "POST", "resume"),
        Action::Cancel(which) => {
            let Which { id, app, folder } = which;
            operator::with(folder, async move |api| {
                let path = path(&api, app, &id).await?;
                api.ask("POST", &format!("{path}/cancel"), None).await?;
                show(&api, &api.ask("GET", &format!("{path}/delivery"), None).await?);
                api.close().await
            })
        }
        Action::Export { which, csv, out } => {
            let Which { id, app, folder } = which;
            operator::with(folder, async move |api| {
                let format = if csv { "csv" } else { "jsonl" };
                let path = path(&api, app, &id).await?;
                export(&api, &format!("{path}/ledger?format={format}"), out).await?;
                api.close().await
            })
        }
    }
}

fn ask(which: Which, method: &'static str, action: &'static str) -> Exit {
    let Which { id, app, folder } = which;
    operator::with(folder, async move |api| {
        let path = path(&api, app, &id).await?;
        show(&api, &api.ask(method, &format!("{path}/{action}"), None).await?);
        api.close().await
    })
}

/// The path of a message in the admin API.
async fn path(api: &Operator, app: Option<String>, id: &str) -> Result<String, Refused> {
    let app = match app {
        Some(app) => app,
        None => match api.all("/apps").await?.as_slice() {
            [only] => only["id"].as_str().unwrap_or_default().to_owned(),
            apps => {
                let many = apps.len();
                return Err(Refused(format!(
                    "there are {many} applications; name one with `--app`"
                )));
            }
        },
    };
    Ok(format!("/apps/{}/messages/{}", segment(&app), segment(id)))
}

fn show(api: &Operator, delivery: &Json) {
    if api.is_for_programs() {
        print::json(delivery);
        return;
    }
    let held = if delivery["paused"] == true { ", held" } else { "" };
    print::line(format_args!("{}{held}", delivery["status"].as_str().unwrap_or_default()));
    if let Some(note) = delivery["note"].as_str() {
        print::line(format_args!("{note}"));
    }
    for amount in ["audience", "accepted", "failed", "gone", "expired", "skipped", "waiting"] {
        if let Some(devices) = delivery[amount].as_u64() {
            print::line(format_args!("{amount:<9} {devices:>9}"));
        }
    }
    if let Some(rate) = delivery["perSecond"].as_u64() {
        print::line(format_args!("{rate} devices a second"));
    }
}

async fn export(api: &Operator, path: &str, out: Option<PathBuf>) -> Result<(), Refused> {
    let mut out: Box<dyn Write> = match out {
        Some(file) => {
            let made = std::fs::File::create(&file).map_err(|error| {
                Refused(format!("can't write `{}`: {error}; check the folder", file.display()))
            })?;
            Box::new(std::io::BufWriter::new(made))
        }
        None => Box::new(std::io::stdout().lock()),
    };
    let unwritten = |error: std::io::Error| Refused(format!("can't write the export: {error}"));
    api.download(path, |bytes| out.write_all(bytes).map_err(unwritten)).await?;
    out.flush().map_err(unwritten)
}
