//! The functions of the pattern blocks. Matching takes time in proportion to the text,
//! whatever the pattern.

use super::want::plain_string;
use super::{Builtin, Call};
use crate::diag::{Sentence, say};
use crate::limits;
use crate::vm::fault::{Fault, Interrupt};
use crate::vm::heap::{CELL_BYTES, Entries};
use crate::vm::value::Value;
use regex::{Captures, Regex, RegexBuilder};
use std::sync::{Arc, Mutex, PoisonError};

pub(super) const FUNCTIONS: &[(&str, Builtin)] = &[
    ("text_regex_test", text_regex_test),
    ("text_regex_find", text_regex_find),
    ("text_regex_replace", text_regex_replace),
];

/// A pattern with its case, and what it was compiled to.
type Kept = (Box<str>, bool, Arc<Regex>);

/// Patterns compiled lately, the last one used at the end.
static KEPT: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// The pattern in socket `index`, compiled or found among those kept.
fn pattern(call: &Call<'_>, index: usize, case_field: usize) -> Result<Arc<Regex>, Fault> {
    let pattern = plain_string(call, index, "PATTERN")?;
    let ignores_case = call.field(case_field) == "IGNORE";
    if pattern.len() > limits::REGEX_PATTERN_BYTES_MAX {
        return Err(too_large(say!(
            "the pattern has {len} bytes; at most {most} are read",
            len = pattern.len(),
            most = limits::REGEX_PATTERN_BYTES_MAX
        )));
    }
    // A panic elsewhere leaves the list as it was: nothing is half done in it.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let known = kept.iter().rposition(|(text, case, _)| **text == pattern && *case == ignores_case);
    if let Some(at) = known {
        let entry = kept.remove(at);
        let regex = Arc::clone(&entry.2);
        kept.push(entry);
        return Ok(regex);
    }
    drop(kept);
    let regex = Arc::new(compile(&pattern, ignores_case)?);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= limits::REGEX_KEPT {
        kept.remove(0);
    }
    kept.push((pattern.into(), ignores_case, Arc::clone(&regex)));
    Ok(regex)
}

fn compile(pattern: &str, ignores_case: bool) -> Result<Regex, Fault> {
    let built = RegexBuilder::new(pattern)
        .case_insensitive(ignores_case)
        .size_limit(limits::REGEX_BYTES_MAX)
        .dfa_size_limit(limits::REGEX_CACHE_BYTES)
        .build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => too_large(say!(
            "the pattern `{pattern}` takes more than {limit} bytes when made ready to search",
            pattern = short(pattern),
            limit
        )),
        error => bad_pattern(pattern, &error),
    })
}

fn too_large(message: Sentence) -> Fault {
    Fault::new(
        "pattern-too-large",
        message,
        say!("repeat less: `\\w{1000}` stands for a thousand parts"),
    )
}

/// The beginning of a long pattern.
fn short(pattern: &str) -> String {
    let cut = pattern.char_indices().nth(200).map(|(at, _)| at);
    cut.map_or_else(|| pattern.to_owned(), |at| format!("{}…", &pattern[..at]))
}

/// Says at which character a pattern is wrong, counted from 1.
fn bad_pattern(pattern: &str, error: &regex::Error) -> Fault {
    use regex_syntax::ast::ErrorKind;
    let (what, at, hint) = match regex_syntax::parse(pattern) {
        Err(regex_syntax::Error::Parse(error)) => {
            let hint = match error.kind() {
                ErrorKind::UnsupportedLookAround => {
                    say!(
                        "looking ahead and behind can't be done in one pass; find more, and pick from it"
                    )
                }
                ErrorKind::UnsupportedBackreference => {
                    say!("`\\1` can't be done in one pass; find the groups, and compare them")
                }
                _ => say!("to mean such a character itself write `\\` before it, as in `\\(`"),
            };
            (error.kind().to_string(), error.span().start.offset, hint)
        }
        Err(regex_syntax::Error::Translate(error)) => (
            error.kind().to_string(),
            error.span().start.offset,
            say!("to mean such a character itself write `\\` before it, as in `\\(`"),
        ),
        _ => (error.to_string(), 0, say!("write it otherwise")),
    };
    let at = pattern.get(..at).map_or(0, |before| before.chars().count()) + 1;
    Fault::new(
        "bad-pattern",
        say!(
            "the pattern `{pattern}` is wrong at character {at}: {what}",
            pattern = short(pattern),
            at,
            what
        ),
        hint,
    )
}

/// The text that is searched.
fn searched(call: &Call<'_>) -> Result<String, Fault> {
    let text = plain_string(call, 0, "TEXT")?;
    if text.len() > limits::REGEX_TEXT_BYTES_MAX {
        return Err(Fault::new(
            "text-too-long",
            say!(
                "the text has {len} bytes; at most {most} are searched with a pattern",
                len = text.len(),
                most = limits::REGEX_TEXT_BYTES_MAX
            ),
            say!("cut it into parts first"),
        ));
    }
    call.heap.spend(text.len() * 4)?;
    Ok(text)
}

/// TEXT, PATTERN; CASE.
fn text_regex_test(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = searched(call)?;
    Ok(Value::Bool(pattern(call, 1, 0)?.is_match(&text)))
}

/// TEXT, PATTERN; WHAT, CASE.
fn text_regex_find(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = searched(call)?;
    let regex = pattern(call, 1, 1)?;
    match call.field(0) {
        "FIRST" => match regex.find(&text) {
            Some(found) => Ok(call.heap.text(found.as_str())?),
            None => Ok(Value::Null),
        },
        "GROUPS" => {
            let mut items = Vec::new();
            for group in regex.captures(&text).iter().flat_map(|found| found.iter().skip(1)) {
                items.push(match group {
                    Some(group) => call.heap.text(group.as_str())?,
                    None => Value::Null,
                });
            }
            Ok(call.heap.list(items)?)
        }
        "NAMED" => {
            let mut entries = Entries::new();
            if let Some(found) = regex.captures(&text) {
                for name in regex.capture_names().flatten() {
                    let value = match found.name(name) {
                        Some(group) => call.heap.text(group.as_str())?,
                        None => Value::Null,
                    };
                    entries.insert(name.into(), value);
                }
            }
            Ok(call.heap.object(entries)?)
        }
        _ => {
            let mut items = Vec::new();
            for found in regex.find_iter(&text) {
                call.heap.check_room((items.len() + 1) * (CELL_BYTES + size_of::<Value>()))?;
                items.push(call.heap.text(found.as_str())?);
            }
            Ok(call.heap.list(items)?)
        }
    }
}

/// TEXT, PATTERN, TO; WHICH, CASE.
fn text_regex_replace(call: &mut Call<'_>) -> Result<Value, Interrupt> {
    let text = searched(call)?;
    let regex = pattern(call, 1, 1)?;
    let to = plain_string(call, 2, "TO")?;
    let most = if call.field(0) == "FIRST" { 1 } else { usize::MAX };
    let mut replaced = String::new();
    let mut from = 0;
    for found in regex.captures_iter(&text).take(most) {
        let Some(whole) = found.get(0) else { continue };
        replaced.push_str(&text[from..whole.start()]);
        expand(call, &mut replaced, &to, &text, &found)?;
        from = whole.end();
    }
    replaced.push_str(&text[from..]);
    call.heap.check_room(replaced.len())?;
    Ok(call.heap.text(&replaced)?)
}

/// Appends a replacement. Source: ECMAScript, `GetSubstitution`.
fn expand(
    call: &Call<'_>,
    into: &mut String,
    to: &str,
    text: &str,
    found: &Captures<'_>,
) -> Result<(), Fault> {
    let (start, end) = found.get(0).map_or((0, 0), |whole| (whole.start(), whole.end()));
    let group = |number: usize| found.get(number).map_or("", |group| group.as_str());
    let digit = |text: &str, at: usize| {
        text.as_bytes().get(at).filter(|b| b.is_ascii_digit()).map(|b| usize::from(b - b'0'))
    };
    let mut rest = to;
    while let Some(at) = rest.find('$') {
        into.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (value, taken) = match rest.as_bytes().first() {
            Some(b'$') => ("$", 1),
            Some(b'&') => (&text[start..end], 1),
            Some(b'`') => (&text[..start], 1),
            Some(b'\'') => (&text[end..], 1),
            Some(b'0'..=b'9') => {
                let one = digit(rest, 0).unwrap_or(0);
                let two = digit(rest, 1).map_or(0, |second| one * 10 + second);
                match (1..found.len()).contains(&two) {
                    true => (group(two), 2),
                    false if (1..found.len()).contains(&one) => (group(one), 1),
                    false => ("$", 0),
                }
            }
            Some(b'<') => match rest.find('>') {
                Some(close) => {
                    (found.name(&rest[1..close]).map_or("", |group| group.as_str()), close + 1)
                }
                None => ("$", 0),
            },
            _ => ("$", 0),
        };
        call.heap.check_room(into.len() + value.len() + rest.len())?;
        into.push_str(value);
        rest = &rest[taken..];
    }
    call.heap.check_room(into.len() + rest.len())?;
    into.push_str(rest);
    Ok(())
}
