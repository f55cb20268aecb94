//! Where a command's messages go: a data folder, another server, or nowhere.

use super::files::settings_file;
use super::print;
use crate::app::{App, AppError, ClientFile};
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::deliver::{Upstream, UpstreamError};
use crate::diag::Diagnostic;
use crate::flow::{Messaging, Publish, Refusal, Report};
use crate::id::{DeviceId, MessageId};
use crate::model::{MessageStatus, Os};
use crate::publish::{self, Plan, PublishError, TemplateError};
use crate::vm::Status;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use tokio::sync::OnceCell;

/// Flags that say where messages go.
#[derive(clap::Args)]
pub(super) struct TargetArgs {
    /// The server's data folder: messages go to the server that runs on it, or, when
    /// none does, straight into it
    #[arg(long, value_name = "DIR", conflicts_with = "upstream")]
    data: Option<PathBuf>,
    /// Another server of the messaging API, without app id and key
    #[arg(long, value_name = "URL", requires = "app_id", requires = "api_key")]
    upstream: Option<String>,
    /// The app's id on that server
    #[arg(long, value_name = "ID", env = "BLOCKCAST_APP_ID", hide_env_values = true)]
    app_id: Option<String>,
    /// One of the app's API keys on that server
    #[arg(long, value_name = "KEY", env = "BLOCKCAST_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
}

impl TargetArgs {
    /// Whether messages may leave this process.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.data.is_some() || self.upstream.is_some()
    }
}

/// Who takes messages.
pub(super) enum Target {
    /// This process, which opens its store with the first message.
    Here(Box<Here>),
    /// A server.
    There(Upstream),
    /// Nobody: messages are only looked at.
    Nobody(Option<Box<App>>),
}

/// A store of this process, opened with the first message.
pub(super) struct Here {
    app: OnceCell<App>,
    config: Config,
}

impl Target {
    /// Finds who takes messages.
    ///
    /// # Errors
    /// A folder that can't be used, a server that can't be addressed.
    pub(super) async fn open(args: &TargetArgs, dry_run: bool) -> Result<Self, Box<Diagnostic>> {
        if let (Some(url), Some(app_id), Some(api_key)) =
            (&args.upstream, &args.app_id, &args.api_key)
        {
            let server =
                Upstream::new(url, app_id, api_key).map_err(|error| unaddressable(&error))?;
            return Ok(if dry_run { Self::Nobody(None) } else { Self::There(server) });
        }
        let Some(data) = &args.data else {
            let here = Self::here(None, Config::in_memory());
            return Ok(if dry_run { Self::Nobody(None) } else { here });
        };
        let flags = Flags { data: Some(data.clone()), ..Flags::default() };
        let config =
            Config::load(settings_file().as_deref(), |name| std::env::var(name).ok(), flags)
                .map_err(|error| unusable(&error))?;
        match App::open_idle(&config, Clock::system()).await {
            Ok(app) if dry_run => Ok(Self::Nobody(Some(Box::new(app)))),
            Ok(app) => {
                greet(&app, data);
                Ok(Self::here(Some(app), config))
            }
            Err(AppError::Locked { .. }) => {
                let server = running_server(data)?;
                Ok(if dry_run { Self::Nobody(None) } else { Self::There(server) })
            }
            Err(error) => Err(unusable(&error)),
        }
    }

    fn here(app: Option<App>, config: Config) -> Self {
        Self::Here(Box::new(Here { app: OnceCell::new_with(app), config }))
    }

    /// Whether messages are only accepted, since no device can be registered.
    pub(super) fn reaches_nobody(&self) -> bool {
        matches!(self, Self::Here(here) if here.config.data.is_none())
    }

    /// Publishes, as [`Messaging::publish`] does, without a key of its own.
    pub(super) async fn publish_once(&self, channel: &str, body: &Json) -> Result<Status, Refusal> {
        let key = crate::id::fresh_uuid(Clock::system().now());
        self.publish(channel, body, &key).await
    }

    /// For each publish of a dry run whom it would have reached.
    pub(super) async fn plans(&self, report: &Report) -> Vec<String> {
        let mut plans = Vec::new();
        for one in &report.publishes {
            plans.push(self.plan(one).await);
        }
        plans
    }

    /// Whom a publish would reach, or why it would be refused.
    pub(super) async fn plan(&self, one: &Publish) -> String {
        let now = Clock::system().now();
        let Some(name) = &one.template else {
            return match publish::plan(&one.channel, &one.body, now) {
                Ok(plan) => self.reach(&plan).await,
                Err(error) => format!("refused: {error}"),
            };
        };
        let Self::Nobody(Some(app)) = self else {
            return "to those whom the template is for".to_owned();
        };
        let template = app.templates.get(app.app_id(), name).await;
        match template.and_then(|found| publish::plan_push(&found.template, &one.body, now)) {
            Ok(plan) => self.reach(&plan).await,
            Err(error) => format!("refused: {error}"),
        }
    }

    /// Whom a publish would reach, for people.
    async fn reach(&self, plan: &Plan) -> String {
        let whom = describe(plan);
        if let Self::Nobody(Some(app)) = self {
            return match app.publisher.audience(app.app_id(), plan).await {
                Ok(1) => format!("to {whom}: 1 device now"),
                Ok(count) => format!("to {whom}: {count} devices now"),
                Err(error) => format!("to {whom}; they can't be counted: {error}"),
            };
        }
        format!("to {whom}")
    }

    /// Waits until what is due was delivered, and closes the store.
    pub(super) async fn close(self) {
        match self {
            Self::Here(here) => {
                if let Some(app) = here.app.into_inner() {
                    app.drain().await;
                    app.stop().await;
                }
            }
            // A dry run delivers nothing, what waits in the folder included.
            Self::Nobody(Some(app)) => app.stop().await,
            Self::Nobody(None) | Self::There(_) => {}
        }
    }

    async fn app(&self) -> Result<&App, Refusal> {
        let Self::Here(here) = self else {
            return Err(Refusal { code: "dry-run".into(), message: "nothing is sent".into() });
        };
        here.app
            .get_or_try_init(|| App::open_idle(&here.config, Clock::system()))
            .await
            .map_err(|error| Refusal { code: "no-store".into(), message: error.to_string().into() })
    }
}

impl Messaging for Target {
    async fn publish(&self, channel: &str, body: &Json, key: &str) -> Result<Status, Refusal> {
        match self {
            Self::There(server) => told(
                server
                    .publish(channel, body, Some(key))
                    .await
                    .map_err(|error| refused_there(&error)),
            ),
            Self::Here(_) => {
                let app = self.app().await?;
                let published = app.publisher.publish(app.app_id(), channel, body, Some(key));
                told(published.await.map_err(|error| refused_here(&error)))
            }
            Self::Nobody(_) => {
                publish::plan(channel, body, Clock::system().now())
                    .map_err(|error| refused_here(&error))?;
                Ok(only_looked_at())
            }
        }
    }

    async fn push(&self, template: &str, body: &Json, key: &str) -> Result<Status, Refusal> {
        match self {
            Self::There(server) => told(
                server.push(template, body, Some(key)).await.map_err(|error| refused_there(&error)),
            ),
            Self::Here(_) => {
                let app = self.app().await?;
                let pushed = app.templates.push(app.app_id(), template, body, Some(key)).await;
                told(pushed.map_err(|error| refused_template(&error)))
            }
            Self::Nobody(app) => {
                if let Some(app) = app {
                    let counted = app.templates.audience(app.app_id(), template, body).await;
                    counted.map_err(|error| refused_template(&error))?;
                }
                Ok(only_looked_at())
            }
        }
    }

    async fn status(&self, message_id: &str) -> Result<Status, Refusal> {
        let id = MessageId::new(message_id);
        match self {
            Self::There(server) => {
                told(server.status(&id).await.map_err(|error| refused_there(&error)))
            }
            Self::Here(_) => {
                let app = self.app().await?;
                let status = app.publisher.status(app.app_id(), &id).await;
                told(status.map_err(|error| refused_here(&error)))
            }
            Self::Nobody(_) => told(Ok(MessageStatus::unknown(id))),
        }
    }

    async fn cancel(&self, message_id: &str) -> Result<Status, Refusal> {
        let id = MessageId::new(message_id);
        match self {
            Self::There(server) => {
                told(server.cancel(&id).await.map_err(|error| refused_there(&error)))
            }
            Self::Here(_) => {
                let app = self.app().await?;
                let status = app.publisher.cancel(app.app_id(), &id).await;
                told(status.map_err(|error| refused_here(&error)))
            }
            Self::Nobody(_) => told(Ok(MessageStatus::unknown(id))),
        }
    }
}

fn told(outcome: Result<MessageStatus, Refusal>) -> Result<Status, Refusal> {
    outcome.map(|status| Status {
        message_id: Some(status.message_id.as_str().to_owned()),
        status: status.state.upper().to_owned(),
        error_message: status.error_message,
    })
}

/// The answer of a dry run.
fn only_looked_at() -> Status {
    let id = "message:00000000-0000-0000-0000-000000000000".to_owned();
    Status { message_id: Some(id), status: "SCHEDULED".to_owned(), error_message: None }
}

fn refused_template(error: &TemplateError) -> Refusal {
    Refusal { code: error.code().into(), message: error.to_string().into() }
}

fn refused_here(error: &PublishError) -> Refusal {
    Refusal { code: error.code().into(), message: error.to_string().into() }
}

fn refused_there(error: &UpstreamError) -> Refusal {
    Refusal { code: "upstream".into(), message: error.to_string().into() }
}

/// Says what this command made, if it is the first to use the folder.
fn greet(app: &App, data: &Path) {
    if let Some(first) = app.first_start() {
        let (app_id, token) = (&first.app_id, &first.admin_token);
        print::error(format_args!(
            "made the data folder {} with app {app_id}; admin token (printed this once): {token}",
            data.display()
        ));
    }
}

/// The server that runs on a data folder, by what it left there.
fn running_server(data: &Path) -> Result<Upstream, Box<Diagnostic>> {
    let found =
        ClientFile::read(data).and_then(|file| Some((file.url?, file.app_id, file.api_key)));
    let Some((url, app_id, api_key)) = found else {
        return Err(Box::new(
            Diagnostic::error(
                "server-not-found",
                "another blockcast uses the data folder, and left no address there",
                "wait until it is up, or name it with --upstream, --app-id and --api-key",
            )
            .in_file(&data.display().to_string()),
        ));
    };
    Upstream::new(&url, &app_id, &api_key).map_err(|error| unaddressable(&error))
}

fn unaddressable(error: &UpstreamError) -> Box<Diagnostic> {
    let hint = "give the address as http://HOST:PORT";
    Box::new(Diagnostic::error("bad-upstream", error.to_string(), hint))
}

fn unusable(error: &dyn std::error::Error) -> Box<Diagnostic> {
    let hint = "check the folder and its permissions, or name another with --data";
    Box::new(Diagnostic::error("no-store", error.to_string(), hint))
}

/// Whom a plan means, in words.
fn describe(plan: &Plan) -> String {
    if !plan.delivers_push {
        return format!("subscribers of `{}`, and no device", plan.channel);
    }
    let systems: Vec<&str> = plan.platforms.iter().map(Os::name).collect();
    let systems = systems.join(", ");
    let segment = plan.publication.segment_query.as_deref();
    let segment = segment.map_or_else(String::new, |query| format!(" for which {query}"));
    if plan.device_ids.is_empty() {
        return format!("all devices of `{}` on {systems}{segment}", plan.channel);
    }
    let ids: Vec<&str> = plan.device_ids.iter().map(DeviceId::as_str).collect();
    let ids = ids.join("`, `");
    format!("`{ids}`, as far as they listen to `{}` on {systems}{segment}", plan.channel)
}
