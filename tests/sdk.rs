//! `tests/sdk/cases/NAME.mjs`: the official `backendless` SDK, as published, against the
//! real server. A case is a Node program that asserts for itself.
//!
//! It finds the server in `BLOCKCAST_URL`, `BLOCKCAST_APP_ID`, `BLOCKCAST_API_KEY` and
//! `BLOCKCAST_ADMIN_TOKEN`. A line `@kill` or `@start` on its output has the trial kill the server, or start it again on
//! the same port and data folder; the trial answers with an empty line.

use crate::harness::server::{APP, Folder, KEY, PATIENCE, Server, TOKEN};
use crate::harness::{entries, name, root};
use libtest_mimic::{Failed, Trial};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

pub(crate) fn trials() -> Vec<Trial> {
    entries("sdk/cases")
        .into_iter()
        .map(|file| Trial::test(format!("sdk/{}", name(&file)), move || check(&file)))
        .collect()
}

fn check(file: &Path) -> Result<(), Failed> {
    if !root().join("tests/sdk/node_modules").is_dir() {
        return Err("the SDK is not installed; run `make sdk`".into());
    }
    let folder = Folder::new()?;
    let server = Server::start(folder.path(), &[])?;
    let node = Node::start(file, &server.url)?;
    node.follow(server, folder.path())
}

/// The case's process. Killed when dropped.
struct Node {
    child: Child,
    lines: Receiver<String>,
    errors: std::thread::JoinHandle<String>,
}

impl Node {
    fn start(file: &Path, url: &str) -> Result<Self, Failed> {
        let mut child = Command::new("node")
            .arg(file)
            .env("BLOCKCAST_URL", url)
            .env("BLOCKCAST_APP_ID", APP)
            .env("BLOCKCAST_API_KEY", KEY)
            .env("BLOCKCAST_ADMIN_TOKEN", TOKEN)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Nobody listens any more when the trial has given up.
                let _ = sender.send(line);
            }
        });
        let mut stderr = child.stderr.take().ok_or("no stderr")?;
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            // What can't be read isn't shown.
            let _ = stderr.read_to_string(&mut text);
            text
        });
        Ok(Self { child, lines, errors })
    }

    /// Does what the case asks for, until it ends.
    fn follow(mut self, server: Server, data: &Path) -> Result<(), Failed> {
        let address = server.url.trim_start_matches("http://").to_owned();
        let mut server = Some(server);
        let mut said = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == "@kill" => {
                    server.take().ok_or("the server is killed already")?.kill()?;
                    self.answer()?;
                }
                Ok(line) if line == "@start" => {
                    server = Some(Server::start_at(&address, data, &[])?);
                    self.answer()?;
                }
                Ok(line) => {
                    said.push_str(&line);
                    said.push('\n');
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    self.child.kill()?;
                    let errors = self.errors.join().unwrap_or_default();
                    return Err(format!("still not done after {PATIENCE:?}\n{said}{errors}").into());
                }
            }
        }
        let status = self.child.wait()?;
        if status.success() {
            return Ok(());
        }
        let errors = self.errors.join().unwrap_or_default();
        Err(format!("node ended with {status}\n{said}{errors}").into())
    }

    fn answer(&mut self) -> Result<(), Failed> {
        let input = self.child.stdin.as_mut().ok_or("no stdin")?;
        input.write_all(b"\n")?;
        Ok(input.flush()?)
    }
}
