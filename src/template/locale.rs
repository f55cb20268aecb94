//! Languages of a template: their tags, and which one a device gets.

use crate::model::Person;
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

/// The languages of a template, in its order.
#[derive(Clone, Debug)]
pub(super) struct Languages(Vec<Option<String>>);

impl Languages {
    pub(super) fn new<'t>(tags: impl Iterator<Item = &'t String>) -> Self {
        Self(tags.map(|tag| normal(tag)).collect())
    }

    /// The one that a person gets, by its place: `de-AT` gets `de-AT`, else `de`, else none.
    pub(super) fn of(&self, person: &Person) -> Option<usize> {
        if self.0.is_empty() {
            return None;
        }
        let Some(Value::String(tag)) = person.properties.get(PROPERTY) else { return None };
        let mut wanted = normal(tag)?;
        loop {
            let found = self.0.iter().position(|tag| tag.as_ref() == Some(&wanted));
            if found.is_some() {
                return found;
            }
            let end = wanted.rfind('-')?;
            wanted.truncate(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Languages, normal};
    use crate::model::Person;
    use serde_json::json;

    #[test]
    fn a_device_gets_the_nearest_language() {
        let languages = Languages::new(["de", "de-AT", "zh_Hant"].map(str::to_owned).iter());
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
            assert_eq!(languages.of(&person), place, "{locale}");
        }
        assert_eq!(languages.of(&Person::default()), None);
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
