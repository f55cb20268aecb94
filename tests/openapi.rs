//! The OpenAPI document: that it tells of every route, and that it is whole.

use crate::harness::root;
use crate::harness::server::{Folder, Server, block_on, call, client};
use libtest_mimic::{Failed, Trial};
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("openapi/every_route_is_in_it", || block_on(routes())),
        Trial::test("openapi/every_operation_is_whole", || block_on(operations())),
    ]
}

async fn document() -> Result<Value, Failed> {
    let (folder, client) = (Folder::new()?, client()?);
    let server = Server::start(folder.path(), &[])?;
    call(&client, Method::GET, format!("{}/api/v1/openapi.json", server.url), None).await
}

/// Routes are made in `endpoint.rs` alone, of endpoints, and the document has as many
/// operations as there are endpoints.
async fn routes() -> Result<(), Failed> {
    let (mut endpoints, mut strays) = (0, Vec::new());
    for (path, text) in sources(&root().join("src/server")) {
        endpoints += text.matches("Endpoint::new(").count();
        if text.contains(".route(") && !path.ends_with("endpoint.rs") {
            strays.push(path.display().to_string());
        }
    }
    if !strays.is_empty() {
        return Err(format!("routes that are no endpoints: {}", strays.join(", ")).into());
    }
    let document = document().await?;
    let paths = document["paths"].as_object().ok_or("no paths")?;
    let operations: usize =
        paths.values().filter_map(Value::as_object).map(serde_json::Map::len).sum();
    if operations == endpoints {
        return Ok(());
    }
    Err(format!("{endpoints} endpoints in src/server, {operations} in the document").into())
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found
}

async fn operations() -> Result<(), Failed> {
    let document = document().await?;
    let mut ids = BTreeSet::new();
    let mut findings = Vec::new();
    for (path, methods) in document["paths"].as_object().ok_or("no paths")? {
        for (method, operation) in methods.as_object().ok_or("no methods")? {
            let id = operation["operationId"].as_str().unwrap_or_default();
            if !ids.insert(id) {
                findings.push(format!("{method} {path}: its id `{id}` is another's"));
            }
            if operation["summary"].as_str().unwrap_or_default().is_empty() {
                findings.push(format!("{method} {path}: no summary"));
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let told = parameters.iter().filter(|one| one["in"] == "path");
            let told: BTreeSet<_> = told.filter_map(|one| one["name"].as_str()).collect();
            let real = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            if told != real {
                findings.push(format!("{method} {path}: its parameters are {told:?}"));
            }
        }
    }
    references(&document, &document, &mut findings);
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n").into()) }
}

/// Every `$ref` must lead somewhere.
fn references(document: &Value, value: &Value, findings: &mut Vec<String>) {
    if let Some(reference) = value["$ref"].as_str()
        && reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer)).is_none()
    {
        findings.push(format!("nothing is at {reference}"));
    }
    for inner in value.as_object().into_iter().flat_map(|entries| entries.values()) {
        references(document, inner, findings);
    }
    for inner in value.as_array().into_iter().flatten() {
        references(document, inner, findings);
    }
}
