//! Languages of a template: their tags, and which one a device gets.

use crate::model::{Person, Variant};
use indexmap::IndexMap;
use serde_json::Value;

/// The device's property that says its language.
const PROPERTY: &str = "locale";

/// A language's tag in one form, `de-at`; `None` when it is none. `_` stands for `-`, as
/// Android's and Apple's systems write it.
pub(super) fn normal(tag: &str) -> Option<String> {
    let normal = tag.trim().replace('_', "-").to_ascii_lowercase();
    let mut parts = normal.split('-');
    let language = parts.next()?;
    let letters = language.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_tag = letters
        && (2..=8).contains(&language.len())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
        });
    is_tag.then_some(normal)
}

/// The variant that a person gets, by its place: `de-AT` gets `de-AT`, else `de`, else none.
pub(super) fn of_person(variants: &IndexMap<String, Variant>, person: &Person) -> Option<usize> {
    if variants.is_empty() {
        return None;
    }
    let Some(Value::String(tag)) = person.properties.get(PROPERTY) else { return None };
    let mut wanted = normal(tag)?;
    loop {
        let found = variants.keys().position(|tag| normal(tag).as_ref() == Some(&wanted));
        if found.is_some() {
            return found;
        }
        let end = wanted.rfind('-')?;
        wanted.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::{normal, of_person};
    use crate::model::{Person, Variant};
    use serde_json::json;

    #[test]
    fn a_device_gets_the_nearest_language() {
        let variants = ["de", "de-AT", "zh_Hant"].map(|tag| (tag.to_owned(), Variant::default()));
        let variants = variants.into_iter().collect();
        for (locale, place) in [
            (json!("de-AT"), Some(1)),
            (json!("de_AT"), Some(1)),
            (json!("DE-at-1996"), Some(1)),
            (json!("de-CH"), Some(0)),
            (json!("zh-Hant-TW"), Some(2)),
            (json!("zh"), None),
            (json!("fr"), None),
            (json!(""), None),
            (json!(5), None),
        ] {
            let properties = [("locale".to_owned(), locale.clone())].into_iter().collect();
            let person = Person { properties, user: None };
            assert_eq!(of_person(&variants, &person), place, "{locale}");
        }
        assert_eq!(of_person(&variants, &Person::default()), None);
    }

    #[test]
    fn tags_are_told_from_other_words() {
        for tag in ["de", "de-AT", "zh_Hant_TW", "sr-Latn-RS"] {
            assert!(normal(tag).is_some(), "{tag}");
        }
        for tag in ["", "d", "deutsch!", "de-", "12", "de AT", "-de", "de-abcdefghi"] {
            assert_eq!(normal(tag), None, "{tag}");
        }
    }
}
