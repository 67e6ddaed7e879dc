//! The typed values that go into statements and come out of rows, the same for both engines.
//! Not here: how an engine encodes them (`sqlite.rs`, `postgres.rs`).
//!
//! | kind | SQLite (STRICT) | PostgreSQL |
//! |---|---|---|
//! | integer, instant (ms, UTC) | INTEGER | bigint |
//! | flag | INTEGER 0/1 | boolean |
//! | text, JSON document, word of an enum | TEXT | text |
//! | bytes | BLOB | bytea |
//! | id | BLOB of 16 bytes | uuid |

use std::fmt;

use uuid::Uuid;

/// One value on its way in or out.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// No value, of any kind.
    Null,
    /// Every integer and every instant.
    Int(i64),
    /// A flag.
    Bool(bool),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// An id.
    Uuid(Uuid),
}

impl Value {
    /// The kind in a word, for messages: a value itself is never put into one.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "an integer",
            Self::Bool(_) => "a flag",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
            Self::Uuid(_) => "an id",
        }
    }
}

/// Texts and bytes show only their length: they hold captions, names and sealed secrets.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Int(number) => write!(f, "{number}"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Text(text) => write!(f, "text({} bytes)", text.len()),
            Self::Blob(bytes) => write!(f, "bytes({})", bytes.len()),
            Self::Uuid(id) => write!(f, "{id}"),
        }
    }
}

/// A type that can be a parameter.
pub trait ToValue {
    /// The value to bind.
    fn to_value(&self) -> Value;
}

/// A type that can be read from a column.
pub trait FromValue: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// A short reason that does not hold the value, when the kind or the content does not fit.
    fn from_value(value: &Value) -> Result<Self, String>;
}

fn wrong<T>(wanted: &str, value: &Value) -> Result<T, String> {
    Err(format!("it holds {}, not {wanted}", value.kind()))
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Result<Self, String> {
        if *value == Value::Null {
            Ok(None)
        } else {
            T::from_value(value).map(Some)
        }
    }
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Result<Self, String> {
        Ok(value.clone())
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Result<Self, String> {
        if let Value::Int(number) = value {
            Ok(*number)
        } else {
            wrong("an integer", value)
        }
    }
}

impl ToValue for i64 {
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
}

macro_rules! small_integers {
    ($($Type:ty),+) => {$(
        impl ToValue for $Type {
            fn to_value(&self) -> Value {
                Value::Int(i64::from(*self))
            }
        }
        impl FromValue for $Type {
            fn from_value(value: &Value) -> Result<Self, String> {
                let number = i64::from_value(value)?;
                Self::try_from(number).map_err(|_| concat!("the number does not fit ", stringify!($Type)).to_owned())
            }
        }
    )+};
}
small_integers!(i32, u32, u16, u8);

/// Counts and limits; a count beyond the range of the column is taken as its end.
impl ToValue for usize {
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

/// Sizes in bytes and generations; checked on the way back.
impl ToValue for u64 {
    fn to_value(&self) -> Value {
        Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Result<Self, String> {
        Self::try_from(i64::from_value(value)?).map_err(|_| "the number is negative".to_owned())
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Bool(flag) => Ok(*flag),
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => wrong("a flag", other),
        }
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, String> {
        if let Value::Text(text) = value {
            Ok(text.clone())
        } else {
            wrong("text", value)
        }
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Blob(self.to_vec())
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Blob(self.to_vec())
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Blob(self.clone())
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: &Value) -> Result<Self, String> {
        if let Value::Blob(bytes) = value {
            Ok(bytes.clone())
        } else {
            wrong("bytes", value)
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Blob(bytes) = value else {
            return wrong("bytes", value);
        };
        Self::try_from(bytes.as_slice())
            .map_err(|_| format!("it holds {} bytes, not {N}", bytes.len()))
    }
}

impl ToValue for Uuid {
    fn to_value(&self) -> Value {
        Value::Uuid(*self)
    }
}

impl FromValue for Uuid {
    fn from_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Uuid(id) => Ok(*id),
            Value::Blob(bytes) => {
                Self::from_slice(bytes).map_err(|_| "the bytes are not an id".to_owned())
            }
            other => wrong("an id", other),
        }
    }
}

/// Stored as whole milliseconds; what is finer is cut off.
impl ToValue for jiff::Timestamp {
    fn to_value(&self) -> Value {
        Value::Int(self.as_millisecond())
    }
}

impl FromValue for jiff::Timestamp {
    fn from_value(value: &Value) -> Result<Self, String> {
        Self::from_millisecond(i64::from_value(value)?)
            .map_err(|_| "the number is no instant".to_owned())
    }
}

/// JSON is opaque to SQL: it is text.
impl ToValue for serde_json::Value {
    fn to_value(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: &Value) -> Result<Self, String> {
        let Value::Text(text) = value else {
            return wrong("a JSON document", value);
        };
        serde_json::from_str(text).map_err(|error| {
            format!(
                "it is no JSON (line {}, column {})",
                error.line(),
                error.column()
            )
        })
    }
}

/// The parameters of a statement, in the order of `$1 $2 …`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        &[$($crate::ToValue::to_value(&$value)),*] as &[$crate::Value]
    };
}

/// Makes id types of `domain` (with `uuid()` and `from_uuid()`) parameters and column types.
macro_rules! id_values {
    ($($Id:ty),+ $(,)?) => {$(
        impl $crate::ToValue for $Id {
            fn to_value(&self) -> $crate::Value {
                $crate::Value::Uuid(self.uuid())
            }
        }
        impl $crate::FromValue for $Id {
            fn from_value(value: &$crate::Value) -> ::std::result::Result<Self, String> {
                <uuid::Uuid as $crate::FromValue>::from_value(value).map(Self::from_uuid)
            }
        }
    )+};
}
pub(crate) use id_values;

/// Makes enums of `domain` with one stable word a variant (`as_str` and `FromStr`) parameters and
/// column types.
macro_rules! text_values {
    ($($Word:ty),+ $(,)?) => {$(
        impl $crate::ToValue for $Word {
            fn to_value(&self) -> $crate::Value {
                $crate::Value::Text(self.as_str().to_owned())
            }
        }
        impl $crate::FromValue for $Word {
            fn from_value(value: &$crate::Value) -> ::std::result::Result<Self, String> {
                let $crate::Value::Text(text) = value else {
                    return Err(format!("it holds {}, not a word of {}", value.kind(), stringify!($Word)));
                };
                text.parse().map_err(|_| concat!("it holds a word that is not one of ", stringify!($Word)).to_owned())
            }
        }
    )+};
}
pub(crate) use text_values;
