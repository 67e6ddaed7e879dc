//! The shapes of answers that Meta's Graph platforms share. Everything that a sheet does not promise is
//! optional, and ids may be texts or numbers. A platform's own shapes stand with its adapter.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A token answer: code exchange, long-lived exchange, refresh.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct TokenAnswer {
    #[serde(deserialize_with = "text")]
    pub access_token: String,
    #[serde(deserialize_with = "whole")]
    pub expires_in: Option<i64>,
    #[serde(deserialize_with = "names")]
    pub permissions: Vec<String>,
}

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    /// Never absent: a list that is not there must not read as an empty one.
    pub data: Vec<T>,
    pub paging: Option<Paging>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Paging {
    pub cursors: Option<Cursors>,
    pub next: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Cursors {
    #[serde(deserialize_with = "text")]
    pub after: String,
}

impl<T> List<T> {
    /// The cursor of the page after this one; none on the last.
    pub(crate) fn after(&self) -> Option<String> {
        let paging = self
            .paging
            .as_ref()
            .filter(|paging| paging.next.is_some())?;
        let after = paging
            .cursors
            .as_ref()
            .map(|cursors| cursors.after.clone())?;
        Some(after).filter(|after| !after.is_empty())
    }
}

/// `debug_token` (sheet facebook.md §4.3).
#[derive(Deserialize)]
pub(crate) struct Inspected {
    pub data: Inspection,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Inspection {
    #[serde(deserialize_with = "text")]
    pub app_id: String,
    /// Never taken for false where it is absent.
    pub is_valid: Option<bool>,
    #[serde(deserialize_with = "whole")]
    pub expires_at: Option<i64>,
    #[serde(deserialize_with = "whole")]
    pub data_access_expires_at: Option<i64>,
    pub scopes: Vec<String>,
    pub granular_scopes: Vec<GranularScope>,
    #[serde(deserialize_with = "text")]
    pub user_id: String,
    #[serde(deserialize_with = "text")]
    pub profile_id: String,
    pub error: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct GranularScope {
    #[serde(deserialize_with = "text")]
    pub scope: String,
    /// Absent where the scope covers everything.
    #[serde(deserialize_with = "maybe_names")]
    pub target_ids: Option<Vec<String>>,
}

/// An answer that is an id.
#[derive(Deserialize)]
pub(crate) struct Made {
    #[serde(deserialize_with = "text")]
    pub id: String,
}

/// Text or number as text; nothing as empty.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

/// A whole number, also where it stands as text.
pub(crate) fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    })
}

/// `"a,b"`, `"a b"` or `["a", "b"]`.
pub(crate) fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(maybe_names(from)?.unwrap_or_default())
}

pub(crate) fn maybe_names<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Vec<String>>, D::Error> {
    let full = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(match Value::deserialize(from)? {
        Value::String(list) => Some(list.split([',', ' ']).filter_map(full).collect()),
        Value::Array(items) => Some(
            items
                .iter()
                .filter_map(|item| {
                    item.as_str()
                        .and_then(full)
                        .or_else(|| item.as_i64().map(|id| id.to_string()))
                })
                .collect(),
        ),
        _ => None,
    })
}
