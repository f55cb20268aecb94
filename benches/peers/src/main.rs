//! Runs a program that Blockly generated, again and again, in QuickJS or in Lua.
//!
//! `peers quickjs|lua FILE SECONDS ANSWERS` prints one JSON object: `first_ns`, `warm_ns`
//! (median of the later half of the repeats), `runs` and `prints` of the first run.
//! `ANSWERS` is a JSON object: what `prompt` gives, by the prompt's text.
//!
//! The script repeats itself, as the one for V8 does, so what is timed is the engine and
//! not the way into it. Times come from [`Instant`].

use serde_json::{Map, Value as Json};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let [_, engine, file, seconds, answers] = args.as_slice() else {
        eprintln!("usage: peers quickjs|lua FILE SECONDS ANSWERS");
        std::process::exit(2);
    };
    let code = std::fs::read_to_string(file).expect("the program's file");
    let seconds: f64 = seconds.parse().expect("seconds");
    let answers: Map<String, Json> = serde_json::from_str(answers).expect("answers as JSON");
    let timing = match engine.as_str() {
        "quickjs" => quickjs(&code, seconds, answers),
        "lua" => lua(&code, seconds, answers),
        other => panic!("no engine `{other}`"),
    };
    println!("{timing}");
}

/// Nanoseconds since the process began; a double holds them exactly for a hundred days.
fn stopwatch() -> impl Fn() -> f64 + 'static {
    let start = Instant::now();
    move || start.elapsed().as_nanos() as f64
}

fn told(first: f64, warm: f64, runs: f64, prints: &[String]) -> Json {
    serde_json::json!({ "first_ns": first, "warm_ns": warm, "runs": runs, "prints": prints })
}

/// What both drivers do: one run, then groups of runs of at least 100 µs until the time is
/// over, then the median of the later half.
const JS_DRIVER: &str = include_str!("../driver.js");
const LUA_DRIVER: &str = include_str!("../driver.lua");

fn quickjs(code: &str, seconds: f64, answers: Map<String, Json>) -> Json {
    use rquickjs::{Context, Ctx, Function, Object, Runtime};
    let runtime = Runtime::new().expect("a runtime");
    runtime.set_max_stack_size(64 << 20);
    let context = Context::full(&runtime).expect("a context");
    context.with(|ctx: Ctx<'_>| {
        let now = Function::new(ctx.clone(), stopwatch()).expect("a function");
        ctx.globals().set("now", now).expect("a global");
        ctx.globals().set("answers", Json::Object(answers).to_string()).expect("a global");
        ctx.globals().set("seconds", seconds).expect("a global");
        ctx.globals().set("code", code).expect("a global");
        let timing: Object<'_> = match ctx.eval(JS_DRIVER) {
            Ok(timing) => timing,
            Err(error) => panic!("{error}: {:?}", ctx.catch()),
        };
        told(
            timing.get("first").expect("first"),
            timing.get("warm").expect("warm"),
            timing.get("runs").expect("runs"),
            &timing.get::<_, Vec<String>>("prints").expect("prints"),
        )
    })
}

fn lua(code: &str, seconds: f64, answers: Map<String, Json>) -> Json {
    use mlua::{Lua, Table};
    // As `lua5.4` has it: all libraries.
    let lua = unsafe { Lua::unsafe_new() };
    let globals = lua.globals();
    let clock = stopwatch();
    globals.set("now", lua.create_function(move |_, ()| Ok(clock())).unwrap()).unwrap();
    let table = lua.create_table().unwrap();
    for (prompt, answer) in answers {
        let answer = answer.as_str().map_or_else(|| answer.to_string(), str::to_owned);
        table.set(prompt, answer).unwrap();
    }
    globals.set("answers", table).unwrap();
    globals.set("seconds", seconds).unwrap();
    globals.set("code", code).unwrap();
    let timing: Table = lua.load(LUA_DRIVER).eval().unwrap_or_else(|error| panic!("{error}"));
    let prints = Rc::new(RefCell::new(Vec::new()));
    for line in timing.get::<Table>("prints").unwrap().sequence_values::<String>() {
        prints.borrow_mut().push(line.unwrap());
    }
    let prints = prints.borrow();
    told(
        timing.get("first").unwrap(),
        timing.get("warm").unwrap(),
        timing.get("runs").unwrap(),
        &prints,
    )
}
