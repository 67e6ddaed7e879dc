//! A row that came back: typed columns by name. An error names the statement and the column, never
//! the value.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::value::{FromValue, Value};

/// What all rows of one answer share.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) statement: &'static str,
    pub(crate) names: Vec<String>,
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<Columns>,
    values: Vec<Value>,
}

impl Row {
    pub(crate) const fn new(columns: Arc<Columns>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The column of that name.
    ///
    /// # Errors
    /// [`Error::Column`] when there is none of that name, or it does not hold such a value.
    pub fn get<T: FromValue>(&self, column: &str) -> Result<T> {
        // Rows have a dozen columns at most where it matters: a walk beats a map.
        let at = self.columns.names.iter().position(|name| name == column);
        let Some(value) = at.and_then(|at| self.values.get(at)) else {
            return Err(self.unusable(column, "there is no column of that name".to_owned()));
        };
        T::from_value(value).map_err(|problem| self.unusable(column, problem))
    }

    /// The names of the columns, in order.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns.names
    }

    /// An error about one column of this row, for a rule that a type alone does not hold.
    #[must_use]
    pub fn unusable(&self, column: &str, problem: String) -> Error {
        Error::Column {
            statement: self.columns.statement,
            column: column.to_owned(),
            problem,
        }
    }
}
