//! That files import each other in no circle: who reads one can begin at the bottom.
//!
//! An import is a `use`, or a path that begins with `crate`, `super` or `self`. A name that a
//! file only hands on (`pub use`) is imported from where it is made.

use super::{sources, verdict};
use libtest_mimic::Failed;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// Imports that close a circle on purpose: an image holds the machine code that was made of it,
/// and machine code calls back into the machine.
const ON_PURPOSE: [(&str, &str); 1] = [("vm/image", "vm/native")];

/// A file's place in the crate: `["store", "ledger", "read"]`.
type Module = Vec<String>;

pub(super) fn check() -> Result<(), Failed> {
    let files = Files::read();
    let imports: BTreeMap<&Module, BTreeSet<&Module>> =
        files.0.keys().map(|module| (module, files.imports(module))).collect();
    verdict(&circles(&imports))
}

/// Of each circle the way around, as a line.
fn circles(imports: &BTreeMap<&Module, BTreeSet<&Module>>) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for &start in imports.keys() {
        if seen.contains(start) {
            continue;
        }
        if let Some(way) = way_back(imports, start) {
            let mut line = String::new();
            for module in &way {
                let _ = write!(line, "src/{}.rs -> ", module.join("/"));
            }
            line.push_str("the first again");
            found.push(line);
            seen.extend(way);
        }
    }
    found
}

/// The shortest way from a file to itself.
fn way_back<'f>(
    imports: &BTreeMap<&'f Module, BTreeSet<&'f Module>>,
    start: &'f Module,
) -> Option<Vec<&'f Module>> {
    let mut from: BTreeMap<&Module, &Module> = BTreeMap::new();
    let mut waiting = std::collections::VecDeque::from([start]);
    while let Some(module) = waiting.pop_front() {
        for &next in &imports[module] {
            if next == start {
                let mut way = vec![module];
                while let Some(before) = from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if !from.contains_key(next) {
                from.insert(next, module);
                waiting.push_back(next);
            }
        }
    }
    None
}

/// What every file says, without its tests and comments.
struct Files(BTreeMap<Module, String>);

impl Files {
    fn read() -> Self {
        let sources = sources().into_iter().map(|(path, text)| (module(&path), code(&text)));
        Self(sources.filter(|(module, _)| !is_apart(module)).collect())
    }

    fn imports(&self, module: &Module) -> BTreeSet<&Module> {
        let code = &self.0[module];
        let handed_on: BTreeSet<String> = uses(code)
            .filter(|(handed_on, _)| *handed_on)
            .flat_map(|(_, tree)| leaves(tree))
            .collect();
        let imported = uses(code).filter(|(handed_on, _)| !handed_on);
        let imported = imported.flat_map(|(_, tree)| leaves(tree)).chain(paths(code));
        let imported = imported.filter(|path| !handed_on.contains(path));
        let found = imported.filter_map(|path| self.find(module, &path, 4));
        found.filter(|found| *found != module && !is_on_purpose(module, found)).collect()
    }

    /// The file that makes what a path in `module` names; names are handed on `hops` times at
    /// most.
    fn find(&self, module: &Module, path: &str, hops: usize) -> Option<&Module> {
        let mut parts = path.split("::").peekable();
        let mut at: Module = match *parts.peek()? {
            "crate" => Vec::new(),
            "self" | "super" => module.clone(),
            first if self.0.contains_key(&child(module, first)) => module.clone(),
            _ => return None,
        };
        while let Some(step) = parts.next_if(|part| matches!(*part, "crate" | "self" | "super")) {
            if step == "super" {
                at.pop();
            }
        }
        while let Some(step) = parts.peek() {
            if !self.0.contains_key(&child(&at, step)) {
                break;
            }
            at.push(parts.next()?.to_owned());
        }
        let (here, code) = self.0.get_key_value(&at)?;
        let Some(name) = parts.next().filter(|_| hops > 0) else { return Some(here) };
        let mut handed_on =
            uses(code).filter(|(handed_on, _)| *handed_on).flat_map(|(_, tree)| leaves(tree));
        let origin = handed_on.find(|path| path.rsplit("::").next() == Some(name));
        origin.and_then(|path| self.find(here, &path, hops - 1)).or(Some(here))
    }
}

fn is_on_purpose(module: &Module, imported: &Module) -> bool {
    let pair = (module.join("/"), imported.join("/"));
    ON_PURPOSE.iter().any(|(from, to)| pair.0 == *from && pair.1 == *to)
}

fn child(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn module(path: &Path) -> Module {
    let path = path.with_extension("");
    let parts = path.components().skip(1).map(|part| part.as_os_str().to_string_lossy());
    let mut module: Module = parts.map(std::borrow::Cow::into_owned).collect();
    module.pop_if(|last| last == "mod");
    module
}

/// The crate's two roots, and tests in files of their own.
fn is_apart(module: &Module) -> bool {
    module
        .last()
        .is_none_or(|name| matches!(name.as_str(), "lib" | "main") || name.ends_with("tests"))
}

fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    // Who may see a thing imports nothing.
    let lines = lines.map(|line| match line.split_once("pub(in ") {
        Some((before, rest)) => {
            format!("{before}pub{}", rest.split_once(')').map_or("", |(_, rest)| rest))
        }
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The trees of the `use` items, and whether they hand on.
fn uses(code: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = code;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find("use ")?;
            let before = rest[..at].rsplit('\n').next().unwrap_or_default().trim();
            let after = &rest[at + 4..];
            rest = after;
            if before.is_empty() || before.starts_with("pub") {
                let tree = after.split(';').next().unwrap_or_default();
                return Some((!before.is_empty(), tree));
            }
        }
    })
}

/// `a::{b, c::{d}}` as `a::b`, `a::c::d`.
fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((stem, list)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![path.trim_end_matches("::self").to_owned()];
    };
    let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
    let mut depth = 0_usize;
    let branches = list.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    let branches = branches.filter(|branch| !branch.trim().is_empty());
    branches
        .flat_map(leaves)
        .map(|leaf| format!("{stem}{leaf}").trim_end_matches("::self").to_owned())
        .collect()
}

/// Paths in the midst of code; those of trees with braces are cut off there.
fn paths(code: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c| !is_part(c));
    let roots = ["crate::", "super::", "self::"];
    let paths = words.filter(|word| roots.iter().any(|root| word.starts_with(root)));
    paths.filter(|path| !path.ends_with("::")).map(str::to_owned).collect()
}
