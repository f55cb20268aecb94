//! `blockcast emit`: an event that sets flows of a running server off.

use super::{Exit, print, runtime};
use crate::app::ClientFile;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// Set off the live flows that wait for an event.
///
/// The event goes to the server that runs on the data folder, or to another one. What a
/// flow answers is printed as JSON.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The event's name
    name: String,
    /// What it brings: a JSON object, or @FILE with one
    #[arg(long = "data", value_name = "JSON", default_value = "{}")]
    data: String,
    /// Don't wait for the flows to end
    #[arg(long)]
    no_wait: bool,
    /// The data folder of the server
    #[arg(
        long = "folder",
        value_name = "DIR",
        default_value = "data",
        env = "BLOCKCAST_DATA",
        conflicts_with = "upstream"
    )]
    folder: PathBuf,
    /// Another server, without app id and key
    #[arg(long, value_name = "URL", requires = "app_id", requires = "api_key")]
    upstream: Option<String>,
    /// The app's id on that server
    #[arg(long, value_name = "ID", env = "BLOCKCAST_APP_ID", hide_env_values = true)]
    app_id: Option<String>,
    /// One of the app's API keys on that server, with the role `publish`
    #[arg(long, value_name = "KEY", env = "BLOCKCAST_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

/// Where the event goes.
struct Server {
    url: String,
    app_id: String,
    api_key: String,
}

pub(super) fn main(args: &Args) -> Exit {
    let data = match data(&args.data) {
        Ok(data) => data,
        Err(problem) => {
            print::error(format_args!("error: --data {problem}"));
            return Exit::Invalid;
        }
    };
    let server = match server(args) {
        Ok(server) => server,
        Err(problem) => {
            print::error(format_args!("error: {problem}"));
            return Exit::Invalid;
        }
    };
    match runtime::wait(emit(args, &server, &data)) {
        Ok(Ok(answer)) => {
            print::json(&answer);
            Exit::Done
        }
        Err(exit) => exit,
        Ok(Err(problem)) => {
            print::error(format_args!("error: {problem}"));
            Exit::Failed
        }
    }
}

fn data(text: &str) -> Result<Map<String, Json>, String> {
    let text = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file)
            .map_err(|error| format!("can't be read from `{file}`: {error}"))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| format!("is no JSON object: {error}; write it as {{\"id\": 17}}"))
}

fn server(args: &Args) -> Result<Server, String> {
    let given = (&args.upstream, &args.app_id, &args.api_key);
    if let (Some(url), Some(app_id), Some(api_key)) = given {
        let (url, app_id) = (url.trim_end_matches('/').to_owned(), app_id.clone());
        return Ok(Server { url, app_id, api_key: api_key.clone() });
    }
    last_server(&args.folder).ok_or_else(|| {
        format!(
            "no server has run on the data folder `{}`; name another with `--folder`, or a server \
             with `--upstream`",
            args.folder.display()
        )
    })
}

fn last_server(folder: &Path) -> Option<Server> {
    let file = ClientFile::read(folder)?;
    Some(Server { url: file.url?, app_id: file.app_id, api_key: file.api_key })
}

async fn emit(args: &Args, server: &Server, data: &Map<String, Json>) -> Result<Json, String> {
    let escaped = super::operator::segment;
    let url = format!(
        "{}/{}/{}/servercode/events/{}",
        server.url,
        escaped(&server.app_id),
        escaped(&server.api_key),
        escaped(&args.name)
    );
    let away = |error: reqwest::Error| {
        let why = error.without_url();
        format!(
            "the server at {} doesn't answer: {why}; start it with `blockcast serve`",
            server.url
        )
    };
    let client = reqwest::Client::builder().no_proxy().build().map_err(away)?;
    let mut request = client.post(url).json(data);
    if args.no_wait {
        request = request.header("bl-execution-type", "async");
    }
    let response = request.send().await.map_err(away)?;
    let status = response.status();
    let text = response.text().await.map_err(away)?;
    let answer: Json = serde_json::from_str(&text).unwrap_or_else(|_| json!({}));
    if status.is_success() {
        return Ok(answer);
    }
    Err(answer["message"].as_str().unwrap_or("the server gave no reason").to_owned())
}
