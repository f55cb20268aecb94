//! A message as each platform draws it. Built once a platform, shared by every send.
//!
//! Source of the header names: the messaging API's page on push notification headers.

use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::model::{AndroidFace, IosFace, Notification, Os, Publication, json_text};

/// The notification of a message for one platform.
///
/// Android's text is `android-content-text`, else the message. An iOS alert is
/// `ios-alert-body`, else `ios-alert`, else the message.
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
        ios: (os == Os::Ios).then(|| ios(publication)),
        message: publication.message.clone(),
        headers: publication
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), json_text(value)))
            .collect(),
    }
}

fn android(publication: &Publication) -> AndroidFace {
    AndroidFace {
        ticker: publication.header("android-ticker-text"),
        title: publication.header("android-content-title"),
        text: Some(
            publication
                .header("android-content-text")
                .unwrap_or_else(|| publication.message_text()),
        ),
    }
}

fn ios(publication: &Publication) -> IosFace {
    let alert = publication.header("ios-alert-body").or_else(|| publication.header("ios-alert"));
    IosFace {
        title: publication.header("ios-alert-title"),
        subtitle: publication.header("ios-alert-subtitle"),
        body: Some(alert.unwrap_or_else(|| publication.message_text())),
        // A badge that is no number leaves the icon as it is.
        badge: publication.header("ios-badge").and_then(|badge| badge.trim().parse().ok()),
        sound: publication.header("ios-sound"),
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
            "ios-alert-subtitle": "S", "ios-alert": "old", "ios-badge": 3, "ios-sound": "ping"
        });
        assert_eq!(
            drawn(Os::Android, &json!("m"), &headers)["android"],
            json!({"ticker": "tick", "title": "T", "text": "m"})
        );
        let ios = drawn(Os::Ios, &json!("m"), &headers);
        assert_eq!(
            ios["ios"],
            json!({"title": "A", "subtitle": "S", "body": "old", "badge": 3, "sound": "ping"})
        );
        assert_eq!(ios["android"], Value::Null);
        assert_eq!(ios["headers"]["ios-badge"], "3", "values are text on delivery");
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
