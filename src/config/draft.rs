//! The settings as they come in, and what a key of them is. The keys are in
//! [`keys`](super::keys).

use super::delivery::Delivery;
use super::services::Providers;

/// Taken, or what is wrong and how to mend it.
pub(super) type Taken = Result<(), String>;

/// The settings as they come in, before they are checked together.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) listen: Option<String>,
    pub(super) data: Option<String>,
    pub(super) public_url: Option<String>,
    pub(super) domain_api: Option<bool>,
    pub(super) cors_origins: Vec<String>,
    pub(super) cors_credentials: Option<bool>,
    pub(super) rate_per_s: Option<u32>,
    pub(super) services: Providers,
    pub(super) delivery: Delivery,
    pub(super) upstream: [Option<String>; 3],
}

/// One key: its path in the file, what it means, and how its text is taken.
pub struct Key {
    /// Its path in the file, `section.name`.
    pub path: &'static str,
    /// What it means, in a line.
    pub doc: &'static str,
    pub(super) take: fn(&mut Draft, &str) -> Taken,
}

/// Takes a text that isn't empty.
pub(super) fn keep(slot: &mut Option<String>, text: &str) -> Taken {
    if text.is_empty() {
        return Err("is empty; give it a value or leave it out".to_owned());
    }
    *slot = Some(text.to_owned());
    Ok(())
}

/// Takes an address without the slash at its end.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    let address = text.trim_end_matches('/');
    let host = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() => Ok(address.to_owned()),
        _ => Err("must start with `http://` or `https://` and name a host".to_owned()),
    }
}
