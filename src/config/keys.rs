//! The keys of the settings, and how the text of each is taken; those of the push services
//! are in [`service_keys`](super::service_keys).

use super::draft::{Key, keep, web_address};
use super::service_keys;
use crate::limits::RATE_MAX_PER_S;

/// Every key of the settings.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(&service_keys::KEYS)
}

static KEYS: [Key; 15] = [
    Key {
        path: "listen",
        doc: "the address to listen on, `HOST:PORT`",
        take: |draft, text| {
            text.rsplit_once(':')
                .filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                .ok_or("must be `HOST:PORT`, for example `127.0.0.1:8080`")?;
            draft.listen = Some(text.to_owned());
            Ok(())
        },
    },
    Key { path: "data", doc: "the data folder", take: |draft, text| keep(&mut draft.data, text) },
    Key {
        path: "public_url",
        doc: "the address clients reach the server by, without a path",
        take: |draft, text| keep(&mut draft.public_url, &web_address(text)?),
    },
    Key {
        path: "domain_api",
        doc: "whether `/api/messaging/…` works without app id and key; if not said, only on a \
              loopback address",
        take: |draft, text| {
            draft.domain_api = Some(text.parse().map_err(|_| "must be `true` or `false`")?);
            Ok(())
        },
    },
    Key {
        path: "cors.origins",
        doc: "web pages of these origins may use the server, separated by commas; if not said, \
              any, for paths with an API key",
        take: |draft, text| {
            draft.cors_origins =
                text.split(',').map(|one| web_origin(one.trim())).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "cors.credentials",
        doc: "whether pages of these origins may send cookies; if not said, no",
        take: |draft, text| {
            draft.cors_credentials = Some(text.parse().map_err(|_| "must be `true` or `false`")?);
            Ok(())
        },
    },
    Key {
        path: "rate_per_second",
        doc: "requests a second of an API key that has no rate of its own",
        take: |draft, text| {
            let rate = text.parse().ok().filter(|rate| (1..=RATE_MAX_PER_S).contains(rate));
            draft.rate_per_s = Some(rate.ok_or("must be a number from 1 to 1000000")?);
            Ok(())
        },
    },
    Key {
        path: "delivery.pace",
        doc: "messages a second by provider, as `fcm=10000,apns=5000`; one that isn't named keeps \
              its own pace: 10000 for `fcm`, none for others",
        take: |draft, text| {
            draft.delivery.paces = text.split(',').map(pace).collect::<Result<_, _>>()?;
            Ok(())
        },
    },
    Key {
        path: "delivery.ledger_days",
        doc: "days for which it is kept what became of a message at each device",
        take: |draft, text| {
            let days = text.parse().ok().filter(|days| (1..=36_500).contains(days));
            draft.delivery.ledger_days = days.ok_or("must be a number of days, 1 or more")?;
            Ok(())
        },
    },
    Key {
        path: "delivery.quiet_hours",
        doc: "when devices are told nothing that isn't to them by name, as `22:00-07:00`",
        take: |draft, text| {
            let times = text.split_once('-');
            let times = times.and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
            draft.delivery.quiet_hours = Some(times.ok_or("must be times like `22:00-07:00`")?);
            Ok(())
        },
    },
    Key {
        path: "delivery.quiet_zone",
        doc: "the time zone of devices without a property `timezone`, as `Europe/Kyiv`",
        take: |draft, text| {
            jiff::tz::TimeZone::get(text).map_err(|_| "must be a time zone like `Europe/Kyiv`")?;
            draft.delivery.quiet_zone = Some(text.to_owned());
            Ok(())
        },
    },
    Key {
        path: "delivery.daily_cap",
        doc: "messages a day that a device is told at most, those to it by name aside",
        take: |draft, text| {
            let cap = text.parse().ok().filter(|cap| *cap > 0);
            draft.delivery.daily_cap = Some(cap.ok_or("must be a number of messages, 1 or more")?);
            Ok(())
        },
    },
    Key {
        path: "upstream.url",
        doc: "another server of the messaging API that gets every message instead",
        take: |draft, text| keep(&mut draft.upstream[0], &web_address(text)?),
    },
    Key {
        path: "upstream.app_id",
        doc: "the application there",
        take: |draft, text| keep(&mut draft.upstream[1], text),
    },
    Key {
        path: "upstream.api_key",
        doc: "its API key",
        take: |draft, text| keep(&mut draft.upstream[2], text),
    },
];

/// The minute of the day of `HH:MM`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

/// `NAME=NUMBER`.
fn pace(text: &str) -> Result<(String, u32), String> {
    let named = text.split_once('=').map(|(name, number)| (name.trim(), number.trim().parse()));
    match named {
        Some((name, Ok(number @ 1..=RATE_MAX_PER_S))) if !name.is_empty() => {
            Ok((name.to_owned(), number))
        }
        _ => Err("must be pairs like `fcm=10000`, separated by commas".to_owned()),
    }
}

/// An origin as browsers send it: scheme, host and port, in lower case.
fn web_origin(text: &str) -> Result<String, String> {
    let origin = web_address(text)?;
    let (_, host) = origin.split_once("://").unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@*".contains(&byte);
    if host.bytes().all(plain) {
        return Ok(origin.to_ascii_lowercase());
    }
    Err("must hold origins like `https://example.com`, separated by commas".to_owned())
}
