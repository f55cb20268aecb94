//! The provider of a platform that has none.

use super::provider::{Outcome, Parcel, Provider, Reach, Sending};

/// Refuses everything, and says which setting is missing.
pub(super) struct Off {
    pub(super) reason: String,
}

impl Provider for Off {
    fn name(&self) -> &'static str {
        "off"
    }

    fn reach(&self) -> Reach {
        Reach::Device
    }

    fn send<'a>(&'a self, _parcel: &'a Parcel) -> Sending<'a> {
        let reason = self.reason.clone();
        Box::pin(std::future::ready(Outcome::Misconfigured { reason }))
    }
}
