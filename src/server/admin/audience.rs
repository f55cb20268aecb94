//! How many devices a push would go to now.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::Asked;
use crate::model::Platforms;
use axum::extract::State;
use axum::http::Method;
use axum::response::Json;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is asked. All of it may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AudienceQuery {
    #[serde(default)]
    channel: String,
    platforms: Option<String>,
    #[serde(rename = "where")]
    segment: Option<String>,
}

/// How large an audience is.
#[derive(Serialize, JsonSchema)]
struct Audience {
    devices: u64,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let asked = |endpoint: Endpoint| {
        endpoint
            .about("How many devices a push would go to now.")
            .parameter::<Option<String>>("query", "channel", "The channel; `default` if not said.")
            .parameter::<Option<String>>("query", "platforms", "As `pushBroadcast`, e.g. `IOS`.")
            .parameter::<Option<String>>("query", "where", "As `segmentQuery`.")
            .answers::<Audience>(200, "The number of devices.")
    };
    vec![
        asked(Endpoint::new(Method::GET, "/audience", Access::Operator, of_first, "firstAudience")),
        asked(Endpoint::new(
            Method::GET,
            "/apps/{app}/audience",
            Access::Admin,
            of_app,
            "countAudience",
        ))
        .parameter::<String>("path", "app", "The application's id."),
    ]
}

/// `GET /api/v1/audience?channel=news&platforms=IOS,ANDROID&where=tags='vip'`
async fn of_first(
    _: Manager,
    State(door): State<Door>,
    Asked(query): Asked<AudienceQuery>,
) -> Result<Json<Audience>, Problem> {
    count(&door, door.app.app_id(), query).await
}

async fn of_app(
    manager: Manager,
    State(door): State<Door>,
    Asked(query): Asked<AudienceQuery>,
) -> Result<Json<Audience>, Problem> {
    count(&door, manager.app()?, query).await
}

async fn count(
    door: &Door,
    app: &crate::id::AppId,
    query: AudienceQuery,
) -> Result<Json<Audience>, Problem> {
    let platforms = query.platforms.map_or_else(|| json!(Platforms::ALL.mask()), Value::String);
    let segment = query.segment.as_deref();
    let devices = door.app.publisher.count(app, &query.channel, &platforms, segment).await?;
    Ok(Json(Audience { devices }))
}
