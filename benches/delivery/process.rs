//! Processes and what they take: pinned children, the simulator, processor time and memory.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where everything lies that is kept between runs.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from("target/bench");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// A simulator on a processor of its own; it ends when this is dropped.
pub(crate) struct Simulator {
    child: Child,
    /// `https://127.0.0.1:PORT`
    pub(crate) url: String,
    /// `http://127.0.0.1:PORT`
    pub(crate) control: String,
}

/// The simulator's folder: keys, and settings that send to it.
pub(crate) fn simulator_folder() -> PathBuf {
    folder("simulator")
}

impl Simulator {
    /// `blockcast simulate` with these flags, on the second processor.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let mut child = Command::new("taskset")
            .args(["-c", "1", env!("CARGO_BIN_EXE_blockcast"), "simulate"])
            .args(["--port", "0", "--control", "0", "--keep", "0", "--folder"])
            .arg(simulator_folder())
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("taskset, of util-linux");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = |before: &str| {
            let line = lines.next().expect("the simulator says where it listens").unwrap();
            line.strip_prefix(before).unwrap().to_owned()
        };
        let (url, control) = (address("push services on "), address("control on "));
        address("settings in ");
        Self { child, url, control }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs this benchmark again with these arguments, on these processors; gives what it measured.
pub(crate) fn child(processors: &str, arguments: &[&str]) -> Value {
    let output = Command::new("taskset")
        .args(["-c", processors])
        .arg(std::env::current_exe().unwrap())
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .expect("taskset, of util-linux");
    assert!(output.status.success(), "{arguments:?} failed");
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// Seconds of the processor that this process has taken, threads that have ended included.
pub(crate) fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    // User and system mode, in hundredths.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Seconds of the processor that the thread of that name has taken.
pub(crate) fn processor_of(thread: &str) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let used = tasks.filter_map(|task| {
        // A thread may end while it is looked at.
        let path = task.ok()?.path();
        let name = std::fs::read_to_string(path.join("comm")).ok()?;
        let used = std::fs::read_to_string(path.join("schedstat")).ok()?;
        let nanos: f64 = used.split_whitespace().next()?.parse().ok()?;
        (name.trim() == thread).then_some(nanos / 1e9)
    });
    used.sum()
}

/// From here on [`peak_mb`] counts anew.
pub(crate) fn reset_peak() {
    // 5 resets the peak of the resident size; needs Linux.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Megabytes that were resident at most.
pub(crate) fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
