//! The code map in ARCHITECTURE.md against the folders. An entry is a line that begins with "- `path`".
//! What it names must be there, and where it names one folder it must name all that lie beside it: a map
//! that may leave things out goes stale unseen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use crate::tree::{Complaint, folders_in, read};

const MAP: &str = "ARCHITECTURE.md";

/// Complaints about the map.
pub fn check(root: &Path) -> Result<Vec<Complaint>> {
    if !root.join(MAP).exists() {
        return Ok(vec![Complaint::new(
            MAP,
            "is not there; the code map lives in it",
        )]);
    }
    let text = read(root, MAP)?;
    let mut complaints = Vec::new();
    let mut beside: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    // The crates are always to be named, even by a map that names none.
    beside.insert("crates".to_owned(), BTreeSet::new());
    for path in text.lines().filter_map(entry) {
        let place = root.join(path);
        if place.is_dir() {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let named = beside.entry(parent.to_owned()).or_default();
            if !named.insert(name.to_owned()) {
                complaints.push(Complaint::new(MAP, format!("names `{path}` twice")));
            }
        } else if !place.exists() {
            complaints.push(Complaint::new(
                MAP,
                format!("names `{path}`, which is not there"),
            ));
        }
    }
    for (parent, named) in beside {
        let folder = root.join(&parent);
        let there = if folder.is_dir() {
            folders_in(&folder)?
        } else {
            Vec::new()
        };
        for name in there.iter().filter(|name| !named.contains(*name)) {
            let path = format!("{parent}/{name}");
            let path = path.trim_start_matches('/');
            complaints.push(Complaint::new(
                MAP,
                format!("does not name `{path}`; add a line \"- `{path}`: what it is\""),
            ));
        }
    }
    Ok(complaints)
}

fn entry(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("- `")?;
    let (path, _) = rest.split_once('`')?;
    Some(path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::fixtures::{lines, project};

    #[test]
    fn a_true_map_is_silent() {
        let map = "# Map\n- `crates/a`: one\n  - `crates/a/src/x/` deep\n- `crates/b/src/lib.rs`: a file\n- `crates/b`: two\n* `crates/z`\n";
        let root = project(&[
            ("ARCHITECTURE.md", map),
            ("crates/a/src/x/y.rs", ""),
            ("crates/b/src/lib.rs", ""),
            ("crates/target/junk", ""),
        ]);
        assert_eq!(lines(check(root.path()).unwrap()), Vec::<String>::new());
    }

    #[test]
    fn what_is_gone_missing_or_doubled_is_said() {
        let map = "- `crates/a`: one\n- `crates/gone`: two\n- `crates/a/src/x`: x\n- `crates/a`: again\n- `top`: t\n";
        let root = project(&[
            ("ARCHITECTURE.md", map),
            ("crates/a/src/x/m.rs", ""),
            ("crates/a/src/y/m.rs", ""),
            ("crates/new/src/lib.rs", ""),
            ("top/f", ""),
            ("other/f", ""),
        ]);
        let said = lines(check(root.path()).unwrap()).join("\n");
        for part in [
            "names `crates/gone`, which is not there",
            "names `crates/a` twice",
            "does not name `crates/new`",
            "does not name `crates/a/src/y`",
            "does not name `other`",
        ] {
            assert!(said.contains(part), "{part} in:\n{said}");
        }
        // `crates` lies beside `top` and is not named either.
        assert_eq!(said.lines().count(), 6, "{said}");
    }

    #[test]
    fn no_map_is_a_complaint() {
        let root = project(&[("crates/a/f", "")]);
        assert_eq!(check(root.path()).unwrap().len(), 1);
    }
}
