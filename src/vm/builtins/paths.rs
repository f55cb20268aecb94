//! `objects_get_path`: something deep inside of objects and lists, by a path such as
//! `order.items[0].name`.

use super::{Builtin, Call};
use crate::diag::{Sentence, say};
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::Heap;
use crate::vm::value::Value;

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[("objects_get_path", objects_get_path)];

/// One step of a path.
#[derive(Debug, PartialEq)]
enum Part {
    /// An entry's name.
    Name(String),
    /// An item's place, counted from 0, or from the end with a minus.
    Place(i64),
}

/// OBJECT, PATH, DEFAULT.
fn objects_get_path(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let path = super::want::plain_string(call, 1, "PATH")?;
    let mut value = call.arg(0);
    for part in parts(&path)? {
        value = inside(call.heap, value, &part);
    }
    Ok(match value.filled() {
        Value::Undefined | Value::Null => match call.arg(2) {
            Value::Undefined => Value::Null,
            otherwise => otherwise,
        },
        found => found,
    })
}

/// What is in `value` at `part`; undefined where nothing is.
fn inside(heap: &Heap, value: Value, part: &Part) -> Value {
    let found = match (value, part) {
        (Value::Object(object), Part::Name(name)) => {
            heap.entries(object).get(name.as_str()).copied()
        }
        (Value::Object(object), Part::Place(place)) => {
            heap.entries(object).get(place.to_string().as_str()).copied()
        }
        (Value::List(list), part) => {
            let items = heap.items(list);
            let place = match part {
                Part::Place(place) => Some(*place),
                Part::Name(name) => name.parse().ok(),
            };
            let at = place.and_then(|place| {
                let size = usize::try_from(place.unsigned_abs()).ok()?;
                if place < 0 { items.len().checked_sub(size) } else { Some(size) }
            });
            at.and_then(|at| items.get(at)).copied()
        }
        _ => None,
    };
    found.unwrap_or(Value::Undefined)
}

/// Names with dots between, places in brackets; a name in brackets and quotes may have
/// anything in it.
fn parts(path: &str) -> Result<Vec<Part>, Fault> {
    let wrong = |rest: &str, what: Sentence| {
        let at = path.chars().count() - rest.chars().count() + 1;
        Fault::new(
            "bad-path",
            say!("the path `{path}` is wrong at character {at}: {what}", path, at, what),
            say!("write it as order.items[0].name, and unusual names as [\"first name\"]"),
        )
    };
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''));
            if let Some(quote) = quote {
                let name = &inner[1..];
                let Some(end) = name.find(quote) else {
                    return Err(wrong(inner, say!("the quote is not closed")));
                };
                let Some(behind) = name[end + 1..].strip_prefix(']') else {
                    return Err(wrong(&name[end + 1..], say!("here goes a `]`")));
                };
                parts.push(Part::Name(name[..end].to_owned()));
                rest = behind;
            } else {
                let Some(end) = inner.find(']') else {
                    return Err(wrong(rest, say!("the bracket is not closed")));
                };
                let Ok(place) = inner[..end].trim().parse() else {
                    return Err(wrong(
                        inner,
                        say!("here goes a whole number, or a name in quotes"),
                    ));
                };
                parts.push(Part::Place(place));
                rest = &inner[end + 1..];
            }
        } else {
            let name = if parts.is_empty() {
                rest
            } else {
                rest.strip_prefix('.')
                    .ok_or_else(|| wrong(rest, say!("here goes a `.` or a `[`")))?
            };
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return Err(wrong(name, say!("here goes a name")));
            }
            parts.push(Part::Name(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_and_places() {
        let name = |name: &str| Part::Name(name.to_owned());
        assert_eq!(
            parts("a.b[0][-1].c[\"d.e\"]").unwrap(),
            [name("a"), name("b"), Part::Place(0), Part::Place(-1), name("c"), name("d.e")]
        );
        assert_eq!(parts("[2].ä").unwrap(), [Part::Place(2), name("ä")]);
        assert_eq!(parts("").unwrap(), []);
        for (path, at) in [
            (".a", 1),
            ("a..b", 3),
            ("ä.", 3),
            ("a[", 2),
            ("a[x]", 3),
            ("a['x", 3),
            ("a['x'", 6),
            ("a[1]b", 5),
            ("a[99999999999999999999]", 3),
        ] {
            let fault = parts(path).unwrap_err();
            assert!(fault.message.english().contains(&format!("at character {at}:")), "{fault}");
        }
    }
}
