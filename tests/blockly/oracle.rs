//! npm Blockly in a Node process: `oracle.mjs`, asked line by line.

use crate::harness::root;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A core block as Blockly's own registry has it.
#[derive(Clone, Deserialize)]
pub(super) struct Described {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) fields: Vec<Field>,
    pub(super) inputs: Vec<Input>,
    pub(super) output: Option<Output>,
    pub(super) statement: bool,
}

/// A field: `variable`, `number`, `text`, `options` or `colour`.
#[derive(Clone, Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) options: Option<Vec<String>>,
}

/// A socket.
#[derive(Clone, Deserialize)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) statement: bool,
    pub(super) check: Option<Vec<String>>,
}

impl Input {
    /// A socket for a value; any fits when there is no check.
    pub(super) fn value(name: String, check: Option<&str>) -> Self {
        Self { name, statement: false, check: check.map(|kind| vec![kind.to_owned()]) }
    }

    /// A socket for statements.
    pub(super) fn statements(name: String) -> Self {
        Self { name, statement: true, check: None }
    }
}

/// What a block's output plugs into.
#[derive(Clone, Deserialize)]
pub(super) struct Output {
    pub(super) check: Option<Vec<String>>,
}

/// What a program did.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Outcome {
    pub(super) prints: Vec<String>,
    /// The program failed with this.
    #[serde(default)]
    pub(super) error: Option<String>,
    /// It failed for taking too long or too much.
    #[serde(default)]
    pub(super) limit: bool,
    /// Blockly could not load the workspace: the generator is wrong.
    #[serde(default)]
    pub(super) broken: Option<String>,
    #[serde(default)]
    pub(super) code: String,
}

pub(super) struct Oracle {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Oracle {
    pub(super) fn start() -> Self {
        let mut child = Command::new("node")
            .arg("tests/blockly/oracle.mjs")
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs; `make web` installs what it needs");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, requests, answers }
    }

    /// Asks for one line; none when Node ended over it.
    fn ask<T: serde::de::DeserializeOwned>(&mut self, request: &Json) -> Option<T> {
        // At once: a program is written in thousands of pieces otherwise.
        self.requests.write_all(format!("{request}\n").as_bytes()).unwrap();
        let mut line = String::new();
        if self.answers.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        let answer = serde_json::from_str(&line);
        Some(answer.unwrap_or_else(|error| panic!("the oracle answered `{line}`: {error}")))
    }

    pub(super) fn describe(&mut self) -> Vec<Described> {
        self.ask(&json!({"describe": true})).expect("Node knows Blockly's blocks")
    }

    pub(super) fn run(&mut self, workspace: &Json, one_based: bool) -> Outcome {
        let asked = self.ask(&json!({"workspace": workspace, "oneBasedIndex": one_based}));
        asked.unwrap_or_else(|| {
            // V8 ends its whole process at a list too long for it.
            *self = Self::start();
            Outcome { limit: true, ..Outcome::default() }
        })
    }

    /// Runs each top stack by itself, in the order of the workspace, with every random draw 0:
    /// what one of them does to the others is only what it leaves in variables.
    pub(super) fn run_apart(&mut self, workspace: &Json, one_based: bool) -> Vec<Outcome> {
        let request = json!({"workspace": workspace, "oneBasedIndex": one_based, "apart": true});
        self.ask(&request).expect("Node lives through blocks with odd values")
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
