//! A page that shows the OpenAPI document: plain HTML from inside the binary, without a
//! script or another server.

use serde_json::Value;
use std::fmt::Write;

/// The page's style; its hash is in the page's policy.
pub(super) const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
details{border:1px solid #8885;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}
code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow:auto;background:#8881;padding:.5rem;border-radius:.25rem}
b{display:inline-block;min-width:4.5rem}
table{border-collapse:collapse}td{padding:.1rem 1rem .1rem 0;vertical-align:top}";

/// The page of a document.
pub(super) fn page(document: &Value) -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>blockcast API</title><style>{STYLE}</style><body><h1>blockcast API</h1>"
    );
    let info = &document["info"];
    push(&mut html, &["<p>", "</p>"], text(&info["summary"]));
    push(&mut html, &["<p>", "</p>"], text(&info["description"]));
    html += "<p>For programs: <a href=\"openapi.json\">openapi.json</a>, OpenAPI 3.1.</p>";
    for tag in document["tags"].as_array().into_iter().flatten() {
        push(&mut html, &["<h2>", "</h2>"], text(&tag["name"]));
        push(&mut html, &["<p>", "</p>"], text(&tag["description"]));
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if operation["tags"][0] == tag["name"] {
                    show(&mut html, path, method, operation);
                }
            }
        }
    }
    html += "<h2>Schemas</h2>";
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(html, "<details id=\"{0}\"><summary>{0}</summary>", escaped(name));
        let _ = write!(html, "<pre>{}</pre></details>", escaped(&pretty(schema)));
    }
    html + "</body></html>"
}

fn show(html: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        html,
        "<details id=\"{}\"><summary><b>{}</b> <code>{}</code> — {}</summary><p>{}</p>",
        escaped(text(&operation["operationId"])),
        escaped(&method.to_uppercase()),
        escaped(path),
        escaped(text(&operation["summary"])),
        prose(text(&operation["description"])),
    );
    let parameters = operation["parameters"].as_array();
    if let Some(parameters) = parameters {
        *html += "<table>";
        for one in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code><td>{}{}<td>{}",
                escaped(text(&one["name"])),
                escaped(text(&one["in"])),
                if one["required"] == true { "" } else { ", optional" },
                prose(text(&one["description"])),
            );
        }
        *html += "</table>";
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        schema(html, "Body", body);
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        if answer["$ref"].is_null() {
            let title = format!("{status}: {}", text(&answer["description"]));
            let content = answer["content"].as_object().and_then(|content| content.values().next());
            schema(html, &title, content.map_or(&Value::Null, |content| &content["schema"]));
        }
    }
    let errors: Vec<&str> = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, answer)| !answer["$ref"].is_null())
        .map(|(status, _)| status.as_str())
        .collect();
    let _ = write!(
        html,
        "<p>Errors: {} (<a href=\"#Error\">Error</a>)</p></details>",
        escaped(&errors.join(", "))
    );
}

fn schema(html: &mut String, title: &str, schema: &Value) {
    push(html, &["<p>", "</p>"], title);
    match schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        Some(name) => {
            let name = escaped(name);
            let _ = write!(html, "<p><a href=\"#{name}\">{name}</a></p>");
        }
        None if schema.is_null() => {}
        None => {
            let _ = write!(html, "<pre>{}</pre>", escaped(&pretty(schema)));
        }
    }
}

fn push(html: &mut String, around: &[&str; 2], text: &str) {
    let _ = write!(html, "{}{}{}", around[0], prose(text), around[1]);
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A sentence; what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    });
    parts.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
