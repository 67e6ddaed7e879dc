//! An adapter for a neutral OAuth server whose refresh tokens rotate (RFC 6749, 7009, 7662; `oidc-provider`), so
//! that the engine's renewal is proven at a server that neither we nor a social platform wrote. Only what keeps a
//! login alive is here: sign in, renew, testify, probe, give back. It publishes nothing.
//!
//! What this server teaches: it leaves the old access token alive when it rotates. That an access token is still
//! taken says nothing here; the witness goes on to ask (RFC 7662) whether the refresh token still is one, which
//! spends nothing.

mod server;
mod visit;
mod wire;

pub use server::{CLIENT, SECRET, Server};
pub use visit::{NeutralWorld, Route};

use async_trait::async_trait;
use domain::grant::{EndSource, Ends, Mechanism};
use domain::platform::{LoginFlow, Platform as Name};
use domain::schedule::{DAY_MS, plus_ms};
use platforms::account::{Account, Proof, Target};
use platforms::call::Call;
use platforms::facts::{Facts, FlowFacts, PictureFacts, TextLimit};
use platforms::failure::Failure;
use platforms::issue::{Draft, Issue};
use platforms::publish::{Look, Next, Outcome, Payload, Publish, Published, StepDone, StepPlan};
use platforms::read::PostsPage;
use platforms::sign_in::{Ask, Begun, Callback, SignedIn};
use platforms::tokens::{Renewed, Tokens};
use platforms::{Platform, registry};
use secrecy::{ExposeSecret as _, SecretString};

use self::wire::Answer;

/// Whose name it takes: one that has no adapter yet, and whose refresh tokens rotate too.
pub const NAME: Name = Name::Pinterest;
/// The flow of its logins; one that is there, since none of its own is.
pub const FLOW: LoginFlow = LoginFlow::Facebook;
/// How long an unused refresh token lives, as the server is set up (`tests/peers/oidc.mjs`), in milliseconds.
pub const IDLE_MS: i64 = 14 * DAY_MS;
/// How long an access token lives, as the server is set up, in milliseconds.
pub const ACCESS_MS: i64 = 600_000;

const DEADLINE_MS: i64 = 10_000;

/// See the head of this file.
pub struct Neutral;

static FACTS: Facts = Facts {
    platform: NAME,
    flows: &[FlowFacts {
        flow: FLOW,
        mechanism: Mechanism::RefreshRotating,
        earliest_renewal_ms: 0,
        scopes: &[],
        hosts: &[("server", "https://neutral.stand-in.test")],
        api_version: "",
        needs_secret: true,
        needs_handle: false,
        remove_app_at: "nowhere",
    }],
    prepare_lead_ms: 0,
    // A probe would mint, and what is counted here are renewals.
    probe_every_ms: 365 * DAY_MS,
    call_deadline_ms: DEADLINE_MS,
    picture: PictureFacts {
        max_width: 1_000,
        max_height: 1_000,
        max_bytes: 1_000_000,
        ratio: None,
    },
    text_limit: TextLimit::Chars(1_000),
    max_media: 1,
    needs_media: false,
    pulls_media: false,
    reads_in_public: true,
    version_ends: None,
};

/// Puts it where no adapter of its platform stands.
pub fn stands_in() {
    registry::stand_in(&Neutral);
}

fn ends(call: &Call<'_>, answer: &Answer) -> Ends {
    Ends {
        access_end: answer.expires_in.map(|seconds| domain::grant::End {
            at: plus_ms(call.now, seconds * 1_000),
            source: EndSource::Answer,
        }),
        idle_limit_ms: Some(IDLE_MS),
        ..Ends::default()
    }
}

#[async_trait]
impl Platform for Neutral {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    async fn begin(&self, call: &Call<'_>, ask: &Ask<'_>) -> Result<Begun, Failure> {
        let pairs = [
            ("response_type", "code"),
            ("client_id", &call.app.client_id),
            ("redirect_uri", &call.app.redirect_uri),
            ("scope", "openid"),
            ("state", ask.state),
        ];
        let url = platforms::wire::with_query(&wire::url(call, "/auth"), &pairs);
        let journey = SecretString::from(String::new());
        Ok(Begun { url, journey })
    }

    async fn finish(
        &self,
        call: &Call<'_>,
        _: &SecretString,
        callback: &Callback,
    ) -> Result<SignedIn, Failure> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", &call.app.redirect_uri),
            ("code", callback.get("code").unwrap_or_default()),
        ];
        let said = wire::form(call, "neutral.finish", "/token", &pairs).await?;
        let answer = Answer::read(&said);
        let person = wire::me(call, "neutral.me", &answer.tokens.access).await?;
        Ok(SignedIn {
            mechanism: Mechanism::RefreshRotating,
            ends: ends(call, &answer),
            tokens: answer.tokens,
            scopes: Vec::new(),
            person_id: person.clone(),
            person_name: person,
        })
    }

    async fn accounts(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Vec<Account>, Failure> {
        let person = wire::me(call, "neutral.me", &tokens.access).await?;
        Ok(vec![Account {
            id: person.clone(),
            name: person.clone(),
            handle: person,
            picture_url: None,
            usable: Ok(()),
            token: None,
            ends: Ends::default(),
            role: None,
        }])
    }

    async fn renew(&self, call: &Call<'_>, tokens: &Tokens) -> Result<Renewed, Failure> {
        let pairs = [
            ("grant_type", "refresh_token"),
            ("refresh_token", wire::refresh(tokens)),
        ];
        let said = wire::form(call, "neutral.renew", "/token", &pairs).await?;
        let answer = Answer::read(&said);
        Ok(Renewed {
            ends: ends(call, &answer),
            tokens: answer.tokens,
            scopes: None,
        })
    }

    /// The access token first: one that is refused leaves nothing to be learned. See the head of this file.
    async fn witness(&self, call: &Call<'_>, tokens: &Tokens) -> Result<(), Failure> {
        wire::me(call, "neutral.witness", &tokens.access).await?;
        let operation = "neutral.inspect";
        let pairs = [
            ("token", wire::refresh(tokens)),
            ("token_type_hint", "refresh_token"),
        ];
        let said = wire::form(call, operation, "/token/introspection", &pairs).await?;
        if said["active"] == true {
            Ok(())
        } else {
            Err(wire::rotated(operation))
        }
    }

    async fn probe(&self, call: &Call<'_>, target: &Target<'_>) -> Result<Proof, Failure> {
        wire::me(call, "neutral.probe", &target.tokens.access).await?;
        Ok(Proof::default())
    }

    fn check(&self, _: &Draft<'_>) -> Vec<Issue> {
        Vec::new()
    }

    fn next(&self, _: &Payload, _: &[StepDone]) -> Next {
        Next::Done(Published::default())
    }

    async fn perform(
        &self,
        _: &Call<'_>,
        _: &Publish<'_>,
        _: &StepPlan,
    ) -> Result<Outcome, Failure> {
        Err(wire::not_here("neutral.perform"))
    }

    async fn look(
        &self,
        _: &Call<'_>,
        _: &Publish<'_>,
        _: &StepPlan,
        _: &[String],
    ) -> Result<Look, Failure> {
        Err(wire::not_here("neutral.look"))
    }

    async fn posts(
        &self,
        _: &Call<'_>,
        _: &Target<'_>,
        _: Option<&str>,
        _: usize,
    ) -> Result<PostsPage, Failure> {
        Ok(PostsPage::default())
    }

    async fn revoke(&self, call: &Call<'_>, tokens: &Tokens) -> Result<bool, Failure> {
        let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
        let pairs = [("token", token.expose_secret())];
        wire::form(call, "neutral.revoke", "/token/revocation", &pairs).await?;
        Ok(true)
    }
}
