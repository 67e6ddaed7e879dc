//! The tree as the checks see it: what is built or fetched is no part of it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// Folders that are made, not written.
const MADE: &[&str] = &["target", "node_modules", "data", "demo-data"];

/// Something that must be mended.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file or folder, relative to the root.
    pub place: String,
    /// What is wrong, and what to do.
    pub says: String,
}

impl Complaint {
    /// A complaint about a place.
    pub fn new(place: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            says: says.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.says)
    }
}

/// The names of the folders in `folder` that are written by hand, sorted.
pub fn folders_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let counts = !name.starts_with('.') && !MADE.contains(&name.as_str());
        if counts && entry.file_type()?.is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Every file below `root` with this ending, relative to `root`, sorted; empty where `below` is not there.
pub fn files(root: &Path, below: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![root.join(below)];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for name in folders_in(&folder)? {
            open.push(folder.join(name));
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_file() && path.extension().is_some_and(|e| e == ending) {
                found.push(path.strip_prefix(root)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file of the project.
pub fn read(root: &Path, path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(root.join(path)).with_context(|| format!("read {}", path.display()))
}

#[cfg(test)]
pub(crate) mod fixtures {
    //! Small projects for the checks' own tests.
    use super::*;

    /// A folder with these files, which goes when it is dropped.
    pub fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    /// The complaints as lines.
    pub fn lines(complaints: Vec<Complaint>) -> Vec<String> {
        complaints.iter().map(Complaint::to_string).collect()
    }
}
