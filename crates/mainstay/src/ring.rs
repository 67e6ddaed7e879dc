//! The key ring's file: read, made at the first start, and written anew as keys are added, replaced and
//! retired. Only the owner may read it. Which key seals is the vault's matter.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use domain::chance::Chance;
use secrecy::{ExposeSecret as _, SecretString};
use vault::KeyRing;
use zeroize::Zeroizing;

use crate::settings::KeySource;
use crate::trouble::{Result, Trouble};

/// Reads the ring; none where the file is not there.
///
/// # Errors
/// When it cannot be read, or holds no ring.
pub fn load(source: &KeySource) -> Result<Option<KeyRing>> {
    let path = match source {
        KeySource::Given(text) => return Ok(Some(KeyRing::parse(text)?)),
        KeySource::File(path) => path,
    };
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error)),
    };
    warn_if_open(path);
    let ring = KeyRing::parse(&SecretString::from(text.as_str()));
    ring.map(Some)
        .map_err(|bad| Trouble::new(format!("{}: {bad}", path.display()), bad.hint()))
}

/// Makes a ring with one new key and its file.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub fn create(path: &Path, chance: &dyn Chance) -> Result<KeyRing> {
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let ring = KeyRing::generate(chance);
    let mut file = new_file(path).map_err(|error| unusable(path, &error))?;
    put(&mut file, &ring).map_err(|error| unusable(path, &error))?;
    sync_folder(path);
    Ok(ring)
}

/// Writes the ring in place of the one before: whole or not at all, durable when it answers.
///
/// # Errors
/// When it cannot be written; the file is as it was then.
pub fn replace(path: &Path, ring: &KeyRing) -> Result<()> {
    let beside = beside(path);
    // Left over by a kill; it never took the ring's name.
    let _ = fs::remove_file(&beside);
    let written = new_file(&beside)
        .and_then(|mut file| put(&mut file, ring))
        .and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| unusable(path, &error))?;
    sync_folder(path);
    Ok(())
}

/// Makes a folder that only its owner may look into; one that is there stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(folder: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| {
        Trouble::new(
            format!("the folder {} cannot be made: {error}", folder.display()),
            "check data.folder and its rights",
        )
    })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn put(file: &mut File, ring: &KeyRing) -> io::Result<()> {
    file.write_all(ring.to_text().expose_secret().as_bytes())?;
    file.sync_all()
}

/// A name is durable only with its folder. Where that cannot be done, the file itself still is.
fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
}

fn warn_if_open(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let others = fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0);
        if others {
            tracing::warn!(file = %path.display(), "others on this machine can read the key ring: chmod 600 mends it");
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Trouble {
    Trouble::new(
        format!("the key ring {} cannot be used: {error}", path.display()),
        "check keys.ring_file and its rights",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::chance::ChaChaChance;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_ring_is_made_once_readable_by_its_owner_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/keys");
        let source = KeySource::File(path.clone());
        let chance = ChaChaChance::from_seed(1);
        assert!(load(&source).unwrap().is_none());
        let ring = create(&path, &chance).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(
            create(&path, &chance).is_err(),
            "a ring is never written over by a first start"
        );

        let (bigger, new) = ring.with_new_key(&chance).unwrap();
        fs::write(beside(&path), "left over").unwrap();
        replace(&path, &bigger).unwrap();
        let read = load(&source).unwrap().unwrap();
        assert!(read.opens(new) && read.sealing() == ring.sealing());
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(!beside(&path).exists());
    }

    #[test]
    fn a_bad_ring_is_told_with_its_file_and_without_its_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        fs::write(&path, "1 geheim\n").unwrap();
        let bad = load(&KeySource::File(path)).unwrap_err();
        assert!(
            bad.what.contains("keys") && !bad.to_string().contains("geheim"),
            "{bad}"
        );
    }
}
