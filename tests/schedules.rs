//! Stories about scheduled messages, in `tests/schedules/`: what is done at what time by the
//! server's clock, and what the phone has then. A virtual clock runs them through the whole
//! app, with a data folder, so that it can be stopped and started in between.
//!
//! A line is a time and one of: `publish NAME [at TIME] [every N s] [until TIME]`,
//! `cancel NAME [is refused]`, `stop`, `start`, `set the clock to TIME`, `NAME is STATUS`,
//! `NAME is due at TIME`, `phone got nothing`, `phone got NAME at TIME, ...`.

mod races;
mod removal;

use crate::harness::server::{Folder, block_on, eventually};
use crate::harness::{entries, name};
use blockcast::app::App;
use blockcast::clock::{Clock, Timestamp};
use blockcast::config::Config;
use blockcast::id::{DeviceId, MessageId};
use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The day of the stories.
const DAY: &str = "2026-11-25T";
/// How far time goes at a stroke.
const STROKE_MS: i64 = 1_000;

pub(crate) fn trials() -> Vec<Trial> {
    let story = |file: &Path| {
        let file = file.to_owned();
        Trial::test(format!("schedules/{}", name(&file)), move || {
            block_on(async move { Stage::play(&std::fs::read_to_string(&file)?).await })
        })
    };
    let mut trials: Vec<_> = entries("schedules")
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "txt"))
        .map(|file| story(file))
        .collect();
    trials.extend(races::trials());
    trials.extend(removal::trials());
    trials
}

struct Stage {
    folder: Folder,
    clock: Clock,
    /// None while it is stopped.
    app: Option<App>,
    ids: BTreeMap<String, MessageId>,
}

impl Stage {
    async fn play(story: &str) -> Result<(), Failed> {
        let lines = story.lines().skip_while(|line| !line.is_empty());
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let first = lines.first().and_then(|line| line.split_once(' ')).ok_or("no line")?.0;
        let clock = Clock::virtual_at(moment(first)?);
        let mut stage = Self { folder: Folder::new()?, clock, app: None, ids: BTreeMap::new() };
        stage.start().await?;
        let device = json!({"deviceId": "phone", "deviceToken": "t", "os": "ANDROID"});
        let app = stage.app()?;
        app.registry.register(app.app_id(), &device).await?;
        for line in lines {
            let (time, action) = line.split_once("  ").ok_or("a time, two spaces, an action")?;
            stage.go_on_until(moment(time)?).await?;
            let acted = stage.act(action.trim()).await;
            acted.map_err(|error| format!("{line}: {}", error.message().unwrap_or_default()))?;
        }
        if let Some(app) = stage.app.take() {
            app.stop().await;
        }
        Ok(())
    }

    /// Time goes by, stroke by stroke, as it does.
    async fn go_on_until(&self, time: Timestamp) -> Result<(), Failed> {
        if time < self.clock.now() {
            return Err("time goes back only when the clock is set".into());
        }
        while self.clock.now() < time {
            let left = time.millis() - self.clock.now().millis();
            self.clock.advance(left.min(STROKE_MS));
            if let Some(app) = &self.app {
                app.drain().await;
            }
        }
        Ok(())
    }

    async fn act(&mut self, action: &str) -> Result<(), Failed> {
        if let Some(options) = action.strip_prefix("publish ") {
            return self.publish(options).await;
        }
        if let Some(message) = action.strip_prefix("cancel ") {
            return self.cancel(message).await;
        }
        if let Some(time) = action.strip_prefix("set the clock to ") {
            self.clock.set(moment(time)?);
            if let Some(app) = &self.app {
                app.drain().await;
            }
            return Ok(());
        }
        if let Some(expected) = action.strip_prefix("phone got ") {
            return same(expected, &self.inbox().await?);
        }
        match action {
            "stop" => self.app.take().ok_or("it is stopped")?.stop().await,
            "start" => self.start().await?,
            other => return self.look(other).await,
        }
        Ok(())
    }

    async fn start(&mut self) -> Result<(), Failed> {
        let data = Some(self.folder.path().to_owned());
        let config = Config { data, ..Config::in_memory() };
        let app = App::open_at(&config, self.clock.clone()).await?;
        app.drain().await;
        self.app = Some(app);
        Ok(())
    }

    async fn publish(&mut self, options: &str) -> Result<(), Failed> {
        let mut words = options.split(' ');
        let message = words.next().unwrap_or_default();
        let mut body = Map::new();
        body.insert("message".to_owned(), message.into());
        body.insert("publishPolicy".to_owned(), "PUSH".into());
        while let Some(option) = words.next() {
            let value = words.next().ok_or("an option has a value")?;
            match option {
                "at" => body.insert("publishAt".to_owned(), moment(value)?.millis().into()),
                "until" => {
                    body.insert("repeatExpiresAt".to_owned(), moment(value)?.millis().into())
                }
                "every" => {
                    words.next().filter(|unit| *unit == "s").ok_or("every N s")?;
                    body.insert("repeatEvery".to_owned(), value.parse::<i64>()?.into())
                }
                other => return Err(format!("no option `{other}`").into()),
            };
        }
        let app = self.app()?;
        let body = Value::Object(body);
        let receipt = app.publisher.publish(app.app_id(), "default", &body, None).await?;
        app.drain().await;
        self.ids.insert(message.to_owned(), receipt.message_id);
        Ok(())
    }

    async fn cancel(&self, words: &str) -> Result<(), Failed> {
        let (message, refused) = match words.strip_suffix(" is refused") {
            Some(message) => (message, true),
            None => (words, false),
        };
        let app = self.app()?;
        match app.publisher.cancel(app.app_id(), self.id(message)?).await {
            Ok(_) if refused => Err("it was cancelled".into()),
            Err(error) if !refused => Err(error.to_string().into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Looks at a message: its status, or when it is due.
    async fn look(&self, words: &str) -> Result<(), Failed> {
        let (message, expected) = words.split_once(" is ").ok_or("nothing that can be done")?;
        let app = self.app()?;
        let id = self.id(message)?;
        let Some(time) = expected.strip_prefix("due at ") else {
            let status = app.publisher.status(app.app_id(), id).await?;
            return same(expected, status.state.upper());
        };
        let time = moment(time)?;
        // Soon: the engine notices by itself that the clock was set.
        eventually(words, || async {
            let row = app.store().message(app.app_id(), id).await?.ok_or("no such message")?;
            Ok(row.due_at == Some(time))
        })
        .await
    }

    async fn inbox(&self) -> Result<String, Failed> {
        let app = self.app()?;
        let id = DeviceId::new("phone");
        let (key, _) = app.registry.device(app.app_id(), &id).await?;
        let entries = app.inbox_after(key, &id, 0).await?;
        let told = |entry: &blockcast::model::InboxEntry| {
            let message = entry.notification.message.as_str().unwrap_or_default();
            (entry.notification.published_at, message.to_owned())
        };
        let mut told: Vec<_> = entries.iter().map(told).collect();
        // What is due at the same time has no order.
        told.chunk_by_mut(|one, next| one.0 == next.0).for_each(<[_]>::sort);
        let told: Vec<_> = told
            .into_iter()
            .map(|(time, message)| format!("{message} at {}", time_of_day(time)))
            .collect();
        Ok(if told.is_empty() { "nothing".to_owned() } else { told.join(", ") })
    }

    fn app(&self) -> Result<&App, Failed> {
        self.app.as_ref().ok_or_else(|| "the server is stopped".into())
    }

    fn id(&self, message: &str) -> Result<&MessageId, Failed> {
        self.ids.get(message).ok_or_else(|| format!("`{message}` wasn't published").into())
    }
}

fn same(expected: &str, found: &str) -> Result<(), Failed> {
    if expected == found { Ok(()) } else { Err(format!("found {found}").into()) }
}

/// A time of day, such as `12:00:05` or `12:00:05.250`.
fn moment(time: &str) -> Result<Timestamp, Failed> {
    let moment = Timestamp::from_iso(&format!("{DAY}{time}Z"));
    moment.ok_or_else(|| format!("`{time}` is no time of day").into())
}

fn time_of_day(time: Timestamp) -> String {
    time.to_string().trim_start_matches(DAY).trim_end_matches('Z').to_owned()
}
