//! Every cause class has its page in `docs/causes/`, named by its word, and every page there has its cause:
//! notices link to them.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::tree::{Complaint, files};

const FOLDER: &str = "docs/causes";
/// Pages that are about all causes: the list, and what is made from the tables and tests.
const MADE: [&str; 2] = ["README", "answers"];

/// Complaints about the pages of these causes.
pub fn check(root: &Path, causes: &[&str]) -> Result<Vec<Complaint>> {
    let stem =
        |path: &std::path::PathBuf| path.file_stem().map(|s| s.to_string_lossy().into_owned());
    let all = files(root, FOLDER, "md")?;
    let beside = all
        .iter()
        .filter(|path| path.parent().is_some_and(|folder| folder.ends_with(FOLDER)));
    let pages: BTreeSet<String> = beside.filter_map(stem).collect();
    let missing = causes.iter().filter(|cause| !pages.contains(**cause));
    let mut complaints: Vec<Complaint> = missing
        .map(|cause| {
            Complaint::new(
                format!("{FOLDER}/{cause}.md"),
                "is not there; each cause class has its page",
            )
        })
        .collect();
    let extra = pages
        .iter()
        .filter(|page| !MADE.contains(&page.as_str()) && !causes.contains(&page.as_str()));
    complaints.extend(extra.map(|page| {
        Complaint::new(
            format!("{FOLDER}/{page}.md"),
            "is the page of no cause class",
        )
    }));
    Ok(complaints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixtures::{lines, project};

    #[test]
    fn pages_and_causes_are_the_same_set() {
        let root = project(&[
            ("docs/causes/README.md", ""),
            ("docs/causes/unknown.md", ""),
            ("docs/causes/old.md", ""),
            ("docs/causes/answers.md", ""),
            ("docs/causes/proven/some_platform.md", ""),
        ]);
        let said = lines(check(root.path(), &["unknown", "lifespan_ended"]).unwrap());
        assert_eq!(
            said,
            [
                "docs/causes/lifespan_ended.md: is not there; each cause class has its page",
                "docs/causes/old.md: is the page of no cause class",
            ]
        );
    }
}
