//! Which crate may use which, read from the Cargo.toml files. The compiler keeps the arrows acyclic; this
//! keeps them the ones that were meant. Reasons stand with each rule.

use std::path::Path;

use anyhow::{Context as _, Result};
use toml::Table;

use crate::tree::{Complaint, folders_in, read};

/// What the program is made of.
const WHOLE: &[&str] = &[
    "domain",
    "vault",
    "storage",
    "platforms",
    "media",
    "engine",
    "web",
    "simulator",
];

/// Crate, and what of ours it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    // Words and rules know nobody.
    ("domain", &[]),
    ("vault", &["domain"]),
    ("storage", &["domain"]),
    // An adapter only translates: no store, no pages, no clock.
    ("platforms", &["domain"]),
    ("media", &["domain"]),
    (
        "engine",
        &["platforms", "storage", "media", "vault", "domain"],
    ),
    (
        "web",
        &["engine", "platforms", "storage", "media", "vault", "domain"],
    ),
    // Written from the same sheets and sharing no code, so that a misreading shows.
    ("simulator", &[]),
    // Part of the program, for whoever rehearses their own; what it rehearses is the real thing, so it uses all of it.
    ("rehearsal", WHOLE),
    (
        "mainstay",
        &[
            "domain",
            "vault",
            "storage",
            "platforms",
            "media",
            "engine",
            "web",
            "simulator",
            "rehearsal",
        ],
    ),
    ("testing", WHOLE),
    // Measures the engine's own path: no pages, no simulator, so that it is built in minutes.
    (
        "bench",
        &["engine", "platforms", "storage", "vault", "domain"],
    ),
];

/// Crate, foreign crates that it may not use, and why.
const MAY_NOT_USE: &[(&str, &[&str], &str)] = &[
    (
        "domain",
        &[
            "tokio",
            "hyper",
            "reqwest",
            "axum",
            "rusqlite",
            "tokio-postgres",
        ],
        "the rules do no I/O and are not async",
    ),
    (
        "platforms",
        &["rusqlite", "tokio-postgres", "deadpool-postgres", "axum"],
        "an adapter only translates",
    ),
    (
        "engine",
        &[
            "rusqlite",
            "tokio-postgres",
            "deadpool-postgres",
            "axum",
            "hyper",
            "hyper-util",
            "reqwest",
        ],
        "SQL is storage's, and the way out is platforms'",
    ),
    (
        "web",
        &[
            "rusqlite",
            "tokio-postgres",
            "deadpool-postgres",
            "hyper-util",
            "reqwest",
        ],
        "SQL is storage's, and the way out is platforms'",
    ),
    (
        "simulator",
        &["rusqlite", "tokio-postgres"],
        "it keeps its world in memory",
    ),
];

/// Complaints about arrows between the crates of `crates/`.
pub fn check(root: &Path) -> Result<Vec<Complaint>> {
    let crates = folders_in(&root.join("crates"))?;
    let mut complaints = Vec::new();
    for name in &crates {
        let place = format!("crates/{name}/Cargo.toml");
        let manifest: Table = read(root, &place)?.parse().with_context(|| place.clone())?;
        let Some((_, may)) = MAY_USE.iter().find(|(crate_name, _)| crate_name == name) else {
            complaints.push(Complaint::new(
                place,
                "is a new crate; say in xtask/src/arrows.rs what it may use",
            ));
            continue;
        };
        let used = [
            named(&manifest, "dependencies"),
            named(&manifest, "build-dependencies"),
        ]
        .concat();
        for other in used
            .iter()
            .filter(|o| crates.contains(o) && !may.contains(&o.as_str()))
        {
            complaints.push(Complaint::new(
                &place,
                format!("{name} may not use {other} (LAYOUT: arrows)"),
            ));
        }
        // Tests may use more, but a simulator that knows the adapters proves nothing, in its tests neither.
        if name == "simulator" {
            for other in named(&manifest, "dev-dependencies")
                .iter()
                .filter(|o| crates.contains(o))
            {
                complaints.push(Complaint::new(
                    &place,
                    format!("simulator may not use {other}, in its tests neither"),
                ));
            }
        }
        for (_, not, why) in MAY_NOT_USE
            .iter()
            .filter(|(crate_name, ..)| crate_name == name)
        {
            for other in used.iter().filter(|o| not.contains(&o.as_str())) {
                complaints.push(Complaint::new(
                    &place,
                    format!("{name} may not use {other}: {why}"),
                ));
            }
        }
    }
    Ok(complaints)
}

fn named(manifest: &Table, section: &str) -> Vec<String> {
    let table = manifest.get(section).and_then(|section| section.as_table());
    table
        .map(|t| t.keys().cloned().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixtures::{lines, project};

    #[test]
    fn meant_arrows_are_silent() {
        let root = project(&[
            (
                "crates/domain/Cargo.toml",
                "[dependencies]\nserde = \"1\"\n[dev-dependencies]\ntesting.workspace = true",
            ),
            (
                "crates/engine/Cargo.toml",
                "[dependencies]\ndomain.workspace = true\nstorage.workspace = true",
            ),
            (
                "crates/storage/Cargo.toml",
                "[dependencies]\ndomain.workspace = true\nrusqlite = \"0\"",
            ),
            (
                "crates/testing/Cargo.toml",
                "[dependencies]\nengine.workspace = true",
            ),
        ]);
        assert_eq!(lines(check(root.path()).unwrap()), Vec::<String>::new());
    }

    #[test]
    fn each_wrong_arrow_is_said() {
        let root = project(&[
            (
                "crates/domain/Cargo.toml",
                "[dependencies]\ntokio = \"1\"\nstorage.workspace = true",
            ),
            (
                "crates/storage/Cargo.toml",
                "[build-dependencies]\nplatforms.workspace = true",
            ),
            (
                "crates/platforms/Cargo.toml",
                "[dependencies]\nstorage.workspace = true",
            ),
            (
                "crates/simulator/Cargo.toml",
                "[dev-dependencies]\nplatforms.workspace = true",
            ),
            (
                "crates/web/Cargo.toml",
                "[dependencies]\nmainstay.workspace = true\nreqwest = \"0\"",
            ),
            (
                "crates/mainstay/Cargo.toml",
                "[dependencies]\nweb.workspace = true",
            ),
            ("crates/helpers/Cargo.toml", ""),
        ]);
        let said = lines(check(root.path()).unwrap()).join("\n");
        for part in [
            "domain may not use storage",
            "domain may not use tokio",
            "storage may not use platforms",
            "platforms may not use storage",
            "simulator may not use platforms, in its tests neither",
            "web may not use mainstay",
            "web may not use reqwest",
            "crates/helpers/Cargo.toml: is a new crate",
        ] {
            assert!(said.contains(part), "{part} in:\n{said}");
        }
        assert_eq!(said.lines().count(), 8, "{said}");
    }
}
