//! `tests/flows/NAME/` and `src/automation/gallery/NAME/`: a flow, an event, and what must come
//! of it, run by `blockcast test`.

use crate::harness::{blockcast, entries, name};
use libtest_mimic::{Failed, Trial};
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(crate) fn trials() -> Vec<Trial> {
    let mut command = blockcast();
    command.args(["test", "--json"]);
    if std::env::var_os("BLOCKCAST_ACCEPT").is_some() {
        command.arg("--accept");
    }
    let output = command.args(["tests/flows", "src/automation/gallery"]).output().unwrap();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap_or(Json::Null);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut outcomes: BTreeMap<String, Json> = report["cases"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|case| (name(case["case"].as_str().unwrap_or_default().as_ref()), case.clone()))
        .collect();
    // Every folder is a trial, so that one the command didn't see fails.
    let mut folders = entries("flows");
    folders.extend(entries("../src/automation/gallery"));
    let problems = Trial::test("flows/the_gallery_has_no_problems", problems_of_gallery);
    let cases = folders
        .iter()
        .map(|folder| {
            let outcome = outcomes.remove(&name(folder));
            let errors = errors.clone();
            Trial::test(format!("flows/{}", name(folder)), move || match outcome {
                None => Err(format!("`blockcast test` did not run it: {errors}").into()),
                Some(case) if case["passed"] == true => Ok(()),
                Some(case) => {
                    Err(format!("{:#}\nat block {}", case["differences"], case["block"]).into())
                }
            })
        })
        .chain([problems]);
    cases.collect()
}

/// A flow to start from shows no warning.
fn problems_of_gallery() -> Result<(), Failed> {
    for folder in entries("../src/automation/gallery") {
        let output = blockcast().arg("check").arg(folder.join("flow.json")).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !text.contains("0 errors, 0 warnings") {
            return Err(text.into());
        }
    }
    Ok(())
}
