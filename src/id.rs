//! The ids that go over the wire, each its own type so that none is taken for another.
//!
//! All are plain text: ids of apps and devices are chosen outside, and the SDKs
//! check the form of none of them.

use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(schemars::JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a text as an id. Nothing is checked: an unknown id is simply not found.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The id's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// An application's id: what separates one customer's devices and messages from another's.
    AppId
);
text_id!(
    /// A message's id: `message:` and an upper-case UUID. The copies of a repeating
    /// message add `-1`, `-2`, … to the published id.
    MessageId
);
text_id!(
    /// A device's id, chosen by the device. Not its token, which the push service gives.
    DeviceId
);

impl MessageId {
    /// A fresh id. UUID version 7, so ids sort by the time they were made at.
    pub fn fresh(now: Timestamp) -> Self {
        Self(format!("message:{}", fresh_uuid(now)))
    }

    /// The id of the `number`th copy of this repeating message.
    #[must_use]
    pub fn occurrence(&self, number: i64) -> Self {
        Self(format!("{}-{number}", self.0))
    }
}

/// An upper-case UUID version 7 made at this time.
pub fn fresh_uuid(now: Timestamp) -> String {
    let millis = u64::try_from(now.millis()).unwrap_or_default();
    let nanos = u32::try_from(millis % 1_000).unwrap_or_default() * 1_000_000;
    let stamp = uuid::Timestamp::from_unix(uuid::NoContext, millis / 1_000, nanos);
    format!("{:X}", uuid::Uuid::new_v7(stamp).hyphenated())
}

#[cfg(test)]
mod tests {
    use super::MessageId;
    use crate::clock::Timestamp;

    #[test]
    fn a_message_id_is_upper_case_and_sorts_by_time() {
        let first = MessageId::fresh(Timestamp::from_millis(1_795_472_889_522));
        let later = MessageId::fresh(Timestamp::from_millis(1_795_472_889_523));
        assert!(first < later, "{first} {later}");
        let uuid = first.as_str().strip_prefix("message:").unwrap();
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid, uuid.to_uppercase());
        assert_eq!(first.occurrence(2).as_str(), format!("{first}-2"));
    }
}
