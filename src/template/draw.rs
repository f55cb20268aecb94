//! Draws a template for a device: language, values, what is known of the person.

use super::locale::Languages;
use super::names::{known_of, value_of};
use super::texts;
use crate::clock::Timestamp;
use crate::id::MessageId;
use crate::model::{
    Action, AndroidFace, AndroidOptions, Button, Carriage, IosFace, IosOptions, Notification, Os,
    Person, Template, TemplateOptions, TemplatePush,
};
use crate::smart::{Place, SmartText};
use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The header that tells a device by which template to draw for itself.
const NAME_HEADER: &str = "template_name";

/// What a notification has from its message.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Which message.
    pub message_id: MessageId,
    /// The channel it was published to.
    pub channel: String,
    /// When.
    pub published_at: Timestamp,
}

/// A template on its way, drawn for one device after another. Languages are laid over it and
/// values filled in once; what is the same for several devices is shared by them.
#[derive(Clone, Debug)]
pub struct Drawing {
    push: TemplatePush,
    stamp: Stamp,
    languages: Languages,
    sheets: Vec<Sheet>,
}

/// A template for one platform in one language, with the values of the push filled in.
#[derive(Clone, Debug)]
struct Sheet {
    os: Os,
    /// The variant's place; `None` for the template itself.
    variant: Option<usize>,
    message: SmartText,
    headers: IndexMap<String, SmartText>,
    face: Face,
    /// What is left for the person to fill.
    places: Vec<Place>,
    /// As it is for somebody of whom nothing is known.
    plain: Arc<Notification>,
}

#[derive(Clone, Debug)]
enum Face {
    Android(Box<AndroidOptions>),
    Apple(Box<IosOptions>),
    /// A platform that draws headers only.
    None,
}

impl Face {
    /// A platform's options, and those of a language laid over them.
    fn new(options: &TemplateOptions, laid: Option<&TemplateOptions>, os: Os) -> Self {
        match os {
            Os::Android => Self::Android(Box::new(laid_over(
                options.android.as_ref(),
                laid.and_then(|laid| laid.android.as_ref()),
            ))),
            Os::Ios => Self::Apple(Box::new(laid_over(
                options.ios.as_ref(),
                laid.and_then(|laid| laid.ios.as_ref()),
            ))),
            Os::Osx => Self::Apple(Box::new(laid_over(
                options.osx.as_ref(),
                laid.and_then(|laid| laid.osx.as_ref()),
            ))),
            Os::Wp => Self::None,
        }
    }
}

impl Drawing {
    /// A drawing of this push.
    pub fn new(push: TemplatePush, stamp: Stamp) -> Self {
        let languages = Languages::new(push.template.locales.keys());
        Self { push, stamp, languages, sheets: Vec::new() }
    }

    /// What a device of that platform is shown of which nothing is known.
    pub fn shared(&mut self, os: Os) -> Arc<Notification> {
        Arc::clone(&self.sheet(os, None).plain)
    }

    /// What a device is shown, when that isn't [`Self::shared`].
    pub fn own(&mut self, os: Os, person: Option<&Person>) -> Option<Arc<Notification>> {
        let person = person?;
        let variant = self.languages.of(person);
        let place = self.place(os, variant);
        let sheet = &self.sheets[place];
        if sheet.places.iter().any(|place| known_of(person, &place.name).is_some()) {
            return Some(Arc::new(sheet.drawn(&self.stamp, &|name| known_of(person, name))));
        }
        variant.map(|_| Arc::clone(&sheet.plain))
    }

    /// The places that nothing fills for a person: neither a value nor a property nor a fallback.
    pub fn gaps(&mut self, os: Os, person: &Person) -> Vec<String> {
        let variant = self.languages.of(person);
        let mut gaps = Vec::new();
        for place in &self.sheet(os, variant).places {
            let gap = place.fallback.is_none() && known_of(person, &place.name).is_none();
            if gap && !gaps.contains(&place.name) {
                gaps.push(place.name.clone());
            }
        }
        gaps
    }

    /// About what devices are shown in one language, for weighing: what isn't known is as long
    /// as its name.
    pub(super) fn typical(&mut self, os: Os, variant: Option<usize>) -> Notification {
        let place = self.place(os, variant);
        let sheet = &self.sheets[place];
        sheet.drawn(&self.stamp, &|name| {
            let place = sheet.places.iter().find(|place| place.name == name)?;
            place.fallback.is_none().then(|| name.to_owned())
        })
    }

    fn sheet(&mut self, os: Os, variant: Option<usize>) -> &Sheet {
        let place = self.place(os, variant);
        &self.sheets[place]
    }

    /// Where a sheet lies; it is made when it is asked for first.
    fn place(&mut self, os: Os, variant: Option<usize>) -> usize {
        let found = |sheet: &Sheet| sheet.os == os && sheet.variant == variant;
        self.sheets.iter().position(found).unwrap_or_else(|| {
            self.sheets.push(Sheet::new(&self.push, os, variant, &self.stamp));
            self.sheets.len() - 1
        })
    }
}

impl Sheet {
    fn new(push: &TemplatePush, os: Os, variant: Option<usize>, stamp: &Stamp) -> Self {
        let template = &push.template;
        let laid = variant.and_then(|place| template.locales.get_index(place));
        let laid = laid.map(|(_, variant)| variant);
        let mut face = Face::new(&template.options, laid.map(|variant| &variant.options), os);
        let message = laid.and_then(|variant| variant.message.as_ref());
        let mut message = message.unwrap_or(&template.message).clone();
        let mut headers = template.custom_headers.clone();
        headers.extend(laid.into_iter().flat_map(|variant| variant.custom_headers.clone()));
        let own = match &mut face {
            Face::Android(options) => std::mem::take(&mut options.custom_headers),
            Face::Apple(options) => std::mem::take(&mut options.custom_headers),
            Face::None => IndexMap::new(),
        };
        headers.extend(own);
        headers.insert(NAME_HEADER.to_owned(), SmartText::plain(template.name.as_str()));
        let mut texts = match &mut face {
            Face::Android(options) => texts::of_android(options),
            Face::Apple(options) => texts::of_apple(options),
            Face::None => Vec::new(),
        };
        texts.push(&mut message);
        texts.extend(headers.values_mut());
        let mut places = Vec::new();
        for text in texts {
            *text = text.bound(|name| value_of(&push.values, name));
            places.extend(text.places().cloned());
        }
        let nobody = Arc::new(blank(stamp, os));
        let mut sheet = Self { os, variant, message, headers, face, places, plain: nobody };
        sheet.plain = Arc::new(sheet.drawn(stamp, &|_| None));
        sheet
    }

    fn drawn(&self, stamp: &Stamp, known: &dyn Fn(&str) -> Option<String>) -> Notification {
        let pen = Pen { known };
        let message = self.message.filled(known);
        let headers = self.headers.iter();
        let headers = headers.map(|(name, text)| (name.clone(), text.filled(known)));
        let headers = headers.filter(|(_, text)| !text.is_empty()).collect();
        let mut drawn = Notification { headers, ..blank(stamp, self.os) };
        match &self.face {
            Face::Android(options) => {
                drawn.carriage = pen.android_carriage(options);
                drawn.android = Some(pen.android(options, &message));
            }
            Face::Apple(options) => {
                drawn.carriage = pen.apple_carriage(options);
                drawn.ios = Some(pen.apple(options, &message));
            }
            Face::None => {}
        }
        drawn.message = Value::from(message);
        drawn
    }
}

fn blank(stamp: &Stamp, os: Os) -> Notification {
    Notification {
        message_id: stamp.message_id.clone(),
        channel: stamp.channel.clone(),
        os,
        published_at: stamp.published_at,
        android: None,
        ios: None,
        message: Value::Null,
        headers: IndexMap::new(),
        carriage: Carriage::default(),
    }
}

/// Fills in what is known of somebody.
struct Pen<'k> {
    known: &'k dyn Fn(&str) -> Option<String>,
}

impl Pen<'_> {
    /// What a text says; `None` when it says nothing.
    fn fill(&self, text: Option<&SmartText>) -> Option<String> {
        text.map(|text| text.filled(self.known)).filter(|filled| !filled.is_empty())
    }

    fn android(&self, options: &AndroidOptions, message: &str) -> AndroidFace {
        AndroidFace {
            ticker: self.fill(options.ticker_text.as_ref()),
            title: self.fill(options.content_title.as_ref()),
            text: self.fill(options.content_text.as_ref()).or_else(|| said(message)),
            sub_text: self.fill(options.summary_sub_text.as_ref()),
            icon: options.icon.clone(),
            large_icon: self.fill(options.large_icon.as_ref()),
            image: self.fill(options.attachment_url.as_ref()),
            color: options.color_code.clone(),
            sound: options.sound.clone(),
            channel_id: options.channel_template.clone(),
            badge: options.badge_number.or(options.badge).map(u64::from),
            actions: self.actions(&options.actions),
        }
    }

    fn apple(&self, options: &IosOptions, message: &str) -> IosFace {
        let image = self.fill(options.attachment_url.as_ref());
        IosFace {
            title: self.fill(options.alert_title.as_ref()),
            subtitle: self.fill(options.alert_subtitle.as_ref()),
            body: self.fill(options.alert_body.as_ref()).or_else(|| said(message)),
            badge: options.badge.map(u64::from),
            sound: options.sound.clone(),
            thread_id: self.fill(options.thread_id.as_ref()),
            category: options.button_template.clone(),
            // Fetching the picture is the extension's work.
            mutable_content: options.mutable_content.unwrap_or(image.is_some()),
            image,
            actions: self.actions(&options.actions),
        }
    }

    fn actions(&self, buttons: &[Button]) -> Vec<Action> {
        let action = |button: &Button| Action {
            id: button.id.clone(),
            title: button.title.filled(self.known),
            reply: button
                .inline_reply
                .unwrap_or(false)
                .then(|| self.fill(button.text_input_placeholder.as_ref()).unwrap_or_default()),
        };
        buttons.iter().map(action).collect()
    }

    fn android_carriage(&self, options: &AndroidOptions) -> Carriage {
        Carriage {
            priority: options.delivery_priority,
            time_to_live: options.ttl_seconds,
            collapse_key: self.fill(options.collapse_key.as_ref()),
            content_available: options.content_available.unwrap_or(false),
        }
    }

    fn apple_carriage(&self, options: &IosOptions) -> Carriage {
        Carriage {
            priority: options.delivery_priority,
            time_to_live: options.ttl_seconds,
            collapse_key: self.fill(options.collapse_key.as_ref()),
            content_available: options.content_available.unwrap_or(false),
        }
    }
}

fn said(message: &str) -> Option<String> {
    (!message.is_empty()).then(|| message.to_owned())
}

/// A platform's options in a language: what the language says, else what the template says.
fn laid_over<T>(options: Option<&T>, laid: Option<&T>) -> T
where
    T: Clone + Default + Serialize + DeserializeOwned,
{
    let base = options.cloned().unwrap_or_default();
    let Some(laid) = laid else { return base };
    let mut merged = fields(&base);
    for (name, value) in fields(laid) {
        match (merged.get_mut(&name), value) {
            // Headers are told apart by their names; everything else is said as a whole.
            (Some(Value::Object(headers)), Value::Object(more)) => headers.extend(more),
            (_, value) => {
                merged.insert(name, value);
            }
        }
    }
    // Both were read before, and what is laid over has the same fields.
    serde_json::from_value(Value::Object(merged)).unwrap_or(base)
}

fn fields(options: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) | Err(_) => Map::new(),
    }
}

impl Template {
    /// The push of this template with these values.
    pub fn with_values(&self, values: Map<String, Value>) -> TemplatePush {
        TemplatePush { template: self.clone(), values }
    }
}
