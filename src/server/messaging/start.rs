//! What a client asks first: which application this is, and where real time is.

use super::super::auth::Tenant;
use super::super::origin::BaseUrl;
use super::wire::{Info, Logger};
use axum::response::Json;

/// `GET /info`.
pub(in crate::server) async fn info(tenant: Tenant, BaseUrl(rt_url): BaseUrl) -> Json<Info> {
    let loggers = [Logger { name: "Global logger", level: "all" }];
    Json(Info { app_id: tenant.app, api_key: tenant.api_key, rt_url, loggers })
}

/// `GET /rt/lookup`: a bare JSON text, for the Swift and Android clients.
pub(in crate::server) async fn lookup(_: Tenant, BaseUrl(url): BaseUrl) -> Json<String> {
    Json(url)
}
