//! The real server in a process of its own, with a data folder that goes with the test,
//! and a client for it.

use super::blockcast;
use libtest_mimic::Failed;
use reqwest::Method;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// What every test server is started with.
pub(crate) const APP: &str = "APP-1";
/// Its API key.
pub(crate) const KEY: &str = "KEY-1";
/// Its admin token.
pub(crate) const TOKEN: &str = "TOKEN-1";

/// How long anything may take before a test gives up. Nothing waits this long by itself.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A folder that is deleted with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, Failed> {
        let path = std::env::temp_dir().join(format!("blockcast-test-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind at worst.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn start(data: &Path, environment: &[(&str, &str)]) -> Result<Self, Failed> {
        Self::start_at("127.0.0.1:0", data, environment)
    }

    /// The same, on this address.
    pub(crate) fn start_at(
        listen: &str,
        data: &Path,
        environment: &[(&str, &str)],
    ) -> Result<Self, Failed> {
        Self::spawn(Self::command(listen, data, environment))
    }

    /// The same, with a folder of blocks of one's own.
    pub(crate) fn start_with_blocks(data: &Path, blocks: &Path) -> Result<Self, Failed> {
        let mut command = Self::command("127.0.0.1:0", data, &[]);
        command.arg("--blocks").arg(blocks);
        Self::spawn(command)
    }

    /// The same, with its log in a file.
    pub(crate) fn start_logging(
        listen: &str,
        data: &Path,
        environment: &[(&str, &str)],
        log: &Path,
    ) -> Result<Self, Failed> {
        let mut command = Self::command(listen, data, environment);
        command.stderr(std::fs::File::create(log)?);
        Self::spawn(command)
    }

    fn command(listen: &str, data: &Path, environment: &[(&str, &str)]) -> Command {
        let mut command = blockcast();
        command
            .args(["serve", "--listen", listen, "--data"])
            .arg(data)
            .env("BLOCKCAST_APP_ID", APP)
            .env("BLOCKCAST_API_KEY", KEY)
            .env("BLOCKCAST_ADMIN_TOKEN", TOKEN)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped());
        command
    }

    fn spawn(mut command: Command) -> Result<Self, Failed> {
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        for line in lines.by_ref() {
            if let Some(url) = line?.strip_prefix("listening on ") {
                let url = url.to_owned();
                // Read to its end, so that the server never writes into a closed pipe.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, url });
            }
        }
        Err(format!("the server didn't listen: {:?}", child.wait()?).into())
    }

    /// The address of a path of the messaging API.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{APP}/{KEY}{path}", self.url)
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: as a power cut, but for the disk's own cache.
    pub(crate) fn kill(mut self) -> Result<(), Failed> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and the exit status.
    pub(crate) fn stop(mut self) -> Result<ExitStatus, Failed> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        Ok(self.child.wait()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP client that knows no proxy.
pub(crate) fn client() -> Result<reqwest::Client, Failed> {
    Ok(reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?)
}

/// Sends a request with a JSON body, and reads the JSON answer.
pub(crate) async fn call(
    client: &reqwest::Client,
    method: Method,
    url: String,
    body: Option<&Value>,
) -> Result<Value, Failed> {
    let mut request = client.request(method, url).header("accept", "application/json");
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await?;
    let (status, text) = (response.status(), response.text().await?);
    if !status.is_success() {
        return Err(format!("{status}: {text}").into());
    }
    Ok(serde_json::from_str(&text)?)
}

/// Registers a virtual device on the default channel.
pub(crate) async fn register(
    client: &reqwest::Client,
    server: &Server,
    id: &str,
    os: &str,
) -> Result<(), Failed> {
    let body =
        serde_json::json!({"deviceId": id, "deviceToken": format!("virtual:{id}"), "os": os});
    call(client, Method::POST, server.at("/messaging/registrations"), Some(&body)).await?;
    Ok(())
}

/// The whole inbox of a virtual device.
pub(crate) async fn inbox(
    client: &reqwest::Client,
    server: &Server,
    id: &str,
) -> Result<Vec<Value>, Failed> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |last| last["sequence"].as_i64().unwrap_or_default());
        let path = format!("/messaging/registrations/{id}/notifications?after={after}");
        let page = call(client, Method::GET, server.at(&path), None).await?;
        let page = page.as_array().ok_or("an inbox is a list")?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page.iter().cloned());
    }
}

/// Asks again and again until it is so.
pub(crate) async fn eventually<F>(what: &str, mut so: impl FnMut() -> F) -> Result<(), Failed>
where
    F: Future<Output = Result<bool, Failed>>,
{
    let asking = async {
        while !so().await? {
            tokio::task::yield_now().await;
        }
        Ok(())
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(done) => done,
        Err(_) => Err(format!("{what}: still not so after {PATIENCE:?}").into()),
    }
}

/// Runs a test that waits for things.
pub(crate) fn block_on(test: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(test)
}
