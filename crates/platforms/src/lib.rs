//! What a platform is, and one folder for each.
//!
//! An adapter translates: our words into a platform's calls, its answers into ours. It knows nothing
//! of the store, the pages or any clock; time, chance, the app and the way out come with each
//! [`call::Call`]. Nothing here decides what happens next: that is the engine's.
//!
//! To add a platform: a folder with the files of `instagram/`, written from the platform's fact sheet;
//! a line in [`registry`]; a folder of the same name in the simulator; a page in `docs/platforms/`.

pub mod account;
pub mod call;
pub mod catalogue;
pub mod facts;
pub mod failure;
pub mod http;
pub mod issue;
pub mod meta;
pub mod publish;
pub mod read;
pub mod registry;
pub mod sign_in;
pub mod tokens;
pub mod wire;

pub mod bluesky;
pub mod facebook;
pub mod instagram;

use async_trait::async_trait;
use domain::Timestamp;
use domain::cause::{Cause, Confidence};
use domain::chance::Chance;
use domain::health::Evidence;
use secrecy::SecretString;

use account::{Account, Proof, Target};
use call::Call;
use catalogue::Answer;
use facts::Facts;
use failure::Failure;
use issue::{Draft, Issue};
use publish::{Look, Next, Outcome, Payload, Publish, StepPlan};
use read::PostsPage;
use sign_in::{Ask, Begun, Callback, SignedIn};
use tokens::{Renewed, Tokens};

/// One platform. All adapters have this shape; the engine knows no other.
#[async_trait]
pub trait Platform: Send + Sync {
    /// What the platform can do, its limits and its ways, as data.
    fn facts(&self) -> &'static Facts;

    /// The table of errors: what the platform's answers mean, and how sure that is.
    fn answers(&self) -> Vec<Answer> {
        Vec::new()
    }

    /// How sure it is that this answer has this cause; none where no row of the table says so.
    fn sure(&self, _cause: Cause, _evidence: &Evidence) -> Option<Confidence> {
        None
    }

    /// Begins a sign-in: where to send the browser, and what must be kept until it comes back.
    async fn begin(&self, call: &Call<'_>, ask: &Ask<'_>) -> Result<Begun, Failure>;

    /// Ends a sign-in with what the browser brought back. The journey is what [`Self::begin`] kept.
    async fn finish(
        &self,
        call: &Call<'_>,
        journey: &SecretString,
        callback: &Callback,
    ) -> Result<SignedIn, Failure>;

    /// The accounts behind a login, also those that cannot be used, each with its reason.
    async fn accounts(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure>;

    /// Prolongs the grant, or mints an access token where those are the same call. The caller has
    /// written its intent; an answer must be returned even if parts of it puzzle.
    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure>;

    /// Asks whether the access token as it is now still works, with the cheapest read there is. After
    /// a renewal whose answer was lost this testifies: accepted means that nothing was rotated.
    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure>;

    /// The cheapest call that proves that this login can post to this target.
    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure>;

    /// What would be refused or look wrong there; pure, asked while a person writes.
    fn check(&self, draft: &Draft<'_>) -> Vec<Issue>;

    /// A new settling key for a payload (a record key), where the platform lets us choose one.
    fn settling_key(&self, _now: Timestamp, _chance: &dyn Chance) -> Option<String> {
        None
    }

    /// What comes next, from the frozen payload and the steps that are done. Pure: after a crash the
    /// same question gets the same answer.
    fn next(&self, payload: &Payload, done: &[publish::StepDone]) -> Next;

    /// Makes one step. For a step that shows the post the fence is durable before this is called.
    async fn perform(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        step: &StepPlan,
    ) -> Result<Outcome, Failure>;

    /// Looks whether a step whose answer is unclear happened. `taken` are remote ids that settled
    /// other deliveries already and may not settle this one.
    async fn look(
        &self,
        call: &Call<'_>,
        publish: &Publish<'_>,
        step: &StepPlan,
        taken: &[String],
    ) -> Result<Look, Failure>;

    /// One page of the account's own latest posts, newest first: about `most`, or fewer where the platform gives
    /// no more at once. `cursor` is from the page before.
    async fn posts(
        &self,
        call: &Call<'_>,
        target: &Target<'_>,
        cursor: Option<&str>,
        most: usize,
    ) -> Result<PostsPage, Failure>;

    /// Whether this failure is the platform's documented refusal of the app's secret, so that nothing was done
    /// and the other one of two may be tried.
    fn refuses_secret(&self, failure: &Failure) -> bool {
        failure.sent == failure::Sent::No
            && (failure.evidence.code == "invalid_client"
                || failure.evidence.subcode == "invalid_client")
    }

    /// Gives the grant back at the platform. `Ok(false)` where the platform offers no such call.
    async fn revoke(&self, call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure>;
}
