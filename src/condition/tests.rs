//! What conditions say, and that none of them can hurt.

use super::{Comparison, Condition, Name, Operand, Pattern, Term, Tree};
use proptest::prelude::*;

fn holds(condition: &str, headers: &[(&'static str, &'static str)]) -> bool {
    let condition = Condition::parse(condition).unwrap_or_else(|error| panic!("{error}"));
    condition
        .holds(&|name| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))
}

#[test]
fn numbers_are_compared_as_numbers() {
    for (foo, expected) in [("20", true), ("50", true), ("10", false), ("5", false), ("9", false)] {
        assert_eq!(holds("foo > 10", &[("foo", foo)]), expected, "{foo}");
    }
    assert!(!holds("foo > 10", &[]));
    assert!(holds("n = 5", &[("n", "5.0")]));
    assert!(!holds("n = '5'", &[("n", "5.0")]), "a text is compared as text");
    assert!(holds("n <> 5", &[("n", "five")]));
    assert!(!holds("n < 5", &[("n", "five")]) && !holds("NOT n < 5", &[("n", "five")]));
    assert!(holds("a < b", &[("a", "9"), ("b", "10")]));
    assert!(holds("-1.5e1 < n", &[("n", "-14")]));
}

#[test]
fn every_operator_says_what_sql_says() {
    let headers =
        [("city", "Kyiv"), ("n", "5"), ("vip", "true"), ("user.name", "O'Neil"), ("a b", "x%y")];
    for (condition, expected) in [
        ("city = 'Kyiv' and n > 3", true),
        ("city = 'kyiv'", false),
        ("city != 'Kyiv' OR n <> 6", true),
        ("n >= 5 AND n <= 5", true),
        ("n < 5", false),
        ("NOT n < 5", true),
        ("vip = true AND vip <> FALSE", true),
        ("n = true", false),
        ("n IN (1, 5, 9)", true),
        ("city NOT IN ('Kyiv', 'Lviv')", false),
        ("n BETWEEN 1 AND 5", true),
        ("n NOT BETWEEN 6 AND 9", true),
        ("city LIKE 'K%v' AND city LIKE '_yi_' AND NOT city LIKE 'y'", true),
        ("city NOT LIKE '%v'", false),
        ("\"a b\" LIKE '%!%y' ESCAPE '!'", true),
        ("\"a b\" LIKE '%!%x' ESCAPE '!'", false),
        ("nobody IS NULL AND city IS NOT NULL", true),
        ("user.name = 'O''Neil' AND `user`.\"name\" = 'O''Neil'", true),
        ("n = 5 OR n = 6 AND city = 'x'", true),
        ("(n = 5 OR n = 6) AND city = 'x'", false),
        ("5 = n", true),
        ("1 = 1", true),
    ] {
        assert_eq!(holds(condition, &headers), expected, "{condition}");
    }
}

#[test]
fn what_is_unknown_does_not_hold_whichever_way() {
    for condition in [
        "x = 1",
        "NOT x = 1",
        "x <> 1",
        "x = NULL",
        "NULL = NULL",
        "x IN (1)",
        "x NOT IN (1)",
        "n NOT IN (1, NULL)",
        "x LIKE '%'",
        "x BETWEEN 1 AND 2",
        "x = 1 AND n = 5",
    ] {
        assert!(!holds(condition, &[("n", "5")]), "{condition}");
    }
    assert!(holds("x = 1 OR n = 5", &[("n", "5")]));
    assert!(holds("NOT (x = 1 AND n = 6)", &[("n", "5")]), "false AND unknown is false");
    assert!(holds("n NOT BETWEEN x AND 4", &[("n", "5")]), "above the upper bound anyway");
    assert!(holds("n IN (5, NULL)", &[("n", "5")]));
}

#[test]
fn errors_point_at_the_character() {
    for (condition, at, message) in [
        ("", 0, "expected a name, a value, `NOT` or `(`, found the end"),
        ("n =", 3, "expected a name or a value to compare with, found the end"),
        (
            "n",
            1,
            "expected a comparison such as `=`, or `IN`, `BETWEEN`, `LIKE` or `IS`, found the end",
        ),
        ("n = 5 m = 6", 6, "expected `AND`, `OR` or the end, found `m`"),
        ("é = 'ü' AND == 2", 12, "expected `=`, which compares as `==` does elsewhere"),
        ("(n = 5", 6, "expected `)` or `AND` or `OR`, found the end"),
        ("n = 5)", 5, "this `)` closes nothing; remove it or open it before"),
        (
            "n = 'abc",
            4,
            "the quote ' opened here is never closed; write a quote inside a text twice",
        ),
        ("n IN 5", 5, "expected `(` and a list after `IN`, found the number 5"),
        ("n IN (5;6)", 7, "expected a name, a value or a comparison, found `;`"),
        ("n BETWEEN 1 OR 2", 12, "expected `AND` and the upper bound of `BETWEEN`, found `OR`"),
        ("n LIKE m", 7, "expected a text such as 'Ky%' after `LIKE`, found `m`"),
        ("n LIKE 'a!b' ESCAPE '!'", 7, "the escape character must stand before `%`, `_` or itself"),
        (
            "n LIKE 'a' ESCAPE ''",
            18,
            "expected a text of one character after `ESCAPE`, found the text ''",
        ),
        ("n IS 5", 5, "expected `NULL` or `NOT NULL` after `IS`, found the number 5"),
        ("n NOT = 5", 6, "expected `IN`, `BETWEEN` or `LIKE` after `NOT`, found `=`"),
        ("user. = 5", 6, "expected a name after `.`, found `=`"),
        ("n = 12x", 4, "expected a number such as 12, -3.5 or 1e6"),
        ("n = 1e999", 4, "this number is too large"),
        ("n = 5 && m = 6", 6, "expected `AND` instead of `&`"),
        ("select = 1 AND or = 2", 15, "expected a name, a value, `NOT` or `(`, found `OR`"),
    ] {
        let error = Condition::parse(condition).unwrap_err();
        assert_eq!((error.at, error.message.as_str()), (at, message), "{condition}");
    }
}

#[test]
fn an_error_shows_its_line_with_a_caret() {
    let error = Condition::parse("city = 'Kyiv'\n  AND n == 5").unwrap_err();
    assert_eq!(error.pointed(), "  AND n == 5\n        ^");
    assert!(error.to_string().starts_with("at character 23: expected `=`"), "{error}");
}

#[test]
fn nesting_and_length_have_bounds() {
    let nested = |levels| format!("{}n = 1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Condition::parse(&nested(crate::limits::CONDITION_NESTING_MAX)).is_ok());
    for text in [nested(5_000), "NOT ".repeat(4_000) + "n = 1", "n = 1 OR ".repeat(50_000)] {
        assert!(Condition::parse(&text).is_err());
    }
    let chain = "n = 1 AND ".repeat(1_500) + "n = 1";
    assert!(Condition::parse(&chain).is_ok(), "a long chain isn't deep");
}

fn operand() -> impl Strategy<Value = Operand> {
    let part = prop_oneof!["[a-zA-Zé_][a-z0-9_$]{0,5}", "[ -~é]{1,6}", Just("or".to_owned())];
    let term = prop_oneof![
        prop::collection::vec(part, 1..3).prop_map(|parts| Term::Name(Name::new(parts))),
        "[ -~\n'é%]{0,8}".prop_map(Term::Text),
        prop::num::f64::NORMAL.prop_map(Term::Number),
        (-1000..1000i32).prop_map(|number| Term::Number(f64::from(number))),
        any::<bool>().prop_map(Term::Bool),
        Just(Term::Null),
    ];
    term.prop_map(|term| Operand { at: 0, term })
}

fn tree() -> impl Strategy<Value = Tree> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::Unequal,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    let pattern = ("([a-c%_']|!!|!%|!_){0,6}", any::<bool>()).prop_map(|(text, escaped)| {
        // Without an escape the exclamation marks are letters.
        Pattern { text, escape: escaped.then_some('!'), open: None }
    });
    let leaf = prop_oneof![
        (operand(), comparison, operand()).prop_map(|(a, sign, b)| Tree::Compare(a, sign, b)),
        (operand(), prop::collection::vec(operand(), 1..4)).prop_map(|(a, b)| Tree::In(a, b)),
        (operand(), operand(), operand()).prop_map(|(a, b, c)| Tree::Between(a, b, c)),
        (operand(), pattern).prop_map(|(a, pattern)| Tree::Like(a, pattern)),
        operand().prop_map(Tree::IsNull),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::Or),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::And),
            inner.prop_map(|inner| Tree::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same(tree in tree()) {
        let printed = tree.to_string();
        let read = Condition::parse(&printed).map_err(|error| {
            TestCaseError::fail(format!("{printed}\n{}\n{error}", error.pointed()))
        })?;
        prop_assert_eq!(read.tree(), &tree, "{}", printed);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}") {
        if let Err(error) = Condition::parse(&text) {
            prop_assert!(error.at <= text.chars().count());
            let _ = error.pointed();
        }
    }

    #[test]
    fn no_mixture_of_its_words_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "AND", "or", "NOT", "(", ")", "n", "'x'", "\"q", "5", "-", ".", ",", "IN", "BETWEEN",
            "LIKE", "'%'", "ESCAPE", "'!'", "IS", "NULL", "=", "<>", "\n", "é",
        ]), 0..20),
    ) {
        if let Ok(condition) = Condition::parse(&words.join(" ")) {
            condition.holds(&|_| Some("5"));
        }
    }
}
