//! Looks through templates and Rust files of this crate for the texts, icons and assets that they name, so that none
//! is missing and none is left over. Tests only.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::Text;

/// Every template and Rust file of the crate: path inside the crate, and content.
pub(crate) fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("src"), root.join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".rs") || name.ends_with(".html") {
                found.push((
                    name.clone(),
                    spoken(&name, &fs::read_to_string(&path).unwrap()),
                ));
            }
        }
    }
    found
}

/// The part of a file that can reach a page: tests and comments may name what does not exist.
fn spoken(name: &str, text: &str) -> String {
    if !name.ends_with(".rs") {
        return text.to_owned();
    }
    if name.ends_with("sources.rs") || name.ends_with("tests.rs") {
        return String::new();
    }
    let code = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// The string literals that stand first after `call`, as in `.t("key")`; line breaks between do not matter.
pub(crate) fn literals_after(text: &str, call: &str) -> Vec<String> {
    text.match_indices(call)
        .filter_map(|(at, _)| text[at + call.len()..].trim_start().strip_prefix('"'))
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Every key of the English files, with its file.
fn keys() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en");
    let mut keys = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let file = entry.file_name().to_string_lossy().into_owned();
        for line in fs::read_to_string(entry.path()).unwrap().lines() {
            if let Some((key, _)) = line.split_once(" =")
                && line.starts_with(|first: char| first.is_ascii_lowercase())
            {
                keys.push((key.trim().to_owned(), file.clone()));
            }
        }
    }
    keys
}

#[test]
fn every_text_that_is_asked_for_exists() {
    let known: BTreeSet<String> = keys().into_iter().map(|(key, _)| key).collect();
    let mut seen = 0;
    for (file, text) in sources() {
        for call in [".t(", ".t1(", ".t2(", ".t_args("] {
            for key in literals_after(&text, call) {
                assert!(
                    known.contains(&key),
                    "{file} asks for the text {key}, which no file in locales/en has"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "the search finds nothing any more: {seen}");
}

#[test]
fn no_text_is_left_over() {
    // A key may also stand in a table and reach `t` through a variable, so any literal counts as use.
    let all: String = sources().into_iter().map(|(_, text)| text).collect();
    let left: Vec<_> = keys()
        .into_iter()
        // The words of causes are asked for by the cause; `causes.rs` has the test over all of them.
        .filter(|(key, file)| file != "causes.ftl" && !all.contains(&format!("\"{key}\"")))
        .collect();
    assert!(left.is_empty(), "texts that nothing uses: {left:?}");
}

#[test]
fn no_text_says_what_people_never_see() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales/en");
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        for line in fs::read_to_string(entry.path()).unwrap().lines() {
            let Some((_, words)) = line.split_once(" = ") else {
                continue;
            };
            for word in [
                "grant",
                "horizon",
                "delivery",
                "deliveries",
                "variant",
                "lease",
                "probe",
            ] {
                let hit = words
                    .to_lowercase()
                    .split(|c: char| !c.is_alphabetic())
                    .any(|part| part == word);
                assert!(
                    !hit,
                    "{:?} says {word:?} to people: {line}",
                    entry.file_name()
                );
            }
        }
    }
}

#[test]
fn every_icon_that_is_asked_for_exists() {
    let mut seen = 0;
    for (file, text) in sources() {
        for call in ["crate::icon(", " icon(", "(icon(", "icon_named("] {
            for name in literals_after(&text, call) {
                assert!(
                    crate::components::icon::exists(&name),
                    "{file} asks for the icon {name}: add it to icons.txt"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "the search finds nothing any more: {seen}");
    assert!(Text::english().problems().is_empty());
}
