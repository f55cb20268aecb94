//! Segments: a condition over devices becomes a condition of SQL, its values parameters.
//!
//! Names are those of the wire: `deviceId`, `os`, `osVersion`, `created`, `expiration`; `tags`
//! and `channels`, which hold for any one of them; `properties.NAME`; `user.NAME`, also
//! written `Users.NAME`.

use super::error::StoreError;
use crate::clock::Timestamp;
use crate::condition::{Comparison, Condition, ConditionError, Name, Operand, Pattern, Term, Tree};
use crate::model::Os;
use rusqlite::types::Value;

/// A part of a statement and the values of its question marks, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sql {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// A segment of devices, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    condition: Condition,
}

/// Where a segment is asked: what stands for the application and the device's number.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) app: &'s str,
    pub(super) device: &'static str,
}

/// What a name means.
enum Meaning {
    /// A text.
    Text(&'static str),
    Os,
    /// Milliseconds.
    Time(&'static str),
    /// Any one of the device's tags or channels.
    Member(Set),
    /// A value in a JSON object, at a path.
    Json(&'static str, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Tag,
    Channel,
}

/// What is wrong, and at which character.
type Compiled<T> = Result<T, (usize, String)>;

impl Segment {
    /// Reads and checks a segment query.
    ///
    /// # Errors
    /// [`ConditionError`]: also for a name or a value that makes no sense for a device.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let condition = checked(text, Condition::parse(text)?)?;
        Ok(Self { condition })
    }

    /// Checks a segment query whose values may be open. Gives it as a condition to be filled;
    /// what that gives is a query for [`Segment::parse`].
    ///
    /// # Errors
    /// [`ConditionError`], as [`Segment::parse`].
    pub fn parse_open(text: &str) -> Result<Condition, ConditionError> {
        let condition = Condition::parse_open(text)?;
        checked(text, condition)
    }

    /// The query's condition; `skip` leaves out the tag that [`Self::leading_tag`] gave.
    pub(super) fn sql(&self, scope: Scope<'_>, skip: Option<&str>) -> Result<Sql, StoreError> {
        let tree = self.condition.tree();
        let compiled = match (tree, skip) {
            (tree, Some(tag)) if required_tag(tree) == Some(tag) => Ok(plain("1")),
            (Tree::And(all), Some(tag)) => {
                let leading = all.iter().position(|one| required_tag(one) == Some(tag));
                let rest = all.iter().enumerate().filter(|(index, _)| Some(*index) != leading);
                rest.map(|(_, one)| compile(one, scope))
                    .collect::<Compiled<Vec<_>>>()
                    .map(|all| joined(all, "AND"))
            }
            (tree, _) => compile(tree, scope),
        };
        // It was checked when it was made.
        compiled.map_err(|(_, message)| StoreError::Segment(message))
    }

    /// A tag that every device of the segment has: the audience is then found by it.
    pub(super) fn leading_tag(&self) -> Option<&str> {
        match self.condition.tree() {
            Tree::And(all) => all.iter().find_map(required_tag),
            tree => required_tag(tree),
        }
    }

    /// Whether it asks something that only the device's own row tells.
    pub(super) fn needs_device(&self) -> bool {
        needs_device(self.condition.tree())
    }
}

/// Refuses what makes no sense for a device.
fn checked(text: &str, condition: Condition) -> Result<Condition, ConditionError> {
    let scope = Scope { app: "", device: "device.id" };
    match compile(condition.tree(), scope) {
        Ok(_) => Ok(condition),
        Err((at, message)) => Err(ConditionError::new(text, at, message)),
    }
}

fn required_tag(tree: &Tree) -> Option<&str> {
    match tree {
        Tree::Compare(
            Operand { term: Term::Name(name), .. },
            Comparison::Equal,
            Operand { term: Term::Text(tag), .. },
        ) if matches!(meaning(name), Some(Meaning::Member(Set::Tag))) => Some(tag),
        _ => None,
    }
}

fn needs_device(tree: &Tree) -> bool {
    let of = |operand: &Operand| match &operand.term {
        Term::Name(name) => !matches!(meaning(name), Some(Meaning::Member(_))),
        _ => false,
    };
    match tree {
        Tree::Or(all) | Tree::And(all) => all.iter().any(needs_device),
        Tree::Not(inner) => needs_device(inner),
        Tree::Compare(left, _, right) => of(left) || of(right),
        Tree::In(what, list) => of(what) || list.iter().any(of),
        Tree::Between(what, low, high) => of(what) || of(low) || of(high),
        Tree::Like(what, _) | Tree::IsNull(what) => of(what),
    }
}

fn meaning(name: &Name) -> Option<Meaning> {
    let parts = name.parts();
    let first = parts.first()?.to_ascii_lowercase();
    match (first.as_str(), parts.get(1..)?) {
        ("deviceid", []) => Some(Meaning::Text("device.device_id")),
        ("osversion", []) => Some(Meaning::Text("device.os_version")),
        ("os", []) => Some(Meaning::Os),
        ("created", []) => Some(Meaning::Time("device.created_at")),
        ("expiration", []) => Some(Meaning::Time("device.expires_at")),
        ("tags", []) => Some(Meaning::Member(Set::Tag)),
        ("channels" | "channelname", []) => Some(Meaning::Member(Set::Channel)),
        ("properties", rest) if !rest.is_empty() => {
            Some(Meaning::Json("device.properties", json_path(&rest.join("."))?))
        }
        ("user" | "users", [id]) if matches!(id.as_str(), "id" | "objectId") => {
            Some(Meaning::Text("device.user_id"))
        }
        ("user" | "users", rest) if !rest.is_empty() => {
            Some(Meaning::Json("device.user_properties", json_path(&rest.join("."))?))
        }
        _ => None,
    }
}

/// Names of properties have no quotes (see `publish/registry.rs`).
fn json_path(name: &str) -> Option<String> {
    (!name.contains(['"', '\\'])).then(|| format!("$.\"{name}\""))
}

fn known(operand: &Operand, name: &Name) -> Compiled<Meaning> {
    meaning(name).ok_or_else(|| {
        let expected = "expected deviceId, os, osVersion, created, expiration, tags, channels, \
                        properties.NAME or user.NAME";
        (operand.at, format!("a device has no `{}`; {expected}", name.full()))
    })
}

fn plain(text: &str) -> Sql {
    Sql { text: text.to_owned(), values: Vec::new() }
}

/// Joined by halves: SQLite bounds how deep an expression is.
fn joined(mut parts: Vec<Sql>, word: &str) -> Sql {
    match parts.len() {
        0 => plain("1"),
        1 => parts.swap_remove(0),
        count => {
            let right = joined(parts.split_off(count / 2), word);
            let mut left = joined(parts, word);
            left.text = format!("({} {word} {})", left.text, right.text);
            left.values.extend(right.values);
            left
        }
    }
}

fn compile(tree: &Tree, scope: Scope<'_>) -> Compiled<Sql> {
    let each =
        |all: &[Tree]| all.iter().map(|one| compile(one, scope)).collect::<Compiled<Vec<_>>>();
    match tree {
        Tree::Or(all) => Ok(joined(each(all)?, "OR")),
        Tree::And(all) => Ok(joined(each(all)?, "AND")),
        Tree::Not(inner) => {
            let inner = compile(inner, scope)?;
            Ok(Sql { text: format!("(NOT {})", inner.text), values: inner.values })
        }
        Tree::Compare(left, comparison, right) => compare(left, *comparison, right, scope),
        Tree::In(what, list) => {
            let tests = list.iter().map(|item| compare(what, Comparison::Equal, item, scope));
            Ok(joined(tests.collect::<Compiled<_>>()?, "OR"))
        }
        Tree::Between(what, low, high) => {
            let above = compare(what, Comparison::GreaterOrEqual, low, scope)?;
            Ok(joined(vec![above, compare(what, Comparison::LessOrEqual, high, scope)?], "AND"))
        }
        Tree::Like(what, pattern) => like(what, pattern, scope),
        Tree::IsNull(what) => is_null(what, scope),
    }
}

fn is_null(what: &Operand, scope: Scope<'_>) -> Compiled<Sql> {
    let Term::Name(name) = &what.term else {
        return Ok(plain(if what.term == Term::Null { "1" } else { "0" }));
    };
    Ok(match known(what, name)? {
        Meaning::Text(column) | Meaning::Time(column) => plain(&format!("({column} IS NULL)")),
        Meaning::Os => plain("0"),
        Meaning::Member(set) => {
            let table = set.table();
            plain(&format!("(NOT EXISTS (SELECT 1 FROM {table} WHERE device = {}))", scope.device))
        }
        Meaning::Json(object, path) => {
            let text = format!("(json_extract({object}, ?) IS NULL)");
            Sql { text, values: vec![path.into()] }
        }
    })
}

fn like(what: &Operand, pattern: &Pattern, scope: Scope<'_>) -> Compiled<Sql> {
    let glob = Value::from(pattern.glob());
    let Term::Name(name) = &what.term else {
        let (text, mut values) = value(&what.term);
        values.push(glob);
        return Ok(Sql { text: format!("({text} GLOB ?)"), values });
    };
    Ok(match known(what, name)? {
        Meaning::Text(column) => Sql { text: format!("({column} GLOB ?)"), values: vec![glob] },
        Meaning::Member(set) => set.holds(scope, "GLOB", glob),
        Meaning::Json(object, path) => Sql {
            text: format!("(json_extract({object}, ?) GLOB ?)"),
            values: vec![path.into(), glob],
        },
        Meaning::Os | Meaning::Time(_) => {
            let message = format!("`{}` can't be compared by `LIKE`; use `=` or `<`", name.full());
            return Err((what.at, message));
        }
    })
}

fn compare(
    left: &Operand,
    comparison: Comparison,
    right: &Operand,
    scope: Scope<'_>,
) -> Compiled<Sql> {
    match (&left.term, &right.term) {
        (Term::Name(a), Term::Name(b)) => {
            let (a, b) = (free(left, a)?, free(right, b)?);
            let text = format!("({} {} {})", a.text, comparison.sign(), b.text);
            Ok(Sql { text, values: [a.values, b.values].concat() })
        }
        (Term::Name(name), _) => named(left, name, comparison, right, scope),
        (_, Term::Name(name)) => named(right, name, turned(comparison), left, scope),
        (a, b) => {
            let ((a, mut values), (b, more)) = (value(a), value(b));
            values.extend(more);
            Ok(Sql { text: format!("({a} {} {b})", comparison.sign()), values })
        }
    }
}

/// The same comparison with its sides exchanged.
fn turned(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal | Comparison::Unequal => comparison,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

fn named(
    operand: &Operand,
    name: &Name,
    comparison: Comparison,
    other: &Operand,
    scope: Scope<'_>,
) -> Compiled<Sql> {
    let meaning = known(operand, name)?;
    if other.term == Term::Null {
        return Ok(plain("NULL"));
    }
    let sign = comparison.sign();
    let equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
    match meaning {
        Meaning::Os | Meaning::Member(_) if !equality => {
            Err((operand.at, format!("`{}` has no order; use `=`, `<>` or `IN`", name.full())))
        }
        // What is open may be anything; it is looked at again when it is filled.
        _ if matches!(other.term, Term::Hole(_)) => Ok(plain("NULL")),
        Meaning::Os => {
            let os = match &other.term {
                Term::Text(text) => Os::from_name(text),
                _ => None,
            };
            let os = os
                .ok_or_else(|| (other.at, "expected 'ANDROID', 'IOS', 'WP' or 'OSX'".to_owned()))?;
            let values = vec![i64::from(os.bit()).into()];
            Ok(Sql { text: format!("(device.os {sign} ?)"), values })
        }
        Meaning::Member(set) => {
            let Term::Text(text) = &other.term else {
                return Err((other.at, format!("expected a text, as `{}` are", name.full())));
            };
            let held = set.holds(scope, "=", text.clone().into());
            if comparison == Comparison::Equal {
                return Ok(held);
            }
            Ok(Sql { text: format!("(NOT {})", held.text), values: held.values })
        }
        Meaning::Time(column) => {
            let values = vec![time(other)?.into()];
            Ok(Sql { text: format!("({column} {sign} ?)"), values })
        }
        Meaning::Text(column) => Ok(match &other.term {
            // A version such as 14.2.1 is 14.2 as a number.
            Term::Number(number) => Sql {
                text: format!(
                    "(CASE WHEN {column} GLOB '[0-9]*' THEN CAST({column} AS REAL) END {sign} ?)"
                ),
                values: vec![(*number).into()],
            },
            term => {
                let (text, values) = value(term);
                Sql { text: format!("({column} {sign} {text})"), values }
            }
        }),
        Meaning::Json(object, path) => Ok(property(object, &path, comparison, &other.term)),
    }
}

/// A property against a value. Values of other kinds are unequal, and neither below nor above.
fn property(object: &str, path: &str, comparison: Comparison, term: &Term) -> Sql {
    let sign = comparison.sign();
    let (other, more) = value(term);
    if matches!(comparison, Comparison::Equal | Comparison::Unequal) {
        let mut side = json_value(object, path);
        side.values.extend(more);
        return Sql { text: format!("({} {sign} {other})", side.text), values: side.values };
    }
    let kinds = if matches!(term, Term::Number(_)) { "'integer', 'real'" } else { "'text'" };
    let text = format!(
        "(CASE WHEN json_type({object}, ?) IN ({kinds}) THEN json_extract({object}, ?) END {sign} \
         {other})"
    );
    let mut values: Vec<Value> = vec![path.to_owned().into(), path.to_owned().into()];
    values.extend(more);
    Sql { text, values }
}

/// A property's value, true and false as texts, as [`value`] has them.
fn json_value(object: &str, path: &str) -> Sql {
    let text = format!(
        "CASE json_type({object}, ?) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' \
         ELSE json_extract({object}, ?) END"
    );
    Sql { text, values: vec![path.to_owned().into(), path.to_owned().into()] }
}

/// A name that is compared with another name.
fn free(operand: &Operand, name: &Name) -> Compiled<Sql> {
    match known(operand, name)? {
        Meaning::Text(column) => Ok(plain(column)),
        Meaning::Json(object, path) => Ok(json_value(object, &path)),
        Meaning::Time(_) | Meaning::Os | Meaning::Member(_) => Err((
            operand.at,
            format!("`{}` is compared with a value only, not with another name", name.full()),
        )),
    }
}

fn value(term: &Term) -> (&'static str, Vec<Value>) {
    match term {
        Term::Text(text) => ("?", vec![text.clone().into()]),
        Term::Number(number) => ("?", vec![(*number).into()]),
        Term::Bool(true) => ("'true'", Vec::new()),
        Term::Bool(false) => ("'false'", Vec::new()),
        Term::Null | Term::Name(_) | Term::Hole(_) => ("NULL", Vec::new()),
    }
}

fn time(operand: &Operand) -> Compiled<i64> {
    let millis = match &operand.term {
        #[expect(clippy::cast_possible_truncation, reason = "checked")]
        Term::Number(number) if (-9e15..=9e15).contains(number) => Some(*number as i64),
        Term::Text(text) => Timestamp::from_iso(text).map(Timestamp::millis),
        _ => None,
    };
    millis.ok_or_else(|| {
        let expected = "expected milliseconds since 1970 or a text such as '2030-01-31T12:00:00Z'";
        (operand.at, expected.to_owned())
    })
}

impl Set {
    fn table(self) -> &'static str {
        match self {
            Self::Tag => "device_tag",
            Self::Channel => "device_channel",
        }
    }

    /// Whether the device is in a set of that name, or of a name like that.
    fn holds(self, scope: Scope<'_>, sign: &str, name: Value) -> Sql {
        let table = self.table();
        let names = match self {
            Self::Tag => "tag",
            Self::Channel => "channel",
        };
        let device = scope.device;
        let text = if sign == "=" {
            format!(
                "EXISTS (SELECT 1 FROM {table} AS member WHERE member.id = {device} + \
                 (SELECT id << 40 FROM {names} WHERE app = ? AND name = ?))"
            )
        } else {
            format!(
                "EXISTS (SELECT 1 FROM {table} AS member JOIN {names} ON {names}.id = \
                 member.id >> 40 WHERE member.device = {device} AND {names}.app = ? \
                 AND {names}.name {sign} ?)"
            )
        };
        Sql { text, values: vec![scope.app.to_owned().into(), name] }
    }
}
