//! What the editor asks beside stored flows: the palette (made in `palette`), the checker, differences, what phones
//! would show, and flows to start from. None of it belongs to an application.

use super::admin::flow_shapes::{Checked, Source};
use super::admin::templates::TemplateSample;
use super::auth::Manager;
use super::door::Door;
use super::endpoint::{Access, Endpoint};
use super::palette;
use super::problem::Problem;
use super::request::{Deep, Typed};
use crate::automation::{self, Diff, Example};
use crate::model::{Notification, Os};
use crate::publish::{self, Preview};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a draft without a name is called in its preview.
const UNNAMED: &str = "template";

/// A flow that is to be checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToCheck {
    /// A flow file, or a bare workspace.
    #[schemars(with = "Map<String, Value>")]
    source: Source,
}

/// Two flows that are to be compared.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToCompare {
    /// A flow file, or a bare workspace.
    #[schemars(with = "Map<String, Value>")]
    from: Source,
    /// Another.
    #[schemars(with = "Map<String, Value>")]
    to: Source,
}

/// What phones are to show: a message or a template.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ToPreview {
    Message(MessageDraft),
    /// With the template itself in `template`.
    Template(Box<TemplateSample>),
}

/// A message that isn't published yet.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MessageDraft {
    /// The channel; `default` when empty.
    #[serde(default)]
    channel: String,
    /// The body that publishing it takes.
    #[schemars(with = "Map<String, Value>")]
    body: Value,
}

/// What phones would show.
#[derive(Default, Serialize, JsonSchema)]
struct Previews {
    /// One for each platform that it goes to.
    notifications: Vec<Notification>,
    /// Names in a template that nothing fills: no value, no property, no fallback.
    gaps: Vec<String>,
}

/// Flows to start from.
#[derive(Serialize, JsonSchema)]
struct Gallery {
    items: Vec<Example>,
}

pub(super) fn open_endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::GET, "/api/blocks", Access::Open, palette::blocks, "blocks")
            .about(
                "The palette: categories in order, each with its block definitions as Blockly takes \
                 them, in the language of `Accept-Language`. `blockcast` in each tells what else an \
                 editor needs.",
            )
            .answers::<Value>(200, "Categories with their blocks.")
            .answers_nothing_at(304, "The palette that `If-None-Match` names is current."),
        Endpoint::new(Method::GET, "/api/gallery", Access::Open, gallery, "gallery")
            .about("Flows to start from.")
            .answers::<Gallery>(200, "The flows."),
    ]
}

pub(super) fn checking_endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(Method::POST, "/api/check", Access::Admin, check, "checkFlow")
            .about(
                "What is wrong with a flow, each with its block, in the language of \
                 `Accept-Language`, and what its hats wait for.",
            )
            .takes::<ToCheck>()
            .answers::<Checked>(200, "The problems; none when all is well."),
        Endpoint::new(Method::POST, "/api/diff", Access::Admin, compare, "compareFlows")
            .about("What differs between two flows, block by block.")
            .takes::<ToCompare>()
            .answers::<Diff>(200, "What differs."),
        Endpoint::new(Method::POST, "/api/preview", Access::Admin, preview, "preview")
            .about(
                "What phones would show of a message or a template, drawn as for sending; nothing \
                 is kept or sent.",
            )
            .takes::<ToPreview>()
            .answers::<Previews>(200, "A notification for each platform that it goes to."),
    ]
}

async fn gallery() -> Json<Gallery> {
    Json(Gallery { items: automation::gallery() })
}

async fn check(
    _: Manager,
    State(door): State<Door>,
    Deep(ToCheck { source }): Deep<ToCheck>,
) -> Result<Json<Checked>, Problem> {
    Ok(Json(door.app.automation.check(source.get()).into()))
}

async fn compare(_: Manager, Deep(ToCompare { from, to }): Deep<ToCompare>) -> Json<Diff> {
    Json(automation::diff(from.get(), to.get()))
}

async fn preview(
    _: Manager,
    State(door): State<Door>,
    Typed(draft): Typed<ToPreview>,
) -> Result<Json<Previews>, Problem> {
    let sample = match draft {
        ToPreview::Message(MessageDraft { channel, body }) => {
            let notifications = publish::preview(&channel, &body, door.app.now())?;
            return Ok(Json(Previews { notifications, gaps: Vec::new() }));
        }
        ToPreview::Template(sample) => sample,
    };
    let Some(template) = sample.draft(UNNAMED)? else {
        let message = "`template.template` is missing; send the template to look at";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "field-type", message));
    };
    let reached = template.reaches();
    let wanted = sample.os();
    let mut person = sample.with(Os::Android);
    let mut all = Previews::default();
    for os in Os::ALL {
        if reached.contains(os) && wanted.is_none_or(|wanted| wanted == os) {
            person.os = os;
            let Preview { notification, gaps } = door.app.templates.preview(&template, &person)?;
            all.notifications.push(notification);
            for gap in gaps {
                if !all.gaps.contains(&gap) {
                    all.gaps.push(gap);
                }
            }
        }
    }
    Ok(Json(all))
}
