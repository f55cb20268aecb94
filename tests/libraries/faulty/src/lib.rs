//! A library whose blocks fail in every way there is, and one that echoes.

wit_bindgen::generate!({ path: "../../../schemas/block-library.wit" });

use exports::blockcast::blocks::library::{Block, Description, Guest, Input, Kind, Value};
use std::sync::atomic::{AtomicU32, Ordering};

struct Faulty;
export!(Faulty);

static CALLS: AtomicU32 = AtomicU32::new(0);

const NAMES: [&str; 6] = [
    "faulty_echo",
    "faulty_panic",
    "faulty_loop",
    "faulty_memory",
    "faulty_bad_json",
    "faulty_count",
];

impl Guest for Faulty {
    fn describe() -> Description {
        let block = |name: &&str| Block {
            name: (*name).into(),
            message: format!("{name} %1"),
            doc: "For tests.".into(),
            inputs: vec![Input { name: "VALUE".into(), kind: Kind::Any, default: Value::Nothing }],
            output: Some(Kind::Any),
        };
        Description {
            category: "Faulty".into(),
            colour: "#a55b5b".into(),
            blocks: NAMES.iter().map(block).collect(),
        }
    }

    fn call(block: u32, mut inputs: Vec<Value>) -> Result<Value, String> {
        match NAMES[block as usize] {
            "faulty_panic" => panic!("on purpose"),
            "faulty_loop" => loop {
                CALLS.fetch_add(1, Ordering::Relaxed);
            },
            "faulty_memory" => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            }
            "faulty_bad_json" => Ok(Value::Json("[1, 2".into())),
            "faulty_count" => Ok(Value::Number(CALLS.fetch_add(1, Ordering::Relaxed).into())),
            _ => Ok(inputs.remove(0)),
        }
    }
}
