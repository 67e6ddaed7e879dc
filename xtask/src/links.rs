//! Links in the documents that point into the tree must point at something. Addresses elsewhere are not
//! followed.

use std::path::Path;

use anyhow::Result;

use crate::tree::{Complaint, files, read};

/// Complaints about links in Markdown files.
pub fn check(root: &Path) -> Result<Vec<Complaint>> {
    let mut complaints = Vec::new();
    for path in files(root, "", "md")? {
        let text = read(root, &path)?;
        let folder = root.join(path.parent().unwrap_or(Path::new("")));
        for target in targets(&text) {
            let file = target.split('#').next().unwrap_or_default();
            let elsewhere = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
            if !elsewhere && !folder.join(file).exists() {
                let place = path.display().to_string();
                complaints.push(Complaint::new(
                    place,
                    format!("links to {file}, which is not there"),
                ));
            }
        }
    }
    Ok(complaints)
}

/// What stands in `](…)`, outside of fenced code.
fn targets(text: &str) -> Vec<&str> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let ends = line
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'));
        found.extend(ends.map(|(target, _)| target.split_whitespace().next().unwrap_or_default()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixtures::{lines, project};

    #[test]
    fn only_dead_links_are_said() {
        let page = "[a](b.md#part) [w](https://x.invalid/y) [h](#here) [up](../README.md) ![p](gone.png \"t\")\n```\n[no](nothing)\n```\n";
        let root = project(&[
            ("README.md", "[d](docs/a.md)"),
            ("docs/a.md", page),
            ("docs/b.md", ""),
        ]);
        assert_eq!(
            lines(check(root.path()).unwrap()),
            ["docs/a.md: links to gone.png, which is not there"]
        );
    }
}
