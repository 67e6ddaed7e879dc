//! A channel: one account on one platform. Its identity is the platform's own account id, never the
//! login; linking and mode are two different questions.

use crate::words::words;

words! {
    /// Whether a channel is linked.
    pub enum Link {
        /// It may have logins and be posted to.
        Linked = "linked",
        /// It was unlinked; its posts are kept and wait.
        Unlinked = "unlinked",
    }
}

words! {
    /// Who posts.
    pub enum Mode {
        /// Mainstay posts by itself.
        Auto = "auto",
        /// Mainstay reminds, a person posts.
        Remind = "remind",
    }
}

words! {
    /// What a grant is to its channel.
    pub enum Standing {
        /// The one that calls are made with.
        Primary = "primary",
        /// Takes over when the first dies.
        Spare = "spare",
    }
}

words! {
    /// What a person said about a sign-in that is not the one in use: whether it may stand by.
    pub enum Consent {
        /// Whoever signed in was asked and has not answered: it takes over from nothing.
        Asked = "asked",
        /// It takes over by itself when the first one ends.
        StandsBy = "stands_by",
        /// It was taken off the channel.
        Removed = "removed",
    }
}
