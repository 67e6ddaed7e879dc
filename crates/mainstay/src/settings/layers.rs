//! Settings as a table that grows from below: defaults, then a file, then the environment. Each layer
//! may only set keys that the defaults have, with values of the same kind; whatever else it holds is
//! an error that names the key and the nearest known one.

use std::path::Path;

use toml::{Table, Value};

use super::nearest::nearest;
use crate::trouble::{Result, Trouble};

/// Every setting with its default and a sentence.
pub const EXAMPLE: &str = include_str!("../../../../mainstay.example.toml");
/// What every variable of ours begins with.
const PREFIX: &str = "MAINSTAY_";
/// Variables that begin like ours and are no settings: which file, and what the tests use.
const NO_SETTINGS: &[&str] = &["MAINSTAY_CONFIG", "MAINSTAY_TEST_", "MAINSTAY_LOOK_FOLDER"];

/// The defaults.
///
/// # Errors
/// Never, as long as the test of the example holds.
pub fn defaults() -> Result<Table> {
    parse(EXAMPLE, "the defaults")
}

/// Puts the text of a file over the table.
///
/// # Errors
/// What is wrong with it, and where.
pub fn put_file(table: &mut Table, text: &str, path: &Path) -> Result<()> {
    let name = path.display().to_string();
    let given = parse(text, &name)?;
    let known = keys(table);
    put_table(table, given, "", &name, &known)
}

/// Puts variables over the table; those of others are left alone.
///
/// # Errors
/// A variable of ours that sets nothing, or not with that value.
pub fn put_environment(table: &mut Table, variables: &[(String, String)]) -> Result<()> {
    let known = keys(table);
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if NO_SETTINGS.iter().any(|other| name.starts_with(other)) {
            continue;
        }
        let key = rest.to_lowercase().replace("__", ".");
        let Some(place) = find(table, &key) else {
            let near = nearest(&key, &known);
            return Err(Trouble::new(
                format!("the variable {name} sets nothing: there is no setting {key}"),
                format!("the nearest is {} ({near})", variable(near)),
            ));
        };
        *place = read(place, text).ok_or_else(|| {
            Trouble::new(
                format!("the variable {name} must hold {}", kind(place)),
                "write it as in mainstay.example.toml",
            )
        })?;
    }
    Ok(())
}

/// The variable that sets a key.
#[must_use]
pub fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.to_uppercase().replace('.', "__"))
}

/// Every key of a table, `section.key`.
#[must_use]
pub fn keys(table: &Table) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in table {
        match value {
            Value::Table(inner) => {
                found.extend(keys(inner).iter().map(|key| format!("{name}.{key}")))
            }
            _ => found.push(name.clone()),
        }
    }
    found
}

/// A parser's own message would quote the line, which may hold a secret; so only where it is.
fn parse(text: &str, name: &str) -> Result<Table> {
    text.parse::<Table>().map_err(|error| {
        let before = error
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or("");
        let line = before.lines().count().max(1);
        Trouble::new(
            format!("{name} cannot be read: line {line}: {}", error.message()),
            "compare it with mainstay.example.toml",
        )
    })
}

fn put_table(
    table: &mut Table,
    given: Table,
    above: &str,
    name: &str,
    known: &[String],
) -> Result<()> {
    for (key, value) in given {
        let full = if above.is_empty() {
            key.clone()
        } else {
            format!("{above}.{key}")
        };
        let Some(place) = table.get_mut(&key) else {
            return Err(Trouble::new(
                format!("{name}: there is no setting {full}"),
                format!(
                    "the nearest is {}; every setting is in mainstay.example.toml",
                    nearest(&full, known)
                ),
            ));
        };
        match (place, value) {
            (Value::Table(inner), Value::Table(value)) => {
                put_table(inner, value, &full, name, known)?
            }
            (place, value) if place.same_type(&value) => *place = value,
            (place, value) => {
                return Err(Trouble::new(
                    format!(
                        "{name}: {full} must be {}, but is {}",
                        kind(place),
                        kind(&value)
                    ),
                    "write it as in mainstay.example.toml",
                ));
            }
        }
    }
    Ok(())
}

fn find<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut Value> {
    match key.split_once('.') {
        None => table.get_mut(key).filter(|value| !value.is_table()),
        Some((first, rest)) => find(table.get_mut(first)?.as_table_mut()?, rest),
    }
}

/// A text as a value of the same kind as the default.
fn read(like: &Value, text: &str) -> Option<Value> {
    match like {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.trim().parse().ok().map(Value::Integer),
        Value::Boolean(_) => text.trim().parse().ok().map(Value::Boolean),
        _ => None,
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Float(_) => "a number",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
        Value::Datetime(_) => "a date",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> Result<Table> {
        let mut table = defaults().expect("the defaults hold");
        put_file(&mut table, text, Path::new("mainstay.toml")).map(|()| table)
    }

    fn with_variable(name: &str, value: &str) -> Result<Table> {
        let mut table = defaults().expect("the defaults hold");
        put_environment(&mut table, &[(name.to_owned(), value.to_owned())]).map(|()| table)
    }

    #[test]
    fn a_file_sets_what_is_known_and_nothing_else() {
        let table = with_file("[server]\nlisten = \"0.0.0.0:80\"\n").unwrap();
        assert_eq!(table["server"]["listen"].as_str(), Some("0.0.0.0:80"));
        assert_eq!(table["server"]["public_url"].as_str(), Some(""));

        let unknown = with_file("[server]\nlisten_on = \"x\"\n").unwrap_err();
        assert!(unknown.what.contains("server.listen_on"), "{unknown}");
        assert!(unknown.hint.contains("server.listen;"), "{unknown}");
    }

    #[test]
    fn a_wrong_kind_is_told_without_the_value() {
        let wrong = with_file("[keys]\nring = 12345\n").unwrap_err();
        assert!(
            wrong
                .what
                .contains("keys.ring must be a text, but is a whole number"),
            "{wrong}"
        );
        let wrong = with_variable("MAINSTAY_LOGS__JSON", "perhaps").unwrap_err();
        assert!(
            wrong.what.contains("true or false") && !wrong.what.contains("perhaps"),
            "{wrong}"
        );
    }

    #[test]
    fn a_broken_file_is_told_by_line_and_not_quoted() {
        let broken = with_file("[keys]\nring = \"1 geheim\n").unwrap_err();
        assert!(
            broken.what.contains("line 2") && !broken.to_string().contains("geheim"),
            "{broken}"
        );
    }

    #[test]
    fn a_variable_wins_over_a_file_and_must_be_known() {
        let mut table = with_file("[logs]\nlevel = \"warn\"\n").unwrap();
        let set = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        put_environment(&mut table, &set("MAINSTAY_LOGS__LEVEL", "debug")).unwrap();
        assert_eq!(table["logs"]["level"].as_str(), Some("debug"));
        put_environment(
            &mut table,
            &set(
                "MAINSTAY_PLATFORMS__INSTAGRAM__FACEBOOK__HOSTS__GRAPH",
                "http://x",
            ),
        )
        .unwrap();
        assert_eq!(
            table["platforms"]["instagram"]["facebook"]["hosts"]["graph"].as_str(),
            Some("http://x")
        );
        put_environment(&mut table, &set("PATH", "/bin")).unwrap();

        let unknown =
            put_environment(&mut table, &set("MAINSTAY_LOG__LEVEL", "debug")).unwrap_err();
        assert!(unknown.what.contains("MAINSTAY_LOG__LEVEL"), "{unknown}");
        assert!(unknown.hint.contains("MAINSTAY_LOGS__LEVEL"), "{unknown}");
    }

    #[test]
    fn every_key_has_a_variable_that_sets_it() {
        let mut table = defaults().unwrap();
        for key in keys(&table) {
            let place =
                find(&mut table, &key).map(|value| read(value, "1").is_some() || value.is_bool());
            assert_eq!(place, Some(true), "{key}");
            assert_eq!(
                variable(&key)
                    .trim_start_matches(PREFIX)
                    .to_lowercase()
                    .replace("__", "."),
                key
            );
        }
    }
}
