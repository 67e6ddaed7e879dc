//! Documents in columns: opaque to SQL, typed for Rust.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::row::Row;
use crate::value::{ToValue as _, Value};

/// A document as a parameter.
#[must_use]
pub fn doc<T: Serialize>(document: &T) -> Value {
    // Types of `domain` that are stored have string keys only, so there is always a JSON text.
    serde_json::to_string(document)
        .unwrap_or_else(|_| "null".to_owned())
        .to_value()
}

/// A document that may be absent, as a parameter.
#[must_use]
pub fn maybe_doc<T: Serialize>(document: Option<&T>) -> Value {
    document.map_or(Value::Null, doc)
}

/// Reads a document.
///
/// # Errors
/// When the column is absent or holds another form.
pub fn read<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| row.unusable(column, format!("another form than expected: {error}")))
}

/// Reads a document that may be absent.
///
/// # Errors
/// When the column holds another form.
pub fn maybe_read<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Option<T>> {
    let Some(text) = row.get::<Option<String>>(column)? else {
        return Ok(None);
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| row.unusable(column, format!("another form than expected: {error}")))
}
