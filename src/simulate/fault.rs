//! Faults, chosen by the beginning of a device token.

/// What goes wrong with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The device is gone.
    Gone,
    /// The token is of another app, environment, project or key.
    Foreign,
    /// The message is refused.
    Invalid,
    /// 503 at first, then accepted.
    Retry,
    /// 503, always.
    Down,
    /// 429 with `Retry-After: 1` at first, then accepted.
    Throttled,
    /// Accepted after a while.
    Slow,
    /// Taken, then `RST_STREAM` instead of an answer, at first.
    Reset,
    /// `RST_STREAM` with `REFUSED_STREAM` at first: not taken.
    Refused,
    /// GOAWAY at first, with this stream and those after it not taken.
    GoAway,
    /// Taken, then the connection is cut, at first.
    Cut,
    /// The connection falls silent and stays open, at first.
    Stall,
    /// 401 or 403, as if our credentials were over, at first.
    Expired,
    /// Our credentials are refused.
    Denied,
}

impl Fault {
    /// Every fault: how a token begins, and what happens to it.
    pub const KINDS: [(&'static str, Self, &'static str); 14] = [
        ("gone", Self::Gone, "the device is gone"),
        ("foreign", Self::Foreign, "the token is of another app, environment, project or key"),
        ("invalid", Self::Invalid, "the message is refused"),
        ("retry", Self::Retry, "503 at first, then accepted"),
        ("down", Self::Down, "503, always"),
        ("throttled", Self::Throttled, "429 with `Retry-After: 1` at first, then accepted"),
        ("slow", Self::Slow, "accepted after --slow-ms"),
        ("reset", Self::Reset, "taken, then RST_STREAM instead of an answer, at first"),
        ("refused", Self::Refused, "RST_STREAM with REFUSED_STREAM at first: not taken"),
        ("goaway", Self::GoAway, "GOAWAY at first: this stream and later ones aren't taken"),
        ("cut", Self::Cut, "taken, then the connection is cut, at first"),
        ("stall", Self::Stall, "the connection falls silent and stays open, at first"),
        ("expired", Self::Expired, "our token is too old, at first"),
        ("denied", Self::Denied, "our credentials are refused"),
    ];

    /// The fault of a token.
    pub(super) fn of(token: &str) -> Self {
        let found = Self::KINDS.iter().find(|(prefix, _, _)| token.starts_with(prefix));
        found.map_or(Self::None, |(_, fault, _)| *fault)
    }

    /// Whether it happens to the first request of a token only.
    pub(super) fn is_once(self) -> bool {
        match self {
            Self::None
            | Self::Gone
            | Self::Foreign
            | Self::Invalid
            | Self::Down
            | Self::Slow
            | Self::Denied => false,
            Self::Retry
            | Self::Throttled
            | Self::Reset
            | Self::Refused
            | Self::GoAway
            | Self::Cut
            | Self::Stall
            | Self::Expired => true,
        }
    }
}
