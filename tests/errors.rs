//! The errors that a block's page names: `errors.json` has for each what brings it about, as
//! inputs, or with fields, or as whole blocks in the short form of the definition files.

use crate::words::untranslated;
use blockcast::block::{Definition, Example, Outcome};
use blockcast::diag::Sentence;
use blockcast::flow::{self, BlockSet, Event, Report, RunLimits, World};
use blockcast::reference;
use blockcast::replay::{RecordedWorld, WorldFile};
use blockcast::vm::{Answer, Effect};
use indexmap::{IndexMap, IndexSet};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value as Json, json};

const CASES: &str = include_str!("errors.json");

pub(crate) fn trials() -> Vec<Trial> {
    vec![Trial::test("errors/each_that_a_page_names_comes_as_told", each)]
}

fn each() -> Result<(), Failed> {
    let cases: IndexMap<String, IndexMap<String, Json>> = serde_json::from_str(CASES)?;
    let (blocks, _) = BlockSet::load(&[]);
    let mut wrong = Vec::new();
    for definition in blocks.definitions().iter() {
        let none = IndexMap::new();
        let cases = cases.get(&definition.name).unwrap_or(&none);
        let told: IndexSet<&str> = definition.docs.errors.keys().map(|code| &**code).collect();
        let known: IndexSet<&str> = cases.keys().map(String::as_str).collect();
        for code in told.symmetric_difference(&known) {
            wrong.push(format!("`{}`: `{code}` is only on one side", definition.name));
        }
        for (code, case) in cases {
            let Brought { said, code: got, at } = brought_about(&blocks, definition, case)?;
            if (&got, &at) != (code, &definition.name) {
                wrong.push(format!("`{}`: `{code}` expected, got {got} at {at}", definition.name));
            }
            if !FOREIGN.contains(&&*got) {
                wrong.extend(said.iter().flat_map(untranslated));
            }
        }
    }
    if let Some(name) = cases.keys().find(|name| blocks.definitions().get(name).is_none()) {
        wrong.push(format!("there is no block `{name}`"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Errors whose words are somebody else's: the messaging service's, a script's.
const FOREIGN: [&str; 2] = ["refused", "script-error"];

/// An error that a case brought about.
struct Brought {
    code: String,
    /// The type of the block that it is at.
    at: String,
    /// What happened, and how to mend it.
    said: Vec<Sentence>,
}

/// The error that a case brings about, found before the run or by it.
fn brought_about(
    blocks: &BlockSet,
    definition: &Definition,
    case: &Json,
) -> Result<Brought, Failed> {
    let example = example(definition, case);
    let source = reference::flow(blocks.definitions(), &example).to_string();
    let flow = match flow::open(blocks, source.into_bytes(), None) {
        Ok(flow) => flow,
        Err(error) => {
            let first = error.0.first().ok_or("an error without a problem")?;
            let at = first.place.block_type.clone().unwrap_or_default();
            let said = vec![first.message.clone(), first.hint.clone()];
            return Ok(Brought { code: first.code.to_owned(), at, said });
        }
    };
    let report = run(&flow)?;
    let Some(fault) = &report.error else {
        return Err(format!("`{}` had no error: {}", definition.name, report.result).into());
    };
    Ok(Brought {
        code: fault.code.to_owned(),
        at: fault.block_type.clone().unwrap_or_default(),
        said: vec![fault.message.clone(), fault.hint.clone()],
    })
}

/// The case's blocks. Inputs come from variables: their kinds are known at run time only, as
/// those of what an event brings.
fn example(definition: &Definition, case: &Json) -> Example {
    let blocks = if let Some(whole) = case["blocks"].as_array() {
        whole.clone()
    } else {
        let parts = ["inputs", "fields", "extraState"];
        let is_bare = parts.iter().all(|part| case.get(part).is_none());
        let inputs = if is_bare { case } else { &case["inputs"] };
        let mut blocks = Vec::new();
        let mut plugged = serde_json::Map::new();
        for (name, value) in inputs.as_object().into_iter().flatten() {
            let (fields, inputs) = (json!({"VAR": name}), json!({"VALUE": value}));
            blocks.push(json!({"type": "variables_set", "fields": fields, "inputs": inputs}));
            plugged.insert(name.clone(), json!({"type": "variables_get", "fields": fields}));
        }
        let mut block = json!({"type": definition.name, "inputs": plugged});
        if !is_bare {
            for part in &parts[1..] {
                if let Some(given) = case.get(part) {
                    block[*part] = given.clone();
                }
            }
        }
        blocks.push(block);
        blocks
    };
    let outcome = if definition.shape.output.is_some() {
        Outcome::Gives(Json::Null)
    } else {
        Outcome::Prints(Vec::new())
    };
    Example { blocks, event: None, outcome }
}

fn run(flow: &flow::Flow) -> Result<Report, Failed> {
    let (event, file) = (Event::default(), WorldFile::default());
    let mut world = Refusing(RecordedWorld::new(&file));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(flow::run(flow, &event, RunLimits::default(), &mut world)))
}

/// A messaging service that takes nothing and tells nothing.
struct Refusing<'w>(RecordedWorld<'w>);

impl World for Refusing<'_> {
    async fn perform(&mut self, effect: &Effect) -> Answer {
        match effect {
            Effect::Publish { .. }
            | Effect::PushTemplate { .. }
            | Effect::MessageStatus { .. }
            | Effect::CancelMessage { .. } => {
                Answer::Refused { code: "down".into(), message: "it doesn't answer".into() }
            }
            _ => self.0.perform(effect).await,
        }
    }
}
