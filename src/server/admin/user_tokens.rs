//! Tokens of logged-in users, which clients send as `user-token`. A token is in one answer
//! only.

use super::super::auth::Manager;
use super::super::door::Door;
use super::super::endpoint::{Access, Endpoint};
use super::super::problem::Problem;
use super::super::request::{Asked, Name, Typed};
use super::apps::{Paging, once, paged};
use super::page::{Page, Preconditions, made};
use crate::access::TokenDraft;
use crate::clock::Timestamp;
use crate::model::{self, ChannelRule, Role};
use axum::extract::State;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A user's token, without the token itself.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UserToken {
    id: String,
    user_id: String,
    roles: Vec<Role>,
    channels: ChannelRule,
    /// Milliseconds since 1970; null is never.
    expires_at: Option<Timestamp>,
    created_at: Timestamp,
}

impl From<model::UserToken> for UserToken {
    fn from(token: model::UserToken) -> Self {
        Self {
            id: token.id,
            user_id: token.user_id,
            roles: token.roles.list(),
            channels: token.channels,
            expires_at: token.expires_at,
            created_at: token.created_at,
        }
    }
}

/// A user's token, and the token itself this once.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UserTokenWithSecret {
    #[serde(flatten)]
    token: UserToken,
    /// What clients send as `user-token`; null when the same request has shown it before.
    secret: Option<String>,
}

/// What a user's token is to be.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "UserTokenDraft")]
struct Draft {
    /// Whose it is.
    #[schemars(length(min = 1, max = 200))]
    user_id: String,
    /// What the user may do beside what the key may; not `admin`.
    #[schemars(length(min = 1))]
    roles: Vec<Role>,
    /// On which channels; on all when not said.
    #[serde(default)]
    channels: ChannelRule,
    /// Milliseconds since 1970, in the future; null is never.
    #[serde(default)]
    expires_at: Option<Timestamp>,
}

pub(super) fn endpoints() -> Vec<Endpoint> {
    let all = "/apps/{app}/user-tokens";
    let one = "/apps/{app}/user-tokens/{name}";
    let app =
        |endpoint: Endpoint| endpoint.parameter::<String>("path", "app", "The application's id.");
    vec![
        paged(app(Endpoint::new(Method::GET, all, Access::Admin, list, "listUserTokens")))
            .about("Tokens of an application's users by id, without the tokens themselves.")
            .answers::<Page<UserToken>>(200, "A page."),
        once(app(Endpoint::new(Method::POST, all, Access::Admin, create, "createUserToken")))
            .about("Makes a token for a user. It is in this answer, and nowhere else.")
            .takes::<Draft>()
            .answers::<UserTokenWithSecret>(201, "It is made.")
            .answers::<UserTokenWithSecret>(200, "The same request made it before."),
        app(Endpoint::new(Method::DELETE, one, Access::Admin, revoke, "revokeUserToken"))
            .about("Revokes a user's token: it is refused at once.")
            .parameter::<String>("path", "name", "The token's id.")
            .answers_nothing("It is revoked."),
    ]
}

async fn list(
    manager: Manager,
    State(door): State<Door>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<UserToken>>, Problem> {
    let wanted = paging.wanted()?;
    let after = wanted.after.clone().unwrap_or_default();
    let tokens = door.app.gate.user_tokens(manager.app()?, after, wanted.size + 1).await?;
    Ok(Json(wanted.page(tokens, |token| token.id.clone(), UserToken::from)))
}

async fn create(
    manager: Manager,
    State(door): State<Door>,
    preconditions: Preconditions,
    Typed(draft): Typed<Draft>,
) -> Result<Response, Problem> {
    let app = manager.app()?;
    let once = preconditions.once(app.as_str(), "user-token", &draft)?;
    let draft = TokenDraft {
        user_id: draft.user_id,
        roles: draft.roles,
        channels: draft.channels,
        expires_at: draft.expires_at,
    };
    let shown = door.app.gate.create_user_token(app, draft, once).await?;
    let place = format!("/api/v1/apps/{app}/user-tokens/{}", shown.record.id);
    let new = shown.secret.is_some();
    let answer = UserTokenWithSecret { token: shown.record.into(), secret: shown.secret };
    Ok(made(new, &place, Json(answer).into_response()))
}

async fn revoke(
    manager: Manager,
    Name(id): Name,
    State(door): State<Door>,
) -> Result<Response, Problem> {
    door.app.gate.revoke_user_token(manager.app()?, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
