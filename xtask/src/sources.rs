//! Rules about files: every Rust file says first what it is, none is longer than 600 lines, migrations
//! have equal names on both engines, and the example settings are there.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::tree::{Complaint, files, read};

const LINES_AT_MOST: usize = 600;
const SETTINGS: &str = "mainstay.example.toml";
/// Crates that wait only on the clock that is passed in.
const CLOCKED: &[&str] = &[
    "crates/domain/src",
    "crates/platforms/src",
    "crates/engine/src",
];
const OWN_SLEEPS: &[&str] = &["time::sleep(", "time::sleep_until(", "time::interval("];

/// Complaints about files.
pub fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut complaints = Vec::new();
    for below in ["crates", "tests", "browser", "xtask"] {
        for path in files(root, below, "rs")? {
            let place = path.display().to_string();
            about_source(&place, &read(root, &path)?, &mut complaints);
        }
    }
    about_migrations(root, &mut complaints)?;
    match read(root, SETTINGS).map(|text| text.parse::<toml::Table>()) {
        Err(_) => complaints.push(Complaint::new(
            SETTINGS,
            "is not there; it documents every setting",
        )),
        Ok(Err(error)) => {
            complaints.push(Complaint::new(SETTINGS, format!("is not TOML: {error}")))
        }
        Ok(Ok(_)) => {}
    }
    Ok(complaints)
}

fn about_source(place: &str, text: &str, complaints: &mut Vec<Complaint>) {
    // A crate may have its README as its head.
    let has_head = text.starts_with("//!") || text.starts_with("#![doc = include_str!(");
    if !has_head {
        complaints.push(Complaint::new(
            place,
            "does not begin with `//!` and what the file is and is not",
        ));
    }
    let lines = text.lines().count();
    if lines > LINES_AT_MOST {
        complaints.push(Complaint::new(
            place,
            format!("has {lines} lines; split it, {LINES_AT_MOST} are the limit"),
        ));
    }
    if CLOCKED.iter().any(|folder| place.starts_with(folder)) {
        // The engine's own timer is the one place that waits in real time.
        let is_the_timer = place.ends_with("engine/src/run.rs");
        for sleep in OWN_SLEEPS
            .iter()
            .filter(|sleep| !is_the_timer && text.contains(**sleep))
        {
            let says = format!(
                "uses `{sleep}…)`; wait on the clock that is passed in, or a jump leaves it asleep"
            );
            complaints.push(Complaint::new(place, says));
        }
    }
}

fn about_migrations(root: &Path, complaints: &mut Vec<Complaint>) -> Result<()> {
    let names = |engine: &str| -> Result<BTreeSet<String>> {
        let below = format!("crates/storage/migrations/{engine}");
        let name =
            |path: &std::path::PathBuf| path.file_name().map(|n| n.to_string_lossy().into_owned());
        Ok(files(root, &below, "sql")?
            .iter()
            .filter_map(name)
            .collect())
    };
    let (sqlite, postgres) = (names("sqlite")?, names("postgres")?);
    for name in sqlite.symmetric_difference(&postgres) {
        complaints.push(Complaint::new(
            "crates/storage/migrations",
            format!("has {name} for one engine only"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixtures::{lines, project};

    #[test]
    fn a_tidy_tree_is_silent() {
        let root = project(&[
            (
                "crates/engine/src/a.rs",
                "//! A.\n// tokio::time::timeout( is no sleep\n",
            ),
            ("crates/engine/target/b.rs", "fn made() {}"),
            ("crates/storage/migrations/sqlite/1.sql", ""),
            ("crates/storage/migrations/postgres/1.sql", ""),
            ("mainstay.example.toml", "[a]\nb = 1"),
        ]);
        assert_eq!(lines(check(root.path()).unwrap()), Vec::<String>::new());
    }

    #[test]
    fn each_breach_is_said() {
        let long = format!("//! L.\n{}", "\n".repeat(LINES_AT_MOST));
        let root = project(&[
            ("crates/web/src/headless.rs", "fn x() {}"),
            ("tests/src/long.rs", &long),
            (
                "crates/engine/src/s.rs",
                "//! S.\nasync { tokio::time::sleep(d).await }",
            ),
            ("crates/storage/migrations/sqlite/2.sql", ""),
            ("mainstay.example.toml", "a = "),
        ]);
        let said = lines(check(root.path()).unwrap()).join("\n");
        for part in [
            "crates/web/src/headless.rs: does not begin",
            "tests/src/long.rs: has 601 lines",
            "crates/engine/src/s.rs: uses `time::sleep(",
            "has 2.sql for one engine only",
            "mainstay.example.toml: is not TOML",
        ] {
            assert!(said.contains(part), "{part} in:\n{said}");
        }
        assert_eq!(check(project(&[]).path()).unwrap().len(), 1);
    }
}
