//! What is known of a sign-in under way: the document in its row. It holds no secret: the accounts'
//! tokens are asked for again when they are needed.

use domain::app::Which;
use domain::cause::Cause;
use domain::health::Evidence;
use domain::ids::{ChannelGrantId, ChannelId, SocialSetId};
use platforms::account::Account;
use platforms::failure::Failure;
use serde::{Deserialize, Serialize};

use super::GivenBack;

/// See the head of this file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// The account that was named before leaving for the platform.
    pub hint: Option<String>,
    /// Whether the platform was asked to show its sign-in form in any case.
    pub force: bool,
    /// What it is to mend.
    pub mends: Option<Cause>,
    /// Who signed in, by the platform's name for them.
    pub person: Option<String>,
    /// The accounts behind the sign-in, also those that cannot be used.
    pub accounts: Vec<Listed>,
    /// Asked of a person: is this account the channel that was to be mended?
    pub question: Option<Listed>,
    /// A person said that it is: the channel goes on with this sign-in, because the one before is of its other id.
    pub same: bool,
    /// The accounts that were chosen, by the platform's ids.
    pub chosen: Vec<String>,
    /// What became of the chosen ones.
    pub joined: Vec<Joined>,
    /// Chosen accounts that are channels of another set: left alone.
    pub elsewhere: Vec<Elsewhere>,
    /// Why it could not be gone on with.
    pub trouble: Option<Trouble>,
    /// What a trial of the app showed; none for a sign-in that is to link a channel.
    pub tested: Option<Tested>,
}

/// What a trial of an app showed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tested {
    /// Which of the app's secrets the platform took; none where none was asked for, or none was taken.
    pub secret: Option<Which>,
    /// The secrets that it refused.
    pub refused: Vec<Which>,
    /// What was granted, in the platform's words.
    pub scopes: Vec<String>,
    /// What became of the sign-in.
    pub given_back: Option<GivenBack>,
}

/// An account as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// The platform's own id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its handle, without an @.
    pub handle: String,
    /// The address of its picture at the platform.
    pub picture_url: Option<String>,
    /// Our small copy of it, where a person is shown the account before it is a channel.
    #[serde(default)]
    pub picture_sha256: Option<String>,
    /// The role of the person there, in the platform's words.
    pub role: Option<String>,
    /// Why it cannot be used; none where it can.
    pub unusable: Option<Lacking>,
}

impl From<&Account> for Listed {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.clone(),
            name: account.name.clone(),
            handle: account.handle.clone(),
            picture_url: account.picture_url.clone(),
            picture_sha256: None,
            role: account.role.clone(),
            unusable: account.usable.as_ref().err().map(|why| Lacking {
                cause: why.cause,
                missing: why.missing.clone(),
            }),
        }
    }
}

/// What an account lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// The cause class.
    pub cause: Cause,
    /// The missing permission, role or link, in the platform's words.
    pub missing: String,
}

/// An account that has become a channel, or whose channel has this sign-in now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The platform's own id.
    pub account: String,
    /// Its handle.
    pub handle: String,
    /// The channel.
    pub channel: ChannelId,
    /// The sign-in on it.
    pub login: ChannelGrantId,
    /// Whether the channel is new here.
    pub new: bool,
    /// Whether it was unlinked and is linked again by this: then it goes on with this sign-in.
    #[serde(default)]
    pub relinked: bool,
    /// What the listing said against it: then nothing needs to be tried.
    pub lacking: Option<Lacking>,
    /// What the proof came to; none while it has not been tried.
    pub proof: Option<Proven>,
}

/// What proving a sign-in on one account came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Proven {
    /// It works: calls are made with it from now on, unless somebody else's is in use and well; then whoever signed in
    /// is asked whether it may stand by.
    Works,
    /// It lives, but may not do what is needed. An older one stays in use as long as it lives.
    Lacks {
        /// Why.
        cause: Cause,
        /// What the platform said.
        evidence: Evidence,
    },
    /// The platform refused it for good.
    Dead {
        /// Why.
        cause: Cause,
        /// What the platform said.
        evidence: Evidence,
    },
    /// It could not be tried now; it will be.
    Later {
        /// What came instead of an answer.
        evidence: Evidence,
    },
}

/// A chosen account that is a channel of another set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The platform's own id.
    pub account: String,
    /// Its handle.
    pub handle: String,
    /// In which set it is.
    pub social_set: SocialSetId,
    /// Whether it is linked there; an unlinked one keeps its posts there.
    pub linked: bool,
}

/// Why a sign-in could not be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trouble {
    /// The platform answered something else than was hoped for.
    Platform {
        /// The cause class.
        cause: Cause,
        /// What it said.
        evidence: Evidence,
        /// Whether the same step may go well a little later.
        passing: bool,
    },
    /// No account behind the sign-in can be posted to.
    NothingUsable,
    /// It was broken off between the platform's page and the stored sign-in; nothing was changed.
    Interrupted,
    /// The app was removed while the person was at the platform: nobody was asked, and nothing was changed.
    AppRemoved,
}

impl From<&Failure> for Trouble {
    fn from(failure: &Failure) -> Self {
        Self::Platform {
            cause: failure.cause,
            evidence: failure.evidence.clone(),
            passing: !failure.final_answer,
        }
    }
}

impl Outcome {
    /// Reads the document of a row; one of another form is as good as none.
    #[must_use]
    pub fn of(document: &serde_json::Value) -> Self {
        serde_json::from_value(document.clone()).unwrap_or_default()
    }

    /// The document for the row.
    #[must_use]
    pub fn document(&self) -> serde_json::Value {
        // Strings, flags and words: always a JSON value.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The accounts that can be chosen.
    pub fn usable(&self) -> impl Iterator<Item = &Listed> {
        self.accounts
            .iter()
            .filter(|account| account.unusable.is_none())
    }
}
