//! Fills what is open in a condition. What fills it is a value and stays one: it can't become
//! a part of the condition, whatever it holds.

use super::tree::{Hole, Operand, Pattern, Term, Tree};
use super::{Condition, ConditionError};
use crate::smart::{Place, SmartText};

/// A place of a condition that nothing fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfilled {
    /// The place's name.
    pub name: String,
}

/// Gives the value of a place, as a term that is no name.
type Values<'v> = &'v dyn Fn(&str) -> Option<Term>;

impl Condition {
    /// The places that are open, in order.
    pub fn places(&self) -> Vec<&Place> {
        let mut places = Vec::new();
        collect(&self.tree, &mut places);
        places
    }

    /// The condition with what is open filled by `value`, else by the place's fallback.
    ///
    /// # Errors
    /// [`Unfilled`] with the first place that has neither: to reach others than those who are
    /// meant would be worse than to reach nobody.
    pub fn bound(&self, value: Values<'_>) -> Result<Self, Unfilled> {
        Ok(Self { tree: filled(&self.tree, value)? })
    }
}

fn collect<'t>(tree: &'t Tree, places: &mut Vec<&'t Place>) {
    let mut of = |operand: &'t Operand| {
        if let Term::Hole(hole) = &operand.term {
            places.extend(hole.text.places());
        }
    };
    match tree {
        Tree::Or(all) | Tree::And(all) => all.iter().for_each(|one| collect(one, places)),
        Tree::Not(inner) => collect(inner, places),
        Tree::Compare(left, _, right) => [left, right].into_iter().for_each(of),
        Tree::In(what, list) => std::iter::once(what).chain(list).for_each(of),
        Tree::Between(what, low, high) => [what, low, high].into_iter().for_each(of),
        Tree::Like(what, pattern) => {
            of(what);
            places.extend(pattern.open.iter().flat_map(|open| open.places()));
        }
        Tree::IsNull(what) => of(what),
    }
}

fn filled(open: &Tree, value: Values<'_>) -> Result<Tree, Unfilled> {
    let each = |all: &[Tree]| all.iter().map(|one| filled(one, value)).collect::<Result<_, _>>();
    let of = |operand: &Operand| operand_of(operand, value);
    Ok(match open {
        Tree::Or(all) => Tree::Or(each(all)?),
        Tree::And(all) => Tree::And(each(all)?),
        Tree::Not(inner) => Tree::Not(Box::new(filled(inner, value)?)),
        Tree::Compare(left, comparison, right) => Tree::Compare(of(left)?, *comparison, of(right)?),
        Tree::In(what, list) => Tree::In(of(what)?, list.iter().map(of).collect::<Result<_, _>>()?),
        Tree::Between(what, low, high) => Tree::Between(of(what)?, of(low)?, of(high)?),
        Tree::Like(what, pattern) => Tree::Like(of(what)?, pattern_of(pattern, value)?),
        Tree::IsNull(what) => Tree::IsNull(of(what)?),
    })
}

fn operand_of(operand: &Operand, value: Values<'_>) -> Result<Operand, Unfilled> {
    let Term::Hole(hole) = &operand.term else { return Ok(operand.clone()) };
    let Hole { text, quoted } = hole.as_ref();
    let only = text.only_place().filter(|_| !quoted);
    let term = match only {
        Some(place) => match (value(&place.name), &place.fallback) {
            (Some(term), _) => term,
            (None, Some(fallback)) => literal(fallback),
            (None, None) => return Err(Unfilled { name: place.name.clone() }),
        },
        None => Term::Text(text_of(text, value, &|filled| filled)?),
    };
    Ok(Operand { at: operand.at, term })
}

/// What a fallback without quotes means: a number, true or false if it reads as one, else a text.
fn literal(fallback: &str) -> Term {
    match Condition::parse(&format!("x = {fallback}")).map(|condition| condition.tree) {
        Ok(Tree::Compare(_, _, Operand { term: term @ (Term::Number(_) | Term::Bool(_)), .. })) => {
            term
        }
        Ok(_) | Err(ConditionError { .. }) => Term::Text(fallback.to_owned()),
    }
}

fn text_of(
    text: &SmartText,
    value: Values<'_>,
    escaped: &dyn Fn(String) -> String,
) -> Result<String, Unfilled> {
    let known = |name: &str| value(name).map(|term| escaped(plain(&term)));
    if let Some(place) =
        text.places().find(|place| place.fallback.is_none() && known(&place.name).is_none())
    {
        return Err(Unfilled { name: place.name.clone() });
    }
    Ok(text.filled(known))
}

fn plain(term: &Term) -> String {
    match term {
        Term::Text(text) => text.clone(),
        Term::Number(number) => crate::number::number_text(*number),
        Term::Bool(value) => value.to_string(),
        Term::Name(_) | Term::Null | Term::Hole(_) => String::new(),
    }
}

/// `%` and `_` of a value stand for themselves; an escape character is found for them if the
/// pattern has none.
fn pattern_of(pattern: &Pattern, value: Values<'_>) -> Result<Pattern, Unfilled> {
    let Some(open) = &pattern.open else { return Ok(pattern.clone()) };
    let taken = text_of(open, value, &|filled| filled)?;
    let escape = pattern.escape.or_else(|| {
        let mut free = ('!'..='~').filter(|c| c.is_ascii_punctuation() && !"%_'".contains(*c));
        taken.contains(['%', '_']).then(|| free.find(|c| !taken.contains(*c))).flatten()
    });
    let escaped = |filled: String| {
        let Some(escape) = escape else { return filled };
        let mut text = String::with_capacity(filled.len());
        for c in filled.chars() {
            if matches!(c, '%' | '_') || c == escape {
                text.push(escape);
            }
            text.push(c);
        }
        text
    };
    Ok(Pattern { text: text_of(open, value, &escaped)?, escape, open: None })
}

#[cfg(test)]
mod tests {
    use super::Unfilled;
    use crate::condition::{Condition, Term};
    use proptest::prelude::*;

    fn bound(open: &str, value: &dyn Fn(&str) -> Option<Term>) -> Result<String, Unfilled> {
        Condition::parse_open(open).unwrap().bound(value).map(|condition| condition.to_string())
    }

    fn known(name: &str) -> Option<Term> {
        match name {
            "city" => Some(Term::Text("O'Neil' OR 1 = 1".to_owned())),
            "least" => Some(Term::Number(18.0)),
            "yes" => Some(Term::Bool(true)),
            "share" => Some(Term::Text("5%_!".to_owned())),
            _ => None,
        }
    }

    #[test]
    fn values_stay_values() {
        for (open, expected) in [
            ("city = {city}", "city = 'O''Neil'' OR 1 = 1'"),
            ("city = 'in {city}'", "city = 'in O''Neil'' OR 1 = 1'"),
            ("age >= {least} AND vip = {yes}", "age >= 18 AND vip = TRUE"),
            ("age = '{least}'", "age = '18'"),
            ("age > {most|99} OR a = {b|true}", "age > 99 OR a = TRUE"),
            ("a = {b|5 OR 1 = 1}", "a = '5 OR 1 = 1'"),
            ("a = '{b|}'", "a = ''"),
            ("a IN ({least}, 'x{city|}')", "a IN (18, 'xO''Neil'' OR 1 = 1')"),
            ("a LIKE '{share}%'", "a LIKE '5\"%\"_!%' ESCAPE '\"'"),
            ("a LIKE '{share}%' ESCAPE '!'", "a LIKE '5!%!_!!%' ESCAPE '!'"),
            ("a LIKE '{city}'", "a LIKE 'O''Neil'' OR 1 = 1'"),
            ("a = '{{city}}' AND b LIKE '{{%'", "a = '{city}' AND b LIKE '{%'"),
        ] {
            assert_eq!(bound(open, &known).as_deref(), Ok(expected), "{open}");
        }
    }

    #[test]
    fn what_nothing_fills_is_told_and_not_guessed() {
        for open in ["a = {b}", "a = 'x{b}'", "a LIKE '{b}%'", "NOT (a IN (1, {b}))"] {
            assert_eq!(bound(open, &known), Err(Unfilled { name: "b".to_owned() }), "{open}");
        }
        let places =
            Condition::parse_open("a = {x|1} OR b LIKE '{y}%' AND c BETWEEN {z} AND 'w{v}'");
        let names: Vec<_> =
            places.unwrap().places().iter().map(|place| place.name.clone()).collect();
        assert_eq!(names, ["x", "y", "z", "v"]);
    }

    #[test]
    fn errors_point_at_the_character() {
        for (open, at) in [("a = {", 4), ("a = {b", 4), ("a = 'x{b'", 6), ("a = {b!}", 6)] {
            assert_eq!(Condition::parse_open(open).expect_err(open).at, at, "{open}");
        }
        assert!(Condition::parse("a = {b}").is_err(), "values are open only where they may be");
    }

    proptest! {
        #[test]
        fn no_value_gets_out_of_its_quotes(value in "[a-z'\"%_!{}\\\\ ]{0,12}") {
            let fill = |_: &str| Some(Term::Text(value.clone()));
            for open in ["a = {v}", "a = '{v}'", "a LIKE '%{v}'", "a IN ('x', {v})"] {
                let text = bound(open, &fill).unwrap();
                let read = Condition::parse(&text).unwrap();
                prop_assert_eq!(read.to_string(), text);
                let holds = |header: &str| read.holds(&|_| Some(header));
                prop_assert!(holds(&value), "{} of {:?}", read, value);
            }
        }
    }
}
