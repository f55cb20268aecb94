//! How a provider is used: not faster than it wants, not while it is out of order, and
//! counted. One outlet a provider's name; everything that goes through it asks it first.

mod breaker;
mod leave;
mod meter;
mod pace;

pub use breaker::BreakerState;
pub(super) use leave::Leave;
pub use meter::{BUCKETS_MS, Reading};

use super::provider::{Outcome, Provider, Scope};
use super::providers::ByPlatform;
use crate::clock::{Clock, Timestamp};
use crate::model::{Os, Platforms};
use crate::store::{Kind, Recipient};
use breaker::Breaker;
use indexmap::IndexMap;
use meter::Meter;
use pace::Pace;
use std::sync::Arc;
use std::time::Duration;

/// Providers with their outlets.
pub(super) struct Outlets {
    providers: ByPlatform,
    outlets: Vec<Arc<Outlet>>,
}

impl Outlets {
    /// An outlet for each of the providers, with the paces of the settings.
    pub(super) fn new(providers: ByPlatform, paces: &IndexMap<String, u32>, clock: &Clock) -> Self {
        let mut outlets: Vec<Arc<Outlet>> = Vec::new();
        for provider in providers.all() {
            if outlets.iter().all(|outlet| outlet.name != provider.name()) {
                let pace = paces.get(provider.name()).copied().or(provider.pace());
                outlets.push(Arc::new(Outlet::new(provider.as_ref(), pace, clock.clone())));
            }
        }
        Self { providers, outlets }
    }

    /// Who sends to that device, and by which outlet.
    pub(super) fn of(&self, device: &Recipient) -> Option<(&Arc<dyn Provider>, &Arc<Outlet>)> {
        let provider = self.providers.for_device(device);
        Some((provider, self.named(provider.name())?))
    }

    fn named(&self, name: &str) -> Option<&Arc<Outlet>> {
        self.outlets.iter().find(|outlet| outlet.name == name)
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Arc<Outlet>] {
        &self.outlets
    }

    /// What is out of order of these providers; `None` when nothing is.
    pub(super) fn trouble(&self, providers: &[&str], now: Timestamp) -> Option<String> {
        providers.iter().find_map(|provider| {
            let (_, reason) = self.named(provider)?.breaker.refusal(now)?;
            Some(out_of_order(provider, &reason))
        })
    }

    /// Until when and why nothing can be sent to any of these platforms; `None` when
    /// something can.
    pub(super) fn outage(
        &self,
        platforms: Platforms,
        now: Timestamp,
    ) -> Option<(Timestamp, String)> {
        let mut soonest: Option<(Timestamp, String)> = None;
        let of_system = |os: Os| self.providers.of(os);
        for provider in platforms.iter().map(of_system).chain(self.providers.web()) {
            let (until, reason) = self.named(provider.name())?.breaker.refusal(now)?;
            if soonest.as_ref().is_none_or(|(soonest, _)| until < *soonest) {
                soonest = Some((until, out_of_order(provider.name(), &reason)));
            }
        }
        soonest
    }
}

fn out_of_order(provider: &str, reason: &str) -> String {
    format!("`{provider}` is out of order: {reason}")
}

/// What is asked before each send.
pub(super) struct Outlet {
    pub(super) name: &'static str,
    pub(super) breaker: Breaker,
    pub(super) meter: Meter,
    pace: Option<Pace>,
    clock: Clock,
}

impl Outlet {
    fn new(provider: &dyn Provider, pace: Option<u32>, clock: Clock) -> Self {
        Self {
            name: provider.name(),
            breaker: Breaker::new(provider.name()),
            meter: Meter::default(),
            pace: pace.map(Pace::new),
            clock,
        }
    }

    /// Whether one parcel may be sent now. What is urgent doesn't wait for the pace; others
    /// wait the longer for it.
    pub(super) fn leave(&self, urgent: bool) -> Leave {
        if let Some(leave) = self.breaker.leave(self.clock.now()) {
            return leave;
        }
        match &self.pace {
            Some(pace) => pace.take(urgent).map_or(Leave::Go, Leave::Later),
            None => Leave::Go,
        }
    }

    /// Takes note of an answer.
    pub(super) fn answered(&self, outcome: &Outcome, elapsed: Duration) {
        let now = self.clock.now();
        self.meter.took(elapsed);
        match outcome {
            Outcome::Accepted | Outcome::Gone { .. } | Outcome::Rejected { .. } => {
                self.breaker.works();
            }
            Outcome::Misconfigured { reason } => self.breaker.misconfigured(reason, now),
            Outcome::Unknown { reason } => self.breaker.failed(reason, None, now),
            Outcome::Retry { scope: Scope::Provider, after, reason } => {
                self.breaker.failed(reason, *after, now);
            }
            Outcome::NotTried { scope: Scope::Provider, reason, .. } => {
                self.breaker.failed(reason, None, now);
            }
            Outcome::Retry { scope: Scope::Device, .. } => self.breaker.works(),
            // It says nothing of the provider.
            Outcome::NotTried { scope: Scope::Device, .. } => {}
        }
    }

    /// Counts what became of a device.
    pub(super) fn count(&self, kind: Kind) {
        self.meter.count(kind);
    }

    /// What there is to tell of it.
    pub(super) fn reading(&self) -> Reading {
        self.meter.reading(self.name, self.breaker.state())
    }
}

#[cfg(test)]
mod tests {
    use super::Outlets;
    use crate::clock::{Clock, Timestamp};
    use crate::deliver::off::Off;
    use crate::deliver::providers::Providers;
    use crate::deliver::virtual_device::VirtualDevice;
    use indexmap::IndexMap;
    use std::sync::Arc;

    #[test]
    fn a_message_is_held_up_by_what_its_own_devices_wait_for() {
        let now = Timestamp::from_millis(1_000);
        let Providers::Devices(native) = Providers::same(Arc::new(VirtualDevice)) else {
            panic!("a provider for devices");
        };
        let providers = native.with_web(Arc::new(Off { reason: String::new() }));
        let outlets = Outlets::new(providers, &IndexMap::new(), &Clock::virtual_at(now));
        outlets.named("off").unwrap().breaker.misconfigured("no key", now);
        assert_eq!(outlets.trouble(&["virtual"], now), None);
        let told = outlets.trouble(&["virtual", "off"], now);
        assert_eq!(told.as_deref(), Some("`off` is out of order: no key"));
    }
}
