//! Every smart text of a platform's options, so that nothing that is filled is forgotten.

use crate::model::{AndroidOptions, Button, IosOptions};
use crate::smart::SmartText;

pub(super) fn of_android(options: &mut AndroidOptions) -> Vec<&mut SmartText> {
    let AndroidOptions {
        content_title,
        content_text,
        ticker_text,
        summary_sub_text,
        custom_headers,
        large_icon,
        attachment_url,
        collapse_key,
        actions,
        ..
    } = options;
    let alone = [
        content_title,
        content_text,
        ticker_text,
        summary_sub_text,
        large_icon,
        attachment_url,
        collapse_key,
    ];
    let mut texts: Vec<_> = alone.into_iter().flatten().collect();
    texts.extend(custom_headers.values_mut());
    texts.extend(of_buttons(actions));
    texts
}

pub(super) fn of_apple(options: &mut IosOptions) -> Vec<&mut SmartText> {
    let IosOptions {
        alert_title,
        alert_subtitle,
        alert_body,
        custom_headers,
        attachment_url,
        thread_id,
        collapse_key,
        actions,
        ..
    } = options;
    let alone = [alert_title, alert_subtitle, alert_body, attachment_url, thread_id, collapse_key];
    let mut texts: Vec<_> = alone.into_iter().flatten().collect();
    texts.extend(custom_headers.values_mut());
    texts.extend(of_buttons(actions));
    texts
}

fn of_buttons(buttons: &mut [Button]) -> impl Iterator<Item = &mut SmartText> {
    buttons.iter_mut().flat_map(|button| {
        std::iter::once(&mut button.title).chain(&mut button.text_input_placeholder)
    })
}
