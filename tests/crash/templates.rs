//! Push templates: each that was saved is there, as it was saved last.

use crate::harness::server::{APP, Server, TOKEN};
use libtest_mimic::Failed;
use reqwest::header::IF_MATCH;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many templates, which are saved over and over again with new messages.
const TEMPLATES: usize = 10;

/// Saves templates.
#[derive(Default)]
pub(super) struct Editor {
    /// Savings so far, all acknowledged.
    acknowledged: usize,
}

impl Editor {
    /// Saves until the server is gone.
    pub(super) async fn save(
        mut self,
        client: reqwest::Client,
        url: String,
        answers: Arc<AtomicUsize>,
    ) -> Self {
        loop {
            let name = name(self.acknowledged);
            let body = json!({"name": name, "message": message(self.acknowledged)});
            let one = format!("{url}/{name}");
            let Some(mut status) = ask(&client, Method::PUT, &one, &body).await else {
                return self;
            };
            if status == StatusCode::NOT_FOUND {
                let Some(made) = ask(&client, Method::POST, &url, &body).await else {
                    return self;
                };
                status = made;
            }
            if !status.is_success() {
                return self;
            }
            self.acknowledged += 1;
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Looks for each template: as it was acknowledged last, or as the one that got no answer.
    pub(super) async fn check(
        &self,
        client: &reqwest::Client,
        server: &Server,
    ) -> Result<(), Failed> {
        if self.acknowledged < TEMPLATES {
            return Err("hardly a template was saved".into());
        }
        for number in self.acknowledged - TEMPLATES..self.acknowledged {
            let url = format!("{}/{}", templates(server), name(number));
            let response = client.get(url).bearer_auth(TOKEN).send().await?;
            let found: Value = response.json().await?;
            let unanswered = number + TEMPLATES == self.acknowledged;
            let fits = |number: usize| found["message"] == message(number);
            if !(fits(number) || unanswered && fits(number + TEMPLATES)) {
                return Err(format!("saving {number} was lost: {found}").into());
            }
        }
        Ok(())
    }
}

/// Where templates are saved.
pub(super) fn templates(server: &Server) -> String {
    format!("{}/api/v1/apps/{APP}/templates", server.url)
}

/// The answer's status; none when there is no whole answer.
async fn ask(
    client: &reqwest::Client,
    method: Method,
    url: &str,
    body: &Value,
) -> Option<StatusCode> {
    let request = client.request(method, url).bearer_auth(TOKEN).header(IF_MATCH, "*");
    let response = request.json(body).send().await.ok()?;
    let status = response.status();
    response.bytes().await.ok()?;
    Some(status)
}

fn name(number: usize) -> String {
    format!("t{}", number % TEMPLATES)
}

fn message(number: usize) -> String {
    format!("message {number}")
}
