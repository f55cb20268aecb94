//! The virtual phone: a device in a web page that reads its inbox from our store.

use super::provider::{Outcome, Parcel, Provider, Reach, Sending};

/// Accepts everything: the engine puts it into the inbox as it commits the outcome.
pub(super) struct VirtualDevice;

impl Provider for VirtualDevice {
    fn name(&self) -> &'static str {
        "virtual"
    }

    fn reach(&self) -> Reach {
        Reach::Inbox
    }

    fn send<'a>(&'a self, _parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(std::future::ready(Outcome::Accepted))
    }
}
