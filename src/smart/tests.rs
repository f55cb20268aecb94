//! The language of smart texts: what is read, what is refused and where, and that no text can
//! break the reader.

use super::SmartText;
use proptest::prelude::*;

fn known(name: &str) -> Option<String> {
    match name {
        "name" => Some("Ada".to_owned()),
        "Users.city" => Some("Kyiv".to_owned()),
        "braces" => Some("{name}".to_owned()),
        _ => None,
    }
}

#[test]
fn places_are_filled() {
    for (text, filled) in [
        ("", ""),
        ("Hello", "Hello"),
        ("Hello {name}!", "Hello Ada!"),
        ("{name}{name}", "AdaAda"),
        ("Hello { name | there }", "Hello Ada"),
        ("Hello {nick|there}!", "Hello there!"),
        ("Hello {nick}!", "Hello !"),
        ("Hello {nick|}!", "Hello !"),
        ("in {Users.city|your town}", "in Kyiv"),
        ("{{name}}", "{name}"),
        ("{{{name}}}", "{Ada}"),
        (":-} {nick|a}}}", ":-} a}"),
        ("{nick|{{x}}}", "{x}"),
        (
            "what is filled in is not read again: {braces}",
            "what is filled in is not read again: {name}",
        ),
        ("{Straße 1}", ""),
    ] {
        assert_eq!(SmartText::parse(text).unwrap().filled(known), filled, "{text}");
    }
}

#[test]
fn errors_point_at_the_character() {
    for (text, at, says) in [
        ("Hello {name", 6, "never closed"),
        ("é {name|x", 2, "never closed"),
        ("{}", 0, "a name is missing"),
        ("a{ |x}", 1, "a name is missing"),
        ("{\"a\":1}", 1, "write it twice"),
        ("{a{b}}", 2, "write it twice"),
        ("{a|{b}}", 3, "a fallback can't have a place"),
        ("{a|b}}", 0, "never closed"),
        ("{a\nb}", 2, "`\\n` can't be in a name"),
        (&"{a}".repeat(51), 150, "more than 50 places"),
    ] {
        let error = SmartText::parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(says), "{text}: {error}");
    }
}

#[test]
fn what_is_known_beforehand_leaves_the_rest() {
    let smart = SmartText::parse("{a} {name}, {b|c}").unwrap();
    let bound = smart.bound(known);
    assert_eq!(bound.to_string(), "{a} Ada, {b|c}");
    assert_eq!(bound.places().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(SmartText::parse("{name}").unwrap().bound(known).is_plain());
    // A value with braces stays what it is.
    let bound = SmartText::parse("{braces}{a|x}").unwrap().bound(known);
    assert_eq!(bound.filled(|_| None), "{name}x");
    assert_eq!(SmartText::parse(&bound.to_string()).unwrap(), bound);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_one_of_its_characters(text in "\\PC{0,40}|[{}|a \n.]{0,20}") {
        match SmartText::parse(&text) {
            Ok(smart) => {
                prop_assert_eq!(smart.to_string(), text);
                // Written anew from its parts, it says the same.
                let parts = smart.bound(|_| None);
                let again = SmartText::parse(&parts.to_string());
                prop_assert_eq!(again.as_ref(), Ok(&smart));
                smart.filled(known);
            }
            Err(error) => prop_assert!(error.at < text.chars().count(), "{}", error),
        }
    }

    #[test]
    fn a_plain_text_comes_back_whatever_it_holds(text in "\\PC{0,40}|[{}|a]{0,20}") {
        let plain = SmartText::plain(text.clone());
        prop_assert_eq!(plain.filled(|_| None), text);
        prop_assert_eq!(SmartText::parse(&plain.to_string()).unwrap(), plain);
    }
}
