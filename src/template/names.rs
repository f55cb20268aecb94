//! What a name in a smart text stands for: a value of the push, a property of the device, a
//! property of its user.
//!
//! A value of the push outweighs a property of that name. An empty text counts as not known, so
//! that its fallback is shown.

use crate::model::{Person, json_text};
use serde_json::{Map, Value};

/// The text of a value of the push.
pub fn value_of(values: &Map<String, Value>, name: &str) -> Option<String> {
    shown(values.get(name)?)
}

/// What is known of a device by that name: `Users.NAME` (also `user.NAME`) of its user,
/// `properties.NAME` or just `NAME` of itself.
pub fn known_of(person: &Person, name: &str) -> Option<String> {
    match owner(name) {
        Owner::User(property) => {
            let user = person.user.as_ref()?;
            if matches!(property, "id" | "objectId") {
                return shown(&Value::from(user.id.as_str()));
            }
            shown(user.properties.get(property)?)
        }
        Owner::Device(property) => shown(person.properties.get(property)?),
        Owner::Anybody => shown(person.properties.get(name)?),
    }
}

/// Whether a name means a property of each device or user, whatever the push says.
pub(super) fn is_of_a_device(name: &str) -> bool {
    !matches!(owner(name), Owner::Anybody)
}

enum Owner<'n> {
    User(&'n str),
    Device(&'n str),
    Anybody,
}

fn owner(name: &str) -> Owner<'_> {
    let Some((first, property)) = name.split_once('.') else { return Owner::Anybody };
    match first.to_ascii_lowercase().as_str() {
        "user" | "users" => Owner::User(property),
        "properties" => Owner::Device(property),
        _ => Owner::Anybody,
    }
}

fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        value => json_text(value),
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::known_of;
    use crate::model::{Person, User};
    use serde_json::json;

    #[test]
    fn names_are_of_the_device_or_its_user() {
        let map = |value: serde_json::Value| value.as_object().unwrap().clone();
        let user = User { id: "u-1".into(), properties: map(json!({"name": "Ada", "n": 5.0})) };
        let properties = map(json!({"city": "Kyiv", "a.b": "dotted", "none": "", "name": "mine"}));
        let person = Person { properties, user: Some(user) };
        for (name, known) in [
            ("city", Some("Kyiv")),
            ("properties.city", Some("Kyiv")),
            ("a.b", Some("dotted")),
            ("name", Some("mine")),
            ("Users.name", Some("Ada")),
            ("user.n", Some("5")),
            ("users.objectId", Some("u-1")),
            ("none", None),
            ("Users.city", None),
            ("unknown", None),
        ] {
            assert_eq!(known_of(&person, name).as_deref(), known, "{name}");
        }
        assert_eq!(known_of(&Person::default(), "Users.name"), None);
    }
}
