//! The project's own chores in Rust: `cargo run -p xtask -- check` holds the tree against its map and its
//! rules. It reads files and changes none.

mod arrows;
mod causes;
mod links;
mod map;
mod sources;
mod tree;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use tree::Complaint;

fn main() -> ExitCode {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["check"] => report(check(&root)),
        _ => {
            say("usage: cargo run -p xtask -- check");
            ExitCode::from(2)
        }
    }
}

/// Every complaint about the project in `root`.
fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut all = map::check(root)?;
    all.extend(arrows::check(root)?);
    all.extend(sources::check(root)?);
    all.extend(links::check(root)?);
    let causes: Vec<&str> = domain::cause::Cause::ALL
        .iter()
        .map(|cause| cause.as_str())
        .collect();
    all.extend(causes::check(root, &causes)?);
    Ok(all)
}

fn report(checked: Result<Vec<Complaint>>) -> ExitCode {
    match checked {
        Ok(complaints) if complaints.is_empty() => {
            say("layout: the tree is as its map and its rules say");
            ExitCode::SUCCESS
        }
        Ok(complaints) => {
            for complaint in &complaints {
                say(&complaint.to_string());
            }
            say(&format!("layout: {} to mend", complaints.len()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("layout: could not be checked: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn say(line: &str) {
    // A closed pipe is the reader's wish.
    drop(writeln!(std::io::stdout(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_as_its_map_and_its_rules_say() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let complaints = tree::fixtures::lines(check(&root).unwrap());
        assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    }
}
