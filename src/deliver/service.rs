//! What all push services share: their address, and what a failed exchange means.

use super::http2::Fault;
use super::provider::{Outcome, Scope};
use crate::config::{Reached, Secret};
use crate::limits;
use http::HeaderValue;
use std::time::Duration;

/// Host and port of a service.
#[derive(Clone, Debug)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Where the settings say the service is, else its own host.
    pub(super) fn of(reached: &Reached, host: &str) -> Self {
        match &reached.endpoint {
            Some(endpoint) => Self::parse(endpoint.trim_start_matches("https://")),
            None => Self { host: host.to_owned(), port: 443 },
        }
    }

    /// Of `HOST` or `HOST:PORT`.
    fn parse(text: &str) -> Self {
        match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) => Self { host: host.to_owned(), port },
            Some((_, Err(_))) | None => Self { host: text.to_owned(), port: 443 },
        }
    }

    /// As requests name it.
    pub(super) fn authority(&self) -> HeaderValue {
        let text = match self.port {
            443 => self.host.clone(),
            port => format!("{}:{port}", self.host),
        };
        // A host that can't stand in a request can't be connected to either, and that is told.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }
}

/// Why a payload isn't sent.
pub(super) fn too_large(service: &str, size: usize, allowed: usize) -> String {
    format!(
        "the payload for `{service}` has {size} bytes, and {allowed} are allowed; shorten the \
         message or its headers"
    )
}

/// The text of a setting that holds certificates.
pub(super) fn pem(setting: &str, secret: Option<&Secret>) -> Result<Option<String>, String> {
    let Some(secret) = secret else { return Ok(None) };
    secret.read().map(Some).map_err(|problem| format!("`{setting}`: {secret} {problem}"))
}

/// What it means for a device that there was no answer.
pub(super) fn outcome_of(fault: &Fault) -> Outcome {
    let reason = fault.to_string();
    match fault {
        Fault::Unreachable { .. } => Outcome::Retry { after: None, scope: Scope::Provider, reason },
        Fault::Refused { .. } => {
            let after = Duration::from_millis(limits::RETRY_FIRST_MS.unsigned_abs());
            Outcome::NotTried { after, scope: Scope::Provider, reason }
        }
        Fault::Untrusted { .. } => Outcome::Misconfigured { reason },
        Fault::Lost { .. } => Outcome::Unknown { reason },
    }
}
