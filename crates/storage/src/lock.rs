//! The process lock: one process serves one SQLite database. The lock is on a file beside it, held
//! by the operating system for as long as the process lives, so it never outlives a crash.
//! On PostgreSQL many nodes serve at once; there the heartbeat (`nodes.rs`) tells who lives, and no
//! lock is taken.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Held while a process serves; released on drop.
#[derive(Debug)]
pub struct ProcessLock {
    #[expect(dead_code, reason = "the lock is on the open file")]
    file: File,
}

/// Where the lock of a database file is.
#[must_use]
pub fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

impl ProcessLock {
    /// Takes the lock of the database at `database`.
    ///
    /// # Errors
    /// [`Error::Locked`] with the other process's id when it is held.
    pub fn acquire(database: &Path) -> Result<Self> {
        let path = lock_path(database);
        let broken =
            |error: std::io::Error| Error::Unavailable(format!("{}: {error}", path.display()));
        // The text of a holder must survive until the lock is ours.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(broken)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The pid is only for the message; without it the message is shorter.
                let _ = file.read_to_string(&mut text);
                return Err(Error::Locked {
                    pid: text.trim().parse().ok(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(broken(error)),
        }
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(broken)?;
        writeln!(file, "{}", std::process::id()).map_err(broken)?;
        Ok(Self { file })
    }
}
