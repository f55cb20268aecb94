//! Every form of a publish body, and what is made of it.

use super::{Plan, plan};
use crate::clock::Timestamp;
use crate::model::{Platforms, PublishPolicy};
use serde_json::{Value, json};

const NOW: i64 = 1_795_472_889_522;

fn planned(body: &Value) -> Plan {
    plan("default", body, Timestamp::from_millis(NOW)).unwrap_or_else(|e| panic!("{body}: {e}"))
}

fn refused(body: &Value) -> (&'static str, String) {
    match plan("default", body, Timestamp::from_millis(NOW)) {
        Ok(plan) => panic!("{body}: {plan:?}"),
        Err(error) => (error.code(), error.to_string()),
    }
}

#[test]
fn platforms_follow_headers_broadcast_and_devices() {
    for (options, expected, push) in [
        (json!({}), "IOS,ANDROID,WP,OSX", false),
        (json!({"headers": {"k": "v"}}), "IOS,ANDROID,WP,OSX", false),
        (json!({"headers": {"android-ticker-text": "t"}}), "ANDROID", true),
        (json!({"headers": {"ios-badge": 1}}), "IOS", true),
        (
            json!({"headers": {"ios-badge": 0, "android-content-title": "t"}}),
            "IOS,ANDROID,WP,OSX",
            true,
        ),
        (json!({"headers": {"android-ticker-text": "", "ios-alert": "a"}}), "IOS", true),
        (json!({"headers": {"android-ticker-text": null}}), "IOS,ANDROID,WP,OSX", false),
        (json!({"headers": {"wp-title": "t"}}), "WP", true),
        (json!({"headers": {"wp-title": "t", "android-content-text": "t"}}), "ANDROID,WP", true),
        (json!({"pushSinglecast": ["d"]}), "IOS,ANDROID,WP,OSX", true),
        (json!({"pushSinglecast": ["d"], "headers": {"ios-alert": "a"}}), "IOS", true),
        (json!({"pushSinglecast": ["d"], "pushBroadcast": 2}), "IOS,ANDROID,WP,OSX", true),
        (json!({"pushBroadcast": 2, "headers": {"ios-alert": "a"}}), "ANDROID", true),
        (json!({"pushBroadcast": 0}), "none", true),
        (json!({"publishPolicy": "PUSH"}), "IOS,ANDROID,WP,OSX", true),
        (json!({"publishPolicy": "BOTH"}), "IOS,ANDROID,WP,OSX", true),
        (json!({"publishPolicy": "PUBSUB", "headers": {"ios-alert": "a"}}), "IOS", false),
    ] {
        let mut body = options.clone();
        body["message"] = json!("m");
        let plan = planned(&body);
        assert_eq!(plan.platforms.to_string(), expected, "{options}");
        assert_eq!(plan.delivers_push, push, "{options}");
    }
}

#[test]
fn broadcast_is_read_in_every_form() {
    for (form, mask) in [
        (json!(0), 0),
        (json!(3), 3),
        (json!(15), 15),
        (json!(2.0), 2),
        (json!("FOR_IOS|FOR_ANDROID"), 3),
        (json!("FOR_ALL"), 15),
        (json!("FOR_NONE"), 0),
        (json!("IOS"), 1),
        (json!("ANDROID"), 2),
        (json!("wp"), 4),
        (json!("IOS| ANDROID"), 3),
        (json!("OSX"), 8),
        (json!("ALL"), 15),
        (json!("3"), 3),
    ] {
        let plan = planned(&json!({"message": 1, "pushBroadcast": form}));
        assert_eq!(plan.publication.broadcast.map(Platforms::mask), Some(mask), "{form}");
    }
    for form in [json!(null), json!("")] {
        assert_eq!(
            planned(&json!({"message": 1, "pushBroadcast": form})).publication.broadcast,
            None
        );
    }
    for form in
        [json!(16), json!(-1), json!(1.5), json!("PALM"), json!("16"), json!(true), json!(["IOS"])]
    {
        assert_eq!(
            refused(&json!({"message": 1, "pushBroadcast": form})).0,
            "push-broadcast",
            "{form}"
        );
    }
}

#[test]
fn policy_is_read_in_every_form() {
    for (form, policy) in [
        (json!("PUSH"), Some(PublishPolicy::Push)),
        (json!("pubsub"), Some(PublishPolicy::Pubsub)),
        (json!("Both"), Some(PublishPolicy::Both)),
        (json!(0), Some(PublishPolicy::Push)),
        (json!(1), Some(PublishPolicy::Pubsub)),
        (json!("2"), Some(PublishPolicy::Both)),
        (json!(null), None),
        (json!(""), None),
    ] {
        assert_eq!(
            planned(&json!({"message": 1, "publishPolicy": form})).publication.policy,
            policy
        );
    }
    for form in [json!(3), json!("ALSO"), json!(true), json!({})] {
        assert_eq!(refused(&json!({"message": 1, "publishPolicy": form})).0, "publish-policy");
    }
}

#[test]
fn times_are_read_in_every_form() {
    let later = NOW + 60_000;
    for (form, expected) in [
        (json!(later), Some(later)),
        (json!(1_795_472_949_522.0), Some(later)),
        (json!("2026-11-23T22:29:09.522Z"), Some(later)),
        (json!(NOW - 900), Some(NOW - 900)),
        (json!(0), None),
        (json!(null), None),
        (json!(""), None),
    ] {
        let plan = planned(&json!({"message": 1, "publishAt": form}));
        assert_eq!(plan.publication.publish_at.map(Timestamp::millis), expected, "{form}");
    }
    for (form, hint) in [
        (json!(NOW - 1_001), "use a later time"),
        (json!(later / 1_000), "it looks like seconds"),
        (json!("1970-01-01T00:00:00.000Z"), "use a later time"),
        (json!("tomorrow"), "is no time"),
        (json!(-5), "is no time"),
        (json!(true), "is no time"),
        (json!(1e300), "is no time"),
    ] {
        let (code, text) = refused(&json!({"message": 1, "publishAt": form}));
        assert_eq!(code, "publish-at", "{form}");
        assert!(text.contains(hint), "{text}");
    }
}

#[test]
fn repeats_are_read() {
    let repeat = |body: Value| planned(&body).publication.repeat;
    let end = NOW + 10_000;
    let found = repeat(json!({"message": 1, "repeatEvery": 2, "repeatExpiresAt": end})).unwrap();
    assert_eq!((found.every_s, found.expires_at.map(Timestamp::millis)), (2, Some(end)));
    assert_eq!(repeat(json!({"message": 1, "repeatEvery": 2})).unwrap().expires_at, None);
    for absent in [json!(null), json!(0)] {
        assert_eq!(
            repeat(json!({"message": 1, "repeatEvery": absent, "repeatExpiresAt": 0})),
            None
        );
    }
    for every in [json!(-1), json!(0.5), json!("soon"), json!(1e18)] {
        assert_eq!(refused(&json!({"message": 1, "repeatEvery": every})).0, "repeat-every");
    }
    for end in [json!(NOW), json!("never"), json!(5)] {
        let body = json!({"message": 1, "repeatEvery": 1, "repeatExpiresAt": end});
        assert_eq!(refused(&body).0, "repeat-expires-at", "{end}");
    }
    let before_first =
        json!({"message": 1, "publishAt": end, "repeatEvery": 1, "repeatExpiresAt": end - 1});
    assert_eq!(refused(&before_first).0, "repeat-expires-at");
}

#[test]
fn headers_keep_their_values_and_drop_empty_ones() {
    let body = json!({"message": 1, "headers": {"b": "v", "n": 5, "t": true, "e": "", "z": null}});
    let headers = planned(&body).publication.headers;
    assert_eq!(json!(headers), json!({"b": "v", "n": 5, "t": true}));
    assert_eq!(headers.keys().collect::<Vec<_>>(), ["b", "n", "t"], "in their order");
    for value in [json!([1]), json!({"a": 1})] {
        let (code, text) = refused(&json!({"message": 1, "headers": {"bad-one": value}}));
        assert_eq!(code, "header");
        assert!(text.contains("`bad-one`"), "{text}");
    }
    assert_eq!(refused(&json!({"message": 1, "headers": "x"})).0, "field-type");
}

#[test]
fn a_time_to_live_is_whole_seconds() {
    for (value, seconds) in [(json!(60), 60), (json!("60"), 60), (json!(60.0), 60), (json!(0), 0)] {
        let body = json!({"message": 1, "headers": {"push-time-to-live": value}});
        let plan = planned(&body);
        assert_eq!(plan.publication.time_to_live(), Some(seconds), "{value}");
        assert_eq!(plan.platforms, Platforms::ALL);
    }
    for value in [json!(-1), json!(1.5), json!("1 h"), json!(true), json!(2_419_201)] {
        let (code, text) = refused(&json!({"message": 1, "headers": {"push-time-to-live": value}}));
        assert_eq!(code, "header");
        assert!(text.contains("push-time-to-live") && text.contains("whole seconds"), "{text}");
    }
}

#[test]
fn everything_a_client_sends_as_null_is_absent() {
    let body = json!({
        "message": "x", "publisherId": null, "headers": {}, "pushBroadcast": null,
        "pushSinglecast": [], "segmentQuery": null, "publishPolicy": 2, "publishAt": null,
        "repeatEvery": null, "repeatExpiresAt": null, "pushPolicy": "ALSO", "unknown": [1]
    });
    let plan = planned(&body);
    assert_eq!(plan.publication.policy, Some(PublishPolicy::Both));
    assert!(plan.device_ids.is_empty() && plan.publication.publisher_id.is_none());
}

#[test]
fn a_message_may_be_anything_but_null() {
    for message in [json!(""), json!(0), json!(false), json!([]), json!({})] {
        assert_eq!(planned(&json!({"message": message})).publication.message, message);
    }
    for body in [json!({}), json!({"message": null})] {
        assert_eq!(refused(&body).0, "message-missing");
    }
    assert_eq!(refused(&json!([1])).0, "body-not-an-object");
    assert_eq!(refused(&json!({"message": 1, "segmentQuery": "a = 1"})).0, "segment-query");
    assert_eq!(refused(&json!({"message": "x".repeat(300_000)})).0, "message-too-large");
    let deep = (0..101).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(refused(&json!({"message": deep})).0, "message-too-deep");
}

#[test]
fn devices_are_a_list_of_texts() {
    let plan = planned(&json!({"message": 1, "pushSinglecast": ["a", "b", "a", ""]}));
    let ids: Vec<_> = plan.device_ids.iter().map(crate::id::DeviceId::as_str).collect();
    assert_eq!(ids, ["a", "b"]);
    for ids in [json!("a"), json!([1]), json!([""]), json!({"a": 1})] {
        assert_eq!(refused(&json!({"message": 1, "pushSinglecast": ids})).0, "push-singlecast");
    }
}

#[test]
fn channel_names_are_checked() {
    let named = |name: &str| {
        plan(name, &json!({"message": 1}), Timestamp::from_millis(NOW)).map(|plan| plan.channel)
    };
    assert_eq!(named("").unwrap(), "default");
    assert_eq!(named("news room é+").unwrap(), "news room é+");
    for name in ["a/b", "registrations", "push", "email", "channels", "pushtemplates", "a\nb"] {
        assert_eq!(named(name).unwrap_err().code(), "channel-name", "{name}");
    }
    assert_eq!(named(&"x".repeat(201)).unwrap_err().code(), "channel-name");
}
