//! Pages that explain: a problem code, and the API for people, drawn from its own description.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use crate::extract::Path;
use crate::layout::Plain;
use crate::page::{self, Ask};
use crate::problem::{Outcome, Refusal, codes};
use crate::state::Web;
use crate::urls;

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage {
    plain: Plain,
    code: &'static codes::Code,
}

/// What a problem code means.
pub async fn problem(
    State(web): State<Web>,
    ask: Ask,
    Path(wanted): Path<String>,
) -> Outcome<Response> {
    let code = codes::ALL
        .iter()
        .find(|code| code.code == wanted)
        .ok_or_else(Refusal::not_found)?;
    Ok(page::show(&ProblemPage {
        plain: page::plain(&web, &ask),
        code,
    }))
}

#[derive(Template)]
#[template(path = "pages/api.html")]
struct ApiPage {
    plain: Plain,
    description: String,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
    codes: &'static [&'static codes::Code],
    json: String,
    example: String,
}

struct Group {
    name: String,
    calls: Vec<Call>,
}

struct Call {
    method: String,
    path: String,
    summary: String,
    /// Name of the body's shape.
    body: String,
    /// Name of the answer's shape.
    answer: String,
    parameters: Vec<String>,
}

struct Shape {
    name: String,
    about: String,
    fields: Vec<ShapeField>,
}

struct ShapeField {
    name: String,
    kind: String,
    about: String,
    required: bool,
}

/// The API reference.
pub async fn api(State(web): State<Web>, ask: Ask) -> Outcome<Response> {
    let document = serde_json::to_value(crate::api::openapi::document())
        .map_err(|_| Refusal::new(&codes::INTERNAL))?;
    let mut plain = page::plain(&web, &ask);
    plain.wide = true;
    Ok(page::show(&ApiPage {
        plain,
        description: words(&document["info"], "description"),
        groups: groups(&document),
        shapes: shapes(&document),
        codes: codes::ALL,
        json: urls::OpenApi.to_string(),
        example: format!(
            "curl -H \"Authorization: Bearer msk_…\" {}",
            web.public(urls::ApiMe)
        ),
    }))
}

fn words(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn groups(document: &Value) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let name = operation["tags"][0].as_str().unwrap_or("other").to_owned();
            let call = call(method, path, operation);
            match groups.iter_mut().find(|group| group.name == name) {
                Some(group) => group.calls.push(call),
                None => groups.push(Group {
                    name,
                    calls: vec![call],
                }),
            }
        }
    }
    groups
}

fn call(method: &str, path: &str, operation: &Value) -> Call {
    let answers = operation["responses"].as_object().into_iter().flatten();
    let good = answers
        .into_iter()
        .find(|(status, _)| status.starts_with('2'))
        .map(|(_, answer)| answer);
    let parameters = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| words(parameter, "name"));
    Call {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: words(operation, "summary"),
        body: shape_of(&operation["requestBody"]),
        answer: good.map(shape_of).unwrap_or_default(),
        parameters: parameters.collect(),
    }
}

/// The name of the shape in a body's content.
fn shape_of(body: &Value) -> String {
    kind(&body["content"]["application/json"]["schema"])
}

/// A schema in a few words: a shape's name, a list of one, or a plain type.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(choices) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
    {
        let kinds: Vec<String> = choices
            .iter()
            .map(kind)
            .filter(|kind| kind != "null")
            .collect();
        return kinds.join(" | ");
    }
    let plain = match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .collect::<Vec<_>>()
            .join(" | "),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    if plain == "array" {
        format!("[{}]", kind(&schema["items"]))
    } else {
        plain
    }
}

fn shapes(document: &Value) -> Vec<Shape> {
    let all = document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten();
    all.map(|(name, schema)| {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let fields = schema["properties"].as_object().into_iter().flatten();
        Shape {
            name: name.clone(),
            about: words(schema, "description"),
            fields: fields
                .map(|(field, schema)| ShapeField {
                    name: field.clone(),
                    kind: kind(schema),
                    about: words(schema, "description"),
                    required: required.contains(&field.as_str()),
                })
                .collect(),
        }
    })
    .collect()
}
