//! Bytes on disk, named by their own SHA-256: written once, never changed, the same file for the
//! same bytes. A file under its name is always whole: it is written elsewhere, flushed and renamed.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 32]);

/// A text that is not 64 hexadecimal digits in small letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 in 64 hexadecimal digits")]
pub struct NotAHash;

impl ContentHash {
    /// The hash of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A stored hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// To be stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ContentHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digits = text.as_bytes();
        if digits.len() != 64
            || !digits
                .iter()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(NotAHash);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotAHash)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotAHash)?;
        }
        Ok(Self(bytes))
    }
}

/// Why bytes cannot be kept or given back.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("no media with the hash {0} is stored")]
    Missing(ContentHash),
    /// The file's bytes are not those that were stored.
    #[error("the stored media {0} is damaged")]
    Damaged(ContentHash),
    /// The disk is full, or refuses.
    #[error("the media folder cannot be used: {0}")]
    Disk(Arc<io::Error>),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Disk(Arc::new(error))
    }
}

impl StoreError {
    /// What to do about it, for an operator.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::Damaged(_) => {
                "restore the media folder from a backup, or upload the picture again"
            }
            Self::Disk(_) => "check free space and rights of the media folder",
        }
    }
}

/// A folder of media.
#[derive(Debug, Clone)]
pub struct DiskStore {
    folder: Arc<Path>,
    /// Files being written; the number keeps two of one process apart.
    writing: Arc<AtomicU64>,
    inline: bool,
}

impl DiskStore {
    /// Opens or makes the folder.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub fn new(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder.join("new"))?;
        Ok(Self {
            folder: Arc::from(folder),
            writing: Arc::new(AtomicU64::new(0)),
            inline: false,
        })
    }

    /// The same folder, used in the calling task: for runs on one thread.
    #[must_use]
    pub fn inline(self) -> Self {
        Self {
            inline: true,
            ..self
        }
    }

    /// Where the bytes with this hash are, or would be.
    #[must_use]
    pub fn path(&self, hash: &ContentHash) -> PathBuf {
        let name = hash.to_string();
        self.folder.join(&name[..2]).join(&name[2..4]).join(name)
    }

    /// Keeps the bytes; durable when it answers. Keeping them again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub async fn put(&self, bytes: Bytes) -> Result<ContentHash, StoreError> {
        self.run(move |store| store.put_now(&bytes)).await
    }

    /// The bytes, checked against their hash.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn get(&self, hash: ContentHash) -> Result<Bytes, StoreError> {
        self.run(move |store| store.get_now(&hash)).await
    }

    /// Whether they are there.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when the folder cannot be asked.
    pub async fn exists(&self, hash: ContentHash) -> Result<bool, StoreError> {
        self.run(move |store| Ok(store.path(&hash).try_exists()?))
            .await
    }

    /// Removes them; whether they were there.
    ///
    /// # Errors
    /// [`StoreError::Disk`].
    pub async fn delete(&self, hash: ContentHash) -> Result<bool, StoreError> {
        self.run(move |store| match fs::remove_file(store.path(&hash)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error.into()),
        })
        .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    {
        if self.inline {
            return work(self);
        }
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.map_err(|_| StoreError::from(io::Error::other("the program is stopping")))?
    }

    fn put_now(&self, bytes: &[u8]) -> Result<ContentHash, StoreError> {
        let hash = ContentHash::of(bytes);
        let path = self.path(&hash);
        // A file of the right length was whole when it got its name.
        if fs::metadata(&path).is_ok_and(|there| there.len() == bytes.len() as u64) {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let number = self.writing.fetch_add(1, Ordering::Relaxed);
        let draft = self
            .folder
            .join("new")
            .join(format!("{hash}.{}.{number}", std::process::id()));
        let written = write_flushed(&draft, bytes).and_then(|()| fs::rename(&draft, &path));
        if let Err(error) = written {
            // What is left of it is of no use; if even this fails, the first error says why.
            let _ = fs::remove_file(&draft);
            return Err(error.into());
        }
        // The name is durable once its folder is, and a new folder once its own is.
        for part in [folder, folder.parent().unwrap_or(folder), &self.folder] {
            File::open(part)?.sync_all()?;
        }
        Ok(hash)
    }

    fn get_now(&self, hash: &ContentHash) -> Result<Bytes, StoreError> {
        let bytes = fs::read(self.path(hash)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Missing(*hash),
            _ => error.into(),
        })?;
        if ContentHash::of(&bytes) == *hash {
            Ok(bytes.into())
        } else {
            Err(StoreError::Damaged(*hash))
        }
    }
}

fn write_flushed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
