//! Devices: each registration that was acknowledged is there, with the token it moved to.

use crate::harness::server::{Server, call};
use libtest_mimic::Failed;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many devices, which are registered over and over again with new tokens.
const DEVICES: usize = 25;

/// Registers devices, on a channel that nothing is published to.
#[derive(Default)]
pub(super) struct Registrar {
    /// Registrations so far, all acknowledged.
    acknowledged: usize,
}

impl Registrar {
    /// Registers until the server is gone.
    pub(super) async fn register(
        mut self,
        client: reqwest::Client,
        url: String,
        answers: Arc<AtomicUsize>,
    ) -> Self {
        loop {
            let number = self.acknowledged;
            let body = json!({
                "deviceId": format!("r{}", number % DEVICES), "deviceToken": token(number),
                "os": "IOS", "channels": ["nobody"], "tags": [format!("t{number}")],
            });
            let Ok(response) = client.post(&url).json(&body).send().await else { return self };
            let Ok(answer) = response.json::<Value>().await else { return self };
            if !answer["registrationId"].is_string() {
                return self;
            }
            self.acknowledged += 1;
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Looks for each device: as it was acknowledged last, or as the one that got no answer.
    pub(super) async fn check(
        &self,
        client: &reqwest::Client,
        server: &Server,
    ) -> Result<(), Failed> {
        for number in self.acknowledged.saturating_sub(DEVICES)..self.acknowledged {
            let path = format!("/messaging/registrations/r{}", number % DEVICES);
            let found = call(client, Method::GET, server.at(&path), None).await?;
            let unanswered = number + DEVICES == self.acknowledged;
            let fits = |number: usize| {
                found[0]["deviceToken"] == token(number)
                    && found[0]["tags"] == json!([format!("t{number}")])
                    && found[0]["channels"] == json!(["nobody"])
            };
            if !(fits(number) || unanswered && fits(number + DEVICES)) {
                return Err(format!("registration {number} was lost: {found}").into());
            }
        }
        Ok(())
    }
}

fn token(number: usize) -> String {
    format!("token-{number}")
}
