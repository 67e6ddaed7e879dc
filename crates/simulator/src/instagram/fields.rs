//! The `fields` parameter of the Graph API: `id,owner{id},picture.type(large),children{id}`.
//!
//! A node is a JSON object that holds every field it knows, with `null` for what is absent;
//! choosing an unknown field is an error, an absent one is left out.

use crate::reply::object;
use serde_json::{Map, Value};

/// One chosen field and what is chosen inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    name: String,
    inside: Vec<Field>,
}

/// Reads a list of fields; modifiers such as `.limit(5)` are read over.
#[must_use]
pub fn parse(text: &str) -> Vec<Field> {
    let mut letters = text.chars().peekable();
    list(&mut letters, 0)
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Nesting deeper than this is cut off.
const DEEPEST: usize = 8;

fn list(letters: &mut Letters<'_>, depth: usize) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut name = String::new();
    let mut modifier = false;
    let mut keep = |name: &mut String, inside: Vec<Field>| {
        if !name.is_empty() {
            fields.push(Field {
                name: std::mem::take(name),
                inside,
            });
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '{' if depth < DEEPEST => {
                let inside = list(letters, depth + 1);
                keep(&mut name, inside);
                modifier = false;
            }
            '}' => break,
            ',' => {
                keep(&mut name, Vec::new());
                modifier = false;
            }
            '(' => while letters.next().is_some_and(|inside| inside != ')') {},
            '.' => modifier = true,
            other if !modifier && !other.is_whitespace() => name.push(other),
            _ => {}
        }
    }
    keep(&mut name, Vec::new());
    fields
}

/// The chosen part of a node; its id always comes along.
///
/// # Errors
/// The name of a field that the node does not know.
pub fn select(node: &Value, fields: &[Field]) -> Result<Value, String> {
    select_from(fields, |name| node.get(name).cloned())
}

/// The same of a node that makes its fields one by one, so that nobody makes what nobody asked
/// for. `known` answers nothing for an unknown field, `null` for an absent one.
///
/// # Errors
/// The name of a field that the node does not know.
pub fn select_from(
    fields: &[Field],
    known: impl Fn(&str) -> Option<Value>,
) -> Result<Value, String> {
    let mut chosen = Map::new();
    for field in fields {
        match known(&field.name) {
            None => return Err(field.name.clone()),
            Some(Value::Null) => {}
            Some(value) => {
                chosen.insert(field.name.clone(), inner(value, &field.inside)?);
            }
        }
    }
    if !chosen.contains_key("id")
        && let Some(id) = known("id")
    {
        chosen.insert("id".to_owned(), id);
    }
    Ok(Value::Object(chosen))
}

fn inner(mut value: Value, fields: &[Field]) -> Result<Value, String> {
    if !value.is_object() {
        return Ok(value);
    }
    match value.get_mut("data").map(Value::take) {
        Some(Value::Array(items)) => {
            let items: Result<Vec<Value>, String> =
                items.into_iter().map(|item| inner(item, fields)).collect();
            Ok(object([("data", Value::Array(items?))]))
        }
        Some(data @ Value::Object(_)) if !fields.is_empty() => {
            Ok(object([("data", select(&data, fields)?)]))
        }
        other => {
            if let Some(data) = other {
                value["data"] = data;
            }
            // A nested node of which nothing is chosen shows only its id.
            if value.get("id").is_some() || !fields.is_empty() {
                select(&value, fields)
            } else {
                Ok(value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_choice() {
        let node = json!({
            "id": "1", "name": "n", "absent": null, "picture": {"data": {"url": "u", "width": 1}},
            "owner": {"id": "2", "name": "o"}, "children": {"data": [{"id": "3", "kind": "k"}]},
        });
        let choose = |text: &str| select(&node, &parse(text));
        assert_eq!(
            choose("name,absent").unwrap(),
            json!({"id": "1", "name": "n"})
        );
        assert_eq!(
            choose("owner,children").unwrap(),
            json!({"id": "1", "owner": {"id": "2"}, "children": {"data": [{"id": "3"}]}})
        );
        assert_eq!(
            choose("owner{name}, picture.type(large){url},children.limit(2){kind}").unwrap(),
            json!({"id": "1", "owner": {"id": "2", "name": "o"}, "picture": {"data": {"url": "u"}}, "children": {"data": [{"id": "3", "kind": "k"}]}})
        );
        assert_eq!(choose("id,nonsense").unwrap_err(), "nonsense");
    }
}
