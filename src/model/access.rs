//! Who may do what: roles, channel patterns, applications, their keys and user tokens.
//!
//! Secrets are not here: the store has their hashes, [`crate::access`] compares them.

use crate::clock::Timestamp;
use crate::id::AppId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Publish messages, cancel them, delete channels.
    Publish,
    /// Listen to channels in real time.
    Subscribe,
    /// Register devices, and see and remove their registrations.
    Register,
    /// See registrations and the status of messages.
    Read,
    /// Use the admin API for the own application.
    Admin,
}

impl Role {
    /// All of them, in the order of their bits.
    pub const ALL: [Self; 5] =
        [Self::Publish, Self::Subscribe, Self::Register, Self::Read, Self::Admin];

    /// The name that people write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Subscribe => "subscribe",
            Self::Register => "register",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Publish => 1,
            Self::Subscribe => 2,
            Self::Register => 4,
            Self::Read => 8,
            Self::Admin => 16,
        }
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// All that the messaging API needs: what a client's key has when nothing else is said.
    pub const MESSAGING: Self = Self(15);

    /// The set of these.
    pub fn of(roles: &[Role]) -> Self {
        Self(roles.iter().fold(0, |mask, role| mask | role.bit()))
    }

    /// Whether a role is in the set.
    pub fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// The roles, in the order of their bits.
    pub fn list(self) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| self.contains(*role)).collect()
    }

    /// The mask that is kept.
    pub fn mask(self) -> u8 {
        self.0
    }

    /// The set of a kept mask; bits of a later version are dropped.
    pub fn from_mask(mask: u8) -> Self {
        Self(mask & 31)
    }
}

/// Which channels a key or a user may use. `*` in a pattern stands for any text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelRule {
    /// Only channels that fit one of these; empty means all.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub allow: Vec<String>,
    /// But none that fits one of these.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub deny: Vec<String>,
}

impl ChannelRule {
    /// Whether `deny` names the channel.
    pub fn denies(&self, channel: &str) -> bool {
        self.deny.iter().any(|pattern| fits(pattern, channel))
    }

    /// Whether `allow` names the channel, or names none. What is denied outweighs it.
    pub fn allows(&self, channel: &str) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|pattern| fits(pattern, channel))
    }

    /// Whether every channel may be used.
    pub fn is_open(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

/// Whether a text fits a pattern. Takes the first place for each part, so it is linear in the
/// number of parts times the text.
fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRecord {
    /// Its id.
    pub id: AppId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows with each change.
    pub version: u64,
}

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id, `key_…`, which is no secret.
    pub id: String,
    /// The application it is for.
    pub app: AppId,
    /// What people call it.
    pub name: String,
    /// What it may do.
    pub roles: Roles,
    /// On which channels.
    pub channels: ChannelRule,
    /// Requests a second; `None` takes the server's setting.
    pub rate_per_s: Option<u32>,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Grows with each change.
    pub version: u64,
}

/// What a logged-in user may do, without the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserToken {
    /// Its id, `ut_…`, which is no secret.
    pub id: String,
    /// The application it is for.
    pub app: AppId,
    /// Whose it is.
    pub user_id: String,
    /// What the user may do, beside what the key may.
    pub roles: Roles,
    /// On which channels.
    pub channels: ChannelRule,
    /// When it ends; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::{ChannelRule, Role, Roles, fits};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, fit) in [
            ("news", "news", true),
            ("news", "news2", false),
            ("news*", "news", true),
            ("news*", "newsroom", true),
            ("*room", "news room", true),
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, text), fit, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_denied_outweighs_what_is_allowed() {
        let rule =
            ChannelRule { allow: vec!["news*".to_owned()], deny: vec!["news-staff".to_owned()] };
        assert!(rule.allows("news-public") && !rule.denies("news-public"));
        assert!(rule.denies("news-staff"));
        assert!(!rule.allows("sport"));
        assert!(ChannelRule::default().allows("anything"));
    }

    #[test]
    fn roles_survive_being_kept() {
        let roles = Roles::of(&[Role::Publish, Role::Admin]);
        assert_eq!(Roles::from_mask(roles.mask()).list(), [Role::Publish, Role::Admin]);
        assert!(!Roles::MESSAGING.contains(Role::Admin));
    }
}
