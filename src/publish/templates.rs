//! Stored push templates: kept, previewed, counted, pushed.
//!
//! What is wrong with a template and how it is drawn is in [`template`](crate::template); a
//! push of one becomes a message as any other, with the template as it is now in it.

use super::options::{Plan, channel_name, kind, plan};
use super::preview::PREVIEW_ID;
use super::template_error::TemplateError;
use super::{PublishError, Publisher};
use crate::clock::{Clock, Timestamp};
use crate::condition::Term;
use crate::diag::{Sentence, say};
use crate::id::{AppId, MessageId};
use crate::limits;
use crate::model::{
    Notification, Os, Person, Receipt, Template, TemplatePush, TemplateRecord, json_text,
};
use crate::store::{Changed, Made, Once, Segment, Store};
use crate::template::{Drawing, Stamp, TemplateProblem, device_side, read, value_of, warnings};
use serde_json::{Map, Value, json};

/// Keeps templates and pushes them. Cheap to clone.
#[derive(Clone)]
pub struct Templates {
    store: Store,
    publisher: Publisher,
    clock: Clock,
}

/// A template that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// As it is now.
    pub record: TemplateRecord,
    /// Whether this made it; the same request may have made it before.
    pub new: bool,
}

/// Somebody to preview a template for.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The platform.
    pub os: Os,
    /// What a push would be given: an object, or null.
    pub values: Value,
    /// What is known of the device and its user.
    pub person: Person,
}

/// What a device would be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// As it would be sent.
    pub notification: Notification,
    /// The names that nothing fills: they leave a gap.
    pub gaps: Vec<String>,
}

impl Templates {
    /// Templates of this store, pushed by this publisher.
    pub fn new(store: Store, publisher: Publisher, clock: Clock) -> Self {
        Self { store, publisher, clock }
    }

    /// A page of templates in order of their names, after the name `after`.
    pub async fn list(
        &self,
        app: &AppId,
        after: String,
        size: usize,
    ) -> Result<Vec<TemplateRecord>, TemplateError> {
        Ok(self.store.templates(app, after, size).await?)
    }

    /// The template of that name.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`] when there is none.
    pub async fn get(&self, app: &AppId, name: &str) -> Result<TemplateRecord, TemplateError> {
        let found = self.store.template(app, name).await?;
        found.ok_or_else(|| unknown(name))
    }

    /// Keeps a new template; the same request (`once`) makes it once.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`] with all that is wrong, [`TemplateError::Exists`].
    pub async fn create(
        &self,
        app: &AppId,
        body: &Value,
        once: Option<Once>,
    ) -> Result<Saved, TemplateError> {
        let template = whole(body)?;
        let now = self.clock.now();
        let name = template.name.clone();
        let record = TemplateRecord { template: template.clone(), changed_at: now };
        match self.store.add_template(app, template, once, now).await? {
            Changed::Done(Some(Made::New)) => Ok(Saved { record, new: true }),
            Changed::Done(Some(Made::Before(name))) => {
                Ok(Saved { record: self.get(app, &name).await?, new: false })
            }
            Changed::Done(Some(Made::Clash)) => Err(TemplateError::KeyReused),
            Changed::Done(None) => Err(TemplateError::Exists { name }),
            Changed::Missing | Changed::Stale(_) => Err(unknown(&name)),
        }
    }

    /// Puts a template in the place of the one of that name; `version` is what was read, `None`
    /// takes any. A body without a name keeps it.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`], [`TemplateError::Unknown`], [`TemplateError::Stale`].
    pub async fn replace(
        &self,
        app: &AppId,
        name: &str,
        body: &Value,
        version: Option<u64>,
    ) -> Result<TemplateRecord, TemplateError> {
        let template = Self::checked(body, name)?;
        if template.name != name {
            return Err(TemplateError::Renamed { name: name.to_owned(), given: template.name });
        }
        let now = self.clock.now();
        match self.store.change_template(app, template, version, now).await? {
            Changed::Done(record) => Ok(record),
            Changed::Missing => Err(unknown(name)),
            Changed::Stale(version) => Err(TemplateError::Stale { version }),
        }
    }

    /// Checks a template; one without a name is called `name`. Nothing is kept.
    ///
    /// # Errors
    /// [`TemplateError::Invalid`].
    pub fn checked(body: &Value, name: &str) -> Result<Template, TemplateError> {
        let mut body = body.clone();
        if let Value::Object(fields) = &mut body
            && fields.get("name").is_none_or(Value::is_null)
        {
            fields.insert("name".to_owned(), name.into());
        }
        whole(&body)
    }

    /// Deletes a template. What was pushed with it goes its way.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`], [`TemplateError::Stale`].
    pub async fn remove(
        &self,
        app: &AppId,
        name: &str,
        version: Option<u64>,
    ) -> Result<(), TemplateError> {
        match self.store.remove_template(app, name, version).await? {
            Changed::Done(()) => Ok(()),
            Changed::Missing => Err(unknown(name)),
            Changed::Stale(version) => Err(TemplateError::Stale { version }),
        }
    }

    /// What a device of the sample would be shown.
    ///
    /// # Errors
    /// [`TemplateError::Values`].
    pub fn preview(&self, template: &Template, sample: &Sample) -> Result<Preview, TemplateError> {
        let stamp = Stamp {
            message_id: MessageId::new(PREVIEW_ID),
            channel: template.channel_name.clone(),
            published_at: self.clock.now(),
        };
        let values = values(Some(&sample.values))?;
        let mut drawing = Drawing::new(template.with_values(values), stamp);
        let gaps = drawing.gaps(sample.os, &sample.person);
        let own = drawing.own(sample.os, Some(&sample.person));
        let notification = own.unwrap_or_else(|| drawing.shared(sample.os));
        Ok(Preview { notification: notification.as_ref().clone(), gaps })
    }

    /// How many devices a push with these options would reach now.
    pub async fn audience(
        &self,
        app: &AppId,
        name: &str,
        options: &Value,
    ) -> Result<u64, TemplateError> {
        let record = self.get(app, name).await?;
        let plan = plan_push(&record.template, options, self.clock.now())?;
        Ok(self.publisher.audience(app, &plan).await?)
    }

    /// Pushes a template; durable when it returns. `options` is the wire body of
    /// `POST /messaging/push/{template}`. The same `key` never pushes twice.
    pub async fn push(
        &self,
        app: &AppId,
        name: &str,
        options: &Value,
        key: Option<&str>,
    ) -> Result<Receipt, TemplateError> {
        let record = self.get(app, name).await?;
        let plan = plan_push(&record.template, options, self.clock.now())?;
        Ok(self.publisher.accept(app, plan, key).await?)
    }

    /// The templates as devices of a platform read them, by name; those that `shown` tells.
    pub async fn device_side(
        &self,
        app: &AppId,
        os: Os,
        shown: impl Fn(&Template) -> bool,
    ) -> Result<Map<String, Value>, TemplateError> {
        let all = usize::try_from(limits::TEMPLATES_MAX).unwrap_or(usize::MAX);
        let records = self.store.templates(app, String::new(), all).await?;
        let mut sides = Map::new();
        for TemplateRecord { template, .. } in records {
            if shown(&template)
                && let Some(side) = device_side(&template, os)
            {
                sides.insert(template.name, side);
            }
        }
        Ok(sides)
    }

    /// What is doubtful about a template.
    pub fn warnings(template: &Template) -> Vec<TemplateProblem> {
        warnings(template)
    }
}

/// A template that can be pushed: one whose channel may be published on, too.
fn whole(body: &Value) -> Result<Template, TemplateError> {
    let template = read(body).map_err(TemplateError::Invalid)?;
    channel_name(&template.channel_name).map_err(|error| {
        let message = format!("can't be pushed to: {error}");
        TemplateError::Invalid(vec![TemplateProblem { path: "channelName".to_owned(), message }])
    })?;
    Ok(template)
}

fn unknown(name: &str) -> TemplateError {
    TemplateError::Unknown { name: name.chars().take(60).collect() }
}

/// Says what a push of a template would publish, and to whom. Pure. `options` may hold
/// `templateValues`, and, which is ours, `publishAt`, `repeatEvery` and `repeatExpiresAt`.
///
/// # Errors
/// [`TemplateError`], which names the field.
pub fn plan_push(
    template: &Template,
    options: &Value,
    now: Timestamp,
) -> Result<Plan, TemplateError> {
    let Value::Object(options) = options else {
        let problem = say!("is {kind}; send an object, `{}` without values", kind = kind(options));
        return Err(TemplateError::Values { field: "body".to_owned(), problem });
    };
    let values = values(options.get("templateValues"))?;
    let push = template.with_values(values);
    let mut body = json!({
        "message": said(&push),
        "headers": plain_headers(&push),
        "publishPolicy": "PUSH",
        "pushBroadcast": template.reaches().mask(),
        "segmentQuery": segment(&push)?,
    });
    for name in ["publishAt", "repeatEvery", "repeatExpiresAt"] {
        if let Some(value) = options.get(name) {
            body[name] = value.clone();
        }
    }
    let mut plan = plan(&template.channel_name, &body, now)?;
    plan.publication.template = Some(Box::new(push));
    Ok(plan)
}

/// The values of a push: texts, numbers and booleans by name.
fn values(given: Option<&Value>) -> Result<Map<String, Value>, TemplateError> {
    let wrong = |field: String, problem: Sentence| Err(TemplateError::Values { field, problem });
    let given = match given {
        None | Some(Value::Null) => return Ok(Map::new()),
        Some(Value::Object(given)) => given,
        Some(other) => {
            let problem =
                say!("is {kind}; it must be an object of values by name", kind = kind(other));
            return wrong("templateValues".to_owned(), problem);
        }
    };
    let mut values = Map::new();
    for (name, value) in given {
        match value {
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                values.insert(name.clone(), value.clone());
            }
            Value::Array(_) | Value::Object(_) => {
                let name: String = name.chars().take(60).collect();
                let problem =
                    say!("is {kind}; use a text, a number or a boolean", kind = kind(value));
                return wrong(format!("templateValues.{name}"), problem);
            }
        }
    }
    let bytes: usize = values.iter().map(|(name, value)| name.len() + json_text(value).len()).sum();
    let most = limits::TEMPLATE_VALUES_BYTES_MAX;
    if bytes > most {
        let problem =
            say!("takes {bytes} bytes, more than {most}; send what texts need", bytes, most);
        return wrong("templateValues".to_owned(), problem);
    }
    Ok(values)
}

/// The segment with its values: a query that has them as values, whatever they hold.
fn segment(push: &TemplatePush) -> Result<Option<String>, TemplateError> {
    let Some(query) = &push.template.segment_query else { return Ok(None) };
    let open = Segment::parse_open(query).map_err(PublishError::SegmentQuery)?;
    let value = |name: &str| match push.values.get(name)? {
        Value::String(text) => Some(Term::Text(text.clone())),
        Value::Number(number) => number.as_f64().map(Term::Number),
        Value::Bool(value) => Some(Term::Bool(*value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let bound = open.bound(&value).map_err(|unfilled| TemplateError::Values {
        field: format!("templateValues.{}", unfilled.name),
        problem: say!(
            "is missing, and the template's segment asks for it; give it a value, or the segment a \
             fallback"
        ),
    })?;
    Ok(Some(bound.to_string()))
}

/// The message's text for whoever isn't drawn by the template: another server, a list.
fn said(push: &TemplatePush) -> String {
    let value = |name: &str| value_of(&push.values, name);
    push.template.message.filled(value)
}

/// The same for what the template says otherwise, as headers.
fn plain_headers(push: &TemplatePush) -> Map<String, Value> {
    let mut drawing = Drawing::new(push.clone(), nowhere());
    let mut headers = Map::new();
    let reaches = push.template.reaches();
    let drawn = [Os::Osx, Os::Ios, Os::Android].into_iter().filter(|os| reaches.contains(*os));
    for drawn in drawn.map(|os| drawing.shared(os)) {
        headers.extend(drawn.headers.iter().map(|(name, text)| (name.clone(), json!(text))));
        let android = drawn.android.iter().flat_map(|face| {
            [
                ("android-ticker-text", &face.ticker),
                ("android-content-title", &face.title),
                ("android-content-text", &face.text),
                ("android-summary-subtext", &face.sub_text),
                ("android-content-sound", &face.sound),
                ("android-large-icon", &face.large_icon),
                ("android-attachment-url", &face.image),
            ]
        });
        let ios = drawn.ios.iter().flat_map(|face| {
            [
                ("ios-alert-title", &face.title),
                ("ios-alert-subtitle", &face.subtitle),
                ("ios-alert-body", &face.body),
                ("ios-sound", &face.sound),
                ("ios-rich-media-url", &face.image),
            ]
        });
        for (name, text) in android.chain(ios) {
            if let Some(text) = text {
                headers.insert(name.to_owned(), json!(text));
            }
        }
        if let Some(badge) = drawn.ios.as_ref().and_then(|face| face.badge) {
            headers.insert("ios-badge".to_owned(), json!(badge));
        }
    }
    headers
}

fn nowhere() -> Stamp {
    Stamp {
        message_id: MessageId::new(""),
        channel: String::new(),
        published_at: Timestamp::from_millis(0),
    }
}
