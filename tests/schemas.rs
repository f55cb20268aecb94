//! `schemas/`: what stands there must be what the Rust types say.

use crate::harness::{compare, root};
use libtest_mimic::Trial;
use schemars::{JsonSchema, schema_for};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        schema::<blockcast::flow::Event>("event"),
        schema::<blockcast::replay::Expected>("expected"),
        schema::<blockcast::replay::WorldFile>("world"),
        schema::<blockcast::flow::FlowFile>("flow"),
        schema::<blockcast::block::BlockFile>("block"),
        schema::<blockcast::block::WordsFile>("words"),
        schema::<blockcast::model::Template>("template"),
    ]
}

fn schema<T: JsonSchema>(name: &'static str) -> Trial {
    Trial::test(format!("schemas/{name}"), move || {
        let mut text = serde_json::to_string_pretty(&schema_for!(T))?;
        text.push('\n');
        compare(&root().join("schemas").join(format!("{name}.schema.json")), &text)
    })
}
