//! How commands for the operator reach the admin API: of the server that runs on a data
//! folder, or, when none does, of the folder itself.

use super::files::settings_file;
use super::{Exit, print, runtime};
use crate::app::{App, AppError, ClientFile};
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::server;
use futures_util::StreamExt;
use serde_json::Value as Json;
use std::path::PathBuf;

/// Flags that say which server is meant.
#[derive(clap::Args)]
pub(super) struct Folder {
    /// The server's data folder
    #[arg(long, value_name = "DIR", default_value = "data", env = "BLOCKCAST_DATA")]
    data: PathBuf,
    /// The admin token; needed while a server runs on the folder
    #[arg(long, value_name = "TOKEN", env = "BLOCKCAST_ADMIN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The admin API, wherever it is.
pub(super) struct Operator {
    place: Place,
    json: bool,
    /// Where the page is, or was when a server last ran.
    page: Option<String>,
}

enum Place {
    /// This process has the folder.
    Here(Box<App>),
    /// A server has it.
    There { client: reqwest::Client, url: String, token: String },
}

/// What the API refused, or why it can't be reached, for people.
pub(super) struct Refused(pub(super) String);

/// Runs a command with the admin API.
pub(super) fn with<F>(folder: Folder, command: impl FnOnce(Operator) -> F) -> Exit
where
    F: Future<Output = Result<(), Refused>>,
{
    let done = runtime::wait(async {
        let operator = Operator::open(folder).await?;
        command(operator).await
    });
    match done {
        Ok(Ok(())) => Exit::Done,
        Err(exit) => exit,
        Ok(Err(Refused(message))) => {
            print::error(format_args!("error: {message}"));
            Exit::Failed
        }
    }
}

impl Operator {
    async fn open(folder: Folder) -> Result<Self, Refused> {
        let json = folder.json;
        if !folder.data.is_dir() {
            return Err(Refused(format!(
                "there is no data folder `{}`; name it with `--data`, or start a server first",
                folder.data.display()
            )));
        }
        let flags = Flags { data: Some(folder.data.clone()), ..Flags::default() };
        let config =
            Config::load(settings_file().as_deref(), |name| std::env::var(name).ok(), flags)
                .map_err(|error| Refused(error.to_string()))?;
        let last = ClientFile::read(&folder.data).and_then(|file| file.url);
        let page = config.public_url.clone().or(last);
        let place = match App::open_idle(&config, Clock::system()).await {
            Ok(app) => Place::Here(Box::new(app)),
            Err(AppError::Locked { .. }) => {
                let url = ClientFile::read(&folder.data).and_then(|file| file.url);
                let url = url.ok_or_else(|| {
                    Refused("a server uses the data folder, and left no address there".to_owned())
                })?;
                let token = folder.token.ok_or_else(|| {
                    Refused(format!(
                        "a server runs on the data folder, at {url}; give its admin token with \
                         `--token` or `BLOCKCAST_ADMIN_TOKEN`"
                    ))
                })?;
                let client = reqwest::Client::builder().no_proxy().build();
                let client = client.map_err(|error| Refused(error.to_string()))?;
                Place::There { client, url, token }
            }
            Err(error) => return Err(Refused(error.to_string())),
        };
        Ok(Self { place, json, page })
    }

    /// Whether programs read what is printed.
    pub(super) fn is_for_programs(&self) -> bool {
        self.json
    }

    /// The address of the page; none when no server has run yet.
    pub(super) fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// Asks the admin API; gives the answer's JSON, null when it has none.
    pub(super) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Json>,
    ) -> Result<Json, Refused> {
        // Whoever types a command means what is there now, whatever its version.
        let any_version = ("if-match", "*".to_owned());
        let path = format!("/api/v1{path}");
        let (status, answer) = match &self.place {
            Place::Here(app) => {
                let answer = server::ask(app, method, &path, &[any_version], body).await;
                (answer.status, answer.body)
            }
            Place::There { client, url, token } => {
                let method = method.parse().unwrap_or(reqwest::Method::GET);
                let (name, value) = any_version;
                let request = client.request(method, format!("{url}{path}")).bearer_auth(token);
                let mut request = request.header(name, value);
                if let Some(body) = body {
                    request = request.json(body);
                }
                let gone = |error: reqwest::Error| {
                    Refused(format!("the server at {url} doesn't answer: {error}"))
                };
                let response = request.send().await.map_err(gone)?;
                let status = response.status().as_u16();
                let text = response.text().await.map_err(gone)?;
                (status, serde_json::from_str(&text).unwrap_or_default())
            }
        };
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let message = answer["message"].as_str().unwrap_or("the server gave no reason");
        Err(Refused(message.to_owned()))
    }

    /// Reads what is at a path as it comes, piece by piece.
    pub(super) async fn download(
        &self,
        path: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let path = format!("/api/v1{path}");
        let cut = || Refused("what the server sent ends too early; try again".to_owned());
        match &self.place {
            Place::Here(app) => {
                let (status, mut pieces) = server::download(app, &path).await;
                let mut refused = Vec::new();
                while let Some(piece) = pieces.next().await {
                    let piece = piece.map_err(|_| cut())?;
                    if status == 200 { take(&piece)? } else { refused.extend_from_slice(&piece) }
                }
                if status == 200 { Ok(()) } else { Err(refused_by(&refused)) }
            }
            Place::There { client, url, token } => {
                let gone = |error: reqwest::Error| {
                    Refused(format!("the server at {url} doesn't answer: {error}"))
                };
                let request = client.get(format!("{url}{path}")).bearer_auth(token);
                let mut response = request.send().await.map_err(gone)?;
                if !response.status().is_success() {
                    return Err(refused_by(&response.bytes().await.map_err(gone)?));
                }
                while let Some(piece) = response.chunk().await.map_err(|_| cut())? {
                    take(&piece)?;
                }
                Ok(())
            }
        }
    }

    /// Every item of a list, page by page.
    pub(super) async fn all(&self, path: &str) -> Result<Vec<Json>, Refused> {
        let mut items = Vec::new();
        let mut page = self.ask("GET", path, None).await?;
        loop {
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            let Some(cursor) = page["nextCursor"].as_str() else { return Ok(items) };
            page = self.ask("GET", &format!("{path}?cursor={cursor}"), None).await?;
        }
    }

    /// Brings what is due to its devices, when this process has the folder, and closes it.
    pub(super) async fn deliver_and_close(self) -> Result<(), Refused> {
        if let Place::Here(app) = &self.place {
            app.drain().await;
        }
        self.close().await
    }

    /// Deletes what was removed, when this process has the folder; a server does it itself.
    pub(super) async fn close(self) -> Result<(), Refused> {
        if let Place::Here(app) = self.place {
            app.gate.purge().await.map_err(|error| Refused(error.to_string()))?;
            app.stop().await;
        }
        Ok(())
    }
}

/// What an error's envelope says.
fn refused_by(body: &[u8]) -> Refused {
    let answer: Json = serde_json::from_slice(body).unwrap_or_default();
    let message = answer["message"].as_str().unwrap_or("the server gave no reason");
    Refused(message.to_owned())
}

/// A part of a path: all but letters, digits and `-._~` as %XX.
pub(super) fn segment(text: &str) -> String {
    server::escaped(text)
}
