//! What ends the program or a command: a sentence that says what is wrong, and a hint that says what
//! to do. Never a value of a secret.

use std::fmt;

/// See the head of this file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// What to do about it; empty where nothing helps.
    pub hint: String,
}

/// The result of everything that a command does.
pub type Result<T> = std::result::Result<T, Trouble>;

impl Trouble {
    /// A trouble with its hint.
    pub fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
        }
    }

    /// A trouble that nobody can help by doing this or that.
    pub fn plain(what: impl Into<String>) -> Self {
        Self::new(what, "")
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if !self.hint.is_empty() {
            write!(f, "\n  {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Trouble {}

impl From<storage::Error> for Trouble {
    fn from(error: storage::Error) -> Self {
        let hint = match &error {
            storage::Error::Locked { .. } => {
                "stop that process first, or ask it: most commands reach it by themselves"
            }
            storage::Error::Unavailable(_) => {
                "check database.url, the data folder, its rights and the free space"
            }
            storage::Error::Schema(_) => {
                "this database belongs to another program or version; nothing was changed"
            }
            _ => "",
        };
        Self::new(error.to_string(), hint)
    }
}

impl From<vault::BadKeyRing> for Trouble {
    fn from(error: vault::BadKeyRing) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<vault::WrongKey> for Trouble {
    fn from(error: vault::WrongKey) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<vault::Refusal> for Trouble {
    fn from(error: vault::Refusal) -> Self {
        Self::plain(error.to_string())
    }
}

impl From<vault::OpenError> for Trouble {
    fn from(error: vault::OpenError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}

impl From<engine::Error> for Trouble {
    fn from(error: engine::Error) -> Self {
        Self::plain(error.to_string())
    }
}

impl From<media::StoreError> for Trouble {
    fn from(error: media::StoreError) -> Self {
        Self::new(error.to_string(), error.hint())
    }
}
