//! A message as each platform draws it. Built once a platform, shared by every send.
//!
//! Source of the header names: the messaging API's page on push notification headers.

use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::model::{AndroidFace, Carriage, IosFace, Notification, Os, Publication, json_text};

/// The notification of a message for one platform.
///
/// Android's text is `android-content-text`, else the message. An iOS alert is
/// `ios-alert-body`, else `ios-alert`, else the message. macOS shows what iOS shows.
pub fn notification(
    message_id: &MessageId,
    channel: &str,
    publication: &Publication,
    os: Os,
    published_at: Timestamp,
) -> Notification {
    Notification {
        message_id: message_id.clone(),
        channel: channel.to_owned(),
        os,
        published_at,
        android: (os == Os::Android).then(|| android(publication)),
        ios: matches!(os, Os::Ios | Os::Osx).then(|| ios(publication)),
        message: publication.message.clone(),
        headers: publication
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json_text(value)))
            .collect(),
        carriage: carriage(publication, os),
    }
}

fn android(publication: &Publication) -> AndroidFace {
    let header = |name| publication.header(name);
    AndroidFace {
        ticker: header("android-ticker-text"),
        title: header("android-content-title"),
        text: Some(header("android-content-text").unwrap_or_else(|| publication.message_text())),
        sub_text: header("android-summary-subtext"),
        sound: header("android-content-sound"),
        large_icon: header("android-large-icon"),
        image: header("android-attachment-url"),
        ..AndroidFace::default()
    }
}

fn ios(publication: &Publication) -> IosFace {
    let header = |name| publication.header(name);
    let alert = header("ios-alert-body").or_else(|| header("ios-alert"));
    let image = header("ios-rich-media-url");
    let body = alert.unwrap_or_else(|| publication.message_text());
    IosFace {
        title: header("ios-alert-title"),
        subtitle: header("ios-alert-subtitle"),
        body: (!body.is_empty()).then_some(body),
        // A badge that is no number leaves the icon as it is.
        badge: header("ios-badge").and_then(|badge| badge.trim().parse().ok()),
        sound: header("ios-sound"),
        // Fetching the picture is the extension's work.
        mutable_content: image.is_some(),
        image,
        ..IosFace::default()
    }
}

/// Swift's client sends `ios-content-available: 1` with every message, so it alone doesn't
/// make a message silent: that takes an empty one.
fn carriage(publication: &Publication, os: Os) -> Carriage {
    let wakes = publication.header("ios-content-available").is_some_and(|flag| flag == "1");
    Carriage {
        content_available: wakes && matches!(os, Os::Ios | Os::Osx),
        time_to_live: publication.time_to_live(),
        ..Carriage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::notification;
    use crate::clock::Timestamp;
    use crate::id::MessageId;
    use crate::model::{Os, Publication};
    use serde_json::{Value, json};

    fn drawn(os: Os, message: &Value, headers: &Value) -> Value {
        let publication: Publication =
            serde_json::from_value(json!({"message": message, "headers": headers})).unwrap();
        let id = MessageId::new("message:X");
        let drawn = notification(&id, "news", &publication, os, Timestamp::from_millis(5));
        serde_json::to_value(drawn).unwrap()
    }

    #[test]
    fn each_platform_draws_its_own_headers() {
        let headers = json!({
            "android-ticker-text": "tick", "android-content-title": "T", "ios-alert-title": "A",
            "ios-alert-subtitle": "S", "ios-alert": "old", "ios-badge": 3, "ios-sound": "ping",
            "android-summary-subtext": "sub", "android-content-sound": "pling",
            "android-large-icon": "ship", "android-attachment-url": "https://a/b.png",
            "ios-rich-media-url": "https://a/c.png"
        });
        assert_eq!(
            drawn(Os::Android, &json!("m"), &headers)["android"],
            json!({
                "ticker": "tick", "title": "T", "text": "m", "subText": "sub", "sound": "pling",
                "largeIcon": "ship", "image": "https://a/b.png"
            })
        );
        let ios = drawn(Os::Ios, &json!("m"), &headers);
        assert_eq!(
            ios["ios"],
            json!({
                "title": "A", "subtitle": "S", "body": "old", "badge": 3, "sound": "ping",
                "image": "https://a/c.png", "mutableContent": true
            })
        );
        assert_eq!(ios["android"], Value::Null);
        assert_eq!(ios["headers"]["ios-badge"], "3", "values are text on delivery");
    }

    #[test]
    fn an_empty_message_shows_nothing_and_may_wake_the_app() {
        let headers = json!({"ios-content-available": "1"});
        let wakes = drawn(Os::Ios, &json!(""), &headers);
        assert_eq!(wakes["ios"], json!({}));
        assert_eq!(wakes["carriage"], json!({"contentAvailable": true}));
        let says = drawn(Os::Ios, &json!("m"), &headers);
        assert_eq!(says["ios"], json!({"body": "m"}));
        assert_eq!(drawn(Os::Android, &json!("m"), &headers)["carriage"], Value::Null);
    }

    #[test]
    fn a_time_to_live_is_for_all_platforms() {
        for (header, seconds) in [(json!("90"), json!(90)), (json!(0), json!(0))] {
            for os in [Os::Android, Os::Ios, Os::Wp] {
                let drawn = drawn(os, &json!("m"), &json!({"push-time-to-live": header}));
                assert_eq!(drawn["carriage"]["timeToLive"], seconds);
            }
        }
    }

    #[test]
    fn a_message_without_an_alert_is_the_alert() {
        let no_alert = drawn(Os::Ios, &json!({"a": 1}), &json!({"ios-badge": "many"}));
        assert_eq!(no_alert["ios"], json!({"body": "{\"a\":1}"}));
        let title_only = drawn(Os::Ios, &json!("m"), &json!({"ios-alert-title": "A"}));
        assert_eq!(title_only["ios"], json!({"title": "A", "body": "m"}));
        let both = drawn(Os::Ios, &json!("m"), &json!({"ios-alert": "a", "ios-alert-body": "b"}));
        assert_eq!(both["ios"], json!({"body": "b"}));
        let android = drawn(Os::Android, &json!(5), &json!({}));
        assert_eq!(android["android"], json!({"text": "5"}));
        let wp = drawn(Os::Wp, &json!(5), &json!({}));
        assert_eq!(
            (&wp["ios"], &wp["android"], &wp["message"]),
            (&Value::Null, &Value::Null, &json!(5))
        );
    }
}
