//! Push templates of an application: kept, previewed, counted, pushed.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::messaging::StatusAnswer;
use super::super::path::escaped;
use super::super::problem::Problem;
use super::super::request::{Asked, Body, Name, Typed};
use super::apps::{Paging, once, paged, versioned};
use super::page::{Page, Preconditions, made, with_version};
use crate::clock::Timestamp;
use crate::model::{Notification, Os, Person, Template, TemplateRecord, User};
use crate::publish::{Preview, Sample, TemplateError, Templates};
use crate::template::TemplateProblem;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A template as it is kept.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StoredTemplate")]
struct TemplateView {
    #[serde(flatten)]
    template: Template,
    /// Rises with each change; the `ETag` as a number.
    version: u64,
    /// Milliseconds since 1970.
    changed_at: Timestamp,
    /// What is doubtful about it, such as more than push services carry.
    warnings: Vec<TemplateProblem>,
}

impl From<TemplateRecord> for TemplateView {
    fn from(record: TemplateRecord) -> Self {
        Self {
            version: record.version(),
            changed_at: record.changed_at,
            warnings: Templates::warnings(&record.template),
            template: record.template,
        }
    }
}

/// What a push of a template is given. All of it may be left out.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TemplatePushDraft {
    /// Text, number or boolean by name: what fills `{name}`.
    #[serde(default)]
    template_values: Option<Map<String, Value>>,
    /// When to send: milliseconds since 1970, or ISO 8601; at once when not said.
    #[serde(default)]
    publish_at: Option<Value>,
    /// Seconds from one copy to the next; once when not said.
    #[serde(default)]
    repeat_every: Option<Value>,
    /// When it stops to repeat: milliseconds since 1970, or ISO 8601; never when not said.
    #[serde(default)]
    repeat_expires_at: Option<Value>,
}

/// Whom to preview a template for. All of it may be left out.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::server) struct TemplateSample {
    /// A draft to look at instead of the template that is kept.
    template: Option<Value>,
    /// The platform; the template's first when not said.
    os: Option<Os>,
    /// What a push would be given.
    #[serde(default)]
    template_values: Option<Map<String, Value>>,
    /// The device's properties.
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    /// The device's user.
    user: Option<SampleUser>,
    /// The device's language, as its property `locale`.
    locale: Option<String>,
}

impl TemplateSample {
    /// The draft in it, checked; one without a name is called `name`.
    pub(in crate::server) fn draft(&self, name: &str) -> Result<Option<Template>, TemplateError> {
        self.template.as_ref().map(|draft| Templates::checked(draft, name)).transpose()
    }

    /// The platform that is asked for.
    pub(in crate::server) fn os(&self) -> Option<Os> {
        self.os
    }

    /// The one to preview for, with a device of this platform.
    pub(in crate::server) fn with(self, os: Os) -> Sample {
        let mut properties = self.properties.unwrap_or_default();
        if let Some(locale) = self.locale {
            properties.insert("locale".to_owned(), locale.into());
        }
        let user = self.user.map(|user| User {
            id: user.id.unwrap_or_default(),
            properties: user.properties.unwrap_or_default(),
        });
        Sample { os, values: json!(self.template_values), person: Person { properties, user } }
    }
}

/// A user to preview a template for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SampleUser {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
}

/// What a device would be shown.
#[derive(Serialize, JsonSchema)]
struct TemplatePreview {
    notification: Notification,
    /// Names that nothing fills: no value, no property, no fallback. They leave a gap.
    gaps: Vec<String>,
}

impl From<Preview> for TemplatePreview {
    fn from(preview: Preview) -> Self {
        Self { notification: preview.notification, gaps: preview.gaps }
    }
}

/// How large an audience is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TemplateAudience")]
struct Audience {
    devices: u64,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/templates";
    let one = "/apps/{app}/templates/{name}";
    let app =
        |endpoint: Endpoint| endpoint.parameter::<String>("path", "app", "The application's id.");
    let named = |endpoint| app(endpoint).parameter::<String>("path", "name", "The template.");
    let mut endpoints = vec![
        paged(app(Endpoint::new(Method::GET, all, Access::Admin, list, "listTemplates")))
            .about("An application's push templates by name.")
            .answers::<Page<TemplateView>>(200, "A page."),
        once(app(Endpoint::new(Method::POST, all, Access::Admin, create, "createTemplate")))
            .about("Keeps a push template. Everything wrong with it is told at once.")
            .takes_schema(template_body)
            .answers::<TemplateView>(201, "It is kept.")
            .answers::<TemplateView>(200, "The same request made it before."),
        named(Endpoint::new(Method::GET, one, Access::Admin, show, "getTemplate"))
            .about("A push template.")
            .answers::<TemplateView>(200, "The template."),
        versioned(named(Endpoint::new(
            Method::PUT,
            one,
            Access::Admin,
            replace,
            "replaceTemplate",
        )))
        .about("Puts a push template in this one's place. What waits for its time stays as it was.")
        .takes_schema(template_body)
        .answers::<TemplateView>(200, "As it is now."),
        named(Endpoint::new(Method::DELETE, one, Access::Admin, remove, "removeTemplate"))
            .about("Removes a push template. What was pushed with it goes its way.")
            .parameter::<Option<String>>("header", "If-Match", "Only if it is of this version.")
            .answers_nothing("It is removed.")
            .fails(&[412]),
    ];
    endpoints.extend(using().into_iter().map(named));
    endpoints
}

/// What is done with a template.
fn using() -> Vec<Endpoint> {
    let preview_path = "/apps/{app}/templates/{name}/preview";
    let audience_path = "/apps/{app}/templates/{name}/audience";
    let push_path = "/apps/{app}/templates/{name}/push";
    vec![
        Endpoint::new(Method::POST, preview_path, Access::Admin, preview, "previewTemplate")
            .about(
                "What a device would be shown, by data that is made up; nothing is kept or sent.",
            )
            .takes::<TemplateSample>()
            .answers::<TemplatePreview>(200, "The notification."),
        Endpoint::new(
            Method::POST,
            audience_path,
            Access::Admin,
            audience,
            "countTemplateAudience",
        )
        .about("How many devices a push would go to now; nothing is sent.")
        .takes::<TemplatePushDraft>()
        .answers::<Audience>(200, "The number of devices."),
        Endpoint::new(Method::POST, push_path, Access::Admin, push, "pushTemplate")
            .about("Pushes a template: at once, later, or again and again.")
            .parameter::<Option<String>>(
                "header",
                "Idempotency-Key",
                "The same key pushes once; the first answer is given again.",
            )
            .takes::<TemplatePushDraft>()
            .answers::<StatusAnswer>(200, "It is kept, and will be sent."),
    ]
}

fn template_body(schemas: &mut SchemaGenerator) -> Schema {
    schemas.subschema_for::<Template>()
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<TemplateView>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let rows = door.app.templates.list(manager.app()?, after, wanted.size + 1).await?;
    Ok(Json(wanted.page(rows, |row| row.template.name.clone(), TemplateView::from)))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Body(body): Body,
) -> Result<Response, Problem> {
    let app = manager.app()?;
    let once = preconditions.once(app.as_str(), "template", &body)?;
    let saved = door.app.templates.create(app, &body, once).await?;
    let name = escaped(&saved.record.template.name);
    let place = format!("/api/v1/apps/{}/templates/{name}", escaped(app.as_str()));
    Ok(made(saved.new, &place, shown(saved.record)))
}

async fn show(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    Ok(shown(door.app.templates.get(manager.app()?, &name).await?))
}

async fn replace(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
    preconditions: Preconditions,
    Body(body): Body,
) -> Result<Response, Problem> {
    let version = preconditions.version()?;
    Ok(shown(door.app.templates.replace(manager.app()?, &name, &body, version).await?))
}

async fn remove(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
    preconditions: Preconditions,
) -> Result<Response, Problem> {
    let version = preconditions.version_if_given()?;
    door.app.templates.remove(manager.app()?, &name, version).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn preview(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
    Typed(sample): Typed<TemplateSample>,
) -> Result<Json<TemplatePreview>, Problem> {
    let app = manager.app()?;
    let template = match sample.draft(&name)? {
        Some(draft) => draft,
        None => door.app.templates.get(app, &name).await?.template,
    };
    let os = sample.os().or_else(|| template.platforms.first().copied());
    let sample = sample.with(os.unwrap_or(Os::Android));
    Ok(Json(door.app.templates.preview(&template, &sample)?.into()))
}

async fn audience(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
    Typed(draft): Typed<TemplatePushDraft>,
) -> Result<Json<Audience>, Problem> {
    let devices = door.app.templates.audience(manager.app()?, &name, &json!(draft)).await?;
    Ok(Json(Audience { devices }))
}

async fn push(
    manager: Manager,
    Name(name): Name,
    State(door): State<Door>,
    headers: HeaderMap,
    Typed(draft): Typed<TemplatePushDraft>,
) -> Result<Json<StatusAnswer>, Problem> {
    let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
    let templates = &door.app.templates;
    let receipt = templates.push(manager.app()?, &name, &json!(draft), key.as_deref()).await?;
    Ok(Json(StatusAnswer::of_template_push(receipt)))
}

fn shown(record: TemplateRecord) -> Response {
    with_version(record.version(), TemplateView::from(record))
}
