//! A template as a device's part of the messaging API reads it, to draw for itself what comes
//! with the header `template_name`.
//!
//! Source of the names: the Android, React Native and Swift SDKs.

use crate::model::{AndroidOptions, Button, IosOptions, Os, Template};
use crate::smart::SmartText;
use indexmap::IndexMap;
use serde_json::{Value, json};

/// A template for devices of a platform; `None` when it isn't for them. Texts are as they were
/// written: what fills them comes with each notification.
pub fn device_side(template: &Template, os: Os) -> Option<Value> {
    if !template.reaches().contains(os) {
        return None;
    }
    let options = &template.options;
    Some(match os {
        Os::Android => android(template, &options.android.clone().unwrap_or_default()),
        Os::Ios => apple(template, &options.ios.clone().unwrap_or_default()),
        Os::Osx => apple(template, &options.osx.clone().unwrap_or_default()),
        Os::Wp => json!({
            "name": template.name, "customHeaders": headers(template, &IndexMap::new()),
        }),
    })
}

fn android(template: &Template, options: &AndroidOptions) -> Value {
    let cancel = options.cancel.clone().unwrap_or_default();
    let color = options.color_code.as_deref().and_then(|code| code.strip_prefix('#'));
    json!({
        "name": template.name,
        "contentTitle": options.content_title,
        "summarySubText": options.summary_sub_text,
        "customHeaders": headers(template, &options.custom_headers),
        "badge": options.badge,
        "badgeNumber": options.badge_number.or(options.badge),
        "showBadge": options.badge_number.or(options.badge).is_some(),
        "icon": options.icon,
        "largeIcon": options.large_icon,
        "colorCode": color.and_then(|digits| u32::from_str_radix(digits, 16).ok()),
        "attachmentUrl": options.attachment_url,
        "sound": options.sound,
        "cancelOnTap": cancel.ontap.unwrap_or(true),
        "cancelAfter": cancel.after,
        "actionOnTap": options.action_on_tap,
        "contentAvailable": u8::from(options.content_available.unwrap_or(false)),
        "directBoot": options.direct_boot.unwrap_or(false),
        "buttonTemplate": options.button_template,
        "channelTemplate": options.channel_template,
        "actions": options.actions.iter().map(|button| json!({
            "id": button.id, "title": button.title, "options": asks_for_text(button),
        })).collect::<Value>(),
    })
}

fn apple(template: &Template, options: &IosOptions) -> Value {
    json!({
        "name": template.name,
        "alertTitle": options.alert_title,
        "alertSubtitle": options.alert_subtitle,
        "sound": options.sound,
        "badge": options.badge,
        "attachmentUrl": options.attachment_url,
        "customHeaders": headers(template, &options.custom_headers),
        "contentAvailable": u8::from(options.content_available.unwrap_or(false)),
        "mutableContent": u8::from(
            options.mutable_content.unwrap_or(options.attachment_url.is_some())
        ),
        "threadId": options.thread_id,
        "summaryFormat": options.summary_format,
        "buttonTemplate": options.button_template,
        "actions": options.actions.iter().map(|button| json!({
            "id": button.id, "title": button.title, "options": 0,
            "inlineReply": button.inline_reply.unwrap_or(false),
            "inputButtonTitle": button.input_button_title,
            "textInputPlaceholder": button.text_input_placeholder,
        })).collect::<Value>(),
    })
}

fn headers(template: &Template, own: &IndexMap<String, SmartText>) -> Value {
    let mut headers = template.custom_headers.clone();
    headers.extend(own.iter().map(|(name, text)| (name.clone(), text.clone())));
    json!(headers)
}

/// 1 is a line of text. Source: the React Native SDK.
fn asks_for_text(button: &Button) -> u8 {
    u8::from(button.inline_reply.unwrap_or(false))
}
