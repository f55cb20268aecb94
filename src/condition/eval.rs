//! Whether a condition holds for headers: true, false, or unknown (`None`).

use super::comparison::Comparison;
use super::tree::{Operand, Term, Tree};
use std::cmp::Ordering;

/// Gives the text of a header.
type Headers<'f, 'h> = &'f dyn Fn(&str) -> Option<&'h str>;

/// What stands on one side. A header is a text that may be meant as something else.
enum Side<'s> {
    Header(&'s str),
    Text(&'s str),
    Number(f64),
    Bool(bool),
    Null,
}

pub(super) fn truth(tree: &Tree, headers: Headers<'_, '_>) -> Option<bool> {
    match tree {
        Tree::Or(all) => any(all.iter().map(|one| truth(one, headers))),
        Tree::And(all) => not(any(all.iter().map(|one| not(truth(one, headers))))),
        Tree::Not(inner) => not(truth(inner, headers)),
        Tree::Compare(left, comparison, right) => compare(left, *comparison, right, headers),
        Tree::In(what, list) => {
            any(list.iter().map(|item| compare(what, Comparison::Equal, item, headers)))
        }
        Tree::Between(what, low, high) => {
            let above = compare(what, Comparison::GreaterOrEqual, low, headers);
            let below = compare(what, Comparison::LessOrEqual, high, headers);
            not(any([not(above), not(below)].into_iter()))
        }
        Tree::Like(what, pattern) => match side(what, headers) {
            Side::Header(text) | Side::Text(text) => Some(pattern.matches(text)),
            Side::Number(number) => Some(pattern.matches(&crate::number::number_text(number))),
            Side::Bool(value) => Some(pattern.matches(if value { "true" } else { "false" })),
            Side::Null => None,
        },
        Tree::IsNull(what) => Some(matches!(side(what, headers), Side::Null)),
    }
}

fn not(truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| !truth)
}

/// True when one is, else unknown when one is, else false.
fn any(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}

fn side<'s, 'h: 's>(operand: &'s Operand, headers: Headers<'_, 'h>) -> Side<'s> {
    match &operand.term {
        Term::Name(name) => headers(name.full()).map_or(Side::Null, Side::Header),
        Term::Text(text) => Side::Text(text),
        Term::Number(number) => Side::Number(*number),
        Term::Bool(value) => Side::Bool(*value),
        Term::Null | Term::Hole(_) => Side::Null,
    }
}

fn compare(
    left: &Operand,
    comparison: Comparison,
    right: &Operand,
    headers: Headers<'_, '_>,
) -> Option<bool> {
    let order = match (side(left, headers), side(right, headers)) {
        (Side::Null, _) | (_, Side::Null) => return None,
        (Side::Number(left), Side::Number(right)) => left.partial_cmp(&right),
        (Side::Header(left), Side::Header(right)) => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.partial_cmp(&right),
            _ => Some(left.cmp(right)),
        },
        (Side::Number(left), Side::Header(right) | Side::Text(right)) => {
            number(right).and_then(|right| left.partial_cmp(&right))
        }
        (Side::Header(left) | Side::Text(left), Side::Number(right)) => {
            number(left).and_then(|left| left.partial_cmp(&right))
        }
        (Side::Header(left) | Side::Text(left), Side::Header(right) | Side::Text(right)) => {
            Some(left.cmp(right))
        }
        (Side::Bool(left), Side::Bool(right)) => Some(left.cmp(&right)),
        (Side::Bool(left), Side::Header(right) | Side::Text(right)) => {
            boolean(right).map(|right| left.cmp(&right))
        }
        (Side::Header(left) | Side::Text(left), Side::Bool(right)) => {
            boolean(left).map(|left| left.cmp(&right))
        }
        (Side::Bool(_), Side::Number(_)) | (Side::Number(_), Side::Bool(_)) => None,
    };
    match (order, comparison) {
        (Some(order), Comparison::Equal) => Some(order == Ordering::Equal),
        (Some(order), Comparison::Unequal) => Some(order != Ordering::Equal),
        (Some(order), Comparison::Less) => Some(order == Ordering::Less),
        (Some(order), Comparison::LessOrEqual) => Some(order != Ordering::Greater),
        (Some(order), Comparison::Greater) => Some(order == Ordering::Greater),
        (Some(order), Comparison::GreaterOrEqual) => Some(order != Ordering::Less),
        // Of different kinds: not equal, and neither below nor above one another.
        (None, Comparison::Equal) => Some(false),
        (None, Comparison::Unequal) => Some(true),
        (None, _) => None,
    }
}

/// A header as a number, if it is one as people write them.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

fn boolean(text: &str) -> Option<bool> {
    text.trim().to_ascii_lowercase().parse().ok()
}
