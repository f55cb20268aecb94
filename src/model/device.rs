//! A registered device, and sets of platforms.

use crate::clock::Timestamp;
use crate::id::DeviceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;

/// A device as it registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The registration's object id: an upper-case UUID given by the server.
    pub object_id: String,
    /// The id the device chose for itself.
    pub id: DeviceId,
    /// What its push service knows it by.
    pub token: String,
    /// Its operating system.
    pub os: Os,
    /// Its version, free text.
    pub os_version: Option<String>,
    /// The channels it listens to, in the order it named them; never empty.
    pub channels: Vec<String>,
    /// When the registration ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When it registered first.
    pub created_at: Timestamp,
    /// Words that divide devices into groups, sorted.
    pub tags: Vec<String>,
    /// Text, number or boolean by name.
    pub properties: Map<String, Value>,
    /// Whose device it is, as far as anybody said.
    pub user: Option<User>,
}

/// A user as a device's registration tells it. There is no directory of users: each device
/// keeps what was said of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// The id outside of blockcast.
    pub id: String,
    /// Text, number or boolean by name.
    #[serde(default)]
    pub properties: Map<String, Value>,
}

/// What is known of a device and its user: what personal texts are filled with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The device's properties.
    pub properties: Map<String, Value>,
    /// Its user.
    pub user: Option<User>,
}

/// A device's number in the store. Pages of an audience are cut by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceKey(pub i64);

/// A device's operating system. Source: the wire's `os` field.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Os {
    /// Apple's phones and tablets.
    Ios,
    /// Android.
    Android,
    /// Windows Phone.
    Wp,
    /// macOS.
    Osx,
}

impl Os {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 4] = [Self::Ios, Self::Android, Self::Wp, Self::Osx];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ios => "IOS",
            Self::Android => "ANDROID",
            Self::Wp => "WP",
            Self::Osx => "OSX",
        }
    }

    /// The system of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|os| os.name().eq_ignore_ascii_case(name))
    }

    /// Its bit in a mask. Source: the `pushBroadcast` numbers of the Swift and Flutter SDKs.
    pub fn bit(self) -> u8 {
        match self {
            Self::Ios => 1,
            Self::Android => 2,
            Self::Wp => 4,
            Self::Osx => 8,
        }
    }

    /// The system with that bit.
    pub fn from_bit(bit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|os| os.bit() == bit)
    }
}

/// A set of operating systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Platforms(u8);

impl Platforms {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// All four.
    pub const ALL: Self = Self(15);

    /// The set of a wire mask; `None` when a bit is unknown.
    pub fn from_mask(mask: u64) -> Option<Self> {
        u8::try_from(mask).ok().filter(|mask| *mask <= Self::ALL.0).map(Self)
    }

    /// The wire mask, 0 to 15.
    pub fn mask(self) -> u8 {
        self.0
    }

    /// This set and one more.
    #[must_use]
    pub fn with(self, os: Os) -> Self {
        Self(self.0 | os.bit())
    }

    /// What is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether that system is in the set.
    pub fn contains(self, os: Os) -> bool {
        self.0 & os.bit() != 0
    }

    /// Whether nothing is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in the set, in the order of the bits.
    pub fn iter(self) -> impl Iterator<Item = Os> {
        Os::ALL.into_iter().filter(move |os| self.contains(*os))
    }
}

impl fmt::Display for Platforms {
    /// The names on the wire, joined with commas; `none` for the empty set.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (index, os) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(os.name())?;
        }
        Ok(())
    }
}
