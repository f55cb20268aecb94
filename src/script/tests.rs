//! What scripts give, and how they fail; each through the whole way from a block.

use super::{Parameters, Scripts};
use crate::block::{Bodies, Definition, Definitions};
use crate::vm::body::Kept;
use crate::vm::builtins::Call;
use crate::vm::heap::Heap;
use crate::vm::{Allowance, Body, Console, Fault, Limits, Value, coerce};
use std::sync::Arc;

struct All;

impl Bodies for All {
    fn knows(&self, _: &Definition) -> bool {
        true
    }

    fn prepare(&mut self, _: &Definition) -> Result<(), String> {
        Ok(())
    }
}

fn definitions() -> Definitions {
    crate::block::load(&[""; 0], Vec::new(), &mut All).0
}

/// Runs `source` with `a`, `b` and `c`; gives its value as text.
fn run_with(
    source: &str,
    steps: u64,
    make: impl Fn(&mut Heap) -> Vec<Value>,
) -> Result<String, Fault> {
    let definitions = definitions();
    let kind = definitions.get("script_value").unwrap();
    let script = Scripts::default().compile(source, Parameters::of(kind, Some("SCRIPT")));
    let script = script.map_err(|error| Fault::new("bad-script", error.message, ""))?;
    let mut heap = Heap::new(Arc::from([]), Limits::default().bytes);
    let args = make(&mut heap);
    let mut kept = Kept::default();
    let mut allowance = Allowance { steps, deadline: None, kept: &mut kept };
    let mut console = Console::default();
    let mut call = Call::of(&mut heap, &mut console, &args, &[]);
    let value = script.call(&mut call, &mut allowance)?;
    Ok(coerce::text(&heap, value)?.to_str(&heap).into_owned())
}

fn run(source: &str) -> Result<String, Fault> {
    run_with(source, 1_000_000, |heap| {
        let item = heap.text("tea").unwrap();
        vec![Value::Number(7.0), heap.text("hello").unwrap(), heap.list(vec![item]).unwrap()]
    })
}

#[test]
fn scripts_give_values() {
    let cases = [
        ("a + 1", "8"),
        ("a / 2", "3.5"),
        ("b.len()", "5"),
        ("`${b} ${a} times ` + a + \"!\"", "hello 7 times 7!"),
        ("c.push(a); c", "tea,7"),
        ("#{ z: 1, a: [true, ()] }", "{\"a\":[true,null],\"z\":1}"),
        ("fn double(n) { n * 2 } double(a)", "14"),
        ("let s = 0; for i in 0..a.to_int() { s += i; } s", "21"),
        ("'x'", "x"),
        ("let most = 8; [3, 9, a].filter(|n| n < most)", "3,7"),
        ("let n = 1; let add = |m| { n += m; }; add.call(a); n", "8"),
        ("let l = [1]; let f = || l.len(); l.push(l); l", "1,1"),
        ("", "null"),
    ];
    for (source, expected) in cases {
        assert_eq!(run(source).unwrap(), expected, "{source}");
    }
}

#[test]
fn what_goes_wrong_is_told_with_its_line_and_column() {
    let cases = [
        ("a +", "bad-script", "line 1, column 4"),
        ("let x = 1;\nx + y", "bad-script", "line 2, column 5: undefined variable: y"),
        ("\n  a - c", "script-error", "line 2, column 5: there is no `- (number, array)`"),
        ("throw `no ${b}`", "script-error", "line 1, column 1: no hello"),
        ("c[5]", "script-error", "line 1, column 3"),
        ("loop {}", "step-limit", "line 1"),
        ("fn f() { f() } f()", "call-limit", ""),
        ("let s = b; loop { s += s; }", "script-limit", ""),
        ("let l = []; loop { l.push(1); }", "script-limit", ""),
        ("let l = []; loop { l = [l, l]; }", "script-limit", ""),
        ("let l = []; loop { l = [l]; }", "script-limit", ""),
        ("Fn(\"f\")", "wrong-kind", "Fn"),
        ("eval(\"1\")", "bad-script", "eval"),
        ("print(1)", "bad-script", "print"),
        ("import \"fs\"", "bad-script", "import"),
        ("sleep(10)", "script-error", "sleep"),
        ("exit(10)", "script-error", "exit"),
        ("timestamp()", "script-error", "timestamp"),
    ];
    for (source, code, message) in cases {
        let fault = run(source).expect_err(source);
        assert_eq!(fault.code, code, "{source}: {fault}");
        assert!(fault.message.english().contains(message), "{source}: {fault}");
    }
}

#[test]
fn a_deep_list_of_a_script_is_refused_and_not_a_crash() {
    let source = "let l = []; for i in 0..8000 { l = [l]; } l";
    assert_eq!(run(source).unwrap_err().code, "value-nesting");
    let nested = format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(run(&nested).unwrap_err().code, "bad-script");
}

#[test]
fn no_script_sees_what_another_left() {
    assert_eq!(run("let left = 1; left").unwrap(), "1");
    assert_eq!(run("left").unwrap_err().code, "bad-script");
}
