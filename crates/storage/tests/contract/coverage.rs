//! Every public function of a file of `src` that takes a connection is named in a contract test, as
//! `file::function`. What is named is not thereby tested well; what is not named is not tested at all.

use std::collections::BTreeSet;
use std::path::Path;

/// Functions that need no test of their own here, and why.
const EXCEPT: &[(&str, &str)] = &[];

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        files.push((name, std::fs::read_to_string(&path).expect("readable")));
    }
    files.sort();
    files
}

/// `file::function` of every function of its own that takes a connection.
fn functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, text) in files("src") {
        for (at, _) in text.match_indices("\npub fn ") {
            let rest = &text[at + "\npub fn ".len()..];
            let name: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let signature = &rest[..rest.find('{').unwrap_or(rest.len())];
            if signature.contains("Conn<") {
                found.insert(format!("{file}::{name}"));
            }
        }
    }
    found
}

#[test]
fn every_public_function_is_named_in_a_contract_test() {
    let functions = functions();
    assert!(
        functions.len() > 150,
        "the search finds only {}",
        functions.len()
    );
    let tests: Vec<String> = files("tests/contract")
        .into_iter()
        .filter(|(name, _)| name != "coverage")
        .map(|(_, text)| text)
        .collect();
    let named = |function: &str| {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        tests.iter().any(|text| {
            text.match_indices(function)
                .any(|(at, _)| ends(&text[at + function.len()..]))
        })
    };
    let missing: Vec<&String> = functions
        .iter()
        .filter(|function| !named(function) && !EXCEPT.iter().any(|(name, _)| name == function))
        .collect();
    assert!(
        missing.is_empty(),
        "test these on both engines, or say why not: {missing:#?}"
    );
    for (name, why) in EXCEPT {
        assert!(functions.contains(*name), "there is no {name} ({why})");
    }
}
