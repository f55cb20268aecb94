//! The fields of a template as tables: what each may hold.

use crate::limits;

/// What a field may hold.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// A text with places.
    Smart,
    /// The same, for what is an address of the web, or empty.
    Address,
    /// A text as it is.
    Text,
    /// A template's name.
    Name,
    /// A channel's name.
    Channel,
    /// A condition over devices, whose values may be open.
    Segment,
    /// A whole number from 0 to this.
    Number(u32),
    /// True or false.
    Flag,
    /// `#RRGGBB`
    Color,
    /// `normal` or `high`
    Priority,
    /// A list of operating systems.
    Platforms,
    /// Texts with places by name.
    Headers,
    /// Buttons.
    Buttons,
    /// An object with these fields.
    Object(&'static [Field]),
    /// Objects with these fields by language.
    Locales(&'static [Field]),
    /// What the server adds to a template that it shows, or editors do; not looked at.
    Shown,
}

/// A field and what it may hold.
pub(super) type Field = (&'static str, Kind);

/// The largest badge: what the phones' systems count to.
const BADGE: Kind = Kind::Number(2_147_483_647);
const TIME_TO_LIVE: Kind = Kind::Number(limits::TIME_TO_LIVE_MAX_S);

pub(super) const TEMPLATE: &[Field] = &[
    ("name", Kind::Name),
    ("message", Kind::Smart),
    ("platforms", Kind::Platforms),
    ("channelName", Kind::Channel),
    ("segmentQuery", Kind::Segment),
    ("customHeaders", Kind::Headers),
    ("options", Kind::Object(OPTIONS)),
    ("locales", Kind::Locales(VARIANT)),
    ("$schema", Kind::Shown),
    ("id", Kind::Shown),
    ("version", Kind::Shown),
    ("changedAt", Kind::Shown),
    ("warnings", Kind::Shown),
];

const VARIANT: &[Field] = &[
    ("message", Kind::Smart),
    ("customHeaders", Kind::Headers),
    ("options", Kind::Object(OPTIONS)),
];

const OPTIONS: &[Field] = &[
    ("android", Kind::Object(ANDROID)),
    ("ios", Kind::Object(APPLE)),
    ("osx", Kind::Object(APPLE)),
];

const ANDROID: &[Field] = &[
    ("contentTitle", Kind::Smart),
    ("contentText", Kind::Smart),
    ("tickerText", Kind::Smart),
    ("summarySubText", Kind::Smart),
    ("customHeaders", Kind::Headers),
    ("badge", BADGE),
    ("badgeNumber", BADGE),
    ("icon", Kind::Text),
    ("largeIcon", Kind::Smart),
    ("colorCode", Kind::Color),
    ("sound", Kind::Text),
    ("cancel", Kind::Object(&[("after", BADGE), ("ontap", Kind::Flag)])),
    ("attachmentUrl", Kind::Address),
    ("actionOnTap", Kind::Text),
    ("actions", Kind::Buttons),
    ("buttonTemplate", Kind::Text),
    ("channelTemplate", Kind::Text),
    ("contentAvailable", Kind::Flag),
    ("directBoot", Kind::Flag),
    ("deliveryPriority", Kind::Priority),
    ("ttlSeconds", TIME_TO_LIVE),
    ("collapseKey", Kind::Smart),
];

const APPLE: &[Field] = &[
    ("alertTitle", Kind::Smart),
    ("alertSubtitle", Kind::Smart),
    ("alertBody", Kind::Smart),
    ("customHeaders", Kind::Headers),
    ("badge", BADGE),
    ("sound", Kind::Text),
    ("attachmentUrl", Kind::Address),
    ("actions", Kind::Buttons),
    ("buttonTemplate", Kind::Text),
    ("threadId", Kind::Smart),
    ("summaryFormat", Kind::Text),
    ("contentAvailable", Kind::Flag),
    ("mutableContent", Kind::Flag),
    ("deliveryPriority", Kind::Priority),
    ("ttlSeconds", TIME_TO_LIVE),
    ("collapseKey", Kind::Smart),
];

pub(super) const BUTTON: &[Field] = &[
    ("id", Kind::Text),
    ("title", Kind::Smart),
    ("inlineReply", Kind::Flag),
    ("textInputPlaceholder", Kind::Smart),
    ("inputButtonTitle", Kind::Text),
];
