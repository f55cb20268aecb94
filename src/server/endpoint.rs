//! What an endpoint is: a method and a path, who may use it, who answers, and how the
//! OpenAPI document tells it. Router, access check and document all come from this, so they
//! can't say different things.

pub(super) use super::auth::Access;
use super::auth::authorise;
use super::door::Door;
use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// Makes a schema, and notes those it refers to.
pub(super) type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A parameter in the path, the query or the headers.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) about: &'static str,
    pub(super) required: bool,
    pub(super) schema: SchemaOf,
}

/// An answer other than the envelope of errors; of several with one status the media types
/// differ.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    /// Media type and schema; none when there is no body.
    pub(super) content: Option<(&'static str, SchemaOf)>,
}

/// One endpoint.
pub(super) struct Endpoint {
    pub(super) method: Method,
    /// Below the prefix of its group.
    pub(super) path: &'static str,
    pub(super) access: Access,
    handler: MethodRouter<Door>,
    /// Unique; what generated clients name their function after.
    pub(super) id: &'static str,
    pub(super) about: &'static str,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<SchemaOf>,
    /// Answers other than the envelope of errors.
    pub(super) answers: Vec<Answer>,
    /// Statuses of errors beside those that any endpoint of its kind may give.
    pub(super) errors: Vec<u16>,
}

impl Endpoint {
    pub(super) fn new<H, T>(
        method: Method,
        path: &'static str,
        access: Access,
        handler: H,
        id: &'static str,
    ) -> Self
    where
        H: axum::handler::Handler<T, Door>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).unwrap_or(MethodFilter::GET);
        Self {
            method,
            path,
            access,
            handler: on(filter, handler),
            id,
            about: "",
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    pub(super) fn takes<T: JsonSchema>(self) -> Self {
        self.takes_schema(SchemaGenerator::subschema_for::<T>)
    }

    pub(super) fn takes_schema(mut self, schema: SchemaOf) -> Self {
        self.body = Some(schema);
        // Text that is no UTF-8, no JSON, or not of the shape; and too much of it.
        self.errors.extend([400, 413]);
        self
    }

    pub(super) fn answers<T: JsonSchema>(mut self, status: u16, about: &'static str) -> Self {
        let schema: SchemaOf = SchemaGenerator::subschema_for::<T>;
        let content = Some(("application/json", schema));
        self.answers.push(Answer { status, about, content });
        self
    }

    pub(super) fn answers_text(
        mut self,
        status: u16,
        media_type: &'static str,
        about: &'static str,
    ) -> Self {
        let schema: SchemaOf = SchemaGenerator::subschema_for::<String>;
        self.answers.push(Answer { status, about, content: Some((media_type, schema)) });
        self
    }

    pub(super) fn answers_nothing(self, about: &'static str) -> Self {
        self.answers_nothing_at(204, about)
    }

    pub(super) fn answers_nothing_at(mut self, status: u16, about: &'static str) -> Self {
        self.answers.push(Answer { status, about, content: None });
        self
    }

    pub(super) fn parameter<T: JsonSchema>(
        mut self,
        place: &'static str,
        name: &'static str,
        about: &'static str,
    ) -> Self {
        let schema = SchemaGenerator::subschema_for::<T>;
        let required = place == "path";
        self.parameters.push(Parameter { name, place, about, required, schema });
        if place == "query" {
            self.errors.push(400);
        }
        self
    }

    pub(super) fn required(mut self) -> Self {
        if let Some(parameter) = self.parameters.last_mut() {
            parameter.required = true;
        }
        self
    }

    pub(super) fn fails(mut self, statuses: &[u16]) -> Self {
        self.errors.extend(statuses);
        self
    }
}

/// A router of these endpoints, each behind its access check.
pub(super) fn router(endpoints: Vec<Endpoint>, door: &Door) -> Router<Door> {
    endpoints.into_iter().fold(Router::new(), |router, endpoint| {
        let check = from_fn_with_state((door.clone(), endpoint.access), authorise);
        router.route(endpoint.path, endpoint.handler.route_layer(check))
    })
}
