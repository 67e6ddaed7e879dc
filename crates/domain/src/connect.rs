//! A sign-in at a platform that is under way: its phases. What is decided in each is the engine's.

use crate::words::words;

words! {
    /// How far a sign-in at a platform has come.
    pub enum ConnectPhase {
        /// A person was sent to the platform, or is about to be.
        Begun = "begun",
        /// The browser is back and its state is spent; the platform is being asked.
        Returned = "returned",
        /// The sign-in is stored; a person must say which account.
        Choosing = "choosing",
        /// The account is known; the sign-in is being proven on it.
        Proving = "proving",
        /// Over, and it went well or says what is missing.
        Done = "done",
        /// It came back as another account: nothing was changed.
        Refused = "refused",
        /// The platform or the list of accounts gave nothing to go on with.
        Failed = "failed",
        /// The person said no at the platform.
        Canceled = "canceled",
        /// Nobody came back in time.
        Expired = "expired",
    }
}

words! {
    /// What a sign-in at a platform is for.
    pub enum ConnectPurpose {
        /// To link or mend a channel.
        Connect = "connect",
        /// To try an app: it makes no channel and leaves no login behind.
        Test = "test",
    }
}

impl ConnectPhase {
    /// Whether nothing more can come of it.
    #[must_use]
    pub const fn is_end(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Refused | Self::Failed | Self::Canceled | Self::Expired
        )
    }
}
