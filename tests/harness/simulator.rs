//! The simulator of push services in a process of its own.

use super::blockcast;
use super::server::{Folder, call};
use libtest_mimic::Failed;
use reqwest::Method;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// A running simulator. Killed when dropped.
pub(crate) struct Simulator {
    child: Child,
    folder: Folder,
    /// Its push services, `https://127.0.0.1:PORT`.
    pub(crate) url: String,
    control: String,
}

impl Simulator {
    /// Starts one on free ports and waits until it answers.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let mut child = blockcast()
            .args(["simulate", "--port", "0", "--control", "0", "--folder"])
            .arg(folder.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        let mut told = |start: &str| -> Result<String, Failed> {
            let line = lines.next().ok_or("the simulator didn't start")??;
            Ok(line.strip_prefix(start).ok_or(format!("{start}: {line}"))?.to_owned())
        };
        let url = told("push services on ")?;
        let control = told("control on ")?;
        told("settings in ")?;
        Ok(Self { child, folder, url, control })
    }

    /// A file in its folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Settings that send to it.
    pub(crate) fn settings(&self) -> String {
        self.file("blockcast.toml").display().to_string()
    }

    /// Where its control is.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.control)
    }

    /// What came in.
    pub(crate) async fn stats(&self, client: &reqwest::Client) -> Result<Value, Failed> {
        call(client, Method::GET, self.at("/stats"), None).await
    }

    /// The latest requests for a token, whole.
    pub(crate) async fn requests(
        &self,
        client: &reqwest::Client,
        token: &str,
    ) -> Result<Vec<Value>, Failed> {
        let found = call(client, Method::GET, self.at(&format!("/requests?token={token}")), None);
        Ok(found.await?.as_array().ok_or("requests are a list")?.clone())
    }

    /// A device token for Web Push: a subscription of that name.
    pub(crate) async fn subscription(
        &self,
        client: &reqwest::Client,
        name: &str,
    ) -> Result<String, Failed> {
        let path = self.at(&format!("/subscriptions/{name}"));
        Ok(call(client, Method::GET, path, None).await?.to_string())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
