//! The operator's API below `/api/v1`: one file a noun, each with its JSON, its handlers and
//! its endpoints.

mod apps;
mod audience;
mod channels;
mod delivery;
mod devices;
mod keys;
mod messages;
mod page;
mod templates;
mod user_tokens;

use super::endpoint::Endpoint;

/// All of them, below `/api/v1`.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let nouns = [
        apps::endpoints(),
        keys::endpoints(),
        user_tokens::endpoints(),
        channels::endpoints(),
        templates::endpoints(),
        devices::endpoints(),
        messages::endpoints(),
        messages::schedule_endpoints(),
        delivery::endpoints(),
        audience::endpoints(),
    ];
    nouns.into_iter().flatten().collect()
}
