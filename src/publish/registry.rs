//! The device registry: reads registrations as the SDKs send them, and keeps them.

use super::error::DeviceError;
use super::options::channel_name;
use crate::clock::{Clock, Timestamp};
use crate::id::{AppId, DeviceId, fresh_uuid};
use crate::limits;
use crate::model::{DEFAULT_CHANNEL, Device, DeviceKey, Os, User, json_text};
use crate::store::{Owner, Registration, Segment, Store};
use indexmap::IndexSet;
use serde_json::{Map, Value};

/// Registers devices. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    store: Store,
    clock: Clock,
}

impl Registry {
    /// A registry in this store.
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// Registers a device or replaces its registration. `body` is the wire body of
    /// `POST /messaging/registrations`.
    ///
    /// Returns the registration id, `OBJECT_ID::channel` for each channel, with commas.
    ///
    /// # Errors
    /// [`DeviceError`], which names the field and how to mend it.
    pub async fn register(&self, app: &AppId, body: &Value) -> Result<String, DeviceError> {
        let now = self.clock.now();
        let registration = read(body, now)?;
        let channels = registration.channels.clone();
        let object_id = self.store.register(app, registration, fresh_uuid(now), now).await?;
        let ids: Vec<_> = channels.iter().map(|name| format!("{object_id}::{name}")).collect();
        Ok(ids.join(","))
    }

    /// Checks a registration for [`Registry::import`]; nothing is kept.
    ///
    /// # Errors
    /// [`DeviceError`], which names the field and how to mend it.
    pub fn check(&self, body: &Value) -> Result<Registration, DeviceError> {
        read(body, self.clock.now())
    }

    /// Registers many devices in one commit. Returns how many weren't registered before.
    pub async fn import(
        &self,
        app: &AppId,
        registrations: Vec<Registration>,
    ) -> Result<usize, DeviceError> {
        let now = self.clock.now();
        let registrations =
            registrations.into_iter().map(|one| (one, fresh_uuid(now))).collect::<Vec<_>>();
        Ok(self.store.import(app, registrations, now).await?)
    }

    /// Registered devices in the order in which they came: at most `size` after the device
    /// `after`, of this segment only if there is one.
    pub async fn list(
        &self,
        app: &AppId,
        segment: Option<Segment>,
        after: DeviceKey,
        size: usize,
    ) -> Result<Vec<(DeviceKey, Device)>, DeviceError> {
        Ok(self.store.devices(app, segment, after, size, self.clock.now()).await?)
    }

    /// A device's registration.
    ///
    /// # Errors
    /// [`DeviceError::Unknown`] when there is none, or it has expired.
    pub async fn device(
        &self,
        app: &AppId,
        id: &DeviceId,
    ) -> Result<(DeviceKey, Device), DeviceError> {
        let found = self.store.device(app, id, self.clock.now()).await?;
        found.ok_or_else(|| DeviceError::Unknown { id: id.clone() })
    }

    /// Forgets a device, and what its inbox holds.
    ///
    /// # Errors
    /// [`DeviceError::NothingToForget`] when there is none.
    pub async fn forget(&self, app: &AppId, id: &DeviceId) -> Result<(), DeviceError> {
        if self.store.forget_device(app, id, self.clock.now()).await? {
            return Ok(());
        }
        Err(DeviceError::NothingToForget { id: id.clone() })
    }

    /// Makes a channel. Returns its name as it is kept, and whether it is new.
    ///
    /// # Errors
    /// [`DeviceError::Channel`] when it can't have that name.
    pub async fn add_channel(
        &self,
        app: &AppId,
        name: &str,
    ) -> Result<(String, bool), DeviceError> {
        let name = channel_name(name).map_err(DeviceError::Channel)?;
        let new = self.store.add_channel(app, &name, self.clock.now()).await?;
        Ok((name, new))
    }

    /// Deletes a channel. Its devices stay registered, on their other channels.
    ///
    /// # Errors
    /// [`DeviceError::UnknownChannel`] when there is none.
    pub async fn delete_channel(&self, app: &AppId, name: &str) -> Result<(), DeviceError> {
        if self.store.delete_channel(app, name).await? {
            return Ok(());
        }
        Err(DeviceError::UnknownChannel { name: name.to_owned() })
    }
}

fn read(body: &Value, now: Timestamp) -> Result<Registration, DeviceError> {
    let Value::Object(body) = body else {
        return Err(wrong("body", "is no object; send deviceId, deviceToken and os"));
    };
    let os = required(body, "os")?;
    let os = Os::from_name(&os).ok_or_else(|| DeviceError::Field {
        field: "os",
        problem: format!("is `{os}`; use ANDROID, IOS, WP or OSX"),
    })?;
    Ok(Registration {
        id: DeviceId::new(required(body, "deviceId")?),
        token: required(body, "deviceToken")?,
        os,
        os_version: optional(body, "osVersion")?,
        channels: channels(body)?,
        expires_at: expiration(body, now)?,
        tags: tags(body)?,
        properties: properties(body, "properties")?,
        user: user(body)?,
    })
}

fn required(body: &Map<String, Value>, field: &'static str) -> Result<String, DeviceError> {
    optional(body, field)?.ok_or_else(|| wrong(field, "is missing or empty; give it a text"))
}

fn optional(body: &Map<String, Value>, field: &'static str) -> Result<Option<String>, DeviceError> {
    let text = match body.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        // Some clients send a version as a number.
        Some(Value::Number(number)) if field == "osVersion" => number.to_string(),
        Some(_) => return Err(wrong(field, "must be a text")),
    };
    if text.len() > limits::DEVICE_TEXT_BYTES_MAX {
        return Err(wrong(field, "is longer than 4096 bytes; shorten it"));
    }
    Ok(Some(text))
}

fn channels(body: &Map<String, Value>) -> Result<Vec<String>, DeviceError> {
    let names = match body.get("channels") {
        None | Some(Value::Null) => return Ok(vec![DEFAULT_CHANNEL.to_owned()]),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(wrong("channels", "must be a list of channel names")),
    };
    if names.len() > limits::DEVICE_CHANNELS_MAX {
        return Err(wrong("channels", "names more than 100 channels; use fewer"));
    }
    let mut unique = IndexSet::new();
    for name in names {
        let Value::String(name) = name else {
            return Err(wrong("channels", "must hold channel names, which are texts"));
        };
        unique.insert(channel_name(name).map_err(DeviceError::Channel)?);
    }
    if unique.is_empty() {
        unique.insert(DEFAULT_CHANNEL.to_owned());
    }
    Ok(unique.into_iter().collect())
}

/// `None` when they aren't given: then those it has are kept, and an empty list takes them away.
fn tags(body: &Map<String, Value>) -> Result<Option<Vec<String>>, DeviceError> {
    let names = match body.get("tags") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(names)) => names,
        Some(_) => return Err(wrong("tags", "must be a list of texts")),
    };
    if names.len() > limits::DEVICE_TAGS_MAX {
        return Err(wrong("tags", "names more than 100 tags; use fewer, or properties"));
    }
    let mut unique = IndexSet::new();
    for name in names {
        match name {
            Value::String(name) if name.len() > limits::TAG_BYTES_MAX => {
                return Err(wrong("tags", "has a tag longer than 200 bytes; shorten it"));
            }
            Value::String(name) if !name.trim().is_empty() => unique.insert(name.clone()),
            _ => return Err(wrong("tags", "must hold texts that aren't empty")),
        };
    }
    Ok(Some(unique.into_iter().collect()))
}

/// A flat object; `None` when it isn't given.
fn properties(
    body: &Map<String, Value>,
    field: &'static str,
) -> Result<Option<Map<String, Value>>, DeviceError> {
    let entries = match body.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(entries)) => entries,
        Some(_) => return Err(wrong(field, "must be an object")),
    };
    let mut kept = Map::new();
    for (name, value) in entries {
        let problem = |problem: &str| DeviceError::Field {
            field,
            problem: format!("has `{}`, {problem}", name.chars().take(60).collect::<String>()),
        };
        if name.is_empty() || name.len() > limits::TAG_BYTES_MAX {
            return Err(problem("a name that is empty or longer than 200 bytes"));
        }
        if name.contains(['"', '\\']) || name.chars().any(char::is_control) {
            return Err(problem("a name with a quote, a backslash or a control character"));
        }
        match value {
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                kept.insert(name.clone(), value.clone());
            }
            Value::Array(_) | Value::Object(_) => {
                return Err(problem("which must be a text, a number or a boolean"));
            }
        }
    }
    let bytes: usize = kept.iter().map(|(name, value)| name.len() + json_text(value).len()).sum();
    if bytes > limits::DEVICE_PROPERTIES_BYTES_MAX {
        return Err(wrong(field, "takes more than 16384 bytes; keep what segments and texts need"));
    }
    Ok(Some(kept))
}

/// `{"id": …, "properties": {…}}`; `{}` says that it has no user.
fn user(body: &Map<String, Value>) -> Result<Owner, DeviceError> {
    let user = match body.get("user") {
        None | Some(Value::Null) => return Ok(Owner::Kept),
        Some(Value::Object(user)) if user.is_empty() => return Ok(Owner::Nobody),
        Some(Value::Object(user)) => user,
        Some(_) => return Err(wrong("user", "must be an object with an `id`")),
    };
    let id = optional(user, "id")?.ok_or_else(|| wrong("user", "has no `id`; give it a text"))?;
    let properties = properties(user, "properties")?.unwrap_or_default();
    Ok(Owner::User(User { id, properties }))
}

/// Milliseconds, or the seconds with a fraction that the JavaScript SDK makes of a
/// `Date`; told apart by their size. 0 is never.
fn expiration(body: &Map<String, Value>, now: Timestamp) -> Result<Option<Timestamp>, DeviceError> {
    let no_time = || wrong("expiration", "is no time; use milliseconds since 1970");
    let given = match body.get("expiration") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64().ok_or_else(no_time)?,
        Some(Value::String(text)) => match Timestamp::from_iso(text) {
            Some(time) => return after(time, now),
            None => return Err(no_time()),
        },
        Some(_) => return Err(no_time()),
    };
    if given == 0.0 {
        return Ok(None);
    }
    let millis = if given < limits::EXPIRATION_SECONDS_BELOW { given * 1_000.0 } else { given };
    if !(-9e15..=9e15).contains(&millis) {
        return Err(no_time());
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked just above")]
    after(Timestamp::from_millis(millis.round() as i64), now)
}

fn after(given: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, DeviceError> {
    if given <= now {
        return Err(DeviceError::Expiration { given });
    }
    Ok(Some(given))
}

fn wrong(field: &'static str, problem: &str) -> DeviceError {
    DeviceError::Field { field, problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::clock::Timestamp;
    use serde_json::json;

    #[test]
    fn expirations_in_seconds_and_milliseconds_mean_the_same() {
        let now = Timestamp::from_millis(1_795_472_889_522);
        for (given, millis) in [
            (json!(1_795_476_489_573_i64), Some(1_795_476_489_573)),
            (json!(1_795_476_489.574), Some(1_795_476_489_574)),
            (json!("2026-11-23T23:28:09.573Z"), Some(1_795_476_489_573)),
            (json!(0), None),
            (json!(null), None),
        ] {
            let body =
                json!({"deviceId": "d", "deviceToken": "t", "os": "ios", "expiration": given});
            let read = read(&body, now).unwrap();
            assert_eq!(read.expires_at.map(Timestamp::millis), millis, "{given}");
        }
    }
}
