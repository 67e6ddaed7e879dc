//! The compile-time check of SQL: every registered statement is prepared on both migrated schemas.

use std::collections::BTreeSet;
use std::path::Path;

use storage::sql;

use crate::both::on_both;

#[test]
fn every_statement_is_prepared_on_both() {
    on_both(|store| async move {
        let mut wrong = Vec::new();
        for statement in sql::all() {
            if let Err(error) = store.prepare(statement).await {
                wrong.push(error.to_string());
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
fn every_file_with_statements_is_in_the_register() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let register = std::fs::read_to_string(source.join("sql.rs")).expect("readable");
    let mut missing = Vec::new();
    for entry in std::fs::read_dir(&source).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = if path.is_file() {
            std::fs::read_to_string(&path).expect("readable")
        } else {
            String::new()
        };
        assert!(
            path.is_file(),
            "a folder in src: teach this test to look into it"
        );
        let defines = text.lines().any(|line| line.starts_with("statements! {"));
        if defines && !register.contains(&format!("crate::{name}::STATEMENTS,")) {
            missing.push(name);
        }
    }
    assert!(missing.is_empty(), "add a line to sql::all for {missing:?}");
}

#[test]
fn names_are_unique_and_pairs_are_rare() {
    let all = sql::all();
    let names: BTreeSet<_> = all.iter().map(|statement| statement.name()).collect();
    assert_eq!(names.len(), all.len());
    let pairs = all.iter().filter(|statement| statement.is_pair()).count();
    assert!(
        pairs <= 4 + all.len() / 20,
        "{pairs} pairs of {}: one text is the rule",
        all.len()
    );
}

#[test]
fn no_statement_asks_the_database_for_the_time() {
    for statement in sql::all() {
        for text in [statement.sqlite(), statement.postgres()] {
            let text = text.to_lowercase();
            for word in [
                "now()",
                "current_timestamp",
                "julianday",
                "strftime",
                "as uuid",
                "::",
            ] {
                assert!(!text.contains(word), "{} uses {word}", statement.name());
            }
        }
    }
}
