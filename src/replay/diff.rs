//! Where two JSON values differ, told by paths.

use serde_json::Value as Json;
use std::fmt;

/// One place where what came differs from what was expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where, such as `publishes[0].body.headers.ios-badge`.
    pub path: String,
    /// What was expected; none when nothing was.
    pub expected: Option<Json>,
    /// What came; none when nothing did.
    pub actual: Option<Json>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Json>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string)
        };
        let (expected, actual) = (shown(&self.expected), shown(&self.actual));
        write!(f, "{}\n  expected: {expected}\n    actual: {actual}", self.path)
    }
}

/// All differences, in the order of `expected`; what is only in `actual` last.
///
/// Numbers are compared by value: 1 and 1.0 are the same.
pub fn diff(expected: &Json, actual: &Json) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(expected), Some(actual), &mut found);
    found
}

fn compare(
    path: String,
    expected: Option<&Json>,
    actual: Option<&Json>,
    found: &mut Vec<Difference>,
) {
    match (expected, actual) {
        (Some(Json::Object(a)), Some(Json::Object(b))) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (key, value) in a {
                compare(format!("{path}{dot}{key}"), Some(value), b.get(key), found);
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                compare(format!("{path}{dot}{key}"), None, Some(value), found);
            }
        }
        (Some(Json::Array(a)), Some(Json::Array(b))) => {
            for index in 0..a.len().max(b.len()) {
                compare(format!("{path}[{index}]"), a.get(index), b.get(index), found);
            }
        }
        (Some(Json::Number(a)), Some(Json::Number(b))) if a.as_f64() == b.as_f64() => {}
        (a, b) if a == b => {}
        (a, b) => {
            found.push(Difference { path, expected: a.cloned(), actual: b.cloned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differences_are_told_at_the_innermost_place() {
        let expected = json!({"a": [1, {"b": "x"}], "c": 2.0, "gone": null});
        let actual = json!({"a": [1, {"b": "y"}, 3], "c": 2, "new": true});
        let paths: Vec<String> = diff(&expected, &actual).into_iter().map(|d| d.path).collect();
        assert_eq!(paths, ["a[1].b", "a[2]", "gone", "new"]);
        assert!(diff(&expected, &expected).is_empty());
    }
}
