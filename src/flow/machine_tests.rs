//! Properties of the machine that hold for any program.

use super::blocks::BlockSet;
use super::open::open;
use super::{Event, RunLimits, World};
use crate::vm::{Answer, Effect, Image, Limits, Machine, Step, Trigger};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::{Arc, LazyLock};

fn known() -> &'static BlockSet {
    static BLOCKS: LazyLock<BlockSet> = LazyLock::new(|| {
        let (blocks, problems) = BlockSet::load(&[]);
        assert!(problems.is_empty(), "{problems:?}");
        blocks
    });
    &BLOCKS
}

fn image(set: &BlockSet, blocks: &Json) -> Option<Arc<Image>> {
    let workspace = json!({ "blocks": { "blocks": blocks } }).to_string();
    open(set, workspace.into_bytes(), None).ok().map(|flow| flow.image)
}

/// Runs to the end with answers from `answer`; gives what was printed and how it ended.
fn run(image: &Arc<Image>, limits: Limits, slice: u64) -> (Vec<String>, String) {
    let mut machine = Machine::start(image, Trigger::default(), limits).unwrap();
    let mut prints = Vec::new();
    let mut step = machine.go_on(slice);
    loop {
        prints.extend(machine.printed().map(|line| line.text));
        step = match step {
            Step::Done => {
                let steps = machine.steps();
                machine.end();
                return (prints, format!("done after {steps}"));
            }
            Step::Failed(fault) => {
                machine.end();
                return (prints, fault.to_string());
            }
            Step::Paused => machine.go_on(slice),
            Step::Need(effect) => {
                let answer = match effect {
                    Effect::Random => Answer::Number(0.25),
                    Effect::Now => Answer::Number(0.0),
                    _ => Answer::Done,
                };
                machine.resume(answer, slice)
            }
        };
    }
}

#[test]
fn a_run_finds_nothing_of_the_one_before_on_its_thread() {
    let secret = json!({"type": "text", "fields": {"TEXT": "longer than what fits into a cell"}});
    let set = json!([{
        "type": "variables_set",
        "fields": {"VAR": {"id": "a"}},
        "inputs": {"VALUE": {"block": {
            "type": "lists_repeat",
            "inputs": {
                "ITEM": {"block": secret},
                "NUM": {"block": {"type": "math_number", "fields": {"NUM": 3}}},
            },
        }}},
    }]);
    let get = json!([{
        "type": "text_print",
        "inputs": {"TEXT": {"block": {"type": "variables_get", "fields": {"VAR": {"id": "a"}}}}},
    }]);
    let [set, get] = [set, get].map(|blocks| image(known(), &blocks).unwrap());
    let alone = std::thread::scope(|scope| {
        scope.spawn(|| run(&get, Limits::default(), 100)).join().unwrap()
    });
    assert_eq!(alone.0, ["undefined"]);
    run(&set, Limits::default(), 100);
    assert_eq!(run(&get, Limits::default(), 100), alone);
    // Nor of one that ended for want of memory.
    run(&set, Limits { bytes: 800, ..Limits::default() }, 100);
    assert_eq!(run(&get, Limits::default(), 100), alone);
}

/// Any value block of a fitting kind or none, up to a depth.
fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<f64>().prop_map(|n| json!({"type": "math_number", "fields": {"NUM": n}})),
        ".{0,4}".prop_map(|t| json!({"type": "text", "fields": {"TEXT": t}})),
        Just(json!({"type": "logic_null"})),
        "[ab]".prop_map(|v| json!({"type": "variables_get", "fields": {"VAR": {"id": v}}})),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone())
                .prop_map(|(a, b)| socketed("text_join", &[("ADD0", a), ("ADD1", b)])),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| {
                let inputs: serde_json::Map<String, Json> = items
                    .iter()
                    .enumerate()
                    .map(|(n, item)| (format!("ADD{n}"), json!({"block": item})))
                    .collect();
                json!({"type": "lists_create_with", "inputs": inputs,
                       "extraState": {"itemCount": items.len()}})
            }),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| socketed(
                "logic_ternary",
                &[("IF", a), ("THEN", b), ("ELSE", c)]
            )),
            (inner.clone(), inner)
                .prop_map(|(a, b)| socketed("logic_compare", &[("A", a), ("B", b)])),
        ]
    })
}

fn socketed(kind: &str, inputs: &[(&str, Json)]) -> Json {
    let inputs: serde_json::Map<String, Json> =
        inputs.iter().map(|(name, block)| ((*name).to_owned(), json!({"block": block}))).collect();
    json!({ "type": kind, "inputs": inputs })
}

fn statement() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        value().prop_map(|v| socketed("text_print", &[("TEXT", v)])),
        ("[ab]", value()).prop_map(|(name, v)| {
            let mut block = socketed("variables_set", &[("VALUE", v)]);
            block["fields"] = json!({"VAR": {"id": name}});
            block
        }),
        ("[ab]", value()).prop_map(|(name, v)| {
            let mut block = socketed("text_append", &[("TEXT", v)]);
            block["fields"] = json!({"VAR": {"id": name}});
            block
        }),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (value(), inner.clone()).prop_map(|(times, body)| {
                let mut block = socketed("controls_whileUntil", &[("BOOL", times), ("DO", body)]);
                block["fields"] = json!({"MODE": "UNTIL"});
                block
            }),
            ("[ab]", inner.clone()).prop_map(|(name, body)| {
                let list = json!({"type": "variables_get", "fields": {"VAR": {"id": name}}});
                let mut block = socketed("controls_forEach", &[("LIST", list), ("DO", body)]);
                block["fields"] = json!({"VAR": {"id": "a"}});
                block
            }),
            (inner.clone(), inner).prop_map(|(mut first, second)| {
                first["next"] = json!({ "block": second });
                first
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A run ends by itself or at a limit, never by a panic, and where it is paused
    /// makes no difference.
    #[test]
    fn pausing_changes_nothing(blocks in proptest::collection::vec(statement(), 1..4)) {
        let set = known();
        let Some(image) = image(set, &json!(blocks)) else { return Ok(()) };
        let limits = Limits { steps: 5_000, bytes: 1 << 20, calls: 50, ..Limits::default() };
        let whole = run(&image, limits, u64::MAX);
        prop_assert_eq!(&whole, &run(&image, limits, 1));
        prop_assert_eq!(&whole, &run(&image, limits, 7));
    }
}

#[test]
fn the_step_limit_is_exact() {
    let set = known();
    let forever = json!([{"type": "controls_whileUntil", "fields": {"MODE": "UNTIL"}}]);
    let image = image(set, &forever).unwrap();
    let limits = Limits { steps: 1_000, ..Limits::default() };
    let mut machine = Machine::start(&image, Trigger::default(), limits).unwrap();
    let Step::Failed(fault) = machine.go_on(u64::MAX) else { panic!("it must not end") };
    assert_eq!((fault.code, machine.steps()), ("step-limit", 1_000));
}

#[test]
fn a_list_that_doubles_for_ever_ends_at_the_memory_limit() {
    let set = known();
    let get = json!({"type": "variables_get", "fields": {"VAR": {"id": "a"}}});
    let mut grow = socketed(
        "variables_set",
        &[("VALUE", socketed("text_join", &[("ADD0", get.clone()), ("ADD1", get)]))],
    );
    grow["fields"] = json!({"VAR": {"id": "a"}});
    let mut start =
        socketed("variables_set", &[("VALUE", json!({"type": "text", "fields": {"TEXT": "x"}}))]);
    start["fields"] = json!({"VAR": {"id": "a"}});
    start["next"] = json!({"block": {"type": "controls_whileUntil", "fields": {"MODE": "UNTIL"},
        "inputs": {"DO": {"block": grow}}}});
    let image = image(set, &json!([start])).unwrap();
    let limits = Limits { bytes: 10 << 20, ..Limits::default() };
    let mut machine = Machine::start(&image, Trigger::default(), limits).unwrap();
    let Step::Failed(fault) = machine.go_on(u64::MAX) else { panic!("it must not end") };
    assert_eq!(fault.code, "memory-limit");
}

/// Tests run on threads of 2 MiB, a sixteenth of what the server's have.
#[test]
fn blocks_nested_up_to_the_limit_are_compiled_and_run() {
    let set = known();
    let mut value = json!({"type": "math_number", "fields": {"NUM": 1}});
    for _ in 0..crate::limits::BLOCK_NESTING_MAX - 2 {
        value = socketed("math_single", &[("NUM", value)]);
        value["fields"] = json!({"OP": "NEG"});
    }
    let image = image(set, &json!([socketed("text_print", &[("TEXT", value)])])).unwrap();
    assert_eq!(run(&image, Limits::default(), u64::MAX).0, ["1"]);

    let mut body = socketed("text_print", &[]);
    for _ in 0..crate::limits::BLOCK_NESTING_MAX - 1 {
        body = socketed("controls_repeat", &[("DO", body)]);
        body["fields"] = json!({"TIMES": 1});
    }
    let image = self::image(set, &json!([body])).unwrap();
    assert_eq!(run(&image, Limits::default(), u64::MAX).0, [""]);
}

#[test]
fn a_stack_of_fifty_thousand_statements_is_read_and_run() {
    let count = 50_000;
    let mut text = String::from(r#"{"blocks":{"blocks":["#);
    for n in 0..count {
        let head =
            r#"{"type":"math_change","fields":{"VAR":{"id":"n"}},"inputs":{"DELTA":{"block":"#;
        let one = r#"{"type":"math_number","fields":{"NUM":1}}}}"#;
        text.push_str(head);
        text.push_str(one);
        if n + 1 < count {
            text.push_str(r#","next":{"block":"#);
        }
    }
    text.push_str(&"}".repeat(2 * count - 1));
    text.push_str("]}}");
    let set = known();
    let image = open(set, text.into_bytes(), None).unwrap().image;
    let (_, end) = run(&image, Limits::default(), u64::MAX);
    assert_eq!(end, format!("done after {}", count + 1));
}

/// Ten lists, each of a hundred times the one before: small in memory, endless in print.
#[test]
fn a_list_far_longer_written_out_than_held_ends_at_the_memory_limit() {
    let set = known();
    let mut list = json!({"type": "text", "fields": {"TEXT": "x"}});
    for _ in 0..10 {
        list = json!({"type": "lists_repeat", "inputs": {
            "ITEM": {"block": list},
            "NUM": {"block": {"type": "math_number", "fields": {"NUM": 100}}},
        }});
    }
    let publish = json!({"type": "messaging_publish_push", "inputs": {"MESSAGE": {"block": list}}});
    let print = socketed("text_print", &[("TEXT", list)]);
    for block in [print, publish] {
        let image = image(set, &json!([block])).unwrap();
        let (_, end) = run(&image, Limits { bytes: 8 << 20, ..Limits::default() }, u64::MAX);
        assert!(end.contains("memory-limit"), "{end}");
    }
}

fn variable(name: &str) -> Json {
    json!({"type": "variables_get", "fields": {"VAR": {"id": name}}})
}

fn set_to(name: &str, value: Json) -> Json {
    let mut block = socketed("variables_set", &[("VALUE", value)]);
    block["fields"] = json!({"VAR": {"id": name}});
    block
}

fn repeated(times: u32, body: Json) -> Json {
    let times = json!({"type": "math_number", "fields": {"NUM": times}});
    socketed("controls_repeat_ext", &[("TIMES", times), ("DO", body)])
}

fn text_repeated(text: &str, times: usize) -> Json {
    json!({"type": "text", "fields": {"TEXT": text.repeat(times)}})
}

/// A step that compares ten thousand letters costs more than one that compares ten.
#[test]
fn long_work_inside_a_step_counts_as_steps() {
    let steps = |length: usize| {
        let mut compare = socketed(
            "logic_compare",
            &[("A", variable("a")), ("B", json!({"type": "math_number", "fields": {"NUM": 1}}))],
        );
        compare["fields"] = json!({"OP": "LT"});
        let mut start = set_to("a", text_repeated("7", length));
        start["next"] = json!({"block": repeated(1_000, set_to("b", compare))});
        let image = image(known(), &json!([start])).unwrap();
        let mut machine = Machine::start(&image, Trigger::default(), Limits::default()).unwrap();
        assert!(matches!(machine.go_on(u64::MAX), Step::Done));
        machine.steps()
    };
    let further = (10_000 - crate::limits::WORK_INCLUDED) / crate::limits::WORK_OF_A_STEP;
    assert_eq!(steps(10_000), steps(10) + 1_000 * further);
}

/// Each list holds the one before twice: sixty lists in memory, endless to walk through.
#[test]
fn lists_that_hold_one_another_end_at_a_limit_inside_one_step() {
    let mut twice = json!({"type": "lists_create_with", "extraState": {"itemCount": 2}});
    twice["inputs"] = json!({"ADD0": {"block": variable("l")}, "ADD1": {"block": variable("l")}});
    let empty = json!({"type": "lists_create_with", "extraState": {"itemCount": 0}});
    let mut flat = socketed("lists_flatten", &[("LIST", variable("l"))]);
    flat["fields"] = json!({"DEPTH": "ALL"});
    for last in [set_to("l", flat), socketed("text_print", &[("TEXT", variable("l"))])] {
        let mut doubling = repeated(60, set_to("l", twice.clone()));
        doubling["next"] = json!({"block": last});
        let mut start = set_to("l", empty.clone());
        start["next"] = json!({"block": doubling});
        let image = image(known(), &json!([start])).unwrap();
        let limits = Limits { steps: 100_000, ..Limits::default() };
        let (_, end) = run(&image, limits, u64::MAX);
        assert!(end.contains("step-limit"), "{end}");
    }
}

/// What is made of few values can be much: the block that would make it ends the run.
#[test]
fn a_step_that_makes_more_than_the_run_has_steps_for_ends_it() {
    let number = |n: u32| json!({"type": "math_number", "fields": {"NUM": n}});
    let repeat = |item| socketed("lists_repeat", &[("ITEM", item), ("NUM", number(1_000))]);
    let mut flat = socketed("lists_flatten", &[("LIST", repeat(repeat(number(1))))]);
    flat["fields"] = json!({"DEPTH": "ONE"});
    flat["id"] = json!("flat");
    let image = image(known(), &json!([set_to("l", flat)])).unwrap();
    let limits = Limits { steps: 20_000, ..Limits::default() };
    let mut machine = Machine::start(&image, Trigger::default(), limits).unwrap();
    let Step::Failed(fault) = machine.go_on(u64::MAX) else { panic!("it must not end") };
    assert_eq!((fault.code, fault.block.as_deref()), ("step-limit", Some("flat")));
    assert_eq!(machine.steps(), 20_000);
}

/// An outside that hears everything and says nothing.
struct Silent;

impl World for Silent {
    async fn perform(&mut self, _: &Effect) -> Answer {
        Answer::Done
    }
}

#[test]
fn what_a_run_prints_is_limited_in_bytes() {
    let mebibyte = 1 << 20;
    let times = u32::try_from(crate::limits::RUN_PRINT_BYTES / mebibyte).unwrap();
    let ends = |times: u32| {
        let print = socketed("text_print", &[("TEXT", text_repeated("x", mebibyte))]);
        let flow = json!({"blocks": {"blocks": [repeated(times, print)]}}).to_string();
        let flow = open(known(), flow.into_bytes(), None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (event, limits) = (Event::default(), RunLimits::default());
        let report = runtime.block_on(super::run(&flow, &event, limits, &mut Silent));
        report.error.map(|fault| fault.code)
    };
    assert_eq!(ends(times), None);
    assert_eq!(ends(times + 1), Some("output-limit"));
}
