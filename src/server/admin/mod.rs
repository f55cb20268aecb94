//! The operator's API below `/api/v1`: one file a noun, each with its JSON, its handlers and
//! its endpoints.

mod apps;
mod audience;
mod channels;
mod delivery;
mod devices;
pub(super) mod flow_shapes;
mod flows;
mod keys;
mod messages;
mod page;
mod runs;
pub(super) mod templates;
mod user_tokens;
mod versions;

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
        flows::endpoints(),
        versions::endpoints(),
        runs::endpoints(),
        super::session::admin_endpoints(),
    ];
    nouns.into_iter().flatten().collect()
}
