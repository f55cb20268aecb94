//! The OpenAPI 3.1 document, made of the endpoints that the server really has, and a page
//! that shows it.

use super::endpoint::{Access, Answer, Endpoint, SchemaOf};
use crate::model::Role;
use schemars::SchemaGenerator;
use schemars::generate::{Contract, SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A group of endpoints below one prefix.
pub(super) struct Group<'a> {
    pub(super) prefix: &'static str,
    pub(super) tag: &'static str,
    pub(super) about: &'static str,
    pub(super) endpoints: &'a [Endpoint],
}

/// The document of these groups.
pub(super) fn document(groups: &[Group<'_>]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for group in groups {
        for endpoint in group.endpoints {
            // A rest of the path is a parameter like others there.
            let path = format!("{}{}", group.prefix, endpoint.path).replace("{*", "{");
            let methods = paths.entry(path).or_insert_with(|| json!({}));
            let method = endpoint.method.as_str().to_lowercase();
            methods[method] = operation(endpoint, group, &mut schemas);
        }
    }
    let tags: Vec<Value> =
        groups.iter().map(|group| json!({"name": group.tag, "description": group.about})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "blockcast",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The messaging API that clients use, and the admin API for operators.",
            "description": "Where `domain_api` is switched on, the messaging API is also below \
                `/api`, without application id and key, for the first application.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.finish(),
            "responses": {"Error": {
                "description": "What went wrong, and how to mend it.",
                "headers": {"x-request-id": {
                    "description": "The request's id, which the server's log has too.",
                    "schema": {"type": "string"},
                }},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            }},
            "securitySchemes": {
                "adminToken": {"type": "http", "scheme": "bearer",
                    "description": "The admin token, or an API key with the role `admin`."},
                "session": {"type": "apiKey", "in": "cookie", "name": "blockcast-session",
                    "description": "The cookie that `POST /api/session` sets."},
                "csrfToken": {"type": "apiKey", "in": "header", "name": "x-csrf-token",
                    "description": "The session's token; needed for all but GET."},
                "userToken": {"type": "apiKey", "in": "header", "name": "user-token",
                    "description": "A logged-in user's token."},
            },
        },
    })
}

fn operation(endpoint: &Endpoint, group: &Group<'_>, schemas: &mut Schemas) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    if let Access::Key(_) = endpoint.access {
        let text = json!({"type": "string", "minLength": 1});
        for (name, about) in [("app", "The application's id."), ("key", "One of its API keys.")] {
            parameters.push(json!({"name": name, "in": "path", "required": true,
                "description": about, "schema": text}));
        }
    }
    for one in &endpoint.parameters {
        let mut schema = schemas.ask(one.schema);
        if let Some(inner) = without_null(&schema) {
            schema = inner;
        }
        if one.place == "path" {
            schema["minLength"] = json!(1);
        }
        parameters.push(json!({"name": one.name, "in": one.place, "required": one.required,
            "description": one.about, "schema": schema}));
    }
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [group.tag],
        "summary": endpoint.about.split(['.', ':']).next().unwrap_or_default(),
        "description": format!("{} {}", endpoint.about, permission(endpoint.access)),
        "responses": responses(endpoint, schemas),
    });
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(body) = endpoint.body {
        let schema = schemas.take(body);
        operation["requestBody"] =
            json!({"required": true, "content": {"application/json": {"schema": schema}}});
    }
    operation["security"] = match endpoint.access {
        Access::Open => json!([]),
        Access::Key(_) => json!([{}, {"userToken": []}]),
        Access::Admin | Access::Operator => {
            json!([{"adminToken": []}, {"session": [], "csrfToken": []}])
        }
        Access::Session => json!([{"session": [], "csrfToken": []}]),
    };
    operation
}

fn responses(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut responses = Map::new();
    for Answer { status, about, content } in &endpoint.answers {
        let answer = responses.entry(status.to_string());
        let answer = answer.or_insert_with(|| json!({"description": about}));
        if let Some((media_type, schema)) = content {
            answer["content"][media_type] = json!({"schema": schemas.ask(*schema)});
        }
    }
    // What any request may meet: headers that are too large, a bug, a store that stops.
    let mut errors: BTreeSet<u16> = [431, 500, 503].into();
    errors.extend(&endpoint.errors);
    match endpoint.access {
        Access::Open => {}
        Access::Key(_) => errors.extend([400, 401, 403, 429]),
        Access::Admin | Access::Operator => errors.extend([401, 403, 404, 429]),
        Access::Session => errors.extend([401, 403]),
    }
    if endpoint.path.contains('{') {
        errors.insert(400);
    }
    for status in errors {
        let error = json!({"$ref": "#/components/responses/Error"});
        responses.entry(status.to_string()).or_insert(error);
    }
    responses.sort_keys();
    Value::Object(responses)
}

fn permission(access: Access) -> String {
    match access {
        Access::Open => "Anybody may ask.".to_owned(),
        Access::Key([]) => "Any key of the application.".to_owned(),
        Access::Key(roles) => {
            let names: Vec<String> =
                roles.iter().map(|role: &Role| format!("`{}`", role.name())).collect();
            format!("Key or user needs the role {}.", names.join(" or "))
        }
        Access::Admin => {
            "The admin token, or a key of the application with the role `admin`.".to_owned()
        }
        Access::Operator => "The admin token only.".to_owned(),
        Access::Session => "A browser that is signed in.".to_owned(),
    }
}

/// A parameter that may be left out is an `Option`; what is there is never null.
fn without_null(schema: &Value) -> Option<Value> {
    let mut schema = schema.clone();
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
        return Some(schema);
    }
    let options = schema.get("anyOf")?.as_array()?;
    options.iter().find(|option| option["type"] != "null").cloned()
}

/// Schemas of what is answered and of what is taken: a field with a default may be left out
/// of a request, and is always in an answer.
struct Schemas {
    answered: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let generator = |contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
            settings.contract = contract;
            settings.into_generator()
        };
        Self { answered: generator(Contract::Serialize), taken: generator(Contract::Deserialize) }
    }

    fn ask(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.answered).to_value()
    }

    fn take(&mut self, schema: SchemaOf) -> Value {
        schema(&mut self.taken).to_value()
    }

    fn finish(mut self) -> Value {
        let mut all = self.answered.take_definitions(true);
        // What is both is told as it may be sent, which an answer fits as well.
        all.extend(self.taken.take_definitions(true));
        all.insert(
            "Error".to_owned(),
            json!({
                "type": "object",
                "required": ["message", "code", "errorData"],
                "properties": {
                    "message": {"type": "string", "description": "What, and how to mend it."},
                    "code": {"type": "integer", "description": "The reason's number."},
                    "errorData": {"type": "object"},
                },
            }),
        );
        all.sort_keys();
        Value::Object(all)
    }
}
