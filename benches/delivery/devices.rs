//! The devices that are told something: their tokens, and data folders full of them.

use crate::process::{Simulator, folder};
use crate::{App, config};
use blockcast::clock::Clock;
use blockcast::id::DeviceId;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A push service.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Apns,
    Fcm,
    WebPush,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::Fcm => "fcm",
            Self::WebPush => "webpush",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        let all = [Self::Apns, Self::Fcm, Self::WebPush];
        all.into_iter().find(|service| service.name() == name).expect("apns, fcm or webpush")
    }

    pub(crate) fn os(self) -> &'static str {
        match self {
            Self::Apns => "IOS",
            Self::Fcm | Self::WebPush => "ANDROID",
        }
    }
}

/// The token of a device of APNs or FCM, as long and as mixed as theirs are.
pub(crate) fn token(service: Service, number: usize) -> String {
    let mut state = number as u64;
    let mut word = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        format!("{:016x}", mixed ^ (mixed >> 27))
    };
    let mut words = |count| (0..count).map(|_| word()).collect::<Vec<_>>().concat();
    match service {
        Service::Apns | Service::WebPush => words(4),
        Service::Fcm => format!("d{number:012x}:{}", words(8)),
    }
}

/// A data folder with so many devices of a service; made when it isn't there.
pub(crate) async fn registered(service: Service, devices: usize, simulator: &Simulator) -> PathBuf {
    let folder = folder(&format!("{}-{devices}", service.name()));
    if service == Service::WebPush {
        // Subscriptions have the simulator's port in them.
        let _ = std::fs::remove_dir_all(&folder);
    }
    let new = !folder.is_dir();
    let app = App::open_idle(&config(Some(&folder)), Clock::system()).await.unwrap();
    if new {
        let template = subscription(simulator).await;
        for first in (0..devices).step_by(5_000) {
            let some = (first..devices.min(first + 5_000)).map(|number| {
                let mut token = token(service, number);
                if service == Service::WebPush {
                    token = template.to_string().replace("/NAME", &format!("/{token}"));
                }
                let device = json!({
                    "deviceId": format!("d{number}"), "deviceToken": token, "os": service.os(),
                });
                app.registry.check(&device).unwrap()
            });
            app.registry.import(app.app_id(), some.collect()).await.unwrap();
        }
    }
    let last = DeviceId::new(format!("d{}", devices - 1));
    let whole = app.registry.device(app.app_id(), &last).await.is_ok();
    app.stop().await;
    assert!(whole, "{} is incomplete; delete it", folder.display());
    folder
}

async fn subscription(simulator: &Simulator) -> Value {
    let url = format!("{}/subscriptions/NAME", simulator.control);
    reqwest::get(url).await.unwrap().json().await.unwrap()
}
