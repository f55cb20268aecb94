//! Every core block with every choice of its dropdowns, given values that nobody expects
//! there: a list where a number belongs, a text that JavaScript reads as a number, nothing
//! at all. What Blockly's JavaScript makes of them, blockcast makes of them.
//!
//! The values are in `odd_values.json`, as JSON has them; what JSON has no word for is an
//! object. A run takes some attempts of each block and choice, others with another
//! `BLOCKCAST_SEED`; `BLOCKCAST_ODD` says how many of each. With 2,000, two sockets get nearly
//! all pairs, each in one of the ways to give values; three get one triple in fifty.

use super::blocks::{UNSET, block_of, calculated, chain, first_of, get, list, null, print, set};
use super::oracle::{Described, Field, Input, Oracle, Outcome};
use super::run;
use super::shapes::shape;
use crate::harness::setting;
use blockcast::flow::BlockSet;
use libtest_mimic::Failed;
use serde_json::{Map, Value as Json, json};
use std::fmt::Write as _;

/// Attempts with a block and one choice, about.
const EACH: u64 = 30;
/// Attempts in one program.
const TOGETHER: usize = 40;
/// Differences told of.
const TOLD: usize = 12;
/// The variables that hold what goes into the sockets.
const PLUGGED: [&str; 4] = ["a", "b", "c", "d"];
/// The variable of a block's own field, and of its result.
const RESULT: &str = "r";

/// How the values come into the sockets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    /// In variables set right before, which hold anything in the course of a program.
    Anything,
    /// In a variable for each value, set once: what is in it is known before it runs.
    Known,
    /// As the first item of a list: what Blockly doesn't write twice, as it does a variable.
    Item,
    /// As a block in the socket itself, where Blockly lets it be plugged in.
    Literal,
}

impl Given {
    const ALL: [Self; 4] = [Self::Anything, Self::Known, Self::Item, Self::Literal];
}

/// A block with its fields chosen and values in its sockets, and statements around it that
/// print what comes of it.
struct Attempt {
    about: String,
    stack: Json,
}

pub(super) fn trial() -> Result<(), Failed> {
    let (blocks, _) = BlockSet::load(&[]);
    let mut oracle = Oracle::start();
    let registry = oracle.describe();
    let table: Table = Table(serde_json::from_str(include_str!("odd_values.json"))?);
    let mut differences = Vec::new();
    let mut made = 0;
    for given in Given::ALL {
        for one_based in [true, false] {
            let attempts = table.attempts(&registry, given, one_based);
            made += attempts.len();
            for some in attempts.chunks(TOGETHER * 10) {
                let theirs = oracle.run_apart(&table.workspace(given, some.iter()), one_based);
                let theirs = &theirs[usize::from(given == Given::Known)..];
                assert_eq!(theirs.len(), some.len(), "an outcome for each attempt");
                differences.extend(table.compare(&blocks, given, one_based, some, theirs));
            }
        }
    }
    if differences.is_empty() {
        return Ok(());
    }
    let mut told = format!("{} of {made} attempts differ", differences.len());
    for difference in differences.iter().take(TOLD) {
        write!(told, "\n{difference}").unwrap();
    }
    Err(told.into())
}

/// The values, as `odd_values.json` has them.
struct Table(Vec<Json>);

impl Table {
    /// Some of the ways to fill every block's sockets. Which way of giving values and of
    /// counting items an attempt is made in is drawn as well.
    fn attempts(&self, registry: &[Described], given: Given, one_based: bool) -> Vec<Attempt> {
        let each = setting("BLOCKCAST_ODD", EACH);
        let mut drawn = setting("BLOCKCAST_SEED", 1);
        let mut attempts = Vec::new();
        for block in registry.iter().filter(|block| is_tried(&block.kind)) {
            let changes = block.statement || block.kind == "lists_getIndex";
            for fields in choices(&block.fields) {
                let (mut sockets, state) = shape(block, &fields);
                if matches!(block.kind.as_str(), "lists_create_with" | "text_join") {
                    sockets.truncate(2);
                }
                let plugged = sockets.iter().filter(|socket| !socket.statement).count();
                let held =
                    usize::from(matches!(block.kind.as_str(), "text_append" | "math_change"));
                let choice = Choice { block, fields, sockets, state };
                let ways = self.0.len().pow(u32::try_from(plugged + held).unwrap());
                for way in 0..ways {
                    // Knuth's generator; its upper bits are the random ones.
                    drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let there = match drawn >> 60 & 3 {
                        0 => Given::Item,
                        1 => Given::Literal,
                        2 if !changes => Given::Known,
                        _ => Given::Anything,
                    };
                    let there = (there, drawn >> 62 & 1 == 0);
                    let one_in = (ways as u64).div_ceil(each);
                    let picked = self.picked(way, plugged + held);
                    let is_taken = (drawn >> 33).is_multiple_of(one_in)
                        && there == (given, one_based)
                        && !is_endless(&block.kind, &picked);
                    if is_taken {
                        attempts.push(choice.attempt(&picked, given));
                    }
                }
            }
        }
        attempts
    }

    /// The values of the `way`th way to fill so many sockets.
    fn picked(&self, mut way: usize, sockets: usize) -> Vec<Odd<'_>> {
        let mut picked = Vec::new();
        for _ in 0..sockets {
            let number = way % self.0.len();
            picked.push(Odd { number, value: &self.0[number] });
            way /= self.0.len();
        }
        picked
    }

    /// What the attempts do here and did in Blockly's JavaScript, where that is not the same.
    fn compare(
        &self,
        blocks: &BlockSet,
        given: Given,
        one_based: bool,
        attempts: &[Attempt],
        theirs: &[Outcome],
    ) -> Vec<String> {
        let alone = |attempt: &Attempt, theirs: &Outcome| {
            let workspace = self.workspace(given, [attempt].into_iter());
            let ours = run(blocks, &workspace, one_based, u64::MAX, 0);
            let failed = ours.error.is_some();
            let same = ours.prints == theirs.prints && failed == theirs.error.is_some();
            (!same).then(|| {
                format!(
                    "{}, one-based {one_based}\n  Blockly {:?} {:?}\n  here    {:?} {:?}",
                    attempt.about, theirs.prints, theirs.error, ours.prints, ours.error,
                )
            })
        };
        let (fine, failing): (Vec<_>, Vec<_>) = attempts
            .iter()
            .zip(theirs)
            .filter(|(_, theirs)| !theirs.limit)
            .partition(|(_, theirs)| theirs.error.is_none());
        let mut differences: Vec<String> =
            failing.into_iter().filter_map(|(attempt, theirs)| alone(attempt, theirs)).collect();
        for some in fine.chunks(TOGETHER) {
            let workspace = self.workspace(given, some.iter().map(|(attempt, _)| *attempt));
            let expected = || some.iter().flat_map(|(_, theirs)| &theirs.prints);
            let same = [u64::MAX, 0].into_iter().all(|native_after| {
                let ours = run(blocks, &workspace, one_based, native_after, 0);
                ours.error.is_none() && ours.prints.iter().eq(expected())
            });
            if same {
                continue;
            }
            let before = differences.len();
            differences.extend(some.iter().filter_map(|(attempt, theirs)| alone(attempt, theirs)));
            if differences.len() == before {
                let about: Vec<&str> =
                    some.iter().map(|(attempt, _)| attempt.about.as_str()).collect();
                differences.push(format!("only together: {}", about.join("; ")));
            }
        }
        differences
    }

    /// The attempts as top stacks, under one that sets what is known.
    fn workspace<'a>(&self, given: Given, attempts: impl Iterator<Item = &'a Attempt>) -> Json {
        let known = |number: usize| Odd { number, value: &self.0[number] };
        let all = || (0..self.0.len()).map(known);
        let mut tops = Vec::new();
        if given == Given::Known {
            tops.push(chain(all().map(|odd| set(&odd.variable(), &block_of(odd.value))).collect()));
        }
        tops.extend(attempts.map(|attempt| attempt.stack.clone()));
        for (place, top) in tops.iter_mut().enumerate() {
            top["x"] = json!(0);
            top["y"] = json!(place * 100);
        }
        let names = PLUGGED.into_iter().chain([RESULT, UNSET]).map(str::to_owned);
        let variables: Vec<Json> = names
            .chain(all().map(Odd::variable))
            .map(|name| json!({"name": name, "id": name}))
            .collect();
        json!({"blocks": {"languageVersion": 0, "blocks": tops}, "variables": variables})
    }
}

/// A value of the table.
#[derive(Clone, Copy)]
struct Odd<'t> {
    number: usize,
    value: &'t Json,
}

impl Odd<'_> {
    /// The variable that holds it when it is known.
    fn variable(self) -> String {
        format!("v{}", self.number)
    }
}

/// Variables and procedures pass any value on as it is; `break` needs a loop.
fn is_tried(kind: &str) -> bool {
    !kind.starts_with("procedures_")
        && !kind.starts_with("variables_")
        && kind != "controls_flow_statements"
}

/// Whether V8 would fill its memory.
fn is_endless(kind: &str, picked: &[Odd<'_>]) -> bool {
    let endless = [json!(1e21), json!("Infinity"), json!({"number": "Infinity"})];
    kind == "lists_repeat" && endless.contains(picked[1].value)
}

/// Every combination of what the dropdowns offer; other fields hold one thing.
fn choices(fields: &[Field]) -> Vec<Map<String, Json>> {
    let mut made = vec![Map::new()];
    for field in fields {
        let options: Vec<Json> = match (&field.options, field.kind.as_str()) {
            (Some(options), _) => options.iter().map(|option| json!(option)).collect(),
            (None, "variable") => vec![json!({"id": RESULT})],
            (None, "number") => vec![json!(2)],
            (None, _) => vec![json!("abc")],
        };
        made = made
            .iter()
            .flat_map(|fields| options.iter().map(move |option| (fields.clone(), option)))
            .map(|(mut fields, option)| {
                fields.insert(field.name.clone(), option.clone());
                fields
            })
            .collect();
    }
    made
}

/// A block with its fields chosen.
struct Choice<'r> {
    block: &'r Described,
    fields: Map<String, Json>,
    sockets: Vec<Input>,
    state: Json,
}

impl Choice<'_> {
    /// With these values in its sockets; one more is what the variable of its field holds.
    fn attempt(&self, picked: &[Odd<'_>], given: Given) -> Attempt {
        let kind = self.block.kind.as_str();
        let mut about = format!("{kind} {}", json!(self.fields));
        let mut values = picked.iter();
        let mut statements = Vec::new();
        let mut inputs = Map::new();
        for socket in &self.sockets {
            let plugged = if socket.statement {
                body(kind)
            } else {
                let odd = values.next().expect("a value for each socket");
                write!(about, " {}={}", socket.name, odd.value).unwrap();
                let variable = PLUGGED[statements.len()];
                let block = block_of(odd.value);
                let held = if given == Given::Item { list(vec![block]) } else { block };
                statements.push(set(variable, &held));
                match given {
                    Given::Known => get(&odd.variable()),
                    Given::Item => first_of(variable),
                    Given::Literal if fits(socket, &held) => held,
                    Given::Literal | Given::Anything => get(variable),
                }
            };
            inputs.insert(socket.name.clone(), json!({"block": plugged}));
        }
        let held = values.next();
        if let Some(odd) = held {
            write!(about, " to {}", odd.value).unwrap();
        }
        statements.push(set(RESULT, &held.map_or_else(null, |odd| block_of(odd.value))));
        let mut made = json!({"type": kind, "fields": self.fields, "inputs": inputs});
        if !self.state.is_null() {
            made["extraState"] = self.state.clone();
        }
        let is_removal = kind == "lists_getIndex" && self.fields["MODE"] == "REMOVE";
        if is_removal {
            made["extraState"] = json!({"isStatement": true});
        }
        if self.block.output.is_some() && !is_removal {
            made = set(RESULT, &made);
        }
        statements.push(made);
        let changed =
            if self.block.statement || kind == "lists_getIndex" { PLUGGED[0] } else { RESULT };
        statements.extend([print(&get(RESULT)), print(&get(changed))]);
        let one = json!({"type": "math_number", "fields": {"NUM": 1}});
        statements.push(print(&calculated("ADD", &get(RESULT), &one)));
        statements.push(print(&calculated("DIVIDE", &one, &get(RESULT))));
        Attempt { about, stack: chain(statements) }
    }
}

/// What a block that holds statements runs: seen by what it prints.
fn body(kind: &str) -> Json {
    let mut statements = vec![print(&get(RESULT))];
    if kind == "controls_whileUntil" {
        statements.push(json!({"type": "controls_flow_statements", "fields": {"FLOW": "BREAK"}}));
    }
    chain(statements)
}

/// Whether Blockly lets this block be plugged in.
fn fits(socket: &Input, block: &Json) -> bool {
    let Some(check) = &socket.check else { return true };
    let kind = match block["type"].as_str() {
        Some("text") => "String",
        Some("logic_boolean") => "Boolean",
        Some("lists_create_with") => "Array",
        Some("logic_null" | "variables_get") => return true,
        _ => "Number",
    };
    check.iter().any(|fitting| fitting == kind)
}
