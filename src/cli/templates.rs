//! `blockcast templates`: push templates of an application, kept, looked at and pushed.

use super::operator::{self, Folder, Operator, Refused, segment};
use super::{Exit, print};
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// List, show, save, remove, preview or push templates of push notifications
///
/// Works beside a running server (with its admin token) and without one.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List templates: name, channel, platforms, segment
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Print one template as JSON
    Show {
        /// The template's name
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Save a template from a JSON file; one of its name is replaced
    Save {
        /// The file; `-` reads the standard input
        file: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a template; what was pushed with it goes its way
    Remove {
        /// The template's name
        name: String,
        #[command(flatten)]
        place: Place,
    },
    /// Show what a device would be shown, by data that is made up
    Preview {
        /// The template's name
        name: String,
        #[command(flatten)]
        sample: Sample,
        #[command(flatten)]
        values: Values,
        #[command(flatten)]
        place: Place,
    },
    /// Push a template to everybody it is for
    Push {
        /// The template's name
        name: String,
        #[command(flatten)]
        values: Values,
        /// When to send, as 2027-01-31T12:00:00Z; now when not said
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Send nothing; only count the devices it would go to now
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        place: Place,
    },
}

/// Which application, and where.
#[derive(clap::Args)]
struct Place {
    /// The application's id; the first one when not said
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    #[command(flatten)]
    folder: Folder,
}

/// What fills a template's places.
#[derive(clap::Args)]
struct Values {
    /// A value, repeatable; numbers, true and false are taken as such, anything else as a text
    #[arg(long = "value", value_name = "NAME=VALUE", value_parser = named)]
    values: Vec<(String, Json)>,
}

/// A device that is made up.
#[derive(clap::Args)]
struct Sample {
    /// Its system: android, ios, wp or osx; the template's first when not said
    #[arg(long, value_parser = ["android", "ios", "wp", "osx"])]
    os: Option<String>,
    /// Its language, such as de-AT
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// One of its properties, repeatable
    #[arg(long = "property", value_name = "NAME=VALUE", value_parser = named)]
    properties: Vec<(String, Json)>,
    /// One of its user's properties, repeatable
    #[arg(long = "user", value_name = "NAME=VALUE", value_parser = named)]
    user: Vec<(String, Json)>,
}

fn named(text: &str) -> Result<(String, Json), String> {
    let Some((name, value)) = text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        return Err("write it as NAME=VALUE, such as name=Ada".to_owned());
    };
    let plain = serde_json::from_str(value).ok();
    let plain = plain.filter(|value: &Json| value.is_number() || value.is_boolean());
    Ok((name.to_owned(), plain.unwrap_or_else(|| value.into())))
}

fn object(entries: Vec<(String, Json)>) -> Json {
    Json::Object(entries.into_iter().collect::<Map<_, _>>())
}

/// Does what is asked.
pub(super) fn main(args: Args) -> Exit {
    match args.action {
        Action::List { place } => with(place, list),
        Action::Show { name, place } => with(place, |api, app| show(api, app, name)),
        Action::Save { file, place } => match read(&file) {
            Ok(template) => with(place, |api, app| save(api, app, template)),
            Err(problem) => {
                print::error(format_args!("error: {problem}"));
                Exit::Invalid
            }
        },
        Action::Remove { name, place } => with(place, |api, app| remove(api, app, name)),
        Action::Preview { name, sample, values, place } => {
            let sample = json!({
                "os": sample.os.map(|os| os.to_uppercase()), "locale": sample.locale,
                "properties": object(sample.properties), "user": {"properties": object(sample.user)},
                "templateValues": object(values.values),
            });
            with(place, |api, app| preview(api, app, name, sample))
        }
        Action::Push { name, values, at, dry_run, place } => {
            let body = json!({"templateValues": object(values.values), "publishAt": at});
            with(place, |api, app| push(api, app, name, body, dry_run))
        }
    }
}

/// Runs a command with the path of the application's templates.
fn with<F>(place: Place, command: impl FnOnce(Operator, String) -> F) -> Exit
where
    F: Future<Output = Result<(), Refused>>,
{
    let Place { app, folder } = place;
    operator::with(folder, async |api: Operator| {
        let app = match app {
            Some(app) => app,
            None => api.ask("GET", "/app", None).await?["appId"].as_str().unwrap_or("").to_owned(),
        };
        let path = format!("/apps/{}/templates", segment(&app));
        command(api, path).await
    })
}

fn read(file: &Path) -> Result<Json, String> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let shown = file.display();
    let text = text.map_err(|error| format!("`{shown}` can't be read: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("`{shown}` is no JSON: {error}"))
}

async fn list(api: Operator, path: String) -> Result<(), Refused> {
    for template in api.all(&path).await? {
        if api.is_for_programs() {
            print::json(&template);
        } else {
            print::line(line_of(&template));
        }
    }
    api.close().await
}

async fn show(api: Operator, path: String, name: String) -> Result<(), Refused> {
    let template = api.ask("GET", &format!("{path}/{}", segment(&name)), None).await?;
    print::line(serde_json::to_string_pretty(&template).unwrap_or_default());
    api.close().await
}

/// Replaces it; when there is none, makes it.
async fn save(api: Operator, path: String, template: Json) -> Result<(), Refused> {
    let name = template["name"].as_str().unwrap_or_default();
    let place = format!("{path}/{}", segment(name));
    let exists = !name.is_empty() && api.ask("GET", &place, None).await.is_ok();
    let saved = if exists {
        api.ask("PUT", &place, Some(&template)).await?
    } else {
        api.ask("POST", &path, Some(&template)).await?
    };
    if api.is_for_programs() {
        print::json(&saved);
    } else {
        let word = if exists { "replaced" } else { "saved" };
        print::line(format_args!("{word} {}", line_of(&saved)));
        for warning in saved["warnings"].as_array().into_iter().flatten() {
            let text = |field: &str| warning[field].as_str().unwrap_or_default();
            print::error(format_args!("warning: `{}` {}", text("path"), text("message")));
        }
    }
    api.close().await
}

async fn remove(api: Operator, path: String, name: String) -> Result<(), Refused> {
    api.ask("DELETE", &format!("{path}/{}", segment(&name)), None).await?;
    if !api.is_for_programs() {
        print::line(format_args!("removed {name}"));
    }
    api.close().await
}

async fn preview(api: Operator, path: String, name: String, sample: Json) -> Result<(), Refused> {
    let path = format!("{path}/{}/preview", segment(&name));
    let preview = api.ask("POST", &path, Some(&sample)).await?;
    if api.is_for_programs() {
        print::json(&preview);
        return api.close().await;
    }
    let mut shown = preview["notification"].clone();
    if let Json::Object(fields) = &mut shown {
        // What only a real one has.
        fields.retain(|field, _| !matches!(field.as_str(), "messageId" | "publishedAt"));
    }
    print::line(serde_json::to_string_pretty(&shown).unwrap_or_default());
    for gap in preview["gaps"].as_array().into_iter().flatten().filter_map(Json::as_str) {
        print::error(format_args!(
            "nothing fills `{{{gap}}}`: it leaves a gap; write `{{{gap}|something}}`"
        ));
    }
    api.close().await
}

async fn push(
    api: Operator,
    path: String,
    name: String,
    body: Json,
    dry_run: bool,
) -> Result<(), Refused> {
    let what = if dry_run { "audience" } else { "push" };
    let answer = api.ask("POST", &format!("{path}/{}/{what}", segment(&name)), Some(&body)).await?;
    if api.is_for_programs() {
        print::json(&answer);
    } else if dry_run {
        let devices = answer["devices"].as_u64().unwrap_or_default();
        let plural = if devices == 1 { "" } else { "s" };
        print::line(format_args!("would go to {devices} device{plural} now"));
    } else {
        let text = |field: &str| answer[field].as_str().unwrap_or_default();
        print::line(format_args!("{} {}", text("status"), text("messageId")));
    }
    api.deliver_and_close().await
}

fn line_of(template: &Json) -> String {
    let text = |field: &str| template[field].as_str().unwrap_or_default();
    let platforms = template["platforms"].as_array().into_iter().flatten();
    let platforms: Vec<&str> = platforms.filter_map(Json::as_str).collect();
    let platforms = if platforms.is_empty() { "ALL".to_owned() } else { platforms.join(",") };
    let mut line = format!("{}  {}  {platforms}", text("name"), text("channelName"));
    if let Some(segment) = template["segmentQuery"].as_str() {
        line = format!("{line}  {segment}");
    }
    line
}
