//! A request as the engine sends it, for the bare client to send the same.

use crate::devices::{Service, token};
use crate::process::{folder, simulator_folder};
use crate::{App, config, publish, until_done};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use blockcast::clock::Clock;
use blockcast::simulate::{Keys, Options, Simulator};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

/// What is the same for all devices, and where their tokens stand.
#[derive(Serialize, Deserialize)]
pub(crate) struct Pattern {
    headers: Vec<(String, String)>,
    path: (String, String),
    body: (String, String),
}

impl Pattern {
    /// Has the engine send one message to a simulator in this process, and keeps how it looked.
    pub(crate) async fn record(service: Service) {
        let keys = Keys::open(&simulator_folder()).unwrap();
        let options =
            Options { latency_ms: 0, slow_ms: 0, streams: 100, token_seconds: 3_600, keep: 1 };
        let any = "127.0.0.1:0".parse().unwrap();
        let simulator = Simulator::bind(any, any, &keys, options, Clock::system()).await.unwrap();
        keys.write_settings(simulator.url()).unwrap();
        let control = simulator.control_url().unwrap();
        tokio::spawn(simulator.run());
        let app = App::open(&config(None)).await.unwrap();
        let token = token(service, 0);
        let device = json!({"deviceId": "d0", "deviceToken": token, "os": service.os()});
        app.registry.register(app.app_id(), &device).await.unwrap();
        let id = publish(&app).await;
        until_done(&app, &id).await;
        app.stop().await;
        let requests = reqwest::get(format!("{control}/requests")).await.unwrap();
        let request: Value = requests.json::<Vec<Value>>().await.unwrap().pop().unwrap();
        let body = STANDARD.decode(request["body"].as_str().unwrap()).unwrap();
        let headers = request["headers"].as_object().unwrap().iter();
        let pattern = Self {
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
                .collect(),
            path: around(request["path"].as_str().unwrap(), &token),
            body: around(&String::from_utf8(body).unwrap(), &token),
        };
        std::fs::write(file(service), serde_json::to_string_pretty(&pattern).unwrap()).unwrap();
    }

    /// What was recorded.
    pub(crate) fn read(service: Service) -> Self {
        serde_json::from_slice(&std::fs::read(file(service)).unwrap()).unwrap()
    }

    /// By another access token.
    pub(crate) fn authorize(&mut self, token: &str) {
        let header = self.headers.iter_mut().find(|(name, _)| name == "authorization");
        header.unwrap().1 = format!("Bearer {token}");
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let header = |(name, value): &(String, String)| {
            let mut value = HeaderValue::try_from(value).unwrap();
            value.set_sensitive(name == "authorization");
            (HeaderName::try_from(name).unwrap(), value)
        };
        self.headers.iter().map(header).collect()
    }

    /// Path and body of the request to a device.
    pub(crate) fn for_token(&self, token: &str) -> (String, Bytes) {
        (spliced(&self.path, token), spliced(&self.body, token).into())
    }
}

fn file(service: Service) -> PathBuf {
    folder(&format!("{}.json", service.name()))
}

/// What stands before and after the token; all before, when it isn't there.
fn around(text: &str, token: &str) -> (String, String) {
    match text.split_once(token) {
        Some((before, after)) => (before.to_owned(), after.to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

fn spliced((before, after): &(String, String), token: &str) -> String {
    // What has no place for the token is the same for all.
    let token = if after.is_empty() && !before.ends_with('/') { "" } else { token };
    [before, token, after].concat()
}

/// An access token of that simulator's, as Google gives them for a service account.
pub(crate) async fn access_token(url: &str) -> String {
    let read = |name| std::fs::read(simulator_folder().join(name)).unwrap();
    let key = PrivateKeyDer::from_pem_slice(&read("fcm-key.pem")).unwrap();
    let key = KeyPair::from_pkcs8(key.secret_der()).unwrap();
    let now = Clock::system().now().millis() / 1_000;
    let scope = "https://www.googleapis.com/auth/firebase.messaging";
    let claims = json!({"scope": scope, "aud": format!("{url}/token"), "exp": now + 3_600});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims));
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    let body = format!("assertion={text}.{}", URL_SAFE_NO_PAD.encode(signature));
    let ca = reqwest::Certificate::from_pem(&read("ca.pem")).unwrap();
    let client = reqwest::Client::builder().tls_certs_only([ca]).build().unwrap();
    let answer = client.post(format!("{url}/token")).body(body).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned()
}
