//! What the compiler can't check: who may import whom, that every file says what
//! lives in it, sizes, and that blocks, functions and cases belong together.

mod circles;

use crate::harness::{entries, root};
use libtest_mimic::{Failed, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Lines a file may have; data tables aside.
const LINES_MAX: usize = 460;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("tidy/rooms_import_only_rooms_above_them", imports),
        Trial::test("tidy/files_import_each_other_in_no_circle", circles::check),
        Trial::test("tidy/every_file_says_what_lives_in_it", headers),
        Trial::test("tidy/no_file_is_too_long_to_hold_in_mind", sizes),
        Trial::test("tidy/every_block_has_a_case", blocks),
        Trial::test("tidy/every_diagnostic_has_a_bad_flow", diagnostics),
        Trial::test("tidy/every_setting_stands_in_the_readme", settings),
    ]
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut waiting = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
        }
    }
    found.sort();
    found
}

fn verdict(findings: &[String]) -> Result<(), Failed> {
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n").into()) }
}

/// The table in ARCHITECTURE.md, room by room.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = text.lines().skip_while(|line| *line != "| room | may import |").skip(2);
    let mut table = BTreeMap::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let above: BTreeSet<String> = table.keys().cloned().collect();
        let may: BTreeSet<String> = cells[1].split_whitespace().map(str::to_owned).collect();
        if let Some(unknown) = may.difference(&above).next() {
            panic!("ARCHITECTURE.md: `{}` may import `{unknown}`, which stands below it", cells[0]);
        }
        table.insert(cells[0].to_owned(), may);
    }
    table
}

/// Leaves that all may know.
const LEAVES: [&str; 6] = ["limits", "diag", "id", "clock", "number", "language"];

fn imports() -> Result<(), Failed> {
    let table = table();
    let mut findings = Vec::new();
    for (path, text) in sources() {
        let room = path.components().nth(1).unwrap().as_os_str().to_string_lossy();
        let room = room.trim_end_matches(".rs");
        if matches!(room, "lib" | "main") {
            continue;
        }
        let Some(may) = table.get(room) else {
            findings
                .push(format!("{}: `{room}` is not in ARCHITECTURE.md's table", path.display()));
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            for imported in imported(line) {
                let known = table.contains_key(&imported);
                if known
                    && imported != room
                    && !may.contains(&imported)
                    && !LEAVES.contains(&&*imported)
                {
                    let place = format!("{}:{}", path.display(), number + 1);
                    findings.push(format!("{place}: {room} may not import {imported}"));
                }
            }
        }
    }
    verdict(&findings)
}

/// Rooms named in a line: `crate::a`, `crate::{a, b::C}`. Doc links don't count.
fn imported(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = Vec::new();
    for rest in line.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => {
                found.extend(
                    list.split(['}', ';'])
                        .next()
                        .unwrap()
                        .split(", ")
                        .map(|item| word(item.trim())),
                );
            }
            None => found.push(word(rest)),
        }
    }
    found
}

fn headers() -> Result<(), Failed> {
    let without = sources().into_iter().filter(|(_, text)| !text.starts_with("//! "));
    let findings: Vec<String> =
        without.map(|(path, _)| format!("{}:1: no `//!` line", path.display())).collect();
    verdict(&findings)
}

fn sizes() -> Result<(), Failed> {
    let lines = |text: &str| text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    let long = sources().into_iter().filter(|(_, text)| lines(text) > LINES_MAX);
    let findings: Vec<String> = long
        .map(|(path, text)| {
            format!("{}: {} lines, more than {LINES_MAX}", path.display(), lines(&text))
        })
        .collect();
    verdict(&findings)
}

fn blocks() -> Result<(), Failed> {
    let mut used = BTreeSet::new();
    for folder in entries("flows") {
        types(&folder.join("flow.json"), &mut used);
    }
    let mut findings = Vec::new();
    for file in std::fs::read_dir(root().join("blocks"))? {
        let path = file?.path();
        if path.is_dir() {
            continue; // Words in other languages.
        }
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
        for block in json["blocks"].as_array().into_iter().flatten() {
            let kind = block["type"].as_str().unwrap_or_default();
            if !used.contains(kind) {
                let path = path.strip_prefix(root())?.display();
                findings.push(format!("{path}: no case in tests/flows has a block `{kind}`"));
            }
        }
    }
    verdict(&findings)
}

fn types(flow: &Path, found: &mut BTreeSet<String>) {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(flow).unwrap()).unwrap();
    let mut waiting = vec![&json];
    while let Some(value) = waiting.pop() {
        if let Some(kind) = value["type"].as_str() {
            found.insert(kind.to_owned());
        }
        waiting.extend(value.as_array().into_iter().flatten());
        waiting.extend(value.as_object().into_iter().flat_map(|map| map.values()));
    }
}

/// Codes of diagnostics in the rooms that read flows and blocks.
fn diagnostics() -> Result<(), Failed> {
    let goldens: String = entries("bad")
        .iter()
        .filter_map(|folder| std::fs::read_to_string(folder.join("expected.txt")).ok())
        .collect();
    let mut findings = Vec::new();
    for (path, text) in sources() {
        let room = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
        if !matches!(room.trim_end_matches(".rs"), "graph" | "block" | "source") {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for literal in code.split('"').skip(1).step_by(2) {
            let is_code = literal.contains('-')
                && literal.chars().all(|c| c.is_ascii_lowercase() || c == '-')
                && !literal.starts_with('-');
            // Limits that a file in the repository can't go over.
            let too_large = ["file-too-large", "block-limit"].contains(&literal);
            if is_code && !too_large && !goldens.contains(&format!("[{literal}]")) {
                findings
                    .push(format!("{}: no flow in tests/bad shows [{literal}]", path.display()));
            }
        }
    }
    verdict(&findings)
}

fn settings() -> Result<(), Failed> {
    let readme = std::fs::read_to_string(root().join("README.md"))?;
    let missing = blockcast::config::keys().map(|key| key.path);
    let missing = missing.filter(|path| !readme.contains(&format!("`{path}`")));
    let findings: Vec<String> =
        missing.map(|path| format!("README.md: no word of the setting `{path}`")).collect();
    verdict(&findings)
}
