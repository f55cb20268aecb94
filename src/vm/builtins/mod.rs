//! The functions behind blocks: one a block type, named as the type.
//!
//! A function gets its block's arguments evaluated and gives one value. Blocks
//! that decide what runs next (if, loops, logic, variables, procedures) are
//! instructions and are compiled in [`program`](crate::program).
//!
//! What a function wants from outside it asks for with [`Call::ask`] (or
//! [`Call::random`] and its like) and `?`. The first time, that stops it; it is
//! called again from its beginning once the answer is there. So: ask before
//! changing anything.

mod calendar;
mod collections;
mod json;
mod length;
mod lists;
mod logic;
mod math;
mod messaging;
mod numbers;
mod objects;
mod paths;
mod phrases;
mod places;
mod random;
mod records;
mod regex;
mod sorting;
mod text;
mod time;
mod want;
mod web;

pub(super) use places::{exact, item, set_item};
pub(super) use text::joined;

use super::coerce::{self, Shown};
use super::console::Console;
use super::effect::{Answer, Effect};
use super::fault::{Fault, Interrupt};
use super::heap::Heap;
use super::value::{ListRef, Value};
use crate::diag::say;
use std::borrow::Cow;

/// A built-in function.
pub type Builtin = fn(&mut Call<'_>) -> Result<Value, Interrupt>;

/// Every built-in function by its name, in order of the names.
pub fn table() -> &'static [(&'static str, Builtin)] {
    static TABLE: std::sync::LazyLock<Vec<(&'static str, Builtin)>> =
        std::sync::LazyLock::new(|| {
            let mut table = [
                logic::FUNCTIONS,
                math::FUNCTIONS,
                numbers::FUNCTIONS,
                text::FUNCTIONS,
                phrases::FUNCTIONS,
                regex::FUNCTIONS,
                json::FUNCTIONS,
                lists::FUNCTIONS,
                collections::FUNCTIONS,
                records::FUNCTIONS,
                objects::FUNCTIONS,
                paths::FUNCTIONS,
                time::FUNCTIONS,
                calendar::FUNCTIONS,
                messaging::FUNCTIONS,
                web::FUNCTIONS,
            ]
            .concat();
            table.sort_unstable_by_key(|(name, _)| *name);
            table
        });
    &TABLE
}

/// The function with this name.
pub fn find(name: &str) -> Option<Builtin> {
    let at = table().binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(table()[at].1)
}

/// One call of a built-in function: what it is given.
pub struct Call<'a> {
    /// Where texts, lists and objects live.
    pub heap: &'a mut Heap,
    /// What it can hear and say.
    pub console: &'a mut Console,
    /// The values of the block's inputs, in the order of its definition. An empty
    /// socket has its default, or [`Value::Undefined`] when the definition gives none.
    pub args: &'a [Value],
    /// The texts of the block's fields (dropdowns, text and number fields,
    /// checkboxes as `TRUE` or `FALSE`), in the order of its definition.
    pub fields: &'a [Box<str>],
    /// Whether the flow counts items from 1 (`oneBasedIndex`), else from 0.
    pub one_based: bool,
    /// Answers to what this call asked for so far.
    pub(super) answers: &'a [Answer],
    /// How many of them were read again.
    pub(super) read: usize,
}

impl<'a> Call<'a> {
    /// A call outside of a run: for trying a body.
    pub fn of(
        heap: &'a mut Heap,
        console: &'a mut Console,
        args: &'a [Value],
        fields: &'a [Box<str>],
    ) -> Self {
        Self { heap, console, args, fields, one_based: true, answers: &[], read: 0 }
    }

    /// The argument `index`; undefined when there are fewer.
    pub fn arg(&self, index: usize) -> Value {
        self.args.get(index).copied().unwrap_or(Value::Undefined)
    }

    /// The text of field `index`; empty when there are fewer.
    pub fn field(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |field| field)
    }

    /// `Number(argument)`.
    pub fn number(&self, index: usize) -> Result<f64, Fault> {
        coerce::number(self.heap, self.arg(index))
    }

    /// `String(argument)`, without putting it in the heap.
    pub fn shown(&self, index: usize) -> Result<Shown, Fault> {
        coerce::text(self.heap, self.arg(index))
    }

    /// `String(argument)` as Rust's text; a lone surrogate becomes U+FFFD.
    pub fn string(&self, index: usize) -> Result<String, Fault> {
        match self.arg(index) {
            Value::Text(text) => Ok(self.heap.str(text).into_owned()),
            other => Ok(coerce::text(self.heap, other)?.to_str(self.heap).into_owned()),
        }
    }

    /// The argument if it is a text, as Rust's.
    pub fn text_if_any(&self, index: usize) -> Option<Cow<'_, str>> {
        match self.arg(index) {
            Value::Text(text) => Some(self.heap.str(text)),
            Value::Undefined
            | Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Date(_)
            | Value::List(_)
            | Value::Object(_)
            | Value::Hole => None,
        }
    }

    /// The argument as a list.
    ///
    /// # Errors
    /// It is something else: where JavaScript has a `TypeError`, or quietly does nonsense.
    pub fn list(&self, index: usize, socket: &str) -> Result<ListRef, Fault> {
        match self.arg(index) {
            Value::List(list) => Ok(list),
            other => Err(wants_list(socket, other)),
        }
    }

    /// Asks the outside; the answer comes when the function is called again.
    ///
    /// `effect` is not called then, so it is the place to put together what is asked for.
    pub fn ask(
        &mut self,
        effect: impl FnOnce(&Self) -> Result<Effect, Interrupt>,
    ) -> Result<&'a Answer, Interrupt> {
        if let Some(answer) = self.answers.get(self.read) {
            self.read += 1;
            return match answer {
                Answer::Refused { code, message } => {
                    Err(Fault::new("refused", say!("{message} ({code})", message, code), "").into())
                }
                answer => Ok(answer),
            };
        }
        Err(Interrupt::Need(effect(self)?))
    }

    /// A number drawn evenly from 0 (included) to 1 (not).
    pub fn random(&mut self) -> Result<f64, Interrupt> {
        match self.ask(|_| Ok(Effect::Random))? {
            Answer::Number(number) => Ok(*number),
            other => Err(unexpected(other).into()),
        }
    }

    /// The time now in milliseconds since 1970 UTC.
    pub fn now(&mut self) -> Result<f64, Interrupt> {
        match self.ask(|_| Ok(Effect::Now))? {
            Answer::Number(number) => Ok(*number),
            other => Err(unexpected(other).into()),
        }
    }
}

/// Something else in a socket for lists.
fn wants_list(socket: &str, got: Value) -> Fault {
    Fault::kind(
        say!("`{socket}` wants a list and got {kind}", socket, kind = got.kind()),
        say!("put a list into `{socket}`", socket),
    )
}

/// The world answered with the wrong kind: a journal that was edited by hand.
fn unexpected(answer: &Answer) -> Fault {
    Fault::new(
        "wrong-answer",
        say!(
            "the outside gave an answer of the wrong kind: {answer}",
            answer = format!("{answer:?}")
        ),
        say!("record the case again"),
    )
}
