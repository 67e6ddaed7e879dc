//! What can go wrong between us and the database, told so that a caller can decide. Not here: rules
//! of the product; a closure that must undo its own work for such a reason returns [`Error::Refused`]
//! or [`Error::Stale`].
//!
//! No variant holds a value of a row: a database's own "detail" lines do, and are dropped.

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a statement failed, as far as a caller may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// A unique index or primary key already holds such a row.
    Unique,
    /// A foreign key, check or not-null rule refused the row.
    Constraint,
    /// Another writer was in the way (lock time-out, deadlock, serialization); the same call may succeed later.
    Busy,
    /// The disk is full, the file broken or the server out of reach.
    Unavailable,
    /// The statement or its parameters are wrong: a mistake in this program.
    Mistake,
}

/// Everything that storage refuses or fails at.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// One statement failed; the whole closure is rolled back.
    #[error("the statement {statement} failed: {message}")]
    Statement {
        /// The name in the register.
        statement: &'static str,
        /// What kind of failure it was.
        failure: Failure,
        /// The database's own sentence, without values of rows.
        message: String,
    },
    /// A column is missing or does not hold what the caller reads from it.
    #[error("the statement {statement} has no usable column {column}: {problem}")]
    Column {
        /// The name in the register.
        statement: &'static str,
        /// The column that was asked for.
        column: String,
        /// What is wrong with it; never the value itself.
        problem: String,
    },
    /// Exactly (or at most) one row was promised.
    #[error("the statement {statement} was to return {wanted}, but returned {found} rows")]
    RowCount {
        /// The name in the register.
        statement: &'static str,
        /// What was promised.
        wanted: &'static str,
        /// What came.
        found: usize,
    },
    /// A compare-and-set found that somebody else had changed the row: nothing was written.
    #[error("the row was changed meanwhile ({what}); nothing was written")]
    Stale {
        /// What was to be changed.
        what: &'static str,
    },
    /// What a post was made of was to be thrown away, while a call stands that has shown it or may have.
    #[error("this post may be out: what it was made of is kept until it was looked for")]
    MayBeOut,
    /// The closure undid its own work for a reason of its own.
    #[error("refused: {reason}")]
    Refused {
        /// The reason, for logs and for the caller to turn into words.
        reason: String,
    },
    /// The transaction was certainly not stored.
    #[error("the write {name} was not stored: {message}")]
    NotStored {
        /// The name of the write.
        name: &'static str,
        /// What the database said.
        message: String,
    },
    /// The commit was sent and its answer was lost: it may have been stored. Read before repeating.
    #[error("the write {name} may or may not have been stored: {message}")]
    Uncertain {
        /// The name of the write.
        name: &'static str,
        /// What happened to the answer.
        message: String,
    },
    /// The closure panicked; its work is rolled back and storage goes on.
    #[error("the closure of {name} panicked; its work was rolled back")]
    Panicked {
        /// The name of the read or write.
        name: &'static str,
    },
    /// The database cannot be opened or reached.
    #[error("the database is out of reach: {0}")]
    Unavailable(String),
    /// The schema is not what this program knows.
    #[error("the database schema does not fit: {0}")]
    Schema(String),
    /// Another process serves this database file.
    #[error("another process{} is using this database", .pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    Locked {
        /// The process id that the lock file names, if it could be read.
        pid: Option<u32>,
    },
    /// The store is being closed.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// What kind of failure a statement met, if it was a statement.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Statement { failure, .. } => Some(*failure),
            _ => None,
        }
    }

    /// Whether a unique index refused the row.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.failure() == Some(Failure::Unique)
    }

    /// Whether the same call may succeed a little later without anybody mending anything, and it is
    /// certain that this one stored nothing.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self.failure(), Some(Failure::Busy | Failure::Unavailable))
            || matches!(self, Self::NotStored { .. } | Self::Unavailable(_))
    }

    /// What to do about it, for a person who operates the program.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Locked { .. } => Some("stop the other process, or use the command through it"),
            Self::Schema(_) => Some(
                "run `mainstay migrate` with this version of the program, or use the version that made the database",
            ),
            Self::Unavailable(_) => Some(
                "check that the database runs, its address, and the rights on its file or role",
            ),
            Self::Uncertain { .. } => Some("read the row before the write is repeated"),
            Self::MayBeOut => Some("look whether the post is out, and settle it first"),
            Self::Statement {
                failure: Failure::Unavailable,
                ..
            } => Some("check disk space and the health of the disk or server"),
            _ => None,
        }
    }

    pub(crate) fn mistake(statement: &'static str, message: impl Into<String>) -> Self {
        Self::Statement {
            statement,
            failure: Failure::Mistake,
            message: message.into(),
        }
    }
}
