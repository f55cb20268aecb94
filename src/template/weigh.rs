//! What is doubtful about a template that can be kept.

use super::draw::{Drawing, Stamp};
use super::problem::TemplateProblem;
use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::limits;
use crate::model::{Notification, Os, Template};
use serde_json::{Map, json};

/// What an author should know: more than push services carry, nothing to show, options that
/// nobody gets.
pub fn warnings(template: &Template) -> Vec<TemplateProblem> {
    let mut warnings = unreached(template);
    let stamp = Stamp {
        message_id: MessageId::new(""),
        channel: String::new(),
        published_at: Timestamp::from_millis(0),
    };
    let mut drawing = Drawing::new(template.with_values(Map::new()), stamp);
    for os in template.reaches().iter().filter(|os| *os != Os::Wp) {
        let variants = (0..template.locales.len()).map(Some);
        for variant in std::iter::once(None).chain(variants) {
            let drawn = drawing.typical(os, variant);
            let path = variant.and_then(|place| template.locales.get_index(place)).map_or_else(
                || format!("options.{}", os.name().to_ascii_lowercase()),
                |(tag, _)| format!("locales.{tag}"),
            );
            if let Some(problem) = too_large(&drawn) {
                warnings.push(TemplateProblem::new(path, problem));
            } else if drawn.is_silent() && !drawn.carriage.content_available {
                let message = format!(
                    "shows nothing on {} and doesn't wake the app; give it a `message` or a title",
                    os.name()
                );
                warnings.push(TemplateProblem::new(path, message));
            }
        }
    }
    warnings
}

fn unreached(template: &Template) -> Vec<TemplateProblem> {
    let options = &template.options;
    let said = [
        (Os::Android, "android", options.android.is_some()),
        (Os::Ios, "ios", options.ios.is_some()),
        (Os::Osx, "osx", options.osx.is_some()),
    ];
    let reaches = template.reaches();
    let unreached = said.into_iter().filter(|(os, _, said)| *said && !reaches.contains(*os));
    let told = unreached.map(|(os, name, _)| {
        let message = format!("is for nobody, since `platforms` doesn't name {}", os.name());
        TemplateProblem::new(format!("options.{name}"), message)
    });
    told.collect()
}

/// What it takes on its way, about: each push service wraps it in its own words.
fn too_large(drawn: &Notification) -> Option<String> {
    let carried = json!({
        "android": drawn.android, "ios": drawn.ios, "headers": drawn.headers,
        "message": drawn.message,
    });
    let bytes = carried.to_string().len();
    let most = limits::PAYLOAD_BYTES_MAX;
    (bytes > most).then(|| {
        format!(
            "takes about {bytes} bytes on {}, and push services carry {most}; shorten its texts or \
             headers",
            drawn.os.name()
        )
    })
}
